"""The notary on a real disk: it grows, publishes, resumes and refuses to contradict itself."""

import stat
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from integration.notary.notary_ground import after_seconds, noted, open_notary, published, tamper
from projector.notary.core.checkpoint import open_checkpoint
from projector.notary.core.entry import WholeFact
from projector.notary.core.faults import (
    InvalidProof,
    LogRegressed,
    MalformedEntry,
    NotaryBusy,
    NotaryDamaged,
)
from projector.notary.core.merkle import CompactRange, leaf_hash, verify_consistency, verify_inclusion
from projector.notary.core.note import parse_vkey
from projector.notary.core.tile import Tile, partial_tiles, unpack_entries
from projector.notary.facts import entry_text
from projector.notary.keys import UnusableKeys, load_or_create_keys
from projector.notary.notary import Notary
from unit.projector.notary.facts_for_leaves import DATA_KEY, ORIGIN, START, fact, facts, page_reader


def entries_of(log) -> list[bytes]:
    return [entry_text(one, WholeFact(DATA_KEY)) for one in log]


def root_of(log) -> bytes:
    return CompactRange(leaf_hash(entry) for entry in entries_of(log)).root()


def test_every_fact_gets_the_next_leaf_and_a_hole_in_the_positions_is_no_lost_fact(tmp_path):
    log = facts(300, step=3)
    with open_notary(tmp_path) as notary:
        notary.catch_up(log)
        assert notary.leaf_count() == 300
        assert [notary.position_of(index) for index in (0, 1, 299, 300)] == [1, 4, 898, None]
        assert [notary.index_of(position) for position in (1, 2, 898)] == [0, None, 299]
        assert notary.index_of_entry(log[17].entry_id) == 17
        assert notary.index_of_entry(fact(2).entry_id) is None
        assert notary.last_position == 898
        assert notary.root() == root_of(log)


def test_noting_the_same_facts_again_changes_nothing(tmp_path):
    log = facts(600)
    with open_notary(tmp_path) as notary:
        notary.catch_up(log[:400])
        notary.catch_up(log[:400])
        notary.catch_up(log[200:])
        assert notary.leaf_count() == 600
        assert notary.root() == root_of(log)


def test_a_notary_catches_up_page_by_page_and_resumes_after_its_last_fact(tmp_path):
    log = facts(1_000, step=2)
    with open_notary(tmp_path) as notary:
        assert notary.catch_up_with(page_reader(log[:700]), page=64, pages=3) == 192
        assert notary.catch_up_with(page_reader(log[:700]), page=64, pages=99) == 508
    with open_notary(tmp_path) as notary:
        assert notary.catch_up_with(page_reader(log), page=64, pages=99) == 300
        assert notary.catch_up_with(page_reader(log), page=64) == 0
        assert notary.root() == root_of(log)


def test_the_checkpoint_opens_with_the_published_key_and_its_tiles_are_all_there(tmp_path):
    log = facts(70_000)
    noted(tmp_path, log)
    with open_notary(tmp_path) as notary:
        verifier = notary.signed
        assert notary.verifier.vkey.encode() + b"\n" == (tmp_path / "vkey").read_bytes()
    files = published(tmp_path)
    assert verifier.size == 70_000
    assert verifier.root == root_of(log)
    for tile in partial_tiles(70_000):
        assert f"tile/{tile.path}" in files
    assert len(files[f"tile/{Tile(1, 0).path}"]) == 8_192
    assert unpack_entries(files[f"tile/{Tile(None, 3).path}"]) == entries_of(log[768:1024])
    assert len(files) == 273 * 2 + 1 + 4 + 2


def test_a_checkpoint_is_signed_each_second_or_each_thousand_leaves(tmp_path):
    log = facts(3_000)
    with open_notary(tmp_path) as notary:
        assert notary.publish(START) is None
        notary.catch_up(log[:1])
        assert notary.publish(START).size == 1
        notary.catch_up(log[:1_000])
        assert notary.publish(after_seconds(0.9)) is None
        notary.catch_up(log[:1_001])
        assert notary.publish(after_seconds(0.9)).size == 1_001
        notary.catch_up(log[:1_002])
        assert notary.publish(after_seconds(1.8)) is None
        assert notary.publish(after_seconds(1.9)).size == 1_002
        assert notary.publish(after_seconds(60)) is None
        notary.catch_up(log[:1_003])
        assert notary.publish(after_seconds(2), at_once=True).size == 1_003


def test_only_the_partial_tiles_of_the_last_checkpoint_stay(tmp_path):
    noted(tmp_path, facts(600), 3, 255, 256, 257, 600)
    tiles = {name for name in published(tmp_path) if name.startswith("tile/")}
    full = {Tile(level, number) for level in (None, 0) for number in (0, 1)}
    assert tiles == {f"tile/{tile.path}" for tile in [*full, *partial_tiles(600)]}
    assert not list(tmp_path.glob("tile/*/000.p"))[1:]


