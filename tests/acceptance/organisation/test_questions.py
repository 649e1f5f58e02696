"""What learners, managers and content owners ask of the sample organisation."""

import csv
import io
from typing import Any
from urllib.parse import quote

import httpx
import pytest
import yaml

from acceptance.organisation.conftest import SITE, Company
from acceptance.organisation.spreadsheet import MASTERED, SAFETY, SERVICE, Employee
from acceptance.organisation.test_readiness import at, every_row
from mastrail import harbour

DAY = "2026-03-01"
NOW = f"{DAY}T00:00:00Z"
NOBODY = "5f0c3f5e-8d0a-4f43-9c39-0f5f2d1a9b7e"
COMPETENCIES = {
    SAFETY: ("fire", "first-aid", "mooring", "crane", "engine-room", "radio", "rescue", "safe-work", "deck-work"),
    SERVICE: ("ticketing", "complaints", "languages", "hosting", "guest-care", "service-lead", "service-quality"),
}


def iri(name: str) -> str:
    return next(f"{site}/{name}" for site, names in COMPETENCIES.items() if name in names)


def about(company: Company, number: int, name: str, what: str, **parameters: str) -> dict[str, Any]:
    path = f"people/{company.person(number)}/competencies/{quote(iri(name), safe='')}/{what}"
    told: dict[str, Any] = company.ask(path, **parameters)
    return told


def test_what_is_mastered_is_explained_by_nothing_and_what_is_not_by_something(company: Company) -> None:
    for number in range(12):
        employee = Employee(company.sheet, f"e{number:05d}", at(DAY))
        for name in ("mooring", "safe-work", "hosting", "guest-care", "service-lead", "deck-work"):
            told = about(company, number, name, "explanation", as_of=NOW)
            assert (told["missing"] == []) is (employee.level(name) >= MASTERED), (number, name)
            assert (told["conditions"] == 0) is (told["missing"] == [])


def test_the_smallest_set_of_conditions_of_a_roll_up_is_told(company: Company) -> None:
    for number in range(36):
        employee = Employee(company.sheet, f"e{number:05d}", at(DAY))
        lacking = [name for name in ("fire", "first-aid", "mooring") if not employee.holds(name)]
        told = about(company, number, "safe-work", "explanation", as_of=NOW)
        assert sorted(one["competency"] for one in told["missing"]) == sorted(map(iri, lacking))
        assert all(one["code"] == "CHILD_NOT_MET" and one["missing"] for one in told["missing"])
        held = sum(map(employee.holds, ("ticketing", "announcements", "languages")))
        assert len(about(company, number, "hosting", "explanation", as_of=NOW)["missing"]) == max(0, 2 - held)


def test_points_are_made_up_with_the_fewest_conditions(company: Company) -> None:
    points = {"ticketing": 3, "languages": 1, "complaints": 2, "announcements": 2}
    for number in range(36):
        employee = Employee(company.sheet, f"e{number:05d}", at(DAY))
        if employee.holds("service-lead"):
            continue
        told = about(company, number, "service-lead", "explanation", as_of=NOW)["missing"]
        chosen = [one["competency"].rpartition("/")[2] for one in told]
        assert ("complaints" in chosen) is not employee.holds("complaints")
        reached = sum(count for name, count in points.items() if employee.holds(name) or name in chosen)
        assert reached >= 5


def test_a_level_that_is_asked_for_is_explained(company: Company) -> None:
    told = about(company, 0, "ticketing", "explanation", level="expert", as_of=NOW)
    assert told["wanted"] == "expert"
    path = f"people/{company.person(0)}/competencies/{quote(iri('ticketing'), safe='')}/explanation"
    assert company.get(path, level="wizard").status_code == 404


HOST = ("languages", "ticketing", "complaints")
DECK_LICENCE, HOST_ON_BOARD = f"{SITE}/credentials/deck-licence", f"{SITE}/credentials/host"


