"""``mastrail policies``: the rules that say when mastery holds."""

from typing import Annotated

import typer

from mastrail.cli.apply import registry_log
from mastrail.cli.flags import STORE_FLAGS, with_settings
from mastrail.cli.registering import WHY, DocumentFile, Why, by, read_document, tell_change
from mastrail.settings import Settings
from projector.registry.commands import activate_policy

app = typer.Typer(help="Activate mastery policies.", no_args_is_help=True)

Mode = Annotated[
    str | None,
    typer.Option(
        "--mode",
        help="What becomes of earlier decisions: carry, reevaluate or require_new; the policy's own when not given.",
    ),
]
EffectiveFrom = Annotated[
    str | None, typer.Option("--effective-from", help="RFC 3339 time; the policy's own when not given.")
]


@app.callback()
def group() -> None:
    """Activate mastery policies."""


@app.command()
@with_settings(*STORE_FLAGS)
def activate(
    settings: Settings,
    file: DocumentFile,
    mode: Mode = None,
    effective_from: EffectiveFrom = None,
    why: Why = WHY,
) -> None:
    """Activate a version of a policy; its framework version must be published. Try it first: **mastrail policy try**.

    Example: **mastrail policies activate examples/policy-lockout.yaml --mode reevaluate**
    """
    document = read_document(file)
    with registry_log(settings) as log:
        change = activate_policy(log, document, by(why), effective_from=effective_from, mode=mode)
    tell_change(document, change)
