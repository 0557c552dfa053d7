"""Case 33: what stands is told once, whatever comes late and whatever limit is edited; a naive sweep loses some of it.

The naive sweep tells what changed since it last ran: what stands now and did not stand then, by all that is known
today. Today's knowledge of yesterday is not yesterday's: a record that comes late, or a limit that is edited, has moved
the past across its last run, and nobody is ever told.
"""

import contextlib
import datetime as dt
import random
from collections import Counter
from collections.abc import Iterator, Sequence
from typing import NamedTuple

import attrs
import pytest

from credcore.calendars import WorkCalendar
from credcore.errors import CredcoreError
from credcore.events import (
    ContactLogged,
    Event,
    FileOpened,
    FlagCleared,
    FlagRaised,
    HoldPlaced,
    HoldReleased,
    PromiseMade,
    Reviewed,
    StageChanged,
    Told,
    Withdrawn,
)
from credcore.history import History, Ref
from credcore.limits import WorkingDays, parse_limit
from credcore.notices import Difference, difference, told_before
from credcore.profile import Profile
from credcore.rules import (
    ClockRule,
    DateRule,
    DateStep,
    Edition,
    Finding,
    Rule,
    Step,
    Trigger,
    When,
    evaluate,
    schedule,
    standing,
)
from desks import Clock, Outbox, desk, with_provider

OFFICE = WorkCalendar.from_mapping({"week": {"mon-fri": ["09:00-17:00"]}}, zone="America/Chicago")
OPEN = When(stage=["intake", "psv"])
RULES: tuple[Rule, ...] = (
    ClockRule(
        id="psv",
        on=When(stage="psv"),
        paused=When(waiting_on=["provider", "source"]),
        limit=WorkingDays(5),
        calendar=OFFICE,
        warn=[0.5],
        ladder=[Step(parse_limit("2 working days"), "lead")],
    ),
    ClockRule(
        id="turnaround",
        on=When(stage=["intake", "psv"], flags="complete"),
        paused=When(waiting_on="provider"),
        limit=WorkingDays(9),
        calendar=OFFICE,
        anchor="opening",
        episode="opening",
    ),
    ClockRule(
        id="stall",
        on=OPEN,
        paused=When(held=True),
        restart=Trigger("contact-logged"),
        limit=WorkingDays(4),
        calendar=OFFICE,
    ),
    DateRule(id="promises", about="promise", calendar=OFFICE, steps=[DateStep(-1), DateStep(2, "lead")]),
)

Key = tuple[str, str, str]
"""Rule, episode, rung."""

FIRST = dt.datetime(2026, 3, 2, 12, tzinfo=dt.UTC)
SWEEPS = [FIRST + dt.timedelta(days=day) for day in range(33) if day % 7 < 5]
"""On the mornings of five working weeks."""


class Scenario(NamedTuple):
    """What goes wrong for a naive sweep.

    Attributes:
        late: Of ten events, so many are recorded days after they happened.
        limits: From which day on, known on which day, the clocks have which limits, in turn.
    """

    late: int = 0
    limits: tuple[tuple[int, int, tuple[int, ...]], ...] = ()


EDITED = ((9, 9, (2, 4, 2)), (21, 16, (9, 14, 8)))
SCENARIOS = {
    "nothing late, nothing edited": Scenario(),
    "late events": Scenario(late=4),
    "edited limits": Scenario(limits=EDITED),
    "both": Scenario(late=4, limits=EDITED),
}


def lifetime(number: int, late: int) -> list[Event]:
    """Return the events of one file in the order of recording."""
    rng = random.Random(number)  # noqa: S311 - the same each time, not secret
    at = FIRST + dt.timedelta(days=rng.randrange(8), hours=rng.randrange(3, 10))
    ids = iter(range(1, 100))
    events: list[Event] = [FileOpened(id="e-0", at=at, kind="initial", provider="p-1", stage="psv")]
    held: list[str] = []
    for _ in range(rng.randrange(3, 8)):
        at += dt.timedelta(minutes=rng.randrange(30, 4 * 24 * 60))
        stamp = {"id": f"e-{next(ids)}", "at": at}
        choice = rng.randrange(10)
        if choice < 3 and held:
            events.append(HoldReleased(hold=held.pop(0), **stamp))
        elif choice < 3:
            held.append(stamp["id"])
            events.append(HoldPlaced(hold=held[-1], waiting_on=rng.choice(("provider", "source", "payer")), **stamp))
        elif choice < 5:
            events.append(StageChanged(stage=rng.choice(("psv", "intake", "psv", "closed")), **stamp))
        elif choice < 7:
            events.append(rng.choice((FlagRaised, FlagRaised, FlagCleared))(flag="complete", **stamp))
        elif choice < 8:
            day = (at + dt.timedelta(days=rng.randrange(9))).date()
            events.append(PromiseMade(promise=stamp["id"], party="provider", promised_on=day, **stamp))
        elif choice < 9:
            events.append(ContactLogged(party="provider", channel="email", **stamp))
        else:
            events.append(Reviewed(**stamp))
    told = [
        attrs.evolve(event, recorded_at=event.at + dt.timedelta(days=rng.randrange(1, 12)))
        if rng.randrange(10) < late and event.id != "e-0"
        else event
        for event in events
    ]
    return sorted(told, key=lambda event: event.recorded_at)


