"""Random policies and logs for the properties of the mastery engine."""

from datetime import datetime
from typing import Any

from hypothesis import settings
from hypothesis import strategies as st

from unit.projector.mastery.engine_vectors import BASE, aliases, document, line_of

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
TRUSTS = ({}, {"minLevel": 2}, {"notSelf": True}, {"assessorCompetency": {"competency": "b", "level": "novice"}})
ATTEMPTS = (None, {"groupBy": ["registration"], "keep": "best"}, {"groupBy": ["rule"], "keep": "latest", "max": 3})
ROLLUPS = (
    {"op": "all"},
    {"op": "any"},
    {"op": "n_of", "n": 2},
    {"op": "weighted"},
    {"op": "points", "pointsRequired": 3},
)


def modest() -> settings:
    """A few examples, or as many as a profile asks for that was chosen by name."""
    chosen = settings.get_current_profile_name()
    return settings.get_profile(chosen if chosen == "thousands" else "few")


def given_or_nothing(name: str, values: Any) -> Any:
    return st.sampled_from(values).map(lambda value: {} if value is None else {name: value})


@st.composite
def rules(draw: st.DrawFn, exam: str) -> list[dict[str, Any]]:
    rule: dict[str, Any] = {"object": exam, "trust": draw(st.sampled_from(TRUSTS if exam == "exam" else TRUSTS[:3]))}
    rule.update(draw(given_or_nothing("attempts", ATTEMPTS)))
    practice = {"id": "practice", "object": exam + "-practice", "renews": False}
    return [rule, practice] if draw(st.booleans()) else [rule]


@st.composite
def direct(draw: st.DrawFn, competency: str) -> dict[str, Any]:
    exam = "exam" if competency == "c" else f"exam-{competency}"
    changes: dict[str, Any] = {"competency": competency, "evidence": draw(rules(exam))}
    changes["method"] = draw(st.sampled_from(METHODS))
    changes["decline"] = draw(st.sampled_from(("follow", "follow", "high_water", "banked")))
    changes["order"] = draw(st.sampled_from(("event_time", "event_time", "event_time", "stored")))
    changes.update(draw(given_or_nothing("validity", VALIDITIES)))
    changes.update(draw(given_or_nothing("minEvidence", (None, None, {"count": 2}, {"spanAtLeast": "P5D"}))))
    changes.update(draw(given_or_nothing("window", (None, None, {"lastN": 2}, {"maxAge": "P20D"}))))
    changes.update(draw(given_or_nothing("late", (None, {"max": "P5D", "beyond": "quarantine"}))))
    changes.update(draw(given_or_nothing("review", (None, None, None, "required_for_mastery"))))
    return changes


@st.composite
def policy_sets(draw: st.DrawFn) -> list[dict[str, Any]]:
    """The competency c may stand on b; r rolls both up."""
    base, above = draw(direct("b")), draw(direct("c"))
    mode = draw(st.sampled_from((None, None, "hold", "block", "advise")))
    if mode is not None:
        expression = {"competency": "b", "level": draw(st.sampled_from(("novice", "proficient")))}
        above["prerequisites"] = {"expr": expression, "mode": mode, "sustain": draw(st.booleans())}
    rollup = dict(draw(st.sampled_from(ROLLUPS)))
    points = {"points": 2} if rollup["op"] == "points" else {}
    rollup["children"] = [{"competency": "b", **points}, {"competency": "c", **points}]
    top = {"competency": "r", "evidence": None, "method": None, "rollup": rollup}
    top.update(draw(given_or_nothing("validity", (None, None, *VALIDITIES))))
    top.update(draw(given_or_nothing("decline", (None, None, "high_water"))))
    combine = draw(st.sampled_from((None, None, None, "either", "both")))
    if combine is not None:
        top = {**draw(direct("r")), **top, "combine": combine}
        top = {name: one for name, one in top.items() if name not in ("evidence", "method")}
        top["method"] = draw(st.sampled_from(METHODS))
    return [document(changes) for changes in (base, above, top)]


@st.composite
def statements(draw: st.DrawFn, number: int, stored: int) -> dict[str, Any]:
    line: dict[str, Any] = {
        "id": number,
        "by": draw(st.sampled_from(PEOPLE)),
        "object": draw(st.sampled_from(("exam", "exam", "exam-b", "exam-b", "exam-practice", "elsewhere"))),
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
        merged = line_of({"entry": "PersonsMerged", "survivor": "ana", "merged": "ben", "recorded": stored})
        lines.insert(draw(st.integers(0, len(lines))), merged)
    return lines
