"""Verify that an entry is in the log of a Mastrail server, trusting nothing but a verifier key.

    python verify_proof.py http://127.0.0.1:8080 INDEX [VERIFIER_KEY]

It uses the standard library and `cryptography`, and no code of Mastrail: RFC 6962 hashing, C2SP signed-note,
tlog-checkpoint, tlog-tiles and tlog-proof. Without VERIFIER_KEY it asks the server for one, which shows that the
server agrees with itself; take the key from somewhere else for more.
"""

import base64
import http.client
import sys
from hashlib import sha256
from urllib.parse import urlsplit

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

PROOF_FORM = "c2sp.org/tlog-proof@v1"
TILE_WIDTH = 256
ED25519 = 1


def main() -> int:
    """Fetch, verify, and say what was verified."""
    server, index = sys.argv[1], int(sys.argv[2])
    key = sys.argv[3] if len(sys.argv) > 3 else fetch(server, "/log/vkey").decode().strip()  # noqa: PLR2004
    siblings, checkpoint = read_proof(fetch(server, f"/log/proof/{index}").decode(), index)
    size, root = open_checkpoint(checkpoint, key)
    entry = fetch_entry(server, index, size)
    if root_from(index, size, sha256(b"\x00" + entry).digest(), siblings) != root:
        sys.exit("the proof does not lead to the signed root")
    sys.stdout.write(f"entry {index} is one of the {size} entries signed as {key.partition('+')[0]}:\n{entry.decode()}")
    return 0


def fetch(server: str, path: str) -> bytes:
    """Return the body of a page."""
    parts = urlsplit(server)
    kind = http.client.HTTPSConnection if parts.scheme == "https" else http.client.HTTPConnection
    connection = kind(parts.hostname or "", parts.port, timeout=30)
    connection.request("GET", path)
    answer = connection.getresponse()
    body = answer.read()
    if answer.status != http.HTTPStatus.OK:
        sys.exit(f"{path}: {answer.status}")
    return body


def read_proof(text: str, index: int) -> tuple[list[bytes], str]:
    """Return the sibling hashes, leaf sibling first, and the checkpoint."""
    head, _, checkpoint = text.partition("\n\n")
    form, said_index, *hashes = head.split("\n")
    if form != PROOF_FORM or said_index != f"index {index}":
        sys.exit("this is not the proof that was asked for")
    return [base64.b64decode(line, validate=True) for line in hashes], checkpoint


def open_checkpoint(note: str, verifier_key: str) -> tuple[int, bytes]:
    """Return size and root of a checkpoint, once the signature of ``verifier_key`` is verified."""
    name, _, rest = verifier_key.partition("+")
    key_id, _, encoded = rest.partition("+")
    kind, public = base64.b64decode(encoded)[0], base64.b64decode(encoded)[1:]
    text, _, signatures = note.partition("\n\n")
    text += "\n"
    for line in signatures.splitlines():
        dash, signer, signature = line.split(" ")
        signed = base64.b64decode(signature, validate=True)
        if dash == "\u2014" and signer == name and signed[:4].hex() == key_id and kind == ED25519:
            Ed25519PublicKey.from_public_bytes(public).verify(signed[4:], text.encode())  # raises if it is false
            origin, size, root = text.split("\n")[:3]
            if origin == name:
                return int(size), base64.b64decode(root, validate=True)
    return sys.exit("no signature of this key is on the checkpoint")


def fetch_entry(server: str, index: int, size: int) -> bytes:
    """Return the entry from the bundle of 256 that it lies in; the last bundle has fewer."""
    number, place = divmod(index, TILE_WIDTH)
    width = min(TILE_WIDTH, size - number * TILE_WIDTH)
    groups = []
    while number or not groups:
        number, low = divmod(number, 1000)
        groups.insert(0, f"x{low:03}" if groups else f"{low:03}")
    partial = "" if width == TILE_WIDTH else f".p/{width}"
    bundle = fetch(server, f"/log/tile/entries/{'/'.join(groups)}{partial}")
    for _ in range(place):
        bundle = bundle[2 + int.from_bytes(bundle[:2], "big") :]
    return bundle[2 : 2 + int.from_bytes(bundle[:2], "big")]


def root_from(index: int, size: int, leaf: bytes, siblings: list[bytes]) -> bytes:
    """Return the root that an inclusion proof leads to (RFC 9162, 2.1.3.2)."""
    at, last, hash_ = index, size - 1, leaf
    for sibling in siblings:
        if last == 0:
            sys.exit("the proof is too long")
        if at & 1 or at == last:
            hash_ = sha256(b"\x01" + sibling + hash_).digest()
            while not at & 1 and at:
                at, last = at >> 1, last >> 1
        else:
            hash_ = sha256(b"\x01" + hash_ + sibling).digest()
        at, last = at >> 1, last >> 1
    if last:
        sys.exit("the proof is too short")
    return hash_


if __name__ == "__main__":
    sys.exit(main())
