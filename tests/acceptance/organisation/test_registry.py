"""The registry over HTTP: every change is an entry with who, what, when and why; what is at fault is refused."""

from typing import Any
from urllib.parse import quote

import httpx
import pytest
import yaml

from acceptance.organisation.conftest import SITE, Company
from acceptance.organisation.spreadsheet import SAFETY, SERVICE
from mastrail import harbour
from support.folded import asked_for_after, wait_until_folded

FRAMEWORK: dict[str, Any] = {
    "apiVersion": "mastrail/v1",
    "kind": "Framework",
    "id": "https://other.example/f",
    "version": "1",
    "title": "Another framework",
    "items": [{"id": "https://other.example/f/a", "statement": "Does a"}],
}
ADA = {"mbox": "mailto:ada@other.example", "name": "Ada"}
ADAS_NUMBER = {"account": {"homePage": "https://other.example", "name": "7"}}


def role(**members: Any) -> dict[str, Any]:
    document = {
        "apiVersion": "mastrail/v1",
        "kind": "Role",
        "id": "https://other.example/r",
        "version": "1.0.0",
        "title": "R",
    }
    needs = [{"competency": f"{SAFETY}/fire", "level": 2}]
    return {**document, "effectiveFrom": "2026-01-01T00:00:00Z", "requires": needs, **members}


def test_a_document_is_tried_then_published_once_and_never_changed(company: Company) -> None:
    before = wait_until_folded(company.served)
    tried = company.post("registry/documents", FRAMEWORK, dry_run="true").json()
    assert (tried["dryRun"], tried["applied"][0]["position"], tried["applied"][0]["isNew"]) == (True, None, True)
    assert asked_for_after(company.served, before) == []
    done = company.post("registry/documents", yaml.safe_dump(FRAMEWORK)).json()["applied"][0]
    assert (done["kind"], done["isNew"]) == ("Framework", True)
    again = company.post("registry/documents", FRAMEWORK).json()["applied"][0]
    assert (again["position"], again["isNew"]) == (done["position"], False)
    other = company.post("registry/documents", {**FRAMEWORK, "title": "Changed"})
    assert (other.status_code, other.json()["error"]) == (409, "StateConflict")
    assert asked_for_after(company.served, before) == ["mastrail.framework.published.v1"]
    wait_until_folded(company.served)
    (change,) = company.ask("changes", after=str(done["position"] - 1), limit="1")["changes"]
    assert (change["position"], change["who"], change["why"]) == (done["position"], "tests", "a test")
    assert (change["id"], change["version"]) == (FRAMEWORK["id"], "1")
    kept = company.ask("registry/document", kind="Framework", id=FRAMEWORK["id"], version="1")
    assert kept == FRAMEWORK


def test_several_documents_are_tried_together_though_one_needs_the_other(company: Company) -> None:
    framework = {
        **FRAMEWORK,
        "id": "https://third.example/f",
        "items": [{"id": "https://third.example/a", "statement": "x"}],
    }
    needing = role(id="https://third.example/r", requires=[{"competency": "https://third.example/a", "level": 1}])
    body = yaml.safe_dump_all([framework, needing])
    tried = company.post("registry/documents", body, dry_run="true")
    assert [one["kind"] for one in tried.json()["applied"]] == ["Framework", "Role"]
    refused = company.post("registry/documents", yaml.safe_dump_all([needing, framework]), dry_run="true")
    assert refused.json()["faults"][0]["pointer"] == "/0/requires/0/competency"


