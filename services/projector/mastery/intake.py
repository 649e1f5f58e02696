"""Statements into facts: selected, given to their subjects, voided (rule book, sections 2 to 5 and 12)."""

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from projector.mastery.differences import EVIDENCE, Cause
from projector.mastery.envelope import Publication
from projector.mastery.evidence import Void, effective_time, keep, make_fact, void
from projector.mastery.identity import find, recognise
from projector.mastery.publication import refuse
from projector.mastery.refold import Refold
from projector.mastery.registry import Registry
from projector.mastery.selection import Candidate, Index
from projector.mastery.share import Share
from projector.mastery.statements import VOIDED, normalise, verb_of, voided_target
from projector.mastery.subject import subjects_of
from projector.mastery.times import instant

Body = Mapping[str, Any]
History = Callable[[int], Iterable[tuple[int, datetime, Body]]]
"""Given a position, yields (position, recorded, statement) of every statement entry before it, in log order."""

VOIDED_CODE = "VOIDED"


class Intake:
    """Takes the statements of one log."""

    def __init__(self, registry: Registry, namespace: UUID, share: Share) -> None:
        self._registry = registry
        self._namespace = namespace
        self._share = share

    def take(self, publication: Publication, body: Body, selected: Iterable[Candidate]) -> None:
        """Keep the facts of a statement and fold again whom they are about."""
        refold = Refold(publication, self._registry)
        if verb_of(body) == VOIDED:
            self._void(publication, body, refold)
        statement = normalise(body)
        for number, candidate in enumerate(selected):
            self._keep(publication, candidate, statement, (refold, number))
        refold.run()
        publication.changed.update(refold.changed)

    def _keep(self, publication: Publication, candidate: Candidate, statement: Body, to: tuple[Refold, int]) -> None:
        """Keep the facts of a candidate, the so-manieth of its statement, and note who is to be folded again."""
        policy = candidate.policy
        fact = make_fact(statement, publication.position, publication.recorded, policy, candidate.rule)
        cause = Cause(EVIDENCE, publication.position, fact.event_time, publication.recorded, fact.statement)
        subjects = subjects_of(statement, policy, candidate.rule)
        if isinstance(subjects, str):
            if self._share.is_first and self._registry.decides(policy):
                refuse(publication, policy, fact, subjects, cause)
            return
        refold, number = to
        for place, subject in enumerate(subjects):
            if self._share.takes(subject.key):
                person = recognise(publication.documents, subject, self._namespace)
                kept = keep(publication.documents, policy, subject.key, fact)
                if kept is not None:
                    refold.add_fact(person.id, policy, cause, (number, place), kept)

    def _void(self, publication: Publication, body: Body, refold: Refold) -> None:
        target = voided_target(body)
        if target is None:
            return
        documents, recorded = publication.documents, publication.recorded
        statement = str(body["id"]).lower()
        at, _ = effective_time(body, recorded, recorded)
        cause = Cause(VOIDED_CODE, publication.position, at, recorded, statement)
        marked = void(documents, target, Void(statement, recorded, at))
        for number, (policy_key, identifier_key, fact) in enumerate(marked):
            person = find(documents, identifier_key)
            if person is not None:
                refold.add_changed(person.id, self._registry.policy(policy_key), cause, (number,), fact)

    def look_back(self, publication: Publication, index: Index, history: History | None) -> None:
        """Keep the facts that the statements so far give by the rules of an index, where the log's history is known."""
        for at, recorded, statement in history(publication.position) if history is not None else ():
            if verb_of(statement) == VOIDED:
                continue
            normal = normalise(statement)
            for candidate in index.select(normal):
                policy = candidate.policy
                fact = make_fact(normal, at, instant(recorded), policy, candidate.rule)
                subjects = subjects_of(normal, policy, candidate.rule)
                for subject in () if isinstance(subjects, str) else subjects:
                    if self._share.takes(subject.key):
                        keep(publication.documents, policy, subject.key, fact)
                        recognise(publication.documents, subject, self._namespace)
