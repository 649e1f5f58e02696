"""Stores of earlier releases, migrated: everything is there, and the tables are as if made anew."""

import contextlib
import hashlib
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from uuid import UUID, uuid4

import pytest

import invariants
from lrs.log import frame, migrations, postgresql, queries, sqlite
from lrs.log.entry import STATEMENT_STORED, LogEntry, NewEntry, StatementIndex
from lrs.log.faults import StoreDamaged, StoreOutdated, StoreTooNew
from lrs.log.migrations import TABLES, Progress
from lrs.log.store import Store, open_store
from support import older_stores

COMMENT_ON_A_LATER_ONE = UUID("00000000-0000-4000-8000-000000000002")
BLOBS = {
    (1, "sqlite"): "904478e1d17d790dc62208da7a0b8794f6e5636dc258c1bdec058214c2ef215b",
    (1, "postgresql"): "6d4b53077663dc72930ec1995c2fd0f0967cff9aa3dc318758ca5efa658d517b",
    (2, "sqlite"): "26ebd07da7e78738fa22d46465be04a29bc697d9afc9f695cfda2053ced9fcc2",
    (2, "postgresql"): "9d80fc3a8f65547b29c719753e250bc9ba5e38d23e95cd65c65a8b8459d0d281",
}
FRAMES = {1: frame.PLAIN, 2: frame.COMPRESSED}


class Killed(Exception):
    """The process ends here."""


@pytest.fixture(params=older_stores.VERSIONS)
def version(request: pytest.FixtureRequest) -> int:
    """An earlier version of the tables."""
    assert isinstance(request.param, int)
    return request.param


@pytest.fixture
def older(version: int, store_location: str, tmp_path: Path) -> Path:
    """The data folder of a store of an earlier version."""
    folder = tmp_path / "older"
    older_stores.make_store(version, store_location, folder)
    return folder


@pytest.fixture
def migrate(store_location: str, older: Path) -> Callable[..., Store]:
    """Return an opener that migrates first."""

    def opened(tell: migrations.Tell = lambda _done: None) -> Store:
        return open_store(store_location, data_dir=older, now=now, migrating=tell)

    return opened


def now() -> datetime:
    return datetime.now(UTC)


def steps_after(version: int, engine: str) -> list[str]:
    """Return the queries that make tables of this version of those of an earlier one."""
    first = {f"migrate_{later}_" for later in range(version + 1, TABLES + 1)}
    return [name for name in queries.load(engine) if any(map(name.startswith, first))]


def digest(entries: list[LogEntry]) -> str:
    return hashlib.sha256(b"".join(entry.blob for entry in entries)).hexdigest()


def test_there_is_a_store_of_every_earlier_version() -> None:
    assert list(range(1, TABLES)) == older_stores.VERSIONS


def test_an_older_store_is_refused_with_what_to_do(store_location: str, older: Path) -> None:
    before = older_stores.tables(store_location, older)
    with pytest.raises(StoreOutdated, match=r"backup.*mastrail migrate"):
        open_store(store_location, data_dir=older, now=now)
    assert older_stores.tables(store_location, older) == before


def test_every_entry_is_there_byte_by_byte(migrate: Callable[..., Store], store_name: str, version: int) -> None:
    with migrate() as store:
        entries = store.read(0, 100)
    assert len(entries) == 16
    assert {frame.version(entry.blob) for entry in entries} == {FRAMES[version]}
    assert digest(entries) == BLOBS[version, store_name]


