"""The Activities and Agents resources: what is known of an Activity, and the Person behind an Agent.

Both carry an entity tag, so that a client sees whether what it knows is still so (Communication 2.4, 2.5 and 3.1).
"""

from collections.abc import Mapping
from typing import Any

import orjson

from lrs.api.messages import Call, Reply
from lrs.api.service import Resource
from lrs.api.threads import Threads
from lrs.read.activities import Definitions
from lrs.read.agents import person_of
from lrs.read.statements import StatementReader
from lrs.xapi.document import etag
from lrs.xapi.parameters import parse_activities, parse_agents


def description_resources(reader: StatementReader, definitions: Definitions, threads: Threads) -> dict[str, Resource]:
    """Return both resources by their path."""

    async def get_activity(call: Call) -> Reply:
        asked = parse_activities(list(call.parameters.items()), call.version)
        return _tagged(await threads.run(definitions.activity, asked.activity_id))

    async def get_person(call: Call) -> Reply:
        asked = parse_agents(list(call.parameters.items()), call.version)
        return _tagged(await threads.run(person_of, reader, asked))

    return {
        "activities": Resource({"GET": get_activity}, frozenset({"activityId"})),
        "agents": Resource({"GET": get_person}, frozenset({"agent"})),
    }


def _tagged(described: Mapping[str, Any]) -> Reply:
    content = orjson.dumps(described)
    return Reply(200, content, headers=(("ETag", etag(content)),))
