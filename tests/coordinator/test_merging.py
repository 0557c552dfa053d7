"""Merging two records of one provider, and undoing it: nothing is lost, nothing that is kept is moved."""

import datetime as dt

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from credcore.adapters.memory import MemoryStore
from credcore.coordinator import Actor, NewCredential, NewProvider
from credcore.coordinator.chain import is_unbroken
from credcore.errors import Forbidden, InvalidInput, NotFound
from credcore.history import Ref
from credcore.identifiers import npi_check_digit
from credcore.providers import states
from desks import PROFILE, Clock, desk

DAY = dt.date(2025, 5, 1)
STATE_LICENCE = NewCredential(credential="licence-CT", kind="licence", number="0042", state="CT", expires_on=DAY)
DEA = NewCredential(credential="dea", kind="dea", number="AP5836727")
CHAIRS_RECORD = PROFILE.replace("[payers.lake]", '[roles]\ndetails-changed = ["chair"]\n\n[payers.lake]')


def with_two(store=None, **more):
    """Return a desk on which p-1 and p-2 are one provider."""
    coordinator = desk(store, **more)
    coordinator.register(
        [
            NewProvider(id="p-1", name="Ada Ames", npi="2000000002", credentials=(STATE_LICENCE,)),
            NewProvider(
                id="p-2",
                name="Ada B Ames",
                state="CT",
                city="Groton",
                credentials=(STATE_LICENCE, DEA),
                cycles=(("ncqa", dt.date(2023, 5, 10)),),
            ),
        ]
    )
    return coordinator


def provider(coordinator, name):
    """Return a provider as it stands."""
    return coordinator.show(Ref("provider", name)).record


def test_the_survivor_gets_what_it_lacks():
    """Details, credentials and cycles that only the duplicate had are on the survivor, recorded by the desk."""
    ana = with_two()
    done = ana.merge("p-2", "p-1", why="same NPI on both cards")
    ada = provider(ana, "p-1")
    assert (ada.name, ada.npi, ada.state, ada.city) == ("Ada Ames", "2000000002", "CT", "Groton")
    assert sorted(ada.credentials) == ["dea", "licence-CT"]
    assert ada.cycles["ncqa"].anchor_on == dt.date(2023, 5, 10)
    assert provider(ana, "p-2").merged_into == "p-1"
    assert ana.duplicates_of("p-1") == ("p-2",)
    assert [event.by for event in done.events] == ["ana", "system", "system", "system"]
    assert {event.why for event in done.events} == {"same NPI on both cards"}


def test_a_renewed_credential_is_taken_over_with_its_terms():
    """The chain of terms goes along, and an id that the survivor gave to another credential is not reused."""
    ana = with_two()
    ana.record("provider/p-1", lambda one, stamp: one.record_credential("dea", "dea", stamp, number="F91234563"))
    ana.record("provider/p-2", lambda one, stamp: one.renew("dea", stamp, expires_on=dt.date(2027, 5, 31)))
    ana.merge("p-2", "p-1", why="one person")
    held = provider(ana, "p-1").credentials
    assert [term.expires_on for term in held["dea-2"].terms] == [None, dt.date(2027, 5, 31)]
    assert held["dea"].number == "F91234563"


def test_merging_again_does_nothing():
    """A second merge says that it is repeated, whether with the same command or without one."""
    ana = with_two()
    first = ana.merge("p-2", "p-1", why="one person", command="c-1")
    before = len(ana.history("provider/p-1").events)
    assert ana.merge("p-2", "p-1", why="one person").repeated
    assert ana.merge("p-2", "p-1", why="one person", command="c-1").repeated
    assert len(ana.history("provider/p-1").events) == before
    assert len(first.events) == 4


def test_undone_and_merged_anew_it_holds():
    """What a merge brings has ids of its own each time: undoing the first does not undo the second."""
    ana = with_two()
    ana.merge("p-2", "p-1", why="one person")
    ana.unmerge("p-2", why="two persons")
    assert sorted(provider(ana, "p-1").credentials) == ["licence-CT"]
    ana.merge("p-2", "p-1", why="one person after all")
    assert sorted(provider(ana, "p-1").credentials) == ["dea", "licence-CT"]
    ana.unmerge("p-2", why="no")
    assert sorted(provider(ana, "p-1").credentials) == ["licence-CT"]


def test_what_happened_meanwhile_stays():
    """Undoing takes out what the merge brought, and nothing else."""
    clock = Clock()
    ana = with_two(clock=clock)
    ana.merge("p-2", "p-1", why="one person")
    clock.pass_time(days=1)
    ana.record("provider/p-1", lambda one, stamp: one.attest(DAY, stamp))
    ana.record("provider/p-1", lambda one, stamp: one.change_details(stamp, city="Mystic"))
    ana.unmerge("p-2", why="two persons")
    ada = provider(ana, "p-1")
    assert (ada.attested_on, ada.city, ada.state, ada.cycles) == (DAY, "Mystic", "", {})


