"""Merging two records of one provider, and undoing it: nothing is lost, nothing that is kept is moved."""

import datetime as dt

import attrs
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from credcore.adapters.memory import MemoryStore
from credcore.coordinator import Actor, NewCredential, NewProvider
from credcore.coordinator.chain import is_unbroken
from credcore.errors import Forbidden, InvalidInput, NotFound
from credcore.events import Corrected, CredentialRecorded, Merged, Told
from credcore.history import History, Ref
from credcore.identifiers import npi_check_digit
from credcore.providers import ProviderRecord, states
from desks import PROFILE, Clock, Racing, desk

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


# --- what stays when a merge is undone

RENEWED = dt.date(2028, 5, 31)
"""A day on which the brought credential ends once it was renewed on the survivor."""


def by_hand(ana):
    """Renew the brought credential on the survivor."""
    ana.record("provider/p-1", lambda one, stamp: one.renew("dea", stamp, expires_on=RENEWED))


def by_roster(ana):
    """Have a roster say that it was renewed; the row may be the duplicate's own."""
    told = attrs.evolve(DEA, expires_on=RENEWED)
    (row,) = ana.take_in([NewProvider(id="p-2", name="Ada Ames", credentials=(told,))]).rows
    assert (row.provider, row.changes) == ("p-1", ("dea renewed",))


@pytest.mark.parametrize("renew", [by_hand, by_roster])
def test_a_renewal_is_never_taken_out_with_the_merge(renew):
    """The chain that the survivor went on with stays whole, and the outcome names it; the rest is taken out."""
    ana = with_two()
    ana.merge("p-2", "p-1", why="one person")
    renew(ana)
    done = ana.unmerge("p-2", why="two persons", command="u-1")
    ada = provider(ana, "p-1")
    assert [term.expires_on for term in ada.credentials["dea"].terms] == [None, RENEWED]
    assert (ada.city, ada.cycles) == ("", {})
    assert done.kept == ("dea",)
    assert ana.unmerge("p-2", why="two persons", command="u-1").kept == ("dea",)


def test_a_corrected_copy_is_taken_out_all_the_same():
    """What stands in a copy's place is the merge's, under whatever id, corrected however often."""
    ana = with_two()
    ana.merge("p-2", "p-1", why="one person")
    wrong = next(event for event in ana.history("provider/p-1").effective if getattr(event, "credential", "") == "dea")
    for number in ("F91234563", "AP5836727"):
        right = attrs.evolve(wrong, id=f"fix-{number}", number=number)
        ana.correct("provider/p-1", wrong.id, right, why="misread")
        wrong = right
    assert ana.unmerge("p-2", why="two persons").kept == ()
    assert sorted(provider(ana, "p-1").credentials) == ["licence-CT"]


def test_a_copy_that_somebody_took_out_is_not_taken_out_again():
    """It stands no longer, and undoing the merge does not stumble over it."""
    ana = with_two()
    ana.merge("p-2", "p-1", why="one person")
    copy = next(event for event in ana.history("provider/p-1").effective if event.type == "cycle-anchored")
    ana.correct("provider/p-1", copy.id, why="another body's")
    assert len(ana.unmerge("p-2", why="two persons").events) == 3
    assert provider(ana, "p-1").cycles == {}


def test_each_undoing_answers_for_its_own_merge():
    """Asked again, the first names what stayed of the first merge, and the second of the second."""
    ana = with_two()
    ana.merge("p-2", "p-1", why="one person")
    ana.unmerge("p-2", why="two persons", command="u-1")
    ana.merge("p-2", "p-1", why="one person after all")
    by_hand(ana)
    ana.unmerge("p-2", why="no", command="u-2")
    again = [ana.unmerge("p-2", why="no", command=command).kept for command in ("u-1", "u-2")]
    assert again == [(), ("dea",)]


def test_what_was_kept_is_the_survivors_from_then_on():
    """Merged and undone anew, nothing of it is touched."""
    ana = with_two()
    ana.merge("p-2", "p-1", why="one person")
    by_hand(ana)
    ana.unmerge("p-2", why="two persons")
    ana.merge("p-2", "p-1", why="one person after all")
    assert ana.unmerge("p-2", why="no").kept == ()
    assert provider(ana, "p-1").credentials["dea"].expires_on == RENEWED


