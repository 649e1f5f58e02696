"""The rate of folding: the engine alone over documents in memory, and the projector of a served store catching up."""

import itertools
import json
import os
import signal
import time
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from uuid import UUID

import msgspec

from bench.measure import Store, Workload, run_load
from projector.mastery.documents import DictDocuments
from projector.mastery.fold import Fold
from support.corpus import statement_lines
from support.served import Served

DOCUMENTS = Path(__file__).parent / "documents"
ENGINE_STATEMENTS = 5_000
FOLLOWED = Workload(50, 8, 4_000)
RECORDED = datetime(2026, 1, 1, tzinfo=UTC)
_parse = msgspec.json.Decoder(float_hook=Decimal).decode


def publish_documents(served: Served) -> None:
    """Publish the framework and activate the policy that select the corpus as evidence."""
    served.command("frameworks", "publish", str(DOCUMENTS / "framework.json"))
    served.command("policies", "activate", str(DOCUMENTS / "policy.json"))


def engine_rate(corpus: Path) -> float:
    """Return the statements per second that the engine folds, parsing included, without a database."""
    lines = list(itertools.islice(statement_lines(corpus), ENGINE_STATEMENTS))
    fold = Fold(DictDocuments(), tenant="default", namespace=UUID(int=0))
    policy = json.loads((DOCUMENTS / "policy.json").read_text(encoding="utf-8"))
    fold.apply(1, "PolicyActivated", RECORDED, {"policy": policy, "effectiveFrom": policy["effectiveFrom"]})
    began = time.perf_counter()
    for position, line in enumerate(lines, start=2):
        fold.apply(position, "statement", RECORDED, _parse(line))
    return len(lines) / (time.perf_counter() - began)


def follower_rate(store: Store, served: Served) -> float:
    """Return the statements per second at which the projector catches up with what came in while it was held."""
    projector = served.projector_pid()
    if projector is None:
        raise RuntimeError("the projector is not running")
    os.kill(projector, signal.SIGSTOP)
    try:
        measured = run_load(store.load(FOLLOWED))
    finally:
        began = time.monotonic()
        os.kill(projector, signal.SIGCONT)
    return measured.statements / (store.wait_until_folded() - began)
