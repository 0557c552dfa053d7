"""Working time beside another library, over random calendars, spans and zones; and where it defines a thing otherwise.

`django-bizcal` walks day by day, and needs no settings of Django for that. It is asked in UTC: it compares two instants
of one zone by what the wall shows, and an hour that comes twice is shown twice.
"""

import datetime as dt
from typing import NamedTuple

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from credcore.calendars import WorkCalendar

bizcal = pytest.importorskip("django_bizcal", reason="the group test has django-bizcal")

DAY = dt.timedelta(days=1)
MINUTE = dt.timedelta(minutes=1)
NAMES = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
# A week before a change of the clock in each zone, so that a span often lies over it.
PLACES = {
    "America/Chicago": (dt.date(2026, 3, 2), dt.date(2026, 10, 26)),
    "Europe/Amsterdam": (dt.date(2026, 3, 23), dt.date(2026, 10, 19)),
    "Australia/Lord_Howe": (dt.date(2026, 3, 30), dt.date(2026, 9, 28)),
    "Asia/Kolkata": (dt.date(2025, 12, 22),),
}
Hours = list[tuple[str, str]]


class Asked(NamedTuple):
    """A week, single dates, a zone and a span."""

    zone: str
    week: dict[int, Hours]
    closed: set[dt.date]
    special: dict[dt.date, Hours]
    start: dt.datetime
    end: dt.datetime

    @property
    def ours(self) -> WorkCalendar:
        """Return the calendar under test."""
        return WorkCalendar(
            week={NAMES[day]: _texts(hours) for day, hours in self.week.items()},
            zone=self.zone,
            closures=dict.fromkeys(self.closed, "closed"),
            days={day: {"name": "special", "hours": _texts(hours)} for day, hours in self.special.items()},
        )

    @property
    def theirs(self):
        """Return the other library's."""
        return bizcal.WorkingCalendar(
            tz=self.zone,
            weekly_schedule={day: _blocks(hours) for day, hours in self.week.items()},
            day_overrides=dict.fromkeys(self.closed, ()) | {day: _blocks(h) for day, h in self.special.items()},
        )


def _texts(hours: Hours) -> list[str]:
    return [f"{opening}-{closing}" for opening, closing in hours]


def _blocks(hours: Hours) -> list[tuple[str, str, int]]:
    return [(opening, closing, int(closing < opening)) for opening, closing in hours]


# No border lies in the small hours, which a zone may skip: that is defined otherwise, see below.
half_hours = st.integers(8, 46).map(lambda n: f"{n // 2:02}:{n % 2 * 30:02}")
day_hours = st.lists(half_hours, unique=True, max_size=4).map(
    lambda borders: list(zip(sorted(borders)[::2], sorted(borders)[1::2], strict=False))
)


@st.composite
def asked(draw: st.DrawFn, *, nights: bool = True) -> Asked:
    """Draw a calendar and a span of up to three weeks around a remarkable day."""
    zone = draw(st.sampled_from(sorted(PLACES)))
    first = draw(st.sampled_from(PLACES[zone]))
    if nights and draw(st.booleans()):
        night = [(draw(st.sampled_from(["18:30", "22:00", "23:30"])), draw(st.sampled_from(["04:00", "06:30"])))]
        week = dict.fromkeys(draw(st.sets(st.integers(0, 6), min_size=1)), night)
    else:
        week = {day: draw(day_hours) for day in range(7)}
        week[draw(st.integers(0, 6))] = [("09:00", "12:30"), ("13:00", "17:00")]
    days = st.integers(-1, 22).map(lambda n: first + n * DAY)
    closed = draw(st.sets(days, max_size=3))
    special = draw(st.dictionaries(days, day_hours.filter(bool), max_size=2))
    midnight = dt.datetime.combine(first, dt.time(), dt.UTC)
    ends = st.integers(0, 21 * 1440).map(lambda minute: midnight + minute * MINUTE)
    start, end = sorted((draw(ends), draw(ends)))
    return Asked(zone, week, closed - special.keys(), special, start, end)


few = settings(max_examples=40, deadline=None)
OFFICE = {day: [("09:00", "17:00")] for day in range(5)}


def utc(text: str) -> dt.datetime:
    """Read an instant."""
    return dt.datetime.fromisoformat(text).replace(tzinfo=dt.UTC)


