"""What commands print: results on standard output, everything for people on standard error."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import IO, NoReturn

import orjson
import typer
from rich.console import Console
from rich.progress import BarColumn, Progress, SpinnerColumn, TaskProgressColumn, TextColumn, TimeElapsedColumn

from lrs.xapi.faults import Refusal

EXIT_FINDINGS = 1
EXIT_REFUSED = 2

people = Console(stderr=True, highlight=False, soft_wrap=True)
results = Console(highlight=False, soft_wrap=True)


def say(text: str) -> None:
    """Print a line on standard output, as it is."""
    typer.echo(text)


def say_json(value: object) -> None:
    """Print ``value`` as one line of JSON on standard output."""
    say_bytes(orjson.dumps(value))


def say_bytes(line: bytes) -> None:
    """Print ``line`` on standard output."""
    sys.stdout.buffer.write(line + b"\n")
    sys.stdout.buffer.flush()


def tell(text: str) -> None:
    """Print a line on standard error, as it is."""
    typer.echo(text, err=True)


def tell_faults(refused: Refusal) -> None:
    """Print every fault of a refusal on standard error: where, what, and which rule."""
    for fault in refused.faults:
        rule = f" [{fault.rule}]" if fault.rule else ""
        tell(f"mastrail: {fault.pointer}{': ' if fault.pointer else ''}{fault.message}{rule}")


def fail(reason: object, exit_code: int = EXIT_REFUSED) -> NoReturn:
    """Print why on standard error and end with ``exit_code``."""
    tell(f"mastrail: {reason}")
    raise SystemExit(exit_code)


@contextmanager
def progress(what: str, total: float | None = None) -> Iterator["Steps"]:
    """Show a progress bar on standard error while the block runs; only on a terminal."""
    columns = (
        SpinnerColumn(),
        TextColumn("{task.description}"),
        BarColumn(),
        TaskProgressColumn(),
        TimeElapsedColumn(),
    )
    with Progress(*columns, console=people, disable=not people.is_terminal) as bar:
        yield Steps(bar, what, total)


class Steps:
    """One bar. ``advance`` moves it; ``say`` changes what stands before it."""

    def __init__(self, bar: Progress, what: str, total: float | None) -> None:
        self._bar = bar
        self._task = bar.add_task(what, total=total)

    def advance(self, steps: float) -> None:
        """Move the bar by ``steps`` of its total."""
        self._bar.advance(self._task, steps)

    def reach(self, done: float, total: float) -> None:
        """Show that so much of ``total`` is done."""
        self._bar.update(self._task, completed=done, total=total)

    def begin(self, what: str, total: float) -> None:
        """Start the bar again, for ``total`` steps."""
        self._bar.reset(self._task, description=what, total=total)

    def say(self, what: str) -> None:
        """Show ``what`` before the bar."""
        self._bar.update(self._task, description=what)


def stdin_bytes() -> IO[bytes]:
    """Return standard input as bytes."""
    return sys.stdin.buffer
