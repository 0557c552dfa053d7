"""Turn a working week and its exceptions into open intervals of UTC, one calendar year after another.

A year holds the shifts that *open* on its days, so the night of 31 December belongs to the old year and the new one
begins when that night has closed. Each year thus answers for a stretch of time that ends where the next one's begins:
years can be compiled in any order and joined without looking at each other, and no answer depends on that order.
"""

import datetime as dt
import itertools
import zoneinfo
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Final, TypeAlias

import attrs

from credcore.instants import DAY_US, day_start_us, from_us, wall_us

__all__ = ["NO_YEARS", "OPEN", "OUTSIDE_HOURS", "Hours", "Piece", "Plan", "Special", "Years", "compiled", "joined"]

SECOND_US: Final = 1_000_000
MINUTE_US: Final = 60 * SECOND_US
OPEN: Final = "open"
OUTSIDE_HOURS: Final = "outside hours"

Hours: TypeAlias = tuple[tuple[int, int], ...]
"""A day's open intervals in minutes of wall time from its midnight, ascending and apart; a night ends after 1440."""

Piece: TypeAlias = tuple[int, int, bool, str]
"""Since, until (microseconds of UTC), whether the calendar is open, and the name of what it is."""

Slot: TypeAlias = tuple[tuple[int, ...], tuple[dt.timedelta, ...]]
"""A day of UTC, to be asked in elapsed time since 1970: its borders in seconds, and by how many have passed (an odd
number: it is open) either the open time before, or what gives it together with the time since 1970."""

Reach: TypeAlias = tuple[tuple[dt.timedelta, ...], tuple[dt.datetime, ...]]
"""24 hours of open time: how much there is up to each closing in them and the next one, and the closing less that."""


@attrs.frozen(kw_only=True)
class Special:
    """A date whose hours are not those of its weekday.

    Attributes:
        name: What it is called: a holiday, a closure, an occasion.
        hours: Its own hours; none where it is closed.
    """

    name: str
    hours: Hours = ()


@attrs.frozen(kw_only=True)
class Plan:
    """What a calendar says, before it is laid over the years.

    Attributes:
        tz: The zone whose wall clock the hours mean.
        week: The hours of each weekday, Monday first.
        special: Dates with hours of their own, by ordinal; they go before holidays.
        holidays: The names of a year's holidays.
    """

    tz: zoneinfo.ZoneInfo
    week: tuple[Hours, ...]
    special: Mapping[int, Special]
    holidays: Callable[[int], Mapping[dt.date, str]]

    def exceptions(self, year: int) -> dict[int, Special]:
        """Return, by ordinal, the dates of a year that do not follow the week."""
        holidays = {
            day.toordinal(): Special(name=name) for day, name in self.holidays(year).items() if day.year == year
        }
        return {**holidays, **self.special}


