"""What is posted: real statements, made-up ones of 1.8 KB, and those of the TRAX benchmark, by the name of a source."""

import gzip
import itertools
import json
import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID

from bench.corpus import School
from bench.trax import SOURCES, trax_statements

FIRST_TIMESTAMP = datetime(2024, 1, 1, tzinfo=UTC)
LARGE = "large"
SCHOOL = "school"
SCHOOL_STATEMENTS = 100_000
"""So many statements of the school, from their ``seed`` times that number on, are those of one load."""

_TEMPLATES = 5_000


@dataclass(frozen=True)
class Template:
    """A statement of the corpus: its learner, and its bytes cut where id, learner and timestamp stood."""

    learner: str
    parts: Sequence[bytes]

    def filled(self, own_id: str, learner: str, timestamp: str) -> bytes:
        """Return a statement."""
        before, between, then, after = self.parts
        return b"".join((before, own_id.encode(), between, learner.encode(), then, timestamp.encode(), after))


def bodies(source: str, seed: int, batch: int, requests: int) -> list[bytes]:
    """Return request bodies of ``batch`` statements; none comes twice as long as each load has another ``seed``."""
    made = statements(source, seed)
    if batch == 1:
        return list(itertools.islice(made, requests))
    return [b"[" + b",".join(itertools.islice(made, batch)) + b"]" for _ in range(requests)]


def statements(source: str, seed: int) -> Iterator[bytes]:
    """Yield statements: LARGE, SCHOOL or one of ``bench.trax.SOURCES``, or else those of a file."""
    if source == LARGE:
        return School(seed, large_one_in=1).lines(0, 10_000_000)
    if source == SCHOOL:
        return School().lines(seed * SCHOOL_STATEMENTS, (seed + 1) * SCHOOL_STATEMENTS)
    if source in SOURCES:
        return trax_statements(SOURCES[source], random.Random(seed))
    return _real_statements(Path(source), seed)


def _real_statements(corpus: Path, seed: int) -> Iterator[bytes]:
    """Yield real statements, each with an id and a timestamp of its own.

    Learners are new in each load and each time that the corpus begins anew, so that histories are as long as real ones.
    """
    chance = random.Random(seed)
    cuts = _templates(corpus)
    first = FIRST_TIMESTAMP + timedelta(days=seed)
    for number in itertools.count():
        again, place = divmod(number, len(cuts))
        own_id = str(UUID(int=chance.getrandbits(128), version=4))
        timestamp = (first + timedelta(seconds=number)).isoformat()
        learner = f"{cuts[place].learner}/{seed}/{again}"
        yield cuts[place].filled(own_id, learner, timestamp)


def _templates(corpus: Path) -> list[Template]:
    with gzip.open(corpus, "rb") as lines:
        return [_cut(line.strip()) for line in itertools.islice(lines, _TEMPLATES)]


def _cut(line: bytes) -> Template:
    statement = json.loads(line)
    learner = statement["actor"]["account"]["name"]
    parts, rest = [], line
    for value in (statement["id"], learner, statement["timestamp"]):
        before, found, rest = rest.partition(value.encode())
        if not found:
            raise ValueError("a statement of the corpus has id, actor and timestamp in another order")
        parts.append(before)
    return Template(learner, [*parts, rest])
