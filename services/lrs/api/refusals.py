"""Which refusals are worth keeping: what a known client wanted to write, so that it can be repaired and replayed."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import orjson

from lrs.api.body import Body
from lrs.api.messages import Reply
from lrs.ingest.credentials import Credential
from lrs.ingest.rejections import Rejections
from lrs.log.journal import Rejected

_METHODS = frozenset({"PUT", "POST"})
_STATUSES = frozenset({400, 403, 409, 413})


@dataclass(frozen=True, slots=True)
class Asked:
    """A request as far as it was understood before it was refused."""

    method: str
    path: str
    version: str
    parameters: Mapping[str, str]
    content_type: str | None
    body: Body | None


class Refusals:
    """Hands refused requests to the journal; ``max_body_bytes`` is the largest body that is kept with one."""

    def __init__(
        self,
        rejections: Rejections,
        *,
        now: Callable[[], datetime],
        new_id: Callable[[], UUID],
        max_body_bytes: int = 4 * 1024 * 1024,
    ) -> None:
        self.rejections = rejections
        self._now = now
        self._new_id = new_id
        self._max_body_bytes = max_body_bytes

    def keep(self, asked: Asked, credential: Credential, reply: Reply) -> None:
        """Keep the request when it would have written something; strangers fill no journal."""
        if asked.method not in _METHODS or reply.status not in _STATUSES:
            return
        body = None if asked.body is None else asked.body.read_whole()
        self.rejections.offer(
            Rejected(
                entry_id=self._new_id(),
                recorded=self._now(),
                key=credential.key,
                method=asked.method,
                path=asked.path,
                version=asked.version,
                status=reply.status,
                authority=credential.authority,
                parameters=asked.parameters,
                content_type=asked.content_type,
                faults=orjson.loads(reply.body)["faults"] if isinstance(reply.body, bytes) else (),
                body=body if body is not None and len(body) <= self._max_body_bytes else None,
            )
        )
