"""Import time: what a fresh interpreter spends before a script's first line of its own.

Each run is a process. The bare interpreter is timed in the same turns and taken from all others, so that ratios compare
what is imported and not how Python starts.
"""

import subprocess
import sys
from collections.abc import Callable
from contextlib import ExitStack

from benchmarks.harness import Benchmark, Contender, Goal, Role

__all__ = ["benchmarks"]

_RULES = "from credcore import ClockRule, History, WorkCalendar, evaluate"
_SHELL = "from credcore import Coordinator"
_FOUR = "import attrs, cattrs, pluggy, dateutil"
_TWO = "import attr, dateutil"


def benchmarks(_stack: ExitStack, *, tiny: bool) -> list[Benchmark]:
    """Return the questions about the whole package, and about rules without the shell."""
    rounds = 1 if tiny else 40
    bare = _contender("pass", "limit", "a bare interpreter")
    return [
        Benchmark(
            name="import: the package, and the coordinator",
            unit="interpreter",
            size=1,
            contenders=(
                bare,
                _contender(_FOUR, "limit", "the four run-time dependencies"),
                _contender("import credcore", "credcore"),
                _contender(_SHELL, "credcore"),
            ),
            reference="the four run-time dependencies",
            goals=(Goal(contender="import credcore", reference="the four run-time dependencies", at_most=1.15),),
            base=bare.name,
            calls=1,
            rounds=rounds,
            note="Ratios are of times less the bare interpreter's. Names are imported at their first use.",
        ),
        Benchmark(
            name="import: rules without the shell",
            unit="interpreter",
            size=1,
            contenders=(
                bare,
                _contender(_TWO, "limit", _TWO),
                _contender(_RULES, "credcore", "ClockRule, History, WorkCalendar, evaluate"),
            ),
            reference=_TWO,
            goals=(Goal(contender="ClockRule, History, WorkCalendar, evaluate", reference=_TWO, at_most=2.0),),
            base=bare.name,
            calls=1,
            rounds=rounds,
            note="Ratios are of times less the bare interpreter's.",
        ),
    ]


def _contender(code: str, role: Role, name: str = "") -> Contender:
    return Contender(name=name or code, role=role, run=_interpreter(code))


def _interpreter(code: str) -> Callable[[], object]:
    """Return what runs code in a fresh interpreter that reads neither the environment nor the present folder."""
    command = [sys.executable, "-I", "-c", code]
    return lambda: subprocess.run(command, check=True, stdout=subprocess.DEVNULL)  # noqa: S603 - our own code
