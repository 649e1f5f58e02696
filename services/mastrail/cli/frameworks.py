"""``mastrail frameworks``: the competencies that policies speak of."""

import json
from typing import Annotated

import typer

from mastrail.cli.console import say_json
from mastrail.cli.flags import STORE_FLAGS, with_settings
from mastrail.cli.registering import WHY, DocumentFile, Why, by, read_content, read_document, tell_change
from mastrail.faults import CannotRun
from mastrail.settings import Settings
from mastrail.stores import open_log
from projector.mastery.times import instant, render
from projector.registry.append import version_entry_id
from projector.registry.case import from_case, to_case
from projector.registry.catalogue import FRAMEWORK_PUBLISHED
from projector.registry.commands import publish_framework

_MOST_CASE_BYTES = 32 * 1024 * 1024

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
    try:
        package = json.loads(read_content(file, _MOST_CASE_BYTES))
    except ValueError as error:
        raise CannotRun(f"{file} is not JSON") from error
    framework = from_case(package, version=version)
    with open_log(settings) as log:
        tell_change(framework, publish_framework(log, framework, by(why)))


@app.command("export-case")
@with_settings(*STORE_FLAGS)
def export_case(settings: Settings, framework: Framework, version: Version) -> None:
    """Print a published framework as a CASE 1.1 package (CFPackage, JSON)."""
    with open_log(settings) as log:
        entry = log.get(version_entry_id(framework, version))
    if entry is None or entry.topic != FRAMEWORK_PUBLISHED:
        raise CannotRun("no framework of this id and version is published")
    document = json.loads(entry.payload)["document"]
    say_json(to_case(document, changed=render(instant(entry.recorded)), creator="Mastrail"))
