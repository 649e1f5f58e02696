"""The Statement resource put together: who answers which method, and the header that every reply of it bears."""

from datetime import datetime

from lrs.api.messages import Reply
from lrs.api.retrieval import MORE, StatementReads
from lrs.api.service import Resource
from lrs.api.statements import CONSISTENT_THROUGH, StatementWrites, consistent_through
from lrs.xapi.query import PARAMETERS

KNOWN = PARAMETERS | {MORE}


def statement_resource(writes: StatementWrites, reads: StatementReads) -> Resource:
    """Return the resource; every reply says through when it is consistent, refusals too (Communication 2.1.3)."""
    last: list[datetime] = []

    async def finish(reply: Reply) -> Reply:
        if any(name == CONSISTENT_THROUGH for name, _ in reply.headers):
            return reply
        through = await reads.consistent_through(last[-1] if last else None)
        last[:] = [through]
        return reply.having(consistent_through(through))

    handlers = {"GET": reads.get, "PUT": writes.put, "POST": writes.post}
    return Resource(handlers, KNOWN, finish=finish)
