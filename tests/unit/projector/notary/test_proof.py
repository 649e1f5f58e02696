"""Offline proofs of inclusion as text (C2SP tlog-proof)."""

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st

from projector.notary.core.checkpoint import Checkpoint, sign_checkpoint
from projector.notary.core.encoding import to_base64
from projector.notary.core.faults import InvalidProof, MalformedProof, NotaryFault
from projector.notary.core.merkle import leaf_hash, node_hash
from projector.notary.core.note import Signer
from projector.notary.core.proof import InclusionProof, parse_proof, verify_proof

ORIGIN = "store.example/log"
SIGNER = Signer(ORIGIN, Ed25519PrivateKey.from_private_bytes(b"7" * 32))
SIBLING = leaf_hash(b"b")
CHECKPOINT = Checkpoint(ORIGIN, 2, node_hash(leaf_hash(b"a"), SIBLING))
PROOF = InclusionProof(0, (SIBLING,), sign_checkpoint(CHECKPOINT, SIGNER)).text()


def test_a_proof_is_a_header_an_index_hashes_and_the_checkpoint():
    head, _, checkpoint = PROOF.partition(b"\n\n")
    assert head.decode().split("\n") == ["c2sp.org/tlog-proof@v1", "index 0", to_base64(SIBLING)]
    assert checkpoint == sign_checkpoint(CHECKPOINT, SIGNER)


def test_a_proof_proves_its_entry_and_no_other():
    assert verify_proof(PROOF, b"a", [SIGNER.verifier], ORIGIN) == CHECKPOINT
    with pytest.raises(InvalidProof):
        verify_proof(PROOF, b"A", [SIGNER.verifier], ORIGIN)


@pytest.mark.parametrize("place", range(len(PROOF)))
def test_a_flipped_bit_anywhere_in_a_proof_is_noticed(place):
    flipped = bytes([*PROOF[:place], PROOF[place] ^ 1, *PROOF[place + 1 :]])
    with pytest.raises(NotaryFault):
        verify_proof(flipped, b"a", [SIGNER.verifier], ORIGIN)


@given(
    st.integers(0, (1 << 63) - 1),
    st.lists(st.binary(min_size=32, max_size=32), max_size=63),
    st.one_of(st.none(), st.binary(max_size=40)),
)
def test_a_proof_survives_its_spelling(index, hashes, extra):
    proof = InclusionProof(index, tuple(hashes), b"note\n\nsignatures\n", extra)
    assert parse_proof(proof.text()) == proof


@pytest.mark.parametrize(
    "text",
    [b"", PROOF[1:], PROOF.replace(b"@v1", b"@v2"), PROOF.replace(b"index 0", b"index 00"), PROOF.replace(b"index", b"Index"),
     PROOF.replace(b"index 0\n", b""), PROOF.replace(b"index 0\n", b"index 0\nAAAA\n"), PROOF.split(b"\n\n")[0],
     b"c2sp.org/tlog-proof@v1\n\nx", PROOF.replace(b"index", b"extra !\nindex"), b"x" * 2_000_001,
     PROOF.replace(b"index 0\n", b"index 0\n" + (to_base64(SIBLING) + "\n").encode() * 63)],
)  # fmt: skip
def test_what_is_no_proof_is_refused(text):
    with pytest.raises(MalformedProof):
        parse_proof(text)
