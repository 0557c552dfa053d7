"""Keep a desk in memory: for tests, for scripts that ask what if, and as the model that other stores are held to."""

import datetime as dt
import itertools
import secrets
import threading
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Literal, NoReturn

import attrs

from credcore.adapters._stores import (
    LANE_BATCH,
    check_columns,
    check_decision,
    check_view,
    first_left,
    judge,
    lease_us,
    page_of,
    place,
    place_of,
    utc_now,
    version_after,
)
from credcore.errors import InvalidInput
from credcore.history import Ref
from credcore.instants import to_us
from credcore.ports import (
    Claim,
    Clock,
    Cursor,
    Decision,
    Line,
    Outgoing,
    Page,
    Receipt,
    Row,
    Stored,
    StoredEvent,
    View,
    Write,
)

__all__ = ["MemoryStore"]


@attrs.define
class _Lease:
    token: str | None = None
    until: int = 0

    def free(self, now: int) -> bool:
        return self.token is None or self.until <= now

    def take(self, until: int) -> str:
        self.token, self.until = secrets.token_hex(8), until
        return self.token

    def clear(self) -> None:
        self.token = None


@attrs.define
class _Record:
    stored: Stored
    events: list[StoredEvent] = attrs.Factory(list)
    lease: _Lease = attrs.Factory(_Lease)

    @property
    def line(self) -> Line | None:
        return self.stored.line

    def change_at(self, at: int) -> None:
        if self.stored.line is not None:
            self.stored = attrs.evolve(self.stored, line=self.stored.line._replace(next_change=at))


@attrs.define
class _Waiting:
    notice: Outgoing
    attempts: int = 0


@attrs.define
class _Lane:
    waiting: list[_Waiting] = attrs.Factory(list)
    added: int = 0
    lease: _Lease = attrs.Factory(_Lease)

    def ready(self, at: int) -> tuple[Outgoing, ...]:
        """Return the notices up to the first that is not ready: none overtakes another."""
        ready = itertools.takewhile(lambda item: item.notice.ready_at <= at, self.waiting[:LANE_BATCH])
        return tuple(item.notice for item in ready)


@attrs.define
class _Desk:
    """The desk's data, without a lock; as a `Ledger` it is what `judge` asks."""

    records: dict[Ref, _Record] = attrs.Factory(dict)
    lanes: dict[Ref, _Lane] = attrs.Factory(dict)
    events: dict[str, tuple[Ref, StoredEvent]] = attrs.Factory(dict)
    notices: dict[str, Ref] = attrs.Factory(dict)

    def stored(self, ref: Ref) -> Stored:
        record = self.records.get(ref)
        return record.stored if record else _unknown(ref)

    def version(self, ref: Ref) -> int:
        return self.stored(ref).version

    def mac(self, ref: Ref, version: int) -> bytes | None:
        return self.records[ref].events[version - 1].mac

    def event_holder(self, key: str) -> Ref | None:
        found = self.events.get(key)
        return found[0] if found else None

    def notice_holder(self, key: str) -> Ref | None:
        return self.notices.get(key)

    def children(self, ref: Ref) -> list[Ref]:
        return sorted(child for child, record in self.records.items() if ref in record.stored.parents)

    def mark(self, parents: Sequence[Ref], now: int) -> None:
        for child in {child for parent in parents for child in self.children(parent)}:
            record = self.records[child]
            if record.line is not None and record.line.open:
                change = record.line.next_change
                record.change_at(now if change is None else min(change, now))
                # Whoever holds the record judged it by the old parent: settling must not put the mark off.
                record.lease.clear()

    def write(self, write: Write) -> None:
        record = self.record(write.ref)
        head = write.events[-1].mac if write.events else record.stored.head
        record.stored = Stored(write.ref, version_after(write), head, write.state, write.line, write.parents)
        record.events.extend(write.events)
        record.lease.clear()
        self.events.update((event.key, (write.ref, event)) for event in write.events if event.key is not None)
        for parent in write.parents:
            self.record(parent)

    def record(self, ref: Ref) -> _Record:
        # A parent or a lane may come before its record's first event: due rows rank by who was named first.
        return self.records.setdefault(ref, _Record(_unknown(ref)))

    def enqueue(self, notice: Outgoing) -> None:
        self.record(notice.ref)
        lane = self.lanes.setdefault(notice.ref, _Lane())
        lane.waiting.append(_Waiting(notice))
        lane.added += 1
        self.notices[notice.key] = notice.ref

    def rows(self, view: View) -> list[Row]:
        return [
            Row(ref, record.line, record.stored.state)
            for ref, record in self.records.items()
            if record.line is not None and _shows(view, ref, record.line)
        ]

    def due(self, at: int) -> list[tuple[Ref, _Record]]:
        waiting = [
            (record.line.next_change, ref, record)
            for ref, record in self.records.items()
            if record.line is not None and record.line.next_change is not None
        ]
        ripe = sorted((item for item in waiting if item[0] <= at), key=lambda item: item[0])
        return [(ref, record) for _, ref, record in ripe]

    def ready_lanes(self, at: int) -> list[tuple[Ref, _Lane]]:
        order = {ref: index for index, ref in enumerate(self.records)}
        ready = [(ref, lane) for ref, lane in self.lanes.items() if lane.ready(at)]
        return sorted(ready, key=lambda item: (item[1].waiting[0].notice.ready_at, order[item[0]]))


def _unknown(ref: Ref) -> Stored:
    return Stored(ref, 0, b"", "", None)


def _shows(view: View, ref: Ref, line: Line) -> bool:
    return (
        (view.kinds is None or ref.kind in view.kinds)
        and (view.owners is None or line.owner in view.owners)
        and (view.stage is None or line.stage == view.stage)
        and (view.open is None or line.open is view.open)
        and (view.snoozed or line.not_before is None or line.not_before <= view.at)
    )


