"""What would be if a party's time had not passed: *without the payer's 21 days: on time*.

The reading is the one that can be defended before that very party. Nothing else is moved: no event is taken to have
come earlier, and nobody is taken to have been quicker. The time during which it was the party's turn is taken out of
what the clock counted, as if the clock had been paused. So three things hold: taking nothing out changes nothing; a
deadline only moves to later; and whoever was never waited for is never the reason.

Nothing is taken out of a clock that makes us look after a file while somebody is waited for, such as one that asks for
the next contact: that time is what it is there to limit, and its being late is ours.

Taken out is only what was the party's alone. While another was waited for too, the file would have waited anyway, and
that time stays in. What the clock did not count, such as its own pauses, cannot be taken out a second time.
"""

import datetime as dt
from collections.abc import Iterable, Iterator, Sequence
from typing import Final, NamedTuple

import attrs

from credcore.calendars import WorkCalendar
from credcore.instants import from_us, to_us
from credcore.limits import CalendarDays, Limit, Months, PausableLimit
from credcore.rules.clock import ClockRule, Stint, reach
from credcore.rules.parties import CLOSED, TEAM, Turns, TurnSpan

__all__ = ["OUR_CARE", "Counterfactual", "clock_without", "clock_without_each", "day_without", "needed_by_without_each"]

OUR_CARE: Final = frozenset(("stall", "cadence", "closure", "look-again"))
"""The families of clocks that limit how long we may let somebody be waited for."""


@attrs.frozen(kw_only=True)
class Counterfactual:
    """How a clock or a day would stand, had it not been some parties' turn.

    Attributes:
        parties: Whose time is taken out, in the order of the parties.
        length: How much time that is: of what the clock counted, that in which it was their turn alone.
        days: The days that ended in it.
        amount: How much of the limit it had used: microseconds of working time, or days.
        shared: Time in which it was their turn and the clock ran, but another was waited for too: it stays in.
        due: When it would be, or would have been, due; for a paused clock if it were resumed now.
        on_time: Whether that is still to come.
    """

    parties: tuple[str, ...]
    length: dt.timedelta
    days: int
    amount: int
    shared: dt.timedelta
    due: dt.datetime
    on_time: bool


def clock_without(
    rule: ClockRule, stint: Stint, turns: Turns, parties: Iterable[str], at: dt.datetime
) -> Counterfactual:
    """Return how a clock would stand at an instant without some parties' time.

    A limit in months, which cannot pause, is counted as the days that it is from its anchor on.

    Args:
        rule: The clock.
        stint: How it stands; it is on.
        turns: Whose turn it was, up to that instant.
        parties: Those whose time is taken out; of a moment that is shared, all that were waited for must be among them.
        at: The instant.
    """
    at_us = to_us(at)
    ran = tuple((since, at_us if until is None else until) for since, until in stint.runs)
    return _without(_Count(rule.limit, rule.calendar, stint.origin_us, ran, at_us), turns, parties)


def day_without(turns: Turns, due_on: dt.date, parties: Iterable[str], calendar: WorkCalendar) -> Counterfactual | None:
    """Return how a file's day would stand without some parties' time: each of their days moves it by one.

    Args:
        turns: Whose turn it was.
        due_on: The last day that is on time.
        parties: Those whose time is taken out.
        calendar: In whose zone days end.

    Returns:
        None for a day before the opening: no time could pass until it was due. On time is what was closed before it is
        due, or still may be.
    """
    opened_us, until_us = to_us(turns.opened_at), to_us(turns.until)
    opened_on = calendar.civil_day_us(opened_us)
    allowed = due_on.toordinal() - opened_on + 1
    if allowed <= 0:
        return None
    day_before = calendar.midnight_us(opened_on) - 1  # for the day of the opening counts too, where it ends
    count = _Count(CalendarDays(allowed), calendar, day_before, ((opened_us, until_us),), until_us)
    return _without(count, turns, parties)


def clock_without_each(rule: ClockRule, stint: Stint, turns: Turns, at: dt.datetime) -> tuple[Counterfactual, ...]:
    """Return how a clock would stand without each party outside that had some of its time, and without all of these.

    Args:
        rule: The clock; of one of the families of `OUR_CARE` there is nothing to tell.
        stint: How it stands; it is on.
        turns: Whose turn it was, up to that instant.
        at: The instant.
    """
    if rule.family in OUR_CARE:
        return ()
    return _worth_telling(clock_without(rule, stint, turns, parties, at) for parties in _sets(turns))


