"""Say what is wrong with the structure of an xAPI object: every fault, its place, its rule and a sentence.

The sentences name fields and rules and never repeat a value, so that no personal data reaches a log or a journal.
"""

from collections.abc import Callable, Iterable, Iterator
from typing import Any

from jsonschema.exceptions import ValidationError

from lrs.xapi.faults import Fault
from lrs.xapi.schema import explaining_validator, sections
from lrs.xapi.version import Version

MAX_FAULTS = 1000

Path = tuple[str | int, ...]
_Found = tuple[Path, str]

_TYPES = {
    "array": "an array",
    "boolean": "a boolean",
    "integer": "an integer",
    "number": "a number",
    "object": "an object",
    "string": "a string",
}
_NULL_RULES = {Version.V1_0_3: "Data 2.2.s4.b1.b1", Version.V2_0_0: "IEEE 9274.1.1 4.2.1"}


def pointer_to(path: Iterable[str | int]) -> str:
    """Return ``path`` as a JSON pointer (RFC 6901)."""
    return "".join("/" + str(step).replace("~", "~0").replace("/", "~1") for step in path)


def name_of(path: Path, whole: str) -> str:
    """Return how a sentence calls the value at ``path``: its last two steps, or ``whole`` for the object itself."""
    steps = [f"[{step}]" if isinstance(step, int) else f".{step}" for step in path]
    start = max(len(steps) - 2, 0)
    while start > 0 and steps[start].startswith("["):
        start -= 1
    return "".join(steps[start:]).removeprefix(".") or f"the {whole}"


def explain(version: Version, name: str, instance: Any, statement_index: int | None = None) -> list[Fault]:
    """Return every structural fault of ``instance`` as a ``name`` (such as ``statement``), but no more than MAX_FAULTS.

    Empty when it is valid.
    """
    faults: dict[Fault, None] = {}
    for error in explaining_validator(version, name).iter_errors(instance):
        section = sections(version).get(id(error.schema), "")
        for path, sentence in _sentences(error, name):
            rule = _NULL_RULES[version] if error.validator == "type" and error.instance is None else section
            faults[Fault(sentence, pointer_to(path), rule, statement_index)] = None
            if len(faults) == MAX_FAULTS:
                return list(faults)
    return list(faults)


def _sentences(error: ValidationError, whole: str) -> Iterator[_Found]:
    path: Path = tuple(error.absolute_path)
    if "propertyNames" in error.absolute_schema_path and isinstance(error.instance, str):
        yield (*path, error.instance), f"{name_of(path, whole)} has a key that is not {_wanted(error)}"
        return
    yield from _BY_KEYWORD[str(error.validator)](error, path, name_of(path, whole))


def _wanted(error: ValidationError) -> str:
    schema: Any = error.schema
    return str(schema.get("description", "allowed"))


def _type(error: ValidationError, path: Path, name: str) -> Iterator[_Found]:
    if error.instance is None:
        yield path, f"{name} is null, which is allowed only inside extensions"
        return
    kinds: Any = error.validator_value
    kinds = [kinds] if isinstance(kinds, str) else kinds
    yield path, f"{name} is not {' or '.join(_TYPES[kind] for kind in kinds)}"


def _described(error: ValidationError, path: Path, name: str) -> Iterator[_Found]:
    yield path, f"{name} is not {_wanted(error)}"


def _required(error: ValidationError, path: Path, name: str) -> Iterator[_Found]:
    wanted: Any = error.validator_value
    instance: Any = error.instance
    for key in wanted:
        if key not in instance:
            yield path, f"{name} lacks {key}"


def _additional(error: ValidationError, path: Path, name: str) -> Iterator[_Found]:
    schema: Any = error.schema
    instance: Any = error.instance
    known = {key.casefold(): key for key in schema["properties"]}
    for key in instance:
        if key not in schema["properties"]:
            meant = known.get(key.casefold())
            hint = f"; the property is spelt {meant}" if meant else ""
            yield (*path, key), f"{name} has the unknown property {key[:80]}{hint}"


def _values(error: ValidationError, path: Path, name: str) -> Iterator[_Found]:
    value: Any = error.validator_value
    allowed = value if isinstance(value, list) else [value]
    yield path, f"{name} is not {' or '.join(allowed)}"


def _identifiers(error: ValidationError, path: Path, name: str) -> Iterator[_Found]:
    instance: Any = error.instance
    if not isinstance(instance, dict):
        return  # it is not even an object, and its type says so
    branches: Any = error.validator_value
    keys = [branch["required"][0] for branch in branches]
    used = [key for key in keys if key in instance]
    count = f"has {len(used)} ({', '.join(used)})" if used else "has none"
    yield path, f"{name} must have exactly one of {', '.join(keys)} and {count}"


def _range(error: ValidationError, path: Path, name: str) -> Iterator[_Found]:
    schema: Any = error.schema
    low, high = schema.get("minimum"), schema.get("maximum")
    yield path, f"{name} is outside {low}..{high}" if high is not None else f"{name} is below {low}"


def _size(error: ValidationError, path: Path, name: str) -> Iterator[_Found]:
    limit = error.validator_value
    bound = {
        "minItems": f"has fewer than {limit} entries",
        "maxItems": f"has more than {limit} entries",
        "minProperties": "is an empty object",
        "minLength": "is an empty string",
    }
    yield path, f"{name} {bound[str(error.validator)]}"


def _dependent(error: ValidationError, path: Path, name: str) -> Iterator[_Found]:
    wanted: Any = error.validator_value
    instance: Any = error.instance
    for key, needs in wanted.items():
        for need in needs:
            if key in instance and need not in instance:
                yield path, f"{name} uses {key} but lacks {need}"


_BY_KEYWORD: dict[str, Callable[[ValidationError, Path, str], Iterator[_Found]]] = {
    "type": _type,
    "pattern": _described,
    "not": _described,
    "required": _required,
    "additionalProperties": _additional,
    "const": _values,
    "enum": _values,
    "oneOf": _identifiers,
    "minimum": _range,
    "maximum": _range,
    "minItems": _size,
    "maxItems": _size,
    "minProperties": _size,
    "minLength": _size,
    "dependentRequired": _dependent,
}