def editions_by_sweep(scenario: Scenario) -> Iterator[tuple[dt.datetime, tuple[Edition, ...]]]:
    """Yield each sweep with the editions that the desk had by then: one may come into force later."""
    for at in SWEEPS:
        known = [row for row in scenario.limits if FIRST + dt.timedelta(days=row[1]) <= at]
        starts = [None, *(FIRST + dt.timedelta(days=row[0]) for row in known), None]
        rules = [RULES, *(with_limits(row[2]) for row in known)]
        yield (
            at,
            tuple(
                Edition(number, these, since, until)
                for number, (these, since, until) in enumerate(zip(rules, starts, starts[1:], strict=False), start=1)
            ),
        )


def with_limits(days: Sequence[int]) -> tuple[Rule, ...]:
    """Return the rules with other limits."""
    clocks = [one for one in RULES if isinstance(one, ClockRule)]
    edited = [attrs.evolve(one, limit=WorkingDays(n)) for one, n in zip(clocks, days, strict=True)]
    return (*edited, *(one for one in RULES if isinstance(one, DateRule)))


def keys(findings: Sequence[Finding]) -> set[Key]:
    """Return the rungs that findings have reached."""
    return {(one.rule, one.episode, rung.name) for one in findings for rung in one.passed}


def recorded(new: Difference, at: dt.datetime) -> list[Event]:
    """Return the events by which a sweep remembers what it told."""
    return [
        *(Told(id="t", at=at, rule=one.rule, episode=one.episode, rung=one.rung.name, to="ana") for one in new.tell),
        *(Withdrawn(id="w", at=at, rule=one.rule, episode=one.episode, rung=one.rung.name) for one in new.withdraw),
    ]


class Outcome(NamedTuple):
    """What became of one file.

    Attributes:
        owed: How often each rung came to stand from one sweep to the next.
        told: How often it was told.
        naively: How often the naive sweep told it.
        swept: At how many sweeps the file had come due.
    """

    owed: Counter[Key]
    told: Counter[Key]
    naively: Counter[Key]
    swept: int


def simulate(number: int, scenario: Scenario, sweeps: Sequence[tuple[dt.datetime, tuple[Edition, ...]]]) -> Outcome:
    """Sweep one file each morning if it has come due: something was recorded, a limit edited, or a change has come."""
    coming = lifetime(number, scenario.late)
    ref = Ref("file", f"f-{number}")
    stream: list[Event] = []
    owed, naively = Counter[Key](), Counter[Key]()
    stood: set[Key] = set()
    truth: list[Finding] = []
    today: list[Finding] = []
    editions: tuple[Edition, ...] = ()
    due_at: dt.datetime | None = None
    swept, last = 0, FIRST
    for at, known in sweeps:
        new = [event for event in coming if event.recorded_at <= at]
        coming = coming[len(new) :]
        stream += new
        if not stream:
            last = at
            continue
        in_force = next(one for one in reversed(known) if one.since is None or one.since <= at)
        if new or known != editions:
            editions = known
            due_at = at
            truth = schedule(History(ref, stream), known)
            today = schedule(History(ref, stream), in_force.rules)
        elif in_force.since is not None and last < in_force.since:
            today = schedule(History(ref, stream), in_force.rules)
        # What the library does: only if the record has come due.
        if due_at is not None and due_at <= at:
            now = evaluate(History(ref, stream), known, at)
            stream += recorded(difference(now.findings, told_before(stream)), at)
            due_at = now.next_change
            swept += 1
        # What is true, asked at every sweep of the whole schedule.
        stands = keys(standing(truth, at))
        owed.update(stands - stood)
        stood = stands
        assert {key for key, before in told_before(stream).items() if before.stands} == stands
        # What the naive sweep does, by today's knowledge and today's limits.
        naively.update(keys(standing(today, at)) - keys(standing(today, last)))
        last = at
    told = Counter((one.rule, one.episode, one.rung) for one in stream if isinstance(one, Told))
    return Outcome(owed, told, naively, swept)


