"""Pages of terms that are common but seldom meet: bounded work, and nothing lost between the pages."""

from collections.abc import Iterable
from dataclasses import dataclass
from uuid import UUID, uuid4

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from lrs.log.entry import STATEMENT_STORED, NewEntry, StatementIndex
from lrs.log.store import Store
from lrs.read.search import ROUNDS_UNTIL_A_FIND
from lrs.read.statements import Page, StatementReader
from lrs.xapi.query import StatementQuery

STEPS = 12


def statement(verb: str, activity: str, agent: str = "a", *, defines: bool = True) -> NewEntry:
    terms = (("verb", verb), ("activity", activity), ("agent", agent))
    return NewEntry(uuid4(), STATEMENT_STORED, b"{}", StatementIndex(terms, defines=defines))


def turns(count: int) -> list[NewEntry]:
    """Return statements of which the odd ones have a verb and the even ones an activity that are asked for together."""
    return [statement("v", "x") if number % 2 else statement("w", "y") for number in range(count)]


def pages(reader: StatementReader, query: StatementQuery, limit: int, *, only_defining: bool = False) -> list[Page]:
    found = [reader.page(query, None, limit, only_defining=only_defining)]
    while (cursor := found[-1].next_cursor) is not None:
        found.append(reader.page(query, cursor, limit, only_defining=only_defining))
    return found


def ids(found: Iterable[Page]) -> list[UUID]:
    return [entry.entry_id for page in found for entry in page.entries]


@pytest.mark.parametrize("ascending", [False, True])
def test_terms_that_take_turns_and_never_meet_are_compared_a_page_at_a_time(store: Store, ascending: bool) -> None:
    store.append(turns(1000))
    query = StatementQuery(limit=0, verb="v", activity="y", ascending=ascending)
    found = pages(StatementReader(store, steps_beyond=STEPS), query, 5)
    assert ids(found) == []
    most = ROUNDS_UNTIL_A_FIND * (STEPS + 12)
    assert 1000 // most <= len(found) <= 1000 // (ROUNDS_UNTIL_A_FIND * STEPS) + 2


def test_a_search_goes_on_behind_a_page_that_found_nothing(store: Store) -> None:
    meeting = statement("v", "y")
    older, newer = turns(100), turns(1000)
    store.append([*older, meeting, *newer])
    found = pages(StatementReader(store, steps_beyond=STEPS), StatementQuery(limit=0, verb="v", activity="y"), 5)
    assert found[0].entries == ()
    assert ids(found) == [meeting.entry_id]


def test_a_page_takes_more_steps_before_it_comes_empty(store: Store) -> None:
    meeting = statement("v", "y")
    store.append([*turns(100), meeting, *turns(3 * STEPS)])
    found = pages(StatementReader(store, steps_beyond=STEPS), StatementQuery(limit=0, verb="v", activity="y"), 5)
    assert [entry.entry_id for entry in found[0].entries] == [meeting.entry_id]


@pytest.mark.parametrize("ascending", [False, True])
@pytest.mark.parametrize("stretch", [1, 254, 255, 256, 257, 600])
def test_stretches_in_which_one_term_has_nothing_are_leapt_over(store: Store, stretch: int, ascending: bool) -> None:
    meeting = statement("v", "y")
    one, other = [[statement(*values) for _ in range(stretch)] for values in (("v", "x"), ("w", "y"))]
    store.append([*other, *one, meeting] if ascending else [meeting, *one, *other])
    query = StatementQuery(limit=0, verb="v", activity="y", ascending=ascending)
    page = StatementReader(store, steps_beyond=STEPS).page(query, None, 5)
    assert [entry.entry_id for entry in page.entries] == [meeting.entry_id]
    assert page.next_cursor is None


def test_statements_that_are_left_out_count_as_steps(store: Store) -> None:
    kept = statement("v", "y")
    store.append([kept, *(statement("v", "y", defines=False) for _ in range(1000))])
    reader = StatementReader(store, steps_beyond=STEPS)
    for query in (
        StatementQuery(limit=0),
        StatementQuery(limit=0, verb="v"),
        StatementQuery(limit=0, verb="v", activity="y"),
    ):
        found = pages(reader, query, 5, only_defining=True)
        assert ids(found) == [kept.entry_id]
        assert len(found) > 2


@dataclass(frozen=True)
class Asked:
    """The filters, the length of a page, and how many steps it may take beyond those of its length."""

    verb: str | None
    activity: str | None
    agent: str | None
    ascending: bool
    limit: int
    steps: int

    def meets(self, verb: str, activity: str, agent: str) -> bool:
        filters = ((self.verb, verb), (self.activity, activity), (self.agent, agent))
        return all(wanted in (None, value) for wanted, value in filters)


FILTER = st.sampled_from(["a", "b", None])
ASKED = st.builds(Asked, FILTER, FILTER, FILTER, st.booleans(), limit=st.integers(1, 7), steps=st.integers(0, 9))
STATEMENTS = st.lists(st.tuples(*(st.sampled_from("ab") for _ in range(3)), st.booleans()), min_size=1, max_size=60)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(drawn=STATEMENTS, asked=ASKED)
def test_the_pages_together_are_the_whole_result_however_few_steps_each_may_take(
    store: Store, drawn: list[tuple[str, str, str, bool]], asked: Asked
) -> None:
    before = store.head()[0]
    entries = [statement(*values, defines=defines) for *values, defines in drawn]
    store.append(entries)
    matching = [
        entry.entry_id
        for entry, (*values, defines) in zip(entries, drawn, strict=True)
        if defines and asked.meets(*values)
    ]
    query = StatementQuery(
        limit=0, verb=asked.verb, activity=asked.activity, agent=asked.agent, ascending=asked.ascending
    )
    found = pages(StatementReader(store, steps_beyond=asked.steps), query, asked.limit, only_defining=True)
    assert all(len(page.entries) <= asked.limit for page in found)
    seen = [entry.entry_id for page in found for entry in page.entries if entry.position > before]
    assert seen == (matching if asked.ascending else matching[::-1])
