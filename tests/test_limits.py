"""Limits: what a policy's words mean on a calendar, then the laws that rules lean on."""

import datetime as dt
import fractions
import zoneinfo
from decimal import Decimal

import attrs
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from credcore.calendars import WorkCalendar
from credcore.errors import InvalidInput
from credcore.instants import day_start_us, to_us
from credcore.limits import (
    CalendarDays,
    Lead,
    Limit,
    Months,
    PausableLimit,
    WorkingDays,
    WorkingTime,
    parse_lead,
    parse_limit,
)

CHICAGO = "America/Chicago"
OFFICE = WorkCalendar(
    week={"mon-fri": ["08:30-12:00", "13:00-17:00"], "sat": ["09:00-12:00"]},
    zone=CHICAGO,
    closures={"2025-12-25": "Christmas Day", "2026-01-01": "New Year's Day"},
    days={"2025-12-24": {"name": "Christmas Eve", "hours": ["08:30-12:00"]}},
)
NIGHTS = WorkCalendar(week={"mon-fri": ["22:00-06:00"]}, zone=CHICAGO)
CALENDARS = (
    OFFICE,
    NIGHTS,
    WorkCalendar.always("Europe/Amsterdam"),
    WorkCalendar(week={"mon-wed": ["20:00-24:00"], "thu": ["00:00-24:00"], "sun": ["01:30-02:30"]}, zone=CHICAGO),
    WorkCalendar(week={"mon-sun": ["18:00-32:00"]}, zone="Australia/Lord_Howe"),
    WorkCalendar(week={"mon-sat": ["09:00-13:00", "23:30-24:30"]}, zone="America/St_Johns"),
    WorkCalendar(week={"tue-sat": ["09:00-17:00"]}, zone="Pacific/Apia"),
)


def local(text: str, zone: str = CHICAGO) -> int:
    """Read a wall time in a zone as microseconds of UTC."""
    return to_us(dt.datetime.fromisoformat(text).replace(tzinfo=zoneinfo.ZoneInfo(zone)))


