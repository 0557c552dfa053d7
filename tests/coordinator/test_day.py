"""What the desk does by itself: open what is due, assign, sweep, seat, deliver, work with payers; and the whole day."""

import concurrent.futures
import datetime as dt

import pytest
from test_casework import decided, opened, to_committee, to_psv

from credcore.adapters.memory import MemoryStore
from credcore.adapters.sqlite import SQLiteStore
from credcore.coordinator import STEPS
from credcore.errors import InvalidInput, ProfileError
from credcore.events import Told, Withdrawn
from credcore.ports import PayerAnswer
from desks import MONDAY, PROFILE, Clock, Outbox, Payers, desk, with_provider


@pytest.fixture(params=["memory", "sqlite"])
def store(request, tmp_path):
    """Each store in turn, with a clock that the test moves."""
    clock = Clock()
    if request.param == "memory":
        made = MemoryStore("main", clock=clock)
        made.test_clock = clock
        yield made
        return
    with SQLiteStore.create(tmp_path / "desk.db", "main", clock=clock) as made:
        made.test_clock = clock
        yield made


def told(coordinator, file_id):
    """Return the rungs told and withdrawn of a file, in order."""
    return [
        (event.type, event.rung, getattr(event, "to", ""))
        for event in coordinator.history(file_id).events
        if isinstance(event, (Told, Withdrawn))
    ]


def in_psv(coordinator):
    """Return a file of ben's that stands in primary source verification."""
    file_id = opened(coordinator)
    coordinator.assign(file_id, "ben")
    to_psv(coordinator, file_id)
    return file_id


def test_each_rung_is_told_once_in_order_and_withdrawn_when_it_stands_no_longer(store):
    """Warned, breached, escalated; then the file moves on and all of it is taken back."""
    clock = store.test_clock
    coordinator = with_provider(desk(store, clock=clock))
    file_id = in_psv(coordinator)
    for _ in range(3 * 24):
        clock.pass_time(hours=8)
        coordinator.sweep()
        coordinator.sweep()
    assert told(coordinator, file_id) == [
        ("told", "50% used", "ben"),
        ("told", "breached", "ben"),
        ("told", "breached + 2 working days", "ana"),
    ]
    coordinator.record(
        file_id,
        lambda file, stamp: file.verify(
            "licence", source="board", method="web", result="active", verified_on=MONDAY.date(), stamp=stamp, tz=dt.UTC
        ),
    )
    coordinator.advance(file_id, "committee")
    coordinator.sweep()
    assert [kind for kind, _, _ in told(coordinator, file_id)][3:] == ["withdrawn"] * 3


def test_a_late_sweep_tells_every_rung_and_sends_one_notice_for_the_highest(store):
    """After a week without a sweep nothing is lost, and nobody gets three messages."""
    clock = store.test_clock
    outbox = Outbox()
    coordinator = with_provider(desk(store, clock=clock, notifier=outbox))
    file_id = in_psv(coordinator)
    clock.pass_time(days=24)
    coordinator.sweep()
    assert [rung for _, rung, _ in told(coordinator, file_id)][:3] == [
        "50% used",
        "breached",
        "breached + 2 working days",
    ]
    coordinator.deliver()
    assert [message.to for message in outbox.messages if "PSV" in message.subject] == ["ana"]


def test_a_longer_hold_known_late_withdraws_a_breach(store):
    """The clock is derived from history: a late record changes what was missed."""
    clock = store.test_clock
    coordinator = with_provider(desk(store, clock=clock))
    file_id = in_psv(coordinator)
    clock.pass_time(days=15)
    coordinator.sweep()
    assert ("told", "breached", "ben") in told(coordinator, file_id)
    held_at = MONDAY + dt.timedelta(days=1)
    coordinator.record(file_id, lambda file, stamp: file.hold("h-1", "provider", stamp), at=held_at)
    coordinator.sweep()
    assert ("withdrawn", "breached", "") in told(coordinator, file_id)


