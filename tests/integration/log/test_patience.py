"""A connection that is used for longer than it may be is cut, and no other."""

import os
import socket
from collections.abc import Iterator

import pytest

from lrs.log.patience import Patience

LONG_SECONDS = 60.0
Pair = tuple[socket.socket, socket.socket]


@pytest.fixture
def patience() -> Iterator[Patience]:
    made = Patience()
    yield made
    made.close()


@pytest.fixture
def pair() -> Iterator[Pair]:
    ours, theirs = socket.socketpair()
    for one in (ours, theirs):
        one.settimeout(LONG_SECONDS)
    yield ours, theirs
    ours.close()
    theirs.close()


def test_who_waits_for_a_silent_server_is_let_go(patience: Patience, pair: Pair) -> None:
    ours, _ = pair
    with patience.limited(ours.fileno(), 0.0):
        assert ours.recv(1) == b""


def test_what_is_given_back_in_time_or_may_take_for_ever_is_left_alone(patience: Patience, pair: Pair) -> None:
    ours, theirs = pair
    with patience.limited(ours.fileno(), LONG_SECONDS):
        pass
    late, other = socket.socketpair()
    with patience.limited(ours.fileno(), float("inf")), late, other, patience.limited(late.fileno(), 0.0):
        late.settimeout(LONG_SECONDS)
        assert late.recv(1) == b""
        theirs.sendall(b"!")
        assert ours.recv(1) == b"!"


def test_a_number_that_belongs_to_another_file_meanwhile_is_left_alone(patience: Patience, pair: Pair) -> None:
    ours, theirs = pair
    lent, _other = socket.socketpair()
    reaped, witness = socket.socketpair()
    with _other, reaped, witness, patience.limited(lent.fileno(), 0.0), patience.limited(reaped.fileno(), 0.0):
        number = lent.detach()
        os.dup2(ours.fileno(), number)
        reaped.settimeout(LONG_SECONDS)
        assert reaped.recv(1) == b""
        theirs.sendall(b"!")
        assert os.read(number, 1) == b"!"
        os.close(number)
