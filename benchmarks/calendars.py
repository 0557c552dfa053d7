"""Working time and working days: one calendar, one question, asked as hosts ask it.

The office is in Chicago, with a lunch break and the federal holidays of twelve years. All contenders are given the very
same dates, and lists of the peers' own kind are made beforehand: only the question is timed.
"""

import datetime as dt
import random
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from itertools import accumulate
from typing import Any

from benchmarks.harness import Benchmark, Contender, Goal
from credcore.adapters.holiday_package import HolidaysPackage
from credcore.calendars import WorkCalendar
from credcore.instants import from_us, to_us

__all__ = ["benchmarks"]

_HOLIDAYS = [day for year in range(2024, 2036) for day in HolidaysPackage().days("US", year)]
_TABLE = {
    "zone": "America/Chicago",
    "week": {"mon-fri": ["09:00-12:00", "13:00-17:00"]},
    "closures": {day.isoformat(): "holiday" for day in _HOLIDAYS},
}
_OFFICE = WorkCalendar.from_mapping(_TABLE)
_STARTS = dt.datetime(2026, 3, 2, 10, 15, tzinfo=_OFFICE.tz)
_DAY, _HOUR, _MINUTE = dt.timedelta(days=1), dt.timedelta(hours=1), dt.timedelta(minutes=1)
_BISECTS = "bisect in a list, integers given"
_LOOK_UP = "a look-up in a dict"
_UTC = "Instants are given in UTC, as they are stored; the answer is a timedelta or an instant in UTC."
_DATES = "All are given the same dt.date and answer with a dt.date or an int: numpy converts both ways."


def benchmarks(_stack: ExitStack, *, tiny: bool) -> list[Benchmark]:
    """Return the questions about working time, and those about working days.

    Raises:
        ModuleNotFoundError: A peer is not installed.
    """
    # Imported here: the peers are large, and the other benchmarks run without them.
    import numpy as np  # noqa: PLC0415
    import pandas as pd  # noqa: PLC0415
    import workclock  # type: ignore[import-not-found,unused-ignore] # noqa: PLC0415
    from workalendar.core import WesternCalendar  # type: ignore[import-untyped,unused-ignore] # noqa: PLC0415

    schedule = workclock.Schedule(
        [
            workclock.WorkDay(dt.time(9), dt.time(17)),
            workclock.Break(dt.time(12), dt.time(13)),
            workclock.Holidays(_HOLIDAYS),
        ],
        time_zone=_OFFICE.tz,
    )

    class Office(WesternCalendar):  # type: ignore[misc,unused-ignore] # of a library without types
        def get_calendar_holidays(self, year: int) -> list[tuple[dt.date, str]]:
            return [(day, "holiday") for day in _HOLIDAYS if day.year == year]

    business_days = np.busdaycalendar(holidays=_HOLIDAYS)
    hours = {
        count: pd.offsets.CustomBusinessHour(
            count, start=["09:00", "13:00"], end=["12:00", "17:00"], holidays=[np.datetime64(day) for day in _HOLIDAYS]
        )
        for count in (8, 168, 6000)
    }
    utc, local = dt.UTC, _OFFICE.tz
    return [
        _between("1 day", _DAY, schedule, utc, 0.3),
        _between("1 day", _DAY, schedule, local, 0.3),
        _between("30 days", 30 * _DAY, schedule, utc, 0.15),
        _between("3 years", 1095 * _DAY, schedule, utc, 0.01),
        *(
            _after(count, schedule, pd.Timestamp(_STARTS.replace(tzinfo=None)), hours[count], at_most)
            for count, at_most in ((8, 0.35), (168, 0.2), (6000, 0.02))
        ),
        _nth(np, business_days, Office()),
        _count(np, business_days, Office()),
        _many(schedule, 200 if tiny else 100_000),
    ]


# Working time


