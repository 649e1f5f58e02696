"""Random policies and logs for the properties of the mastery engine."""

from datetime import datetime
from typing import Any

from hypothesis import settings
from hypothesis import strategies as st

from unit.projector.mastery.engine_lines import SCORED
from unit.projector.mastery.engine_vectors import BASE, agent, aliases, document, instant, line_of

PEOPLE = ("ana", "ben", "cid")
METHODS = (
    "latest",
    "highest",
    "median",
    "weighted_mean",
    "last_vs_rest",
    "exp_decay",
    {"type": "n_mastery", "n": 2},
    {"type": "n_mastery", "n": 2, "consecutive": True},
    {"type": "bkt", "prior": "0.5", "learn": "0.1", "guess": "0.2", "slip": "0.1"},
)
VALIDITIES = (
    None,
    {"period": "P20D", "grace": "P5D", "window": "P7D"},
    {"period": "P1M", "renewFrom": "expiry", "window": "P10D"},
    {"period": "P1M", "anchor": "calendar_month", "window": "P1M"},
    {"period": "P1M", "anchor": "fixed_date", "fixedDate": "2026-01-15", "minActive": "P10D"},
)
TRUSTS = (
    {},
    {"minLevel": 2},
    {"notSelf": True},
    {"authorities": ["mailto:lms@a.example"]},
    {"instructorRequired": True},
    {"assessorCompetency": {"competency": "b", "level": "novice"}},
)
OBSERVED = "https://a.example/verbs/observed"
SCORES = (
    None,
    {"from": ["success"]},
    {"fixed": "0.8"},
    {"none": True},
)
DEDUPES = (
    None,
    None,
    {"within": "P3D"},
    {"key": ["person", "activity"], "within": "P10D"},
    {"key": ["person", "verb", "activity", "score"]},
    {"key": ["person", "registration", "authority", "event_time"]},
)
LEAST = (
    None,
    None,
    {"count": 2},
    {"spanAtLeast": "P5D"},
    {"distinctActivities": 2},
    {"distinctAssessors": 2},
)
REQUIRED = (
    None,
    None,
    {"rule": "exam", "atLeast": 2},
    {"rule": "exam", "atLeast": 1, "minScore": "0.9"},
    {"rule": "exam", "atLeast": 1, "distinctAssessors": 1},
)
LATES = (
    None,
    {"max": "P5D", "beyond": "quarantine"},
    {"max": "P3D", "beyond": "reject"},
    {"max": "P3D", "beyond": "accept", "futureSkew": "PT12H"},
)
ATTEMPTS = (None, {"groupBy": ["registration"], "keep": "best"}, {"groupBy": ["rule"], "keep": "latest", "max": 3})
ROLLUPS = (
    {"op": "all"},
    {"op": "any"},
    {"op": "n_of", "n": 2},
    {"op": "weighted"},
    {"op": "weighted", "missing": "exclude"},
    {"op": "points", "pointsRequired": 3},
    {"op": "points", "pointsRequired": 2},
)


def modest() -> settings:
    """A few examples, or as many as a profile asks for that was chosen by name."""
    chosen = settings.get_current_profile_name()
    return settings.get_profile(chosen if chosen == "thousands" else "few")


def given_or_nothing(name: str, values: Any) -> Any:
    return st.sampled_from(values).map(lambda value: {} if value is None else {name: value})


@st.composite
def rules(draw: st.DrawFn, exam: str) -> list[dict[str, Any]]:
    rule: dict[str, Any] = {"object": exam, "trust": draw(st.sampled_from(TRUSTS if exam == "exam" else TRUSTS[:5]))}
    rule.update(draw(given_or_nothing("attempts", ATTEMPTS)))
    rule.update(draw(given_or_nothing("score", (None, None, *SCORES))))
    practice = {"id": "practice", "object": exam + "-practice", "renews": False}
    observed = {"id": "seen", "match": {"verb": [OBSERVED]}, "subject": "object"}
    return [rule, *draw(st.sampled_from(([], [], [practice], [observed], [practice, observed])))]


