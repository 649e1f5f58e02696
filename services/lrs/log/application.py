"""The event-sourced application whose one sequence of facts is the log."""

from collections.abc import Callable, Mapping
from itertools import chain
from uuid import UUID

from eventsourcing.application import Application
from eventsourcing.persistence import Mapper
from eventsourcing.utils import Environment, EnvType

from lrs.log import facts
from lrs.log.append import Append
from lrs.log.mapper import FactMapper, Seal
from lrs.log.postgresql import PostgresqlLogRecorder
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
        self.facts = mapper
        return mapper

    def append(self, append: Append) -> None:
        """Append every group that does not conflict in one transaction and fill ``append.results``."""
        pendings = chain.from_iterable(append.groups)
        entries = (pending.entry for pending in pendings)
        self.events.put([facts.fact(entry.topic, entry.entry_id, entry.payload) for entry in entries], append=append)
