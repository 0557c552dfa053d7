"""Events to and from JSON: strictly, for every type, and without repeating what must not be repeated."""

import datetime as dt
import json
import types
import typing

import attrs
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from credcore.errors import InvalidInput, NaiveInstant
from credcore.events import (
    EVENT_TYPES,
    PARTIES,
    ContactLogged,
    Corrected,
    Event,
    HoldPlaced,
    Reviewed,
    StageChanged,
    Stamp,
    decode,
    encode,
    serial,
)
from credcore.history import KINDS
from credcore.testing.histories import WORDS, events, events_of

T = dt.datetime(2026, 3, 2, 9, tzinfo=dt.UTC)
EACH_TYPE = pytest.mark.parametrize("event_type", EVENT_TYPES.values(), ids=EVENT_TYPES)
LIKE_AN_SSN = ("078-05-1120", "078051120")
WRONG = {
    str: (1, "is not text"),
    bool: ("yes", "is not true or false"),
    int: (True, "is not a whole number"),
    dt.date: ("2 March", "is not a day such as"),
    dt.datetime: ("noon", "is not an instant such as"),
    tuple[str, ...]: ("ana", "is not a list of texts"),
    Event: ({"type": "nonsense"}, "unknown event type 'nonsense'"),
}


def example(event_type):
    """Return the mapping of one event of a type, with every field that needs a value."""
    data = {"type": event_type.type, "version": event_type.version}
    for field in attrs.fields(event_type):
        if field.default is attrs.NOTHING:
            words = WORDS.get((event_type.type, field.name))
            data[field.name] = words[0] if words else SAMPLES[field.type]
    return data


SAMPLES = {str: "x", int: 1, dt.date: "2026-03-02", dt.datetime: "2026-03-02T09:00:00Z", tuple[str, ...]: ["x"]}


def base_type(field):
    """Return a field's type without the None that it may also take."""
    if isinstance(field.type, types.UnionType):
        return next(option for option in typing.get_args(field.type) if option is not types.NoneType)
    return field.type


@EACH_TYPE
@settings(max_examples=12, deadline=None)
@given(data=st.data())
def test_case_24_every_type_comes_back_as_it_went(event_type, data):
    """Case 24: written to JSON text and read again, an event of any type is equal, and of the same type."""
    event = data.draw(events_of(event_type))
    back = decode(json.loads(json.dumps(encode(event))))
    assert back == event
    assert type(back) is event_type


@settings(max_examples=60, deadline=None)
@given(events())
def test_case_24_writing_is_canonical(event):
    """Case 24: what was read is written as before, and defaults are left out."""
    data = encode(event)
    assert encode(decode(data)) == data
    assert all(field.default != getattr(event, field.name) for field in attrs.fields(type(event)) if field.name in data)


@EACH_TYPE
def test_case_24_an_unknown_key_is_refused(event_type):
    """Case 24: a key that the type does not have is an error with the event's path, never dropped."""
    decode(example(event_type))
    with pytest.raises(InvalidInput, match=r"unknown key 'surprise'.* @ rows\[3\]"):
        decode(example(event_type) | {"surprise": 1}, "rows[3]")


@EACH_TYPE
def test_case_24_a_wrong_type_is_refused_with_its_path(event_type):
    """Case 24: for every field, a value of a wrong type is an error that names the field."""
    for field in attrs.fields(event_type):
        value, says = WRONG[base_type(field)]
        with pytest.raises(InvalidInput) as caught:
            decode(example(event_type) | {field.name: value}, "row")
        assert says in str(caught.value), field.name
        assert f"row.{field.name}" in str(caught.value)


@EACH_TYPE
def test_a_missing_key_is_named(event_type):
    """A field without a default must be there; the message names it."""
    for field in attrs.fields(event_type):
        if field.default is attrs.NOTHING:
            data = example(event_type)
            del data[field.name]
            with pytest.raises(InvalidInput, match=f"the key '{field.name}' is missing"):
                decode(data)