# --- a call made again


def test_merging_and_undoing_again_give_the_first_answers():
    """Also after the merge was undone: a retry neither raises nor merges anew, and has the other record's events."""
    ana = with_two()
    merged = ana.merge("p-2", "p-1", why="one person", command="m-1")
    undone = ana.unmerge("p-2", why="two persons", command="u-1")
    before = [len(ana.history(f"provider/{name}").events) for name in ("p-1", "p-2")]
    for first, again in (
        (merged, ana.merge("p-2", "p-1", why="one person", command="m-1")),
        (undone, ana.unmerge("p-2", why="two persons", command="u-1")),
    ):
        assert (again.events, again.repeated) == (first.events, True)
        assert len(again.events) == 4
    assert [len(ana.history(f"provider/{name}").events) for name in ("p-1", "p-2")] == before
    assert provider(ana, "p-2").merged_into == ""


@pytest.mark.parametrize(
    "other",
    [
        lambda ana: ana.unmerge("p-2", why="?", command="m-1"),
        lambda ana: ana.merge("p-2", "p-3", why="?", command="m-1"),
        lambda ana: ana.merge("p-3", "p-1", why="?", command="m-1"),
        lambda ana: ana.open_file("initial", "p-1", command="m-1"),
    ],
)
def test_an_id_of_a_merge_is_for_that_merge(other):
    """Used for anything else it is refused, and nothing happens."""
    ana = with_two()
    ana.register([NewProvider(id="p-3", name="Ada Ames")])
    ana.merge("p-2", "p-1", why="one person", command="m-1")
    with pytest.raises(InvalidInput, match="'m-1' was used for another call"):
        other(ana)
    assert [provider(ana, name).merged_into for name in ("p-1", "p-2", "p-3")] == ["", "p-1", ""]


# --- while somebody else works


def racing():
    """Return a desk with three records, and its store, on which somebody may write just before a commit."""
    store = Racing("main", clock=Clock())
    ana = with_two(store, clock=store._clock)
    ana.register([NewProvider(id="p-3", name="Ada Ames")])
    return store, ana


def once_read(store, act):
    """Have something happen when the records that depend on p-2 were read for the first time."""
    children, waiting = store.children, [act]

    def read(ref):
        found = children(ref)
        if ref == Ref("provider", "p-2") and waiting:
            waiting.pop()()
        return found

    store.children = read


def test_a_file_opened_meanwhile_is_not_left_behind():
    """A new file changes no provider, and all the same the merge is refused, naming it."""
    store, ana = racing()
    store.meanwhile = lambda: ana.open_file("initial", "p-2")
    with pytest.raises(InvalidInput, match="p-2 has open files: f-"):
        ana.merge("p-2", "p-1", why="one person")
    store.meanwhile = lambda: ana.merge("p-3", "p-1", why="one person")
    with pytest.raises(InvalidInput, match="p-3 is merged into p-1, which goes on for it; open the file there"):
        ana.open_file("initial", "p-3")


@pytest.mark.parametrize(
    ("meanwhile", "call", "says"),
    [
        (("p-3", "p-2"), ("p-2", "p-1"), "p-2 goes on for p-3"),
        (("p-2", "p-1"), ("p-3", "p-2"), "p-2 is merged itself; merge into p-1"),
        (("p-1", "p-3"), ("p-2", "p-1"), "p-1 is merged itself; merge into p-3"),
        (("p-2", "p-1"), ("p-1", "p-2"), "p-2 is merged itself; merge into p-1"),
    ],
)
def test_no_chains_whoever_is_faster(meanwhile, call, says):
    """Two merges at once leave no record that goes on for another and is merged itself."""
    store, ana = racing()
    store.meanwhile = lambda: ana.merge(*meanwhile, why="one person")
    with pytest.raises(InvalidInput, match=says):
        ana.merge(*call, why="one person")


def test_a_refusal_that_is_out_of_date_is_judged_anew():
    """Whoever undoes the other merge meanwhile clears the way."""
    store, ana = racing()
    ana.merge("p-3", "p-2", why="one person")
    once_read(store, lambda: ana.unmerge("p-3", why="two persons"))
    ana.merge("p-2", "p-1", why="one person")
    assert provider(ana, "p-2").merged_into == "p-1"


