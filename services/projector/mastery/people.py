"""Entries about people: links, merge, split, erasure, decisions (rule book, sections 12, 16 and 18)."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID, uuid5

import msgspec

from projector.mastery.credentials import drop_eligibility
from projector.mastery.differences import DECISION, ERASED_CODE, Cause
from projector.mastery.envelope import About, Publication
from projector.mastery.environment import Decision
from projector.mastery.evidence import ERASED, Erased, forget
from projector.mastery.faults import InvalidDocument, LegalHold
from projector.mastery.identity import (
    OWNER,
    PERSON,
    Identifier,
    Person,
    find,
    identifier,
    key_of_text,
    own,
    recognise,
    rename,
)
from projector.mastery.knowledge import DECISIONS, Decisions, decisions_key
from projector.mastery.organisation import drop_assignments
from projector.mastery.publication import drop_state
from projector.mastery.refold import Refold
from projector.mastery.registry import Registry
from projector.mastery.roles import drop_readiness
from projector.mastery.state import NOT_STARTED, STATE, state_key

Body = Mapping[str, Any]

MERGED, SPLIT = "IDENTITY_MERGED", "IDENTITY_SPLIT"


def _identifier(body: Body, name: str) -> Identifier:
    found = identifier(body.get(name))
    if found is None:
        raise InvalidDocument("an agent with an inverse functional identifier is wanted", f"/{name}")
    return found


class People:
    """Folds the entries about people."""

    def __init__(self, registry: Registry, namespace: UUID) -> None:
        self._registry = registry
        self._namespace = namespace

    def merged(self, publication: Publication, body: Body) -> None:
        """Let everything of the merged person be the survivor's (PersonsMerged)."""
        survivor = recognise(publication.documents, _identifier(body, "survivor"), self._namespace)
        merged = recognise(publication.documents, _identifier(body, "merged"), self._namespace)
        if survivor.id == merged.id:
            return
        self._say(publication, "persons.merged", survivor.id, {"survivor": survivor.id, "merged": merged.id})
        self._move(publication, merged, survivor, merged.identifiers, MERGED)

    def linked(self, publication: Publication, body: Body) -> None:
        """Let an identifier be the person's, whoever had it (IdentityLinked)."""
        person = recognise(publication.documents, _identifier(body, "person"), self._namespace)
        who = _identifier(body, "identifier")
        holder = recognise(publication.documents, who, self._namespace)
        if holder.id != person.id:
            self._move(publication, holder, person, (who.key,), MERGED)

    def split(self, publication: Publication, body: Body) -> None:
        """Let an identifier be a person of its own (PersonSplit)."""
        apart = self._apart(publication, _identifier(body, "from"), _identifier(body, "identifier"))
        if apart is not None:
            person, new = apart
            self._say(publication, "person.split", person.id, {"from": person.id, "split": new.id})
            self._move(publication, person, new, new.identifiers, SPLIT)

    def unlinked(self, publication: Publication, body: Body) -> None:
        """Let an identifier be a person of its own (IdentityUnlinked)."""
        apart = self._apart(publication, _identifier(body, "person"), _identifier(body, "identifier"))
        if apart is not None:
            self._move(publication, apart[0], apart[1], apart[1].identifiers, SPLIT)

    def _apart(self, publication: Publication, whole: Identifier, part: Identifier) -> tuple[Person, Person] | None:
        """Return the person and the new one with the identifier, None when it is not theirs or all they have."""
        documents = publication.documents
        person = find(documents, whole.key)
        if person is None or part.key not in person.identifiers or len(person.identifiers) == 1:
            return None
        named = str(uuid5(self._namespace, part.label))
        former = documents.get(PERSON, named)
        if former is not None and former.identifiers:
            named = str(uuid5(self._namespace, f"{part.label}#{publication.position}"))
        remaining = tuple(key for key in person.identifiers if key != part.key)
        kept = rename(documents, person, remaining)
        return kept, own(documents, named, part, (part.key,))

    def _move(self, publication: Publication, giver: Person, taker: Person, keys: tuple[str, ...], code: str) -> None:
        """Give identifiers to a person and fold again both, and those whom they assessed."""
        documents = publication.documents
        current = documents.get(PERSON, giver.id) or giver
        remaining = tuple(key for key in current.identifiers if key not in keys)
        rename(documents, current, remaining)
        known = documents.get(PERSON, taker.id) or taker
        names = [one for one in (current.label, *current.others) if key_of_text(one) in keys and one != known.label]
        known = msgspec.structs.replace(known, others=tuple(dict.fromkeys((*known.others, *names))))
        rename(documents, known, tuple(dict.fromkeys((*known.identifiers, *keys))))
        if not remaining:
            for competency in self._registry.competencies():
                drop_state(documents, giver.id, competency)
            drop_readiness(documents, giver.id)
            drop_eligibility(documents, giver.id)
        cause = Cause(code, publication.position, publication.recorded, publication.recorded)
        refold = Refold(publication, self._registry)
        refold.add_everything([giver.id, taker.id] if remaining else [taker.id], cause)
        for assessor in (giver.id, taker.id):
            refold.add_assessed(assessor, self._registry.competencies(), cause)
        refold.run()
        publication.changed.update(refold.changed)

    def erased(self, publication: Publication, body: Body) -> None:
        """Withdraw everything of a learner and forget who they were (LearnerErased).

        Raises LegalHold when a policy in force is under legal hold and they have evidence under it.
        """
        documents, person = publication.documents, find(publication.documents, _identifier(body, "person").key)
        if person is None:
            documents.put(ERASED, _identifier(body, "person").key, Erased(publication.recorded))
            return
        self._require_no_hold(publication, person)
        for competency in self._registry.competencies():
            keys = [policy.facts for policy in self._registry.policies_of(competency)]
            for key in person.identifiers:
                forget(documents, keys, key)
                documents.delete(DECISIONS, decisions_key(competency, key))
        for key in person.identifiers:
            documents.put(ERASED, key, Erased(publication.recorded))
            drop_assignments(documents, key)
        cause = Cause(ERASED_CODE, publication.position, publication.recorded, publication.recorded)
        refold = Refold(publication, self._registry)
        refold.add_everything([person.id], cause)
        refold.run()
        publication.changed.update(refold.changed)
        self._say(publication, "learner.erased", person.id, {})
        self._forget(publication, person.id)

    def _require_no_hold(self, publication: Publication, person: Person) -> None:
        for competency in self._registry.competencies():
            policy = self._registry.in_force(competency)
            state = publication.documents.get(STATE, state_key(person.id, competency))
            if policy is None or not policy.legal_hold or state is None:
                continue
            if state.outcome.evidence or state.outcome.status != NOT_STARTED:
                raise LegalHold(f"policy {policy.id} is under legal hold: who has evidence under it stays", "/person")

    def _forget(self, publication: Publication, person_id: str) -> None:
        documents = publication.documents
        known = documents.get(PERSON, person_id)
        for competency in self._registry.competencies():
            drop_state(documents, person_id, competency)
        for key in known.identifiers if known else ():
            documents.delete(OWNER, key)
        drop_readiness(documents, person_id)
        documents.put(PERSON, person_id, Person(person_id, "", (), known.sequence if known else 0))

    def decided(self, publication: Publication, body: Body) -> None:
        """Keep a decision about mastery (Decision)."""
        action, competency = body.get("action"), body.get("competency")
        if action not in ("grant", "revoke"):
            raise InvalidDocument("action is grant or revoke", "/action")
        if not isinstance(competency, str):
            raise InvalidDocument("the IRI of a competency is wanted", "/competency")
        documents, who = publication.documents, _identifier(body, "person")
        erased = documents.get(ERASED, who.key)
        if erased is not None and publication.recorded <= erased.recorded:
            return
        person = recognise(documents, who, self._namespace)
        decision = Decision(action, publication.recorded, publication.position, str(body.get("reason", "")))
        key = decisions_key(competency, who.key)
        known = documents.get(DECISIONS, key)
        documents.put(DECISIONS, key, Decisions((*(known.decisions if known else ()), decision)))
        cause = Cause(DECISION, publication.position, publication.recorded, publication.recorded)
        refold = Refold(publication, self._registry)
        refold.add(person.id, competency, cause, (person.id,))
        refold.run()
        publication.changed.update(refold.changed)

    def _say(self, publication: Publication, name: str, person_id: str, people: Body) -> None:
        code = {"persons.merged": MERGED, "person.split": SPLIT}.get(name, ERASED_CODE)
        content = {"personId": person_id, "cause": {"code": code, "position": publication.position}, **people}
        publication.emit(About(name, publication.recorded), content)
