"""Stores that are served for a measurement, each with the second store that shows its limit, and the empty endpoint."""

import contextlib
import sys
from collections.abc import Iterator
from pathlib import Path

from bench.measure import Store
from bench.raw import RawPostgres, RawSqlite
from support.postgres import Cluster
from support.processes import Process, accepts, ends_with_us, free_port
from support.served import Served


class Records(Served):
    """A store that is served by ``mastrail lrs``, so that no projector takes part."""

    def launch(self, role: str = "lrs") -> None:
        """Start the server without waiting for it."""
        super().launch("lrs" if role == "serve" else role)


@contextlib.contextmanager
def served_store(folder: Path, location: str, kind: type[Served] = Served) -> Iterator[Served]:
    """Serve the store in ``folder``, made new if it is not there."""
    folder.mkdir(exist_ok=True)
    served = kind(folder, location, {})
    try:
        served.open()
        yield served
    finally:
        served.close()


@contextlib.contextmanager
def sqlite_store(folder: Path, corpus: Path, kind: type[Served] = Served) -> Iterator[Store]:
    """Serve an SQLite store, and open its limit beside it."""
    with served_store(folder / "sqlite", "sqlite", kind) as served:
        raw = RawSqlite(served.data_dir / "log.sqlite", folder / "raw.sqlite")
        with contextlib.closing(raw):
            yield Store("SQLite", served, raw, corpus)


@contextlib.contextmanager
def postgres_store(
    folder: Path, cluster: Cluster, source: str, corpus: Path, kind: type[Served] = Served
) -> Iterator[Store]:
    """Serve a PostgreSQL store in the database ``source``, and open its limit beside it."""
    with cluster.fresh_database() as target:
        with served_store(folder / "made", target):
            pass  # a served store makes its tables
        with served_store(folder / "postgresql", source, kind) as served:
            raw = RawPostgres(source, target)
            with contextlib.closing(raw):
                raw.empty()
                yield Store("PostgreSQL", served, raw, corpus)


@contextlib.contextmanager
def empty_endpoint(folder: Path) -> Iterator[str]:
    """Serve the endpoint that does nothing, on the same server software."""
    port = free_port()
    command = [sys.executable, "-m", "uvicorn", "bench.empty_app:app", "--port", str(port)]
    quiet = ["--no-access-log", "--log-level", "warning", "--app-dir", str(Path(__file__).parents[1])]
    process = Process([*ends_with_us(), *command, *quiet], folder / "empty.log")
    try:
        process.wait_until(lambda: accepts(port), 30, "empty endpoint")
        yield f"http://127.0.0.1:{port}/empty"
    finally:
        process.kill()
