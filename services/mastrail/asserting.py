"""Statements of the engine into the log, through the checks that every request goes through."""

from collections.abc import Sequence
from types import TracebackType

from lrs.ingest.statements import Ingest, Sender
from lrs.ingest.writer import Writer
from lrs.log.faults import StoreFault
from lrs.log.store import Store
from lrs.xapi.faults import Overloaded, StatementConflict
from lrs.xapi.version import Version
from mastrail.shell import new_id, utc_now
from projector.publish.statements import AUTHORITY
from projector.publish.target import TargetUnavailable

_SENDER = Sender(AUTHORITY, Version.V1_0_3, defines=False)


class EngineStatements:
    """Stores what the engine says. What is stored under an id stays, also where it would be told otherwise today."""

    def __init__(self, store: Store) -> None:
        self._writer = Writer(store)
        self._ingest = Ingest(store, self._writer, now=utc_now, new_id=new_id)

    def take(self, statements: Sequence[bytes]) -> None:
        """Store statements. Raises TargetUnavailable when the store cannot take them now."""
        try:
            self._store(statements)
        except (StoreFault, Overloaded) as error:
            raise TargetUnavailable("the log cannot take statements now") from error

    def _store(self, statements: Sequence[bytes]) -> None:
        entries = self._ingest.prepare(b"[" + b",".join(statements) + b"]", _SENDER)
        try:
            self._ingest.store(entries).result()
        except StatementConflict:
            if len(statements) > 1:
                for statement in statements:
                    self._store([statement])

    def __enter__(self) -> "EngineStatements":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._writer.close()
        self._ingest.close()