class MemoryStore:
    """A `credcore.ports.Store` that lives as long as its process; threads may share it.

    Args:
        desk: The desk's id.
        clock: Tells when leases end and when marked records become due; the system's if none is given.

    Example:
        >>> store = MemoryStore("lakeside")
        >>> store.load([Ref("file", "f-1")])[Ref("file", "f-1")].version
        0
    """

    def __init__(self, desk: str, clock: Clock = utc_now) -> None:
        """Begin with an empty desk."""
        self.desk = desk
        self._clock = clock
        # One lock for all: every method answers from one moment, and none waits for more than memory.
        self._lock = threading.RLock()
        self._data = _Desk()

    def bind(self, connection: object, *, afterwards: object = None) -> NoReturn:  # noqa: ARG002 - the port's own shape
        """Refuse: what is in memory is in no transaction of a host's.

        Raises:
            InvalidInput: Always.
        """
        raise InvalidInput(
            "lives in memory and joins no transaction; take SQLiteStore for a desk that does", field="store"
        )

    def load(self, refs: Sequence[Ref]) -> Mapping[Ref, Stored]:
        """Return the records as they stand at one moment; unknown ones with version 0."""
        with self._lock:
            return {ref: self._data.stored(ref) for ref in refs}

    def history(self, ref: Ref, after: int = 0) -> Iterator[StoredEvent]:
        """Return a record's events behind a version, in order, as they stand now."""
        with self._lock:
            record = self._data.records.get(ref)
            return iter(tuple(record.events[max(after, 0) :]) if record else ())

    def commit(self, decision: Decision) -> Receipt:
        """Write all of a decision, or nothing.

        Raises:
            Conflict: A record among writes or reads has another version by now, or one other children.
            Duplicate: The desk already has one of the keys.
            InvalidInput: No store could write it, such as a record written twice.
        """
        check_decision(decision)
        versions = {write.ref: version_after(write) for write in decision.writes}
        with self._lock:
            if judge(decision, self._data):
                return Receipt(versions, repeated=True)
            # Marked first: what the decision itself writes was judged with the new parents, so its own line wins.
            self._data.mark(decision.mark, to_us(self._clock()))
            for write in decision.writes:
                self._data.write(write)
            for notice in decision.notices:
                self._data.enqueue(notice)
            return Receipt(versions)

    def rows(self, view: View, after: Cursor | None = None, limit: int = 50) -> Page:
        """Return the next rows of a view by urgency, deadline, opening, id and kind; a cursor's id is ``kind/id``."""
        check_view(view, limit)
        behind = None if after is None else place_of(after)
        with self._lock:
            rows = self._data.rows(view)
        rows = sorted((row for row in rows if behind is None or place(row) > behind), key=place)
        return page_of(rows, limit)

    def count(self, view: View, by: Sequence[str]) -> Mapping[tuple[Any, ...], int]:
        """Count a view's rows by columns among kind, stage, owner and urgency; by none, all under ``()``."""
        check_view(view)
        check_columns(by)
        with self._lock:
            rows = self._data.rows(view)
        if not by:
            return {(): len(rows)}
        return Counter(
            tuple(row.ref.kind if name == "kind" else getattr(row.line, name) for name in by) for row in rows
        )

    def find(self, key: str) -> tuple[Ref, StoredEvent] | None:
        """Return the event that has a key, and its record."""
        with self._lock:
            return self._data.events.get(key)

    def children(self, ref: Ref) -> Sequence[Ref]:
        """Return the records that name this one among their parents, by kind and id."""
        with self._lock:
            return tuple(self._data.children(ref))

    def claim(self, what: Literal["due", "lane"], at: dt.datetime, limit: int, lease: dt.timedelta) -> Sequence[Claim]:
        """Lease records whose next change is due at an instant, or lanes whose first notice is ready by then."""
        length, by = lease_us(what, limit, lease), to_us(at)
        with self._lock:
            now = to_us(self._clock())
            until = now + length
            if what == "due":
                free = [(ref, record) for ref, record in self._data.due(by) if record.lease.free(now)]
                return tuple(
                    Claim(what="due", ref=ref, token=record.lease.take(until), until=until)
                    for ref, record in free[:limit]
                )
            lanes = [(ref, lane) for ref, lane in self._data.ready_lanes(by) if lane.lease.free(now)]
            return tuple(
                Claim(
                    what="lane",
                    ref=ref,
                    token=lane.lease.take(until),
                    until=until,
                    notices=lane.ready(by),
                    attempts=lane.waiting[0].attempts,
                    added=lane.added,
                )
                for ref, lane in lanes[:limit]
            )

    def settle(
        self, claim: Claim, sent: Sequence[str] = (), dead: Sequence[str] = (), retry_at: dt.datetime | None = None
    ) -> bool:
        """End a lease: notices sent or given up by key, or a time to try again. False: the lease was lost."""
        left = first_left(claim, sent, dead)
        retry = None if retry_at is None else to_us(retry_at, "retry_at")
        with self._lock:
            holder = (self._data.records if claim.what == "due" else self._data.lanes).get(claim.ref)
            if holder is None or holder.lease.token != claim.token:
                return False
            holder.lease.clear()
            if isinstance(holder, _Lane):
                holder.waiting = [item for item in holder.waiting if item.notice.key not in {*sent, *dead}]
                for item in holder.waiting:
                    if retry is not None and item.notice.key == left:
                        item.notice = attrs.evolve(item.notice, ready_at=retry)
                        item.attempts += 1
            elif retry is not None:
                holder.change_at(retry)
            return True
