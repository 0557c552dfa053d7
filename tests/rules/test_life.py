"""Every law of rules, checked after each step of a file's life, whatever happens to it and however late it is told.

A machine records what a desk could have recorded of a file, its provider and its meeting: holds of every party,
contacts and answers, moves back and forth and reopening, late records, corrections and corrections of corrections,
editions with windows, tellings. After each step the laws are checked over rules that use every feature of `ClockRule`
and `DateRule`; over lifetimes whole, not at instants picked from them.
"""

import datetime as dt
import itertools
import random
import zoneinfo
from collections.abc import Iterable, Iterator, Sequence

import attrs
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from credcore.calendars import WorkCalendar
from credcore.errors import InvalidInput
from credcore.events import (
    PARTIES,
    Corrected,
    Event,
    FileOpened,
    MeetingScheduled,
    ProviderRegistered,
    StageChanged,
    Stamp,
    Told,
    Withdrawn,
)
from credcore.files import CredentialingFile
from credcore.history import SILENT, History, Ref, State
from credcore.instants import DAY_US, day_start_us, from_us, to_us
from credcore.limits import CalendarDays, Months, WorkingDays, WorkingTime, parse_limit
from credcore.meetings import Meeting
from credcore.notices import difference, told_before
from credcore.providers import ProviderRecord
from credcore.rules import (
    ALWAYS,
    LOOK_AGAIN,
    AnyOf,
    ClockExplanation,
    ClockRule,
    DatedLimit,
    DateExplanation,
    DateRule,
    DateStep,
    Edition,
    Evaluation,
    Finding,
    Rule,
    Step,
    Trigger,
    Unexplained,
    When,
    evaluate,
    explain,
    schedule,
    standing,
    states_of,
)
from credcore.rules.findings import clip, joined
from credcore.testing.histories import FIRST_DAY, instants

CHICAGO = zoneinfo.ZoneInfo("America/Chicago")
_US = dt.timedelta(microseconds=1)

# Rules that use every feature, on calendars with two shifts a day, nights, no end, and few days

VETERANS = dt.date(2025, 11, 11)
OFFICE = WorkCalendar.from_mapping(
    {
        "week": {"mon-fri": ["08:30-12:00", "13:00-17:00"]},
        "closures": {VETERANS.isoformat(): "Veterans Day", "2025-11-27": "Thanksgiving"},
    },
    zone="America/Chicago",
)
NIGHTS = WorkCalendar.from_mapping({"week": {"mon-sun": ["22:00-06:00"]}}, zone="America/Chicago")
ALWAYS_OPEN = WorkCalendar.always("America/Chicago")
FEW_DAYS = WorkCalendar.from_mapping({"week": {"tue": ["08:00-12:00"], "thu": ["08:00-12:00"]}}, zone="Europe/London")
CLOSURES = {OFFICE: {VETERANS: "Veterans Day", dt.date(2025, 11, 27): "Thanksgiving"}}

OUTSIDE = When(waiting_on=["provider", "source", "reference"])
OPEN = When(stage=["intake", "psv", "committee"])


def clock(name: str, limit: str, calendar: WorkCalendar = OFFICE, **fields: object) -> ClockRule:
    """Return a clock that is on while the file is open, unless the fields say otherwise."""
    return ClockRule(**{"id": name, "limit": parse_limit(limit), "calendar": calendar, "on": OPEN, **fields})


def steps(*climb: tuple[str, str]) -> list[Step]:
    """Return a ladder."""
    return [Step(parse_limit(after), to) for after, to in climb]