def wanted_credentials(company: Company, number: int) -> dict[str, bool]:
    holds = Employee(company.sheet, f"e{number:05d}", at(DAY)).holds
    host = holds("first-aid") and sum(map(holds, HOST)) >= 2
    return {DECK_LICENCE: holds("safe-work") and holds("crane"), HOST_ON_BOARD: host}


def test_somebody_is_eligible_for_a_credential_who_holds_what_it_asks_for(company: Company) -> None:
    for number in range(36):
        path = f"people/{company.person(number)}/credentials"
        told = {one["credential"]: one for one in company.ask(path, as_of=NOW)["credentials"]}
        wanted = wanted_credentials(company, number)
        assert {name: one["eligible"] for name, one in told.items()} == wanted
        for one in told.values():
            assert (one["missing"] == []) is one["eligible"] is (one["since"] is not None)
            assert {lacking["code"] for lacking in one["missing"]} <= {"COMPETENCY_NOT_MET"}


def test_who_is_eligible_for_a_credential_is_listed_page_by_page(company: Company) -> None:
    wanted = {company.person(n) for n in range(36) if wanted_credentials(company, n)[HOST_ON_BOARD]}
    assert wanted
    found, after = [], {}
    while True:
        told = company.ask("eligible", credential=HOST_ON_BOARD, as_of=NOW, limit="2", **after)
        found += told["eligible"]
        if not told["more"]:
            break
        after = {"after": told["next"]}
    assert [one["personId"] for one in found] == sorted(wanted)
    listed = company.get("eligible", credential=HOST_ON_BOARD, as_of=NOW, format="csv").text.splitlines()
    assert listed[0] == "personId,since"
    assert len(listed) == len(wanted) + 1
    assert company.get("eligible", credential="urn:nothing").status_code == 404
    assert company.get("eligible").status_code == 400


def test_eligibility_now_is_what_the_events_said_last(company: Company) -> None:
    last: dict[tuple[str, str], bool] = {}
    events: list[dict[str, Any]] = []
    after, more = "0", True
    while more:
        page = company.ask("mastery-events", after=after, limit="1000")
        events += page["events"]
        after, more = page["next"], page["more"]
    for event in events:
        if event["type"] in ("mastrail.mastery.credential.eligible.v1", "mastrail.mastery.eligibility.withdrawn.v1"):
            last[event["data"]["personId"], event["subject"]] = event["data"]["current"]["eligible"]
    for credential in (DECK_LICENCE, HOST_ON_BOARD):
        rows = company.ask("eligible", credential=credential, limit="1000")["eligible"]
        listed = {one["personId"]: one["since"] for one in rows}
        assert list(listed) == sorted(who for (who, name), eligible in last.items() if name == credential and eligible)
        for person in map(company.person, range(36)):
            everything = company.ask(f"people/{person}/credentials")["credentials"]
            (told,) = [one for one in everything if one["credential"] == credential]
            assert (told["eligible"], told["since"]) == (person in listed, listed.get(person))


def test_who_is_eligible_holds_it_and_who_is_not_is_told_why(company: Company) -> None:
    for number in range(12):
        employee = Employee(company.sheet, f"e{number:05d}", at(DAY))
        told = about(company, number, "crane", "eligibility", as_of=NOW)
        assert told["eligible"] is employee.holds("crane")
        assert told["mayBegin"] is employee.holds("mooring")
        codes = {one["code"] for one in told["reasons"]}
        assert codes == {"MASTERED"} if told["eligible"] else codes
        assert ("PREREQUISITE_NOT_MET" in codes) is not told["mayBegin"]


