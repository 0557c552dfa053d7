"""Instants: what is taken for one, and wall times that a zone repeats or skips."""

import datetime as dt
import zoneinfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from credcore.errors import InvalidInput, NaiveInstant
from credcore.instants import day_start_us, from_us, to_us, wall_us

CHICAGO = zoneinfo.ZoneInfo("America/Chicago")


class Theirs(dt.datetime):
    """A datetime as other libraries make it: its difference is of their own kind."""

    def __sub__(self, other: object) -> str:  # type: ignore[override]
        """Return what nobody can calculate with."""
        return f"a length since {other}"


class Zoneless(dt.tzinfo):
    """A zone that does not know its offset."""

    def utcoffset(self, _at: dt.datetime | None) -> None:
        """Return nothing."""


def test_another_librarys_datetime_is_an_instant_too():
    """Whatever it subtracts to, it says when it is."""
    at = Theirs(2026, 3, 2, 9, tzinfo=CHICAGO)
    assert to_us(at) == to_us(dt.datetime(2026, 3, 2, 15, tzinfo=dt.UTC))


@pytest.mark.parametrize("zone", [None, Zoneless()])
def test_an_instant_without_an_offset_is_refused_with_its_name(zone: dt.tzinfo | None):
    """Nobody can say when it was, and the field is named."""
    with pytest.raises(NaiveInstant, match="opened_at: is an instant without a time zone; add one"):
        to_us(dt.datetime(2026, 3, 2, 9, tzinfo=zone), "opened_at")


@pytest.mark.parametrize(("what", "kind"), [(dt.date(2026, 3, 2), "date"), ("2026-03-02", "str"), (None, "NoneType")])
def test_what_is_no_datetime_is_refused_by_its_kind(what: object, kind: str):
    """The message names the kind and never the value, which may be anything."""
    with pytest.raises(InvalidInput, match=f"at: give an aware datetime, not a {kind}$"):
        to_us(what)  # type: ignore[arg-type]


@given(st.integers(to_us(dt.datetime.min.replace(tzinfo=dt.UTC)), to_us(dt.datetime.max.replace(tzinfo=dt.UTC))))
def test_law_microseconds_are_an_instant(us: int):
    """From one to the other and back nothing is lost, not even far from today, where floats are too coarse."""
    assert to_us(from_us(us)) == us


def test_a_wall_time_that_is_marked_as_the_second_is_the_first():
    """A clock on the wall reaches a repeated time first at its first occurrence, whatever the mark says."""
    repeated = dt.datetime(2025, 11, 2, 1, 30)  # noqa: DTZ001 - a wall shows no zone
    assert wall_us(repeated.replace(fold=1), CHICAGO) == wall_us(repeated, CHICAGO)
    assert from_us(wall_us(repeated, CHICAGO)) == dt.datetime(2025, 11, 2, 6, 30, tzinfo=dt.UTC)


def test_a_day_begins_at_its_midnight_or_at_the_jump_that_skips_it():
    """Beirut goes from 24:00 to 01:00: the day begins there, and has 23 hours."""
    beirut = zoneinfo.ZoneInfo("Asia/Beirut")
    start, end = (day_start_us(dt.date(2026, 3, day), beirut) for day in (29, 30))
    assert from_us(start).astimezone(beirut).isoformat() == "2026-03-29T01:00:00+03:00"
    assert end - start == 23 * 3_600_000_000
