"""Which rules select a statement, through indexes, so that the cost does not grow with the policies (section 3)."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from projector.mastery.conditions import glob_matches
from projector.mastery.glance import Glance
from projector.mastery.rulebook import Match, Policy, Rule
from projector.mastery.statements import activity_of, activity_type_of, context_activities, normalise, verb_of


@dataclass(frozen=True, slots=True)
class Candidate:
    """A rule that may select: ``place`` is its place in the policy."""

    policy: Policy
    place: int

    @property
    def rule(self) -> Rule:
        """Return the rule."""
        return self.policy.rules[self.place]


def selects(match: Match, statement: Mapping[str, Any]) -> bool:
    """Return whether a selector takes a normalised statement: its fields are ANDed, the values of one ORed."""
    if match.verb and verb_of(statement) not in match.verb:
        return False
    if not _activity_matches(match, statement):
        return False
    for kind, wanted in match.context:
        if not any(iri in wanted for iri in context_activities(statement, kind)):
            return False
    return match.where is None or match.where(statement)


def _activity_matches(match: Match, statement: Mapping[str, Any]) -> bool:
    if not (match.activity or match.globs or match.activity_type):
        return True
    activity = activity_of(statement)
    if activity is None or (match.activity and activity not in match.activity):
        return False
    if match.globs and not any(glob_matches(parts, activity) for parts in match.globs):
        return False
    return not match.activity_type or activity_type_of(statement) in match.activity_type


class Index:
    """The rules of many policies by the most telling thing that each asks."""

    def __init__(self, policies: Iterable[Policy], aligned: Mapping[str, Sequence[str]] | None = None) -> None:
        self._aligned = aligned or {}
        self._verb: defaultdict[str, list[Candidate]] = defaultdict(list)
        self._activity: defaultdict[str, list[Candidate]] = defaultdict(list)
        self._type: defaultdict[str, list[Candidate]] = defaultdict(list)
        self._context: defaultdict[tuple[str, str], list[Candidate]] = defaultdict(list)
        self._prefix: defaultdict[str, list[Candidate]] = defaultdict(list)
        self._rest: list[Candidate] = []
        for policy in policies:
            for place in range(len(policy.rules)):
                self._add(Candidate(policy, place))
        self._prefix_lengths = sorted({len(prefix) for prefix in self._prefix})

    def _add(self, candidate: Candidate) -> None:
        for bucket in self._buckets(candidate.rule.match, candidate.policy):
            bucket.append(candidate)

    def _buckets(self, match: Match, policy: Policy) -> list[list[Candidate]]:
        """Return the lists that a rule goes into: those of the first field that it has, rarest kind first.

        A rule that wants an aligned activity lies under the aligned activities alone.
        """
        if match.aligned or match.activity:
            aligned = policy.aliases.widen(self._aligned.get(policy.competency, ()))
            wanted = aligned if match.aligned else match.activity
            return [self._activity[iri] for iri in wanted if not match.activity or iri in match.activity]
        for kind, wanted in match.context:
            return [self._context[kind, iri] for iri in wanted]
        if match.globs:
            return [self._prefix[parts[0]] for parts in match.globs]
        if match.verb:
            return [self._verb[iri] for iri in match.verb]
        if match.activity_type:
            return [self._type[iri] for iri in match.activity_type]
        return [self._rest]

    def _candidates(self, statement: Mapping[str, Any]) -> Iterator[Candidate]:
        yield from self._verb.get(verb_of(statement), ())
        yield from self._rest
        activity = activity_of(statement)
        if activity is not None:
            yield from self._activity.get(activity, ())
            for length in self._prefix_lengths:
                yield from self._prefix.get(activity[:length], ())
            if self._type:
                yield from self._type.get(activity_type_of(statement) or "", ())
        if self._context:
            for kind in ("parent", "grouping", "category"):
                for iri in context_activities(statement, kind):
                    yield from self._context.get((kind, iri), ())

    def may_select(self, seen: Glance) -> bool:
        """Return whether any rule is a candidate for a statement that was only glanced at."""
        if self._rest or seen.verb.id in self._verb:
            return True
        activity = seen.activity
        if activity is not None and self._may_select_activity(activity, seen.object.definition.type):
            return True
        kinds = ("parent", "grouping", "category") if self._context else ()
        return any((kind, iri) in self._context for kind in kinds for iri in seen.context_activities(kind))

    def _may_select_activity(self, activity: str, kind: str) -> bool:
        if activity in self._activity or kind in self._type:
            return True
        return any(activity[:length] in self._prefix for length in self._prefix_lengths)

    def select(self, statement: Mapping[str, Any]) -> list[Candidate]:
        """Return for each policy the first of its rules that selects the statement, in the order of keys of facts."""
        statement = normalise(statement)
        found: dict[str, Candidate] = {}
        for candidate in self._candidates(statement):
            held = found.get(candidate.policy.facts)
            if (held is None or candidate.place < held.place) and selects(candidate.rule.match, statement):
                found[candidate.policy.facts] = candidate
        return [found[key] for key in sorted(found)]