def needed_by_without_each(turns: Turns, calendar: WorkCalendar) -> tuple[Counterfactual, ...]:
    """Return how the day by which a late file was needed would stand without each party outside, and without all.

    Args:
        turns: Whose turn it was.
        calendar: In whose zone days end.

    Returns:
        Nothing for a file that is not late, or that nobody needs by a day.
    """
    due_on = turns.needed_by
    if due_on is None or calendar.civil_day_us(to_us(turns.until)) <= due_on.toordinal():
        return ()
    found = (day_without(turns, due_on, parties, calendar) for parties in _sets(turns))
    return _worth_telling(one for one in found if one is not None)


def _sets(turns: Turns) -> Sequence[tuple[str, ...]]:
    """Return each party outside that had a turn, and all that had one or were waited for beside another."""
    met = {party for span in turns.spans for party in (span.turn, *span.parties)} - {TEAM, CLOSED}
    single = [(one.party,) for one in turns.by_party if one.party in met]
    return [*single, tuple(sorted(met))] if len(met) > 1 else single


def _worth_telling(found: Iterable[Counterfactual]) -> tuple[Counterfactual, ...]:
    """Return what tells something: of all together, only if more is taken out than of any alone."""
    told: list[Counterfactual] = []
    for one in found:
        more = max((other.length for other in told), default=dt.timedelta()) < one.length
        if (one.length or one.shared) if len(one.parties) == 1 else more:
            told.append(one)
    return tuple(told)


class _Count(NamedTuple):
    """What was counted.

    Attributes:
        limit: Of how much.
        calendar: In whose hours and days.
        origin_us: From where.
        ran: The stretches that counted, in order and apart, up to now.
        at_us: Now.
    """

    limit: Limit
    calendar: WorkCalendar
    origin_us: int
    ran: tuple[tuple[int, int], ...]
    at_us: int

    @property
    def pausable(self) -> PausableLimit:
        """The limit; of months, the days that they are from the origin on."""
        if not isinstance(self.limit, Months):
            return self.limit
        own = self.calendar.civil_day_us(self.origin_us)
        return CalendarDays(self.limit.due_on(dt.date.fromordinal(own)).toordinal() - own)

    def used(self, stretches: Iterable[tuple[int, int]], limit: PausableLimit) -> int:
        """Return how much of a limit some stretches use."""
        return sum(limit.measure(self.calendar, since, until, self.origin_us) for since, until in stretches)

    def due_us(self, left: Sequence[tuple[int, int]]) -> int:
        """Return when the limit is reached if it ran during these stretches, and runs on from now."""
        limit = self.pausable
        if isinstance(self.limit, Months) and not limit.size:
            return self.limit.deadline_us(self.calendar, self.origin_us)  # due on the very day: none could be taken out
        reached = reach(limit, self.calendar, left, self.origin_us)
        if reached is not None:
            return reached
        return limit.arrive(self.calendar, self.at_us, limit.size - self.used(left, limit), self.origin_us)


def _without(count: _Count, turns: Turns, parties: Iterable[str]) -> Counterfactual:
    calendar, wanted = count.calendar, frozenset(parties)
    theirs = [span for span in turns.spans if span.turn in wanted]
    alone = [span for span in theirs if wanted.issuperset(span.parties)]
    taken = list(_common(count.ran, alone))
    due_us = count.due_us(list(_left(count.ran, taken)))
    return Counterfactual(
        parties=tuple(party for party in (*turns.order, *sorted(wanted - {*turns.order})) if party in wanted),
        length=_long(taken),
        days=sum(calendar.civil_day_us(until) - calendar.civil_day_us(since) for since, until in taken),
        amount=count.used(taken, count.pausable),
        shared=_long(_common(count.ran, theirs)) - _long(taken),
        due=from_us(due_us),
        on_time=count.at_us < due_us,
    )


def _long(stretches: Iterable[tuple[int, int]]) -> dt.timedelta:
    return dt.timedelta(microseconds=sum(until - since for since, until in stretches))


def _common(ran: Sequence[tuple[int, int]], spans: Iterable[TurnSpan]) -> Iterator[tuple[int, int]]:
    """Yield what lies both in the stretches and in the spans, in order."""
    for span in spans:
        begins, ends = to_us(span.since), to_us(span.until)
        for since, until in ran:
            if max(since, begins) < min(until, ends):
                yield max(since, begins), min(until, ends)


def _left(ran: Iterable[tuple[int, int]], taken: Sequence[tuple[int, int]]) -> Iterator[tuple[int, int]]:
    """Yield what is left of the stretches, in order; what is taken out lies within them."""
    for since, until in ran:
        for begins, ends in taken:
            if since <= begins and ends <= until:
                if since < begins:
                    yield since, begins
                since = ends  # noqa: PLW2901 - what is left begins behind what was taken out
        if since < until:
            yield since, until
