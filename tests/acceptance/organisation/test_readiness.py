"""Readiness, gaps and forecasts of the sample organisation agree with the same computed by hand, at every date."""

from collections import Counter
from datetime import datetime
from fractions import Fraction
from typing import Any

import pytest

from acceptance.organisation.conftest import SITE, Company
from acceptance.organisation.spreadsheet import Sheet

DATES = ["2025-06-01", "2026-01-01", "2026-03-01", "2026-12-31", "2027-06-01", "2028-09-01", "2030-03-01"]


def at(day: str) -> datetime:
    return datetime.fromisoformat(f"{day}T00:00:00+00:00")


def text(value: Fraction) -> str:
    return f"{float(value):.4f}" if value.denominator == 1 else str(round(float(value) + 1e-9, 4)).ljust(6, "0")


def named(iri: str) -> str:
    return iri.rpartition("/")[2]


def every_row(company: Company, **parameters: str) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = []
    after: dict[str, str] = {}
    while True:
        page = company.ask("readiness", limit="7", **parameters, **after)
        rows += page["readiness"]
        if not page["more"]:
            return rows
        after = {"after": page["next"]}


def by_hand(company: Company, sheet: Sheet, day: str) -> list[tuple[Any, ...]]:
    people = {seat["person"]: company.person(int(seat["person"].rpartition("e")[2])) for seat in sheet.seats}
    return sorted(
        (
            people[row["seat"]["person"]],
            named(row["seat"]["role"]),
            text(row["readiness"]),
            row["ready"],
            row["gaps"],
            row["critical"],
        )
        for row in sheet.readiness(at(day))
    )


@pytest.mark.parametrize("day", DATES)
def test_everybodys_readiness_agrees_with_the_sheet(company: Company, day: str) -> None:
    rows = every_row(company, as_of=f"{day}T00:00:00Z")
    told = [
        (
            row["personId"],
            named(row["role"]),
            row["readiness"],
            row["ready"],
            {named(competency): missing for competency, missing in row["gaps"].items()},
            sorted(map(named, row["critical"])),
        )
        for row in rows
    ]
    assert told == by_hand(company, company.sheet, day)


@pytest.mark.parametrize("day", DATES)
def test_the_gaps_agree_with_the_sheet(company: Company, day: str) -> None:
    people: Counter[str] = Counter()
    levels: Counter[str] = Counter()
    critical: Counter[str] = Counter()
    for row in company.sheet.readiness(at(day)):
        people.update(row["gaps"].keys())
        levels.update(row["gaps"])
        critical.update(row["critical"])
    told = {named(gap["competency"]): gap for gap in company.ask("gaps", as_of=f"{day}T00:00:00Z")["gaps"]}
    assert {name: gap["people"] for name, gap in told.items()} == people
    assert {name: gap["levels"] for name, gap in told.items()} == levels
    assert {name: gap["critical"] for name, gap in told.items() if gap["critical"]} == critical


def test_the_forecast_agrees_with_the_sheet(company: Company) -> None:
    told = company.ask("forecast", as_of="2026-03-01T00:00:00Z", months="0,10,18,30,48")["forecast"]
    assert [one["asOf"][:10] for one in told] == ["2026-03-01", "2027-01-01", "2027-09-01", "2028-09-01", "2030-03-01"]
    for one in told:
        rows = company.sheet.readiness(at(one["asOf"][:10]))
        mean = sum((row["readiness"] for row in rows), Fraction(0)) / len(rows)
        assert (one["people"], one["ready"]) == (len(rows), sum(row["ready"] for row in rows))
        assert abs(float(one["readiness"]) - float(mean)) <= 0.0001
    assert told[0]["readiness"] > told[-1]["readiness"], "what expires is missing later"


