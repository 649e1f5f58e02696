"""The incremental fold: one entry of the log after the other, only what each touches (rule book, sections 1 and 13)."""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from projector.mastery.addressee import addressee
from projector.mastery.changes import Changes
from projector.mastery.courses import Courses
from projector.mastery.credentials import CredentialRules, CredentialWatch
from projector.mastery.documents import Documents
from projector.mastery.elsewhere import Elsewhere
from projector.mastery.envelope import Place, Publication
from projector.mastery.faults import UnsupportedFeature
from projector.mastery.glance import glance
from projector.mastery.identity import Identifier, identifier, recognise
from projector.mastery.intake import History, Intake
from projector.mastery.knowledge import Known
from projector.mastery.organisation import Organisation
from projector.mastery.people import People
from projector.mastery.registry import Order, Registry
from projector.mastery.roles import Roles, Watch
from projector.mastery.share import EVERYBODY, Share, people_of
from projector.mastery.statements import VOIDED, verb_of
from projector.mastery.times import instant

Body = Mapping[str, Any]
STATEMENT, CLOCK_ADVANCED = "statement", "ClockAdvanced"
_CHANGE_NO_OTHERS = (
    CLOCK_ADVANCED,
    "RolePublished",
    "CredentialRulePublished",
    "GoalPublished",
    "AssignmentChanged",
    "FrameworkPublished",
    "TrustChanged",
    "Decision",
)
"""The entries that leave the fold of everybody good whom they do not let be folded again."""


