"""The plot of a run: rates with their limits, and waiting times from the middle to the 99th percentile."""

import io
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import matplotlib as mpl
from matplotlib.figure import Figure

if TYPE_CHECKING:
    from bench.results import Result, Run

mpl.rcParams["svg.hashsalt"] = "mastrail"  # the same figures give the same file
mpl.rcParams["svg.fonttype"] = "none"  # text stays text: a tenth of the bytes
COLOURS = {"SQLite": "#1b6ca8", "PostgreSQL": "#c8553d"}
_INCHES_A_CASE = 0.24
_GOAL_MS = 25
_GOAL_GROWTH = 1.5


def plotted(run: "Run") -> str:
    """Return the plot as SVG."""
    panels = [(kind, cases) for kind in _PANELS if (cases := run.of(kind))]
    heights = [1.2 + _INCHES_A_CASE * len(cases) for _, cases in panels]
    figure = Figure(figsize=(11, sum(heights) + 0.8), layout="constrained")
    axes = figure.subplots(len(panels), 1, squeeze=False, height_ratios=heights)[:, 0]
    for axis, (kind, cases) in zip(axes, panels, strict=True):
        _PANELS[kind](axis, cases)
    load = run.surroundings()
    figure.suptitle(f"{run.command}   {run.began}   load {run.load_before[0]:.1f} on {load['processors']} processors")
    written = io.StringIO()
    figure.savefig(written, format="svg", metadata={"Date": None})
    return "\n".join(line.rstrip() for line in written.getvalue().splitlines()) + "\n"


def _rates(axis: Any, cases: Sequence["Result"]) -> None:
    _lines(axis, cases, "statements per second, each with the limits of the same run")
    marks = {
        "served": ("o", "through HTTP"),
        "raw_each": ("1", "raw inserts, a commit each"),
        "raw": ("|", "raw inserts, shared commits"),
        "empty": ("x", "empty endpoint"),
    }
    for name, (marker, label) in marks.items():
        values = [one.figures.get(name) for one in cases]
        axis.scatter(values, range(len(cases)), marker=marker, c=_colours(cases), label=label, zorder=3)
    axis.legend(loc="lower right", fontsize=8)


def _times(axis: Any, cases: Sequence["Result"]) -> None:
    _lines(axis, cases, "milliseconds at one client: p50 to p99")
    middles, ends = ([one.figures[name] for one in cases] for name in ("p50_ms", "p99_ms"))
    axis.hlines(range(len(cases)), middles, ends, colors=_colours(cases), linewidth=1)
    axis.scatter(middles, range(len(cases)), marker="o", c=_colours(cases), label="p50", zorder=3)
    axis.scatter(ends, range(len(cases)), marker="|", c=_colours(cases), label="p99", zorder=3)
    axis.axvline(_GOAL_MS, color="grey", linestyle=":", label=f"{_GOAL_MS} ms")
    axis.legend(loc="lower right", fontsize=8)


def _memory(axis: Any, cases: Sequence["Result"]) -> None:
    _lines(axis, cases, "megabytes in memory while statements come in")
    for name, (marker, label) in {"server_mb": ("o", "server"), "projector_mb": ("|", "projector")}.items():
        values = [one.figures[name] for one in cases]
        axis.scatter(values, range(len(cases)), marker=marker, c=_colours(cases), label=label, zorder=3)
    axis.legend(loc="lower right", fontsize=8)


def _growth(axis: Any, cases: Sequence["Result"]) -> None:
    _lines(axis, cases, "what a page takes in the larger store, 1 being what it takes in the smaller one")
    values = [one.figures["growth"] for one in cases]
    axis.scatter(values, range(len(cases)), marker="o", c=_colours(cases), zorder=3)
    axis.axvline(_GOAL_GROWTH, color="grey", linestyle=":", label=f"{_GOAL_GROWTH}")
    axis.legend(loc="lower right", fontsize=8)


def _lines(axis: Any, cases: Sequence["Result"], title: str) -> None:
    axis.set_title(title, loc="left", fontsize=10)
    axis.set_xscale("log")
    axis.set_yticks(range(len(cases)), [f"{one.store}  {one.case}" for one in cases], fontsize=8)
    axis.set_ylim(len(cases) - 0.5, -0.5)
    axis.grid(axis="x", which="both", linewidth=0.3)


def _colours(cases: Sequence["Result"]) -> list[str]:
    return [COLOURS.get(one.store, "black") for one in cases]


_PANELS = {"post": _rates, "get": _times, "intake": _memory, "growth": _growth}
