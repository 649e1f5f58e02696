"""The paths of the resources below the endpoint (Communication 2.0), as clients join them."""

import httpx
import pytest

from conformance.communication.asking import Place, new_id, refused, state, statement

RESOURCES = ["statements", "activities", "agents", "activities/state", "activities/profile", "agents/profile", "about"]


@pytest.mark.requirement("Communication 2.0", "slashes left over where a client joins path and endpoint do no harm")
@pytest.mark.parametrize("written", ["/{}", "{}/", "//{}//"])
@pytest.mark.parametrize("path", RESOURCES)
def test_slashes_that_are_left_over_do_no_harm(lrs: httpx.Client, path: str, written: str) -> None:
    plain, slashed = (lrs.get(f"{lrs.base_url}{each}") for each in (path, written.format(path)))
    assert slashed.status_code == plain.status_code != 404
    assert slashed.headers["x-experience-api-version"] == plain.headers["x-experience-api-version"]
    assert ("x-experience-api-consistent-through" in slashed.headers) is (path == "statements")


@pytest.mark.requirement("Communication 2.0", "slashes left over where a client joins path and endpoint do no harm")
def test_what_is_written_with_slashes_left_over_is_found_without(lrs: httpx.Client) -> None:
    sent = statement(id=new_id())
    assert lrs.post(f"{lrs.base_url}/statements", json=sent).json() == [sent["id"]]
    assert lrs.get("statements", params={"statementId": sent["id"]}).json()["verb"] == sent["verb"]
    place = state()
    slashed = Place(f"{lrs.base_url}/activities//state/", place.parameters, place.id_name)
    assert lrs.put(slashed.path, params=slashed.parameters, content=b"x").status_code == 204
    assert lrs.get(place.path, params=place.parameters).content == b"x"


@pytest.mark.requirement("Communication 2.0", "a path that is no resource is 404")
@pytest.mark.parametrize("path", ["", "//", "Statements", "statement", "activities/statements", "statements/more"])
def test_other_paths_are_not_found(lrs: httpx.Client, path: str) -> None:
    refused(lrs.get(f"{lrs.base_url}{path}"), 404)
