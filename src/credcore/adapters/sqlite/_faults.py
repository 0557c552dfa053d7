"""Say in credcore's words what SQLite or the system refused."""

import errno
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from credcore.errors import CredcoreError, InvalidInput, Unavailable

__all__ = ["not_a_desk", "translated"]

_UNWRITABLE = "cannot be opened for writing; the file and its folder must both be writable"

_SENTENCES = {
    sqlite3.SQLITE_BUSY: "is held by another writer; try again",
    sqlite3.SQLITE_LOCKED: "is held by another writer; try again",
    sqlite3.SQLITE_CANTOPEN: _UNWRITABLE,
    sqlite3.SQLITE_PERM: _UNWRITABLE,
    sqlite3.SQLITE_READONLY: _UNWRITABLE,
    sqlite3.SQLITE_FULL: "the disk is full; make room and try again",
    sqlite3.SQLITE_IOERR: "the disk does not answer as it should; see to it and try again",
    sqlite3.SQLITE_CORRUPT: "is damaged; restore it from a backup",
}


@contextmanager
def translated(path: Path) -> Iterator[None]:
    """Turn what the driver or the system raises into `Unavailable` or `InvalidInput`, the first error as its cause."""
    try:
        yield
    except sqlite3.Error as error:
        raise _in_our_words(path, error) from error
    except OverflowError as error:
        raise InvalidInput("a number does not fit into 64 bits; instants are microseconds") from error
    except UnicodeEncodeError as error:
        raise InvalidInput("a text holds half of a surrogate pair; give whole characters") from error
    except OSError as error:
        unwritable = error.errno in (errno.EACCES, errno.EPERM, errno.EROFS)
        message = _UNWRITABLE if unwritable else f"cannot be used: {(error.strerror or 'the system refused').lower()}"
        raise Unavailable(str(path), message) from error


def not_a_desk(path: Path, what: str) -> InvalidInput:
    """Return the error for a path at which something other than a desk lies."""
    return InvalidInput(f"{path} {what}; give the path of a desk that credcore made", field="path")


def _in_our_words(path: Path, error: sqlite3.Error) -> CredcoreError:
    # The low byte is the primary code; the driver's own errors have none.
    code = getattr(error, "sqlite_errorcode", 0) & 0xFF
    if code == sqlite3.SQLITE_NOTADB:
        return not_a_desk(path, "is not a database")
    return Unavailable(str(path), _SENTENCES.get(code, f"SQLite refused: {error}"))
