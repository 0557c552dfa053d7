"""Working calendars: what a specialist would count on fingers, then the laws, against a count minute by minute."""

import datetime as dt
import functools
import itertools
import json
import os
import subprocess
import sys
import threading
import tomllib
import zoneinfo
from bisect import bisect_left
from collections.abc import Mapping
from typing import NamedTuple

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from credcore.calendars import WorkCalendar
from credcore.errors import InvalidInput, NaiveInstant, ProfileError
from credcore.instants import from_us, to_us

OFFICE_WEEK = {"mon-fri": ["08:30-12:00", "13:00-17:00"], "sat": ["09:00-12:00"]}
NIGHTS = {"mon-fri": ["22:00-06:00"]}
CHICAGO = "America/Chicago"
HOUR = dt.timedelta(hours=1)
MINUTE = dt.timedelta(minutes=1)
MICROSECOND = dt.timedelta(microseconds=1)
MINUTE_US = 60_000_000


def local(text: str, zone: str = CHICAGO) -> dt.datetime:
    """Read a wall time in a zone."""
    return dt.datetime.fromisoformat(text).replace(tzinfo=zoneinfo.ZoneInfo(zone))


def office(**words: object) -> WorkCalendar:
    """Return an office in Chicago with a lunch break and a Saturday morning."""
    return WorkCalendar.from_mapping({"week": OFFICE_WEEK, **words}, zone=CHICAGO, holidays=FewHolidays())


class FewHolidays:
    """Knows the New Year's Days and the Fourths of July of Illinois until 2027; asked beyond, it fails."""

    known_until = 2027

    def days(self, region: str, year: int) -> Mapping[dt.date, str]:
        """Return two holidays a year."""
        if region != "US-IL":
            raise InvalidInput(f"{region!r} is not a region; did you mean 'US-IL'?")
        assert year <= self.known_until
        return {dt.date(year, 1, 1): "New Year's Day", dt.date(year, 7, 4): "Independence Day"}


