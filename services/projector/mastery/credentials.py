"""Credential rules: who is eligible for a certificate or badge, and who no longer is (rule book, section 14).

A rule asks for competencies as prerequisites do. It is met while they are held validly: what lapsed, declined, is
withheld or was revoked does not count.
"""

from collections.abc import Iterable, Sequence
from typing import Any

import msgspec

from projector.mastery.canonical import plain
from projector.mastery.checks import check_expression, check_schema
from projector.mastery.dated import Dated, DatedVersion
from projector.mastery.differences import Cause
from projector.mastery.documents import Documents, Kind
from projector.mastery.envelope import About, Publication
from projector.mastery.histories import Standing, history_of
from projector.mastery.policy import compile_expression
from projector.mastery.registry import Version, keep_version
from projector.mastery.roles import Standing as StandingOf
from projector.mastery.rulebook import Expression
from projector.mastery.times import parse, render_or_none
from projector.mastery.turning import with_everybody


class CredentialRule(DatedVersion, frozen=True, kw_only=True):
    """A version of a credential rule; ``requires`` is the expression as published."""

    title: str
    requires: dict[str, Any]

    def eligibility_of(self, person: str, standing: StandingOf) -> "Eligibility":
        """Return whether a person meets the rule, given how they stand."""
        return eligibility(history_for(person, compile_expression(self.requires), standing))


class Eligibility(msgspec.Struct, frozen=True):
    """Whether a rule is met, and since when."""

    eligible: bool = False
    since: int | None = None

    def told(self) -> dict[str, Any]:
        """Return it as JSON values."""
        return {"eligible": self.eligible, "since": render_or_none(self.since)}


CREDENTIAL_DOCUMENT = Kind("credential-rule-document", Version)
CREDENTIAL = Kind("credential-rule", CredentialRule)
ELIGIBILITY = Kind("eligibility", Eligibility)
_NOT_ELIGIBLE = Eligibility()
_OF_STATES, _OF_RULES = 2, 3


def eligibility_key(person: str, credential: str) -> str:
    """Return the key of a person's eligibility for a credential."""
    return f"{person}|{credential}"


def check_credential_rule(document: Any) -> None:
    """Hold a credential rule against its published contract. Raises InvalidDocument with the pointer."""
    check_schema(document, "credential-rule")
    check_expression(document["requires"], "/requires")


def history_for(person: str, expression: Expression, standing: StandingOf) -> list[tuple[int, bool]]:
    """Return (instant, met from then on) at every change of what a rule asks of a person."""
    known = {}
    for leaf in expression.leaves():
        policy, outcome = standing(person, leaf.competency)
        wanted = 0 if policy is None else policy.place(leaf.level)
        known[leaf.competency, leaf.level] = Standing(policy, outcome, wanted)
    return history_of(expression, known)


def eligibility(history: Sequence[tuple[int, bool]]) -> Eligibility:
    """Return what a history of changes says at its end."""
    return Eligibility(True, history[-1][0]) if history and history[-1][1] else _NOT_ELIGIBLE


class CredentialRules:
    """The credential rules of one log."""

    def __init__(self, documents: Documents) -> None:
        self._documents = documents
        self._versions: Dated[CredentialRule] = Dated(documents, CREDENTIAL)
        self._settle()

    def _settle(self) -> None:
        current = self._versions.current()
        self._expressions = {name: compile_expression(rule.requires) for name, rule in current.items()}
        self._asking: dict[str, list[str]] = {}
        for name, expression in self._expressions.items():
            for competency in dict.fromkeys(leaf.competency for leaf in expression.leaves()):
                self._asking.setdefault(competency, []).append(name)

    @property
    def next_date(self) -> int | None:
        """Return the next date at which a version comes into force."""
        return self._versions.next_date

    def publish(self, document: Any, position: int) -> CredentialRule:
        """Keep a version; raises InvalidDocument when it is at fault."""
        document = plain(document)
        check_credential_rule(document)
        version = keep_version(self._documents, CREDENTIAL_DOCUMENT, document)
        rule = CredentialRule(
            id=document["id"],
            version=document["version"],
            sha256=version.sha256,
            effective_from=parse(document["effectiveFrom"]),
            position=position,
            title=document["title"],
            requires=document["requires"],
        )
        return self._versions.add(rule)

    def take_effect(self, now: int) -> list[CredentialRule]:
        """Put in force what is due; returns the rules of which another version counts now."""
        changed = self._versions.take_effect(now)
        if changed:
            self._settle()
        return changed

    def current(self, as_of: int | None = None) -> dict[str, CredentialRule]:
        """Return the version of each rule that counts now, or at ``as_of``, by IRI."""
        return self._versions.current(as_of)

    def asking_for(self, competencies: Iterable[str]) -> list[str]:
        """Return the rules in force that ask for any of the competencies, by IRI."""
        return sorted({name for one in competencies for name in self._asking.get(one, ())})

    def expression(self, credential: str) -> Expression:
        """Return what the rule in force asks."""
        return self._expressions[credential]


