"""Histories on two axes, corrections, and what every fold refuses."""

import datetime as dt

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from credcore.errors import InvalidInput, NaiveInstant
from credcore.events import ContactLogged, Corrected, FileOpened, Reviewed, StageChanged, Told
from credcore.files import FileFold, states
from credcore.history import KINDS, Fold, History, Ref
from credcore.instants import to_us
from credcore.testing.histories import histories, instants, provider_histories

REF = Ref("file", "f-1")
T = dt.datetime(2026, 3, 2, 9, tzinfo=dt.UTC)
DAY = dt.timedelta(days=1)
OPENED = FileOpened(id="e-1", at=T, kind="initial", provider="p-1", stage="intake")
LATE = Reviewed(id="e-3", at=T + DAY, recorded_at=T + 3 * DAY)
ENTERED = StageChanged(id="e-2", at=T + 2 * DAY, stage="psv")
HISTORY = History(REF, [OPENED, ENTERED, LATE])


def ids(history):
    """Return the ids of the events that count, in order."""
    return [event.id for event in history.effective]


@pytest.mark.parametrize("kind", KINDS)
def test_a_ref_is_read_as_it_is_written(kind):
    """`Ref.parse` takes what `str` gives, slashes in the id and all."""
    ref = Ref(kind, "a/b")
    assert Ref.parse(str(ref)) == ref


@pytest.mark.parametrize("text", ["file", "file/", "folder/f-1", "", "/f-1"])
def test_what_is_no_ref_is_refused(text):
    """Without a kind that is known, or without an id, a text names no record."""
    with pytest.raises(InvalidInput, match="is not a record such as file/f-1"):
        Ref.parse(text)


def test_a_late_event_folds_where_it_happened():
    """Order is by when it happened, then by the place in the stream."""
    assert ids(HISTORY) == ["e-1", "e-3", "e-2"]
    twin = Reviewed(id="e-4", at=T + 2 * DAY, recorded_at=T + 4 * DAY)
    assert ids(HISTORY.with_events([twin])) == ["e-1", "e-3", "e-2", "e-4"]


def test_both_cuts_include_their_instant():
    """`as_of` is what had happened, `known_at` what had been recorded, each up to and with its instant."""
    assert ids(HISTORY.as_of(T + DAY)) == ["e-1", "e-3"]
    assert ids(HISTORY.known_at(T + 2 * DAY)) == ["e-1", "e-2"]
    assert ids(HISTORY.as_of(T + DAY).known_at(T + 2 * DAY)) == ["e-1"]
    assert ids(HISTORY.as_of(T).as_of(T + 9 * DAY)) == ["e-1"]


def test_cuts_need_a_zone():
    """A naive instant is refused by both cuts."""
    with pytest.raises(NaiveInstant):
        HISTORY.as_of(T.replace(tzinfo=None))
    with pytest.raises(NaiveInstant):
        HISTORY.known_at(T.replace(tzinfo=None))


def test_a_correction_takes_the_place_of_what_was_wrong():
    """The replacement stands where it happened, for all that is known afterwards, and can be corrected itself."""
    instead = Reviewed(id="e-9", at=T + 2 * DAY, note="seen")
    corrected = HISTORY.with_events([Corrected(id="c-1", at=T + 5 * DAY, event="e-3", replacement=instead)])
    assert ids(corrected) == ["e-1", "e-2", "e-9"]
    assert ids(corrected.known_at(T + 4 * DAY)) == ["e-1", "e-3", "e-2"]
    assert ids(corrected.as_of(T + 2 * DAY)) == ["e-1", "e-2", "e-9"]
    assert corrected.effective[-1].recorded_at == T + 5 * DAY
    gone = corrected.with_events([Corrected(id="c-2", at=T + 6 * DAY, event="e-9")])
    assert ids(gone) == ["e-1", "e-2"]