class _Bisected:
    """The least that working time takes: two bisects among borders, and two totals; every instant is in range."""

    def __init__(self) -> None:
        first, last = (dt.datetime(year, 1, 1, tzinfo=_OFFICE.tz) for year in (2024, 2036))
        open_ones = [one for one in _OFFICE.segments_us(to_us(first), to_us(last)) if one[2]]
        self.borders = [us for since, until, *_ in open_ones for us in (since, until)]
        self.totals = [0, *accumulate(until - since for since, until, *_ in open_ones)]

    def between(self, a: int, b: int) -> int:
        borders, totals = self.borders, self.totals
        i, j = bisect_right(borders, a), bisect_right(borders, b)
        since = totals[i >> 1] + (a - borders[i - 1] if i & 1 else 0)
        return totals[j >> 1] + (b - borders[j - 1] if j & 1 else 0) - since

    def after(self, a: int, length: int) -> int:
        borders, totals = self.borders, self.totals
        i = bisect_right(borders, a)
        total = totals[i >> 1] + (a - borders[i - 1] if i & 1 else 0) + length
        n = bisect_left(totals, total)
        return borders[2 * n - 1] - totals[n] + total


def _between(name: str, span: dt.timedelta, schedule: Any, tz: dt.tzinfo, at_most: float) -> Benchmark:  # noqa: ANN401 - a peer's
    a = _STARTS.astimezone(tz)
    b = (_STARTS.astimezone(dt.UTC) + span + 3 * _HOUR).astimezone(tz)
    a_us, b_us = to_us(a), to_us(b)
    bisected = _Bisected().between
    utc = tz is dt.UTC
    return Benchmark(
        name=f"calendars: working time over {name}, instants in {'UTC' if utc else 'the office zone'}",
        unit="question",
        size=1,
        contenders=(
            Contender(name=_BISECTS, role="limit", run=lambda: bisected(a_us, b_us), answer=_plain),
            Contender(name="workclock: between", role="peer", run=lambda: schedule.between(a, b), answer=_us),
            Contender(name="credcore: between", role="credcore", run=lambda: _OFFICE.between(a, b), answer=_us),
        ),
        reference="workclock: between",
        goals=(Goal(contender="credcore: between", reference="workclock: between", at_most=at_most),),
        note=_UTC if utc else "Each instant is looked up in its zone: both pay for that, and it is most of the time.",
    )


def _us(length: dt.timedelta) -> int:
    return length // dt.timedelta(microseconds=1)


def _after(count: int, schedule: Any, stamp: Any, offset: Any, at_most: float) -> Benchmark:  # noqa: ANN401 - peers'
    at, work = _STARTS.astimezone(dt.UTC), count * _HOUR
    at_us, work_us = to_us(at), _us(work)
    after = _Bisected().after
    peers = ("workclock: add", "pandas: CustomBusinessHour")
    return Benchmark(
        name=f"calendars: when {count:,} hours of work are done",
        unit="question",
        size=1,
        contenders=(
            Contender(name=_BISECTS, role="limit", run=lambda: after(at_us, work_us), answer=from_us),
            Contender(name=peers[0], role="peer", run=lambda: schedule.add(at, work), answer=_in_utc),
            Contender(name=peers[1], role="peer", run=lambda: stamp + offset, answer=_from_wall),
            Contender(name="credcore: after", role="credcore", run=lambda: _OFFICE.after(at, work), answer=_in_utc),
        ),
        reference=peers[0],
        goals=tuple(Goal(contender="credcore: after", reference=peer, at_most=at_most) for peer in peers),
        note=f"{_UTC} pandas is given the time on the wall, without a zone.",
    )


def _in_utc(at: dt.datetime) -> dt.datetime:
    return at.astimezone(dt.UTC)


def _from_wall(stamp: Any) -> dt.datetime:  # noqa: ANN401 - a peer's
    wall: dt.datetime = stamp.to_pydatetime()
    return _in_utc(wall.replace(tzinfo=_OFFICE.tz))


# Working days


