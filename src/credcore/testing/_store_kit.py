# ruff: noqa: S101 - a suite asserts
"""Small values to drive a store with, and ways to see all that it holds."""

import datetime as dt
from collections.abc import Sequence
from typing import Any

from credcore.history import Ref
from credcore.instants import to_us
from credcore.ports import NO_DEADLINE, Line, Outgoing, Row, Store, StoredEvent, View, Write

FILE = Ref("file", "f-1")


class ManualClock:
    """A clock that stands still until it is moved.

    Args:
        at: What it shows first.
    """

    def __init__(self, at: dt.datetime = dt.datetime(2026, 3, 2, 15, tzinfo=dt.UTC)) -> None:
        """Show an instant."""
        self.at = at

    def __call__(self) -> dt.datetime:
        """Return what it shows."""
        return self.at

    def advance(self, by: dt.timedelta) -> None:
        """Move it."""
        self.at += by

    @property
    def us(self) -> int:
        """What it shows, in microseconds of UTC."""
        return to_us(self.at)


def event(version: int, *, key: str | None = None, mac: str = "") -> StoredEvent:
    """Return an event for a place in a stream; the same words give the same mac."""
    signed = mac or f"{version}:{key}"
    return StoredEvent(version, version, version, "touched", "jo", key, f'{{"v":{version}}}', signed.encode())


def line(**changes: Any) -> Line:  # noqa: ANN401 - the fields of a Line
    """Return an open line in Jo's worklist that nothing binds, with some fields changed."""
    plain = Line(
        open=True,
        opened_at=1,
        stage="psv",
        owner="jo",
        urgency=3,
        deadline=NO_DEADLINE,
        not_before=None,
        next_change=None,
        edition=1,
    )
    return plain._replace(**changes)


PLAIN = line()


def write(
    ref: Ref,
    expected: int = 0,
    *events: StoredEvent,
    line: Line | None = PLAIN,
    parents: Sequence[Ref] = (),
    state: str = "{}",
) -> Write:
    """Return a write of a record; without events it appends one of its own."""
    return Write(
        ref=ref,
        expected=expected,
        events=events or (event(expected + 1, mac=f"{ref}@{expected + 1}"),),
        state=state,
        line=line,
        parents=tuple(parents),
    )


def indexed(ref: Ref, expected: int, line: Line | None, parents: Sequence[Ref] = ()) -> Write:
    """Return a write that changes a record's index line only."""
    return Write(ref=ref, expected=expected, events=(), state="{}", line=line, parents=tuple(parents))


def notice(key: str, ref: Ref = FILE, ready_at: int = 0) -> Outgoing:
    """Return a notice for a record's lane."""
    return Outgoing(ref=ref, key=key, body=f'{{"key":"{key}"}}', ready_at=ready_at)


def pages(store: Store, view: View, limit: int) -> list[Row]:
    """Return all rows of a view, read page by page."""
    page = store.rows(view, limit=limit)
    found = [*page.rows]
    while page.after is not None:
        page = store.rows(view, page.after, limit)
        found += page.rows
        assert len({row.ref for row in found}) == len(found), "a later page repeats a row"
    return found


def everything(store: Store, refs: Sequence[Ref]) -> tuple[object, ...]:
    """Return all that a store tells of some records and of its worklist, to compare."""
    all_rows = View(at=0, kinds=None, open=None, snoozed=True)
    return (
        dict(store.load(refs)),
        {ref: tuple(store.history(ref)) for ref in refs},
        {ref: tuple(store.children(ref)) for ref in refs},
        pages(store, all_rows, limit=7),
        dict(store.count(all_rows, ("kind", "stage", "owner", "urgency"))),
    )