@pytest.mark.parametrize(
    ("document", "pointer"),
    [
        (role(requires=[{"competency": "urn:none", "level": 2}]), "/requires/0/competency"),
        (role(requires=[{"competency": f"{SAFETY}/fire", "level": 9}]), "/requires/0/level"),
        (role(requires=[{"competency": f"{SAFETY}/fire", "level": 2, "weight": 0}]), "/requires"),
        (
            {**FRAMEWORK, "version": "2", "items": [{"id": "urn:a", "statement": "x", "parent": "urn:a"}]},
            "/items/0/parent",
        ),
        ({**FRAMEWORK, "kind": "Thing"}, "/kind"),
        ({"kind": "Assignment"}, "/kind"),
    ],
)
def test_a_bad_document_is_refused_with_pointer_and_reason(company: Company, document: Any, pointer: str) -> None:
    reply = company.post("registry/documents", document)
    assert reply.status_code == 400, reply.text
    assert reply.json()["faults"][0]["pointer"] == pointer
    assert reply.json()["faults"][0]["message"]


def rollup(competency: str, children: list[dict[str, Any]], **members: Any) -> dict[str, Any]:
    policies = yaml.safe_load_all((harbour.documents_folder() / "policies.yaml").read_text(encoding="utf-8"))
    safe = next(one for one in policies if one["id"].endswith("/safe-work"))
    return {
        **safe,
        "id": f"https://other.example/policies/{competency}",
        "effectiveFrom": "2025-01-01T00:00:00Z",
        "competency": f"{SAFETY}/{competency}",
        "rollup": {"op": "all", "children": children, **members},
    }


@pytest.mark.parametrize(
    ("document", "pointer"),
    [
        (rollup("fire", [{"competency": f"{SAFETY}/safe-work"}]), "/rollup/children"),
        (rollup("rescue", [{"competency": "urn:none"}]), "/rollup/children/0/competency"),
        (
            rollup("rescue", [{"competency": f"{SAFETY}/fire", "points": 1}], op="points", pointsRequired=5),
            "/rollup/pointsRequired",
        ),
        (rollup("rescue", [{"competency": f"{SAFETY}/fire", "weight": "2"}]), "/rollup/children/0/weight"),
        (rollup("telegraph", [{"competency": f"{SAFETY}/fire"}]), "/competency"),
    ],
)
def test_a_policy_that_goes_in_a_circle_or_cannot_be_reached_is_refused(
    company: Company, document: Any, pointer: str
) -> None:
    reply = company.post("registry/documents", document, dry_run="true")
    assert reply.status_code == 400, reply.text
    assert reply.json()["faults"][0]["pointer"] == pointer


@pytest.mark.parametrize("name", ["effective_from", "mode"])
def test_a_date_or_mode_for_anything_but_one_policy_is_refused_and_not_passed_over(company: Company, name: str) -> None:
    both = yaml.safe_dump_all([FRAMEWORK, {**FRAMEWORK, "version": "2"}])
    for path, body in (("registry/documents", both), ("registry/trial", FRAMEWORK)):
        reply = company.post(path, body, **{name: "carry"})
        assert (reply.status_code, reply.json()["faults"][0]["pointer"]) == (400, f"/{name}")


def test_nothing_changes_without_a_reason(company: Company) -> None:
    reply = company.served.client.post("/api/v1/registry/documents", json=FRAMEWORK)
    assert (reply.status_code, reply.json()["faults"][0]["pointer"]) == (400, "/why")
    assert company.served.client.post("/api/v1/registry/documents?why=", json=FRAMEWORK).status_code == 400


def test_a_body_that_is_too_large_or_no_document_is_refused(company: Company) -> None:
    assert company.post("registry/documents", b"x" * 1_100_000).status_code == 413
    assert company.post("registry/documents", b"[1, 2").status_code == 400
    assert company.post("people/merge", b"[]").status_code == 400


def test_a_framework_goes_round_as_a_case_package(company: Company) -> None:
    asked = {"kind": "Framework", "id": f"{SITE}/frameworks/service", "version": "3"}
    package = company.ask("registry/document", **asked, format="case")
    assert company.ask("registry/document", **asked, format="case") == package, "it changed when it was published"
    told = company.post("registry/case", package, dry_run="true").json()
    assert told["isNew"] is False
    assert told["framework"] == company.ask("registry/document", **asked)
    package["CFItems"][0].pop("fullStatement")
    refused = company.post("registry/case", package)
    assert refused.json()["faults"][0]["pointer"] == "/CFItems/0/fullStatement"


