"""When committees meet, and which meeting a packet can still reach."""

import datetime as dt
import itertools
import zoneinfo

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from credcore.calendars import WorkCalendar
from credcore.committee import Committee, PlannedMeeting, next_with_seat
from credcore.errors import InvalidInput, NaiveInstant

CHICAGO = zoneinfo.ZoneInfo("America/Chicago")
OFFICE = WorkCalendar(
    week={"mon-fri": ["08:30-12:00", "13:00-17:00"]},
    zone="America/Chicago",
    closures={"2025-11-11": "Veterans Day", "2026-03-17": "Move"},
)
CREDENTIALS = Committee(
    code="credentials",
    title="Credentials committee",
    rrule="FREQ=MONTHLY;BYDAY=2TU,4TU",
    at=dt.time(7, 30),
    seats=12,
    cutoff_working_days=5,
    calendar=OFFICE,
)


def local(*wall):
    """Return an instant of the wall in Chicago."""
    return dt.datetime(*wall, tzinfo=CHICAGO)


def first(committee, day, count=1):
    """Return the first meetings after a day."""
    return list(itertools.islice(committee.meetings_after(day), count))


class TestMeetings:
    """Dates by rule."""

    def test_second_and_fourth_tuesday(self):
        """March 2026 has its second and fourth Tuesday on the 10th and the 24th."""
        assert [meeting.meets_at for meeting in first(CREDENTIALS, dt.date(2026, 3, 1), 2)] == [
            local(2026, 3, 10, 7, 30),
            local(2026, 3, 24, 7, 30),
        ]

    def test_the_time_on_the_wall_stays(self):
        """A meeting at 07:30 is at 07:30 in winter and in summer, an hour apart in UTC."""
        winter, summer = (first(CREDENTIALS, dt.date(2026, month, 1))[0].meets_at for month in (1, 7))
        assert (winter.hour, summer.hour) == (13, 12)

    def test_only_later_days(self):
        """A day's own meeting is not after that day."""
        assert first(CREDENTIALS, dt.date(2026, 3, 10))[0].meets_at == local(2026, 3, 24, 7, 30)

    def test_the_cutoff_is_the_close_of_a_working_day(self):
        """Five working days before the 24th, with the 17th closed, is the 16th at its close."""
        assert first(CREDENTIALS, dt.date(2026, 3, 20))[0].cutoff_at == local(2026, 3, 16, 17)

    def test_a_date_on_a_holiday_is_passed_over(self):
        """Veterans Day 2025 is a second Tuesday: nobody meets."""
        assert first(CREDENTIALS, dt.date(2025, 11, 1))[0].meets_at == local(2025, 11, 25, 7, 30)

    def test_a_weekend_is_no_holiday(self):
        """A committee may meet on a Saturday, when the office has no hours."""
        saturdays = attrs.evolve(CREDENTIALS, rrule="FREQ=WEEKLY;BYDAY=SA")
        assert first(saturdays, dt.date(2026, 3, 1))[0].meets_at == local(2026, 3, 7, 7, 30)

    def test_every_other_week_counts_from_a_first_date(self):
        """With an interval, the first date says which weeks are meant."""
        fortnightly = attrs.evolve(CREDENTIALS, rrule="FREQ=WEEKLY;INTERVAL=2;BYDAY=TH", starts_on=dt.date(2026, 3, 5))
        assert [meeting.meets_at.astimezone(CHICAGO).day for meeting in first(fortnightly, dt.date(2026, 3, 1), 3)] == [
            5,
            19,
            2,
        ]

    def test_a_rule_with_an_end_ends(self):
        """A rule that counts its dates gives no more."""
        twice = attrs.evolve(CREDENTIALS, rrule="FREQ=MONTHLY;BYDAY=2TU;COUNT=2", starts_on=dt.date(2026, 3, 1))
        assert len(list(twice.meetings_after(dt.date(2026, 1, 1)))) == 2

    def test_out_of_turn(self):
        """A meeting by hand has its cut-off like any other."""
        meeting = CREDENTIALS.meeting_on(dt.date(2026, 3, 13))
        assert (meeting.meets_at, meeting.cutoff_at) == (local(2026, 3, 13, 7, 30), local(2026, 3, 6, 17))

    def test_it_meets_in_the_zone_of_its_calendar(self):
        """The zone is the calendar's."""
        assert CREDENTIALS.zone == "America/Chicago"

    @given(st.dates(dt.date(2020, 1, 1), dt.date(2040, 1, 1)))
    def test_cutoff_before_meeting_and_both_rise(self, day):
        """Packets close before the meeting, and a later meeting never closes earlier."""
        one, other = first(CREDENTIALS, day, 2)
        assert one.cutoff_at < one.meets_at < other.meets_at
        assert one.cutoff_at <= other.cutoff_at


class TestRefusals:
    """What no committee can be."""

    @pytest.mark.parametrize(
        ("rule", "message"),
        [
            ("FREQ=MONTHLY;BYDAY=2TX", "rrule: 'FREQ=MONTHLY;BYDAY=2TX' is no recurrence rule such as"),
            ("second Tuesday", "names no frequency by days; write it as FREQ=MONTHLY;BYDAY=2TU,4TU"),
            ("FREQ=HOURLY", "names no frequency by days"),
            ("FREQ=DAILY;BYHOUR=9", "leave DTSTART and BYHOUR out"),
        ],
    )
    def test_rules_that_cannot_be_read(self, rule, message):
        """A rule that gives no dates is refused with its field and an example."""
        with pytest.raises(InvalidInput, match=message):
            attrs.evolve(CREDENTIALS, rrule=rule)

    @pytest.mark.parametrize("field", ["seats", "cutoff_working_days"])
    def test_at_least_one(self, field):
        """A committee without a seat, or with a packet on the day itself, is refused."""
        with pytest.raises(InvalidInput, match=f"{field}: give a whole number from 1 up, not 0"):
            attrs.evolve(CREDENTIALS, **{field: 0})


class TestSeats:
    """The next meeting with a seat."""

    @staticmethod
    def meeting(day, seats):
        """Return a meeting in March 2026, whose packets close two days earlier."""
        return PlannedMeeting(
            committee="c", meets_at=local(2026, 3, day, 9), cutoff_at=local(2026, 3, day - 2, 17), seats=seats
        )

    def test_the_earliest_that_has_one(self):
        """In any order of the meetings, the earliest with a seat is chosen."""
        full, good, late = self.meeting(10, 0), self.meeting(17, 1), self.meeting(24, 5)
        assert next_with_seat([late, good, full], local(2026, 3, 2, 9)) is good

    def test_at_the_cutoff_it_is_too_late(self):
        """Packets close at the cut-off, not after it."""
        one, other = self.meeting(10, 3), self.meeting(17, 3)
        assert next_with_seat([one, other], one.cutoff_at) is other
        assert next_with_seat([one, other], one.cutoff_at - dt.timedelta(microseconds=1)) is one

    def test_none_in_time(self):
        """Without a seat in time there is no meeting."""
        assert next_with_seat([self.meeting(10, 3)], local(2026, 4, 1, 9)) is None

    def test_the_instant_needs_a_zone(self):
        """An instant that nobody can place is refused."""
        with pytest.raises(NaiveInstant):
            next_with_seat([], dt.datetime(2026, 3, 2, 9))  # noqa: DTZ001 - the point
