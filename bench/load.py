"""The load generator, in a process of its own: connections that send the next request as soon as the last is answered.

Reads Loads as lines of JSON from standard input; of each it prepares every request, sends them, and prints a Measured.
"""

import asyncio
import base64
import json
import re
import sys
import time
from collections import Counter
from dataclasses import asdict, dataclass
from urllib.parse import urlsplit

from bench.bodies import bodies

_LENGTH = re.compile(rb"content-length: *(\d+)", re.IGNORECASE)
_END_OF_CHUNKS = b"\r\n0\r\n\r\n"


@dataclass(frozen=True)
class Load:
    """What to send over ``connections`` connections.

    ``requests`` bodies of ``batch`` statements of ``source`` (see ``bench.bodies``) are posted. Where ``targets`` are
    given, these are got instead, ``requests`` times in turn.
    """

    url: str
    key: str
    secret: str
    connections: int
    requests: int
    source: str = ""
    batch: int = 1
    seed: int = 0
    targets: tuple[str, ...] = ()


@dataclass(frozen=True)
class Measured:
    """What it took. ``statuses`` counts the answers by HTTP status; the processor time is that of the generator."""

    seconds: float
    statements: int
    statuses: dict[str, int]
    sent_bytes: int
    received_bytes: int
    cpu_seconds: float
    p50_ms: float
    p95_ms: float
    p99_ms: float


def requests(load: Load) -> list[bytes]:
    """Return whole HTTP requests."""
    parts = urlsplit(load.url)
    credentials = base64.b64encode(f"{load.key}:{load.secret}".encode()).decode()
    head = (
        f"HTTP/1.1\r\nHost: {parts.netloc}\r\nAuthorization: Basic {credentials}\r\nX-Experience-API-Version: 1.0.3\r\n"
    ).encode()
    if load.targets:
        count = len(load.targets)
        return [b"GET %b %b\r\n" % (load.targets[n % count].encode(), head) for n in range(load.requests)]
    post = b"POST %b %bContent-Type: application/json\r\nContent-Length: " % (parts.path.encode(), head)
    return [
        b"%b%d\r\n\r\n%b" % (post, len(body), body)
        for body in bodies(load.source, load.seed, load.batch, load.requests)
    ]


@dataclass
class Tally:
    """What the connections saw together."""

    waiting: list[bytes]
    statuses: Counter[str]
    took: list[float]
    received_bytes: int = 0


class Connection(asyncio.Protocol):
    """Sends the next request as soon as the last one is answered."""

    def __init__(self, tally: Tally) -> None:
        self._tally = tally
        self._received = bytearray()
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
        if not self._tally.waiting:
            self._transport.close()
            self.done.set_result(None)
            return
        self._sent = time.perf_counter()
        self._transport.write(self._tally.waiting.pop())

    def data_received(self, data: bytes) -> None:
        """Take the answer, and go on when it is whole."""
        self._received += data
        if not self._is_whole():
            return
        self._tally.took.append(time.perf_counter() - self._sent)
        self._tally.statuses[self._received[9:12].decode()] += 1
        self._tally.received_bytes += len(self._received)
        self._received.clear()
        self.begin()

    def _is_whole(self) -> bool:
        end = self._received.find(b"\r\n\r\n")
        if end < 0:
            return False
        length = _LENGTH.search(self._received, 0, end)
        if length is None:
            return self._received.endswith(_END_OF_CHUNKS)
        return len(self._received) >= end + 4 + int(length[1])

    def connection_lost(self, exc: Exception | None) -> None:
        """Fail if the server ended the connection."""
        if not self.done.done():
            self.done.set_exception(exc or ConnectionError("the server closed the connection"))


async def send(load: Load) -> Measured:
    """Send everything and return what it took; preparing the requests is not counted."""
    waiting = requests(load)
    sent_bytes = sum(map(len, waiting))
    waiting.reverse()
    parts = urlsplit(load.url)
    tally = Tally(waiting, Counter(), [])
    loop = asyncio.get_running_loop()
    connections: list[Connection] = []
    for _ in range(load.connections):
        _, connection = await loop.create_connection(lambda: Connection(tally), parts.hostname, parts.port)
        connections.append(connection)
    began, cpu_began = time.perf_counter(), time.process_time()
    for connection in connections:
        connection.begin()
    await asyncio.gather(*(connection.done for connection in connections))
    seconds, cpu_seconds = time.perf_counter() - began, time.process_time() - cpu_began
    took = sorted(tally.took)
    marks = [1000 * took[int(len(took) * share)] for share in (0.5, 0.95, 0.99)]
    sent = 0 if load.targets else load.requests * load.batch
    return Measured(seconds, sent, dict(tally.statuses), sent_bytes, tally.received_bytes, cpu_seconds, *marks)


def main() -> None:
    """Run one load after the other."""
    for line in sys.stdin:
        asked = json.loads(line)
        load = Load(**{**asked, "targets": tuple(asked["targets"])})
        print(json.dumps(asdict(asyncio.run(send(load)))), flush=True)


if __name__ == "__main__":
    main()
