"""Reads ``tests/vectors/mastery/*.yaml``: worked cases of the rule book, each naming the sentence that it proves.

A file is a list of cases. ``section`` and ``rule`` name the sentence; ``policies`` are changes of the plain policy of
``engine_lines`` (a list replaces, ``null`` leaves out); ``lines`` are entries, statements in the short form
``{id, score, day, ..}`` where ``day`` counts from New Year 2026 (``stored_day`` too), ``by`` the name of the learner and
``object`` the last part of the activity. ``events`` are the names of the events by line, ``times`` those of some of
them, ``states`` what is expected of the final states, by ``person competency`` or ``person`` alone, ``left_out`` the
JSON pointers of the lines that a store would not take.
"""

from decimal import Decimal
from pathlib import Path
from typing import Any

import yaml

from projector.mastery.canonical import plain
from unit.projector.mastery.engine_lines import RULE, SCORED, day, policy, statement_id, voiding

FOLDER = Path(__file__).parents[3] / "vectors" / "mastery"
BASE = "https://a.example/"


def cases() -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    for file in sorted(FOLDER.glob("[0-9]*.yaml")):
        for place, case in enumerate(yaml.load(file.read_text(encoding="utf-8"), Loader=yaml.CSafeLoader)):
            found.append({**case, "name": f"{file.stem}-{place}"})
    return found


def agent(name: str) -> dict[str, str]:
    return {"mbox": f"mailto:{name}@a.example"}


def instant(value: Any) -> Any:
    """Day 40.5 of the year at noon, or the text as it is."""
    if not isinstance(value, int | float):
        return value
    whole = int(value)
    seconds = round((value - whole) * 86_400)
    return day(whole).replace("00:00:00", f"{seconds // 3600:02d}:{seconds // 60 % 60:02d}:{seconds % 60:02d}")


def _statement(line: dict[str, Any]) -> dict[str, Any]:
    statement: dict[str, Any] = {
        "id": statement_id(line["id"]),
        "actor": line.get("actor") or agent(line.get("by", "ana")),
        "verb": {"id": line.get("verb", SCORED)},
        "object": line["target"] if "target" in line else {"id": BASE + line.get("object", "exam")},
        "timestamp": instant(line["day"]),
    }
    if "stored_day" in line:
        statement["stored"] = instant(line["stored_day"])
    result = dict(plain(line.get("result", {})))
    if "score" in line:
        result["score"] = {"scaled": Decimal(str(line["score"]))}
    if result:
        statement["result"] = result
    context = dict(line.get("context", {}))
    if "registration" in line:
        context["registration"] = statement_id(line["registration"])
    if "instructor" in line:
        context["instructor"] = agent(line["instructor"])
    if context:
        statement["context"] = context
    if "authority" in line:
        named = line["authority"]
        statement["authority"] = agent(named) if isinstance(named, str) else named
    return statement


def _entry(line: dict[str, Any]) -> dict[str, Any]:
    people = ("survivor", "merged", "from", "identifier", "authority", "person")
    entry = {name: agent(value) if name in people and isinstance(value, str) else value for name, value in line.items()}
    for name in ("now", "recorded", "effectiveFrom"):
        if name in entry:
            entry[name] = instant(entry[name])
    if isinstance(entry.get("competency"), str):
        entry["competency"] = BASE + entry["competency"]
    if "policy" in entry:
        entry["policy"] = document(entry["policy"])
    return entry


def line_of(line: dict[str, Any]) -> dict[str, Any]:
    if "entry" in line:
        return _entry(line)
    if "void" in line:
        return voiding(line["id"], line["void"], instant(line["day"]))
    return _statement(line)


def document(changes: dict[str, Any]) -> dict[str, Any]:
    """A policy of the case: ``competency`` and ``id`` by their last part, each rule on top of the plain one."""
    changes = dict(changes)
    name = changes.get("competency", "c")
    changes["competency"] = BASE + name
    changes["id"] = BASE + "policy-" + name
    if "effectiveFrom" in changes:
        changes["effectiveFrom"] = instant(changes["effectiveFrom"])
    if isinstance(changes.get("evidence"), list):
        changes["evidence"] = [_rule(rule) for rule in changes["evidence"]]
    elif "evidence" not in changes:
        changes["evidence"] = [_rule({"object": "exam" if name == "c" else f"exam-{name}"})]
    if isinstance(changes.get("method"), str):
        changes["method"] = {"type": changes["method"]}
    return policy(**_expanded(changes))


def _rule(rule: dict[str, Any]) -> dict[str, Any]:
    rule = dict(rule)
    match = rule.pop("match", None) or {"verb": [SCORED], "activity": [BASE + rule.get("object", "exam")]}
    rule.pop("object", None)
    return {**RULE, **rule, "match": match}


def _expanded(value: Any) -> Any:
    """The competencies named inside prerequisites, roll-ups and trust by their last part become IRIs."""
    if isinstance(value, list):
        return [_expanded(one) for one in value]
    if not isinstance(value, dict):
        return value
    return {
        name: BASE + one if name == "competency" and isinstance(one, str) and ":" not in one else _expanded(one)
        for name, one in value.items()
    }


def aliases(changes: dict[str, Any]) -> dict[str, Any]:
    plain = {"apiVersion": "mastrail/v1", "kind": "Aliases", "id": BASE + "aliases", "version": "1.0.0"}
    return {**plain, **changes, "effectiveFrom": instant(changes.get("effectiveFrom", 1))}


def credential_rule(changes: dict[str, Any]) -> dict[str, Any]:
    plain = {
        "apiVersion": "mastrail/v1",
        "kind": "CredentialRule",
        "id": BASE + "credential",
        "version": "1.0.0",
        "title": "Licence",
    }
    return _expanded({**plain, **changes, "effectiveFrom": instant(changes.get("effectiveFrom", 1))})


def role(changes: dict[str, Any]) -> dict[str, Any]:
    plain = {
        "apiVersion": "mastrail/v1",
        "kind": "Role",
        "id": BASE + "role",
        "version": "1.0.0",
        "title": "Role",
        "effectiveFrom": "2026-01-01T00:00:00Z",
    }
    return _expanded({**plain, **changes})
