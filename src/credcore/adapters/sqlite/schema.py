"""Number the tables of a desk's file: which version it has, which one this credcore needs, how it gets there.

Each step is a numbered ``.sql`` file under ``migrations``; the table ``credcore_schema`` holds the number of the last
one that ran. A file that credcore made has an ``application_id`` of its own; a host's file keeps the host's, and
``user_version`` is left to the host.
"""

import os
import sqlite3
from collections.abc import Iterator
from importlib import resources
from pathlib import Path

from credcore.adapters.sqlite._connections import connect
from credcore.adapters.sqlite._faults import not_a_desk, translated
from credcore.adapters.sqlite._lock import writer_lock
from credcore.errors import InvalidInput, SchemaOutdated, Unavailable

__all__ = ["add_tables", "file_at", "found_version", "make_file", "migrate", "needed_version", "require", "script"]

_APPLICATION_ID = 0x43726564
"""``Cred`` in ASCII, at byte 68 of a file that credcore made."""


def _steps() -> tuple[str, ...]:
    """Return the scripts of all migrations, in order; the n-th brings a file from version n - 1 to n."""
    folder = resources.files("credcore.adapters.sqlite") / "migrations"
    scripts = sorted((item for item in folder.iterdir() if item.name.endswith(".sql")), key=lambda item: item.name)
    return tuple(script.read_text(encoding="utf-8") for script in scripts)


def needed_version() -> int:
    """Return the version that this credcore reads and writes."""
    return len(_steps())


def script(found: int = 0) -> str:
    """Return the SQL that brings a file from a version to the one that this credcore needs; from 0, all of it.

    A host that keeps its own migrations runs this among them: each step is one transaction.
    """
    return "\n".join(_transactions(found))


def _transactions(found: int, also: str = "") -> Iterator[str]:
    for number, step in enumerate(_steps()[found:], start=found + 1):
        # A script is run, or read by a person: nothing is bound in it, and the number is ours.
        stamp = f"UPDATE credcore_schema SET version = {number};\n"  # noqa: S608 - see above
        yield f"BEGIN IMMEDIATE;\n{step}\n{stamp}{also}COMMIT;\n"


def file_at(path: str | os.PathLike[str]) -> Path:
    """Return where a desk's file truly lies: by whatever name it is called, its lock is one.

    Raises:
        InvalidInput: No file can have that name.
    """
    text = os.fspath(path)
    if text in ("", ":memory:") or "\0" in text:
        raise InvalidInput(f"{text!r} is not a file; for a desk in memory take MemoryStore", field="path")
    return Path(os.path.realpath(text))


def found_version(path: Path) -> int:
    """Return the version of a desk's file, which is opened for reading only.

    Raises:
        InvalidInput: Something else lies there.
        Unavailable: Nothing lies there, or it cannot be read.
    """
    with translated(path):
        if not path.exists():
            raise Unavailable(str(path), "there is no such file; make a desk first, with `credcore init`")
        # A named pipe would wait for ever, and any other way to look into the file would drop SQLite's locks on it.
        if not path.is_file():
            raise not_a_desk(path, "is a folder" if path.is_dir() else "is not a file")
        if path.stat().st_size == 0:
            raise not_a_desk(path, "is empty")
        # Looking must leave no trace in somebody else's folder, as ``ro`` leaves a -wal and a -shm; but ``immutable``
        # does not see what a -wal holds (case 42).
        log = path.with_name(f"{path.name}-wal")
        connection = connect(path, "ro" if log.exists() and log.stat().st_size else "ro&immutable=1")
        try:
            return _version(connection)
        finally:
            connection.close()


def _version(connection: sqlite3.Connection) -> int:
    """Return the version of the tables that a connection sees; 0 if there are none."""
    known = connection.execute("SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = 'credcore_schema'")
    if known.fetchone() is None:
        return 0
    version: int = connection.execute("SELECT version FROM credcore_schema").fetchone()[0]
    return version


def require(path: Path) -> None:
    """Refuse a file that has another version than this credcore needs.

    Raises:
        SchemaOutdated: It is older or newer.
        InvalidInput: Something else lies there.
        Unavailable: Nothing lies there, or it cannot be read.
    """
    found, needed = found_version(path), needed_version()
    if not found:
        raise _another(path)
    if found != needed:
        raise SchemaOutdated(found, needed)


def make_file(path: Path) -> None:
    """Make a new file of desks.

    Raises:
        Unavailable: It cannot be written.
    """
    _upgrade(path, f"PRAGMA application_id = {_APPLICATION_ID};\n")


def add_tables(path: str | os.PathLike[str]) -> int:
    """Add credcore's tables to the database of a host, and return their version; those that are there are migrated.

    Its own tables stay as they are; credcore's begin with ``credcore_``. The database is in WAL mode from the first
    desk on.

    Raises:
        SchemaOutdated: It has tables of a newer credcore.
        InvalidInput: It is no SQLite database.
        Unavailable: Nothing lies there, or it cannot be written.
    """
    file, needed = file_at(path), needed_version()
    found = found_version(file)
    if found > needed:
        raise SchemaOutdated(found, needed)
    if found < needed:
        _upgrade(file)
    return needed


def migrate(path: str | os.PathLike[str]) -> int:
    """Bring a desk's file to the version that this credcore needs, and return that version.

    Take a backup first; nothing else should have the desk open. A file that is up to date is left alone.

    Raises:
        SchemaOutdated: The file is newer than this credcore.
        InvalidInput: It is not a desk.
        Unavailable: It cannot be written.
    """
    file = file_at(path)
    if not found_version(file):
        raise _another(file)
    return add_tables(file)


def _upgrade(path: Path, also: str = "") -> None:
    """Run the scripts that a file has not seen, each in one transaction with its number.

    Raises:
        Unavailable: It cannot be written, or a script failed: then the file is as the script before left it.
    """
    with translated(path), writer_lock(path):
        connection = connect(path, "rwc")
        try:
            # Read again behind the lock: another process may have been faster.
            for transaction in _transactions(_version(connection), also):
                connection.executescript(transaction)
        finally:
            connection.close()


def _another(path: Path) -> InvalidInput:
    return not_a_desk(
        path, "is the database of another application, without credcore's tables (`credcore migrate --add` adds them)"
    )