PAUSED_BY_HOLDS = (  # nothing but the pause reads holds or attempts
    clock("sla", "3 working days", on=When(stage="psv"), paused=OUTSIDE, warn=[0.5, 0.75], anchor="stage"),
    clock("hours", "16 working hours", paused=When(held=True), warn=0.9, ladder=steps(("0 days", "lead"))),
    clock(
        "nights",
        "2 working days",
        NIGHTS,
        paused=OUTSIDE,
        restart=Trigger(["reviewed", "stage-changed"]),
        ladder=steps(("6 working hours", "lead"), ("2 days", "coordinator")),
    ),
    clock(
        "turnaround",
        "9 days",
        ALWAYS_OPEN,
        on=When(stage=["psv", "committee"], flags="complete"),
        paused=AnyOf([When(waiting_on="payer"), When(flags="gap")]),
        anchor="opening",
        episode="opening",
        cancel=When(stage="withdrawn"),
        ladder=steps(("1 working day", "lead")),
    ),
    clock(
        "stall",
        "20 working hours",
        FEW_DAYS,
        on=AnyOf([When(stage="intake"), When(stage="psv", without="gap")]),
        paused=When(held=True),
        restart=Trigger("contact-answered", party="provider"),
        episode="stage",
        family="stall",
    ),
    clock("owned", "5 days", paused=OUTSIDE, anchor="assignment", cancel=When(flags="provider-on-leave"), warn=0.5),
    clock("at-once", "0 working days", on=When(flags="gap"), paused=When(waiting_on="provider")),
)
OTHER_CLOCKS = (
    clock(LOOK_AGAIN, "10 working days", family=LOOK_AGAIN, restart=Trigger(["stage-changed", "reviewed"])),
    clock("month", "1 month to the day", on=ALWAYS, anchor="opening", warn_before=(20, 3), episode="opening"),
    clock("months-end", "1 month to the month", on=When(stage="committee"), restart=Trigger("contact-logged")),
    clock("no-months", "0 months", on=When(flags="provider-terminated"), ladder=steps(("3 days", "lead"))),
    clock(
        "outreach", "2 working days", on=When(waiting_on="provider", attempts_below=3), restart=Trigger("hold-placed")
    ),
    clock("given-up", "1 day", ALWAYS_OPEN, on=When(attempts_from=2, held=True), paused=When(waiting_on="payer")),
    clock("unheld", "30 working hours", on=When(held=False, kind="initial"), cancel=When(flags="gap"), anchor="stage"),
    clock("once", "2 days", on=When(without="gap"), episode="opening", paused=When(attempts_from=2)),
    clock("texan", "4 days", on=When(stage=["intake", "psv"], state="TX"), paused=When(held=True), anchor="opening"),
    clock("calls", "30 working hours", on=When(attempts_from=1, attempts_below=3, attempts_with="payer")),
    clock("tangled", "4 days", paused=When(attempts_from=1), restart=Trigger("contact-logged"), episode="stage"),
)
PARTY_THAT_PAUSES = {"turnaround": "payer"}


def day_rule(about: str, *days: int, **fields: object) -> DateRule:
    """Return steps around a day, by the fact that it is about."""
    return DateRule(
        **{
            "id": f"{about}-days",
            "about": about,
            "calendar": OFFICE,
            "steps": [DateStep(n, "lead" if n > 0 else "owner") for n in days],
            **fields,
        }
    )


ERAS = (
    DatedLimit(limit=CalendarDays(40)),
    DatedLimit(limit=CalendarDays(20), since=dt.date(2025, 11, 10)),
    DatedLimit(limit=Months(1), since=dt.date(2025, 11, 24)),
    DatedLimit(limit=CalendarDays(15), states="TX"),
)
FILE_DAYS = (
    day_rule("promise", -2, 0, 1),
    day_rule("needed-by", -14, -7, to="coordinator", applies=OPEN),
    day_rule("cut-off", 0, calendar=FEW_DAYS),
    day_rule("meeting", -3, 5, applies=When(without="provider-on-leave")),
    day_rule("verification", -10, keys=("licence",), limit=parse_limit("20 days"), applies=When(stage="psv")),
    day_rule("hold-review", -1, applies=When(held=True)),
    day_rule("decision", -5, limit=parse_limit("1 month to the month")),
    day_rule("payer-answer", -2, 2, 4),
    day_rule("verification", -20, -3, 2, id="window", limits=ERAS, judged="decision"),
    day_rule("verification", 0, id="eras", limits=ERAS, applies=OPEN),
)
PROVIDER_DAYS = (
    day_rule("expiry", -90, -30, 0),
    day_rule("cycle", -20, keys=("ncqa",), limit=parse_limit("1 month to the day"), applies=When(stage="active")),
    day_rule("attestation", 0, limit=parse_limit("10 days")),
    day_rule("monitoring", limit=parse_limit("1 month")),
)
MEETING_DAYS = (day_rule("meeting", -1, 0), day_rule("cut-off", -2, applies=When(stage="scheduled")))
DAYS_OF = {"file": FILE_DAYS, "provider": PROVIDER_DAYS, "meeting": MEETING_DAYS}


# The laws


def _place(finding: Finding) -> tuple[str, str, str, int]:
    return finding.rule, finding.episode, finding.about, finding.since_us


def alike(findings: Iterable[Finding], since_us: int | None, until_us: int | None) -> list[Finding]:
    """Return what findings say within a window: equal exactly if they say the same at each of its instants."""
    said = sorted(clip(findings, since_us, until_us), key=_place)
    return joined(said)


