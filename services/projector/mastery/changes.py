"""Entries about documents, trust and time: what they change and whom they touch (rule book, sections 1, 4, 11, 12)."""

from collections.abc import Mapping, Sequence
from typing import Any

from projector.mastery.canonical import plain
from projector.mastery.checks import check_schema, parse_time
from projector.mastery.credentials import CredentialRules
from projector.mastery.differences import CLOCK as CLOCK_CODE
from projector.mastery.differences import FRAMEWORK_CHANGED, POLICY_ACTIVATED, Cause
from projector.mastery.documents import Kind
from projector.mastery.envelope import About, Publication
from projector.mastery.environment import TrustLevel
from projector.mastery.evidence import FACTS, facts_key, facts_under, forget
from projector.mastery.faults import InvalidDocument
from projector.mastery.identity import authority_of, find
from projector.mastery.intake import History, Intake
from projector.mastery.knowledge import CLOCK, DECISIONS, TRUST, Clock, clock_of, decisions_key
from projector.mastery.publication import DUE
from projector.mastery.refold import NOTHING_ELSE, Refold
from projector.mastery.registry import ALIGNMENT, FRAMEWORK, Activation, Alignment, Order, Registry, keep_version
from projector.mastery.roles import Roles
from projector.mastery.rulebook import Policy
from projector.mastery.state import STATE, VALID, reference, state_key
from projector.mastery.times import render

Body = Mapping[str, Any]
_TRUST_CHANGED = "TRUST_CHANGED"
_MOST_TRUST = 3


def _document(body: Body, name: str) -> Body:
    found = body.get(name)
    if not isinstance(found, Mapping):
        raise InvalidDocument("a document is wanted", f"/{name}")
    return found


