"""A file of log entries, one JSON object a line: the lines that a store would keep (rule book, sections 16 and 18)."""

from collections.abc import Callable, Iterable, Iterator
from typing import Any
from uuid import NAMESPACE_URL, UUID, uuid5

import msgspec

from lrs.xapi.batch import MAX_DEPTH, nests_deeper
from lrs.xapi.check import Checked, check
from lrs.xapi.faults import Fault, InvalidStatement
from lrs.xapi.version import Version
from projector.store.exact_json import parse_exactly

Warn = Callable[[int, str], None]
"""Called with the number of a line that is left out, from 1, and the reason."""

_NAMESPACE = uuid5(NAMESPACE_URL, "urn:mastrail:line")


class KeptLines:
    """The entries of ``lines`` in order, numbers as decimals; a statement without an id gets one from its line.

    Left out, each with a warning: what is no JSON object or nests too deep, statements that break a rule of xAPI 1.0.3
    and of 2.0, and statements whose id came before.
    """

    def __init__(self, lines: Iterable[bytes], warn: Warn) -> None:
        self._lines = lines
        self._warn = warn
        self._number = 0

    def __iter__(self) -> Iterator[dict[str, Any]]:
        """Yield the entries, once."""
        seen: set[UUID] = set()
        for number, line in enumerate(self._lines, start=1):
            self._number = number
            if not line.strip():
                continue
            try:
                yield _entry(line.strip(), number, seen)
            except _LeftOut as reason:
                self._warn(number, str(reason))

    def leave_out(self, reason: str) -> None:
        """Warn of the line that was yielded last, which is not taken for another reason."""
        self._warn(self._number, reason)


class _LeftOut(Exception):
    """Why a line is left out."""


def _entry(line: bytes, number: int, seen: set[UUID]) -> dict[str, Any]:
    if nests_deeper(line, MAX_DEPTH):
        raise _LeftOut(f"it nests deeper than {MAX_DEPTH} levels")
    try:
        entry = parse_exactly(line)
    except (msgspec.DecodeError, RecursionError) as error:
        raise _LeftOut("it is not a JSON object") from error
    if not isinstance(entry, dict):
        raise _LeftOut("it is not a JSON object")
    if "entry" in entry:
        return entry
    statement_id = _checked(line).id or uuid5(_NAMESPACE, str(number))
    if statement_id in seen:
        raise _LeftOut("a statement with its id came before")
    seen.add(statement_id)
    return {"id": str(statement_id)} | entry


def _checked(line: bytes) -> Checked:
    """Return the statement checked by the rules of either version; the older one explains what is wrong."""
    first: InvalidStatement | None = None
    for version in (Version.V1_0_3, Version.V2_0_0):
        try:
            return check([line], version)[0]
        except InvalidStatement as refused:
            first = first or refused
    raise _LeftOut("; ".join(map(_said, first.faults if first else ())))


def _said(fault: Fault) -> str:
    rule = f" [{fault.rule}]" if fault.rule else ""
    return f"{fault.pointer}: {fault.message}{rule}" if fault.pointer else f"{fault.message}{rule}"
