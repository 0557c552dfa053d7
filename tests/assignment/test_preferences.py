"""Each preference orders people as its name says, and explains where each stands."""

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from credcore.assignment import PREFERENCES, Continuity, EarliestFree, LeastLoaded, Member, RoundRobin, WorkItem
from credcore.people import Person

NINE = dt.datetime(2026, 3, 2, 15, tzinfo=dt.UTC)
ITEM = WorkItem(file="f-1", kind="initial", stage="psv", opened_at=NINE, previous_owner="ben")


def _member(name="ana", capacity=12, **fields):
    return Member(person=Person(id=name, name=name.title(), capacity=capacity), **fields)


@pytest.mark.parametrize(
    ("preference", "first", "second", "why", "why_not"),
    [
        (Continuity(), _member("ben"), _member("ana"), "had it before", "new to it"),
        (LeastLoaded(), _member(load=5), _member(load=6), "5 of 12", "6 of 12"),
        (LeastLoaded(), _member(load=5), _member(load=3, capacity=6), "5 of 12", "3 of 6"),
        (LeastLoaded(), _member(load=20), _member(capacity=0), "20 of 12", "0 of 0"),
        (
            RoundRobin(),
            _member(),
            _member(last_given_at=NINE),
            "never given one",
            "given one at 2026-03-02T15:00:00Z",
        ),
        (
            RoundRobin(),
            _member(last_given_at=NINE),
            _member(last_given_at=NINE + dt.timedelta(seconds=1)),
            "given one at 2026-03-02T15:00:00Z",
            "given one at 2026-03-02T15:00:01Z",
        ),
        (RoundRobin(), _member(last_given_at=NINE), _member(turn=1), None, "given one at turn 1"),
        (RoundRobin(), _member(turn=1, last_given_at=NINE), _member(turn=2), "given one at turn 1", None),
        (EarliestFree(), _member(), _member(free_at=NINE), "free now", "free at 2026-03-02T15:00:00Z"),
        (EarliestFree(), _member(free_at=NINE), _member(free_at=NINE + dt.timedelta(hours=1)), None, None),
    ],
)
def test_who_goes_first_and_why(preference, first, second, why, why_not):
    """The person whom the preference means has the lower score, and both scores are explained."""
    assert preference.score(ITEM, first) < preference.score(ITEM, second)
    assert why in (None, preference.explain(ITEM, first))
    assert why_not in (None, preference.explain(ITEM, second))


def test_half_a_job_half_full_is_as_loaded_as_a_whole_one_half_full():
    """Load counts by capacity: 3 of 6 and 6 of 12 are the same."""
    half, whole = _member(load=3, capacity=6), _member(load=6, capacity=12)
    assert LeastLoaded().score(ITEM, half) == LeastLoaded().score(ITEM, whole)


UNITS = st.integers(0, 2**26 - 1)


@given(UNITS, UNITS, UNITS, UNITS)
def test_shares_are_ordered_as_fractions_are(load, capacity, other_load, other_capacity):
    """No rounding ever reorders two shares, nor parts equal ones."""
    capacity, other_capacity = capacity + 1, other_capacity + 1
    load, other_load = load % (capacity + 1), other_load % (other_capacity + 1)
    one, other = _member(load=load, capacity=capacity), _member(load=other_load, capacity=other_capacity)
    one_score, other_score = LeastLoaded().score(ITEM, one), LeastLoaded().score(ITEM, other)
    assert (one_score < other_score) == (load * other_capacity < other_load * capacity)
    assert (one_score == other_score) == (load * other_capacity == other_load * capacity)


def test_every_name_is_kebab_case_and_finds_its_preference():
    """A profile names preferences by the words that the design gives them."""
    assert list(PREFERENCES) == ["continuity", "least-loaded", "round-robin", "earliest-free"]
    assert all(preference.name == name for name, preference in PREFERENCES.items())
