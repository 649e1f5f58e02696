"""When two statements say the same (Data 2.3.1)."""

from typing import Any

import orjson
import pytest

from lrs.xapi.equivalence import equivalent
from unit.lrs.xapi.statement_samples import SMALLEST, changed, inside_a_substatement, vectors

_CASES = [pytest.param(vector, id=vector["what"]) for vector in vectors("equivalence")]


def _pair(vector: dict[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    return changed(SMALLEST, vector["one"], []), changed(SMALLEST, vector["other"], [])


@pytest.mark.parametrize("vector", _CASES)
def test_statements_match_or_differ_as_the_rule_says(vector: dict[str, Any]) -> None:
    one, other = _pair(vector)
    assert equivalent(one, other) is vector["same"]
    assert equivalent(orjson.dumps(other), orjson.dumps(one)) is vector["same"]


@pytest.mark.parametrize("vector", [case for case in _CASES if not case.values[0].get("statement_only")])
def test_substatements_match_or_differ_alike(vector: dict[str, Any]) -> None:
    one, other = (inside_a_substatement(part) for part in _pair(vector))
    assert equivalent(one, other) is vector["same"]