def test_a_rebuild_gives_the_same_bytes(tmp_path):
    log = facts(1_500)
    noted(tmp_path / "one", log, 5, 700, 1_500)
    noted(tmp_path / "two", log)
    assert published(tmp_path / "one") == published(tmp_path / "two")
    for file in (tmp_path / "one").glob("notary.sqlite*"):
        file.unlink()
    with open_notary(tmp_path / "one") as notary:
        assert notary.leaf_count() == 0
        while notary.catch_up_with(page_reader(log), page=100):
            assert notary.publish(START, at_once=True) is None
    assert published(tmp_path / "one") == published(tmp_path / "two")


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_any_two_checkpoints_are_consistent_and_any_leaf_is_included(tmp_path_factory, data):
    log = facts(data.draw(st.integers(1, 600)))
    sizes = sorted(data.draw(st.sets(st.integers(1, len(log)), min_size=1, max_size=5)))
    folder = tmp_path_factory.mktemp("grown")
    heads = []
    for size in sizes:
        with open_notary(folder) as notary:
            notary.catch_up(log[:size])
            heads.append(notary.publish(START, at_once=True))
    with open_notary(folder) as notary:
        for old in heads:
            for new in heads[heads.index(old) :]:
                proof = notary.consistency(old.size, new.size)
                verify_consistency(old.size, new.size, old.root, new.root, proof)
            index = data.draw(st.integers(0, old.size - 1))
            leaf = leaf_hash(entry_text(log[index], WholeFact(DATA_KEY)))
            verify_inclusion(index, old.size, leaf, notary.inclusion(index, old.size), old.root)


def test_a_proof_beyond_the_tree_is_refused(tmp_path):
    noted(tmp_path, facts(10))
    with open_notary(tmp_path) as notary:
        for call in (
            lambda: notary.inclusion(10, 11),
            lambda: notary.inclusion(10, 10),
            lambda: notary.consistency(3, 11),
        ):
            with pytest.raises(InvalidProof):
                call()


def test_a_second_notary_on_the_folder_is_refused_until_the_first_is_gone(tmp_path):
    with open_notary(tmp_path), pytest.raises(NotaryBusy):
        open_notary(tmp_path)
    open_notary(tmp_path).close()


def test_a_log_that_lost_its_last_fact_is_noticed(tmp_path):
    log = facts(300)
    noted(tmp_path, log)
    for shorter in (log[:299], [], [*log[:299], fact(301)]):
        with open_notary(tmp_path) as notary, pytest.raises(LogRegressed, match="no fact at position 300") as regressed:
            notary.catch_up_with(page_reader(shorter))
        assert regressed.value.index == 299


@pytest.mark.parametrize("place", [0, 100, 255, 256, 299])
def test_a_fact_that_differs_from_its_leaf_is_named(tmp_path, place):
    log = facts(300)
    noted(tmp_path, log, 280, 300)
    log[place] = fact(place + 1, content=b'{"changed":true}')
    with open_notary(tmp_path) as notary, pytest.raises(LogRegressed, match=f"leaf {place}") as regressed:
        notary.catch_up(log)
    assert regressed.value.index == place


def test_a_fact_slipped_in_among_noted_ones_is_noticed(tmp_path):
    log = facts(300, step=2)
    noted(tmp_path, log)
    with open_notary(tmp_path) as notary, pytest.raises(LogRegressed, match="position 4"):
        notary.catch_up([fact(4), *log])


def rebuilding(folder: Path):
    for file in folder.glob("notary.sqlite*"):
        file.unlink()
    return open_notary(folder)


def test_a_rebuild_from_a_shorter_log_signs_nothing(tmp_path):
    log = facts(300)
    noted(tmp_path, log)
    before = published(tmp_path)
    with rebuilding(tmp_path) as notary:
        with pytest.raises(LogRegressed, match="300 leaves were signed, but the log has 299") as regressed:
            notary.catch_up_with(page_reader(log[:299]))
        assert regressed.value.index == 299
        with pytest.raises(LogRegressed):
            notary.publish(START, at_once=True)
    assert published(tmp_path) == before


@pytest.mark.parametrize(("place", "index"), [(100, 100), (255, 255), (280, 280)])
def test_a_rebuild_from_another_log_stops_and_leaves_the_evidence(tmp_path, place, index):
    log = facts(300)
    noted(tmp_path, log)
    before = published(tmp_path)
    log[place] = fact(place + 1, content=b'{"changed":true}')
    with rebuilding(tmp_path) as notary:
        with pytest.raises(LogRegressed) as regressed:
            notary.catch_up_with(page_reader([*log, fact(301)]))
        assert regressed.value.index == index
        assert notary.leaf_count() == 0
    assert published(tmp_path) == before


def test_a_record_that_contradicts_the_checkpoint_stops_the_notary_when_it_opens(tmp_path):
    noted(tmp_path, facts(300))
    tamper(tmp_path, "UPDATE edge SET hashes = zeroblob(32)")
    with pytest.raises(NotaryDamaged, match="do not lead to the root"):
        open_notary(tmp_path)
    tamper(tmp_path, "DELETE FROM pending WHERE leaf_index = 299")
    with pytest.raises(NotaryDamaged, match="contradicts itself"):
        open_notary(tmp_path)


