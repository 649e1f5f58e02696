"""The renderings of a statement that GET statements offers beside ``exact`` (Communication 2.1.3.s1.table1.row12).

``exact`` needs no rendering: ``lrs.xapi.stored_text.exact`` gives the text as it was stored. Both functions here take a
body whose context Activities are arrays already and return a new one.
"""

from collections.abc import Callable, Mapping
from typing import Any

from lrs.xapi.language import accepted_languages, one_language

_IDENTIFIERS = ("mbox", "mbox_sha1sum", "openid", "account")
_COMPONENT_LISTS = ("choices", "scale", "source", "target", "steps")
_Render = Callable[[Mapping[str, Any]], dict[str, Any]]


def ids(body: Mapping[str, Any]) -> dict[str, Any]:
    """Return the statement with only what identifies its Agents, Groups, Activities and Verbs.

    An Activity keeps its id alone, an identified Group its identifier, an anonymous one its identified members.
    """
    return _rendered(body, agent=_agent_ids, verb=_only_id, activity=_only_id)


def canonical(
    body: Mapping[str, Any],
    accept_language: str | None,
    definitions: Mapping[str, Mapping[str, Any]] | None = None,
) -> dict[str, Any]:
    """Return the statement with one language in each language map of its Verbs and Activities.

    ``definitions`` are the canonical definitions by Activity id; an Activity without one keeps the definition it was
    sent with. Agents and Groups stay as they came.
    """
    accepted = accepted_languages(accept_language)
    known = definitions or {}

    def verb(value: Mapping[str, Any]) -> dict[str, Any]:
        return _with_one_language(value, ("display",), accepted)

    def activity(value: Mapping[str, Any]) -> dict[str, Any]:
        definition = known.get(value["id"], value.get("definition"))
        return {**value, "definition": _definition(definition, accepted)} if definition else dict(value)

    return _rendered(body, agent=dict, verb=verb, activity=activity)


def _rendered(part: Mapping[str, Any], *, agent: _Render, verb: _Render, activity: _Render) -> dict[str, Any]:
    """Return a statement or SubStatement with every Agent, Verb and Activity in it rendered."""
    out = dict(part)
    out["verb"] = verb(part["verb"])
    for key in ("actor", "authority"):
        if key in part:
            out[key] = agent(part[key])
    kind = part["object"].get("objectType", "Activity")
    if kind == "Activity":
        out["object"] = activity(part["object"])
    elif kind in ("Agent", "Group"):
        out["object"] = agent(part["object"])
    elif kind == "SubStatement":
        out["object"] = _rendered(part["object"], agent=agent, verb=verb, activity=activity)
    if "context" in part:
        out["context"] = _context(part["context"], agent, activity)
    return out


def _context(context: Mapping[str, Any], agent: _Render, activity: _Render) -> dict[str, Any]:
    out = dict(context)
    for key in ("instructor", "team"):
        if key in context:
            out[key] = agent(context[key])
    for key, inner in (("contextAgents", "agent"), ("contextGroups", "group")):
        if key in context:
            out[key] = [{**entry, inner: agent(entry[inner])} for entry in context[key]]
    if "contextActivities" in context:
        out["contextActivities"] = {
            key: [activity(value) for value in (values if isinstance(values, list) else [values])]
            for key, values in context["contextActivities"].items()
        }
    return out


def _only_id(value: Mapping[str, Any]) -> dict[str, Any]:
    return {"id": value["id"]}


def _agent_ids(agent: Mapping[str, Any]) -> dict[str, Any]:
    kept = {key: agent[key] for key in ("objectType", *_IDENTIFIERS) if key in agent}
    if not any(key in agent for key in _IDENTIFIERS):
        kept["member"] = [_agent_ids(member) for member in agent.get("member", ())]
    return kept


def _definition(definition: Mapping[str, Any], accepted: tuple[str, ...]) -> dict[str, Any]:
    out = _with_one_language(definition, ("name", "description"), accepted)
    for key in _COMPONENT_LISTS:
        if key in definition:
            out[key] = [_with_one_language(component, ("description",), accepted) for component in definition[key]]
    return out


def _with_one_language(value: Mapping[str, Any], keys: tuple[str, ...], accepted: tuple[str, ...]) -> dict[str, Any]:
    chosen = {key: one_language(value[key], accepted) for key in keys if key in value}
    return {**value, **chosen}
