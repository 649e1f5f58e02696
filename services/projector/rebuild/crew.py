"""The workers of a rebuild: started together, read from page by page, and none left behind."""

import signal
from collections.abc import Iterator, Sequence
from contextlib import suppress
from multiprocessing import get_context
from multiprocessing.connection import Connection, Pipe, wait
from multiprocessing.process import BaseProcess
from types import TracebackType

from projector.follow import FoldStopped
from projector.rebuild.faults import WorkerLost
from projector.rebuild.messages import Failed, Part, Stopped, unpack
from projector.rebuild.worker import EXIT_ALONE, Pipes, Task, work

_END_SECONDS = 5.0


class Crew:
    """The processes of a plan, one for each share. A worker that ends before its time ends the rebuild."""

    def __init__(self, tasks: Sequence[Task]) -> None:
        context = get_context("spawn")
        count = len(tasks)
        self._position = tasks[0].plan.after
        ours, theirs = zip(*(Pipe(duplex=False) for _ in tasks), strict=True)
        between = {(a, b): Pipe(duplex=False) for a in range(count) for b in range(count) if a != b}
        self._pipes: list[Connection] = list(ours)
        self._processes: list[BaseProcess] = []
        try:
            for number, task in enumerate(tasks):
                to = {b: ends[1] for (a, b), ends in between.items() if a == number}
                come_from = {a: ends[0] for (a, b), ends in between.items() if b == number}
                process = context.Process(
                    target=work,
                    args=(task, Pipes(theirs[number], to, come_from)),
                    name=f"mastrail-rebuild-{number + 1}",
                    daemon=True,
                )
                process.start()
                self._processes.append(process)
        except BaseException:
            self._end()
            raise
        finally:
            for pipe in (*theirs, *(end for ends in between.values() for end in ends)):
                pipe.close()

    def __enter__(self) -> "Crew":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._end()

    def parts(self) -> list[Part]:
        """Return what each worker made of the next page.

        Raises FoldStopped at an entry that cannot be folded, WorkerLost when a worker ended or cannot go on.
        """
        found: dict[int, Part] = {}
        while len(found) < len(self._pipes):
            for number in self._ready(found):
                found[number] = self._part(number)
        self._position = found[0].position
        return [found[number] for number in sorted(found)]

    def _ready(self, found: dict[int, Part]) -> Iterator[int]:
        """Yield the workers that said something, or ended, of those that have not been heard yet."""
        waited = {pipe: number for number, pipe in enumerate(self._pipes) if number not in found}
        ended = {self._processes[number].sentinel: number for number in waited.values()}
        for one in wait([*waited, *ended]):
            if isinstance(one, Connection):
                yield waited[one]
            elif isinstance(one, int) and not self._pipes[ended[one]].poll():
                raise self._lost(ended[one])

    def _part(self, number: int) -> Part:
        try:
            message = unpack(self._pipes[number].recv_bytes())
        except (EOFError, OSError):
            raise self._lost(number) from None
        if isinstance(message, Stopped):
            raise FoldStopped(message.position, message.topic)
        if isinstance(message, Failed):
            raise WorkerLost(number, len(self._pipes), message.why, self._position)
        return message

    def _lost(self, number: int) -> WorkerLost:
        """Return what is to be said of a worker that ended; one that ended because another did is not to blame."""
        for process in self._processes:
            process.join(_END_SECONDS if process is self._processes[number] else 0)
        codes = {place: process.exitcode for place, process in enumerate(self._processes)}
        blamed = [place for place, code in codes.items() if code not in (None, 0, EXIT_ALONE)] or [number]
        code = codes[blamed[0]]
        why = f"ended with exit code {code}"
        if code is not None and code < 0:
            why = f"was killed by {signal.Signals(-code).name}"
        return WorkerLost(blamed[0], len(self._processes), why, self._position)

    def _end(self) -> None:
        """End every process, those in good order by themselves."""
        for process in self._processes:
            if process.exitcode is None:
                process.terminate()
        for process in self._processes:
            process.join(_END_SECONDS)
            if process.exitcode is None:
                process.kill()
                process.join()
            process.close()
        for pipe in self._pipes:
            with suppress(OSError):
                pipe.close()
