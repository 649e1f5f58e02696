"""Why a request is refused: one tree of refusals, each carrying every fault that was found.

A refusal names the rule that was broken; only ``lrs.api.errors`` knows which HTTP status answers it.
"""

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Fault:
    """One broken rule: where (``statement_index`` 0-based and JSON ``pointer`` inside it), which rule, and why."""

    message: str
    pointer: str = ""
    rule: str = ""
    statement_index: int | None = None


class Refusal(Exception):
    """A request that cannot be granted; ``faults`` lists every reason, never only the first."""

    def __init__(self, message: str, faults: Sequence[Fault] = ()) -> None:
        super().__init__(message)
        self.faults: tuple[Fault, ...] = tuple(faults) or (Fault(message),)


class InvalidRequest(Refusal):
    """The request breaks a rule of the specification (Communication 3.2: 400)."""


class InvalidStatement(InvalidRequest):
    """At least one statement of the batch breaks a rule, so nothing of the batch is stored (Communication 2.1.2)."""


class InvalidQuery(InvalidRequest):
    """A query parameter is unknown, repeated, malformed or not allowed beside another (Communication 2.1.3)."""


class StatementConflict(Refusal):
    """A statement id is already in the log with other content (Communication 2.1.1: 409)."""


class StateConflict(Refusal):
    """A document exists and the request names neither If-Match nor If-None-Match (Communication 3.1: 409)."""


class PreconditionFailed(Refusal):
    """If-Match or If-None-Match does not hold (Communication 3.1: 412)."""


class NotFound(Refusal):
    """Nothing is stored under that name (Communication 3.2: 404)."""


class Unauthenticated(Refusal):
    """The credentials are missing or wrong (Communication 4.0: 401)."""


class InvalidToken(Unauthenticated):
    """The bearer token is malformed, expired, meant for others, or signed by none who may (RFC 6750 3.1: 401)."""


class Forbidden(Refusal):
    """The credentials are good but lack the scope that the request needs (Communication 3.2: 403)."""


class TooLarge(Refusal):
    """A size limit of the store is exceeded (Communication 3.2: 413)."""


class EncodingNotTaken(Refusal):
    """The body comes in a Content-Encoding that is not unpacked here (RFC 9110 15.5.16: 415)."""


class Overloaded(Refusal):
    """The store cannot take the request now; nothing was stored; try again after ``retry_after_seconds``."""

    def __init__(self, message: str, retry_after_seconds: int = 1) -> None:
        super().__init__(message)
        self.retry_after_seconds = retry_after_seconds
