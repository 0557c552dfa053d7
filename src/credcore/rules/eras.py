"""Limits that change on a day, or differ by state: which one applies, and until when something is good under them.

A requirement that changed on 2025-07-01 is two limits, each with the day from which it applies. What is judged on a
day, a decision's, is judged by the limit of that day: under limits that fall, what was good may be too old from one
day to the next; under limits that rise, what was too old may be good again.
"""

import datetime as dt
from collections.abc import Iterable, Sequence
from typing import NamedTuple

import attrs

from credcore.errors import InvalidInput
from credcore.limits import CalendarDays, Months

__all__ = ["DatedLimit", "Span", "by_state", "check_limits", "due_day", "limit_on", "spans"]

_LAST_DAY = dt.date.max.toordinal()


def _states(states: str | Iterable[str]) -> frozenset[str]:
    return frozenset((states,)) if isinstance(states, str) else frozenset(states)


@attrs.frozen(kw_only=True)
class DatedLimit:
    """A limit, and from when and where it applies.

    Attributes:
        limit: Days or months, counted from a day.
        since: The first day on which it applies; None reaches back without end.
        states: Postal codes of the states of practice for which alone it applies; empty for all.
        source: Whose figure it is; empty for the rule's own source.
        confirmed: Whether the figure was read in a source. One that was not is general knowledge of the field.
    """

    limit: CalendarDays | Months
    since: dt.date | None = None
    states: frozenset[str] = attrs.field(default=(), converter=_states)
    source: str = ""
    confirmed: bool = True


class Span(NamedTuple):
    """A stretch of days on which one day is the last that is on time.

    Attributes:
        first: The number of its first day (`datetime.date.toordinal`); 0 reaches back without end.
        due: The number of the last day that is on time; those after it, up to the next span, are late.
    """

    first: int
    due: int


def check_limits(limits: Sequence[DatedLimit], field: str = "limits") -> None:
    """Refuse limits of which some day or state has none, or two of one day.

    Raises:
        InvalidInput: The first applies from a day or in a state only; or days do not rise.
    """
    if limits and (limits[0].since is not None or limits[0].states):
        raise InvalidInput("the first limit applies always: give it no day and no state", field=field)
    last: dict[frozenset[str], dt.date | None] = {}
    for one in limits:
        if one.states in last and (one.since or dt.date.min) <= (last[one.states] or dt.date.min):
            raise InvalidInput(
                "the days do not rise: give each limit after the first of its state a later day", field=field
            )
        last[one.states] = one.since


def by_state(limits: Sequence[DatedLimit], state: str) -> tuple[DatedLimit, ...]:
    """Return the limits that apply in a state, each from its day on; one that names the state goes before the others.

    Args:
        limits: As `check_limits` wants them.
        state: A postal code; empty if it is not known.
    """
    own = tuple(one for one in limits if state in one.states)
    own_from = (own[0].since or dt.date.min) if own else dt.date.max
    return (*(one for one in limits if not one.states and (one.since or dt.date.min) < own_from), *own)


def limit_on(limits: Sequence[DatedLimit], day: dt.date) -> DatedLimit:
    """Return the limit that applies on a day: the last whose own day has come."""
    return next(one for one in reversed(limits) if one.since is None or one.since <= day)


def due_day(limit: CalendarDays | Months, day: dt.date) -> int:
    """Return the number of the last day that is on time, so long after a day."""
    if isinstance(limit, Months):
        return limit.due_on(day).toordinal()
    return min(day.toordinal() + limit.n, _LAST_DAY)


def spans(limits: Sequence[DatedLimit], day: dt.date, until: dt.date | None) -> list[Span]:
    """Return, for every day on which something may be judged, the last that is on time.

    Args:
        limits: Those of one state, in the order of their days.
        day: From which they count.
        until: A day beyond which nothing helps; None if there is no such.

    Example:
        >>> fell = [DatedLimit(limit=CalendarDays(180)), DatedLimit(limit=CalendarDays(120), since=dt.date(2025, 7, 1))]
        >>> [dt.date.fromordinal(span.due).isoformat() for span in spans(fell, dt.date(2025, 3, 1), None)]
        ['2025-06-30']
        >>> rose = [DatedLimit(limit=CalendarDays(120)), DatedLimit(limit=CalendarDays(180), since=dt.date(2025, 7, 1))]
        >>> [dt.date.fromordinal(span.due).isoformat() for span in spans(rose, dt.date(2025, 2, 1), None)]
        ['2025-06-01', '2025-07-31']
    """
    begins = [0 if one.since is None else one.since.toordinal() for one in limits]
    found: list[Span] = []
    for one, begin, end in zip(limits, begins, [*begins[1:], _LAST_DAY + 2], strict=True):
        due = due_day(one.limit, day)
        last = min(due if until is None else min(due, until.toordinal()), end - 1)
        if found and found[-1].due == begin - 1 <= last:
            found[-1] = Span(found[-1].first, last)
        elif begin <= last:
            found.append(Span(begin, last))
    return found
