"""The incremental fold: one entry of the log after the other, only what each touches (mastery.md sections 1 and 13)."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from projector.mastery.differences import EVIDENCE, POLICY_ACTIVATED, Cause
from projector.mastery.documents import Documents
from projector.mastery.envelope import Publication
from projector.mastery.evaluate import Environment, evaluate
from projector.mastery.evidence import FACTS, Void, effective_time, facts_of, keep, make_fact, void
from projector.mastery.faults import InvalidDocument, UnsupportedFeature
from projector.mastery.frameworks import publish_framework
from projector.mastery.identity import find, recognise
from projector.mastery.policy import Policy
from projector.mastery.publication import publish, refuse_group
from projector.mastery.registry import Registry
from projector.mastery.selection import Candidate, Index
from projector.mastery.state import STATE, reference
from projector.mastery.statements import VOIDED, normalise, verb_of, voided_target
from projector.mastery.subject import subject_of
from projector.mastery.times import instant, parse, render

Body = Mapping[str, Any]
History = Callable[[int], Iterable[tuple[int, datetime, Body]]]
"""Given a position, yields (position, recorded, statement) of every statement entry before it, in log order."""

STATEMENT = "statement"
_VOIDED_CODE = "VOIDED"


class Fold:
    """F of section 1, entry by entry, over documents.

    Everything that it knows lies in ``documents``; what it holds beside them is compiled from them, so after a
    transaction that failed a new Fold must take the place of this one. ``history`` lets a policy that is activated
    see the statements before it; without it, a policy sees only the statements that come after its activation.
    """

    def __init__(self, documents: Documents, *, tenant: str, namespace: UUID, history: History | None = None) -> None:
        self._documents = documents
        self._tenant = tenant
        self._namespace = namespace
        self._history = history
        self._registry = Registry(documents)
        self._handlers: dict[str, Callable[[Publication, Body], None]] = {
            STATEMENT: self._statement,
            "PolicyActivated": self._policy_activated,
            "FrameworkPublished": publish_framework,
            "ClockAdvanced": self._clock_advanced,
        }

    def apply(self, position: int, kind: str, recorded: datetime, body: Body) -> list[dict[str, Any]]:
        """Fold one entry and return the CloudEvents that it caused, in order.

        ``kind`` is ``"statement"`` or the entry name of mastery.md section 16; numbers in ``body`` are integers or
        decimals. Raises UnsupportedFeature for a kind that is not known, InvalidDocument for a bad document.
        """
        at = instant(recorded)
        due = self._registry.next_date
        if kind == STATEMENT and (due is None or at < due) and not self._concerns(body):
            return []
        handler = self._handlers.get(kind)
        if handler is None:
            raise UnsupportedFeature(f"entry {kind}", "/entry")
        publication = Publication(self._documents, self._tenant, self._namespace, position, at)
        self._take_effect(publication, at)
        handler(publication, body)
        return publication.events

    def preload(self, document: Body) -> None:
        """Activate a policy before the first entry, from its own ``effectiveFrom`` on."""
        self._registry.activate(document, None, None, 0)

    def _concerns(self, body: Body) -> bool:
        return verb_of(body) == VOIDED or bool(self._registry.index.select(body))

    def _statement(self, publication: Publication, body: Body) -> None:
        if verb_of(body) == VOIDED:
            self._void(publication, body)
            return
        touched: list[tuple[str, str, Policy, Cause]] = []
        for candidate in self._registry.index.select(body):
            kept = self._keep(publication, candidate, body)
            if kept is not None and self._registry.decides(candidate.policy):
                touched.append((candidate.policy.competency, kept[0], candidate.policy, kept[1]))
        for _, person, policy, cause in sorted(touched, key=lambda one: one[:2]):
            self._refold(publication, policy, person, cause)

    def _keep(self, publication: Publication, candidate: Candidate, body: Body) -> tuple[str, Cause] | None:
        """Keep the fact of a selected statement; returns whose it is and why to fold, None when it is nobody's."""
        policy = candidate.policy
        statement = normalise(body)
        fact = make_fact(statement, publication.position, publication.recorded, policy, candidate.rule)
        cause = Cause(EVIDENCE, publication.position, fact.event_time, publication.recorded, fact.statement)
        subject = subject_of(statement)
        if isinstance(subject, str):
            if self._registry.decides(policy):
                refuse_group(publication, policy, fact, subject, cause)
            return None
        person = recognise(self._documents, subject, self._namespace)
        keep(self._documents, policy.key, subject.key, fact)
        return person.id, cause

    def _void(self, publication: Publication, body: Body) -> None:
        target = voided_target(body)
        if target is None:
            return
        recorded, statement = publication.recorded, str(body["id"]).lower()
        at, _ = effective_time(body, recorded, recorded)
        cause = Cause(_VOIDED_CODE, publication.position, at, recorded, statement)
        self._refold_pairs(publication, void(self._documents, target, Void(statement, recorded, at)), cause)

    def _refold_pairs(self, publication: Publication, pairs: Sequence[tuple[str, str]], cause: Cause) -> None:
        touched: dict[tuple[str, str], Policy] = {}
        for policy_key, identifier_key in pairs:
            policy = self._registry.policy(policy_key)
            person = find(self._documents, identifier_key)
            if person is not None and self._registry.decides(policy):
                touched[policy.competency, person.id] = policy
        for (_, person_id), policy in sorted(touched.items(), key=lambda one: one[0]):
            self._refold(publication, policy, person_id, cause)

    def _refold(self, publication: Publication, policy: Policy, person_id: str, cause: Cause) -> None:
        person = publication.person(person_id)
        facts = facts_of(self._documents, policy.key, person.identifiers)
        publish(publication, person_id, policy, evaluate(facts, Environment(policy)), cause)

    def _policy_activated(self, publication: Publication, body: Body) -> None:
        document = body.get("policy")
        if not isinstance(document, Mapping):
            raise InvalidDocument("a policy document is wanted", "/policy")
        start = parse(body["effectiveFrom"]) if body.get("effectiveFrom") else None
        policy = self._registry.activate(document, start, body.get("mode"), publication.position)
        self._look_back(publication.position, policy)
        decided_by = reference(policy)
        effective = policy.effective_from if start is None else start
        content = {
            "competency": {
                "iri": policy.competency,
                "framework": policy.framework,
                "version": policy.framework_version,
            },
            "policy": {"id": decided_by.id, "version": decided_by.version, "sha256": decided_by.sha256},
            "cause": {"code": POLICY_ACTIVATED, "position": publication.position},
            "effectiveFrom": render(effective),
            "mode": body.get("mode") or document.get("onVersionChange", "reevaluate"),
        }
        publication.emit("policy.activated", effective, None, "", content)
        self._take_effect(publication, publication.recorded)

    def _look_back(self, position: int, policy: Policy) -> None:
        """Keep the facts that the statements so far give under a policy that has just come."""
        if self._history is None or self._documents.get(FACTS, policy.key) is not None:
            return
        index = Index([policy])
        for at, recorded, statement in self._history(position):
            normal = normalise(statement)
            for candidate in index.select(normal) if verb_of(statement) != VOIDED else ():
                subject = subject_of(normal)
                if isinstance(subject, str):
                    continue
                fact = make_fact(normal, at, instant(recorded), policy, candidate.rule)
                recognise(self._documents, subject, self._namespace)
                keep(self._documents, policy.key, subject.key, fact)

    def _clock_advanced(self, publication: Publication, body: Body) -> None:
        self._take_effect(publication, parse(body["now"]))

    def _take_effect(self, publication: Publication, now: int) -> None:
        due = self._registry.next_date
        if due is None or now < due:
            return
        for policy, date in self._registry.take_effect(now):
            cause = Cause(POLICY_ACTIVATED, publication.position, date, publication.recorded)
            for person in self._people_of(policy):
                self._refold(publication, policy, person, cause)

    def _people_of(self, policy: Policy) -> list[str]:
        """Return who has facts under a policy version or a state of its competency."""
        prefix = policy.key + "|"
        owners = (find(self._documents, key.removeprefix(prefix)) for key, _ in self._documents.scan(FACTS, prefix))
        people = {owner.id for owner in owners if owner is not None}
        people.update(state.person for _, state in self._documents.scan(STATE) if state.competency == policy.competency)
        return sorted(people)
