"""One client for each served store and version, kept for the run: making one costs more than most of these tests."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from functools import cache

import httpx
import pytest

from support.served import Served


def client_of(served: Served, **headers: str) -> httpx.Client:
    """Return a client whose paths begin at the endpoint and that sends only these headers beside httpx's own."""
    return httpx.Client(base_url=served.endpoint, headers=headers, timeout=30, trust_env=False)


@pytest.fixture(scope="session")
def kept_clients() -> Iterator[Callable[[Served, str], httpx.Client]]:
    """Return a finder of the client with full rights for a served store and a version."""
    with ExitStack() as held:

        @cache
        def find(served: Served, xapi_version: str) -> httpx.Client:
            client = held.enter_context(client_of(served, **{"X-Experience-API-Version": xapi_version}))
            client.auth = httpx.BasicAuth(served.key, served.secret)
            return client

        @cache
        def bare(served: Served) -> httpx.Client:
            return held.enter_context(client_of(served))

        yield lambda served, xapi_version: find(served, xapi_version) if xapi_version else bare(served)


@pytest.fixture
def lrs(kept_clients: Callable[[Served, str], httpx.Client], shared_served: Served, xapi_version: str) -> httpx.Client:
    """A client of the run's served store: its paths begin at the endpoint, and it speaks the version of the test."""
    return kept_clients(shared_served, xapi_version)


@pytest.fixture
def bare(kept_clients: Callable[[Served, str], httpx.Client], shared_served: Served) -> httpx.Client:
    """A client that sends neither credentials nor a version."""
    return kept_clients(shared_served, "")
