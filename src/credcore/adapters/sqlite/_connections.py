"""Lend connections to a desk's file, and write through one of them at a time."""

import os
import sqlite3
import threading
from collections import deque
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, suppress
from pathlib import Path
from typing import Any, Protocol

from credcore.adapters.sqlite._faults import translated
from credcore.adapters.sqlite._lock import held, writer_lock
from credcore.errors import Unavailable

__all__ = ["Access", "Connections", "Statements", "connect", "savepoint"]

BUSY_SECONDS = 10.0
"""How long SQLite waits for a writer that does not take our lock, such as a backup."""

CHECKPOINT_PAGES = 1000
"""After how many pages a commit moves the log into the file, behind the lock that it holds.

The log is then written over from its start: it keeps its length, and a commit need not bring a new one to the disk."""

LONGEST_LOG_BYTES = 16 * 1024 * 1024
"""To what length the log is cut when it begins anew; while readers hold on to it, it may get longer."""


def connect(path: Path, mode: str) -> sqlite3.Connection:
    """Open the file in a mode of SQLite's URIs: ``ro``, ``rw`` or ``rwc``."""
    return sqlite3.connect(
        f"{path.resolve().as_uri()}?mode={mode}",
        uri=True,
        timeout=BUSY_SECONDS,
        isolation_level=None,
        check_same_thread=False,
    )


class Statements(Protocol):
    """Runs statements within one transaction; rows come as tuples."""

    def execute(self, sql: str, parameters: Any = ..., /) -> sqlite3.Cursor:  # noqa: ANN401 - as the driver has it
        """Run a statement."""
        ...

    def executemany(self, sql: str, parameters: Any, /) -> sqlite3.Cursor:  # noqa: ANN401 - likewise
        """Run a statement for each of several parameters."""
        ...


class Access(Protocol):
    """How a store comes to the statements of a desk's file: over connections of its own, or over a host's."""

    @property
    def path(self) -> Path:
        """The file."""
        ...

    def reading(self) -> AbstractContextManager[Statements]:
        """Lend statements that all see one moment."""
        ...

    def writing(self) -> AbstractContextManager[Statements]:
        """Lend the statements of the only writer; what they did is all there at the end, or nothing of it."""
        ...

    def together(self) -> AbstractContextManager[None]:
        """Make one transaction of all that this thread reads and writes until the end."""
        ...

    def close(self) -> None:
        """Close what can be closed now."""
        ...


class _Outer(threading.local):
    """The transaction that a thread's reads and writes belong to, if it holds one open."""

    connection: sqlite3.Connection | None = None


class Connections:
    """The open connections to one desk's file.

    Each is lent to one call at a time. So threads read side by side, each from its own snapshot, and a thread that
    ends leaves nothing behind, as a connection of its own would.

    Args:
        path: The file.
    """

    def __init__(self, path: Path) -> None:
        """Open nothing yet."""
        self.path = path
        self._idle: deque[sqlite3.Connection] = deque()
        self._inherited: list[deque[sqlite3.Connection]] = []
        self._process = os.getpid()
        self._closed = False
        self._outer = _Outer()

    @contextmanager
    def together(self) -> Iterator[None]:
        """Make one transaction of all that this thread reads and writes until the end; within another, a part of it."""
        with self.writing() as connection:
            before, self._outer.connection = self._outer.connection, connection
            try:
                yield
            finally:
                self._outer.connection = before

    @contextmanager
    def reading(self) -> Iterator[sqlite3.Connection]:
        """Lend a connection on which all statements see one moment."""
        outer = self._outer.connection
        if outer is not None:
            with translated(self.path):
                yield outer
            return
        with self._lent() as connection:
            connection.execute("BEGIN")
            try:
                yield connection
            finally:
                connection.rollback()

    @contextmanager
    def writing(self) -> Iterator[sqlite3.Connection]:
        """Lend the connection of the only writer; what it did commits at the end, or not at all."""
        outer = self._outer.connection
        if outer is not None:
            with translated(self.path), savepoint(outer):
                yield outer
            return
        with self._lent() as connection, writer_lock(self.path):
            connection.execute("BEGIN IMMEDIATE")
            try:
                yield connection
                connection.execute("COMMIT")
            finally:
                connection.rollback()

    def close(self) -> None:
        """Close what is idle now, and what is lent as soon as it comes back."""
        self._closed = True
        self._drain()

    @contextmanager
    def _lent(self) -> Iterator[sqlite3.Connection]:
        with translated(self.path):
            connection = self._borrow()
            try:
                yield connection
            finally:
                self._idle.append(connection)
                if self._closed:
                    self._drain()

    def _borrow(self) -> sqlite3.Connection:
        if self._closed:
            raise Unavailable(str(self.path), "this store is closed; open the desk again")
        self._disown_after_fork()
        try:
            return self._idle.pop()
        except IndexError:
            return self._connected()

    def _connected(self) -> sqlite3.Connection:
        connection = connect(self.path, "rw")
        try:
            for pragma in (
                "journal_mode=WAL",
                "synchronous=FULL",
                f"wal_autocheckpoint={CHECKPOINT_PAGES}",
                f"journal_size_limit={LONGEST_LOG_BYTES}",
            ):
                connection.execute(f"PRAGMA {pragma}").fetchall()
        except BaseException:
            connection.close()
            raise
        return connection

    def _disown_after_fork(self) -> None:
        """Keep what a forked child inherited, untouched: it may neither use nor close its parent's connections."""
        if self._process != os.getpid():
            self._inherited.append(self._idle)
            self._idle, self._process = deque(), os.getpid()

    def _drain(self) -> None:
        self._disown_after_fork()
        hold = held(self.path)
        if hold is not None:
            hold.afterwards.append(self._drain)
            return
        # The last connection to close makes a checkpoint, and a checkpoint needs the lock.
        with translated(self.path), writer_lock(self.path):
            while self._idle:
                with suppress(IndexError):  # another thread took the last one
                    self._idle.pop().close()


@contextmanager
def savepoint(statements: Statements) -> Iterator[None]:
    """Take back what was done within if it raises, and no more."""
    statements.execute("SAVEPOINT credcore")
    try:
        yield
    except BaseException:
        statements.execute("ROLLBACK TO credcore")
        raise
    finally:
        statements.execute("RELEASE credcore")
