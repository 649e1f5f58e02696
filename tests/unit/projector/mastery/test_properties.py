"""Section 13: the incremental fold equals F for every prefix, whatever the order of delivery and the hash seed."""

import json
import os
import subprocess
import sys
from itertools import pairwise
from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from projector.mastery.identity import identifier_of_text
from projector.mastery.oracle import Entry, Oracle
from projector.mastery.state import NOT_STARTED, STATE, body, evidence_digest, reference
from projector.mastery.times import parse
from projector.mastery.trial import Question, Trial
from projector.mastery.views import label
from unit.projector.mastery.engine_lines import name
from unit.projector.mastery.random_logs import full_logs, logs, policy_sets

MODEST = settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large]
)
ROOT = Path(__file__).parents[4]

Bodies = dict[tuple[str, str], Any]


def entry(position: int, line: dict[str, Any]) -> Entry:
    told = next(line[name] for name in ("stored", "recorded", "now", "timestamp") if name in line)
    return Entry(position, line.get("entry", "statement"), parse(told), line)


def folded(trial: Trial) -> Bodies:
    """The bodies of the states that the fold keeps, by identifier and competency."""
    found: Bodies = {}
    for _, state in trial.documents.scan(STATE):
        if state.outcome.status != NOT_STARTED or state.outcome.evidence or state.outcome.unlocked is not None:
            who = identifier_of_text(label(trial.documents, state.person)).key
            found[who, state.competency] = body(state.competency, state.policy, state.outcome, state.digest())
    return found


def from_scratch(policies: list[dict[str, Any]], entries: list[Entry]) -> Bodies:
    found: Bodies = {}
    for (person, competency), (policy, outcome) in Oracle(policies, entries).outcomes.items():
        if outcome.status != NOT_STARTED or outcome.evidence or outcome.unlocked is not None:
            found[person, competency] = body(competency, reference(policy), outcome, evidence_digest(outcome))
    return found


@MODEST
@given(policy_sets(), full_logs())
def test_the_fold_equals_the_whole_refold_after_every_entry(
    policies: list[dict[str, Any]], lines: list[dict[str, Any]]
) -> None:
    trial = Trial(Question(policies))
    entries: list[Entry] = []
    for position, line in enumerate(lines, start=1):
        trial.take(position, line)
        entries.append(entry(position, line))
        assert folded(trial) == from_scratch(policies, entries)


def _stamped(place: int, line: dict[str, Any]) -> dict[str, Any]:
    """The line with its stamp, and an entry at an instant of its own, as a log tells those of one instant apart."""
    if "recorded" in line:
        return {**line, "recorded": line["recorded"].replace("Z", f".{place:06d}Z")}
    return {"recorded": line["now"], **line} if "entry" in line else line


@MODEST
@given(policy_sets(), logs(), st.randoms(use_true_random=False))
def test_any_order_of_delivery_gives_the_same_bodies(
    policies: list[dict[str, Any]], lines: list[dict[str, Any]], chance: Any
) -> None:
    stamped = [_stamped(place, line) for place, line in enumerate(lines)]
    shuffled = list(stamped)
    chance.shuffle(shuffled)
    answers = []
    for order in (stamped, shuffled):
        trial = Trial(Question(policies))
        for position, line in enumerate(order, start=1):
            trial.take(position, line)
        answers.append(folded(trial))
    assert answers[0] == answers[1]


@MODEST
@given(policy_sets(), logs())
def test_numbers_rise_by_one_and_previous_is_what_current_was(
    policies: list[dict[str, Any]], lines: list[dict[str, Any]]
) -> None:
    trial = Trial(Question(policies))
    events = [event for position, line in enumerate(lines, start=1) for event in trial.take(position, line)]
    for source in {event["source"] for event in events}:
        numbers = [int(event["sequence"]) for event in events if event["source"] == source]
        assert numbers == list(range(1, len(numbers) + 1))
    told = ("attained", "reinstated", "declined", "revoked", "lapsed", "held", "grace", "expiring")
    for key in {(event["source"], event["subject"]) for event in events}:
        steps = [one for one in events if (one["source"], one["subject"]) == key and name(one) in told]
        for earlier, later in pairwise(steps):
            valid = ("mastered", "expiring", "grace")
            assert (later["data"]["previous"]["status"] in valid) == (earlier["data"]["current"]["status"] in valid)


SEEDED = """
import json, sys
from projector.mastery.trial import Question, run
from unit.projector.mastery.engine_vectors import cases, document, line_of
told = []
for case in cases()[::4]:
    if "refused" not in case:
        question = Question([document(one) for one in case.get("policies", [{}])])
        told.append(list(run([line_of(line) for line in case["lines"]], question)))
sys.stdout.write(json.dumps(told))
"""


def test_two_hash_seeds_and_time_zones_agree_to_the_byte() -> None:
    told = []
    for seed, zone in (("1", "UTC"), ("2", "Asia/Kathmandu")):
        environment = {**os.environ, "PYTHONHASHSEED": seed, "TZ": zone, "PYTHONPATH": str(ROOT / "tests")}
        told.append(
            subprocess.run([sys.executable, "-c", SEEDED], env=environment, capture_output=True, check=True).stdout
        )
    assert json.loads(told[0])
    assert told[0] == told[1]
