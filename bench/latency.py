"""From the POST of the deciding statement to the readable transition, while other statements keep coming.

``python -m bench.latency --store sqlite --rate 500 --seconds 20``. Some threads post statements at a steady rate, one
in ten of them evidence. Meanwhile one client posts statements that each decide about somebody new, one after the other,
and waits on the feed until it can read that they attained mastery. The time runs from before the POST to after that.
"""

import argparse
import json
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx

from bench.mastery import BASE, policy, statement
from support.postgres import running_cluster
from support.served import Served

SENDERS = 4
PER_POST = 5
LONGEST_SECONDS = 30.0
STATEMENTS, FEED = "/xAPI/statements", "/api/v1/mastery-events"
FRAMEWORK = {
    "apiVersion": "mastrail/v1",
    "kind": "Framework",
    "id": f"{BASE}/framework",
    "version": "1",
    "title": "Bench",
    "items": [{"id": f"{BASE}/competencies/0", "statement": "Measures"}],
}


def client_of(served: Served) -> httpx.Client:
    """Return a client of its own, with the credentials."""
    version = {"X-Experience-API-Version": "1.0.3"}
    auth = httpx.BasicAuth(served.key, served.secret)
    return httpx.Client(base_url=served.url, headers=version, auth=auth, timeout=LONGEST_SECONDS, trust_env=False)


def plain(number: int) -> dict[str, Any]:
    """Return a statement that any client may send."""
    told = statement(number)
    return {name: value for name, value in told.items() if name not in ("authority", "version")}


def send(served: Served, rate: float, first: int, ended: threading.Event, sent: list[int]) -> None:
    """Post batches at a steady rate until the end; what is late is sent at once."""
    number, began, done = first, time.monotonic(), 0
    with client_of(served) as client:
        while not ended.is_set():
            due = began + done * PER_POST / rate
            time.sleep(max(0.0, due - time.monotonic()))
            client.post(STATEMENTS, json=[plain(number + place) for place in range(PER_POST)]).raise_for_status()
            number, done = number + PER_POST, done + 1
            sent.append(PER_POST)


@contextmanager
def background(served: Served, rate: float) -> Iterator[list[int]]:
    """Keep statements coming at ``rate`` a second while the block runs; yields how many were sent, batch by batch."""
    ended, sent = threading.Event(), list[int]()
    threads = [
        threading.Thread(target=send, args=(served, rate / SENDERS, (1 + place) * 10_000_000, ended, sent))
        for place in range(SENDERS if rate else 0)
    ]
    for thread in threads:
        thread.start()
    try:
        yield sent
    finally:
        ended.set()
        for thread in threads:
            thread.join()


def deciding(name: str) -> dict[str, Any]:
    """Return the statement that gives mastery to somebody new."""
    told = plain(10)
    result = {"score": {"scaled": 1}}
    about = {"id": f"{BASE}/exams/0"}
    return {
        **told,
        "id": str(uuid4()),
        "actor": {"mbox": f"mailto:{name}@bench.example"},
        "object": about,
        "result": result,
    }


def wait_for(client: httpx.Client, after: int, statement_id: str) -> int:
    """Read the feed until it tells that the statement gave mastery, and return the cursor behind it."""
    until = time.monotonic() + LONGEST_SECONDS
    while time.monotonic() < until:
        page = client.get(FEED, params={"after": after, "limit": 1000, "wait": 5}).raise_for_status().json()
        after = int(page["next"])
        for event in page["events"]:
            cause = event["data"]["cause"].get("statementId")
            if event["type"] == "mastrail.mastery.attained.v1" and cause == statement_id:
                return after
    raise TimeoutError("the transition was never told")


def measure(served: Served, rate: float, seconds: float) -> dict[str, float]:
    """Return the times in milliseconds, and the rate that was reached."""
    times: list[float] = []
    with client_of(served) as client, background(served, rate) as sent:
        after, began = 0, time.monotonic()
        while time.monotonic() - began < seconds:
            told = deciding(str(uuid4()))
            posted = time.perf_counter()
            client.post(STATEMENTS, json=told).raise_for_status()
            after = wait_for(client, after, told["id"])
            times.append((time.perf_counter() - posted) * 1e3)
        reached = sum(sent) / (time.monotonic() - began)
    ranked = sorted(times)
    found = {f"p{part}_ms": round(ranked[min(len(ranked) - 1, len(ranked) * part // 100)], 1) for part in (50, 95, 99)}
    return {
        "transitions": len(times),
        "statements_per_second": round(reached),
        **found,
        "most_ms": round(ranked[-1], 1),
    }


def main() -> int:
    """Measure one store."""
    parser = argparse.ArgumentParser(prog="python -m bench.latency", description=__doc__)
    parser.add_argument("--store", choices=("sqlite", "postgresql"), default="sqlite")
    parser.add_argument("--rate", type=float, default=500, help="statements a second beside those that are measured")
    parser.add_argument("--seconds", type=float, default=20)
    asked = parser.parse_args()
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="mastrail-bench-")))
        where = "sqlite"
        if asked.store == "postgresql":
            where = stack.enter_context(running_cluster()).url()
        served = Served(folder, where, {})
        stack.callback(served.close)
        served.open()
        for name, document in (("framework", FRAMEWORK), ("policy", policy(0))):
            (folder / f"{name}.json").write_text(json.dumps(document), encoding="utf-8")
        served.command("frameworks", "publish", str(folder / "framework.json"))
        served.command("policies", "activate", str(folder / "policy.json"))
        measure(served, 0, 2.0)
        print(json.dumps({"store": asked.store, **measure(served, asked.rate, asked.seconds)}))
    return 0


if __name__ == "__main__":
    sys.exit(main())