def test_next_steps_are_open_gaps_and_lead_to_activities(company: Company) -> None:
    seen = 0
    for row in every_row(company, as_of=NOW):
        told = company.ask(f"people/{row['personId']}/next-steps", as_of=NOW)
        assert bool(told["steps"]) is bool(row["gaps"])
        for step in told["steps"]:
            assert step["missing"]
            assert row["role"] in step["roles"]
            seen += 1
            if step["competency"].endswith("/languages"):
                assert f"{SITE}/activities/language-course-1" in step["activities"]
        for skip in told["skip"]:
            assert skip["activity"].startswith(f"{SITE}/activities/")
    assert seen > 20


def test_what_is_locked_is_no_step_but_what_unlocks_it_is(company: Company) -> None:
    for row in every_row(company, role=f"{SITE}/roles/crane-operator", as_of=NOW):
        told = company.ask(f"people/{row['personId']}/next-steps", as_of=NOW)["steps"]
        named = [step["competency"].rpartition("/")[2] for step in told]
        if iri("mooring") in row["gaps"]:
            assert "mooring" in named
            assert "crane" not in named


def test_what_expires_is_listed_by_its_end_and_by_team(company: Company) -> None:
    rows, after = [], {}
    while True:
        page = company.ask("expiring", days="3660", as_of="2020-01-01T00:00:00Z", limit="10", **after)
        rows += page["expiring"]
        if not page["more"]:
            break
        after = {"after": page["next"]}
    ends = [row["validUntil"] for row in rows]
    assert ends == sorted(ends)
    everything = {(row["personId"], row["competency"]) for row in rows}
    assert len(everything) == len(rows)
    apart = [
        {
            (one["personId"], one["competency"])
            for one in company.ask(
                "expiring", days="3660", as_of="2020-01-01T00:00:00Z", team=f"{SITE}/teams/{team}", limit="1000"
            )["expiring"]
        }
        for team in ("north-pier", "south-pier", "ferry")
    ]
    assert set().union(*apart) <= everything
    assert sum(map(len, apart)) == len(set().union(*apart))


def test_as_of_a_time_nothing_later_is_known(company: Company) -> None:
    person = company.person(1)
    early = company.ask(f"people/{person}/competencies", as_of="2025-02-01T00:00:00Z")["states"]
    late = company.ask(f"people/{person}/competencies", as_of=NOW)["states"]
    assert len(early) < len(late)
    for state in early:
        trail = company.ask(
            f"people/{person}/competencies/{quote(state['body']['competency']['iri'], safe='')}/trail",
            as_of="2025-02-01T00:00:00Z",
        )
        assert all(step["eventTime"] <= "2025-02-01T00:00:00Z" for step in trail["steps"])


def test_as_known_at_a_place_in_the_log_only_what_was_stored_by_then_counts(company: Company) -> None:
    person = company.person(2)
    path = f"people/{person}/competencies/{quote(iri('mooring'), safe='')}/trail"
    whole = company.ask(path)
    places = [step["position"] for step in whole["steps"]]
    assert company.ask(path, known_at=str(whole["knownAt"]))["body"] == whole["body"]
    before = company.ask(path, known_at=str(max(places) - 1))
    assert [step["position"] for step in before["steps"]] == sorted(places)[:-1]
    assert company.get(path, known_at=str(min(places) - 1)).status_code == 404
    assert company.ask(path, known_at="2100-01-01T00:00:00Z")["body"] == whole["body"]
    assert company.get(path, known_at="2000-01-01T00:00:00Z").status_code == 404


def test_every_state_is_the_same_as_known_at_the_end(company: Company) -> None:
    company.let_the_last_entry_concern_nobody()
    end = str(company.ask("projection")["position"] - 1)
    for number in range(6):
        states = company.ask(f"people/{company.person(number)}/competencies")["states"]
        again = company.ask(f"people/{company.person(number)}/competencies", known_at=end)["states"]
        assert [state["stateSha256"] for state in again] == [state["stateSha256"] for state in states]


def test_a_question_about_many_is_not_asked_of_the_past_of_the_log(company: Company) -> None:
    reply = company.get("readiness", known_at="100")
    assert reply.status_code == 400
    assert reply.json()["faults"][0]["pointer"] == "/known_at"


