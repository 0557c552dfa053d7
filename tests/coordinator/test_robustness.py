"""What must not break a desk: bad editions, bold corrections, clocks that differ, plugins that fail, races."""

import concurrent.futures
import datetime as dt

import attrs
import pytest
from test_casework import decided, opened, to_committee, to_psv
from test_day import in_psv, store, told

from credcore.adapters.memory import MemoryStore
from credcore.adapters.sqlite import SQLiteStore
from credcore.coordinator import Actor, anew, sweeping
from credcore.coordinator.chain import is_unbroken
from credcore.errors import CredcoreError, Forbidden, InvalidInput, NotFound, ProfileError
from credcore.events import Corrected, Decided, Reviewed
from credcore.history import Ref
from credcore.rules import Edition
from desks import MONDAY, PROFILE, Clock, Outbox, Payers, desk, with_provider

__all__ = ["store"]  # the fixture: each store in turn


def specialist(coordinator):
    """Return the desk as a specialist works it."""
    return coordinator.acting_as(Actor("ben", ["specialist"]))


class TestTheDeskItself:
    """Nobody can leave a desk in a state in which it cannot be worked."""

    def test_an_edition_that_cannot_be_read_is_never_written(self):
        """Not even by hand: every later call would fail on it."""
        coordinator = desk()
        with pytest.raises(ProfileError):
            coordinator.record("desk/main", lambda one, stamp: one.adopt("garbage [", stamp))
        assert len(coordinator.desk.editions) == 1

    def test_an_edition_is_not_corrected(self):
        """It was judged by; another one is adopted instead."""
        coordinator = desk()
        adopted = next(event for event in coordinator.history("desk/main").events if event.type == "edition-adopted")
        with pytest.raises(InvalidInput, match="not corrected"):
            coordinator.correct("desk/main", adopted.id, why="wrong")

    def test_an_edition_without_the_stage_of_an_open_file_is_refused(self):
        """The message says which stage, and how many files stand there."""
        coordinator = with_provider(desk())
        opened(coordinator)
        with pytest.raises(InvalidInput, match=r"'intake' \(1\)"):
            coordinator.adopt(PROFILE.replace('"intake"', '"desk-in"').replace("[stages.intake]", "[stages.desk-in]"))

    def test_processes_that_found_one_desk_at_once_agree(self, tmp_path):
        """One of them founds it, the others find it."""
        SQLiteStore.create(tmp_path / "desk.db", "main").close()

        def found(_):
            with SQLiteStore.open(tmp_path / "desk.db", "main") as one:
                return len(desk(one).history("desk/main").events)

        with concurrent.futures.ThreadPoolExecutor(4) as pool:
            assert len(set(pool.map(found, range(8)))) == 1


