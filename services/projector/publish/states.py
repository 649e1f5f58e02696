"""The compacted topic of states: the last record of a key is the state document, an empty one says that it is gone.

CloudEvents in binary mode, since only there an empty value is a tombstone (rule book, section 14). A state that
changed several times before it was sent is sent once, as it is then.
"""

from collections.abc import Callable, Sequence
from datetime import datetime
from functools import cached_property
from hashlib import sha256
from uuid import UUID

from projector.mastery.envelope import event_id, sequence_text
from projector.mastery.times import instant, render
from projector.publish.record import Record, binary
from projector.publish.target import Waiting
from projector.store.projection import Projection
from projector.store.state_changes import STATES_SENT, StateChange
from projector.store.tenant import Readable, read_tenant

TYPE = "mastrail.mastery.state.v1"
DATA_SCHEMA = "urn:mastrail:schema:mastery-state:1"


class StateSource:
    """The states of a projection that wait to be published, each as it is now.

    Where the target ``was_empty``, all of them wait again.
    """

    def __init__(self, projection: Projection, log: Readable, *, was_empty: Callable[[], bool]) -> None:
        self._projection = projection
        self._log = log
        self._was_empty = was_empty

    def feed(self) -> str:
        """Return the name of these numbers, which begin again with each projection."""
        return f"states-{self._projection.version}"

    def cursor(self) -> int:
        """Return the number of the last change that was acknowledged."""
        if self._was_empty():
            return 0
        with self._projection.snapshot() as snapshot:
            return int(snapshot.fact(STATES_SENT) or 0)

    def id_at(self, number: int) -> None:
        """Tell nothing: a number says nothing about a state that may have changed since."""
        del number

    def waiting(self, after: int, limit: int) -> Waiting[Record]:
        """Return the records of the next changes."""
        with self._projection.snapshot() as snapshot:
            changes = snapshot.state_changes(after, limit)
        recorded = self._recorded(changes)
        records = [self._record(change, recorded[change.position]) for change in changes]
        return Waiting(records, changes[-1].seq if changes else after, len(changes))

    def acknowledged(self, sent: Waiting[Record]) -> None:
        """Keep what was published; what is gone and told so need not be known any more."""
        self._projection.states_published(sent.up_to, [record.seq for record in sent.sent if record.value is None])

    @cached_property
    def _tenant(self) -> tuple[str, UUID]:
        return read_tenant(self._log)

    def _recorded(self, changes: Sequence[StateChange]) -> dict[int, datetime]:
        """Return when the entries were recorded that changed the states last."""
        positions = {change.position for change in changes}
        return {position: self._log.read(position - 1, 1)[0].recorded for position in positions}

    def _record(self, change: StateChange, recorded: datetime) -> Record:
        tenant, namespace = self._tenant
        person = f"{tenant}:{change.person_id}"
        at = instant(recorded) if change.effective is None else change.effective
        attributes = {
            "specversion": "1.0",
            "id": event_id(namespace, (change.position, change.person_id, change.competency, TYPE, 0)),
            "source": f"urn:mastrail:{tenant}:person:{change.person_id}",
            "type": TYPE,
            "subject": change.competency,
            "time": render(at),
            "recordedtime": render(instant(recorded)),
            "datacontenttype": "application/json",
            "dataschema": DATA_SCHEMA,
            "partitionkey": f"{person}:{sha256(change.competency.encode()).hexdigest()}",
            "sequence": sequence_text(change.position),
        }
        return binary(change.seq, attributes, change.body, together=person)