def test_the_worklist_puts_what_was_promised_today_first(store):
    """Today's promise, then what is breached, then the rest, each with its reason."""
    clock = store.test_clock
    coordinator = with_provider(desk(store, clock=clock))
    late, promised, rest = (opened(coordinator) for _ in range(3))
    to_psv(coordinator, late)
    clock.pass_time(days=21)
    day = clock.at.date()
    coordinator.record(promised, lambda file, stamp: file.promise("pr-1", "team", day, stamp))
    coordinator.sweep()
    lines = list(coordinator.worklist())
    assert [line.ref.id for line in lines] == [promised, late, rest]
    assert "breached" in lines[1].why
    assert "PSV in ten working days" in lines[1].why
    assert "pr-1" in lines[0].why


def test_a_snoozed_file_is_hidden_and_its_clocks_run_on(store):
    """Case 26: out of sight is not out of time."""
    clock = store.test_clock
    coordinator = with_provider(desk(store, clock=clock))
    file_id = opened(coordinator)
    to_psv(coordinator, file_id)
    until = clock.at + dt.timedelta(days=20)
    coordinator.record(file_id, lambda file, stamp: file.snooze(until, stamp))
    assert not list(coordinator.worklist())
    assert len(list(coordinator.worklist(snoozed=True))) == 1
    clock.pass_time(days=18)
    coordinator.sweep()
    assert "breached" in [rung for _, rung, _ in told(coordinator, file_id)]
    clock.pass_time(days=3)
    assert len(list(coordinator.worklist())) == 1


def test_a_cycle_in_its_window_opens_its_file_once(store):
    """However often the day runs, one file a cycle, due on the day that binds."""
    clock = store.test_clock
    coordinator = with_provider(desk(store, clock=clock), cycles=(("ncqa", dt.date(2023, 4, 10)),))
    with_provider(coordinator, "p-2", cycles=(("ncqa", dt.date(2025, 4, 10)),))
    first = coordinator.open_due()
    assert [(o.provider, o.body, o.due_on) for o in first] == [("p-1", "ncqa", dt.date(2026, 4, 30))]
    assert not coordinator.open_due()
    assert coordinator.show(first[0].file).record.needed_by == dt.date(2026, 4, 30)


def test_a_decision_ends_the_cycle_that_asked_for_it(store):
    """The next window opens three years on, and the provider's line is calm again."""
    clock = store.test_clock
    coordinator = with_provider(desk(store, clock=clock), cycles=(("ncqa", dt.date(2023, 4, 10)),))
    (cycle,) = coordinator.open_due()
    to_committee(coordinator, cycle.file)
    decided(coordinator, cycle.file)
    (line,) = coordinator.worklist(kinds=("provider",))
    assert line.urgency == 3
    assert not coordinator.open_due()


def test_the_queue_goes_to_those_who_may_and_says_who_would_help(store):
    """Capacity and licences hold; what is left names the requirement."""
    coordinator = with_provider(desk(store, clock=store.test_clock))
    for _ in range(12):
        opened(coordinator)
    round_ = coordinator.assign()
    loads = {person.id: len(coordinator.show(f"person/{person.id}").record.files) for person in coordinator.desk.team}
    assert all(loads[person.id] <= person.capacity for person in coordinator.desk.team)
    assert len(round_.assigned) + len(round_.left) == 12
    assert round_.left
    assert all(choice.remedy for choice in round_.left)


def test_a_dry_run_of_the_assignment_gives_nothing_away(store):
    """Say what would be done, and do nothing."""
    coordinator = with_provider(desk(store, clock=store.test_clock))
    opened(coordinator)
    assert coordinator.assign(dry_run=True).assigned
    assert next(coordinator.worklist()).owner.startswith("@")


def test_two_assigners_at_once_give_each_file_one_owner_and_exceed_no_capacity(store):
    """The person's record is what they race on."""
    coordinator = with_provider(desk(store, clock=store.test_clock))
    files = [opened(coordinator) for _ in range(9)]
    with concurrent.futures.ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda _: coordinator.assign(), range(4)))
    held = {p.id: set(coordinator.show(f"person/{p.id}").record.files) for p in coordinator.desk.team}
    assert all(len(held[person.id]) <= person.capacity for person in coordinator.desk.team)
    assert sum(len(taken) for taken in held.values()) == len(set().union(*held.values()))
    for file_id in files:
        owner = coordinator.show(file_id).record.assignee
        assert not owner or file_id in held[owner]