class TestCases:
    """Examples that a specialist would recognise, and the cases from the field."""

    @pytest.mark.parametrize(
        ("limit", "deadline"),
        [
            ("0 working hours", "2025-12-23 16:00"),
            ("90 working minutes", "2025-12-24 09:00"),
            ("16 working hours", "2025-12-29 09:30"),
            ("0 working days", "2025-12-23 16:00"),
            ("1 working day", "2025-12-24 12:00"),
            ("2 working days", "2025-12-26 17:00"),
            ("0 days", "2025-12-23 16:00"),
            ("1 day", "2025-12-25 00:00"),
            ("30 days", "2026-01-23 00:00"),
            ("3 months to the day", "2026-03-24 00:00"),
            ("3 months to the month", "2026-04-01 00:00"),
        ],
    )
    def test_a_file_that_starts_before_christmas(self, limit: str, deadline: str):
        """Every kind of limit counts only what its words say, from Tuesday 23 December, 16:00."""
        assert parse_limit(limit).deadline_us(OFFICE, local("2025-12-23 16:00")) == local(deadline)

    def test_case_13_the_day_of_the_start_does_not_count(self):
        """One working day after Saturday 13:30 is Monday's close, whether Saturday was worked or not."""
        for start in ("2026-03-07 08:00", "2026-03-07 11:00", "2026-03-07 13:30", "2026-03-08 12:00"):
            assert WorkingDays(1).deadline_us(OFFICE, local(start)) == local("2026-03-09 17:00")

    @pytest.mark.parametrize(
        ("anchor", "n", "k", "due"),
        [
            ("2024-01-31", 1, 1, "2024-02-29"),
            ("2024-01-31", 1, 2, "2024-03-31"),
            ("2024-02-29", 36, 1, "2027-02-28"),
            ("2024-02-29", 36, 4, "2036-02-29"),
            ("2024-02-29", 12, -1, "2023-02-28"),
            ("2008-02-29", 12, -1, "2007-02-28"),  # ThreeTen/threetenbp: test_minusMonths_long_adjustDayFromLeapYear
        ],
    )
    def test_case_15_months_count_from_the_anchor(self, anchor: str, n: int, k: int, due: str):
        """Month ends clip, and what clipped does not stay clipped: the anchor keeps its day."""
        assert Months(n).due_on(dt.date.fromisoformat(anchor), k) == dt.date.fromisoformat(due)

    def test_case_15_chained_months_would_drift(self):
        """The second month from 31 January is not the month after the first."""
        month, anchor = Months(1), dt.date(2024, 1, 31)
        assert month.due_on(month.due_on(anchor)) == dt.date(2024, 3, 29)
        assert month.due_on(anchor, 2) == dt.date(2024, 3, 31)

    @pytest.mark.parametrize(
        ("decided", "due"),
        [("2024-02-29", "2027-02-28"), ("2023-03-01", "2026-03-31"), ("2023-03-31", "2026-03-31")],
    )
    def test_ncqa_counts_to_the_month(self, decided: str, due: str):
        """Recredentialing is due at the end of the 36th month after the decision's, whatever its day."""
        cycle = parse_limit("36 months to the month")
        assert isinstance(cycle, Months)
        assert cycle.due_on(dt.date.fromisoformat(decided)) == dt.date.fromisoformat(due)

    def test_case_28_a_night_shift_is_one_working_day(self):
        """Started before or after midnight in Monday's night, one working day ends with Tuesday's night."""
        for start in ("2026-03-02 23:00", "2026-03-03 00:30"):
            assert WorkingDays(1).deadline_us(NIGHTS, local(start)) == local("2026-03-04 06:00")

    def test_case_29_a_day_counts_that_closes_as_the_segment_ends(self):
        """What stops running exactly at the close has used the day; what starts running there has not."""
        origin, close = local("2026-03-02 10:00"), local("2026-03-03 17:00")
        limit = WorkingDays(1)
        assert limit.measure(OFFICE, origin, close, origin) == 1
        assert limit.measure(OFFICE, origin, close - 1, origin) == 0
        assert limit.measure(OFFICE, close, close + 1, origin) == 0
        midnight = local("2026-03-04 00:00")
        assert CalendarDays(1).measure(OFFICE, origin, midnight, origin) == 1
        assert CalendarDays(1).measure(OFFICE, midnight, midnight + 1, origin) == 0

    def test_a_pause_that_hides_the_close_costs_the_day(self):
        """A day whose close falls into a pause does not count, however long it ran before."""
        origin = local("2026-03-02 10:00")
        paused, resumed = local("2026-03-03 16:59"), local("2026-03-03 17:00")
        used = WorkingDays(2).measure(OFFICE, origin, paused, origin)
        assert used == 0
        assert WorkingDays(2).arrive(OFFICE, resumed, 2 - used, origin) == local("2026-03-05 17:00")

    def test_a_long_limit_reaches_over_the_years(self):
        """Six hundred working days and nine thousand days are found on a calendar that was never asked before."""
        fresh = WorkCalendar(week={"mon-fri": ["09:00-17:00"]}, zone=CHICAGO)
        start = local("2026-03-02 10:00")
        assert WorkingDays(600).deadline_us(fresh, start) == local("2028-06-19 17:00")
        assert CalendarDays(9000).deadline_us(fresh, start) == local("2050-10-23 00:00")

    def test_a_skipped_day_counts_as_a_date(self):
        """Apia had no 30 December 2011; days are counted by their dates, which nobody has to explain to a payer."""
        apia = WorkCalendar.always("Pacific/Apia")
        start = local("2011-12-28 12:00", "Pacific/Apia")
        assert CalendarDays(3).deadline_us(apia, start) == local("2012-01-01 00:00", "Pacific/Apia")

    def test_fractions_round_up(self):
        """Three quarters of ten days are eight; 0.07 of a hundred are seven as written, not eight as floats say."""
        assert WorkingDays(10).fraction(0.75) == WorkingDays(8)
        assert CalendarDays(100).fraction(0.07) == CalendarDays(7)
        assert WorkingTime(dt.timedelta(hours=16)).fraction(Decimal("0.75")) == WorkingTime(dt.timedelta(hours=12))
        assert WorkingTime(dt.timedelta(seconds=1)).fraction(fractions.Fraction(1, 3)).size == 1_000_000
        assert WorkingDays(10).fraction(0) == WorkingDays(0)

    @pytest.mark.parametrize("fraction", [-0.1, 1.1, float("nan"), float("inf")])
    def test_a_fraction_is_a_part(self, fraction: float):
        """Less than nothing and more than all are refused."""
        with pytest.raises(InvalidInput, match=r"from 0 to 1, such as 0\.75"):
            WorkingDays(10).fraction(fraction)

    def test_months_have_no_fraction_and_do_not_pause(self):
        """Months warn a number of days ahead, and the refusal says so."""
        with pytest.raises(InvalidInput, match=r'36 months to the day have no fraction .* "30 days before"'):
            Months(36).fraction(0.75)
        assert not Months(36).pausable
        assert all(limit.pausable for limit in (WorkingTime, WorkingDays, CalendarDays))

    def test_a_lead_comes_before_a_day(self):
        """Thirty days before the end of March is the first of it."""
        assert parse_lead("30 days before").day(dt.date(2026, 3, 31)) == dt.date(2026, 3, 1)
        assert str(parse_lead("1 day before")) == "1 day before"
        with pytest.raises(InvalidInput, match="before the year 1"):
            Lead(30).day(dt.date(1, 1, 1))
        with pytest.raises(InvalidInput, match="write it as '30 days before'"):
            parse_lead("30 days")


