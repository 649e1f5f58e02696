"""Kill a server that is taking statements in, again and again, at random moments."""

import math
import os
import random
import signal
import time
from pathlib import Path

from integration.crash.ingest import Ingest
from integration.crash.outcome import Outcome, outcome, stored_statements
from support.served import Served

DOCUMENTS = Path(__file__).parent / "documents"
LONGEST_LIFE_SECONDS = 0.8
START_PROBABILITY = 0.15
SPARED_PROBABILITY = 0.3
CLIENTS = 4


def publish_documents(served: Served) -> None:
    """Publish the framework and activate the policy that turn the statements of ``Ingest`` into states."""
    served.command("frameworks", "publish", str(DOCUMENTS / "framework.json"))
    served.command("policies", "activate", str(DOCUMENTS / "policy.json"))


def kill_while_ingesting(served: Served, *, kills: int, seed: int, most_seconds: float = math.inf) -> Outcome:
    """Kill the server ``kills`` times during ingestion, fewer if time is over; return what was lost, the server running."""
    chance = random.Random(seed)
    deadline = time.monotonic() + most_seconds
    killed = 0
    with Ingest(served.url, (served.key, served.secret), clients=CLIENTS, seed=seed) as ingest:
        while killed < kills and time.monotonic() < deadline:
            time.sleep(chance.uniform(0.0, LONGEST_LIFE_SECONDS))
            _kill(served, chance)
            killed += 1
            _start(served, chance)
        time.sleep(LONGEST_LIFE_SECONDS)
    return outcome(killed, ingest.sent, ingest.unexpected, list(stored_statements(served)))


def _kill(served: Served, chance: random.Random) -> None:
    """Kill everything, as a power cut does, or the server alone, so that its projector outlives it for a moment."""
    if chance.random() < SPARED_PROBABILITY:
        os.kill(served.running().pid, signal.SIGKILL)
        served.running().wait()
    else:
        served.kill()


def _start(served: Served, chance: random.Random) -> None:
    """Start the server; sometimes kill it once more while it is starting."""
    while chance.random() < START_PROBABILITY:
        served.launch()
        time.sleep(chance.uniform(0.0, 2 * LONGEST_LIFE_SECONDS))
        served.kill()
    served.start()
