"""How a log is cut into pages and slices, and where what is selected may have changed."""

from itertools import pairwise

import pytest

from projector.rebuild.plan import Plan


def plan(*changes: int, after: int = 0, up_to: int = 1_000, count: int = 3) -> Plan:
    return Plan(after, up_to, count, 64, {}, undivided=False, selection_changes=changes)


@pytest.mark.parametrize(("after", "up_to", "count"), [(0, 1_000, 3), (17, 18, 4), (5, 133, 2)])
def test_pages_and_slices_cover_every_position_once(after: int, up_to: int, count: int) -> None:
    made = plan(after=after, up_to=up_to, count=count)
    slices = [made.slice_of(page, number) for page in made.pages() for number in range(count)]
    assert slices[0][0] == after
    assert slices[-1][1] == up_to
    assert all(one[1] == other[0] for one, other in pairwise(slices))


def test_a_statement_matters_as_before_until_an_entry_between_changes_what_is_selected() -> None:
    made = plan(10, 20, 30)
    assert made.selects_alike(10, 15)
    assert made.selects_alike(10, 20)
    assert not made.selects_alike(10, 21)
    assert not made.selects_alike(9, 11)
    assert not made.selects_alike(10, 99)
    assert made.selects_alike(30, 99)
    assert plan().selects_alike(0, 99)
