"""Events as a store keeps them: read back equal, and chained so that a change shows."""

import json

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from credcore.coordinator.chain import NewEvent, chained, from_stored, is_unbroken
from credcore.errors import InvalidInput
from credcore.events import Reviewed, StageChanged
from credcore.history import Ref
from credcore.ports import Stored
from desks import MONDAY, desk, with_provider

REF = Ref("file", "f-1")
EMPTY = Stored(REF, 0, b"", "", None)
EVENTS = [
    StageChanged(id="e-1", at=MONDAY, by="ana", stage="psv"),
    Reviewed(id="e-2", at=MONDAY, by="ben", note="looked", why="ümlaut"),
    StageChanged(id="e-3", at=MONDAY, by="ana", stage="qa"),
]


def stored(key=b"", events=EVENTS):
    """Return events as the store keeps them."""
    return list(chained("main", EMPTY, [NewEvent(event, f"k-{event.id}") for event in events], key))


def test_what_is_stored_is_read_back_equal():
    """Nothing is lost between the fold and the file."""
    assert [from_stored(item, REF) for item in stored()] == EVENTS


def test_a_chain_goes_on_where_it_stopped():
    """In one commit or in three, the links are the same."""
    whole = stored()
    first = whole[0]
    after = Stored(REF, 1, first.mac, "", None)
    rest = list(chained("main", after, [NewEvent(event, f"k-{event.id}") for event in EVENTS[1:]], b""))
    assert [first, *rest] == whole


@pytest.mark.parametrize("key", [b"", b"secret"])
@given(
    place=st.integers(0, 2),
    change=st.sampled_from(
        [
            {"body": '{"id":"e-9"}'},
            {"by": "eve"},
            {"at": 0},
            {"recorded_at": 1},
            {"type": "reviewed-twice"},
            {"key": None},
            {"mac": b"x" * 32},
            {"version": 7},
        ]
    ),
)
def test_law_any_change_to_a_stored_event_breaks_the_chain(key, place, change):
    """Each column and the order are part of the link."""
    events = stored(key)
    assert is_unbroken("main", REF, events, key)
    events[place] = attrs.evolve(events[place], **change)
    assert not is_unbroken("main", REF, events, key)


@pytest.mark.parametrize("tamper", [lambda e: e[1:], lambda e: [e[1], e[0], e[2]], lambda e: [e[0], e[2]]])
def test_a_removed_or_moved_event_breaks_the_chain(tamper):
    """What is missing from the start or the middle is seen; a missing end needs a seal."""
    assert not is_unbroken("main", REF, tamper(stored()))


def test_events_of_another_record_or_desk_or_key_do_not_pass():
    """The chain begins from the desk, the record and the key."""
    events = stored(b"secret")
    assert not is_unbroken("other", REF, events, b"secret")
    assert not is_unbroken("main", Ref("file", "f-2"), events, b"secret")
    assert not is_unbroken("main", REF, events, b"guess")


def test_a_stored_event_that_cannot_be_read_names_its_place():
    """The message says which record and where in its stream."""
    broken = attrs.evolve(stored()[1], body="{")
    with pytest.raises(InvalidInput, match=r"file/f-1\[2\]"):
        from_stored(broken, REF)


def test_the_desk_keeps_an_unbroken_chain_for_every_record():
    """Whatever the shell wrote can be verified from its first event."""
    coordinator = with_provider(desk(signing_key=b"secret"))
    file_id = coordinator.open_file("initial", "p-1").ref.id
    coordinator.record(file_id, lambda file, stamp: file.review(stamp))
    coordinator.day()
    store = coordinator._context.store
    for ref in (Ref("desk", "main"), Ref("provider", "p-1"), Ref("file", file_id), Ref("person", "ana")):
        assert is_unbroken("main", ref, store.history(ref), b"secret"), ref


def test_the_body_is_canonical_json():
    """One spelling, so that a link can be computed anywhere."""
    body = stored()[1].body
    assert body == json.dumps(json.loads(body), sort_keys=True, separators=(",", ":"), ensure_ascii=False)
