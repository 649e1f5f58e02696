"""``mastrail apply``: registry documents of any kind from files."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any

import typer

from mastrail.cli.console import say
from mastrail.cli.flags import STORE_FLAGS, with_settings
from mastrail.cli.folded import live_projection
from mastrail.cli.registering import WHY, Why, by, read_content
from mastrail.settings import Settings
from mastrail.shell import new_id
from mastrail.stores import open_log
from projector.registry.append import Log
from projector.registry.applying import DryLog, apply_documents
from projector.registry.loading import load_documents
from projector.registry.shortened import ShortenedLog

Files = Annotated[list[Path], typer.Argument(metavar="FILE...", help="Documents, YAML or JSON; - is standard input.")]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Check everything, change nothing.")]


@contextmanager
def registry_log(settings: Settings, *, dry_run: bool = False) -> Iterator[Log]:
    """Open the log for commands of the registry: what is folded already is not read again."""
    with open_log(settings) as log, live_projection(settings) as live:
        shortened = ShortenedLog(log, live.snapshot)
        yield DryLog(shortened) if dry_run else shortened


@with_settings(*STORE_FLAGS)
def apply(settings: Settings, files: Files, why: Why = WHY, dry_run: DryRun = False) -> None:
    """Publish frameworks, roles, goals, credential rules and aliases, activate policies, change alignments and so on.

    Documents are taken in the order given; several in a file stand apart by `---`. What is there already stays as it
    is; at the first document that is refused it ends.

    Example: **mastrail apply examples/harbour/frameworks.yaml examples/harbour/policies.yaml --dry-run**
    """
    who = by(why)
    documents: list[dict[str, Any]] = [document for file in files for document in load_documents(read_content(file))]
    with registry_log(settings, dry_run=dry_run) as log:
        for applied in apply_documents(log, documents, who, new_id=new_id):
            state = "there already" if not applied.change.is_new else "good" if dry_run else "recorded"
            place = f" at position {applied.change.position}" if applied.change.position else ""
            say(f"{applied.kind} {applied.name}: {state}{place}")
