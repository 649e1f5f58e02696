"""The event-sourced application whose one sequence of facts is the log."""

from collections.abc import Callable, Mapping
from itertools import chain
from uuid import UUID

from eventsourcing.application import Application
from eventsourcing.persistence import Mapper
from eventsourcing.utils import Environment, EnvType

from lrs.log import dictionaries
from lrs.log.append import Append
from lrs.log.compression import FIRST_OF_STORE, Codec
from lrs.log.faults import StoreDamaged
from lrs.log.mapper import FactMapper, Seal
from lrs.log.postgresql import LOCK_TIMEOUT_SECONDS, PostgresqlLogRecorder
from lrs.log.sqlite import SqliteLogRecorder


class Log(Application[UUID]):
    """An application of bare facts. Its settings are the ones given: nothing is taken from the process environment."""

    name = "mastrail"
    env = {"MAPPER_TOPIC": "lrs.log.mapper:FactMapper"}  # noqa: RUF012  the library declares and copies it

    def __init__(self, settings: Mapping[str, str], seal: Seal, now_micros: Callable[[], int]) -> None:
        self._seal = seal
        super().__init__(dict(settings))
        recorder = self.recorder
        if not isinstance(recorder, SqliteLogRecorder | PostgresqlLogRecorder):
            raise TypeError("the log needs a recorder of its own")
        recorder.now_micros = now_micros
        self.database = recorder.datastore

    def construct_env(self, name: str, env: EnvType | None = None) -> Environment:
        """Return the given settings alone, so that a stray variable cannot change how the log is stored."""
        return Environment(name, {**self.env, **(env or {})})

    def construct_mapper(self) -> Mapper[UUID]:
        """Return the mapper with the seal of this log."""
        mapper = super().construct_mapper()
        if not isinstance(mapper, FactMapper):
            raise TypeError("the log needs a mapper of its own")
        mapper.seal = self._seal
        mapper.codec = Codec(self._dictionary, dictionaries.GENERIC)
        self.facts = mapper
        return mapper

    def _dictionary(self, number: int) -> bytes:
        """Return a compression dictionary, of the package or of this log."""
        if number < FIRST_OF_STORE:
            return dictionaries.of_package(number)
        with self.database.reading(LOCK_TIMEOUT_SECONDS) as session:
            rows = session.look([("select_entries_by_id", {"ids": [dictionaries.entry_id(number)]})])[0]
        content = dictionaries.unpack(number, self.facts.to_entry(rows[0])) if rows else b""
        if not content:
            raise StoreDamaged(f"the compression dictionary {number} is not in the log")
        return content

    def append(self, append: Append) -> None:
        """Append every group that does not conflict in one transaction and fill ``append.results``."""
        entries = [pending.entry for pending in chain.from_iterable(append.groups)]
        self.events.put(self.facts.facts_of(entries), append=append)
