"""What a mastery policy says, compiled to what the stages read (rule book, sections 3 to 12)."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from fractions import Fraction

from projector.mastery.aliases import Aliases
from projector.mastery.conditions import Condition
from projector.mastery.running import Running
from projector.mastery.score import Scorer
from projector.mastery.spans import NO_SPAN, Span

FOLLOW, HIGH_WATER, BANKED = "follow", "high_water", "banked"
HOLD, BLOCK, ADVISE = "hold", "block", "advise"
CARRY, REEVALUATE, REQUIRE_NEW = "carry", "reevaluate", "require_new"


@dataclass(frozen=True, slots=True)
class Requirement:
    """What a level asks beyond its ``min``: so many pieces of evidence of these rules."""

    rules: tuple[str, ...]
    at_least: int
    min_score: Fraction | None
    distinct_assessors: int

    @property
    def unmet(self) -> str:
        """Return the code that a state below mastery carries when this is missing."""
        return "LEVEL_REQUIREMENT_UNMET:" + ",".join(self.rules)


@dataclass(frozen=True, slots=True)
class Level:
    """One step of the scale; ``requires`` include those of every lower level."""

    rank: int
    id: str
    minimum: Fraction
    requires: tuple[Requirement, ...]


@dataclass(frozen=True, slots=True)
class Match:
    """What a selector asks; an empty field asks nothing. ``aligned`` wants an activity aligned to the competency."""

    verb: tuple[str, ...] = ()
    activity: tuple[str, ...] = ()
    globs: tuple[tuple[str, ...], ...] = ()
    activity_type: tuple[str, ...] = ()
    context: tuple[tuple[str, tuple[str, ...]], ...] = ()
    where: Condition | None = None
    aligned: bool = False


@dataclass(frozen=True, slots=True)
class Subject:
    """Whom a statement is about: ``where`` is actor, object, extension or agent, the last two with an ``iri``."""

    where: str = "actor"
    iri: str = ""


@dataclass(frozen=True, slots=True)
class Attempts:
    """How repeated attempts count: grouped by what, which of a group is kept, and how many at most."""

    group_by: tuple[str, ...]
    keep: str
    most: int | None


@dataclass(frozen=True, slots=True)
class Trust:
    """Who must have vouched: ``authorities`` are identifier keys, None for any."""

    min_level: int = 0
    authorities: tuple[str, ...] | None = None
    instructor_required: bool = False
    not_self: bool = False
    assessor_competency: str | None = None
    assessor_level: str = ""


@dataclass(frozen=True, slots=True)
class Rule:
    """One evidence rule: which statements, about whom, vouched for by whom, worth what."""

    id: str
    kind: str
    match: Match
    subject: Subject
    scorer: Scorer
    weight: Fraction
    attempts: Attempts | None
    trust: Trust
    renews: bool


@dataclass(frozen=True, slots=True)
class MinEvidence:
    """The least evidence that any level needs."""

    count: int = 0
    distinct_activities: int = 0
    distinct_assessors: int = 0
    span: Span | None = None


@dataclass(frozen=True, slots=True)
class Window:
    """Which evidence counts: the last so many pieces, none older than an age."""

    last: int | None = None
    max_age: Span | None = None


@dataclass(frozen=True, slots=True)
class Expression:
    """A tree over competencies: a leaf names one and a level, a branch wants ``least`` of its ``branches``."""

    competency: str = ""
    level: str | None = None
    least: int = 0
    branches: tuple["Expression", ...] = ()

    def leaves(self) -> Iterator["Expression"]:
        """Yield the leaves from left to right."""
        if not self.branches:
            yield self
        for branch in self.branches:
            yield from branch.leaves()


@dataclass(frozen=True, slots=True)
class Prerequisites:
    """What must be mastered before: ``mode`` is hold, block or advise."""

    expression: Expression
    mode: str
    sustain: bool


@dataclass(frozen=True, slots=True)
class Child:
    """A competency below another."""

    competency: str
    level: str | None
    weight: Fraction
    points: int
    required: bool


@dataclass(frozen=True, slots=True)
class Rollup:
    """How a competency follows from its children: ``least`` is the n of n_of, or the points required."""

    op: str
    least: int
    zero_missing: bool
    children: tuple[Child, ...]


@dataclass(frozen=True, slots=True)
class Validity:
    """How long mastery lasts."""

    period: Span
    anchor: str
    fixed_date: tuple[int, int, int] | None
    min_active: Span | None
    from_expiry: bool
    window: Span | None
    grace: Span | None
    zone: str


@dataclass(frozen=True, slots=True)
class Late:
    """What becomes of evidence that came too long after its event."""

    longest: Span | None = None
    beyond: str = "accept"
    future_skew: Span = NO_SPAN


def facts_under_table(key: str, aliases: Aliases) -> str:
    """Return the key under which the facts of a policy version are kept under a table of aliases."""
    return f"{key}~{aliases.tag}" if aliases.tag else key


@dataclass(frozen=True, slots=True)
class Policy:
    """One version of a policy: ``key`` is ``id#version``, ``mastery`` the place of the mastery level in ``scale``.

    ``least_units`` is, for each level, the least value that reaches it, in units of the last place. ``aliases`` is the
    table that its selectors are widened with.
    """

    key: str
    id: str
    version: str
    sha256: str
    competency: str
    framework: str
    framework_version: str
    effective_from: int
    scale: tuple[Level, ...]
    mastery: int
    precision: int
    least_units: tuple[int, ...]
    by_stored: bool
    rules: tuple[Rule, ...]
    start_method: Callable[[], Running] | None = field(repr=False)
    min_evidence: MinEvidence
    window: Window
    prerequisites: Prerequisites | None
    rollup: Rollup | None
    combine: str
    validity: Validity | None
    decline: str
    dedupe_key: tuple[str, ...]
    dedupe_within: Span | None
    each_member: bool
    late: Late
    on_version_change: str
    review: bool
    legal_hold: bool
    aliases: Aliases

    @property
    def facts(self) -> str:
        """Return the key under which facts are kept: those of each table of aliases by themselves."""
        return facts_under_table(self.key, self.aliases)

    def rule(self, rule_id: str) -> Rule:
        """Return the rule of that id."""
        return next(rule for rule in self.rules if rule.id == rule_id)

    def place(self, level: str | None) -> int:
        """Return the place of a level in the scale, that of the mastery level for None; past the top if unknown."""
        if level is None:
            return self.mastery
        return next((place for place, one in enumerate(self.scale) if one.id == level), len(self.scale))

    def below(self) -> list[str]:
        """Return the competencies that this one stands on: prerequisites and children, each once."""
        named = [leaf.competency for leaf in self.prerequisites.expression.leaves()] if self.prerequisites else []
        named += [child.competency for child in self.rollup.children] if self.rollup else []
        return list(dict.fromkeys(named))

    @property
    def counts_assessors(self) -> bool:
        """Return whether anything depends on how many different assessors there were."""
        asked = [one.distinct_assessors for level in self.scale for one in level.requires]
        return any(asked) or bool(self.min_evidence.distinct_assessors)

    def assessing(self) -> list[str]:
        """Return the competencies that assessors must have held."""
        named = [rule.trust.assessor_competency for rule in self.rules]
        return list(dict.fromkeys(one for one in named if one is not None))
