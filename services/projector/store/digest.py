"""One hash over everything that a projection answers: equal hashes mean byte-identical states and events."""

from hashlib import sha256

from projector.store.projection import Snapshot

_PAGE = 1000


def projection_hash(snapshot: Snapshot) -> str:
    """Return the SHA-256 (hex) over all states by person and competency, then all events in order.

    Every part is preceded by its length, so that no two contents can run together into the same bytes.
    """
    digest = sha256(b"mastrail-projection/v1\n")
    for row in snapshot.states():
        for part in (row["person_id"].encode(), row["competency"].encode(), bytes(row["body"])):
            digest.update(len(part).to_bytes(8, "big") + part)
    seq, last = 0, snapshot.last_seq()
    while seq < last:
        for event in snapshot.events(seq, _PAGE):
            seq = event.seq
            part = bytes(event.body)
            digest.update(seq.to_bytes(8, "big") + len(part).to_bytes(8, "big") + part)
    return digest.hexdigest()
