"""Write one decision inside a transaction that the caller began as the only writer."""

from collections.abc import Sequence
from typing import cast

from credcore.adapters._stores import judge, version_after
from credcore.adapters.sqlite._connections import Statements
from credcore.history import Ref
from credcore.ports import Decision, Outgoing, Receipt, StoredEvent, Write

__all__ = ["commit"]

_MARK = """
UPDATE credcore_record SET next_change = min(coalesce(next_change, :now), :now), token = NULL, held_until = NULL
WHERE open AND no IN (SELECT child FROM credcore_parent WHERE parent = :parent)
"""

_CHILDREN = """
SELECT kind, id FROM credcore_parent JOIN credcore_record ON no = child WHERE parent = ?
"""

_EVENT_HOLDER = """
SELECT kind, id FROM credcore_event AS event JOIN credcore_record ON no = record WHERE event.desk = ? AND key = ?
"""

_NOTICE_HOLDER = """
SELECT kind, id FROM credcore_outbox AS outbox JOIN credcore_record ON no = record WHERE outbox.desk = ? AND key = ?
"""

_WRITE = """
UPDATE credcore_record SET version = ?, head = ?, state = ?, open = ?, opened_at = ?, stage = ?, owner = ?, urgency = ?,
  deadline = ?, not_before = ?, next_change = ?, edition = ?, token = NULL, held_until = NULL
WHERE no = ?
"""

_APPEND = """
INSERT INTO credcore_event (record, desk, pos, version, at, recorded_at, type, by, key, body, mac)
VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
"""

_WAKE = """
INSERT INTO credcore_lane (record, desk, ready_at, added) VALUES (?, ?, ?, 1)
ON CONFLICT (record) DO UPDATE SET ready_at = coalesce(ready_at, excluded.ready_at), added = added + 1
"""

_ENQUEUE = """
INSERT INTO credcore_outbox (record, n, desk, key, body, ready_at)
SELECT record, added, desk, ?, ?, ? FROM credcore_lane WHERE record = ?
"""


def commit(connection: Statements, desk: int, decision: Decision, now: int) -> Receipt:
    """Write all of a decision.

    Args:
        connection: In a transaction begun with ``BEGIN IMMEDIATE``.
        desk: The desk's number.
        decision: What to write; its form is checked already.
        now: When marked records become due, in microseconds of UTC.

    Raises:
        Conflict: A record among writes or reads has another version by now, or one other children.
        Duplicate: The desk already has one of the keys.
    """
    versions = {write.ref: version_after(write) for write in decision.writes}
    transaction = _Transaction(connection, desk)
    if judge(decision, transaction):
        return Receipt(versions, repeated=True)
    # Marked first: what the decision itself writes was judged with the new parents, so its own line wins.
    transaction.mark(decision.mark, now)
    for write in decision.writes:
        transaction.write(write)
    transaction.append(decision.writes)
    for notice in decision.notices:
        transaction.enqueue(notice)
    return Receipt(versions)


class _Transaction:
    """What one commit sees and does; as a `Ledger` it is what `judge` asks."""

    def __init__(self, connection: Statements, desk: int) -> None:
        self._connection = connection
        self._desk = desk
        # A row that is not there yet is looked for again: only what was found stays as it is until the end.
        self._found: dict[Ref, tuple[int, int, bytes]] = {}

    def _find(self, ref: Ref) -> tuple[int, int, bytes] | None:
        """Return a record's number, version and head as they were when the transaction began."""
        if ref not in self._found:
            row = self._connection.execute(
                "SELECT no, version, head FROM credcore_record WHERE desk = ? AND kind = ? AND id = ?",
                (self._desk, *ref),
            ).fetchone()
            if row is None:
                return None
            self._found[ref] = row
        return self._found[ref]

    def version(self, ref: Ref) -> int:
        found = self._find(ref)
        return found[1] if found else 0

    def mac(self, ref: Ref, version: int) -> bytes | None:
        found = self._find(ref)
        row = (
            found
            and self._connection.execute(
                "SELECT mac FROM credcore_event WHERE record = ? AND version = ?", (found[0], version)
            ).fetchone()
        )
        return row[0] if row else None

    def children(self, ref: Ref) -> list[Ref]:
        found = self._find(ref)
        return [] if found is None else [Ref(*row) for row in self._connection.execute(_CHILDREN, (found[0],))]

    def event_holder(self, key: str) -> Ref | None:
        return self._holder(_EVENT_HOLDER, key)

    def notice_holder(self, key: str) -> Ref | None:
        return self._holder(_NOTICE_HOLDER, key)

    def _holder(self, query: str, key: str) -> Ref | None:
        row = self._connection.execute(query, (self._desk, key)).fetchone()
        return Ref(*row) if row else None

    def mark(self, parents: Sequence[Ref], now: int) -> None:
        """Make due what depends on the records.

        It loses its lease as well: whoever holds it judged it by the old parent, and settling must not put it off.
        """
        for parent in parents:
            found = self._find(parent)
            if found:
                self._connection.execute(_MARK, {"now": now, "parent": found[0]})

    def write(self, write: Write) -> None:
        no = self._number(write.ref)
        head = write.events[-1].mac if write.events else self._found[write.ref][2]
        line = (None,) * 9 if write.line is None else tuple(write.line)
        self._connection.execute(_WRITE, (version_after(write), head, write.state, *line, no))
        self._link(no, write.parents)

    def append(self, writes: Sequence[Write]) -> None:
        """Add the events at the next positions of the desk: dense, for there is one writer at a time."""
        events = [(self._number(write.ref), event) for write in writes for event in write.events]
        if not events:
            return
        (last,) = self._connection.execute("SELECT pos FROM credcore_desk WHERE no = ?", (self._desk,)).fetchone()
        self._connection.executemany(
            _APPEND,
            ((no, self._desk, pos, *_columns(event)) for pos, (no, event) in enumerate(events, start=last + 1)),
        )
        self._connection.execute("UPDATE credcore_desk SET pos = ? WHERE no = ?", (last + len(events), self._desk))

    def enqueue(self, notice: Outgoing) -> None:
        no = self._number(notice.ref)
        self._connection.execute(_WAKE, (no, self._desk, notice.ready_at))
        self._connection.execute(_ENQUEUE, (notice.key, notice.body, notice.ready_at, no))

    def _link(self, child: int, parents: Sequence[Ref]) -> None:
        numbers = [self._number(parent) for parent in parents]
        stored = self._connection.execute(
            "SELECT parent FROM credcore_parent WHERE child = ? ORDER BY n", (child,)
        ).fetchall()
        if [row[0] for row in stored] != numbers:
            self._connection.execute("DELETE FROM credcore_parent WHERE child = ?", (child,))
            self._connection.executemany(
                "INSERT INTO credcore_parent (child, n, parent) VALUES (?, ?, ?)",
                ((child, n, parent) for n, parent in enumerate(numbers)),
            )

    def _number(self, ref: Ref) -> int:
        """Return a record's number; a name that is new gets one."""
        found = self._find(ref)
        if found is not None:
            return found[0]
        cursor = self._connection.execute(
            "INSERT INTO credcore_record (desk, kind, id) VALUES (?, ?, ?)", (self._desk, *ref)
        )
        added = cast("int", cursor.lastrowid)  # None only where nothing was inserted
        self._found[ref] = (added, 0, b"")
        return added


def _columns(event: StoredEvent) -> tuple[object, ...]:
    return (
        event.version,
        event.at,
        event.recorded_at,
        event.type,
        event.by,
        event.key,
        event.body,
        event.mac,
    )
