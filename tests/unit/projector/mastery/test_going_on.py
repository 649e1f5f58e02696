"""A piece that comes last costs the same however many came before, and nothing shows which way was taken."""

from collections import Counter
from collections.abc import Iterator
from datetime import datetime
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from projector.mastery import views
from projector.mastery.canonical import own_canonical
from projector.mastery.courses import MOST_PIECES, Courses
from projector.mastery.documents import DictDocuments, Kind, T
from projector.mastery.evidence import CHUNK, SEALED
from projector.mastery.fold import Fold
from projector.mastery.identity import PERSON
from projector.mastery.state import STATE
from projector.mastery.trial import NAMESPACE
from unit.projector.mastery.engine_kinds import KINDS
from unit.projector.mastery.engine_lines import ANA, BEN, COMPETENCY, RULE, day, policy, scored, voiding
from unit.projector.mastery.late_logs import late_logs
from unit.projector.mastery.random_logs import full_logs, modest, policy_sets

MODEST = modest()
OTHER = "https://a.example/other"
Line = dict[str, Any]


class CountedDocuments(DictDocuments):
    """Documents that count how often each kind is read."""

    def __init__(self) -> None:
        super().__init__()
        self.reads = Counter[str]()

    def get(self, kind: Kind[T], key: str) -> T | None:
        self.reads[kind.name] += 1
        return super().get(kind, key)


class Engine:
    """A fold that takes the lines of a file, keeping as many courses as it is told."""

    def __init__(self, policies: list[Line], most_courses: int, most_pieces: int = MOST_PIECES) -> None:
        self.position = 0
        self._most = most_courses, most_pieces
        self._seen: list[tuple[int, datetime, Line]] = []
        self.start_from(CountedDocuments())
        for one in policies:
            self.fold.preload(one)

    def start_from(self, documents: CountedDocuments) -> None:
        """Go on with a new fold over these documents."""
        self.documents = documents
        courses = Courses(*self._most)
        self.fold = Fold(documents, tenant="default", namespace=NAMESPACE, history=self._before, courses=courses)

    def _before(self, position: int) -> Iterator[tuple[int, datetime, Line]]:
        return (one for one in self._seen if one[0] < position)

    def take(self, line: Line) -> bytes:
        """The canonical bytes of the events of one more line."""
        self.position += 1
        told = next(line[name] for name in ("stored", "recorded", "now", "timestamp") if name in line)
        recorded = datetime.fromisoformat(told)
        kind = line.get("entry", "statement")
        if kind == "statement":
            self.fold.meet(line["actor"])
        events = self.fold.apply(self.position, kind, recorded, line)
        if kind == "statement":
            self._seen.append((self.position, recorded, line))
        return own_canonical(events)

    def answer(self) -> bytes:
        """The canonical bytes of every state and its trail."""
        keys = [(one.person, one.competency) for _, one in self.documents.scan(STATE)]
        people = [one.label for _, one in self.documents.scan(PERSON)]
        return own_canonical([people, [views.trail(self.documents, *key) for key in keys]])


@st.composite
def orderly_logs(draw: st.DrawFn) -> list[Line]:
    """Logs in which most statements happened when they were stored, so that they come last."""
    lines = draw(full_logs(longest=24))
    at_once = draw(st.lists(st.integers(0, 9), min_size=len(lines), max_size=len(lines)))
    return [
        {**line, "timestamp": line["stored"]} if "stored" in line and chance < 8 else line
        for line, chance in zip(lines, at_once, strict=True)
    ]


@MODEST
@given(policy_sets(), orderly_logs())
def test_going_on_and_folding_everything_again_give_the_same_bytes(policies: list[Line], lines: list[Line]) -> None:
    going_on, again = Engine(policies, 100), Engine(policies, 0)
    for line in lines:
        assert going_on.take(line) == again.take(line)
        assert going_on.answer() == again.answer()


@MODEST
@given(policy_sets(), late_logs())
def test_late_pieces_in_long_histories_give_the_same_bytes_either_way(policies: list[Line], lines: list[Line]) -> None:
    going_on, again = Engine(policies, 100), Engine(policies, 0)
    for line in lines:
        assert going_on.take(line) == again.take(line)
        assert going_on.answer() == again.answer()


def written_and_read(documents: DictDocuments) -> CountedDocuments:
    """The documents as a database would give them back."""
    copy = CountedDocuments()
    for kind in KINDS:
        for key, value in documents.scan(kind):
            copy.put(kind, key, msgspec.json.decode(msgspec.json.encode(value), type=kind.struct))
    return copy


@MODEST
@given(policy_sets(), full_logs(), st.integers(0, 10))
def test_a_snapshot_and_the_tail_give_what_a_replay_gives(policies: list[Line], lines: list[Line], cut: int) -> None:
    whole, part = Engine(policies, 100), Engine(policies, 100)
    for position, line in enumerate(lines, start=1):
        if position == cut:
            part.start_from(written_and_read(part.documents))
        assert part.take(line) == whole.take(line)
    assert part.answer() == whole.answer()


