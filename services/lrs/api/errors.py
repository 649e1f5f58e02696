"""The one table that turns a refusal into an HTTP status, and the JSON body that tells the client every fault."""

import logging
from collections.abc import Mapping

from lrs.api.messages import Reply, json_reply
from lrs.log.faults import (
    ConnectionLost,
    EntryConflict,
    EntryRefused,
    OutcomeUnknown,
    QueryTimeout,
    StoreDamaged,
    StoreFault,
    StoreFull,
    StoreLocked,
    StoreOutdated,
    StoreReadOnly,
    StoreTooNew,
    StoreUnavailable,
)
from lrs.xapi.faults import (
    EncodingNotTaken,
    Fault,
    Forbidden,
    InvalidQuery,
    InvalidRequest,
    InvalidStatement,
    InvalidToken,
    NotFound,
    Overloaded,
    PreconditionFailed,
    Refusal,
    StateConflict,
    StatementConflict,
    TooLarge,
    Unauthenticated,
)

_log = logging.getLogger(__name__)
MAX_FAULTS = 500
RETRY_AFTER_SECONDS = 1
_UNAVAILABLE = 503
_UNREADABLE = 500
_BASIC = 'Basic realm="xAPI", charset="UTF-8"'
_BEARER = 'Bearer realm="xAPI", error="invalid_token"'


class MethodNotAllowed(Refusal):
    """The resource does not answer this method; ``allowed`` lists those it does (RFC 9110 15.5.6)."""

    def __init__(self, message: str, allowed: tuple[str, ...]) -> None:
        super().__init__(message)
        self.allowed = allowed


STATUS: Mapping[type[Exception], int] = {
    InvalidRequest: 400,
    InvalidStatement: 400,
    InvalidQuery: 400,
    Unauthenticated: 401,
    InvalidToken: 401,
    Forbidden: 403,
    NotFound: 404,
    MethodNotAllowed: 405,
    StatementConflict: 409,
    StateConflict: 409,
    PreconditionFailed: 412,
    TooLarge: 413,
    EncodingNotTaken: 415,
    Overloaded: 503,
    StoreFault: 503,
    StoreDamaged: 500,
    StoreUnavailable: 503,
    StoreFull: 503,
    StoreReadOnly: 503,
    StoreLocked: 503,
    StoreOutdated: 503,
    StoreTooNew: 503,
    ConnectionLost: 503,
    OutcomeUnknown: 503,
    QueryTimeout: 503,
    EntryConflict: 409,
    EntryRefused: 409,
}
_FIXED_HEADERS: Mapping[type[Exception], tuple[tuple[str, str], ...]] = {
    TooLarge: (("Connection", "close"),),
    EncodingNotTaken: (("Accept-Encoding", "gzip"),),
}
_OF_THE_STORE = {
    409: "what the request would store is already stored otherwise; nothing was stored",
    500: "what is stored cannot be read; the operator finds the cause in the log",
    503: "the store cannot answer now; nothing was stored; try again",
}
_OWN_WORDS: Mapping[type[Exception], str] = {
    QueryTimeout: "the search took longer than this store allows and was stopped; ask for less, by filters, times or "
    "a limit",
    OutcomeUnknown: "the store failed in the commit, so the request may be carried out or not; send the same once more",
    StoreFull: "the store has no room left; nothing was stored; try again later",
    StoreReadOnly: "the store is damaged and only read until its operator has repaired it; nothing was stored",
}


def error_reply(error: Exception) -> Reply:
    """Return the reply for ``error``: its status from the table, or 500 for what nobody foresaw (logged here, once)."""
    status = STATUS.get(type(error))
    if status is None:
        _log.error("request failed", exc_info=error)
        unforeseen = Fault("the store could not process this request; its operator finds the cause in the log")
        return _reply(500, "InternalError", unforeseen.message, (unforeseen,))
    if not isinstance(error, Refusal):
        reason = {"error": type(error).__name__, "reason": str(error)}
        _log.error("the store failed", extra=reason, exc_info=error if status == _UNREADABLE else None)
        cannot = Fault(_OWN_WORDS.get(type(error), _OF_THE_STORE[status]))
        return _reply(status, type(error).__name__, cannot.message, (cannot,)).having(*_headers(error))
    return _reply(status, type(error).__name__, str(error), error.faults).having(*_headers(error))


def _reply(status: int, name: str, message: str, faults: tuple[Fault, ...]) -> Reply:
    listed = [_fault(fault) for fault in faults[:MAX_FAULTS]]
    body: dict[str, object] = {"error": name, "message": message, "faults": listed}
    if len(faults) > MAX_FAULTS:
        body["faultsLeftOut"] = len(faults) - MAX_FAULTS
    return json_reply(body, status=status)


def _fault(fault: Fault) -> dict[str, object]:
    shown: dict[str, object] = {"pointer": fault.pointer, "rule": fault.rule, "message": fault.message}
    if fault.statement_index is not None:
        shown = {"statementIndex": fault.statement_index, **shown}
    return shown


def _headers(error: Exception) -> tuple[tuple[str, str], ...]:
    if isinstance(error, Overloaded):
        return (("Retry-After", str(error.retry_after_seconds)),)
    if STATUS[type(error)] == _UNAVAILABLE:
        return (("Retry-After", str(RETRY_AFTER_SECONDS)),)
    if isinstance(error, Unauthenticated):
        return (("WWW-Authenticate", _BEARER if isinstance(error, InvalidToken) else _BASIC),)
    if isinstance(error, MethodNotAllowed):
        return (("Allow", ", ".join(error.allowed)),)
    return _FIXED_HEADERS.get(type(error), ())