class TestCorrections:
    """A correction may do what the correcting person might have recorded, and no more."""

    def test_the_replacement_needs_the_roles_of_its_type(self):
        """A specialist cannot decide by correcting."""
        coordinator = with_provider(desk())
        file_id = opened(coordinator)
        to_committee(coordinator, file_id)
        decided(coordinator, file_id)
        verdict = next(event for event in coordinator.history(file_id).events if isinstance(event, Decided))
        with pytest.raises(Forbidden):
            specialist(coordinator).correct(file_id, verdict.id, attrs.evolve(verdict, outcome="denied"), why="no")
        with pytest.raises(Forbidden):
            specialist(coordinator).correct(file_id, verdict.id, why="no")

    @pytest.mark.parametrize(
        ("make", "message"),
        [
            (lambda e: Decided(id="x", at=e.at, outcome="approved", body="board", decided_on=e.at.date()), "another"),
            (lambda e: attrs.evolve(e, at=e.at + dt.timedelta(days=20)), "when it is recorded"),
            (lambda e: attrs.evolve(e, id="0007"), "another event's id"),
        ],
    )
    def test_a_replacement_is_of_the_same_type_not_ahead_and_takes_nobodys_id(self, make, message):
        """What could not be recorded cannot be put in either."""
        coordinator = with_provider(desk())
        file_id = opened(coordinator)
        review = coordinator.record(file_id, lambda file, stamp: file.review(stamp)).events[0]
        first = coordinator.history(file_id).events[0]
        replacement = make(review)
        if replacement.id == "0007":
            replacement = attrs.evolve(replacement, id=first.id)
        with pytest.raises(InvalidInput, match=message):
            coordinator.correct(file_id, review.id, replacement, why="wrong")

    def test_what_was_told_and_what_opened_the_record_stays(self):
        """A telling is what was done; without its opening a file could not be read."""
        clock = Clock()
        coordinator = with_provider(desk(clock=clock))
        file_id = opened(coordinator)
        to_psv(coordinator, file_id)
        clock.pass_time(days=15)
        coordinator.sweep()
        events = {event.type: event for event in coordinator.history(file_id).events}
        for name in ("told", "file-opened"):
            with pytest.raises(InvalidInput, match=r"not corrected|opens the record"):
                coordinator.correct(file_id, events[name].id, why="wrong")

    def test_a_corrected_decision_moves_the_anchor_and_opens_nothing_twice(self):
        """The cycle follows the decision; each payer has one enrolment."""
        clock = Clock()
        coordinator = with_provider(desk(clock=clock))
        file_id = opened(coordinator)
        to_committee(coordinator, file_id)
        clock.pass_time(days=3)
        decided(coordinator, file_id)
        verdict = next(event for event in coordinator.history(file_id).events if isinstance(event, Decided))
        earlier = attrs.evolve(verdict, id="d-2", decided_on=MONDAY.date() + dt.timedelta(days=1))
        coordinator.correct(file_id, verdict.id, earlier, why="the minutes say the third")
        assert coordinator.show("provider/p-1").record.cycles["ncqa"].anchor_on == dt.date(2026, 3, 3)
        assert len(list(coordinator.worklist())) == 2

    def test_a_file_that_is_open_again_is_its_owners_again(self):
        """The person's record follows what stands, not what once stood."""
        coordinator = with_provider(desk())
        file_id = opened(coordinator)
        coordinator.assign(file_id, "ben")
        moved = coordinator.advance(file_id, "withdrawn").events[0]
        coordinator.correct(file_id, moved.id, why="it was another file")
        assert list(coordinator.show("person/ben").record.files) == [file_id]


class TestClocks:
    """Hosts whose clocks differ lose nothing."""

    def test_what_another_host_recorded_ahead_of_us_counts(self, store):
        """A promise from a second ahead is in the line, and is told when it is due."""
        ahead, behind = Clock(MONDAY + dt.timedelta(seconds=5)), Clock(MONDAY)
        ours = with_provider(desk(store, clock=behind))
        theirs = desk(store, profile=None, clock=ahead)
        file_id = opened(ours)
        theirs.record(file_id, lambda file, stamp: file.promise("pr", "team", MONDAY.date(), stamp))
        ours.record(file_id, lambda file, stamp: file.receive("application", stamp), at=MONDAY)
        assert "pr" in next(ours.worklist()).why

    def test_a_clock_that_steps_back_makes_no_endless_sweep(self, store):
        """What was told is read in the order in which it was recorded."""
        clock = store.test_clock
        coordinator = with_provider(desk(store, clock=clock))
        file_id = opened(coordinator)
        to_psv(coordinator, file_id)
        clock.pass_time(days=15)
        coordinator.sweep()
        clock.pass_time(seconds=-2)
        coordinator.advance(file_id, "withdrawn", at=clock.at)
        assert coordinator.sweep(limit=50).records <= 2
        assert coordinator.sweep(limit=50).records == 0


class Failing:
    """A rule of a plugin that fails when it is told to."""

    id, family, title, source, rungs = "sla", "sla", "Ours", "ours", ()
    fails = False

    def findings(self, states):
        return self.tail(states)

    def tail(self, states):
        if self.fails:
            raise ZeroDivisionError
        return self.inner.tail(states)


def with_rule(coordinator, failing):
    """Have a plugin's rule take the place of the SLA."""
    context = coordinator._context
    book = context.book()
    rules = book.editions[0].rules
    failing.inner = next(rule for rule in rules if rule.id == "psv-ten-days")
    failing.id, failing.rungs = failing.inner.id, failing.inner.rungs
    swapped = tuple(failing if rule.id == failing.id else rule for rule in rules)
    for head in list(context._books):
        context._books[head] = attrs.evolve(book, editions=(Edition(1, swapped),))


