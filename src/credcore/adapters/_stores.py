"""What every store must decide alike: whether a decision may be written, and in which order rows come.

A store supplies a `Ledger`, its own way to look things up inside the transaction; `judge` asks it in the one order
that callers can rely on: repeated, stale, duplicate.
"""

import datetime as dt
from collections.abc import Iterable, Sequence
from typing import Protocol

from credcore.errors import Conflict, Duplicate, InvalidInput, nearest
from credcore.history import KINDS, Ref
from credcore.ports import Claim, Cursor, Decision, Page, Row, View, Write

COUNTABLE = ("kind", "stage", "owner", "urgency")
"""The columns by which a view can be counted."""

LANE_BATCH = 100
"""The most notices that one claim of a lane takes: a lease must outlast them all."""

_MICROSECOND = dt.timedelta(microseconds=1)


def utc_now() -> dt.datetime:
    """Return the present instant: the clock of a store that was given none."""
    return dt.datetime.now(dt.UTC)


class Ledger(Protocol):
    """What a store knows inside the transaction that judges a decision."""

    def version(self, ref: Ref) -> int:
        """Return a record's version, 0 if it is unknown."""
        ...

    def mac(self, ref: Ref, version: int) -> bytes | None:
        """Return the mac of one of a record's events."""
        ...

    def children(self, ref: Ref) -> Iterable[Ref]:
        """Return the records that name this one among their parents."""
        ...

    def event_holder(self, key: str) -> Ref | None:
        """Return the record that has an event with the key."""
        ...

    def notice_holder(self, key: str) -> Ref | None:
        """Return the record in whose lane a notice has, or had, the key."""
        ...


def judge(decision: Decision, ledger: Ledger) -> bool:
    """Return whether the decision was committed before, its answer lost; False says that it may be written now.

    Raises:
        Conflict: A record among writes or reads has another version by now, or one other children.
        Duplicate: The desk has one of the keys, or the decision gives one twice.
    """
    if _is_repeated(decision, ledger):
        return True
    relied_on = [(write.ref, write.expected) for write in decision.writes] + list(decision.reads.items())
    stale = {str(ref) for ref, expected in relied_on if ledger.version(ref) != expected}
    stale |= {str(ref) for ref, known in decision.children.items() if known != frozenset(ledger.children(ref))}
    if stale:
        raise Conflict(sorted(stale))
    _refuse_duplicates(decision, ledger)
    return False


def _is_repeated(decision: Decision, ledger: Ledger) -> bool:
    recorded = [write for write in decision.writes if write.events]
    return bool(recorded) and all(
        ledger.version(write.ref) >= version_after(write)
        and ledger.mac(write.ref, version_after(write)) == write.events[-1].mac
        for write in recorded
    )


def _refuse_duplicates(decision: Decision, ledger: Ledger) -> None:
    events: dict[str, Ref] = {}
    for write in decision.writes:
        for event in write.events:
            if event.key is None:
                continue
            holder = events.get(event.key) or ledger.event_holder(event.key)
            if holder is not None:
                raise Duplicate(event.key, str(holder))
            events[event.key] = write.ref
    notices: dict[str, Ref] = {}
    for notice in decision.notices:
        holder = notices.get(notice.key) or ledger.notice_holder(notice.key)
        if holder is not None:
            raise Duplicate(notice.key, str(holder))
        notices[notice.key] = notice.ref


def version_after(write: Write) -> int:
    """Return the version that a record has once the write is done."""
    return write.expected + len(write.events)


def check_decision(decision: Decision) -> None:
    """Refuse a decision that no store could ever write.

    Raises:
        InvalidInput: A record is written twice or its kind is unknown, an event is out of step with its stream or has
            no mac, or a record without events is to be indexed.
    """
    seen: set[Ref] = set()
    for index, write in enumerate(decision.writes):
        path = f"writes[{index}]"
        if write.ref in seen:
            raise InvalidInput(f"{write.ref} is written twice; give its events in one write", path=path)
        seen.add(write.ref)
        if write.expected < 0 or version_after(write) == 0:
            raise InvalidInput(
                f"{write.ref} at version {write.expected} has no events to index; record its first event", path=path
            )
        for place, event in enumerate(write.events):
            version = write.expected + 1 + place
            if event.version != version:
                raise InvalidInput(
                    f"is {event.version} on {write.ref}; behind version {write.expected} it is {version}",
                    path=f"{path}.events[{place}].version",
                )
            if not event.mac:
                # A decision whose answer was lost is known again by its mac alone.
                raise InvalidInput(f"is empty on {write.ref}; sign every event", path=f"{path}.events[{place}].mac")
    named = [write.ref for write in decision.writes] + [notice.ref for notice in decision.notices]
    for ref in (*named, *(parent for write in decision.writes for parent in write.parents)):
        if ref.kind not in KINDS:
            raise InvalidInput(f"{str(ref)!r} is of no known kind; {nearest(ref.kind, KINDS)}", field="ref")


