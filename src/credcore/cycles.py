"""When a provider must be decided anew: the cycle of each body, its due day, and the window for the work.

A decision anchors a cycle. The due day is counted from that anchor and from nothing else; what a body differs in (its
length, to the day or to the month, how early work may start) is a field of its `Cycle`, with its source.
"""

import datetime as dt

import attrs

from credcore.errors import InvalidInput
from credcore.limits import Lead, Months

__all__ = ["Cycle", "binding_on", "next_due", "renewable_until", "window"]


def _days(_cycle: object, field: "attrs.Attribute[int]", value: int) -> None:
    if type(value) is not int or value < 0:
        raise InvalidInput(f"give a number of days from 0 up, not {value!r}", field=field.name)


@attrs.frozen(kw_only=True)
class Cycle:
    """How long a decision lasts under one body's standard.

    Attributes:
        body: Whose standard, such as ``ncqa``; the events that anchor a cycle name it.
        every: Its length in calendar months, counted to the day or to the end of the month.
        opens_before: Days before the due day on which the work may start.
        late_days: Days after the due day until which a late decision still renews; later, everything starts anew. A
            late decision is late all the same.
        kind: The kind of file that renews it.
        late_kind: The kind of file that is opened when it is too late to renew; the same kind if empty.
        title: In words.
        source: Whose requirement it is.

    Raises:
        InvalidInput: A number of days is negative.
    """

    body: str
    every: Months
    opens_before: int = attrs.field(default=180, validator=_days)
    late_days: int = attrs.field(default=0, validator=_days)
    kind: str = "recredentialing"
    late_kind: str = ""
    title: str = ""
    source: str = ""


def next_due(anchor: dt.date, cycle: Cycle) -> dt.date:
    """Return the last day on which the next decision is on time.

    Counted from the anchor, never from an earlier due date: month ends clip, so chained additions drift. Where a
    body's due days stay fixed whatever is decided in between, the anchor is the last due day.

    Args:
        anchor: Day of the last decision, in the organisation's zone.
        cycle: The body's cycle.

    Returns:
        A day, inclusive: it ends at the next local midnight.

    Raises:
        InvalidInput: The due day would fall after the year 9999.

    Example:
        >>> next_due(dt.date(2024, 2, 29), Cycle(body="joint-commission", every=Months(36)))
        datetime.date(2027, 2, 28)
        >>> next_due(dt.date(2023, 3, 1), Cycle(body="ncqa", every=Months(36, "month")))
        datetime.date(2026, 3, 31)

    Source:
        NCQA, 36-month recredentialing time frame; Joint Commission FAQ 1439, to the same date since 2022-11-04.
    """
    return cycle.every.due_on(anchor)


def window(anchor: dt.date, cycle: Cycle, term_ends_on: dt.date | None = None) -> tuple[dt.date, dt.date]:
    """Return the first day on which the work may start and the last on which the decision is on time.

    A term that ends before the due day binds, so the work starts as long before its end.

    Raises:
        InvalidInput: A day would fall outside the years 1 to 9999.

    Example:
        >>> opens_on, due_on = window(dt.date(2023, 3, 10), Cycle(body="ncqa", every=Months(36, "month")))
        >>> f"{opens_on} to {due_on}"
        '2025-10-02 to 2026-03-31'
    """
    due_on = binding_on(next_due(anchor, cycle), term_ends_on)
    return Lead(cycle.opens_before).day(due_on), due_on


def binding_on(due_on: dt.date, term_ends_on: dt.date | None) -> dt.date:
    """Return the day that binds: the due day, or the end of the appointment's term if that is earlier.

    Example:
        >>> binding_on(dt.date(2024, 7, 1), dt.date(2024, 6, 30))
        datetime.date(2024, 6, 30)

    Source:
        Joint Commission: a term need not be as long as the cycle.
    """
    return due_on if term_ends_on is None else min(due_on, term_ends_on)


def renewable_until(due_on: dt.date, cycle: Cycle) -> dt.date:
    """Return the last day on which a decision, though late, still renews; from the next day on it is initial work.

    Raises:
        InvalidInput: The day would fall after the year 9999.

    Example:
        >>> ncqa = Cycle(body="ncqa", every=Months(36, "month"), late_days=30)
        >>> renewable_until(dt.date(2026, 3, 31), ncqa)
        datetime.date(2026, 4, 30)

    Source:
        NCQA FAQ, 36-month recredentialing time frame, 2020.
    """
    try:
        return due_on + dt.timedelta(days=cycle.late_days)
    except OverflowError:
        raise InvalidInput(f"{cycle.late_days} days from {due_on} lie after the year 9999", field="due_on") from None
