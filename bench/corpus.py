"""A made-up school: statements as courses, learners and tools produce them, the same for the same seed.

``python -m bench.corpus --statements 1000000 --output corpus.ndjson.gz`` writes them as lines for ``mastrail import``.

What matters to a store is drawn as it is found in the field: a few verbs make up most statements, one course is known
to all, the others begin and end, learners come and go, and so new terms keep appearing while the old ones fall silent.
Some statements have 1.8 KB (descriptions in two languages, instructor, team, extensions), the others 700 bytes; some
refer to an earlier statement, a few of those void it. Statement ``n`` depends on the seed and on ``n`` alone, whichever
range is asked for.
"""

import argparse
import gzip
import sys
from collections.abc import Callable, Iterator
from contextlib import nullcontext
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from hashlib import blake2b, sha256
from itertools import accumulate
from pathlib import Path
from random import Random
from typing import IO, cast

BLOCK = 1_000  # statements that are drawn together; references stay inside
TURN = 2_000  # statements after which learners and courses move on
ACTIVE_LEARNERS, NEW_LEARNERS = 1_000, 40  # at a time, and with each turn: some 50 statements for each learner
ACTIVE_COURSES, TURNS_PER_COURSE = 20, 5
MODULES = 12
LARGE_BYTES = 1_800
HOME = b"https://school.example"
FIRST_TIMESTAMP = datetime(2024, 1, 1, tzinfo=UTC)
LARGE_ONE_IN = 16
ATTACHED_ONE_IN = 128

# Verbs by the kind of module that they are about, and how often: videos are played, quizzes answered, pages read.
VERBS: dict[bytes, dict[bytes, int]] = {
    b"video": {b"played": 40, b"paused": 28, b"seeked": 18, b"completed": 8, b"initialized": 6},
    b"quiz": {b"answered": 70, b"attempted": 12, b"passed": 9, b"failed": 4, b"completed": 5},
    b"page": {b"experienced": 80, b"progressed": 12, b"completed": 8},
}
KINDS = tuple(VERBS)
RARE_VERB = b"earned"  # one statement in 2,000
COMMENTED, VOIDED = b"commented", b"http://adlnet.gov/expapi/verbs/voided"
SHARED_LEARNER = 0  # an account of a room, one statement in a hundred
FIRST_LEARNER = 1

_DRAWN = {kind: (tuple(found), tuple(accumulate(found.values()))) for kind, found in VERBS.items()}


@dataclass(frozen=True)
class Place:
    """Where a statement happened: course 0 is known to all."""

    course: int
    module: int

    @property
    def kind(self) -> bytes:
        """Return video, quiz or page."""
        return KINDS[self.module % len(KINDS)]


