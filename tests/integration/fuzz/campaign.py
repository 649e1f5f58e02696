"""Pieces of fuzzing, each with its own fixed seed, against one served store."""

import base64
import contextlib
import math
import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from itertools import count
from typing import Any

from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st
from hypothesis.errors import Flaky

from integration.fuzz.bodies import multipart, raw
from integration.fuzz.requests import KINDS, Callers
from integration.fuzz.verdict import faults_of
from integration.fuzz.wire import Reply, Request, Wire, wire_to
from support.served import Served

STRATEGIES: dict[str, Callable[[Callers], st.SearchStrategy[Request]]] = {**KINDS, "multipart": multipart, "raw": raw}
NARROW = ("statements/write", "statements/read/mine")
FIRST_SEED = 20_260_301
REQUESTS_PER_PIECE = 150
SHOWN_BYTES = 2_000
SHRINK_SECONDS = 5.0


SETTINGS: dict[str, Any] = {
    "database": None,
    "deadline": None,
    "print_blob": False,
    "report_multiple_bugs": False,
    "phases": [Phase.generate, Phase.shrink],
    "suppress_health_check": list(HealthCheck),
}


class Found(AssertionError):
    """A reply that must not be."""


class Enough(BaseException):
    """Ends a piece: the search for a smaller request took its time, or the server does not answer."""


@dataclass
class Counts:
    """What was sent and what came of it."""

    statuses: Counter[str] = field(default_factory=Counter)
    found: dict[str, str] = field(default_factory=dict)

    @property
    def requests(self) -> int:
        """How many requests were sent."""
        return self.statuses.total()

    def __str__(self) -> str:
        told = ", ".join(f"{status}: {number}" for status, number in sorted(self.statuses.items()))
        return f"{self.requests} requests ({told}), {len(self.found)} faults"


def callers_of(served: Served) -> Callers:
    """Return the credentials of a campaign: one for everything, one for a part, one that is wrong."""
    narrow = served.new_credentials("fuzz", *NARROW)
    pairs = {"all": (served.key, served.secret), "narrow": narrow, "wrong": (served.key, "wrong")}
    return Callers(
        {
            name: "Basic " + base64.b64encode(f"{key}:{secret}".encode()).decode()
            for name, (key, secret) in pairs.items()
        }
    )


class Campaign:
    """Sends pieces to ``served`` and remembers what was wrong."""

    def __init__(self, served: Served, *, requests_per_piece: int = REQUESTS_PER_PIECE) -> None:
        self._served = served
        callers = callers_of(served)
        self._strategies = {name: make(callers) for name, make in STRATEGIES.items()}
        self._requests = requests_per_piece
        self.counts = Counts()

    def run(self, *, rounds: int | None = None, seconds: float | None = None) -> Counts:
        """Send every kind of piece, ``rounds`` times or for ``seconds``, and return what came of it."""
        deadline = None if seconds is None else time.monotonic() + seconds
        with wire_to(self._served.port) as wire:
            for number, name in self._pieces(rounds):
                if deadline is not None and time.monotonic() > deadline:
                    break
                self._piece(wire, name, FIRST_SEED + number)
        return self.counts

    def _pieces(self, rounds: int | None) -> Iterator[tuple[int, str]]:
        for number in count() if rounds is None else range(rounds):
            for kind, name in enumerate(self._strategies):
                yield number * len(self._strategies) + kind, name

    def _piece(self, wire: Wire, name: str, number: int) -> None:
        """Send the requests of one piece; of a reply that must not be, look for the smallest request that brings it."""
        failures: list[Failure] = []
        until = math.inf

        @seed(number)
        @settings(max_examples=self._requests, **SETTINGS)
        @given(self._strategies[name])
        def every_reply_is_good(request: Request) -> None:
            nonlocal until
            if time.monotonic() > until:
                raise Enough
            reply = wire.send(request)
            self.counts.statuses[str(reply.status) if reply else "none"] += 1
            if faults := faults_of(request, reply):
                failures.append(Failure(request, reply, faults))
                until = min(until, time.monotonic() + SHRINK_SECONDS)
                raise Found(faults)

        with contextlib.suppress(Found, Enough, Flaky):
            every_reply_is_good()
        if failures:
            smallest = min(failures, key=lambda failure: len(failure.request.wire()))
            self.counts.found.setdefault(smallest.faults[0], f"piece {name}, seed {number}: {smallest}")


@dataclass(frozen=True)
class Failure:
    """A request, what came back, and what is wrong with that."""

    request: Request
    reply: Reply | None
    faults: list[str]

    def __str__(self) -> str:
        return f"{'; '.join(self.faults)}\n    {self.request.wire()[:SHOWN_BYTES]!r}\n    {self.reply}"
