"""The walk along the index that finds the statements of a page, in steps that are counted (Communication 2.1.3).

What a page costs follows from the page and not from the store: terms that are common but seldom meet would otherwise be
compared from one end of the log to the other. A search that has taken its steps ends where it is, and the next page
goes on from there.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

from lrs.log.entry import LogEntry
from lrs.log.session import Row, Session

ROUNDS_UNTIL_A_FIND = 2
"""How many times the steps of a page are given while it is empty: an empty page misleads whoever stops there."""

_TERMS = ("first", "second", "third", "fourth", "fifth")


@dataclass(frozen=True, slots=True)
class Range:
    """Where statements may come from: positions between ``after`` and ``before``, both excluded, and in which order.

    A statement that has a flag of ``hidden`` is left out.
    """

    after: int
    before: int
    hidden: int
    ascending: bool

    def beyond(self, position: int) -> "Range":
        """Return the part that comes after ``position`` in the order of the search."""
        return replace(self, after=position) if self.ascending else replace(self, before=position)

    def from_(self, position: int) -> "Range":
        """Return the part that begins with ``position`` in the order of the search."""
        return self.beyond(position - 1 if self.ascending else position + 1)

    def begin(self) -> int:
        """Return the position before the first one in the order of the search."""
        return self.after if self.ascending else self.before


@dataclass(frozen=True, slots=True)
class Found:
    """Statements in the order of the search, and the part that was not searched, None when that is nothing."""

    entries: tuple[LogEntry, ...]
    left: Range | None


@dataclass(frozen=True, slots=True)
class _Stretch:
    """The statements of one query, the steps it took, and what it left."""

    rows: Sequence[Row]
    steps: int
    left: Range | None


class Search:
    """A search for the statements that have all of ``terms`` (hashes of the index, at most five).

    The index is looked at in ``steps_beyond`` places at most beyond those that the wanted statements need, and in
    ROUNDS_UNTIL_A_FIND times as many before there is a find; ``entry`` opens what was found.
    """

    def __init__(
        self, session: Session, terms: Sequence[int], steps_beyond: int, entry: Callable[[Row], LogEntry]
    ) -> None:
        self._session = session
        self._terms = tuple(terms)
        self._steps_beyond = steps_beyond
        self._entry = entry

    def find(self, wanted: int, within: Range) -> Found:
        """Return the first ``wanted`` statements of ``within``, or fewer when the steps are spent or there are no more.

        Raises QueryTimeout when a query takes too long.
        """
        found = self._round(wanted, within)
        for _ in range(ROUNDS_UNTIL_A_FIND - 1):
            if found.entries or found.left is None:
                break
            found = self._round(wanted, found.left)
        return found

    def _round(self, wanted: int, within: Range) -> Found:
        steps_left = self._steps_beyond + wanted * max(1, len(self._terms))
        entries: list[LogEntry] = []
        left: Range | None = within
        while left is not None and len(entries) < wanted and steps_left > len(self._terms):
            stretch = self._stretch(left, wanted - len(entries), steps_left)
            entries.extend(self._entry(row) for row in stretch.rows if row["state"] is not None)
            steps_left -= stretch.steps
            left = stretch.left
        return Found(tuple(entries), left)

    def _stretch(self, within: Range, limit: int, steps: int) -> _Stretch:
        if len(self._terms) > 1:
            return self._common(within, limit, steps)
        limit = min(limit, steps)
        rows = self._select("select_term" if self._terms else "select_page", within, {"limit": limit})
        return _Stretch(rows, len(rows), within.beyond(rows[-1]["position"]) if len(rows) == limit else None)

    def _common(self, within: Range, limit: int, steps: int) -> _Stretch:
        walked = self._select("select_common", within, {"limit": limit, "steps": steps, "terms": len(self._terms)})
        rows = sorted(walked, key=lambda row: int(row["step"]))
        if not rows:
            return _Stretch(rows, steps, None)
        last = rows[-1]
        agreed = last["agreed"] == len(self._terms)
        finds = len(rows) if agreed else len(rows) - 1
        left = None
        if finds == limit or last["step"] == steps:
            left = within.beyond(last["position"]) if agreed else within.from_(last["position"])
        return _Stretch(rows, last["step"], left)

    def _select(self, query: str, within: Range, counts: Mapping[str, int]) -> list[Row]:
        named = dict.fromkeys(_TERMS) | dict(zip(_TERMS, self._terms, strict=False))
        bounds = {"after": within.after, "before": within.before, "hidden": within.hidden}
        order = "oldest" if within.ascending else "newest"
        return self._session.look([(f"{query}_{order}", {**named, **bounds, **counts})])[0]