def test_a_ready_file_gets_a_seat_in_the_next_meeting_that_can_hear_it(store):
    """Two seats a meeting, so the third file waits a week; each file sits once."""
    coordinator = with_provider(desk(store, clock=store.test_clock))
    files = [opened(coordinator) for _ in range(3)]
    for file_id in files:
        to_committee(coordinator, file_id)
    seated = coordinator.schedule_committee()
    assert [s.meeting for s in seated] == [
        "credentials-2026-03-05",
        "credentials-2026-03-05",
        "credentials-2026-03-12",
    ]
    assert not coordinator.schedule_committee()
    assert coordinator.show("meeting/credentials-2026-03-05").record.items == tuple(files[:2])


def test_a_meeting_that_moves_makes_its_files_due(store):
    """A change of a linked record is seen by the next sweep."""
    clock = store.test_clock
    coordinator = with_provider(desk(store, clock=clock))
    file_id = opened(coordinator)
    to_committee(coordinator, file_id)
    coordinator.schedule_committee()
    coordinator.sweep()
    clock.pass_time(minutes=5)
    moved = MONDAY + dt.timedelta(days=10)
    coordinator.record(
        "meeting/credentials-2026-03-05", lambda m, stamp: m.move(moved, moved - dt.timedelta(days=1), stamp)
    )
    assert coordinator.sweep().records >= 1


def test_notices_go_out_in_order_and_are_dropped_when_no_longer_true(store):
    """A breach that was cleared before the notice left is not sent."""
    clock = store.test_clock
    outbox = Outbox()
    coordinator = with_provider(desk(store, clock=clock, notifier=outbox))
    file_id = in_psv(coordinator)
    clock.pass_time(days=15)
    coordinator.sweep()
    coordinator.advance(file_id, "withdrawn")
    coordinator.sweep()
    delivered = coordinator.deliver()
    assert (delivered.sent, delivered.dropped) == ((), 1)


def test_a_notifier_that_fails_is_tried_again_later(store):
    """The outbox loses nothing and repeats nothing."""
    clock = store.test_clock
    outbox = Outbox()
    outbox.fails = True
    coordinator = with_provider(desk(store, clock=clock, notifier=outbox))
    in_psv(coordinator)
    clock.pass_time(days=15)
    coordinator.sweep()
    assert coordinator.deliver().waiting == 1
    outbox.fails = False
    assert not coordinator.deliver().sent
    clock.pass_time(hours=1)
    assert len(coordinator.deliver().sent) == 1
    assert not coordinator.deliver().sent


def test_an_absent_owner_is_covered_then_led(store):
    """The recipient is resolved when the notice is planned."""
    clock = store.test_clock
    coordinator = with_provider(desk(store, clock=clock))
    file_id = in_psv(coordinator)
    clock.pass_time(days=1)
    coordinator.record("person/ben", lambda p, stamp: p.record_absence("a-1", clock.at, stamp))
    clock.pass_time(days=14)
    coordinator.sweep()
    assert {to for _, _, to in told(coordinator, file_id)} == {"ana"}


def test_enrolments_are_submitted_once_and_answers_taken_in_once(store):
    """What was submitted and what came back, each exactly once; nonsense is reported."""
    clock = store.test_clock
    payers = Payers()
    coordinator = with_provider(desk(store, clock=clock, gateway=payers))
    file_id = opened(coordinator)
    to_committee(coordinator, file_id)
    decided(coordinator, file_id)
    polled = coordinator.poll_payers()
    assert len(polled.submitted) == 2
    assert not coordinator.poll_payers().submitted
    child = polled.submitted[0]
    clock.pass_time(days=5)
    answer = PayerAnswer(
        key="a-1", reference=f"ref-{child}", status="approved", at=clock.at, effective_on=dt.date(2026, 3, 7)
    )
    stranger = PayerAnswer(key="a-2", reference="ref-nobody", status="approved", at=clock.at)
    payers.answers = [answer, stranger]
    polled = coordinator.poll_payers()
    assert polled.answered == ((child, "approved"),)
    assert "ref-nobody" in polled.rejected[0].reason
    assert coordinator.show(child).record.stage == "effective"
    assert not coordinator.poll_payers().answered


