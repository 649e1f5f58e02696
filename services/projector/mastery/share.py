"""A share of the people: of several folds over one log each takes its own, and together they are one (section 13).

People who are merged, linked or split at any place of the log fall to the same share, so everything that is one
person's is folded in one place. What is about nobody in particular every share folds; the first one tells it.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any
from zlib import crc32

from projector.mastery.identity import Identifier, identifier
from projector.mastery.rulebook import Policy

Body = Mapping[str, Any]

_MOVING = ("PersonsMerged", "PersonSplit", "IdentityLinked", "IdentityUnlinked", "LearnerErased")
"""The entries that change who is who."""
_NAMED = {
    "PersonsMerged": ("survivor", "merged"),
    "PersonSplit": ("from", "identifier"),
    "IdentityLinked": ("person", "identifier"),
    "IdentityUnlinked": ("person", "identifier"),
    "LearnerErased": ("person",),
    "Decision": ("person",),
}
"""The members of the entries about people that name somebody."""


def people_of(kind: str, body: Body) -> list[Identifier]:
    """Return whom an entry names; an entry that is about nobody in particular names none."""
    if kind == "AssignmentChanged":
        document = body.get("document")
        named = [document.get("person")] if isinstance(document, Mapping) else []
    else:
        named = [body.get(name) for name in _NAMED.get(kind, ())]
    return [found for one in named if (found := identifier(one)) is not None]


def _name(identifier_key: str) -> str:
    """Return what people are shared out by: an OpenID and an account whose labels are the same stay together."""
    kind, _, name = identifier_key.partition(":")
    return identifier_key if kind == "sha1" else name


def ties_people(policy: Policy, bonds: "Bonds") -> bool:
    """Return whether what becomes of one person depends on others: on assessors, or on members of the same group.

    How many assessors somebody had depends on who is who among others, where the log changes that.
    """
    return policy.each_member or bool(policy.assessing()) or (bonds.move_people and policy.counts_assessors)


class Bonds:
    """Who is to be folded with whom; ``move_people`` says whether any entry changed who is who."""

    def __init__(self) -> None:
        self._above: dict[str, str] = {}
        self.move_people = False

    def tie(self, these: Iterable[str]) -> None:
        """Let the holders of these identifier keys be folded together."""
        roots = sorted({self._root(_name(one)) for one in these})
        for root in roots[1:]:
            self._above[root] = roots[0]

    def note(self, kind: str, body: Body) -> None:
        """Note what an entry says about who is who."""
        self.move_people = self.move_people or kind in _MOVING
        self.tie(one.key for one in people_of(kind, body))

    def roots(self) -> dict[str, str]:
        """Return, for everybody who is not alone, the name that stands for all who are folded together."""
        return {name: self._root(name) for name in self._above}

    def _root(self, name: str) -> str:
        while (above := self._above.get(name)) is not None:
            name = above
        return name


@dataclass(frozen=True, slots=True)
class Share:
    """The people who fall to the fold ``number`` of ``count``; with ``undivided`` all fall to the first."""

    number: int = 0
    count: int = 1
    roots: Mapping[str, str] = field(default_factory=dict)
    undivided: bool = False

    @property
    def is_first(self) -> bool:
        """Whether this share tells what is about nobody in particular."""
        return self.number == 0

    @property
    def is_everybody(self) -> bool:
        """Whether there is no other share."""
        return self.count == 1

    def taker(self, identifier_key: str) -> int:
        """Return the number of the fold that takes the person of an identifier."""
        if self.undivided:
            return 0
        name = _name(identifier_key)
        return crc32(self.roots.get(name, name).encode("utf-8", "surrogatepass")) % self.count

    def takes(self, identifier_key: str) -> bool:
        """Return whether the person of an identifier falls to this share."""
        return self.count == 1 or self.taker(identifier_key) == self.number


EVERYBODY = Share()
