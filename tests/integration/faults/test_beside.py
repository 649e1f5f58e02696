"""What lies beside the log may be destroyed: statements are taken in all the same, and each loss is told."""

import httpx
import pytest

from integration.faults.under_load import statement
from support.folded import wait_until_folded, wait_until_signed
from support.served import Served
from support.waiting import eventually

pytestmark = pytest.mark.parametrize("store_name", ["sqlite"], indirect=True)
DESTROYED = ("rejected.sqlite", "projection-live", "notary/notary.sqlite", "notary/checkpoint")
LOST = {
    "/api/v1/mastery-events": 503,
    "/api/v1/projection": 503,
    "/log/proof/0": 500,
    "/log/proof?statementId={}": 500,
}


def test_without_all_that_lies_beside_it_the_log_is_served_and_written(served: Served) -> None:
    before, after = statement(), statement()
    served.client.post("/xAPI/statements", json=before).raise_for_status()
    wait_until_folded(served)
    wait_until_signed(served)
    assert served.terminate() == 0
    for name in DESTROYED:
        (served.data_dir / name).write_bytes(b"\xa5" * 8192)
    served.start()
    assert served.client.post("/xAPI/statements", json=after).status_code == httpx.codes.OK
    found = served.client.get("/xAPI/statements", params={"ascending": "true"}).json()["statements"]
    assert [one["id"] for one in found] == [before["id"], after["id"]]
    assert served.client.get("/health/ready").status_code == httpx.codes.OK
    assert served.client.post("/xAPI/statements", json={}).status_code == httpx.codes.BAD_REQUEST
    for path, status in LOST.items():
        answer = served.client.get(path.format(before["id"]))
        assert (path, answer.status_code) == (path, status)
        assert answer.json()["error"]
    printed = served.running().printed()
    assert "the journal of refused requests is damaged, so none is kept" in printed
    assert "the published checkpoint cannot be read" in printed
    eventually(lambda: "notary.sqlite is damaged; move it away" in served.running().printed(), "it is told")
    assert "Traceback" not in served.running().printed()