class TestCases:
    """Examples that a specialist would recognise, and the cases from the field."""

    def test_work_that_fills_the_day_ends_at_its_closing(self):
        """Seven and a half hours from the opening end at 17:00, not on the next morning; and so backward."""
        assert office().after(local("2026-03-02 08:30"), 7.5 * HOUR) == local("2026-03-02 17:00")
        assert office().before(local("2026-03-02 17:00"), 7.5 * HOUR) == local("2026-03-02 08:30")

    def test_intervals_are_half_open(self):
        """An office is open at its opening and closed at its closing."""
        assert office().open_at(local("2026-03-02 08:30"))
        assert not office().open_at(local("2026-03-02 12:00"))
        assert office().next_open(local("2026-03-02 08:30")) == local("2026-03-02 13:00")
        assert office().next_close(local("2026-03-02 12:00")) == local("2026-03-02 17:00")

    def test_case_10_a_trace_names_every_skipped_day(self):
        """Whoever wonders why it took six days and not four reads the holiday, closure and stocktaking by name."""
        calendar = office(
            holidays="US-IL",
            closures={"2026-12-31": "Inventory"},
            days={"2027-01-02": {"name": "Stocktaking", "hours": ["10:00-12:00"]}},
        )
        trace = list(calendar.segments(local("2026-12-30 16:00"), local("2027-01-04 09:00")))
        assert [(segment.name, segment.length / HOUR) for segment in trace] == [
            ("open", 1),
            ("outside hours", 7),
            ("Inventory", 24),
            ("New Year's Day", 24),
            ("Stocktaking", 10),
            ("open", 2),
            ("Stocktaking", 12),
            ("outside hours", 32.5),
            ("open", 0.5),
        ]

    def test_case_11_a_day_has_as_many_intervals_as_it_likes(self):
        """A lunch break is closed, and work that fills the morning ends as it begins."""
        assert office().between(local("2026-03-02 11:00"), local("2026-03-02 14:00")) == 2 * HOUR
        assert office().after(local("2026-03-02 08:30"), 3.5 * HOUR) == local("2026-03-02 12:00")

    def test_case_12_a_start_after_hours_loses_nothing(self):
        """From an evening to the next noon the morning counts, split wherever one likes."""
        evening, noon = local("2026-03-02 19:00"), local("2026-03-03 12:00")
        assert office().between(evening, noon) == 3.5 * HOUR
        for hours in range(18):
            split = evening + hours * HOUR
            assert office().between(evening, split) + office().between(split, noon) == 3.5 * HOUR

    def test_case_13_a_working_day_is_a_day_and_not_some_hours(self):
        """One working day after Saturday 13:30 is all of Monday, however much of Saturday was left."""
        calendar, saturday = office(), dt.date(2026, 3, 7)
        assert calendar.working_day_of(local("2026-03-07 13:30")) == saturday
        assert calendar.nth_working_day(saturday, 1) == dt.date(2026, 3, 9)
        assert calendar.day_close(dt.date(2026, 3, 9)) == local("2026-03-09 17:00")

    def test_case_14_hours_stay_on_the_wall_clock(self):
        """The office opens at 08:30 before and after the clocks change, whatever that is in UTC."""
        for day in ("2026-03-06", "2026-03-09", "2026-10-30", "2026-11-02"):
            assert office().next_open(local(f"{day} 00:00")) == local(f"{day} 08:30")

    def test_case_27_wall_time_maps_to_utc_monotonely(self):
        """A repeated hour counts from its first occurrence, a skipped one is the instant of the jump."""
        autumn = WorkCalendar(week={"sun": ["00:30-01:30"]}, zone=CHICAGO)
        assert autumn.between(local("2025-11-02 00:00"), local("2025-11-03 00:00")) == HOUR
        spring = WorkCalendar(week={"sun": ["02:10-02:50", "03:00-04:00"]}, zone=CHICAGO)
        assert spring.between(local("2026-03-08 00:00"), local("2026-03-09 00:00")) == HOUR
        assert spring.next_open(local("2026-03-08 00:00")) == local("2026-03-08 03:00")

    def test_case_27_differences_are_elapsed_time(self):
        """What is returned is in UTC, for wall times of one zone subtract to an hour too few or too many."""
        start = WorkCalendar.always(CHICAGO).after(local("2025-11-01 12:00"), 24 * HOUR)
        assert start.utcoffset() == dt.timedelta()
        assert start == local("2025-11-02 11:00")

    def test_case_28_a_working_day_is_named_by_its_opening_date(self):
        """On Monday night it is Monday until Tuesday 06:00, before as after midnight."""
        calendar = WorkCalendar(week=NIGHTS, zone=CHICAGO)
        monday, tuesday = dt.date(2026, 3, 2), dt.date(2026, 3, 3)
        assert calendar.working_day_of(local("2026-03-02 23:00")) == monday
        assert calendar.working_day_of(local("2026-03-03 00:30")) == monday
        assert calendar.working_day_of(local("2026-03-03 06:00")) == tuesday
        assert calendar.day_close(calendar.nth_working_day(monday, 1)) == local("2026-03-04 06:00")

    @pytest.mark.parametrize("asked_first", ["old year", "new year", "later", "across"])
    def test_case_39_answers_do_not_depend_on_what_was_asked_first(self, asked_first: str):
        """The night of 31 December belongs to the old year, whichever year was compiled before."""
        calendar = WorkCalendar(week=NIGHTS, zone=CHICAGO)
        match asked_first:
            case "old year":
                calendar.open_at(local("2025-06-01"))
            case "new year":
                calendar.open_at(local("2026-06-01"))
            case "later":
                calendar.working_days_between(dt.date(2030, 1, 1), dt.date(2031, 1, 1))
            case _:
                calendar.between(local("2025-06-01"), local("2027-06-01"))
        assert calendar.between(local("2026-01-01 00:00"), local("2026-01-01 12:00")) == 6 * HOUR
        assert calendar.next_close(local("2026-01-01 01:00")) == local("2026-01-01 06:00")
        assert calendar.working_day_of(local("2026-01-01 01:00")) == dt.date(2025, 12, 31)
        assert calendar.before(local("2026-01-01 23:00"), 9 * HOUR) == local("2025-12-31 22:00")

    @pytest.mark.parametrize("year", [2026, 2027])
    def test_case_39_a_day_of_utc_at_the_turn_of_a_year_is_in_neither(self, year: int):
        """Where a year begins at 06:00 of UTC, what was asked of later hours says nothing of earlier ones, nor they."""
        for first, then in ((8, 3), (3, 8)):
            calendar = WorkCalendar.always(CHICAGO)
            calendar.open_at(local("2026-06-01"))
            new_year = dt.datetime(year, 1, 1, tzinfo=dt.UTC)
            calendar.between(new_year + first * HOUR, new_year + first * HOUR)
            assert calendar.between(new_year + first * HOUR, new_year + then * HOUR) == (then - first) * HOUR

    def test_case_39_work_reaches_over_the_turn_of_a_year(self):
        """What was asked of the last hours of a year does not end what is asked next."""
        calendar = WorkCalendar(week={"mon-fri": ["09:00-16:00"]}, zone="UTC")
        at = dt.datetime(2026, 12, 31, 10, tzinfo=dt.UTC)
        ends = [calendar.after(at, hours * HOUR).isoformat() for hours in (4, 4, 6, 7)]
        assert ends == [
            f"{end}:00:00+00:00" for end in ("2026-12-31T14", "2026-12-31T14", "2026-12-31T16", "2027-01-01T10")
        ]

    def test_case_39_totals_are_read_from_one_compilation(self):
        """Even if another thread grows the calendar backward between two looks, no total is read in both."""

        class Restless(WorkCalendar):
            def _extended(self, first: int, last: int):
                return super()._extended(first - 1, last)

        calm, restless = WorkCalendar(week=NIGHTS, zone=CHICAGO), Restless(week=NIGHTS, zone=CHICAGO)
        at = local("2026-06-01 12:00")
        for ask in (WorkCalendar.after, WorkCalendar.before):
            assert ask(restless, at, 5000 * HOUR) == ask(calm, at, 5000 * HOUR)
        for n in (900, -1300):
            assert restless.nth_working_day(at.date(), n) == calm.nth_working_day(at.date(), n)
        assert restless.nth_close_us(to_us(at), 2000, to_us(at)) == calm.nth_close_us(to_us(at), 2000, to_us(at))

    def test_a_night_that_is_open_through_new_year_is_one_interval(self):
        """Where one shift hands over to the next, nothing closes, not even at the turn of a year."""
        calendar = WorkCalendar(
            week={"mon-sun": ["22:00-30:00", "06:00-22:00"]}, zone=CHICAGO, closures={"2026-02-01": "Fair"}
        )
        assert calendar.next_close(local("2025-12-31 23:00")) == local("2026-02-01 06:00")
        assert calendar.next_open(local("2025-12-31 23:00")) == local("2026-02-02 06:00")
        pieces = list(calendar.segments(local("2025-12-01 23:00"), local("2026-02-03 00:00")))
        assert [piece.name for piece in pieces] == ["open", "Fair", "outside hours", "open"]

    def test_a_date_that_opens_early_begins_when_the_night_before_has_closed(self):
        """Hours of two days never count twice; the later day's begin later, or not at all."""
        calendar = WorkCalendar(
            week={"mon": ["22:00-30:00"]},
            zone="UTC",
            days={"2026-03-03": {"name": "Audit", "hours": ["04:00-05:00", "05:30-08:00"]}},
        )
        monday = local("2026-03-02 00:00", "UTC")
        assert calendar.between(monday, monday + 48 * HOUR) == 10 * HOUR
        assert calendar.working_day_of(monday + 29 * HOUR) == dt.date(2026, 3, 2)
        assert calendar.working_day_of(monday + 31 * HOUR) == dt.date(2026, 3, 3)

    def test_a_skipped_day_is_no_working_day(self):
        """Apia had no 30 December 2011: Friday has no hours, and Saturday follows Thursday."""
        calendar = WorkCalendar(week="always", zone="Pacific/Apia")
        assert calendar.nth_working_day(dt.date(2011, 12, 29), 1) == dt.date(2011, 12, 31)
        assert calendar.working_days_between(dt.date(2011, 12, 1), dt.date(2011, 12, 31)) == 29

    def test_working_days_count_like_dates(self):
        """A day itself does not count, zero names only a working day, and counting back is negative."""
        calendar = office(closures={dt.date(2026, 3, 4): "Move"})
        monday, sunday = dt.date(2026, 3, 2), dt.date(2026, 3, 8)
        assert calendar.working_days_between(monday, sunday) == 4
        assert calendar.working_days_between(sunday, monday) == -4
        assert calendar.nth_working_day(monday, 0) == monday
        assert calendar.nth_working_day(sunday, -4) == dt.date(2026, 3, 3)
        assert calendar.nth_working_day(sunday, 3000) == dt.date(2035, 10, 6)
        assert calendar.nth_working_day(sunday, -3000) == dt.date(2016, 8, 6)
        with pytest.raises(InvalidInput, match="2026-03-08 is no working day"):
            calendar.nth_working_day(sunday, 0)
        with pytest.raises(InvalidInput, match="no working day"):
            calendar.day_close(sunday)

    def test_holidays_end_with_what_is_known(self):
        """An answer within the known holidays is firm, a later one provisional and never asked of the source."""
        calendar = office(holidays="US-IL")
        assert calendar.known_until == dt.date(2027, 12, 31)
        assert not calendar.is_provisional(local("2028-01-01 00:00"))
        assert calendar.is_provisional(local("2028-01-01 00:01"))
        assert calendar.nth_working_day(dt.date(2027, 12, 31), 1) == dt.date(2028, 1, 1)
        assert office().known_until is None
        assert not office().is_provisional(local("2099-01-01 00:00"))

    def test_a_date_of_ones_own_goes_before_a_holiday(self):
        """An office that works on the Fourth of July says so under its days."""
        calendar = office(holidays="US-IL", days={"2026-07-04": {"name": "Parade", "hours": ["10:00-11:00"]}})
        assert calendar.between(local("2026-07-04 00:00"), local("2026-07-05 00:00")) == HOUR

    def test_a_calendar_opens_again_after_the_last_closure(self):
        """A source that closes every day it knows delays the next opening and does not hide it."""

        class AllClosed:
            known_until = 2030

            def days(self, region: str, year: int) -> Mapping[dt.date, str]:
                first = dt.date(year, 1, 1)
                return {first + dt.timedelta(days=day): region for day in range(366)}

        calendar = WorkCalendar(week=OFFICE_WEEK, zone="UTC", region="Nowhere", holidays=AllClosed())
        assert calendar.after(local("2026-03-02 00:00"), HOUR) == local("2031-01-01 09:30", "UTC")
        assert calendar.next_open(local("2026-03-02 00:00")) == local("2031-01-01 08:30", "UTC")
        assert calendar.next_close(local("2026-03-02 00:00")) == local("2031-01-01 12:00", "UTC")

    def test_what_never_closes_says_so(self):
        """An always open calendar counts every hour and has neither a next opening nor a next closing."""
        calendar = WorkCalendar.always(CHICAGO)
        noon = dt.datetime(2026, 3, 2, 18, tzinfo=dt.UTC)
        assert calendar.between(noon, noon + 1000 * HOUR) == 1000 * HOUR
        for question in (calendar.next_open, calendar.next_close):
            with pytest.raises(InvalidInput, match="open without end from 2026-03-02T18:00:00Z"):
                question(noon)

    @pytest.mark.parametrize("year", [1, 9999])
    def test_the_edges_of_the_calendar_are_errors(self, year: int):
        """Years without a year on either side are refused, whatever is asked."""
        at, day = dt.datetime(year, 6, 1, tzinfo=dt.UTC), dt.date(year, 6, 1)
        calendar = office()
        for ask in (
            lambda: calendar.between(at, at),
            lambda: calendar.after(at, HOUR),
            lambda: calendar.before(at, HOUR),
            lambda: calendar.open_at(at),
            lambda: calendar.next_open(at),
            lambda: calendar.next_close(at),
            lambda: calendar.nth_working_day(day, 1),
            lambda: calendar.working_days_between(day, day),
            lambda: calendar.working_day_of(at),
            lambda: calendar.day_close(day),
            lambda: list(calendar.segments(at, at + HOUR)),
            lambda: calendar.midnight_us(day.toordinal()),
        ):
            with pytest.raises(InvalidInput, match="2 to 9998"):
                ask()

    @pytest.mark.parametrize("zone", ["America/Chicago", "Pacific/Apia", "America/Sao_Paulo", "UTC"])
    @pytest.mark.parametrize("year", [2, 1899, 1900, 1950, 2011, 2149, 2150, 9998])
    def test_days_far_away_are_found_without_the_years_between(self, zone, year):
        """Each begins where the day before ends, on the wall, tabled or not; no years are compiled for it."""
        office = WorkCalendar(week={"mon-fri": ["09:00-17:00"]}, zone=zone)
        office.midnight_us(dt.date(2026, 1, 1).toordinal())
        for date in (dt.date(year, 2, 28), dt.date(year, 7, 1), dt.date(year, 12, 20)):
            day = date.toordinal()
            begins, ends = office.midnight_us(day), office.midnight_us(day + 1)
            assert from_us(begins).astimezone(office.tz).date() <= date <= from_us(ends).astimezone(office.tz).date()
            assert {office.civil_day_us(at) for at in (begins, begins + 1, ends - 1)} == {day}
            assert office.civil_day_us(ends) == day + 1
        assert office._years.last - office._years.first < 250

    @pytest.mark.parametrize("wrong", [dt.datetime(2026, 3, 3, 2, tzinfo=dt.UTC), "2026-03-03", None])
    def test_an_instant_is_no_day(self, wrong):
        """In Chicago it is still the second; which day was meant, only the caller knows."""
        office, day = WorkCalendar(week={"mon-fri": ["09:00-17:00"]}, zone="America/Chicago"), dt.date(2026, 3, 2)
        for ask in (
            lambda: office.nth_working_day(wrong, 1),
            lambda: office.working_days_between(wrong, day),
            lambda: office.working_days_between(day, wrong),
            lambda: office.day_close(wrong),
        ):
            with pytest.raises(InvalidInput, match="give a date"):
                ask()

    def test_running_off_the_years_is_an_error(self):
        """A duration that no calendar holds is refused at once, in both directions."""
        at, calendar = local("2026-03-02 12:00"), office()
        for _ in range(2):  # as first asked, and as remembered
            for ask in (calendar.after, calendar.before):
                with pytest.raises(InvalidInput, match="2 to 9998"):
                    ask(at, dt.timedelta.max)
            assert calendar.after(at, HOUR) == local("2026-03-02 14:00")
        for n in (4_000_000, -4_000_000):
            with pytest.raises(InvalidInput, match="2 to 9998"):
                office().nth_working_day(at.date(), n)

    def test_a_naive_instant_and_a_negative_duration_are_refused(self):
        """Nobody can say when a naive instant was, and the other direction has its own method."""
        calendar = office()
        for _ in range(2):  # asked of a day for the first time, and of one that is remembered
            with pytest.raises(NaiveInstant, match="b: "):
                calendar.between(local("2026-03-02 12:00"), dt.datetime(2026, 3, 2))  # noqa: DTZ001 - the point
            with pytest.raises(InvalidInput, match="a: give an aware datetime, not a date"):
                calendar.between(dt.date(2026, 3, 2), local("2026-03-02 12:00"))  # type: ignore[arg-type] # likewise
            calendar.between(local("2026-03-02 12:00"), local("2026-03-02 13:00"))
            with pytest.raises(InvalidInput, match="use `before`"):
                calendar.after(local("2026-03-02 12:00"), -HOUR)
            with pytest.raises(InvalidInput, match="duration: give a timedelta, not a int"):
                calendar.after(local("2026-03-02 12:00"), 3600)  # type: ignore[arg-type] # likewise
            with pytest.raises(NaiveInstant, match="a: "):
                calendar.after(dt.datetime(2026, 3, 2), HOUR)  # noqa: DTZ001 - likewise
            calendar.after(local("2026-03-02 12:00"), HOUR)
        with pytest.raises(InvalidInput, match="use `after`"):
            office().before(local("2026-03-02 12:00"), -HOUR)

    def test_zero_work_ends_where_it_began(self):
        """Even from a closed moment, so that nothing is something's own deadline."""
        sunday = local("2026-03-08 12:00")
        assert office().after(sunday, 0 * HOUR) == office().before(sunday, 0 * HOUR) == sunday

    def test_a_calendar_is_equal_only_to_itself(self):
        """Two calendars with the same hours are two keys; its name for people shows zone and hours."""
        one, other = office(), office()
        assert one != other
        assert len({one, other, one}) == 2
        assert repr(one) == "<WorkCalendar America/Chicago, 40.5 hours a week>"
        assert (one.zone, one.tz) == (CHICAGO, zoneinfo.ZoneInfo(CHICAGO))

    def test_threads_share_a_calendar(self):
        """Growing it from many threads at once gives every one of them the answer of a single thread."""
        shared, answers = office(), {}

        def ask(year: int) -> None:
            answers[year] = shared.between(local(f"{year}-01-01"), local(f"{year + 2}-01-01"))

        threads = [threading.Thread(target=ask, args=(year,)) for year in (2020, 2031, 2009, 2026, 2015, 2037)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        alone = office()
        assert answers == {year: alone.between(local(f"{year}-01-01"), local(f"{year + 2}-01-01")) for year in answers}

    @pytest.mark.parametrize(
        ("start", "hours", "end"),
        [
            # bokmann/business_time:test/test_business_hours.rb
            ("2010-08-04T09:35Z", 8, "2010-08-05T09:35Z"),
            ("2010-04-09T16:50Z", 1, "2010-04-12T09:50Z"),
            ("2010-07-02T16:50Z", 1, "2010-07-06T09:50Z"),
            ("2010-04-12T09:50Z", 3, "2010-04-12T12:50Z"),
        ],
    )
    def test_published_examples_agree(self, start: str, hours: int, end: str):
        """Other projects count nine to five as this one does."""
        calendar = WorkCalendar(week={"mon-fri": ["09:00-17:00"]}, zone="UTC", closures={"2010-07-05": "observed"})
        assert calendar.after(dt.datetime.fromisoformat(start), hours * HOUR) == dt.datetime.fromisoformat(end)


class TestReading:
    """A table is read whole: every fault, each with its place and what would be right."""

    def test_the_words_of_a_week(self):
        """Ranges, lists, ranges over the weekend, both spellings of a night, midnight as an end, hours in any order."""
        week = {"fri-sun": ["22:00-06:00"], "mon,wed-thu": ["13:00-24:00", "08:00-12:00"], "tue": []}
        calendar = WorkCalendar(week=week, zone="UTC")
        monday = local("2026-03-02 00:00", "UTC")
        daily = [calendar.between(monday + 24 * day * HOUR, monday + 24 * (day + 1) * HOUR) / HOUR for day in range(7)]
        assert daily == [21, 0, 15, 15, 2, 8, 8]
        past_midnight = WorkCalendar(week={"sun": ["22:00-30:00"]}, zone="UTC")
        assert past_midnight.next_close(monday) == monday + 6 * HOUR

    def test_a_table_may_have_its_own_zone(self):
        """The table's zone goes before that of the profile."""
        assert (
            WorkCalendar.from_mapping({"week": OFFICE_WEEK, "zone": "Asia/Kolkata"}, zone=CHICAGO).zone
            == "Asia/Kolkata"
        )

    def test_all_faults_are_reported_together(self):
        """A table full of mistakes is one error that names every place."""
        table = {
            "week": {
                "mon-fri": ["08:30-12:00", "11:00-17:00", "9-5"],
                "sta": ["09:00-12:00"],
                "fri": ["24:00-25:00", "08:00-08:00"],
                "sat-sun-mon": [],
                "sat": "09:00-12:00",
            },
            "zone": "America/Chikago",
            "closure": {},
            "closures": {"2026-13-01": "Nothing", "2026-12-26": "", "2026-12-24": "Christmas Eve"},
            "days": {
                "2026-12-24": {"name": "Half a day", "hours": ["08:30-10:00"]},
                "2026-12-27": ["10:00-12:00"],
                "2026-12-28": {"nam": "Stocktaking", "hours": ["10:00-12:00"]},
                dt.datetime(2026, 12, 29): {"name": "Never", "hours": []},  # noqa: DTZ001 - not a date
            },
            "holidays": "US-XX",
        }
        with pytest.raises(ProfileError) as caught:
            WorkCalendar.from_mapping(table, holidays=FewHolidays(), path="calendars.office")
        faults = {fault.key.removeprefix("calendars.office."): fault.message for fault in caught.value.faults}
        assert faults == {
            "closure": "unknown key; did you mean 'closures'?",
            "zone": "'America/Chikago' is not a known time zone; give an IANA name such as America/Chicago",
            "week.mon-fri[1]": "11:00-17:00 overlaps 08:30-12:00",
            "week.mon-fri[2]": "'9-5' are no hours; write them as 09:00-17:00, a night as 22:00-06:00",
            "week.sta": "'sta' names no weekday; did you mean 'sat'?",
            "week.fri[0]": "24:00-25:00 opens after the day has ended; give it to the day on which it opens",
            "week.fri[1]": "08:00-08:00 is not between a minute and 24 hours long; a whole day is 00:00-24:00",
            "week.fri": "the hours of fri are given twice",
            "week.sat-sun-mon": "'sat-sun-mon' names no weekday; give a range such as 'mon-fri'",
            "week.sat": 'give a list such as ["08:30-12:00", "13:00-17:00"], or [] where closed',
            "closures.2026-13-01": "'2026-13-01' is not a day such as 2026-03-02",
            "closures.2026-12-26": 'give a name such as "Christmas Eve"',
            "days.2026-12-24": "is a closure too; keep one of them",
            "days.2026-12-27": 'give a table such as { name = "Stocktaking", hours = ["10:00-12:00"] }',
            "days.2026-12-28.nam": "unknown key; did you mean 'name'?",
            "days.2026-12-28.name": 'give a name such as "Christmas Eve"',
            "days.2026-12-29 00:00:00": "datetime.datetime(2026, 12, 29, 0, 0) is not a day such as 2026-03-02",
            "holidays": "'US-XX' is not a region; did you mean 'US-IL'?",
        }

    @pytest.mark.parametrize(
        ("table", "key", "message"),
        [
            ([], "", "give a table such as"),
            ({}, ".week", "is never open"),
            ({"week": {"mon": []}}, ".week", "is never open"),
            ({"week": "allways"}, ".week", "give 'always' or a table"),
            ({"week": {"mon": ["22:00-06:00"], "tue": ["05:00-12:00"]}}, ".week.tue[0]", "05:00-12:00 opens before"),
            ({"week": {"sun": ["22:00-30:00"], "mon": ["05:00-12:00"]}}, ".week.mon[0]", "of the day before"),
            ({"week": {"mon-fri": ["06:00-08:00", "22:00-07:00"]}}, ".week.mon-fri[0]", "of the day before"),
            ({"week": {"mon": ["08:00-33:00"]}}, ".week.mon[0]", "24 hours long"),
            ({"week": OFFICE_WEEK, "zone": 5}, ".zone", "IANA name"),
            ({"week": OFFICE_WEEK, "closures": []}, ".closures", "give a table such as"),
            ({"week": OFFICE_WEEK, "holidays": 5}, ".holidays", "name a region"),
        ],
    )
    def test_one_fault_has_one_place(self, table: object, key: str, message: str):
        """Each kind of mistake is reported once, even where a range of weekdays repeats it."""
        with pytest.raises(ProfileError) as caught:
            WorkCalendar.from_mapping(table, zone="UTC", path="calendars.x")
        (fault,) = caught.value.faults
        assert fault.key == f"calendars.x{key}"
        assert message in fault.message

    def test_a_zone_must_come_from_somewhere(self):
        """A table without a zone, in a profile without one, is a fault."""
        with pytest.raises(ProfileError, match=r"calendar\.zone: give the IANA name"):
            WorkCalendar.from_mapping({"week": OFFICE_WEEK})

    def test_a_region_needs_a_source(self):
        """A region without a source of holidays says what to install, and where it is named."""
        with pytest.raises(InvalidInput, match=r"US-IL.*credcore\[calendars\]") as caught:
            WorkCalendar.from_mapping({"week": OFFICE_WEEK, "holidays": "US-IL"}, zone=CHICAGO, path="calendars.office")
        assert caught.value.path == "calendars.office.holidays"

    @pytest.mark.parametrize("day", ["0001-01-01", "9999-12-31"])
    def test_a_date_outside_of_all_years_changes_nothing(self, day: str):
        """A closure that no calendar reaches is a date like others: nothing is asked for its sake."""
        calendar = office(closures={day: "Never"})
        assert calendar.between(local("2026-03-02 00:00"), local("2026-03-03 00:00")) == 7.5 * HOUR
        assert calendar.next_open(local("2026-03-02 00:00")) == local("2026-03-02 08:30")

    def test_a_machine_without_zone_data_says_what_to_install(self):
        """Where neither the system nor a package knows any zone, the fault is not the calendar's."""
        code = (
            "import sys; sys.modules['tzdata'] = None\n"
            "from credcore.calendars import WorkCalendar\n"
            "WorkCalendar.always('America/Chicago')"
        )
        bare = {**os.environ, "PYTHONTZPATH": ""}
        ran = subprocess.run([sys.executable, "-c", code], env=bare, capture_output=True, text=True, check=False)  # noqa: S603 - our own code
        said = "calendar.zone: 'America/Chicago' is not a known time zone; this machine has no zone data"
        assert f"{said}: python -m pip install tzdata" in ran.stderr


class TestWriting:
    """A calendar is written in the words that it is read from."""

    def test_it_is_written_as_people_would(self):
        """Neighbouring weekdays alike become a range, a night ends as the clock shows, a closure is no special day."""
        calendar = office(
            week={
                "mon,tue,wed": ["13:00-17:00", "08:30-12:00"],
                "thu": [],
                "sat": ["22:00-30:00"],
                "fri": ["08:00-32:00"],
            },
            holidays="US-IL",
            closures={dt.date(2026, 12, 24): "Christmas Eve"},
            days={
                "2026-12-26": {"name": "Stocktaking", "hours": ["10:00-12:00"]},
                "2026-12-27": {"name": "Rest", "hours": []},
            },
        )
        assert calendar.to_mapping() == {
            "zone": CHICAGO,
            "week": {"mon-wed": ["08:30-12:00", "13:00-17:00"], "fri": ["08:00-32:00"], "sat": ["22:00-06:00"]},
            "holidays": "US-IL",
            "closures": {"2026-12-24": "Christmas Eve", "2026-12-27": "Rest"},
            "days": {"2026-12-26": {"name": "Stocktaking", "hours": ["10:00-12:00"]}},
        }

    def test_what_never_closes_is_written_in_a_word(self):
        """Nothing else is in the table but the zone."""
        assert WorkCalendar.always(CHICAGO).to_mapping() == {"zone": CHICAGO, "week": "always"}

    def test_the_region_is_named_and_its_holidays_come_from_the_source(self):
        """Read again with the same source it knows the same holidays, until the same year."""
        table = office(holidays="US-IL").to_mapping()
        again = WorkCalendar.from_mapping(table, holidays=FewHolidays())
        assert again.to_mapping() == table
        assert again.known_until == dt.date(2027, 12, 31)
        assert not again.open_at(local("2026-01-01 09:00"))


# A model that knows nothing of the library: every minute of a few days, each open or not, each owned by the day that
# opened it first. Wall time is mapped by watching the clock: a border lies where the wall first shows it or more.

DAYS = 9
WINDOWS = [
    (CHICAGO, dt.date(2025, 10, 30)),
    (CHICAGO, dt.date(2026, 3, 5)),
    (CHICAGO, dt.date(2025, 12, 28)),
    ("Europe/Amsterdam", dt.date(2026, 3, 26)),
    ("Europe/Amsterdam", dt.date(2028, 2, 26)),
    ("Pacific/Apia", dt.date(2011, 12, 26)),  # 30 December did not happen
    ("Australia/Lord_Howe", dt.date(2026, 4, 2)),  # half an hour
    ("Australia/Lord_Howe", dt.date(2026, 10, 1)),
    ("America/New_York", dt.date(2026, 10, 29)),
    ("America/New_York", dt.date(2024, 12, 29)),
    ("America/Havana", dt.date(2025, 10, 30)),  # 01:00 back to 00:00
    ("America/St_Johns", dt.date(2010, 11, 4)),  # 00:01 back to 23:01 of the day before
    ("Asia/Beirut", dt.date(2026, 3, 26)),  # midnight is skipped
]


@functools.cache
def wall_clock(zone: str, first: dt.date) -> tuple[int, tuple[int, ...]]:
    """Return a minute of UTC, and from there for each minute the latest wall time shown so far, in minutes."""
    tz = zoneinfo.ZoneInfo(zone)
    start = dt.datetime.combine(first, dt.time(), dt.UTC) - dt.timedelta(days=4)
    epoch = dt.datetime(1, 1, 1)  # noqa: DTZ001 - a wall shows no zone
    shown = (
        (start + minute * MINUTE).astimezone(tz).replace(tzinfo=None) - epoch for minute in range((DAYS + 8) * 1440)
    )
    return int(start.timestamp()) // 60, tuple(itertools.accumulate((wall // MINUTE for wall in shown), max))


class Model:
    """A calendar, minute by minute, over the days from ``first`` on."""

    def __init__(
        self, zone: str, first: dt.date, week: list[list[tuple[int, int]]], special: dict[int, list[tuple[int, int]]]
    ):
        """Paint the minutes day by day; the first day to paint one keeps it."""
        self.origin, self.shown = wall_clock(zone, first)
        self.owner: list[int | None] = [None] * len(self.shown)
        self.first = first.toordinal()
        for day in range(self.first - 3, self.first + DAYS + 3):
            for opening, closing in special.get(day, week[(day - 1) % 7]):
                for minute in range(self.minute(day, opening), self.minute(day, closing)):
                    if self.owner[minute] is None:
                        self.owner[minute] = day
        self.totals = [0, *itertools.accumulate(owner is not None for owner in self.owner)]
        inside = range(self.minute(self.first, 0), self.minute(self.first + DAYS, 0))
        borders = [minute for minute in inside if self.owner[minute] != self.owner[minute - 1]]
        midnights = [self.minute(self.first + day, 0) for day in range(DAYS)]
        self.inside = inside
        self.marks = sorted({*borders, *midnights})

    def minute(self, day: int, wall: int) -> int:
        """Return the first minute at which the wall shows this time of a day."""
        return bisect_left(self.shown, (day - 1) * 1440 + wall)

    def us(self, minute: int) -> int:
        """Return a minute as microseconds of UTC."""
        return (self.origin + minute) * MINUTE_US

    def split(self, at: int) -> tuple[int, int]:
        """Return the minute in which an instant lies, and how far in."""
        minute, rest = divmod(at, MINUTE_US)
        return minute - self.origin, rest

    def total(self, at: int) -> int:
        """Return the open microseconds before an instant."""
        minute, rest = self.split(at)
        return self.totals[minute] * MINUTE_US + (rest if self.owner[minute] is not None else 0)

    def reach(self, total: int) -> tuple[int, int]:
        """Return the first and the last instant by which so much working time has passed."""
        minutes, rest = divmod(total, MINUTE_US)
        last = self.us(bisect_left(self.totals, minutes + 1) - 1) + rest
        return (last if rest else self.us(bisect_left(self.totals, minutes))), last

    def day_of(self, at: int) -> int:
        """Return the day that has opened and not closed, else the day on the wall, which never turns back."""
        minute, _ = self.split(at)
        for day, (opening, closing) in self.spans().items():
            if opening <= minute < closing:
                return day
        return self.shown[minute] // 1440 + 1

    @functools.cache  # noqa: B019 - a model lives as long as its example
    def spans(self) -> dict[int, tuple[int, int]]:
        """Return the first and past-the-last minute of every working day."""
        spans: dict[int, tuple[int, int]] = {}
        for minute, day in enumerate(self.owner):
            if day is not None:
                spans[day] = spans.get(day, (minute,))[0], minute + 1
        return spans


class World(NamedTuple):
    """A calendar and the model that it must agree with."""

    calendar: WorkCalendar
    model: Model


def clock(minutes: int) -> str:
    """Write minutes from midnight as a time."""
    return f"{minutes // 60:02}:{minutes % 60:02}"


def written(hours: list[tuple[int, int]]) -> list[str]:
    """Write a day's hours."""
    return [f"{clock(opening)}-{clock(closing)}" for opening, closing in hours]


def toml(table: Mapping[str, object]) -> str:
    """Write a table in TOML, the tables in it inline; text and lists of it are written as in JSON."""
    return "".join(f"{key} = {_inline(value)}\n" for key, value in table.items())


def _inline(value: object) -> str:
    if not isinstance(value, Mapping):
        return json.dumps(value)
    return f"{{ {', '.join(f'{json.dumps(key)} = {_inline(entry)}' for key, entry in value.items())} }}"


@st.composite
def weeks(draw: st.DrawFn) -> list[list[tuple[int, int]]]:
    """Draw a week by its borders, from any of which to any later one it may be open: nights, breaks and all."""
    borders = sorted(draw(st.lists(st.integers(0, 7 * 48 - 1), min_size=2, max_size=24)))
    borders = [30 * border for border in borders[: len(borders) // 2 * 2]]
    if draw(st.booleans()):
        borders = [*borders[1:], borders[0] + 7 * 1440]
    week: list[list[tuple[int, int]]] = [[] for _ in range(7)]
    for opening, closing in zip(borders[::2], borders[1::2], strict=True):
        day, minute = divmod(opening, 1440)
        length = min(closing - opening, 1440)
        if length:
            week[day % 7].append((minute, minute + length))
    if not any(week):
        week[draw(st.integers(0, 6))].append((0, 1440))
    return [sorted(hours) for hours in week]


@st.composite
def special_hours(draw: st.DrawFn) -> list[tuple[int, int]]:
    """Draw the hours of a date of its own: none, a few, or a long night."""
    borders = sorted(draw(st.lists(st.integers(0, 47), unique=True, max_size=4)))
    hours = [(30 * a, 30 * b) for a, b in zip(borders[::2], borders[1::2], strict=False)]
    if hours and draw(st.booleans()):
        opening, closing = hours[-1]
        hours[-1] = opening, min(closing + 900, opening + 1440)
    return hours


@st.composite
def worlds(draw: st.DrawFn) -> World:
    """Draw a calendar around a remarkable day of a zone, with its model."""
    zone, first = draw(st.sampled_from(WINDOWS))
    week = draw(weeks())
    offsets = st.integers(-2, DAYS + 1)
    special = {
        first.toordinal() + day: hours
        for day, hours in draw(st.dictionaries(offsets, special_hours(), max_size=4)).items()
    }
    names = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
    calendar = WorkCalendar(
        week={name: written(hours) for name, hours in zip(names, week, strict=True)},
        zone=zone,
        closures={dt.date.fromordinal(day): f"closed {day}" for day, hours in special.items() if not hours},
        days={
            dt.date.fromordinal(day): {"name": f"special {day}", "hours": written(hours)}
            for day, hours in special.items()
            if hours
        },
    )
    return World(calendar, Model(zone, first, week, special))


@st.composite
def moments(draw: st.DrawFn, count: int) -> tuple[World, list[int]]:
    """Draw a world and ascending instants in it: a day and a minute, often a border, a microsecond off or not."""
    world = draw(worlds())
    model = world.model
    minutes = st.integers(model.inside.start, model.inside.stop - 1) | st.sampled_from(model.marks)
    spread = st.tuples(minutes, st.sampled_from([-1, 0, 0, 1]))
    drawn = draw(st.lists(spread, min_size=count, max_size=count))
    return world, sorted(model.us(minute) + nudge for minute, nudge in drawn)


laws = settings(max_examples=100, deadline=None)


class TestLaws:
    """What holds for every calendar, at every instant."""

    @laws
    @given(moments(2))
    def test_case_38_between_equals_a_count_minute_by_minute(self, drawn: tuple[World, list[int]]):
        """Working time between two instants is what one counts with a finger on the clock."""
        (calendar, model), (a, b) = drawn
        assert calendar.between_us(a, b) == model.total(b) - model.total(a)
        assert calendar.between(from_us(b), from_us(a)) == (model.total(a) - model.total(b)) * MICROSECOND

    @laws
    @given(moments(3))
    def test_between_answers_the_same_when_asked_again(self, drawn: tuple[World, list[int]]):
        """Days that were asked of are remembered; what is read from there is the count too, in any zone's datetimes."""
        (calendar, model), drawn_us = drawn
        for zone in (dt.UTC, calendar.tz):
            instants = [from_us(us).astimezone(zone) for us in drawn_us]
            for (a, at), (b, until) in itertools.product(zip(drawn_us, instants, strict=True), repeat=2):
                assert calendar.between(at, until) == (model.total(b) - model.total(a)) * MICROSECOND
            calendar.between(instants[0] - dt.timedelta(days=400), instants[-1])  # grown, it has other totals

    @laws
    @given(moments(3), st.lists(st.tuples(st.integers(0, 20_000), st.sampled_from([-1, 0, 1])), min_size=1, max_size=2))
    def test_after_answers_the_same_when_asked_again(
        self, drawn: tuple[World, list[int]], lengths: list[tuple[int, int]]
    ):
        """What is remembered is what the integers say, also after the calendar grew, and for no work."""
        (calendar, _), drawn_us = drawn
        works = [max(0, minutes * MINUTE_US + nudge) for minutes, nudge in lengths]
        works += [calendar.between_us(a, b) for a, b in itertools.pairwise(drawn_us)]
        for at, work in itertools.product(drawn_us, works):
            for asked in (from_us(at), from_us(at).astimezone(calendar.tz)):
                assert to_us(calendar.after(asked, work * MICROSECOND)) == calendar.after_us(at, work)
        calendar.open_at(from_us(drawn_us[0]) - dt.timedelta(days=400))  # grown, it has other totals
        for at, work in itertools.product(drawn_us, works):
            assert to_us(calendar.after(from_us(at), work * MICROSECOND)) == calendar.after_us(at, work)

    @laws
    @given(moments(3), st.integers(0, 20_000))
    def test_what_is_written_reads_back_to_the_same_answers(self, drawn: tuple[World, list[int]], minutes: int):
        """Through JSON or TOML, a calendar's table gives a calendar that answers alike, and writes the same."""
        (calendar, _), (a, b, origin) = drawn
        table = calendar.to_mapping()
        for read in (json.loads(json.dumps(table)), tomllib.loads(toml(table))):
            again = WorkCalendar.from_mapping(read)
            assert again.to_mapping() == table
            assert list(again.segments_us(a, b)) == list(calendar.segments_us(a, b))
            assert again.after_us(a, minutes * MINUTE_US) == calendar.after_us(a, minutes * MINUTE_US)
            assert again.nth_close_us(a, 3, origin) == calendar.nth_close_us(a, 3, origin)

    @laws
    @given(moments(2), st.sampled_from([-1, 0, 1]))
    def test_case_38_after_and_before_are_the_tightest(self, drawn: tuple[World, list[int]], nudge: int):
        """No earlier instant has as much time since the start, and no later one as much until the end."""
        (calendar, model), (a, b) = drawn
        t = max(1, model.total(b) - model.total(a) + nudge)
        if model.total(a) + t < model.totals[-1] * MINUTE_US:
            assert calendar.after_us(a, t) == model.reach(model.total(a) + t)[0]
        if model.total(b) - t > 0:
            assert calendar.before_us(b, t) == model.reach(model.total(b) - t)[-1]

    @laws
    @given(moments(1), st.integers(0, 20_000), st.sampled_from([-1, 0, 1]))
    def test_between_inverts_after_and_before(self, drawn: tuple[World, list[int]], minutes: int, nudge: int):
        """After some working time exactly that much has passed, also over a year or more, and so backward."""
        (calendar, _), (a,) = drawn
        t = max(0, minutes * MINUTE_US + nudge)
        assert calendar.between_us(a, calendar.after_us(a, t)) == t
        assert calendar.between_us(calendar.before_us(a, t), a) == t

    @laws
    @given(moments(1), st.integers(1, 20_000))
    def test_after_moves_on(self, drawn: tuple[World, list[int]], minutes: int):
        """Work takes time, and no work takes none."""
        (calendar, _), (a,) = drawn
        assert calendar.after_us(a, 0) == a < calendar.after_us(a, 1) <= calendar.after_us(a, minutes * MINUTE_US)
        assert calendar.before_us(a, minutes * MINUTE_US) <= calendar.before_us(a, 1) < a == calendar.before_us(a, 0)

    @laws
    @given(moments(2), st.integers(0, 3000), st.integers(0, 3000))
    def test_after_composes(self, drawn: tuple[World, list[int]], s: int, t: int):
        """Working on is working longer: the pieces add up."""
        (calendar, model), (a, b) = drawn
        exact = model.total(b) - model.total(a)
        for first, second in ((s * MINUTE_US, t * MINUTE_US), (exact, t * MINUTE_US), (s * MINUTE_US + 1, exact)):
            assert calendar.after_us(calendar.after_us(a, first), second) == calendar.after_us(a, first + second)

    @laws
    @given(moments(3))
    def test_between_is_additive_and_monotone(self, drawn: tuple[World, list[int]]):
        """Splitting a stretch of time neither loses nor makes working time, and it never runs backward."""
        (calendar, _), (a, b, c) = drawn
        assert calendar.between_us(a, b) + calendar.between_us(b, c) == calendar.between_us(a, c)
        assert 0 <= calendar.between_us(a, b) <= calendar.between_us(a, c) <= c - a
        assert calendar.between_us(c, a) == -calendar.between_us(a, c)

    @laws
    @given(moments(2), st.integers(0, 3000))
    def test_a_later_start_never_has_an_earlier_deadline(self, drawn: tuple[World, list[int]], minutes: int):
        """Whoever starts later is never due earlier."""
        (calendar, _), (a, b) = drawn
        assert calendar.after_us(a, minutes * MINUTE_US) <= calendar.after_us(b, minutes * MINUTE_US)

    @laws
    @given(moments(1))
    def test_openings_and_closings_are_where_the_count_changes(self, drawn: tuple[World, list[int]]):
        """Open is where the next microsecond counts; the next border is the first where that changes."""
        (calendar, model), (at,) = drawn
        minute, _ = model.split(at)
        assert calendar.open_at(from_us(at)) == (model.owner[minute] is not None)
        after = range(minute + 1, model.inside.stop)
        turns = [m for m in after if (model.owner[m] is None) != (model.owner[m - 1] is None)]
        opens = [model.us(m) for m in turns if model.owner[m] is not None]
        closes = [model.us(m) for m in turns if model.owner[m] is None]
        for expected, question in ((opens, calendar.next_open), (closes, calendar.next_close)):
            if expected:
                assert to_us(question(from_us(at))) == expected[0]

    @laws
    @given(moments(2))
    def test_case_28_every_instant_has_its_working_day(self, drawn: tuple[World, list[int]]):
        """A day is the one that has opened and not closed, else the date; it never goes back."""
        (calendar, model), (a, b) = drawn
        assert calendar.working_day_us(a) == model.day_of(a)
        assert calendar.working_day_of(from_us(b)).toordinal() == model.day_of(b)
        assert calendar.working_day_us(a) <= calendar.working_day_us(b)
        assert calendar.civil_day_us(a) <= calendar.civil_day_us(b)
        assert calendar.midnight_us(calendar.civil_day_us(a)) <= a < calendar.midnight_us(calendar.civil_day_us(a) + 1)

    @laws
    @given(moments(3))
    def test_working_days_are_those_that_open(self, drawn: tuple[World, list[int]]):
        """Their number, their order, their closes and the closes between two instants are those of the count."""
        (calendar, model), (origin, a, b) = drawn
        spans = {day: closing for day, (_, closing) in model.spans().items()}
        low, high = model.first, model.first + DAYS - 1
        days = [day for day in spans if low <= day <= high]
        date = dt.date.fromordinal
        assert calendar.working_days_between(date(low - 1), date(high)) == len(days)
        for n, day in enumerate(days):
            assert calendar.nth_working_day(date(low - 1), n + 1) == date(day)
            assert calendar.nth_working_day(date(high + 1), n - len(days)) == date(day)
            assert to_us(calendar.day_close(date(day))) == model.us(spans[day])
        later = [model.us(closing) for day, closing in spans.items() if day > model.day_of(origin)]
        closes = [close for close in later if a < close <= b]
        assert calendar.closes_between_us(a, b, origin) == len(closes)
        for n, close in enumerate(closes):
            assert calendar.nth_close_us(a, n + 1, origin) == close

    @laws
    @given(moments(2))
    def test_segments_add_up(self, drawn: tuple[World, list[int]]):
        """The pieces between two instants touch, differ from their neighbours, and sum to the time and the work."""
        (calendar, model), (a, b) = drawn
        pieces = list(calendar.segments_us(a, b))
        assert [since for since, _, _, _ in pieces] + [b] * bool(pieces) == [a] * bool(pieces) + [
            u for _, u, _, _ in pieces
        ]
        assert all(since < until for since, until, _, _ in pieces)
        assert all(one[2:] != other[2:] for one, other in itertools.pairwise(pieces))
        assert sum(until - since for since, until, _, _ in pieces) == b - a
        assert sum(until - since for since, until, is_open, _ in pieces if is_open) == model.total(b) - model.total(a)
        for since, _, is_open, name in pieces:
            special = {"closed", "special"} & {name.split()[0]}
            assert is_open == (name == "open")
            assert not special or int(name.split()[1]) == calendar.civil_day_us(since)

    @laws
    @given(
        weeks(),
        st.sampled_from(["America/Chicago", "Pacific/Apia", "Australia/Lord_Howe"]),
        st.lists(st.tuples(st.integers(2009, 2016), st.integers(-2880, 2880)), min_size=2, max_size=5),
    )
    @example([[(1320, 1800)]] * 7, "America/Chicago", [(2012, 60), (2010, 0), (2014, -60), (2012, 500)])
    def test_case_39_no_answer_depends_on_the_order_of_questions(self, week, zone: str, asked: list[tuple[int, int]]):
        """A calendar that has grown backward and forward answers like one that was made for the question."""
        names = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
        words = {name: written(hours) for name, hours in zip(names, week, strict=True)}
        grown = WorkCalendar(week=words, zone=zone)
        new_years = [dt.datetime(year, 1, 1, tzinfo=zoneinfo.ZoneInfo(zone)) for year, _ in asked]
        instants = [to_us(at) + minutes * MINUTE_US for at, (_, minutes) in zip(new_years, asked, strict=True)]
        for a, b in itertools.pairwise(instants):
            fresh = WorkCalendar(week=words, zone=zone)
            assert grown.between_us(a, b) == fresh.between_us(a, b)
            assert grown.after_us(b, 600 * MINUTE_US) == fresh.after_us(b, 600 * MINUTE_US)
            assert grown.before_us(a, 600 * MINUTE_US) == fresh.before_us(a, 600 * MINUTE_US)
            assert grown.working_day_us(a) == fresh.working_day_us(a)
