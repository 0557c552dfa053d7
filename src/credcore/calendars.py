"""Measure working time: when an organisation is open, and how much of that lies between two instants.

A calendar is a week of hours, the dates that differ from it, and a zone whose wall clock both mean. Daylight saving
moves the hours with the clock on the wall, so a shift over the jump in March is an hour shorter.

Conventions, where the field knows several:

- Intervals are half-open: a calendar is open at its opening and closed at its closing.
- Work that exactly fills a day ends at that day's closing, not at the next opening; zero work ends where it began.
- A *working day* opens at all. It is named by the date on which it opens and closes with its last interval, so a night
  shift belongs to the day before. The day *n* working days after a date is the n-th working day later than it.

Instants are aware; those returned are in UTC, for which differences are elapsed time. The methods whose names end in
``_us`` answer the same in integer microseconds of UTC; they are for rules, which ask by the million.
"""

import datetime as dt
import functools
import threading
import zoneinfo
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, Final, Self

import attrs

from credcore import instants
from credcore._calendar_text import ALWAYS, TABLE_KEYS, HolidaySource, Reading, table_of
from credcore._calendar_years import NO_YEARS, Piece, Plan, Years, compiled, joined
from credcore.errors import Fault, InvalidInput, ProfileError, nearest

__all__ = ["HolidaySource", "Segment", "WorkCalendar"]

_FIRST_YEAR, _LAST_YEAR = 2, 9998
_YEAR_US: Final = 366 * instants.DAY_US
_FIRST_DAY: Final = dt.date(_FIRST_YEAR, 1, 1).toordinal()
_LAST_DAY: Final = dt.date(_LAST_YEAR, 12, 31).toordinal()
# Two days inside, so that an instant lies in these years in every zone, and in no night from the year before.
_FIRST_US: Final = instants.to_us(dt.datetime(_FIRST_YEAR, 1, 3, tzinfo=dt.UTC))
_END_US: Final = instants.to_us(dt.datetime(_LAST_YEAR, 12, 30, tzinfo=dt.UTC))
# A licence that ends in 9999 must not compile eight thousand years: beyond these, days are found one by one.
_TABLED_FIRST, _TABLED_END = 1900, 2150
_TABLED_US: Final = instants.to_us(dt.datetime(_TABLED_FIRST, 1, 3, tzinfo=dt.UTC))
_TABLED_END_US: Final = instants.to_us(dt.datetime(_TABLED_END, 1, 1, tzinfo=dt.UTC)) - 2 * instants.DAY_US
_EPOCH: Final = instants.from_us(0)
_MICROSECOND: Final = dt.timedelta(microseconds=1)
_NOTHING: Final = dt.timedelta()
_since: Final = dt.datetime.__sub__  # unbound, as in `instants.to_us`


@attrs.frozen(kw_only=True)
class Segment:
    """A stretch of time during which a calendar is one thing.

    Attributes:
        since: Its start.
        until: Its end, exclusive; the next segment's start.
        is_open: Whether working time passes.
        name: ``"open"``, ``"outside hours"``, or the name of the closure, holiday or special day that keeps it closed.
    """

    since: dt.datetime
    until: dt.datetime
    is_open: bool
    name: str

    @property
    def length(self) -> dt.timedelta:
        """The elapsed time from start to end."""
        return self.until - self.since


