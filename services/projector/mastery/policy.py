"""From a policy document to a compiled policy; a bad one is refused with its JSON pointer (rule book, section 16)."""

from collections.abc import Mapping
from fractions import Fraction
from typing import Any

from projector.mastery.aliases import NO_ALIASES, Aliases
from projector.mastery.canonical import document_sha256, plain
from projector.mastery.checks import check_policy
from projector.mastery.conditions import compile_condition
from projector.mastery.identity import key_of_text
from projector.mastery.methods import compile_method
from projector.mastery.numbers import fraction, least_units
from projector.mastery.rulebook import (
    Attempts,
    Child,
    Expression,
    Late,
    Level,
    Match,
    MinEvidence,
    Policy,
    Prerequisites,
    Requirement,
    Rollup,
    Rule,
    Subject,
    Trust,
    Validity,
    Window,
)
from projector.mastery.score import compile_score
from projector.mastery.spans import NO_SPAN, Span, parse_span
from projector.mastery.times import parse

Document = Mapping[str, Any]
DEFAULT_DEDUPE = ("person", "verb", "activity", "registration", "event_time", "score")


def _span(document: Document, name: str) -> Span | None:
    return parse_span(document[name]) if name in document else None


def _match(document: Document, aliases: Aliases) -> Match:
    where = document.get("where")
    around = [name for name in ("parent", "grouping", "category") if name in document]
    return Match(
        verb=aliases.widen(document.get("verb", ())),
        activity=aliases.widen(document.get("activity", ())),
        globs=aliases.widen_globs(document.get("activityGlob", ())),
        activity_type=aliases.widen(document.get("activityType", ())),
        context=tuple((name, aliases.widen(document[name])) for name in around),
        where=None if where is None else compile_condition(where),
        aligned=document.get("alignedTo", False),
    )


def _subject(document: Any) -> Subject:
    if isinstance(document, str):
        return Subject(document)
    if "contextExtension" in document:
        return Subject("extension", document["contextExtension"])
    return Subject("agent", document["contextAgent"])


def _attempts(document: Document | None) -> Attempts | None:
    if document is None:
        return None
    return Attempts(tuple(document["groupBy"]), document["keep"], document.get("max"))


def _trust(document: Document) -> Trust:
    assessor = document.get("assessorCompetency", {})
    named = document.get("authorities")
    return Trust(
        min_level=document.get("minLevel", 0),
        authorities=None if named is None else tuple(key_of_text(one) for one in named),
        instructor_required=document.get("instructorRequired", False),
        not_self=document.get("notSelf", False),
        assessor_competency=assessor.get("competency"),
        assessor_level=assessor.get("level", ""),
    )


def _rule(document: Document, aliases: Aliases) -> Rule:
    return Rule(
        id=document["id"],
        kind=document["kind"],
        match=_match(document["match"], aliases),
        subject=_subject(document.get("subject", "actor")),
        scorer=compile_score(document["score"]),
        weight=fraction(document.get("weight", "1")),
        attempts=_attempts(document.get("attempts")),
        trust=_trust(document.get("trust", {})),
        renews=document.get("renews", True),
    )


def _requirement(document: Document) -> Requirement:
    rules = document["rule"]
    return Requirement(
        rules=(rules,) if isinstance(rules, str) else tuple(rules),
        at_least=document["atLeast"],
        min_score=fraction(document["minScore"]) if "minScore" in document else None,
        distinct_assessors=document.get("distinctAssessors", 0),
    )


def _scale(document: Document) -> tuple[Level, ...]:
    required: tuple[Requirement, ...] = ()
    levels: list[Level] = []
    for level in sorted(document["scale"], key=lambda one: int(one["level"])):
        required += tuple(_requirement(one) for one in level.get("requires", ()))
        levels.append(Level(level["level"], level["id"], fraction(level["min"]), required))
    return tuple(levels)


def _min_evidence(document: Document) -> MinEvidence:
    return MinEvidence(
        count=document.get("count", 0),
        distinct_activities=document.get("distinctActivities", 0),
        distinct_assessors=document.get("distinctAssessors", 0),
        span=_span(document, "spanAtLeast"),
    )