SPRING = Asked("America/Chicago", {6: [("00:30", "06:00")]}, set(), {}, utc("2026-03-06"), utc("2026-03-10"))


@few
@example(SPRING)
@given(asked())
def test_law_working_time_between_two_instants_is_theirs(case: Asked):
    """Over nights, breaks, closures, single dates and changes of the clock, and the other way round."""
    windows = case.theirs.business_windows_for_range(case.start, case.end, tz="UTC")
    worked = sum((window.duration() for window in windows), dt.timedelta())
    assert case.ours.between(case.start, case.end) == worked
    assert case.ours.between(case.end, case.start) == -worked


@few
@example(SPRING, 300)
@given(asked(), st.integers(1, 40 * 60))
def test_law_the_end_of_some_work_is_theirs(case: Asked, minutes: int):
    """Forward as backward, to the minute."""
    ours, theirs, work = case.ours, case.theirs, minutes * MINUTE
    assert ours.after(case.start, work) == theirs.add_business_time(case.start, work)
    assert ours.before(case.end, work) == theirs.add_business_time(case.end, -work)


@few
@given(asked())
def test_law_open_is_when_they_are(case: Asked):
    """At any instant, and at a border half-open."""
    ours, theirs = case.ours, case.theirs
    borders = [segment.since for segment in ours.segments(case.start, case.start + 3 * DAY)]
    for at in [case.end, *borders, *(border - MINUTE for border in borders)]:
        assert ours.open_at(at) == theirs.is_business_time(at)


@few
@given(asked(nights=False))
def test_law_working_days_by_day_are_theirs(case: Asked):
    """Where no shift crosses midnight, the days that open are theirs, and so is their close."""
    ours, theirs = case.ours, case.theirs
    first, last = case.start.date(), case.end.date()
    assert ours.working_days_between(first - DAY, last) == theirs.count_business_days(first, last)
    day = ours.nth_working_day(first, 1)
    assert day == theirs.next_business_day(first + DAY)
    assert ours.day_close(day) == theirs.closing_for_day(day)


# Where it defines a thing otherwise


def test_otherwise_a_night_belongs_to_the_day_on_which_it_opens():
    """There a date that only the end of a night touches is a business day too; here it is the day before's."""
    case = Asked("America/Chicago", {4: [("22:00", "06:00")]}, set(), {}, utc("2026-03-02"), utc("2026-03-09"))
    friday, saturday = dt.date(2026, 3, 6), dt.date(2026, 3, 7)
    assert case.theirs.list_business_days(friday, saturday) == [friday, saturday]
    assert case.ours.working_days_between(friday - DAY, saturday) == 1


def test_otherwise_no_work_ends_where_it_began():
    """There nothing to do from Sunday is done on Monday morning."""
    case = Asked("America/Chicago", OFFICE, set(), {}, utc("2026-03-08 15:00"), utc("2026-03-09"))
    assert case.ours.after(case.start, dt.timedelta()) == case.start
    assert case.theirs.add_business_time(case.start, dt.timedelta()) == utc("2026-03-09 14:00")


def test_otherwise_the_next_opening_is_later():
    """There the next opening as seen at an opening is that very one."""
    case = Asked("America/Chicago", OFFICE, set(), {}, utc("2026-03-09 14:00"), utc("2026-03-10"))
    assert case.theirs.next_opening_datetime(case.start) == case.start
    assert case.ours.next_open(case.start) == utc("2026-03-10 14:00")


def test_otherwise_a_skipped_time_is_the_instant_of_the_jump():
    """There a shift from a time that the clock skips begins as much after the jump."""
    case = Asked("America/Chicago", {6: [("02:30", "06:00")]}, set(), {}, utc("2026-03-07"), utc("2026-03-09"))
    assert case.ours.between(case.start, case.end) == dt.timedelta(hours=3)
    assert case.theirs.business_time_between(case.start, case.end) == dt.timedelta(hours=2.5)


def test_otherwise_a_working_day_after_is_its_close():
    """There a day after Wednesday 16:30 is Thursday 16:30; here a day is counted at its close."""
    case = Asked("America/Chicago", OFFICE, set(), {}, utc("2026-03-04 22:30"), utc("2026-03-10"))
    assert case.theirs.add_business_days(case.start, 1) == utc("2026-03-05 22:30")
    assert case.ours.day_close(case.ours.nth_working_day(dt.date(2026, 3, 4), 1)) == utc("2026-03-05 23:00")