@st.composite
def direct(draw: st.DrawFn, competency: str) -> dict[str, Any]:
    exam = "exam" if competency == "c" else f"exam-{competency}"
    changes: dict[str, Any] = {"competency": competency, "evidence": draw(rules(exam))}
    changes["method"] = draw(st.sampled_from(METHODS))
    changes["decline"] = draw(st.sampled_from(("follow", "follow", "high_water", "banked")))
    changes["order"] = draw(st.sampled_from(("event_time", "event_time", "event_time", "stored")))
    changes.update(draw(given_or_nothing("validity", VALIDITIES)))
    changes.update(draw(given_or_nothing("minEvidence", LEAST)))
    changes.update(draw(given_or_nothing("window", (None, None, {"lastN": 2}, {"maxAge": "P20D"}))))
    changes.update(draw(given_or_nothing("late", LATES)))
    changes.update(draw(given_or_nothing("review", (None, None, None, "required_for_mastery"))))
    changes.update(draw(given_or_nothing("dedupe", DEDUPES)))
    changes.update(draw(given_or_nothing("groupEvidence", (None, None, "each_member"))))
    changes.update(draw(given_or_nothing("precision", (None, None, 0, 2))))
    required = draw(st.sampled_from(REQUIRED))
    if required is not None:
        low, high = {"level": 1, "id": "novice", "min": "0.40"}, {"level": 2, "id": "proficient", "min": "0.70"}
        changes["scale"] = [low, {**high, "requires": [required]}]
    return changes


@st.composite
def policy_sets(draw: st.DrawFn) -> list[dict[str, Any]]:
    """The competency c may stand on b; r rolls both up."""
    base, above = draw(direct("b")), draw(direct("c"))
    mode = draw(st.sampled_from((None, None, "hold", "block", "advise")))
    if mode is not None:
        expression = {"competency": "b", "level": draw(st.sampled_from(("novice", "proficient")))}
        above["prerequisites"] = {"expr": expression, "mode": mode, "sustain": draw(st.booleans())}
    return [document(changes) for changes in (base, above, draw(tops()))]


@st.composite
def tops(draw: st.DrawFn) -> dict[str, Any]:
    """The competency r, from its children alone or with evidence of its own."""
    rollup = dict(draw(st.sampled_from(ROLLUPS)))
    points = {"points": 2} if rollup["op"] == "points" else {}
    first: dict[str, Any] = {"competency": "b", **points}
    if rollup["op"] == "points":
        first.update(draw(given_or_nothing("required", (None, True))))
    if rollup["op"] == "weighted":
        first.update(draw(given_or_nothing("weight", (None, "2"))))
    elif draw(st.booleans()):
        first["level"] = "novice"
    rollup["children"] = [first, {"competency": "c", **points}]
    own: dict[str, Any] = {"competency": "r", "rollup": rollup}
    own.update(draw(given_or_nothing("validity", (None, None, *VALIDITIES))))
    own.update(draw(given_or_nothing("decline", (None, None, "high_water"))))
    combine = draw(st.sampled_from((None, None, "rollup_only", "direct_only", "either", "both")))
    if combine is None:
        return {**own, "evidence": None, "method": None}
    return {**draw(direct("r")), **own, "combine": combine}


@st.composite
def statements(draw: st.DrawFn, number: int, stored: int) -> dict[str, Any]:
    line: dict[str, Any] = {
        "id": number,
        "by": draw(st.sampled_from(PEOPLE)),
        "object": draw(st.sampled_from(("exam", "exam", "exam-b", "exam-b", "exam-practice", "exam-r", "elsewhere"))),
        "score": draw(st.sampled_from((0, 0.3, 0.5, 0.7, 0.9, 1))),
        "day": draw(st.integers(max(stored - 12, 1), stored + 1)),
        "stored_day": stored,
        "registration": 500 + draw(st.integers(0, 1)),
    }
    if draw(st.integers(0, 4)) == 0:
        line["target"] = {"id": f"http://a.example/{line['object']}"}
    if draw(st.booleans()):
        line["instructor"] = draw(st.sampled_from(PEOPLE))
    if draw(st.booleans()):
        line["authority"] = draw(st.sampled_from(("lms", *PEOPLE)))
    if draw(st.integers(0, 4)) == 0:
        line["result"] = {"success": draw(st.booleans())}
    rare = draw(st.integers(0, 9))
    if rare == 0:
        members = draw(st.lists(st.sampled_from(PEOPLE), max_size=3, unique=True))
        line["actor"] = {"objectType": "Group", "member": [agent(one) for one in members]}
    elif rare == 1:
        line.update(verb=OBSERVED, target={"objectType": "Agent", **agent(draw(st.sampled_from(PEOPLE)))})
    elif rare == 2:
        line.pop("score")
    return line


