"""The thirteen cases of the benchmark that comes with TRAX LRS (docs.traxlrs.com/2.1/benchmark), rebuilt from its page.

Statements follow one template with three context activities and a context agent; actors, verbs and activities are drawn
from a small set (low variety) or a large one (high variety). As there, one client sends one request after the other.
What its page leaves open is said here: the size of the sets and of the batches.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

SMALL_BATCH, LARGE_BATCH = 10, 100
LOW, HIGH = 100, 10_000
_VERBS = 20
_FIRST_TIMESTAMP = datetime(2024, 1, 1, tzinfo=UTC)


@dataclass(frozen=True)
class Variety:
    """How many agents and activities there are, and whether the actor is a Group of five of them."""

    agents: int
    activities: int
    in_groups: bool = False


SOURCES = {
    "trax low": Variety(LOW, LOW),
    "trax high": Variety(HIGH, HIGH),
    "trax groups": Variety(HIGH, HIGH, in_groups=True),
}


@dataclass(frozen=True)
class Posting:
    """A case that posts: its number and name there, what it posts, and how many requests."""

    name: str
    source: str
    batch: int
    requests: int


@dataclass(frozen=True)
class Getting:
    """A case that gets: its number and name there, and by what it filters."""

    name: str
    filters: tuple[str, ...]
    related: bool = False


POSTINGS = (
    Posting("1 single statements, low variety", "trax low", 1, 500),
    Posting("2 single statements, high variety", "trax high", 1, 500),
    Posting("3 small batches, low variety", "trax low", SMALL_BATCH, 200),
    Posting("4 small batches, high variety", "trax high", SMALL_BATCH, 200),
    Posting("5 large batches, low variety", "trax low", LARGE_BATCH, 30),
    Posting("6 large batches, high variety", "trax high", LARGE_BATCH, 30),
    Posting("7 statements with groups", "trax groups", 1, 500),
)
GETTINGS = (
    Getting("8 by agent", ("agent",)),
    Getting("9 by activity", ("activity",)),
    Getting("10 by agent and activity", ("agent", "activity")),
    Getting("11 by agent, verb and activity", ("agent", "verb", "activity")),
    Getting("12 by agent, related", ("agent",), related=True),
    Getting("13 by activity, related", ("activity",), related=True),
)


def trax_statements(variety: Variety, chance: Random) -> Iterator[bytes]:
    """Yield statements of the template without end."""
    second = 0
    while True:
        second += 1
        yield _statement(variety, chance, _FIRST_TIMESTAMP + timedelta(seconds=second))


def targets(case: Getting, statements: Iterator[bytes]) -> tuple[str, ...]:
    """Return the paths of ``case``, each with the values of one of those ``statements`` that are about an Activity."""
    parsed = [json.loads(line) for line in statements]
    return tuple(_target(case, one) for one in parsed if one["object"].get("objectType", "Activity") == "Activity")


def _target(case: Getting, statement: dict[str, Any]) -> str:
    found = {
        "agent": json.dumps(statement["actor"]),
        "verb": statement["verb"]["id"],
        "activity": statement["object"]["id"],
    }
    asked = {name: found[name] for name in case.filters}
    related = {f"related_{'agents' if 'agent' in asked else 'activities'}": "true"} if case.related else {}
    return f"/xAPI/statements?{urlencode(asked | related)}"


def _statement(variety: Variety, chance: Random, timestamp: datetime) -> bytes:
    below = chance.randrange
    agents = [below(variety.agents) for _ in range(6)]
    activities = [below(variety.activities) for _ in range(3)]
    verb = below(_VERBS)
    actor = _agent(agents[0])
    if variety.in_groups:
        members = ",".join(map(_agent, dict.fromkeys(agents[:5])))
        actor = f'{{"objectType":"Group","member":[{members}]}}'
    own_id = UUID(int=chance.getrandbits(128), version=4)
    return (
        f'{{"id":"{own_id}","actor":{actor},'
        f'"verb":{{"id":"https://trax.example/verbs/{verb}","display":{{"en":"did {verb}"}}}},'
        f'"object":{_activity(activities[0])},"context":{{"instructor":{_agent(agents[5])},"contextActivities":{{'
        f'"parent":[{_activity(activities[1])}],"grouping":[{_activity(activities[2])}],'
        f'"category":[{{"id":"https://trax.example/profile"}}]}}}},"timestamp":"{timestamp.isoformat()}"}}'
    ).encode()


def _agent(number: int) -> str:
    return f'{{"objectType":"Agent","name":"Agent {number}","mbox":"mailto:agent-{number}@trax.example"}}'


def _activity(number: int) -> str:
    named = f'"name":{{"en":"Activity {number}"}},"type":"http://adlnet.gov/expapi/activities/lesson"'
    return f'{{"objectType":"Activity","id":"https://trax.example/activities/{number}","definition":{{{named}}}}}'
