"""A whole run of fuzzing: documents that give the statements a meaning, the campaign, and the store at rest after it."""

from integration.crash.after import check_after
from integration.crash.kills import publish_documents
from integration.fuzz.campaign import Campaign, Counts
from support.served import Served

MOST_FAULTS = 20


def fuzz(served: Served, *, rounds: int | None = None, seconds: float | None = None) -> tuple[Counts, list[str]]:
    """Send every kind of request, end the server, and return what was counted and everything that was wrong."""
    publish_documents(served)
    counts = Campaign(served).run(rounds=rounds, seconds=seconds)
    faults = [*counts.found.values(), *_process_faults(served)]
    return counts, [*faults, *check_after(served)][:MOST_FAULTS]


def _process_faults(served: Served) -> list[str]:
    """Return what the server says of itself: that it ended, or that something in it failed."""
    if served.running().exit_code() is not None:
        return [f"the server ended with {served.running().exit_code()}\n{served.running().tail()}"]
    lines = served.running().printed().splitlines()
    return [f"the server printed: {line}" for line in lines if "Traceback" in line or '"level":"error"' in line][:3]
