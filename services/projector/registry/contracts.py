"""Documents held against their published contracts: every fault with its JSON pointer and a reason of our own.

The reason never repeats what was sent: a document about people holds personal data.
"""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, cast

from jsonschema.exceptions import ValidationError

from lrs.xapi.faults import Fault
from projector.mastery.canonical import as_doubles, plain
from projector.mastery.checks import explaining, fits, pointer
from projector.registry.faults import InvalidDocument

_RULE = "published contract of the document"
_MOST_FAULTS = 100
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
    "minimum": "it may not be below {value}",
    "maximum": "it may not be above {value}",
    "uniqueItems": "the same item stands twice",
    "anyOf": "it has none of the forms that are allowed here",
    "oneOf": "it does not have exactly one of the forms that are allowed here",
}


def check_contract(name: str, document: Mapping[str, Any]) -> None:
    """Hold ``document`` against ``schemas/competency/<name>.schema.json``.

    Raises InvalidDocument with the pointer and reason of every fault (the first hundred).
    """
    held = plain(document)
    if fits(held, name):
        return
    found: list[Fault] = []
    for error in explaining(name).iter_errors(as_doubles(held)):
        found.extend(_faults(error))
        if len(found) >= _MOST_FAULTS:
            break
    require_no_faults(name, found)


def require_no_faults(name: str, faults: Iterable[Fault]) -> None:
    """Raise InvalidDocument if a document has any faults."""
    found = list(faults)
    if found:
        raise refused(name, found)


def refused(name: str, faults: list[Fault]) -> InvalidDocument:
    """Return the refusal of a document for its faults, the first of them in its message."""
    first = faults[0]
    return InvalidDocument(f"the document is no valid {name}: {first.pointer or '/'}: {first.message}", faults)


def fault(message: str, at: str) -> Fault:
    """Return a fault of a document at a pointer."""
    return Fault(message, at, _RULE)


def _faults(error: ValidationError) -> Iterator[Fault]:
    at, rule, value = pointer(error.absolute_path), str(error.validator), cast("Any", error.validator_value)
    if rule == "required":
        name = next(name for name in value if error.message.startswith(repr(name)))
        yield fault("it is required", at + pointer([name]))
    elif rule == "additionalProperties":
        known = cast("dict[str, Any]", error.schema).get("properties", {})
        for name in sorted(set(cast("dict[str, Any]", error.instance)) - set(known)):
            yield fault("a member of this name is not permitted here", at + pointer([name]))
    else:
        yield fault(_REASONS.get(rule, "it breaks the rule {name}").format(value=value, name=rule), at)
