"""Steps around a day: an expiry, an attestation, a cycle, a promise, a cut-off; the age of a verification.

The day itself is a fact of the record; a `DateRule` says which limit is added to it, and who is told how long before
and after. Most days are judged as they pass. A verification is judged on the day of the decision, which only a plan
tells: as long as nobody has decided, that day is the later of the planned one and today.
"""

import datetime as dt
import itertools
from collections.abc import Iterable, Iterator, Sequence
from typing import Final, Literal, NamedTuple, TypeAlias

import attrs

from credcore.calendars import WorkCalendar
from credcore.errors import InvalidInput
from credcore.history import DatedFact, State
from credcore.instants import day_of, day_start_us
from credcore.limits import CalendarDays, Months
from credcore.rules.conditions import ALWAYS, Condition
from credcore.rules.eras import DatedLimit, Span, by_state, check_limits, due_day, limit_on, spans
from credcore.rules.findings import BREACHED, WARNED, Finding, Rung, joined

__all__ = ["DateRule", "DateStep", "Judged", "Outlook"]

Judged: TypeAlias = Literal["today", "decision"]

_FIRST_DAY, _LAST_DAY = 2, dt.date.max.toordinal()
"""The end of this day cannot be named, and need not be: boards write 9999-12-31 for what never expires."""
_EVER = -(2**63)
"""Before every instant."""


@attrs.frozen
class DateStep:
    """So many days from the due day, somebody is told.

    Attributes:
        days: Before the due day if negative, on it if 0, after it if positive; each begins at local midnight.
        to: ``owner``, ``lead``, ``coordinator`` or another role.
    """

    days: int
    to: str = "owner"

    @property
    def name(self) -> str:
        """What its rung is called."""
        if not self.days:
            return "on the day"
        length = f"{abs(self.days)} day{'s' if abs(self.days) > 1 else ''}"
        return f"{length} before" if self.days < 0 else f"breached + {length}"


def _rising(steps: Iterable[DateStep]) -> tuple[DateStep, ...]:
    return tuple(sorted(steps, key=lambda step: step.days))


def _limits(limits: Iterable[DatedLimit]) -> tuple[DatedLimit, ...]:
    return tuple(limits)


class Outlook(NamedTuple):
    """What a rule makes of a day, seen from an instant.

    Attributes:
        seen_on: The day on which it is judged: today, or the decision day as it is seen.
        limit: The limit that applies; None where the day is the due day itself.
        due_on: The last day that is on time.
        ahead: The rungs that come if nothing happens, each with its instant in microseconds of UTC; None for a day too
            far to name.
    """

    seen_on: dt.date
    limit: DatedLimit | None
    due_on: dt.date
    ahead: tuple[tuple[Rung, int | None], ...]


class _View(NamedTuple):
    """What, besides the day itself, the answer depends on: it changes with what happens, never by itself.

    Attributes:
        planned: The number of the planned decision day; 0 without a plan, or where the plan does not matter.
        state: The state of practice, where limits differ by it.
    """

    planned: int = 0
    state: str = ""


_TODAY: Final = _View()


