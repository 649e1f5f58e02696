"""A proxy before a database server that cuts connections at the moment of a commit."""

import contextlib
import socket
import threading
from urllib.parse import urlsplit

_SECONDS = 30.0


class CuttingProxy:
    """Passes bytes on between clients and the server at ``url``; once armed, it cuts the first connection that commits.

    ``after_commit`` True lets the server commit first, so that only its answer is lost. With ``away_after_cut`` it takes
    no connections any more once it has cut one.
    """

    def __init__(self, url: str) -> None:
        parts = urlsplit(url)
        self._target = (parts.hostname or "", parts.port or 0)
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._cuts: list[bool] = []
        self._one_cuts = threading.Lock()
        self.cut = 0
        self.away_after_cut = False
        self._is_away = threading.Event()
        self._sockets: list[socket.socket] = [self._listener]
        port = self._listener.getsockname()[1]
        self.url = parts._replace(netloc=f"{parts.username}:{parts.password}@127.0.0.1:{port}").geturl()
        self._threads = [threading.Thread(target=self._accept)]
        self._threads[0].start()

    def arm(self, *after_commit: bool) -> None:
        """Cut so many connections more."""
        self._cuts += after_commit

    def come_back(self) -> None:
        """Take connections again."""
        self._is_away.clear()

    def _accept(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                client, _ = self._listener.accept()
                if self._is_away.is_set():
                    client.close()
                    continue
                server = socket.create_connection(self._target)
                self._sockets += [client, server]
                lost = threading.Event()
                for source, sink, asks in ((client, server, True), (server, client, False)):
                    thread = threading.Thread(target=self._pass_on, args=(source, sink, asks, lost))
                    self._threads.append(thread)
                    thread.start()

    def _pass_on(self, source: socket.socket, sink: socket.socket, asks: bool, lost: threading.Event) -> None:
        with contextlib.suppress(OSError):
            while block := source.recv(1 << 20):
                if asks and b"COMMIT" in block and (after_commit := self._next_cut()) is not None:
                    if not after_commit:
                        break
                    lost.set()
                if not asks and lost.is_set():
                    break
                sink.sendall(block)
        for one in (source, sink):
            with contextlib.suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)

    def _next_cut(self) -> bool | None:
        """Return whether the server may commit before the cut that is due now, or None when none is."""
        with self._one_cuts:
            if not self._cuts:
                return None
            if self.away_after_cut:
                self._is_away.set()
            self.cut += 1
            return self._cuts.pop(0)

    def close(self) -> None:
        """End every connection."""
        for one in self._sockets:
            with contextlib.suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)
            one.close()
        for thread in self._threads:
            thread.join(_SECONDS)
