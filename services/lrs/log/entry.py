"""The values that go into the log and come out of it.

Those that are made for each statement are of the kind that is made fastest; none is part of a cycle.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

import msgspec

STATEMENT_STORED = "xapi.statement.stored.v1"


Term = tuple[str, str]
"""One way in which a statement is found: a kind such as ``verb`` and the exact value asked for."""


class StatementIndex(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """What the index needs of one statement; extracted once, in the walk that checks it.

    ``refers_to`` is the statement that a StatementRef object names; ``voids`` repeats it when the verb is voided.
    ``own_terms`` find this statement alone: they are not handed on to those that refer to it.
    ``defines`` says whether its sender may change what is known of Activities and Agents (Communication 4.2).
    ``is_derivable`` says that ``lrs.xapi.terms.index`` finds these ``terms`` in the payload, so that no copy is kept.
    """

    terms: tuple[Term, ...]
    refers_to: UUID | None = None
    voids: UUID | None = None
    own_terms: tuple[Term, ...] = ()
    defines: bool = True
    is_derivable: bool = False


@dataclass(frozen=True, slots=True)
class SideRow:
    """A row written in the transaction of its entry: the name of a query and its parameters.

    The recorder adds the parameters ``position`` and ``recorded`` (microseconds since 1970, UTC).
    """

    query: str
    parameters: Mapping[str, object]


class NewEntry(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """A fact to be appended. ``entry_id`` is unique in the log: the statement id of a statement."""

    entry_id: UUID
    topic: str
    payload: bytes
    indexed: StatementIndex | None = None
    side_rows: tuple[SideRow, ...] = ()


class HashedIndex(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """A ``StatementIndex`` as one store keeps it: the hashes of ``lrs.log.terms`` in place of terms."""

    terms: tuple[int, ...]
    refers_to: UUID | None
    voids: UUID | None
    own_terms: tuple[int, ...]
    defines: bool
    is_derivable: bool


class HashedEntry(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """A ``NewEntry`` as one store appends it."""

    entry_id: UUID
    topic: str
    payload: bytes
    indexed: HashedIndex | None = None
    side_rows: tuple[SideRow, ...] = ()


class LogEntry(NamedTuple):
    """A fact in the log.

    ``position`` is 1-based and increases along the log; ``recorded`` (UTC, microseconds) never decreases along it.
    ``payload`` is the opened content, ``blob`` the stored bytes exactly as they lie in the database.
    """

    position: int
    entry_id: UUID
    topic: str
    recorded: datetime
    payload: bytes
    blob: bytes


@dataclass(frozen=True, slots=True)
class Receipt:
    """What an append returns once it is durable: the position of each entry and the time they were recorded."""

    positions: tuple[int, ...]
    recorded: datetime