class School:
    """The statements of one seed, of which one in ``large_one_in`` is large; when all are, none refers to another."""

    def __init__(self, seed: int = 1, large_one_in: int = LARGE_ONE_IN) -> None:
        self._key = b"%d" % seed
        self._large_one_in = large_one_in
        self.registration = lru_cache(maxsize=100_000)(self._registration)

    def statement_id(self, number: int) -> bytes:
        """Return the id of statement ``number``, from 0."""
        return self._uuid(b"statement/%d" % number)

    def _registration(self, learner: int, course: int) -> bytes:
        return self._uuid(b"registration/%d/%d" % (learner, course))

    def lines(self, first: int, last: int) -> Iterator[bytes]:
        """Yield statements ``first`` to ``last`` (not included)."""
        for block in range(first // BLOCK, -(-last // BLOCK)):
            for number, line in enumerate(self._block(block), start=block * BLOCK):
                if first <= number < last:
                    yield line

    def _uuid(self, name: bytes) -> bytes:
        digits = blake2b(name, digest_size=16, key=self._key).hexdigest().encode()
        return b"%b-%b-4%b-a%b-%b" % (digits[:8], digits[8:12], digits[13:16], digits[17:20], digits[20:])

    def _block(self, block: int) -> Iterator[bytes]:
        chance = Random(b"%b/%d" % (self._key, block))
        draw = chance.random
        first = block * BLOCK
        turn = first // TURN
        for place in range(BLOCK):
            number = first + place
            asked = draw()
            if asked < 0.012 and place > 0 and self._large_one_in > 1:
                yield self._referring(number, place, turn, chance)
            else:
                yield self._about_a_module(number, turn, asked, draw)

    def _about_a_module(self, number: int, turn: int, asked: float, draw: Callable[[], float]) -> bytes:
        at = _place(turn, draw)
        learner = _learner(turn, draw)
        verbs, shares = _DRAWN[at.kind]
        drawn = draw() * shares[-1]
        verb = next(one for one, share in zip(verbs, shares, strict=True) if drawn < share)
        if asked > 0.9995:
            verb = RARE_VERB
        actor = _group(learner, turn) if 0.98 < asked < 0.99 else _agent(learner)
        head = (self.statement_id(number), actor, verb, verb)
        tail = (self.registration(learner, at.course), _timestamp(number))
        if number % self._large_one_in:
            named = (*head, at.course, at.module, at.kind, at.module, at.course)
            return _SMALL % (*named, draw(), at.course, *tail)
        return _attached(number, _large(head, at, draw, tail))

    def _referring(self, number: int, place: int, turn: int, chance: Random) -> bytes:
        """Return a comment on one of the statements before, perhaps a comment itself, or its voiding."""
        target = self.statement_id(number - 1 - chance.randrange(min(place, 20)))
        learner = _agent(_learner(turn, chance.random))
        if chance.random() < 0.1:
            verb = b'{"id":"%b"}' % VOIDED
        else:
            verb = b'{"id":"https://school.example/verbs/%b","display":{"en":"%b"}}' % (COMMENTED, COMMENTED)
        return b'{"id":"%b","actor":%b,"verb":%b,"object":{"objectType":"StatementRef","id":"%b"},"timestamp":"%b"}' % (
            self.statement_id(number),
            learner,
            verb,
            target,
            _timestamp(number),
        )


def verb_iri(name: bytes) -> str:
    """Return the id of a verb."""
    return f"{HOME.decode()}/verbs/{name.decode()}"


def course_iri(course: int) -> str:
    """Return the id of a course."""
    return f"{HOME.decode()}/courses/{course}"


def module_iri(course: int, module: int) -> str:
    """Return the id of a module of a course."""
    return f"{course_iri(course)}/modules/{module}"


def learner_name(learner: int) -> str:
    """Return the account name of a learner at HOME."""
    return f"learner-{learner}"


def instructor_mbox(course: int) -> str:
    """Return the address of the instructor of a course."""
    return f"mailto:instructor-{course}@school.example"


def attachment(number: int) -> bytes:
    """Return the content of the attachment of statement ``number``, whose hash it has; few have one."""
    return b"Certificate %d\n" % number * 64


def has_attachment(number: int) -> bool:
    """Return whether statement ``number`` has an attachment, unless it refers to another statement."""
    return number % ATTACHED_ONE_IN == 0


def _place(turn: int, draw: Callable[[], float]) -> Place:
    if draw() < 0.1:
        return Place(0, int(draw() * len(KINDS)))
    newest = turn // TURNS_PER_COURSE + ACTIVE_COURSES
    return Place(newest - int(ACTIVE_COURSES * draw() ** 2), int(MODULES * draw()))


def _learner(turn: int, draw: Callable[[], float]) -> int:
    if draw() < 0.01:
        return SHARED_LEARNER
    return FIRST_LEARNER + turn * NEW_LEARNERS + int(ACTIVE_LEARNERS * draw())


def _agent(learner: int) -> bytes:
    return b'{"objectType":"Agent","account":{"homePage":"%b","name":"learner-%d"}}' % (HOME, learner)


def _group(learner: int, turn: int) -> bytes:
    others = (FIRST_LEARNER + turn * NEW_LEARNERS + (learner + step) % ACTIVE_LEARNERS for step in (7, 77, 777))
    members = b",".join(_agent(one) for one in dict.fromkeys([learner, *others]))
    return b'{"objectType":"Group","member":[%b]}' % members


def _timestamp(number: int) -> bytes:
    return (FIRST_TIMESTAMP + timedelta(milliseconds=2_700 * number)).isoformat(timespec="milliseconds").encode()


_SMALL = (
    b'{"id":"%b","actor":%b,"verb":{"id":"https://school.example/verbs/%b","display":{"en":"%b"}},'
    b'"object":{"id":"https://school.example/courses/%d/modules/%d","definition":{'
    b'"type":"https://school.example/types/%b","name":{"en":"Module %d of course %d"}}},'
    b'"result":{"extensions":{"https://school.example/extensions/progress":%.3f}},'
    b'"context":{"contextActivities":{"parent":[{"id":"https://school.example/courses/%d"}],'
    b'"category":[{"id":"https://school.example/profile"}]},"registration":"%b"},"timestamp":"%b"}'
)


_LARGE = (
    b'{"id":"%b","actor":%b,"verb":{"id":"https://school.example/verbs/%b","display":{"en":"%b","fr":"fait"}},'
    b'"object":{"objectType":"Activity","id":"https://school.example/courses/%d/modules/%d","definition":{'
    b'"type":"https://school.example/types/%b","name":{"en":"Module %d of course %d","fr":"Module %d du cours %d"},'
    b'"description":{"en":"What is done here is told at more length than in the other statements, as tools do that '
    b'repeat the description of an activity each time","fr":"Ce qui se fait ici est dit plus longuement que dans les '
    b'autres, comme le font les outils qui le disent chaque fois"},"moreInfo":"https://school.example/info/%d/%d"}},'
    b'"result":{"score":{"scaled":%.4f,"raw":%.2f,"min":0,"max":100},"success":%b,"completion":true,'
    b'"duration":"PT%dS","extensions":{"https://school.example/extensions/attempt":%d}},'
    b'"context":{"contextActivities":{"parent":[{"id":"https://school.example/courses/%d","definition":{'
    b'"type":"http://adlnet.gov/expapi/activities/course","name":{"en":"Course %d"}}}],'
    b'"grouping":[{"id":"https://school.example/programmes/%d"}],"category":[{"id":"https://school.example/profile"}]},'
    b'"registration":"%b","instructor":{"objectType":"Agent","mbox":"mailto:instructor-%d@school.example"},'
    b'"team":{"objectType":"Group","account":{"homePage":"https://school.example","name":"team-%d"}},'
    b'"platform":"School","language":"en","extensions":{"https://school.example/extensions/session":"%b",'
    b'"https://school.example/extensions/filler":"%b"}},"timestamp":"%b"}'
)


def _large(
    head: tuple[bytes, bytes, bytes, bytes], at: Place, draw: Callable[[], float], tail: tuple[bytes, bytes]
) -> bytes:
    course, module = at.course, at.module
    scaled = draw()
    result = (scaled, 100 * scaled, b"true" if scaled > 0.5 else b"false", int(900 * draw()), int(1 + 4 * draw()))
    named = (*head, course, module, at.kind, module, course, module, course, course, module, *result)
    around = (course, course, course % 7, tail[0], course, course, head[0])
    size = len(_LARGE % (*named, *around, b"", tail[1]))
    filler = blake2b(head[0]).hexdigest().encode() * 4
    return _LARGE % (*named, *around, filler[: max(0, LARGE_BYTES - size)], tail[1])


_ATTACHMENTS = (
    b',"attachments":[{"usageType":"https://school.example/usage/certificate","display":{"en":"Certificate"},'
    b'"contentType":"text/plain","length":%d,"sha2":"%b","fileUrl":"https://school.example/files/%d"}]}'
)


def _attached(number: int, line: bytes) -> bytes:
    if not has_attachment(number):
        return line
    content = attachment(number)
    return line[:-1] + _ATTACHMENTS % (len(content), sha256(content).hexdigest().encode(), number)


def written(lines: Iterator[bytes], output: Path) -> int:
    """Write ``lines`` to ``output`` (``-``: standard output; packed when its name ends in .gz); return how many."""
    count = 0
    opened = nullcontext(sys.stdout.buffer) if str(output) == "-" else _create(output)
    with opened as file:
        for line in lines:
            file.write(line + b"\n")
            count += 1
    return count


def _create(output: Path) -> IO[bytes]:
    if output.suffix == ".gz":
        return cast("IO[bytes]", gzip.open(output, "wb", compresslevel=1))
    return output.open("wb")


def main() -> None:
    """Write a corpus."""
    parser = argparse.ArgumentParser(prog="python -m bench.corpus", description="Write made-up statements as lines.")
    parser.add_argument("--statements", type=int, default=100_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--output", type=Path, default=Path("-"), help="file; packed when its name ends in .gz")
    asked = parser.parse_args()
    written(School(asked.seed).lines(0, asked.statements), asked.output)


if __name__ == "__main__":
    main()
