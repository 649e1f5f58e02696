"""A served log, for the tests that ask it over HTTP."""

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import httpx
import uvicorn
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from fastapi import FastAPI, Header

from lrs.xapi.faults import Unauthenticated
from projector.api.asking import answer_refusals
from projector.api.log import log_router
from projector.notary.notary import Notary
from projector.notary.reader import LogReader
from unit.projector.notary.facts_for_leaves import DATA_KEY, ORIGIN

SIGNED = 600


def require_password(authorization: str = Header("")) -> None:
    if authorization != "let me in":
        raise Unauthenticated("credentials are needed here")


@contextmanager
def served(folder) -> Iterator[httpx.Client]:
    app = FastAPI()
    app.include_router(log_router(LogReader(folder), require_password))
    answer_refusals(app)
    server = uvicorn.Server(uvicorn.Config(app, log_level="warning", lifespan="off"))
    with socket.create_server(("127.0.0.1", 0)) as listening:
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]})
        thread.start()
        try:
            with httpx.Client(base_url=f"http://127.0.0.1:{listening.getsockname()[1]}", timeout=60) as client:
                yield client
        finally:
            server.should_exit = True
            thread.join()


def open_notary(folder) -> Notary:
    signing_key = Ed25519PrivateKey.from_private_bytes(b"s" * 32)
    return Notary(folder, origin=ORIGIN, signing_key=signing_key, data_key=DATA_KEY)
