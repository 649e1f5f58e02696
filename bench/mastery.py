"""What folding costs: the live rate over a store, one more piece for a busy person, many policies, a rebuild.

``python -m bench.mastery live --statements 60000`` and so on; see ``--help``. Numbers are printed, never asserted.
One statement in ten is evidence, for one of fifty competencies, of ten thousand people.
"""

import argparse
import resource
import statistics
import tempfile
import time
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID, uuid5

import orjson

from lrs.log.entry import STATEMENT_STORED, NewEntry, StatementIndex
from lrs.log.facts import FACTS
from lrs.log.store import Store, open_store
from lrs.xapi import stored_text
from projector.follow import Follower
from projector.mastery.canonical import own_canonical
from projector.mastery.documents import DictDocuments
from projector.mastery.fold import Fold
from projector.store.digest import projection_hash
from projector.store.exact_json import parse_exactly
from projector.store.projection import Projection
from projector.store.states import put_changed_states
from projector.store.versions import open_versions

PEOPLE, COMPETENCIES, ONE_IN = 10_000, 50, 10
PER_COMMIT = 2_000
BASE = "https://bench.example"
SCORED, PLAYED = "http://adlnet.gov/expapi/verbs/scored", "https://w3id.org/xapi/video/verbs/played"
START = datetime(2026, 1, 1, tzinfo=UTC)
NAMESPACE = UUID(int=5)
_TOPICS = {made.__name__: topic for topic, made in FACTS.items()}


def policy(number: int, **changes: Any) -> dict[str, Any]:
    """Return the policy of a competency: the weighted mean of an exam, two levels, valid for a year."""
    return {
        "apiVersion": "mastrail/v1",
        "kind": "MasteryPolicy",
        "id": f"{BASE}/policies/{number}",
        "version": "1.0.0",
        "competency": f"{BASE}/competencies/{number}",
        "framework": {"id": f"{BASE}/framework", "version": "1"},
        "effectiveFrom": "2026-01-01T00:00:00Z",
        "scale": [{"level": 1, "id": "novice", "min": "0.40"}, {"level": 2, "id": "proficient", "min": "0.70"}],
        "masteryLevel": "proficient",
        "evidence": [
            {
                "id": "exam",
                "kind": "assessment",
                "match": {"verb": [SCORED], "activity": [f"{BASE}/exams/{number}"]},
                "score": {"from": ["scaled", "raw", "success"]},
            }
        ],
        "method": {"type": "weighted_mean"},
        "validity": {"period": "P1Y", "window": "P1M"},
        **changes,
    }


def statement(number: int) -> dict[str, Any]:
    """Return a statement: evidence when its number is a multiple of ten, else a video that was played."""
    mixed = number * 2_654_435_761 % 2**32
    evidence = number % ONE_IN == 0
    about = f"exams/{mixed // 7 % COMPETENCIES}" if evidence else f"videos/{mixed // 11 % 400}"
    at = (START + timedelta(seconds=number)).isoformat()
    result: dict[str, Any] = {"duration": "PT4M12S", "extensions": {f"{BASE}/ext/progress": mixed % 100 / 100}}
    if evidence:
        result = {"score": {"scaled": mixed % 101 / 100, "raw": mixed % 101, "min": 0, "max": 100}}
    return {
        "id": str(UUID(int=(7 << 64) + number)),
        "actor": {"objectType": "Agent", "account": {"homePage": BASE, "name": f"learner-{mixed // 13 % PEOPLE}"}},
        "verb": {"id": SCORED if evidence else PLAYED, "display": {"en": "scored" if evidence else "played"}},
        "object": {
            "objectType": "Activity",
            "id": f"{BASE}/{about}",
            "definition": {"name": {"en": about}, "type": "http://adlnet.gov/expapi/activities/media"},
        },
        "result": result,
        "context": {
            "registration": str(UUID(int=(8 << 64) + mixed % 50_000)),
            "contextActivities": {"parent": [{"id": f"{BASE}/courses/{mixed % 40}"}]},
            "platform": "bench",
        },
        "timestamp": at,
        "authority": {"account": {"homePage": BASE, "name": "player"}},
        "version": "1.0.0",
    }


def entries(statements: int) -> Iterator[NewEntry]:
    """Yield the policies, then the statements, with a step of the clock every 10,000."""
    for number in range(COMPETENCIES):
        yield _fact("PolicyActivated", {"policy": policy(number), "effectiveFrom": "2026-01-01T00:00:00Z"})
    for number in range(1, statements + 1):
        told = statement(number)
        payload = stored_text.pack(orjson.dumps(told), b"}")
        yield NewEntry(UUID(told["id"]), STATEMENT_STORED, payload, StatementIndex(()))
        if number % 10_000 == 0:
            yield _fact("ClockAdvanced", {"now": (START + timedelta(seconds=number)).isoformat()})


def _fact(name: str, body: dict[str, Any]) -> NewEntry:
    payload = orjson.dumps(body)
    return NewEntry(uuid5(NAMESPACE, payload.decode()), _TOPICS[name], payload)


def fill(folder: Path, statements: int) -> Store:
    """Return a store with the statements; one that is full already stays."""
    store = open_store("sqlite", data_dir=folder, now=lambda: datetime.now(UTC))
    if store.head()[0] < statements:
        batch: list[NewEntry] = []
        for entry in entries(statements):
            batch.append(entry)
            if len(batch) == PER_COMMIT:
                store.append(batch)
                batch.clear()
        store.append(batch)
    return store


