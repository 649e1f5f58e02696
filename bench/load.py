"""The load generator, in a process of its own: connections that post the next body as soon as the last is answered.

Reads a Load as JSON from standard input, prepares every body, posts them, and prints a Measured as JSON.
"""

import asyncio
import base64
import gzip
import itertools
import json
import random
import re
import sys
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import urlsplit
from uuid import UUID

from bench.corpus import School

FIRST_TIMESTAMP = datetime(2024, 1, 1, tzinfo=UTC)
LARGE = "large"
_LENGTH = re.compile(rb"content-length: *(\d+)", re.IGNORECASE)


@dataclass(frozen=True)
class Load:
    """What to post: ``requests`` bodies of ``batch`` statements each, over ``connections`` connections.

    ``corpus`` is a file of real statements, or LARGE for made-up ones of 1.8 KB.
    """

    url: str
    key: str
    secret: str
    corpus: str
    batch: int
    requests: int
    connections: int
    seed: int


@dataclass(frozen=True)
class Measured:
    """What it took. ``statuses`` counts the answers by HTTP status."""

    seconds: float
    statements: int
    statuses: dict[str, int]
    sent_bytes: int
    cpu_seconds: float
    p50_ms: float
    p95_ms: float
    p99_ms: float


@dataclass(frozen=True)
class Template:
    """A statement of the corpus: its learner, and its bytes cut where id, learner and timestamp stood."""

    learner: str
    parts: Sequence[bytes]

    def filled(self, own_id: str, learner: str, timestamp: str) -> bytes:
        """Return a statement."""
        before, between, then, after = self.parts
        return b"".join((before, own_id.encode(), between, learner.encode(), then, timestamp.encode(), after))


def templates(corpus: Path) -> list[Template]:
    """Return the statements of ``corpus``, as templates of others."""
    with gzip.open(corpus, "rb") as lines:
        return [_cut(line.strip()) for line in itertools.islice(lines, 5_000)]


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


def bodies(load: Load) -> list[bytes]:
    """Return the request bodies, no statement twice in a store as long as each load has another seed."""
    count = load.requests * load.batch
    made = School(load.seed, large_one_in=1).lines(0, count) if load.corpus == LARGE else real_statements(load)
    if load.batch == 1:
        return list(itertools.islice(made, load.requests))
    return [b"[" + b",".join(itertools.islice(made, load.batch)) + b"]" for _ in range(load.requests)]


def real_statements(load: Load) -> Iterator[bytes]:
    """Yield real statements, each with an id and a timestamp of its own, without end.

    Learners are new in each load and each time that the corpus begins anew, so that histories are as long as real ones.
    """
    chance = random.Random(load.seed)
    cuts = templates(Path(load.corpus))
    first = FIRST_TIMESTAMP + timedelta(days=load.seed)
    for number in itertools.count():
        again, place = divmod(number, len(cuts))
        own_id = str(UUID(int=chance.getrandbits(128), version=4))
        timestamp = (first + timedelta(seconds=number)).isoformat()
        learner = f"{cuts[place].learner}/{load.seed}/{again}"
        yield cuts[place].filled(own_id, learner, timestamp)


def requests(load: Load) -> list[bytes]:
    """Return whole HTTP requests."""
    parts = urlsplit(load.url)
    credentials = base64.b64encode(f"{load.key}:{load.secret}".encode()).decode()
    head = (
        f"POST {parts.path} HTTP/1.1\r\nHost: {parts.netloc}\r\nAuthorization: Basic {credentials}\r\n"
        "X-Experience-API-Version: 1.0.3\r\nContent-Type: application/json\r\nContent-Length: "
    ).encode()
    return [b"%b%d\r\n\r\n%b" % (head, len(body), body) for body in bodies(load)]


class Connection(asyncio.Protocol):
    """Posts the next request as soon as the last one is answered."""

    def __init__(self, waiting: list[bytes], statuses: Counter[str], took: list[float]) -> None:
        self._waiting = waiting
        self._statuses = statuses
        self._took = took
        self._received = b""
        self._transport: asyncio.Transport | None = None
        self.done: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Be ready; ``begin`` sends the first request."""
        if isinstance(transport, asyncio.Transport):
            self._transport = transport

    def begin(self) -> None:
        """Send the next request, or finish."""
        if self._transport is None:
            return
        if not self._waiting:
            self._transport.close()
            self.done.set_result(None)
            return
        self._sent = time.perf_counter()
        self._transport.write(self._waiting.pop())

    def data_received(self, data: bytes) -> None:
        """Take the answer, and go on when it is whole."""
        self._received += data
        end = self._received.find(b"\r\n\r\n")
        if end < 0:
            return
        length = _LENGTH.search(self._received, 0, end)
        if len(self._received) < end + 4 + (int(length[1]) if length else 0):
            return
        self._took.append(time.perf_counter() - self._sent)
        self._statuses[self._received[9:12].decode()] += 1
        self._received = b""
        self.begin()

    def connection_lost(self, exc: Exception | None) -> None:
        """Fail if the server ended the connection."""
        if not self.done.done():
            self.done.set_exception(exc or ConnectionError("the server closed the connection"))


async def post(load: Load) -> Measured:
    """Post everything and return what it took; preparing the bodies is not counted."""
    waiting = requests(load)
    sent_bytes = sum(map(len, waiting))
    parts = urlsplit(load.url)
    statuses: Counter[str] = Counter()
    took: list[float] = []
    loop = asyncio.get_running_loop()
    connections: list[Connection] = []
    for _ in range(load.connections):
        _, connection = await loop.create_connection(
            lambda: Connection(waiting, statuses, took), parts.hostname, parts.port
        )
        connections.append(connection)
    began, cpu_began = time.perf_counter(), time.process_time()
    for connection in connections:
        connection.begin()
    await asyncio.gather(*(connection.done for connection in connections))
    seconds = time.perf_counter() - began
    cpu_seconds = time.process_time() - cpu_began
    took.sort()
    marks = [1000 * took[int(len(took) * share)] for share in (0.5, 0.95, 0.99)]
    return Measured(seconds, load.requests * load.batch, dict(statuses), sent_bytes, cpu_seconds, *marks)


def main() -> None:
    """Run one load."""
    print(json.dumps(asdict(asyncio.run(post(Load(**json.load(sys.stdin)))))))


if __name__ == "__main__":
    main()
