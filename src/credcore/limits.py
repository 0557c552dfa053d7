"""Say how long something may take: in working time, working days, calendar days or months.

A limit is a length without a place; a calendar and an origin give it one. For days, only those after the day of the
origin count, and each counts at its close: a working day with its last interval, a calendar day at the next local
midnight. Months run from a date and clip: a month after 31 January is the end of February, two months are 31 March.

The methods for rules take integer microseconds of UTC. What a running segment ``[a, b)`` uses of a limit is additive
over any split of it, since a day counts if ``a < close <= b``; and a later start never has an earlier deadline.
"""

import datetime as dt
import math
import re
from calendar import monthrange
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, ClassVar, Final, Literal, Self, TypeAlias

import attrs

from credcore.calendars import WorkCalendar
from credcore.errors import InvalidInput, nearest

if TYPE_CHECKING:
    from decimal import Decimal
    from fractions import Fraction

__all__ = [
    "CalendarDays",
    "Lead",
    "Limit",
    "Months",
    "PausableLimit",
    "WorkingDays",
    "WorkingTime",
    "parse_lead",
    "parse_limit",
]

_SECOND: Final = dt.timedelta(seconds=1)
_HOUR_S, _MINUTE_S = 3600, 60
_MOST_DAYS, _MOST_MONTHS = 36_525, 1_200
_CENTURY: Final = "a limit is at most 100 years"


def _count(most: int) -> Callable[[object, "attrs.Attribute[int]", int], None]:
    """Return a validator for a whole number from 0 to ``most``."""

    def check(_: object, field: "attrs.Attribute[int]", value: int) -> None:
        if type(value) is not int or not 0 <= value <= most:
            raise InvalidInput(f"give a whole number from 0 to {most}, not {value!r}; {_CENTURY}", field=field.name)

    return check


def _whole_seconds(_: object, field: "attrs.Attribute[dt.timedelta]", value: dt.timedelta) -> None:
    if not dt.timedelta() <= value <= dt.timedelta(days=_MOST_DAYS) or value % _SECOND:
        raise InvalidInput(f"give whole seconds from 0 upward, not {value}; {_CENTURY}", field=field.name)


def _exact(fraction: "float | Decimal | Fraction") -> "Fraction":
    """Return a fraction as it was written: 0.07 of 100 days are 7, though the float is a little more."""
    from fractions import Fraction  # noqa: PLC0415 - most limits are taken whole

    try:
        exact = Fraction(str(fraction))
    except ValueError:
        exact = Fraction(-1)
    if not 0 <= exact <= 1:
        raise InvalidInput(f"give a fraction from 0 to 1, such as 0.75, not {fraction!r}", field="fraction")
    return exact


