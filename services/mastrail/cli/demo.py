"""``mastrail demo``: a server with a sample course and a sample organisation in it, and commands to look around."""

import json
import threading

from lrs.ingest import credentials
from lrs.ingest.credentials import NewKey
from lrs.log.store import Store
from lrs.xapi.faults import Refusal
from mastrail import harbour, sample, serving
from mastrail.cli.console import say, tell
from mastrail.cli.flags import ALL_FLAGS, with_settings
from mastrail.cli.serve import tell_ready
from mastrail.faults import CannotRun
from mastrail.logs import log_to_stderr
from mastrail.sample import Client
from mastrail.settings import Settings
from mastrail.shell import utc_now
from mastrail.stores import open_log
from projector.registry.append import By

_ONLY_THE_TENANT = 1
_PEOPLE = 12
_SAMPLES = f"A sample course of 5 learners is in it, and what {_PEOPLE} people of a ferry company did."


@with_settings(*ALL_FLAGS)
def demo(settings: Settings) -> None:
    """Serve as `mastrail serve` does; on an empty store, publish a sample course and a sample organisation first.

    Prints a key and commands that show a state, its trail, the mastery events and who is ready for their role. A second
    run keeps the data and adds nothing but a key. Ctrl-C ends it.
    """
    log_to_stderr(settings.log_level)

    def ready(address: str) -> None:
        tell_ready(settings, address)
        threading.Thread(target=_show_around, args=(settings, address), name="demo", daemon=True).start()

    serving.serve_everything(settings, ready)


def _show_around(settings: Settings, address: str) -> None:
    try:
        with open_log(settings) as log:
            is_first_run = log.head()[0] <= _ONLY_THE_TENANT
            if is_first_run:
                sample.publish(log)
                harbour.publish(log, By("demo", "sample organisation"), _PEOPLE)
            has_sample = sample.is_published(log)
            client = Client(address, _new_key(log))
        if not has_sample:
            _tell_key(address, client, "The store holds data of its own, so the sample is left out. A new key:")
            return
        client.post(sample.statements())  # those that are there already are left as they are
        client.post([json.dumps(one).encode() for one in harbour.statements(_PEOPLE)])
        client.wait_until_folded()
        _tell(address, client, is_first_run=is_first_run)
    except (CannotRun, Refusal, OSError) as error:
        tell(f"mastrail: the sample cannot be shown: {error}")


def _new_key(log: Store) -> NewKey:
    return credentials.create(log, name="demo", scopes=("all",), now=utc_now, who="demo", why="to look around")


def _tell(address: str, client: Client, *, is_first_run: bool) -> None:
    if is_first_run:
        _tell_key(address, client, _SAMPLES)
    else:
        said = "The data of the last run is kept, and so are its keys. Secrets are shown once, so here is a new key."
        _tell_key(address, client, said)
    last = json.loads(sample.statements()[-1])["id"]
    client.wait_until_proved(last)
    for what, command in sample.commands(address, client.key, client.person(sample.LEARNER), last):
        say(f"\n# {what}\n{command}")
    say("\nCtrl-C ends it.")


def _tell_key(address: str, client: Client, said: str) -> None:
    say(f"{said}\n\nendpoint: {address}/xAPI/\nkey:      {client.key.key}\nsecret:   {client.key.secret}")