def test_a_rule_that_fails_takes_nothing_back_and_is_seen(caplog):
    """Its findings are undetermined: named on the line, logged, told once when it works again."""
    clock = Clock()
    coordinator = with_provider(desk(clock=clock))
    file_id = in_psv(coordinator)
    failing = Failing()
    with_rule(coordinator, failing)
    clock.pass_time(days=15)
    coordinator.sweep()
    before = told(coordinator, file_id)
    failing.fails = True
    clock.pass_time(hours=1)
    coordinator.record(file_id, lambda file, stamp: file.receive("attestation", stamp))
    coordinator.sweep()
    assert "undetermined: psv-ten-days (ZeroDivisionError)" in next(coordinator.worklist()).why
    assert "rule failed" in caplog.messages
    failing.fails = False
    clock.pass_time(hours=2)
    coordinator.sweep()
    assert told(coordinator, file_id) == before
    assert "undetermined" not in next(coordinator.worklist()).why


class Broken(Payers):
    """A gateway that fails for one payer, and then when it is asked for answers."""

    def submit(self, request):
        if request.payer == "lake":
            raise ConnectionError("no route")
        return super().submit(request)

    def poll(self):
        raise ConnectionError("no route")


def test_one_payer_that_fails_keeps_nothing_else_from_its_day():
    """The other payer gets its application, and the day goes on to its end."""
    gateway = Broken()
    coordinator = with_provider(desk(gateway=gateway, notifier=Outbox()))
    file_id = opened(coordinator)
    to_committee(coordinator, file_id)
    decided(coordinator, file_id)
    day = coordinator.day()
    assert [request.payer for request in gateway.requests] == ["prairie"]
    assert len(day.polled.rejected) == 2
    assert day.report.open == 2


def test_one_record_that_cannot_be_swept_keeps_no_other_from_it(monkeypatch):
    """It is put off with its id, and the rest of the batch is swept."""
    clock = Clock()
    coordinator = with_provider(desk(clock=clock))
    bad, good = opened(coordinator), opened(coordinator)
    for file_id in (bad, good):
        to_psv(coordinator, file_id)
    clock.pass_time(days=15)
    real = sweeping._sweep_one

    def fails(context, claim):
        if claim.ref.id == bad:
            raise ZeroDivisionError
        return real(context, claim)

    monkeypatch.setattr(sweeping, "_sweep_one", fails)
    swept = coordinator.sweep()
    assert swept.failed == (f"file/{bad}",)
    assert told(coordinator, good)


def test_a_parent_that_is_not_there_is_refused_when_the_file_is_opened():
    """It would stop every later assignment."""
    coordinator = with_provider(desk())
    with pytest.raises(NotFound, match="f-nope"):
        coordinator.open_file("initial", "p-1", parent="f-nope")


def test_an_owner_who_is_nobody_of_the_team_is_refused():
    """Whoever records it."""
    coordinator = with_provider(desk())
    with pytest.raises(NotFound, match="did you mean 'ben'"):
        coordinator.record(opened(coordinator), lambda file, stamp: file.assign("bne", stamp))


class TestSeats:
    """A seat is free again when its file leaves, and a file is seated again when its meeting does not hear it."""

    def seated(self, clock=None):
        """Return a desk with a file seated in the next meeting."""
        coordinator = with_provider(desk(clock=clock))
        file_id = opened(coordinator)
        to_committee(coordinator, file_id)
        (seat,) = coordinator.schedule_committee()
        return coordinator, file_id, seat.meeting

    def test_a_cancelled_meeting_gives_its_files_to_the_next(self):
        """Nobody waits for a meeting that does not take place."""
        clock = Clock()
        coordinator, file_id, meeting = self.seated(clock)
        clock.pass_time(hours=1)
        coordinator.record(f"meeting/{meeting}", lambda one, stamp: one.cancel(stamp))
        (again,) = coordinator.schedule_committee()
        assert (again.file, again.meeting != meeting, again.reason) == (file_id, True, "")

    def test_a_withdrawn_file_gives_its_seat_back(self):
        """Two seats a meeting: the next file gets this one."""
        coordinator, file_id, meeting = self.seated()
        coordinator.record(file_id, lambda file, stamp: file.remove_from_agenda(meeting, stamp))
        assert coordinator.show(f"meeting/{meeting}").record.items == ()
        coordinator.schedule_committee()
        coordinator.record(file_id, lambda file, stamp: file.review(stamp))
        assert coordinator.show(f"meeting/{meeting}").record.items == (file_id,)


