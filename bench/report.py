"""The tables that a run prints: least, middle and most over the rounds, and what share of each limit was reached."""

import os
import platform
import sqlite3
import statistics
from collections.abc import Mapping, Sequence

from rich.console import Console
from rich.table import Table

from bench.results import Result

LIMITS = ("raw_each", "raw", "empty")


def spread(values: Sequence[float], digits: int = 0) -> str:
    """Return "least / middle / most"."""
    return " / ".join(f"{value:,.{digits}f}" for value in (min(values), statistics.median(values), max(values)))


def share(part: Sequence[float], whole: Sequence[float]) -> str:
    """Return the middle of the ratios, each of one round."""
    return f"{statistics.median(one / other for one, other in zip(part, whole, strict=True)):.2f}"


def ingestion(results: Mapping[tuple[str, str], Sequence[Mapping[str, float]]]) -> Table:
    """Return the table of statements per second by store and workload."""
    rounds = max(len(values) for values in results.values())
    table = Table(title=f"Statements per second: min / median / max of at most {rounds} rounds", title_justify="left")
    for heading in (
        "store",
        "what",
        "through HTTP",
        "raw, commit each",
        "raw, shared",
        "empty endpoint",
        "of each",
        "of shared",
        "of empty",
        "CPU us",
        "ms p50",
        "ms p95",
        "ms p99",
    ):
        table.add_column(heading, justify="left" if heading in ("store", "what") else "right")
    for (store, workload), rounds in results.items():
        column = {name: [one[name] for one in rounds] for name in rounds[0]}
        table.add_row(
            store,
            workload,
            *(spread(column[name]) for name in ("served", *LIMITS)),
            *(share(column["served"], column[name]) for name in LIMITS),
            f"{statistics.median(column['cpu_us']):.0f}",
            *(f"{statistics.median(column[name]):.1f}" for name in ("p50_ms", "p95_ms", "p99_ms")),
        )
    return table


def answering(results: Sequence[Result]) -> Table:
    """Return the table of waiting times of one client."""
    table = Table("store", "what", title="Milliseconds for a page, one client", title_justify="left")
    names = {"p50_ms": "p50", "p95_ms": "p95", "p99_ms": "p99", "empty_p50_ms": "empty p50", "cpu_ms": "CPU"}
    for heading in (*names.values(), "KB"):
        table.add_column(heading, justify="right")
    for one in results:
        size = one.figures["received_bytes"] / 1024
        table.add_row(one.store, one.case, *(_shown(one, name) for name in names), f"{size:.0f}")
    return table


def _shown(one: Result, name: str) -> str:
    return f"{one.figures[name]:,.1f}" if name in one.figures else ""


def posting(results: Sequence[Result]) -> Table:
    """Return the table of single runs of loads that post."""
    table = Table("store", "what", title="Statements per second", title_justify="left")
    names = {
        "served": "HTTP",
        "raw_each": "raw, commit each",
        "raw": "raw, shared",
        "empty": "empty endpoint",
        "cpu_us": "CPU us",
        "p99_ms": "ms p99",
    }
    for heading in names.values():
        table.add_column(heading, justify="right")
    for one in results:
        table.add_row(one.store, one.case, *(_shown(one, name) for name in names))
    return table


def commands(results: Sequence[Result]) -> Table:
    """Return the table of commands."""
    table = Table("store", "command", title="Commands", title_justify="left")
    names = {"seconds": "seconds", "cpu_seconds": "CPU seconds", "largest_process_mb": "MB in memory"}
    for heading in (*names.values(), "bytes stored per byte"):
        table.add_column(heading, justify="right")
    for one in results:
        ratio = one.figures.get("stored_bytes", 0) / one.figures.get("received_bytes", 1)
        shown = f"{ratio:.2f}" if ratio else ""
        table.add_row(one.store, one.case, *(_shown(one, name) for name in names), shown)
    return table


def folding(results: Mapping[str, Sequence[float]]) -> Table:
    """Return the table of folded statements per second."""
    table = Table(
        "what", title="Statements folded per second: min / median / max over the rounds", title_justify="left"
    )
    table.add_column("statements/s", justify="right", no_wrap=True)
    for name, values in results.items():
        table.add_row(name, spread(values))
    return table


def surroundings(console: Console, corpus: str) -> None:
    """Print what the numbers depend on."""
    load = ", ".join(f"{value:.2f}" for value in os.getloadavg())
    console.print(
        f"{os.cpu_count()} processors, load {load} before the run; Python {platform.python_version()}, "
        f"SQLite {sqlite3.sqlite_version}; {corpus}",
        highlight=False,
    )
