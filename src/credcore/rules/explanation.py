"""Why a rule says what it says: where the time went, segment by segment, and what comes next.

An explanation is derived as the findings are, from the same stints and the same `reach`: what it says of a clock is
what the clock does. It holds values; putting them into words and tables is for the edges. Of a rule that is neither a
clock nor about days only the findings are known, and so they are what is told of it.
"""

import datetime as dt
import itertools
from collections.abc import Iterator, Sequence
from typing import NamedTuple, TypeAlias

import attrs

from credcore.errors import CredcoreError, InvalidInput
from credcore.events import Event
from credcore.history import DatedFact, History, State
from credcore.instants import day_start_us, format_instant, from_us, to_us
from credcore.limits import CalendarDays, Limit, Months, PausableLimit
from credcore.rules.clock import ClockRule, Stint, reach
from credcore.rules.counterfactual import Counterfactual, clock_without_each, needed_by_without_each
from credcore.rules.dates import DateRule
from credcore.rules.evaluation import Evaluation, Rule, evaluate, states_of
from credcore.rules.findings import BREACHED, Finding, standing
from credcore.rules.parties import Turns

__all__ = [
    "COUNTED",
    "PAUSED",
    "ClockExplanation",
    "DateExplanation",
    "ExplainedDay",
    "ExplainedSegment",
    "ExplainedStep",
    "Explanation",
    "FindingsExplanation",
    "Unexplained",
    "explain",
]

COUNTED = "counted"
PAUSED = "paused"
_FIRST_DAY, _LAST_DAY = 2, dt.date.max.toordinal()
"""A day that begins outside of these cannot be named in every zone."""
_ELAPSED = CalendarDays(0)
"""What has passed of a limit in months is shown in days."""


@attrs.frozen(kw_only=True)
class ExplainedSegment:
    """A stretch of a clock's life during which one thing was so.

    Attributes:
        since: Its start.
        until: Its end, exclusive; the next segment's start.
        what: ``counted``, ``paused``, ``outside hours``, or the name of the holiday, closure or special day.
        amount: How much of the limit it used: microseconds of working time, or days.
        stage: The stage in which the record was.
        parties: For whom open holds waited, by name.
        event: The first event of the instant from which stage, parties and pause were so.
        turn: Whose turn it was; empty where nobody knows: it was explained without turns, or the file was closed.
    """

    since: dt.datetime
    until: dt.datetime
    what: str
    amount: int
    stage: str
    parties: tuple[str, ...]
    event: str
    turn: str = ""

    @property
    def length(self) -> dt.timedelta:
        """The elapsed time from start to end."""
        return self.until - self.since


@attrs.frozen(kw_only=True)
class ClockExplanation:
    """What a clock has done since its anchor.

    Attributes:
        rule: The rule's id.
        title: The rule in words.
        source: Whose requirement it is.
        at: The instant explained.
        episode: The event that names the episode.
        anchor: From where it counts.
        applied: From when the clock was on; later than the anchor if it came to apply later.
        limit: The limit in words.
        size: The limit in the unit of the amounts; None for months, which have no such size.
        used: How much of it was used: microseconds of working time, or days.
        finding: Where it stands.
        deadline: The instant at which it is, or was, breached; None while paused before that.
        resumed_due: While paused before the breach: when it is due if resumed at this very instant. Explained at a
            later instant of the same pause, it answers for a resumption then.
        segments: Contiguous, from the anchor to the instant: their lengths add up to the time between, their amounts
            to what was used.
        provisional_after: The last day whose holidays are known, if the deadline (or, paused, `resumed_due`) counts on
            days after it: more holidays may move it to later. None if it is firm.
        without: Of a late clock: how it would stand without the time of each party outside, and without that of all.
            Empty where it is not late, or was explained without turns.
        edition: The number of the edition whose rule it is; None where it was explained without editions.
    """

    rule: str
    title: str
    source: str
    at: dt.datetime
    episode: str
    anchor: dt.datetime
    applied: dt.datetime
    limit: str
    size: int | None
    used: int
    finding: Finding
    resumed_due: dt.datetime | None
    segments: tuple[ExplainedSegment, ...]
    provisional_after: dt.date | None = None
    without: tuple[Counterfactual, ...] = ()
    edition: int | None = None

    @property
    def deadline(self) -> dt.datetime | None:
        """The instant at which it is, or was, breached; None while paused before that."""
        return self.finding.deadline


class ExplainedStep(NamedTuple):
    """A step around a day: one that is reached, or that comes if nothing happens.

    Attributes:
        name: The rung's name.
        to: Whom it is told.
        at: When its day begins; None for a day too far to name.
        on: Its day, counted from the due day; None for one too far to name.
        reached: Whether it is.
    """

    name: str
    to: str
    at: dt.datetime | None
    on: dt.date | None = None
    reached: bool = False


