"""Steps around a day: an expiry, an attestation, a cycle, a promise, a cut-off.

The day itself is a fact of the record; a `DateRule` says from which limit on it counts, and who is told how long
before and after.
"""

import datetime as dt
import itertools
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence

import attrs

from credcore.calendars import WorkCalendar
from credcore.errors import InvalidInput
from credcore.history import DatedFact, State
from credcore.instants import day_start_us
from credcore.limits import CalendarDays, Months
from credcore.rules.conditions import ALWAYS, Condition
from credcore.rules.findings import BREACHED, WARNED, Finding, Rung

__all__ = ["DateRule", "DateStep"]

_FIRST_DAY, _LAST_DAY = 2, dt.date.max.toordinal()
"""The end of this day cannot be named, and need not be: boards write 9999-12-31 for what never expires."""


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


@attrs.frozen(kw_only=True)
class DateRule:
    """A day that must not pass unmet, and the steps around it.

    The due day is inclusive: it is breached at the local midnight that ends it. A day that is met leaves the record's
    facts, so its finding ends; a renewed one is a new episode, named by the event that told it.

    Attributes:
        id: Stable; what was told is remembered under it.
        about: The kind of dated fact, such as ``expiry``, ``cycle``, ``promise``, ``cut-off``.
        calendar: In whose zone a day begins and ends.
        keys: Only facts with these keys (a cycle's body, an element); empty for all.
        limit: Added to the fact's day to give the due day; None where the day is the due day itself.
        applies: Only while this holds.
        steps: Before, on and after the due day, each on a day of its own.
        to: Whom the breach is told.
        family: The profile's word for it: ``cycle``, ``expiry``, ``commitment``.
        title: In words.
        source: Whose requirement it is.
        formerly: The id under which it was known before.
        rungs: The steps that its findings can reach, in order.

    Raises:
        InvalidInput: Two steps fall on one day.

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
    limit: CalendarDays | Months | None = None
    applies: Condition = ALWAYS
    steps: tuple[DateStep, ...] = attrs.field(default=(), converter=_rising)
    to: str = "owner"
    family: str = "expiry"
    title: str = ""
    source: str = ""
    formerly: str = ""
    rungs: tuple[Rung, ...] = attrs.field(init=False, eq=False, repr=False)
    _begins: tuple[int, ...] = attrs.field(init=False, eq=False, repr=False)

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

    def due_on(self, fact: DatedFact) -> dt.date:
        """Return the last day that is on time: the fact's day plus the limit, or its end if that is earlier."""
        if isinstance(self.limit, Months):
            due_on = self.limit.due_on(fact.day)
        elif self.limit is not None:
            due_on = dt.date.fromordinal(min(fact.day.toordinal() + self.limit.n, dt.date.max.toordinal()))
        else:
            due_on = fact.day
        return due_on if fact.until is None else min(due_on, fact.until)

    def facts(self, state: State) -> tuple[DatedFact, ...]:
        """Return the days of a record at which the rule looks."""
        if not self.applies.met(state.facet):
            return ()
        return tuple(
            fact
            for fact in state.facts.values()
            if fact.kind == self.about and (not self.keys or fact.key in self.keys)
        )

    def begins_us(self, fact: DatedFact) -> tuple[int | None, ...]:
        """Return when each rung begins, in microseconds of UTC; None for a day too far to name."""
        due = self.due_on(fact).toordinal()
        return tuple(self._midnight(due + days) for days in self._begins)

    def findings(self, states: Sequence[State]) -> list[Finding]:
        """Return what stands, from when until when, over the whole history and after it if nothing more happens."""
        return [finding for fact, since, until in self._lives(states) for finding in self._around(fact, since, until)]

    def tail(self, states: Sequence[State]) -> list[Finding]:
        """Return the findings from the last state on: what a sweep needs."""
        return [
            finding
            for state in states[-1:]
            for fact in self.facts(state)
            for finding in self._around(fact, state.at_us, None)
        ]

    def _lives(self, states: Sequence[State]) -> Iterator[tuple[DatedFact, int, int | None]]:
        """Yield each day with the stretch during which it mattered."""
        since: dict[DatedFact, int] = {}
        for state in states:
            facts = self.facts(state)
            for fact in [fact for fact in since if fact not in facts]:
                yield fact, since.pop(fact), state.at_us
            for fact in facts:
                since.setdefault(fact, state.at_us)
        for fact, since_us in since.items():
            yield fact, since_us, None

    def _around(self, fact: DatedFact, since_us: int, until_us: int | None) -> Iterator[Finding]:
        """Yield what stands of one day while it matters."""
        begins = [us for us in self.begins_us(fact) if us is not None]
        due_us = self._midnight(self.due_on(fact).toordinal() + 1)
        borders = [us for us in begins if since_us < us and (until_us is None or us < until_us)]
        for start, end in zip([since_us, *borders], [*borders, until_us], strict=True):
            passed = self.rungs[: bisect_right(begins, start)]
            yield Finding(self.id, fact.event, fact.key, passed, due_us, start, end)

    def _midnight(self, day: int) -> int | None:
        if day > _LAST_DAY:
            return None
        return day_start_us(dt.date.fromordinal(max(day, _FIRST_DAY)), self.calendar.tz)
