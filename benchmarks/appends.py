"""Appends: durable commits of one event to one record, in SQLite files side by side in one folder.

On disk means on disk: all write ahead (WAL) with ``synchronous=FULL``. How long a disk takes for that varies a lot, so
the slices are short and take turns. While a log still grows each commit is slower, for the file's length must be on
disk too; a desk lives on after that, so the first commits are not timed.
"""

import hashlib
import sqlite3
import tempfile
import threading
import uuid
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing
from pathlib import Path

import eventsourcing.persistence
from eventsourcing.sqlite import SQLiteApplicationRecorder, SQLiteDatastore

from benchmarks.harness import Benchmark, Contender, Goal, Role
from credcore.adapters.sqlite import SQLiteStore
from credcore.history import Ref
from credcore.ports import NO_DEADLINE, Decision, Line, StoredEvent, Write

__all__ = ["benchmarks"]

Append = Callable[[int, int], None]
"""Commits one event durably: to which record, at which version."""

_BODY = '{"channel":"email","direction":"out","id":"e-%d","party":"provider","v":1}'
_STATE = '{"kind":"initial","provider":"p-1","stage":"psv"}'
_AT_US = 1_772_463_600_000_000
_UNTIMED = 2_000
"""Commits after which SQLite, left to itself, has emptied its log once and writes into it again: 1,000 pages."""
_LIMIT = "sqlite3: INSERT of the same bytes"
_PEER = "eventsourcing: SQLite recorder"
_OWN = "SQLiteStore.commit"


def benchmarks(stack: ExitStack, *, tiny: bool) -> list[Benchmark]:
    """Return the questions for one writer and for eight threads, each of which writes to a record of its own."""
    # Not where temporary files go: that may be memory, where nothing waits for a disk.
    folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix=".benchmark-", dir=Path.cwd())))
    return [
        _writers(threads, 2 if tiny else each, 0 if tiny else _UNTIMED, folder, stack)
        for threads, each in ((1, 20), (8, 5))
    ]


def _writers(threads: int, each: int, untimed: int, folder: Path, stack: ExitStack) -> Benchmark:
    pool = stack.enter_context(ThreadPoolExecutor(threads))

    def contender(name: str, role: Role, append: Append, path: Path, table: str, column: str) -> Contender:
        slices = _Slices(append, threads, each, pool)
        return Contender(name=name, role=role, run=slices.run, answer=lambda _: _on_disk(path, table, column))

    plain, peer, desk = (folder / f"{what}-{threads}.db" for what in ("plain", "peer", "desk"))
    who = "one writer" if threads == 1 else f"{threads} threads"
    return Benchmark(
        name=f"appends: durable commits, {who}",
        unit="commit",
        size=threads * each,
        contenders=(
            contender(_LIMIT, "limit", _plain(plain, stack), plain, "event", "body"),
            contender(_PEER, "peer", _recorder(peer, stack), peer, "stored_events", "state"),
            contender(_OWN, "credcore", _store(desk, stack), desk, "credcore_event", "body"),
        ),
        reference=_LIMIT,
        goals=(Goal(contender=_OWN, reference=_PEER, at_most=1.5),),
        calls=1,
        rounds=100,
        warmup=untimed // (threads * each),
        rate=True,
        note=(
            "WAL and synchronous=FULL for all: the peer's defaults, checked, not set. credcore also checks versions"
            " and keys, and writes the record's state and worklist line in the same commit."
        ),
    )


def _on_disk(path: Path, table: str, column: str) -> list[str]:
    """Return the bodies that a file holds, read by somebody else."""
    with closing(sqlite3.connect(path)) as connection:
        rows = connection.execute(f"SELECT CAST({column} AS TEXT) FROM {table}")  # noqa: S608 - our own words
        return sorted(body for (body,) in rows)


class _Slices:
    """Runs slice after slice of one contender: each writes the next versions of the same records."""

    def __init__(self, append: Append, threads: int, each: int, pool: ThreadPoolExecutor) -> None:
        self._append = append
        self._threads = threads
        self._each = each
        self._pool = pool
        self._version = 0

    def run(self) -> None:
        """Write the next slice; return when it is on disk."""
        begin, self._version = self._version + 1, self._version + self._each
        if self._threads == 1:
            self._stream(0, begin)
        else:
            list(self._pool.map(self._stream, range(self._threads), [begin] * self._threads))

    def _stream(self, record: int, begin: int) -> None:
        for version in range(begin, begin + self._each):
            self._append(record, version)


# The limit


def _plain(path: Path, stack: ExitStack) -> Append:
    """Append through one connection a thread, the threads in turns: nobody polls SQLite's lock."""
    with closing(_connected(path)) as connection:
        connection.execute(
            "CREATE TABLE event (record INTEGER, version INTEGER, body TEXT, PRIMARY KEY (record, version))"
        )
    turn = threading.Lock()
    own = threading.local()

    def append(record: int, version: int) -> None:
        if not hasattr(own, "connection"):
            own.connection = stack.enter_context(closing(_connected(path)))
        with turn:
            own.connection.execute("INSERT INTO event VALUES (?, ?, ?)", (record, version, _BODY % version))

    return append


def _connected(path: Path) -> sqlite3.Connection:
    connection = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
    connection.execute("PRAGMA journal_mode=WAL")
    connection.execute("PRAGMA synchronous=FULL")
    return connection


# The peer


def _recorder(path: Path, stack: ExitStack) -> Append:
    """Append through the recorder that an application of the library has, as it comes."""
    datastore = SQLiteDatastore(str(path))
    stack.callback(datastore.close)
    recorder = SQLiteApplicationRecorder(datastore)
    recorder.create_table()
    _require_durable(datastore)

    def append(record: int, version: int) -> None:
        event = eventsourcing.persistence.StoredEvent(
            originator_id=uuid.UUID(int=record),
            originator_version=version,
            topic="benchmarks.appends:ContactLogged",
            state=(_BODY % version).encode(),
        )
        recorder.insert_events([event])

    return append


def _require_durable(datastore: SQLiteDatastore) -> None:
    with datastore.transaction(commit=False) as cursor:
        found = []
        for pragma in ("journal_mode", "synchronous"):
            cursor.execute(f"PRAGMA {pragma}")
            found.append(cursor.fetchone()[0])
    if found != ["wal", 2]:
        raise RuntimeError(f"the peer's file has {found}, not WAL and FULL; its commits are not the same promise")


# credcore


def _store(path: Path, stack: ExitStack) -> Append:
    """Append through the store, with the record's state and line."""
    store = stack.enter_context(SQLiteStore.create(path, "main"))
    line = Line(
        open=True,
        opened_at=_AT_US,
        stage="psv",
        owner="ana",
        urgency=3,
        deadline=NO_DEADLINE,
        not_before=None,
        next_change=None,
        edition=1,
    )

    def append(record: int, version: int) -> None:
        at_us = _AT_US + version
        # The chain's cost is the coordinator's; a store takes the mac as it comes.
        mac = hashlib.sha256(b"%d:%d" % (record, version)).digest()
        event = StoredEvent(version, at_us, at_us, "contact-logged", "ana", None, _BODY % version, mac)
        write = Write(ref=Ref("file", f"f-{record}"), expected=version - 1, events=(event,), state=_STATE, line=line)
        store.commit(Decision(writes=(write,)))

    return append
