"""The desk: its team and the editions of its profile."""

import datetime as dt
import itertools

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from credcore.desk import Desk, open_desk
from credcore.errors import InvalidInput
from credcore.events import EditionAdopted, PersonChanged, PersonLeft, Stamp
from credcore.history import History, Ref

REF = Ref("desk", "lakeside")
T = dt.datetime(2026, 3, 2, 9, tzinfo=dt.UTC)
HOUR = dt.timedelta(hours=1)
ids = itertools.count(1)


def stamp(hours=1):
    """Return a stamp some hours after the opening."""
    return Stamp(T + hours * HOUR, "lee", lambda: f"e-{next(ids)}")


def after(*steps):
    """Return a history after methods of the desk were called one after the other."""
    history = History(REF, open_desk("Lakeside Hospital", stamp(0)))
    for name, *args in steps:
        named = args.pop() if isinstance(args[-1], dict) else {}
        history = history.with_events(getattr(Desk.from_history(history), name)(*args, **named))
    return history


def desk(*steps):
    """Return the desk after some steps."""
    return Desk.from_history(after(*steps))


def test_a_desk_begins_empty():
    """A new desk has its name, nobody, and no edition in force."""
    new = desk()
    assert (new.name, new.opened_at, len(new.team), new.editions) == ("Lakeside Hospital", T, 0, ())
    assert new.edition_at(T) is None
    with pytest.raises(InvalidInput, match="name the desk"):
        open_desk("", stamp())


def test_people_join_change_and_leave():
    """A person's traits change one by one; who left may join again."""
    joined = ("join", "ana", stamp(), {"roles": ["specialist", "lead"], "states": ["IL"], "capacity": 12})
    changed = ("change", "ana", stamp(2), {"capacity": 0, "states": []})
    ana = desk(joined, changed).team["ana"]
    assert (ana.roles, ana.states, ana.capacity) == (("specialist", "lead"), (), 0)
    assert "ana" not in desk(joined, ("leave", "ana", stamp(3))).team
    assert desk(joined, ("leave", "ana", stamp(3)), ("join", "ana", stamp(4))).team["ana"].capacity == 40


@pytest.mark.parametrize(
    ("call", "says"),
    [
        (("join", "ana", stamp()), "on the team already"),
        (("join", "", stamp()), "give an id"),
        (("join", "ben", stamp(), {"roles": []}), "at least one role"),
        (("join", "ben", stamp(), {"states": ["Illinois"]}), "write 'IL'"),
        (("join", "ben", stamp(), {"capacity": -1}), "give 0 or more"),
        (("join", "ben", stamp(-1)), "opened only at 2026-03-02T09:00:00Z"),
        (("change", "anna", stamp(), {"capacity": 3}), "did you mean 'ana'"),
        (("change", "ana", stamp(), {"roles": ()}), "at least one role"),
        (("leave", "ben", stamp()), "nobody on the team is 'ben'"),
        (("adopt", "…", stamp(), {"in_force": T + 5 * HOUR}), "reaches back without end"),
    ],
)
def test_nonsense_is_refused(call, says):
    """What a desk cannot take is refused with the reason."""
    name, *args = call
    named = args.pop() if isinstance(args[-1], dict) else {}
    with pytest.raises(InvalidInput, match=says):
        getattr(desk(("join", "ana", stamp())), name)(*args, **named)


def test_the_first_edition_reaches_back_without_end():
    """The first edition is in force at every instant until the second one is."""
    there = desk(("adopt", "one", stamp()), ("adopt", "two", stamp(2), {"in_force": T + 5 * HOUR}))
    assert [(edition.edition, edition.in_force) for edition in there.editions] == [(1, None), (2, T + 5 * HOUR)]
    at = {hours: there.edition_at(T + hours * HOUR).text for hours in (-9999, 4, 5, 9999)}
    assert at == {-9999: "one", 4: "one", 5: "two", 9999: "two"}


def test_no_edition_judges_what_was_judged_before():
    """Case 31: an edition is in force neither before it was adopted nor before the one that came before it."""
    there = desk(("adopt", "one", stamp()), ("adopt", "two", stamp(2), {"in_force": T + 5 * HOUR}))
    with pytest.raises(InvalidInput, match="earliest start is 2026-03-02T12:00:00Z"):
        there.adopt("three", stamp(3), in_force=T + 2 * HOUR)
    with pytest.raises(InvalidInput, match="edition 2 is in force only from 2026-03-02T14:00:00Z"):
        there.adopt("three", stamp(3))
    [event] = there.adopt("three", stamp(6))
    assert (event.edition, event.in_force) == (3, T + 6 * HOUR)


def test_an_edition_is_in_force_no_earlier_than_it_was_recorded():
    """The commit may come a moment after the stamp: the edition then starts with the commit."""
    history = after(("adopt", "one", stamp()))
    [second] = Desk.from_history(history).adopt("two", stamp(2))
    late = attrs.evolve(second, recorded_at=T + 3 * HOUR)
    assert Desk.from_history(history.with_events([late])).editions[1].in_force == T + 3 * HOUR
    planless = EditionAdopted(id="x", at=T + HOUR, edition=2, text="two", recorded_at=T + 4 * HOUR)
    assert Desk.from_history(history.with_events([planless])).editions[1].in_force == T + 4 * HOUR


def test_folding_tolerates_who_is_not_there():
    """A change or departure of somebody who is not on the team changes nothing."""
    history = after(("join", "ana", stamp()))
    stray = (PersonChanged(id="1", at=T + HOUR, person="x", capacity=1), PersonLeft(id="2", at=T + HOUR, person="x"))
    assert Desk.from_history(history.with_events(stray)) == Desk.from_history(history)


@given(st.lists(st.tuples(st.integers(0, 5), st.none() | st.integers(0, 9)), min_size=1, max_size=6))
def test_editions_start_in_order(plans):
    """Whatever is adopted, starts rise, none lies before its record, and one edition is in force at each instant."""
    history, now = after(), 1
    for wait, ahead in plans:
        now += wait
        planned = {} if ahead is None or not history.events[1:] else {"in_force": T + (now + ahead) * HOUR}
        try:
            history = history.with_events(Desk.from_history(history).adopt("text", stamp(now), **planned))
        except InvalidInput:
            continue
    there = Desk.from_history(history)
    starts = [edition.in_force for edition in there.editions[1:]]
    assert starts == sorted(set(starts))
    assert all(start >= event.recorded_at for start, event in zip(starts, history.events[2:], strict=True))
    assert [edition.edition for edition in there.editions] == list(range(1, len(there.editions) + 1))
    assert there.edition_at(T - 9999 * HOUR) is there.editions[0]
