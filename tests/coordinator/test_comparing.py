"""What another edition would change: said before it is adopted, and so it is once it is."""

import datetime as dt

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import precondition, rule
from test_casework import opened, to_psv
from test_day import told
from test_laws import DeskMachine

from credcore.adapters.memory import MemoryStore
from credcore.errors import InvalidInput, ProfileError
from credcore.history import Ref
from credcore.instants import to_us
from desks import MONDAY, PROFILE, Clock, Outbox, desk, with_provider

LIMIT = 'limit = "10 working days"'


def edition(days=10, warn="0.5", step=2, pause="provider", look=20, name="psv-ten-days", tells="lead"):
    """Return the small profile with one rule as it is said here."""
    text = PROFILE.replace(LIMIT, f'limit = "{days} working days"')
    text = text.replace("warn = [0.5]", f"warn = [{warn}]")
    text = text.replace(
        '{ after = "2 working days", to = "lead" }', f'{{ after = "{step} working days", to = "{tells}" }}'
    )
    text = text.replace('waiting-on = ["provider"]', f'waiting-on = ["{pause}"]')
    text = text.replace('committee", "withdrawn"]\nlook-again = "20', f'committee", "withdrawn"]\nlook-again = "{look}')
    former = 'formerly = "psv-ten-days"\n' if name != "psv-ten-days" else ""
    return text.replace('id = "psv-ten-days"\n', f'id = "{name}"\n{former}')


def in_psv(days=0, **more):
    """Return a desk with a file that has been in primary source verification for some days, its clock and the file."""
    clock = Clock()
    coordinator = with_provider(desk(MemoryStore("main", clock=clock), clock=clock, **more))
    file_id = opened(coordinator)
    coordinator.assign(file_id, "ben")
    to_psv(coordinator, file_id)
    clock.pass_time(days=days)
    coordinator.sweep()
    return coordinator, clock, file_id


def shifts(comparison, rule="psv-ten-days"):
    """Return what becomes of one rule's clocks."""
    return [shift for changed in comparison.changes for shift in changed.shifts if shift.rule == rule]


def test_a_longer_limit_clears_a_breach_and_breached_again_it_is_told_again():
    """The telling stays in the history with its edition and is withdrawn; the next one has the new edition's number."""
    outbox = Outbox()
    coordinator, clock, file_id = in_psv(15, notifier=outbox)
    coordinator.deliver()
    text = edition(days=40)
    said = coordinator.compare(text)
    (shift,) = shifts(said)
    assert (shift.change, shift.before.rung, shift.after.rung) == ("cleared", "breached", "running")
    assert (said.edition, said.changed, said.counts) == (2, 1, {"psv-ten-days": {"cleared": 1}})
    assert [(one.rule, one.rung.name) for one in said.changes[0].withdraw] == [
        ("psv-ten-days", "50% used"),
        ("psv-ten-days", "breached"),
    ]
    before = coordinator.history(file_id).events
    coordinator.adopt(text)
    coordinator.sweep()
    assert coordinator.history(file_id).events[: len(before)] == before  # nothing is overwritten
    assert ("withdrawn", "breached", "") in told(coordinator, file_id)
    clock.pass_time(days=50)
    coordinator.sweep()
    coordinator.deliver()
    breaches = [
        event.edition
        for event in coordinator.history(file_id).events
        if event.type == "told" and (event.rule, event.rung) == ("psv-ten-days", "breached")
    ]
    assert breaches == [1, 2]
    keys = [message.key for message in outbox.messages if ":psv-ten-days:" in message.key]
    assert len(keys) == len(set(keys)) == 2  # a notice each time, of the highest rung


@pytest.mark.parametrize(
    ("text", "change"),
    [
        (edition(days=2), "breached"),
        (edition(days=9), "earlier"),
        (edition(days=20), "later"),
        (edition(warn="0.2"), "steps"),
        (edition(step=5), "ahead"),
        (edition(tells="coordinator"), "ahead"),
        (edition(name="psv-quick", days=9), "earlier"),
    ],
)
def test_what_becomes_of_a_clock(text, change):
    """A shorter limit, a longer one, an earlier warning, another ladder: each is told as what it is."""
    coordinator, _, _ = in_psv(4)
    (found,) = coordinator.compare(text).changes
    assert [shift.change for shift in found.shifts] == [change]


