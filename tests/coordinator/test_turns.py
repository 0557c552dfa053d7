"""Whose turn it was over the life of a file, asked of a desk: by its editions, of the past, and as it was known."""

import datetime as dt
from zoneinfo import ZoneInfo

import pytest

from credcore.coordinator import Coordinator
from credcore.errors import InvalidInput, NotFound
from credcore.rules import ClockExplanation
from desks import PROFILE, Clock, desk, with_provider


def march(day: int, hour: int = 9) -> dt.datetime:
    """Return an instant of March 2026 in Chicago; the 2nd is a Monday."""
    return dt.datetime(2026, 3, day, hour, tzinfo=ZoneInfo("America/Chicago"))


@pytest.fixture
def clock() -> Clock:
    """Return a clock that stands at Monday, nine o'clock."""
    return Clock(march(2))


@pytest.fixture
def ana(clock: Clock) -> Coordinator:
    """Return a desk with a provider."""
    return with_provider(desk(clock=clock))


def opened(ana: Coordinator) -> str:
    """Open a file, and return its id."""
    return ana.open_file("initial", "p-1").ref.id


def held(ana: Coordinator, file_id: str, party: str, at: dt.datetime | None = None) -> None:
    """Wait for a party."""
    ana.record(file_id, lambda file, stamp: file.hold(f"for-{party}", party, stamp), at=at)


def days(ana: Coordinator, file_id: str, **axes: dt.datetime) -> list[tuple[str, int]]:
    """Return the days of each party."""
    return [(one.party, one.days) for one in ana.turns(file_id, **axes).by_party]


def test_a_desk_tells_whose_turn_it_was(ana: Coordinator, clock: Clock) -> None:
    """By holds and stages, in working time of the profile's calendar, in whose zone days end."""
    file_id = opened(ana)
    clock.at = march(4)
    held(ana, file_id, "payer")
    clock.at = march(9)
    found = ana.turns(file_id)
    assert [(one.party, one.days, one.working / dt.timedelta(hours=8)) for one in found.by_party] == [
        ("payer", 5, 3),
        ("team", 2, 2),
    ]
    assert (found.opened_at, found.until, found.file) == (march(2), march(9), file_id)


def test_the_past_is_told_as_it_was_and_as_it_was_known(ana: Coordinator, clock: Clock) -> None:
    """A hold that was noted late is there as of then, and was not known then."""
    file_id = opened(ana)
    clock.at = march(9)
    held(ana, file_id, "payer", at=march(4))
    assert days(ana, file_id, as_of=march(6)) == [("payer", 2), ("team", 2)]
    assert days(ana, file_id, as_of=march(6), known_at=march(6)) == [("team", 4)]


def test_each_stretch_is_told_by_the_edition_then_in_force(ana: Coordinator, clock: Clock) -> None:
    """An edition that gives a stage to somebody else changes nothing before it; explanations name it."""
    file_id = opened(ana)
    clock.at = march(6)
    ana.adopt(PROFILE.replace("[stages.intake]", '[stages.intake]\nturn = "facility"'))
    clock.at = march(9)
    assert days(ana, file_id) == [("facility", 3), ("team", 4)]
    (now,) = ana.explain(file_id)
    (before,) = ana.explain(file_id, as_of=march(5))
    assert (now.edition, before.edition) == (2, 1)
    assert isinstance(now, ClockExplanation)
    assert list(dict.fromkeys(segment.turn for segment in now.segments)) == ["team", "facility"]


def test_what_has_no_turns_is_refused(ana: Coordinator) -> None:
    """A provider has none; a file that nobody knows, or that came later, is not found."""
    file_id = opened(ana)
    with pytest.raises(InvalidInput, match="provider/p-1 is no file; only a file has turns"):
        ana.turns("provider/p-1")
    with pytest.raises(NotFound, match="no file 'f-9'"):
        ana.turns("f-9")
    with pytest.raises(NotFound, match="it came later"):
        ana.turns(file_id, as_of=march(1))
