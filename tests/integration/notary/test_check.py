"""The whole comparison finds every altered byte, and says which leaf it concerns."""

import base64

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from integration.notary.notary_ground import noted, open_notary, tamper
from projector.notary.check import check_notary
from projector.notary.core.entry import WholeFact
from projector.notary.core.note import Signer, sign_note
from projector.notary.core.tile import Tile, partial_tiles
from unit.projector.notary.facts_for_leaves import DATA_KEY, ORIGIN, START, fact, facts

LOG = facts(700)
SIGNED = 650
ENTRY_BYTES = 2 + len("mastrail-entry/v1\n2026-11-22T01:02:03.123456Z\nstatement.stored\n") + 2 * 45
SIGNER = Signer(ORIGIN, Ed25519PrivateKey.from_private_bytes(b"s" * 32))


@pytest.fixture
def folder(tmp_path):
    """650 leaves are signed, 50 more are only on record."""
    with open_notary(tmp_path) as notary:
        notary.catch_up(LOG[:SIGNED])
        notary.publish(START)
        notary.catch_up(LOG)
    return tmp_path


def findings(folder, log=LOG):
    with open_notary(folder) as notary:
        return notary.verify_all(log)


def flip(content: bytes, place: int) -> bytes:
    return bytes([*content[:place], content[place] ^ 4, *content[place + 1 :]])


def test_a_sound_notary_has_no_findings_also_while_the_log_runs_ahead(folder):
    assert findings(folder) == []
    assert findings(folder, [*LOG, fact(701), fact(702, topic="mastrail.unheard.of.v1")]) == []


@pytest.mark.parametrize("place", [0, 300, 511, 512, 640, 649, 650, 699])
def test_an_altered_fact_is_one_finding_at_its_leaf(folder, place):
    log = LOG.copy()
    log[place] = fact(place + 1, content=b'{"changed":true}')
    found = findings(folder, log)
    assert [one.index for one in found] == [place]
    assert [one.where for one in found] == ["log"]
    assert str(found[0]).startswith(f"leaf {place}: ")


@pytest.mark.parametrize("place", [0, 300, 649, 699])
def test_a_missing_fact_is_one_finding_at_its_leaf(folder, place):
    found = findings(folder, LOG[:place] + LOG[place + 1 :])
    assert [(one.index, one.where) for one in found] == [(place, "log")]
    assert f"position {place + 1}" in found[0].problem


def test_a_fact_slipped_in_is_found_where_it_stands(tmp_path):
    log = facts(300, step=2)
    noted(tmp_path, log)
    found = findings(tmp_path, [*log[:10], fact(20), *log[10:]])
    assert [(one.index, one.problem) for one in found] == [(10, "the fact at position 20 never got a leaf")]


@pytest.mark.parametrize(
    ("tile", "leaf_at"),
    [
        (Tile(0, 0), lambda place: place // 32),
        (Tile(0, 2, 138), lambda place: 512 + place // 32),
        (Tile(1, 0, 2), lambda place: place // 32 * 256),
        (Tile(None, 1), lambda place: 256 + place // ENTRY_BYTES),
        (Tile(None, 2, 138), lambda place: 512 + place // ENTRY_BYTES),
    ],
)
def test_a_flipped_bit_in_a_tile_or_bundle_is_found_at_its_leaf(folder, tile, leaf_at):
    path = folder / "tile" / tile.path
    content = path.read_bytes()
    step = 1 if len(content) < 100 else len(content) // 60 | 1
    for place in range(0, len(content), step):
        path.write_bytes(flip(content, place))
        found = read_only_findings(folder)
        assert [(one.index, one.where) for one in found] == [(leaf_at(place), f"tile/{tile.path}")], place


def read_only_findings(folder):
    return check_notary(folder, LOG, verifier=SIGNER.verifier, segments=WholeFact(DATA_KEY))


@pytest.mark.parametrize("tile", [Tile(None, 0), Tile(0, 1), *partial_tiles(SIGNED)])
def test_a_missing_shortened_or_lengthened_tile_is_found(folder, tile):
    path = folder / "tile" / tile.path
    content = path.read_bytes()
    for changed in (content[:-1], content + b"\0", content[:-32], b"", None):
        path.unlink() if changed is None else path.write_bytes(changed)
        found = read_only_findings(folder)
        assert {one.where for one in found} == {f"tile/{tile.path}"}
        assert all(tile.first_index <= one.index for one in found)


def test_a_flipped_bit_anywhere_in_the_checkpoint_is_found(tmp_path):
    noted(tmp_path, LOG[:5])
    folder, path = tmp_path, tmp_path / "checkpoint"
    content = path.read_bytes()
    for place in range(len(content)):
        path.write_bytes(flip(content, place))
        assert [(one.index, one.where) for one in read_only_findings(folder)][:1] == [(None, "checkpoint")], place
    path.unlink()
    assert str(read_only_findings(folder)[0]) == "tree: checkpoint: the checkpoint is missing here"


@pytest.mark.parametrize(
    ("sql", "index"),
    [
        ("UPDATE leaves SET entry_id = randomblob(16) WHERE leaf_index = 77", 77),
        ("UPDATE leaves SET position = 1000000 WHERE leaf_index = 699", 699),
        ("DELETE FROM leaves WHERE leaf_index = 77", 77),
        ("UPDATE pending SET entry = zeroblob(150) WHERE leaf_index = 660", 660),
        ("UPDATE pending SET entry = zeroblob(150) WHERE leaf_index = 600", 600),
        ("UPDATE edge SET hashes = zeroblob(64)", None),
        ("DELETE FROM leaves WHERE leaf_index >= 600", 600),
        ("DELETE FROM signed", None),
        ("UPDATE signed SET note = zeroblob(9)", None),
    ],
)
def test_a_changed_record_is_found(folder, sql, index):
    tamper(folder, sql)
    assert index in {one.index for one in read_only_findings(folder)}


def test_a_root_that_was_signed_over_other_leaves_is_found(folder):
    note = (folder / "checkpoint").read_bytes().decode().split("\n")
    forged = "\n".join([note[0], note[1], base64.b64encode(bytes(32)).decode(), ""])
    (folder / "checkpoint").write_bytes(sign_note(forged, [SIGNER]))
    assert [str(one) for one in read_only_findings(folder)] == [
        "tree: checkpoint: the root over 650 leaves is another one"
    ]


def test_a_folder_without_a_record_is_a_finding(tmp_path):
    assert [one.where for one in read_only_findings(tmp_path)] == ["notary.sqlite"]
