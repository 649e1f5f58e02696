"""A list goes on after the row that its page ended with, whatever stands in the key of that row."""

import pytest

from lrs.xapi.faults import InvalidQuery
from projector.api.listing import page

KEYS = ["a", "a\nb", "b", "b\n\nc", "c"]


def test_pages_follow_each_other_over_keys_with_line_breaks() -> None:
    seen, after = [], ""
    while True:
        rows, following, more = page(KEYS, {"limit": "2", "after": after}, lambda key: (key,))
        seen += rows
        if not more:
            break
        assert following is not None
        after = following
    assert seen == KEYS


def test_a_cursor_of_another_list_is_refused() -> None:
    with pytest.raises(InvalidQuery) as refused:
        page([("a", "b")], {"after": "a"}, lambda row: row)
    assert refused.value.faults[0].pointer == "/after"
