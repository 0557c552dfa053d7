"""What a payer's answer means for our file."""

import datetime as dt

import pytest

from credcore.errors import InvalidInput
from credcore.events import PayerAnswered
from credcore.payers import STATUSES, Payer


def test_a_status_means_the_stage_that_the_profile_says():
    """The same word of two payers can mean two stages of ours."""
    one = Payer(code="one", stages={"returned": "enrollment"})
    other = Payer(code="other", stages={"returned": "development"})
    assert (one.stage_for("returned"), other.stage_for("returned")) == ("enrollment", "development")


def test_a_status_without_a_meaning_moves_nothing():
    """A payer that merely confirms leaves the file where it is."""
    assert Payer(code="one").stage_for("in-process") is None


def test_unknown_statuses_are_refused():
    """A status that no payer can answer is a slip of the pen."""
    with pytest.raises(InvalidInput, match="aproved: not among the statuses received, returned"):
        Payer(code="one", stages={"aproved": "effective"})


@pytest.mark.parametrize("status", STATUSES)
def test_every_status_can_be_recorded(status):
    """The statuses are those that the event of a payer's answer takes."""
    assert PayerAnswered(id="e-1", at=dt.datetime(2026, 3, 2, tzinfo=dt.UTC), status=status).status == status