@st.composite
def other_entries(draw: st.DrawFn, number: int, stored: int) -> dict[str, Any]:
    person = draw(st.sampled_from(PEOPLE))
    return draw(
        st.sampled_from(
            (
                {"entry": "ClockAdvanced", "now": stored},
                {"id": number, "void": max(number - 1 - stored % 4, 1), "day": stored},
                {"id": number, "void": number + 1, "day": stored},
                {"entry": "TrustChanged", "authority": "lms", "level": stored % 4, "recorded": stored},
                {"entry": "Decision", "person": person, "competency": "c", "action": "grant", "recorded": stored},
                {"entry": "Decision", "person": person, "competency": "b", "action": "revoke", "recorded": stored},
                {"entry": "Decision", "person": person, "competency": "r", "action": "revoke", "recorded": stored},
                {"entry": "Decision", "person": person, "competency": "r", "action": "grant", "recorded": stored},
            )
        )
    )


@st.composite
def rare_entries(draw: st.DrawFn, stored: int) -> dict[str, Any]:
    """Entries whose place in the log matters: another version, an erasure, links and splits."""
    mode = draw(st.sampled_from(("carry", "reevaluate", "require_new")))
    later = stored + draw(st.sampled_from((-5, 0, 4)))
    version = {**draw(direct("c")), "version": f"1.{stored}.0", "effectiveFrom": later}
    return draw(
        st.sampled_from(
            (
                {
                    "entry": "PolicyActivated",
                    "policy": version,
                    "mode": mode,
                    "effectiveFrom": later,
                    "recorded": stored,
                },
                {"entry": "AliasesPublished", "document": _table(draw, stored, later), "recorded": stored},
                {"entry": "LearnerErased", "person": "cid", "recorded": stored},
                {"entry": "IdentityLinked", "person": "ana", "identifier": "cid", "recorded": stored},
                {"entry": "IdentityUnlinked", "person": "ana", "identifier": "cid", "recorded": stored},
                {"entry": "PersonSplit", "from": "ana", "identifier": "ben", "recorded": stored},
            )
        )
    )


@st.composite
def tables(draw: st.DrawFn) -> list[dict[str, Any]]:
    """Versions of the table of aliases, each with a date of its own."""
    dates = draw(st.lists(st.integers(1, 60), min_size=1, max_size=3, unique=True))
    return [_table(draw, number, date) for number, date in enumerate(dates)]


def _table(draw: st.DrawFn, stored: int, later: int) -> dict[str, Any]:
    """A table of aliases: practice may stand for the exam, elsewhere for the other one."""
    pairs = [
        {"iri": BASE + "exam-practice", "means": BASE + "exam"},
        {"iri": BASE + "elsewhere", "means": BASE + "exam-b"},
    ]
    chosen = draw(st.lists(st.sampled_from(pairs), unique_by=lambda one: one["iri"]))
    changes = {"version": f"1.{stored}.0", "effectiveFrom": later, "foldSchemes": draw(st.booleans())}
    return aliases({**changes, "aliases": chosen})


@st.composite
def full_logs(draw: st.DrawFn, *, longest: int = 10) -> list[dict[str, Any]]:
    """Lines in log order with every kind of entry that touches evidence."""
    lines = draw(logs(longest=longest))
    versions: dict[str, None] = {}
    for _ in range(draw(st.integers(0, 2))):
        place = draw(st.integers(0, len(lines)))
        stored = 10 if place == 0 else _day_of(lines[place - 1])
        extra = line_of(draw(rare_entries(stored)))
        version = extra.get("policy", extra.get("document", {})).get("version", "")
        if version not in versions:
            lines.insert(place, extra)
            versions.update({version: None} if version else {})
    return lines


