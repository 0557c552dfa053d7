"""What a host does with single files: open, record, move, decide, correct."""

import datetime as dt

import pytest

from credcore.adapters.memory import MemoryStore
from credcore.coordinator import Actor, NewProvider
from credcore.errors import Forbidden, InvalidInput, MoveRefused, NaiveInstant, NotFound
from credcore.events import Reviewed
from credcore.history import Ref
from desks import MONDAY, Clock, desk, with_provider


def opened(coordinator, kind="initial", **more):
    """Open a file and return its id."""
    return coordinator.open_file(kind, "p-1", **more).ref.id


def to_psv(coordinator, file_id):
    """Bring a file into primary source verification."""
    coordinator.record(file_id, lambda file, stamp: file.receive("application", stamp))
    coordinator.advance(file_id, "psv")


def to_committee(coordinator, file_id):
    """Bring a file before the committee."""
    to_psv(coordinator, file_id)
    today = coordinator.now.date()
    coordinator.record(
        file_id,
        lambda file, stamp: file.verify(
            "licence", source="board", method="online", result="active", verified_on=today, stamp=stamp, tz=dt.UTC
        ),
    )
    coordinator.advance(file_id, "committee")


def decided(coordinator, file_id):
    """Have both bodies approve a file."""
    coordinator.approve(file_id, "credentials")
    coordinator.approve(file_id, "board")


def test_a_new_desk_has_its_team_and_its_first_edition():
    """Founding a desk writes the profile's team and text as its own record."""
    coordinator = desk()
    assert [person.id for person in coordinator.desk.team] == ["ana", "ben", "cy"]
    assert [edition.edition for edition in coordinator.desk.editions] == [1]


def test_another_profile_is_refused_until_it_is_adopted():
    """A desk judges by the editions that it holds, not by what a process brings along."""
    store = MemoryStore("main")
    desk(store)
    with pytest.raises(InvalidInput, match="adopt"):
        desk(store, profile="# another\n" + desk(store).profile.text)


def test_a_desk_that_was_never_opened_needs_a_profile():
    """Without a profile there is nothing to found a desk on."""
    with pytest.raises(NotFound, match="main"):
        desk(profile=None)


def test_a_move_that_the_pipeline_forbids_says_what_is_unmet():
    """The error names the requirement, not only the refusal."""
    coordinator = with_provider(desk())
    with pytest.raises(MoveRefused, match="document 'application' not received") as refused:
        coordinator.advance(opened(coordinator), "psv")
    assert refused.value.unmet == ("document 'application' not received",)


def test_an_unknown_stage_names_those_that_may_come_next():
    """A mistyped stage gets the list of moves."""
    coordinator = with_provider(desk())
    with pytest.raises(MoveRefused, match="psv, withdrawn"):
        coordinator.advance(opened(coordinator), "pvs")


def test_a_naive_instant_is_refused_with_its_field():
    """Nobody can say when 09:00 was without a zone."""
    coordinator = with_provider(desk())
    file_id = opened(coordinator)
    with pytest.raises(NaiveInstant, match="at:"):
        coordinator.record(file_id, lambda file, stamp: file.review(stamp), at=dt.datetime(2026, 3, 2, 9))  # noqa: DTZ001


def test_what_has_not_happened_yet_is_not_recorded():
    """A plan is a dated fact inside an event, not an event of the future."""
    coordinator = with_provider(desk())
    file_id = opened(coordinator)
    with pytest.raises(InvalidInput, match="when it is recorded"):
        coordinator.record(file_id, lambda file, stamp: file.review(stamp), at=MONDAY + dt.timedelta(days=1))


def test_the_same_command_twice_changes_nothing_and_gets_the_first_answer():
    """A repeated call after a lost answer is harmless."""
    coordinator = with_provider(desk())
    first = coordinator.open_file("initial", "p-1", command="c-1")
    again = coordinator.open_file("initial", "p-1", command="c-1")
    assert (again.ref, again.events, again.repeated) == (first.ref, first.events, True)
    assert len(list(coordinator.worklist())) == 1


def test_a_refused_action_is_recorded_on_the_record_at_which_it_aimed():
    """A specialist may not decide, and the file says that somebody tried."""
    coordinator = with_provider(desk())
    file_id = opened(coordinator)
    to_committee(coordinator, file_id)
    ben = coordinator.acting_as(Actor("ben", ["specialist"]))
    with pytest.raises(Forbidden, match="ben may not record approval-recorded"):
        ben.approve(file_id, "credentials")
    last = coordinator.history(file_id).events[-1]
    assert (last.type, last.actor, last.by) == ("action-refused", "ben", "system")


