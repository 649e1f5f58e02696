"""Check a batch of statements, all or nothing, and name every fault of every one (Data 2.2, Communication 2.1.2).

Many statements are parsed, matched with the schema and searched for doubled properties together, since nearly every
batch is without a fault. Where it is not, each statement is looked at by itself.
"""

import json
from collections.abc import Iterator, Sequence
from typing import Any
from uuid import UUID

import msgspec
import orjson

from lrs.xapi.explain import MAX_FAULTS, explain
from lrs.xapi.faults import Fault, InvalidStatement
from lrs.xapi.rules import broken_rules
from lrs.xapi.schema import fast_validator, fast_validator_of_all
from lrs.xapi.version import Version

_TOGETHER = 64  # a longer call would keep other threads waiting


class Checked(msgspec.Struct, frozen=True, gc=False):
    """A statement that follows every rule: the bytes as received, the parsed body, and its id if it came with one."""

    received: bytes
    body: dict[str, Any]
    id: UUID | None


def check(raws: Sequence[bytes], version: Version) -> list[Checked]:
    """Return the checked statements, in order.

    Raises InvalidStatement with every fault of every statement when a single one breaks a rule, when two of them have
    the same id, or when one is not well-formed JSON. After MAX_FAULTS the rest of the batch is not looked at.
    """
    checked: list[Checked] = []
    faults: list[Fault] = []
    seen: set[UUID] = set()
    for index, outcome in enumerate(_outcomes(raws, version)):
        if not isinstance(outcome, Checked):
            faults.extend(outcome)
            if len(faults) >= MAX_FAULTS:
                faults.append(Fault(f"the batch has {MAX_FAULTS} faults or more; what follows was not checked"))
                break
            continue
        if outcome.id is not None and outcome.id in seen:
            faults.append(Fault("id is used twice in the batch", "/id", "Communication 2.1.2.s2.b6", index))
        if outcome.id is not None:
            seen.add(outcome.id)
        checked.append(outcome)
    if faults:
        raise InvalidStatement(_summary(faults), faults)
    return checked


def must_have_id(checked: Checked, statement_id: UUID) -> None:
    """Refuse a PUT whose body carries another id than its statementId parameter (Communication 2.1.1.s3.b3)."""
    if checked.id is not None and checked.id != statement_id:
        message = "id is not the statementId of the request"
        raise InvalidStatement(message, [Fault(message, "/id", "Communication 2.1.1.s3.b3", 0)])


def uses_a_key_twice(raw: bytes, body: Any) -> bool:
    r"""Return whether an object in the JSON text ``raw``, parsed as ``body``, names a property twice (Data 2.2.s2.b2).

    The parsed value, written out again, has as many quotes as the text unless a property was dropped from it, because
    a quote inside a string is escaped in both; only the escape ``\u0022`` hides one. When the numbers differ, the text
    is read a second time, object by object.
    """
    if not _may_use_a_key_twice(raw, body):
        return False
    repeated = False

    def collect(pairs: list[tuple[str, Any]]) -> None:
        nonlocal repeated
        repeated = repeated or len({key for key, _ in pairs}) < len(pairs)

    json.loads(raw, object_pairs_hook=collect)
    return repeated


def _may_use_a_key_twice(raw: bytes, body: Any) -> bool:
    written = orjson.dumps(body)
    if written == raw:
        return False
    return raw.count(b'"') != written.count(b'"') or (b"\\" in raw and b"\\u0022" in raw)


def _outcomes(raws: Sequence[bytes], version: Version) -> Iterator[Checked | list[Fault]]:
    for start in range(0, len(raws), _TOGETHER):
        some = raws[start : start + _TOGETHER]
        bodies = _parse_together(some, version)
        for index, raw in enumerate(some, start):
            body = _parse(raw, version, index) if bodies is None else bodies[index - start]
            yield body if isinstance(body, list) else _check_rules(raw, body, version, index)


def _parse_together(raws: Sequence[bytes], version: Version) -> list[dict[str, Any]] | None:
    """Return the parsed statements, or None when one of them may be malformed in some way."""
    text = b"[" + b",".join(raws) + b"]"
    try:
        bodies: list[dict[str, Any]] = orjson.loads(text)
    except orjson.JSONDecodeError:
        return None
    # The text of one statement may hold two of them, as it came.
    is_sound = len(bodies) == len(raws) and fast_validator_of_all(version, "statement")(bodies)
    return bodies if is_sound and not _may_use_a_key_twice(text, bodies) else None


def _parse(raw: bytes, version: Version, index: int) -> dict[str, Any] | list[Fault]:
    """Return the parsed statement, or what is wrong with its form."""
    try:
        body: dict[str, Any] = orjson.loads(raw)
    except orjson.JSONDecodeError as error:
        return [Fault(f"the statement is not well-formed JSON ({error.msg})", rule="Data 2.2", statement_index=index)]
    if not fast_validator(version, "statement")(body):
        refused = Fault("the statement does not match its schema", rule="Data 2.4", statement_index=index)
        return explain(version, "statement", body, index) or [refused]
    if uses_a_key_twice(raw, body):
        message = "a property is used twice in one object"
        return [Fault(message, rule="Data 2.2.s2.b2", statement_index=index)]
    return body


def _check_rules(raw: bytes, body: dict[str, Any], version: Version, index: int) -> Checked | list[Fault]:
    faults = broken_rules(body, version, index)
    return faults or Checked(raw, body, msgspec.convert(body["id"], UUID) if "id" in body else None)


def _summary(faults: Sequence[Fault]) -> str:
    first = faults[0]
    if len(faults) == 1:
        return first.message
    return f"{first.message} (and {len(faults) - 1} more faults)"
