"""GET /api/v1/projection: how far the read models have come, and on request the hash over all that they answer."""

from threading import Lock
from typing import Any, Protocol

from fastapi import APIRouter, Request, Response

from lrs.api.threads import Threads
from lrs.xapi.faults import Fault, InvalidQuery, Overloaded
from projector.api.asking import Authorize, json_response
from projector.api.describing import Given, Parameter, Routes
from projector.follow import STOPPED_AT
from projector.publish.topics import STATE_TOPIC, STATEMENTS_TOPIC
from projector.store.digest import projection_hash
from projector.store.live import LiveProjection
from projector.store.projection import STATEMENTS_SENT, Snapshot
from projector.store.state_changes import STATES_SENT
from projector.store.versions import FEED

_HASH = Parameter("hash", "add the SHA-256 over all states and events", {"type": "string", "enum": ["true", "false"]})


class Log(Protocol):
    """What the status needs of the log: its end."""

    def head(self) -> tuple[int, Any]:
        """Return the last position and its recorded time."""
        ...


def status_router(projection: LiveProjection, *, log: Log, authorize: Authorize, threads: Threads) -> APIRouter:
    """Return the route of the projection's status."""
    routes = Routes(APIRouter(tags=["projection"]), authorize)
    hashing = Lock()

    def read(*, with_hash: bool) -> dict[str, Any]:
        version = projection.version()
        head, _ = log.head()
        with projection.snapshot() as snapshot:
            told = _status(snapshot, head)
            if with_hash:
                told["sha256"] = projection_hash(snapshot)
        return {"version": version, **told}

    def read_with_hash() -> dict[str, Any]:
        if not hashing.acquire(blocking=False):
            raise Overloaded("the hash is being computed for another request; try again", retry_after_seconds=5)
        try:
            return read(with_hash=True)
        finally:
            hashing.release()

    @routes.get("/api/v1/projection", _HASH)
    async def status(_request: Request, given: Given) -> Response:
        """Return version, position, lag behind the log, counts, and how far each publish target is.

        ``stoppedAt`` is the position of an entry that cannot be folded, null while all is well.
        With ``hash=true`` also the SHA-256 over all states and events, for which everything is read.
        """
        wanted = given.get("hash", "false")
        if wanted not in ("true", "false"):
            raise InvalidQuery("hash is true or false", [Fault("hash is true or false", rule="JSON API")])
        return json_response(await threads.run(read_with_hash if wanted == "true" else _without_hash))

    def _without_hash() -> dict[str, Any]:
        return read(with_hash=False)

    return routes.router


def _status(snapshot: Snapshot, head: int) -> dict[str, Any]:
    position, last_seq = snapshot.position(), snapshot.last_seq()
    stopped = snapshot.fact(STOPPED_AT)
    return {
        "feed": snapshot.fact(FEED),
        "position": position,
        "lag": max(0, head - position),
        "stoppedAt": int(stopped) if stopped else None,
        "events": last_seq,
        "states": snapshot.count_states(),
        "publish": published(snapshot, head),
    }


def published(snapshot: Snapshot, head: int) -> list[dict[str, Any]]:
    """Return how far each publish target is, by name, and how much it does not have yet.

    ``seq`` counts the events of the feed, of the topic of states their changes, of the topic of statements the entries
    of the log, which ends at ``head``.
    """
    last_seq = snapshot.last_seq()
    targets = [{"target": target, "seq": seq, "lag": last_seq - seq} for target, seq in snapshot.cursors().items()]
    states, statements = snapshot.fact(STATES_SENT), snapshot.fact(STATEMENTS_SENT)
    if states is not None:
        lag = snapshot.waiting_states(int(states))
        targets.append({"target": f"kafka:{STATE_TOPIC}", "seq": int(states), "lag": lag})
    if statements is not None:
        lag = max(0, head - int(statements))
        targets.append({"target": f"kafka:{STATEMENTS_TOPIC}", "seq": int(statements), "lag": lag})
    return targets