def test_a_clock_that_stands_still_changes_too():
    """A paused clock has no deadline; what it would have if resumed at once is compared."""
    coordinator, _, file_id = in_psv(4)
    coordinator.record(file_id, lambda file, stamp: file.hold("h-1", "provider", stamp))
    (shift,) = shifts(coordinator.compare(edition(days=12)))
    assert (shift.change, shift.before.deadline, shift.after.deadline) == ("later", None, None)
    assert shift.due_before < shift.due_after
    (shift,) = shifts(coordinator.compare(edition(pause="payer")))
    assert (shift.change, shift.before.deadline) == ("resumed", None)
    (shift,) = shifts(coordinator.compare(edition(look=5, days=10)), "look-again:psv")
    assert shift.change == "earlier"


def test_an_edition_that_is_in_force_later_is_asked_then():
    """Both are asked at the instant from which it judges, as if nothing happened until then."""
    coordinator, clock, _ = in_psv(4)
    starts = clock.at + dt.timedelta(days=20)
    said = coordinator.compare(edition(days=40), in_force=starts)
    assert said.at == starts
    (shift,) = shifts(said)
    assert shift.change == "cleared"
    assert shift.before.deadline < starts < shift.after.deadline
    assert said.changes[0].withdraw == ()  # nothing of it was told by now


def test_rules_that_come_and_go():
    """A rule that the new edition lacks ends; a new one begins, and is told if it stands breached at once."""
    coordinator, _, _ = in_psv(4)
    text = PROFILE.replace('id = "psv-ten-days"', 'id = "psv-else"').replace(LIMIT, 'limit = "2 working days"')
    said = coordinator.compare(text)
    assert said.counts == {"psv-else": {"breached": 1}, "psv-ten-days": {"ends": 1}}
    assert [(one.rule, one.rung.name) for one in said.changes[0].tell] == [
        ("psv-else", "50% used"),
        ("psv-else", "breached"),
    ]
    assert said.tell == 2


def test_files_for_which_the_edition_has_no_place_are_named():
    """With any of them it is refused at adoption, and the comparison says which they are."""
    coordinator = with_provider(desk())
    file_id = opened(coordinator)
    enrolment = coordinator.open_file("enrolment", "p-1", payer="lake").ref
    for text, expected in (
        (PROFILE.replace('"intake"', '"desk-in"').replace("[stages.intake]", "[stages.desk-in]"), ("stage", "intake")),
        (PROFILE.replace("[payers.lake]", "[payers.sea]"), ("payer", "lake")),
        (PROFILE.replace("initial", "first"), ("kind", "initial")),
    ):
        said = coordinator.compare(text)
        ref = enrolment if expected[0] == "payer" else Ref("file", file_id)
        assert [(one.ref, one.what, one.name) for one in said.misfits] == [(ref, *expected)]
        with pytest.raises(InvalidInput, match="this edition does not have"):
            coordinator.adopt(text)


def test_providers_are_looked_at_too():
    """A cycle that warns earlier changes its provider."""
    coordinator = with_provider(desk(), cycles=(("ncqa", dt.date(2023, 6, 10)),))
    said = coordinator.compare(PROFILE.replace("days = -30", "days = -100"))
    assert [(str(one.ref), [shift.change for shift in one.shifts]) for one in said.changes] == [
        ("provider/p-1", ["ahead"])
    ]


@pytest.mark.parametrize(
    ("text", "in_force", "match"),
    [
        (PROFILE, None, "adopted last already"),
        (edition(days=3), MONDAY - dt.timedelta(days=1), "set back"),
        ("garbage [", None, "no TOML"),
    ],
)
def test_what_could_not_be_adopted_is_not_compared(text, in_force, match):
    """The same edition again, one that is set back, one with faults: each is refused with adoption's own words."""
    coordinator = desk()
    with pytest.raises((InvalidInput, ProfileError), match=match):
        coordinator.compare(text, in_force=in_force)


def test_all_are_counted_and_the_first_told_in_full():
    """A limit spares the reader, never the counts; the most urgent come first."""
    coordinator, _, file_id = in_psv(15)
    for _ in range(3):
        later = opened(coordinator)
        coordinator.assign(later, "ana")
        to_psv(coordinator, later)
    said = coordinator.compare(edition(days=40), limit=1)
    assert (said.records, said.changed) == (5, 4)
    assert [one.ref.id for one in said.changes] == [file_id]
    assert said.counts["psv-ten-days"] == {"cleared": 1, "later": 3}