def compile_expression(document: Document) -> Expression:
    """Return an expression over competencies that its schema has passed."""
    if "competency" in document:
        return Expression(document["competency"], document.get("level"))
    for name in ("all", "any"):
        if name in document:
            branches = tuple(compile_expression(one) for one in document[name])
            return Expression(least=len(branches) if name == "all" else 1, branches=branches)
    return Expression(least=document["nOf"], branches=tuple(compile_expression(one) for one in document["of"]))


def _prerequisites(document: Document | None) -> Prerequisites | None:
    if document is None:
        return None
    return Prerequisites(
        compile_expression(document["expr"]), document.get("mode", "hold"), document.get("sustain", False)
    )


def _child(document: Document) -> Child:
    return Child(
        competency=document["competency"],
        level=document.get("level"),
        weight=fraction(document.get("weight", "1")),
        points=document.get("points", 0),
        required=document.get("required", False),
    )


def _rollup(document: Document | None) -> Rollup | None:
    if document is None:
        return None
    children = tuple(_child(one) for one in document["children"])
    least = {"all": len(children), "any": 1, "n_of": document.get("n", 0), "points": document.get("pointsRequired", 0)}
    return Rollup(document["op"], least.get(document["op"], 0), document.get("missing", "zero") == "zero", children)


def _validity(document: Document | None) -> Validity | None:
    if document is None:
        return None
    fixed = document.get("fixedDate")
    year, month, day = (int(part) for part in fixed.split("-")) if fixed else (0, 0, 0)
    return Validity(
        period=parse_span(document["period"]),
        anchor=document.get("anchor", "deciding_evidence"),
        fixed_date=(year, month, day) if fixed else None,
        min_active=_span(document, "minActive"),
        from_expiry=document.get("renewFrom") == "expiry",
        window=_span(document, "window"),
        grace=_span(document, "grace"),
        zone=document.get("timezone", "UTC"),
    )


def _late(document: Document) -> Late:
    return Late(_span(document, "max"), document.get("beyond", "accept"), _span(document, "futureSkew") or NO_SPAN)


def _method(document: Document, mastery_min: Fraction) -> Any:
    return compile_method(document["method"], mastery_min) if "method" in document else None


def compile_policy(document: Document) -> Policy:
    """Return the compiled policy of a document as parsed from JSON or YAML.

    Raises InvalidDocument or UnsupportedFeature with the JSON pointer of the fault.
    """
    document = plain(document)
    check_policy(document)
    return compile_checked(document, document_sha256(document))


def compile_checked(document: Document, sha256: str, aliases: Aliases = NO_ALIASES) -> Policy:
    """Return the compiled policy of a document that was checked before, with its hash, under a table of aliases."""
    scale = _scale(document)
    mastery = next(place for place, level in enumerate(scale) if level.id == document["masteryLevel"])
    window, dedupe = document.get("window", {}), document.get("dedupe", {})
    return Policy(
        key=f"{document['id']}#{document['version']}",
        id=document["id"],
        version=document["version"],
        sha256=sha256,
        competency=document["competency"],
        framework=document["framework"]["id"],
        framework_version=document["framework"]["version"],
        effective_from=parse(document["effectiveFrom"]),
        scale=scale,
        mastery=mastery,
        precision=document.get("precision", 4),
        least_units=tuple(least_units(level.minimum, document.get("precision", 4)) for level in scale),
        by_stored=document.get("order") == "stored",
        rules=tuple(_rule(rule, aliases) for rule in document.get("evidence", ())),
        start_method=_method(document, scale[mastery].minimum),
        min_evidence=_min_evidence(document.get("minEvidence", {})),
        window=Window(window.get("lastN"), _span(window, "maxAge")),
        prerequisites=_prerequisites(document.get("prerequisites")),
        rollup=_rollup(document.get("rollup")),
        combine=document.get("combine", "direct_only" if "evidence" in document else "rollup_only"),
        validity=_validity(document.get("validity")),
        decline=document.get("decline", "follow"),
        dedupe_key=tuple(dedupe.get("key", DEFAULT_DEDUPE)),
        dedupe_within=_span(dedupe, "within"),
        each_member=document.get("groupEvidence") == "each_member",
        late=_late(document.get("late", {})),
        on_version_change=document.get("onVersionChange", "reevaluate"),
        review=document.get("review") == "required_for_mastery",
        legal_hold=document.get("legalHold", False),
        aliases=aliases,
    )
