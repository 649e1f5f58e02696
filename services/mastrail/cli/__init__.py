"""The command ``mastrail``: one module for each group of commands."""

import sys

import typer

from lrs.log.faults import StoreFault
from lrs.xapi.faults import Refusal
from mastrail.cli import frameworks, keys, policies, policy, projector, serve, transfer
from mastrail.cli.console import EXIT_REFUSED, fail, tell_faults
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
app.add_typer(frameworks.app, name="frameworks")
app.add_typer(policies.app, name="policies")
app.add_typer(policy.app, name="policy")
app.command("serve")(serve.serve)
app.command("lrs")(serve.lrs)
app.command("projector")(projector.projector)
app.command("import")(transfer.import_statements)
app.command("export")(transfer.export_statements)


def main() -> None:
    """Run the command line. Exit codes: 0 done, 1 done with findings, 2 refused, with the reason on standard error."""
    try:
        app()
    except Refusal as refused:
        tell_faults(refused)
        sys.exit(EXIT_REFUSED)
    except (CannotRun, StoreFault, ProjectionFault) as stopped:
        fail(stopped)
