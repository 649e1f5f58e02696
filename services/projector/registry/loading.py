"""Reading registry documents: JSON or YAML 1.2 (core schema) into plain JSON values, within limits.

Anchors, aliases, tags and merge keys are refused: a document means what it shows, and no small file unfolds into a
large one. Times stay text and fractions stay exact decimals.
"""

import json
import re
from collections.abc import Iterable
from decimal import Decimal
from typing import Any

import orjson
import yaml
from yaml import AliasEvent, CollectionEndEvent, CollectionStartEvent, MappingNode, NodeEvent, ScalarNode, SequenceNode

from projector.registry.faults import invalid
from projector.store.exact_json import exact_decimal

MAX_BYTES = 1_000_000
MAX_DEPTH = 64
_INTEGER = re.compile(r"[-+]?[0-9]{1,40}")
_FRACTION = re.compile(r"[-+]?(?:\.[0-9]{1,40}|[0-9]{1,40}(?:\.[0-9]{0,40})?)(?:[eE][-+]?[0-9]{1,3})?")
_SPACED_TIME = re.compile(
    r"([0-9]{4}-[0-9]{2}-[0-9]{2})[ \t]+([0-9]{2}:[0-9]{2}:[0-9]{2}(?:\.[0-9]{1,9})?)[ \t]*(Z|[-+][0-9]{2}:[0-9]{2})?"
)
"""A time as YAML writes it: with a space, and in UTC where it says no zone."""
_CONSTANTS = (("true", True), ("false", False), ("null", None))
_WORDS = {form: value for word, value in _CONSTANTS for form in (word, word.capitalize(), word.upper())}
_WORDS |= {"": None, "~": None}


def load_json(content: bytes, most_bytes: int) -> Any:
    """Return the JSON that ``content`` is.

    Raises InvalidDocument when it is none, nested too deep, or larger than ``most_bytes``.
    """
    if len(content) > most_bytes:
        raise invalid(f"the document is larger than {most_bytes} bytes")
    try:
        found = orjson.loads(content)
    except orjson.JSONDecodeError as error:
        raise invalid("the document is not JSON") from error
    _check_depth(content.decode())
    return found


def load_documents(content: bytes) -> list[dict[str, Any]]:
    """Return every document of ``content``, in order.

    Raises InvalidDocument when it is too large or deep, is neither JSON nor YAML, repeats a name within an object,
    uses what is refused here, or holds anything but objects.
    """
    if len(content) > MAX_BYTES:
        message = f"the document is larger than {MAX_BYTES} bytes"
        raise invalid(message)
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise invalid("the document is not UTF-8") from error
    found = _from_json(text) if text.lstrip().startswith("{") else _from_yaml(text)
    documents = [document for document in found if document is not None]
    if not documents or not all(isinstance(document, dict) for document in documents):
        raise invalid("a registry document is an object")
    return documents


def load_document(content: bytes) -> dict[str, Any]:
    """Return the only document of ``content``; raises InvalidDocument as ``load_documents`` and if there are more."""
    documents = load_documents(content)
    if len(documents) != 1:
        message = f"one document is expected here, {len(documents)} were given"
        raise invalid(message)
    return documents[0]


def _from_json(text: str) -> list[Any]:
    _check_depth(text)
    try:
        return [json.loads(text, parse_float=exact_decimal, parse_constant=_no_constant, object_pairs_hook=_object)]
    except json.JSONDecodeError:
        return _from_yaml(text)


def _check_depth(text: str) -> None:
    """Refuse deep nesting before any parser recurses; brackets inside strings count too, which harms nobody."""
    depth = 0
    for bracket in re.finditer(r"[\[\]{}]", text):
        depth += 1 if bracket[0] in "[{" else -1
        if depth > MAX_DEPTH:
            message = f"the document is nested deeper than {MAX_DEPTH}"
            raise invalid(message)


def _no_constant(name: str) -> Any:
    message = f"{name} is no JSON number"
    raise invalid(message)


def _object(pairs: Iterable[tuple[str, Any]]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name, value in pairs:
        if name in found:
            message = f"the name {name!r} stands twice in one object"
            raise invalid(message)
        found[name] = value
    return found


def _from_yaml(text: str) -> list[Any]:
    try:
        _check_events(text)
        return [None if node is None else _plain(node) for node in yaml.compose_all(text, Loader=yaml.SafeLoader)]
    except yaml.YAMLError as error:
        message = f"the document is neither JSON nor YAML: {_place(error)}"
        raise invalid(message) from error


def _check_events(text: str) -> None:
    depth = 0
    for event in yaml.parse(text, Loader=yaml.SafeLoader):
        depth += isinstance(event, CollectionStartEvent) - isinstance(event, CollectionEndEvent)
        if depth > MAX_DEPTH:
            message = f"the document is nested deeper than {MAX_DEPTH}"
            raise invalid(message)
        if isinstance(event, AliasEvent) or (isinstance(event, NodeEvent) and event.anchor):
            raise invalid(_at(event, "anchors and aliases are not used in registry documents"))
        if isinstance(event, NodeEvent) and getattr(event, "tag", None) not in (None, "!"):
            raise invalid(_at(event, "tags are not used in registry documents"))


def _plain(node: Any) -> Any:
    if isinstance(node, MappingNode):
        return _object((_name(key), _plain(value)) for key, value in node.value)
    if isinstance(node, SequenceNode):
        return [_plain(member) for member in node.value]
    return _scalar(node)


def _name(node: Any) -> str:
    if not isinstance(node, ScalarNode) or node.value == "<<":
        raise invalid(_at(node, "a name in an object is a plain text"))
    return str(node.value)


def _scalar(node: ScalarNode) -> Any:
    text = str(node.value)
    if node.style is not None:
        return text
    if text in _WORDS:
        return _WORDS[text]
    if _INTEGER.fullmatch(text):
        return int(text)
    time = _SPACED_TIME.fullmatch(text)
    if time is not None:
        return f"{time[1]}T{time[2]}{time[3] or 'Z'}"
    return Decimal(text) if _FRACTION.fullmatch(text) else text


def _at(marked: Any, message: str) -> str:
    return f"line {marked.start_mark.line + 1}: {message}"


def _place(error: yaml.YAMLError) -> str:
    mark = getattr(error, "problem_mark", None)
    problem = getattr(error, "problem", None) or "it cannot be read"
    return f"line {mark.line + 1}: {problem}" if mark else str(problem)
