"""Terms along StatementRefs, and voiding, whatever the order of arrival."""

from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from lrs.log.entry import StatementIndex
from lrs.log.graph import NOT_DEFINING, VOIDED, VOIDING, Graph


def name(place: int) -> UUID:
    return UUID(int=place + 1)


def index(refers_to: int | None = None, voids: int | None = None) -> StatementIndex:
    target = voids if voids is not None else refers_to
    return StatementIndex((), None if target is None else name(target), None if voids is None else name(voids))


def test_a_statement_inherits_what_its_target_has() -> None:
    graph = Graph(1)
    graph.add(name(0), 1, {1}, index())
    graph.add(name(1), 2, {2}, index(refers_to=0))
    assert [node.terms for node in graph.new] == [{1}, {1, 2}]


def test_a_target_that_comes_later_hands_on_along_the_chain() -> None:
    graph = Graph(1)
    graph.add(name(2), 1, {4}, index(refers_to=1))
    graph.add(name(1), 2, {2}, index(refers_to=0))
    graph.add(name(0), 3, {1}, index())
    assert [node.terms for node in graph.new] == [{1, 2, 4}, {1, 2}, {1}]
    assert graph.gained == []


def test_a_stored_referrer_is_changed_once_and_gains_only_what_it_lacks() -> None:
    graph = Graph(10)
    graph.know(name(1), 5, 0, {1, 2})
    graph.know_reference(name(1), name(0))
    graph.add(name(0), 10, {2, 3}, index())
    assert graph.gained == [(3, 5)]
    assert graph.changed[5].terms == {1, 2, 3}


def test_a_voided_statement_hands_on_its_terms() -> None:
    graph = Graph(10)
    graph.know(name(0), 5, 0, {1})
    graph.add(name(1), 10, {2}, index(voids=0))
    assert graph.changed[5].flags == VOIDED
    assert graph.new[0].terms == {1, 2}
    assert graph.new[0].flags == VOIDING


def test_a_statement_voided_before_it_came_is_voided_unless_it_is_voiding() -> None:
    graph = Graph(1, [name(0), name(1)])
    graph.add(name(0), 1, (), index())
    graph.add(name(1), 2, (), index(voids=5))
    assert [node.flags for node in graph.new] == [VOIDED, VOIDING]


def test_a_known_voiding_statement_stays_as_it_is() -> None:
    graph = Graph(10)
    graph.know(name(0), 5, VOIDING, ())
    graph.add(name(1), 10, (), index(voids=0))
    assert graph.changed == {}


def test_a_statement_that_does_not_define_stays_so_when_it_is_voided() -> None:
    graph = Graph(1)
    graph.add(name(0), 1, (), StatementIndex((), defines=False))
    assert [node.flags for node in graph.new] == [NOT_DEFINING]
    graph.add(name(1), 2, (), index(voids=0))
    assert [node.flags for node in graph.new] == [NOT_DEFINING | VOIDED, VOIDING]


def test_circles_end() -> None:
    graph = Graph(1)
    graph.add(name(0), 1, {1}, index(refers_to=1))
    graph.add(name(1), 2, {2}, index(refers_to=0))
    graph.add(name(2), 3, {3}, index(refers_to=2))
    assert [node.terms for node in graph.new] == [{1, 2}, {1, 2}, {3}]


@given(st.lists(st.tuples(st.none() | st.integers(0, 9), st.frozensets(st.integers(0, 5))), max_size=10))
def test_terms_are_those_of_the_whole_chain(drawn: list[tuple[int | None, frozenset[int]]]) -> None:
    graph = Graph(1)
    for place, (target, terms) in enumerate(drawn):
        graph.add(name(place), place + 1, terms, index(refers_to=target))
    for place in range(len(drawn)):
        chain: list[int] = []
        here: int | None = place
        while here is not None and here < len(drawn) and here not in chain:
            chain.append(here)
            here = drawn[here][0]
        assert graph.new[place].terms == set().union(*(drawn[at][1] for at in chain))
