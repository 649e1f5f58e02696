"""Lines of a file made entries: split, checked and completed as the statements of a request are, without a store.

Helping processes do this for ``mastrail.importing``, so what goes in and comes out is made of plain columns.
"""

from collections import deque
from collections.abc import Mapping, Sequence
from hashlib import sha256
from typing import NamedTuple
from uuid import NAMESPACE_URL, UUID, uuid5

import msgspec

from lrs.ingest.credentials import DEFAULT_ISSUER
from lrs.ingest.statements import Preparation, Sender
from lrs.log.entry import STATEMENT_STORED, NewEntry, SideRow, StatementIndex
from lrs.xapi.faults import Fault, InvalidRequest
from lrs.xapi.version import Version
from mastrail.shell import utc_now

AUTHORITY: Mapping[str, object] = {
    "objectType": "Agent",
    "account": {"homePage": DEFAULT_ISSUER, "name": "import"},
}
_NAMESPACE = uuid5(NAMESPACE_URL, "urn:mastrail:import")


class Prepared(NamedTuple):
    """The entries of a batch by columns; none, but ``faults``, when a line is refused."""

    ids: bytes = b""
    payloads: Sequence[bytes] = ()
    indexes: Sequence[StatementIndex | None] = ()
    side_rows: Sequence[tuple[SideRow, ...]] = ()
    faults: Sequence[Fault] | None = None

    def entries(self) -> list[NewEntry]:
        """Return the entries."""
        ids = (UUID(bytes=self.ids[place : place + 16]) for place in range(0, len(self.ids), 16))
        columns = zip(ids, self.payloads, self.indexes, self.side_rows, strict=True)
        return [NewEntry(made, STATEMENT_STORED, payload, index, rows) for made, payload, index, rows in columns]


class Preparer:
    """Makes entries of lines. A statement without an id gets one made from its bytes: it is the same the next time."""

    def __init__(self, version: Version) -> None:
        self._ids: deque[UUID] = deque()
        self._preparation = Preparation(now=utc_now, new_id=self._ids.popleft)
        self._sender = Sender(AUTHORITY, version)

    def __call__(self, lines: Sequence[bytes]) -> Prepared:
        """Return the entries of ``lines``, which are JSON objects, or the faults for which none of them is stored."""
        self._ids.clear()
        self._ids.extend(uuid5(_NAMESPACE, sha256(line).hexdigest()) for line in lines if not id_of(line))
        try:
            entries = self._preparation.prepare(b"[" + b",".join(lines) + b"]", self._sender)
        except InvalidRequest as refusal:
            return Prepared(faults=refusal.faults)
        return Prepared(
            b"".join(entry.entry_id.bytes for entry in entries),
            [entry.payload for entry in entries],
            [entry.indexed for entry in entries],
            [entry.side_rows for entry in entries],
        )


class _Head(msgspec.Struct):
    id: msgspec.Raw = msgspec.Raw()


_head = msgspec.json.Decoder(_Head)


def id_of(line: bytes) -> bytes:
    """Return the id of a JSON object as it is written, empty when it has none.

    Raises msgspec.DecodeError or RecursionError when the line is no JSON object.
    """
    return bytes(_head.decode(line).id)
