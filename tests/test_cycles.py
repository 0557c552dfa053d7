"""When a provider must be decided anew."""

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from credcore.cycles import Cycle, binding_on, next_due, renewable_until, window
from credcore.errors import InvalidInput
from credcore.limits import Months

NCQA = Cycle(body="ncqa", every=Months(36, "month"), late_days=30)
JOINT_COMMISSION = Cycle(body="joint-commission", every=Months(36, "day"))
MEDICARE = Cycle(body="medicare", every=Months(60, "month"))

days = st.dates(dt.date(1990, 1, 1), dt.date(2090, 12, 31))
cycles = st.sampled_from([NCQA, JOINT_COMMISSION, MEDICARE])


class TestExamples:
    """Due days that the field has published or computed from the bodies' rules."""

    @pytest.mark.parametrize(
        ("cycle", "anchor", "due_on"),
        [
            (NCQA, "2024-02-29", "2027-02-28"),
            (NCQA, "2023-03-01", "2026-03-31"),
            (NCQA, "2023-03-31", "2026-03-31"),
            (JOINT_COMMISSION, "2021-07-01", "2024-07-01"),
            (JOINT_COMMISSION, "2024-02-29", "2027-02-28"),
            (MEDICARE, "2026-09-30", "2031-09-30"),
        ],
    )
    def test_due_days(self, cycle, anchor, due_on):
        """A due day counts from the anchor, to the day or to the end of the month as the body has it."""
        assert next_due(dt.date.fromisoformat(anchor), cycle) == dt.date.fromisoformat(due_on)

    def test_a_shorter_term_binds(self):
        """A term from 1 July 2021 to 30 June 2024 binds a day before its cycle is due."""
        due_on = next_due(dt.date(2021, 7, 1), JOINT_COMMISSION)
        assert binding_on(due_on, dt.date(2024, 6, 30)) == dt.date(2024, 6, 30)

    def test_without_a_term_the_cycle_binds(self):
        """Where no term is known, the due day is the binding day."""
        assert binding_on(dt.date(2024, 7, 1), None) == dt.date(2024, 7, 1)

    def test_late_but_still_a_renewal(self):
        """Due on 31 March, a decision may renew until 30 April; from 1 May it is initial work."""
        assert renewable_until(dt.date(2026, 3, 31), NCQA) == dt.date(2026, 4, 30)

    def test_the_window_opens_before_the_due_day(self):
        """The work may start 180 days before the due day."""
        assert window(dt.date(2023, 3, 10), NCQA) == (dt.date(2025, 10, 2), dt.date(2026, 3, 31))


class TestLaws:
    """What holds for every cycle."""

    @given(days, days, cycles)
    def test_a_later_anchor_is_never_due_earlier(self, one, other, cycle):
        """Due days are monotone in the anchor."""
        first, second = sorted([one, other])
        assert next_due(first, cycle) <= next_due(second, cycle)

    @given(days, cycles)
    def test_to_the_month_is_never_earlier_than_to_the_day(self, anchor, cycle):
        """Counting to the month ends with that month, so never before the day itself."""
        to_day = Cycle(body="x", every=Months(cycle.every.n, "day"))
        to_month = Cycle(body="x", every=Months(cycle.every.n, "month"))
        one, other = next_due(anchor, to_day), next_due(anchor, to_month)
        assert one <= other
        assert (one.year, one.month) == (other.year, other.month)

    @given(days, st.none() | days)
    def test_the_binding_day_is_never_after_the_due_day(self, due_on, term_ends_on):
        """A term can only bring the day forward."""
        assert binding_on(due_on, term_ends_on) <= due_on


class TestRefusals:
    """What no cycle can be."""

    @pytest.mark.parametrize("field", ["opens_before", "late_days"])
    def test_days_are_not_negative(self, field):
        """A negative number of days is refused with its field."""
        with pytest.raises(InvalidInput, match=f"{field}: give a number of days from 0 up, not -1"):
            Cycle(body="x", every=Months(36), **{field: -1})

    def test_no_renewal_after_the_last_year(self):
        """A day beyond the calendar is refused, not wrapped."""
        with pytest.raises(InvalidInput, match="after the year 9999"):
            renewable_until(dt.date(9999, 12, 20), NCQA)
