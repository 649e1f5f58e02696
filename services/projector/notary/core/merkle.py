"""The Merkle tree of RFC 6962 section 2.1 and its proofs (RFC 9162 section 2.1).

The tree over the leaves ``[0, size)`` is never held: ``HashAt`` gives the root of any perfect subtree, and everything
else is computed from those.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from hashlib import sha256

from projector.notary.core.faults import InvalidProof

HASH_BYTES = 32
EMPTY_ROOT = sha256(b"").digest()

HashAt = Callable[[int, int], bytes]
"""``hash_at(level, index)``: the root of the perfect subtree over leaves ``[index << level, (index + 1) << level)``."""


def leaf_hash(entry: bytes) -> bytes:
    """Return the hash of a leaf: SHA-256 of 0x00 and the entry."""
    return sha256(b"\x00" + entry).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """Return the hash of an inner node: SHA-256 of 0x01 and both children."""
    return sha256(b"\x01" + left + right).digest()


class CompactRange:
    """The roots of the perfect subtrees over ``[0, size)``, left to right: enough to grow and to know the root."""

    def __init__(self, hashes: Iterable[bytes] = ()) -> None:
        self.size = 0
        self.peaks: list[bytes] = []
        for hash_ in hashes:
            self.append(hash_)

    def append(self, hash_: bytes) -> None:
        """Add the next leaf hash (or, one level up in a tile, the next subtree root)."""
        covered = self.size
        while covered & 1:
            hash_ = node_hash(self.peaks.pop(), hash_)
            covered >>= 1
        self.peaks.append(hash_)
        self.size += 1

    def root(self) -> bytes:
        """Return the root; of nothing, SHA-256 of the empty string."""
        return fold_peaks(self.peaks)


def fold_peaks(peaks: Sequence[bytes]) -> bytes:
    """Return the root over perfect subtrees of falling height, given left to right."""
    if not peaks:
        return EMPTY_ROOT
    root = peaks[-1]
    for peak in reversed(peaks[:-1]):
        root = node_hash(peak, root)
    return root


def subtree_root(hashes: Sequence[bytes]) -> bytes:
    """Return the root of the perfect subtree over ``hashes``, whose count is a power of two."""
    level = list(hashes)
    while len(level) > 1:
        level = [sha256(b"\x01" + left + right).digest() for left, right in zip(level[::2], level[1::2], strict=True)]
    return level[0]


def tree_root(size: int, hash_at: HashAt) -> bytes:
    """Return the root of the tree of ``size`` leaves."""
    return EMPTY_ROOT if size == 0 else _range_root(0, size, hash_at)


def inclusion_proof(index: int, size: int, hash_at: HashAt) -> list[bytes]:
    """Return the sibling hashes of leaf ``index`` in the tree of ``size`` leaves, the leaf's own sibling first.

    Raises InvalidProof when the tree has no such leaf.
    """
    if not 0 <= index < size:
        raise InvalidProof(f"a tree of {size} leaves has no leaf {index}")
    siblings: list[bytes] = []
    low, high = 0, size
    while high - low > 1:
        middle = low + _split(high - low)
        if index < middle:
            siblings.append(_range_root(middle, high, hash_at))
            high = middle
        else:
            siblings.append(_range_root(low, middle, hash_at))
            low = middle
    return siblings[::-1]


def consistency_proof(old_size: int, new_size: int, hash_at: HashAt) -> list[bytes]:
    """Return the proof that the tree of ``old_size`` leaves is a prefix of that of ``new_size``.

    Raises InvalidProof when ``old_size`` is not in 0..``new_size``. From nothing, and to the same size, it is empty.
    """
    if not 0 <= old_size <= new_size:
        raise InvalidProof(f"a tree of {new_size} leaves has no prefix of {old_size}")
    if old_size in (0, new_size):
        return []
    proof: list[bytes] = []
    low, high = 0, new_size
    while high != old_size:
        middle = low + _split(high - low)
        if old_size <= middle:
            proof.append(_range_root(middle, high, hash_at))
            high = middle
        else:
            proof.append(_range_root(low, middle, hash_at))
            low = middle
    if low:
        proof.append(_range_root(low, high, hash_at))
    return proof[::-1]


def verify_inclusion(index: int, size: int, leaf: bytes, proof: Sequence[bytes], root: bytes) -> None:
    """Check that ``leaf`` (a leaf hash) is leaf ``index`` of the tree with ``root`` (RFC 9162 section 2.1.3.2).

    Raises InvalidProof when it is not proved, or a hash has not 32 bytes.
    """
    _require_hashes(leaf, root, *proof)
    if not 0 <= index < size:
        raise InvalidProof(f"a tree of {size} leaves has no leaf {index}")
    place, last, found = index, size - 1, leaf
    for sibling in proof:
        if last == 0:
            raise InvalidProof("the inclusion proof has more hashes than the tree has levels")
        if place & 1 or place == last:
            found = node_hash(sibling, found)
            place, last = _climb(place, last)
        else:
            found = node_hash(found, sibling)
        place, last = place >> 1, last >> 1
    if last != 0:
        raise InvalidProof("the inclusion proof has fewer hashes than the tree has levels")
    _require_root(found, root, "inclusion")


def verify_consistency(old_size: int, new_size: int, old_root: bytes, new_root: bytes, proof: Sequence[bytes]) -> None:
    """Check that the tree with ``old_root`` is a prefix of that with ``new_root`` (RFC 9162 section 2.1.4.2).

    Raises InvalidProof when it is not proved, or a hash has not 32 bytes. An empty old tree is a prefix of every tree.
    """
    _require_hashes(old_root, new_root, *proof)
    if not 0 <= old_size <= new_size:
        raise InvalidProof(f"a tree of {new_size} leaves has no prefix of {old_size}")
    if old_size in (0, new_size):
        _verify_trivial(old_size, old_root, new_root if old_size else EMPTY_ROOT, proof)
        return
    _verify_growth(old_size, new_size, old_root, new_root, proof)


def _verify_trivial(old_size: int, old_root: bytes, expected: bytes, proof: Sequence[bytes]) -> None:
    if proof:
        raise InvalidProof(f"a consistency proof from size {old_size} needs no hashes here, but there are {len(proof)}")
    _require_root(old_root, expected, "consistency")


def _verify_growth(old_size: int, new_size: int, old_root: bytes, new_root: bytes, proof: Sequence[bytes]) -> None:
    steps = iter(proof)
    first = old_root if old_size & (old_size - 1) == 0 else _first_step(steps)
    place, last = old_size - 1, new_size - 1
    while place & 1:
        place, last = place >> 1, last >> 1
    found_old = found_new = first
    for sibling in steps:
        if last == 0:
            raise InvalidProof("the consistency proof has more hashes than it needs")
        if place & 1 or place == last:
            found_old, found_new = node_hash(sibling, found_old), node_hash(sibling, found_new)
            place, last = _climb(place, last)
        else:
            found_new = node_hash(found_new, sibling)
        place, last = place >> 1, last >> 1
    if last != 0:
        raise InvalidProof("the consistency proof has fewer hashes than it needs")
    _require_root(found_old, old_root, "consistency")
    _require_root(found_new, new_root, "consistency")


def _first_step(steps: Iterator[bytes]) -> bytes:
    for step in steps:
        return step
    raise InvalidProof("the consistency proof is empty")


def _climb(place: int, last: int) -> tuple[int, int]:
    """Skip the levels at which the node is the last one and has no sibling."""
    while place and not place & 1:
        place, last = place >> 1, last >> 1
    return place, last


def _range_root(low: int, high: int, hash_at: HashAt) -> bytes:
    """Return the root over ``[low, high)``, where ``low`` is a multiple of the largest power of two that fits."""
    peaks: list[bytes] = []
    while low < high:
        level = (high - low).bit_length() - 1
        peaks.append(hash_at(level, low >> level))
        low += 1 << level
    return fold_peaks(peaks)


def _split(count: int) -> int:
    """Return the largest power of two that is smaller than ``count``."""
    return 1 << ((count - 1).bit_length() - 1)


def _require_hashes(*hashes: bytes) -> None:
    for hash_ in hashes:
        if len(hash_) != HASH_BYTES:
            raise InvalidProof(f"a hash has {len(hash_)} bytes, not {HASH_BYTES}")


def _require_root(found: bytes, expected: bytes, what: str) -> None:
    if found != expected:
        raise InvalidProof(f"the {what} proof leads to another root")
