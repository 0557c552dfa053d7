"""Number the tables of a desk's file: which version it has, which one this credcore needs, how it gets there.

Each step is a numbered ``.sql`` file under ``migrations``; SQLite's ``user_version`` holds the number of the last one
that ran, its ``application_id`` tells a desk from any other application's file.
"""

import os
from collections.abc import Sequence
from importlib import resources
from pathlib import Path

from credcore.adapters.sqlite._connections import connect
from credcore.adapters.sqlite._faults import not_a_desk, translated
from credcore.adapters.sqlite._lock import writer_lock
from credcore.errors import InvalidInput, SchemaOutdated, Unavailable

__all__ = ["APPLICATION_ID", "file_at", "found_version", "migrate", "needed_version", "require", "steps", "upgrade"]

APPLICATION_ID = 0x43726564
"""``Cred`` in ASCII, at byte 68 of the file."""


def steps() -> tuple[str, ...]:
    """Return the scripts of all migrations, in order; the n-th brings a file from version n - 1 to n."""
    folder = resources.files("credcore.adapters.sqlite") / "migrations"
    scripts = sorted((item for item in folder.iterdir() if item.name.endswith(".sql")), key=lambda item: item.name)
    return tuple(script.read_text(encoding="utf-8") for script in scripts)


def needed_version() -> int:
    """Return the version that this credcore reads and writes."""
    return len(steps())


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
            application = connection.execute("PRAGMA application_id").fetchone()[0]
            version: int = connection.execute("PRAGMA user_version").fetchone()[0]
        finally:
            connection.close()
    if application != APPLICATION_ID:
        raise not_a_desk(path, "is the database of another application")
    return version


def require(path: Path) -> None:
    """Refuse a file that has another version than this credcore needs.

    Raises:
        SchemaOutdated: It is older or newer.
        InvalidInput: Something else lies there.
        Unavailable: Nothing lies there, or it cannot be read.
    """
    found, needed = found_version(path), needed_version()
    if found != needed:
        raise SchemaOutdated(found, needed)


def upgrade(path: Path, scripts: Sequence[str]) -> None:
    """Run the scripts that a file has not seen, each in one transaction with its number; a new file saw none.

    Raises:
        Unavailable: It cannot be written, or a script failed: then the file is as the script before left it.
    """
    with translated(path), writer_lock(path):
        connection = connect(path, "rwc")
        try:
            (version,) = connection.execute("PRAGMA user_version").fetchone()
            for number, script in enumerate(scripts[version:], start=version + 1):
                stamp = f"PRAGMA application_id = {APPLICATION_ID}; PRAGMA user_version = {number}"
                connection.executescript(f"BEGIN IMMEDIATE;\n{script}\n{stamp};\nCOMMIT;")
        finally:
            connection.close()


def migrate(path: str | os.PathLike[str]) -> int:
    """Bring a desk's file to the version that this credcore needs, and return that version.

    Take a backup first; nothing else should have the desk open. A file that is up to date is left alone.

    Raises:
        SchemaOutdated: The file is newer than this credcore.
        InvalidInput: It is not a desk.
        Unavailable: It cannot be written.
    """
    file, needed = file_at(path), needed_version()
    found = found_version(file)
    if found > needed:
        raise SchemaOutdated(found, needed)
    if found < needed:
        upgrade(file, steps())
    return needed
