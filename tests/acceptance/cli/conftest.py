"""The command line on a new store, of each kind."""

from pathlib import Path

import pytest

from acceptance.cli.commanding import Commands


@pytest.fixture
def mastrail(tmp_path: Path) -> Commands:
    """Commands on a new SQLite store."""
    return Commands(tmp_path)


@pytest.fixture
def mastrail_on_each(tmp_path: Path, store_location: str) -> Commands:
    """Commands on a new store, once on SQLite and once on PostgreSQL."""
    return Commands(tmp_path, {"store": store_location})
