"""The notary's keys: made once, kept in files that only their owner can read, and never shown."""

import os
import secrets
from dataclasses import dataclass, field
from pathlib import Path

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from projector.notary.core.faults import NotaryFault
from projector.notary.core.note import Signer

SIGNING_KEY_FILE = "notary-signing.pem"
DATA_KEY_FILE = "notary-data.key"
_DATA_KEY_BYTES = 32
_OTHERS = 0o077


class UnusableKeys(NotaryFault):
    """A key file is lost, open to others, or holds no key."""


@dataclass(frozen=True, slots=True)
class NotaryKeys:
    """The key that signs checkpoints, and the 32-byte key that the commitments of all facts are salted from."""

    signing_key: Ed25519PrivateKey = field(repr=False)
    data_key: bytes = field(repr=False)

    def vkey(self, origin: str) -> str:
        """Return the verifier key of the log ``origin``, to be handed to strangers."""
        return Signer(origin, self.signing_key).verifier.vkey


def load_or_create_keys(folder: Path) -> NotaryKeys:
    """Return the keys in ``folder``, which are made when neither is there.

    Raises UnusableKeys when the signing key is there without the data key, or a file is open to others or damaged.
    """
    folder.mkdir(parents=True, exist_ok=True)
    data_path, signing_path = folder / DATA_KEY_FILE, folder / SIGNING_KEY_FILE
    if signing_path.exists() and not data_path.exists():
        raise UnusableKeys(f"{DATA_KEY_FILE} is lost: the commitments in the log rest on it; restore it from a backup")
    if not data_path.exists():
        _create(data_path, secrets.token_bytes(_DATA_KEY_BYTES).hex().encode("ascii") + b"\n")
    if not signing_path.exists():
        _create(signing_path, _to_pem(Ed25519PrivateKey.generate()))
    return NotaryKeys(_parse_signing_key(_read_private(signing_path)), _parse_data_key(_read_private(data_path)))


def _to_pem(key: Ed25519PrivateKey) -> bytes:
    return key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )


def _create(path: Path, content: bytes) -> None:
    """Create ``path`` whole or not at all; when another process was first, its file stays."""
    unfinished = path.with_name(f"{path.name}.{os.getpid()}.tmp")
    handle = os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        _link_unless_there(unfinished, path)
    finally:
        unfinished.unlink()
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


def _link_unless_there(unfinished: Path, path: Path) -> None:
    try:
        path.hardlink_to(unfinished)
    except FileExistsError:
        return


def _read_private(path: Path) -> bytes:
    if path.stat().st_mode & _OTHERS:
        raise UnusableKeys(f"{path.name} can be read by others; give it mode 0600")
    return path.read_bytes()


def _parse_signing_key(content: bytes) -> Ed25519PrivateKey:
    try:
        key = serialization.load_pem_private_key(content, password=None)
    except (ValueError, TypeError):
        raise UnusableKeys(f"{SIGNING_KEY_FILE} holds no private key") from None
    if not isinstance(key, Ed25519PrivateKey):
        raise UnusableKeys(f"{SIGNING_KEY_FILE} holds no ed25519 key")
    return key


def _parse_data_key(content: bytes) -> bytes:
    try:
        key = bytes.fromhex(content.decode("ascii"))
    except ValueError:
        key = b""
    if len(key) != _DATA_KEY_BYTES:
        raise UnusableKeys(f"{DATA_KEY_FILE} holds no {_DATA_KEY_BYTES}-byte key in hexadecimal")
    return key