class CredentialWatch:
    """Keeps who is eligible for what and tells when it changes."""

    def __init__(self, rules: CredentialRules, standing: StandingOf) -> None:
        self._rules = rules
        self._standing = standing

    def states_changed(self, publication: Publication) -> None:
        """Tell what the states changed by an entry mean for the rules that ask for them."""
        changed: dict[str, dict[str, Cause]] = {}
        for (person, competency), cause in publication.changed.items():
            if self._rules.asking_for([competency]):
                changed.setdefault(person, {})[competency] = cause
        phase = publication.begin_last_phase(_OF_STATES)
        for person in sorted(changed):
            publication.place = (*phase, person)
            for credential in self._rules.asking_for(changed[person]):
                leaves = self._rules.expression(credential).leaves()
                cause = next(changed[person][one.competency] for one in leaves if one.competency in changed[person])
                self._compare(publication, person, self._rules.current()[credential], cause)

    def rules_changed(self, publication: Publication, rules: Sequence[CredentialRule]) -> None:
        """Tell for everybody what rules mean that are newly in force."""
        for rule, person, cause in with_everybody(publication, _OF_RULES, rules):
            self._compare(publication, person, rule, cause)

    def _compare(self, publication: Publication, person: str, rule: CredentialRule, cause: Cause) -> None:
        documents, key = publication.documents, eligibility_key(person, rule.id)
        history = history_for(person, self._rules.expression(rule.id), self._standing)
        previous, current = documents.get(ELIGIBILITY, key) or _NOT_ELIGIBLE, eligibility(history)
        if previous == current:
            return
        if current == _NOT_ELIGIBLE:
            documents.delete(ELIGIBILITY, key)
        else:
            documents.put(ELIGIBILITY, key, current)
        if previous.eligible == current.eligible:
            return
        told: dict[str, Any] = {"code": cause.code, "position": cause.position}
        if cause.statement is not None:
            told["statementId"] = cause.statement
        content = {
            "cause": told,
            "credential": {"id": rule.id, "version": rule.version, "sha256": rule.sha256},
            "previous": previous.told(),
            "current": current.told(),
        }
        name = "credential.eligible" if current.eligible else "eligibility.withdrawn"
        at = _changed_at(rule, previous, history, cause)
        publication.emit(About(name, at, person, rule.id), content)


def _changed_at(rule: CredentialRule, previous: Eligibility, history: Sequence[tuple[int, bool]], cause: Cause) -> int:
    """Return when a person became eligible, or no longer was.

    Eligible since what is asked is met, and not before the version of the rule. No longer since the instant at which
    scores or time ended it; where support was removed or a document changed, since then.
    """
    at, met = history[-1] if history else (cause.at, False)
    if met:
        return max(at, rule.effective_from)
    ended = previous.since is not None and at > previous.since
    return at if ended and not (cause.by_removal or cause.by_version) else cause.at


def drop_eligibility(documents: Documents, person: str) -> None:
    """Forget what somebody was eligible for who is another now or was erased."""
    for key in [key for key, _ in documents.scan(ELIGIBILITY, f"{person}|")]:
        documents.delete(ELIGIBILITY, key)
