"""Served stores whose disk and clock the test has in its hand."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack
from pathlib import Path

import pytest

from support.disks import can_mount, small_disk
from support.faults import Faults
from support.served import Served


@pytest.fixture
def faults(tmp_path: Path) -> Faults:
    """Nothing fails until the test says so."""
    return Faults(tmp_path, tmp_path / "server" / "data")


@pytest.fixture
def served_with_faults(faults: Faults, servers: list[Served], tmp_path: Path) -> Served:
    """A served, empty store on SQLite, to which ``faults`` apply."""
    folder = tmp_path / "server"
    folder.mkdir()
    servers.append(Served(folder, "sqlite", {}, faults.environment))
    servers[0].open()
    return servers[0]


@pytest.fixture(params=["refused writes", *(["small disk"] if can_mount() else [])])
def served_and_full(
    request: pytest.FixtureRequest, faults: Faults, servers: list[Served], tmp_path: Path
) -> Iterator[tuple[Served, Callable[[], AbstractContextManager[None]]]]:
    """A served, empty store on SQLite, and what takes away all room for a block; a real disk where one can be had."""
    folder = tmp_path / "server"
    folder.mkdir()
    with ExitStack() as held:
        is_real = request.param == "small disk"
        full = held.enter_context(small_disk(folder, 16)).full if is_real else faults.full_disk
        server = Served(folder, "sqlite", {}, {} if is_real else faults.environment)
        held.callback(server.close)
        servers.append(server)
        server.open()
        yield server, full