def test_before_the_merge_nothing_of_it_was_so():
    """As of an instant before, both records are as they were; between merge and undoing, as the desk then believed."""
    clock = Clock()
    ana = with_two(clock=clock)
    before = clock.at
    clock.pass_time(days=1)
    ana.merge("p-2", "p-1", why="one person")
    merged = clock.at
    clock.pass_time(days=1)
    ana.unmerge("p-2", why="two persons")
    assert "dea" not in ana.show("provider/p-1", as_of=before).record.credentials
    assert "dea" in ana.show("provider/p-1", known_at=merged).record.credentials
    assert ana.show("provider/p-2", known_at=merged).record.merged_into == "p-1"


def test_a_duplicate_with_open_files_is_refused():
    """Files are never left with a record that is closed; the message names them and the way out."""
    ana = with_two()
    file = ana.open_file("initial", "p-2").ref.id
    with pytest.raises(InvalidInput, match=rf"p-2 has open files: {file}; .* merge the other way round"):
        ana.merge("p-2", "p-1", why="one person")
    ana.merge("p-1", "p-2", why="the other way round")
    assert ana.duplicates_of("p-2") == ("p-1",)


def test_a_duplicate_with_closed_files_is_merged():
    """What is finished stays with the duplicate and does not hinder."""
    ana = with_two()
    ana.advance(ana.open_file("initial", "p-2").ref.id, "withdrawn")
    ana.merge("p-2", "p-1", why="one person")
    assert provider(ana, "p-2").merged_into == "p-1"


@pytest.mark.parametrize(
    ("prepare", "call", "says"),
    [
        ((), ("p-1", "p-1"), "merged into another one"),
        ((("p-2", "p-3"),), ("p-1", "p-2"), "p-2 is merged itself; merge into p-3"),
        ((("p-2", "p-3"),), ("p-2", "p-1"), "merged into 'p-3' already"),
        ((("p-2", "p-3"),), ("p-3", "p-1"), "p-3 goes on for p-2; merge the other way round"),
    ],
)
def test_no_chains(prepare, call, says):
    """From every merged record one step leads to the one that goes on."""
    ana = with_two()
    ana.register([NewProvider(id="p-3", name="Ada Ames")])
    for one in prepare:
        ana.merge(*one, why="one person")
    with pytest.raises(InvalidInput, match=says):
        ana.merge(*call, why="one person")


def test_nothing_goes_on_at_a_terminated_record():
    """A terminated record can be the duplicate, not the survivor."""
    ana = with_two()
    ana.record("provider/p-1", lambda one, stamp: one.terminate(stamp))
    with pytest.raises(InvalidInput, match="p-1 is terminated, nothing goes on there; reinstate it first"):
        ana.merge("p-2", "p-1", why="one person")
    ana.merge("p-1", "p-2", why="one person")


def test_who_is_not_there_cannot_be_merged():
    """Both records must be known; what is not merged cannot be unmerged."""
    ana = with_two()
    with pytest.raises(NotFound, match="no provider 'p-9'"):
        ana.merge("p-2", "p-9", why="?")
    with pytest.raises(NotFound, match="no provider 'p-9'"):
        ana.unmerge("p-9", why="?")
    with pytest.raises(InvalidInput, match="is not merged"):
        ana.unmerge("p-2", why="?")


def test_only_who_may_merge_merges():
    """A specialist is refused, and that is on record; nothing else is."""
    ana = with_two()
    ben = ana.acting_as(Actor("ben", ["specialist"]))
    with pytest.raises(Forbidden, match="ben may not record merged"):
        ben.merge("p-2", "p-1", why="?")
    assert ana.history("provider/p-2").events[-1].type == "action-refused"
    assert ana.duplicates_of("p-1") == ()
    ana.merge("p-2", "p-1", why="one person")
    with pytest.raises(Forbidden, match="ben may not record unmerged"):
        ben.unmerge("p-2", why="?")
    assert ana.duplicates_of("p-1") == ("p-2",)


def test_a_merge_takes_no_role_but_its_own():
    """A coordinator merges also where the profile leaves the recording of details to others."""
    ana = with_two(profile=CHAIRS_RECORD)
    ana.merge("p-2", "p-1", why="one person")
    assert provider(ana, "p-1").city == "Groton"
    ana.unmerge("p-2", why="two persons")
    assert provider(ana, "p-1").city == ""


def test_a_merged_provider_gets_no_files():
    """A file is opened where work goes on; the message says where. The calendar opens none for the duplicate."""
    clock = Clock()
    ana = with_two(clock=clock)
    ana.merge("p-2", "p-1", why="one person")
    with pytest.raises(InvalidInput, match="p-2 is merged into p-1, which goes on for it; open the file there"):
        ana.open_file("initial", "p-2")
    clock.pass_time(days=40)
    ana.sweep()
    assert [opened.provider for opened in ana.open_due()] == ["p-1"]
    assert ana.open_due() == ()