@attrs.frozen(kw_only=True)
class ExplainedDay:
    """A day at which a rule looks.

    Attributes:
        fact: The day, which one it is, and the event that told it.
        limit: What is added to it, in words; empty where the day is the due day itself.
        due_on: The last day that is on time.
        finding: Where it stands.
        ahead: The steps that come if nothing happens.
        seen_on: The decision day as it is seen, where the rule judges on it; None where it judges as days pass.
        source: Whose figure the limit is, where it is not the rule's own source; empty otherwise.
        told: The type of the event that told the day, such as ``hold-placed``; empty where this history has it not.
        told_at: When that happened.
        limit_since: The first day on which the limit applies; None where it always does.
        states: The states of practice for which alone it applies, by postal code.
        passed: The steps that are reached. One that is told of a decision day ahead is reached before its own day.
        without: Of the day by which a late file was needed: how it would stand without the days of each party outside,
            and without those of all. Empty otherwise.
    """

    fact: DatedFact
    limit: str
    due_on: dt.date
    finding: Finding
    ahead: tuple[ExplainedStep, ...]
    seen_on: dt.date | None = None
    source: str = ""
    told: str = ""
    told_at: dt.datetime | None = None
    limit_since: dt.date | None = None
    states: tuple[str, ...] = ()
    passed: tuple[ExplainedStep, ...] = ()
    without: tuple[Counterfactual, ...] = ()


@attrs.frozen(kw_only=True)
class DateExplanation:
    """The days at which a rule looks.

    Attributes:
        rule: The rule's id.
        title: The rule in words.
        source: Whose requirement it is.
        at: The instant explained.
        days: The days, the earliest due day first.
        edition: The number of the edition whose rule it is; None where it was explained without editions.
    """

    rule: str
    title: str
    source: str
    at: dt.datetime
    days: tuple[ExplainedDay, ...]
    edition: int | None = None


@attrs.frozen(kw_only=True)
class FindingsExplanation:
    """What stands by a rule that cannot be taken apart: a plugin's, or one that failed.

    Attributes:
        rule: The rule's id.
        title: The rule in words.
        source: Whose requirement it is.
        at: The instant explained.
        reason: Why there is no more to say, in words.
        findings: What stands by it, the gravest first; nothing where it failed.
        next_change: When it will next say something else if nothing happens; None if never, or if it failed.
        undetermined: Why nobody knows what it would say; empty where it answered.
        edition: The number of the edition whose rule it is; None where it was explained without editions.
    """

    rule: str
    title: str
    source: str
    at: dt.datetime
    reason: str
    findings: tuple[Finding, ...] = ()
    next_change: dt.datetime | None = None
    undetermined: str = ""
    edition: int | None = None


@attrs.frozen(kw_only=True)
class Unexplained:
    """Why there is nothing to take apart: the rule is off.

    Attributes:
        rule: The rule's id.
        title: The rule in words.
        source: Whose requirement it is.
        at: The instant explained.
        reason: In words: the clock has not come on, was stopped or cancelled; or there is no such day.
        since: Since when the clock is off; None if it never was on.
        edition: The number of the edition whose rule it is; None where it was explained without editions.
    """

    rule: str
    title: str
    source: str
    at: dt.datetime
    reason: str
    since: dt.datetime | None = None
    edition: int | None = None


Explanation: TypeAlias = ClockExplanation | DateExplanation | FindingsExplanation | Unexplained


def explain(
    history: History, rule: Rule, at: dt.datetime, *, tz: dt.tzinfo = dt.UTC, turns: Turns | None = None
) -> Explanation:
    """Return why a rule says what it says of a record at an instant.

    Args:
        history: The record's events; only what had happened by then is read.
        rule: A rule that applied then.
        at: An aware instant.
        tz: The organisation's zone, in which a meeting falls on a day.
        turns: Of a file: whose turn it was, up to that instant. With them each segment says whose turn it was, and what
            is late how it would stand without a party's time.

    Raises:
        NaiveInstant: ``at`` has no zone.
        InvalidInput: The record had not been opened by then, or rules do not read its kind.
    """
    history = history.as_of(at)
    states = states_of(history, tz)
    if not states:
        raise InvalidInput(f"{history.ref} had not been opened by {format_instant(at)}", field="at")
    try:
        if isinstance(rule, ClockRule):
            stint = rule.stint(states)
            return _clock_off(rule, states, at) if stint is None else _clock(rule, stint, states, at, turns)
        if isinstance(rule, DateRule):
            return _dates(rule, history, states[-1], at, turns)
    except CredcoreError as error:
        return _by_findings(rule, evaluate(history, [rule], at, tz=tz), f"cannot be taken apart: {error}")
    return _by_findings(rule, evaluate(history, [rule], at, tz=tz), "a plugin's rule: only its findings are known")


