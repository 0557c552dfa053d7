"""Read and write a calendar's words: the hours of a week, the dates that differ from it, its zone.

Everything that is wrong is collected and reported together, each fault with its key.
"""

import datetime as dt
import itertools
import re
import zoneinfo
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final, Protocol

import attrs

from credcore import instants
from credcore._calendar_years import Hours, Plan, Special
from credcore.errors import Fault, InvalidInput, nearest

__all__ = ["ALWAYS", "TABLE_KEYS", "HolidaySource", "Reading", "table_of"]

_WEEKDAYS: Final = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
ALWAYS: Final = "always"
TABLE_KEYS: Final = ("week", "zone", "closures", "days", "holidays")
_DAY_KEYS: Final = ("name", "hours")
_HOURS: Final = re.compile(r"(\d\d):([0-5]\d)-(\d\d):([0-5]\d)")
_DAY_MINUTES: Final = 24 * 60
_OPEN_WEEK: Final[tuple[Hours, ...]] = (((0, _DAY_MINUTES),),) * 7


class HolidaySource(Protocol):
    """Where the holidays of a region come from: a package, a table, a service asked beforehand."""

    @property
    def known_until(self) -> int:
        """The last year whose holidays are known."""

    def days(self, region: str, year: int) -> Mapping[dt.date, str]:
        """Return the names of the holidays that fall into a year.

        It is never asked beyond ``known_until``, and always answers the same. A day outside the year is ignored: the
        observance on 31 December of a coming New Year's Day belongs to the old year.

        Raises:
            InvalidInput: The region is not known.
        """


@attrs.frozen(order=True)
class _Interval:
    """Hours of a day as they were written: minutes from its midnight, and their place."""

    opening: int
    closing: int
    text: str
    key: str


class Reading:
    """Turns a calendar's words into a plan, and collects everything that is wrong with them."""

    def __init__(self, path: str) -> None:
        self.path = path
        self.faults: list[Fault] = []

    def fault(self, key: str, message: str) -> None:
        """Note what is wrong; a range of weekdays repeats itself."""
        fault = Fault(message=message, key=f"{self.path}.{key}")
        if fault not in self.faults:
            self.faults.append(fault)

    def zone(self, name: object) -> zoneinfo.ZoneInfo | None:
        """Read the zone."""
        if not isinstance(name, str):
            self.fault("zone", "give the IANA name of a time zone, such as America/Chicago")
            return None
        try:
            return instants.zone(name, "")
        except InvalidInput as error:
            self.fault("zone", str(error))
            return None

    def week(self, value: object) -> tuple[Hours, ...]:
        """Read the hours of each weekday, Monday first."""
        if value == ALWAYS:
            return _OPEN_WEEK
        if not isinstance(value, Mapping):
            self.fault("week", f'give {ALWAYS!r} or a table such as {{ mon-fri = ["09:00-17:00"] }}')
            return ()
        earlier_faults = len(self.faults)
        week: dict[int, list[_Interval]] = {}
        for key, hours in value.items():
            intervals = self.hours(hours, f"week.{key}")
            for weekday in self.weekdays(str(key)):
                if weekday in week:
                    self.fault(f"week.{key}", f"the hours of {_WEEKDAYS[weekday]} are given twice")
                week[weekday] = intervals
        if not any(week.values()) and len(self.faults) == earlier_faults:
            self.fault("week", f'is never open; give hours such as {{ mon-fri = ["09:00-17:00"] }}, or {ALWAYS!r}')
        for weekday, intervals in week.items():
            self.nights(intervals, week.get((weekday + 1) % 7, []))
        return tuple(_plain(week.get(weekday, [])) for weekday in range(7))

    def weekdays(self, key: str) -> list[int]:
        """Read ``mon``, ``mon-fri``, ``fri-mon`` or ``mon,wed-fri`` as weekdays; Monday is 0."""
        found: list[int] = []
        for part in key.split(","):
            names = part.strip().split("-")
            unknown = [name for name in names if name not in _WEEKDAYS]
            if unknown or len(names) > 2:  # noqa: PLR2004 - a range has two ends
                hint = nearest(unknown[0][:3].lower(), _WEEKDAYS) if unknown else "give a range such as 'mon-fri'"
                self.fault(f"week.{key}", f"{part.strip()!r} names no weekday; {hint}")
                continue
            first, last = _WEEKDAYS.index(names[0]), _WEEKDAYS.index(names[-1])
            found += ((first + step) % 7 for step in range((last - first) % 7 + 1))
        return found

    def hours(self, value: object, key: str) -> list[_Interval]:
        """Read a day's hours; none for a day that is closed."""
        if isinstance(value, str) or not isinstance(value, Sequence):
            self.fault(key, 'give a list such as ["08:30-12:00", "13:00-17:00"], or [] where closed')
            return []
        read = (self.interval(text, f"{key}[{place}]") for place, text in enumerate(value))
        intervals = sorted(interval for interval in read if interval is not None)
        for one, other in itertools.pairwise(intervals):
            if other.opening < one.closing:
                self.fault(other.key, f"{other.text} overlaps {one.text}")
        return intervals

    def interval(self, text: object, key: str) -> _Interval | None:
        """Read ``09:00-17:00``, or a night as ``22:00-06:00`` or ``22:00-30:00``."""
        match = _HOURS.fullmatch(text) if isinstance(text, str) else None
        if match is None:
            self.fault(key, f"{text!r} are no hours; write them as 09:00-17:00, a night as 22:00-06:00")
            return None
        hour, minute, end_hour, end_minute = map(int, match.groups())
        opening, closing = hour * 60 + minute, end_hour * 60 + end_minute
        if closing < opening:
            closing += _DAY_MINUTES
        if opening >= _DAY_MINUTES:
            self.fault(key, f"{text} opens after the day has ended; give it to the day on which it opens")
        elif not opening < closing <= opening + _DAY_MINUTES:
            self.fault(key, f"{text} is not between a minute and 24 hours long; a whole day is 00:00-24:00")
        else:
            return _Interval(opening, closing, match.string, key)
        return None

    def nights(self, one: Sequence[_Interval], following: Sequence[_Interval]) -> None:
        """Refuse a weekday that opens before the last shift of the day before has closed."""
        if one and following and following[0].opening + _DAY_MINUTES < one[-1].closing:
            first = following[0]
            self.fault(first.key, f"{first.text} opens before {one[-1].text} of the day before has closed")

    def special(self, closures: object, days: object) -> dict[int, Special]:
        """Read the dates that differ from the week, by ordinal."""
        special: dict[int, Special] = {}
        for number, key, name in self.dates(closures, "closures", '{ 2026-12-24 = "Christmas Eve" }'):
            special[number] = Special(name=self.name(name, key))
        example = '{ name = "Stocktaking", hours = ["10:00-12:00"] }'
        for number, key, day in self.dates(days, "days", f"{{ 2026-12-26 = {example} }}"):
            if number in special:
                self.fault(key, "is a closure too; keep one of them")
            if not isinstance(day, Mapping):
                self.fault(key, f"give a table such as {example}")
                continue
            for unknown in day.keys() - _DAY_KEYS:
                self.fault(f"{key}.{unknown}", f"unknown key; {nearest(str(unknown), _DAY_KEYS)}")
            hours = self.hours(day.get("hours"), f"{key}.hours")
            special[number] = Special(name=self.name(day.get("name"), f"{key}.name"), hours=_plain(hours))
        return special

    def dates(self, value: object, key: str, example: str) -> Iterator[tuple[int, str, object]]:
        """Yield the entries of a table of dates: ordinal, place, what stands there."""
        if not isinstance(value, Mapping):
            self.fault(key, f"give a table such as {example}")
            return
        for date, entry in value.items():
            try:
                day = date if type(date) is dt.date else instants.parse_day(date, "")
            except InvalidInput as error:
                self.fault(f"{key}.{date}", str(error))
            else:
                yield day.toordinal(), f"{key}.{day}", entry

    def name(self, value: object, key: str) -> str:
        """Read the name of a date."""
        if not isinstance(value, str) or not value.strip():
            self.fault(key, 'give a name such as "Christmas Eve"')
        return str(value)

    def region(self, name: object, source: HolidaySource | None) -> None:
        """Check that the source knows the region."""
        if name is not None and not isinstance(name, str):
            self.fault("holidays", 'name a region such as "US-IL"')
        elif name is not None and source is not None:
            try:
                source.days(name, source.known_until)
            except InvalidInput as error:
                self.fault("holidays", str(error))


