"""A projector that publishes, to be killed: ``python publishing_process.py FOLDER BOOTSTRAP STATES STATEMENTS``."""

import sys
import threading
from pathlib import Path

from integration.projector.course import BEGIN, opened
from projector.publish.kafka import KafkaTopic
from projector.publish.relay import Courier
from projector.publish.statement_stream import StatementSource
from projector.publish.states import StateSource
from projector.role import Role
from projector.store.projection import Projection
from projector.store.versions import open_versions


def main() -> None:
    """Fold and publish in small pages until killed."""
    folder, bootstrap, states, statements = sys.argv[1:]
    log = opened("sqlite", Path(folder))

    def send_states(projection: Projection) -> Courier:
        topic = KafkaTopic(bootstrap, topic=states, partitions=3, compacted=True)
        return Courier(StateSource(projection, log, was_empty=lambda: topic.was_empty), topic, page_events=20)

    def send_statements(projection: Projection) -> Courier:
        topic = KafkaTopic(bootstrap, topic=statements, partitions=3)
        return Courier(StatementSource(projection, log), topic, page_events=20)

    Role(
        log=log,
        versions=open_versions("sqlite", data_dir=Path(folder)),
        stop=threading.Event(),
        now=lambda: BEGIN,
        couriers=[send_states, send_statements],
        notes_states=True,
        page_entries=20,
        poll_seconds=0.02,
    ).run()


if __name__ == "__main__":
    main()