class TestText:
    """Limits are read and written in the words of a policy."""

    @pytest.mark.parametrize(
        ("text", "limit"),
        [
            ("16 working hours", WorkingTime(dt.timedelta(hours=16))),
            ("1 working hour", WorkingTime(dt.timedelta(hours=1))),
            ("90 working minutes", WorkingTime(dt.timedelta(minutes=90))),
            ("1 working second", WorkingTime(dt.timedelta(seconds=1))),
            ("10 working days", WorkingDays(10)),
            ("30 days", CalendarDays(30)),
            ("0 days", CalendarDays(0)),
            ("36 months to the month", Months(36, "month")),
            ("3 months to the day", Months(3)),
            ("1 month to the day", Months(1)),
        ],
    )
    def test_text_and_limit(self, text: str, limit: Limit):
        """Each kind has its words, in the singular too."""
        assert parse_limit(text) == limit
        assert str(limit) == text

    def test_months_count_to_the_day_unless_they_say_otherwise(self):
        """Bare months are written back with what they count to."""
        assert str(parse_limit("36 months")) == "36 months to the day"

    @pytest.mark.parametrize(
        ("text", "hint"),
        [
            ("2 weeks", "write '14 days'"),
            ("3 years", "write '36 months'"),
            ("10 business days", "write '10 working days'"),
            ("24 hours", "write '24 working hours'"),
            ("10 workng days", "did you mean 'working day'"),
            ("1.5 working hours", "write a number and a unit"),
            ("-1 days", "write a number and a unit"),
            ("ten days", "write a number and a unit"),
            ("", "write a number and a unit"),
            (10, "write a number and a unit"),
            ("36526 days", "at most 100 years"),
            ("1201 months", "at most 100 years"),
            ("999999999 working hours", "at most 100 years"),
        ],
    )
    def test_faults_say_what_would_be_right(self, text: str, hint: str):
        """What people write instead is answered with what they meant."""
        with pytest.raises(InvalidInput, match=hint):
            parse_limit(text)

    @pytest.mark.parametrize("make", [WorkingDays, CalendarDays, Months, Lead])
    @pytest.mark.parametrize("n", [-1, 36_526, 1.0, True, "3"])
    def test_numbers_are_checked_however_a_limit_is_made(self, make: type, n: object):
        """Negative, absurd and other than whole numbers are refused in Python as in a profile."""
        with pytest.raises(InvalidInput, match="whole number"):
            make(n)

    @pytest.mark.parametrize("seconds", [-1, 0.5, 36_526 * 86_400])
    def test_working_time_is_checked(self, seconds: float):
        """Working time is none or more, in whole seconds, and no more than 100 years."""
        with pytest.raises(InvalidInput, match="whole seconds"):
            WorkingTime(dt.timedelta(seconds=seconds))

    def test_months_count_to_a_day_or_a_month(self):
        """Anything else is refused."""
        with pytest.raises(InvalidInput, match="'day' or the 'month', not 'week'"):
            Months(3, "week")  # type: ignore[arg-type]  # the point

    def test_due_days_end_with_the_year_9999(self):
        """There is no date beyond, and none before the year 1."""
        with pytest.raises(InvalidInput, match="years 1 to 9999"):
            Months(36).due_on(dt.date(9998, 1, 1))
        with pytest.raises(InvalidInput, match="years 1 to 9999"):
            Months(36).due_on(dt.date(2, 1, 1), -1)

    @pytest.mark.parametrize("text", ["9000 working hours", "300 working days", "400 days", "2 months"])
    def test_a_deadline_beyond_all_calendars_says_so(self, text: str):
        """From December 9998 no calendar knows the day on which it would be due, and the years are named."""
        calendar = WorkCalendar(week={"mon-fri": ["09:00-17:00"]}, zone=CHICAGO)  # the others are small, and stay so
        with pytest.raises(InvalidInput, match="years 2 to 9998 only"):
            parse_limit(text).deadline_us(calendar, local("9998-12-01 12:00"))

    def test_limits_are_values(self):
        """Equal words are equal limits, and none can be changed."""
        assert {WorkingDays(3), parse_limit("3 working days")} == {WorkingDays(3)}
        assert WorkingDays(3) != CalendarDays(3)
        with pytest.raises(attrs.exceptions.FrozenInstanceError):
            WorkingDays(3).n = 4  # type: ignore[misc]  # the point