def test_a_notice_that_is_no_longer_true_is_dropped_without_a_sweep():
    """It is judged again just before it leaves."""
    clock = Clock()
    outbox = Outbox()
    coordinator = with_provider(desk(clock=clock, notifier=outbox))
    file_id = in_psv(coordinator)
    clock.pass_time(days=15)
    coordinator.sweep()
    coordinator.advance(file_id, "withdrawn")
    assert coordinator.deliver().dropped == 1
    assert not outbox.messages


def test_the_same_command_from_many_threads_is_carried_out_once(store):
    """All get the first answer, and nothing but it."""
    coordinator = with_provider(desk(store, clock=store.test_clock))
    file_id = opened(coordinator)

    def hold(_):
        return coordinator.record(file_id, lambda file, stamp: file.hold("h-1", "provider", stamp), command="c")

    with concurrent.futures.ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(hold, range(8)))
    assert sum(not answer.repeated for answer in answers) == 1
    assert {tuple(event.type for event in answer.events) for answer in answers} == {("hold-placed",)}
    coordinator.record(file_id, lambda file, stamp: file.review(stamp), command="d")
    assert [event.type for event in hold(0).events] == ["hold-placed"]


def test_what_a_transaction_took_back_is_not_remembered(tmp_path):
    """A history that was read within it is read again."""
    clock = Clock()
    with SQLiteStore.create(tmp_path / "desk.db", "main", clock=clock) as store:
        coordinator = with_provider(desk(store, clock=clock))
        file_id = opened(coordinator)

        def break_off():
            with store.together():
                coordinator.record(file_id, lambda file, stamp: file.hold("h-1", "provider", stamp))
                assert coordinator.show(file_id).record.holds
                raise ZeroDivisionError

        with pytest.raises(ZeroDivisionError):
            break_off()
        other = desk(store, profile=None, clock=clock)
        for _ in range(2):
            other.record(file_id, lambda file, stamp: file.review(stamp))
        assert not coordinator.show(file_id).record.holds
        with store.together(), store.together():
            coordinator.record(file_id, lambda file, stamp: file.review(stamp))
        coordinator.record(file_id, lambda file, stamp: file.review(stamp))
        assert is_unbroken("main", Ref("file", file_id), store.history(Ref("file", file_id)))


class Interfering(MemoryStore):
    """A store in which somebody else commits just before our next commit."""

    def interfere(self, act):
        self._act = act

    def commit(self, decision):
        act, self._act = getattr(self, "_act", None), None
        if act is not None:
            act()
        return super().commit(decision)


@pytest.mark.parametrize(
    "foreign",
    [
        lambda other, _: other.record("provider/p-1", lambda one, stamp: one.terminate(stamp)),
        lambda other, file_id: other.record(file_id, lambda file, stamp: file.review(stamp)),
        lambda other, _: other.adopt(other.profile.text + "\n# another edition\n"),
    ],
)
def test_a_decision_on_what_somebody_changed_meanwhile_is_made_again(foreign):
    """Provider, file and desk are all read; afterwards every line is what a recomputation says."""
    store = Interfering("main", clock=Clock())
    coordinator = with_provider(desk(store))
    file_id = opened(coordinator)
    other = desk(store, profile=None)
    store.interfere(lambda: foreign(other, file_id))
    coordinator.record(file_id, lambda file, stamp: file.receive("application", stamp))
    coordinator.sweep()
    shown = coordinator.show(file_id)
    line = store.load([Ref("file", file_id)])[Ref("file", file_id)].line
    assert "application" in shown.record.documents
    assert not shown.judged.difference
    assert line.edition == len(coordinator.desk.editions)
    linked = coordinator.history(file_id).linked
    assert [one.ref for one in linked] == [Ref("provider", "p-1")]


