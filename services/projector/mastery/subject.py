"""Whom a statement is about (rule book, sections 3 and 18)."""

from collections.abc import Mapping
from typing import Any

from projector.mastery.identity import Identifier, identifier, identifier_of_text
from projector.mastery.rulebook import Policy, Rule, Subject
from projector.mastery.statements import OBJECT, context_of

GROUP_ACTOR, GROUP_UNRESOLVED, SUBJECT_MISSING = "GROUP_ACTOR", "GROUP_UNRESOLVED", "SUBJECT_MISSING"


def _context_agent(statement: Mapping[str, Any], relevant_type: str) -> Any:
    agents = context_of(statement).get("contextAgents")
    for one in agents if isinstance(agents, list) else []:
        if isinstance(one, OBJECT) and relevant_type in (one.get("relevantTypes") or ()):
            return one.get("agent")
    return None


def _named(statement: Mapping[str, Any], subject: Subject) -> Any:
    """Return what stands where the rule looks for the subject."""
    if subject.where == "extension":
        extensions = context_of(statement).get("extensions")
        return extensions.get(subject.iri) if isinstance(extensions, OBJECT) else None
    if subject.where == "agent":
        return _context_agent(statement, subject.iri)
    return statement.get(subject.where)


def _members(group: Mapping[str, Any]) -> list[Identifier]:
    members = group.get("member")
    found = [identifier(member) for member in members] if isinstance(members, list) else []
    return list({one.key: one for one in found if one is not None}.values())


def subjects_of(statement: Mapping[str, Any], policy: Policy, rule: Rule) -> list[Identifier] | str:
    """Return the identifiers that a statement is about under a rule, or the reason why it is about no one person."""
    named = _named(statement, rule.subject)
    if isinstance(named, str) and named and rule.subject.where == "extension":
        return [identifier_of_text(named)]
    if isinstance(named, OBJECT) and named.get("objectType") == "Group":
        if not policy.each_member:
            return GROUP_ACTOR
        return _members(named) or GROUP_UNRESOLVED
    found = identifier(named)
    return SUBJECT_MISSING if found is None else [found]