def _plain(intervals: Sequence[_Interval]) -> Hours:
    return tuple((interval.opening, interval.closing) for interval in intervals)


# Writing


def table_of(plan: Plan, region: str | None) -> dict[str, Any]:
    """Return the table from which a plan is read: text, lists and tables alone, no key without a value."""
    special = [(dt.date.fromordinal(day).isoformat(), plan.special[day]) for day in sorted(plan.special)]
    closures = {day: found.name for day, found in special if not found.hours}
    days = {day: {"name": found.name, "hours": _written(found.hours)} for day, found in special if found.hours}
    table: dict[str, Any] = {"zone": plan.tz.key, "week": ALWAYS if plan.week == _OPEN_WEEK else _week(plan.week)}
    optional = {"holidays": region, "closures": closures, "days": days}
    return table | {key: value for key, value in optional.items() if value}


def _week(week: Sequence[Hours]) -> dict[str, list[str]]:
    """Return the hours of a week by weekday, or by range where neighbours keep the same."""
    written: dict[str, list[str]] = {}
    for hours, group in itertools.groupby(range(7), key=week.__getitem__):
        first, *rest = group
        if hours:
            written[f"{_WEEKDAYS[first]}-{_WEEKDAYS[rest[-1]]}" if rest else _WEEKDAYS[first]] = _written(hours)
    return written


def _written(hours: Hours) -> list[str]:
    return [f"{_clock(opening)}-{_clock(_closing(opening, closing))}" for opening, closing in hours]


def _closing(opening: int, closing: int) -> int:
    """Return the end of a night as the clock shows it, unless that would be taken for the same day's."""
    on_the_clock = closing - _DAY_MINUTES
    return on_the_clock if 0 < on_the_clock < opening else closing


def _clock(minutes: int) -> str:
    return f"{minutes // 60:02}:{minutes % 60:02}"
