"""A relay in a process of its own, to be killed: ``python relaying_process.py FOLDER BOOTSTRAP TOPIC``."""

import sys
import threading
from pathlib import Path

from projector.publish.kafka import KafkaTarget
from projector.publish.relay import Relay
from projector.store.versions import open_versions


def main() -> None:
    """Relay in small pages until killed."""
    folder, bootstrap, topic = sys.argv[1:]
    projection = open_versions("sqlite", data_dir=Path(folder)).open(1)
    Relay(projection, KafkaTarget(bootstrap, topic=topic), page_events=20).run(threading.Event(), poll_seconds=0.05)


if __name__ == "__main__":
    main()