def test_a_line_never_rests_on_a_provider_who_changed_meanwhile():
    """The provider goes on leave just before our commit; the clock on our line stands still at once."""
    store = Interfering("main", clock=Clock())
    coordinator = with_provider(desk(store))
    file_id = opened(coordinator)
    to_psv(coordinator, file_id)
    other = desk(store, profile=None)
    store.interfere(lambda: other.record("provider/p-1", lambda one, stamp: one.start_leave(stamp)))
    coordinator.record(file_id, lambda file, stamp: file.review(stamp))
    (entry,) = coordinator.worklist()
    assert "PSV" not in entry.why
    assert entry.why == "Look again: Psv"


def test_a_planned_choice_is_made_anew_when_the_chosen_one_is_full():
    """Somebody gives them their last place between our plan and our commit."""
    store = Interfering("main", clock=Clock())
    coordinator = with_provider(desk(store))
    chosen = coordinator.assign(dry_run=True).choices
    assert chosen == ()
    file_id = opened(coordinator)
    planned = coordinator.assign(file_id, dry_run=True).choices[0].chosen
    other = desk(store, profile=None)
    capacity = coordinator.desk.team[planned].capacity
    fillers = [opened(coordinator) for _ in range(capacity)]

    def fill():
        for filler in fillers:
            other.assign(filler, planned)

    store.interfere(fill)
    (choice,) = coordinator.assign(file_id).assigned
    assert choice.chosen != planned
    assert len(coordinator.show(f"person/{planned}").record.files) == capacity


def test_a_refusal_judged_on_old_records_is_judged_again():
    """Somebody releases the hold that stood in the way just before our error would be raised."""
    store = Interfering("main", clock=Clock())
    coordinator = with_provider(desk(store))
    file_id = opened(coordinator)
    other = desk(store, profile=None)
    asked = []

    def change(file, stamp):
        if not asked:
            asked.append(1)
            other.record(file_id, lambda one, its: one.hold("h-1", "provider", its))
        return file.release("h-1", stamp)

    coordinator.record(file_id, change)
    assert not coordinator.show(file_id).record.holds


def test_every_error_of_the_shell_has_a_code():
    """A host switches on it."""
    for error in (InvalidInput("x"), NotFound("file", "f"), Forbidden("a", "b", needs=["c"])):
        assert isinstance(error, CredcoreError)
        assert error.code


def test_a_correction_event_given_by_hand_is_checked_as_well():
    """`record` is no way around `correct`."""
    coordinator = with_provider(desk())
    file_id = opened(coordinator)
    first = coordinator.history(file_id).events[0]
    by_hand = Corrected(id="c", at=MONDAY, event=first.id, replacement=Reviewed(id="r", at=MONDAY))
    with pytest.raises(InvalidInput, match="another"):
        coordinator.record(file_id, [by_hand])


def test_a_chair_may_record_the_last_word():
    """That the file moves on follows from the decision; a chair need not be one who moves files."""
    coordinator = with_provider(desk())
    file_id = opened(coordinator)
    to_committee(coordinator, file_id)
    chair = coordinator.acting_as(Actor("dr", ["chair"]))
    chair.approve(file_id, "credentials")
    chair.approve(file_id, "board")
    assert coordinator.show(file_id).record.stage == "decided"


def test_events_from_an_iterator_survive_being_recorded_a_second_time():
    """After a conflict the work is done again, with the same events."""
    store = Interfering("main", clock=Clock())
    coordinator = with_provider(desk(store))
    file_id = opened(coordinator)
    other = desk(store, profile=None)
    store.interfere(lambda: other.record(file_id, lambda file, stamp: file.review(stamp)))
    events = (Reviewed(id=f"r-{number}", at=MONDAY) for number in range(2))
    assert len(coordinator.record(file_id, events).events) == 2


def test_what_names_somebody_who_left_can_be_taken_out():
    """A correction is about what was said then; only what it puts in must hold today."""
    coordinator = with_provider(desk())
    file_id = opened(coordinator)
    given = coordinator.assign(file_id, "ben").events[0]
    coordinator.assign(file_id, "cy")
    coordinator.record("desk/main", lambda one, stamp: one.leave("ben", stamp))
    coordinator.correct(file_id, given.id, why="it was cy's from the start")
    assert coordinator.show(file_id).record.assignee == "cy"


