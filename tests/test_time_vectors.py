"""What other projects expect of working time and of months, and where we define a thing otherwise."""

import datetime as dt
import functools
import json
import operator
import pathlib
from collections.abc import Callable, Iterable, Mapping
from typing import Any

import pytest
from dateutil.relativedelta import relativedelta

from credcore.calendars import WorkCalendar
from credcore.errors import InvalidInput, ProfileError
from credcore.instants import from_us, to_us
from credcore.limits import CalendarDays, Months, WorkingTime
from credcore.rules.clock import reach

VECTORS = pathlib.Path(__file__).parent / "vectors"
Vector = Mapping[str, Any]


def vectors(name: str) -> list[Vector]:
    """Return the rows of a file of vectors."""
    return [json.loads(line) for line in (VECTORS / name).read_text(encoding="utf-8").splitlines()]


# Reading a vector's calendar


@functools.cache
def calendar(text: str) -> WorkCalendar:
    """Return the calendar that a vector describes: a holiday goes before hours of a date, a break is taken out."""
    given = json.loads(text)
    days = {day: hours for day, hours in given.get("date_hours", {}).items() if day not in given.get("holidays", ())}
    for day, breaks in given.get("date_breaks", {}).items():
        weekday = dt.date.fromisoformat(day).strftime("%a").lower()
        days[day] = _without(days.get(day, given["hours"].get(weekday, ())), breaks)
    closures = [*given.get("holidays", ()), *(f"{y}-{md}" for md in given.get("annual_holidays", ()) for y in YEARS)]
    special = {day: [_interval(*pair) for pair in hours] for day, hours in days.items()}
    return WorkCalendar(
        week={day: [_interval(*hours) for hours in day_hours] for day, day_hours in given["hours"].items()},
        zone=given["tz"],
        closures=dict.fromkeys(closures, "holiday") | {day: "no hours" for day, hours in special.items() if not hours},
        days={day: {"name": "special", "hours": hours} for day, hours in special.items() if hours},
    )


YEARS = range(2000, 2035)


def _interval(opening: str, closing: str) -> str:
    return f"{opening}-{closing}"


def _without(hours: Iterable[tuple[str, str]], breaks: Iterable[tuple[str, str]]) -> list[tuple[str, str]]:
    left = [tuple(pair) for pair in hours]
    for begin, end in breaks:
        left = [
            piece
            for opening, closing in left
            for piece in ((opening, min(closing, begin)), (max(opening, end), closing))
            if piece[0] < piece[1]
        ]
    return left


def instant(text: str, tz: dt.tzinfo) -> dt.datetime:
    """Return an instant; a date is its first moment in the calendar's zone."""
    at = dt.datetime.fromisoformat(text)
    return at if at.tzinfo else at.replace(tzinfo=tz)


# Our answer to each question


def ours(vector: Vector) -> object:
    """Return what the calendar answers, in the terms of the vector."""
    work = calendar(json.dumps(vector["calendar"]))
    start, end = (instant(vector[key], work.tz) if key in vector else None for key in ("start", "end"))
    answer = ANSWERS[vector["op"]](work, vector, start, end)
    expected = vector["expected"]
    if isinstance(answer, dt.datetime) and isinstance(expected, str):
        return answer == instant(expected, work.tz)
    if isinstance(answer, dt.date):
        return answer.isoformat() == expected
    return answer == expected


def _moved(work: WorkCalendar, vector: Vector, start: dt.datetime, _end: object) -> dt.datetime:
    length = dt.timedelta(seconds=vector["seconds"])
    return work.before(start, -length) if length < dt.timedelta() else work.after(start, length)


def _between(work: WorkCalendar, vector: Vector, start: dt.datetime, end: dt.datetime) -> int:
    seconds = int(work.between(start, end).total_seconds())
    unit = vector.get("truncate_to", 1)
    return int(seconds / unit) * unit


def _latest(work: WorkCalendar, _vector: Vector, start: dt.datetime, _end: object) -> dt.datetime:
    tick = dt.timedelta(microseconds=1)
    return work.before(start, tick) + tick


def _counted_days(work: WorkCalendar, vector: Vector, start: dt.datetime, end: dt.datetime) -> int:
    first, last = (at.astimezone(work.tz).date() for at in (start, end))
    if vector.get("inclusive"):
        first -= dt.timedelta(days=1)
    return work.working_days_between(first, last)


