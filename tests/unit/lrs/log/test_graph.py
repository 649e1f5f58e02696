"""Terms along StatementRefs, and voiding, whatever the order of arrival."""

from collections.abc import Iterable
from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from lrs.log.entry import HashedIndex
from lrs.log.graph import MOST_TERMS, NOT_DEFINING, VOIDED, VOIDING, Graph


def name(place: int) -> UUID:
    return UUID(int=place + 1)


def index(terms: Iterable[int], refers_to: int | None = None, voids: int | None = None) -> HashedIndex:
    target = voids if voids is not None else refers_to
    named = None if target is None else name(target)
    return HashedIndex(
        tuple(terms), named, None if voids is None else name(voids), (), defines=True, is_derivable=False
    )


def test_a_statement_inherits_what_its_target_has() -> None:
    graph = Graph(1)
    graph.add(name(0), 1, index({1}))
    graph.add(name(1), 2, index({2}, refers_to=0))
    assert [node.terms for node in graph.new] == [{1}, {1, 2}]


def test_a_target_that_comes_later_hands_on_along_the_chain() -> None:
    graph = Graph(1)
    graph.add(name(2), 1, index({4}, refers_to=1))
    graph.add(name(1), 2, index({2}, refers_to=0))
    graph.add(name(0), 3, index({1}))
    assert [node.terms for node in graph.new] == [{1, 2, 4}, {1, 2}, {1}]
    assert graph.gained == []


def test_a_stored_referrer_is_changed_once_and_gains_only_what_it_lacks() -> None:
    graph = Graph(10)
    graph.know(name(1), 5, 0, {1, 2})
    graph.know_reference(name(1), name(0))
    graph.add(name(0), 10, index({2, 3}))
    assert graph.gained == [(3, 5)]
    assert graph.changed[5].terms == {1, 2, 3}


def test_a_voided_statement_hands_on_its_terms() -> None:
    graph = Graph(10)
    graph.know(name(0), 5, 0, {1})
    graph.add(name(1), 10, index({2}, voids=0))
    assert graph.changed[5].flags == VOIDED
    assert graph.new[0].terms == {1, 2}
    assert graph.new[0].flags == VOIDING


def test_a_statement_voided_before_it_came_is_voided_unless_it_is_voiding() -> None:
    graph = Graph(1, [name(0), name(1)])
    graph.add(name(0), 1, index(()))
    graph.add(name(1), 2, index((), voids=5))
    assert [node.flags for node in graph.new] == [VOIDED, VOIDING]


def test_a_known_voiding_statement_stays_as_it_is() -> None:
    graph = Graph(10)
    graph.know(name(0), 5, VOIDING, ())
    graph.add(name(1), 10, index((), voids=0))
    assert graph.changed == {}


def test_a_statement_that_does_not_define_stays_so_when_it_is_voided() -> None:
    graph = Graph(1)
    graph.add(name(0), 1, replace(index(()), defines=False))
    assert [node.flags for node in graph.new] == [NOT_DEFINING]
    graph.add(name(1), 2, index((), voids=0))
    assert [node.flags for node in graph.new] == [NOT_DEFINING | VOIDED, VOIDING]


def test_circles_end() -> None:
    graph = Graph(1)
    graph.add(name(0), 1, index({1}, refers_to=1))
    graph.add(name(1), 2, index({2}, refers_to=0))
    graph.add(name(2), 3, index({3}, refers_to=2))
    assert [node.terms for node in graph.new] == [{1, 2}, {1, 2}, {3}]


@given(st.lists(st.tuples(st.none() | st.integers(0, 9), st.frozensets(st.integers(0, 5))), max_size=10))
def test_terms_are_those_of_the_whole_chain(drawn: list[tuple[int | None, frozenset[int]]]) -> None:
    graph = Graph(1)
    for place, (target, terms) in enumerate(drawn):
        graph.add(name(place), place + 1, index(terms, refers_to=target))
    for place in range(len(drawn)):
        chain: list[int] = []
        here: int | None = place
        while here is not None and here < len(drawn) and here not in chain:
            chain.append(here)
            here = drawn[here][0]
        assert graph.new[place].terms == set().union(*(drawn[at][1] for at in chain))


def long_chain(order: list[int], terms_each: int = 3) -> Graph:
    """Statement 0 is the end of the chain; each has terms that no other has."""
    graph = Graph(1)
    for place in order:
        terms = range(place * terms_each, (place + 1) * terms_each)
        graph.add(name(place), place + 1, index(terms, refers_to=place - 1 if place else None))
    return graph


def test_a_long_chain_is_inherited_up_to_the_bound_nearest_first() -> None:
    nodes = {node.position: node for node in long_chain([*range(400)]).new}
    assert max(len(node.terms) for node in nodes.values()) == MOST_TERMS
    assert list(nodes[400].terms)[:6] == [1197, 1198, 1199, 1194, 1195, 1196]
    assert nodes[400].terms == {*range(1200 - MOST_TERMS + 2, 1200), 1200 - MOST_TERMS - 1, 1200 - MOST_TERMS}
    assert nodes[100].terms == {*range(300)}


@given(st.permutations(range(12)), st.integers(60, 200))
def test_what_is_inherited_does_not_depend_on_the_order_of_arrival(order: list[int], terms_each: int) -> None:
    found = {node.position: list(node.terms) for node in long_chain(order, terms_each).new}
    assert found == {node.position: list(node.terms) for node in long_chain([*range(12)], terms_each).new}


def test_a_statement_with_many_terms_of_its_own_keeps_them_and_inherits_none() -> None:
    graph = Graph(1)
    graph.add(name(0), 1, index({-1}))
    graph.add(name(1), 2, index(range(MOST_TERMS + 5), refers_to=0))
    assert graph.new[1].terms == {*range(MOST_TERMS + 5)}


def test_stored_referrers_are_asked_for_level_by_level_and_no_further_than_something_changes() -> None:
    graph = Graph(10)
    graph.know(name(1), 5, 0, [1])
    graph.know_reference(name(1), name(0))
    graph.add(name(0), 10, index({2}))
    assert graph.unasked == {name(1)}
    graph.know(name(2), 6, 0, [2, 1])
    graph.know_reference(name(2), name(1))
    graph.know_referrers([name(1)])
    assert graph.unasked == set()
    assert graph.gained == [(2, 5)]