def test_the_files_of_somebody_who_left_are_in_the_queue_again():
    """They are told to whoever is there, and given out with the next assignment."""
    clock = Clock()
    coordinator = with_provider(desk(clock=clock))
    file_id = in_psv(coordinator)
    coordinator.record("desk/main", lambda one, stamp: one.leave("ben", stamp))
    assert next(coordinator.worklist()).owner == "@specialist"
    clock.pass_time(days=15)
    coordinator.sweep()
    assert {to for _, _, to in told(coordinator, file_id)} == {"ana"}
    (choice,) = coordinator.assign().assigned
    assert choice.chosen == "cy"


@pytest.mark.parametrize(
    ("ref", "change"),
    [
        ("person/bne", lambda one, stamp: one.record_absence("a-1", MONDAY, stamp)),
        ("person/ben", lambda one, stamp: one.arrange_cover("c-1", "cyy", MONDAY, stamp)),
        ("f-0007", lambda one, stamp: one.place_on_agenda("no-such", MONDAY.date(), MONDAY.date(), stamp)),
    ],
)
def test_a_name_that_the_desk_does_not_have_is_refused(ref, change):
    """A slip in an id would be believed by everything that follows."""
    coordinator = with_provider(desk())
    assert opened(coordinator) == "f-0007"
    with pytest.raises(NotFound):
        coordinator.record(ref, change)


def renamed(text):
    """Return the profile with its SLA under another id."""
    return text.replace('id = "psv-ten-days"', 'id = "psv-limit"\nformerly = "psv-ten-days"')


@pytest.mark.parametrize("in_force", [None, MONDAY + dt.timedelta(days=40)])
def test_a_renamed_rule_tells_nothing_twice_and_loses_no_notice(in_force):
    """Adopted now or for later: what was told under one id counts under the other, and what waits is sent."""
    clock = Clock()
    outbox = Outbox()
    outbox.fails = True
    coordinator = with_provider(desk(clock=clock, notifier=outbox))
    file_id = in_psv(coordinator)
    clock.pass_time(days=15)
    coordinator.sweep()
    coordinator.deliver()
    before = told(coordinator, file_id)
    coordinator.adopt(renamed(coordinator.profile.text), in_force=in_force)
    for _ in range(3):
        clock.pass_time(hours=2)
        swept = coordinator.sweep()
        assert not swept.failed
    assert told(coordinator, file_id)[: len(before)] == before
    assert [rung for _, rung, _ in told(coordinator, file_id)].count("breached") == 1
    outbox.fails = False
    coordinator.deliver()
    assert [message.subject for message in outbox.messages if "PSV" in message.subject]


def test_an_edition_may_drop_a_stage_in_which_only_closed_files_stand():
    """They stay closed, as the edition that knew their stage says."""
    coordinator = with_provider(desk())
    file_id = opened(coordinator)
    coordinator.advance(file_id, "withdrawn")
    coordinator.adopt(
        PROFILE.replace('"withdrawn"', '"taken-back"').replace("[stages.withdrawn]", "[stages.taken-back]")
    )
    assert coordinator.show(file_id).record.stage == "withdrawn"
    assert coordinator.day().report.open == 0


def test_an_edition_without_the_kind_of_an_open_file_is_refused():
    """Its approvals and its stages would be unknown."""
    coordinator = with_provider(desk())
    coordinator.open_file("enrolment", "p-1", payer="lake")
    with pytest.raises(InvalidInput, match="lake"):
        coordinator.adopt(PROFILE.replace("[payers.lake]", "[payers.sea]"))


def test_an_adoption_that_breaks_off_is_made_up_for_by_the_next_day(monkeypatch):
    """Lines that an older edition judged last are found, whenever they come due."""
    clock = Clock()
    coordinator = with_provider(desk(clock=clock))
    for _ in range(3):
        to_psv(coordinator, opened(coordinator))
    monkeypatch.setattr(anew, "_judge_anew", lambda *_: None)
    coordinator.adopt(PROFILE.replace('limit = "10 working days"', 'limit = "2 working days"'))
    monkeypatch.undo()
    clock.pass_time(days=5)
    coordinator.day()
    assert [entry.urgency for entry in coordinator.worklist()] == [1, 1, 1]