class WorkCalendar:
    """The hours during which an organisation works, for every year from 2 to 9998.

    It never changes, is equal only to itself, and may be shared by threads. Years are compiled when first asked for,
    about a millisecond each; after that, an answer costs the same over a day and over ten years.

    Args:
        week: Hours by weekday, such as ``{"mon-fri": ["08:30-12:00", "13:00-17:00"], "sat": ["22:00-06:00"]}``, or
            ``"always"``. Keys are weekdays, ranges and lists of them (``"mon,wed-fri"``); an end at or before its
            start lies on the next day, where it may also be written past 24:00 (``"22:00-30:00"``).
        zone: The IANA name of the time zone.
        closures: Names of dates without hours. Dates may be text.
        days: Dates with hours of their own: ``{"name": "Stocktaking", "hours": ["10:00-12:00"]}``. Where they begin
            before the night before has closed, they begin when it closes.
        region: Whose public holidays have no hours. A closure or special day on a holiday goes before it.
        holidays: Where they come from.
        path: Where the calendar stands in a profile, for the faults.

    Raises:
        ProfileError: With every fault of the arguments.
        InvalidInput: A region is named, but no source of holidays is given.

    Example:
        >>> office = WorkCalendar(week={"mon-fri": ["09:00-17:00"]}, zone="America/Chicago")
        >>> friday = dt.datetime(2026, 3, 6, 16, tzinfo=office.tz)
        >>> office.after(friday, dt.timedelta(hours=2)).astimezone(office.tz).isoformat()
        '2026-03-09T10:00:00-05:00'
    """

    __slots__ = ("_known_until", "_lock", "_plan", "_region", "_settled", "_years")

    def __init__(
        self,
        *,
        week: Mapping[str, Sequence[str]] | str,
        zone: str,
        closures: Mapping[str, str] | Mapping[dt.date, str] | None = None,
        days: Mapping[str, Mapping[str, Any]] | Mapping[dt.date, Mapping[str, Any]] | None = None,
        region: str | None = None,
        holidays: HolidaySource | None = None,
        path: str = "calendar",
    ) -> None:
        """Read and check the whole calendar."""
        reading = Reading(path)
        tz = reading.zone(zone)
        hours = reading.week(week)
        special = reading.special({} if closures is None else closures, {} if days is None else days)
        reading.region(region, holidays)
        if tz is None or reading.faults:
            raise ProfileError(reading.faults)
        if region is not None and holidays is None:
            message = f"the holidays of {region!r} need a source: python -m pip install 'credcore[calendars]'"
            raise InvalidInput(message, field="holidays", path=f"{path}.holidays")
        self._plan = Plan(tz=tz, week=hours, special=special, holidays=_holidays(region, holidays))
        self._region = region
        self._known_until = None if region is None or holidays is None else min(holidays.known_until, _LAST_YEAR)
        exceptional = [dt.date.fromordinal(day).year for day in special]
        self._settled = max([self._known_until or 0, *exceptional])
        self._lock = threading.Lock()
        self._years = NO_YEARS

    @classmethod
    def from_mapping(
        cls,
        table: Mapping[str, Any],
        *,
        zone: str | None = None,
        holidays: HolidaySource | None = None,
        path: str = "calendar",
    ) -> Self:
        """Build a calendar from the table of a profile.

        Args:
            table: ``week``, and if wanted ``zone``, ``closures``, ``days`` and ``holidays``, which names a region.
            zone: The zone, unless the table has its own.
            holidays: Where the holidays of the region come from.
            path: Where the table stands in the profile, for the faults.

        Raises:
            ProfileError: With every fault of the table, each with its key.
            InvalidInput: The table names a region, but no source of holidays is given.

        Example:
            >>> table = {"week": {"mon-fri": ["08:30-12:00", "13:00-17:00"]}, "closures": {"2026-12-24": "Christmas"}}
            >>> office = WorkCalendar.from_mapping(table, zone="America/Chicago")
            >>> office.working_days_between(dt.date(2026, 12, 23), dt.date(2026, 12, 28))
            2
        """
        if not isinstance(table, Mapping):
            raise ProfileError(
                [Fault(message='give a table such as { week = { mon-fri = ["09:00-17:00"] } }', key=path)]
            )
        faults = [
            Fault(message=f"unknown key; {nearest(str(key), TABLE_KEYS)}", key=f"{path}.{key}")
            for key in table
            if key not in TABLE_KEYS
        ]
        try:
            calendar = cls(
                week=table.get("week", {}),
                zone=table.get("zone", zone),
                closures=table.get("closures"),
                days=table.get("days"),
                region=table.get("holidays"),
                holidays=holidays,
                path=path,
            )
        except ProfileError as error:
            faults += error.faults
        if faults:
            raise ProfileError(faults)
        return calendar

    def to_mapping(self) -> dict[str, Any]:
        """Return the table of a profile from which this calendar is read; it fits into JSON and into TOML.

        Read by `from_mapping`, with the same source of holidays, it gives the same answers. Public holidays are not
        written out: the table names their region.

        Example:
            >>> office = WorkCalendar(
            ...     week={"mon,tue,wed": ["09:00-17:00"], "fri": ["22:00-30:00"]}, zone="America/Chicago",
            ...     closures={dt.date(2026, 12, 24): "Christmas Eve"},
            ... )
            >>> office.to_mapping() == {
            ...     "zone": "America/Chicago",
            ...     "week": {"mon-wed": ["09:00-17:00"], "fri": ["22:00-06:00"]},
            ...     "closures": {"2026-12-24": "Christmas Eve"},
            ... }
            True
        """
        return table_of(self._plan, self._region)

    @classmethod
    def always(cls, zone: str) -> Self:
        """Return the calendar that never closes.

        Raises:
            ProfileError: The zone is not known.

        Example:
            >>> WorkCalendar.always("UTC").after(dt.datetime(2026, 3, 7, tzinfo=dt.UTC), dt.timedelta(hours=24))
            datetime.datetime(2026, 3, 8, 0, 0, tzinfo=datetime.timezone.utc)
        """
        return cls(week=ALWAYS, zone=zone)

    def __repr__(self) -> str:
        """Return the zone and the hours of an ordinary week."""
        minutes = sum(closing - opening for hours in self._plan.week for opening, closing in hours)
        return f"<WorkCalendar {self.zone}, {minutes / 60:g} hours a week>"

    @property
    def zone(self) -> str:
        """The IANA name of the zone."""
        return self._plan.tz.key

    @property
    def tz(self) -> zoneinfo.ZoneInfo:
        """The zone, to show instants in."""
        return self._plan.tz

    @property
    def known_until(self) -> dt.date | None:
        """The last day whose holidays are known; None for a calendar without holidays."""
        return None if self._known_until is None else dt.date(self._known_until, 12, 31)

    def is_provisional(self, at: dt.datetime) -> bool:
        """Return whether an answer that reaches to an instant may move once more holidays are known."""
        us = instants.to_us(at)
        known = self._known_until
        return known is not None and us > instants.day_start_us(dt.date(known + 1, 1, 1), self.tz)

    # Working time

    def between(self, a: dt.datetime, b: dt.datetime) -> dt.timedelta:
        """Return the working time from ``a`` to ``b``; it is negative if ``b`` is the earlier.

        Raises:
            InvalidInput: An instant is naive or lies outside the years 2 to 9998.
        """
        # Written out, since hosts spend their time here; in elapsed time, which Python adds faster than it converts it.
        slots = self._years.slots
        try:
            since, until = _since(a, _EPOCH), _since(b, _EPOCH)
            edges, totals = slots[since.days]
            i = bisect_right(edges, since.seconds)
            before = totals[i] + since if i & 1 else totals[i]
            edges, totals = slots[until.days]
            i = bisect_right(edges, until.seconds)
            return totals[i] + until - before if i & 1 else totals[i] - before
        except (TypeError, KeyError):
            return self._between_unasked(a, b)

    def after(self, a: dt.datetime, duration: dt.timedelta) -> dt.datetime:
        """Return the earliest instant by which ``duration`` of working time has passed since ``a``.

        Zero is reached at ``a`` itself, open or not.

        Raises:
            InvalidInput: The duration is negative; the calendar stays closed for ever; or the years run out.
        """
        years = self._years
        try:
            since = _since(a, _EPOCH)
            edges, totals = years.slots[since.days]
            i = bisect_right(edges, since.seconds)
            total = (totals[i] + since if i & 1 else totals[i]) + duration
            reached, less = years.reaches[total.days]
            if duration > _NOTHING:
                return less[bisect_left(reached, total)] + total
        except (TypeError, KeyError, OverflowError):
            pass
        return self._after_unasked(a, duration)

    def before(self, b: dt.datetime, duration: dt.timedelta) -> dt.datetime:
        """Return the latest instant from which ``duration`` of working time passes until ``b``.

        Raises:
            InvalidInput: The duration is negative; the calendar has always been closed; or the years run out.
        """
        return instants.from_us(self.before_us(instants.to_us(b, "b"), _in_us(duration)))

    def open_at(self, at: dt.datetime) -> bool:
        """Return whether working time passes at an instant: yes at an opening, no at a closing."""
        us = instants.to_us(at)
        return bool(bisect_right(self._covering(us, us).borders, us) & 1)

    def next_open(self, at: dt.datetime) -> dt.datetime:
        """Return the first opening later than an instant, be it open then or not.

        Raises:
            InvalidInput: The calendar is open without end.
        """
        us = instants.to_us(at)
        years = self._covering(us, us)
        while True:
            i = bisect_right(years.borders, us)
            i += i & 1
            if i < len(years.borders):
                return instants.from_us(years.borders[i])
            years = self._another_year(years, us)

    def next_close(self, at: dt.datetime) -> dt.datetime:
        """Return the first closing later than an instant, be it open then or not.

        Raises:
            InvalidInput: The calendar is open without end.
        """
        us = instants.to_us(at)
        years = self._covering(us, us)
        while True:
            i = bisect_right(years.borders, us) | 1
            # A shift at the very end of what is compiled may run on into the next year: no closing yet.
            if i < len(years.borders) and years.borders[i] < years.end:
                return instants.from_us(years.borders[i])
            years = self._another_year(years, us)

    def segments(self, a: dt.datetime, b: dt.datetime) -> Iterator[Segment]:
        """Yield what lies from ``a`` to ``b``, by name; lengths add up exactly, neighbours differ.

        A day that is closed or special gives its name to its closed hours, whatever weekday it falls on.
        Nothing lies between reversed ends.

        Raises:
            InvalidInput: An instant is naive or lies outside the years 2 to 9998.

        Example:
            >>> office = WorkCalendar(week={"fri": ["09:00-17:00"]}, zone="UTC", closures={"2026-03-07": "Move"})
            >>> friday = dt.datetime(2026, 3, 6, 16, tzinfo=dt.UTC)
            >>> for segment in office.segments(friday, friday + dt.timedelta(days=2)):
            ...     print(segment.name, segment.length)
            open 1:00:00
            outside hours 7:00:00
            Move 1 day, 0:00:00
            outside hours 16:00:00
        """
        for since, until, is_open, name in self.segments_us(instants.to_us(a, "a"), instants.to_us(b, "b")):
            yield Segment(since=instants.from_us(since), until=instants.from_us(until), is_open=is_open, name=name)

    # Working days

    def nth_working_day(self, day: dt.date, n: int) -> dt.date:
        """Return the n-th working day later than ``day``; a negative ``n`` counts back from it.

        Raises:
            InvalidInput: ``n`` is zero and ``day`` is no working day, or the years run out.

        Example:
            >>> office = WorkCalendar(week={"mon-fri": ["09:00-17:00"]}, zone="America/Chicago")
            >>> saturday = dt.date(2026, 3, 7)
            >>> office.nth_working_day(saturday, 1), office.nth_working_day(saturday, -1)
            (datetime.date(2026, 3, 9), datetime.date(2026, 3, 6))
        """
        if type(day) is not dt.date:
            _check_date(day, "day")
        years = self._years
        number = day.toordinal()
        if not 0 <= number - years.first_day < len(years.counts):
            years = self._extended(day.year, day.year)
        if n <= 0:
            return self._working_day_before(years, day, -n)
        while True:
            i = years.counts[number - years.first_day] + n - 1
            if i < len(years.dates):
                return years.dates[i]
            years = self._extended(years.first, years.last + 1 + (i - len(years.dates)) // 366)

    def working_days_between(self, a: dt.date, b: dt.date) -> int:
        """Return the number of working days later than ``a`` and not later than ``b``; negative if ``b`` is earlier.

        Raises:
            InvalidInput: A day lies outside the years 2 to 9998.
        """
        if type(a) is not dt.date or type(b) is not dt.date:
            _check_date(a, "a")
            _check_date(b, "b")
        years = self._years
        first_day, counts = years.first_day, years.counts
        i, j = a.toordinal() - first_day, b.toordinal() - first_day
        if 0 <= i < len(counts) and 0 <= j < len(counts):
            return counts[j] - counts[i]
        self._extended(min(a, b).year, max(a, b).year)
        return self.working_days_between(a, b)

    def working_day_of(self, at: dt.datetime) -> dt.date:
        """Return the working day that has opened and not yet closed at an instant, else the date there.

        Example:
            >>> nights = WorkCalendar(week={"mon-fri": ["22:00-06:00"]}, zone="UTC")
            >>> nights.working_day_of(dt.datetime(2026, 3, 3, 0, 30, tzinfo=dt.UTC))  # Tuesday, in Monday's night
            datetime.date(2026, 3, 2)
        """
        us = instants.to_us(at)
        return dt.date.fromordinal(self._covering(us, us).working_day(us))

    def day_close(self, day: dt.date) -> dt.datetime:
        """Return the instant at which a working day closes with its last interval.

        Raises:
            InvalidInput: It is no working day.
        """
        _check_date(day, "day")
        years = self._extended(day.year, day.year)
        return instants.from_us(years.closes[self._working_day_index(years, day)])

    # The same in integer microseconds of UTC

    def between_us(self, a: int, b: int) -> int:
        """Return the working microseconds from ``a`` to ``b``; they are negative if ``b`` is the earlier."""
        years = self._years
        if a < years.start or b < years.start or a >= years.end or b >= years.end:
            years = self._covering(min(a, b), max(a, b))
        # Written out, since rules spend their time here: `open_until(b) - open_until(a)`.
        borders, running = years.borders, years.running
        i = bisect_right(borders, a)
        j = bisect_right(borders, b)
        total = running[j >> 1] - running[i >> 1]
        if j & 1:
            total += b - borders[j - 1]
        if i & 1:
            total -= a - borders[i - 1]
        return total

    def after_us(self, a: int, us: int) -> int:
        """Return the earliest instant by which ``us`` working microseconds have passed since ``a``.

        Raises:
            InvalidInput: ``us`` is negative, or the years run out.
        """
        if us <= 0:
            return _nothing_from(a, us, "before")
        years = self._years
        if a < years.start or a >= years.end:
            years = self._covering(a, a)
        while True:
            # Written out, since rules spend their time here: `open_until(a)` and `reached(total)`. Totals of one
            # compilation mean nothing in another, which may begin in an earlier year.
            borders, running = years.borders, years.running
            i = bisect_right(borders, a)
            total = running[i >> 1] + us
            if i & 1:
                total += a - borders[i - 1]
            if total <= running[-1]:
                n = bisect_left(running, total)
                return borders[2 * n - 1] - running[n] + total
            years = self._extended(years.first, years.last + 1 + (total - running[-1]) // _YEAR_US)

    def before_us(self, b: int, us: int) -> int:
        """Return the latest instant from which ``us`` working microseconds pass until ``b``.

        Raises:
            InvalidInput: ``us`` is negative, or the years run out.
        """
        if us <= 0:
            return _nothing_from(b, us, "after")
        years = self._covering(b, b)
        while (total := years.open_until(b) - us) < 0:
            years = self._extended(years.first - 1 - (-total) // _YEAR_US, years.last)
        return years.left(total)

    def closes_between_us(self, a: int, b: int, origin: int) -> int:
        """Return how many working days later than that of ``origin`` close at a ``c`` with ``a < c <= b``."""
        years = self._covering(min(a, origin), max(b, origin))
        return max(0, bisect_right(years.closes, b) - years.first_close_after(a, origin))

    def nth_close_us(self, a: int, n: int, origin: int) -> int:
        """Return the n-th close later than ``a`` of the working days later than that of ``origin``; ``n`` is above 0.

        Raises:
            InvalidInput: The years run out.
        """
        years = self._covering(min(a, origin), max(a, origin))
        while (missing := (i := years.first_close_after(a, origin) + n - 1) - len(years.closes)) >= 0:
            years = self._extended(years.first, years.last + 1 + missing // 366)
        return years.closes[i]

    def working_day_us(self, at: int) -> int:
        """Return `working_day_of` as a proleptic ordinal."""
        return self._covering(at, at).working_day(at)

    def civil_day_us(self, at: int) -> int:
        """Return the day that ends at the next local midnight, as a proleptic ordinal.

        Unlike the date on the wall it never goes back, not even where clocks were set back over midnight.
        """
        if _TABLED_US <= at < _TABLED_END_US:
            return self._covering(at, at).civil_day(at)
        if not _FIRST_US <= at < _END_US:
            raise _out_of_years()
        day = instants.from_us(at).astimezone(self.tz).toordinal()
        while self.midnight_us(day) > at:
            day -= 1
        while self.midnight_us(day + 1) <= at:
            day += 1
        return day

    def midnight_us(self, day: int) -> int:
        """Return the instant at which a civil day, given as a proleptic ordinal, begins.

        Raises:
            InvalidInput: It lies outside the years 2 to 9998.
        """
        years = self._years
        if not years.first_day <= day < years.first_day + len(years.midnights):
            if not _FIRST_DAY <= day <= _LAST_DAY:
                raise _out_of_years()
            date = dt.date.fromordinal(day)
            if not _TABLED_FIRST <= date.year < _TABLED_END:
                return instants.day_start_us(date, self.tz)
            years = self._extended(date.year, date.year)
        return years.midnights[day - years.first_day]

    def segments_us(self, a: int, b: int) -> Iterator[Piece]:
        """Yield `segments` as tuples: since, until, whether it is open, name."""
        return self._covering(a, b).pieces(a, b) if a < b else iter(())

    def _between_unasked(self, a: dt.datetime, b: dt.datetime) -> dt.timedelta:
        """Return `between` of instants on days that were not asked of yet, or refuse them; and remember the days."""
        a_us, b_us = instants.to_us(a, "a"), instants.to_us(b, "b")
        found = self.between_us(a_us, b_us)
        years = self._years
        years.remember(a_us // instants.DAY_US)
        years.remember(b_us // instants.DAY_US)
        return found * _MICROSECOND

    def _after_unasked(self, a: dt.datetime, duration: dt.timedelta) -> dt.datetime:
        """Return `after` where days were not asked of yet, or refuse it; and remember the days."""
        a_us, us = instants.to_us(a, "a"), _in_us(duration)
        found = self.after_us(a_us, us)
        years = self._covering(a_us, a_us)
        years.remember(a_us // instants.DAY_US)
        years.remember_reach((years.open_until(a_us) + us) // instants.DAY_US)
        return instants.from_us(found)

    # Growth

    def _covering(self, low: int, high: int) -> Years:
        """Return compiled years that answer for both instants and all between."""
        years = self._years
        if years.start <= low and high < years.end:
            return years
        if low < _FIRST_US or high >= _END_US:
            raise _out_of_years()
        years = self._extended(self._year(low), self._year(high))
        # The first hours of a year may belong to the night that opened in the old one.
        while low < years.start or high >= years.end:
            years = self._extended(years.first - (low < years.start), years.last + (high >= years.end))
        return years

    def _another_year(self, years: Years, us: int) -> Years:
        """Return one more year in which a border later than ``us`` may be found."""
        # Once a whole year has followed nothing but the week, so will all others.
        if years.last > max(self._settled, self._year(us)) + 1:
            raise InvalidInput(f"the calendar is open without end from {instants.format_instant(instants.from_us(us))}")
        return self._extended(years.first, years.last + 1)

    def _extended(self, first: int, last: int) -> Years:
        """Return compiled years that hold those from ``first`` to ``last``, and keep them."""
        years = self._years
        if years.first <= first and last <= years.last:
            return years
        if first < _FIRST_YEAR or last > _LAST_YEAR:
            raise _out_of_years()
        with self._lock:
            years = self._years
            if years is NO_YEARS:
                parts = [compiled(self._plan, year) for year in range(first, last + 1)]
            else:
                parts = [
                    *(compiled(self._plan, year) for year in range(first, years.first)),
                    years,
                    *(compiled(self._plan, year) for year in range(years.last + 1, last + 1)),
                ]
            self._years = joined(parts)
            return self._years

    def _working_day_before(self, years: Years, day: dt.date, n: int) -> dt.date:
        """Return the n-th working day earlier than a day; for 0, the day itself, if it is one."""
        if n == 0:
            self._working_day_index(years, day)
            return day
        while (i := bisect_left(years.days, day.toordinal()) - n) < 0:
            years = self._extended(years.first - 1 - (-i) // 366, years.last)
        return years.dates[i]

    def _year(self, us: int) -> int:
        return instants.day_of(us, self.tz).year

    def _working_day_index(self, years: Years, day: dt.date) -> int:
        i = bisect_left(years.days, day.toordinal())
        if i == len(years.days) or years.days[i] != day.toordinal():
            raise InvalidInput(f"{day} is no working day of this calendar", field="day")
        return i


def _in_us(duration: dt.timedelta) -> int:
    """Return a length in whole microseconds.

    Raises:
        InvalidInput: It is no length.
    """
    if not isinstance(duration, dt.timedelta):
        raise InvalidInput(f"give a timedelta, not a {type(duration).__name__}", field="duration")
    return dt.timedelta.__floordiv__(duration, _MICROSECOND)  # unbound: other libraries' own divide otherwise


def _nothing_from(at: int, us: int, other_way: str) -> int:
    """Return the instant itself for a duration of zero."""
    if us < 0:
        raise InvalidInput(f"a duration is not negative; use `{other_way}` for the other direction", field="duration")
    return at


def _check_date(day: object, field: str) -> None:
    """Refuse what is no date: an instant falls on another day in another zone.

    Raises:
        InvalidInput: It is an instant, or no day at all.
    """
    if isinstance(day, dt.datetime):
        raise InvalidInput("is an instant; give a date, as working_day_of() names that of an instant", field=field)
    if not isinstance(day, dt.date):
        raise InvalidInput(f"{type(day).__name__} is no date; give a date", field=field)


def _out_of_years() -> InvalidInput:
    return InvalidInput(f"calendars answer for the years {_FIRST_YEAR} to {_LAST_YEAR} only", field="at")


def _holidays(region: str | None, source: HolidaySource | None) -> Callable[[int], Mapping[dt.date, str]]:
    """Return the holidays by year; none where nothing is known."""
    if region is None or source is None:
        return lambda _: {}
    known_until = source.known_until
    return functools.cache(lambda year: source.days(region, year) if year <= known_until else {})
