"""The input of assignment refuses what would mean nothing, and has one canonical form."""

import datetime as dt
import json

import attrs
import pytest

from credcore.assignment import Member, WorkItem
from credcore.errors import InvalidInput, NaiveInstant
from credcore.people import Person

OPENED = dt.datetime(2026, 3, 2, 15, tzinfo=dt.UTC)
ITEM = WorkItem(file="f-1", kind="initial", stage="psv", opened_at=OPENED)
ANA = Member(person=Person(id="ana", name="Ana", capacity=12))


@pytest.mark.parametrize("field", ["opened_at", "deadline"])
def test_an_instant_of_a_file_needs_a_zone(field):
    """A file opened or due at a time without a zone is refused, by the field's name."""
    with pytest.raises(NaiveInstant, match=field):
        attrs.evolve(ITEM, **{field: dt.datetime(2026, 3, 2, 15)})  # noqa: DTZ001 - the fault under test


@pytest.mark.parametrize("field", ["last_given_at", "free_at"])
def test_an_instant_of_a_person_needs_a_zone(field):
    """A person given a file or free at a time without a zone is refused, by the field's name."""
    with pytest.raises(NaiveInstant, match=field):
        attrs.evolve(ANA, **{field: dt.datetime(2026, 3, 2, 15)})  # noqa: DTZ001 - the fault under test


def test_a_file_takes_at_least_one_unit():
    """A file without effort would be placed without end, so it is refused."""
    with pytest.raises(InvalidInput, match="effort: 0 is no effort"):
        attrs.evolve(ITEM, effort=0)


def test_a_load_is_never_negative():
    """A person who carries less than nothing is refused."""
    with pytest.raises(InvalidInput, match="load: -1 is no load"):
        attrs.evolve(ANA, load=-1)


def test_being_given_a_file_adds_its_effort_and_takes_the_turn():
    """The person after a file carries its effort too, and the person before stays as they were."""
    after = attrs.evolve(ANA, load=3).given(attrs.evolve(ITEM, effort=2), turn=7)
    assert (after.load, after.turn) == (5, 7)
    assert (ANA.load, ANA.turn) == (0, 0)


def test_one_instant_in_two_zones_has_one_canonical_form():
    """The canonical form of a file does not tell in which zone its instants were written."""
    chicago = dt.timezone(dt.timedelta(hours=-6))
    assert attrs.evolve(ITEM, opened_at=OPENED.astimezone(chicago)).canonical == ITEM.canonical


def test_the_canonical_form_is_json_of_every_field():
    """Whatever a policy may read of a file or a person is in the form that digests are made of."""
    assert set(json.loads(ITEM.canonical)) == {field.name for field in attrs.fields(WorkItem)}
    assert json.loads(ANA.canonical)["person"]["id"] == "ana"
    assert attrs.evolve(ITEM, deadline=OPENED).canonical != ITEM.canonical


def test_what_has_no_canonical_form_is_said_to_have_none():
    """A value that JSON cannot write is refused rather than written as its address in memory."""
    with pytest.raises(TypeError, match="object has no canonical JSON"):
        _ = attrs.evolve(ITEM, provider=object()).canonical
