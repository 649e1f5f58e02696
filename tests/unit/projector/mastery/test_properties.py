"""Section 13: the incremental fold equals F for every prefix, whatever the order of delivery and the hash seed."""

import json
import os
import subprocess
import sys
from datetime import datetime
from itertools import pairwise
from pathlib import Path
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from projector.mastery.identity import identifier_of_text
from projector.mastery.oracle import Entry, Oracle
from projector.mastery.state import NOT_STARTED, STATE, body, evidence_digest, reference
from projector.mastery.times import parse
from projector.mastery.trial import Question, Trial
from projector.mastery.views import label
from unit.projector.mastery.engine_lines import VOIDED, day, name
from unit.projector.mastery.late_logs import late_logs
from unit.projector.mastery.random_logs import full_logs, logs, modest, policy_sets, tables

MODEST = modest()
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


def must_agree(policies: list[dict[str, Any]], lines: list[dict[str, Any]], every: int = 1) -> None:
    """Hold the fold to the whole refold after ``every`` so many entries, and at the end."""
    trial = Trial(Question(policies))
    entries: list[Entry] = []
    for position, line in enumerate(lines, start=1):
        trial.take(position, line)
        entries.append(entry(position, line))
        if position % every == 0 or position == len(lines):
            assert folded(trial) == from_scratch(policies, entries)


@MODEST
@given(policy_sets(), full_logs())
def test_the_fold_equals_the_whole_refold_after_every_entry(
    policies: list[dict[str, Any]], lines: list[dict[str, Any]]
) -> None:
    must_agree(policies, lines)


@MODEST
@given(policy_sets(), late_logs(longest=25))
def test_what_late_evidence_comes_to_is_what_the_whole_refold_finds(
    policies: list[dict[str, Any]], lines: list[dict[str, Any]]
) -> None:
    must_agree(policies, lines, every=5)


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


def _happened_by(line: dict[str, Any], moment: str) -> bool:
    """Whether a line is evidence of up to ``moment``, or something else: all of that counts as known."""
    if "entry" in line or line["verb"]["id"] == VOIDED:
        return True
    return min(parse(line["timestamp"]), parse(line["stored"])) <= parse(moment)


@MODEST
@given(policy_sets(), logs(), st.integers(8, 40))
def test_as_of_answers_do_not_change_with_what_happens_later(
    policies: list[dict[str, Any]], lines: list[dict[str, Any]], as_of: int
) -> None:
    moment = day(as_of)
    asked = Question(policies, as_of=datetime.fromisoformat(moment))
    everything, known = Trial(asked), Trial(asked)
    for position, line in enumerate(lines, start=1):
        everything.take(position, line)
        if _happened_by(line, moment):
            known.take(position, line)
    told = [trial.answer()["states"] for trial in (everything, known)]
    assert told[0] == told[1]


@MODEST
@given(policy_sets(), logs(), tables(), st.integers(8, 40))
def test_as_of_the_table_of_aliases_of_that_time_decides_alone(
    policies: list[dict[str, Any]], lines: list[dict[str, Any]], versions: list[dict[str, Any]], as_of: int
) -> None:
    moment = day(as_of)
    counting = [one for one in versions if parse(one["effectiveFrom"]) <= parse(moment)]
    newest = [max(counting, key=lambda one: parse(one["effectiveFrom"]))] if counting else []
    told = []
    for others in (versions, newest):
        trial = Trial(Question(policies, as_of=datetime.fromisoformat(moment), others=others))
        for position, line in enumerate(lines, start=1):
            trial.take(position, line)
        told.append(trial.answer()["states"])
    assert told[0] == told[1]


SEEDED = """
import json, locale, sys
try:
    locale.setlocale(locale.LC_ALL, "")
except locale.Error:
    pass
from projector.mastery.trial import Question, run
from unit.projector.mastery.engine_vectors import cases, document, line_of
told = []
for case in cases():
    if "refused" not in case:
        question = Question([document(one) for one in case.get("policies", [{}])])
        told.append(list(run([line_of(line) for line in case["lines"]], question, lambda refused: None)))
sys.stdout.write(json.dumps(told))
"""


SURROUNDINGS = (
    ("1", "UTC", "C"),
    ("2", "Asia/Kathmandu", "tr_TR.UTF-8"),
    ("3", "America/Caracas", "de_DE.UTF-8"),
)


def test_hash_seeds_locales_and_time_zones_agree_to_the_byte() -> None:
    told = []
    for seed, zone, language in SURROUNDINGS:
        surroundings = {"PYTHONHASHSEED": seed, "TZ": zone, "LC_ALL": language, "PYTHONPATH": str(ROOT / "tests")}
        environment = {**os.environ, **surroundings}
        told.append(
            subprocess.run([sys.executable, "-c", SEEDED], env=environment, capture_output=True, check=True).stdout
        )
    assert json.loads(told[0])
    assert told[0] == told[1] == told[2]
