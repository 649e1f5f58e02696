"""What every conformance test is given: the marker that names its requirement, the versions to ask in, and a client.

``@pytest.mark.requirement("Data 2.4.5.1", "scaled is a number from -1 to 1", versions=("1.0.3",))`` says which numbered
requirement a test proves; without ``versions`` it is asked in both. A test that takes ``lrs`` runs once for each of them
on each store. ``tools/conformance_table.py`` makes docs/conformance.md from these marks and the results.
"""

from collections.abc import Iterator

import httpx
import pytest

from support.served import Served

VERSIONS = ("1.0.3", "2.0.0")


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


@pytest.fixture
def lrs(shared_served: Served, xapi_version: str) -> Iterator[httpx.Client]:
    """A client of the run's served store: its paths begin at the endpoint, and it speaks the version of the test."""
    with httpx.Client(
        base_url=shared_served.endpoint,
        auth=(shared_served.key, shared_served.secret),
        headers={"X-Experience-API-Version": xapi_version},
        timeout=30,
        trust_env=False,
    ) as client:
        yield client
