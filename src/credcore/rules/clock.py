"""A clock: it runs while a condition holds, stands still while another does, and has a limit.

From the states of a history a `ClockRule` makes findings with lifetimes. Nothing is counted up over time: each answer
is derived from the history alone, so a late record, a correction or an edition cannot leave a counter behind.

Deadline, warnings, ladder and "resumed at *t*, due at *f(t)*" are one question, answered by `reach`: when has so much
of a limit been used, if the clock runs during these stretches?
"""

import datetime as dt
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from typing import Literal, NamedTuple, TypeAlias

import attrs

from credcore.calendars import WorkCalendar
from credcore.errors import InvalidInput
from credcore.history import Facet, State
from credcore.limits import Lead, Limit, Months, PausableLimit
from credcore.rules.conditions import NEVER, NO_TRIGGER, Condition, Trigger
from credcore.rules.findings import BREACHED, WARNED, Finding, Rung, joined

__all__ = ["Anchor", "ClockRule", "Occasion", "Run", "Step", "Stint", "reach"]

Run: TypeAlias = tuple[int, int | None]
"""A stretch ``[since, until)`` during which a clock runs, in microseconds of UTC; None runs on."""

Occasion: TypeAlias = Literal["start", "opening", "stage"]
Anchor: TypeAlias = Literal["start", "opening", "stage", "assignment"]


def reach(limit: Limit, calendar: WorkCalendar, runs: Iterable[Run], origin_us: int) -> int | None:
    """Return the instant at which a limit is used up, if a clock runs during these stretches.

    What a stretch uses includes what falls on its very end: a clock that is paused at its deadline is breached.

    Args:
        limit: How much may be used. Months run through, whatever the stretches.
        calendar: In whose hours and days it is measured.
        runs: In order and apart, none before the origin.
        origin_us: From where it counts: for days, only those after the day of the origin do.

    Returns:
        Microseconds of UTC; None if the stretches end before.
    """
    if isinstance(limit, Months):
        return limit.deadline_us(calendar, origin_us)
    arrivals = _arrivals(limit, (limit.size,), calendar, runs, origin_us)
    return arrivals[0] if arrivals else None


def _arrivals(
    limit: PausableLimit, amounts: Sequence[int], calendar: WorkCalendar, runs: Iterable[Run], origin_us: int
) -> list[int]:
    """Return when each of some rising amounts of a limit is used up, as far as the stretches go."""
    arrivals: list[int] = []
    used = reached = 0
    for since, until in runs:
        spent = None if until is None else limit.measure(calendar, since, until, origin_us)
        for amount in amounts[reached:]:
            if spent is not None and amount > used + spent:
                break
            arrivals.append(limit.arrive(calendar, since, amount - used, origin_us))
        reached = len(arrivals)
        if reached == len(amounts) or spent is None:
            break
        used += spent
    return arrivals


@attrs.frozen
class Step:
    """A rung of the ladder: so long after the breach, in the clock's own running time, somebody is told.

    Attributes:
        after: A limit that can pause; of ``0 days`` it is the breach itself.
        to: ``owner``, ``lead``, ``coordinator`` or another role.

    Raises:
        InvalidInput: The limit is in months.
    """

    after: PausableLimit = attrs.field()
    to: str

    @after.validator
    def _not_in_months(self, field: "attrs.Attribute[PausableLimit]", value: Limit) -> None:
        if isinstance(value, Months):
            raise InvalidInput("a ladder counts in working time or days, not in months", field=field.name)


class Stint(NamedTuple):
    """An episode of a clock, or the part of one that a restart began.

    Attributes:
        episode: The event that names it.
        origin_us: From where it counts; earlier than `since_us` if the clock came to apply later.
        since_us: From when the clock is on.
        until_us: When it stopped, was cancelled or restarted; None if it is on.
        runs: The stretches from the origin on during which nothing paused it.
    """

    episode: str
    origin_us: int
    since_us: int
    until_us: int | None
    runs: tuple[Run, ...]


def _fractions(values: float | Iterable[float]) -> tuple[float, ...]:
    return (values,) if isinstance(values, (int, float)) else tuple(sorted(values))


def _days(values: int | Iterable[int]) -> tuple[int, ...]:
    return (values,) if isinstance(values, int) else tuple(sorted(values, reverse=True))


def _steps(values: Iterable[Step]) -> tuple[Step, ...]:
    return tuple(values)


