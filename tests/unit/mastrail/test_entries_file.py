"""Which lines of a file a record store would keep (rule book, sections 16 and 18)."""

import json
from decimal import Decimal
from typing import Any

from mastrail.entries_file import KeptLines

STATEMENT: dict[str, Any] = {
    "id": "00000000-0000-4000-8000-000000000001",
    "actor": {"mbox": "mailto:ana@workshop.example"},
    "verb": {"id": "http://adlnet.gov/expapi/verbs/passed"},
    "object": {"id": "https://workshop.example/activities/lockout-exam"},
    "timestamp": "2025-03-04T09:12:00Z",
}


def kept(*lines: object) -> tuple[list[dict[str, Any]], dict[int, str]]:
    left_out: dict[int, str] = {}
    encoded = [line if isinstance(line, bytes) else json.dumps(line).encode() for line in lines]
    return list(KeptLines(encoded, left_out.__setitem__)), left_out


def test_statements_and_other_entries_are_kept_in_order() -> None:
    clock = {"entry": "ClockAdvanced", "now": "2025-03-31T00:00:00Z"}
    found, left_out = kept(STATEMENT, clock)
    assert found == [STATEMENT, clock]
    assert not left_out


def test_numbers_are_decimals() -> None:
    (found,), _ = kept({**STATEMENT, "result": {"score": {"scaled": 0.1}}})
    assert found["result"]["score"]["scaled"] == Decimal("0.1")


def test_a_number_that_no_memory_holds_as_a_fraction_is_zero_as_in_a_store() -> None:
    tiny = json.dumps({**STATEMENT, "result": {"score": {"scaled": "tiny"}}}).replace('"tiny"', "1e-999999999").encode()
    (found,), left_out = kept(tiny)
    assert (found["result"]["score"]["scaled"], left_out) == (Decimal(0), {})


def test_a_number_has_as_many_digits_as_in_a_store() -> None:
    long = json.dumps({**STATEMENT, "result": {"score": {"scaled": "long"}}}).replace('"long"', "0." + "7" * 5000)
    (found,), _ = kept(long.encode())
    assert found["result"]["score"]["scaled"] == Decimal("0." + "7" * 99 + "8")


def test_a_repeated_id_is_left_out_whatever_its_case() -> None:
    _, left_out = kept(STATEMENT, {**STATEMENT, "id": STATEMENT["id"].upper()})
    assert left_out == {2: "a statement with its id came before"}


def test_an_invalid_statement_is_left_out_with_pointer_and_rule() -> None:
    found, left_out = kept({**STATEMENT, "verb": {"id": "passed"}})
    assert not found
    assert "/verb/id" in left_out[1]


def test_a_statement_of_version_2_is_kept() -> None:
    agents = [{"objectType": "contextAgent", "agent": {"mbox": "mailto:ingrid@workshop.example"}}]
    found, left_out = kept({**STATEMENT, "context": {"contextAgents": agents}})
    assert (len(found), left_out) == (1, {})


def test_what_is_no_json_object_is_left_out_and_empty_lines_are_passed_over() -> None:
    found, left_out = kept(b"", b"[1]", b"{", b"\xff", STATEMENT)
    assert found == [STATEMENT]
    assert set(left_out) == {2, 3, 4}


def test_what_nests_too_deep_is_left_out_whether_statement_or_entry() -> None:
    deep = b"[" * 70 + b"]" * 70
    statement = json.dumps({**STATEMENT, "result": {"extensions": {"https://workshop.example/x": 1}}}).encode()
    entry = b'{"entry": "PolicyActivated", "policy": ' + deep + b"}"
    found, left_out = kept(statement.replace(b": 1}", b": " + deep + b"}"), entry, STATEMENT)
    assert found == [STATEMENT]
    assert left_out == dict.fromkeys((1, 2), "it nests deeper than 64 levels")


def test_a_statement_without_id_gets_one_from_its_line() -> None:
    without = {name: value for name, value in STATEMENT.items() if name != "id"}
    first, _ = kept(without, without)
    again, _ = kept(without, without)
    assert first == again
    assert len({line["id"] for line in first}) == 2
