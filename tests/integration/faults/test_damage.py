"""A page of the SQLite file that was destroyed: noticed, told, read around, and never written upon."""

import json
from datetime import UTC, datetime
from pathlib import Path
from uuid import UUID

import httpx
import pytest

from integration.faults.under_load import statement
from lrs.log import dictionaries
from lrs.log.compression import FIRST_OF_STORE
from lrs.log.store import open_store
from support.folded import wait_until_folded, wait_until_signed
from support.served import Served
from support.waiting import eventually

pytestmark = pytest.mark.parametrize("store_name", ["sqlite"], indirect=True)
PAGE_BYTES = 4096
INDEX_LEAF, TABLE_LEAF = 0x0A, 0x0D
LEAVES = (INDEX_LEAF, TABLE_LEAF)
"""How a leaf of an index and of a table begins (SQLite file format, section 1.6)."""
BATCH, BATCHES = 100, 20


def fill(served: Served) -> list[str]:
    sent = [[statement() for _ in range(BATCH)] for _ in range(BATCHES)]
    for batch in sent:
        served.client.post("/xAPI/statements", json=batch).raise_for_status()
    return [one["id"] for batch in sent for one in batch]


def pages_of(content: bytes, statement_id: str) -> list[int]:
    """Return where the pages begin in which the id occurs."""
    places, place = [], content.find(UUID(statement_id).bytes)
    while place > 0:
        places.append(place // PAGE_BYTES * PAGE_BYTES)
        place = content.find(UUID(statement_id).bytes, place + 1)
    return places


def destroy_leaves_of_one(file: Path, ids: list[str], others: list[str]) -> tuple[str, str]:
    """Overwrite with zeros the leaves of trees on which the first of ``ids`` occurs that a table has on a leaf.

    Without an inner page nothing at all would be found, and an index keeps some of its ids, by chance, on those alone.
    Returns that id, and the first of ``others`` that occurs on none of the pages: neighbours in a tree share them.
    """
    content = bytearray(file.read_bytes())
    for one in ids:
        pages = [start for start in pages_of(content, one) if content[start] in LEAVES]
        if TABLE_LEAF in (content[start] for start in pages):
            well = next(other for other in others if not set(pages).intersection(pages_of(content, other)))
            for start in pages:
                content[start : start + PAGE_BYTES] = bytes(PAGE_BYTES)
            file.write_bytes(content)
            return one, well
    raise AssertionError("no id occurs on the leaf of a table")


def end(served: Served) -> Path:
    """End the server in order and return the file of its log, with everything in it."""
    assert served.terminate() == 0
    log = served.data_dir / "log.sqlite"
    assert not Path(f"{log}-wal").exists()
    return log


@pytest.fixture
def damaged(served: Served) -> tuple[Served, str, str]:
    """A served store with a destroyed page, the id of a statement that is well, and of one that was on the page.

    Everything was folded and signed before, so that nobody but who reads meets the page.
    """
    ids = fill(served)
    wait_until_folded(served)
    wait_until_signed(served)
    lost, well = destroy_leaves_of_one(end(served), ids[BATCH * BATCHES // 2 :], ids[:BATCH])
    served.start()
    return served, well, lost


def test_a_damaged_store_is_read_and_no_longer_written(damaged: tuple[Served, str, str]) -> None:
    served, well, lost = damaged
    read = served.client.get("/xAPI/statements", params={"statementId": lost})
    assert read.status_code == httpx.codes.INTERNAL_SERVER_ERROR
    assert read.json()["error"] == "StoreDamaged"
    assert "sqlite" not in read.text.lower()
    assert "Traceback" not in read.text
    assert served.client.get("/xAPI/statements", params={"statementId": well}).json()["id"] == well
    refused = served.client.post("/xAPI/statements", json=statement())
    assert refused.status_code == httpx.codes.SERVICE_UNAVAILABLE
    assert int(refused.headers["Retry-After"]) >= 1
    assert refused.json()["error"] == "StoreReadOnly"
    health = served.client.get("/health/ready")
    assert (health.status_code, health.json()) == (httpx.codes.SERVICE_UNAVAILABLE, {"status": "read-only"})
    assert served.client.get("/health/live").status_code == httpx.codes.OK
    assert served.running().printed().count("the store is damaged and from now on only read") == 1


def test_a_check_names_the_damage(damaged: tuple[Served, str, str]) -> None:
    served, _, _ = damaged
    checked = served.run("check", "--json")
    assert checked.returncode == 1
    assert "Traceback" not in checked.stderr
    parts = {finding["part"] for finding in json.loads(checked.stdout)["findings"]}
    assert {"file", "log"} <= parts


def has_dictionary(served: Served) -> bool:
    with open_store(served.store, data_dir=served.data_dir, now=lambda: datetime.now(UTC)) as log:
        return log.get(dictionaries.entry_id(FIRST_OF_STORE)) is not None


def test_a_store_whose_dictionary_is_destroyed_is_served_and_what_needs_none_is_read(served: Served) -> None:
    ids = fill(served)
    eventually(lambda: has_dictionary(served), "a dictionary is trained")
    fill(served)  # so that it does not lie on the last page, which every start reads
    dictionary = str(dictionaries.entry_id(FIRST_OF_STORE))
    _, well = destroy_leaves_of_one(end(served), [dictionary], ids[:BATCH])
    served.start()
    assert served.client.get("/xAPI/statements", params={"statementId": well}).json()["id"] == well
    refused = served.client.post("/xAPI/statements", json=statement())
    assert refused.status_code == httpx.codes.SERVICE_UNAVAILABLE
    assert "a dictionary of the store cannot be read" in served.running().printed()