class Fold:
    """F of section 1, entry by entry, over documents.

    Everything that it knows lies in ``documents``; what it holds beside them is compiled from them, so after a
    transaction that failed a new Fold must take the place of this one. ``history`` lets a policy that is activated
    see the statements before it; without it, a policy sees only the statements that come after its activation.
    ``latest`` is the last recorded time so far, which lets dated documents count; a new Fold may be told it.
    ``courses`` says how many folds are kept that can go on, with no effect on any answer. Of several folds over one log
    each takes its ``share`` of the people; ``places`` tells where the events of the last entry stand among those of
    all.
    """

    def __init__(  # noqa: PLR0913 - all by name
        self,
        documents: Documents,
        *,
        tenant: str,
        namespace: UUID,
        history: History | None = None,
        courses: Courses | None = None,
        share: Share = EVERYBODY,
    ) -> None:
        self._documents = documents
        self._tenant = tenant
        self._namespace = namespace
        self._registry = Registry(documents)
        self._share = share
        self._elsewhere = None if share.is_everybody else Elsewhere(namespace)
        self._registry.elsewhere = None if self._elsewhere is None else self._elsewhere.documents
        self._intake = Intake(self._registry, namespace, share)
        self.places: list[Place] = []
        self._roles = Roles(documents)
        self._credentials = CredentialRules(documents)
        standing = Known(documents, self._registry).standing
        self._watch = Watch(self._roles, standing)
        self._credential_watch = CredentialWatch(self._credentials, standing)
        self.latest: datetime | None = None
        self._courses = Courses() if courses is None else courses
        self._changes = Changes(self._registry, self._roles, self._credentials, self._intake, history)
        people, organisation = People(self._registry, namespace), Organisation(namespace)
        self._handlers: dict[str, Callable[[Publication, Body], None]] = {
            "PolicyActivated": self._changes.policy_activated,
            "FrameworkPublished": self._changes.framework_published,
            "AlignmentChanged": self._changes.alignment_changed,
            "AliasesPublished": self._changes.aliases_published,
            "RolePublished": self._changes.role_published,
            "CredentialRulePublished": self._changes.credential_rule_published,
            "GoalPublished": organisation.goal_published,
            "AssignmentChanged": organisation.assignment_changed,
            "TrustChanged": self._changes.trust_changed,
            CLOCK_ADVANCED: self._changes.clock_advanced,
            "PersonsMerged": people.merged,
            "PersonSplit": people.split,
            "IdentityLinked": people.linked,
            "IdentityUnlinked": people.unlinked,
            "LearnerErased": people.erased,
            "Decision": people.decided,
        }

    def apply(self, position: int, kind: str, recorded: datetime, body: Body) -> list[dict[str, Any]]:
        """Fold one entry and return the CloudEvents that it caused, in order.

        ``kind`` is ``"statement"`` or the entry name of rule book, section 16; numbers in ``body`` are integers or
        decimals. Raises UnsupportedFeature for a kind that is not known, InvalidDocument for a bad document.
        """
        self.places = []
        if self.latest is None or recorded > self.latest:
            self.latest = recorded
        if kind == STATEMENT:
            return self._statement(position, recorded, body)
        handler = self._handlers.get(kind)
        if handler is None:
            raise UnsupportedFeature(f"entry {kind}", "/entry")
        if kind not in _CHANGE_NO_OTHERS:
            self._courses.clear()
        publication = self._publication(position, recorded)
        if self._is_ours(kind, body):
            handler(publication, body)
        else:
            self.look_elsewhere(position, kind, recorded, body)
        return self._finished(publication)

    def look_elsewhere(self, position: int, kind: str, recorded: datetime, body: Body) -> None:
        """Note of an entry only what it says about people whom another share takes."""
        if self._elsewhere is not None and not self._is_ours(kind, body):
            self._elsewhere.apply(position, kind, instant(recorded), body)

    def _is_ours(self, kind: str, body: Body) -> bool:
        """Return whether an entry is about nobody, or about somebody of our share."""
        named = () if self._elsewhere is None else people_of(kind, body)
        return all(self._share.takes(one.key) for one in named)

    def concerns(self, text: bytes, recorded: datetime) -> bool:
        """Return False when ``apply`` would do nothing for the statement whose JSON text this is.

        It looks at a few members only, so for most of those that no rule selects nothing else need be parsed.
        """
        due = self._changes.next_date
        if due is not None and instant(recorded) >= due:
            return True
        seen = glance(text)
        return seen is None or seen.voids or self._registry.index.may_select(seen)

    def may_select(self, text: bytes) -> bool:
        """Return False when no rule selects the statement whose JSON text this is."""
        seen = glance(text)
        return seen is None or self._registry.index.may_select(seen)

    def addressee(self, text: bytes, recorded: datetime) -> Identifier | None:
        """Return whom alone a statement that ``concerns`` us can be about, None when it may be about anybody."""
        due = self._changes.next_date
        if (due is not None and instant(recorded) >= due) or not self._registry.is_about_actors:
            return None
        return addressee(text)

    def preload(self, document: Body) -> None:
        """Activate a policy or publish another dated document before the first entry, from its ``effectiveFrom`` on."""
        if document.get("kind") == "Role":
            self._roles.publish(document, 0)
        elif document.get("kind") == "CredentialRule":
            self._credentials.publish(document, 0)
        elif document.get("kind") == "Aliases":
            self._registry.publish_aliases(document, 0)
        else:
            self._registry.activate(Order(document))

    def meet(self, agent: object) -> None:
        """Let the person of an agent be known, though no entry that counts has named them."""
        who = identifier(agent)
        if who is not None:
            recognise(self._documents, who, self._namespace)

    def _publication(self, position: int, recorded: datetime) -> Publication:
        """Return the publication of an entry, with whatever became due before it."""
        latest = instant(self.latest or recorded)
        at = instant(recorded)
        publication = Publication(
            self._documents, self._tenant, self._namespace, position, at, latest, courses=self._courses
        )
        self._changes.take_effect(publication, latest)
        return publication

    def _statement(self, position: int, recorded: datetime, body: Body) -> list[dict[str, Any]]:
        selected = self._registry.index.select(body)
        due = self._changes.next_date
        concerns = selected or verb_of(body) == VOIDED
        if not concerns and (due is None or instant(recorded) < due):
            return []
        publication = self._publication(position, recorded)
        if concerns:
            self._intake.take(publication, body, () if verb_of(body) == VOIDED else selected)
        return self._finished(publication)

    def _finished(self, publication: Publication) -> list[dict[str, Any]]:
        """Return the events of an entry, those of the roles and then those of the credentials last."""
        self._watch.states_changed(publication)
        self._watch.roles_changed(publication, publication.roles)
        self._credential_watch.states_changed(publication)
        self._credential_watch.rules_changed(publication, publication.credentials)
        self.places = publication.places
        return publication.events
