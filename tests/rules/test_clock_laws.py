"""The laws of clocks, over random histories with late events, corrections, equal instants and instants on borders."""

import datetime as dt
import functools
import itertools
import math
import zoneinfo
from bisect import bisect_right
from calendar import monthrange
from collections.abc import Iterable, Sequence
from fractions import Fraction

import attrs
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from credcore.calendars import WorkCalendar
from credcore.events import Event, FlagCleared, FlagRaised, HoldPlaced, HoldReleased
from credcore.history import History, Mark, State
from credcore.instants import from_us, to_us
from credcore.limits import CalendarDays, Limit, Months, WorkingDays, WorkingTime
from credcore.rules import (
    ALWAYS,
    NEVER,
    NO_TRIGGER,
    AnyOf,
    ClockExplanation,
    ClockRule,
    Condition,
    Finding,
    Step,
    Trigger,
    Unexplained,
    When,
    evaluate,
    explain,
    standing,
    states_of,
)
from credcore.rules.findings import clip
from credcore.testing.histories import FIRST_DAY, histories, instants

_US = dt.timedelta(microseconds=1)
often = settings(max_examples=3 * settings.default.max_examples)


# Rules


@attrs.frozen
class Place:
    """Hours, to be read twice: by the calendar under test, and day by day below."""

    zone: str
    hours: tuple[tuple[int, int], ...]
    weekdays: range = range(7)
    closed: frozenset[dt.date] = frozenset()

    @functools.cached_property
    def calendar(self) -> WorkCalendar:
        names = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
        hours = [f"{opening:02}:00-{closing:02}:00" for opening, closing in self.hours]
        table = {
            "week": {names[day]: hours for day in self.weekdays},
            "closures": {day.isoformat(): "Holiday" for day in self.closed},
        }
        return WorkCalendar.from_mapping(table, zone=self.zone)

    @functools.cached_property
    def shifts(self) -> list[tuple[dt.date, int, int]]:
        """Every open interval within reach: its day, opening and closing."""
        return [
            (day, self.us(day, opening), self.us(day, closing))
            for day in self.days
            if day.weekday() in self.weekdays and day not in self.closed
            for opening, closing in self.hours
        ]

    @functools.cached_property
    def days(self) -> list[dt.date]:
        return [FIRST_DAY.date() + dt.timedelta(days=n) for n in range(-5, 130)]

    def us(self, day: dt.date, hour: int) -> int:
        wall = dt.datetime.combine(day, dt.time(), zoneinfo.ZoneInfo(self.zone)) + dt.timedelta(hours=hour)
        return to_us(wall)

    @functools.cached_property
    def working_days(self) -> list[tuple[dt.date, int, int]]:
        """Every working day with its first opening and its last closing."""
        return [
            (day, min(opening for _, opening, _ in shifts), max(closing for _, _, closing in shifts))
            for day, group in itertools.groupby(self.shifts, key=lambda shift: shift[0])
            for shifts in [list(group)]
        ]

    def civil_day(self, us: int) -> dt.date:
        return from_us(us).astimezone(zoneinfo.ZoneInfo(self.zone)).date()

    def working_day(self, us: int) -> dt.date:
        return next((day for day, opening, closing in self.working_days if opening <= us < closing), self.civil_day(us))


PLACES = (
    Place("America/Chicago", ((9, 12), (13, 17)), range(5), frozenset({dt.date(2025, 11, 11), dt.date(2025, 11, 27)})),
    Place("America/Chicago", ((22, 30),)),
    Place("UTC", ((0, 24),)),
    Place("America/New_York", ((8, 12),), range(1, 3)),
)
BY_CALENDAR = {place.calendar: place for place in PLACES}

