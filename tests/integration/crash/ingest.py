"""Clients that send batches without pause, outlive the server's deaths, and remember what it acknowledged."""

import random
import threading
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import httpx

from support.served import XAPI_VERSION

MOST_STATEMENTS = 20
AGAIN_PROBABILITY = 0.5
PAUSE_SECONDS = 0.05
ANSWER_SECONDS = 60.0  # who gives up earlier may have statements stored after everybody has ended
FIRST_LEARNERS = 500  # of each client
STATEMENTS_PER_LEARNER = 10
FIRST_TIMESTAMP = datetime(2026, 1, 5, 8, tzinfo=UTC)


@dataclass
class Batch:
    """Statements sent in one request. ``acknowledged`` once the server answered that it has them."""

    statements: list[dict[str, Any]]
    acknowledged: bool = False

    @property
    def ids(self) -> list[str]:
        """The ids of its statements."""
        return [statement["id"] for statement in self.statements]


@dataclass
class Client:
    """One client: a thread that sends a batch, waits for the answer, and sends the next one."""

    number: int
    url: str
    auth: tuple[str, str]
    chance: random.Random
    rest_seconds: float = 0.0
    sent: list[Batch] = field(default_factory=list)
    unexpected: list[str] = field(default_factory=list)
    clock: datetime = FIRST_TIMESTAMP
    made: int = 0

    def run(self, stop: threading.Event) -> None:
        """Send until ``stop`` is set."""
        with httpx.Client(
            base_url=self.url, auth=self.auth, headers=XAPI_VERSION, timeout=ANSWER_SECONDS, trust_env=False
        ) as http:
            while not stop.wait(self.rest_seconds):
                batch = Batch([self._statement() for _ in range(self.chance.randint(1, MOST_STATEMENTS))])
                self.sent.append(batch)
                while (
                    not self._send(http, batch, stop) and not stop.is_set() and self.chance.random() < AGAIN_PROBABILITY
                ):
                    stop.wait(PAUSE_SECONDS)

    def _send(self, http: httpx.Client, batch: Batch, stop: threading.Event) -> bool:
        """Return whether the batch was acknowledged; a connection that broke leaves open whether it was stored."""
        try:
            answer = self._answer(http, batch, stop)
        except httpx.TransportError:
            return False
        if answer.status_code == httpx.codes.OK and answer.json() == batch.ids:
            batch.acknowledged = True
        elif answer.status_code != httpx.codes.SERVICE_UNAVAILABLE:
            self.unexpected.append(f"{answer.status_code}: {answer.text[:500]}")
        return batch.acknowledged

    def _answer(self, http: httpx.Client, batch: Batch, stop: threading.Event) -> httpx.Response:
        """Return the answer, having waited for the server to take connections."""
        while True:
            try:
                return http.post("/xAPI/statements", json=batch.statements)
            except httpx.ConnectError:
                if stop.wait(PAUSE_SECONDS):
                    raise

    def _statement(self) -> dict[str, Any]:
        """Return the next statement. A longer run has more learners, not longer histories of the same ones."""
        self.clock += timedelta(seconds=self.chance.randint(1, 600))
        self.made += 1
        learners = max(FIRST_LEARNERS, self.made // STATEMENTS_PER_LEARNER)
        return {
            "id": str(UUID(int=self.chance.getrandbits(128), version=4)),
            "actor": {
                "account": {
                    "homePage": "https://signals.example",
                    "name": f"cadet-{self.number}-{self.chance.randrange(learners)}",
                }
            },
            "verb": {"id": "http://adlnet.gov/expapi/verbs/scored"},
            "object": {"id": "https://signals.example/activities/text"},
            "result": {"score": {"scaled": self.chance.randint(0, 20) / 20}},
            "timestamp": self.clock.isoformat(),
        }


class Ingest:
    """Several clients at once, from the start of the block to its end."""

    def __init__(self, url: str, auth: tuple[str, str], *, clients: int, seed: int, rest_seconds: float = 0.0) -> None:
        self.clients = [
            Client(number, url, auth, random.Random(f"{seed}/{number}"), rest_seconds) for number in range(clients)
        ]
        self._stop = threading.Event()
        self._threads = [threading.Thread(target=client.run, args=(self._stop,)) for client in self.clients]

    def __enter__(self) -> "Ingest":
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        for thread in self._threads:
            thread.join()

    @property
    def sent(self) -> Sequence[Batch]:
        """Every batch that was sent at least once."""
        return [batch for client in self.clients for batch in client.sent]

    @property
    def acknowledged(self) -> int:
        """How many batches were acknowledged so far."""
        return sum(batch.acknowledged for batch in self.sent)

    @property
    def unexpected(self) -> Sequence[str]:
        """The answers that no good statement should ever get."""
        return [answer for client in self.clients for answer in client.unexpected]
