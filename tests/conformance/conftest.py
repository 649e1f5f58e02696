"""What every conformance test is given: the marker that names its requirement, the versions to ask in, and a client.

``@pytest.mark.requirement("Data 2.4.5.1", "scaled is a number from -1 to 1", versions=("1.0.3",))`` says which numbered
requirement a test proves; without ``versions`` it is asked in both. A test that takes ``lrs`` runs once for each of them
on each store. ``tools/conformance_table.py`` makes docs/conformance.md from these marks and the results.
"""

import contextlib
from collections.abc import Callable, Iterator
from functools import cache

import httpx
import pytest

from conformance.versions import VERSIONS
from support.served import Served


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line(
        "markers", "requirement(section, text, versions=('1.0.3', '2.0.0')): the numbered requirement a test proves"
    )


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Run a test that asks for a version in every version that its requirement holds for."""
    mark = metafunc.definition.get_closest_marker("requirement")
    if "xapi_version" in metafunc.fixturenames and not parametrized(metafunc, "xapi_version"):
        metafunc.parametrize("xapi_version", mark.kwargs.get("versions", VERSIONS) if mark else VERSIONS)


def parametrized(metafunc: pytest.Metafunc, name: str) -> bool:
    """Return whether a mark of the test gives ``name`` its values already."""
    marks = metafunc.definition.iter_markers("parametrize")
    return any(name in (mark.args[0].split(",") if isinstance(mark.args[0], str) else mark.args[0]) for mark in marks)


@pytest.fixture(scope="session")
def clients() -> Iterator[Callable[[Served, str], httpx.Client]]:
    """Return a finder of the run's one client of a store and a version."""
    with contextlib.ExitStack() as held:

        @cache
        def find(served: Served, version: str) -> httpx.Client:
            client = httpx.Client(
                base_url=served.endpoint,
                auth=(served.key, served.secret),
                headers={"X-Experience-API-Version": version},
                timeout=30,
                trust_env=False,
            )
            return held.enter_context(client)

        yield find


@pytest.fixture
def lrs(clients: Callable[[Served, str], httpx.Client], shared_served: Served, xapi_version: str) -> httpx.Client:
    """A client of the run's served store: its paths begin at the endpoint, and it speaks the version of the test."""
    return clients(shared_served, xapi_version)
