"""``mastrail sample``: a small organisation to try everything on."""

import json
from pathlib import Path
from typing import Annotated

import typer

from mastrail import harbour
from mastrail.cli.apply import registry_log
from mastrail.cli.console import say, say_bytes, tell
from mastrail.cli.flags import STORE_FLAGS, with_settings
from mastrail.cli.registering import by
from mastrail.settings import Settings

app = typer.Typer(help="A sample organisation: documents, assignments, statements.", no_args_is_help=True)

People = Annotated[int, typer.Option("--people", min=1, max=100_000, help="How many people work there.")]
Seed = Annotated[int, typer.Option("--seed", min=0, help="Another number gives other statements, always the same.")]
Folder = Annotated[Path, typer.Argument(help="A folder, made when it is not there.")]


@app.command()
def statements(people: People = harbour.PEOPLE, seed: Seed = 1) -> None:
    """Print the statements of the sample organisation, one JSON object a line, in order of time.

    Example: **mastrail sample statements --people 1000 | mastrail import -**
    """
    for statement in harbour.statements(people, seed):
        say_bytes(json.dumps(statement, separators=(",", ":")).encode())


@app.command()
def assignments(people: People = harbour.PEOPLE) -> None:
    """Print who is in which team and holds which role, as CSV."""
    say(harbour.assignments_csv(people).rstrip("\n"))


@app.command()
def write(folder: Folder, people: People = harbour.PEOPLE) -> None:
    """Write the documents and the assignments of the sample organisation into a folder, to look at and change."""
    folder.mkdir(parents=True, exist_ok=True)
    for name in harbour.DOCUMENTS:
        (folder / name).write_bytes((harbour.documents_folder() / name).read_bytes())
    (folder / "assignments.csv").write_text(harbour.assignments_csv(people), encoding="utf-8")
    tell(f"{len(harbour.DOCUMENTS) + 1} files in {folder}")


@app.command()
@with_settings(*STORE_FLAGS)
def publish(settings: Settings, people: People = harbour.PEOPLE) -> None:
    """Publish the documents and assignments of the sample organisation into a store; what is there stays as it is."""
    with registry_log(settings) as log:
        applied, done = harbour.publish(log, by("sample organisation"), people)
    for one in applied:
        say(f"{one.kind} {one.name}: {one.change.position}")
    say(f"assignments: {done.new} new, {done.changed} changed, {done.unchanged} there already")