STEADY = (  # what holds and attempts have no say in
    ALWAYS,
    When(stage="psv"),
    When(stage=["intake", "psv"]),
    When(stage=["psv", "closed"], without="gap"),
    When(flags="malpractice"),
    AnyOf([When(stage="psv"), When(flags="gap")]),
)
RESTLESS = (When(held=True), When(waiting_on="provider"), When(attempts_from=2), When(stage="intake", attempts_below=2))
PAUSES = (
    When(waiting_on=["provider", "source"]),
    When(held=True),
    AnyOf([When(waiting_on="payer"), When(flags="gap")]),
)
RESTARTS = (
    Trigger("contact-logged"),
    Trigger("contact-answered", party="provider"),
    Trigger(["reviewed", "stage-changed"]),
)
limits = (
    st.builds(WorkingDays, st.integers(0, 8))
    | st.builds(CalendarDays, st.integers(0, 12))
    | st.builds(lambda hours: WorkingTime(dt.timedelta(hours=hours)), st.integers(0, 40))
)


@st.composite
def clocks(
    draw: st.DrawFn,
    *,
    on: Sequence[Condition] = STEADY + RESTLESS,
    paused: Sequence[Condition] = (NEVER, *PAUSES),
    months: bool = True,
    name: str = "clock",
) -> ClockRule:
    """Draw a clock of any kind."""
    limit: Limit = draw(limits)
    fields = {"paused": draw(st.sampled_from(paused)), "warn": draw(st.sampled_from([(), 0.75, (0.5, 0.9)]))}
    if months and draw(st.integers(0, 5)) == 0:
        limit = Months(draw(st.integers(0, 1)), draw(st.sampled_from(["day", "month"])))
        fields = {"warn_before": draw(st.sampled_from([(), 10, (3, 20)]))}
    after = draw(st.lists(limits, max_size=2, unique_by=lambda limit: (limit.size == 0) or str(limit)))
    return ClockRule(
        id=name,
        on=draw(st.sampled_from(on)),
        cancel=draw(st.sampled_from([NEVER, NEVER, When(flags="gap"), When(stage="closed")])),
        limit=limit,
        calendar=draw(st.sampled_from(PLACES)).calendar,
        restart=draw(st.sampled_from([NO_TRIGGER, NO_TRIGGER, *RESTARTS])),
        anchor=draw(st.sampled_from(["start", "opening", "stage", "assignment"])),
        episode=draw(st.sampled_from(["start", "opening", "stage"])),
        ladder=[Step(limit, to) for limit, to in zip(after, ("lead", "coordinator"), strict=False)],
        **fields,
    )


@st.composite
def lively(draw: st.DrawFn) -> History:
    """Draw a history in which holds and a flag come and go often, on top of all else that happens to a file."""
    history = draw(
        histories(stages=("psv", "intake", "closed"), parties=("provider", "source"), flags=("malpractice",))
    )
    opened = history.effective[0].at
    more: list[Event] = []
    for number in range(draw(st.integers(0, 5))):
        since, until = (max(end, opened) for end in sorted(draw(st.tuples(instants(20), instants(20)))))
        if draw(st.integers(0, 3)):
            party = draw(st.sampled_from(["provider", "payer"]))
            more.append(HoldPlaced(id=f"h-{number}", at=since, hold=f"h-{number}", waiting_on=party))
            more.append(HoldReleased(id=f"r-{number}", at=until, hold=f"h-{number}"))
        else:
            more.append(FlagRaised(id=f"f-{number}", at=since, flag="gap"))
            more.append(FlagCleared(id=f"c-{number}", at=until, flag="gap"))
    return history.with_events(more)


# The slow way


