"""A log and the versions of its projection, on both stores."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from integration.projector.course import Clock
from lrs.log.store import Store, open_store
from projector.store.projection import Projection
from projector.store.versions import Versions, open_versions


@pytest.fixture
def log(store_location: str, tmp_path: Path) -> Iterator[Store]:
    """An empty log."""
    with open_store(store_location, data_dir=tmp_path, now=Clock()) as store:
        yield store


@pytest.fixture
def versions(store_location: str, tmp_path: Path) -> Iterator[Versions]:
    """The projection versions beside that log."""
    opened = open_versions(store_location, data_dir=tmp_path)
    yield opened
    opened.close()


@pytest.fixture
def projection(versions: Versions) -> Iterator[Projection]:
    """An empty projection that is live."""
    opened = versions.open(1)
    versions.point_to(1)
    yield opened
    opened.close()