def test_an_hr_system_sends_assignments_and_sees_them(company: Company) -> None:
    auth = company.served.new_credentials("hr", "people/admin")
    rows = [
        {
            "apiVersion": "mastrail/v1",
            "kind": "Assignment",
            "person": ADA,
            "role": f"{SITE}/roles/purser",
            "team": "https://other.example/t",
            "from": "2026-02-01",
        }
    ]
    with httpx.Client(base_url=company.served.url, auth=auth, trust_env=False, timeout=30) as hr:
        tried = hr.post("/api/v1/assignments?why=payroll&dry_run=true", json=rows).json()
        assert (tried["new"], tried["dryRun"], tried["position"]) == (1, True, None)
        assert hr.post("/api/v1/assignments?why=payroll", json=rows).json()["new"] == 1
        assert hr.post("/api/v1/assignments?why=payroll", json=rows).json()["unchanged"] == 1
        ended = [{**rows[0], "until": "2026-05-01"}]
        assert hr.post("/api/v1/assignments?why=left", json=ended).json()["changed"] == 1
        bad = hr.post("/api/v1/assignments?why=x", json=[*rows, {**rows[0], "role": "urn:none"}])
        assert (bad.status_code, bad.json()["faults"][0]["pointer"]) == (400, "/1/role")
        assert hr.post("/api/v1/registry/documents?why=x", json=FRAMEWORK).status_code == 403
        wait_until_folded(company.served)
        listed = hr.get("/api/v1/assignments", params={"team": "https://other.example/t"}).json()["assignments"]
        assert [(one["from"], one["until"]) for one in listed] == [("2026-02-01", "2026-05-01")]
        person = hr.get(f"/api/v1/people/{listed[0]['personId']}").json()
        assert person["identifier"] == "mailto:ada@other.example"
        assert [one["role"] for one in person["assignments"]] == [f"{SITE}/roles/purser"]
    for day, count in (("2026-01-31", 0), ("2026-02-01", 1), ("2026-04-30", 1), ("2026-05-01", 0)):
        team = company.ask("readiness", team="https://other.example/t", as_of=f"{day}T12:00:00Z")["readiness"]
        assert len(team) == count, day


def test_people_are_merged_and_split_and_what_they_did_goes_with_them(company: Company) -> None:
    first, second = harbour.agent(30), harbour.agent(31)
    survivor, merged = company.person(30), company.person(31)
    before = company.ask(f"people/{survivor}/competencies")["states"]
    assert company.post("people/merge", {"survivor": first, "merged": second}).json()["isNew"]
    wait_until_folded(company.served)
    assert company.person(31) == survivor
    assert company.get(f"people/{merged}").status_code == 404
    together = company.ask(f"people/{survivor}/competencies")["states"]
    assert together != before
    position = company.ask("projection")["position"]
    assert company.post("people/split", {"from": first, "identifier": second}).json()["isNew"]
    wait_until_folded(company.served)
    apart = company.ask(f"people/{survivor}/competencies")["states"]
    assert [one["stateSha256"] for one in apart] == [one["stateSha256"] for one in before]
    known = company.ask(f"people/{survivor}/competencies", known_at=str(position))["states"]
    assert [one["stateSha256"] for one in known] == [one["stateSha256"] for one in together]
    earlier = company.ask(f"people/{merged}/competencies", known_at=str(position - 1))["states"]
    assert earlier