def slow(rule: ClockRule, states: Sequence[State], at: int) -> tuple[int, int | None] | None:
    """Return how many rungs were reached and the deadline, found by walking days and shifts one by one.

    The last state is taken to last for ever; None where the clock is off.
    """
    place = BY_CALENDAR[rule.calendar]
    states = [state for state in states if state.at_us <= at]
    origin = _slow_origin(rule, states)
    if origin is None:
        return None
    warnings = [_part(rule.limit, fraction) for fraction in rule.warn]
    reached = [_slow_reach(rule, place, states, limit, origin) for limit in (*warnings, rule.limit)]
    if isinstance(rule.limit, Months):
        due_on = place.civil_day(reached[-1] - 1)
        reached[:0] = [place.us(due_on - dt.timedelta(days=days), 0) for days in rule.warn_before]
    breach = reached[-1]
    if breach is not None:
        later = [step.after for step in rule.ladder if step.after.size]
        # A breach ends a day: that one is the day of the ladder's start.
        reached += [_slow_reach(rule, place, states, limit, breach, breach - 1) for limit in later]
    passed = len(list(itertools.takewhile(lambda us: us is not None and us <= at, reached)))
    foreseen = breach is not None and (breach <= at or not rule.paused.met(states[-1].facet))
    return passed, breach if foreseen else None


