"""The steps around days that a profile names, from ``expiry`` to ``payer-answer``, and the ``cycle``."""

from collections.abc import Iterator
from typing import Final, Literal

import attrs

from credcore.limits import CalendarDays, Months
from credcore.profile.registry import Names
from credcore.profile.tables import Table
from credcore.profile.words import OWNER, common_of, files_while, made, providers_where
from credcore.rules.dates import DateRule, DateStep
from credcore.rules.evaluation import Rule

__all__ = ["DAYS", "cycle", "dated"]


@attrs.frozen
class _Days:
    """A family of steps around a day.

    Attributes:
        about: The kind of dated fact.
        record: The record that has it.
        keyed: The key under which a rule lists which of these facts it means; empty where it means all.
        counted: Whether the rule counts a limit from the fact's day; otherwise that day is the due day.
        on_the_day: Whether the day itself is a step of its own.
    """

    about: str
    record: Literal["file", "provider"]
    keyed: str = ""
    counted: bool = False
    on_the_day: bool = False


DAYS: Final = {
    "expiry": _Days("expiry", "provider"),
    "attestation": _Days("attestation", "provider", counted=True),
    "monitoring": _Days("monitoring", "provider", keyed="sources", counted=True),
    "validity": _Days("verification", "file", keyed="elements", counted=True),
    "commitment": _Days("promise", "file", on_the_day=True),
    "cutoff": _Days("cut-off", "file", on_the_day=True),
    "needed-by": _Days("needed-by", "file"),
    "hold-review": _Days("hold-review", "file", on_the_day=True),
    "payer-answer": _Days("payer-answer", "file"),
}


def dated(table: Table, names: Names, *, family: str) -> Iterator[Rule]:
    """Yield the steps around a day that the record tells."""
    days = DAYS[family]
    common = common_of(table, names, family)
    applies = files_while(table, names) if days.record == "file" else providers_where(table)
    limit = _dated_limit(table) if days.counted else None
    keys: tuple[str, ...] = ()
    if days.keyed == "elements":
        keys = table.names("elements", names.elements, "element")
    elif days.keyed:
        keys = table.texts(days.keyed)
    steps = _steps(table, names)
    if days.on_the_day and all(step.days for step in steps):
        steps = (*steps, DateStep(0, common["to"]))
    yield from made(
        table, lambda: DateRule(**common, about=days.about, keys=keys, limit=limit, applies=applies, steps=steps)
    )


def cycle(table: Table, names: Names) -> Iterator[Rule]:
    """Yield the steps around the due day of a body's cycle; the first is the day on which the work may start."""
    common = common_of(table, names, "cycle")
    body = table.name("body", names.cycles, "cycle")
    applies = providers_where(table)
    steps = _steps(table, names)
    cycle = names.cycles.get(body)
    if cycle is None:
        return
    if all(step.days != -cycle.opens_before for step in steps):
        steps = (DateStep(-cycle.opens_before, "coordinator"), *steps)
    yield from made(
        table,
        lambda: DateRule(**common, about="cycle", keys=(body,), limit=cycle.every, applies=applies, steps=steps),
    )


def _dated_limit(table: Table) -> CalendarDays | Months | None:
    limit = table.limit("limit")
    if limit is None or isinstance(limit, CalendarDays | Months):
        return limit
    table.fault("limit", f"{limit} do not count from a day; give days or months")
    return None


def _steps(table: Table, names: Names) -> tuple[DateStep, ...]:
    steps: list[DateStep] = []
    for entry in table.tables("steps"):
        days = entry.whole("days", least=-36_525)
        to = entry.name("to", names.roles, "role", OWNER)
        entry.close()
        if steps and days <= steps[-1].days:
            entry.fault("days", f"does not rise: {days} is not later than {steps[-1].days}")
        steps.append(DateStep(days, to))
    return tuple(steps)
