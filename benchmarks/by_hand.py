"""The limit of a tail: what somebody would write by hand for the twelve clocks of the rulebook, and for these alone.

The same conditions, calendar, pauses, warnings and ladders, on plain tuples: no finding, no reason, no past, no check.
It must give the same deadlines, levels and next changes.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import NamedTuple, TypeAlias

from benchmarks.plain import Facts
from benchmarks.rulebook import OFFICE, PLAIN
from credcore.history import State
from credcore.rules import BREACHED, WARNED, Finding

__all__ = ["Life", "Standing", "deadlines", "life", "told"]

Life: TypeAlias = Sequence[tuple[int, Facts]]
"""What conditions may read, and from when on, in microseconds of UTC; the last goes on."""

Standing: TypeAlias = tuple[int, int | None, tuple[int, ...]]
"""The level, the deadline if it is not paused, and the instants at which something more will stand."""

_HOUR = 3_600_000_000
_NOT_OURS = frozenset(("provider", "source", "reference", "cvo"))


class _Clock(NamedTuple):
    on: Callable[[Facts], bool]
    paused: Callable[[Facts], bool]
    unit: str
    amounts: tuple[int, ...]
    """Of the warnings, and the limit."""
    after: tuple[int, ...] = ()
    """Of the ladder beyond the breach."""


def _never(_facts: Facts) -> bool:
    return False


def _provider(facts: Facts) -> bool:
    return "provider" in facts[2]


def _others(facts: Facts) -> bool:
    return not facts[2].isdisjoint(_NOT_OURS)


_CLOCKS: Mapping[str, _Clock] = {
    "intake": _Clock(PLAIN["intake"], _provider, "working days", (1, 2, 2), (2,)),
    "verified": _Clock(PLAIN["verified"], _others, "working days", (5, 8, 10), (2, 5)),
    "audited": _Clock(PLAIN["audited"], _others, "working time", (8 * _HOUR, 12 * _HOUR, 16 * _HOUR), (2,)),
    "acted-upon": _Clock(PLAIN["acted-upon"], _provider, "days", (45, 68, 90)),
    "our-move": _Clock(PLAIN["our-move"], _never, "working days", (3, 4, 5), (2, 5)),
    "provider-answers": _Clock(PLAIN["provider-answers"], _never, "days", (6, 7)),
    "others-answer": _Clock(PLAIN["others-answer"], _never, "working days", (5, 8, 10), (2,)),
    "reference-answers": _Clock(PLAIN["reference-answers"], _never, "days", (6, 7)),
    "called-in-vain": _Clock(PLAIN["called-in-vain"], _never, "days", (8, 10)),
    "first-call": _Clock(PLAIN["first-call"], _never, "working time", (3 * _HOUR, 4 * _HOUR)),
    "gap-explained": _Clock(PLAIN["gap-explained"], _provider, "days", (23, 30)),
    "clean-file": _Clock(PLAIN["clean-file"], _others, "working days", (4, 5)),
}


def deadlines(life: Life) -> dict[str, Standing]:
    """Return how each clock that is on stands after the last of some facts."""
    at, now = life[-1]
    found = {}
    for name, clock in _CLOCKS.items():
        on, paused, unit, amounts, after = clock
        if not on(now):
            continue
        start = len(life) - 1
        while start and on(life[start - 1][1]):
            start -= 1
        runs = _runs(life, start, paused)
        reached = _reached(unit, amounts, runs, life[start][0])
        breach = reached[-1] if len(reached) == len(amounts) else None
        if breach is not None and after:
            late = [(max(since, breach), until) for since, until in runs if until is None or breach <= until]
            reached += _reached("working days", after, late, breach)
        passed = sum(us <= at for us in reached)
        level = 0 if not passed else max(WARNED, BREACHED + passed - len(amounts))
        is_paused = not runs or runs[-1][1] is not None
        due = breach if breach is not None and (breach <= at or not is_paused) else None
        found[name] = level, due, tuple(sorted({us for us in reached if us > at}))
    return found


def life(run: Iterable[State]) -> Life:
    """Return states as the function wants them."""
    return [
        (state.at_us, (facet.kind, facet.stage, facet.parties, facet.flags, facet.attempts))
        for state in run
        for facet in [state.facet]
    ]


def told(findings: Iterable[Finding]) -> dict[str, Standing]:
    """Return what findings from an instant on say, as the function says it."""
    found: dict[str, Standing] = {}
    for finding in findings:
        if finding.rule in found:
            level, due, ahead = found[finding.rule]
            found[finding.rule] = level, due, (*ahead, finding.since_us)
        else:
            found[finding.rule] = finding.level, finding.due_us, ()
    return found


def _runs(life: Life, start: int, paused: Callable[[Facts], bool]) -> list[tuple[int, int | None]]:
    """Return the stretches since the start during which the clock was not paused."""
    runs: list[tuple[int, int | None]] = []
    began: int | None = None
    for at, facts in life[start:]:
        if paused(facts):
            if began is not None:
                runs.append((began, at))
                began = None
        elif began is None:
            began = at
    if began is not None:
        runs.append((began, None))
    return runs


def _reached(unit: str, amounts: Sequence[int], runs: Sequence[tuple[int, int | None]], origin: int) -> list[int]:
    """Return when each of some rising amounts of working time or days is used up, as far as it is."""
    reached: list[int] = []
    used = 0
    for since, until in runs:
        spent = None if until is None else _used(unit, since, until, origin)
        while len(reached) < len(amounts) and (spent is None or amounts[len(reached)] <= used + spent):
            reached.append(_arrive(unit, since, amounts[len(reached)] - used, origin))
        if spent is None:
            break
        used += spent
    return reached


def _used(unit: str, since: int, until: int, origin: int) -> int:
    if unit == "working time":
        return OFFICE.between_us(since, until)
    if unit == "working days":
        return OFFICE.closes_between_us(since, until, origin)
    return max(0, OFFICE.civil_day_us(until) - max(OFFICE.civil_day_us(since), OFFICE.civil_day_us(origin) + 1))


def _arrive(unit: str, since: int, amount: int, origin: int) -> int:
    if unit == "working time":
        return OFFICE.after_us(since, amount)
    if unit == "working days":
        return OFFICE.nth_close_us(since, amount, origin)
    return OFFICE.midnight_us(max(OFFICE.civil_day_us(since), OFFICE.civil_day_us(origin) + 1) + amount)
