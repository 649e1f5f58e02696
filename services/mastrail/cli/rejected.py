"""``mastrail rejected``: what was refused, why, and taking it in after all. It works while the server runs."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Annotated, Any
from uuid import UUID

import typer
from rich.table import Table

from lrs.log.journal import Journal, Rejected
from lrs.xapi.faults import NotFound, Refusal
from mastrail.cli.console import EXIT_FINDINGS, results, say, say_bytes, say_json, tell, tell_faults
from mastrail.cli.flags import STORE_FLAGS, with_settings
from mastrail.replaying import replay as replay_request
from mastrail.settings import Settings
from mastrail.shell import utc_now
from mastrail.stores import open_log, open_rejected

app = typer.Typer(help="List, show, replay and forget requests that were refused.", no_args_is_help=True)

Which = Annotated[UUID, typer.Argument(help="Id of the refused request, as `rejected list` shows it.")]
Limit = Annotated[int, typer.Option("--limit", min=1, max=100_000, help="Most requests that are listed.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON, for scripts.")]
OnlyBody = Annotated[bool, typer.Option("--body", help="Print the body alone, as it came, to be repaired.")]
NewBody = Annotated[
    Path | None, typer.Option("--body", exists=True, dir_okay=False, help="File with a repaired body to take instead.")
]
Days = Annotated[int, typer.Option("--older-than", min=0, max=36_500, help="Days; younger requests stay.")]


@app.command("list")
@with_settings(*STORE_FLAGS)
def list_requests(settings: Settings, limit: Limit = 50, as_json: AsJson = False) -> None:
    """List refused requests, newest first: when, whose key, what, and the first fault."""
    with open_log(settings), open_rejected(settings) as journal:
        found = journal.newest(limit)
    if as_json:
        say_json([_shown(request) for request in found])
        return
    table = Table("id", "time", "key", "request", "status", "fault", box=None)
    for one in found:
        first = one.faults[0]["message"] if one.faults else ""
        state = f"{one.status}, replayed" if one.replayed else str(one.status)
        table.add_row(str(one.entry_id), f"{one.recorded:%F %T}", one.key, f"{one.method} {one.path}", state, first)
    results.print(table)


@app.command()
@with_settings(*STORE_FLAGS)
def show(settings: Settings, request: Which, body: OnlyBody = False) -> None:
    """Show one refused request with every fault, and its body: it may hold personal data."""
    with open_log(settings), open_rejected(settings) as journal:
        found = _found(journal, request)
    if body:
        say_bytes(found.body or b"")
        return
    text = None if found.body is None else found.body.decode("utf-8", "replace")
    say_json({**_shown(found), "body": text})


@app.command()
@with_settings(*STORE_FLAGS)
def replay(settings: Settings, request: Which, body: NewBody = None) -> None:
    """Take in the statements of a refused request, by the rules that hold now, in the name of its credential.

    Example: **mastrail rejected replay ID --body repaired.json**. A second time stores nothing twice; the exit code
    is 1 when it is refused again.
    """
    with open_log(settings) as log, open_rejected(settings) as journal:
        found = _found(journal, request)
        try:
            stored = replay_request(log, found, None if body is None else body.read_bytes())
        except Refusal as refused:
            tell_faults(refused)
            raise typer.Exit(EXIT_FINDINGS) from None
        journal.mark_replayed(request, utc_now())
    say(f"{stored.new} stored, {len(stored.ids) - stored.new} there already")


@app.command()
@with_settings(*STORE_FLAGS)
def purge(settings: Settings, older_than: Days) -> None:
    """Forget refused requests. Example: **mastrail rejected purge --older-than 30**; 0 forgets all."""
    with open_log(settings), open_rejected(settings) as journal:
        gone = journal.purge(utc_now() - timedelta(days=older_than))
    tell(f"{gone} forgotten")


def _found(journal: Journal, entry_id: UUID) -> Rejected:
    found = journal.get(entry_id)
    if found is None:
        raise NotFound("no refused request of that id is kept")
    return found


def _shown(request: Rejected) -> Mapping[str, Any]:
    return {
        "id": str(request.entry_id),
        "time": _written(request.recorded),
        "key": request.key,
        "method": request.method,
        "path": request.path,
        "version": request.version,
        "status": request.status,
        "parameters": request.parameters,
        "contentType": request.content_type,
        "faults": request.faults,
        "replayed": None if request.replayed is None else _written(request.replayed),
    }


def _written(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat().replace("+00:00", "Z")
