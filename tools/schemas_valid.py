"""Refuse a published JSON Schema that is not valid 2020-12, has no ``$id`` of its own, or refers to nothing."""

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from jsonschema import Draft202012Validator, SchemaError
from referencing import Registry, Resource
from referencing.exceptions import Unresolvable
from referencing.jsonschema import DRAFT202012

SCHEMAS = Path(__file__).parents[1] / "schemas"
DIALECT = "https://json-schema.org/draft/2020-12/schema"


def references(schema: Any) -> Iterator[str]:
    """Yield every ``$ref`` in ``schema``."""
    if isinstance(schema, dict):
        if isinstance(reference := schema.get("$ref"), str):
            yield reference
        for value in schema.values():
            yield from references(value)
    elif isinstance(schema, list):
        for value in schema:
            yield from references(value)


def faults(schema: dict[str, Any], registry: Registry[Any]) -> Iterator[str]:
    """Yield what is wrong with one schema."""
    if schema.get("$schema") != DIALECT:
        yield f"$schema is not {DIALECT}"
    try:
        Draft202012Validator.check_schema(schema)
    except SchemaError as error:
        yield f"{error.json_path}: {error.message}"
    resolver = registry.resolver(schema.get("$id", ""))
    for reference in sorted(set(references(schema))):
        try:
            resolver.lookup(reference)
        except Unresolvable:
            yield f"$ref {reference} leads nowhere"


def main() -> int:
    """Print every fault of every published schema; exit 1 when there is one."""
    schemas = {file: json.loads(file.read_text(encoding="utf-8")) for file in sorted(SCHEMAS.rglob("*.schema.json"))}
    ids = [schema.get("$id", "") for schema in schemas.values()]
    resources = [
        (name, Resource(schema, DRAFT202012)) for name, schema in zip(ids, schemas.values(), strict=True) if name
    ]
    registry: Registry[Any] = Registry().with_resources(resources)
    found = [
        f"{file.relative_to(SCHEMAS)}: {fault}"
        for file, schema in schemas.items()
        for fault in faults(schema, registry)
    ]
    found += [
        f"{file.relative_to(SCHEMAS)}: $id is missing" for file, name in zip(schemas, ids, strict=True) if not name
    ]
    found += [f"$id {name} is used twice" for name in sorted({name for name in ids if ids.count(name) > 1})]
    for fault in found:
        print(fault)
    print(f"{len(schemas)} schemas, {len(found)} faults")
    return 1 if found or not schemas else 0


if __name__ == "__main__":
    sys.exit(main())
