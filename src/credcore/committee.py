"""Committees: the order in which bodies approve, when they meet, and when a packet must be in.

A rule such as "second and fourth Tuesday" only plans. What counts are the dates that were planned from it and stored:
a printed calendar has been known to list 8 January as a first Tuesday.
"""

import datetime as dt
import re
from collections.abc import Iterable, Iterator
from typing import Final, Protocol, TypeVar

import attrs
from dateutil import rrule as recurrence

from credcore.calendars import WorkCalendar
from credcore.errors import InvalidInput
from credcore.instants import day_start_us, from_us, to_us, wall_us

__all__ = ["Approval", "Committee", "PlannedMeeting", "Seated", "next_with_seat"]

_BY_DAYS: Final = re.compile(r"\bFREQ=(YEARLY|MONTHLY|WEEKLY|DAILY)\b", re.IGNORECASE)
_TIMES: Final = re.compile(r"\b(DTSTART|BYHOUR|BYMINUTE|BYSECOND)\b", re.IGNORECASE)
_EXAMPLE: Final = "FREQ=MONTHLY;BYDAY=2TU,4TU"
_FIRST: Final = dt.date(2001, 1, 1)


@attrs.frozen
class Approval:
    """One body whose word a kind of file needs; a kind has them in order, and the last one decides.

    Attributes:
        body: Who: ``chair``, ``credentials``, ``board``, ``medical-director``.
        committee: The committee whose meetings it speaks in; empty for a sign-off.
    """

    body: str
    committee: str = ""


@attrs.frozen(kw_only=True)
class PlannedMeeting:
    """A date that a committee's rule gives.

    Attributes:
        committee: Whose.
        meets_at: When it meets.
        cutoff_at: Until when a packet may come in: the agenda is frozen then.
        seats: How many files it can hear.
    """

    committee: str
    meets_at: dt.datetime
    cutoff_at: dt.datetime
    seats: int

    @property
    def free_seats(self) -> int:
        """All of them: nobody sits in a plan yet."""
        return self.seats


def _one_or_more(_committee: object, field: "attrs.Attribute[int]", value: int) -> None:
    if type(value) is not int or value < 1:
        raise InvalidInput(f"give a whole number from 1 up, not {value!r}", field=field.name)


@attrs.frozen(kw_only=True)
class Committee:
    """A body that meets.

    Attributes:
        code: Its name, in kebab-case.
        title: In words.
        rrule: On which dates, as an RFC 5545 recurrence rule without a time: ``FREQ=MONTHLY;BYDAY=2TU,4TU``.
        at: At what time on the wall, in the calendar's zone.
        seats: How many files a meeting can hear.
        cutoff_working_days: How many working days before the meeting a packet must be in.
        calendar: Whose working days those are. No meeting is planned for a holiday or another closure of it.
        starts_on: From where the rule counts: every other Tuesday needs a first one.

    Raises:
        InvalidInput: The rule cannot be read, or a number is below 1.

    Example:
        >>> office = WorkCalendar(week={"mon-fri": ["08:30-17:00"]}, zone="America/Chicago")
        >>> committee = Committee(
        ...     code="credentials", rrule="FREQ=MONTHLY;BYDAY=2TU,4TU", at=dt.time(7, 30), seats=12,
        ...     cutoff_working_days=5, calendar=office,
        ... )
        >>> meeting = next(committee.meetings_after(dt.date(2026, 3, 10)))
        >>> meeting.meets_at.astimezone(office.tz).isoformat()
        '2026-03-24T07:30:00-05:00'
        >>> meeting.cutoff_at.astimezone(office.tz).isoformat()
        '2026-03-17T17:00:00-05:00'
    """

    code: str
    title: str = ""
    rrule: str
    at: dt.time
    seats: int = attrs.field(validator=_one_or_more)
    cutoff_working_days: int = attrs.field(validator=_one_or_more)
    calendar: WorkCalendar
    starts_on: dt.date = _FIRST
    _dates: recurrence.rrule | recurrence.rruleset = attrs.field(init=False, repr=False, eq=False)

    @_dates.default
    def _read(self) -> recurrence.rrule | recurrence.rruleset:
        if not _BY_DAYS.search(self.rrule):
            raise InvalidInput(f"{self.rrule!r} names no frequency by days; write it as {_EXAMPLE}", field="rrule")
        if _TIMES.search(self.rrule):
            raise InvalidInput("the time and the first date stand apart; leave DTSTART and BYHOUR out", field="rrule")
        start = dt.datetime.combine(self.starts_on, dt.time())
        try:
            return recurrence.rrulestr(self.rrule, dtstart=start)
        except (ValueError, TypeError, OverflowError, KeyError, AttributeError) as error:
            message = f"{self.rrule!r} is no recurrence rule such as {_EXAMPLE}: {error}"
            raise InvalidInput(message, field="rrule") from error

    @property
    def zone(self) -> str:
        """The time zone in which it meets."""
        return self.calendar.zone

    def meetings_after(self, day: dt.date) -> Iterator[PlannedMeeting]:
        """Yield the meetings on later days than ``day``, in order; without end unless the rule has one.

        A meeting keeps its time on the wall through daylight saving. A date that the calendar closes by name, such as
        a holiday, is passed over: schedule a replacement by hand. A weekday without hours is none of these.

        Raises:
            InvalidInput: The years run out.
        """
        after = dt.datetime.combine(day, dt.time())
        for moment in self._dates.xafter(after):
            on = moment.date()
            if not self._is_holiday(on):
                yield self.meeting_on(on)

    def meeting_on(self, day: dt.date) -> PlannedMeeting:
        """Return the meeting on a day, be it by the rule or out of turn.

        Raises:
            InvalidInput: The years run out.
        """
        last_day = self.calendar.nth_working_day(day, -self.cutoff_working_days)
        return PlannedMeeting(
            committee=self.code,
            meets_at=from_us(wall_us(dt.datetime.combine(day, self.at), self.calendar.tz)),
            cutoff_at=self.calendar.day_close(last_day),
            seats=self.seats,
        )

    def _is_holiday(self, day: dt.date) -> bool:
        if self.calendar.working_days_between(day - dt.timedelta(days=1), day):
            return False
        since, until = (day_start_us(day + dt.timedelta(days=n), self.calendar.tz) for n in (0, 1))
        names = {name for _, _, _, name in self.calendar.segments_us(since, until)}
        return not names <= {"open", "outside hours"}


class Seated(Protocol):
    """A meeting as far as its next free seat goes."""

    @property
    def meets_at(self) -> dt.datetime:
        """When it meets."""

    @property
    def cutoff_at(self) -> dt.datetime:
        """Until when a packet may come in."""

    @property
    def free_seats(self) -> int:
        """How many more files it can hear."""


_Meeting = TypeVar("_Meeting", bound=Seated)


def next_with_seat(meetings: Iterable[_Meeting], at: dt.datetime) -> _Meeting | None:
    """Return the earliest meeting that a packet can still reach: before its cut-off, and with a seat left.

    Args:
        meetings: In any order; leave out those that were cancelled or held.
        at: An aware instant: when the packet is ready.

    Returns:
        The meeting; None if none has a seat in time.

    Raises:
        NaiveInstant: ``at`` has no zone.
    """
    to_us(at)
    reachable = (meeting for meeting in meetings if at < meeting.cutoff_at and meeting.free_seats > 0)
    return min(reachable, key=lambda meeting: meeting.meets_at, default=None)
