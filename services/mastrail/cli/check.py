"""``mastrail check`` and ``mastrail rebuild``: is it all true, and compute it again."""

from typing import Annotated

import typer

from mastrail.checking import Report, check_store
from mastrail.checks.finding import Step
from mastrail.cli.console import EXIT_FINDINGS, Steps, progress, say, say_json
from mastrail.cli.flags import STORE_FLAGS, with_settings
from mastrail.rebuilding import rebuild_projection
from mastrail.settings import Settings
from projector.store.garbage import collect_seldom

Workers = Annotated[
    int | None,
    typer.Option("--workers", min=1, help="Processes that share the work; one for each processor when not given."),
]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON, for scripts.")]
NewFeed = Annotated[
    bool,
    typer.Option("--accept-new-feed", help="Go live even if published events come out differently; publish anew then."),
]
Processes = Annotated[
    int | None,
    typer.Option(
        "--workers",
        min=1,
        max=64,
        help="Processes that share the people and fold them; one on each processor, at most eight, if not said. "
        "A short log, or the end of one, is folded by one.",
    ),
]


@with_settings(*STORE_FLAGS, "notary_origin")
def check(settings: Settings, workers: Workers = None, as_json: AsJson = False) -> None:
    """Verify the whole store: the log, its index, the Merkle tree against the stored bytes, projection = replay.

    Prints counts and the hash over all states and events. Exit code 1 with one line for each finding. It only reads,
    and may run while the server does.
    """
    with progress("checking") as steps:
        report = check_store(settings, Beginning(steps), workers)
    if as_json:
        say_json(report.as_json())
    else:
        _tell(report)
    if report.findings:
        raise typer.Exit(EXIT_FINDINGS)


@with_settings(*STORE_FLAGS)
def rebuild(
    settings: Settings, accept_new_feed: NewFeed = False, workers: Processes = None, as_json: AsJson = False
) -> None:
    """Compute all states and events again from the log, beside the live ones, and switch to the new ones.

    The hash that it prints is the one that `mastrail check` prints: the same log gives the same bytes, however many
    processes fold it. It may run while the server does, and goes on from where it was when it was interrupted.
    """
    collect_seldom()
    with progress("replaying") as steps:
        told = rebuild_projection(settings, accept_new_feed=accept_new_feed, step=steps.reach, workers=workers)
    if as_json:
        say_json({"position": told.position, "states": told.states, "events": told.events, "sha256": told.sha256})
        return
    say(f"projection: {told.states} states, {told.events} events up to position {told.position}")
    say(f"sha256:     {told.sha256}")


class Beginning:
    """Shows on one bar which part is being checked."""

    def __init__(self, steps: Steps) -> None:
        self._steps = steps

    def __call__(self, part: str, entries: int) -> Step:
        """Begin the bar again for ``part``."""
        self._steps.begin(f"checking {part}", entries)
        return self._steps.advance


def _tell(report: Report) -> None:
    tree = "no leaves yet" if report.leaves is None else f"{report.leaves} leaves"
    say(f"log:        {report.entries} entries")
    say(f"tree:       {tree}")
    if report.projection is not None:
        told = report.projection
        kind = "projection:" if report.is_live else "replay:    "
        say(f"{kind} {told.states} states, {told.events} events up to position {told.position}")
        say(f"sha256:     {told.sha256}")
    for found in report.findings:
        say(f"finding:    {found}")
    say("all is well" if not report.findings else f"{len(report.findings)} findings")
