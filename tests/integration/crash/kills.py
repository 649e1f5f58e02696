"""Kill a server that is taking statements in, again and again, at random moments."""

import math
import os
import random
import signal
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from integration.crash.ingest import Ingest
from integration.crash.outcome import Outcome, outcome, stored_statements
from integration.crash.strikes import LONGEST_FAULT_SECONDS, Strike
from support.served import Served
from support.waiting import eventually

DOCUMENTS = Path(__file__).parent / "documents"
LONGEST_LIFE_SECONDS = 0.8
START_PROBABILITY = 0.15
SPARED_PROBABILITY = 0.3
STRIKE_PROBABILITY = 0.5
KILL_IN_A_STRIKE_PROBABILITY = 0.3
ALONE_PROBABILITY = 0.6
CLIENTS = 4


def publish_documents(served: Served) -> None:
    """Publish the framework and activate the policy that turn the statements of ``Ingest`` into states."""
    served.command("frameworks", "publish", str(DOCUMENTS / "framework.json"))
    served.command("policies", "activate", str(DOCUMENTS / "policy.json"))


@dataclass(frozen=True)
class Plan:
    """How often to kill, by which chances. ``strikes`` are what else may go wrong, by name.

    When ``most_seconds`` are over it ends, but not before ``fewest_kills``: a machine may be slow.
    ``rest_seconds`` is what each client waits between its batches: a long run would else spend its time folding them.
    ``with_lone_servers`` starts more than half of the servers without a projector, which dies young otherwise.
    """

    kills: int
    seed: int
    most_seconds: float = math.inf
    fewest_kills: int = 0
    rest_seconds: float = 0.0
    with_lone_servers: bool = False
    strikes: Mapping[str, Strike] = field(default_factory=dict)


def carry_out(plan: Plan, served: Served, told: Callable[[int], None] = lambda _killed: None) -> Outcome:
    """Kill the server as planned, each time ``told``, and return what was lost; the server is running then."""
    chance = random.Random(plan.seed)
    deadline = time.monotonic() + plan.most_seconds
    killed = 0
    credentials = (served.key, served.secret)
    with Ingest(served.url, credentials, clients=CLIENTS, seed=plan.seed, rest_seconds=plan.rest_seconds) as ingest:
        while killed < plan.kills and (killed < plan.fewest_kills or time.monotonic() < deadline):
            _live_and_die(served, chance, plan)
            killed += 1
            told(killed)
            _start(served, chance, plan)
        _have_a_projector(served, plan)
        time.sleep(LONGEST_LIFE_SECONDS)
        eventually(lambda: ingest.acknowledged > killed, "batches are acknowledged once nobody is killed any more")
    return outcome(killed, ingest.sent, ingest.unexpected, list(stored_statements(served)))


def _live_and_die(served: Served, chance: random.Random, plan: Plan) -> None:
    time.sleep(chance.uniform(0.0, LONGEST_LIFE_SECONDS))
    if plan.strikes and chance.random() < STRIKE_PROBABILITY:
        with chance.choice([*plan.strikes.values()])(served, chance):
            time.sleep(chance.uniform(0.0, LONGEST_FAULT_SECONDS))
            if chance.random() < KILL_IN_A_STRIKE_PROBABILITY:
                _kill(served, chance)
                return
        time.sleep(chance.uniform(0.0, LONGEST_FAULT_SECONDS))
    _kill(served, chance)


def _kill(served: Served, chance: random.Random) -> None:
    """Kill everything, as a power cut does, or the server alone, so that its children outlive it for a moment."""
    if chance.random() < SPARED_PROBABILITY:
        os.kill(served.running().pid, signal.SIGKILL)
        served.running().wait()
    else:
        served.kill()


def _start(served: Served, chance: random.Random, plan: Plan) -> None:
    """Start the server; sometimes kill it once more while it is starting."""
    while chance.random() < START_PROBABILITY:
        served.launch()
        time.sleep(chance.uniform(0.0, 2 * LONGEST_LIFE_SECONDS))
        served.kill()
    served.start("lrs" if plan.with_lone_servers and chance.random() < ALONE_PROBABILITY else "serve")


def _have_a_projector(served: Served, plan: Plan) -> None:
    if plan.with_lone_servers:
        served.kill()
        served.start()