class Changes:
    """Folds the entries about documents, trust and time."""

    def __init__(
        self,
        registry: Registry,
        roles: Roles,
        credentials: CredentialRules,
        intake: Intake,
        history: History | None,
    ) -> None:
        self._registry = registry
        self._roles = roles
        self._credentials = credentials
        self._intake = intake
        self._history = history

    def policy_activated(self, publication: Publication, body: Body) -> None:
        """Keep a policy version, let it see the statements so far, and put it in force if its date has come."""
        start = parse_time(body["effectiveFrom"], "/effectiveFrom") if body.get("effectiveFrom") else None
        mode = body.get("mode")
        if mode not in (None, "carry", "reevaluate", "require_new"):
            raise InvalidDocument("mode is carry, reevaluate or require_new", "/mode")
        order = Order(_document(body, "policy"), start, mode, publication.position, publication.recorded)
        policy, activation = self._registry.activate(order)
        versions = [one for one in self._registry.policies_of(policy.competency) if one.key == policy.key]
        self._look_back(publication, versions)
        self._say_activated(publication, policy, activation)
        self.take_effect(publication, publication.latest)

    def _look_back(self, publication: Publication, policies: Sequence[Policy]) -> None:
        if policies:
            self._intake.look_back(publication, self._registry.index_of(policies), self._history)

    def _say_activated(self, publication: Publication, policy: Policy, activation: Activation) -> None:
        content = {
            **_named(policy),
            "cause": {"code": POLICY_ACTIVATED, "position": publication.position},
            "effectiveFrom": render(activation.effective_from),
            "mode": activation.mode,
        }
        publication.emit(About("policy.activated", activation.effective_from), content)

    def role_published(self, publication: Publication, body: Body) -> None:
        """Keep a role version and put it in force if its date has come."""
        self._roles.publish(_document(body, "document"), publication.position)
        self.take_effect(publication, publication.latest)

    def credential_rule_published(self, publication: Publication, body: Body) -> None:
        """Keep a version of a credential rule and put it in force if its date has come."""
        self._credentials.publish(_document(body, "document"), publication.position)
        self.take_effect(publication, publication.latest)

    @property
    def next_date(self) -> int | None:
        """Return the next date of a policy, a table of aliases, a role or a credential rule."""
        policies, roles, credentials = self._registry.next_date, self._roles.next_date, self._credentials.next_date
        if roles is None and credentials is None:
            return policies
        return min(one for one in (policies, roles, credentials) if one is not None)

    def take_effect(self, publication: Publication, now: int) -> None:
        """Put in force what is due at ``now`` and fold again whom it concerns."""
        due = self.next_date
        if due is None or now < due:
            return
        publication.roles.extend(self._roles.take_effect(now))
        publication.credentials.extend(self._credentials.take_effect(now))
        aliased = self._registry.aliases_take_effect(now)
        if aliased is not None:
            self._fold_all(publication, aliased)
        for competency, date in self._registry.take_effect(now):
            people = self._people_of(publication, competency)
            before = self._valid(publication, people, competency)
            refold = Refold(publication, self._registry)
            cause = Cause(POLICY_ACTIVATED, publication.position, date, publication.recorded)
            for person in people:
                refold.add(person, competency, cause, (person,))
            refold.run()
            publication.changed.update(refold.changed)
            if people:
                after = self._valid(publication, people, competency)
                told = {"people": len(people), "gained": _without(after, before), "lost": _without(before, after)}
                self._say_completed(publication, competency, date, told)

    def _fold_all(self, publication: Publication, date: int) -> None:
        """Fold everybody again who has facts, because another table of aliases counts since a date."""
        refold = Refold(publication, self._registry)
        cause = Cause(FRAMEWORK_CHANGED, publication.position, date, publication.recorded)
        for competency in self._registry.competencies():
            for person in self._people_of(publication, competency):
                refold.add(person, competency, cause, (person,))
        refold.run()
        publication.changed.update(refold.changed)

    def _say_completed(self, publication: Publication, competency: str, date: int, told: Mapping[str, int]) -> None:
        policy = self._registry.in_force(competency)
        content = {
            **({} if policy is None else _named(policy)),
            "cause": {"code": POLICY_ACTIVATED, "position": publication.position},
            **told,
        }
        publication.emit(About("reevaluation.completed", date), content)

    def _valid(self, publication: Publication, people: list[str], competency: str) -> list[str]:
        known = [(person, publication.documents.get(STATE, state_key(person, competency))) for person in people]
        return [person for person, state in known if state is not None and state.outcome.status in VALID]

    def _people_of(self, publication: Publication, competency: str) -> list[str]:
        """Return who has facts, a decision or a state in a competency, or a state in one that it stands on."""
        documents = publication.documents
        people: dict[str, None] = {}
        versions = [facts_key(policy.facts, "") for policy in self._registry.policies_of(competency)]
        places: list[tuple[Kind[Any], str]] = [
            *((FACTS, one) for one in versions),
            (DECISIONS, decisions_key(competency, "")),
        ]
        for kind, prefix in places:
            for key, _ in documents.scan(kind, prefix):
                owner = find(documents, key.removeprefix(prefix))
                if owner is not None:
                    people[owner.id] = None
        policy_in_force = self._registry.in_force(competency)
        wanted = [competency, *(policy_in_force.below() if policy_in_force else [])]
        for _, state in documents.scan(STATE):
            if state.competency in wanted:
                people[state.person] = None
        return sorted(people)

    def framework_published(self, publication: Publication, body: Body) -> None:
        """Keep a framework version and say that it is published."""
        document = plain(_document(body, "document"))
        check_schema(document, "framework")
        version = keep_version(publication.documents, FRAMEWORK, document)
        content = {
            "framework": {"id": document["id"], "version": document["version"], "sha256": version.sha256},
            "cause": {"code": FRAMEWORK_CHANGED, "position": publication.position},
        }
        publication.emit(About("framework.published", publication.recorded), content)

    def aliases_published(self, publication: Publication, body: Body) -> None:
        """Keep a table of aliases, let every policy see the statements so far under it, and put it in force if due."""
        self._look_back(publication, self._registry.publish_aliases(_document(body, "document"), publication.position))
        self.take_effect(publication, publication.latest)

    def alignment_changed(self, publication: Publication, body: Body) -> None:
        """Keep what an activity feeds and select anew under the policies that ask for it."""
        document = plain(_document(body, "document"))
        check_schema(document, "alignment")
        documents, activity = publication.documents, document["activity"]
        known = documents.get(ALIGNMENT, activity)
        documents.put(ALIGNMENT, activity, Alignment(tuple(document["competencies"])))
        self._registry.settle()
        touched = dict.fromkeys([*(known.competencies if known else ()), *document["competencies"]])
        cause = Cause(FRAMEWORK_CHANGED, publication.position, publication.recorded, publication.recorded)
        refold = Refold(publication, self._registry)
        for competency in touched:
            people = self._people_of(publication, competency)
            self._select_anew(publication, competency)
            known_before = dict.fromkeys(people)
            for person in dict.fromkeys([*people, *self._people_of(publication, competency)]):
                refold.add(person, competency, cause, (person not in known_before, person))
        refold.run()
        publication.changed.update(refold.changed)

    def _select_anew(self, publication: Publication, competency: str) -> None:
        documents = publication.documents
        for policy in self._registry.policies_of(competency):
            if not any(rule.match.aligned for rule in policy.rules) or self._history is None:
                continue
            prefix = facts_key(policy.facts, "")
            for key in [key for key, _ in documents.scan(FACTS, prefix)]:
                forget(documents, [policy.facts], key.removeprefix(prefix))
            self._look_back(publication, [policy])

    def trust_changed(self, publication: Publication, body: Body) -> None:
        """Keep the level of an authority and fold again what rests on it."""
        authority, level = authority_of(body.get("authority")), body.get("level")
        if authority is None:
            raise InvalidDocument("an agent with an inverse functional identifier is wanted", "/authority")
        if not isinstance(level, int) or isinstance(level, bool) or not 0 <= level <= _MOST_TRUST:
            raise InvalidDocument("level is an integer from 0 to 3", "/level")
        documents, known = publication.documents, publication.documents.get(TRUST, authority.key)
        if known is not None and known.recorded > publication.recorded:
            return
        documents.put(TRUST, authority.key, TrustLevel(level, publication.recorded))
        cause = Cause(_TRUST_CHANGED, publication.position, publication.recorded, publication.recorded)
        refold = Refold(publication, self._registry)
        for key, _ in documents.scan(FACTS):
            if any(fact.authority == authority.key for fact in facts_under(documents, key)):
                policy_key, _, identifier_key = key.partition("|")
                owner = find(documents, identifier_key)
                if owner is not None:
                    refold.add(owner.id, self._registry.policy(policy_key).competency, cause, (key,))
        refold.run()
        publication.changed.update(refold.changed)

    def clock_advanced(self, publication: Publication, body: Body) -> None:
        """Move the clock and let everything happen that has become due."""
        now, before = parse_time(body.get("now"), "/now"), clock_of(publication.documents)
        if before is not None and now <= before:
            return
        publication.documents.put(CLOCK, "log", Clock(now))
        self.take_effect(publication, now)
        cause = Cause(CLOCK_CODE, publication.position, now, publication.recorded)
        refold = Refold(publication, self._registry)
        for key, due in publication.documents.scan(DUE):
            if int(key.partition("|")[0]) > now:
                break
            refold.add(due.person, due.competency, cause, (key,), NOTHING_ELSE)
        refold.run()
        publication.changed.update(refold.changed)


def _without(these: list[str], those: list[str]) -> int:
    """Return how many of these are not among those."""
    return sum(one not in those for one in these)


def _named(policy: Policy) -> dict[str, Any]:
    """Return the competency and the policy as the data of an event names them."""
    decided_by = reference(policy)
    return {
        "competency": {"iri": policy.competency, "framework": policy.framework, "version": policy.framework_version},
        "policy": {"id": decided_by.id, "version": decided_by.version, "sha256": decided_by.sha256},
    }
