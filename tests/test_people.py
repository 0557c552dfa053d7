"""People and teams, and the record on which assignment races."""

import datetime as dt
import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from credcore.errors import InvalidInput, NotFound
from credcore.events import AbsenceCancelled, CoverEnded, FileReturned, Stamp
from credcore.history import History, Ref
from credcore.people import Absence, Person, PersonRecord, Team

REF = Ref("person", "ana")
T = dt.datetime(2026, 3, 2, 9, tzinfo=dt.UTC)
HOUR = dt.timedelta(hours=1)
TICK = dt.timedelta(microseconds=1)
ids = itertools.count(1)


def stamp(hours=0):
    """Return a stamp of some hours after nine."""
    return Stamp(T + hours * HOUR, "lee", lambda: f"e-{next(ids)}")


def person(*steps):
    """Return a person's record after methods of it were called one after the other."""
    history = History(REF, ())
    for name, *args in steps:
        named = args.pop() if isinstance(args[-1], dict) else {}
        history = history.with_events(getattr(PersonRecord.from_history(history), name)(*args, **named))
    return PersonRecord.from_history(history)


def test_a_team_is_ordered_by_id():
    """Whatever order it is made in, a team goes by id, and by role in that order."""
    team = Team([Person(id="cy", roles=["lead"]), Person(id="ana"), Person(id="ben", roles=("lead", "specialist"))])
    assert [member.id for member in team] == ["ana", "ben", "cy"]
    assert [member.id for member in team.with_role("lead")] == ["ben", "cy"]
    assert (len(team), "ana" in team, "zoe" in team) == (3, True, False)
    assert team["ben"].roles == ("lead", "specialist")


def test_nobody_is_found_with_the_nearest():
    """A person who is not on the team is not found, and the nearest is named."""
    with pytest.raises(NotFound, match="did you mean 'anna'"):
        _ = Team([Person(id="anna")])["ana"]


def test_a_team_has_nobody_twice():
    """Two people of one id are refused."""
    with pytest.raises(InvalidInput, match="more than one person has the id ana"):
        Team([Person(id="ana"), Person(id="ana", capacity=3)])


def test_nothing_happened_to_a_person_yet():
    """A person without a history is there, covered by nobody, with all slots free."""
    ana = PersonRecord.from_history(History(REF, ()))
    assert ana == PersonRecord(id="ana")
    assert (ana.is_present(T), ana.covered_by(T), ana.free_slots(3)) == (True, None, 3)


def test_an_absence_is_half_open():
    """A person is away from the first instant, and there again at the last."""
    ana = person(("record_absence", "a-1", T, stamp(), {"until": T + HOUR}))
    assert [ana.is_present(at) for at in (T - TICK, T, T + HOUR - TICK, T + HOUR)] == [True, False, False, True]
    assert not person(("record_absence", "a-1", T, stamp())).is_present(T.replace(year=2050))


def test_a_cancelled_absence_ends_there_or_never_was():
    """Who comes back early was away until then; who calls an absence off was never away."""
    away = ("record_absence", "a-1", T + HOUR, stamp(), {"until": T + 9 * HOUR})
    back = person(away, ("cancel_absence", "a-1", stamp(3)))
    assert [back.is_present(T + hours * HOUR) for hours in (0, 2, 3)] == [True, False, True]
    assert person(away, ("cancel_absence", "a-1", stamp(1))).absences == {}
    with pytest.raises(InvalidInput, match="was over at 2026-03-02T12:00:00Z"):
        back.cancel_absence("a-1", stamp(4))


def test_cover_holds_for_its_span():
    """The list is covered in the span; of two covers the one that began last holds; ended, it holds no more."""
    ana = person(
        ("arrange_cover", "v-1", "ben", T, stamp(), {"until": T + 9 * HOUR}),
        ("arrange_cover", "v-2", "cy", T + HOUR, stamp()),
        ("end_cover", "v-2", stamp(3)),
    )
    assert [ana.covered_by(T + hours * HOUR) for hours in (-1, 0, 1, 3, 9)] == [None, "ben", "cy", "ben", None]
    assert person(("arrange_cover", "v-1", "ben", T, stamp()), ("end_cover", "v-1", stamp())).covers == {}


