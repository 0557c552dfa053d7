"""A committee's meeting: seats, cut-off, votes, and its states."""

import datetime as dt
import itertools

import pytest
from hypothesis import given, settings

from credcore.errors import InvalidInput
from credcore.events import (
    AgendaItemPlaced,
    AgendaItemRemoved,
    MeetingCancelled,
    MeetingHeld,
    MeetingMoved,
    Stamp,
)
from credcore.history import History, Ref
from credcore.instants import to_us, zone
from credcore.meetings import Meeting, MeetingFold, schedule_meeting, states
from credcore.testing.histories import meeting_histories

REF = Ref("meeting", "m-1")
CHICAGO = zone("America/Chicago")
MEETS = dt.datetime(2026, 3, 11, 1, tzinfo=dt.UTC)  # 10 March, 20:00 in Chicago
CUTOFF = dt.datetime(2026, 3, 4, 23, tzinfo=dt.UTC)
ids = itertools.count(1)


def stamp(at=dt.datetime(2026, 3, 2, 9, tzinfo=dt.UTC)):
    """Return a stamp of an instant."""
    return Stamp(at, "ana", lambda: f"e-{next(ids)}")


AFTER = stamp(MEETS + dt.timedelta(minutes=10))


def scheduled(seats=2):
    """Return the history of a meeting that was scheduled."""
    return History(REF, schedule_meeting("credentials", MEETS, CUTOFF, seats, stamp()))


def after(history, *steps):
    """Return a history after methods of the meeting were called one after the other."""
    for name, *args in steps:
        history = history.with_events(getattr(Meeting.from_history(history), name)(*args))
    return history


def meeting(*steps, seats=2):
    """Return the meeting after some steps."""
    return Meeting.from_history(after(scheduled(seats), *steps))


def test_seats_are_given_and_given_back():
    """Files get seats in order, and a removed one frees its seat."""
    there = meeting(("place", "f-1", stamp()), ("place", "f-2", stamp()), ("remove", "f-1", stamp()))
    assert there.items == ("f-2",)
    assert there.free_seats == 1


@pytest.mark.parametrize(
    ("steps", "call", "says"),
    [
        ([("place", "f-1", stamp()), ("place", "f-2", stamp())], ("place", "f-3", stamp()), "no seat left of 2"),
        ([], ("place", "f-1", stamp(CUTOFF)), "packets for meeting m-1 closed at 2026-03-04T23:00:00Z"),
        ([("place", "f-1", stamp())], ("place", "f-1", stamp()), "on the agenda already"),
        ([], ("place", "", stamp()), "give the file's id"),
        ([("cancel", stamp())], ("place", "f-1", stamp()), "was cancelled"),
        ([("hold_meeting", ("dr-a",), AFTER)], ("place", "f-1", stamp()), "was held already"),
        ([("hold_meeting", ("dr-a",), AFTER)], ("cancel", stamp()), "was held already"),
        ([("cancel", stamp())], ("move", MEETS, CUTOFF, stamp()), "was cancelled"),
        ([], ("move", CUTOFF, MEETS, stamp()), "packets close at 2026-03-11T01:00:00Z, after the meeting"),
        ([("place", "f-1", stamp())], ("remove", "f-2", stamp()), "did you mean 'f-1'"),
        ([], ("hold_meeting", ("dr-a",), stamp()), "begins only at 2026-03-11T01:00:00Z"),
        ([], ("hold_meeting", ("dr-a", "dr-a"), AFTER), "each once"),
        ([], ("hold_meeting", (), AFTER), "each once"),
    ],
)
def test_nonsense_is_refused(steps, call, says):
    """What a meeting cannot take is refused with the reason."""
    name, *args = call
    with pytest.raises(InvalidInput, match=says):
        getattr(meeting(*steps), name)(*args)


def test_a_place_is_free_until_the_instant_of_the_cutoff():
    """One microsecond before the cut-off a file still gets its seat."""
    [event] = meeting().place("f-1", stamp(CUTOFF - dt.timedelta(microseconds=1)))
    assert isinstance(event, AgendaItemPlaced)


def test_votes_count_members_and_are_recorded_once():
    """A vote holds its counts; a second one on the same file, or on one that is not there, is refused."""
    history = after(scheduled(), ("place", "f-1", stamp()))
    [vote] = Meeting.from_history(history).vote("f-1", "approved", AFTER, in_favour=4, against=1, recused=["dr-b"])
    there = Meeting.from_history(history.with_events([vote]))
    assert (there.votes["f-1"].in_favour, there.votes["f-1"].recused) == (4, ("dr-b",))
    with pytest.raises(InvalidInput, match="voted on already"):
        there.vote("f-1", "denied", AFTER, in_favour=1)
    with pytest.raises(InvalidInput, match="not on the agenda"):
        there.vote("f-9", "denied", AFTER, in_favour=1)
    with pytest.raises(InvalidInput, match="abstained: -1"):
        Meeting.from_history(history).vote("f-1", "denied", AFTER, in_favour=1, abstained=-1)
    with pytest.raises(InvalidInput, match="begins only"):
        Meeting.from_history(history).vote("f-1", "denied", stamp(), in_favour=1)


