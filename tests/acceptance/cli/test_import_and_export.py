"""Statements go in and out as NDJSON, by the rules that requests follow."""

import gzip
import json
from pathlib import Path
from typing import Any

import pytest

from acceptance.cli.commanding import EXAMPLES, Commands, ndjson, sample

SQLITE_ONLY = pytest.mark.parametrize("store_name", ["sqlite"], indirect=True)


def without_assigned(statement: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in statement.items() if name not in ("stored", "authority", "version")}


def test_a_second_import_changes_nothing_and_says_so(mastrail_on_each: Commands) -> None:
    first = mastrail_on_each("import", EXAMPLES / "statements.ndjson")
    assert (first.code, first.out) == (0, "26 stored, 0 already there\n")
    second = mastrail_on_each("import", EXAMPLES / "statements.ndjson")
    assert (second.code, second.out) == (0, "0 stored, 26 already there\n")


def test_an_export_is_what_was_imported_in_order(mastrail_on_each: Commands) -> None:
    mastrail_on_each("import", EXAMPLES / "statements.ndjson")
    exported = [json.loads(line) for line in mastrail_on_each("export").lines]
    assert [without_assigned(statement) for statement in exported] == sample()
    assert all(statement["stored"] and statement["authority"] for statement in exported)


def test_an_export_can_be_imported_elsewhere_and_is_the_same_there(mastrail: Commands) -> None:
    mastrail("import", EXAMPLES / "statements.ndjson")
    assert mastrail("export", "--output", "all.ndjson").code == 0
    elsewhere = Commands(mastrail.folder, {"data_dir": "elsewhere"})
    assert elsewhere("import", "all.ndjson").out == "26 stored, 0 already there\n"
    there = [without_assigned(json.loads(line)) for line in elsewhere("export").lines]
    assert there == sample()


def test_a_range_of_positions_is_exported(mastrail: Commands) -> None:
    mastrail("import", EXAMPLES / "statements.ndjson")
    ids = [json.loads(line)["id"] for line in mastrail("export", "--from", "4", "--to", "6").lines]
    assert ids == [statement["id"] for statement in sample()[2:5]]


def test_gzip_and_standard_input_are_read(mastrail: Commands) -> None:
    lines = ndjson(sample())
    (mastrail.folder / "course.gz").write_bytes(gzip.compress(lines[: lines.index(b"\n") + 1]))
    assert mastrail("import", "course.gz").out == "1 stored, 0 already there\n"
    assert mastrail.apart("import", "-", given=lines).out == "25 stored, 1 already there\n"
    assert mastrail.apart("import", "-", given=gzip.compress(lines)).out == "0 stored, 26 already there\n"


def test_refused_lines_are_listed_and_the_others_stored(mastrail: Commands) -> None:
    good, other = sample()[0], sample()[1]
    bad = [
        {**other, "verb": {"id": "no iri"}},
        {**other, "actor": {"mbox": "nobody"}, "surprise": 1},
        {**good, "verb": {"id": "http://adlnet.gov/expapi/verbs/passed"}},
    ]
    given = ndjson([good, bad[0]]) + b"this is not json\n\n" + ndjson([bad[1], bad[2], other])
    done = mastrail.apart("import", "-", given=given)
    assert (done.code, done.out) == (1, "2 stored, 0 already there, 4 refused\n")
    told = done.err.splitlines()
    assert {line.split(":")[0] for line in told} == {"line 2", "line 3", "line 5", "line 6"}
    assert any(line.startswith("line 2: /verb/id") and "[" in line for line in told)
    assert sum(line.startswith("line 5") for line in told) > 1
    assert any("stored with other content" in line for line in told)


def test_a_line_of_two_statements_is_refused(mastrail: Commands) -> None:
    first, second = ndjson(sample()[:2]).splitlines()
    done = mastrail.apart("import", "-", given=first + b"," + second + b"\n")
    assert (done.code, done.out) == (1, "0 stored, 0 already there, 1 refused\n")


