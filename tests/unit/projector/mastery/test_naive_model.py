"""The engine and a reader of the rule book agree about one person, one competency and one exam."""

from fractions import Fraction
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from unit.projector.mastery.engine_lines import (
    ANA,
    COMPETENCY,
    RULE,
    answers,
    day,
    policy,
    scored,
    statement_id,
    voiding,
)
from unit.projector.mastery.naive_model import METHODS, Answer, Decision, Rules, Score, Terms, answer
from unit.projector.mastery.random_logs import modest

MODEST = modest()
POSSIBLE = ("0", "0.3", "0.5", "0.69995", "0.7", "0.9", "1")


@st.composite
def histories(draw: st.DrawFn) -> tuple[list[Score], dict[int, int]]:
    """Scores by when they were stored, some of them late, and which are voided on which day."""
    stored, scores, voided = 10, [], {}
    for number in range(1, draw(st.integers(1, 8)) + 1):
        stored += draw(st.integers(0, 9))
        happened = draw(st.integers(max(1, stored - 12), stored))
        scores.append((happened, stored, number, Fraction(draw(st.sampled_from(POSSIBLE)))))
        if draw(st.integers(0, 6)) == 0:
            voided[number] = stored + draw(st.integers(0, 5))
    return scores, voided


TERMS = st.one_of(
    st.just(Terms(None)),
    st.builds(Terms, st.integers(5, 25), st.sampled_from((0, 4)), st.sampled_from((0, 3, 8)), st.booleans()),
)


def validity(terms: Terms) -> dict[str, str] | None:
    if terms.period is None:
        return None
    told = {"period": f"P{terms.period}D", "renewFrom": "expiry" if terms.from_expiry else "completion"}
    told |= {"grace": f"P{terms.grace}D"} if terms.grace else {}
    return told | ({"window": f"P{terms.window}D"} if terms.window else {})


def decision(at: int, *, grants: bool) -> dict[str, Any]:
    action = "grant" if grants else "revoke"
    return {"entry": "Decision", "person": ANA, "competency": COMPETENCY, "action": action, "recorded": day(at)}


def lines_of(
    scores: list[Score], voided: dict[int, int], decisions: list[Decision], now: int | None
) -> list[dict[str, Any]]:
    lines = [
        (stored, scored(number, str(float(score)), day(happened), stored=day(stored)))
        for happened, stored, number, score in scores
    ]
    lines += [(at, voiding(100 + number, number, day(at))) for number, at in voided.items()]
    lines += [(at, decision(at, grants=grants)) for at, grants in decisions]
    ordered = [line for _, line in sorted(lines, key=lambda one: one[0])]
    return [*ordered, *([] if now is None else [{"entry": "ClockAdvanced", "now": day(now)}])]


def told(state: dict[str, Any]) -> Answer:
    def day_of(text: str | None) -> int | None:
        return next((number for number in range(1, 400) if day(number) == text), None)

    accepted = [int(one["statement"][-12:]) for one in state["evidence"] if one["result"] == "accepted"]
    times = (day_of(state[name]) for name in ("attainedAt", "validUntil", "graceUntil"))
    return Answer(state["status"], state["level"], state["value"], *times, accepted)


RULES = st.builds(
    Rules,
    st.sampled_from(sorted(METHODS)),
    st.sampled_from(("follow", "high_water")),
    TERMS,
    st.sampled_from(("all", "all", "best", "latest", "first")),
    st.sampled_from((0, 0, 2)),
    st.booleans(),
)


DECISIONS = st.lists(st.tuples(st.integers(5, 50), st.booleans()), max_size=2, unique_by=lambda one: one[0])


def document(rules: Rules) -> dict[str, Any]:
    attempts = None if rules.keep == "all" else {"groupBy": ["activity"], "keep": rules.keep}
    return policy(
        method=METHODS[rules.method][0],
        decline=rules.decline,
        validity=validity(rules.terms),
        evidence=[{**RULE, "attempts": attempts} if attempts else RULE],
        minEvidence={"count": rules.least} if rules.least else None,
        order="stored" if rules.by_stored else None,
    )


@MODEST
@given(histories(), DECISIONS, RULES, st.one_of(st.none(), st.integers(20, 120)))
def test_the_engine_says_what_a_reader_of_the_rules_works_out(
    history: tuple[list[Score], dict[int, int]], decided: list[Decision], rules: Rules, now: int | None
) -> None:
    scores, voided = history
    decisions = [] if rules.by_stored else decided
    (state,) = answers(lines_of(scores, voided, decisions, now), document(rules))[-1]["states"]
    assert {one["statement"] for one in state["evidence"]} == {statement_id(number) for *_, number, _ in scores}
    assert told(state) == answer(scores, set(voided), decisions, rules, now)
