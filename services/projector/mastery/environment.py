"""Everything besides the facts of one person and competency that an answer depends on (rule book, section 1)."""

from collections.abc import Sequence
from typing import Protocol

import msgspec

from projector.mastery.rulebook import Policy
from projector.mastery.state import NOTHING, Outcome


class TrustLevel(msgspec.Struct, frozen=True):
    """The level 0..3 of an authority since it was ``recorded``."""

    level: int
    recorded: int


class Decision(msgspec.Struct, frozen=True):
    """A decision of a person about mastery: ``action`` is grant or revoke."""

    action: str
    recorded: int
    position: int
    reason: str


class Surroundings(Protocol):
    """What the evaluation may ask about others."""

    def trust(self, authority: str) -> TrustLevel | None:
        """Return the level of an authority, None when no entry ever set it."""
        ...

    def person_of(self, identifier_key: str) -> str:
        """Return whose an identifier is: a person id, or the key itself when nobody was seen under it."""
        ...

    def standing(self, person: str, competency: str) -> tuple[Policy | None, Outcome]:
        """Return the outcome of any person and competency and the policy that decided it."""
        ...


class Nobody:
    """Surroundings in which nothing else is known."""

    def trust(self, authority: str) -> TrustLevel | None:
        """Return None."""
        del authority
        return None

    def person_of(self, identifier_key: str) -> str:
        """Return the key."""
        return identifier_key

    def standing(self, person: str, competency: str) -> tuple[Policy | None, Outcome]:
        """Return that nothing was started."""
        del person, competency
        return None, NOTHING


class Environment(msgspec.Struct, frozen=True, gc=False):
    """The policy that decides, the clock, and what else is known.

    ``as_of`` is the explicit evaluation time: facts after it do not count; None counts every fact that is known.
    ``clock`` is the last time of the log, None when no time has passed. ``not_before`` refuses facts before it.
    """

    policy: Policy
    person: str = ""
    as_of: int | None = None
    clock: int | None = None
    not_before: int | None = None
    decisions: Sequence[Decision] = ()
    surroundings: Surroundings = msgspec.field(default_factory=Nobody)

    @property
    def now(self) -> int | None:
        """Return the instant at which validity, grace and windows are evaluated."""
        return self.clock if self.as_of is None else self.as_of
