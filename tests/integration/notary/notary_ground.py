"""A notary over a made-up log, for the tests of its folder."""

import sqlite3
from collections.abc import Callable
from contextlib import closing
from datetime import timedelta
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from projector.notary.files import no_step
from projector.notary.notary import Notary
from unit.projector.notary.facts_for_leaves import DATA_KEY, ORIGIN, START


def open_notary(
    folder: Path, *, origin: str = ORIGIN, key: bytes = b"s" * 32, on_step: Callable[[str], None] = no_step
):
    signing_key = Ed25519PrivateKey.from_private_bytes(key)
    return Notary(folder, origin=origin, signing_key=signing_key, data_key=DATA_KEY, on_step=on_step)


def noted(folder: Path, log, *sizes: int) -> None:
    """Note and sign ``log`` in as many steps as there are sizes."""
    with open_notary(folder) as notary:
        for size in sizes or (len(log),):
            notary.catch_up(log[:size])
            notary.publish(START, at_once=True)


def published(folder: Path) -> dict[str, bytes]:
    """Every published file and what is in it."""
    found = [*folder.glob("tile/**/*"), folder / "checkpoint", folder / "vkey"]
    return {str(file.relative_to(folder)): file.read_bytes() for file in found if file.is_file()}


def after_seconds(seconds: float):
    return START + timedelta(seconds=seconds)


def tamper(folder: Path, sql: str) -> None:
    with closing(sqlite3.connect(folder / "notary.sqlite")) as database, database:
        database.execute(sql)
