"""The transparency log over HTTP, asked by a stranger who knows only the verifier key."""

import threading

import pytest

from acceptance.log.log_ground import SIGNED, open_notary, served
from projector.notary.core.checkpoint import open_checkpoint
from projector.notary.core.faults import InvalidProof
from projector.notary.core.merkle import leaf_hash, tree_root
from projector.notary.core.note import parse_vkey
from projector.notary.core.proof import verify_proof
from projector.notary.core.tile import Tile, hash_reader, parse_path, tile_hashes, unpack_entries
from unit.projector.notary.facts_for_leaves import ORIGIN, START, fact, facts

LOG = facts(700)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("notary")
    with open_notary(folder) as notary:
        notary.catch_up(LOG[:SIGNED])
        notary.publish(START)
        notary.catch_up(LOG)
    return folder


@pytest.fixture(scope="module")
def client(folder):
    with served(folder) as client:
        yield client


def head(client):
    verifier = parse_vkey(client.get("/log/vkey").text.strip())
    return verifier, open_checkpoint(client.get("/log/checkpoint").content, [verifier], ORIGIN)


def entry(client, index: int) -> bytes:
    width = min(256, SIGNED - index // 256 * 256)
    bundle = client.get(f"/log/tile/{Tile(None, index // 256, width).path}")
    assert bundle.status_code == 200
    return unpack_entries(bundle.content)[index % 256]


def refused(reply, status: int) -> str:
    assert reply.status_code == status
    assert reply.headers["content-type"] == "application/json"
    body = reply.json()
    assert body["faults"][0]["message"]
    return body["message"]


def test_the_checkpoint_is_signed_text_that_is_cached_for_seconds_only(client):
    reply = client.get("/log/checkpoint")
    assert reply.headers["content-type"] == "text/plain; charset=utf-8"
    assert reply.headers["cache-control"] == "public, max-age=2"
    assert head(client)[1].size == SIGNED


def test_a_stranger_rebuilds_the_root_from_the_tiles(client):
    def read(tile):
        return tile_hashes(tile, client.get(f"/log/tile/{tile.path}").content)

    checkpoint = head(client)[1]
    assert tree_root(SIGNED, hash_reader(read, SIGNED)) == checkpoint.root


def test_the_entries_are_the_leaves_of_the_tiles(client):
    reply = client.get("/log/tile/entries/001")
    assert reply.headers["content-type"] == "application/octet-stream"
    assert reply.headers["cache-control"] == "public, max-age=31536000, immutable"
    hashes = tile_hashes(Tile(0, 1), client.get("/log/tile/0/001").content)
    assert [leaf_hash(one) for one in unpack_entries(reply.content)] == hashes


@pytest.mark.parametrize("index", [0, 255, 256, 511, 512, 599])
def test_every_leaf_has_a_proof_that_needs_nothing_but_the_key(client, index):
    verifier, checkpoint = head(client)
    proof = client.get(f"/log/proof/{index}").content
    assert verify_proof(proof, entry(client, index), [verifier], ORIGIN) == checkpoint
    with pytest.raises(InvalidProof):
        verify_proof(proof, entry(client, (index + 1) % SIGNED), [verifier], ORIGIN)


def test_a_statement_is_proved_by_its_id_to_those_who_may_read(client):
    url = f"/log/proof?statementId={LOG[300].entry_id}"
    refused(client.get(url), 401)
    reply = client.get(url, headers={"Authorization": "let me in"})
    assert reply.content == client.get("/log/proof/300").content
    assert reply.headers["cache-control"] == "no-store"


def test_what_the_checkpoint_does_not_cover_yet_is_not_found(client):
    assert "0 to 599" in refused(client.get("/log/proof/600"), 404)
    allowed = {"Authorization": "let me in"}
    refused(client.get(f"/log/proof?statementId={LOG[650].entry_id}", headers=allowed), 404)
    refused(client.get(f"/log/proof?statementId={fact(9_999).entry_id}", headers=allowed), 404)
    for path in ("0/002", "0/002.p/89", "0/003.p/1", "1/000", "1/000.p/3", "2/000.p/1", "entries/002", "63/000"):
        refused(client.get(f"/log/tile/{path}"), 404)


@pytest.mark.parametrize(
    "path",
    [
        "/log/tile/0/0", "/log/tile/64/000", "/log/tile/0/000.p/0", "/log/tile/0/000.p/256", "/log/tile/0/x000/001",
        "/log/tile/..%2f..%2fnotary.sqlite", "/log/tile/0/%2e%2e/%2e%2e/checkpoint", "/log/tile/0/000%00",
        "/log/tile//etc/passwd", "/log/proof/-1", "/log/proof/01", "/log/proof/x", "/log/proof/9223372036854775808",
        "/log/proof/%D9%A1",
    ],
)  # fmt: skip
def test_a_path_of_another_form_is_a_bad_request(client, path):
    refused(client.get(path), 400)


@pytest.mark.parametrize("query", ["", "?statementId=", "?statementId=x", "?statementId=a&statementId=b", "?id=1"])
def test_a_proof_needs_one_well_formed_statement_id(client, query):
    refused(client.get(f"/log/proof{query}", headers={"Authorization": "let me in"}), 400)


def test_narrower_tiles_of_earlier_checkpoints_are_still_served(client):
    assert parse_path("0/002.p/3") == Tile(0, 2, 3)
    whole = client.get("/log/tile/0/002.p/88").content
    assert client.get("/log/tile/0/002.p/3").content == whole[:96]
    assert client.get("/log/tile/0/000.p/255").content == client.get("/log/tile/0/000").content[:-32]
    bundle = unpack_entries(client.get("/log/tile/entries/002.p/88").content)
    assert unpack_entries(client.get("/log/tile/entries/002.p/3").content) == bundle[:3]


def test_before_the_first_checkpoint_nothing_is_found_and_nothing_is_made(tmp_path):
    with served(tmp_path / "none") as client:
        for path in ("checkpoint", "vkey", "tile/0/000", "proof/0", f"proof?statementId={LOG[0].entry_id}"):
            refused(client.get(f"/log/{path}", headers={"Authorization": "let me in"}), 404)
    assert not (tmp_path / "none").exists()


def test_proofs_hold_while_the_notary_grows_and_prunes(tmp_path):
    """A reader beside the writer never sees a checkpoint without its tiles."""
    done = threading.Event()

    def grow() -> None:
        try:
            with open_notary(tmp_path) as notary:
                for size in range(1, len(LOG), 3):
                    notary.catch_up(LOG[max(0, size - 4) : size])
                    notary.publish(START, at_once=True)
        finally:
            done.set()

    writer = threading.Thread(target=grow)
    with served(tmp_path) as client:
        writer.start()
        while client.get("/log/checkpoint").status_code == 404 and not done.is_set():
            done.wait(0.01)
        checked = 0
        while not done.is_set():
            checkpoint = head(client)[1]
            for index in {0, checkpoint.size // 2, checkpoint.size - 1}:
                reply = client.get(f"/log/proof/{index}")
                assert reply.status_code == 200
                checked += 1
        writer.join()
    assert checked > 10
