"""The Person behind an Agent, with every name that statements gave it (Communication 2.4)."""

from collections.abc import Iterator, Mapping
from typing import Any

import orjson

from lrs.read.statements import StatementReader
from lrs.xapi import stored_text
from lrs.xapi.parameters import AgentsParameters
from lrs.xapi.person import person
from lrs.xapi.query import StatementQuery
from lrs.xapi.terms import agent_identifier

STATEMENTS_READ = 100


def person_of(reader: StatementReader, asked: AgentsParameters) -> dict[str, Any]:
    """Return the Person of the Agent that was asked for; one nobody has spoken of is a Person too.

    Only statements whose sender has the scope ``define`` give names (Communication 4.2).
    """
    query = StatementQuery(limit=STATEMENTS_READ, agent=asked.identifier)
    entries = reader.page(query, None, query.limit, only_defining=True).entries
    bodies = [orjson.loads(stored_text.stored_text(entry.payload)) for entry in entries]
    seen = [agent for body in bodies for agent in _agents(body) if agent_identifier(agent) == asked.identifier]
    return person([asked.agent, *seen])


def _agents(body: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    for agent in (body["actor"], body["object"]):
        yield agent
        yield from agent.get("member", ())
