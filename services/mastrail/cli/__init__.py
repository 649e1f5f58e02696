"""The command ``mastrail``: one module for each group of commands."""

import typer

from lrs.log.faults import StoreFault
from lrs.xapi.faults import Refusal
from mastrail.cli import keys
from mastrail.cli.console import fail
from mastrail.faults import CannotRun
from projector.store.faults import ProjectionFault

app = typer.Typer(
    name="mastrail",
    help="Mastrail: a learning record store whose evidence a stranger can verify.",
    no_args_is_help=True,
    rich_markup_mode="markdown",
    pretty_exceptions_enable=False,
)
app.add_typer(keys.app, name="keys")


def main() -> None:
    """Run the command line. Exit codes: 0 done, 1 done with findings, 2 refused, with the reason on standard error."""
    try:
        app()
    except (CannotRun, Refusal, StoreFault, ProjectionFault) as refused:
        fail(refused)