def test_an_id_twice_in_a_file_counts_once(mastrail: Commands) -> None:
    done = mastrail.apart("import", "-", given=ndjson([sample()[0], sample()[0], sample()[1]]))
    assert (done.code, done.out) == (0, "2 stored, 1 already there\n")


def test_a_statement_without_id_is_recognised_the_next_time(mastrail: Commands) -> None:
    given = ndjson([{name: value for name, value in sample()[0].items() if name != "id"}])
    assert mastrail.apart("import", "-", given=given).out == "1 stored, 0 already there\n"
    assert mastrail.apart("import", "-", given=given).out == "0 stored, 1 already there\n"


def test_a_small_batch_gives_the_same(mastrail: Commands) -> None:
    assert mastrail("import", EXAMPLES / "statements.ndjson", "--batch", "3").out == "26 stored, 0 already there\n"


def test_more_lines_than_a_batch_that_are_no_json_are_each_refused(mastrail: Commands) -> None:
    (mastrail.folder / "mixed.ndjson").write_bytes(b"no json\n" * 7 + ndjson(sample()))
    done = mastrail("import", "mixed.ndjson", "--batch", "3")
    assert done.out == "26 stored, 0 already there, 7 refused\n"
    assert [f"line {number}" in done.err for number in (1, 7, 8)] == [True, True, False]


def test_helping_processes_change_nothing_but_the_time_it_takes(mastrail_on_each: Commands) -> None:
    done = mastrail_on_each.apart("import", EXAMPLES / "statements.ndjson", "--batch", "3", "--workers", "2")
    assert (done.code, done.out) == (0, "26 stored, 0 already there\n")
    exported = [without_assigned(json.loads(line)) for line in mastrail_on_each("export").lines]
    assert exported == sample()
    again = mastrail_on_each.apart("import", EXAMPLES / "statements.ndjson", "--batch", "3", "--workers", "2")
    assert again.out == "0 stored, 26 already there\n"


def test_helping_processes_refuse_the_same_lines_in_the_same_order(mastrail: Commands) -> None:
    good, other, *more = sample()
    conflicting = {**good, "verb": {"id": "http://adlnet.gov/expapi/verbs/passed"}}
    given = ndjson([good, {**other, "verb": {"id": "no iri"}}]) + b"no json\n" + ndjson([conflicting, other, *more])
    elsewhere = Commands(mastrail.folder, {"data_dir": "elsewhere"})
    alone = mastrail.apart("import", "-", "--batch", "2", "--workers", "1", given=given)
    shared = elsewhere.apart("import", "-", "--batch", "2", "--workers", "3", given=given)
    assert (shared.code, shared.out, shared.err) == (alone.code, alone.out, alone.err)
    assert shared.out == "26 stored, 0 already there, 3 refused\n"


def test_what_came_before_damage_is_stored_also_with_helpers(mastrail: Commands) -> None:
    (mastrail.folder / "cut.gz").write_bytes(gzip.compress(ndjson(sample()))[:-30])
    done = mastrail.apart("import", "cut.gz", "--batch", "1", "--workers", "2")
    assert done.code == 2
    assert "cut.gz is damaged" in done.err
    known = len(mastrail("export").lines)
    assert 0 < known < 27


def test_a_file_that_is_not_there_is_named(mastrail: Commands) -> None:
    refused = mastrail("import", "nothing.ndjson")
    assert refused.code == 2
    assert "nothing.ndjson cannot be read" in refused.err


def test_damaged_gzip_is_refused_and_what_came_before_is_kept(mastrail: Commands) -> None:
    (mastrail.folder / "cut.gz").write_bytes(gzip.compress(ndjson(sample()))[:-30])
    done = mastrail("import", "cut.gz", "--batch", "1")
    assert done.code == 2
    assert "cut.gz is damaged" in done.err


@SQLITE_ONLY
def test_an_export_file_that_cannot_be_written_is_named(mastrail_on_each: Commands, tmp_path: Path) -> None:
    refused = mastrail_on_each("export", "--output", tmp_path / "no" / "folder.ndjson")
    assert refused.code == 2
    assert "cannot be written" in refused.err
