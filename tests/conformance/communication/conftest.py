"""Other clients of the run's served stores: one without credentials, and credentials that may not do everything."""

from collections.abc import Callable, Iterator
from functools import cache

import httpx
import pytest

from support.served import Served


@pytest.fixture(scope="session")
def nameless() -> Iterator[httpx.Client]:
    """A client that sends neither credentials nor a version; it knows no address."""
    with httpx.Client(timeout=30, trust_env=False) as client:
        yield client


@pytest.fixture
def bare(nameless: httpx.Client, shared_served: Served) -> httpx.Client:
    """A client of the run's served store that sends neither credentials nor a version."""
    nameless.base_url = httpx.URL(shared_served.endpoint)
    return nameless


@pytest.fixture(scope="session")
def make_statement_keeper() -> Callable[[Served], httpx.BasicAuth]:
    """Return a finder of credentials that may write and read statements, and do nothing else."""

    @cache
    def find(served: Served) -> httpx.BasicAuth:
        return httpx.BasicAuth(*served.new_credentials("statement keeper", "statements/write", "statements/read"))

    return find


@pytest.fixture
def statement_keeper(
    make_statement_keeper: Callable[[Served], httpx.BasicAuth], shared_served: Served
) -> httpx.BasicAuth:
    """Credentials that may write and read statements, and do nothing else."""
    return make_statement_keeper(shared_served)