def test_of_two_covers_the_one_that_began_last_holds():
    """Their ids do not matter, nor which was arranged first."""
    ana = person(("arrange_cover", "v-1", "ben", T + HOUR, stamp()), ("arrange_cover", "v-2", "cy", T, stamp()))
    assert [ana.covered_by(T), ana.covered_by(T + HOUR)] == ["cy", "ben"]


def test_files_taken_fill_the_slots():
    """Each file that is taken uses a slot until it is given back; slots never go below none."""
    ana = person(("take", "f-1", stamp()), ("take", "f-2", stamp(1)))
    assert (ana.free_slots(3), ana.free_slots(1), set(ana.files)) == (1, 0, {"f-1", "f-2"})
    assert person(("take", "f-1", stamp()), ("give_back", "f-1", stamp(1))).free_slots(3) == 3


@pytest.mark.parametrize(
    ("steps", "call", "says"),
    [
        ([("take", "f-1", stamp())], ("take", "f-1", stamp()), "there already"),
        ([], ("take", "", stamp()), "give an id"),
        ([("take", "f-1", stamp())], ("give_back", "f-2", stamp()), "did you mean 'f-1'"),
        ([], ("cancel_absence", "a-1", stamp()), "no absence 'a-1'; known: none"),
        ([], ("end_cover", "v-1", stamp()), "no cover 'v-1'"),
        ([], ("record_absence", "a-1", T, stamp(), {"until": T}), "ends no later than it begins"),
        ([], ("record_absence", "a-1", T.replace(tzinfo=None), stamp()), "without a time zone"),
        ([("record_absence", "a-1", T, stamp())], ("record_absence", "a-1", T, stamp()), "there already"),
        ([], ("arrange_cover", "v-1", "ana", T, stamp()), "by another person"),
        ([], ("arrange_cover", "v-1", "ben", T, stamp(), {"until": T - HOUR}), "ends no later"),
    ],
)
def test_nonsense_is_refused(steps, call, says):
    """What a person's record cannot take is refused with the reason."""
    name, *args = call
    named = args.pop() if isinstance(args[-1], dict) else {}
    with pytest.raises(InvalidInput, match=says):
        getattr(person(*steps), name)(*args, **named)


def test_folding_tolerates_what_is_not_there():
    """Ending an absence, a cover or an ownership that is not there changes nothing."""
    events = (
        AbsenceCancelled(id="1", at=T, absence="x"),
        CoverEnded(id="2", at=T, cover="x"),
        FileReturned(id="3", at=T, file="x"),
    )
    assert PersonRecord.from_history(History(REF, events)) == PersonRecord(id="ana")


hours = st.integers(0, 20)


@given(st.lists(st.tuples(hours, st.none() | hours), max_size=4), hours)
def test_presence_is_the_absence_of_absences(spans, hour):
    """A person is present exactly when no span of theirs holds the instant."""
    absences = {
        str(index): Absence(
            id=str(index), since=T + since * HOUR, until=None if length is None else T + (since + length) * HOUR
        )
        for index, (since, length) in enumerate(spans)
    }
    away = any(since <= hour and (length is None or hour < since + length) for since, length in spans)
    assert PersonRecord(id="ana", absences=absences).is_present(T + hour * HOUR) is not away


@given(st.lists(st.tuples(st.sampled_from(("take", "give_back")), st.sampled_from("fgh"))))
def test_files_are_those_taken_and_not_given_back(moves):
    """What a person owns is a set: refused moves change nothing."""
    history, owned = History(REF, ()), set()
    for name, file in moves:
        record = PersonRecord.from_history(history)
        try:
            history = history.with_events(getattr(record, name)(file, stamp()))
        except InvalidInput:
            assert (file in owned) is (name == "take")
            continue
        owned ^= {file}
    assert set(PersonRecord.from_history(history).files) == owned
