"""Roles: who is ready, and what is missing (rule book, sections 15 to 18)."""

from collections.abc import Callable, Mapping, Sequence
from fractions import Fraction
from typing import Any

import msgspec
from msgspec.structs import replace

from projector.mastery.canonical import plain
from projector.mastery.checks import check_schema, duplicates
from projector.mastery.dated import Dated, DatedVersion
from projector.mastery.differences import Cause
from projector.mastery.documents import Documents, Kind
from projector.mastery.envelope import About, Publication
from projector.mastery.faults import InvalidDocument
from projector.mastery.identity import PERSON
from projector.mastery.numbers import decimal_text, fraction
from projector.mastery.registry import Version, keep_version
from projector.mastery.rulebook import Policy
from projector.mastery.state import HELD, LAPSED, NOT_STARTED, Outcome
from projector.mastery.times import parse
from projector.mastery.turning import with_everybody

_PLACES = 4
_OF_STATES, _OF_ROLES = 0, 1

Standing = Callable[[str, str], tuple[Policy | None, Outcome]]
"""Given a person and a competency, returns the policy that decides and the outcome."""


class Need(msgspec.Struct, frozen=True):
    """What a role asks in one competency; ``weight`` is an exact text."""

    competency: str
    level: int
    weight: str
    critical: bool


class Role(DatedVersion, frozen=True, kw_only=True):
    """A version of a role."""

    needs: tuple[Need, ...]


class Readiness(msgspec.Struct, frozen=True):
    """How ready a person is: ``gaps`` above zero and ``critical`` competencies below the required level."""

    readiness: str
    ready: bool
    gaps: dict[str, int]
    critical: tuple[str, ...]


ROLE_DOCUMENT = Kind("role-document", Version)
ROLE = Kind("role", Role)
READINESS = Kind("readiness", Readiness)


COUNT_AS_NOTHING = (NOT_STARTED, HELD, LAPSED)
"""The statuses whose level does not count for roles."""


def counted_rank(policy: Policy | None, outcome: Outcome) -> int:
    """Return the level number that counts for roles; not_started, held and lapsed count as 0."""
    if policy is None or outcome.place < 0 or outcome.status in COUNT_AS_NOTHING:
        return 0
    return policy.scale[outcome.place].rank


def measure(role: Role, rank_of: Callable[[str], int]) -> Readiness:
    """Return the readiness for a role, given the level number that counts in each competency."""
    reached, wanted = Fraction(0), Fraction(0)
    gaps: dict[str, int] = {}
    for need in role.needs:
        rank, weight = rank_of(need.competency), fraction(need.weight)
        reached += weight * min(rank, need.level)
        wanted += weight * need.level
        if rank < need.level:
            gaps[need.competency] = need.level - rank
    share = reached / wanted if wanted else Fraction(1)
    critical = tuple(need.competency for need in role.needs if need.critical and need.competency in gaps)
    return Readiness(decimal_text(share, _PLACES), share == 1 and not critical, gaps, critical)


def _role(document: Mapping[str, Any], version: Version, position: int) -> Role:
    needs = tuple(
        Need(one["competency"], one["level"], str(one.get("weight", 1)), one.get("critical", False))
        for one in document["requires"]
    )
    return Role(
        id=document["id"],
        version=document["version"],
        sha256=version.sha256,
        effective_from=parse(document["effectiveFrom"]),
        position=position,
        needs=needs,
    )


class Roles:
    """The roles of one log."""

    def __init__(self, documents: Documents) -> None:
        self._documents = documents
        self._versions: Dated[Role] = Dated(documents, ROLE)

    @property
    def next_date(self) -> int | None:
        """Return the next date at which a version comes into force."""
        return self._versions.next_date

    def publish(self, document: Any, position: int) -> Role:
        """Keep a role version; raises InvalidDocument when it is at fault."""
        document = plain(document)
        check_schema(document, "role")
        for place, name in duplicates(one["competency"] for one in document["requires"]):
            raise InvalidDocument(f"competency {name!r} stands twice", f"/requires/{place}/competency")
        version = keep_version(self._documents, ROLE_DOCUMENT, document)
        return self._versions.add(_role(document, version, position))

    def take_effect(self, now: int) -> list[Role]:
        """Put in force what is due; returns the roles that are newly decided by another version."""
        return self._versions.take_effect(now)

    def current(self, as_of: int | None = None) -> dict[str, Role]:
        """Return the version of each role that counts now, or at ``as_of``, by IRI."""
        return self._versions.current(as_of)


