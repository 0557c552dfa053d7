"""Whatever is done on a desk, in whatever order: nothing is lost, nothing told twice, no line out of date."""

import datetime as dt
from collections import Counter

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from credcore.adapters.memory import MemoryStore
from credcore.coordinator.chain import is_unbroken
from credcore.errors import CredcoreError
from credcore.history import Ref
from credcore.instants import to_us
from credcore.notices import present_names, told_before
from credcore.ports import View
from desks import Clock, Outbox, desk, with_provider

EARLIER = st.timedeltas(min_value=dt.timedelta(), max_value=dt.timedelta(days=4))
ANY_FILE = st.integers(min_value=0, max_value=5)


class DeskMachine(RuleBasedStateMachine):
    """A desk at work: files, holds, late records, corrections, absences, leave, editions, and sweeps."""

    def __init__(self):
        super().__init__()
        self.clock = Clock()
        self.outbox = Outbox()
        self.store = MemoryStore("main", clock=self.clock)
        self.desk = desk(self.store, clock=self.clock, notifier=self.outbox)
        with_provider(self.desk, cycles=(("ncqa", dt.date(2023, 6, 10)),))
        self.files = []
        self.holds = 0

    def do(self, action):
        """Do something that the desk may refuse; a refusal leaves all as it was."""
        before = {ref: stored.version for ref, stored in self.store.load(self.refs()).items()}
        try:
            action()
        except CredcoreError:
            after = {ref: stored.version for ref, stored in self.store.load(self.refs()).items()}
            assert before == after

    def refs(self):
        """Return every record that the machine knows."""
        people = [Ref("person", person.id) for person in self.desk.desk.team]
        return [Ref("desk", "main"), Ref("provider", "p-1"), *people, *(Ref("file", file) for file in self.files)]

    def record(self, number, change, earlier):
        """Record something of a file, as of now or of some time ago."""
        file_id = self.files[number % len(self.files)]
        self.do(lambda: self.desk.record(file_id, change, at=self.clock.at - earlier))

    @rule()
    def open_file(self):
        """A file comes in."""
        if len(self.files) < 6:
            self.files.append(self.desk.open_file("initial", "p-1").ref.id)

    @rule(hours=st.integers(min_value=1, max_value=300))
    def pass_time(self, hours):
        """Time passes."""
        self.clock.pass_time(hours=hours)

    @precondition(lambda self: self.files)
    @rule(number=ANY_FILE, to=st.sampled_from(["psv", "committee", "withdrawn"]))
    def advance(self, number, to):
        """A file moves, or is refused to."""
        self.do(lambda: self.desk.advance(self.files[number % len(self.files)], to))

    @precondition(lambda self: self.files)
    @rule(number=ANY_FILE, earlier=EARLIER, party=st.sampled_from(["provider", "payer", "source"]))
    def hold(self, number, earlier, party):
        """A hold is placed, perhaps told late."""
        self.holds += 1
        self.record(number, lambda file, stamp: file.hold(f"h-{self.holds}", party, stamp), earlier)

    @precondition(lambda self: self.files)
    @rule(number=ANY_FILE, earlier=EARLIER)
    def release(self, number, earlier):
        """The newest hold ends, perhaps told late."""
        self.record(number, lambda file, stamp: file.release(max(file.holds, default=""), stamp), earlier)

    @precondition(lambda self: self.files)
    @rule(number=ANY_FILE, earlier=EARLIER, element=st.sampled_from(["application", "attestation"]))
    def receive(self, number, earlier, element):
        """A document comes in."""
        self.record(number, lambda file, stamp: file.receive(element, stamp), earlier)

    @precondition(lambda self: self.files)
    @rule(number=ANY_FILE, days=st.integers(min_value=0, max_value=9))
    def promise(self, number, days):
        """Somebody promises something."""
        self.holds += 1
        day = self.clock.at.date() + dt.timedelta(days=days)
        self.record(
            number, lambda file, stamp: file.promise(f"pr-{self.holds}", "provider", day, stamp), dt.timedelta()
        )

    @precondition(lambda self: self.files)
    @rule(number=ANY_FILE, back=st.integers(min_value=1, max_value=4))
    def correct(self, number, back):
        """An earlier event is taken out, unless it is the opening or a move."""
        file_id = self.files[number % len(self.files)]
        events = self.desk.history(file_id).effective[1:]
        wrong = [event for event in events if event.type in ("hold-placed", "hold-released", "promise-made")]
        if len(wrong) >= back:
            self.do(lambda: self.desk.correct(file_id, wrong[-back].id, why="a mistake"))

    @rule()
    def assign(self):
        """The queue is given out."""
        self.desk.assign()

    @precondition(lambda self: self.files)
    @rule(number=ANY_FILE, to=st.sampled_from(["ana", "ben", "cy"]))
    def hand_over(self, number, to):
        """A file is handed to somebody."""
        self.do(lambda: self.desk.assign(self.files[number % len(self.files)], to))

    @rule(leave=st.booleans())
    def provider_leave(self, leave):
        """The provider goes on leave, or comes back."""
        self.do(
            lambda: self.desk.record(
                "provider/p-1", lambda one, stamp: one.start_leave(stamp) if leave else one.end_leave(stamp)
            )
        )

    @rule(days=st.sampled_from([5, 10, 40]), ahead=st.sampled_from([None, 30, 200]))
    def adopt(self, days, ahead):
        """Another edition of the profile is adopted, for now or for later."""
        text = self.desk.profile.text
        start = text.index('limit = "')
        end = text.index("\n", start)
        in_force = None if ahead is None else self.clock.at + dt.timedelta(hours=ahead)
        edition = f'{text[:start]}limit = "{days} working days"{text[end:]}'
        self.do(lambda: self.desk.adopt(edition, in_force=in_force))

    @rule()
    def sweep(self):
        """A sweep comes: afterwards nothing that stands is untold, and nothing that was told stands no longer."""
        self.desk.sweep()
        self.desk.deliver()
        for ref in self.open_refs():
            shown = self.desk.show(ref)
            assert not shown.judged.difference, ref
            rules = self.desk._context.book().rules
            told, present = told_before(shown.events, rules), present_names(rules)
            findings = shown.judged.evaluation.findings
            stands = {(present(found.rule), found.episode, rung.name) for found in findings for rung in found.passed}
            assert {key for key, before in told.items() if before.stands} == stands

    def open_refs(self):
        """Return the open files and providers."""
        return [row.ref for row in self.store.rows(View(at=0, kinds=None, snoozed=True), None, 500).rows]

    @invariant()
    def no_line_is_later_than_the_truth(self):
        """A stored line is right until its next change, which is never later than the true one."""
        for row in self.store.rows(View(at=0, kinds=None, snoozed=True), None, 500).rows:
            judged = self.desk.show(row.ref).judged
            now = to_us(self.clock.at)
            if judged.difference:
                assert row.line.next_change is not None
                assert row.line.next_change <= now
            elif judged.evaluation.next_change is not None:
                assert row.line.next_change is not None
                assert row.line.next_change <= max(now, to_us(judged.evaluation.next_change))

    @invariant()
    def owners_and_capacity_agree(self):
        """A person holds exactly the open files of which they are the owner."""
        held = {p.id: set(self.desk.show(f"person/{p.id}").record.files) for p in self.desk.desk.team}
        owned = {person: set() for person in held}
        for ref in self.open_refs():
            if ref.kind == "file" and (owner := self.desk.show(ref).record.assignee):
                owned[owner].add(ref.id)
        assert held == owned

    @invariant()
    def messages_are_sent_once(self):
        """A receiver that drops repeats by key has nothing to drop here."""
        assert all(count == 1 for count in Counter(message.key for message in self.outbox.messages).values())

    def teardown(self):
        """Every chain is unbroken at the end."""
        for ref in self.refs():
            assert is_unbroken("main", ref, self.store.history(ref)), ref


TestDesk = DeskMachine.TestCase
TestDesk.settings = settings(
    max_examples=25, stateful_step_count=30, deadline=None, suppress_health_check=list(HealthCheck)
)
