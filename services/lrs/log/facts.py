"""The facts that the log holds: bare domain events, each with the topic under which it is stored for ever.

A fact is no aggregate event: its originator is the entry itself (a statement id, a framework version) and its
version is always 1, so that the primary key of the events table makes entry ids unique.
"""

from typing import ClassVar
from uuid import UUID

from eventsourcing.utils import register_topic

from lrs.log.entry import STATEMENT_STORED


class Fact:
    """One fact. ``payload`` is its content, which the log never parses.

    ``packed`` is the frame version and the content that it is stored with, where those are known already.
    """

    __slots__ = ("originator_id", "packed", "payload")
    TOPIC: ClassVar[str]
    originator_version = 1

    def __init__(self, originator_id: UUID, payload: bytes, packed: tuple[int, bytes] | None = None) -> None:
        self.originator_id = originator_id
        self.payload = payload
        self.packed = packed


_TOPICS = {
    "StatementStored": STATEMENT_STORED,
    "TenantCreated": "mastrail.tenant.created.v1",
    "FrameworkPublished": "mastrail.framework.published.v1",
    "PolicyActivated": "mastrail.policy.activated.v1",
    "RolePublished": "mastrail.role.published.v1",
    "GoalPublished": "mastrail.goal.published.v1",
    "AssignmentChanged": "mastrail.assignment.changed.v1",
    "AlignmentChanged": "mastrail.alignment.changed.v1",
    "CredentialRulePublished": "mastrail.credential.rule.published.v1",
    "AliasesPublished": "mastrail.aliases.published.v1",
    "TrustChanged": "mastrail.trust.changed.v1",
    "IdentityLinked": "mastrail.identity.linked.v1",
    "IdentityUnlinked": "mastrail.identity.unlinked.v1",
    "PersonsMerged": "mastrail.persons.merged.v1",
    "PersonSplit": "mastrail.person.split.v1",
    "Decision": "mastrail.decision.v1",
    "ClockAdvanced": "mastrail.clock.advanced.v1",
    "LearnerErased": "mastrail.learner.erased.v1",
    "CredentialCreated": "mastrail.credential.created.v1",
    "CredentialRevoked": "mastrail.credential.revoked.v1",
    "CredentialRotated": "mastrail.credential.rotated.v1",
    "DictionaryTrained": "mastrail.dictionary.trained.v1",
}
TENANT_CREATED = _TOPICS["TenantCreated"]
DICTIONARY_TRAINED = _TOPICS["DictionaryTrained"]


def _fact_class(name: str, topic: str) -> type[Fact]:
    made = type(name, (Fact,), {"__slots__": (), "TOPIC": topic, "__doc__": f"The fact stored as ``{topic}``."})
    register_topic(topic, made)
    return made


FACTS: dict[str, type[Fact]] = {topic: _fact_class(name, topic) for name, topic in _TOPICS.items()}
"""The class of each topic. A stored topic is never renamed: a changed shape gets a topic of its own."""


def fact(topic: str, entry_id: UUID, payload: bytes, packed: tuple[int, bytes] | None = None) -> Fact:
    """Return the fact of ``topic``.

    Raises ValueError for a topic that the log does not know.
    """
    made = FACTS.get(topic)
    if made is None:
        raise ValueError(f"the log knows no topic {topic!r}")
    return made(entry_id, payload, packed)
