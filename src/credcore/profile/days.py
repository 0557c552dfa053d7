"""The steps around days that a profile names, from ``expiry`` to ``payer-answer``, and the ``cycle``."""

import datetime as dt
from collections.abc import Iterator
from typing import Final, Literal, TypedDict

import attrs

from credcore.errors import InvalidInput
from credcore.limits import CalendarDays, Months
from credcore.profile.registry import Names
from credcore.profile.tables import Table
from credcore.profile.words import OWNER, common_of, files_while, made, providers_where, states_of
from credcore.rules.dates import DateRule, DateStep, Judged
from credcore.rules.eras import DatedLimit, check_limits
from credcore.rules.evaluation import Rule

__all__ = ["DAYS", "cycle", "dated", "letter"]

EVERY: Final = {"calendar month": Months(1, count_to="month")}
"""How often something must be done, and what that adds to the day on which it was: the end of the next month."""


@attrs.frozen
class _Days:
    """A family of steps around a day.

    Attributes:
        about: The kind of dated fact.
        record: The record that has it.
        keyed: The key under which a rule lists which of these facts it means; empty where it means all.
        counted: Whether the rule counts a limit from the fact's day; otherwise that day is the due day.
        judged: On which day.
        on_the_day: Whether the day itself is a step of its own.
    """

    about: str
    record: Literal["file", "provider"]
    keyed: str = ""
    counted: bool = False
    judged: Judged = "today"
    on_the_day: bool = False


DAYS: Final = {
    "expiry": _Days("expiry", "provider", keyed="credentials"),
    "attestation": _Days("attestation", "provider", counted=True),
    "monitoring": _Days("monitoring", "provider", keyed="sources", counted=True),
    "validity": _Days("verification", "file", keyed="elements", counted=True, judged="decision"),
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
    counted = _counted(table, every=family == "monitoring") if days.counted else _Counted()
    named: tuple[str, ...] = ()
    if days.keyed == "elements":
        named = table.names("elements", names.elements, "element")
    elif days.keyed:
        named = table.texts(days.keyed)
    which: _Which = {"credentials": named} if days.keyed == "credentials" else {"keys": named}
    steps = _steps(table, names)
    if days.on_the_day and all(step.days for step in steps):
        steps = (*steps, DateStep(0, common["to"]))
    yield from made(
        table,
        lambda: DateRule(
            **common, **counted, **which, about=days.about, judged=days.judged, applies=applies, steps=steps
        ),
    )


def letter(table: Table, names: Names) -> Iterator[Rule]:
    """Yield the steps around the day by which a decision must be told, counted from the day of the decision itself."""
    common = common_of(table, names, "notice")
    table.name("anchor", ("decision",), "anchor")
    applies = files_while(table, names)
    counted = _counted(table)
    steps = _steps(table, names)
    yield from made(table, lambda: DateRule(**common, **counted, about="decision", applies=applies, steps=steps))


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


# Limits


class _Which(TypedDict, total=False):
    keys: tuple[str, ...]
    credentials: tuple[str, ...]


class _Counted(TypedDict, total=False):
    limit: CalendarDays | Months | None
    limits: tuple[DatedLimit, ...]


def _counted(table: Table, *, every: bool = False) -> _Counted:
    """Read what is added to a day: one limit, several with their days and states, or how often it comes again."""
    ways = ("limit", "limits", "every") if every else ("limit", "limits")
    given = [way for way in ways if way in table]
    for way in given[1:]:
        table.items(way)  # it is a known key all the same
        table.fault(way, f"there is `{given[0]}` already; keep one of them")
    if given[:1] == ["limits"]:
        return _Counted(limits=_limits(table))
    if given[:1] == ["every"]:
        return _Counted(limit=EVERY.get(table.name("every", EVERY, "rhythm")))
    return _Counted(limit=_limit_in_days(table))


def _limits(table: Table) -> tuple[DatedLimit, ...]:
    """Read limits that differ by day or state, in the order in which they apply."""
    found: list[DatedLimit] = []
    for entry in table.tables("limits"):
        limit = _limit_in_days(entry)
        since = entry.day("since", dt.date.max) if "since" in entry else None
        states = states_of(entry)
        source = entry.text("source", "")
        confirmed = entry.yes("confirmed", default=True)
        entry.close()
        if limit is None or not entry.sound:
            continue
        one = DatedLimit(limit=limit, since=since, states=states, source=source, confirmed=confirmed)
        try:
            check_limits((*found, one), "")
        except InvalidInput as error:
            entry.fault("", str(error))
        else:
            found.append(one)
    if not found and table.sound:
        table.fault("limits", 'is empty; give limits such as [{ limit = "180 days" }, { since = 2025-07-01, ... }]')
    return tuple(found)


def _limit_in_days(table: Table) -> CalendarDays | Months | None:
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
