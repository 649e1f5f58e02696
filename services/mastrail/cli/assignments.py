"""``mastrail assignments``: who is in which team and holds which role."""

from pathlib import Path
from typing import Annotated

import typer

from mastrail.cli.apply import DryRun, registry_log
from mastrail.cli.console import say
from mastrail.cli.flags import STORE_FLAGS, with_settings
from mastrail.cli.folded import live_projection, say_csv
from mastrail.cli.registering import WHY, Why, by, read_content
from mastrail.settings import Settings
from mastrail.shell import new_id
from projector.questions import published
from projector.questions.preloaded import Preloaded
from projector.registry.assignments import COLUMNS, MAX_CSV_BYTES, import_assignments, read_csv

app = typer.Typer(help="Import and list teams and role holders.", no_args_is_help=True)

File = Annotated[Path, typer.Argument(metavar="FILE", help=f"CSV with {', '.join(COLUMNS)}; - is standard input.")]
Team = Annotated[str | None, typer.Option("--team", help="Only this team.")]
Role = Annotated[str | None, typer.Option("--role", help="Only this role.")]


@app.command("import")
@with_settings(*STORE_FLAGS)
def import_file(settings: Settings, file: File, why: Why = WHY, dry_run: DryRun = False) -> None:
    """Take a list of assignments: all of it, or nothing when a row is at fault. Importing it again changes nothing.

    A person is written mailto:a@b.c, a SHA-1 in hex, an OpenID, or homePage::name; days are 2026-01-31.

    Example: **mastrail assignments import staff.csv --dry-run**
    """
    rows = read_csv(read_content(file, MAX_CSV_BYTES))
    with registry_log(settings) as log:
        done = import_assignments(log, rows, by(why), new_id=new_id, dry_run=dry_run)
    would = "would be " if dry_run else ""
    say(f"{would}{done.new} new, {done.changed} changed, {done.unchanged} there already")


@app.command("list")
@with_settings(*STORE_FLAGS)
def list_assignments(settings: Settings, team: Team = None, role: Role = None) -> None:
    """Print the assignments as CSV, people by their opaque ids, as far as the projector has come."""
    with live_projection(settings) as live, live.snapshot() as snapshot:
        documents = Preloaded(snapshot.documents)
        found = published.assignments(documents, team, role)
        say_csv((published.assignment(documents, one) for _, one in found), published.ASSIGNMENT_COLUMNS)
