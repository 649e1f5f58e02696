"""The command ``mastrail``: one module for each group of commands.

Only the module of the command that was asked for is imported: the schema and HTTP libraries take a second to load,
which a script that makes a key should not wait for.
"""

import sqlite3
import sys
from collections.abc import Iterable, Sequence
from importlib import import_module

import typer

from lrs.log.faults import StoreFault
from lrs.xapi.faults import Refusal
from mastrail.cli.console import EXIT_REFUSED, fail, tell_faults
from mastrail.faults import CannotRun
from projector.store.faults import ProjectionFault

_GROUPS = ("keys", "frameworks", "policies", "policy", "rejected", "ask", "assignments", "people", "sample")
_COMMANDS = {
    "serve": ("serve", "serve"),
    "demo": ("demo", "demo"),
    "import": ("transfer", "import_statements"),
    "export": ("transfer", "export_statements"),
    "apply": ("apply", "apply"),
    "check": ("check", "check"),
    "rebuild": ("check", "rebuild"),
    "backup": ("backup", "backup"),
    "restore": ("backup", "restore_backup"),
    "connection-test": ("helping", "connection_test"),
    "duplicates": ("helping", "duplicates"),
    "signatures": ("signatures", "signatures"),
    "migrate": ("migrate", "migrate"),
    "lrs": ("serve", "lrs"),
    "projector": ("projector", "projector"),
}


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command line, that of this process when no ``arguments`` are given, and end by SystemExit.

    Exit codes: 0 done, 1 done with findings, 2 refused, with the reason on standard error.
    """
    words = sys.argv[1:] if arguments is None else list(arguments)
    asked = next((word for word in words if not word.startswith("-")), "")
    known = asked in _COMMANDS or asked in _GROUPS
    try:
        _app([asked] if known else [*_COMMANDS, *_GROUPS])(words, prog_name="mastrail")
    except Refusal as refused:
        tell_faults(refused)
        sys.exit(EXIT_REFUSED)
    except (CannotRun, StoreFault, ProjectionFault) as stopped:
        fail(stopped)
    except (OSError, sqlite3.Error) as failed:  # a disk that is full or fails, for one
        fail(f"a file cannot be used: {failed}")


def _app(names: Iterable[str]) -> typer.Typer:
    app = typer.Typer(
        name="mastrail",
        help="Mastrail: a learning record store whose evidence a stranger can verify.",
        no_args_is_help=True,
        rich_markup_mode="markdown",
        pretty_exceptions_enable=False,
    )
    app.callback()(_mastrail)
    for name in names:
        if name in _GROUPS:
            app.add_typer(import_module(f"mastrail.cli.{name}").app, name=name)
        else:
            module, function = _COMMANDS[name]
            app.command(name)(getattr(import_module(f"mastrail.cli.{module}"), function))
    return app


def _mastrail() -> None:
    """Mastrail: a learning record store whose evidence a stranger can verify."""