@settings(max_examples=60, deadline=None)
@given(events().filter(lambda event: not isinstance(event, Corrected)))
def test_case_24_a_correction_holds_an_event_of_any_type(event):
    """Case 24: the replacement inside a correction comes back as it went, tagged inside the tagged shape."""
    correction = Corrected(id="c", at=T, event="e", replacement=event)
    data = json.loads(json.dumps(encode(correction)))
    assert data["replacement"]["type"] == event.type
    back = decode(data)
    assert back == correction
    assert type(back.replacement) is type(event)


@EACH_TYPE
def test_case_24_a_correction_is_as_strict_inside(event_type):
    """Case 24: an unknown key or a wrong type inside a replacement is refused, and the path leads there."""
    for change, says in (({"surprise": 1}, "unknown key 'surprise'"), ({"id": 7}, "7 is not text")):
        data = {"type": "corrected", "id": "c", "at": "2026-03-02T09:00:00Z", "event": "e"}
        data["replacement"] = example(event_type) | change
        with pytest.raises(InvalidInput) as caught:
            decode(data, "row")
        assert says in str(caught.value)
        assert "row.replacement" in str(caught.value)


def test_all_faults_of_an_event_are_named_together():
    """A key that is missing, one that is unknown and a wrong type are told in one error."""
    with pytest.raises(InvalidInput) as caught:
        decode({"type": "stage-changed", "id": 1, "at": "2026-03-02T09:00:00Z", "stagge": "psv"})
    for says in ("1 is not text", "the key 'stage' is missing", "unknown key 'stagge', did you mean 'stage'?"):
        assert says in str(caught.value)


@pytest.mark.parametrize(
    ("data", "says"),
    [
        ({"type": "hold-place"}, "did you mean 'hold-placed'"),
        ({}, "unknown event type None"),
        ({"type": ["told"]}, "unknown event type"),
        ([], "is not a mapping"),
        (
            {"type": "reviewed", "version": 2},
            "is of version 2, this credcore reads it up to 1: install a newer credcore",
        ),
        ({"type": "reviewed", "version": [1]}, "is no version of reviewed"),
        ({"type": "reviewed", "version": True}, "is no version of reviewed"),
        ({"type": "reviewed", "version": 0}, "is no version of reviewed"),
        ({"type": "reviewed", "version": "1"}, "'1' is no version of reviewed; it is a whole number"),
        ({"type": "reviewed", "id": "e", "at": "2026-03-02T09:00:00"}, "without a time zone"),
    ],
)
def test_what_is_no_event_is_refused(data, says):
    """An unknown type or version, a naive instant, or no mapping at all is refused with what would be right."""
    with pytest.raises(InvalidInput, match=says):
        decode(data)


def test_an_older_version_is_read_for_ever(monkeypatch):
    """An upcaster turns an older shape into the newer one as it is read."""

    @attrs.frozen(kw_only=True)
    class Renamed(StageChanged):
        """A later version of the type."""

        version = 2

    monkeypatch.setattr(serial, "EVENT_TYPES", {"stage-changed": Renamed})
    upcast = {("stage-changed", 1): lambda body: {key.replace("step", "stage"): body[key] for key in body}}
    monkeypatch.setattr(serial, "UPCASTERS", upcast)
    old = {"type": "stage-changed", "version": 1, "id": "e", "at": "2026-03-02T09:00:00Z", "step": "psv"}
    assert decode(old).stage == "psv"


SCANNED = sorted(
    (event_type.type, field.name)
    for event_type in EVENT_TYPES.values()
    for field in attrs.fields(event_type)
    if field.name in ("why", "note", "reason", "what") and event_type.type != "assigned"
)


