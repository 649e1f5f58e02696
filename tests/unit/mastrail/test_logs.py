"""A log line is JSON; an exception is told by its type and place, never by its text."""

import json
import logging
import sys
from pathlib import Path

from mastrail.logs import JsonLines


def line(**changes: object) -> dict[str, object]:
    record = logging.makeLogRecord(
        {"name": "mastrail.child", "msg": "projector died", "levelname": "WARNING", **changes}
    )
    return dict(json.loads(JsonLines().format(record)))


def test_facts_are_fields_beside_a_fixed_phrase() -> None:
    told = line(exit_code=-9)
    assert told["message"] == "projector died"
    assert told["exit_code"] == -9
    assert told["level"] == "warning"


def test_a_fact_that_json_does_not_know_is_written_as_text() -> None:
    assert line(folder=Path("data"))["folder"] == "data"


def test_the_text_of_an_exception_is_not_written() -> None:
    try:
        raise ValueError("mailto:ana@workshop.example")
    except ValueError:
        told = line(exc_info=sys.exc_info())
    assert "builtins.ValueError" in str(told["error"])
    assert "ana@" not in json.dumps(told)
