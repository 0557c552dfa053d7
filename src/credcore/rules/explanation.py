"""Why a rule says what it says: where the time went, segment by segment, and what comes next.

An explanation is derived as the findings are, from the same stints and the same `reach`: what it says of a clock is
what the clock does. It holds values; putting them into words and tables is for the edges.
"""

import datetime as dt
import itertools
from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple, TypeAlias

import attrs

from credcore.errors import InvalidInput
from credcore.history import DatedFact, History, State
from credcore.instants import format_instant, from_us, to_us
from credcore.limits import CalendarDays, Limit, Months, PausableLimit
from credcore.rules.clock import ClockRule, Stint, reach
from credcore.rules.dates import DateRule
from credcore.rules.evaluation import Rule, states_of
from credcore.rules.findings import Finding, standing

__all__ = [
    "COUNTED",
    "PAUSED",
    "ClockExplanation",
    "DateExplanation",
    "ExplainedDay",
    "ExplainedSegment",
    "ExplainedStep",
    "Explanation",
    "Unexplained",
    "explain",
]

COUNTED = "counted"
PAUSED = "paused"
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
    """

    since: dt.datetime
    until: dt.datetime
    what: str
    amount: int
    stage: str
    parties: tuple[str, ...]
    event: str

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

    @property
    def deadline(self) -> dt.datetime | None:
        """The instant at which it is, or was, breached; None while paused before that."""
        return self.finding.deadline


class ExplainedStep(NamedTuple):
    """A step that comes if nothing happens.

    Attributes:
        name: The rung's name.
        to: Whom it is told.
        at: When; None for a day too far to name.
    """

    name: str
    to: str
    at: dt.datetime | None


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
    """

    fact: DatedFact
    limit: str
    due_on: dt.date
    finding: Finding
    ahead: tuple[ExplainedStep, ...]
    seen_on: dt.date | None = None
    source: str = ""


@attrs.frozen(kw_only=True)
class DateExplanation:
    """The days at which a rule looks.

    Attributes:
        rule: The rule's id.
        title: The rule in words.
        source: Whose requirement it is.
        at: The instant explained.
        days: The days, the earliest due day first.
    """

    rule: str
    title: str
    source: str
    at: dt.datetime
    days: tuple[ExplainedDay, ...]


@attrs.frozen(kw_only=True)
class Unexplained:
    """Why there is nothing to take apart.

    Attributes:
        rule: The rule's id.
        title: The rule in words.
        source: Whose requirement it is.
        at: The instant explained.
        reason: In words: the clock has not come on, was stopped or cancelled; there is no such day; or the rule is a
            plugin's, of which only the findings are known.
        since: Since when the clock is off; None if it never was on.
    """

    rule: str
    title: str
    source: str
    at: dt.datetime
    reason: str
    since: dt.datetime | None = None


Explanation: TypeAlias = ClockExplanation | DateExplanation | Unexplained


def explain(history: History, rule: Rule, at: dt.datetime, *, tz: dt.tzinfo = dt.UTC) -> Explanation:
    """Return why a rule says what it says of a record at an instant.

    Args:
        history: The record's events; only what had happened by then is read.
        rule: A rule that applied then.
        at: An aware instant.
        tz: The organisation's zone, in which a meeting falls on a day.

    Raises:
        NaiveInstant: ``at`` has no zone.
        InvalidInput: The record had not been opened by then, or rules do not read its kind.
    """
    states = states_of(history.as_of(at), tz)
    if not states:
        raise InvalidInput(f"{history.ref} had not been opened by {format_instant(at)}", field="at")
    if isinstance(rule, ClockRule):
        stint = rule.stint(states)
        return _clock_off(rule, states, at) if stint is None else _clock(rule, stint, states, at)
    if isinstance(rule, DateRule):
        return _dates(rule, states[-1], at)
    return _unexplained(rule, at, "a plugin's rule: only its findings are known")


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