def _days(
    name: str, unlimited: Callable[[], Any], peers: Mapping[str, Callable[[], Any]], ours: Contender
) -> Benchmark:
    return Benchmark(
        name=f"calendars: {name}",
        unit="question",
        size=1,
        contenders=(
            Contender(name=_LOOK_UP, role="limit", run=unlimited, answer=_plain),
            *(Contender(name=peer, role="peer", run=run, answer=_plain) for peer, run in peers.items()),
            ours,
        ),
        reference=next(iter(peers)),
        goals=tuple(Goal(contender=ours.name, reference=peer, at_most=0.1) for peer in peers),
        note=_DATES,
    )


def _plain(answer: object) -> object:
    return answer


def _working_days() -> tuple[list[dt.date], dict[dt.date, int]]:
    """Return the working days, and for each day how many there are up to it."""
    every = [dt.date(2024, 1, 1) + number * _DAY for number in range(4_000)]
    working = [day for day in every if day.weekday() < 5 and day not in set(_HOLIDAYS)]  # noqa: PLR2004 - Saturday
    return working, {day: bisect_right(working, day) for day in every}


def _nth(np: Any, business_days: Any, office: Any) -> Benchmark:  # noqa: ANN401 - peers'
    day, n = _STARTS.date(), 120
    working, before = _working_days()
    peers = {
        "numpy: busday_offset": lambda: np.busday_offset(day, n, busdaycal=business_days).item(),
        "workalendar: add_working_days": lambda: office.add_working_days(day, n),
    }
    ours = Contender(
        name="credcore: nth_working_day",
        role="credcore",
        run=lambda: _OFFICE.nth_working_day(day, n),
        answer=_plain,
    )
    return _days(f"the {n}th working day after a date", lambda: working[before[day] + n - 1], peers, ours)


def _count(np: Any, business_days: Any, office: Any) -> Benchmark:  # noqa: ANN401 - peers'
    a, b = _STARTS.date(), _STARTS.date() + 366 * _DAY
    after_a, after_b = a + _DAY, b + _DAY  # numpy counts the first day and not the last
    _, before = _working_days()
    peers = {
        "numpy: busday_count": lambda: int(np.busday_count(after_a, after_b, busdaycal=business_days)),
        "workalendar: days_delta": lambda: office.get_working_days_delta(a, b),
    }
    ours = Contender(
        name="credcore: working_days_between",
        role="credcore",
        run=lambda: _OFFICE.working_days_between(a, b),
        answer=_plain,
    )
    return _days("how many working days a year has", lambda: before[b] - before[a], peers, ours)


# Many at once


def _many(schedule: Any, size: int) -> Benchmark:  # noqa: ANN401 - a peer's
    rng = random.Random(7)  # noqa: S311 - no secret: the same pairs for all
    first = dt.datetime(2025, 1, 1, tzinfo=dt.UTC)
    starts = [first + rng.randrange(2 * 365 * 1440) * _MINUTE for _ in range(size)]
    ends = [start + rng.randrange(60 * 1440) * _MINUTE for start in starts]
    starts_us, ends_us = [to_us(at) for at in starts], [to_us(at) for at in ends]
    bisected, between = _Bisected().between, _OFFICE.between
    return Benchmark(
        name=f"calendars: working time between {size:,} pairs of instants",
        unit="pair",
        size=size,
        contenders=(
            Contender(
                name=_BISECTS,
                role="limit",
                run=lambda: [bisected(a, b) for a, b in zip(starts_us, ends_us, strict=True)],
                answer=_plain,
            ),
            Contender(
                name="workclock: between_many",
                role="peer",
                run=lambda: schedule.between_many(starts, ends),
                answer=_all_us,
            ),
            Contender(
                name="credcore: between, one by one",
                role="credcore",
                run=lambda: [between(a, b) for a, b in zip(starts, ends, strict=True)],
                answer=_all_us,
            ),
        ),
        reference="workclock: between_many",
        goals=(Goal(contender="credcore: between, one by one", reference="workclock: between_many", at_most=0.15),),
        calls=1,
        rounds=5,
        note="Lists of datetimes in UTC, up to 60 days apart within two years; a list of timedeltas.",
    )


def _all_us(lengths: Sequence[dt.timedelta]) -> list[int]:
    return [_us(length) for length in lengths]