def test_a_tile_that_contradicts_the_last_checkpoint_stops_the_next(tmp_path):
    noted(tmp_path, facts(100))
    with open_notary(tmp_path) as notary:
        notary.catch_up(facts(300))
        tile = tmp_path / "tile" / Tile(0, 0).path
        tile.write_bytes(bytes(32) + tile.read_bytes()[32:])
        with pytest.raises(InvalidProof):
            notary.publish(START)
    assert b"\n100\n" in (tmp_path / "checkpoint").read_bytes()


def test_a_missing_tile_stops_the_next_checkpoint(tmp_path):
    noted(tmp_path, facts(300))
    (tmp_path / "tile" / Tile(0, 0).path).unlink()
    with open_notary(tmp_path) as notary:
        notary.catch_up([fact(301)])
        with pytest.raises(NotaryDamaged, match="0/000 is missing"):
            notary.inclusion(0, 301)


@pytest.mark.parametrize("changes", [{"origin": "other.example"}, {"key": b"t" * 32}])
def test_another_key_or_origin_does_not_take_over_what_was_signed(tmp_path, changes):
    noted(tmp_path, facts(3))
    with pytest.raises(NotaryDamaged, match="present key and origin"):
        open_notary(tmp_path, **changes)
    with open_notary(tmp_path) as notary:
        assert notary.signed.size == 3


def test_an_older_checkpoint_put_back_in_its_place_is_replaced_by_the_one_on_record(tmp_path):
    log = facts(300)
    noted(tmp_path, log, 20)
    older = (tmp_path / "checkpoint").read_bytes()
    noted(tmp_path, log)
    newer = (tmp_path / "checkpoint").read_bytes()
    (tmp_path / "checkpoint").write_bytes(older)
    with open_notary(tmp_path) as notary:
        assert notary.signed.size == 300
    assert (tmp_path / "checkpoint").read_bytes() == newer


def test_two_checkpoints_of_one_size_over_different_trees_stop_the_notary(tmp_path):
    noted(tmp_path / "one", facts(3))
    noted(tmp_path / "two", [*facts(2), fact(3, content=b"{}")])
    (tmp_path / "one" / "checkpoint").write_bytes((tmp_path / "two" / "checkpoint").read_bytes())
    with pytest.raises(NotaryDamaged, match="two checkpoints of the same size"):
        open_notary(tmp_path / "one")


def test_a_fact_of_an_unknown_topic_stops_the_notary_where_it_is(tmp_path):
    with open_notary(tmp_path) as notary:
        with pytest.raises(MalformedEntry, match="unheard"):
            notary.catch_up([fact(1), fact(2, topic="mastrail.unheard.of.v1")])
        assert notary.leaf_count() == 0
        notary.catch_up([fact(1)])
        assert notary.leaf_count() == 1


def test_keys_are_made_once_and_only_their_owner_can_read_them(tmp_path):
    made, again = load_or_create_keys(tmp_path / "keys"), load_or_create_keys(tmp_path / "keys")
    assert made.data_key == again.data_key
    assert made.vkey(ORIGIN) == again.vkey(ORIGIN)
    files = sorted((tmp_path / "keys").iterdir())
    assert [file.name for file in files] == ["notary-data.key", "notary-signing.pem"]
    assert {stat.S_IMODE(file.stat().st_mode) for file in files} == {0o600}
    assert made.data_key.hex() not in repr(made)


def test_a_key_file_that_is_open_to_others_lost_or_damaged_is_refused(tmp_path):
    load_or_create_keys(tmp_path)
    signing, data = tmp_path / "notary-signing.pem", tmp_path / "notary-data.key"
    data.chmod(0o640)
    with pytest.raises(UnusableKeys, match="0600"):
        load_or_create_keys(tmp_path)
    data.write_text("no key")
    data.chmod(0o600)
    with pytest.raises(UnusableKeys, match="32-byte"):
        load_or_create_keys(tmp_path)
    data.unlink()
    with pytest.raises(UnusableKeys, match="backup"):
        load_or_create_keys(tmp_path)
    data.write_text("00" * 32)
    data.chmod(0o600)
    signing.write_text("no key")
    with pytest.raises(UnusableKeys, match="no private key"):
        load_or_create_keys(tmp_path)


def test_a_strangers_key_opens_the_checkpoint(tmp_path):
    keys = load_or_create_keys(tmp_path / "keys")
    with Notary(tmp_path / "notary", origin=ORIGIN, signing_key=keys.signing_key, data_key=keys.data_key) as notary:
        notary.catch_up(facts(5))
        signed = notary.publish(START)
    note = (tmp_path / "notary" / "checkpoint").read_bytes()
    assert open_checkpoint(note, [parse_vkey(keys.vkey(ORIGIN))], ORIGIN) == signed