class ReadOnly:
    """A store that refuses to be written."""

    def __init__(self, store):
        self._store = store

    def __getattr__(self, name):
        """Give what only reads."""
        assert name not in {"commit", "claim", "settle", "bind"}, name
        return getattr(self._store, name)


def test_nothing_is_written_and_nobody_is_told():
    """The comparison only reads the store, takes no fresh id, and sends no message."""
    outbox, clock = Outbox(), Clock()
    store = MemoryStore("main", clock=clock)
    with_provider(desk(store, clock=clock))
    file_id = opened(desk(store, clock=clock, profile=None))

    def ids():
        raise AssertionError

    reading = desk(ReadOnly(store), clock=clock, profile=None, notifier=outbox)
    reading._context.ids = ids
    assert reading.compare(edition(days=1, look=1)).records == 2
    assert outbox.messages == []
    assert len(reading.history(file_id).events) == 1


def said_of(judged):
    """Return what stands and is to be told, whatever its rule is called and since when its edition is in force."""
    names = {"psv-other": "psv-ten-days"}
    found, difference = judged.evaluation, judged.difference
    return (
        None if found is None else found.next_change,
        {
            (names.get(one.rule, one.rule), one._replace(rule="", since_us=0))
            for one in (found.findings if found else ())
        },
        [
            {(names.get(one.rule, one.rule), one.episode, one.rung.name) for one in those}
            for those in (difference.tell, difference.withdraw)
        ],
    )


class ComparingMachine(DeskMachine):
    """A desk at work, on which every edition is compared before it is adopted."""

    @precondition(lambda self: self.files)
    @rule(
        days=st.sampled_from([1, 5, 10, 40]),
        warn=st.sampled_from(["0.5", "0.9"]),
        step=st.sampled_from([1, 2, 6]),
        pause=st.sampled_from(["provider", "payer"]),
        look=st.sampled_from([3, 20]),
        tells=st.sampled_from(["lead", "coordinator"]),
        window=st.sampled_from([30, 100]),
        name=st.sampled_from(["psv-ten-days", "psv-other"]),
        hours=st.sampled_from([0, 0, 30, 200]),
    )
    def compare(self, hours, window, **words):
        """What is said of an edition is what stands once it is adopted; what is not said does not change."""
        text, now = edition(**words).replace("days = -30", f"days = -{window}"), self.clock.at
        text = text.replace('stage = ["psv"]', 'stage = ["intake", "psv"]').replace(
            '"20 working', f'"{words["look"]} working'
        )
        starts = None if hours == 0 else now + dt.timedelta(hours=hours)
        last = self.desk.desk.editions[-1]
        if text == last.text or (last.in_force is not None and last.in_force >= (starts or now)):
            return
        said = self.desk.compare(text, in_force=starts)
        before = self.shown_at(said.at)
        self.clock.at = now
        assert said == self.desk.compare(text, in_force=starts)
        self.desk.adopt(text, in_force=starts)
        after = self.shown_at(said.at)
        assert (said.edition, said.records) == (self.desk.desk.editions[-1].edition, len(before))
        changed = {one.ref: one for one in said.changes}
        assert len(changed) == said.changed
        for ref, judged in after.items():
            was = before[ref]
            if ref not in changed:
                assert said_of(was) == said_of(judged)
                continue
            one = changed[ref]
            assert (one.before, one.after) == (was.evaluation, judged.evaluation)
            assert {telling.key(ref) for telling in one.tell} <= {
                telling.key(ref) for telling in judged.difference.tell
            }
            assert set(one.withdraw) <= set(judged.difference.withdraw)
            assert one.shifts
            due = [shift.due_after for shift in one.shifts if shift.after is not None and shift.after.due_us]
            assert set(map(to_us, due)) <= {finding.due_us for finding in judged.evaluation.findings}

    def shown_at(self, at):
        """Return what stands of every open record at an instant; the clock stays there."""
        self.clock.at = at
        return {ref: self.desk.show(ref).judged for ref in self.open_refs()}


TestComparing = ComparingMachine.TestCase
TestComparing.settings = settings(
    max_examples=25, stateful_step_count=30, deadline=None, suppress_health_check=list(HealthCheck)
)
