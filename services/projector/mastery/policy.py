"""A mastery policy, checked and compiled to what the stages read (mastery.md sections 3 to 12)."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any

from projector.mastery.canonical import document_sha256, plain
from projector.mastery.checks import check_policy
from projector.mastery.conditions import Condition, compile_condition, glob_parts
from projector.mastery.methods import Running, compile_method
from projector.mastery.numbers import fraction
from projector.mastery.score import Scorer, compile_score
from projector.mastery.spans import NO_SPAN, Span, parse_span
from projector.mastery.times import parse

DEFAULT_DEDUPE = ("person", "verb", "activity", "registration", "event_time", "score")


@dataclass(frozen=True, slots=True)
class Requirement:
    """What a level asks beyond its ``min``: so many pieces of evidence of these rules."""

    rules: tuple[str, ...]
    at_least: int
    min_score: Fraction | None
    distinct_assessors: int


@dataclass(frozen=True, slots=True)
class Level:
    """One step of the scale; ``requires`` include those of every lower level."""

    rank: int
    id: str
    minimum: Fraction
    requires: tuple[Requirement, ...]


@dataclass(frozen=True, slots=True)
class Match:
    """What a selector asks; an empty field asks nothing."""

    verb: tuple[str, ...]
    activity: tuple[str, ...]
    globs: tuple[tuple[str, ...], ...]
    activity_type: tuple[str, ...]
    context: tuple[tuple[str, tuple[str, ...]], ...]
    where: Condition | None


@dataclass(frozen=True, slots=True)
class Rule:
    """One evidence rule: which statements, about whom, worth what."""

    id: str
    kind: str
    match: Match
    scorer: Scorer
    wants_score: bool
    weight: Fraction


@dataclass(frozen=True, slots=True)
class Policy:
    """One version of a policy: ``key`` is ``id#version``, ``mastery`` the place of the mastery level in ``scale``."""

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
    by_stored: bool
    rules: tuple[Rule, ...]
    start_method: Callable[[], Running] = field(repr=False)
    dedupe_key: tuple[str, ...]
    future_skew: Span

    def rule(self, rule_id: str) -> Rule:
        """Return the rule of that id."""
        return next(rule for rule in self.rules if rule.id == rule_id)


def _match(document: Mapping[str, Any]) -> Match:
    where = document.get("where")
    return Match(
        verb=tuple(document.get("verb", ())),
        activity=tuple(document.get("activity", ())),
        globs=tuple(glob_parts(pattern) for pattern in document.get("activityGlob", ())),
        activity_type=tuple(document.get("activityType", ())),
        context=tuple((name, tuple(document[name])) for name in ("parent", "grouping", "category") if name in document),
        where=None if where is None else compile_condition(where),
    )


def _rule(document: Mapping[str, Any]) -> Rule:
    return Rule(
        id=document["id"],
        kind=document["kind"],
        match=_match(document["match"]),
        scorer=compile_score(document["score"]),
        wants_score="none" not in document["score"],
        weight=fraction(document.get("weight", "1")),
    )


def _requirement(document: Mapping[str, Any]) -> Requirement:
    rules = document["rule"]
    return Requirement(
        rules=(rules,) if isinstance(rules, str) else tuple(rules),
        at_least=document["atLeast"],
        min_score=fraction(document["minScore"]) if "minScore" in document else None,
        distinct_assessors=document.get("distinctAssessors", 0),
    )


def _scale(document: Mapping[str, Any]) -> tuple[Level, ...]:
    required: tuple[Requirement, ...] = ()
    levels: list[Level] = []
    for level in sorted(document["scale"], key=lambda one: int(one["level"])):
        required += tuple(_requirement(one) for one in level.get("requires", ()))
        levels.append(Level(level["level"], level["id"], fraction(level["min"]), required))
    return tuple(levels)


def compile_policy(document: Mapping[str, Any]) -> Policy:
    """Return the compiled policy of a document as parsed from JSON or YAML.

    Raises InvalidDocument or UnsupportedFeature with the JSON pointer of the fault.
    """
    document = plain(document)
    check_policy(document)
    scale = _scale(document)
    mastery = next(place for place, level in enumerate(scale) if level.id == document["masteryLevel"])
    skew = document.get("late", {}).get("futureSkew")
    return Policy(
        key=f"{document['id']}#{document['version']}",
        id=document["id"],
        version=document["version"],
        sha256=document_sha256(document),
        competency=document["competency"],
        framework=document["framework"]["id"],
        framework_version=document["framework"]["version"],
        effective_from=parse(document["effectiveFrom"]),
        scale=scale,
        mastery=mastery,
        precision=document.get("precision", 4),
        by_stored=document.get("order") == "stored",
        rules=tuple(_rule(rule) for rule in document.get("evidence", ())),
        start_method=compile_method(document["method"], scale[mastery].minimum),
        dedupe_key=tuple(document.get("dedupe", {}).get("key", DEFAULT_DEDUPE)),
        future_skew=NO_SPAN if skew is None else parse_span(skew),
    )
