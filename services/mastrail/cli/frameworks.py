"""``mastrail frameworks``: the competencies that policies speak of."""

from typing import Annotated

import typer

from mastrail.cli.console import say_json
from mastrail.cli.flags import STORE_FLAGS, with_settings
from mastrail.cli.registering import WHY, DocumentFile, Why, by, read_content, read_document, tell_change
from mastrail.faults import CannotRun
from mastrail.settings import Settings
from mastrail.stores import open_log
from projector.registry.case import MAX_CASE_BYTES, from_case, published_case
from projector.registry.catalogue import published_framework
from projector.registry.commands import publish_framework
from projector.registry.loading import load_json

Framework = Annotated[str, typer.Argument(metavar="ID", help="The IRI of the framework.")]
Version = Annotated[str, typer.Argument(metavar="VERSION", help="The version.")]
NewVersion = Annotated[str | None, typer.Option("--version", help="The version; the package's own when not given.")]

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


@app.command("import-case")
@with_settings(*STORE_FLAGS)
def import_case(settings: Settings, file: DocumentFile, version: NewVersion = None, why: Why = WHY) -> None:
    """Publish a framework that comes as a CASE 1.1 package (CFPackage, JSON)."""
    framework = from_case(load_json(read_content(file, MAX_CASE_BYTES), MAX_CASE_BYTES), version=version)
    with open_log(settings) as log:
        tell_change(framework, publish_framework(log, framework, by(why)))


@app.command("export-case")
@with_settings(*STORE_FLAGS)
def export_case(settings: Settings, framework: Framework, version: Version) -> None:
    """Print a published framework as a CASE 1.1 package (CFPackage, JSON)."""
    with open_log(settings) as log:
        found = published_framework(log, framework, version)
    if found is None:
        raise CannotRun("no framework of this id and version is published")
    say_json(published_case(found))
