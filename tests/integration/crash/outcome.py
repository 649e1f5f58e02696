"""What a store holds after the deaths, against what its clients were told."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from integration.crash.ingest import Batch
from support.served import Served

PAGE = 500


@dataclass(frozen=True)
class Outcome:
    """Counts of what was sent and found; ``faults`` says in words what is wrong, nothing when all is well."""

    kills: int
    batches: int
    acknowledged: int
    statements: int
    stored: int
    lost: int
    half_batches: int
    faults: tuple[str, ...]

    def __str__(self) -> str:
        return (
            f"{self.kills} kills, {self.batches} batches sent ({self.acknowledged} acknowledged), "
            f"{self.statements} statements sent, {self.stored} stored; "
            f"{self.lost} acknowledged statements lost, {self.half_batches} half batches"
        )


def stored_statements(served: Served) -> Iterator[dict[str, Any]]:
    """Yield every statement of the store, oldest first, page by page."""
    query: dict[str, Any] = {"ascending": "true", "limit": PAGE, "format": "exact"}
    page = served.client.get("/xAPI/statements", params=query).raise_for_status().json()
    while True:
        yield from page["statements"]
        if not page.get("more"):
            return
        page = served.client.get(page["more"]).raise_for_status().json()


def outcome(kills: int, sent: Sequence[Batch], unexpected: Sequence[str], stored: Sequence[dict[str, Any]]) -> Outcome:
    """Return the counts of ``sent`` against ``stored`` (statements in log order)."""
    found = {statement["id"]: statement for statement in stored}
    known = {statement["id"] for batch in sent for statement in batch.statements}
    lost = [one for batch in sent if batch.acknowledged for one in batch.ids if one not in found]
    half = [batch for batch in sent if 0 < sum(one in found for one in batch.ids) < len(batch.ids)]
    changed = [
        one["id"]
        for batch in sent
        for one in batch.statements
        if one["id"] in found and not _holds(found[one["id"]], one)
    ]
    times = [statement["stored"] for statement in stored]
    faults = [
        *([f"{len(lost)} acknowledged statements lost, such as {lost[0]}"] if lost else []),
        *([f"{len(half)} batches stored in part"] if half else []),
        *([f"{len(changed)} statements read back other than sent, such as {changed[0]}"] if changed else []),
        *([f"{len(stored) - len(found)} statements stored twice"] if len(stored) != len(found) else []),
        *([f"{len(found.keys() - known)} statements stored that nobody sent"] if found.keys() - known else []),
        *(["`stored` decreases along the log"] if times != sorted(times) else []),
        *(f"unexpected answer {answer}" for answer in unexpected[:5]),
    ]
    return Outcome(
        kills=kills,
        batches=len(sent),
        acknowledged=sum(batch.acknowledged for batch in sent),
        statements=len(known),
        stored=len(found),
        lost=len(lost),
        half_batches=len(half),
        faults=tuple(faults),
    )


def _holds(found: dict[str, Any], sent: dict[str, Any]) -> bool:
    return all(found.get(name) == value for name, value in sent.items())