def _clock(rule: ClockRule, stint: Stint, states: Sequence[State], at: dt.datetime) -> ClockExplanation:
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
        segments=tuple(_segments(rule, stint.origin_us, states, at_us)),
        provisional_after=_provisional_after(rule, resumed_us if finding.due_us is None else finding.due_us),
    )


def _provisional_after(rule: ClockRule, due_us: int | None) -> dt.date | None:
    """Return the horizon of the known holidays, if what is due beyond it depends on them."""
    if due_us is None or isinstance(rule.limit, CalendarDays | Months):
        return None  # closed days count too
    return rule.calendar.known_until if rule.calendar.is_provisional(from_us(due_us)) else None


def _measured(limit: Limit) -> PausableLimit:
    return _ELAPSED if isinstance(limit, Months) else limit


def _segments(rule: ClockRule, origin_us: int, states: Sequence[State], at_us: int) -> Iterator[ExplainedSegment]:
    measured = _measured(rule.limit)
    for since, until, state in _spells(rule, states, at_us):
        for a, b, what in _pieces(rule, max(since, origin_us), until, state):
            yield ExplainedSegment(
                since=from_us(a),
                until=from_us(b),
                what=what,
                amount=0 if what == PAUSED else measured.measure(rule.calendar, a, b, origin_us),
                stage=state.facet.stage,
                parties=tuple(sorted(state.facet.parties)),
                event=state.marks[0].id,
            )


def _spells(rule: ClockRule, states: Sequence[State], at_us: int) -> Iterator[tuple[int, int, State]]:
    """Yield the stretches during which stage, parties and pause were the same, each with the state that began it."""

    def alike(state: State) -> tuple[object, ...]:
        return state.facet.stage, state.facet.parties, rule.paused.met(state.facet)

    firsts = [next(group) for _, group in itertools.groupby(states, key=alike)]
    ends = [*(state.at_us for state in firsts[1:]), at_us]
    return ((state.at_us, end, state) for state, end in zip(firsts, ends, strict=True))


def _pieces(rule: ClockRule, since: int, until: int, state: State) -> Iterator[tuple[int, int, str]]:
    """Yield what lies within a spell, by name."""
    if since >= until:
        return
    if rule.paused.met(state.facet):
        yield since, until, PAUSED
    elif isinstance(rule.limit, CalendarDays | Months):
        yield since, until, COUNTED  # closed days count too
    else:
        for a, b, is_open, name in rule.calendar.segments_us(since, until):
            yield a, b, COUNTED if is_open else name


# Days


def _dates(rule: DateRule, state: State, at: dt.datetime) -> DateExplanation | Unexplained:
    found = standing(rule.tail([state]), at)
    days = [_day(rule, fact, state, at, found) for fact in rule.facts(state)]
    if not days:
        return _unexplained(rule, at, _no_day(rule, state))
    return DateExplanation(
        rule=rule.id,
        title=rule.title,
        source=rule.source,
        at=at,
        days=tuple(sorted(days, key=lambda day: (day.due_on, day.fact.key))),
    )


def _no_day(rule: DateRule, state: State) -> str:
    if not rule.applies.met(state.facet):
        return "does not apply"
    if rule.judged == "decision" and ("decision", "") in state.facts:
        return "is over: there is a decision"
    return f"no {rule.about} is known"


def _day(rule: DateRule, fact: DatedFact, state: State, at: dt.datetime, found: Iterable[Finding]) -> ExplainedDay:
    outlook = rule.outlook(fact, state, to_us(at))
    return ExplainedDay(
        fact=fact,
        limit="" if outlook.limit is None else str(outlook.limit.limit),
        due_on=outlook.due_on,
        finding=next(one for one in found if (one.episode, one.about) == (fact.event, fact.key)),
        ahead=tuple(
            ExplainedStep(rung.name, rung.to, None if us is None else from_us(us)) for rung, us in outlook.ahead
        ),
        seen_on=outlook.seen_on if rule.judged == "decision" else None,
        source="" if outlook.limit is None else outlook.limit.source,
    )
