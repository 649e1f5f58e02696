"""Proofs of inclusion that can be checked offline, as text (C2SP tlog-proof)."""

from collections.abc import Sequence
from dataclasses import dataclass

from projector.notary.core.checkpoint import Checkpoint, open_checkpoint
from projector.notary.core.encoding import from_base64, from_decimal, to_base64
from projector.notary.core.faults import MalformedProof
from projector.notary.core.merkle import HASH_BYTES, leaf_hash, verify_inclusion
from projector.notary.core.note import MAX_NOTE_BYTES, Verifier

HEADER = "c2sp.org/tlog-proof@v1"
_MAX_HASHES = 63


@dataclass(frozen=True, slots=True)
class InclusionProof:
    """That the entry at ``index`` is in the tree of ``checkpoint`` (a signed note); ``hashes`` starts at the leaf."""

    index: int
    hashes: tuple[bytes, ...]
    checkpoint: bytes
    extra: bytes | None = None

    def text(self) -> bytes:
        """Return the proof as it is sent and stored."""
        lines = [HEADER]
        lines += [] if self.extra is None else [f"extra {to_base64(self.extra)}"]
        lines += [f"index {self.index}", *(to_base64(hash_) for hash_ in self.hashes), "", ""]
        return "\n".join(lines).encode("ascii") + self.checkpoint


def parse_proof(text: bytes) -> InclusionProof:
    """Return the proof that ``text`` spells, believing nothing of it. Raises MalformedProof."""
    if len(text) > 2 * MAX_NOTE_BYTES:
        raise MalformedProof("the proof is too large")
    head, blank, checkpoint = text.partition(b"\n\n")
    try:
        lines = head.decode("ascii").split("\n")
        if not blank or lines.pop(0) != HEADER:
            raise ValueError("no header, or no checkpoint")
        extra = from_base64(lines.pop(0)[6:]) if lines and lines[0].startswith("extra ") else None
        keyword, _, index = lines.pop(0).partition(" ") if lines else ("", "", "")
        if keyword != "index":
            raise ValueError("no index")
        proof = InclusionProof(from_decimal(index), tuple(map(from_base64, lines)), checkpoint, extra)
    except ValueError as error:
        raise MalformedProof(f"not a proof of {HEADER}") from error
    if len(proof.hashes) > _MAX_HASHES or any(len(hash_) != HASH_BYTES for hash_ in proof.hashes):
        raise MalformedProof(f"a proof has at most {_MAX_HASHES} hashes of {HASH_BYTES} bytes")
    return proof


def verify_proof(text: bytes, entry: bytes, verifiers: Sequence[Verifier], origin: str) -> Checkpoint:
    """Return the checkpoint under which ``entry`` is proved to be in the log ``origin``.

    Raises MalformedProof, MalformedNote, MalformedCheckpoint, UntrustedNote or InvalidProof.
    """
    proof = parse_proof(text)
    checkpoint = open_checkpoint(proof.checkpoint, verifiers, origin)
    verify_inclusion(proof.index, checkpoint.size, leaf_hash(entry), proof.hashes, checkpoint.root)
    return checkpoint