def _day_of(line: dict[str, Any]) -> int:
    told = next(line[name] for name in ("stored", "recorded", "now", "timestamp") if name in line)
    return datetime.fromisoformat(told).timetuple().tm_yday


@st.composite
def logs(draw: st.DrawFn, *, merges: int = 1, longest: int = 10) -> list[dict[str, Any]]:
    """Lines in log order: what was stored never goes back, what happened may."""
    stored, lines = 10, []
    for number in range(1, draw(st.integers(2, longest)) + 1):
        stored += draw(st.integers(0, 9))
        rare = draw(st.integers(0, 9)) < 3
        lines.append(line_of(draw(other_entries(number, stored) if rare else statements(number, stored))))
    if merges and draw(st.booleans()):
        place = draw(st.integers(0, len(lines)))
        recorded = 10 if place == 0 else _day_of(lines[place - 1])
        merged = line_of({"entry": "PersonsMerged", "survivor": "ana", "merged": "ben", "recorded": recorded})
        lines.insert(place, merged)
    return lines


PUBLISHED = {
    "Role": "RolePublished",
    "CredentialRule": "CredentialRulePublished",
    "Assignment": "AssignmentChanged",
    "Alignment": "AlignmentChanged",
}
CREDENTIAL = {
    "apiVersion": "mastrail/v1",
    "kind": "CredentialRule",
    "title": "Credential",
    "version": "1.0.0",
    "requires": {"any": [{"competency": "https://a.example/b"}, {"competency": "https://a.example/c"}]},
}
ROLE = {
    "apiVersion": "mastrail/v1",
    "kind": "Role",
    "title": "Role",
    "version": "1.0.0",
    "requires": [
        {"competency": "https://a.example/b", "level": 1, "weight": 2, "critical": True},
        {"competency": "https://a.example/r", "level": 2},
    ],
}


@st.composite
def organised_logs(draw: st.DrawFn) -> list[dict[str, Any]]:
    """Lines in log order with roles, assignments and alignments too."""
    lines = draw(full_logs(longest=14))
    for line in lines:
        if "entry" not in line and draw(st.booleans()):
            line["actor"] = agent(draw(st.sampled_from(("dot", "eve", "fay"))))
    for number in range(draw(st.integers(0, 3))):
        place = draw(st.integers(0, len(lines)))
        stored = 10 if place == 0 else _day_of(lines[place - 1])
        later = instant(stored + draw(st.sampled_from((-5, 0, 6))))
        document = draw(
            st.sampled_from(
                (
                    {**ROLE, "id": f"https://a.example/roles/{number}", "effectiveFrom": later},
                    {**CREDENTIAL, "id": f"https://a.example/credentials/{number}", "effectiveFrom": later},
                    {
                        "apiVersion": "mastrail/v1",
                        "kind": "Assignment",
                        "person": agent(draw(st.sampled_from(PEOPLE))),
                        "role": "https://a.example/roles/0",
                        "from": "2026-01-01",
                        "until": None,
                    },
                    {
                        "apiVersion": "mastrail/v1",
                        "kind": "Alignment",
                        "activity": f"https://a.example/{draw(st.sampled_from(('exam', 'elsewhere')))}",
                        "competencies": draw(st.sampled_from((["https://a.example/c"], ["https://a.example/b"]))),
                    },
                )
            )
        )
        lines.insert(place, {"entry": PUBLISHED[document["kind"]], "document": document, "recorded": instant(stored)})
    return lines


@st.composite
def aligned_policy_sets(draw: st.DrawFn) -> list[dict[str, Any]]:
    """Policies of which some ask for an aligned activity; in most sets no one depends on another person."""
    policies = draw(policy_sets())
    if draw(st.integers(0, 4)):
        for one in policies:
            one.pop("groupEvidence", None)
            for rule in one.get("evidence", ()):
                rule.get("trust", {}).pop("assessorCompetency", None)
    if draw(st.booleans()):
        for one in policies[:2]:
            one["evidence"][0]["match"] = {"verb": [SCORED], "alignedTo": True}
    return policies
