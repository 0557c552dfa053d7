"""Say what was measured: a table for a terminal, or JSON."""

import datetime as dt
import importlib.metadata
import os
import platform
import sqlite3
import textwrap
from collections.abc import Iterator, Sequence
from typing import Any

from benchmarks.harness import Measured, Outcome

__all__ = ["as_json", "head_lines", "header", "missing_peer", "table"]

_WIDTH = 92
_DISTRIBUTIONS = (
    "credcore",
    "attrs",
    "cattrs",
    "eventsourcing",
    "transitions",
    "python-statemachine",
    "rule-engine",
    "business-rules",
    "zen-engine",
    "workclock",
    "pandas",
    "numpy",
    "workalendar",
)
_UNITS = ((1.0, "s"), (1e-3, "ms"), (1e-6, "µs"), (1e-9, "ns"))
_FEW = 10
"""Below this many units, three decimals are shown."""
_SMALL = 0.1
"""Below this a ratio is shown by its digits: 0.0025 is not nothing."""


def missing_peer(error: ModuleNotFoundError) -> SystemExit:
    """Return what ends a run that has not all peers: which is missing, and how they are installed."""
    return SystemExit(
        f"{error.name} is missing; the peers are in a group of their own: uv run --group bench python -m benchmarks"
    )


def header(at: dt.datetime) -> dict[str, str]:
    """Return when, on what and with which versions is measured."""
    versions = ", ".join(f"{name} {version}" for name in _DISTRIBUTIONS if (version := _version(name)))
    return {
        "measured": at.isoformat(timespec="minutes"),
        "machine": f"{os.cpu_count()} cores, {platform.system()} {platform.machine()}",
        "python": platform.python_version(),
        "sqlite": sqlite3.sqlite_version,
        "versions": versions,
    }


def _version(name: str) -> str:
    """Return a distribution's version; empty where it is not installed, so that nothing is measured beside it."""
    try:
        return importlib.metadata.version(name)
    except importlib.metadata.PackageNotFoundError:
        return ""


def head_lines(head: dict[str, str]) -> Iterator[str]:
    """Yield the lines of a header."""
    for what, value in head.items():
        yield from textwrap.wrap(f"{what}: {value}", _WIDTH, subsequent_indent="  ")


def table(outcome: Outcome) -> Iterator[str]:
    """Yield the lines of a benchmark's table."""
    benchmark = outcome.benchmark
    yield f"{benchmark.name}  [each {benchmark.unit}; median of {outcome.rounds}]"
    unit = _unit(max(row.median for row in outcome.rows))
    yield from (_row(row, outcome, unit) for row in outcome.rows)
    for goal in benchmark.goals:
        ratio = outcome.ratio(goal)
        verdict = "met" if ratio <= goal.at_most else "NOT MET"
        yield f"  goal: {goal.contender} at most {goal.at_most:g} x {goal.reference}: {_ratio(ratio)}, {verdict}"
    if benchmark.note:
        yield from textwrap.wrap(benchmark.note, _WIDTH, initial_indent="  ", subsequent_indent="  ")


def _row(row: Measured, outcome: Outcome, unit: tuple[float, str]) -> str:
    benchmark = outcome.benchmark
    rate = f"{1 / row.median:>9,.0f}/s" if benchmark.rate else ""
    ratio = "" if row.contender.name == benchmark.base else _ratio(row.ratio)
    spread = f"{row.spread / 2:.0%}"
    return (
        f"  {row.contender.role:<9} {row.contender.name:<42} {_time(row.median, *unit)}{rate} {ratio:>8}  ±{spread:>3}"
    )


def _ratio(ratio: float) -> str:
    """Return a ratio to two decimals, a small one to two digits."""
    return f"{ratio:.2f}" if not 0 < ratio < _SMALL else f"{ratio:.2g}"


def _unit(seconds: float) -> tuple[float, str]:
    return next((unit for unit in _UNITS if seconds >= unit[0]), _UNITS[-1])


def _time(seconds: float, size: float, name: str) -> str:
    value = seconds / size
    return f"{value:>9.{3 if value < _FEW else 1}f} {name:<2}"


def as_json(head: dict[str, str], outcomes: Sequence[Outcome]) -> dict[str, Any]:
    """Return everything as a JSON-ready mapping; times in seconds a unit."""
    return {**head, "benchmarks": [_outcome(outcome) for outcome in outcomes]}


def _outcome(outcome: Outcome) -> dict[str, Any]:
    benchmark = outcome.benchmark
    return {
        "name": benchmark.name,
        "unit": benchmark.unit,
        "rounds": outcome.rounds,
        "reference": benchmark.reference,
        "base": benchmark.base,
        "rows": [
            {
                "contender": row.contender.name,
                "role": row.contender.role,
                "median": row.median,
                "net": row.net,
                "spread": row.spread,
                "ratio": row.ratio,
            }
            for row in outcome.rows
        ],
        "goals": [
            {
                "contender": goal.contender,
                "reference": goal.reference,
                "at_most": goal.at_most,
                "ratio": outcome.ratio(goal),
                "met": outcome.ratio(goal) <= goal.at_most,
            }
            for goal in benchmark.goals
        ],
        "note": benchmark.note,
    }