# Instants lie around New Year, changes of the clock, a skipped day and a leap day: a day, a minute that is often a
# border, and a microsecond more or less.

ANCHORS = [
    dt.datetime(2025, 12, 22, tzinfo=dt.UTC),
    dt.datetime(2026, 3, 6, tzinfo=dt.UTC),
    dt.datetime(2026, 10, 23, tzinfo=dt.UTC),
    dt.datetime(2010, 11, 5, tzinfo=dt.UTC),
    dt.datetime(2011, 12, 27, tzinfo=dt.UTC),
    dt.datetime(2024, 2, 26, tzinfo=dt.UTC),
]
working_seconds = st.integers(0, 200 * 60).map(lambda minutes: dt.timedelta(minutes=minutes))
pausable_limits = st.one_of(
    st.builds(WorkingTime, working_seconds | st.integers(0, 10**6).map(lambda s: dt.timedelta(seconds=s))),
    st.builds(WorkingDays, st.integers(0, 12)),
    st.builds(CalendarDays, st.integers(0, 40)),
)
month_limits = st.builds(Months, st.integers(0, 40), st.sampled_from(["day", "month"]))


@st.composite
def moments(draw: st.DrawFn, count: int) -> tuple[WorkCalendar, list[int]]:
    """Draw a calendar and ascending instants a few days apart."""
    calendar, anchor = draw(st.sampled_from(CALENDARS)), draw(st.sampled_from(ANCHORS))
    start, end = to_us(anchor), to_us(anchor + dt.timedelta(days=14))
    borders = [until for _, until, _, _ in calendar.segments_us(start, end)]
    midnights = [day_start_us(anchor.date() + dt.timedelta(days=day), calendar.tz) for day in range(1, 14)]
    minutes = st.integers(0, 14 * 1440 - 1).map(lambda minute: start + minute * 60_000_000)
    marks = minutes | st.sampled_from(borders) | st.sampled_from(midnights)
    drawn = draw(st.lists(st.tuples(marks, st.sampled_from([-1, 0, 0, 1])), min_size=count, max_size=count))
    return calendar, sorted(mark + nudge for mark, nudge in drawn)


laws = settings(max_examples=100, deadline=None)


