"""The structure of every xAPI object as JSON Schema, compiled twice: once to be fast, once to explain.

The files of ``schemas/xapi/<version>/`` are the one structural truth (Data 2.2). ``is_valid`` runs on every statement;
``iter_errors`` runs only on what ``is_valid`` has refused, and a property test holds the two equal.
"""

import re
from collections.abc import Callable, Iterator
from functools import cache
from typing import Any

import jsonschema_rs
from jsonschema import Draft202012Validator, validators
from jsonschema.exceptions import ValidationError
from referencing import Registry
from referencing.jsonschema import DRAFT202012

from lrs.contracts import load_schemas
from lrs.xapi.version import Version


@cache
def _pattern(source: str) -> re.Pattern[str]:
    """Compile ``source`` so that its ``$`` means the end of the text, as ECMA 262 and the fast validator say."""
    return re.compile(source[:-1] + r"\Z" if source.endswith("$") else source)


def _matches(validator: Any, pattern: str, instance: Any, _schema: Any) -> Iterator[ValidationError]:
    if validator.is_type(instance, "string") and not _pattern(pattern).search(instance):
        yield ValidationError("does not match its pattern")


_extend: Callable[..., Any] = validators.extend
_Explaining = _extend(Draft202012Validator, {"pattern": _matches})


@cache
def _fast_registry(version: Version) -> jsonschema_rs.Registry:
    return jsonschema_rs.Registry([(schema["$id"], schema) for schema in load_schemas(f"xapi/{version}").values()])


@cache
def _unnamed_dialect(version: Version) -> dict[str, dict[str, Any]]:
    """Return the schemas without ``$schema``, at which ``jsonschema`` would go back to its own class of validator."""
    schemas = load_schemas(f"xapi/{version}").items()
    return {name: {key: value for key, value in schema.items() if key != "$schema"} for name, schema in schemas}


@cache
def _explaining_registry(version: Version) -> Any:
    schemas = _unnamed_dialect(version).values()
    return Registry().with_resources([(schema["$id"], DRAFT202012.create_resource(schema)) for schema in schemas])


@cache
def fast_validator(version: Version, name: str) -> Callable[[Any], bool]:
    """Return the compiled predicate "is a valid ``name``", such as ``statement`` or ``agent``."""
    schema = load_schemas(f"xapi/{version}")[name]
    return jsonschema_rs.Draft202012Validator(schema, registry=_fast_registry(version)).is_valid


@cache
def fast_validator_of_all(version: Version, name: str) -> Callable[[Any], bool]:
    """Return the compiled predicate "is a list in which everything is a valid ``name``"."""
    schema = {"type": "array", "items": {"$ref": load_schemas(f"xapi/{version}")[name]["$id"]}}
    return jsonschema_rs.Draft202012Validator(schema, registry=_fast_registry(version)).is_valid


@cache
def explaining_validator(version: Version, name: str) -> Any:
    """Return the validator that says everything that is wrong with a ``name``."""
    return _Explaining(_unnamed_dialect(version)[name], registry=_explaining_registry(version))


@cache
def sections(version: Version) -> dict[int, str]:
    """Return the specification section of every subschema by its identity: its own ``$comment`` or the nearest."""
    found: dict[int, str] = {}

    def walk(node: Any, section: str) -> None:
        if isinstance(node, dict):
            section = node.get("$comment", section)
            found[id(node)] = section
            for value in node.values():
                walk(value, section)
        elif isinstance(node, list):
            for value in node:
                walk(value, section)

    for schema in _unnamed_dialect(version).values():
        walk(schema, "")
    return found
