"""What the commands that read the projection share: opening it, and printing lists as CSV."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from typing import Any

from mastrail.cli.console import say_bytes
from mastrail.settings import Settings
from projector.api.listing import as_csv
from projector.store.live import LiveProjection
from projector.store.versions import open_versions


@contextmanager
def live_projection(settings: Settings) -> Iterator[LiveProjection]:
    """Open the live projection for reading while the block runs."""
    with (
        closing(open_versions(settings.store, data_dir=settings.data_dir)) as versions,
        closing(LiveProjection(versions)) as live,
    ):
        yield live


def say_csv(rows: Iterable[Mapping[str, Any]], columns: Sequence[str]) -> None:
    """Print rows as CSV on standard output."""
    say_bytes(as_csv(rows, columns).rstrip(b"\r\n"))