class Watch:
    """Keeps the readiness of people and tells when it changes."""

    def __init__(self, roles: Roles, standing: Standing) -> None:
        self._roles = roles
        self._standing = standing

    def states_changed(self, publication: Publication) -> None:
        """Tell what the states changed by an entry mean for the roles that ask for them."""
        roles = self._roles.current()
        changed: dict[str, dict[str, Cause]] = {}
        for (person, competency), cause in publication.changed.items():
            changed.setdefault(person, {})[competency] = cause
        phase = publication.begin_last_phase(_OF_STATES)
        for person in sorted(changed) if roles else ():
            publication.place = (*phase, person)
            for role in roles.values():
                named = [need.competency for need in role.needs if need.competency in changed[person]]
                if named:
                    cause = changed[person][named[0]]
                    moved = [publication.moved[person, one] for one in named if (person, one) in publication.moved]
                    self._compare(publication, person, role, replace(cause, at=max(moved, default=cause.at)))

    def roles_changed(self, publication: Publication, roles: Sequence[Role]) -> None:
        """Tell everybody's readiness for roles that are newly in force."""
        for role, person, cause in with_everybody(publication, _OF_ROLES, roles):
            self._compare(publication, person, role, cause)

    def _compare(self, publication: Publication, person: str, role: Role, cause: Cause) -> None:
        documents, key = publication.documents, f"{person}|{role.id}"
        if documents.get(PERSON, person) is None:
            return
        current = measure(role, lambda competency: counted_rank(*self._standing(person, competency)))
        known = documents.get(READINESS, key)
        previous = measure(role, lambda _: 0) if known is None else known
        if current == previous:
            return
        documents.put(READINESS, key, current)
        self._tell(publication, About("", cause.at, person, role.id), role, (previous, current), cause)

    def _tell(
        self, publication: Publication, about: About, role: Role, between: tuple[Readiness, Readiness], cause: Cause
    ) -> None:
        previous, current = between
        told: dict[str, Any] = {"code": cause.code, "position": cause.position}
        if cause.statement is not None:
            told["statementId"] = cause.statement
        common = {"cause": told, "role": {"id": role.id, "version": role.version, "sha256": role.sha256}}
        if (previous.readiness, previous.ready) != (current.readiness, current.ready):
            content = {**common, "previous": _told(previous), "current": _told(current)}
            publication.emit(About("role.readiness.changed", about.at, about.person, role.id), content)
        for need in role.needs:
            before, after = previous.gaps.get(need.competency, 0), current.gaps.get(need.competency, 0)
            if before != after:
                gap = {"gap": {"competency": need.competency, "previous": before, "current": after}}
                publication.emit(About("skill.gap.changed", about.at, about.person, role.id), {**common, **gap})


def _told(readiness: Readiness) -> dict[str, Any]:
    return {
        "readiness": readiness.readiness,
        "ready": readiness.ready,
        "gaps": dict(sorted(readiness.gaps.items())),
        "critical": sorted(readiness.critical),
    }


def answer(role: Role, person_label: str, readiness: Readiness) -> dict[str, Any]:
    """Return a role's answer as ``policy try`` prints it."""
    return {"person": person_label, "role": role.id, **_told(readiness)}


def drop_readiness(documents: Documents, person: str) -> None:
    """Forget how ready somebody was who is another now or was erased."""
    for key in [key for key, _ in documents.scan(READINESS, f"{person}|")]:
        documents.delete(READINESS, key)