def test_a_decision_grants_and_revokes_with_its_reason(company: Company) -> None:
    cash = f"{SERVICE}/cash"
    states = company.ask(f"competencies/{quote(cash, safe='')}/states", status="held")["states"]
    assert states
    person = states[0]["meta"]["personId"]
    agent = {
        "account": dict(
            zip(("homePage", "name"), company.ask(f"people/{person}")["identifier"].split("::"), strict=True)
        )
    }
    explained = company.ask(f"people/{person}/competencies/{quote(cash, safe='')}/explanation")
    assert [one["code"] for one in explained["missing"]] == ["REVIEW_REQUIRED"]
    company.post("decisions", {"person": agent, "competency": cash, "action": "grant"}, why="seen at work")
    wait_until_folded(company.served)
    assert company.ask(f"people/{person}/competencies/{quote(cash, safe='')}/eligibility")["eligible"]
    company.post("decisions", {"person": agent, "competency": cash, "action": "revoke"}, why="money was missing")
    wait_until_folded(company.served)
    assert not company.ask(f"people/{person}/competencies/{quote(cash, safe='')}/eligibility")["eligible"]
    last = company.ask("changes", after=str(company.ask("projection")["position"] - 1))["changes"]
    assert (last[-1]["why"], last[-1]["action"]) == ("money was missing", "revoke")


def test_trust_is_set_and_listed(company: Company) -> None:
    assert company.post("registry/trust", {"authority": ADAS_NUMBER, "level": 3}).json()["isNew"]
    wait_until_folded(company.served)
    (found,) = company.ask("registry/trust")["trust"]
    assert (found["authority"], found["level"]) == ("account:https://other.example::7", 3)


@pytest.mark.parametrize(
    ("path", "body", "pointer"),
    [
        ("people/merge", {"survivor": ADA}, "/merged"),
        ("people/merge", {"survivor": ADA, "merged": ADA}, "/merged"),
        ("people/link", {"person": ADA, "identifier": {"name": "x"}}, "/identifier"),
        ("people/unlink", {"person": 7, "identifier": ADA}, "/person"),
        ("people/split", {"from": ADA, "identifier": ADAS_NUMBER, "why": "x"}, "/why"),
        ("registry/trust", {"authority": ADA, "level": 4}, "/level"),
        ("registry/trust", {"authority": ADA, "level": "high"}, "/level"),
        ("decisions", {"person": ADA, "competency": "urn:x", "action": "praise"}, "/action"),
        ("decisions", {"person": ADA, "competency": 7, "action": "grant"}, "/competency"),
    ],
)
def test_a_bad_command_is_refused_where_it_is_wrong(company: Company, path: str, body: Any, pointer: str) -> None:
    reply = company.post(path, body)
    assert reply.status_code == 400, reply.text
    assert reply.json()["faults"][0]["pointer"] == pointer


def test_every_list_of_the_registry_is_complete_page_by_page(company: Company) -> None:
    whole = company.ask("registry/documents", limit="1000")["documents"]
    assert {"CredentialRule", "Framework", "Goal", "MasteryPolicy", "Role"} == {one["kind"] for one in whole}
    pages, after = [], {}
    while True:
        page = company.ask("registry/documents", limit="4", **after)
        pages += page["documents"]
        if not page["more"]:
            break
        after = {"after": page["next"]}
    assert pages == whole
    assert len(company.ask("registry/alignments")["alignments"]) == 7
    assert len(company.ask("registry/activations")["activations"]) == 19


def test_a_trial_of_a_framework_compares_it_with_the_version_published_last(company: Company) -> None:
    item = {"id": "https://other.example/versions/a", "statement": "Does a"}
    head = {"apiVersion": "mastrail/v1", "kind": "Framework", "id": "https://other.example/versions", "title": "V"}
    for version in ("9", "10"):
        document = {**head, "version": version, "items": [{**item, "code": version}]}
        assert company.post("registry/documents", document).status_code == 200
    wait_until_folded(company.served)
    told = company.post("registry/trial", {**head, "version": "11", "items": [{**item, "code": "10"}]}).json()
    assert (told["previousVersion"], told["changed"]) == ("10", [])