class TestLaws:
    """What holds for every limit, on every calendar."""

    @laws
    @given(pausable_limits | month_limits)
    def test_text_round_trips(self, limit: Limit):
        """Every limit is read back from what it writes."""
        assert parse_limit(str(limit)) == limit

    @laws
    @given(st.integers(0, 36_525))
    def test_leads_round_trip(self, n: int):
        """Every lead is read back from what it writes."""
        assert parse_lead(str(Lead(n))) == Lead(n)

    @laws
    @given(moments(2), pausable_limits | month_limits)
    def test_a_later_start_never_has_an_earlier_deadline(self, drawn: tuple[WorkCalendar, list[int]], limit: Limit):
        """Whoever starts later is never due earlier, and nobody before having started."""
        calendar, (a, b) = drawn
        assert a <= limit.deadline_us(calendar, a) <= limit.deadline_us(calendar, b)

    @laws
    @given(moments(4), pausable_limits)
    def test_measure_is_additive(self, drawn: tuple[WorkCalendar, list[int]], limit: PausableLimit):
        """Splitting a running segment changes nothing, and running longer never uses less."""
        calendar, (origin, a, b, c) = drawn
        first, second = limit.measure(calendar, a, b, origin), limit.measure(calendar, b, c, origin)
        assert first + second == limit.measure(calendar, a, c, origin)
        assert first >= 0
        assert limit.measure(calendar, a, a, origin) == 0

    @laws
    @given(moments(2), pausable_limits)
    def test_arrive_is_the_first_instant_that_uses_the_amount(
        self, drawn: tuple[WorkCalendar, list[int]], limit: PausableLimit
    ):
        """What runs until it arrives has used the amount; a microsecond earlier it has not."""
        calendar, (origin, start) = drawn
        end = limit.arrive(calendar, start, limit.size, origin)
        assert limit.measure(calendar, start, end, origin) >= limit.size
        if limit.size:
            assert limit.measure(calendar, start, end - 1, origin) < limit.size
        else:
            assert end == start

    @laws
    @given(moments(3), pausable_limits)
    def test_what_is_used_is_not_needed_again(self, drawn: tuple[WorkCalendar, list[int]], limit: PausableLimit):
        """Stopping on the way to the deadline and going on at once arrives at the same deadline."""
        calendar, (origin, start, middle) = drawn
        used = limit.measure(calendar, start, middle, origin)
        assume(used < limit.size)
        straight = limit.arrive(calendar, start, limit.size, origin)
        assert limit.arrive(calendar, middle, limit.size - used, origin) == straight

    @laws
    @given(moments(3))
    def test_days_are_counted_at_their_closes(self, drawn: tuple[WorkCalendar, list[int]]):
        """Both kinds of days equal a count, day after day, of the closes that fall into the segment."""
        calendar, (origin, a, b) = drawn
        working, civil = calendar.working_day_us(origin), calendar.civil_day_us(origin)
        dates = [dt.date.fromordinal(day) for day in range(civil - 2, civil + 18)]
        worked = [day for day in dates if calendar.working_days_between(day - dt.timedelta(days=1), day)]
        closes = [to_us(calendar.day_close(day)) for day in worked if day.toordinal() > working]
        assert WorkingDays(1).measure(calendar, a, b, origin) == sum(a < close <= b for close in closes)
        ends = [day_start_us(day + dt.timedelta(days=1), calendar.tz) for day in dates if day.toordinal() > civil]
        assert CalendarDays(1).measure(calendar, a, b, origin) == sum(a < end <= b for end in ends)

    @laws
    @given(pausable_limits, st.fractions(0, 1), st.fractions(0, 1))
    def test_fractions_are_ordered(self, limit: PausableLimit, f: fractions.Fraction, g: fractions.Fraction):
        """A larger part is never shorter, none is longer than the whole, and the whole is the whole."""
        low, high = limit.fraction(min(f, g)), limit.fraction(max(f, g))
        assert 0 <= low.size <= high.size <= limit.size
        assert limit.fraction(1) == limit
        assert high.size >= limit.size * max(f, g)

    @laws
    @given(st.dates(dt.date(1990, 1, 1), dt.date(2060, 12, 31)), st.integers(0, 40), st.integers(-5, 5))
    def test_due_days_follow_the_month_of_the_anchor(self, anchor: dt.date, n: int, k: int):
        """The due day lies ``k * n`` months on; to the month it is the last day, to the day never a later one."""
        to_day, to_month = Months(n).due_on(anchor, k), Months(n, "month").due_on(anchor, k)
        for due in (to_day, to_month):
            assert (due.year - anchor.year) * 12 + due.month - anchor.month == k * n
        assert (to_month + dt.timedelta(days=1)).day == 1
        assert to_day == to_month.replace(day=min(anchor.day, to_month.day))