def test_a_decision_anchors_the_cycle_and_fans_out_to_the_payers_in_one_commit():
    """One decision, one enrolment a payer, and the provider's next cycle."""
    coordinator = with_provider(desk())
    file_id = opened(coordinator)
    to_committee(coordinator, file_id)
    decided(coordinator, file_id)
    assert coordinator.show(file_id).record.stage == "decided"
    assert coordinator.show("provider/p-1").record.cycles["ncqa"].anchor_on == dt.date(2026, 3, 2)
    children = [coordinator.show(entry.ref).record for entry in coordinator.worklist()]
    assert {(child.kind, child.payer, child.parent) for child in children} == {
        ("enrolment", "lake", file_id),
        ("enrolment", "prairie", file_id),
    }


def test_a_denial_opens_no_enrolment_and_anchors_no_cycle():
    """What was denied has nothing to carry out."""
    coordinator = with_provider(desk())
    file_id = opened(coordinator)
    to_committee(coordinator, file_id)
    coordinator.approve(file_id, "credentials", "denied")
    assert coordinator.show(file_id).record.stage == "denied"
    assert not coordinator.show("provider/p-1").record.cycles
    assert not list(coordinator.worklist())


def test_a_closed_file_gives_its_owner_the_place_back():
    """Capacity is what the person's record says."""
    coordinator = with_provider(desk())
    file_id = opened(coordinator)
    coordinator.assign(file_id, "ben")
    assert list(coordinator.show("person/ben").record.files) == [file_id]
    coordinator.advance(file_id, "withdrawn")
    assert not coordinator.show("person/ben").record.files


def test_a_late_record_changes_what_had_happened_but_not_what_was_known():
    """As-of has two axes."""
    clock = Clock()
    coordinator = with_provider(desk(clock=clock))
    file_id = opened(coordinator)
    clock.pass_time(days=3)
    seen = clock.at
    clock.pass_time(days=1)
    happened = MONDAY + dt.timedelta(hours=1)
    coordinator.record(file_id, lambda file, stamp: file.hold("h-1", "provider", stamp), at=happened)
    assert coordinator.show(file_id, as_of=happened).record.holds
    assert not coordinator.show(file_id, as_of=happened, known_at=seen).record.holds


def test_a_correction_takes_an_event_out_for_all_that_is_known_afterwards():
    """A mistake is corrected by a later event; what was believed stays readable."""
    clock = Clock()
    coordinator = with_provider(desk(clock=clock))
    file_id = opened(coordinator)
    wrong = coordinator.record(file_id, lambda file, stamp: file.hold("h-1", "payer", stamp)).events[0]
    clock.pass_time(hours=1)
    coordinator.correct(file_id, wrong.id, why="the payer was not asked")
    assert not coordinator.show(file_id).record.holds
    assert coordinator.show(file_id, known_at=MONDAY).record.holds


def test_an_event_of_another_kind_of_record_is_refused():
    """A file's review does not happen to a provider."""
    coordinator = with_provider(desk())
    event = Reviewed(id="e", at=MONDAY)
    with pytest.raises(InvalidInput, match="not to a provider"):
        coordinator.record(Ref("provider", "p-1"), [event])


def test_many_files_get_an_outcome_each_and_a_dry_run_records_nothing():
    """One refusal does not stop the others, and a rehearsal leaves no trace."""
    coordinator = with_provider(desk())
    good, bad = opened(coordinator), opened(coordinator)
    coordinator.record(good, lambda file, stamp: file.receive("application", stamp))
    before = coordinator.history(good).events
    rehearsed = coordinator.for_each([good, bad], lambda d, f: d.advance(f, "psv"), dry_run=True)
    assert [outcome.error is None for outcome in rehearsed] == [True, False]
    assert coordinator.history(good).events == before
    done = coordinator.for_each([good, bad], lambda d, f: d.advance(f, "psv"))
    assert [outcome.error is None for outcome in done] == [True, False]
    assert coordinator.show(good).record.stage == "psv"


@pytest.mark.parametrize(
    ("call", "named"),
    [
        (lambda d: d.open_file("inital", "p-1"), "did you mean 'initial'"),
        (lambda d: d.open_file("initial", "p-9"), "no provider 'p-9'"),
        (lambda d: d.open_file("enrolment", "p-1", payer="lakes"), "did you mean 'lake'"),
        (lambda d: d.show("f-nope"), "no file 'f-nope'"),
        (lambda d: d.show("fiel/f-1"), "not a record such as file/f-1"),
        (lambda d: d.assign("f-0001", "bne"), "did you mean 'ben'"),
    ],
)
def test_wrong_names_are_answered_with_right_ones(call, named):
    """A tired person's slip gets a sentence that helps."""
    coordinator = with_provider(desk())
    with pytest.raises((NotFound, InvalidInput), match=named):
        call(coordinator)


