"""Train a compression dictionary, in a process of its own: it takes half a second, during which nobody else shall wait.

``python -m lrs.log.training`` reads a ``Lesson`` from its standard input and writes the dictionary to its standard
output. It has a low priority, and who starts it may lower that further (``lrs.log.trainer``): statements come first.
"""

import os
import sys
from collections.abc import Sequence

import msgspec
import zstandard

from lrs.log import samples
from lrs.log.compression import OWN_LEVEL, compressor, prepared

DICTIONARY_BYTES = 32 * 1024
_TRIAL_EVERY = 8
_LEAST_GAIN = 0.03
_NICENESS = 10


class Lesson(msgspec.Struct):
    """The payloads to learn from, and the dictionary that the new one has to excel."""

    payloads: list[bytes]
    current: bytes


def train(payloads: Sequence[bytes], current: bytes) -> bytes:
    """Return a dictionary for payloads like these, or nothing when it would not be much better than ``current``.

    Every eighth is kept back to measure with. Whatever tells of single people is left out of what is trained on.
    """
    trial = payloads[::_TRIAL_EVERY]
    shown = [payload for place, payload in enumerate(payloads) if place % _TRIAL_EVERY]
    try:
        made = zstandard.train_dictionary(DICTIONARY_BYTES, [*samples.anonymous(shown)]).as_bytes()
    except zstandard.ZstdError:  # too little, or too much alike, to learn from
        return b""
    return made if _size(trial, made) < _size(trial, current) * (1 - _LEAST_GAIN) else b""


def _size(payloads: Sequence[bytes], dictionary: bytes) -> int:
    made = compressor(prepared(dictionary, OWN_LEVEL), OWN_LEVEL)
    return sum(len(made.compress(payload)) for payload in payloads)


def main() -> None:
    """Learn one lesson."""
    os.nice(_NICENESS)
    lesson = msgspec.msgpack.decode(sys.stdin.buffer.read(), type=Lesson)
    sys.stdout.buffer.write(train(lesson.payloads, lesson.current))


if __name__ == "__main__":
    main()
