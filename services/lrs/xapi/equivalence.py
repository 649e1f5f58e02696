"""Whether two statements say the same, leaving out what a record store may change (Data 2.3.1).

Left out: authority, stored, version and attachments; id and timestamp where one side has none; Activity definitions
and Verb displays; the order of Group members; a single context Activity against an array of one; the time zone of a
timestamp and what lies beyond its millisecond; what lies beyond 0.01 s of a duration (Data 4.6.s1.b5); letter case in
UUIDs, hashes, language tags and the host of an address; an objectType that is only the default.
"""

import re
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

import orjson

from lrs.xapi.terms import agent_identifier
from lrs.xapi.timestamps import read_timestamp

_LEFT_OUT = frozenset({"authority", "stored", "version"})
_ASSIGNED_IF_ABSENT = ("id", "timestamp")
_SECONDS = re.compile(r"([0-9]+(?:[.,][0-9]+)?)S$")


def equivalent(a: bytes | Mapping[str, Any], b: bytes | Mapping[str, Any]) -> bool:
    """Return whether the valid statements ``a`` and ``b`` match (Data 2.3.1.s9)."""
    first, second = _statement(a), _statement(b)
    for key in _ASSIGNED_IF_ABSENT:
        if key not in first or key not in second:
            first.pop(key, None)
            second.pop(key, None)
    return _same(first, second)


def _statement(source: bytes | Mapping[str, Any]) -> dict[str, Any]:
    body: Mapping[str, Any] = orjson.loads(source) if isinstance(source, bytes) else source
    return _part({key: value for key, value in body.items() if key not in _LEFT_OUT})


def _part(part: Mapping[str, Any]) -> dict[str, Any]:
    """Return a statement or SubStatement in the form in which equal ones are equal."""
    plain = {key: value for key, value in part.items() if key != "attachments"}
    plain["actor"] = _agent(part["actor"])
    plain["verb"] = part["verb"]["id"]
    plain["object"] = _object(part["object"])
    if "id" in part:
        plain["id"] = part["id"].lower()
    if "timestamp" in part:
        plain["timestamp"] = _instant(part["timestamp"])
    if "context" in part:
        plain["context"] = _context(part["context"])
    if "duration" in part.get("result", {}):
        plain["result"] = {**part["result"], "duration": _duration(part["result"]["duration"])}
    return plain


def _object(target: Mapping[str, Any]) -> Any:
    kind = target.get("objectType", "Activity")
    if kind == "Activity":
        return _activity(target)
    if kind == "StatementRef":
        return ["StatementRef", target["id"].lower()]
    return _part(target) if kind == "SubStatement" else _agent(target)


def _activity(activity: Mapping[str, Any]) -> list[str]:
    return ["Activity", activity["id"]]


def _agent(agent: Mapping[str, Any]) -> list[Any]:
    members = sorted((_agent(member) for member in agent.get("member", ())), key=orjson.dumps)
    return [agent.get("objectType", "Agent"), agent_identifier(agent), agent.get("name"), members]


def _context(context: Mapping[str, Any]) -> dict[str, Any]:
    plain = dict(context)
    for key in ("registration", "language"):
        if key in context:
            plain[key] = context[key].lower()
    for key in ("instructor", "team"):
        if key in context:
            plain[key] = _agent(context[key])
    if "statement" in context:
        plain["statement"] = context["statement"]["id"].lower()
    for key, inner in (("contextAgents", "agent"), ("contextGroups", "group")):
        if key in context:
            plain[key] = [{**entry, inner: _agent(entry[inner])} for entry in context[key]]
    if "contextActivities" in context:
        plain["contextActivities"] = {
            key: [_activity(activity) for activity in (value if isinstance(value, list) else [value])]
            for key, value in context["contextActivities"].items()
        }
    return plain


def _instant(text: str) -> int:
    moment = read_timestamp(text)
    return int(moment.replace(microsecond=0).timestamp()) * 1000 + moment.microsecond // 1000


def _duration(text: str) -> str:
    """Return ``text`` with its seconds cut to hundredths; nothing else is converted (Data 2.3.1.b8)."""
    found = _SECONDS.search(text)
    if found is None:
        return text
    hundredths = int(Decimal(found.group(1).replace(",", ".")) * 100)
    return f"{text[: found.start()]}{hundredths}"


def _same(a: Any, b: Any) -> bool:
    """Return whether two JSON values are equal; unlike ``==``, true is not 1."""
    if isinstance(a, dict) and isinstance(b, dict):
        return a.keys() == b.keys() and all(_same(value, b[key]) for key, value in a.items())
    if isinstance(a, list) and isinstance(b, list):
        return len(a) == len(b) and all(map(_same, a, b))
    return bool(isinstance(a, bool) == isinstance(b, bool) and a == b)
