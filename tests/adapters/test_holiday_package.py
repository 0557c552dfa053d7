"""Holidays from the package, held against the published dates."""

import csv
import datetime as dt
import pathlib
import sys

import pytest

from credcore.adapters.holiday_package import HolidaysPackage
from credcore.calendars import WorkCalendar
from credcore.errors import InvalidInput, MissingExtra, ProfileError

FEDERAL = pathlib.Path(__file__).parent.parent / "vectors" / "us_federal_holidays_2015_2026.csv"


def test_federal_holidays_close_the_office_on_the_days_published():
    """Each observed date of 2015 to 2026 is a closed day of a calendar with holidays US."""
    rows = list(csv.DictReader(FEDERAL.read_text().splitlines()))
    calendar = WorkCalendar.from_mapping(
        {"week": {"mon-fri": ["09:00-17:00"]}, "holidays": "US"}, zone="America/Chicago", holidays=HolidaysPackage()
    )
    assert len(rows) == 126
    for row in rows:
        day = dt.date.fromisoformat(row["observed_date"])
        assert calendar.working_days_between(day - dt.timedelta(days=1), day) == 0, row


def test_the_federal_office_is_open_on_every_other_weekday():
    """From 2015 to 2026 no Monday to Friday is closed but the 126 published, each by the published name."""
    published = {
        dt.date.fromisoformat(row["observed_date"]): row["holiday"]
        for row in csv.DictReader(FEDERAL.read_text().splitlines())
    }
    source = HolidaysPackage()
    found = {
        day: name for year in range(2015, 2027) for day, name in source.days("US", year).items() if day.weekday() < 5
    }
    assert found.keys() == published.keys()
    theirs = {"Birthday of Martin Luther King, Jr.": "Martin Luther King Jr. Day"}
    for day, name in published.items():
        assert found[day].removesuffix(" (observed)") == theirs.get(name, name)


@pytest.mark.parametrize(
    ("region", "day", "name"),
    [
        ("US-IL", "2026-02-12", "Lincoln's Birthday"),
        ("US-TX", "2026-04-21", "San Jacinto Day"),
        ("US-MA", "2026-04-20", "Patriots' Day"),
        ("US-DC", "2025-04-16", "Emancipation Day"),
        ("US-HI", "2026-06-11", "Kamehameha Day"),
    ],
)
def test_a_state_has_holidays_of_its_own(region, day, name):
    """On such a day its office is closed, by the day's name, and the federal one is open."""
    on = dt.date.fromisoformat(day)
    noon = dt.datetime.combine(on, dt.time(18), dt.UTC)
    table = {"week": {"mon-fri": ["09:00-17:00"]}, "zone": "America/Chicago"}
    state, federal = (
        WorkCalendar.from_mapping({**table, "holidays": named}, holidays=HolidaysPackage()) for named in (region, "US")
    )
    (segment,) = state.segments(noon, noon + dt.timedelta(hours=1))
    assert (segment.is_open, segment.name) == (False, name)
    assert federal.open_at(noon)


def test_an_office_adds_its_own_days_and_works_on_others():
    """Closures are added to the public holidays, and a day with hours of its own goes before one."""
    office = WorkCalendar.from_mapping(
        {
            "week": {"mon-fri": ["09:00-17:00"]},
            "holidays": "US",
            "closures": {"2026-05-04": "Founders' Day"},
            "days": {"2026-10-12": {"name": "Columbus Day, on call", "hours": ["10:00-12:00"]}},
        },
        zone="America/Chicago",
        holidays=HolidaysPackage(),
    )
    assert office.nth_working_day(dt.date(2026, 5, 1), 1) == dt.date(2026, 5, 5)
    assert office.day_close(dt.date(2026, 10, 12)) == dt.datetime(2026, 10, 12, 12, tzinfo=office.tz)


@pytest.mark.parametrize("region", ["XX", "US-XX", "US-IL-X", "US-", "us", ""])
def test_an_unknown_region_says_what_one_looks_like(region):
    """A slip in a region is told at once, as a fault of the calendar that names it."""
    with pytest.raises(InvalidInput, match=f"'{region}' is no region such as US or US-IL"):
        HolidaysPackage().days(region, 2026)
    table = {"week": "always", "zone": "UTC", "holidays": region}
    with pytest.raises(ProfileError, match=r"calendar\.holidays: "):
        WorkCalendar.from_mapping(table, holidays=HolidaysPackage())


def test_without_the_package_it_says_what_to_install(monkeypatch):
    """Where the extra is missing the error names it, with the command."""
    monkeypatch.setitem(sys.modules, "holidays", None)
    with pytest.raises(MissingExtra, match=r"credcore\[calendars\]"):
        HolidaysPackage().days("US", 2026)


@pytest.mark.parametrize(
    "region", ["HolidayBase", "NYSE", "utils", "registry", "country_holidays", "", "us-il", "Illinois"]
)
def test_a_word_of_the_package_is_no_region(region):
    """Only countries are: what else the package is made of has no holidays, or those of a stock exchange."""
    with pytest.raises(InvalidInput, match="is no region such as US or US-IL"):
        HolidaysPackage().days(region, 2026)
