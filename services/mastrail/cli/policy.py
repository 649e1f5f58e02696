"""``mastrail policy``: policies tried on files, without a server and without a store."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any

import typer

from mastrail.cli.console import say_bytes, tell
from mastrail.entries_file import KeptLines
from mastrail.faults import CannotRun
from mastrail.lines import open_lines
from projector.mastery.canonical import canonical
from projector.mastery.faults import Refused
from projector.mastery.policy import compile_policy
from projector.mastery.times import moment_of, parse
from projector.mastery.trial import Question, run
from projector.registry.faults import InvalidDocument
from projector.registry.loading import load_documents

app = typer.Typer(help="Try mastery policies on files.", no_args_is_help=True)

Entries = Annotated[Path, typer.Argument(metavar="ENTRIES", help="NDJSON, gzip or plain; - is standard input.")]
Policies = Annotated[list[Path], typer.Option("--policy", help="A policy, YAML or JSON; repeat it for several.")]
Roles = Annotated[list[Path] | None, typer.Option("--role", help="A role, YAML or JSON; repeat it for several.")]
Credentials = Annotated[
    list[Path] | None, typer.Option("--credential", help="A credential rule, YAML or JSON; repeat it for several.")
]
Aliases = Annotated[list[Path] | None, typer.Option("--aliases", help="A table of aliases; repeat it for versions.")]
AsOf = Annotated[str | None, typer.Option("--as-of", help="Evaluate at this RFC 3339 time.")]
KnownAt = Annotated[int | None, typer.Option("--known-at", min=0, help="Use only the first N entries.")]


@app.callback()
def group() -> None:
    """Try mastery policies on files."""


@app.command("try")
def try_policies(  # noqa: PLR0913, PLR0917 - each is a flag
    entries: Entries,
    policy: Policies,
    role: Roles = None,
    credential: Credentials = None,
    aliases: Aliases = None,
    as_of: AsOf = None,
    known_at: KnownAt = None,
) -> None:
    """Run policies over a file of statements and other log entries, in log order, and print what comes of it.

    Each line of the output is JSON: the events of each entry that caused any, and last the states. Lines that a
    record store would not take are left out with a warning and get no position. Exit code 2, with the JSON pointer,
    for an invalid policy.

    Example: **mastrail policy try examples/statements.ndjson --policy examples/policy-lockout.yaml**
    """
    with _refusals():
        policies = [document for file in policy for document in _policies(file)]
        roles = [document for file in role or () for document in _documents(file)]
        moment = None if as_of is None else _moment(as_of)
        others = [document for file in (*(aliases or ()), *(credential or ())) for document in _documents(file)]
        question = Question(policies, roles, moment, known_at, others)
        with open_lines(entries) as lines:
            kept = KeptLines(lines, _warn)
            for answer in run(kept, question, lambda refused: kept.leave_out(str(refused))):
                say_bytes(canonical(answer))


def _policies(file: Path) -> list[dict[str, Any]]:
    documents = _documents(file)
    for document in documents:
        try:
            compile_policy(document)
        except Refused as refused:
            raise CannotRun(f"{file}: {refused}") from refused
    return documents


def _documents(file: Path) -> list[dict[str, Any]]:
    try:
        return load_documents(file.read_bytes())
    except OSError as error:
        raise CannotRun(f"{file} cannot be read: {error.strerror}") from error
    except InvalidDocument as refused:
        raise CannotRun(f"{file}: {refused}") from refused


def _moment(text: str) -> datetime:
    try:
        return moment_of(parse(text))
    except ValueError as error:
        raise CannotRun(f"--as-of {text} is not an RFC 3339 time") from error


@contextmanager
def _refusals() -> Iterator[None]:
    try:
        yield
    except Refused as refused:
        where = "" if refused.position is None else f"entry {refused.position}: "
        raise CannotRun(f"{where}{refused}") from refused


def _warn(number: int, reason: str) -> None:
    tell(f"warning: line {number} is left out: {reason}")