def test_a_competency_is_fed_by_aligned_courses_and_by_named_exams(company: Company) -> None:
    told = company.ask(f"competencies/{quote(iri('languages'), safe='')}/activities")["activities"]
    assert [(one["activity"].rpartition("/")[2], one["aligned"], one["rules"]) for one in told] == [
        ("language-course-1", True, ["course"]),
        ("language-course-2", True, ["course"]),
    ]


def stricter(name: str, cut: str) -> dict[str, Any]:
    policies = yaml.safe_load_all((harbour.documents_folder() / "policies.yaml").read_text(encoding="utf-8"))
    policy = next(one for one in policies if one["id"].endswith(f"/{name}"))
    scale = [{**one, "min": cut if one["id"] == "proficient" else one["min"]} for one in policy["scale"]]
    return {**policy, "version": "2.0.0", "effectiveFrom": "2025-01-01T00:00:00Z", "scale": scale}


def test_a_trial_of_a_policy_tells_who_would_lose_and_changes_nothing(company: Company) -> None:
    before = company.ask("projection", hash="true")
    told = company.post("registry/trial", stricter("ticketing", "0.88"))
    assert told.status_code == 200, told.text
    answer = told.json()
    states = company.ask(f"competencies/{quote(iri('ticketing'), safe='')}/states", limit="1000", status="mastered")
    lost = {row["personId"] for row in answer["lost"] if row["competency"] == iri("ticketing")}
    assert lost
    assert lost < {state["meta"]["personId"] for state in states["states"]}
    assert answer["people"]["lost"] >= len(lost)
    assert {row["competency"] for row in answer["lost"]} > {iri("ticketing")}, "what stands on it is lost as well"
    after = company.ask("projection", hash="true")
    assert (after["sha256"], after["events"]) == (before["sha256"], before["events"])


def test_the_command_tries_a_policy_alike(company: Company) -> None:
    document = company.served.folder / "stricter.yaml"
    document.write_text(yaml.safe_dump(stricter("fire", "0.88")), encoding="utf-8")
    done = company.run("ask", "what-if", str(document))
    assert done.returncode == 0, done.stderr
    told = company.post("registry/trial", stricter("fire", "0.88")).json()
    assert '"lost":' in done.stdout
    assert yaml.safe_load(done.stdout)["people"] == told["people"]


def test_a_trial_of_a_framework_tells_what_rests_on_what_it_removes(company: Company) -> None:
    frameworks = list(yaml.safe_load_all((harbour.documents_folder() / "frameworks.yaml").read_text(encoding="utf-8")))
    items = [one for one in frameworks[1]["items"] if not one["id"].endswith("/languages")]
    items.append({"id": f"{SERVICE}/tongues", "statement": "Speaks three languages", "replaces": [iri("languages")]})
    told = company.post("registry/trial", {**frameworks[1], "version": "4", "items": items}).json()
    assert (told["previousVersion"], told["added"]) == ("3", [f"{SERVICE}/tongues"])
    (removed,) = told["removed"]
    assert (removed["competency"], removed["replacedBy"]) == (iri("languages"), f"{SERVICE}/tongues")
    assert removed["people"]["mastered"] > 0
    assert len(removed["activities"]) == 2
    assert iri("hosting") in removed["stoodOnBy"]


@pytest.mark.parametrize(
    "path",
    [
        "readiness",
        "gaps",
        "expiring?days=3660&as_of=2020-01-01T00:00:00Z",
        "assignments",
        "registry/documents",
        "changes",
    ],
)
def test_lists_come_as_csv_too(company: Company, path: str) -> None:
    by_format = company.served.client.get(f"/api/v1/{path}{'&' if '?' in path else '?'}format=csv")
    by_accept = company.served.client.get(f"/api/v1/{path}", headers={"Accept": "text/csv"})
    assert by_format.headers["content-type"].startswith("text/csv")
    assert by_format.text == by_accept.text
    told = company.served.client.get(f"/api/v1/{path}").json()
    (name,) = [name for name in told if name not in ("next", "more")]
    rows = list(csv.DictReader(io.StringIO(by_format.text)))
    assert len(rows) == len(told[name]) > 0


