"""A connection to PostgreSQL that breaks around the commit, seen through a proxy that cuts it."""

import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path
from uuid import uuid4

import pytest

from lrs.ingest.writer import Writer
from lrs.log.documents import Scope
from lrs.log.entry import STATEMENT_STORED, NewEntry, StatementIndex
from lrs.log.faults import EntryConflict, OutcomeUnknown
from lrs.log.store import Store, open_store
from support.cutting import CuttingProxy
from support.postgres import end_connections
from support.waiting import eventually

SECONDS = 60.0
AWAY_SECONDS = 0.5


@pytest.fixture
def proxy(postgres_database_url: str) -> Iterator[CuttingProxy]:
    made = CuttingProxy(postgres_database_url)
    yield made
    made.close()


@pytest.fixture
def store(proxy: CuttingProxy, tmp_path: Path) -> Iterator[Store]:
    with open_store(proxy.url, data_dir=tmp_path, now=lambda: datetime.now(UTC)) as opened:
        yield opened


@pytest.fixture(params=["at once", "step by step"])
def entry(request: pytest.FixtureRequest) -> Callable[[], NewEntry]:
    """Return what makes an entry: one with an index is appended in one round trip, one without is not."""
    index = StatementIndex((("verb", "v"),)) if request.param == "at once" else None
    return lambda: NewEntry(uuid4(), STATEMENT_STORED, b"{}", index)


@pytest.mark.parametrize("cuts", [(True,), (False,), (True, True), (False, True), (True, False, True)])
def test_a_commit_whose_answer_was_lost_is_no_conflict(
    store: Store, proxy: CuttingProxy, entry: Callable[[], NewEntry], cuts: tuple[bool, ...]
) -> None:
    entries = [entry(), entry()]
    proxy.arm(*cuts)
    receipt = store.append(entries)
    assert proxy.cut == len(cuts)
    assert receipt.positions == (2, 3)
    found = store.read(1, 10)
    assert [one.entry_id for one in found] == [one.entry_id for one in entries]
    assert {one.recorded for one in found} == {receipt.recorded}
    with pytest.raises(EntryConflict):
        store.append(entries)


def test_a_true_conflict_stays_one_when_the_connection_breaks(
    store: Store, proxy: CuttingProxy, entry: Callable[[], NewEntry]
) -> None:
    known = entry()
    store.append([known])
    proxy.arm(True)
    results = store.append_groups([[known], [entry()]])
    assert isinstance(results[0], EntryConflict)
    assert not isinstance(results[1], EntryConflict)
    assert store.head()[0] == 3


def test_the_writer_goes_on_when_the_server_ends_every_connection(
    store: Store, postgres_database_url: str, entry: Callable[[], NewEntry]
) -> None:
    writer = Writer(store)
    answers = []
    for number in range(60):
        answers.append(writer.submit([entry()]))
        if number % 20 == 10:
            end_connections(postgres_database_url)
            answers[-1].result(SECONDS)  # the next end meets a connection that works again
    positions = [answer.result(SECONDS).positions for answer in answers]
    writer.close()
    assert positions == [(n,) for n in range(2, 62)]


def test_a_commit_is_settled_when_the_server_comes_back_within_seconds(
    store: Store, proxy: CuttingProxy, entry: Callable[[], NewEntry]
) -> None:
    entries = [entry(), entry()]
    proxy.arm(True)
    proxy.away_after_cut = True

    def come_back() -> None:
        eventually(lambda: proxy.cut == 1, "the commit is cut off")
        time.sleep(AWAY_SECONDS)
        proxy.come_back()

    with ThreadPoolExecutor(1) as beside:
        back = beside.submit(come_back)
        receipt = store.append(entries)
        back.result()
    assert receipt.positions == (2, 3)
    assert store.head()[0] == 3


def test_a_change_of_a_document_whose_commit_was_lost_is_told_as_unknown_and_may_be_repeated(
    store: Store, proxy: CuttingProxy
) -> None:
    scope = Scope("activity_profile", activity="https://signals.example/activities/text")
    proxy.arm(True)
    with pytest.raises(OutcomeUnknown), store.documents.changing(scope) as documents:
        documents.put("notes", "text/plain", b"once")
    with store.documents.changing(scope) as documents:
        assert documents.get("notes") is not None
        documents.put("notes", "text/plain", b"once")
    with store.documents.reading(scope) as documents:
        assert [name.document_id for name in documents.names()] == ["notes"]


def test_a_read_after_the_end_of_every_connection_gets_a_new_one(store: Store, postgres_database_url: str) -> None:
    for _ in range(5):
        end_connections(postgres_database_url)
        assert store.head()[0] == 1
