"""``mastrail import`` and ``mastrail export``: statements in and out as NDJSON."""

import sys
from contextlib import closing
from pathlib import Path
from typing import IO, Annotated

import typer

from lrs.xapi.faults import Fault
from lrs.xapi.version import Version
from mastrail.cli.console import EXIT_FINDINGS, progress, say, tell
from mastrail.cli.flags import STORE_FLAGS, with_settings
from mastrail.exporting import exported
from mastrail.faults import CannotRun
from mastrail.importing import Importer
from mastrail.lines import open_lines
from mastrail.settings import Settings
from mastrail.stores import open_log

File = Annotated[Path, typer.Argument(metavar="FILE", help="NDJSON, gzip or plain; - is standard input.")]
Batch = Annotated[int, typer.Option("--batch", min=1, max=10_000, help="Statements in one transaction.")]
Workers = Annotated[
    int | None,
    typer.Option("--workers", min=1, help="Processes that check lines; one for each processor when not given."),
]
Output = Annotated[Path | None, typer.Option("--output", "-o", help="File to write; standard output when not given.")]
First = Annotated[int, typer.Option("--from", min=1, help="First log position.")]
Last = Annotated[int | None, typer.Option("--to", min=1, help="Last log position; the end of the log when not given.")]


@with_settings(*STORE_FLAGS, "default_xapi_version")
def import_statements(settings: Settings, file: File, batch: Batch = 2000, workers: Workers = None) -> None:
    """Store the statements of FILE, one JSON object a line, by the rules that hold for requests.

    Refused lines are listed with number, JSON pointer and rule, and the others are stored; the exit code is 1 then.
    It may run while the server does. Interrupted or not, run it again: what is there already is not stored twice.

    Example: **mastrail import statements.ndjson.gz**
    """
    version = Version(settings.default_xapi_version)
    with (
        open_log(settings) as log,
        closing(Importer(log, version=version, refused=_tell_refused, workers=workers)) as importer,
        progress("importing") as steps,
        open_lines(file) as lines,
    ):
        for outcome in importer.take(lines, batch):
            steps.say(f"{outcome.lines} lines")
    say(str(importer.outcome))
    if importer.outcome.refused:
        raise typer.Exit(EXIT_FINDINGS)


@with_settings(*STORE_FLAGS)
def export_statements(settings: Settings, output: Output = None, first: First = 1, last: Last = None) -> None:
    """Write statements as NDJSON in log order, each exactly as the store answers for it, voided ones included.

    Example: **mastrail export --from 1000 --output statements.ndjson**
    """
    if output is None:
        _export(settings, sys.stdout.buffer, first, last)
        return
    try:
        with output.open("wb") as file:
            _export(settings, file, first, last)
    except OSError as error:
        raise CannotRun(f"{output} cannot be written: {error.strerror}") from error


def _export(settings: Settings, target: IO[bytes], first: int, last: int | None) -> None:
    statements = 0
    with open_log(settings) as log, progress("exporting") as steps:
        for position, line in exported(log, first, last):
            target.write(line + b"\n")
            statements += 1
            if statements % 1000 == 0:
                steps.say(f"{statements} statements, position {position}")
    tell(f"{statements} statements exported")


def _tell_refused(number: int, fault: Fault) -> None:
    where = f"{fault.pointer}: " if fault.pointer else ""
    rule = f" [{fault.rule}]" if fault.rule else ""
    tell(f"line {number}: {where}{fault.message}{rule}")
