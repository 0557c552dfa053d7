"""Work a desk's file within the transaction of a host that has it open already."""

import os
import sqlite3
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import Any

from credcore.adapters.sqlite._connections import CHECKPOINT_PAGES, Connections, Statements, savepoint
from credcore.adapters.sqlite._faults import translated
from credcore.adapters.sqlite._lock import held, writer_lock
from credcore.errors import InvalidInput

__all__ = ["Joined", "joined"]


@contextmanager
def joined(
    own: Connections, connection: sqlite3.Connection, afterwards: Callable[[], None] | None = None
) -> Iterator["Joined"]:
    """Lend a host's transaction, which begins and ends within the block; nothing is committed here.

    The lock is held from before the transaction until after it: a host that began, and then waited for the lock, would
    be waited for by whoever has it. So a transaction that is left open is taken back before the lock is let go.

    Args:
        own: The store's own way to the file.
        connection: The host's.
        afterwards: Called once the lock is let go, whatever became of the transaction.

    Raises:
        InvalidInput: The connection is to another file, has begun already, or is left with its transaction open.
        Unavailable: It does not answer.
    """
    with translated(own.path):
        _check_file(own.path, connection)
    outer = held(own.path)
    is_within_another = outer is not None and outer.holder is connection
    if not is_within_another:
        _check_not_begun(connection)
    with ExitStack() as stack:
        with translated(own.path):
            hold = stack.enter_context(writer_lock(own.path, holder=connection))
            if not is_within_another:
                stack.enter_context(_checkpoints_only_here(connection))
                stack.enter_context(_ended_within(connection))
        if afterwards is not None:
            hold.afterwards.append(afterwards)
        access = Joined(own.path, connection)
        stack.callback(access.close)
        yield access


@contextmanager
def _ended_within(connection: sqlite3.Connection) -> Iterator[None]:
    """See that the host ends its transaction.

    Raises:
        InvalidInput: It left it open; it is taken back.
    """
    try:
        yield
    except BaseException:
        with suppress(sqlite3.Error):  # what went wrong is told by what was raised
            connection.rollback()
        raise
    if _is_open(connection) and _begins_by_statement(connection):
        connection.rollback()
        raise InvalidInput(
            "was left with its transaction open, which is taken back; commit within the block", field="connection"
        )


def _is_open(connection: sqlite3.Connection) -> bool:
    with suppress(sqlite3.ProgrammingError):  # the host closed it
        return connection.in_transaction
    return False


class Joined:
    """The `Access` of a store to a host's transaction.

    Args:
        path: The file.
        connection: The host's, with whatever it set on it.
    """

    def __init__(self, path: Path, connection: sqlite3.Connection) -> None:
        """Lend it."""
        self.path = path
        self._connection = connection
        self._ended = False
        self._one_at_a_time = threading.RLock()  # savepoints of two threads would close each other's

    @contextmanager
    def reading(self) -> Iterator[Statements]:
        """Lend statements that see what the host's transaction sees, what it wrote itself included."""
        if self._ended:
            raise InvalidInput("the host's transaction has ended; join the next one", field="store")
        # A savepoint outside of a transaction would be one, and its release a commit.
        if not self._connection.in_transaction:
            raise InvalidInput("has no transaction open; begin one first: BEGIN IMMEDIATE", field="connection")
        with self._one_at_a_time, translated(self.path), _plain(self._connection) as statements:
            yield statements

    @contextmanager
    def writing(self) -> Iterator[Statements]:
        """Lend statements within a savepoint; what they did is there when the host commits."""
        with self.reading() as statements, savepoint(statements):
            yield statements

    @contextmanager
    def together(self) -> Iterator[None]:
        """Take back all that is done within if it raises."""
        with self.writing():
            yield

    def close(self) -> None:
        """Lend nothing any more; the connection is the host's."""
        self._ended = True


@contextmanager
def _checkpoints_only_here(connection: sqlite3.Connection) -> Iterator[None]:
    """Let a host's commits move the log into the file while the lock is held, and from then on never without it."""
    connection.execute(f"PRAGMA wal_autocheckpoint={CHECKPOINT_PAGES}").close()
    try:
        yield
    finally:
        with suppress(sqlite3.ProgrammingError):  # the host closed it: it makes no checkpoint any more
            connection.execute("PRAGMA wal_autocheckpoint=0").close()


@contextmanager
def _plain(connection: sqlite3.Connection) -> Iterator[Statements]:
    """Lend a host's connection as if the host had made nothing of its own of rows and texts."""
    text_factory, connection.text_factory = connection.text_factory, str
    try:
        yield _Plain(connection)
    finally:
        connection.text_factory = text_factory


class _Plain:
    """A host's connection whose rows come as tuples."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection

    def execute(self, sql: str, parameters: Any = (), /) -> sqlite3.Cursor:  # noqa: ANN401 - as the driver has it
        return self._cursor().execute(sql, parameters)

    def executemany(self, sql: str, parameters: Any, /) -> sqlite3.Cursor:  # noqa: ANN401 - likewise
        return self._cursor().executemany(sql, parameters)

    def _cursor(self) -> sqlite3.Cursor:
        cursor = self._connection.cursor()
        cursor.row_factory = None
        return cursor


def _begins_by_statement(connection: sqlite3.Connection) -> bool:
    """Return whether the host begins its transactions; with ``autocommit=False`` (Python 3.12) one is always open."""
    return getattr(connection, "autocommit", None) is not False


def _check_file(path: Path, connection: sqlite3.Connection) -> None:
    if not isinstance(connection, sqlite3.Connection):
        raise InvalidInput(f"{type(connection).__name__} is no sqlite3.Connection", field="connection")
    with _plain(connection) as statements:
        files = {name: file for _, name, file in statements.execute("PRAGMA database_list").fetchall()}
    file = files.get("main") or ""
    if not file or os.path.realpath(file) != os.fspath(path):
        raise InvalidInput(f"is to {file or 'no file'}, but the desk lies in {path}", field="connection")


def _check_not_begun(connection: sqlite3.Connection) -> None:
    if connection.in_transaction and _begins_by_statement(connection):
        raise InvalidInput(
            "has begun its transaction already; join it first, then begin: the desk's lock comes before SQLite's",
            field="connection",
        )