@pytest.mark.parametrize("value", LIKE_AN_SSN)
@pytest.mark.parametrize(("name", "field"), SCANNED)
def test_what_looks_like_an_ssn_is_refused_and_not_repeated(name, field, value):
    """Free text that could hold a social security number is refused; the message does not hold it."""
    with pytest.raises(InvalidInput) as caught:
        decode(example(EVENT_TYPES[name]) | {field: f"told me {value} just now"})
    assert "social security number" in str(caught.value)
    assert value not in str(caught.value)


def test_a_party_is_one_of_the_field():
    """Who is waited for is a party; a misspelt one is named with the nearest."""
    for party in PARTIES:
        assert HoldPlaced(id="e", at=T, hold="h", waiting_on=party).waiting_on == party
    with pytest.raises(InvalidInput, match="waiting_on: 'provder' is not one of its words; did you mean 'provider'"):
        HoldPlaced(id="e", at=T, hold="h", waiting_on="provder")


@pytest.mark.parametrize(("name", "field"), WORDS)
def test_the_words_of_a_field_are_these(name, field):
    """A field that takes certain words takes each of them, and no other."""
    for word in WORDS[name, field]:
        decode(example(EVENT_TYPES[name]) | {field: word})
    with pytest.raises(InvalidInput, match=field):
        decode(example(EVENT_TYPES[name]) | {field: "perhaps"})


def test_an_instant_has_a_zone():
    """An event without a zone on its instant is refused when it is made, as is what is no instant at all."""
    with pytest.raises(NaiveInstant, match="at: "):
        Reviewed(id="e", at=T.replace(tzinfo=None))
    with pytest.raises(InvalidInput, match="is not an instant"):
        Reviewed(id="e", at="2026-03-02")


def test_a_stamp_says_who_when_and_why():
    """A stamp gives every new event its id, instant, actor and reason; the record's instant is the event's own."""
    stamp = Stamp(T, "ana", iter(("e-1", "e-2")).__next__, "asked twice")
    first = stamp(ContactLogged, party="payer", channel="email")
    assert (first.id, first.at, first.by, first.why, first.recorded_at) == ("e-1", T, "ana", "asked twice", T)
    assert stamp(Reviewed, why="monthly").why == "monthly"


def test_every_type_belongs_somewhere():
    """A type's name is kebab-case and its own, it happens to known kinds of record, and somebody may record it."""
    for name, event_type in EVENT_TYPES.items():
        assert name == event_type.type
        assert name == name.lower().replace("_", "-")
        assert set(event_type.of) <= set(KINDS)
        assert event_type.of
        assert event_type.recorded_by


@pytest.mark.parametrize(
    "data",
    [
        {"type": "hold-placed", "id": "e", "at": "2026-03-02T15:00:00Z", "hold": "h", "waiting_on": "123-45-6789"},
        {"type": "stage-changed", "id": "e", "at": "123-45-6789", "stage": "psv"},
        {"type": "stage-changed", "id": "e", "at": "2026-03-02T15:00:00Z", "stage": ["123-45-6789"]},
        {"type": "stage-changed", "id": "e", "at": "2026-03-02T15:00:00Z", "stage": "psv", "123-45-6789": 1},
        {"type": "123-45-6789"},
        {"type": "assigned", "id": "e", "at": "2026-03-02T15:00:00Z", "to": "ben", "reason": "123-45-6789"},
    ],
)
def test_what_looks_like_private_data_is_never_echoed(data):
    """Whatever is wrong with it, the message withholds it."""
    with pytest.raises(InvalidInput) as refused:
        decode(data)
    assert "6789" not in str(refused.value)


def test_a_correction_does_not_replace_by_a_correction():
    """It names the event that now stands instead."""
    at = dt.datetime(2026, 3, 2, tzinfo=dt.UTC)
    with pytest.raises(InvalidInput, match="correct the event that now stands"):
        Corrected(id="c-2", at=at, event="e-1", replacement=Corrected(id="c-1", at=at, event="e-1"))