@attrs.frozen
class WorkingTime:
    """Working time on a calendar, to the second.

    Attributes:
        amount: From none to 100 years.

    Raises:
        InvalidInput: It is negative, absurdly long, or not in whole seconds.

    Example:
        >>> str(WorkingTime(dt.timedelta(minutes=90)))
        '90 working minutes'
    """

    pausable: ClassVar[bool] = True
    amount: dt.timedelta = attrs.field(validator=_whole_seconds)

    def __str__(self) -> str:
        """Return the text that `parse_limit` reads, in the largest unit that fits."""
        seconds = self.amount // _SECOND
        if seconds % _MINUTE_S:
            return _plural(seconds, "working second")
        if seconds % _HOUR_S:
            return _plural(seconds // _MINUTE_S, "working minute")
        return _plural(seconds // _HOUR_S, "working hour")

    @property
    def size(self) -> int:
        """The limit in working microseconds."""
        return self.amount // dt.timedelta(microseconds=1)

    def measure(self, calendar: WorkCalendar, a: int, b: int, origin: int) -> int:  # noqa: ARG002 - the common shape
        """Return the working microseconds in the running segment ``[a, b)``."""
        return calendar.between_us(a, b)

    def arrive(self, calendar: WorkCalendar, start: int, amount: int, origin: int) -> int:  # noqa: ARG002 - likewise
        """Return the earliest instant by which ``amount`` working microseconds have passed since ``start``."""
        return calendar.after_us(start, amount)

    def deadline_us(self, calendar: WorkCalendar, origin: int) -> int:
        """Return the deadline of what starts at ``origin`` and runs without a pause."""
        return self.arrive(calendar, origin, self.size, origin)

    def fraction(self, fraction: "float | Decimal | Fraction") -> Self:
        """Return this part of the limit, rounded up to a second."""
        seconds = math.ceil(self.amount // _SECOND * _exact(fraction))
        return attrs.evolve(self, amount=seconds * _SECOND)


@attrs.frozen
class WorkingDays:
    """Working days of a calendar, each at its close.

    Attributes:
        n: From 0 to 36,525.

    Raises:
        InvalidInput: It is not such a number.
    """

    pausable: ClassVar[bool] = True
    n: int = attrs.field(validator=_count(_MOST_DAYS))

    def __str__(self) -> str:
        """Return the text that `parse_limit` reads."""
        return _plural(self.n, "working day")

    @property
    def size(self) -> int:
        """The limit in days."""
        return self.n

    def measure(self, calendar: WorkCalendar, a: int, b: int, origin: int) -> int:
        """Return the working days, later than that of ``origin``, with ``a < close <= b``."""
        return calendar.closes_between_us(a, b, origin)

    def arrive(self, calendar: WorkCalendar, start: int, amount: int, origin: int) -> int:
        """Return the close of the ``amount``-th such day since ``start``; for 0, ``start``."""
        return calendar.nth_close_us(start, amount, origin) if amount else start

    def deadline_us(self, calendar: WorkCalendar, origin: int) -> int:
        """Return the deadline of what starts at ``origin`` and runs without a pause."""
        return self.arrive(calendar, origin, self.size, origin)

    def fraction(self, fraction: "float | Decimal | Fraction") -> Self:
        """Return this part of the limit, rounded up to a day."""
        return attrs.evolve(self, n=math.ceil(self.n * _exact(fraction)))


@attrs.frozen
class CalendarDays:
    """Days of the calendar on the wall, each at the next local midnight.

    Attributes:
        n: From 0 to 36,525.

    Raises:
        InvalidInput: It is not such a number.
    """

    pausable: ClassVar[bool] = True
    n: int = attrs.field(validator=_count(_MOST_DAYS))

    def __str__(self) -> str:
        """Return the text that `parse_limit` reads."""
        return _plural(self.n, "day")

    @property
    def size(self) -> int:
        """The limit in days."""
        return self.n

    def measure(self, calendar: WorkCalendar, a: int, b: int, origin: int) -> int:
        """Return the days, later than that of ``origin``, with ``a < close <= b``."""
        return max(0, calendar.civil_day_us(b) - _first_day(calendar, a, origin))

    def arrive(self, calendar: WorkCalendar, start: int, amount: int, origin: int) -> int:
        """Return the close of the ``amount``-th such day since ``start``; for 0, ``start``."""
        return calendar.midnight_us(_first_day(calendar, start, origin) + amount) if amount else start

    def deadline_us(self, calendar: WorkCalendar, origin: int) -> int:
        """Return the deadline of what starts at ``origin`` and runs without a pause."""
        return self.arrive(calendar, origin, self.size, origin)

    def fraction(self, fraction: "float | Decimal | Fraction") -> Self:
        """Return this part of the limit, rounded up to a day."""
        return attrs.evolve(self, n=math.ceil(self.n * _exact(fraction)))


def _first_day(calendar: WorkCalendar, at: int, origin: int) -> int:
    """Return the first day, later than that of the origin, whose close lies after ``at``."""
    return max(calendar.civil_day_us(at), calendar.civil_day_us(origin) + 1)


@attrs.frozen
class Months:
    """Calendar months from a date, to the same day or to the end of its month; they cannot pause.

    Attributes:
        n: From 0 to 1,200.
        count_to: ``"day"``: the last day is the anchor's day of the month, or the month's last. ``"month"``: always
            the month's last.

    Raises:
        InvalidInput: It is not such a number, or counts to something else.
    """

    pausable: ClassVar[bool] = False
    n: int = attrs.field(validator=_count(_MOST_MONTHS))
    count_to: Literal["day", "month"] = attrs.field(default="day")

    @count_to.validator
    def _day_or_month(self, field: "attrs.Attribute[str]", value: str) -> None:
        if value not in ("day", "month"):
            raise InvalidInput(f"months count to the 'day' or the 'month', not {value!r}", field=field.name)

    def __str__(self) -> str:
        """Return the text that `parse_limit` reads."""
        return f"{_plural(self.n, 'month')} to the {self.count_to}"

    def due_on(self, anchor: dt.date, k: int = 1) -> dt.date:
        """Return the last day of the k-th period: the anchor plus ``k * n`` months.

        Counted from the anchor, never from an earlier due date: month ends clip, so chained additions drift.

        Args:
            anchor: The day from which the months run, in the organisation's zone.
            k: Which period; negative ones lie before the anchor.

        Returns:
            A day, inclusive: it ends at the next local midnight.

        Raises:
            InvalidInput: The day would fall outside the years 1 to 9999.

        Example:
            >>> Months(36).due_on(dt.date(2024, 2, 29))
            datetime.date(2027, 2, 28)
            >>> Months(36, "month").due_on(dt.date(2023, 3, 1))
            datetime.date(2026, 3, 31)
        """
        year, month = divmod(anchor.year * 12 + anchor.month - 1 + k * self.n, 12)
        if not dt.MINYEAR <= year <= dt.MAXYEAR:
            raise InvalidInput(f"{k} times {self} from {anchor} lie outside the years 1 to 9999", field="anchor")
        _, last = monthrange(year, month + 1)
        return dt.date(year, month + 1, last if self.count_to == "month" else min(anchor.day, last))

    def deadline_us(self, calendar: WorkCalendar, origin: int) -> int:
        """Return the local midnight that ends the due day of what starts on the day of ``origin``."""
        anchor = dt.date.fromordinal(calendar.civil_day_us(origin))
        return calendar.midnight_us(self.due_on(anchor).toordinal() + 1)

    def fraction(self, fraction: "float | Decimal | Fraction") -> Self:
        """Refuse: months are not equally long.

        Raises:
            InvalidInput: Always.
        """
        raise InvalidInput(f'{self} have no fraction {fraction}; warn a number of days ahead: "30 days before"')


Limit: TypeAlias = WorkingTime | WorkingDays | CalendarDays | Months
PausableLimit: TypeAlias = WorkingTime | WorkingDays | CalendarDays
"""The limits that have a size, measure what runs, and arrive."""


@attrs.frozen
class Lead:
    """A number of days by which something comes before a day.

    Attributes:
        n: From 0 to 36,525.

    Raises:
        InvalidInput: It is not such a number.

    Example:
        >>> Lead(30).day(dt.date(2026, 3, 31))
        datetime.date(2026, 3, 1)
    """

    n: int = attrs.field(validator=_count(_MOST_DAYS))

    def __str__(self) -> str:
        """Return the text that `parse_lead` reads."""
        return f"{_plural(self.n, 'day')} before"

    def day(self, due_on: dt.date) -> dt.date:
        """Return the day on which it comes.

        Raises:
            InvalidInput: It would come before the year 1.
        """
        try:
            return due_on - dt.timedelta(days=self.n)
        except OverflowError:
            raise InvalidInput(f"{self} {due_on} lie before the year 1", field="due_on") from None


# Text

_LIMITS: Final[Mapping[str, Callable[[int], Limit]]] = {
    "working second": lambda n: WorkingTime(n * _SECOND),
    "working minute": lambda n: WorkingTime(n * _MINUTE_S * _SECOND),
    "working hour": lambda n: WorkingTime(n * _HOUR_S * _SECOND),
    "working day": WorkingDays,
    "day": CalendarDays,
    "month": Months,
    "month to the day": Months,
    "month to the month": lambda n: Months(n, "month"),
}

# What people write instead: how many of which.
_INSTEAD: Final[Mapping[str, tuple[int, str]]] = {
    "second": (1, "working second"),
    "minute": (1, "working minute"),
    "hour": (1, "working hour"),
    "business hour": (1, "working hour"),
    "business day": (1, "working day"),
    "calendar day": (1, "day"),
    "week": (7, "day"),
    "year": (12, "month"),
}
_COUNTED: Final = re.compile(r"(\d{1,9}) (.+)", re.ASCII)
_PLURAL: Final = re.compile(r"\b(second|minute|hour|day|week|month|year)s\b")


def parse_limit(text: str, field: str = "limit") -> Limit:
    """Read a limit from its text; ``str`` of a limit writes it.

    Hours, minutes and seconds are working time; on a calendar that never closes, elapsed time.

    Args:
        text: Such as ``"16 working hours"``, ``"10 working days"``, ``"30 days"``, ``"36 months to the month"``.
            Months count to the day unless they say otherwise.
        field: Its name, for the error.

    Raises:
        InvalidInput: It is not such a text, or longer than 100 years.

    Example:
        >>> parse_limit("10 working days")
        WorkingDays(n=10)
        >>> str(parse_limit("36 months"))
        '36 months to the day'
    """
    n, unit = _counted(text)
    if unit in _LIMITS:
        return _LIMITS[unit](n)
    if unit in _INSTEAD:
        each, right = _INSTEAD[unit]
        hint = f"write {_plural(n * each, right)!r}"
    elif unit:
        hint = nearest(unit, _LIMITS)
    else:
        hint = "write a number and a unit, such as '16 working hours', '10 working days', '30 days' or '36 months'"
    raise InvalidInput(f"{text!r} is no limit; {hint}", field=field)


def parse_lead(text: str, field: str = "lead") -> Lead:
    """Read a lead, such as ``"30 days before"``; ``str`` of a lead writes it.

    Raises:
        InvalidInput: It is not such a text, or longer than 100 years.

    Example:
        >>> parse_lead("30 days before")
        Lead(n=30)
    """
    n, unit = _counted(text)
    if unit != "day before":
        raise InvalidInput(f"{text!r} is no lead; write it as '30 days before'", field=field)
    return Lead(n)


def _counted(text: object) -> tuple[int, str]:
    """Return a number and its unit in the singular; no unit where the text does not have that form."""
    match = _COUNTED.fullmatch(text) if isinstance(text, str) else None
    return (int(match[1]), _PLURAL.sub(r"\1", match[2])) if match else (0, "")


def _plural(n: int, unit: str) -> str:
    return f"{n} {unit}" if n == 1 else f"{n} {unit}s"