def engine_with(pieces: int, **changes: Any) -> Engine:
    engine = Engine([policy(**changes)], 100)
    for number in range(1, pieces + 1):
        engine.take(scored(number, "0.75", day(number)))
    engine.documents.reads.clear()
    return engine


def test_a_piece_that_comes_last_reads_no_older_piece() -> None:
    engine = engine_with(3 * CHUNK)
    engine.take(scored(900, "0.80", day(300)))
    assert engine.documents.reads[SEALED.name] == 0


def test_the_clock_alone_does_not_make_the_next_piece_read_the_older_ones() -> None:
    engine = engine_with(3 * CHUNK)
    engine.take({"entry": "ClockAdvanced", "now": day(299)})
    engine.take(scored(900, "0.80", day(300)))
    assert engine.documents.reads[SEALED.name] == 0


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"window": {"maxAge": "P30D"}},
        {"window": {"lastN": 5}},
        {"decline": "banked"},
        {"evidence": [{**RULE, "attempts": {"groupBy": ["rule"], "keep": "best"}}]},
        {"evidence": [{**RULE, "trust": {"assessorCompetency": {"competency": OTHER, "level": "novice"}}}]},
        {"rollup": {"op": "all", "children": [{"competency": OTHER}]}, "combine": "either"},
    ],
    ids=str,
)
def test_neither_a_late_piece_nor_the_one_after_it_reads_an_older_piece(changes: Line) -> None:
    engine = engine_with(3 * CHUNK, **changes)
    engine.take(scored(900, "0.80", day(3), stored=day(300)))
    engine.take(scored(901, "0.80", day(301)))
    assert engine.documents.reads[SEALED.name] == 0


def test_an_exam_below_lets_a_competency_with_evidence_of_its_own_read_no_older_piece() -> None:
    children = {"rollup": {"op": "all", "children": [{"competency": OTHER}]}, "combine": "either"}
    below = {**RULE, "match": {"activity": ["https://a.example/other"]}}
    engine = Engine([policy(**children), policy(id=f"{OTHER}-policy", competency=OTHER, evidence=[below])], 100)
    for number in range(1, 3 * CHUNK + 1):
        engine.take(scored(number, "0.75", day(number)))
    engine.documents.reads.clear()
    engine.take(scored(900, "0.80", day(300), object={"id": "https://a.example/other"}))
    assert engine.documents.reads[SEALED.name] == 0


def test_where_there_is_room_for_few_pieces_the_fold_of_one_person_makes_room_for_that_of_another() -> None:
    engine = Engine([policy()], 100, most_pieces=2 * CHUNK)
    for number in range(1, 4 * CHUNK, 2):
        engine.take(scored(number, "0.75", day(number)))
        engine.take(scored(number + 1, "0.75", day(number), actor=BEN))
    reads = []
    for number, actor in ((900, BEN), (901, BEN), (902, ANA), (903, ANA), (904, BEN)):
        engine.documents.reads.clear()
        engine.take(scored(number, "0.80", day(300 + number - 900), actor=actor))
        reads.append(engine.documents.reads[SEALED.name])
    assert reads == [0, 0, 2, 0, 2]


def test_what_is_decided_about_one_person_lets_nobody_else_be_folded_again() -> None:
    engine = engine_with(3 * CHUNK)
    ben = {"person": BEN, "competency": COMPETENCY, "action": "grant", "reason": "seen"}
    engine.take({"entry": "Decision", **ben, "recorded": day(300)})
    engine.take({"entry": "TrustChanged", "authority": BEN, "level": 1, "recorded": day(300)})
    engine.documents.reads.clear()
    engine.take(scored(900, "0.80", day(301)))
    assert engine.documents.reads[SEALED.name] == 0


def test_a_piece_is_voided_without_reading_those_that_were_put_aside() -> None:
    engine = engine_with(3 * CHUNK + 5)
    assert b"evidence.withdrawn" in engine.take(voiding(950, 3 * CHUNK + 2, day(310)))
    engine.take(scored(951, "0.80", day(3), stored=day(311)))
    assert engine.documents.reads[SEALED.name] == 0


def test_a_date_that_comes_due_reads_no_older_piece() -> None:
    engine = engine_with(3 * CHUNK, validity={"period": "P20D"})
    assert b"mastery.lapsed" in engine.take({"entry": "ClockAdvanced", "now": day(300)})
    assert engine.documents.reads[SEALED.name] == 0


def test_a_piece_that_was_put_aside_can_still_be_voided_and_its_authority_distrusted() -> None:
    engine, again = engine_with(2 * CHUNK + 5), Engine([policy()], 0)
    for number in range(1, 2 * CHUNK + 6):
        again.take(scored(number, "0.75", day(number)))
    for one in (engine, again):
        one.take(voiding(950, 7, day(310)))
        one.take(scored(951, "0.80", day(311)))
        one.take({"entry": "LearnerErased", "person": {"mbox": "mailto:ana@a.example"}, "recorded": day(312)})
    assert engine.answer() == again.answer()
    assert list(engine.documents.scan(SEALED)) == []
