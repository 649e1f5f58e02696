"""Which events go to which Kafka topic (rule book, section 14)."""

from collections.abc import Mapping

MASTERY_TOPIC = "mastrail.mastery.v1"
EVIDENCE_TOPIC = "mastrail.evidence.v1"
READINESS_TOPIC = "mastrail.readiness.v1"
ADMIN_TOPIC = "mastrail.admin.v1"
TOPICS = (MASTERY_TOPIC, EVIDENCE_TOPIC, READINESS_TOPIC, ADMIN_TOPIC)
"""The topics of the feed."""
STATE_TOPIC = "mastrail.state.v1"
STATEMENTS_TOPIC = "mastrail.statements.v1"

_NAMED: Mapping[str, str] = {
    "role.readiness.changed": READINESS_TOPIC,
    "skill.gap.changed": READINESS_TOPIC,
    "credential.eligible": READINESS_TOPIC,
    "eligibility.withdrawn": READINESS_TOPIC,
    "framework.published": ADMIN_TOPIC,
    "policy.activated": ADMIN_TOPIC,
    "reevaluation.completed": ADMIN_TOPIC,
    "persons.merged": ADMIN_TOPIC,
    "person.split": ADMIN_TOPIC,
    "learner.erased": ADMIN_TOPIC,
}


def short_name(kind: str) -> str:
    """Return the name within the type of an event: ``attained``, ``level.reached``."""
    return kind.removeprefix("mastrail.mastery.").removesuffix(".v1")


def topic_of(kind: str) -> str:
    """Return the topic of an event by its type: evidence, readiness and credentials, administration, else mastery."""
    name = short_name(kind)
    return EVIDENCE_TOPIC if name.startswith("evidence.") else _NAMED.get(name, MASTERY_TOPIC)
