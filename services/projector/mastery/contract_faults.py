"""What is wrong where in a document that breaks its published contract, in words of our own.

The reason never repeats what was sent: a document about people holds personal data.
"""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, cast

from jsonschema.exceptions import ValidationError, relevance

Found = tuple[str, str]
"""A JSON pointer and a reason."""

_REASONS: Mapping[str, str] = {
    "type": "it has to be of the type {value}",
    "const": "it has to be {value}",
    "enum": "it has to be one of {value}",
    "pattern": "it does not match the pattern {value}",
    "format": "it is no valid {value}",
    "minItems": "it needs at least {value} item(s)",
    "maxItems": "it may have {value} items at most",
    "minLength": "it needs at least {value} character(s)",
    "maxLength": "it may have {value} characters at most",
    "minProperties": "it needs at least {value} member(s)",
    "maxProperties": "it may have {value} member(s) at most",
    "minimum": "it may not be below {value}",
    "maximum": "it may not be above {value}",
    "uniqueItems": "the same item stands twice",
}
_NO_FORM = "it has none of the forms that are allowed here"


_OTHER_KIND = 100


def pointer(path: Any) -> str:
    """Return the JSON pointer of a path of names and places."""
    return "".join("/" + str(step).replace("~", "~0").replace("/", "~1") for step in path)


def foremost_fault(errors: Iterable[ValidationError]) -> Found | None:
    """Return the fault that tells most, None where there is none."""
    found = list(errors)
    return next(faults_of(max(found, key=relevance)), None) if found else None


def faults_of(error: ValidationError) -> Iterator[Found]:
    """Yield the faults that an error of the contract stands for."""
    at, rule, value = pointer(error.absolute_path), str(error.validator), cast("Any", error.validator_value)
    if rule == "required":
        name = next(name for name in value if error.message.startswith(repr(name)))
        yield at + pointer([name]), "it is required"
    elif rule == "additionalProperties":
        known = cast("dict[str, Any]", error.schema).get("properties", {})
        for name in sorted(set(cast("dict[str, Any]", error.instance)) - set(known)):
            yield at + pointer([name]), "a member of this name is not permitted here"
    elif rule in ("anyOf", "oneOf"):
        yield from _faults_of_forms(at, error)
    else:
        yield at, _REASONS.get(rule, "it breaks the rule {name}").format(value=value, name=rule)


def _faults_of_forms(at: str, error: ValidationError) -> Iterator[Found]:
    """Yield what is wrong in the form that fits best, the form itself where several fit as badly."""
    forms: dict[Any, list[Found]] = {}
    distance: dict[Any, int] = {}
    for one in error.context or ():
        form, found = one.schema_path[0], list(faults_of(one))
        forms.setdefault(form, []).extend(found)
        distance[form] = distance.get(form, 0) + (_OTHER_KIND if _names_another(one) else len(found))
    best = [found for form, found in forms.items() if distance[form] == min(distance.values())]
    places = {where for found in best for where, _ in found}
    if len(best) == 1:
        yield from best[0]
    elif len(places) == 1:
        yield min(places), _NO_FORM
    else:
        yield at, _NO_FORM


def _names_another(error: ValidationError) -> bool:
    """Return whether a document says by its ``type`` that it has another form."""
    return list(error.relative_path)[-1:] == ["type"] and error.validator in ("const", "enum")