@attrs.frozen(kw_only=True)
class ClockRule:
    """A limit on how long something may take.

    At one instant the conditions apply in the order cancel, stop, restart, pause, resume, start. ``on`` turning false
    is the stop, for good: on again is a new episode. A clock that comes to apply later keeps its anchor, and the pauses
    and restarts of the history before.

    Attributes:
        id: Stable; what was told is remembered under it.
        on: While this holds the clock is on.
        limit: How much may be used.
        calendar: In whose hours and days it is measured.
        paused: While this holds too, nothing is used.
        restart: Begins the same episode again from nothing.
        cancel: While this holds, the episode is as if it had not been: neither met nor missed.
        anchor: From where it counts: the instant it came on, the record's opening, the entry of the present stage, or
            the assignment of the present owner (the instant it came on, while there is none). Where the anchor moves
            while the clock is on, it restarts.
        episode: What names an episode: the event that turned the clock on, or the occasion within which it runs
            once, where a late event could displace the former. Stopped, it stays off until the next occasion.
        warn: Fractions of the limit at which a warning stands.
        warn_before: Days before the last day on which one stands, for limits in months.
        ladder: Steps after the breach, in order: none stands before the one above it.
        to: Whom warnings and the breach are told.
        family: The profile's word for it: ``sla``, ``stall``, ``cadence``, ``look-again``.
        title: In words.
        source: Whose requirement it is.
        formerly: The id under which it was known before.
        rungs: The steps that its findings can reach, in order.

    Raises:
        InvalidInput: A limit in months with a pause or a fraction, which it cannot have; days before another limit;
            two rungs of one name, of which only the last would be told.

    Example:
        >>> from credcore.calendars import WorkCalendar
        >>> from credcore.limits import parse_limit
        >>> from credcore.rules.conditions import When
        >>> office = WorkCalendar.from_mapping({"week": {"mon-fri": ["09:00-17:00"]}}, zone="America/Chicago")
        >>> rule = ClockRule(
        ...     id="psv-ten-days", on=When(stage="psv"), paused=When(waiting_on="provider"),
        ...     limit=parse_limit("10 working days"), calendar=office, warn=[0.75],
        ... )
        >>> [rung.name for rung in rule.rungs]
        ['75% used', 'breached']
    """

    id: str
    on: Condition
    limit: Limit
    calendar: WorkCalendar
    paused: Condition = NEVER
    restart: Trigger = NO_TRIGGER
    cancel: Condition = NEVER
    anchor: Anchor = "start"
    episode: Occasion = "start"
    warn: tuple[float, ...] = attrs.field(default=(), converter=_fractions)
    warn_before: tuple[int, ...] = attrs.field(default=(), converter=_days)
    ladder: tuple[Step, ...] = attrs.field(default=(), converter=_steps)
    to: str = "owner"
    family: str = "sla"
    title: str = ""
    source: str = ""
    formerly: str = ""
    rungs: tuple[Rung, ...] = attrs.field(init=False, eq=False, repr=False)
    _amounts: tuple[int, ...] = attrs.field(init=False, eq=False, repr=False)
    _climb: tuple[Step, ...] = attrs.field(init=False, eq=False, repr=False)

    @rungs.default
    def _name_rungs(self) -> tuple[Rung, ...]:
        warned = [f"{100 * fraction:g}% used" for fraction in self.warn]
        warned += [f"{Lead(days)}" for days in self.warn_before]
        told_at_breach = next((step.to for step in self.ladder if not step.after.size), self.to)
        climb = enumerate(self._steps_after_breach(), start=1)
        return (
            *(Rung(name, WARNED, self.to) for name in warned),
            Rung("breached", BREACHED, told_at_breach),
            *(Rung(f"breached + {step.after}", BREACHED + place, step.to) for place, step in climb),
        )

    @_amounts.default
    def _size_warnings_and_limit(self) -> tuple[int, ...]:
        if not isinstance(self.limit, Months):
            return (*(self.limit.fraction(fraction).size for fraction in self.warn), self.limit.size)
        if self.warn:
            raise InvalidInput('months are not equally long; warn days before, such as "30 days before"', field="warn")
        return ()

    @_climb.default
    def _steps_after_breach(self) -> tuple[Step, ...]:
        return tuple(step for step in self.ladder if step.after.size)

    def __attrs_post_init__(self) -> None:
        """Refuse what cannot be meant."""
        if isinstance(self.limit, Months):
            if self.paused != NEVER:
                raise InvalidInput("a limit in months cannot pause; take days, or no pause", field="paused")
        elif self.warn_before:
            raise InvalidInput("days before go with limits in months; take a fraction of this one", field="warn_before")
        names = [rung.name for rung in self.rungs] + ["breached" for step in self.ladder if not step.after.size][1:]
        for name in names:
            if names.count(name) > 1:
                field = "ladder" if name.startswith("breached") else "warn"
                raise InvalidInput(f"two rungs are called {name!r}, only one would be told; keep one", field=field)

    def findings(self, states: Sequence[State]) -> list[Finding]:
        """Return what stands, from when until when, over the whole history and after it if nothing more happens."""
        return joined(finding for stint in self.stints(states) for finding in self._during(stint, stint.since_us))

    def tail(self, states: Sequence[State]) -> list[Finding]:
        """Return the findings from the last state on: what a sweep needs."""
        stint = self.stint(states)
        return [] if stint is None else joined(self._during(stint, states[-1].at_us))

    def stint(self, states: Sequence[State]) -> Stint | None:
        """Return how the clock stands after the last state; None if it is off."""
        if not states or not self.on.met(states[-1].facet) or self.cancel.met(states[-1].facet):
            return None  # most clocks of a profile are off at any time: look before walking the history
        if self.anchor == self.episode == "start":
            return self._begun_while_on(states)
        stints = self.stints(states)
        return stints[-1] if stints and stints[-1].until_us is None else None

    def _begun_while_on(self, states: Sequence[State]) -> Stint:
        """Return the stint that is on after the last state, if its anchor is its start.

        To such a clock nothing matters that happened before it came on: the history is walked back only so far.
        """
        first, restarted = len(states) - 1, None
        facet = states[-1].facet
        has_trigger = bool(self.restart.types)
        for place in range(first, -1, -1):
            state = states[place]
            if state.facet is not facet and state.facet != facet:
                facet = state.facet
                if not self.on.met(facet) or self.cancel.met(facet):
                    break
            first = place
            if has_trigger and restarted is None and self.restart.fires(state.marks):
                restarted = place
        start = first if restarted is None else restarted
        since_us = states[start].at_us
        return Stint(self._episode(states[first], None), since_us, since_us, None, self._runs(states[start:]))

    def _runs(self, states: Sequence[State]) -> tuple[Run, ...]:
        """Return the stretches of some states during which nothing pauses the clock."""
        if self.paused is NEVER:
            return ((states[0].at_us, None),)
        runs: list[Run] = []
        facet, running = None, False
        for state in states:
            if state.facet is not facet:
                facet = state.facet
                if self.paused.met(facet) is running:
                    running = not running
                    _toggle(runs, state.at_us)
        return tuple(runs)

    def stints(self, states: Sequence[State]) -> list[Stint]:
        """Return when the clock was on over a history, and during which stretches it ran."""
        stints: list[Stint] = []
        runs: list[Run] = []  # whether or not the clock was on: one that comes to apply later inherits them
        current: Stint | None = None
        facet: Facet | None = None
        entered, assigned_us = "", None
        live = stopped = running = False
        begun = over = ""
        restarted_us: int | None = None
        has_trigger = bool(self.restart.types)
        for state in states:
            restarted = has_trigger and self.restart.fires(state.marks)
            if state.facet is not facet and state.facet != facet:
                facet = state.facet
                on, cancelled = self.on.met(facet), self.cancel.met(facet)
                live, stopped = on and not cancelled, not on and not cancelled
                if self.paused.met(facet) is running:
                    running = not running
                    _toggle(runs, state.at_us)
            elif not restarted and state.entered == entered and state.assigned_us == assigned_us:
                continue  # nothing of it acts on a clock
            entered, assigned_us = state.entered, state.assigned_us
            if restarted or self._is_anchored_anew(state):
                restarted, restarted_us = True, state.at_us
            episode = self._episode(state, current) if live else ""
            if current is not None and (not live or restarted or episode != current.episode):
                stints.append(_ended(current, runs, state.at_us))
                current = None
            if stopped:
                over = begun
            if current is None and live and episode != over:
                current = Stint(episode, self._origin(state, restarted_us), state.at_us, None, ())
                begun = episode
        return stints if current is None else [*stints, _ended(current, runs, None)]

    # How a state acts on the clock

    def _is_anchored_anew(self, state: State) -> bool:
        if self.anchor == "stage":
            return state.entered_us == state.at_us
        return self.anchor == "assignment" and state.assigned_us == state.at_us

    def _episode(self, state: State, current: Stint | None) -> str:
        """Return the name of the episode that goes on, or would begin."""
        if self.episode == "opening":
            return state.opened
        if self.episode == "stage":
            return state.entered
        if current is not None:
            return current.episode
        return state.entered if state.entered_us == state.at_us else state.marks[0].id

    def _origin(self, state: State, restarted_us: int | None) -> int:
        """Return from where an episode counts that begins with a state."""
        anchors = {"opening": state.opened_us, "stage": state.entered_us, "assignment": state.assigned_us}
        anchor_us = anchors.get(self.anchor)
        if anchor_us is None:
            return state.at_us
        return anchor_us if restarted_us is None else max(anchor_us, restarted_us)

    # What a stint says

    def _during(self, stint: Stint, since_us: int) -> Iterator[Finding]:
        """Yield what stands from an instant on, while the stint lasts."""
        reached = self._reached(stint)
        place = len(self.warn) + len(self.warn_before)
        breach = reached[place] if place < len(reached) else None
        for since, until, due in self._stretches(stint, since_us, breach):
            start: int | None = since
            while start is not None and start != until:
                passed, end = bisect_right(reached, start), until
                if passed < len(reached) and (until is None or reached[passed] < until):
                    end = reached[passed]
                yield Finding(self.id, stint.episode, "", self.rungs[:passed], due, start, end)
                start = end

    def _reached(self, stint: Stint) -> list[int]:
        """Return when the rungs are reached, in their order, as far as they are."""
        limit, calendar, runs, origin_us = self.limit, self.calendar, stint.runs, stint.origin_us
        if isinstance(limit, Months):
            reached = [*self._leads(limit, origin_us), limit.deadline_us(calendar, origin_us)]
        else:
            reached = _arrivals(limit, self._amounts, calendar, runs, origin_us)
        if self._climb and len(reached) > len(self.warn) + len(self.warn_before):
            breach = reached[-1]
            after = [(max(since, breach), until) for since, until in runs if until is None or breach <= until]
            # The day of the breach is the one that it ends, as a limit in days does, not the one that begins there.
            for step in self._climb:
                us = reach(step.after, calendar, after, breach - 1)
                if us is None:
                    break
                reached.append(max(us, reached[-1]))
        return reached

    def _leads(self, limit: Months, origin_us: int) -> list[int]:
        """Return when the days before the due day begin."""
        due_on = limit.due_on(dt.date.fromordinal(self.calendar.civil_day_us(origin_us)))
        return [self.calendar.midnight_us(Lead(days).day(due_on).toordinal()) for days in self.warn_before]

    def _stretches(
        self, stint: Stint, since_us: int, breach: int | None
    ) -> Iterator[tuple[int, int | None, int | None]]:
        """Yield runs and pauses from an instant on: since, until, and the deadline as it was foreseen then."""
        start: int | None = since_us
        for place, (since, until) in enumerate(stint.runs):
            if start is None or (until is not None and until <= start):
                continue
            if start < since:
                yield start, since, _if_past(breach, start)
                start = since
            yield start, until, self._foreseen(stint, place, breach)
            start = until
        if start is not None and start != stint.until_us:
            yield start, stint.until_us, _if_past(breach, start)

    def _foreseen(self, stint: Stint, place: int, breach: int | None) -> int | None:
        """Return the deadline as it was foreseen during a run, which knew of no later pause."""
        since, until = stint.runs[place]
        if breach is not None and (until is None or breach <= until):
            return breach
        return reach(self.limit, self.calendar, (*stint.runs[:place], (since, None)), stint.origin_us)


def _if_past(breach: int | None, at_us: int) -> int | None:
    """Return the deadline that stands while nothing runs: that of a breach, if there was one."""
    return breach if breach is not None and breach <= at_us else None


def _toggle(runs: list[Run], at_us: int) -> None:
    """Let the last run end at an instant, or a new one begin there."""
    if runs and runs[-1][1] is None:
        runs[-1] = (runs[-1][0], at_us)
    else:
        runs.append((at_us, None))


def _ended(stint: Stint, runs: Iterable[Run], until_us: int | None) -> Stint:
    """Return a stint as it ended, with those stretches during which it ran; None for one that goes on."""
    ran: list[Run] = []
    for start, end in runs:
        since = max(start, stint.origin_us)
        until = until_us if end is None else end if until_us is None else min(end, until_us)
        if until is None or since < until:
            ran.append((since, until))
    return stint._replace(until_us=until_us, runs=tuple(ran))
