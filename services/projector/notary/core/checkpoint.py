"""Checkpoints: the signed size and root of the tree (C2SP tlog-checkpoint)."""

from collections.abc import Sequence
from dataclasses import dataclass

from projector.notary.core.encoding import from_base64, from_decimal, to_base64
from projector.notary.core.faults import MalformedCheckpoint
from projector.notary.core.merkle import HASH_BYTES
from projector.notary.core.note import Signer, Verifier, open_note, sign_note

_MANDATORY_LINES = 3


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """The head of a log: its name, how many leaves it has, and the root over them (32 bytes)."""

    origin: str
    size: int
    root: bytes

    def text(self) -> str:
        """Return the text that is signed."""
        return f"{self.origin}\n{self.size}\n{to_base64(self.root)}\n"


def parse_checkpoint(text: str) -> Checkpoint:
    """Return the checkpoint that the text of a note spells; extension lines are passed over.

    Raises MalformedCheckpoint.
    """
    lines = text.split("\n")
    if lines.pop() or len(lines) < _MANDATORY_LINES or not all(lines):
        raise MalformedCheckpoint("a checkpoint has at least three lines, none of them empty")
    try:
        size, root = from_decimal(lines[1]), from_base64(lines[2])
    except ValueError as error:
        raise MalformedCheckpoint("the tree size or the root of the checkpoint is malformed") from error
    if len(root) != HASH_BYTES:
        raise MalformedCheckpoint(f"the root of a checkpoint has {HASH_BYTES} bytes")
    return Checkpoint(lines[0], size, root)


def sign_checkpoint(checkpoint: Checkpoint, signer: Signer) -> bytes:
    """Return the checkpoint as a note signed by ``signer``. Raises MalformedNote when the origin is no line of text."""
    return sign_note(checkpoint.text(), [signer])


def open_checkpoint(note: bytes, verifiers: Sequence[Verifier], origin: str) -> Checkpoint:
    """Return the checkpoint in ``note`` once a key of ``verifiers`` is found to have signed it.

    Raises MalformedNote, UntrustedNote, or MalformedCheckpoint (also when it is not the log ``origin``'s).
    """
    text, _ = open_note(note, verifiers)
    checkpoint = parse_checkpoint(text)
    if checkpoint.origin != origin:
        raise MalformedCheckpoint("the checkpoint is that of another log")
    return checkpoint
