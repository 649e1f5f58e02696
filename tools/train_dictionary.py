"""Train the compression dictionary of the package from statements that are made up here, and write it to a file.

A dictionary that was published is never changed: a better one gets the next number, its SHA-256 in
``lrs.log.dictionaries``, and is what new payloads are compressed with.

    python tools/train_dictionary.py services/lrs/log/zstd/2.dict
"""

import hashlib
import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any
from uuid import UUID

import zstandard

STATEMENTS = 6_000
DICTIONARY_BYTES = 24 * 1024

ADL = "http://adlnet.gov/expapi/verbs/"
VIDEO = "https://w3id.org/xapi/video/"
CMI5 = "https://w3id.org/xapi/cmi5/context/"
_ADL_VERBS = """
    answered asked attempted attended commented completed exited experienced failed imported initialized interacted
    launched mastered passed preferred progressed registered responded resumed scored shared suspended terminated
"""
VERBS = {
    **dict.fromkeys(_ADL_VERBS.split(), ADL),
    **dict.fromkeys(("abandoned", "satisfied", "waived"), "https://w3id.org/xapi/adl/verbs/"),
    **dict.fromkeys(("played", "paused", "seeked"), f"{VIDEO}verbs/"),
    **dict.fromkeys(("viewed", "rated", "downloaded"), "http://id.tincanapi.com/verb/"),
    **dict.fromkeys(("submit", "like", "open", "join"), "http://activitystrea.ms/schema/1.0/"),
}
_ADL_ACTIVITIES = """
    assessment attempt course file interaction lesson link media meeting module objective performance profile question
    simulation
"""
ACTIVITY_TYPES = [
    *(f"http://adlnet.gov/expapi/activities/{name}" for name in _ADL_ACTIVITIES.split()),
    "https://w3id.org/xapi/cmi5/activitytype/block",
    "https://w3id.org/xapi/cmi5/activitytype/course",
    "https://w3id.org/xapi/video/activity-type/video",
    "http://activitystrea.ms/schema/1.0/page",
    "http://id.tincanapi.com/activitytype/category",
    "http://id.tincanapi.com/activitytype/source",
]
CATEGORIES = [
    "https://w3id.org/xapi/cmi5/context/categories/cmi5",
    "https://w3id.org/xapi/cmi5/context/categories/moveon",
    "https://w3id.org/xapi/video",
    "https://w3id.org/xapi/scorm",
]
INTERACTIONS = [
    "choice",
    "true-false",
    "fill-in",
    "long-fill-in",
    "matching",
    "sequencing",
    "likert",
    "numeric",
    "other",
]
LANGUAGES = ["en-US", "en", "en-GB", "de-DE", "de", "fr-FR", "fr", "es", "und"]
AUTHORITY = (
    ',"authority":{"objectType":"Agent","account":{"homePage":"https://mastrail.invalid/credentials","name":"%s"}}'
    ',"version":"%s"}'
)


class Chance:
    """Numbers that are the same in each run and look like chance."""

    def __init__(self) -> None:
        self._taken = 0

    def bytes(self) -> bytes:
        """Return 16 bytes."""
        self._taken += 1
        return hashlib.blake2b(self._taken.to_bytes(8, "big"), digest_size=16).digest()

    def below(self, limit: int) -> int:
        """Return a number from 0 to ``limit`` - 1."""
        return int.from_bytes(self.bytes()[:6], "big") % limit

    def one(self, choices: Sequence[Any]) -> Any:
        """Return one of ``choices``."""
        return choices[self.below(len(choices))]

    def often(self, percent: int) -> bool:
        """Return true in so many of a hundred cases."""
        return self.below(100) < percent

    def uuid(self) -> str:
        """Return an id."""
        return str(UUID(bytes=self.bytes(), version=4))

    def word(self) -> str:
        """Return a made-up word."""
        return "".join(self.one("bdfgklmnprstvw") + self.one("aeiou") for _ in range(2 + self.below(3)))


def statement(chance: Chance) -> dict[str, Any]:
    """Return a made-up statement; its members come in one of the orders that clients use."""
    verb = chance.one(list(VERBS))
    parts: dict[str, Any] = {
        "id": chance.uuid(),
        "timestamp": _time(chance),
        "actor": _agent(chance, 80),
        "verb": {"id": VERBS[verb] + verb, "display": {chance.one(LANGUAGES): verb}},
        "object": _object(chance, verb),
    }
    if chance.often(60):
        parts["result"] = _result(chance, verb)
    if chance.often(85):
        parts["context"] = _context(chance)
    if chance.often(30):
        parts["version"] = chance.one(["1.0.0", "1.0.3", "2.0.0"])
    order = list(parts)
    if chance.often(50):
        order.sort(
            key=lambda name: ["actor", "verb", "object"].index(name) if name in ("actor", "verb", "object") else 3
        )
    return {name: parts[name] for name in order}


def _time(chance: Chance) -> str:
    date = f"20{20 + chance.below(10)}-{1 + chance.below(12):02}-{1 + chance.below(28):02}"
    clock = f"{chance.below(24):02}:{chance.below(60):02}:{chance.below(60):02}"
    fraction = chance.one(["", f".{chance.below(1000):03}", f".{chance.below(1000000):06}"])
    return f"{date}T{clock}{fraction}{chance.one(['Z', 'Z', '+00:00', '+02:00'])}"