def test_the_day_runs_its_steps_in_order_and_again_changes_nothing(store):
    """A day that broke off is simply run again."""
    coordinator = with_provider(
        desk(store, clock=store.test_clock, notifier=Outbox(), gateway=Payers()),
        cycles=(("ncqa", dt.date(2023, 4, 10)),),
    )
    seen = []
    day = coordinator.day(seen.append)
    assert tuple(seen) == STEPS
    assert len(day.opened) == 1
    assert len(day.assigned.assigned) == 1
    again = coordinator.day()
    assert not again.opened
    assert not again.assigned.choices
    assert not again.swept.told
    assert again.report == day.report


def test_a_full_recomputation_finds_no_line_that_changes_later_than_the_truth(store):
    """Case 34: no stored next change lies behind the true one, whatever was touched."""
    clock = store.test_clock
    coordinator = with_provider(desk(store, clock=clock), cycles=(("ncqa", dt.date(2023, 4, 10)),))
    files = [opened(coordinator) for _ in range(4)]
    for file_id in files[:3]:
        to_psv(coordinator, file_id)
    coordinator.day()
    coordinator.record(files[0], lambda file, stamp: file.hold("h", "provider", stamp))
    coordinator.record("provider/p-1", lambda provider, stamp: provider.start_leave(stamp))
    clock.pass_time(days=2)
    coordinator.sweep()
    stored = {str(line.ref): line for line in coordinator.worklist(kinds=("file", "provider"), limit=None)}
    for ref in stored:
        judged = coordinator.show(ref).judged
        assert not judged.difference
        due = judged.evaluation.next_change
        line = store.load([coordinator.history(ref).ref])[coordinator.history(ref).ref].line
        assert due is None or line.next_change <= int(due.timestamp() * 1_000_000)


def test_assigning_twice_to_the_same_person_is_refused():
    """Giving a file to its owner again is a slip, and said so."""
    coordinator = with_provider(desk())
    file_id = opened(coordinator)
    coordinator.assign(file_id, "ben")
    with pytest.raises(InvalidInput, match="owner already"):
        coordinator.assign(file_id, "ben")


def test_an_adopted_edition_judges_what_is_open_and_leaves_what_is_closed(store):
    """A longer limit clears an open breach: the telling stays in the history, and is withdrawn."""
    clock = store.test_clock
    coordinator = with_provider(desk(store, clock=clock))
    file_id, closed = opened(coordinator), opened(coordinator)
    for one in (file_id, closed):
        coordinator.assign(one, "ben")
        to_psv(coordinator, one)
    clock.pass_time(days=15)
    coordinator.sweep()
    coordinator.advance(closed, "withdrawn")
    coordinator.sweep()
    before = coordinator.history(closed).events
    text = coordinator.profile.text.replace('limit = "10 working days"', 'limit = "40 working days"')
    coordinator.adopt(text)
    assert [edition.edition for edition in coordinator.desk.editions] == [1, 2]
    coordinator.sweep()
    assert ("withdrawn", "breached", "") in told(coordinator, file_id)
    assert coordinator.history(closed).events == before
    assert next(coordinator.worklist()).urgency == 3


def test_an_edition_with_faults_is_not_adopted(store):
    """Nothing is half done: the desk judges as before."""
    coordinator = desk(store, clock=store.test_clock)
    with pytest.raises(ProfileError, match="did you mean 'psv'"):
        coordinator.adopt(coordinator.profile.text.replace('stage = ["psv"]', 'stage = ["pvs"]'))
    assert len(coordinator.desk.editions) == 1


def test_a_returned_application_is_submitted_anew_and_answered(store):
    """The payer sent it back; the next attempt has a reference of its own."""
    clock = store.test_clock
    payers = Payers()
    coordinator = with_provider(desk(store, clock=clock, gateway=payers))
    child = coordinator.open_file("enrolment", "p-1", payer="lake").ref.id
    coordinator.poll_payers()
    clock.pass_time(days=2)
    payers.answers = [PayerAnswer(key="a-1", reference=f"ref-{child}", status="returned", at=clock.at)]
    coordinator.poll_payers()
    clock.pass_time(days=1)
    coordinator.poll_payers()
    assert [request.attempt for request in payers.requests] == [1, 2]


