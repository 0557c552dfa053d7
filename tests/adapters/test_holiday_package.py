"""Holidays from the package, held against the published dates."""

import csv
import datetime as dt
import pathlib

import pytest

from credcore.adapters.holiday_package import HolidaysPackage
from credcore.calendars import WorkCalendar
from credcore.errors import InvalidInput

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


def test_an_unknown_region_says_what_one_looks_like():
    """A slip in a region is told at once."""
    with pytest.raises(InvalidInput, match="no region such as US"):
        HolidaysPackage().days("XX", 2026)