def test_a_call_whose_id_looks_like_a_part_of_another_is_carried_out():
    """The places of a call's events are not in the space of ids."""
    coordinator = with_provider(desk())
    file_id = opened(coordinator)
    two = lambda file, stamp: (*file.review(stamp), *file.raise_flag("x", stamp))  # noqa: E731 - two events in one call
    coordinator.record(file_id, two, command="batch")
    done = coordinator.record(file_id, lambda file, stamp: file.hold("h", "payer", stamp), command="batch:1")
    assert not done.repeated
    assert coordinator.show(file_id).record.holds


def test_somebody_who_comes_back_finds_their_files():
    """Left and joined again, their list is theirs."""
    coordinator = with_provider(desk())
    file_id = opened(coordinator)
    coordinator.assign(file_id, "ben")
    coordinator.record("desk/main", lambda one, stamp: one.leave("ben", stamp))
    coordinator.record("desk/main", lambda one, stamp: one.join("ben", stamp))
    assert [entry.ref.id for entry in coordinator.worklist(owner="ben")] == [file_id]


def test_a_decision_corrected_to_a_denial_takes_its_anchor_back():
    """What was not approved begins no cycle."""
    coordinator = with_provider(desk())
    file_id = opened(coordinator)
    to_committee(coordinator, file_id)
    decided(coordinator, file_id)
    verdict = next(event for event in coordinator.history(file_id).events if isinstance(event, Decided))
    coordinator.correct(file_id, verdict.id, attrs.evolve(verdict, id="d-2", outcome="denied"), why="misread")
    assert not coordinator.show("provider/p-1").record.cycles


def test_the_desks_own_work_is_not_taken_from_it_by_a_table_of_roles():
    """A profile says which people may record what; the desk tells and moves all the same."""
    text = PROFILE + '\n[roles]\nstage-changed = ["lead"]\n'
    coordinator = with_provider(desk(profile=text))
    file_id = opened(coordinator)
    to_committee(coordinator, file_id)
    chair = coordinator.acting_as(Actor("dr", ["chair"]))
    chair.approve(file_id, "credentials")
    chair.approve(file_id, "board")
    assert coordinator.show(file_id).record.stage == "decided"


def test_a_correction_of_the_opening_names_what_the_desk_has():
    """An unknown provider would stop every later assignment."""
    coordinator = with_provider(desk())
    file_id = opened(coordinator)
    first = coordinator.history(file_id).events[0]
    for wrong in ({"provider": "nobody"}, {"parent": "f-none"}, {"kind": "inital"}, {"payer": "lakes"}):
        with pytest.raises(NotFound):
            coordinator.correct(file_id, first.id, attrs.evolve(first, **wrong), why="wrong")


def test_a_term_that_ends_sooner_opens_its_file_sooner(store):
    """The binding day is the earlier of due day and term end, and the window counts from it."""
    clock = store.test_clock
    coordinator = with_provider(desk(store, clock=clock))
    ends = clock.at.date() + dt.timedelta(days=60)
    coordinator.record(
        "provider/p-1",
        lambda one, stamp: one.anchor_cycle("ncqa", clock.at.date() - dt.timedelta(days=400), stamp, term_ends_on=ends),
    )
    assert [one.due_on for one in coordinator.open_due()] == [ends]


def test_a_coming_edition_is_in_every_line_from_its_adoption_on():
    """A host that only sweeps sees it start: no stored next change is later than that instant."""
    clock = Clock()
    coordinator = with_provider(desk(clock=clock))
    file_id = opened(coordinator)
    to_psv(coordinator, file_id)
    starts = MONDAY + dt.timedelta(hours=30)
    shorter = PROFILE.replace('limit = "10 working days"', 'limit = "1 working days"')
    coordinator.adopt(shorter, in_force=starts)
    assert next(coordinator.worklist()).next_change <= starts
    clock.at = MONDAY + dt.timedelta(days=3)
    assert ("told", "breached") in [(kind, rung) for kind, rung, _ in _swept(coordinator, file_id)]


def _swept(coordinator, file_id):
    coordinator.sweep()
    return told(coordinator, file_id)
