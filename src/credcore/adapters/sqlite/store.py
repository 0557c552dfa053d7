"""Keep desks in one SQLite file: the store of an organisation that runs credcore inside its own service."""

import datetime as dt
import os
import sqlite3
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, Literal, Self

from credcore.adapters._stores import (
    check_columns,
    check_decision,
    check_view,
    first_left,
    lease_us,
    utc_now,
)
from credcore.adapters.sqlite import _leases, _views
from credcore.adapters.sqlite._commit import commit
from credcore.adapters.sqlite._connections import Access, Connections
from credcore.adapters.sqlite._faults import translated
from credcore.adapters.sqlite._joined import joined
from credcore.adapters.sqlite.schema import file_at, make_file, require
from credcore.errors import InvalidInput, NotFound, Unavailable
from credcore.history import Ref
from credcore.instants import to_us
from credcore.ports import Claim, Clock, Cursor, Decision, Page, Receipt, Stored, StoredEvent, View

__all__ = ["SQLiteStore"]

_LOAD = f"SELECT no, version, head, state, {_views.LINE} FROM credcore_record WHERE desk = ? AND kind = ? AND id = ?"  # noqa: S608 - our own words

_PARENTS = "SELECT kind, id FROM credcore_parent JOIN credcore_record ON no = parent WHERE child = ? ORDER BY n"

_CHILDREN = """
SELECT DISTINCT kind, id FROM credcore_record JOIN credcore_parent ON child = no
WHERE parent = (SELECT no FROM credcore_record WHERE desk = ? AND kind = ? AND id = ?) ORDER BY kind, id
"""

_EVENT = "event.version, at, recorded_at, type, by, key, body, mac"

_HISTORY = f"""
SELECT {_EVENT} FROM credcore_event AS event
WHERE record = (SELECT no FROM credcore_record WHERE desk = ? AND kind = ? AND id = ?) AND version > ? ORDER BY version
"""  # noqa: S608 - likewise

_FIND = f"""
SELECT kind, id, {_EVENT} FROM credcore_event AS event JOIN credcore_record ON no = record
WHERE event.desk = ? AND key = ?
"""  # noqa: S608 - likewise