def _by_findings(rule: Rule, found: Evaluation, reason: str) -> FindingsExplanation:
    undetermined = "".join(one.reason for one in found.undetermined)
    return FindingsExplanation(
        rule=rule.id,
        title=rule.title,
        source=rule.source,
        at=found.at,
        reason="it failed: nobody knows what it would say" if undetermined else reason,
        findings=found.findings,
        next_change=found.next_change,
        undetermined=undetermined,
    )


def _unexplained(rule: Rule, at: dt.datetime, reason: str, since: dt.datetime | None = None) -> Unexplained:
    return Unexplained(rule=rule.id, title=rule.title, source=rule.source, at=at, reason=reason, since=since)


# Clocks


def _clock_off(rule: ClockRule, states: Sequence[State], at: dt.datetime) -> Unexplained:
    facet = states[-1].facet
    ended_us = next((stint.until_us for stint in reversed(rule.stints(states))), None)
    if rule.cancel.met(facet):
        reason = "cancelled: neither met nor missed"
    elif ended_us is None:
        reason = "has not come on"
    elif rule.on.met(facet):
        reason = f"was stopped, for good: it runs once within one {rule.episode}"
    else:
        reason = "was stopped"
    return _unexplained(rule, at, reason, None if ended_us is None else from_us(ended_us))


def _clock(
    rule: ClockRule, stint: Stint, states: Sequence[State], at: dt.datetime, turns: Turns | None
) -> ClockExplanation:
    at_us = to_us(at)
    (finding,) = standing(rule.tail(states), at)
    measured = _measured(rule.limit)
    runs = [(since, at_us if until is None else until) for since, until in stint.runs]
    resumed_us = None
    if finding.due_us is None:
        resumed_us = reach(rule.limit, rule.calendar, (*stint.runs, (at_us, None)), stint.origin_us)
    return ClockExplanation(
        rule=rule.id,
        title=rule.title,
        source=rule.source,
        at=at,
        episode=stint.episode,
        anchor=from_us(stint.origin_us),
        applied=from_us(stint.since_us),
        limit=str(rule.limit),
        size=None if isinstance(rule.limit, Months) else rule.limit.size,
        used=sum(measured.measure(rule.calendar, since, until, stint.origin_us) for since, until in runs),
        finding=finding,
        resumed_due=None if resumed_us is None else from_us(resumed_us),
        segments=tuple(_segments(rule, stint.origin_us, states, at_us, turns)),
        provisional_after=_provisional_after(rule, resumed_us if finding.due_us is None else finding.due_us),
        without=clock_without_each(rule, stint, turns, at) if turns and finding.level >= BREACHED else (),
    )


def _provisional_after(rule: ClockRule, due_us: int | None) -> dt.date | None:
    """Return the horizon of the known holidays, if what is due beyond it depends on them."""
    if due_us is None or isinstance(rule.limit, CalendarDays | Months):
        return None  # closed days count too
    return rule.calendar.known_until if rule.calendar.is_provisional(from_us(due_us)) else None


def _measured(limit: Limit) -> PausableLimit:
    return _ELAPSED if isinstance(limit, Months) else limit


def _segments(
    rule: ClockRule, origin_us: int, states: Sequence[State], at_us: int, turns: Turns | None
) -> Iterator[ExplainedSegment]:
    measured = _measured(rule.limit)
    for since, until, state in _spells(rule, states, at_us):
        for start, end, turn in _by_turn(turns, max(since, origin_us), until):
            for a, b, what in _pieces(rule, start, end, state):
                yield ExplainedSegment(
                    since=from_us(a),
                    until=from_us(b),
                    what=what,
                    amount=0 if what == PAUSED else measured.measure(rule.calendar, a, b, origin_us),
                    stage=state.facet.stage,
                    parties=tuple(sorted(state.facet.parties)),
                    event=state.marks[0].id,
                    turn=turn,
                )


def _by_turn(turns: Turns | None, since: int, until: int) -> Iterator[tuple[int, int, str]]:
    """Yield a stretch in parts, each one party's turn; the last may lie after the end of the file, and be nobody's."""
    for span in () if turns is None else turns.spans:
        ends = min(to_us(span.until), until)
        if since < ends:  # spans are contiguous from the opening on, and no clock counts from before it
            yield since, ends, span.turn
            since = ends
    if since < until:
        yield since, until, ""