@pytest.mark.parametrize(("name", "files"), [(name, 1_200 if name == "both" else 300) for name in SCENARIOS])
def test_case_33_nothing_is_lost_and_nothing_doubled(name: str, files: int) -> None:
    """Of each rung that came to stand one telling was made each time; the naive sweep loses some as the past moves."""
    scenario = SCENARIOS[name]
    sweeps = list(editions_by_sweep(scenario))
    outcomes = [simulate(number, scenario, sweeps) for number in range(files)]
    assert sum(outcome.owed.total() for outcome in outcomes) > 4 * files
    assert sum(bool(one.owed - one.told) for one in outcomes) == 0
    assert sum(bool(one.told - one.owed) for one in outcomes) == 0
    assert sum(one.swept for one in outcomes) < len(SWEEPS) * files * 0.7
    lost = sum(bool(one.owed.keys() - one.naively.keys()) for one in outcomes)
    assert (lost > files // 20) is (scenario != Scenario())
    assert scenario != Scenario() or lost == 0


# --- the same through a desk


DAYS = 36


class Day:
    """A desk at which things come late and limits are edited, day by day."""

    def __init__(self, seed: int) -> None:
        self.rng = random.Random(seed)  # noqa: S311 - the same each time, not secret
        self.clock, self.outbox = Clock(), Outbox()
        self.desk = with_provider(desk(clock=self.clock, notifier=self.outbox))
        self.files: list[str] = []
        self.owed: Counter[tuple[str, Key]] = Counter()
        self.stood: dict[str, set[Key]] = {}

    def work(self, day: int) -> None:
        """Let some files come in, and something happen to some, much of it told days late."""
        if day < 10:
            self.files += [self.desk.open_file("initial", "p-1").ref.id for _ in range(3)]
        for file_id in self.rng.sample(self.files, len(self.files) // 3):
            at = self.clock.at - dt.timedelta(days=self.rng.choice((0, 0, 1, 4)), minutes=self.rng.randrange(500))
            change = self.rng.choice((self.hold, self.hold, self.release, self.receive, self.promise, self.advance))
            with contextlib.suppress(CredcoreError):  # a desk refuses what makes no sense
                change(file_id, at)
        if day in (6, 15):
            self.edit_limit(days={6: 4, 15: 14}[day], ahead={6: 0, 15: 2}[day])

    def hold(self, file_id: str, at: dt.datetime) -> None:
        """Wait for the provider, or for a source."""
        party = self.rng.choice(("provider", "source"))
        self.desk.record(file_id, lambda file, stamp: file.hold(stamp.new_id(), party, stamp), at=at)

    def release(self, file_id: str, at: dt.datetime) -> None:
        """Wait no longer."""
        self.desk.record(file_id, lambda file, stamp: file.release(min(file.holds, default=""), stamp), at=at)

    def receive(self, file_id: str, at: dt.datetime) -> None:
        """Have the application."""
        self.desk.record(file_id, lambda file, stamp: file.receive("application", stamp), at=at)

    def promise(self, file_id: str, at: dt.datetime) -> None:
        """Be promised something for a day soon."""
        day = (at + dt.timedelta(days=self.rng.randrange(6))).date()
        self.desk.record(file_id, lambda file, stamp: file.promise(stamp.new_id(), "provider", day, stamp), at=at)

    def advance(self, file_id: str, _at: dt.datetime) -> None:
        """Go to verification, or be withdrawn."""
        self.desk.advance(file_id, self.rng.choice(("psv", "psv", "psv", "withdrawn")))

    def edit_limit(self, days: int, ahead: int) -> None:
        """Adopt an edition with another limit, some days ahead of its start."""
        text = self.desk.profile.text
        start = text.index('limit = "')
        edition = f'{text[:start]}limit = "{days} working days"{text[text.index(chr(10), start) :]}'
        self.desk.adopt(edition, in_force=self.clock.at + dt.timedelta(days=ahead))

    def look(self) -> None:
        """See what stands now by the whole history and every edition's window, and what was told of it."""
        adopted = self.desk.desk.editions
        starts = [None, *(one.in_force for one in adopted[1:]), None]
        editions = [
            Edition(one.edition, Profile.from_toml(one.text).rules, since, until)
            for one, since, until in zip(adopted, starts, starts[1:], strict=False)
        ]
        for file_id in self.files:
            history = self.desk.history(file_id)
            closed = self.desk.show(file_id).record.stage == "withdrawn"
            stands = set() if closed else keys(standing(schedule(history, editions), self.clock.at))
            self.owed.update((file_id, key) for key in stands - self.stood.get(file_id, set()))
            self.stood[file_id] = stands
            assert {key for key, before in told_before(history.events).items() if before.stands} == stands


def test_case_33_a_desk_loses_and_doubles_nothing() -> None:
    """Thirty files, five weeks, a notifier that is down for days: what came to stand was told once each time."""
    sim = Day(seed=5)
    for day in range(DAYS):
        sim.outbox.fails = day in (8, 9, 17)
        sim.work(day)
        sim.desk.sweep()
        sim.desk.deliver()
        sim.look()
        sim.clock.pass_time(days=1)
    sim.outbox.fails = False
    sim.desk.deliver()
    told = Counter(
        (file_id, (one.rule, one.episode, one.rung))
        for file_id in sim.files
        for one in sim.desk.history(file_id).events
        if isinstance(one, Told)
    )
    assert told == sim.owed
    assert told.total() > 60
    assert max(told.values()) > 1
    messages = Counter(message.key for message in sim.outbox.messages)
    assert set(messages.values()) == {1}
