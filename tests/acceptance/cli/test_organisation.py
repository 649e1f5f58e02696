"""Documents, assignments, people and the sample organisation on the command line."""

import json
from pathlib import Path

from acceptance.cli.commanding import EXAMPLES, Commands

HARBOUR = EXAMPLES / "harbour"
FILES = [HARBOUR / f"{name}.yaml" for name in ("frameworks", "policies", "roles", "goals", "alignments", "credentials")]
FIRE = "https://harbour.example/frameworks/safety/items/fire"


def test_documents_of_every_kind_are_applied_in_order_and_once(mastrail_on_each: Commands) -> None:
    tried = mastrail_on_each("apply", *FILES, "--dry-run")
    assert tried.code == 0, tried.err
    assert "good" in tried.lines[0]
    done = mastrail_on_each("apply", *FILES, "--why", "the company begins")
    assert done.code == 0, done.err
    assert len(done.lines) == 39
    assert done.lines[0].endswith("recorded at position 2"), "the dry run left nothing"
    again = mastrail_on_each("apply", *FILES[:4])
    assert {line.rpartition(": ")[2].partition(" at ")[0] for line in again.lines} == {"there already"}


def test_a_document_in_the_middle_that_is_refused_is_named(mastrail: Commands, tmp_path: Path) -> None:
    bad = tmp_path / "roles.yaml"
    bad.write_text(
        (HARBOUR / "roles.yaml").read_text(encoding="utf-8").replace("items/radio", "items/telegraph"), encoding="utf-8"
    )
    refused = mastrail("apply", *FILES[:2], bad)
    assert refused.code == 2
    assert "/23/requires/2/competency: no published framework has this competency" in refused.err


def test_assignments_are_tried_imported_and_ended(mastrail_on_each: Commands, tmp_path: Path) -> None:
    mastrail_on_each("apply", *FILES)
    file = tmp_path / "staff.csv"
    file.write_text(staff(), encoding="utf-8")
    assert "would be 2 new, 0 changed" in mastrail_on_each("assignments", "import", file, "--dry-run").out
    assert "2 new, 0 changed, 0 there" in mastrail_on_each("assignments", "import", file).out
    file.write_text(staff(until="2027-01-01"), encoding="utf-8")
    assert "0 new, 1 changed, 1 there" in mastrail_on_each("assignments", "import", file).out
    file.write_text(staff(role="urn:nobody"), encoding="utf-8")
    refused = mastrail_on_each("assignments", "import", file)
    assert (refused.code, refused.out) == (2, "")
    assert "/0/role: this role is not published" in refused.err


def staff(until: str = "", role: str = "https://harbour.example/roles/deckhand") -> str:
    rows = [
        f"mailto:ana@harbour.example,,{role},2026-01-01,{until}",
        "https://hr.harbour.example::7,urn:team:1,,2026-01-01,",
    ]
    return "\n".join(["person,team,role,from,until", *rows, ""])


def test_a_framework_goes_out_as_a_case_package_and_comes_back(mastrail: Commands, tmp_path: Path) -> None:
    mastrail("apply", FILES[0])
    package = mastrail("frameworks", "export-case", "https://harbour.example/frameworks/safety", "2025.1")
    assert len(package.json()["CFItems"]) == 10
    file = tmp_path / "package.json"
    file.write_text(package.out, encoding="utf-8")
    assert "nothing changed" in mastrail("frameworks", "import-case", file).out
    assert "recorded" in mastrail("frameworks", "import-case", file, "--version", "2026").out
    missing = mastrail("frameworks", "export-case", "https://harbour.example/frameworks/safety", "1999")
    assert (missing.code, "is published" in missing.err) == (2, True)


def test_people_trust_and_decisions_are_recorded(mastrail: Commands) -> None:
    mastrail("apply", *FILES)
    ana, number = "mailto:ana@harbour.example", "https://hr.harbour.example::7"
    for command in (
        ("link", ana, number),
        ("unlink", ana, number),
        ("merge", ana, number),
        ("split", ana, number),
        ("trust", number, "2"),
        ("grant", ana, FIRE, "--why", "seen by the captain"),
        ("revoke", ana, FIRE, "--why", "an accident"),
    ):
        done = mastrail("people", *command)
        assert done.code == 0, done.err
        assert "recorded at position" in done.out
    assert mastrail("people", "merge", ana, ana).code == 2
    assert mastrail("people", "grant", ana, FIRE).code == 2, "a decision needs its reason"


def test_the_sample_says_the_same_every_time_and_is_what_lies_in_the_examples(
    mastrail: Commands, tmp_path: Path
) -> None:
    first, again = mastrail("sample", "statements", "--people", "5"), mastrail("sample", "statements", "--people", "5")
    assert first.out == again.out
    assert first.out != mastrail("sample", "statements", "--people", "5", "--seed", "2").out
    times = [json.loads(line)["timestamp"] for line in first.lines if "voided" not in line]
    assert times == sorted(times)
    assert mastrail("sample", "write", tmp_path / "copy").code == 0
    assert (tmp_path / "copy" / "policies.yaml").read_bytes() == (HARBOUR / "policies.yaml").read_bytes()
