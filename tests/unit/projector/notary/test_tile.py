"""Tiles and entry bundles (C2SP tlog-tiles)."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from projector.notary.core.edge import Edge
from projector.notary.core.faults import MalformedTile
from projector.notary.core.tile import (
    Tile,
    covers,
    first_part,
    pack_entries,
    parse_path,
    partial_tiles,
    tile_hashes,
    unpack_entries,
)

any_tile = st.builds(Tile, st.one_of(st.none(), st.integers(0, 63)), st.integers(0, (1 << 63) - 1), st.integers(1, 256))


@pytest.mark.parametrize(
    ("tile", "path"),
    [
        (Tile(0, 1234067), "0/x001/x234/067"),
        (Tile(0, 0), "0/000"),
        (Tile(1, 999, 1), "1/999.p/1"),
        (Tile(0, 1000, 255), "0/x001/000.p/255"),
        (Tile(None, 7, 12), "entries/007.p/12"),
    ],
)
def test_a_tile_is_found_under_the_path_of_the_specification(tile, path):
    assert tile.path == path
    assert parse_path(path) == tile


@given(any_tile)
def test_a_path_names_the_tile_that_it_was_made_from(tile):
    assert parse_path(tile.path) == tile


@pytest.mark.parametrize(
    "path",
    [
        "", "0", "0/", "0/0", "0/00", "0/0000", "00/000", "01/000", "64/000", "-1/000", "0/x000/001", "0/001/002",
        "0/x001", "0/000.p", "0/000.p/", "0/000.p/0", "0/000.p/256", "0/000.p/01", "0/000.p/1/", "0/000/", "/0/000",
        "0/../000", "entries/../000", "entry/000", "0/\u0660\u0660\u0660", "0/000\n", "0/x999/x999/x999/x999/x999/x999/999",
    ],
)  # fmt: skip
def test_any_other_spelling_of_a_path_is_refused(path):
    with pytest.raises(MalformedTile):
        parse_path(path)


def test_a_tree_of_70000_has_the_partial_tiles_that_the_specification_names():
    assert partial_tiles(70_000) == [Tile(None, 273, 112), Tile(0, 273, 112), Tile(1, 1, 17), Tile(2, 0, 1)]
    assert partial_tiles(256) == [Tile(1, 0, 1)]
    assert partial_tiles(0) == []


@pytest.mark.parametrize("size", [1, 255, 256, 257, 70_000])
def test_a_tree_covers_its_partial_tiles_and_nothing_wider(size):
    for tile in partial_tiles(size):
        assert covers(size, tile)
        assert not covers(size, tile.with_width(tile.width + 1))
        assert not covers(size - 1, tile.with_width(tile.width)) or tile.level != 0


@given(st.lists(st.binary(max_size=300), max_size=256))
def test_a_bundle_gives_back_its_entries_and_any_first_part_of_them(entries):
    bundle = pack_entries(entries)
    assert unpack_entries(bundle) == entries
    for width in range(1, len(entries) + 1):
        assert unpack_entries(first_part(Tile(None, 0, width), bundle)) == entries[:width]


@pytest.mark.parametrize("bundle", [b"\x00", b"\x00\x01", b"\x00\x02a", b"\x00\x01ab", b"\x00\x00" * 257])
def test_a_bundle_that_ends_within_an_entry_or_has_too_many_is_refused(bundle):
    with pytest.raises(MalformedTile):
        unpack_entries(bundle)


def test_an_entry_that_is_too_long_for_a_bundle_is_refused():
    with pytest.raises(MalformedTile, match="65536 bytes"):
        pack_entries([b"x" * 65_536])


def test_a_tile_of_another_width_than_its_name_is_refused():
    assert tile_hashes(Tile(0, 0, 2), b"a" * 32 + b"b" * 32) == [b"a" * 32, b"b" * 32]
    with pytest.raises(MalformedTile):
        tile_hashes(Tile(0, 0, 2), b"a" * 63)


@pytest.mark.parametrize("tile", [Tile(0, 0, 3), Tile(None, 0, 3)])
def test_a_narrower_tile_has_no_such_part(tile):
    with pytest.raises(MalformedTile, match="narrower"):
        first_part(tile, b"\x00\x1e" + b"a" * 30 + b"\x00\x1e" + b"b" * 30)


@given(st.lists(st.integers(1, 400), min_size=1, max_size=4))
def test_an_edge_that_is_taken_up_again_grows_into_the_same_tiles(steps):
    whole, resumed, kept, again = Edge(), Edge(), [], []
    for step in steps:
        for _ in range(step):
            whole.append(b"entry %d" % whole.size)
            resumed.append(b"entry %d" % resumed.size)
        kept, again = kept + whole.take_filled(), again + resumed.take_filled()
        resumed = Edge(resumed.size, resumed.entries, resumed.rows[1:])
        assert resumed.is_consistent()
    assert again == kept
    assert resumed.partials() == whole.partials()
    assert [part.tile for part in whole.partials()] == partial_tiles(whole.size)
    assert resumed.root() == whole.root()


def test_a_copied_edge_grows_alone_and_a_torn_one_is_noticed():
    edge = Edge()
    edge.append(b"a")
    twin = edge.copy()
    twin.append(b"b")
    assert (edge.size, twin.size, len(edge.entries)) == (1, 2, 1)
    assert not Edge(2, [b"a"]).is_consistent()
    assert not Edge(257, [b"a"]).is_consistent()