def test_the_tables_are_those_of_a_new_store(
    migrate: Callable[..., Store], store_location: str, older: Path, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    migrate().close()
    migrated = older_stores.tables(store_location, older)
    with contextlib.ExitStack() as held:
        other = store_location
        if other != "sqlite":
            other = held.enter_context(request.getfixturevalue("postgres_cluster").fresh_database())
        open_store(other, data_dir=tmp_path / "new", now=now).close()
        assert migrated == older_stores.tables(other, tmp_path / "new")


def test_the_whole_store_holds(migrate: Callable[..., Store], store_location: str, older: Path) -> None:
    migrate().close()
    assert invariants.faults(store_location, older) == []


def test_a_migrated_store_takes_more(migrate: Callable[..., Store]) -> None:
    with migrate() as store:
        assert store.get(COMMENT_ON_A_LATER_ONE) is not None
        (voided,) = store.select("select_nodes", {"ids": [store.read(2, 1)[0].entry_id]})
        assert voided["flags"] == 1
        later = NewEntry(uuid4(), STATEMENT_STORED, b"{}" * 200, StatementIndex((("verb", "v"),)))
        assert store.append([later]).positions == (17,)
        find = {"term": store.term("verb", "v"), "after": 0, "before": 99, "depth": 0}
        assert [row["position"] for row in store.select("select_term_depth", find)] == [17]
        assert frame.version(store.read(16, 1)[0].blob) == frame.COMPRESSED


def test_times_find_the_same_entries_as_before(migrate: Callable[..., Store]) -> None:
    with migrate() as store:
        entries = store.read(0, 100)
        moments = [frame.to_micros(entry.recorded) for entry in entries]
        for moment in {*moments, *(moment - 1 for moment in moments), -1, moments[-1] + 1}:
            (found,) = store.select("select_position_at", {"recorded": moment})
            assert found["position"] == sum(one <= moment for one in moments)


def test_each_step_is_told_once_and_recorded(
    *, migrate: Callable[..., Store], store_location: str, older: Path, store_name: str, version: int
) -> None:
    told: list[Progress] = []
    migrate(told.append).close()
    assert [f"migrate_{done.version}_{done.step}" for done in told] == steps_after(version, store_name)
    assert {done.version for done in told} == set(range(version + 1, TABLES + 1))
    migrate(told.append).close()
    meta = dict(older_stores.execute(store_location, older, "SELECT name, value FROM meta"))
    assert bytes(meta["schema_version"]) == str(TABLES).encode()
    for later in range(version + 1, TABLES + 1):
        assert datetime.fromisoformat(bytes(meta[f"migrated_{later}"]).decode()) <= now()
    assert len(told) == len(set(told))


def test_a_migration_that_was_killed_at_any_step_goes_on_there(
    *, migrate: Callable[..., Store], store_location: str, older: Path, store_name: str, version: int
) -> None:
    told: list[Progress] = []

    def killed(done: Progress) -> None:
        told.append(done)
        raise Killed

    for _ in range(50):
        try:
            store = migrate(killed)
        except Killed:
            continue
        with store:
            assert digest(store.read(0, 100)) == BLOBS[version, store_name]
        break
    assert len(told) == len(set(told))
    assert [f"migrate_{done.version}_{done.step}" for done in told] == steps_after(version, store_name)
    assert invariants.faults(store_location, older) == []


def test_pieces_take_every_position_once(store_location: str, older: Path) -> None:
    told: list[Progress] = []
    with closing(_database(store_location, older)) as database:
        migrations.migrate(database, now, told.append, piece_positions=3)
    pieces = [(done.done, done.total) for done in told if done.step.startswith("each_")]
    assert not pieces or pieces == [(3, 16), (6, 16), (9, 16), (12, 16), (15, 16), (16, 16)]
    assert invariants.faults(store_location, older) == []


def test_of_two_that_open_at_once_each_step_is_done_by_one(migrate: Callable[..., Store]) -> None:
    told: list[Progress] = []

    def opened(_place: int) -> int:
        with migrate(told.append) as store:
            return store.head()[0]

    with ThreadPoolExecutor(3) as threads:
        assert list(threads.map(opened, range(3))) == [16, 16, 16]
    assert len(told) == len(set(told))


def test_a_newer_store_is_refused_even_where_migrating_is_wanted(store_location: str, tmp_path: Path) -> None:
    open_store(store_location, data_dir=tmp_path, now=now).close()
    _say_version(store_location, tmp_path, TABLES + 1)
    for tell in (None, lambda _done: None):
        with pytest.raises(StoreTooNew, match=f"version {TABLES + 1}.*up to {TABLES}"):
            open_store(store_location, data_dir=tmp_path, now=now, migrating=tell)


def test_a_store_that_says_no_version_is_refused(store_location: str, tmp_path: Path) -> None:
    open_store(store_location, data_dir=tmp_path, now=now).close()
    older_stores.execute(store_location, tmp_path, "DELETE FROM meta WHERE name = 'schema_version'")
    with pytest.raises(StoreDamaged, match="version"):
        open_store(store_location, data_dir=tmp_path, now=now)


def _database(location: str, folder: Path) -> sqlite.LogDatastore | postgresql.LogDatastore:
    """Return the database of a store that is not opened."""
    if location == "sqlite":
        return sqlite.LogDatastore((folder / "log.sqlite").absolute().as_uri())
    return postgresql.LogDatastore(location, older_stores.SCHEMA)


def _say_version(location: str, folder: Path, version: int) -> None:
    value = (
        f"x'{str(version).encode().hex()}'" if location == "sqlite" else f"'\\x{str(version).encode().hex()}'::bytea"
    )
    older_stores.execute(location, folder, f"UPDATE meta SET value = {value} WHERE name = 'schema_version'")