def _spells(rule: ClockRule, states: Sequence[State], at_us: int) -> Iterator[tuple[int, int, State]]:
    """Yield the stretches during which stage, parties and pause were the same, each with the state that began it."""

    def alike(state: State) -> tuple[object, ...]:
        return state.facet.stage, state.facet.parties, rule.paused.met(state.facet)

    firsts = [next(group) for _, group in itertools.groupby(states, key=alike)]
    ends = [*(state.at_us for state in firsts[1:]), at_us]
    return ((state.at_us, end, state) for state, end in zip(firsts, ends, strict=True))


def _pieces(rule: ClockRule, since: int, until: int, state: State) -> Iterator[tuple[int, int, str]]:
    """Yield what lies within a spell, by name."""
    if rule.paused.met(state.facet):
        yield since, until, PAUSED
    elif isinstance(rule.limit, CalendarDays | Months):
        yield since, until, COUNTED  # closed days count too
    else:
        for a, b, is_open, name in rule.calendar.segments_us(since, until):
            yield a, b, COUNTED if is_open else name


# Days


def _dates(
    rule: DateRule, history: History, state: State, at: dt.datetime, turns: Turns | None
) -> DateExplanation | Unexplained:
    found = standing(rule.tail([state]), at)
    told = {event.id: event for one in (history, *history.linked) for event in one.effective}
    days = [
        _day(rule, fact, state, at, next(one for one in found if (one.episode, one.about) == (fact.event, fact.key)))
        for fact in rule.facts(state)
    ]
    if not days:
        return _unexplained(rule, at, _no_day(rule, state))
    return DateExplanation(
        rule=rule.id,
        title=rule.title,
        source=rule.source,
        at=at,
        days=tuple(
            _with_its_past(day, rule, told.get(day.fact.event), turns)
            for day in sorted(days, key=lambda day: (day.due_on, day.fact.key))
        ),
    )


def _no_day(rule: DateRule, state: State) -> str:
    if not rule.applies.met(state.facet):
        return "does not apply"
    if rule.judged == "decision" and ("decision", "") in state.facts:
        return "is over: there is a decision"
    return f"no {rule.about} is known"


def _day(rule: DateRule, fact: DatedFact, state: State, at: dt.datetime, finding: Finding) -> ExplainedDay:
    outlook = rule.outlook(fact, state, to_us(at))
    limit = outlook.limit
    days = dict(zip(rule.rungs, _from_due_day(rule), strict=True))
    on = {rung: _day_from(outlook.due_on, days[rung]) for rung in rule.rungs}
    return ExplainedDay(
        fact=fact,
        limit="" if limit is None else str(limit.limit),
        due_on=outlook.due_on,
        finding=finding,
        ahead=tuple(
            ExplainedStep(rung.name, rung.to, None if us is None else from_us(us), on[rung])
            for rung, us in outlook.ahead
        ),
        seen_on=outlook.seen_on if rule.judged == "decision" else None,
        source="" if limit is None else limit.source,
        limit_since=None if limit is None else limit.since,
        states=() if limit is None else tuple(sorted(limit.states)),
        passed=tuple(
            ExplainedStep(rung.name, rung.to, _begin(on[rung], rule), on[rung], reached=True) for rung in finding.passed
        ),
    )


def _from_due_day(rule: DateRule) -> list[int]:
    """Return, for each rung, how many days after the due day its own day is: one that is late begins the day after."""
    early = [step.days for step in rule.steps if step.days <= 0]
    return [*early, 1, *(step.days + 1 for step in rule.steps if step.days > 0)]


def _day_from(day: dt.date, days: int) -> dt.date | None:
    """Return a day so many days later; None for one too far to name."""
    number = day.toordinal() + days
    return dt.date.fromordinal(number) if _FIRST_DAY <= number < _LAST_DAY else None


def _begin(day: dt.date | None, rule: DateRule) -> dt.datetime | None:
    """Return the local midnight at which a day begins."""
    return None if day is None else from_us(day_start_us(day, rule.calendar.tz))


def _with_its_past(day: ExplainedDay, rule: DateRule, event: Event | None, turns: Turns | None) -> ExplainedDay:
    """Return an explained day with the event that told it, and what a late file owes to whom."""
    is_late = day.finding.level >= BREACHED and day.fact.kind == "needed-by"
    return attrs.evolve(
        day,
        told="" if event is None else event.type,
        told_at=None if event is None else event.at,
        without=needed_by_without_each(turns, rule.calendar) if turns is not None and is_late else (),
    )