def _nth_day(work: WorkCalendar, vector: Vector, start: dt.datetime, _end: object) -> object:
    local = start.astimezone(work.tz)
    day = work.nth_working_day(local.date(), vector["days"])
    return day if "T" not in vector["expected"] else dt.datetime.combine(day, local.time(), work.tz)


def _full_days(work: WorkCalendar, _vector: Vector, start: dt.datetime, end: dt.datetime) -> int:
    day = work.nth_working_day(dt.date(2015, 2, 1), 1)
    opening = dt.datetime.combine(day, dt.time(), work.tz)
    return int(work.between(start, end) / work.between(opening, opening + dt.timedelta(days=1)))


def _runs(vector: Vector, work: WorkCalendar, start: dt.datetime) -> list[tuple[int, int | None]]:
    """Return the stretches in which the clock runs, outside of the pauses."""
    pauses = sorted(tuple(to_us(instant(at, work.tz)) for at in pause) for pause in vector["pauses"])
    runs, at = [], to_us(start)
    for begin, end in pauses:
        if at < begin:
            runs.append((at, begin))
        at = max(at, end)
    return [*runs, (at, None)]


def _deadline(work: WorkCalendar, vector: Vector, start: dt.datetime, _end: object) -> dt.datetime:
    limit = WorkingTime(dt.timedelta(seconds=vector["seconds"]))
    reached = reach(limit, work, _runs(vector, work, start), to_us(start))
    assert reached is not None
    return from_us(reached)


def _outside_pauses(work: WorkCalendar, vector: Vector, start: dt.datetime, end: dt.datetime) -> int:
    last = to_us(end)
    runs = [(a, last if b is None else min(b, last)) for a, b in _runs(vector, work, start) if a < last]
    return sum(work.between_us(a, b) for a, b in runs) // 1_000_000


def _month(vector: Vector) -> tuple[dt.date, dt.date]:
    """Return the last day of the month before, and the last of the month."""
    first = dt.date(vector["year"], vector["month"], 1)
    return first - dt.timedelta(days=1), first + relativedelta(months=1, days=-1)


def _nth_of_month(work: WorkCalendar, vector: Vector, _start: object, _end: object) -> dt.date | None:
    before, last = _month(vector)
    n = vector["n"]
    day = work.nth_working_day(before if n > 0 else last + dt.timedelta(days=1), n)
    return day if before < day <= last else None


def _rest_of_month(work: WorkCalendar, _vector: Vector, start: dt.datetime, _end: object) -> int:
    return work.working_days_between(start.date(), start.date() + relativedelta(day=31))


def _hours_of(work: WorkCalendar, _vector: Vector, start: dt.datetime, _end: object) -> int:
    return int(work.between(start, start + dt.timedelta(days=1)).total_seconds())


def _opening_of(work: WorkCalendar, _vector: Vector, start: dt.datetime, _end: object) -> dt.datetime | None:
    return None if not _is_day(work, _vector, start, _end) else work.next_open(start - dt.timedelta(microseconds=1))


def _closing_of(work: WorkCalendar, vector: Vector, start: dt.datetime, _end: object) -> dt.datetime | None:
    return None if not _is_day(work, vector, start, _end) else work.day_close(start.date())


def _is_day(work: WorkCalendar, _vector: Vector, start: dt.datetime, _end: object) -> bool:
    day = start.astimezone(work.tz).date()
    return work.working_days_between(day - dt.timedelta(days=1), day) == 1


ANSWERS: Mapping[str, Callable[..., object]] = {
    "add_business_time": _moved,
    "business_time_between": _between,
    "next_business_time": lambda work, _v, start, _e: start if work.open_at(start) else work.next_open(start),
    "previous_business_time": _latest,
    "next_opening_time": lambda work, _v, start, _e: work.next_open(start),
    "next_closing_time": lambda work, _v, start, _e: work.next_close(start),
    "is_business_time": lambda work, _v, start, _e: work.open_at(start),
    "is_business_day": _is_day,
    "add_business_days": _nth_day,
    "business_days_between": _counted_days,
    "elapsed_full_business_days": _full_days,
    "deadline_with_pauses": _deadline,
    "business_time_between_with_pauses": _outside_pauses,
    "workdays_in_month": lambda work, vector, _s, _e: work.working_days_between(*_month(vector)),
    "workdays_remaining_in_month": _rest_of_month,
    "workday_n": _nth_of_month,
    "workday_start": _opening_of,
    "workday_end": _closing_of,
    "business_hours_of_day": _hours_of,
}


# Where we define a thing otherwise, each with the reason

