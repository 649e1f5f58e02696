"""The About resource (Communication 2.8)."""

import httpx
import pytest

SERVED = {"1.0.0", "1.0.1", "1.0.2", "1.0.3", "2.0.0"}


@pytest.mark.requirement("Communication 2.8.s4", "GET returns 200 and a JSON object with version")
def test_about_returns_an_object(lrs: httpx.Client) -> None:
    reply = lrs.get("about")
    assert (reply.status_code, reply.headers["content-type"]) == (200, "application/json")
    assert isinstance(reply.json()["version"], list)


@pytest.mark.requirement("Communication 2.8.s4.table1.row1", "version is an array of the versions served")
@pytest.mark.requirement("Communication 2.8.s5.b1", "version has the latest patch of each major version")
def test_version_lists_what_is_served(lrs: httpx.Client, xapi_version: str) -> None:
    versions = lrs.get("about").json()["version"]
    assert xapi_version in versions
    assert set(versions) == SERVED
    assert len(versions) == len(SERVED)


@pytest.mark.requirement("Communication 2.8.s5.b2", "there is nothing else but extensions")
def test_there_is_nothing_but_version_and_extensions(lrs: httpx.Client) -> None:
    assert set(lrs.get("about").json()) <= {"version", "extensions"}


@pytest.mark.requirement("Communication 2.8.s4.table1.row2", "extensions is a map from IRIs")
def test_extensions_are_named_by_iris(lrs: httpx.Client) -> None:
    assert all(":" in name for name in lrs.get("about").json().get("extensions", {}))


@pytest.mark.requirement("Communication 2.8.s5.b3", "no credentials are needed")
@pytest.mark.requirement("Communication 2.8.s5.b4", "no version header is needed, and any is taken")
@pytest.mark.parametrize("header", [None, "0.9", "1.0.3", "2.0.0", "3.0.0", "BAD"])
def test_about_needs_no_header(bare: httpx.Client, xapi_version: str, header: str | None) -> None:
    reply = bare.get("about", headers={} if header is None else {"X-Experience-API-Version": header})
    assert reply.status_code == 200
    assert xapi_version in reply.json()["version"]


@pytest.mark.requirement("Communication 2.8.s4", "other methods are 405")
@pytest.mark.parametrize("method", ["PUT", "POST", "DELETE"])
def test_about_is_only_read(lrs: httpx.Client, method: str) -> None:
    assert lrs.request(method, "about").status_code == 405