def test_a_repeated_command_is_answered_before_it_is_checked_again():
    """The move was made; asking for it again under the same id is not a second move."""
    coordinator = with_provider(desk())
    file_id = opened(coordinator)
    first = coordinator.advance(file_id, "withdrawn", command="c-9")
    again = coordinator.advance(file_id, "withdrawn", command="c-9")
    assert (again.events, again.repeated) == (first.events, True)


def test_a_submission_by_hand_can_be_answered_and_repeated():
    """A specialist's own submission is found by the payer's answer, and twice is once."""
    coordinator = with_provider(desk())
    child = coordinator.open_file("enrolment", "p-1", payer="lake").ref.id
    for _ in range(2):
        done = coordinator.record(child, lambda file, stamp: file.submitted("L-77", stamp), command="c-1")
    assert done.repeated
    assert [event.type for event in coordinator.history(child).events].count("submitted-to-payer") == 1


@pytest.mark.parametrize(
    "change",
    [
        lambda file, stamp: file.contact("provider", "email", stamp, reference="123-45-6789"),
        lambda file, stamp: file.contact("provider", "email", stamp, note="DOB 1980-01-02"),
        lambda file, stamp: file.hold("123-45-6789", "provider", stamp),
        lambda file, stamp: file.review(stamp, note="her number is 123456789"),
    ],
)
def test_private_data_is_refused_wherever_it_stands_and_not_repeated(change):
    """No field takes a dashed number, free text takes neither number nor birth date, and no message shows them."""
    coordinator = with_provider(desk())
    file_id = opened(coordinator)
    with pytest.raises(InvalidInput, match="does not take any in") as refused:
        coordinator.record(file_id, change)
    assert not {"6789", "1980"} & set(str(refused.value).replace("-", " ").split())
    assert len(coordinator.history(file_id).events) == 1


def test_identifiers_that_cannot_be_right_are_all_named_and_nobody_is_taken_in():
    """A clerk sees every place at once."""
    coordinator = desk()
    wrong = [NewProvider(id="p-1", name="A", npi="1234567890"), NewProvider(id="p-2", name="B", state="Colorado")]
    with pytest.raises(InvalidInput, match=r"providers\[0\].npi.*providers\[1\].state"):
        coordinator.register(wrong)
    assert not list(coordinator.worklist(kinds=("provider",)))


def test_a_command_id_used_for_another_call_is_refused():
    """A slip with ids loses nothing silently."""
    coordinator = with_provider(with_provider(desk()), "p-2")
    first = coordinator.open_file("initial", "p-1", command="c-1").ref.id
    with pytest.raises(InvalidInput, match="used for another call"):
        coordinator.open_file("initial", "p-2", command="c-1")
    with pytest.raises(InvalidInput, match="used for another call"):
        coordinator.record("provider/p-1", lambda provider, stamp: provider.start_leave(stamp), command="c-1")
    assert len(list(coordinator.worklist())) == 1
    assert first


def test_an_unknown_owner_or_stage_is_not_an_empty_worklist():
    """A slip in a name gets the nearest one."""
    coordinator = with_provider(desk())
    for narrowed in ({"owner": "bne"}, {"owner": "@leed"}, {"stage": "pvs"}):
        with pytest.raises(NotFound, match="did you mean"):
            coordinator.worklist(**narrowed)


def test_a_record_that_came_later_says_so():
    """Asked of a time before it, a file is not simply unknown."""
    coordinator = with_provider(desk())
    file_id = opened(coordinator)
    with pytest.raises(NotFound, match="it came later"):
        coordinator.show(file_id, as_of=MONDAY - dt.timedelta(days=1))


@pytest.mark.parametrize(
    ("slip", "message"),
    [
        (lambda d: d.open_file("initial", "p-1", needed_by="2026-08-01"), "needed_by: '2026-08-01' is not a day"),
        (lambda d: d.record("provider/p-1", lambda one, stamp: one.attest("2026-01-01", stamp)), "is not a day"),
        (lambda d: d.record("provider/p-1", lambda *_: None), "gave no events"),
        (lambda d: d.acting_as("ana"), "is no Actor"),
        (lambda d: d.adopt(d.profile.text), "adopted last already"),
    ],
)
def test_slips_of_a_host_are_answered_in_the_fields_words(slip, message):
    """No raw error from inside reaches an engineer for a mistake that everybody makes once."""
    with pytest.raises(InvalidInput, match=message):
        slip(with_provider(desk()))


def test_a_single_role_may_be_given_as_a_word():
    """A text is not a set of letters."""
    assert Actor("ana", "lead").roles == {"lead"}
