"""A real server on a free port of the loopback, over a real SQLite store of its own."""

import base64
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import UUID

import httpx
import pytest
import uuid_utils
import uvicorn

from lrs.api.app import ApiSettings, create_app
from lrs.ingest import credentials
from lrs.ingest.writer import Writer
from lrs.log.store import Store, open_store


def now() -> datetime:
    return datetime.now(UTC)


def new_id() -> UUID:
    return UUID(bytes=uuid_utils.uuid7().bytes)


def basic(key: str, secret: str) -> str:
    return "Basic " + base64.b64encode(f"{key}:{secret}".encode()).decode()


@dataclass(frozen=True)
class Lrs:
    """A served store: its address, its store, its writer, and clients of it."""

    url: str
    store: Store
    writer: Writer
    authorization: str

    def client(self, version: str | None = "1.0.3", authorization: str | None = "own", **headers: str) -> httpx.Client:
        own = {"X-Experience-API-Version": version} if version else {}
        if authorization:
            own["Authorization"] = self.authorization if authorization == "own" else authorization
        return httpx.Client(base_url=f"{self.url}/xAPI/", headers=own | headers, timeout=60, trust_env=False)

    def key(self, *scopes: str, name: str = "tool", **options: object) -> str:
        made = credentials.create(self.store, name=name, scopes=scopes, now=now, **options)
        return basic(made.key, made.secret)


class _Server(uvicorn.Server):
    """A server in a thread; signals stay pytest's."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.ready = threading.Event()

    async def startup(self, sockets: list | None = None) -> None:
        await super().startup(sockets)
        self.ready.set()


@dataclass(frozen=True)
class _Running:
    server: _Server
    thread: threading.Thread
    writer: Writer
    store: Store

    def end(self) -> None:
        self.thread.join(60)
        assert not self.thread.is_alive()
        self.writer.close()
        self.store.close()


@pytest.fixture(scope="session")
def ending() -> Iterator[list[_Running]]:
    """Servers that were told to end: the next test need not wait for them."""
    told: list[_Running] = []
    yield told
    for running in told:
        running.end()


Serve = Callable[..., Lrs]


def _start(
    location: str, folder: Path, writer: Callable[[Any], Writer], settings: dict[str, Any]
) -> tuple[Lrs, _Running]:
    store = open_store(location, data_dir=folder, now=now)
    own_writer = writer(store)
    app = create_app(store, own_writer, now=now, new_id=new_id, settings=ApiSettings(**settings))
    config = uvicorn.Config(app, host="127.0.0.1", port=0, log_config=None, access_log=False, lifespan="on")
    server = _Server(config)
    running = _Running(server, threading.Thread(target=server.run), own_writer, store)
    running.thread.start()
    assert server.ready.wait(60)
    port = server.servers[0].sockets[0].getsockname()[1]
    made = credentials.create(store, name="course", scopes=["all"], now=now)
    return Lrs(f"http://127.0.0.1:{port}", store, own_writer, basic(made.key, made.secret)), running


@pytest.fixture
def serve(tmp_path: Path, ending: list[_Running]) -> Iterator[Serve]:
    """Return a maker of served stores: ``serve(max_body_bytes=...)`` takes the fields of ApiSettings."""
    started: list[_Running] = []

    def start(location: str = "sqlite", writer: Callable[[Any], Writer] = Writer, **settings: Any) -> Lrs:
        lrs, running = _start(location, tmp_path / str(len(started)), writer, settings)
        started.append(running)
        return lrs

    yield start
    for ended in [told for told in ending if not told.thread.is_alive()]:
        ended.end()
        ending.remove(ended)
    for told in started:
        told.server.should_exit = True
    ending.extend(started)


@pytest.fixture(scope="module")
def shared_lrs(tmp_path_factory: pytest.TempPathFactory, ending: list[_Running]) -> Iterator[Lrs]:
    """A served store that the tests of a module share."""
    lrs, running = _start("sqlite", tmp_path_factory.mktemp("shared"), Writer, {})
    yield lrs
    running.server.should_exit = True
    ending.append(running)


@pytest.fixture
def lrs(serve: Serve) -> Lrs:
    """A served store with the usual settings."""
    return serve(cors_origins=("https://course.example",))


@pytest.fixture
def http(lrs: Lrs) -> Iterator[httpx.Client]:
    """A client of ``lrs`` with every scope, speaking 1.0.3."""
    with lrs.client() as client:
        yield client


@pytest.fixture
def http2(lrs: Lrs) -> Iterator[httpx.Client]:
    """A client of ``lrs`` with every scope, speaking 2.0.0."""
    with lrs.client("2.0.0") as client:
        yield client


@pytest.fixture
def statement() -> Callable[..., dict]:
    """Return a maker of valid statements; named members replace or add."""

    def make(**members: object) -> dict:
        plain = {
            "actor": {"mbox": "mailto:ada@example.com"},
            "verb": {"id": "http://adlnet.gov/expapi/verbs/completed"},
            "object": {"id": "http://example.com/course"},
        }
        return plain | members

    return make