OTHERWISE: Mapping[str, tuple[str, ...]] = {
    "days are counted from the day itself, which is not moved to a working day first; the time of day stays": (
        ("bt-0018", "bt-0019", "bt-0020", "bt-0056", "bt-0057", "bt-0312", "bt-0313")
    ),
    "the day that is no working days away from a closed day does not exist": ("bt-0015", "bt-0016", "bt-0060"),
    "a week without any hours is refused, even where single dates have some": (
        ("bt-0230", "bt-0231", "bt-0255", "bt-0262", "bt-0265", "bt-0266", "bt-0268", "bt-0269", "bt-0272", "bt-0273")
    ),
    "a span is half-open at the same end, whichever way round it is given": ("bt-0241", "bt-0244"),
    "no length leaves an instant where it is": ("bt-0306",),
    "a span given the wrong way round is negative, not nothing": ("bt-0315",),
}
REFUSED = {
    "is no working day": OTHERWISE["the day that is no working days away from a closed day does not exist"],
    "is never open": OTHERWISE["a week without any hours is refused, even where single dates have some"],
}
REASONS = {id_: reason for reason, ids in OTHERWISE.items() for id_ in ids}
ID = operator.itemgetter("id")
ALL = vectors("business_time_vectors.jsonl")


@pytest.mark.parametrize("vector", [v for v in ALL if v["id"] not in REASONS], ids=lambda v: f"{v['id']}-{v['op']}")
def test_working_time_agrees(vector):
    """Three hundred expectations of a dozen projects, in many zones, with breaks, nights, holidays and pauses."""
    assert ours(vector)


@pytest.mark.parametrize("vector", [v for v in ALL if v["id"] in REASONS], ids=lambda v: f"{v['id']}-{v['op']}")
def test_working_time_is_defined_otherwise(vector):
    """Each difference is meant, has a reason above, and is still one."""
    refused = next((words for words, ids in REFUSED.items() if vector["id"] in ids), None)
    if refused is None:
        assert not ours(vector)
    else:
        with pytest.raises((InvalidInput, ProfileError), match=refused):
            ours(vector)


def test_every_reason_is_of_a_vector_that_is_there():
    """A vector that went would leave its excuse behind."""
    assert set(REASONS) <= {vector["id"] for vector in ALL}
    assert len(ALL) == 322


# Months and days

PERIODS = vectors("date_arithmetic_vectors.jsonl")


def _is_forward(vector: Vector) -> bool:
    return all(value >= 0 for value in vector.get("period", vector["expected"]).values())


@pytest.mark.parametrize("vector", [v for v in PERIODS if v["op"] == "period_between" and _is_forward(v)], ids=ID)
def test_the_months_that_fit_between_two_days(vector):
    """So many months from the first day are over by the second, one more is not; the rest is the days left."""
    start, end = (dt.date.fromisoformat(vector[key]) for key in ("start", "end"))
    expected = vector["expected"]
    months = 12 * expected["years"] + expected["months"]
    reached = Months(months).due_on(start) if months else start
    assert reached <= end < Months(months + 1).due_on(start)
    assert (end - reached).days == expected["days"]


@pytest.mark.parametrize("vector", [v for v in PERIODS if v["op"] == "add_period" and _is_forward(v)], ids=ID)
def test_a_period_from_a_day(vector):
    """Months clip to a month's end; weeks and days are calendar days, the last of which counts whole."""
    start, expected = (dt.date.fromisoformat(vector[key]) for key in ("start", "expected"))
    period = {"years": 0, "months": 0, "weeks": 0, "days": 0} | vector["period"]
    months, days = 12 * period["years"] + period["months"], 7 * period["weeks"] + period["days"]
    if months:
        assert Months(months).due_on(start) == expected
    else:
        always = WorkCalendar.always("UTC")
        ends_at = CalendarDays(days).deadline_us(always, to_us(dt.datetime.combine(start, dt.time(12), dt.UTC)))
        assert from_us(ends_at).date() == expected + dt.timedelta(days=1)


def test_periods_that_run_backwards_are_not_ours():
    """A limit runs forward. The others are the rest of the file, and a negative count is refused by name."""
    backward = [vector for vector in PERIODS if not _is_forward(vector)]
    assert len(PERIODS) == 56
    for vector in backward:
        for unit, limit in (("months", Months), ("days", CalendarDays)):
            count = vector.get("period", vector["expected"]).get(unit, 0)
            if count < 0:
                with pytest.raises(InvalidInput):
                    limit(count)
