"""Work shared between processes: a bounded amount at a time, its results in the order in which it was handed out."""

import multiprocessing
import os
import signal
import threading
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Executor, Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from multiprocessing.connection import wait
from typing import TypeVar

from mastrail.faults import CannotRun

_AHEAD = 2  # pieces of work for each process that are handed out before their turn
T = TypeVar("T")
R = TypeVar("R")


def processors() -> int:
    """Return how many processors this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


@contextmanager
def helpers(count: int, prepare: Callable[..., None], *arguments: object) -> Iterator[Executor]:
    """Lend ``count`` processes, each of which calls ``prepare(*arguments)`` first, which must not fail.

    They end with the block, at once when it ends by an error, and also when this process is killed.
    Raises CannotRun when one of them is killed.
    """
    others = set(multiprocessing.active_children())
    context = multiprocessing.get_context("spawn")
    executor = ProcessPoolExecutor(count, mp_context=context, initializer=_begin, initargs=(prepare, arguments))
    try:
        yield executor
    except BaseException as error:
        for child in set(multiprocessing.active_children()) - others:
            child.terminate()
        if isinstance(error, BrokenProcessPool):
            raise CannotRun("a process that shared the work was ended from outside; run the command again") from error
        raise
    finally:
        executor.shutdown(cancel_futures=True)


def in_order(submit: Callable[[T], Future[R]], work: Iterable[T], processes: int) -> Iterator[tuple[T, R]]:
    """Yield each piece of ``work`` with its result, in order. Few are handed out ahead, so memory stays bounded.

    Where ``work`` raises an error, the results of what came before it are yielded first.
    """
    waiting: deque[tuple[T, Future[R]]] = deque()
    pieces, failed = iter(work), None
    while True:
        try:
            piece = next(pieces)
        except StopIteration:
            break
        except Exception as error:  # noqa: BLE001 - it is raised again, in its turn
            failed = error
            break
        waiting.append((piece, submit(piece)))
        if len(waiting) >= _AHEAD * processes:
            first, result = waiting.popleft()
            yield first, result.result()
    for piece, result in waiting:
        yield piece, result.result()
    if failed is not None:
        raise failed


def _begin(prepare: Callable[..., None], arguments: tuple[object, ...]) -> None:
    """Begin a process: Ctrl-C is for the one that started it, with which it ends."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    parent = multiprocessing.parent_process()
    if parent is not None:
        threading.Thread(target=_end_with, args=(parent.sentinel,), name="parent-watch", daemon=True).start()
    prepare(*arguments)


def _end_with(sentinel: int) -> None:
    wait([sentinel])
    os._exit(1)