@attrs.frozen(kw_only=True, eq=False)
class Years:
    """Consecutive calendar years, compiled: everything that a calendar is asked, ready for binary search.

    Instants are microseconds of UTC, days are proleptic ordinals.

    Attributes:
        first: The first calendar year.
        last: The last calendar year.
        start: The instant from which these years answer.
        end: The first instant for which they do not.
        borders: Opening, closing, opening, … strictly ascending: what touches is one interval.
        running: Open time before each interval, and after the last.
        days: The working days: those that open at all.
        opens: The first opening of each working day.
        closes: The last closing of each working day.
        midnights: The start of every civil day, and of the day after the last.
        names: The names of the days that do not follow the week.
        counts: By civil day, how many working days there are up to and with it.
        dates: The working days as dates.
        slots: Those days of UTC that were asked of, by their number since 1970. Only whole ones: what these years
            answer for begins and ends within a day.
        reaches: Those 24 hours of open time that were asked of, by their number since the start.
    """

    first: int
    last: int
    start: int
    end: int
    borders: tuple[int, ...]
    running: tuple[int, ...]
    days: tuple[int, ...]
    opens: tuple[int, ...]
    closes: tuple[int, ...]
    midnights: tuple[int, ...]
    names: Mapping[int, str]
    first_day: int = attrs.field(init=False)
    counts: tuple[int, ...] = attrs.field(init=False)
    dates: tuple[dt.date, ...] = attrs.field(init=False)
    slots: dict[int, Slot] = attrs.field(init=False, factory=dict)
    reaches: dict[int, Reach] = attrs.field(init=False, factory=dict)

    def __attrs_post_init__(self) -> None:
        """Number the days from 1 January of the first year, and count those that open."""
        first_day = dt.date(self.first, 1, 1).toordinal()
        opening = bytearray(len(self.midnights))
        for day in self.days:
            opening[day - first_day] = 1
        object.__setattr__(self, "first_day", first_day)
        object.__setattr__(self, "counts", tuple(itertools.accumulate(opening)))
        object.__setattr__(self, "dates", tuple(map(dt.date.fromordinal, self.days)))

    def remember(self, day: int) -> None:
        """Keep the slot of a day of UTC, numbered since 1970, if these years answer for the whole of it."""
        since = day * DAY_US
        until = since + DAY_US
        if day in self.slots or since < self.start or until > self.end:
            return
        i, end = bisect_right(self.borders, since), bisect_left(self.borders, until)
        inside = self.borders[i:end]
        # Borders are whole minutes of a wall clock, and offsets whole seconds: so seconds suffice to compare.
        edges = [(border - since) // SECOND_US for border in inside]
        totals = [self.running[i >> 1]]
        if i & 1:
            edges.insert(0, 0)
            inside = (self.borders[i - 1], *inside)
        for place, border in enumerate(inside, start=1 + (i >> 1) * 2):
            total = self.running[place >> 1]
            totals.append(total - border if place & 1 else total)
        self.slots[day] = tuple(edges), tuple(dt.timedelta(microseconds=total) for total in totals)

    def remember_reach(self, day: int) -> None:
        """Keep 24 hours of open time, numbered since the start, if these years have so much."""
        first = max(1, bisect_left(self.running, day * DAY_US))
        last = bisect_left(self.running, (day + 1) * DAY_US)
        if day in self.reaches or last == len(self.running):
            return
        totals = self.running[first : last + 1]
        less = (closing - total for closing, total in zip(self.borders[2 * first - 1 :: 2], totals, strict=False))
        self.reaches[day] = tuple(dt.timedelta(microseconds=total) for total in totals), tuple(map(from_us, less))

    def civil_day(self, at: int) -> int:
        """Return the day that ends at the next local midnight."""
        return self.first_day + bisect_right(self.midnights, at) - 1

    def working_day(self, at: int) -> int:
        """Return the working day that has opened and not yet closed, else the civil day."""
        i = bisect_right(self.closes, at)
        return self.days[i] if i < len(self.days) and self.opens[i] <= at else self.civil_day(at)

    def first_close_after(self, at: int, origin: int) -> int:
        """Return the index of the first close after ``at`` among the working days after that of ``origin``."""
        return max(bisect_right(self.closes, at), bisect_right(self.days, self.working_day(origin)))

    def open_until(self, at: int) -> int:
        """Return the open time from the start of these years to an instant."""
        i = bisect_right(self.borders, at)
        return self.running[i >> 1] + (at - self.borders[i - 1] if i & 1 else 0)

    def left(self, total: int) -> int:
        """Return the latest instant by which only ``total`` open time has passed; more will."""
        n = bisect_right(self.running, total) - 1
        return self.borders[2 * n] + (total - self.running[n])

    def pieces(self, a: int, b: int) -> Iterator[Piece]:
        """Yield what lies between two instants, without gaps; no piece is empty."""
        i = bisect_right(self.borders, a)
        while a < b:
            edge = min(b, self.borders[i]) if i < len(self.borders) else b
            if i & 1:
                yield a, edge, True, OPEN
            else:
                yield from self._closed(a, edge)
            a = edge
            i += 1

    def _closed(self, a: int, b: int) -> Iterator[Piece]:
        """Yield the closed time between two instants, split where midnight brings another name."""
        day = self.civil_day(a)
        name = self.names.get(day, OUTSIDE_HOURS)
        while (midnight := self.midnights[day + 1 - self.first_day]) < b:
            day += 1
            following = self.names.get(day, OUTSIDE_HOURS)
            # A day that a zone skipped begins and ends at one midnight: it names nothing.
            if following != name and midnight < self.midnights[day + 1 - self.first_day]:
                yield a, midnight, False, name
                a, name = midnight, following
        yield a, b, False, name


NO_YEARS: Final = Years(
    first=1, last=0, start=0, end=0, borders=(), running=(0,), days=(), opens=(), closes=(), midnights=(), names={}
)
"""Nothing compiled yet: it answers for no instant."""


def compiled(plan: Plan, year: int) -> Years:
    """Lay a plan over one calendar year.

    Hours that begin before the night before has closed begin when it closes.

    Args:
        plan: What the calendar says.
        year: From 2 to 9998, so that the days on either side exist.
    """
    first = dt.date(year, 1, 1).toordinal()
    following = dt.date(year + 1, 1, 1).toordinal()
    exceptions = {**plan.exceptions(year - 1), **plan.exceptions(year)}
    midnights = [day_start_us(dt.date.fromordinal(day), plan.tz) for day in range(first - 1, following + 2)]
    borders: list[int] = []
    days: list[int] = []
    opens: list[int] = []
    closes: list[int] = []
    closed_at = midnights[0]
    for day in range(first - 1, following):
        special = exceptions.get(day)
        hours = plan.week[(day - 1) % 7] if special is None else special.hours
        for opening, closing in _instants(plan.tz, day, hours, midnights[day - first + 1 : day - first + 4]):
            since, closed_at = max(opening, closed_at), max(closing, closed_at)
            if day < first or since >= closed_at:
                continue
            if days and days[-1] == day:
                closes[-1] = closed_at
            else:
                days.append(day)
                opens.append(since)
                closes.append(closed_at)
            if borders and borders[-1] == since:
                borders[-1] = closed_at
            else:
                borders += since, closed_at
        if day < first:
            start = max(closed_at, midnights[1])
    return Years(
        first=year,
        last=year,
        start=start,
        end=max(closed_at, midnights[-2]),
        borders=tuple(borders),
        running=_running(borders),
        days=tuple(days),
        opens=tuple(opens),
        closes=tuple(closes),
        midnights=tuple(midnights[1:-1]),
        names={day: special.name for day, special in exceptions.items() if first <= day < following},
    )


def joined(parts: Sequence[Years]) -> Years:
    """Join consecutive years; a shift that runs on over New Year becomes one interval."""
    borders: list[int] = []
    midnights: list[int] = []
    names: dict[int, str] = {}
    for part in parts:
        touching = bool(borders) and borders[-1:] == list(part.borders[:1])
        if touching:
            borders.pop()
        borders += part.borders[touching:]
        midnights[-1:] = part.midnights
        names |= part.names
    return Years(
        first=parts[0].first,
        last=parts[-1].last,
        start=parts[0].start,
        end=parts[-1].end,
        borders=tuple(borders),
        running=_running(borders),
        days=tuple(itertools.chain.from_iterable(part.days for part in parts)),
        opens=tuple(itertools.chain.from_iterable(part.opens for part in parts)),
        closes=tuple(itertools.chain.from_iterable(part.closes for part in parts)),
        midnights=tuple(midnights),
        names=names,
    )


def _instants(tz: zoneinfo.ZoneInfo, day: int, hours: Hours, midnights: Sequence[int]) -> Iterator[tuple[int, int]]:
    """Yield a day's intervals in UTC; ``midnights`` are its own and the next two."""
    # No zone changes its offset and back within two days (the shortest such spell, Freetown 1939, lasted four): if
    # they are 48 hours long, wall time runs along with UTC.
    if midnights[2] - midnights[0] == 2 * DAY_US:
        for opening, closing in hours:
            yield midnights[0] + opening * MINUTE_US, midnights[0] + closing * MINUTE_US
        return
    midnight = dt.datetime.combine(dt.date.fromordinal(day), dt.time())
    for opening, closing in hours:
        yield (
            wall_us(midnight + dt.timedelta(minutes=opening), tz),
            wall_us(midnight + dt.timedelta(minutes=closing), tz),
        )


def _running(borders: Sequence[int]) -> tuple[int, ...]:
    """Return the open time before each interval, and after the last."""
    lengths = (closing - opening for opening, closing in zip(borders[::2], borders[1::2], strict=True))
    return tuple(itertools.accumulate(lengths, initial=0))