def test_a_dry_run_meets_what_happens_meanwhile_too():
    """It says what the commit would have met: here a file that was opened just now."""
    store, ana = racing()
    once_read(store, lambda: ana.open_file("initial", "p-2"))
    (tried,) = ana.for_each(["p-2"], lambda desk, name: desk.merge(name, "p-1", why="one person"), dry_run=True)
    assert "p-2 has open files" in str(tried.error)


def test_the_calendar_opens_no_file_beside_one_that_was_opened_meanwhile():
    """One decision serves every body, so a file opened by hand in that moment covers the cycle."""
    clock = Clock()
    store = Racing("main", clock=clock)
    ana = with_two(store, clock=clock)
    clock.pass_time(days=40)
    ana.sweep()
    store.meanwhile = lambda: ana.open_file("recredentialing", "p-2")
    assert ana.open_due() == ()
    assert len(list(ana.worklist())) == 1


# --- by hand


@pytest.mark.parametrize(
    ("ref", "change", "says"),
    [
        ("p-2", lambda one, stamp: one.merge_into("p-1", stamp), r"a merged is more than this event; call merge\(\)"),
        ("p-2", lambda one, stamp: one.merge_into("nobody", stamp), r"a merged is more than this event"),
        ("p-2", lambda _, stamp: [stamp(Merged, into="p-1")], r"a merged is more than this event"),
        ("p-3", lambda one, stamp: one.unmerge(stamp), r"an? unmerged is more than this event; call unmerge\(\)"),
        ("p-3", lambda one, stamp: one.attest(DAY, stamp), "p-3 is merged into p-1, which goes on for it; record it"),
        ("p-3", lambda one, stamp: one.terminate(stamp), r"record it there, or call unmerge\(\) first"),
        ("p-3", lambda _, stamp: [stamp(CredentialRecorded, credential="x", kind="dea")], "p-3 is merged into p-1"),
    ],
)
def test_what_a_merge_checks_is_not_gone_round(ref, change, says):
    """Merging and undoing have calls of their own, and a merged record is closed; each refusal names what is right."""
    ana = with_two()
    ana.register([NewProvider(id="p-3", name="Ada Ames")])
    ana.merge("p-3", "p-1", why="one person")
    before = len(ana.history(f"provider/{ref}").events)
    with pytest.raises(InvalidInput, match=says):
        ana.record(f"provider/{ref}", change)
    assert len(ana.history(f"provider/{ref}").events) == before


def test_neither_a_merge_nor_its_undoing_is_corrected():
    """A correction would mend one record of two; the message names the call that mends both."""
    ana = with_two()
    merged = ana.merge("p-2", "p-1", why="one person").events[0]
    with pytest.raises(InvalidInput, match=r"p-2 is merged into p-1, .* or call unmerge\(\) first"):
        ana.correct("provider/p-2", merged.id, why="two persons")
    undone = ana.unmerge("p-2", why="two persons").events[0]
    for event, call in ((merged, "unmerge"), (undone, "merge")):
        with pytest.raises(InvalidInput, match=rf"is more than this event; call {call}\(\), which mends both"):
            ana.correct("provider/p-2", event.id, why="a slip")
    assert provider(ana, "p-2").merged_into == ""


def test_the_desk_itself_still_records_on_a_merged_record():
    """What was told of it and stands no longer is withdrawn, by a sweep or by a host's own telling."""
    clock = Clock()
    ana = with_two(clock=clock)
    clock.pass_time(days=70)
    ana.sweep()
    told = [event for event in ana.history("provider/p-2").events if isinstance(event, Told)]
    assert told
    ana.merge("p-2", "p-1", why="one person")
    ana.sweep()
    assert ana.history("provider/p-2").events[-1].type == "withdrawn"
    again = attrs.evolve(told[0], id="told-again")
    ana.acting_as(Actor("notifier", ["system"])).record("provider/p-2", [again])
    assert ana.history("provider/p-2").events[-1].type == "told"


# --- files of before the merge


