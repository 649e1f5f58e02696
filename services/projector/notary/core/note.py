"""Signed notes: text under ed25519 signatures of named keys (C2SP signed-note)."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from hashlib import sha256

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from projector.notary.core.encoding import from_base64, to_base64
from projector.notary.core.faults import MalformedNote, UntrustedNote

ED25519 = 0x01
MAX_NOTE_BYTES = 1_000_000
MAX_SIGNATURES = 100
_KEY_ID_BYTES = 4
_PUBLIC_KEY_BYTES = 32
_LINE_START = "\u2014 "
_CONTROL = re.compile(r"[\x00-\x09\x0b-\x1f]")
_KEY_HASH = re.compile(r"[0-9a-f]{8}")


@dataclass(frozen=True, slots=True)
class Verifier:
    """A public key under a name; ``vkey`` is how it is handed to strangers."""

    name: str
    public_key: bytes

    def __post_init__(self) -> None:
        _require_name(self.name)
        if len(self.public_key) != _PUBLIC_KEY_BYTES:
            raise MalformedNote(f"an ed25519 public key has {_PUBLIC_KEY_BYTES} bytes")

    @property
    def key_id(self) -> bytes:
        """The first four bytes of the hash over name, signature type and public key."""
        return sha256(self.name.encode() + b"\n" + bytes([ED25519]) + self.public_key).digest()[:_KEY_ID_BYTES]

    @property
    def vkey(self) -> str:
        """The verifier key: name, key id and public key, joined by plus signs."""
        return f"{self.name}+{self.key_id.hex()}+{to_base64(bytes([ED25519]) + self.public_key)}"

    def verifies(self, text: bytes, signature: bytes) -> bool:
        """Return whether ``signature`` is this key's over ``text``."""
        try:
            Ed25519PublicKey.from_public_bytes(self.public_key).verify(signature, text)
        except InvalidSignature:
            return False
        return True


@dataclass(frozen=True, slots=True)
class Signer:
    """A private key under a name. It never appears in a repr."""

    name: str
    private_key: Ed25519PrivateKey = field(repr=False)

    @property
    def verifier(self) -> Verifier:
        """The public half."""
        return Verifier(self.name, self.private_key.public_key().public_bytes_raw())

    def signature_line(self, text: str) -> str:
        """Return the line that signs ``text``."""
        signature = self.verifier.key_id + self.private_key.sign(text.encode())
        return f"{_LINE_START}{self.name} {to_base64(signature)}\n"


@dataclass(frozen=True, slots=True)
class Signature:
    """One signature line: the key's name and id, and the signature proper."""

    name: str
    key_id: bytes
    value: bytes


@dataclass(frozen=True, slots=True)
class Note:
    """A well-formed note. Nothing of it may be believed before ``open_note`` has verified it."""

    text: str
    signatures: tuple[Signature, ...]


def parse_vkey(vkey: str) -> Verifier:
    """Return the ed25519 key that a verifier key string holds. Raises MalformedNote."""
    name, _, rest = vkey.partition("+")
    key_hash, _, encoded = rest.partition("+")
    try:
        key = from_base64(encoded)
    except ValueError as error:
        raise MalformedNote("the verifier key does not end in base64") from error
    if not key or key[0] != ED25519:
        raise MalformedNote("the verifier key is no ed25519 key")
    verifier = Verifier(name, key[1:])
    if not _KEY_HASH.fullmatch(key_hash) or verifier.key_id.hex() != key_hash:
        raise MalformedNote("the verifier key contradicts its own key id")
    return verifier


def sign_note(text: str, signers: Iterable[Signer]) -> bytes:
    """Return ``text`` as a note signed by every one of ``signers``. Raises MalformedNote when it cannot be a note."""
    _require_text(text)
    lines = "".join(signer.signature_line(text) for signer in signers)
    if not lines:
        raise MalformedNote("a note has at least one signature")
    return f"{text}\n{lines}".encode()


def parse_note(note: bytes) -> Note:
    """Split a note into text and signatures without believing any of it. Raises MalformedNote."""
    if len(note) > MAX_NOTE_BYTES:
        raise MalformedNote(f"the note is larger than {MAX_NOTE_BYTES} bytes")
    try:
        whole = note.decode()
    except UnicodeDecodeError as error:
        raise MalformedNote("the note is not UTF-8") from error
    place = whole.rfind("\n\n")
    if place < 0:
        raise MalformedNote("the note has no blank line before its signatures")
    text, block = whole[: place + 1], whole[place + 2 :]
    _require_text(text)
    lines = block.split("\n")
    if lines.pop() or not lines or len(lines) > MAX_SIGNATURES:
        raise MalformedNote(f"the note does not end in 1 to {MAX_SIGNATURES} signature lines")
    return Note(text, tuple(_parse_line(line) for line in lines))


def open_note(note: bytes, verifiers: Sequence[Verifier]) -> tuple[str, tuple[Verifier, ...]]:
    """Return the text of ``note`` and which of ``verifiers`` signed it; signatures of other keys are ignored.

    Raises MalformedNote; UntrustedNote when none of ``verifiers`` signed it, or a signature of one is wrong.
    """
    parsed = parse_note(note)
    known = {(verifier.name, verifier.key_id): verifier for verifier in verifiers}
    signed_by: dict[Verifier, None] = {}
    for signature in parsed.signatures:
        verifier = known.get((signature.name, signature.key_id))
        if verifier is None:
            continue
        if not verifier.verifies(parsed.text.encode(), signature.value):
            raise UntrustedNote(f"the signature of {verifier.name} does not verify")
        signed_by[verifier] = None
    if not signed_by:
        raise UntrustedNote("the note is signed by none of the known keys")
    return parsed.text, tuple(signed_by)


def _parse_line(line: str) -> Signature:
    name, _, encoded = line.removeprefix(_LINE_START).partition(" ")
    if not line.startswith(_LINE_START):
        raise MalformedNote("a signature line starts with an em dash and a space")
    _require_name(name)
    try:
        value = from_base64(encoded)
    except ValueError as error:
        raise MalformedNote("a signature is not standard base64") from error
    if len(value) <= _KEY_ID_BYTES:
        raise MalformedNote("a signature is too short")
    return Signature(name, value[:_KEY_ID_BYTES], value[_KEY_ID_BYTES:])


def _require_name(name: str) -> None:
    if not name or "+" in name or any(sign.isspace() for sign in name) or _CONTROL.search(name):
        raise MalformedNote("a key name is not empty and has no spaces, plus signs or control characters")


def _require_text(text: str) -> None:
    if not text.endswith("\n") or _CONTROL.search(text):
        raise MalformedNote("the text of a note ends in a newline and has no other control characters")
