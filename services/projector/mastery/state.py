"""The state of one person and competency: what F answers, and what is remembered of what was published (section 13)."""

from collections.abc import Mapping, Sequence
from hashlib import sha256
from typing import Any

import msgspec
from msgspec.structs import replace

from projector.mastery.canonical import own_canonical
from projector.mastery.documents import Kind, Long
from projector.mastery.rulebook import Policy
from projector.mastery.times import render_or_none

NOT_STARTED, IN_PROGRESS, HELD, MASTERED = "not_started", "in_progress", "held", "mastered"
EXPIRING, GRACE, LAPSED = "expiring", "grace", "lapsed"
VALID = (MASTERED, EXPIRING, GRACE)

ACCEPTED, REJECTED, WITHDRAWN, QUARANTINED = "accepted", "rejected", "withdrawn", "quarantined"


class Assessed(msgspec.Struct, frozen=True, omit_defaults=True, gc=False):
    """How one statement ended: ``result``, ``reason`` of a refusal, ``score``, running ``value`` after it."""

    statement: str
    rule: str
    result: str
    event_time: int
    stored: int
    reason: str | None = None
    score: str | None = None
    value: str | None = None
    flags: tuple[str, ...] = ()


class Ends:
    """How pieces ended that may have ended otherwise before, and how those did; ``first`` is the place of the first."""

    def __init__(self) -> None:
        self.first: int | None = None
        self.before: list[Assessed] = []
        self.after: list[Assessed] = []

    def changed(self, place: int, was: Assessed | None, now: Assessed) -> Assessed:
        """Note how the piece at a place ends now, and how it ended unless it is new; returns which is to be kept."""
        if was is not None and was == now:
            return was
        if self.first is None:
            self.first = place
        if was is not None:
            self.before.append(was)
        self.after.append(now)
        return now


class Step(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """The history from the instant ``at`` on: ``place`` of the level shown (-1 below all), whether it was mastery.

    ``counted`` is the place that parents and assessors may count on (-1 while held or lapsed), ``value`` the exact
    text of the value.
    """

    at: int
    place: int
    mastered: bool
    counted: int = -1
    value: str | None = None


class Outcome(msgspec.Struct, frozen=True, gc=False):
    """What the stages find for one person and competency: a pure function of the facts and the environment.

    ``level`` is the id of a level and ``place`` its place in the scale, -1 for none; ``steps`` is the history by
    event time, ``unlocked`` since when the prerequisites are met, ``due`` the next instant at which time alone changes
    the outcome.
    """

    status: str = NOT_STARTED
    level: str | None = None
    place: int = -1
    value: str | None = None
    attained_at: int | None = None
    valid_until: int | None = None
    grace_until: int | None = None
    expiring_from: int | None = None
    flags: tuple[str, ...] = ()
    unmet: tuple[str, ...] = ()
    evidence: tuple[Assessed, ...] = ()
    steps: tuple[Step, ...] = ()
    unlocked: int | None = None
    due: int | None = None

    @property
    def is_blank(self) -> bool:
        """Whether nothing was started and there is no evidence."""
        return self.status == NOT_STARTED and not self.evidence


class Reference(msgspec.Struct, frozen=True, gc=False):
    """The policy version and framework version that decide a state."""

    id: str
    version: str
    sha256: str
    framework: str
    framework_version: str


class Loss(msgspec.Struct, frozen=True, gc=False):
    """The last loss that was published: its event id and the instant since which it holds."""

    id: str
    at: int


class Memory(msgspec.Struct, frozen=True, gc=False):
    """What was published before, as far as later events depend on it."""

    attained_once: bool = False
    loss: Loss | None = None
    last_at: int | None = None
    last_level: str | None = None
    last_mastery: str | None = None


class State(msgspec.Struct, frozen=True, gc=False):
    """An outcome with whose and which it is; ``position`` is that of the last entry that changed it.

    ``accepted`` and ``evidence_sha256`` are the digest of the evidence.
    """

    person: str
    competency: str
    policy: Reference
    outcome: Outcome
    position: int
    revision: int
    memory: Memory
    accepted: int = 0
    evidence_sha256: str = ""

    def digest(self) -> dict[str, Any]:
        """Return how many pieces are accepted and the hash over how every piece ended, in canonical order."""
        return {"count": self.accepted, "sha256": self.evidence_sha256}


def _with_evidence(state: State, evidence: tuple[Assessed, ...]) -> State:
    return replace(state, outcome=replace(state.outcome, evidence=evidence))


def _with_steps(state: State, steps: tuple[Step, ...]) -> State:
    return replace(state, outcome=replace(state.outcome, steps=steps))


STATE = Kind(
    "state",
    State,
    (
        Long("evidence", Assessed, lambda state: state.outcome.evidence, _with_evidence),
        Long("steps", Step, lambda state: state.outcome.steps, _with_steps),
    ),
)
NOTHING = Outcome()


def state_key(person: str, competency: str) -> str:
    """Return the key of a state."""
    return f"{person}|{competency}"


def reference(policy: Policy) -> Reference:
    """Return the reference to a policy version."""
    return Reference(policy.id, policy.version, policy.sha256, policy.framework, policy.framework_version)


DIGESTED = 64


class Digest:
    """How many pieces are accepted, and one hash over how each ended, in canonical order.

    The hash is the SHA-256 over the SHA-256 of every 64 pieces, each the canonical JSON array of how they ended: so a
    change among the last pieces costs the same however many came before.
    """

    def __init__(self, evidence: Sequence[Assessed]) -> None:
        self._hashes: list[bytes] = []
        self._accepted: list[int] = []
        self.change(evidence, 0)

    def change(self, evidence: Sequence[Assessed], first: int) -> None:
        """Take the evidence, which is as it was before the place ``first``."""
        start = first // DIGESTED
        del self._hashes[start:], self._accepted[start:]
        for place in range(start * DIGESTED, len(evidence), DIGESTED):
            pieces = evidence[place : place + DIGESTED]
            ended = [[one.statement, one.rule, one.result, one.reason, one.score, one.flags] for one in pieces]
            self._hashes.append(sha256(own_canonical(ended)).digest())
            self._accepted.append(sum(one.result == ACCEPTED for one in pieces))

    def told(self) -> dict[str, Any]:
        """Return the count and the hash."""
        return {"count": sum(self._accepted), "sha256": sha256(b"".join(self._hashes)).hexdigest()}


def evidence_digest(outcome: Outcome) -> dict[str, Any]:
    """Return how many pieces are accepted and the hash over how every piece ended, in canonical order."""
    return Digest(outcome.evidence).told()


def snapshot(outcome: Outcome) -> dict[str, Any]:
    """Return the previous/current part of an event (section 14)."""
    return {
        "status": outcome.status,
        "level": outcome.level,
        "value": outcome.value,
        "attainedAt": render_or_none(outcome.attained_at),
        "validUntil": render_or_none(outcome.valid_until),
        "graceUntil": render_or_none(outcome.grace_until),
    }


def body(competency: str, policy: Reference, outcome: Outcome, digest: Mapping[str, Any]) -> dict[str, Any]:
    """Return the body of a state document: everything that F answers, nothing of how it was found."""
    return {
        "competency": {"iri": competency, "framework": policy.framework, "version": policy.framework_version},
        "policy": {"id": policy.id, "version": policy.version, "sha256": policy.sha256},
        **snapshot(outcome),
        "flags": list(outcome.flags),
        "unmet": list(outcome.unmet),
        "evidence": dict(digest),
    }