def with_a_decided_file(outcome, on=dt.date(2026, 3, 2)):
    """Return a desk on which p-2 has a decided file, and its decision."""
    clock = Clock()
    ana = with_two(clock=clock)
    file = ana.open_file("initial", "p-2").ref.id
    ana.record(file, lambda one, stamp: one.receive("application", stamp))
    ana.advance(file, "psv")
    facts = {"source": "board", "method": "online", "result": "active", "verified_on": on, "tz": dt.UTC}
    ana.record(file, lambda one, stamp: one.verify("licence", stamp=stamp, **facts))
    ana.advance(file, "committee")
    ana.approve(file, "credentials")
    ana.approve(file, "board", outcome)
    for entry in list(ana.worklist()):
        ana.advance(entry.ref.id, "withdrawn")
    clock.pass_time(days=1)
    return ana, file, next(event for event in ana.history(file).effective if event.type == "decided")


@pytest.mark.parametrize("has_copy", [True, False])
def test_a_decision_corrected_after_the_merge_counts_where_work_goes_on(has_copy):
    """Cycle and enrolments are the survivor's, as if it had been right before the merge; undone, the cycle is not."""
    ana, file, denied = with_a_decided_file("denied")
    ana.merge("p-2", "p-1", why="one person")
    if not has_copy:
        ana.correct("provider/p-1", provider(ana, "p-1").cycles["ncqa"].event, why="another body's")
    ana.correct(file, denied.id, attrs.evolve(denied, id="d-2", outcome="approved"), why="the minutes say approved")
    assert [provider(ana, name).cycles["ncqa"].anchor_on for name in ("p-1", "p-2")] == [denied.decided_on] * 2
    opened = [ana.show(entry.ref).record for entry in ana.worklist()]
    assert {(one.provider, one.parent) for one in opened} == {("p-1", file)}
    assert sorted(one.payer for one in opened) == ["lake", "prairie"]
    ana.unmerge("p-2", why="two persons")
    assert provider(ana, "p-1").cycles == {}
    assert provider(ana, "p-2").cycles["ncqa"].anchor_on == denied.decided_on


def test_a_decision_taken_back_after_the_merge_is_taken_back_where_it_was_brought():
    """The survivor counts from what the duplicate counts from then; what it was opened for keeps its key."""
    ana, file, decided = with_a_decided_file("approved")
    ana.merge("p-2", "p-1", why="one person")
    copy = provider(ana, "p-1").cycles["ncqa"]
    moved = attrs.evolve(decided, id="d-2", decided_on=dt.date(2026, 3, 1))
    ana.correct(file, decided.id, moved, why="the day before")
    assert provider(ana, "p-1").cycles["ncqa"] == attrs.evolve(copy, anchor_on=dt.date(2026, 3, 1))
    ana.correct(file, "d-2", attrs.evolve(moved, id="d-3", outcome="denied"), why="misread")
    assert provider(ana, "p-1").cycles["ncqa"].anchor_on == dt.date(2023, 5, 10)
    ana.unmerge("p-2", why="two persons")
    assert provider(ana, "p-1").cycles == {}


def test_a_cycle_of_the_survivors_own_stands_whatever_is_corrected():
    """As in the merge itself: no day that it keeps is moved."""
    ana, file, decided = with_a_decided_file("approved")
    ana.record("provider/p-1", lambda one, stamp: one.anchor_cycle("ncqa", dt.date(2025, 1, 1), stamp))
    ana.merge("p-2", "p-1", why="one person")
    ana.correct(file, decided.id, attrs.evolve(decided, id="d-2", decided_on=dt.date(2026, 3, 1)), why="misread")
    assert provider(ana, "p-1").cycles["ncqa"].anchor_on == dt.date(2025, 1, 1)
    assert provider(ana, "p-2").cycles["ncqa"].anchor_on == dt.date(2026, 3, 1)


def test_a_closed_file_of_a_merged_record_is_not_opened_again():
    """A correction that would do so is refused with the record on which work goes on."""
    ana = with_two()
    file = ana.open_file("initial", "p-2").ref.id
    closed = ana.advance(file, "withdrawn").events[0]
    ana.merge("p-2", "p-1", why="one person")
    with pytest.raises(InvalidInput, match=rf"{file} would be open, .* p-2 is merged into p-1, .* open a file there"):
        ana.correct(file, closed.id, why="it was not withdrawn")
    mine = ana.open_file("initial", "p-1").ref.id
    opening = ana.history(mine).events[0]
    with pytest.raises(InvalidInput, match=f"{mine} would be open, and its provider p-2 is merged into p-1"):
        ana.correct(mine, opening.id, attrs.evolve(opening, provider="p-2"), why="wrong provider")


