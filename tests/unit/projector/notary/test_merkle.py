"""The Merkle tree and its proofs (RFC 6962 section 2.1, RFC 9162 section 2.1)."""

import base64
import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from projector.notary.core.edge import Edge
from projector.notary.core.faults import InvalidProof
from projector.notary.core.merkle import (
    EMPTY_ROOT,
    CompactRange,
    consistency_proof,
    inclusion_proof,
    leaf_hash,
    node_hash,
    subtree_root,
    tree_root,
    verify_consistency,
    verify_inclusion,
)
from projector.notary.core.tile import Tile, hash_reader, tile_hashes

VECTORS = Path(__file__).parents[3] / "vectors" / "merkle"
TWELVE_BYTE_ROOTS = "additional/sizes-are-equal-one-and-proof-is-empty"


def cases(kind: str) -> list[dict]:
    return json.loads((VECTORS / f"{kind}.json").read_text(encoding="utf-8"))


def unbase(text: str) -> bytes:
    return base64.b64decode(text)


def refuses(kind: str, case: dict) -> bool:
    proof = [unbase(hash_) for hash_ in case["proof"] or []]
    try:
        if kind == "inclusion":
            verify_inclusion(case["leafIdx"], case["treeSize"], unbase(case["leafHash"]), proof, unbase(case["root"]))
        else:
            roots = unbase(case["root1"]), unbase(case["root2"])
            verify_consistency(case["size1"], case["size2"], *roots, proof)
    except InvalidProof:
        return True
    return False


def naive_root(leaves: list[bytes]) -> bytes:
    """MTH as RFC 6962 section 2.1 defines it."""
    if len(leaves) <= 1:
        return leaf_hash(leaves[0]) if leaves else EMPTY_ROOT
    split = 1
    while split * 2 < len(leaves):
        split *= 2
    return node_hash(naive_root(leaves[:split]), naive_root(leaves[split:]))


def tree_of(leaves: list[bytes]):
    def hash_at(level: int, index: int) -> bytes:
        return naive_root(leaves[index << level : (index + 1) << level])

    return hash_at


def some_leaves(count: int) -> list[bytes]:
    return [b"leaf %d" % index for index in range(count)]


def test_a_leaf_and_a_node_hash_as_in_the_known_answers():
    assert leaf_hash(b"L123456").hex() == "395aa064aa4c29f7010acfe3f25db9485bbd4b91897b6ad7ad547639252b4d56"
    assert node_hash(b"N123", b"N456").hex() == "aa217fe888e47007fa15edab33c2b492a722cb106c64667fc2b044444de66bbb"
    assert EMPTY_ROOT.hex() == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"


@pytest.mark.parametrize("case", cases("inclusion"), ids=lambda case: case["name"])
def test_an_inclusion_vector_is_answered_as_its_authors_say(case):
    assert refuses("inclusion", case) == case["wantErr"]


@pytest.mark.parametrize("case", cases("consistency"), ids=lambda case: case["name"])
def test_a_consistency_vector_is_answered_as_its_authors_say_but_for_one(case):
    expected = case["wantErr"] or case["name"] == TWELVE_BYTE_ROOTS
    assert refuses("consistency", case) == expected


def test_195_of_the_196_vectors_agree_and_the_other_has_roots_of_twelve_bytes():
    everything = [(kind, case) for kind in ("inclusion", "consistency") for case in cases(kind)]
    differing = [case for kind, case in everything if refuses(kind, case) != case["wantErr"]]
    assert len(everything) == 196
    assert [case["name"] for case in differing] == [TWELVE_BYTE_ROOTS]
    assert len(unbase(differing[0]["root1"])) == len(unbase(differing[0]["root2"])) == 12


@given(st.integers(0, 70))
def test_the_compact_range_and_the_reader_give_the_root_of_the_definition(size):
    leaves = some_leaves(size)
    assert CompactRange(map(leaf_hash, leaves)).root() == naive_root(leaves) == tree_root(size, tree_of(leaves))


@given(st.data())
def test_every_leaf_of_a_tree_is_proved_and_no_other_place_or_tree_is(data):
    size = data.draw(st.integers(1, 70))
    index = data.draw(st.integers(0, size - 1))
    leaves = some_leaves(size)
    proof, root, leaf = inclusion_proof(index, size, tree_of(leaves)), naive_root(leaves), leaf_hash(leaves[index])
    verify_inclusion(index, size, leaf, proof, root)
    for wrong in ((index + 1, leaf, root), (index, leaf_hash(b"other"), root), (index, leaf, leaf_hash(b"other"))):
        with pytest.raises(InvalidProof):
            verify_inclusion(wrong[0], size, wrong[1], proof, wrong[2])


@given(st.data())
def test_any_two_sizes_of_a_growing_tree_are_consistent_and_a_changed_past_is_not(data):
    new = data.draw(st.integers(1, 70))
    old = data.draw(st.integers(0, new))
    leaves = some_leaves(new)
    proof, old_root, new_root = (
        consistency_proof(old, new, tree_of(leaves)),
        naive_root(leaves[:old]),
        naive_root(leaves),
    )
    verify_consistency(old, new, old_root, new_root, proof)
    forged = naive_root([b"changed", *leaves[1:old]]) if old else leaf_hash(b"")
    with pytest.raises(InvalidProof):
        verify_consistency(old, new, forged, new_root, proof)


@given(st.integers(1, 70), st.data())
def test_a_proof_with_a_hash_too_many_or_too_few_proves_nothing(size, data):
    index = data.draw(st.integers(0, size - 1))
    leaves = some_leaves(size)
    proof, root, leaf = inclusion_proof(index, size, tree_of(leaves)), naive_root(leaves), leaf_hash(leaves[index])
    for wrong in ([*proof, root], [root, *proof], proof[1:] if proof else [root]):
        with pytest.raises(InvalidProof):
            verify_inclusion(index, size, leaf, wrong, root)


@pytest.mark.parametrize(("index", "size"), [(0, 0), (3, 3), (-1, 3)])
def test_a_proof_of_a_leaf_that_is_not_there_is_refused(index, size):
    with pytest.raises(InvalidProof, match="has no leaf"):
        inclusion_proof(index, size, tree_of(some_leaves(3)))


@pytest.mark.parametrize(("old", "new"), [(4, 3), (-1, 3)])
def test_a_tree_has_no_prefix_longer_than_itself(old, new):
    with pytest.raises(InvalidProof, match="has no prefix"):
        consistency_proof(old, new, tree_of(some_leaves(3)))
    with pytest.raises(InvalidProof, match="has no prefix"):
        verify_consistency(old, new, EMPTY_ROOT, EMPTY_ROOT, [])


def test_every_subtree_root_is_read_from_tiles_of_three_levels():
    edge, tiles = Edge(), {}
    for index in range(256 * 256 + 300):
        edge.append(b"%d" % index)
    for part in [*edge.take_filled(), *edge.partials()]:
        tiles[part.tile] = part.content
    hash_at = hash_reader(lambda tile: tile_hashes(tile, tiles[tile]), edge.size)
    leaves = [leaf_hash(b"%d" % index) for index in range(edge.size)]
    for level, index in ((0, 65835), (3, 8191), (7, 512), (8, 256), (9, 17), (15, 1), (16, 0)):
        assert hash_at(level, index) == subtree_root(leaves[index << level : (index + 1) << level])
    assert tree_root(edge.size, hash_at) == edge.root() == CompactRange(leaves).root()
    assert {tile for tile in tiles if tile.level == 2} == {Tile(2, 0, 1)}
