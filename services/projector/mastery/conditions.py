"""The ``where`` tree of a selector, compiled to one function (rule book, section 3).

A missing path makes every op false except ``exists: false``; ``not`` negates that. Numbers compare exactly.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from projector.mastery.numbers import number_of

Condition = Callable[[Mapping[str, Any]], bool]
_MISSING = object()


def glob_matches(parts: tuple[str, ...], text: str) -> bool:
    """Return whether ``text`` as a whole is the literal ``parts`` with anything at all between them."""
    if len(parts) == 1:
        return text == parts[0]
    first, *middle, last = parts
    if len(text) < len(first) + len(last) or not text.startswith(first) or not text.endswith(last):
        return False
    at, end = len(first), len(text) - len(last)
    for part in middle:
        found = text.find(part, at, end)
        if found < 0:
            return False
        at = found + len(part)
    return True


def glob_parts(pattern: str) -> tuple[str, ...]:
    """Return the literal parts of a glob, whose only wildcard is ``*``."""
    return tuple(pattern.split("*"))


def value_at(document: Any, path: Sequence[str | int]) -> Any:
    """Return the value under ``path``, or the ``MISSING`` mark: names step into objects, integers into arrays."""
    here = document
    for step in path:
        if isinstance(step, str) and isinstance(here, Mapping):
            here = here.get(step, _MISSING)
        elif isinstance(step, int) and isinstance(here, list) and 0 <= step < len(here):
            here = here[step]
        else:
            return _MISSING
        if here is _MISSING:
            return _MISSING
    return here


def is_missing(value: object) -> bool:
    """Return whether ``value_at`` found nothing."""
    return value is _MISSING


def _values_at(document: Any, path: Sequence[str | int]) -> list[Any]:
    """Return every value under ``path`` where a name also steps into each object of an array."""
    found = [document]
    for step in path:
        reached: list[Any] = []
        for here in found:
            for origin in here if isinstance(here, list) and isinstance(step, str) else [here]:
                value = value_at(origin, [step])
                if value is not _MISSING:
                    reached.append(value)
        found = reached
    return [member for value in found for member in (value if isinstance(value, list) else [value])]


def same(left: Any, right: Any) -> bool:
    """Return whether two JSON values are equal: numbers by value, everything else by type and value."""
    number = number_of(left)
    if number is not None:
        return number == number_of(right)
    return type(left) is type(right) and bool(left == right)


def _order(left: Any, right: Any) -> int | None:
    """Return -1, 0 or 1 for two numbers or two strings, None for anything else."""
    if isinstance(left, str) and isinstance(right, str):
        return (left > right) - (left < right)
    first, second = number_of(left), number_of(right)
    if first is None or second is None:
        return None
    return (first > second) - (first < second)


def _among(value: Any, allowed: Any) -> bool:
    return any(same(value, one) for one in (allowed if isinstance(allowed, list) else [allowed]))


def _text_test(test: Callable[[str, str], bool]) -> Callable[[Any, Any], bool]:
    return lambda value, wanted: isinstance(value, str) and isinstance(wanted, str) and test(value, wanted)


def _order_test(*wanted: int) -> Callable[[Any, Any], bool]:
    return lambda value, bound: _order(value, bound) in wanted


_OPS: dict[str, Callable[[Any, Any], bool]] = {
    "eq": same,
    "ne": lambda value, wanted: not same(value, wanted),
    "in": _among,
    "nin": lambda value, wanted: not _among(value, wanted),
    "gt": _order_test(1),
    "gte": _order_test(0, 1),
    "lt": _order_test(-1),
    "lte": _order_test(-1, 0),
    "prefix": _text_test(str.startswith),
    "glob": _text_test(lambda value, pattern: glob_matches(glob_parts(pattern), value)),
}


def _leaf(path: Sequence[str | int], op: str, val: Any) -> Condition:
    if op == "exists":
        return lambda statement: is_missing(value_at(statement, path)) is (val is False)
    if op in ("any_eq", "any_in"):
        return lambda statement: any(_among(value, val) for value in _values_at(statement, path))
    test = _OPS[op]

    def holds(statement: Mapping[str, Any]) -> bool:
        value = value_at(statement, path)
        return value is not _MISSING and test(value, val)

    return holds


def compile_condition(tree: Mapping[str, Any]) -> Condition:
    """Return the function of one ``where`` tree that its schema has passed."""
    if "all" in tree:
        every = [compile_condition(branch) for branch in tree["all"]]
        return lambda statement: all(condition(statement) for condition in every)
    if "any" in tree:
        some = [compile_condition(branch) for branch in tree["any"]]
        return lambda statement: any(condition(statement) for condition in some)
    if "not" in tree:
        negated = compile_condition(tree["not"])
        return lambda statement: not negated(statement)
    return _leaf(tree["path"], tree["op"], tree.get("val"))