def check_states(states: Sequence[State]) -> None:
    """Instants rise; each state has what made it."""
    assert all(one.at_us < other.at_us for one, other in itertools.pairwise(states))
    assert all(state.marks for state in states)


def check_causality_and_tail(one: Rule, states: Sequence[State]) -> None:
    """From each state to the next the whole schedule is that of the history cut there; and a tail is its end."""
    whole = one.findings(states)
    ends = [*(state.at_us for state in states[1:]), None]
    for count, end in enumerate(ends, start=1):
        cut, since = states[:count], states[count - 1].at_us
        foreseen = one.findings(cut)
        assert alike(whole, since, end) == alike(foreseen, since, end), one.id
        assert sorted(one.tail(cut), key=_place) == sorted(clip(foreseen, since, None), key=_place), one.id


def check_a_stop_is_for_good(one: ClockRule, states: Sequence[State]) -> None:
    """Case 37: once its condition no longer holds, an episode never stands again."""
    findings = one.findings(states)
    lived: set[str] = set()
    over: set[str] = set()
    for state in states:
        if not one.on.met(state.facet) and not one.cancel.met(state.facet):
            over |= lived
        now = {finding.episode for finding in standing(findings, from_us(state.at_us))}
        assert not now & over, one.id
        lived |= now


def check_lifetimes(findings: Iterable[Finding], opened_us: int) -> None:
    """Of an episode one thing stands at a time, for more than no time, and neighbours differ."""
    lives: dict[tuple[str, str, str], list[Finding]] = {}
    for finding in findings:
        assert finding.since_us >= opened_us
        assert finding.until_us is None or finding.since_us < finding.until_us
        lives.setdefault((finding.rule, finding.episode, finding.about), []).append(finding)
    for life in lives.values():
        life.sort(key=lambda finding: finding.since_us)
        for one, other in itertools.pairwise(life):
            assert one.until_us is not None
            assert one.until_us <= other.since_us


def check_until_next_change(history: History, rules: Sequence[Rule] | Sequence[Edition], at: dt.datetime) -> Evaluation:
    """What stands at an instant stands until the next change, and something else from there on."""
    now = evaluate(history, rules, at, tz=CHICAGO)
    assert not now.undetermined
    history = history.as_of(at)
    end = at + dt.timedelta(days=400) if now.next_change is None else now.next_change
    assert at < end
    for t in (at + (end - at) / 2, end - _US):
        then = evaluate(history, rules, t, tz=CHICAGO)
        assert (then.findings, then.next_change) == (now.findings, now.next_change)
    if now.next_change is not None:
        assert evaluate(history, rules, end, tz=CHICAGO).findings != now.findings
    return now


def levels(findings: Iterable[Finding], at_us: int) -> int:
    """Return the gravest level at an instant; -1 where nothing stands."""
    return max((finding.level for finding in standing(findings, from_us(at_us))), default=-1)