def test_a_window_that_began_since_the_last_sweep_is_seen(store):
    """Opening goes by the dates, whether or not anybody swept."""
    clock = store.test_clock
    coordinator = with_provider(desk(store, clock=clock), cycles=(("ncqa", dt.date(2023, 9, 10)),))
    assert not coordinator.day().opened
    clock.pass_time(days=95)
    assert [one.due_on for one in coordinator.day().opened] == [dt.date(2026, 9, 30)]


def test_an_answer_from_the_future_is_reported_and_not_taken_in(store):
    """A mistyped year moves no file."""
    clock = store.test_clock
    payers = Payers()
    coordinator = with_provider(desk(store, clock=clock, gateway=payers))
    child = coordinator.open_file("enrolment", "p-1", payer="lake").ref.id
    coordinator.poll_payers()
    later = clock.at + dt.timedelta(days=365)
    payers.answers = [
        PayerAnswer(key="a", reference=f"ref-{child}", status="approved", at=later, place="answers.csv:2")
    ]
    (rejected,) = coordinator.poll_payers().rejected
    assert (rejected.place, "lies in the future" in rejected.reason) == ("answers.csv:2", True)
    assert coordinator.show(child).record.stage == "submitted"


def test_a_notice_says_a_day_as_people_write_it(store):
    """What is due by the end of the ninth is not due on the tenth."""
    clock = store.test_clock
    outbox = Outbox()
    coordinator = with_provider(desk(store, clock=clock, notifier=outbox))
    file_id = opened(coordinator)
    coordinator.record(
        file_id, lambda file, stamp: file.promise("pr-1", "team", clock.at.date() + dt.timedelta(days=7), stamp)
    )
    clock.pass_time(days=7)
    coordinator.day()
    assert [line for message in outbox.messages for line in message.lines if line.startswith("due")] == [
        "due Mon 9 Mar 2026 24:00"
    ]


def test_many_threads_on_one_file_lose_nothing(store):
    """Decisions that collide are made again until each has its place."""
    coordinator = with_provider(desk(store, clock=store.test_clock))
    file_id = opened(coordinator)

    def touch(number):
        coordinator.record(file_id, lambda file, stamp: file.review(stamp, note=f"look {number}"))

    with concurrent.futures.ThreadPoolExecutor(6) as pool:
        list(pool.map(touch, range(36)))
    notes = [event.note for event in coordinator.history(file_id).events if event.type == "reviewed"]
    assert sorted(notes) == sorted(f"look {number}" for number in range(36))


def test_a_cycle_that_is_too_late_to_renew_is_initial_work(store):
    """Up to thirty days late it still renews; from the next day on everything starts anew."""
    coordinator = with_provider(desk(store, clock=store.test_clock), cycles=(("ncqa", dt.date(2023, 1, 20)),))
    with_provider(coordinator, "p-2", cycles=(("ncqa", dt.date(2023, 2, 20)),))
    with_provider(coordinator, "p-3", cycles=(("ncqa", dt.date(2022, 12, 20)),))
    kinds = {one.provider: coordinator.show(one.file).record.kind for one in coordinator.open_due()}
    assert kinds == {"p-1": "recredentialing", "p-2": "recredentialing", "p-3": "initial"}


def test_a_cut_off_that_a_seat_brings_is_told_on_the_same_day(store):
    """A file seated in the morning whose packet closes tonight is not told tomorrow."""
    clock = store.test_clock
    text = PROFILE + '\n[[rules.cutoff]]\nid = "packet"\nsource = "charter"\n'
    coordinator = with_provider(desk(store, clock=clock, profile=text))
    file_id = opened(coordinator)
    to_committee(coordinator, file_id)
    clock.pass_time(days=2)
    day = coordinator.day()
    assert [seat.meeting for seat in day.seated] == ["credentials-2026-03-05"]
    assert [(told.rule, told.rung) for told in day.swept.told] == [("packet", "on the day")]
    assert next(coordinator.worklist()).urgency == 0