def test_minutes_may_be_written_after_the_meeting():
    """A vote may be recorded once the meeting was held."""
    there = meeting(("place", "f-1", stamp()), ("hold_meeting", ("dr-a", "dr-b"), AFTER))
    assert there.vote("f-1", "tabled", AFTER, in_favour=0)
    assert there.present == ("dr-a", "dr-b")


@pytest.mark.parametrize(
    ("args", "says"),
    [
        (("", MEETS, CUTOFF, 2), "name the committee"),
        (("credentials", MEETS, CUTOFF, 0), "give at least 1"),
        (("credentials", CUTOFF, MEETS, 2), "after the meeting"),
        (("credentials", MEETS.replace(tzinfo=None), CUTOFF, 2), "without a time zone"),
    ],
)
def test_a_meeting_is_scheduled_with_sense(args, says):
    """A meeting needs a committee, a seat, and a cut-off before it begins."""
    with pytest.raises(InvalidInput, match=says):
        schedule_meeting(*args, stamp())


def test_states_tell_the_days_in_the_zone():
    """An evening meeting falls on the day of its zone; held, its days no longer matter."""
    history = after(scheduled(), ("hold_meeting", ("dr-a",), AFTER))
    planned, held = states(history, CHICAGO)
    assert planned.facts["meeting", "m-1"].day == dt.date(2026, 3, 10)
    assert planned.facts["cut-off", "m-1"].day == dt.date(2026, 3, 4)
    assert states(history)[0].facts["meeting", "m-1"].day == dt.date(2026, 3, 11)
    assert (planned.facet.kind, planned.facet.stage) == ("credentials", "scheduled")
    assert (held.facet.stage, held.facts) == ("held", {})
    assert held.entered == history.events[-1].id


def test_a_move_takes_the_days_along():
    """A meeting that moved stands in its new days, told by the move; one that was cancelled has none."""
    later = MEETS + dt.timedelta(days=7)
    history = after(scheduled(), ("move", later, CUTOFF, stamp(CUTOFF)), ("cancel", stamp(MEETS)))
    _, moved, cancelled = states(history, CHICAGO)
    assert moved.facts["meeting", "m-1"].day == dt.date(2026, 3, 17)
    assert moved.facts["meeting", "m-1"].event == history.events[1].id
    assert (cancelled.facet.stage, cancelled.facts) == ("cancelled", {})


def test_folding_tolerates_what_a_correction_left_over():
    """A move of a cancelled meeting, recorded before the cancellation was known, changes nothing."""
    history = after(scheduled(), ("cancel", stamp(CUTOFF)))
    late = stamp(MEETS)(MeetingMoved, meets_at=MEETS + dt.timedelta(days=7), cutoff_at=CUTOFF)
    assert Meeting.from_history(history.with_events([late])) == Meeting.from_history(history)


def test_what_became_of_a_meeting_stays():
    """A meeting that was held cannot be cancelled by a late record, nor one that was cancelled be held."""
    held = after(scheduled(), ("hold_meeting", ("dr-a",), AFTER))
    late = stamp(MEETS + dt.timedelta(days=1))
    assert Meeting.from_history(held.with_events([late(MeetingCancelled)])) == Meeting.from_history(held)
    off = after(scheduled(), ("cancel", stamp()))
    assert Meeting.from_history(off.with_events([late(MeetingHeld, present=("dr-a",))])) == Meeting.from_history(off)


def test_an_agenda_is_a_set_in_order():
    """A file that is placed twice has one seat, and removing one that is not there changes nothing."""
    history = after(scheduled(), ("place", "f-1", stamp()))
    again = history.with_events([stamp()(AgendaItemPlaced, file="f-1"), stamp()(AgendaItemRemoved, file="f-2")])
    assert Meeting.from_history(again).items == ("f-1",)


@settings(max_examples=40, deadline=None)
@given(meeting_histories())
def test_a_meeting_is_the_same_however_it_is_folded(history):
    """Freezing midway has no effect, and the last state stands at the last event."""
    fold = MeetingFold(history.ref)
    for event in history.effective:
        fold.apply(event)
        Meeting.from_fold(fold)
        fold.state()
    assert Meeting.from_fold(fold) == Meeting.from_history(history)
    run = states(history)
    assert [state.at_us for state in run] == sorted({to_us(event.at) for event in history.effective})


@settings(max_examples=40, deadline=None)
@given(meeting_histories())
def test_no_meeting_takes_more_files_than_it_has_seats(history):
    """Late events and corrections apart, a meeting never has more items than seats."""
    if all(event.type != "corrected" for event in history.events):
        assert len(Meeting.from_history(history).items) <= Meeting.from_history(history).seats
