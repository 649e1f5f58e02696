"""The verdicts on signed statements, as they were kept when the statements came (Data 2.6)."""

from collections.abc import Iterator
from dataclasses import dataclass
from uuid import UUID

from lrs.log.store import Store
from lrs.xapi.signatures import Verdict

_PAGE = 1000


@dataclass(frozen=True, slots=True)
class Judged:
    """A statement that has a signature, the verdict on it, and its place in the log."""

    statement_id: UUID
    verdict: Verdict
    position: int


def judged_statements(store: Store, verdict: Verdict | None = None) -> Iterator[Judged]:
    """Yield every statement that has a signature, or those of one ``verdict``, in the order of the log."""
    after = 0
    kind = None if verdict is None else verdict.value
    while rows := store.select("select_signatures", {"after": after, "verdict": kind, "limit": _PAGE}):
        after = rows[-1]["position"]
        for row in rows:
            yield Judged(row["entry_id"], Verdict(row["verdict"]), row["position"])