def test_a_csv_page_links_to_the_next(company: Company) -> None:
    reply = company.get("readiness", format="csv", limit="5")
    link = reply.headers["link"]
    following = company.served.client.get(link[1 : link.index(">")])
    assert following.status_code == 200
    assert len(following.text.splitlines()) == 6
    assert following.text.splitlines()[1] not in reply.text


@pytest.mark.parametrize(
    ("path", "pointer"),
    [
        ("readiness?as_of=tomorrow", "/as_of"),
        ("readiness?person=me", "/person"),
        ("readiness?ready=perhaps", "/ready"),
        ("readiness?limit=100000", ""),
        ("readiness?after=x", "/after"),
        ("readiness?format=xml", "/format"),
        ("forecast?months=1,2,x", "/months"),
        ("forecast?months=99999", "/months"),
        ("candidates", "/role"),
        ("expiring?days=-1", ""),
        ("gaps?color=red", ""),
    ],
)
def test_a_bad_question_is_refused_where_it_is_wrong(company: Company, path: str, pointer: str) -> None:
    reply = company.served.client.get(f"/api/v1/{path}")
    assert reply.status_code == 400, reply.text
    body = reply.json()
    assert set(body) == {"error", "message", "faults"}
    assert body["faults"][0]["pointer"] == pointer
    assert body["faults"][0]["rule"]


@pytest.mark.parametrize(
    "path",
    [
        "readiness?role=urn:none",
        "candidates?role=urn:none",
        "readiness/summary?goal=urn:none",
        f"readiness?person={NOBODY}",
        f"people/{NOBODY}/next-steps",
        f"people/{NOBODY}",
    ],
)
def test_what_is_not_there_is_not_found(company: Company, path: str) -> None:
    assert company.served.client.get(f"/api/v1/{path}").status_code == 404


def test_a_reader_of_competencies_is_no_reader_of_people_and_changes_nothing(company: Company) -> None:
    auth = company.served.new_credentials("manager", "competency/read")
    with httpx.Client(base_url=company.served.url, auth=auth, trust_env=False, timeout=30) as manager:
        assert manager.get("/api/v1/readiness").status_code == 200
        for path in ("people?identifier=x", f"people/{company.person(0)}", "assignments", "changes"):
            assert manager.get(f"/api/v1/{path}").status_code == 403, path
        for path in (
            "registry/documents",
            "registry/trial",
            "registry/trust",
            "assignments",
            "people/merge",
            "decisions",
        ):
            assert manager.post(f"/api/v1/{path}?why=x", content=b"{}").status_code == 403, path


def test_the_description_names_every_route_and_only_what_is_taken(company: Company) -> None:
    told = httpx.get(f"{company.served.url}/api/v1/openapi.json", trust_env=False).json()
    assert told["openapi"].startswith("3.1")
    assert {
        "/api/v1/readiness",
        "/api/v1/forecast",
        "/api/v1/registry/documents",
        "/api/v1/mastery-events",
        "/api/v1/projection",
    } <= set(told["paths"])
    for path, methods in told["paths"].items():
        for method, operation in methods.items():
            assert operation["summary"], path
            named = {one["name"] for one in operation["parameters"] if one["in"] == "query"}
            assert {one["name"] for one in operation["parameters"] if one["in"] == "path"} == {
                part.strip("{}") for part in path.split("/") if "{" in part
            }
            if method == "get" and "{" not in path:
                stranger = company.served.client.get(path, params={"stranger": "1"})
                assert stranger.status_code == 400
                assert all(name in str(stranger.json()["faults"]) for name in named), path
