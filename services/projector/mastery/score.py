"""The score of one statement under one rule, as an exact fraction of 1 (rule book, section 5)."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Context, Decimal
from fractions import Fraction
from typing import Any

from projector.mastery.conditions import value_at
from projector.mastery.numbers import fraction, number_of
from projector.mastery.statements import OBJECT

NO_SCORE = "NO_SCORE"
SCORE_RANGE = "SCORE_RANGE"
CONTRADICTION = "CONTRADICTION"

_PASSED = "http://adlnet.gov/expapi/verbs/passed"
_FAILED = "http://adlnet.gov/expapi/verbs/failed"
_ZERO, _ONE = Fraction(0), Fraction(1)
_HUNDREDTH = Fraction(1, 100)
_ALL_DIGITS = Context(prec=1000)


@dataclass(frozen=True, slots=True)
class Scored:
    """A score, or the ``refusal`` why there is none; both are None under a rule that wants no score."""

    score: Fraction | None = None
    refusal: str | None = None


Scorer = Callable[[Mapping[str, Any]], Scored]


def _result(statement: Mapping[str, Any]) -> Mapping[str, Any]:
    result = statement.get("result")
    return result if isinstance(result, OBJECT) else {}


def _score(statement: Mapping[str, Any]) -> Mapping[str, Any]:
    score = _result(statement).get("score")
    return score if isinstance(score, OBJECT) else {}


def _scaled(statement: Mapping[str, Any]) -> Fraction | None:
    return number_of(_score(statement).get("scaled"))


def _raw(statement: Mapping[str, Any]) -> Fraction | None:
    score = _score(statement)
    raw, least, most = (number_of(score.get(name)) for name in ("raw", "min", "max"))
    if raw is None or least is None or most is None or most <= least:
        return None
    return (raw - least) / (most - least)


def _boolean(name: str) -> Callable[[Mapping[str, Any]], Fraction | None]:
    def value(statement: Mapping[str, Any]) -> Fraction | None:
        told = _result(statement).get(name)
        return (_ONE if told else _ZERO) if isinstance(told, bool) else None

    return value


_SOURCES = {"scaled": _scaled, "raw": _raw, "success": _boolean("success"), "completion": _boolean("completion")}


def _in_range(value: Fraction, reject_negative: bool) -> Scored:
    if value > _ONE or (value < _ZERO and reject_negative):
        return Scored(refusal=SCORE_RANGE)
    return Scored(max(value, _ZERO))


def _from_sources(names: list[str], reject_negative: bool) -> Scorer:
    sources = [_SOURCES[name] for name in names]

    def scorer(statement: Mapping[str, Any]) -> Scored:
        for source in sources:
            value = source(statement)
            if value is not None:
                return _in_range(value, reject_negative)
        return Scored(refusal=NO_SCORE)

    return scorer


def _map_key(value: Any) -> str | None:
    """Return the text by which a rubric map names a value: numbers in their shortest form, booleans as in JSON."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, Decimal):
        return f"{value.normalize(_ALL_DIGITS):f}" if value else "0"
    return str(value) if isinstance(value, str | int) else None


def _from_map(path: list[str | int], points: Mapping[str, str]) -> Scorer:
    scores = {name: fraction(text) for name, text in points.items()}

    def scorer(statement: Mapping[str, Any]) -> Scored:
        key = _map_key(value_at(statement, path))
        found = None if key is None else scores.get(key)
        return Scored(refusal=NO_SCORE) if found is None else Scored(found)

    return scorer


def compile_score(rule: Mapping[str, Any]) -> Scorer:
    """Return the scorer of a rule's ``score`` that its schema has passed."""
    if "fixed" in rule:
        fixed = Scored(fraction(rule["fixed"]))
        return lambda _: fixed
    if "map" in rule:
        return _from_map(rule["path"], rule["map"])
    if "from" in rule:
        return _from_sources(rule["from"], rule.get("negative") == "reject")
    return lambda _: Scored()


def contradicts(verb: str, statement: Mapping[str, Any]) -> bool:
    """Return whether the verb says one thing and the success or the numbers another; the numbers are used.

    A scaled score may be rounded: only what is further from the raw one than a hundredth is another score.
    """
    success = _result(statement).get("success")
    if (verb == _PASSED and success is False) or (verb == _FAILED and success is True):
        return True
    scaled, raw = _scaled(statement), _raw(statement)
    return scaled is not None and raw is not None and scaled >= _ZERO and abs(scaled - raw) > _HUNDREDTH