def check_view(view: View, limit: int = 1) -> None:
    """Refuse a view that could list nothing, whatever the desk holds.

    Raises:
        InvalidInput: A kind is unknown, or the limit is not positive.
    """
    for kind in view.kinds or ():
        if kind not in KINDS:
            raise InvalidInput(f"{kind!r} is not a kind of record; {nearest(kind, KINDS)}", field="kinds")
    check_limit(limit)


def check_limit(limit: int) -> None:
    """Refuse a limit that is not positive.

    Raises:
        InvalidInput: It is 0 or less.
    """
    if limit < 1:
        raise InvalidInput(f"{limit} is not a number of rows; give 1 or more", field="limit")


def check_columns(by: Sequence[str]) -> None:
    """Refuse a column by which nothing can be counted.

    Raises:
        InvalidInput: It is none of `COUNTABLE`.
    """
    for column in by:
        if column not in COUNTABLE:
            raise InvalidInput(f"{column!r} cannot be counted by; {nearest(column, COUNTABLE)}", field="by")


def lease_us(what: str, limit: int, lease: dt.timedelta) -> int:
    """Return a lease's length in microseconds, once the claim's form is checked.

    Raises:
        InvalidInput: What is claimed is neither ``due`` nor ``lane``, or limit or lease are not positive.
    """
    if what not in ("due", "lane"):
        raise InvalidInput(f"{what!r} cannot be claimed; {nearest(what, ('due', 'lane'))}", field="what")
    check_limit(limit)
    length = lease // _MICROSECOND
    if length < 1:
        raise InvalidInput(f"{lease} is not a length of time; give one above zero", field="lease")
    return length


def first_left(claim: Claim, sent: Sequence[str], dead: Sequence[str]) -> str | None:
    """Return the key of the claim's first notice that is neither sent nor dead: the one that backs off.

    A notice that came into the lane after the claim was never tried, so it is never the one.

    Raises:
        InvalidInput: A key is not among the claim's notices, or is both sent and dead.
    """
    claimed = [notice.key for notice in claim.notices]
    over = {*sent, *dead}
    unknown = sorted(over.difference(claimed))
    if unknown:
        raise InvalidInput(f"not among the claim's notices: {', '.join(unknown)}", field="sent or dead")
    both = sorted(set(sent).intersection(dead))
    if both:
        raise InvalidInput(f"both sent and dead: {', '.join(both)}", field="dead")
    return next((key for key in claimed if key not in over), None)


def place(row: Row) -> tuple[int, int, int, str, str]:
    """Return a row's place in the worklist's total order; the kind parts records of different kinds with one id."""
    return (row.line.urgency, row.line.deadline, row.line.opened_at, row.ref.id, row.ref.kind)


def place_of(cursor: Cursor) -> tuple[int, int, int, str, str]:
    """Return the place behind which a page begins.

    Raises:
        InvalidInput: The cursor's ``id`` is not ``kind/id``.
    """
    ref = Ref.parse(cursor.id)
    return (cursor.urgency, cursor.deadline, cursor.opened_at, ref.id, ref.kind)


def page_of(rows: Sequence[Row], limit: int) -> Page:
    """Return the first rows as a page; one row more than the limit tells that another page follows.

    The cursor's ``id`` is ``kind/id``: an id alone does not name a record.
    """
    shown = tuple(rows[:limit])
    if len(rows) <= limit:
        return Page(shown, None)
    last = shown[-1]
    return Page(shown, Cursor(last.line.urgency, last.line.deadline, last.line.opened_at, str(last.ref)))