@attrs.frozen(kw_only=True)
class DateRule:
    """A day that must not pass unmet, and the steps around it.

    The due day is inclusive: it is breached at the local midnight that ends it. A day that is met leaves the record's
    facts, so its finding ends; a renewed one is a new episode, named by the event that told it.

    Judged on the decision day, what is said at an instant is what holds of the decision day as it is seen then: the
    later of the planned day and today; without a plan, today. So a verification that will be too old at the planned
    meeting is breached as soon as the meeting is planned, one that was good for it is too old from the first midnight
    after a slip on, and steps count on that day: ``30 days before`` stands where the decision is seen at most 30 days
    before the verification is too old. The deadline is the end of the last day on which a decision can rest on it.
    Once there is a decision, nothing is said.

    Attributes:
        id: Stable; what was told is remembered under it.
        about: The kind of dated fact, such as ``expiry``, ``cycle``, ``promise``, ``cut-off``.
        calendar: In whose zone a day begins and ends.
        keys: Only facts with these keys (a cycle's body, an element); empty for all.
        credentials: Only expiries of these kinds of credential; empty for all.
        limit: Added to the fact's day to give the due day; None where the day is the due day itself.
        limits: Instead of one limit: several, each from a day on or for some states. Judged as days pass, the fact's
            own day chooses; judged on the decision day, that day does.
        judged: ``today`` as days pass, or ``decision``: on the decision day as it is seen.
        applies: Only while this holds.
        steps: Before, on and after the due day, each on a day of its own.
        to: Whom the breach is told.
        family: The profile's word for it: ``cycle``, ``expiry``, ``commitment``.
        title: In words.
        source: Whose requirement it is.
        formerly: The id under which it was known before.
        rungs: The steps that its findings can reach, in order.

    Raises:
        InvalidInput: Two steps fall on one day; there are both a limit and limits; limits leave a day without one.

    Example:
        >>> from credcore.limits import parse_limit
        >>> rule = DateRule(
        ...     id="ncqa", about="cycle", keys=("ncqa",), limit=parse_limit("36 months to the month"),
        ...     steps=[DateStep(-180), DateStep(-90, "lead")], calendar=WorkCalendar.always("America/New_York"),
        ... )
        >>> rule.due_on(DatedFact("cycle", "ncqa", dt.date(2024, 2, 29), "e-1"))
        datetime.date(2027, 2, 28)
    """

    id: str
    about: str
    calendar: WorkCalendar
    keys: tuple[str, ...] = ()
    credentials: tuple[str, ...] = ()
    limit: CalendarDays | Months | None = None
    limits: tuple[DatedLimit, ...] = attrs.field(default=(), converter=_limits)
    judged: Judged = "today"
    applies: Condition = ALWAYS
    steps: tuple[DateStep, ...] = attrs.field(default=(), converter=_rising)
    to: str = "owner"
    family: str = "expiry"
    title: str = ""
    source: str = ""
    formerly: str = ""
    rungs: tuple[Rung, ...] = attrs.field(init=False, eq=False, repr=False)
    _begins: tuple[int, ...] = attrs.field(init=False, eq=False, repr=False)
    _table: tuple[DatedLimit, ...] = attrs.field(init=False, eq=False, repr=False)
    _sees_all_alike: bool = attrs.field(init=False, eq=False, repr=False)

    @limits.validator
    def _one_for_each_day(
        self, field: "attrs.Attribute[tuple[DatedLimit, ...]]", limits: tuple[DatedLimit, ...]
    ) -> None:
        if limits and self.limit is not None:
            raise InvalidInput("there are both a limit and limits; keep one of them", field=field.name)
        check_limits(limits, field.name)

    @steps.validator
    def _one_a_day(self, field: "attrs.Attribute[tuple[DateStep, ...]]", steps: tuple[DateStep, ...]) -> None:
        for one, other in itertools.pairwise(steps):
            if one.days == other.days:
                raise InvalidInput(f"two steps are {one.name!r}, only one would be told; keep one", field=field.name)

    @rungs.default
    def _name_rungs(self) -> tuple[Rung, ...]:
        late = (step for step in self.steps if step.days > 0)
        return (
            *(Rung(step.name, WARNED, step.to) for step in self.steps if step.days <= 0),
            Rung("breached", BREACHED, self.to),
            *(Rung(step.name, BREACHED + place, step.to) for place, step in enumerate(late, start=1)),
        )

    @_begins.default
    def _days_from_due(self) -> tuple[int, ...]:
        """Return, for each rung, how many days after the due day it begins."""
        early = (step.days for step in self.steps if step.days <= 0)
        return (*early, 1, *(step.days + 1 for step in self.steps if step.days > 0))

    @_table.default
    def _limits_of_all_days(self) -> tuple[DatedLimit, ...]:
        return self.limits if self.limit is None else (DatedLimit(limit=self.limit),)

    @_sees_all_alike.default
    def _reads_neither_plan_nor_state(self) -> bool:
        return self.judged == "today" and not any(one.states for one in self.limits)

    def due_on(self, fact: DatedFact, *, seen_on: dt.date | None = None, state: str = "") -> dt.date:
        """Return the last day that is on time: the fact's day plus the limit, or its end if that is earlier.

        Args:
            fact: The day.
            seen_on: Judged on the decision day: that day, as it is seen; the fact's own if left out.
            state: The postal code of the state of practice; empty if it is not known.
        """
        found = self._spans(fact, state)
        seen = (fact.day if seen_on is None else seen_on).toordinal()
        return dt.date.fromordinal(_span_of(found, seen).due)

    def facts(self, state: State) -> tuple[DatedFact, ...]:
        """Return the days of a record at which the rule looks."""
        if not self.applies.met(state.facet):
            return ()
        if self.judged == "decision" and ("decision", "") in state.facts:
            return ()
        return tuple(
            fact
            for fact in state.facts.values()
            if fact.kind == self.about
            and (not self.keys or fact.key in self.keys)
            and (not self.credentials or fact.credential in self.credentials)
        )

    def outlook(self, fact: DatedFact, state: State, at_us: int) -> Outlook:
        """Return what the rule makes of a day that a record has, seen from an instant.

        Args:
            fact: One of the rule's `facts` of that state.
            state: How the record stands.
            at_us: The instant, in microseconds of UTC.
        """
        view = self._view(state)
        today = day_of(at_us, self.calendar.tz).toordinal()
        seen = max(view.planned, today)
        found = self._spans(fact, view.state)
        span = _span_of(found, seen)
        ends = next((other.first for other in found if other.first > span.first), _LAST_DAY + 2)
        ahead = tuple(
            (rung, self._midnight(span.due + days))
            for rung, days in zip(self.rungs, self._begins, strict=True)
            if seen < span.due + days < ends
        )
        limits = by_state(self._table, view.state)
        chosen_by = fact.day if self.judged == "today" else dt.date.fromordinal(seen)
        return Outlook(
            seen_on=dt.date.fromordinal(seen),
            limit=limit_on(limits, chosen_by) if limits else None,
            due_on=dt.date.fromordinal(span.due),
            ahead=ahead,
        )

    def findings(self, states: Sequence[State]) -> list[Finding]:
        """Return what stands, from when until when, over the whole history and after it if nothing more happens."""
        found: dict[DatedFact, list[Finding]] = {}
        for fact, view, since, until in self._lives(states):
            found.setdefault(fact, []).extend(self._around(fact, view, since, until))
        return [finding for several in found.values() for finding in joined(several)]

    def tail(self, states: Sequence[State]) -> list[Finding]:
        """Return the findings from the last state on: what a sweep needs."""
        return [
            finding
            for state in states[-1:]
            for fact in self.facts(state)
            for finding in self._around(fact, self._view(state), state.at_us, None)
        ]

    def _view(self, state: State) -> _View:
        """Return what else the answer depends on, as it is in a state."""
        if self._sees_all_alike:
            return _TODAY
        planned = 0
        if self.judged == "decision":
            planned = max((fact.day.toordinal() for fact in state.facts.values() if fact.kind == "meeting"), default=0)
        return _View(planned, state.facet.state)

    def _lives(self, states: Sequence[State]) -> Iterator[tuple[DatedFact, _View, int, int | None]]:
        """Yield each day with the stretches during which it mattered and was seen in one way, in order."""
        since: dict[DatedFact, tuple[_View, int]] = {}
        for state in states:
            facts = self.facts(state)
            view = self._view(state) if facts else _TODAY
            for fact in [fact for fact, (seen, _) in since.items() if seen != view or fact not in facts]:
                yield fact, *since.pop(fact), state.at_us
            for fact in facts:
                since.setdefault(fact, (view, state.at_us))
        for fact, (view, since_us) in since.items():
            yield fact, view, since_us, None

    def _around(self, fact: DatedFact, view: _View, since_us: int, until_us: int | None) -> Iterator[Finding]:
        """Yield what stands of one day while it matters."""
        borders = [since_us]
        pieces: list[tuple[int, int | None]] = []  # how many rungs are passed, and the deadline, from each border on
        for passed, due, begin in self._course(fact, view):
            if begin is None:
                continue
            if begin <= since_us:
                pieces = [(passed, due)]
            elif until_us is None or begin < until_us:
                borders.append(begin)
                pieces.append((passed, due))
        for (passed, due), start, end in zip(pieces, borders, [*borders[1:], until_us], strict=True):
            yield Finding(self.id, fact.event, fact.key, self.rungs[:passed], due, start, end)

    def _course(self, fact: DatedFact, view: _View) -> Iterator[tuple[int, int | None, int | None]]:
        """Yield, in order, how many rungs are passed, the deadline, and from which instant on that is so.

        What holds of all days up to the planned one holds from the beginning of time on, since no earlier decision is
        seen; None is the instant of a day too far to name.
        """
        found = self._spans(fact, view.state)
        for place, (first, due) in enumerate(found):
            ends = found[place + 1].first if place + 1 < len(found) else _LAST_DAY + 2
            deadline = self._midnight(due + 1)
            days = [first, *(max(due + days, first) for days in self._begins)]
            for passed, (day, following) in enumerate(zip(days, [*days[1:], ends], strict=True)):
                if day < min(following, ends):
                    yield passed, deadline, (self._midnight(day) if day > view.planned and day else _EVER)

    def _spans(self, fact: DatedFact, state: str) -> list[Span]:
        """Return on which days the fact is judged by which last day on time."""
        limits = by_state(self._table, state)
        if self.judged == "decision" and limits:
            return spans(limits, fact.day, fact.until)
        due = due_day(limit_on(limits, fact.day).limit, fact.day) if limits else fact.day.toordinal()
        return [Span(0, due if fact.until is None else min(due, fact.until.toordinal()))]

    def _midnight(self, day: int) -> int | None:
        if day > _LAST_DAY:
            return None
        return day_start_us(dt.date.fromordinal(max(day, _FIRST_DAY)), self.calendar.tz)


def _span_of(found: Sequence[Span], day: int) -> Span:
    """Return the span to which a day belongs."""
    return next(span for span in reversed(found) if span.first <= day)