def test_a_merged_provider_stands_on_no_worklist():
    """Its line is closed, however often the survivor changes and a sweep looks; undone, it is open again."""
    clock = Clock()
    ana = with_two(clock=clock)
    ana.merge("p-2", "p-1", why="one person")
    ana.record("provider/p-1", lambda one, stamp: one.change_details(stamp, city="Mystic"))
    clock.pass_time(days=1)
    ana.sweep()
    assert [entry.ref.id for entry in ana.worklist(kinds=["provider"])] == ["p-1"]
    ana.unmerge("p-2", why="two persons")
    assert {entry.ref.id for entry in ana.worklist(kinds=["provider"])} == {"p-1", "p-2"}


def days():
    """Draw days around the desk's own."""
    return st.dates(dt.date(2022, 1, 1), dt.date(2026, 2, 28))


@st.composite
def providers(draw, name):
    """Draw a provider with some details, credentials and cycles."""
    credentials = draw(
        st.lists(
            st.builds(
                NewCredential,
                credential=st.sampled_from(["a", "b", "c"]),
                kind=st.sampled_from(["licence", "dea"]),
                number=st.sampled_from(["1", "2"]),
                state=st.sampled_from(["", "CT"]),
                expires_on=st.none() | days(),
            ),
            max_size=3,
            unique_by=(lambda one: one.credential, lambda one: (one.kind, one.number, one.state)),
        )
    )
    number = draw(st.sampled_from(["", "200000000", "200000001"]))
    return NewProvider(
        id=name,
        name=draw(st.sampled_from(["Ada Ames", "A Ames"])),
        npi=number and number + npi_check_digit(number),
        state=draw(st.sampled_from(["", "CT", "MA"])),
        city=draw(st.sampled_from(["", "Groton"])),
        credentials=tuple(credentials),
        cycles=tuple(draw(st.dictionaries(st.sampled_from(["ncqa", "board"]), days(), max_size=2)).items()),
    )


@st.composite
def pairs(draw):
    """Draw a desk with two providers, who may have been attested, checked, renewed and on leave."""
    store = MemoryStore("main", clock=Clock())
    ana = desk(store)
    ana.register([draw(providers("p-1")), draw(providers("p-2"))])
    for name in ("p-1", "p-2"):
        for what in draw(st.lists(st.sampled_from(["attest", "monitor", "renew", "leave"]), max_size=3, unique=True)):
            day = draw(days())
            held = min(provider(ana, name).credentials, default="")
            if what == "attest":
                ana.record(f"provider/{name}", lambda one, stamp, day=day: one.attest(day, stamp))
            elif what == "monitor":
                ana.record(f"provider/{name}", lambda one, stamp, day=day: one.monitor("oig", day, stamp))
            elif what == "leave":
                ana.record(f"provider/{name}", lambda one, stamp: one.start_leave(stamp))
            elif held:
                ana.record(f"provider/{name}", lambda one, stamp, held=held: one.renew(held, stamp))
    return store, ana


def facts(coordinator, name):
    """Return the days that rules read of a provider."""
    run = states(coordinator.history(Ref("provider", name)))
    return {key: (fact.day, fact.until) for key, fact in run[-1].facts.items()}


@settings(max_examples=50, deadline=None)
@given(pairs())
def test_unmerging_gives_both_records_back(pair):
    """After a merge and its undoing both records are equal to what they were, and their chains unbroken."""
    store, ana = pair
    before = [provider(ana, name) for name in ("p-1", "p-2")]
    for _ in range(2):
        ana.merge("p-2", "p-1", why="one person")
        ana.unmerge("p-2", why="two persons")
    assert [provider(ana, name) for name in ("p-1", "p-2")] == before
    for name in ("p-1", "p-2"):
        assert is_unbroken("main", Ref("provider", name), store.history(Ref("provider", name)))


@settings(max_examples=50, deadline=None)
@given(pairs())
def test_a_merge_moves_no_day_and_loses_none(pair):
    """What the survivor keeps is as before, so nothing is due later; what only the duplicate kept is there."""
    _, ana = pair
    survivor, duplicate = facts(ana, "p-1"), facts(ana, "p-2")
    held = {(c.kind, c.state, c.number): c.terms[-1].expires_on for c in provider(ana, "p-2").credentials.values()}
    had = {(c.kind, c.state, c.number) for c in provider(ana, "p-1").credentials.values()}
    ana.merge("p-2", "p-1", why="one person")
    after = facts(ana, "p-1")
    assert survivor.items() <= after.items()
    repeated = {key: fact for key, fact in duplicate.items() if key[0] != "expiry"}
    assert after.items() >= {key: fact for key, fact in repeated.items() if key not in survivor}.items()
    has = {(c.kind, c.state, c.number): c.terms[-1].expires_on for c in provider(ana, "p-1").credentials.values()}
    assert set(has) == had | set(held)
    assert all(has[key] == expires_on for key, expires_on in held.items() if key not in had)