def live(folder: Path, statements: int) -> str:
    """Fold a whole log into a new projection, page by page as the projector does."""
    with closing(fill(folder, statements)) as store, closing(open_versions("sqlite", data_dir=folder)) as versions:
        version = max(versions.known(), default=0) + 1
        with closing(versions.open(version)) as projection:
            began, cpu = time.perf_counter(), time.process_time()
            folded = Follower(store, projection).catch_up()
            seconds, cpu = time.perf_counter() - began, time.process_time() - cpu
            with projection.snapshot() as snapshot:
                told = f"{snapshot.last_seq()} events, hash {projection_hash(snapshot)[:16]}"
        versions.drop(version)
    most_mib = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    rates = f"{folded / cpu:.0f} entries/s of processor time, {folded / seconds:.0f} by the clock"
    return f"{rates}; {told}; {most_mib:.0f} MiB"


def _engine(policies: int) -> Fold:
    fold = Fold(DictDocuments(), tenant="default", namespace=NAMESPACE)
    for number in range(policies):
        fold.apply(number + 1, "PolicyActivated", START, {"policy": policy(number)})
    return fold


def unmatched(statements: int) -> str:
    """Compare what statements cost that no rule selects, under 1,000 policies and under one; in turns, best of five."""
    told = [statement(number) for number in range(1, statements + 1) if number % ONE_IN]
    lines = [(parse_exactly(orjson.dumps(one)), orjson.dumps(one)) for one in told]
    folds = {policies: _engine(policies) for policies in (1, 1_000)}
    best = dict.fromkeys(folds, float("inf"))
    for _ in range(5):
        for policies, fold in folds.items():
            began = time.process_time()
            for body, text in lines:
                if fold.concerns(text, START):
                    fold.apply(10_000, "statement", START, body)
            best[policies] = min(best[policies], time.process_time() - began)
    each = {policies: seconds / len(lines) * 1e6 for policies, seconds in best.items()}
    return f"{each[1]:.2f} us under one policy, {each[1_000]:.2f} us under 1,000: {each[1_000] / each[1] - 1:+.1%}"


METHODS: dict[str, dict[str, Any]] = {
    "weighted_mean": {},
    "exp_decay": {"method": {"type": "exp_decay"}},
    "bkt": {"method": {"type": "bkt", "prior": "0.5", "learn": "0.1", "guess": "0.2", "slip": "0.1"}},
    "last 20": {"window": {"lastN": 20}},
    "none older than an hour": {"window": {"maxAge": "PT1H"}},
    "high_water": {"decline": "high_water"},
    "banked": {"decline": "banked"},
}
LATE_BY = 100
"""Behind how many pieces a late one belongs; there is one each second."""


def one_more(pieces: int) -> str:
    """Give a person with many pieces of evidence one more, state written and committed: the median of 40."""
    lines = []
    for name, changes in METHODS.items():
        last, late = _one_more(pieces, changes)
        lines.append(f"  {name}: {last:.2f} ms, {late:.2f} ms when it belongs before the last {LATE_BY}")
    return "\n".join(lines)


def _one_more(pieces: int, changes: dict[str, Any]) -> tuple[float, float]:
    """Return the milliseconds for a piece that comes last, and for a late one."""
    with tempfile.TemporaryDirectory() as folder, closing(open_versions("sqlite", data_dir=Path(folder))) as versions:
        projection = versions.open(1)
        with closing(projection):
            with projection.page(1) as page:
                fold = Fold(page.documents, tenant="default", namespace=NAMESPACE)
                fold.apply(1, "PolicyActivated", START, {"policy": policy(0, **changes)})
            spent: list[float] = []
            numbers = iter(range(2, pieces + 100))
            for pages, size, late_by in ((pieces // 500, 500, 0), (40, 1, 0), (40, 1, LATE_BY)):
                for _ in range(pages):
                    spent.append(_page(projection, fold, [next(numbers) for _ in range(size)], late_by))
            return statistics.median(spent[-80:-40]) * 1e3, statistics.median(spent[-40:]) * 1e3


def _page(projection: Projection, fold: Fold, numbers: list[int], late_by: int) -> float:
    """Fold evidence of one person in one page and return the seconds of processor time that it took."""
    began = time.process_time()
    with projection.page(numbers[-1]) as page:
        for number in numbers:
            told = statement(number * ONE_IN)
            told["actor"], told["object"] = {"mbox": "mailto:busy@bench.example"}, {"id": f"{BASE}/exams/0"}
            at = START + timedelta(seconds=number)
            told["timestamp"] = (at - timedelta(seconds=late_by, milliseconds=500)).isoformat()
            for event in fold.apply(number, "statement", at, parse_exactly(orjson.dumps(told))):
                page.add_event(event, number, own_canonical(event))
        put_changed_states(page)
    return time.process_time() - began


def main() -> None:
    """Measure one thing."""
    parser = argparse.ArgumentParser(prog="python -m bench.mastery", description=__doc__)
    parser.add_argument("what", choices=("live", "unmatched", "one-more"))
    parser.add_argument("--statements", type=int, default=30_000, help="how many, or pieces of evidence for one-more")
    parser.add_argument("--data-dir", type=Path, help="where the log is kept for another run; else it is thrown away")
    asked = parser.parse_args()
    if asked.what == "unmatched":
        print(unmatched(asked.statements))
    elif asked.what == "one-more":
        print(one_more(asked.statements))
    else:
        with tempfile.TemporaryDirectory() as folder:
            print(live(asked.data_dir or Path(folder), asked.statements))


if __name__ == "__main__":
    main()
