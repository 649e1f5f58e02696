"""A connection to PostgreSQL that breaks around the commit, seen through a proxy that cuts it."""

import contextlib
import socket
import threading
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import urlsplit
from uuid import uuid4

import pytest

from lrs.ingest.writer import Writer
from lrs.log.documents import Scope
from lrs.log.entry import STATEMENT_STORED, NewEntry
from lrs.log.faults import EntryConflict, OutcomeUnknown
from lrs.log.store import Store, open_store
from support.postgres import end_connections

SECONDS = 30.0


class CuttingProxy:
    """Passes bytes on between clients and a server; once armed, it cuts the first connection that commits.

    ``after_commit`` True lets the server commit first, so that only its answer is lost.
    """

    def __init__(self, host: str, port: int) -> None:
        self._target = (host, port)
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._cuts: list[bool] = []
        self.cut = 0
        self.away_after_cut = False
        self._is_away = threading.Event()
        self._sockets: list[socket.socket] = [self._listener]
        self.port = self._listener.getsockname()[1]
        self._threads = [threading.Thread(target=self._accept)]
        self._threads[0].start()

    def arm(self, *after_commit: bool) -> None:
        self._cuts += after_commit

    def come_back(self) -> None:
        self._is_away.clear()

    def _accept(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                client, _ = self._listener.accept()
                if self._is_away.is_set():
                    client.close()
                    continue
                server = socket.create_connection(self._target)
                self._sockets += [client, server]
                lost = threading.Event()
                for source, sink, asks in ((client, server, True), (server, client, False)):
                    thread = threading.Thread(target=self._pass_on, args=(source, sink, asks, lost))
                    self._threads.append(thread)
                    thread.start()

    def _pass_on(self, source: socket.socket, sink: socket.socket, asks: bool, lost: threading.Event) -> None:
        with contextlib.suppress(OSError):
            while block := source.recv(1 << 20):
                if asks and b"COMMIT" in block and self._cuts:
                    self.cut += 1
                    if self.away_after_cut:
                        self._is_away.set()
                    if not self._cuts.pop(0):
                        break
                    lost.set()
                if not asks and lost.is_set():
                    break
                sink.sendall(block)
        for one in (source, sink):
            with contextlib.suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)

    def close(self) -> None:
        for one in self._sockets:
            with contextlib.suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)
            one.close()
        for thread in self._threads:
            thread.join(SECONDS)


@pytest.fixture
def proxy(postgres_database_url: str) -> Iterator[CuttingProxy]:
    parts = urlsplit(postgres_database_url)
    assert parts.hostname
    assert parts.port
    made = CuttingProxy(parts.hostname, parts.port)
    yield made
    made.close()


@pytest.fixture
def store(proxy: CuttingProxy, postgres_database_url: str, tmp_path: Path) -> Iterator[Store]:
    parts = urlsplit(postgres_database_url)
    url = parts._replace(netloc=f"{parts.username}:{parts.password}@127.0.0.1:{proxy.port}").geturl()
    with open_store(url, data_dir=tmp_path, now=lambda: datetime.now(UTC)) as opened:
        yield opened


def entry() -> NewEntry:
    return NewEntry(uuid4(), STATEMENT_STORED, b"{}")


@pytest.mark.parametrize("cuts", [(True,), (False,), (True, True), (False, True), (True, False, True)])
def test_a_commit_whose_answer_was_lost_is_no_conflict(
    store: Store, proxy: CuttingProxy, cuts: tuple[bool, ...]
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


def test_a_true_conflict_stays_one_when_the_connection_breaks(store: Store, proxy: CuttingProxy) -> None:
    known = entry()
    store.append([known])
    proxy.arm(True)
    results = store.append_groups([[known], [entry()]])
    assert isinstance(results[0], EntryConflict)
    assert not isinstance(results[1], EntryConflict)
    assert store.head()[0] == 3


def test_the_writer_goes_on_when_the_server_ends_every_connection(store: Store, postgres_database_url: str) -> None:
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


def test_a_commit_is_settled_when_the_server_comes_back_within_seconds(store: Store, proxy: CuttingProxy) -> None:
    entries = [entry(), entry()]
    proxy.arm(True)
    proxy.away_after_cut = True
    timer = threading.Timer(0.5, proxy.come_back)
    timer.start()
    receipt = store.append(entries)
    timer.join()
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
