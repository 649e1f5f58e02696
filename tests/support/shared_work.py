"""Work for helping processes, which import it by its name."""

import os
import signal
from time import sleep

_prepared: list[str] = []


def prepare(word: str) -> None:
    """Remember ``word``, as each helper does before its first piece of work."""
    _prepared.append(word)


def say(number: int) -> str:
    """Return the word and ``number``, later for the first one."""
    sleep(0.05 if number == 0 else 0)
    return f"{_prepared[0]} {number}"


def be_killed(_number: int) -> None:
    """End this process as the system does when memory is short."""
    os.kill(os.getpid(), signal.SIGKILL)


def double(number: int) -> int:
    """Return twice ``number``."""
    return 2 * number