# --- as of an instant


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


def test_the_other_way_round_is_advised_only_if_it_would_be_taken():
    """With open files on both there is one way: to withdraw, and the call that does it is said where there is one."""
    ana = with_two()
    mine, other = ana.open_file("initial", "p-2").ref.id, ana.open_file("initial", "p-1").ref.id
    with pytest.raises(InvalidInput) as raised:
        ana.merge("p-2", "p-1", why="one person")
    assert str(raised.value) == (
        f"into: p-2 has open files: {mine}; withdraw or finish it first, from a program: "
        f'desk.advance("{mine}", "withdrawn")'
    )
    ana.advance(other, "withdrawn")
    with pytest.raises(InvalidInput, match="or merge the other way round"):
        ana.merge("p-2", "p-1", why="one person")
    ana.record("provider/p-2", lambda one, stamp: one.terminate(stamp))
    with pytest.raises(InvalidInput, match=r'"withdrawn"\)$'):
        ana.merge("p-2", "p-1", why="one person")
    ana.advance(mine, "withdrawn")
    ana.merge("p-2", "p-1", why="one person")


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
        ((("p-2", "p-3"),), ("p-3", "p-1"), "p-3 goes on for p-2; unmerge it first, or merge the other way round"),
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
    with pytest.raises(NotFound, match="no provider 'p-9'"):
        ana.duplicates_of("p-9")
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


MEANWHILE = {
    "attest": lambda one, stamp: one.attest(dt.date(2026, 3, 1), stamp),
    "monitor": lambda one, stamp: one.monitor("npdb", dt.date(2026, 3, 1), stamp),
    "move": lambda one, stamp: one.change_details(stamp, city="Elsewhere"),
    "licence": lambda one, stamp: one.record_credential("own", "licence", stamp, number="own"),
    "decide": lambda one, stamp: one.anchor_cycle("ncqa", dt.date(2026, 3, 2), stamp),
    "leave": lambda one, stamp: one.start_leave(stamp),
}


@settings(max_examples=50, deadline=None)
@given(pairs(), st.lists(st.sampled_from(sorted(MEANWHILE)), unique=True), st.data())
def test_undone_the_survivor_is_as_if_there_had_been_no_merge(pair, happens, data):
    """Whatever happened to it meanwhile, and whichever copies were corrected, it tells what it tells without a merge.

    Save a brought credential that was renewed since, which stays under its name.
    """
    _, ana = pair
    ref = "provider/p-1"
    on_leave = provider(ana, "p-1").status == "on-leave"
    happens = [what for what in happens if what != "leave" or not on_leave]
    before = {event.id for event in ana.history(ref).events}
    ana.merge("p-2", "p-1", why="one person")
    copies = [event for event in ana.history(ref).effective if event.id not in before]
    for what in happens:
        ana.record(ref, MEANWHILE[what])
    for number, copy in enumerate(data.draw(st.lists(st.sampled_from(copies), unique=True)) if copies else ()):
        new = data.draw(st.none() | st.just(attrs.evolve(copy, id=f"new-{number}", why="misread")))
        ana.correct(ref, copy.id, new, why="misread")
    held = sorted(set(provider(ana, "p-1").credentials) & {getattr(copy, "credential", "") for copy in copies})
    renewed = data.draw(st.lists(st.sampled_from(held), unique=True)) if held else []
    for name in renewed:
        ana.record(ref, lambda one, stamp, name=name: one.renew(name, stamp, expires_on=dt.date(2030, 1, 1)))
    chains = {name: provider(ana, "p-1").credentials[name] for name in renewed}
    assert set(ana.unmerge("p-2", why="two persons").kept) == set(renewed)
    after = provider(ana, "p-1")
    assert {name: after.credentials[name] for name in renewed} == chains
    own = [event for event in ana.history(ref).events if ":" not in event.id and not isinstance(event, Corrected)]
    alone = ProviderRecord.from_history(History(Ref("provider", "p-1"), own))
    assert attrs.evolve(after, credentials={k: v for k, v in after.credentials.items() if k not in renewed}) == alone
