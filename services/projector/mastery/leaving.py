"""Which evidence is to leave when it is too old, in the order of the instants (rule book, section 7)."""

from bisect import bisect_left

from projector.mastery.admission import Item
from projector.mastery.rulebook import Window
from projector.mastery.spans import shift


class Leaving:
    """The items that wait to be too old and those that are, the one that leaves first in front."""

    def __init__(self, window: Window) -> None:
        self._max_age = window.max_age
        self._dates: list[tuple[int, int]] = []
        self._items: list[Item] = []
        self._gone = 0

    def wait(self, item: Item, number: int) -> None:
        """Let the item that arrived as the so-manieth wait until it is too old."""
        if self._max_age is not None:
            date = (shift(item.fact.event_time, self._max_age), number)
            place = bisect_left(self._dates, date, self._gone)
            self._dates.insert(place, date)
            self._items.insert(place, item)

    def wait_no_longer(self, item: Item, number: int) -> None:
        """Forget an item that waits, which had arrived as the so-manieth."""
        if self._max_age is not None:
            date = (shift(item.fact.event_time, self._max_age), number)
            place = bisect_left(self._dates, date, self._gone)
            del self._dates[place], self._items[place]

    def next(self) -> int | None:
        """Return when the next item is as old as it may be, None when no one waits."""
        return self._dates[self._gone][0] if self._gone < len(self._dates) else None

    def leave(self) -> Item:
        """Let the next item leave."""
        self._gone += 1
        return self._items[self._gone - 1]

    def come_back(self) -> None:
        """Let the item wait again that left last."""
        self._gone -= 1