def _agent(chance: Chance, typed: int) -> dict[str, Any]:
    name = f"{chance.word().title()} {chance.word().title()}"
    made: dict[str, Any] = {"objectType": "Agent"} if chance.often(typed) else {}
    if chance.often(50):
        made["name"] = name
    if chance.often(50):
        made["mbox"] = (
            f"mailto:{chance.word()}.{chance.word()}@{chance.one(['example.com', 'example.org', 'example.edu'])}"
        )
    else:
        home = f"https://{chance.one(['lms', 'www', 'learn', 'moodle'])}.example.{chance.one(['com', 'org', 'edu'])}"
        made["account"] = {
            "homePage": home,
            "name": chance.one([chance.uuid(), str(chance.below(100_000)), chance.word()]),
        }
    return made


def _activity(chance: Chance, described: int) -> dict[str, Any]:
    path = f"{chance.one(['course', 'module', 'quiz', 'activities', 'mod/page'])}/{chance.below(1000)}"
    made: dict[str, Any] = {"objectType": "Activity"} if chance.often(70) else {}
    made["id"] = f"{chance.one(['https', 'http'])}://{chance.one(['lms', 'www', 'learn'])}.example.com/{path}"
    if chance.often(described):
        language = chance.one(LANGUAGES)
        made["definition"] = {
            "type": chance.one(ACTIVITY_TYPES),
            "name": {language: " ".join(chance.word() for _ in range(3))},
            **({"description": {language: " ".join(chance.word() for _ in range(6))}} if chance.often(50) else {}),
        }
    return made


def _object(chance: Chance, verb: str) -> dict[str, Any]:
    if verb in ("commented", "shared", "imported") and chance.often(30):
        return {"objectType": "StatementRef", "id": chance.uuid()}
    made = _activity(chance, 85)
    if verb in ("answered", "responded", "interacted") and "definition" in made:
        kind = chance.one(INTERACTIONS)
        made["definition"] |= {
            "type": "http://adlnet.gov/expapi/activities/cmi.interaction",
            "interactionType": kind,
            "correctResponsesPattern": [chance.one(["true", "a[,]b", f"{chance.below(5)}", chance.word()])],
        }
        if kind == "choice":
            made["definition"]["choices"] = [
                {"id": str(place), "description": {chance.one(LANGUAGES): chance.word()}} for place in range(3)
            ]
    return made


def _result(chance: Chance, verb: str) -> dict[str, Any]:
    made: dict[str, Any] = {}
    if verb in ("played", "paused", "seeked", "interacted", "initialized", "terminated") and chance.often(60):
        extensions = f"{VIDEO}extensions/"
        made["extensions"] = {
            f"{extensions}time": chance.below(600_000) / 1000,
            f"{extensions}progress": chance.below(1000) / 1000,
            f"{extensions}played-segments": f"0[.]{chance.below(600_000) / 1000}",
        }
        if verb == "seeked":
            made["extensions"] |= {f"{extensions}time-{end}": chance.below(600_000) / 1000 for end in ("from", "to")}
        return made
    raw = chance.below(101)
    if chance.often(60):
        made["score"] = {"scaled": raw / 100, "raw": raw, "min": 0, "max": 100}
    made |= {"success": chance.often(70), "completion": chance.often(80)}
    made["duration"] = f"PT{chance.one(['', f'{chance.below(3)}H'])}{chance.below(60)}M{chance.below(6000) / 100}S"
    if chance.often(20):
        made["response"] = chance.one(["true", "false", f"{chance.below(5)}", chance.word()])
    return made


def _context(chance: Chance) -> dict[str, Any]:
    made: dict[str, Any] = {}
    if chance.often(60):
        made["registration"] = chance.uuid()
    activities: dict[str, Any] = {"parent": [_activity(chance, 50)]} if chance.often(60) else {}
    if chance.often(60):
        activities["grouping"] = [_activity(chance, 60) for _ in range(1 + chance.below(2))]
    if chance.often(60):
        activities["category"] = [
            {"id": chance.one(CATEGORIES)} | ({"objectType": "Activity"} if chance.often(30) else {})
        ]
    made["contextActivities"] = activities
    if chance.often(15):
        made["instructor"] = _agent(chance, 60)
    if chance.often(30):
        made |= {"platform": chance.one(["Moodle", "Canvas", "Example LMS"]), "language": chance.one(LANGUAGES)}
    if chance.often(40):
        made["extensions"] = _extensions(chance)
    return made


def _extensions(chance: Chance) -> dict[str, Any]:
    if chance.often(50):
        return {f"{CMI5}extensions/sessionid": chance.uuid(), f"{CMI5}extensions/masteryscore": chance.below(100) / 100}
    return {
        f"{VIDEO}extensions/session-id": chance.uuid(),
        f"{VIDEO}extensions/length": chance.below(3_600_000) / 1000,
        f"{VIDEO}extensions/completion-threshold": chance.one([0.8, 0.9, 0.95, 1.0]),
    }


def text(chance: Chance) -> bytes:
    """Return a made-up statement as a payload has it: the received text, then what a store adds to it."""
    made = statement(chance)
    separators = (",", ":") if chance.often(60) else (", ", ": ")
    tail = AUTHORITY % (chance.word(), chance.one(["1.0.0", "1.0.3", "2.0.0"]))
    return (json.dumps(made, separators=separators, ensure_ascii=False) + tail).encode()


def main(arguments: Sequence[str]) -> int:
    """Write the dictionary to the file that is named, which may not be there yet."""
    if len(arguments) != 1 or Path(arguments[0]).exists():
        print("usage: train_dictionary.py FILE, which is not there yet: a published dictionary never changes")
        return 2
    chance = Chance()
    made = zstandard.train_dictionary(DICTIONARY_BYTES, [text(chance) for _ in range(STATEMENTS)]).as_bytes()
    Path(arguments[0]).write_bytes(made)
    print(f"{len(made)} bytes, SHA-256 {hashlib.sha256(made).hexdigest()}")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
