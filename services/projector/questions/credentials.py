"""For which credentials somebody is eligible and what is missing to the others; and who is eligible for one."""

from collections.abc import Iterator
from typing import Any

from lrs.xapi.faults import NotFound
from projector.mastery.credentials import ELIGIBILITY, CredentialRule, CredentialRules
from projector.mastery.policy import compile_expression
from projector.questions.conditions import Missing, size
from projector.questions.standpoint import Standpoint

ELIGIBLE_COLUMNS = ("personId", "since")


def credentials_of(standpoint: Standpoint, person: str) -> list[dict[str, Any]]:
    """Return for each credential rule that counts whether a person is eligible, since when, and what is missing."""
    missing = Missing(standpoint)
    told = []
    for name, rule in sorted(CredentialRules(standpoint.documents).current(standpoint.as_of).items()):
        standpoint.deadline.check()
        found = rule.eligibility_of(person, standpoint.standing)
        lacking = [] if found.eligible else missing.to_meet(person, compile_expression(rule.requires))
        head = {"credential": name, "version": rule.version, "title": rule.title, **found.told()}
        told.append({**head, "conditions": size(lacking), "missing": lacking})
    return told


def eligible_people(standpoint: Standpoint, credential: str) -> Iterator[dict[str, Any]]:
    """Yield who is eligible for a credential, since when, by person id. Raises NotFound for an unknown credential."""
    rule: CredentialRule | None = CredentialRules(standpoint.documents).current(standpoint.as_of).get(credential)
    if rule is None:
        raise NotFound("no credential rule of this id is in force")
    if standpoint.as_of is None:
        yield from _kept(standpoint, credential)
        return
    for person in standpoint.people():
        standpoint.deadline.check()
        found = rule.eligibility_of(person.id, standpoint.standing)
        if found.eligible:
            yield {"personId": person.id, "since": found.told()["since"]}


def _kept(standpoint: Standpoint, credential: str) -> Iterator[dict[str, Any]]:
    """Yield the same as it was last published, which is kept for everybody who is eligible."""
    for key, found in standpoint.documents.scan(ELIGIBILITY):
        person, _, name = key.partition("|")
        if name == credential and found.eligible:
            yield {"personId": person, "since": found.told()["since"]}