def test_a_replacement_keeps_the_place_in_the_stream():
    """At equal instants a replacement folds where the original stood."""
    twin = StageChanged(id="e-4", at=T + 2 * DAY, stage="qa")
    instead = StageChanged(id="e-9", at=T + 2 * DAY, stage="intake")
    history = HISTORY.with_events([twin, Corrected(id="c-1", at=T + 5 * DAY, event="e-2", replacement=instead)])
    assert ids(history) == ["e-1", "e-3", "e-9", "e-4"]


@pytest.mark.parametrize("event", ["nothing", "c-0"])
def test_a_correction_of_what_does_not_stand_is_refused(event):
    """Only an event that stands can be corrected: not an unknown one, not one corrected before."""
    history = HISTORY.with_events(
        [Corrected(id="c-0", at=T + 5 * DAY, event="e-3"), Corrected(id="c-1", at=T + 5 * DAY, event=event)]
    )
    with pytest.raises(InvalidInput, match="which file/f-1 does not have") as caught:
        _ = history.effective
    assert caught.value.path == "file/f-1/c-1"


@settings(max_examples=60, deadline=None)
@given(histories(), instants(32), instants(32))
def test_cuts_commute_and_are_idempotent(history, at, known):
    """The cuts commute, cutting twice is cutting at the earlier, and linked histories are cut alike."""
    assert history.as_of(at).known_at(known).effective == history.known_at(known).as_of(at).effective
    assert history.as_of(at).as_of(known).effective == history.as_of(min(at, known)).effective
    assert history.known_at(at).known_at(known).effective == history.known_at(min(at, known)).effective
    for cut, whole in zip(history.as_of(at).linked, history.linked, strict=True):
        assert cut.effective == whole.as_of(at).effective
        assert history.known_at(at).linked[0].effective == history.linked[0].known_at(at).effective


@settings(max_examples=60, deadline=None)
@given(provider_histories(), st.integers(0, 12))
def test_what_is_known_does_not_change_what_was_known(history, count):
    """Whatever is recorded later, what had been known by an instant stays the same."""
    known = history.events[: count + 1]
    at = known[-1].recorded_at
    recorded = [event for event in history.events if event.recorded_at <= at]
    assert history.known_at(at).effective == History(history.ref, recorded).effective


class _Wordless(Fold):
    """A fold that handles nothing."""


def test_silent_events_pass_any_fold():
    """What no rule reads changes nothing, even before the opening; a correction is never folded itself."""
    told = Told(id="t", at=T, rule="r", episode="e", rung="warned", to="ana")
    fold = FileFold(REF)
    fold.apply(told)
    assert (fold.opened, fold.marks) == (None, [])
    with pytest.raises(InvalidInput, match=r"file/f-1/c: corrected does not fold into a file; fold History.effective"):
        fold.apply(Corrected(id="c", at=T, event="t"))
    with pytest.raises(InvalidInput, match="does not fold"):
        _Wordless(REF).apply(OPENED)
    with pytest.raises(InvalidInput, match="was not open"):
        fold.state()


def test_all_that_happens_at_one_instant_makes_one_state():
    """Two events of one microsecond share a state, in the order of the stream; the next microsecond has its own."""
    touch = ContactLogged(id="e-5", at=T + 2 * DAY, party="provider", channel="email")
    soon = Reviewed(id="e-6", at=T + 2 * DAY + dt.timedelta(microseconds=1))
    run = states(History(REF, [OPENED, ENTERED, touch, soon]))
    assert [[mark.id for mark in state.marks] for state in run] == [["e-1"], ["e-2", "e-5"], ["e-6"]]
    assert [state.at_us - to_us(T + 2 * DAY) for state in run[1:]] == [0, 1]
    assert (run[2].entered, run[2].entered_us) == ("e-2", to_us(T + 2 * DAY))


def test_states_share_facts_without_sharing_their_fate():
    """A later state never changes the facts of an earlier one."""
    fold = FileFold(REF)
    fold.apply(OPENED)
    before = fold.state()
    fold.know("promise", "pr-1", T.date(), ENTERED)
    assert before.facts == {}
    known = fold.state()
    fold.forget("promise", "pr-1")
    assert set(known.facts) == {("promise", "pr-1")}
    assert fold.state().facts == {}