class SQLiteStore:
    """A `credcore.ports.Store` of one desk in a file that may hold several.

    Made by `create` or `open`; any number of threads and processes on one machine may have the same desk open. A
    commit is on disk when it returns (write-ahead log, ``synchronous=FULL``). Writers queue at a lock beside the file,
    ``<path>.lock``; on Windows, which has no such lock, they take turns by SQLite's busy time-out, and under load one
    may be told `Unavailable`. Do not put a desk on a network disk, do not copy it while it is open.

    Example:
        >>> import tempfile
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     with SQLiteStore.create(f"{folder}/desk.db", "lakeside") as store:
        ...         store.load([Ref("file", "f-1")])[Ref("file", "f-1")].version
        0
    """

    def __init__(self, access: Access, number: int, desk: str, clock: Clock) -> None:
        """Serve a desk that `open` or `create` found."""
        self.desk = desk
        self._access = access
        self._number = number
        self._clock = clock

    @classmethod
    def create(cls, path: str | os.PathLike[str], desk: str, clock: Clock = utc_now) -> Self:
        """Make a desk, in a new file or beside the desks of one that is there, and open it.

        Args:
            path: The file; its folder must be there.
            desk: The desk's id.
            clock: Tells when leases end and when marked records become due; the system's if none is given.

        Raises:
            InvalidInput: The file has a desk of that id, or is not a file of desks; it stays as it is.
            SchemaOutdated: The file's tables are of another version.
            Unavailable: The place cannot be written.
        """
        if not desk.strip():
            raise InvalidInput("is empty; give the desk an id such as 'lakeside'", field="desk")
        file = file_at(path)
        with translated(file):
            is_new = not file.exists() or (file.is_file() and file.stat().st_size == 0)
            if not file.parent.is_dir():
                raise Unavailable(str(file), "its folder is not there; make it first")
        if is_new:
            make_file(file)
        require(file)
        connections = Connections(file)
        try:
            with connections.writing() as connection:
                if connection.execute("SELECT 1 FROM credcore_desk WHERE id = ?", (desk,)).fetchone():
                    raise InvalidInput(f"{desk!r} is in {file} already; open it, or give another id", field="desk")
                connection.execute("INSERT INTO credcore_desk (id) VALUES (?)", (desk,))
        finally:
            connections.close()
        return cls.open(file, desk, clock)

    @classmethod
    def open(cls, path: str | os.PathLike[str], desk: str, clock: Clock = utc_now) -> Self:
        """Open a desk; nothing is migrated.

        Args:
            path: The file.
            desk: The desk's id.
            clock: As in `create`.

        Raises:
            NotFound: The file has no desk of that id.
            SchemaOutdated: The file's tables are of another version; `migrate` brings an older one up.
            InvalidInput: Something other than a file of desks lies there.
            Unavailable: Nothing lies there, or it cannot be written.
        """
        file = file_at(path)
        require(file)
        connections = Connections(file)
        try:
            number = _number_of(connections, desk)
        except BaseException:
            connections.close()
            raise
        return cls(connections, number, desk, clock)

    def close(self) -> None:
        """End the store; calls that are under way finish, later ones raise `Unavailable`."""
        self._access.close()

    def __enter__(self) -> Self:
        """Return the store itself."""
        return self

    def __exit__(self, *_exception: object) -> None:
        """Close it."""
        self.close()

    @contextmanager
    def together(self) -> Iterator[None]:
        """Commit many decisions at once: when the block ends all are on disk, or none if it raises.

        For imports and replays, whose single decisions nobody waits for. A decision that is refused within the block
        takes back itself alone. Other writers wait until the block ends, so keep it short.
        """
        with self._access.together():
            yield

    @contextmanager
    def bind(self, connection: sqlite3.Connection, *, afterwards: Callable[[], None] | None = None) -> Iterator[Self]:
        """Give the same desk within a transaction of the host's, on a connection of the host's to the same file.

        What is done through it is there when the host commits, and gone when it rolls back; nothing is committed here.
        A decision that is refused takes back itself alone. The host begins and ends its transaction within the block,
        best with ``BEGIN IMMEDIATE``; other writers wait until the block ends, so keep it short. One that the block
        leaves open, because it raised or forgot, is taken back. The connection makes no checkpoints of its own from
        then on; how durable its commits are is for its ``synchronous`` to say.

        Args:
            connection: Open, without a transaction begun. Its row and text factories may be any; with
                ``PARSE_DECLTYPES`` it must have no converter for INTEGER, TEXT or BLOB.
            afterwards: Called when the block has ended and others may write again, whatever became of the transaction.

        Yields:
            The store, for this block. Several desks of one file may be lent on one connection, one within the other.

        Raises:
            InvalidInput: The connection is to another file, has begun its transaction already, or is left with it open.
            Unavailable: It does not answer.

        Example:
            >>> import sqlite3, tempfile
            >>> with tempfile.TemporaryDirectory() as folder:
            ...     with SQLiteStore.create(f"{folder}/desk.db", "lakeside") as store:
            ...         mine = sqlite3.connect(f"{folder}/desk.db", isolation_level=None)
            ...         with store.bind(mine) as bound:
            ...             _ = mine.execute("BEGIN IMMEDIATE")
            ...             found = bound.load([Ref("file", "f-1")])
            ...             mine.commit()
            ...         mine.close()
        """
        own = self._access
        if not isinstance(own, Connections):
            raise InvalidInput("is within a host's transaction already", field="store")
        with joined(own, connection, afterwards) as access:
            yield type(self)(access, self._number, self.desk, self._clock)

    def load(self, refs: Sequence[Ref]) -> Mapping[Ref, Stored]:
        """Return the records as they stand at one moment; unknown ones with version 0."""
        found = {ref: Stored(ref, 0, b"", "", None) for ref in refs}
        with self._access.reading() as connection:
            for ref in found:
                row = connection.execute(_LOAD, (self._number, *ref)).fetchone()
                if row is not None:
                    no, version, head, state, *line = row
                    parents = tuple(Ref(*parent) for parent in connection.execute(_PARENTS, (no,)))
                    found[ref] = Stored(ref, version, head, state, _views.line_of(line), parents)
        return found

    def history(self, ref: Ref, after: int = 0) -> Iterator[StoredEvent]:
        """Return a record's events behind a version, in order, as they stand now."""
        with self._access.reading() as connection:
            # All at once: an iterator that reads as it goes would keep its snapshot, and the log would grow behind it.
            found = connection.execute(_HISTORY, (self._number, *ref, after)).fetchall()
        return (StoredEvent(*row) for row in found)

    def commit(self, decision: Decision) -> Receipt:
        """Write all of a decision, or nothing; it is on disk when this returns.

        Raises:
            Conflict: A record among writes or reads has another version by now.
            Duplicate: The desk already has one of the keys.
            InvalidInput: No store could write it, such as a record written twice.
            Unavailable: The store does not answer; try the same decision again.
        """
        check_decision(decision)
        with self._access.writing() as connection:
            return commit(connection, self._number, decision, to_us(self._clock()))

    def rows(self, view: View, after: Cursor | None = None, limit: int = 50) -> Page:
        """Return the next rows of a view by urgency, deadline, opening, id and kind; a cursor's id is ``kind/id``."""
        check_view(view, limit)
        with self._access.reading() as connection:
            return _views.rows(connection, self._number, view, after, limit)

    def count(self, view: View, by: Sequence[str]) -> Mapping[tuple[Any, ...], int]:
        """Count a view's rows by columns among kind, stage, owner and urgency; by none, all under ``()``."""
        check_view(view)
        check_columns(by)
        with self._access.reading() as connection:
            return _views.count(connection, self._number, view, by)

    def find(self, key: str) -> tuple[Ref, StoredEvent] | None:
        """Return the event that has a key, and its record."""
        with self._access.reading() as connection:
            row = connection.execute(_FIND, (self._number, key)).fetchone()
        return None if row is None else (Ref(*row[:2]), StoredEvent(*row[2:]))

    def children(self, ref: Ref) -> Sequence[Ref]:
        """Return the records that name this one among their parents, by kind and id."""
        with self._access.reading() as connection:
            return tuple(Ref(*row) for row in connection.execute(_CHILDREN, (self._number, *ref)))

    def claim(self, what: Literal["due", "lane"], at: dt.datetime, limit: int, lease: dt.timedelta) -> Sequence[Claim]:
        """Lease records whose next change is due at an instant, or lanes whose first notice is ready by then."""
        length, by = lease_us(what, limit, lease), to_us(at)
        with self._access.writing() as connection:
            # Read behind the lock: a lease runs from when it is given, not from when it was asked for.
            now = to_us(self._clock())
            wanted = _leases.Lease(self._number, at=by, now=now, until=now + length, limit=limit)
            return (_leases.claim_due if what == "due" else _leases.claim_lanes)(connection, wanted)

    def settle(
        self, claim: Claim, sent: Sequence[str] = (), dead: Sequence[str] = (), retry_at: dt.datetime | None = None
    ) -> bool:
        """End a lease: notices sent or given up by key, or a time to try again. False: the lease was lost."""
        left = first_left(claim, sent, dead)
        retry = None if retry_at is None else to_us(retry_at, "retry_at")
        with self._access.writing() as connection:
            if claim.what == "due":
                return _leases.settle_due(connection, self._number, claim, retry)
            over = dict.fromkeys(sent, "sent") | dict.fromkeys(dead, "dead")
            back_off = None if left is None or retry is None else (left, retry)
            return _leases.settle_lane(connection, self._number, claim, over, back_off)


def _number_of(connections: Connections, desk: str) -> int:
    with connections.writing() as connection:
        # It writes nothing, but asks to: a place that cannot be written is better known when the desk is opened.
        connection.execute("DELETE FROM credcore_desk WHERE no IS NULL")
        desks: dict[str, int] = dict(connection.execute("SELECT id, no FROM credcore_desk").fetchall())
    if desk not in desks:
        raise NotFound("desk", desk, known=desks, where="in this file")
    return desks[desk]
