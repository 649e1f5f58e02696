"""``mastrail frameworks``: the competencies that policies speak of."""

import typer

from mastrail.cli.flags import STORE_FLAGS, with_settings
from mastrail.cli.registering import WHY, DocumentFile, Why, by, read_document, tell_change
from mastrail.settings import Settings
from mastrail.stores import open_log
from projector.registry.commands import publish_framework

app = typer.Typer(help="Publish competency frameworks.", no_args_is_help=True)


@app.callback()
def group() -> None:
    """Publish competency frameworks."""


@app.command()
@with_settings(*STORE_FLAGS)
def publish(settings: Settings, file: DocumentFile, why: Why = WHY) -> None:
    """Publish a version of a framework. A version never changes: publishing it again changes nothing.

    Example: **mastrail frameworks publish examples/framework.yaml --why "first version"**
    """
    document = read_document(file)
    with open_log(settings) as log:
        tell_change(document, publish_framework(log, document, by(why)))