def check_clock_explained(one: ClockRule, history: History, at: dt.datetime) -> None:
    """Lengths add up to the time since the anchor, amounts to what was used; each skipped day is called by its name."""
    told = explain(history, one, at, tz=CHICAGO)
    stands = evaluate(history, [one], at, tz=CHICAGO).findings
    if isinstance(told, Unexplained):
        assert not stands
        return
    assert isinstance(told, ClockExplanation)
    assert (told.finding,) == stands
    edges = [told.anchor, *(segment.until for segment in told.segments)]
    assert [segment.since for segment in told.segments] == edges[:-1]
    assert edges[-1] == at
    assert sum((segment.length for segment in told.segments), dt.timedelta()) == at - told.anchor
    assert sum(segment.amount for segment in told.segments) == told.used
    if told.size:  # a limit of nothing is used up from the start, and reached as soon as the clock runs
        assert (told.used >= told.size) == (told.deadline is not None and told.deadline <= at)
    for segment in told.segments:
        assert segment.length > dt.timedelta()
        counted = segment.what == "counted"
        assert counted or not segment.amount
        if isinstance(one.limit, WorkingTime):
            assert segment.amount == (segment.length // _US if counted else 0)
        elif isinstance(one.limit, CalendarDays | Months):
            assert segment.what in ("counted", "paused")
            assert segment.amount == (midnights(told.anchor, segment.since, segment.until, one) if counted else 0)
    if isinstance(one.limit, WorkingTime | WorkingDays):
        for day, name in CLOSURES.get(one.calendar, {}).items():
            begins, ends = (from_us(day_start_us(day + dt.timedelta(days=n), one.calendar.tz)) for n in (0, 1))
            within = {s.what for s in told.segments if s.since < ends and begins < s.until}
            assert within <= {name, "paused"}


def midnights(anchor: dt.datetime, since: dt.datetime, until: dt.datetime, one: ClockRule) -> int:
    """Count the days, later than that of the anchor, that end within ``(since, until]``."""
    tz = one.calendar.tz
    own = anchor.astimezone(tz).date()
    first, last = since.astimezone(tz).date(), until.astimezone(tz).date()
    days = (first + dt.timedelta(days=n) for n in range((last - first).days + 1))
    ends = (from_us(day_start_us(day + dt.timedelta(days=1), tz)) for day in days if day > own)
    return sum(since < end <= until for end in ends)


def check_days_explained(one: DateRule, history: History, at: dt.datetime) -> None:
    """An explanation of days has exactly what stands, and its next step is the next change, unless limits change."""
    told = explain(history, one, at, tz=CHICAGO)
    now = evaluate(history, [one], at, tz=CHICAGO)
    if isinstance(told, Unexplained):
        assert not now.findings
        return
    assert isinstance(told, DateExplanation)
    assert sorted(day.finding for day in told.days) == sorted(now.findings)
    ahead = [step.at for day in told.days for step in day.ahead if step.at is not None]
    if one.limits:
        assert all(now.next_change is not None and now.next_change <= at for at in ahead)
    else:
        assert min(ahead, default=None) == now.next_change


# The life

BORDERS = (0, 1, 8 * 60 + 30, 12 * 60, 13 * 60, 17 * 60, 22 * 60, 23 * 60 + 59)
WHEN = st.tuples(
    st.sampled_from(("now", "later", "later", "change", "tempting", "earlier")),
    st.integers(0, 9_999),
    st.sampled_from((-1, 0, 0, 1)),
)
"""When something happened, and was told: at once; after some days, on a border of one; as something changes; or told
late, of an instant at which laws are easily broken, or of some time ago. A microsecond more or less."""
DAYS = st.integers(-30, 60)


class FileLife(RuleBasedStateMachine):
    """A file, its provider and its meeting, recorded step by step."""

    def __init__(self) -> None:
        super().__init__()
        self.now = FIRST_DAY
        self.ids = itertools.count(1)
        self.streams: dict[str, list[Event]] = {}
        self.editions: list[Edition] = []
        self.rules: tuple[Rule, ...] = ()
        self.known: dict[dt.datetime, list[State]] = {}
        self.checked: tuple[int, ...] = ()
        self.rng = random.Random(0)  # noqa: S311 - which instants are looked at, drawn from a seed

    @initialize(
        clocks=st.lists(st.sampled_from(PAUSED_BY_HOLDS), min_size=2, max_size=2, unique_by=lambda one: one.id),
        others=st.lists(st.sampled_from(OTHER_CLOCKS), min_size=1, max_size=2, unique_by=lambda one: one.id),
        days=st.lists(st.sampled_from(FILE_DAYS), min_size=1, max_size=2, unique_by=lambda one: one.id),
        opened_at=instants(3),
        needed_by=st.none() | DAYS,
        ahead=st.none() | st.integers(1, 30),
        seed=st.integers(0, 1_000),
    )
    def open_file(
        self,
        clocks: list[ClockRule],
        others: list[ClockRule],
        days: list[DateRule],
        opened_at: dt.datetime,
        needed_by: int | None,
        ahead: int | None,
        seed: int,
    ) -> None:
        """A file comes in for a known provider; some of the rules judge it, one of them perhaps from a later day on."""
        self.now = opened_at
        self.rng = random.Random(seed)  # noqa: S311 - likewise
        self.rules = (*clocks, *others, *days)
        starts_at = None if ahead is None else FIRST_DAY + dt.timedelta(days=ahead)
        self.editions = [Edition(1, self.rules if ahead is None else self.rules[1:], until=starts_at)]
        if starts_at is not None:
            self.editions.append(Edition(2, self.rules, since=starts_at))
        meets_at = FIRST_DAY + dt.timedelta(days=20)
        stamp = self.stamp(opened_at)
        self.streams = {
            "file": [
                stamp(
                    FileOpened,
                    kind="initial",
                    provider="p-1",
                    stage="intake",
                    needed_by=None if needed_by is None else self.day(needed_by),
                )
            ],
            "provider": [self.stamp(FIRST_DAY)(ProviderRegistered, name="Ada Ames")],
            "meeting": [
                self.stamp(FIRST_DAY)(
                    MeetingScheduled,
                    committee="credentials",
                    meets_at=meets_at,
                    cutoff_at=meets_at - dt.timedelta(days=3),
                    seats=3,
                )
            ],
        }

    # What there is

    def stamp(self, at: dt.datetime) -> Stamp:
        """Return what stamps an event."""
        return Stamp(at, "ana", lambda: f"e-{next(self.ids)}")

    def day(self, number: int) -> dt.date:
        """Return a day by its number."""
        return FIRST_DAY.date() + dt.timedelta(days=number)

    def alone(self, kind: str) -> History:
        """Return the history of one record."""
        return History(Ref(kind, {"file": "f-1", "provider": "p-1", "meeting": "m-1"}[kind]), self.streams[kind])

    @property
    def history(self) -> History:
        """The file's, with those that its rules read."""
        return attrs.evolve(self.alone("file"), linked=(self.alone("provider"), self.alone("meeting")))

    @property
    def file(self) -> CredentialingFile:
        """The file as it is known."""
        return CredentialingFile.from_history(self.alone("file"))

    def tempting(self) -> list[int]:
        """Return instants of events, deadlines and changes, about which laws are most easily broken."""
        found = {to_us(event.at) for stream in self.streams.values() for event in stream}
        for one in self.rules:
            for finding in one.findings(states_of(self.history, CHICAGO)):
                found |= {us for us in finding[4:7] if us is not None}
        return sorted(found)

    def when(self, drawn: tuple[str, int, int]) -> dt.datetime:
        """Return the instant that was drawn, never after now; time may have passed for it."""
        how, number, by = drawn
        if how == "later":
            days, place = divmod(number, len(BORDERS))
            midnight = (self.now + dt.timedelta(days=days % 5)).replace(hour=0, minute=0, second=0, microsecond=0)
            self.now = max(self.now, midnight + dt.timedelta(minutes=BORDERS[place], microseconds=by))
        elif how == "change":
            now = to_us(self.now)
            coming = [us for us in self.tempting() if now < us < now + 60 * DAY_US]
            if coming:
                self.now = max(self.now, from_us(coming[number % len(coming[:6])] + by))
        elif how == "earlier":
            return self.now - dt.timedelta(hours=number % 200, microseconds=by)
        elif how == "tempting":
            past = [us for us in self.tempting() if us <= to_us(self.now)]
            return min(from_us(past[number % len(past)] + by), self.now)
        return self.now

    def record(self, kind: str, change: object, at: dt.datetime) -> None:
        """Record something, unless it would be refused."""
        record = {"file": CredentialingFile, "provider": ProviderRecord, "meeting": Meeting}[kind]
        history = self.alone(kind)
        try:
            events = change(record.from_history(history), self.stamp(max(at, history.effective[0].at)))
        except InvalidInput:
            return
        self.streams[kind] += [attrs.evolve(event, recorded_at=self.now) for event in events]

    def pick(self, options: Iterable[str], number: int) -> str:
        """Return one of some names."""
        names = sorted(options)
        return names[number % len(names)] if names else "none"

    # What happens

    @rule(party=st.sampled_from(PARTIES), when=WHEN, review=st.none() | DAYS)
    def hold(self, party: str, when: tuple[str, int, int], review: int | None) -> None:
        """The file waits for somebody, perhaps told late."""
        review_on = None if review is None else self.day(review)
        self.record(
            "file",
            lambda file, stamp: file.hold(f"h-{stamp.new_id()}", party, stamp, review_on=review_on),
            self.when(when),
        )

    @rule(number=st.integers(0, 9), when=WHEN)
    def release(self, number: int, when: tuple[str, int, int]) -> None:
        """A hold is over."""
        self.record("file", lambda file, stamp: file.release(self.pick(file.holds, number), stamp), self.when(when))

    @rule(stage=st.sampled_from(("intake", "psv", "psv", "committee", "closed", "withdrawn")), when=WHEN)
    def move(self, stage: str, when: tuple[str, int, int]) -> None:
        """The file moves forth or back, is closed, or reopened: never earlier than its last move."""
        at = max(self.when(when), self.file.stage_entered_at)
        self.record("file", lambda _, stamp: (stamp(StageChanged, stage=stage),), at)

    @rule(flag=st.sampled_from(("gap", "complete")), when=WHEN)
    def flag(self, flag: str, when: tuple[str, int, int]) -> None:
        """Something is found not clean, or clean again."""
        change = CredentialingFile.clear_flag if flag in self.file.flags else CredentialingFile.raise_flag
        self.record("file", lambda file, stamp: change(file, flag, stamp), self.when(when))

    @rule(when=WHEN, then=WHEN)
    def a_gap_comes_and_goes(self, when: tuple[str, int, int], then: tuple[str, int, int]) -> None:
        """A gap in the work history is found, and explained."""
        self.flag("gap", when)
        self.known[self.now] = states_of(self.history, CHICAGO)
        self.flag("gap", then)

    @rule(
        party=st.sampled_from(("provider", "payer")), how=st.sampled_from(("out", "out", "answered", "in")), when=WHEN
    )
    def contact(self, party: str, how: str, when: tuple[str, int, int]) -> None:
        """Somebody is contacted, answers, or writes."""
        more = {"direction": "in" if how == "in" else "out", "answered": how == "answered"}
        self.record("file", lambda file, stamp: file.contact(party, "email", stamp, **more), self.when(when))

    @rule(to=st.sampled_from(("ana", "ben", "")), when=WHEN)
    def assign(self, to: str, when: tuple[str, int, int]) -> None:
        """The file gets an owner, another one, or goes back to the queue."""
        self.record("file", lambda file, stamp: file.assign(to, stamp) if to else file.unassign(stamp), self.when(when))

    @rule(what=st.sampled_from(("review", "snooze", "receive", "submit")), when=WHEN)
    def look(self, what: str, when: tuple[str, int, int]) -> None:
        """Somebody looks at the file, hides it for a day, receives a document, or submits it."""
        changes = {
            "review": lambda file, stamp: file.review(stamp),
            "snooze": lambda file, stamp: file.snooze(stamp.at + dt.timedelta(days=1), stamp),
            "receive": lambda file, stamp: file.receive("application", stamp),
            "submit": lambda file, stamp: file.submitted("ref-1", stamp),
        }
        self.record("file", changes[what], self.when(when))

    @rule(what=st.sampled_from(("make", "make", "keep", "withdraw")), number=st.integers(0, 3), day=DAYS, when=WHEN)
    def promise(self, what: str, number: int, day: int, when: tuple[str, int, int]) -> None:
        """A day is promised; a promise is kept, or taken back."""
        changes = {
            "make": lambda file, stamp: file.promise(f"pr-{stamp.new_id()}", "provider", self.day(day), stamp),
            "keep": lambda file, stamp: file.keep_promise(self.pick(file.promises, number), stamp),
            "withdraw": lambda file, stamp: file.withdraw_promise(self.pick(file.promises, number), stamp),
        }
        self.record("file", changes[what], self.when(when))

    @rule(
        element=st.sampled_from(("licence", "education")), back=st.integers(0, 40), expires=st.none() | DAYS, when=WHEN
    )
    def verify(self, element: str, back: int, expires: int | None, when: tuple[str, int, int]) -> None:
        """Something is verified at its source."""
        more = {"method": "web", "result": "active", "tz": CHICAGO}
        more["expires_on"] = None if expires is None else self.day(expires)
        self.record(
            "file",
            lambda file, stamp: file.verify(
                element, "board", stamp.at.date() - dt.timedelta(days=back + 1), stamp, **more
            ),
            self.when(when),
        )

    @rule(what=st.sampled_from(("seat", "seat", "leave", "approve", "payer")), day=DAYS, when=WHEN)
    def decide(self, what: str, day: int, when: tuple[str, int, int]) -> None:
        """The file gets a seat, loses it, is decided; a payer asks for more."""
        bodies = ("board",)
        changes = {
            "seat": lambda file, stamp: file.place_on_agenda("m-1", self.day(day), self.day(day - 2), stamp),
            "leave": lambda file, stamp: file.remove_from_agenda("m-1", stamp),
            "approve": lambda file, stamp: file.approve(
                "board", "approved", stamp.at.date() - dt.timedelta(days=1), bodies, stamp, tz=CHICAGO
            ),
            "payer": lambda file, stamp: file.payer_answered("development", stamp, answer_by=self.day(day)),
        }
        self.record("file", changes[what], self.when(when))

    @rule(
        what=st.sampled_from(
            ("start_leave", "end_leave", "terminate", "reinstate", "licence", "anchor", "attest", "monitor", "TX", "IL")
        ),
        day=DAYS,
        when=WHEN,
    )
    def provider_changes(self, what: str, day: int, when: tuple[str, int, int]) -> None:
        """The provider goes on leave, comes back, leaves for good or not, moves; a licence is renewed."""
        changes = {
            "licence": lambda one, stamp: (
                one.renew("c-1", stamp, expires_on=self.day(day))
                if "c-1" in one.credentials
                else one.record_credential("c-1", "licence", stamp, state="IL", expires_on=self.day(day))
            ),
            "anchor": lambda one, stamp: one.anchor_cycle("ncqa", self.day(day), stamp),
            "attest": lambda one, stamp: one.attest(self.day(day), stamp),
            "TX": lambda one, stamp: one.change_details(stamp, state="TX"),
            "IL": lambda one, stamp: one.change_details(stamp, state="IL"),
            "monitor": lambda one, stamp: one.monitor("oig-leie", self.day(day), stamp),
        }
        self.record("provider", changes.get(what, lambda one, stamp: getattr(one, what)(stamp)), self.when(when))

    @rule(what=st.sampled_from(("move", "move", "cancel")), meets_at=instants(40), when=WHEN)
    def meeting_changes(self, what: str, meets_at: dt.datetime, when: tuple[str, int, int]) -> None:
        """The meeting slips, or does not take place."""
        cutoff_at = meets_at - dt.timedelta(days=2)
        self.record(
            "meeting",
            lambda one, stamp: one.move(meets_at, cutoff_at, stamp) if what == "move" else one.cancel(stamp),
            self.when(when),
        )

    @rule(
        kind=st.sampled_from(("file", "file", "file", "provider", "meeting")),
        number=st.integers(0, 99),
        instead=st.booleans(),
        when=WHEN,
    )
    def correct(self, kind: str, number: int, instead: bool, when: tuple[str, int, int]) -> None:  # noqa: FBT001 - drawn
        """An event was wrong, or its correction was: another takes its place, or nothing does."""
        effective = self.alone(kind).effective
        wrong = [event for event in effective[1:] if not isinstance(event, SILENT)]
        at = max(self.when(when), effective[0].at)
        if not wrong:
            return
        event, stamp = wrong[number % len(wrong)], self.stamp(self.now)
        new = attrs.evolve(event, id=stamp.new_id(), at=at) if instead else None
        self.streams[kind].append(stamp(Corrected, event=event.id, replacement=new))

    @rule(day=DAYS, when=WHEN)
    def correct_the_opening(self, day: int, when: tuple[str, int, int]) -> None:
        """The file was needed by another day from the start."""
        self.when(when)
        opened, stamp = self.alone("file").effective[0], self.stamp(self.now)
        new = attrs.evolve(opened, id=stamp.new_id(), needed_by=self.day(day))
        self.streams["file"].append(stamp(Corrected, event=opened.id, replacement=new))

    @rule(hours=st.sampled_from((0, 1, 30, 500)), days=st.integers(0, 15), drop=st.integers(0, 9), when=WHEN)
    def adopt(self, hours: int, days: int, drop: int, when: tuple[str, int, int]) -> None:
        """Another edition comes into force, now or later: limits are others, a rule may be gone."""
        self.when(when)
        since = max(self.now, self.editions[-1].since or self.now) + dt.timedelta(hours=hours)
        rules = tuple(
            attrs.evolve(one, limit=attrs.evolve(one.limit, n=days))
            if isinstance(one, ClockRule) and isinstance(one.limit, WorkingDays | CalendarDays)
            else one
            for place, one in enumerate(self.rules)
            if place != drop
        )
        self.editions[-1] = attrs.evolve(self.editions[-1], until=since)
        self.editions.append(Edition(len(self.editions) + 1, rules, since))

    @rule(when=WHEN)
    def sweep(self, when: tuple[str, int, int]) -> None:
        """A sweep tells and withdraws: nothing is left to tell, and what it recorded changes nothing."""
        self.when(when)
        before = schedule(self.history, self.editions, tz=CHICAGO)
        found = evaluate(self.history, self.editions, self.now, tz=CHICAGO).findings
        new = difference(found, told_before(self.streams["file"]))
        stamp = self.stamp(self.now)
        self.streams["file"] += [
            stamp(Told, rule=one.rule, episode=one.episode, rung=one.rung.name, to="ana") for one in new.tell
        ]
        self.streams["file"] += [
            stamp(Withdrawn, rule=one.rule, episode=one.episode, rung=one.rung.name) for one in new.withdraw
        ]
        told = told_before(self.streams["file"])
        stands = {(one.rule, one.episode, rung.name) for one in found for rung in one.passed}
        assert {key for key, before in told.items() if before.stands} == stands
        assert schedule(self.history, self.editions, tz=CHICAGO) == before

    # What holds after each step

    @invariant()
    def laws_hold(self) -> None:
        """Every law, over the histories as they are known now, whenever they have changed."""
        version = (len(self.editions), *(len(stream) for stream in self.streams.values()))
        if not self.streams or version == self.checked:
            return
        self.checked = version
        history = self.history
        states = states_of(history, CHICAGO)
        check_states(states)
        for one in self.rules:
            check_causality_and_tail(one, states)
            check_lifetimes(one.findings(states), states[0].at_us)
            if isinstance(one, ClockRule):
                check_a_stop_is_for_good(one, states)
        self.both_axes(history, states)
        self.instants_in_question(history, states)
        self.holds_help(history, states)
        for kind in ("provider", "meeting"):
            others = states_of(self.alone(kind), CHICAGO)
            for one in DAYS_OF[kind]:
                check_causality_and_tail(one, others)
                check_lifetimes(one.findings(others), others[0].at_us)

    def both_axes(self, history: History, states: list[State]) -> None:
        """What had happened by an instant, and what was known by one, are the history as it was; the cuts commute."""
        self.known[self.now] = states
        then = self.rng.choice(sorted(self.known))
        assert states_of(history.known_at(then), CHICAGO) == self.known[then]
        at = from_us(self.rng.choice(states).at_us + self.rng.choice((-1, 0, 1)))
        assert states_of(history.as_of(at), CHICAGO) == [state for state in states if state.at_us <= to_us(at)]
        assert history.as_of(at).known_at(then).effective == history.known_at(then).as_of(at).effective

    def instants_in_question(self, history: History, states: list[State]) -> None:
        """At now and another instant: it stands until the next change, by the edition in force, and is explained."""
        opened = from_us(states[0].at_us)
        whole = schedule(history, self.editions, tz=CHICAGO)
        check_lifetimes(whole, states[0].at_us)
        borders = {us for finding in whole for us in finding[5:7] if us is not None}
        about = from_us(self.rng.choice(sorted(borders or {states[-1].at_us})) + self.rng.choice((-1, 0, 1)))
        for at in (max(self.now, opened), max(about, opened)):
            now = check_until_next_change(history, self.editions, at)
            assert [one[:5] for one in standing(whole, at)] == [one[:5] for one in now.findings]
            (in_force,) = (
                one
                for one in self.editions
                if (one.since is None or one.since <= at) and (one.until is None or at < one.until)
            )
            alone = evaluate(history, in_force.rules, at, tz=CHICAGO)
            assert [one[:5] for one in now.findings] == [one[:5] for one in alone.findings]
        for one in self.rules:
            if isinstance(one, ClockRule):
                check_clock_explained(one, history, max(about, opened))
            elif isinstance(one, DateRule):
                check_days_explained(one, history, max(about, opened))

    def holds_help(self, history: History, states: list[State]) -> None:
        """A hold with its release, wherever it is put, raises a clock that it pauses at no instant."""
        for one in self.rules:
            if one not in PAUSED_BY_HOLDS or not isinstance(one, ClockRule):
                continue
            without = one.findings(states)
            instants_ = {us for finding in without for us in finding[4:7] if us is not None and us >= states[0].at_us}
            instants_ |= {state.at_us for state in states}
            tempting = sorted(instants_)
            ends = (self.rng.choice(tempting) + self.rng.choice((-1, 0, 1)) for _ in range(2))
            placed, released = sorted(max(us, states[0].at_us) for us in ends)
            party = PARTY_THAT_PAUSES.get(one.id, "provider")
            held = states_of(with_hold(history, party, placed, released), CHICAGO)
            kept = one.findings(held)
            moments = {*tempting, placed, released, *(us for f in kept for us in f[5:7] if us is not None)}
            for us in moments:
                if us >= states[0].at_us:
                    assert levels(kept, us) <= levels(without, us), one.id


def with_hold(history: History, party: str, placed_us: int, released_us: int) -> History:
    """Return a history with a hold and its release, told last of all."""
    file = CredentialingFile.from_history(attrs.evolve(history, linked=()))
    ids = iter(("x-1", "x-2"))

    def events() -> Iterator[Event]:
        stamp = Stamp(from_us(placed_us), "ana", lambda: next(ids))
        (placed,) = file.hold("x", party, stamp)
        yield placed
        after = CredentialingFile.from_history(attrs.evolve(history, linked=()).with_events([placed]))
        yield from after.release("x", attrs.evolve(stamp, at=from_us(released_us)))

    return history.with_events(events())


TestFileLife = FileLife.TestCase
TestFileLife.settings = settings(
    max_examples=min(settings.default.max_examples * 2 // 3, 400),
    stateful_step_count=40,
    deadline=None,
    suppress_health_check=list(HealthCheck),
)