def _part(limit: Limit, fraction: float) -> Limit:
    if isinstance(limit, WorkingTime):
        seconds = math.ceil(limit.amount // dt.timedelta(seconds=1) * Fraction(str(fraction)))
        return WorkingTime(dt.timedelta(seconds=seconds))
    return attrs.evolve(limit, n=math.ceil(limit.n * Fraction(str(fraction))))


def _slow_origin(rule: ClockRule, states: Sequence[State]) -> int | None:
    """Return from where the clock counts after the last state; None if it is off."""

    def stopped(state: State) -> bool:
        return not rule.on.met(state.facet) and not rule.cancel.met(state.facet)

    def live(state: State) -> bool:
        return rule.on.met(state.facet) and not rule.cancel.met(state.facet)

    now = states[-1]
    within = states
    if rule.episode == "stage":
        within = [state for state in states if state.entered == now.entered]
    if not live(now):
        return None
    if rule.episode != "start" and any(
        live(one) and stopped(other) for one, other in itertools.combinations(within, 2)
    ):
        return None
    spell = list(itertools.takewhile(live, reversed(within)))
    begin = spell[-1]
    origins = {
        "start": [begin.at_us],
        "opening": [now.opened_us],
        "stage": [now.entered_us],
        "assignment": [
            begin.at_us if begin.assigned_us is None else begin.assigned_us,
            *(state.assigned_us for state in spell if state.assigned_us is not None),
        ],
    }[rule.anchor]
    return max(*origins, *(state.at_us for state in states if rule.restart.fires(state.marks)), origins[0])


def _slow_reach(
    rule: ClockRule, place: Place, states: Sequence[State], limit: Limit, origin: int, within: int | None = None
) -> int | None:
    """Return when a limit is used up, counted from an origin; days count behind the one in which ``within`` lies."""
    within = origin if within is None else within
    if isinstance(limit, Months):
        return _slow_months(limit, place, origin)

    starts = [state.at_us for state in states]

    def running(us: int) -> bool:
        return not rule.paused.met(states[bisect_right(starts, us) - 1].facet)

    if not limit.size:
        return next((us for us in (origin, *starts) if us >= origin and running(us)), None)
    if isinstance(limit, WorkingTime):
        return _slow_hours(limit.size, place, starts, running, origin)
    if isinstance(limit, WorkingDays):
        own = place.working_day(within)
        closes = [closing for day, _, closing in place.working_days if day > own]
    else:
        own = place.civil_day(within)
        closes = [place.us(day + dt.timedelta(days=1), 0) for day in place.days if day > own]
    counted = (close for close in closes if close > origin and running(close - 1))
    return next(itertools.islice(counted, limit.n - 1, None), None)


def _slow_hours(size: int, place: Place, starts: Sequence[int], running, origin: int) -> int | None:
    for _, opening, closing in place.shifts:
        cuts = sorted({opening, closing, *(us for us in (origin, *starts) if opening < us < closing)})
        for since, until in itertools.pairwise(cuts):
            if since >= origin and running(since):
                if until - since >= size:
                    return since + size
                size -= until - since
    return None


def _slow_months(limit: Months, place: Place, origin: int) -> int:
    day = place.civil_day(origin)
    for _ in range(limit.n):
        last = monthrange(day.year, day.month)[1]
        day = day.replace(day=last) + dt.timedelta(days=1)
    own = place.civil_day(origin).day
    last = monthrange(day.year, day.month)[1]
    day = day.replace(day=last if limit.count_to == "month" else min(own, last))
    return place.us(day + dt.timedelta(days=1), 0)


# The laws


def borders(states: Sequence[State], findings: Iterable[Finding] = ()) -> list[int]:
    """Return the instants at which laws are most easily broken, from the first state on."""
    instants = {state.at_us for state in states}
    instants |= {us for finding in findings for us in finding[5:7] if us is not None}
    return sorted({us + by for us in instants for by in (-1, 0, 1) if us + by >= states[0].at_us})


def said(findings: Iterable[Finding], at: int) -> list[tuple[object, ...]]:
    """Return what stands at an instant, apart from until when."""
    return [finding[:6] for finding in standing(findings, from_us(at))]


@often
@given(lively(), clocks())
def test_level_and_deadline_are_those_of_a_slow_count(history: History, rule: ClockRule) -> None:
    """At every border the level and the deadline are those counted day by day, shift by shift, from the definition."""
    states = states_of(history)
    findings = rule.findings(states)
    for at in borders(states, findings):
        found = [(len(finding.passed), finding.due_us) for finding in standing(findings, from_us(at))]
        expected = slow(rule, states, at)
        assert found == ([] if expected is None else [expected])


@often
@given(lively(), clocks(), st.data())
def test_causality(history: History, rule: ClockRule, data: st.DataObject) -> None:
    """The schedule of a whole history, read at an instant, is that of the history cut there."""
    states = states_of(history)
    findings = rule.findings(states)
    instants = borders(states, findings)
    for at in instants:
        cut = [state for state in states if state.at_us <= at]
        assert said(findings, at) == said(rule.findings(cut), at)
    at = data.draw(st.sampled_from(instants))
    assert states_of(history.as_of(from_us(at))) == [state for state in states if state.at_us <= at]


@often
@given(lively(), clocks())
def test_tail_is_the_schedule_after_the_last_event(history: History, rule: ClockRule) -> None:
    """What a sweep reads is the whole schedule, clipped to what follows the last state."""
    states = states_of(history)
    for count in range(1, len(states) + 1):
        cut = states[:count]
        assert rule.tail(cut) == list(clip(rule.findings(cut), cut[-1].at_us, None))


@often
@given(lively(), clocks())
def test_findings_of_an_episode_never_overlap(history: History, rule: ClockRule) -> None:
    """Of one rule and episode one thing stands at a time, for more than no time, and neighbours differ."""
    by_episode: dict[str, list[Finding]] = {}
    for finding in rule.findings(states_of(history)):
        assert finding.until_us is None or finding.since_us < finding.until_us
        by_episode.setdefault(finding.episode, []).append(finding)
    for findings in by_episode.values():
        for one, other in itertools.pairwise(findings):
            assert one.until_us is not None
            assert one.until_us <= other.since_us
            assert one.until_us < other.since_us or one[:5] != other[:5]


@often
@given(lively(), st.lists(st.integers(0, 3), min_size=1, max_size=3, unique=True), st.data())
def test_what_stands_holds_until_the_next_change(history: History, names: list[int], data: st.DataObject) -> None:
    """From an instant to the next change all stands as it did; at the next change something else does."""
    rules = [data.draw(clocks(name=f"clock-{name}")) for name in names]
    opened = history.effective[0].at
    at = max(data.draw(instants(45)), opened)
    now = evaluate(history, rules, at)
    assert not now.undetermined
    history = history.as_of(at)
    later = now.next_change or at + dt.timedelta(days=500)
    assert later > at
    for t in (at + (later - at) / 2, later - _US):
        then = evaluate(history, rules, t)
        assert then.findings == now.findings
        assert then.next_change == now.next_change
    if now.next_change is not None:
        assert evaluate(history, rules, now.next_change).findings != now.findings


@often
@given(lively(), clocks(on=STEADY, paused=PAUSES, months=False), st.sampled_from(["provider", "payer"]), st.data())
def test_a_hold_with_its_release_never_raises_a_level(
    history: History, rule: ClockRule, party: str, data: st.DataObject
) -> None:
    """A clock that a hold pauses is at no instant graver for it: not even if recorded late, or placed at a deadline."""
    states = states_of(history)
    assume(rule.paused.met(states[0].facet._replace(parties=frozenset({party}))))
    without = rule.findings(states)
    tempting = st.sampled_from(borders(states, without))
    placed, released = sorted((from_us(data.draw(tempting)), from_us(data.draw(tempting))))
    hold = [
        HoldPlaced(id="x-1", at=placed, hold="x", waiting_on=party),
        HoldReleased(id="x-2", at=released, hold="x"),
    ]
    held_states = states_of(history.with_events(hold))
    with_hold = rule.findings(held_states)
    for at in borders(held_states, [*without, *with_hold]):
        assert _level(with_hold, at) <= _level(without, at)


def _level(findings: Iterable[Finding], at: int) -> int:
    return max((finding.level for finding in standing(findings, from_us(at))), default=-1)


@often
@given(lively(), clocks(on=STEADY), instants(40))
def test_a_late_touch_renames_no_episode(history: History, rule: ClockRule, at: dt.datetime) -> None:
    """Case 32: a late record that turns no clock on leaves every episode its name."""
    late = HoldPlaced(id="x-1", at=max(at, history.effective[0].at), hold="x", waiting_on="cvo")
    before = {finding.episode for finding in rule.findings(states_of(history))}
    after = {finding.episode for finding in rule.findings(states_of(history.with_events([late])))}
    assert before == after


# Explanations


@often
@given(lively(), clocks(), instants(60))
def test_an_explanation_adds_up(history: History, rule: ClockRule, at: dt.datetime) -> None:
    """Lengths add up to the time since the anchor, to the microsecond; amounts to what was used; and it is the finding.

    What was used is less than the limit until the breach, and reaches it there.
    """
    at = max(at, history.effective[0].at)
    told = explain(history, rule, at)
    stands = evaluate(history, [rule], at).findings
    if isinstance(told, Unexplained):
        assert not stands
        return
    assert isinstance(told, ClockExplanation)
    assert (told.finding,) == stands
    edges = [told.anchor, *(segment.until for segment in told.segments)]
    assert [segment.since for segment in told.segments] == edges[:-1]
    assert edges[-1] == at
    assert all(segment.length > dt.timedelta() for segment in told.segments)
    assert sum((segment.length for segment in told.segments), dt.timedelta()) == at - told.anchor
    assert sum(segment.amount for segment in told.segments) == told.used
    assert not any(segment.amount for segment in told.segments if segment.what != "counted")
    if told.size:
        assert (told.used >= told.size) == (told.deadline is not None and told.deadline <= at)


@often
@given(lively(), clocks(on=STEADY, paused=[When(waiting_on="source")], months=False), instants(20), instants(40))
def test_paused_it_answers_when_it_would_be_due(
    history: History, rule: ClockRule, placed: dt.datetime, at: dt.datetime
) -> None:
    """Resumed at this very instant, a paused clock is due exactly when its explanation said it would be."""
    placed = max(placed, history.effective[0].at)
    history = history.with_events([HoldPlaced(id="x-1", at=placed, hold="x", waiting_on="source")])
    states = states_of(history)
    at = max(at, from_us(states[-1].at_us) + _US)
    told = explain(history, rule, at)
    if isinstance(told, Unexplained) or told.deadline is not None:
        return
    resumed = states[-1]._replace(
        at_us=to_us(at),
        marks=(Mark("x-2", "hold-released"),),
        facet=states[-1].facet._replace(parties=frozenset()),
    )
    (finding,) = standing(rule.findings([*states, resumed]), at)
    assert finding.deadline == told.resumed_due