@pytest.mark.parametrize("team", ["north-pier", "south-pier", "ferry"])
def test_a_team_is_its_members(company: Company, team: str) -> None:
    told = company.ask("readiness/summary", team=f"{SITE}/teams/{team}", as_of="2026-03-01T00:00:00Z")
    rows = [row for row in company.sheet.readiness(at("2026-03-01")) if row["seat"]["team"].endswith(f"/{team}")]
    assert (told["people"], told["ready"]) == (len(rows), sum(row["ready"] for row in rows))


def test_a_team_is_measured_for_a_role_that_its_members_do_not_hold(company: Company) -> None:
    rows = every_row(company, team=f"{SITE}/teams/ferry", role=f"{SITE}/roles/deckhand", as_of="2026-03-01T00:00:00Z")
    members = [seat for seat in company.sheet.seats if seat["team"].endswith("/ferry") and seat["from"] <= "2026-03-01"]
    expected = {
        company.person(int(seat["person"].rpartition("e")[2])): text(
            company.sheet.measured(seat["person"].rpartition("::")[2], "deckhand", at("2026-03-01"))["readiness"]
        )
        for seat in members
    }
    assert {row["personId"]: row["readiness"] for row in rows} == expected


def test_candidates_are_everybody_else_the_readiest_first(company: Company) -> None:
    told, after = [], {}
    while True:
        page = company.ask("candidates", role=f"{SITE}/roles/steward", limit="9", as_of="2026-03-01T00:00:00Z", **after)
        told += page["candidates"]
        if not page["more"]:
            break
        after = {"after": page["next"]}
    shares = [row["readiness"] for row in told]
    assert shares == sorted(shares, reverse=True)
    holders = {
        row["personId"] for row in every_row(company, role=f"{SITE}/roles/steward", as_of="2026-03-01T00:00:00Z")
    }
    assert not holders & {row["personId"] for row in told}
    numbers = range(36)
    expected = {company.person(n): company.sheet.measured(f"e{n:05d}", "steward", at("2026-03-01")) for n in numbers}
    by_person = {row["personId"]: row["readiness"] for row in told}
    assert {person: text(row["readiness"]) for person, row in expected.items() if person not in holders} == by_person


def test_a_goal_counts_those_who_hold_its_roles(company: Company) -> None:
    day = "2026-03-01"
    told = company.ask("readiness/summary", goal=f"{SITE}/goals/no-accidents", as_of=f"{day}T00:00:00Z")
    roles = ("deckhand", "engineer", "crane-operator", "shift-lead")
    rows = [row for row in company.sheet.readiness(at(day)) if named(row["seat"]["role"]) in roles]
    assert told["people"] == len(rows)
    assert {role["role"].rpartition("/")[2]: role["seats"] for role in told["roles"]} == Counter(
        named(row["seat"]["role"]) for row in rows
    )
    assert [named(one["competency"]) for one in told["goal"]["competencies"]] == ["safe-work", "rescue"]


def test_readiness_now_is_that_of_the_states_last_published(company: Company) -> None:
    for row in every_row(company, role=f"{SITE}/roles/purser"):
        again = company.ask("readiness", person=row["personId"], role=row["role"])["readiness"]
        assert again == [row]


def test_the_commands_answer_the_same(company: Company) -> None:
    asked = {"team": f"{SITE}/teams/ferry", "as_of": "2026-03-01T00:00:00Z"}
    done = company.run("ask", "summary", "--team", asked["team"], "--as-of", asked["as_of"])
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip() == company.get("readiness/summary", **asked).text
    ending = {"person": company.person(3), "days": "3660", "as_of": "2020-01-01T00:00:00Z"}
    done = company.run(
        "ask", "expiring", "--person", ending["person"], "--days", "3660", "--as-of", ending["as_of"], "--csv"
    )
    assert done.returncode == 0, done.stderr
    rows = company.get("expiring", **ending, format="csv", limit="1000").text.splitlines()
    assert done.stdout.splitlines() == rows
    assert len(rows) > 1
