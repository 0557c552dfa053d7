"""Let one writer at a time into a desk's file, in the order in which they came."""

import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from pathlib import Path

from credcore.errors import InvalidInput

try:
    import fcntl
except ImportError:  # Windows: SQLite's own lock and its busy time-out remain
    fcntl = None  # type: ignore[assignment]  # the module, or nothing

__all__ = ["Hold", "held", "writer_lock"]


class Hold:
    """The lock of a file as somebody holds it, until it is let go.

    Attributes:
        afterwards: Called once it has been let go, whatever came of what was done under it.
    """

    def __init__(self, holder: object) -> None:
        """Hold it for somebody."""
        self.holder = holder
        self.is_active = True
        self.afterwards: list[Callable[[], None]] = []

    def end(self) -> None:
        """Let it go; a copy of the context that lives on keeps nobody's connection."""
        self.is_active, self.holder = False, None


# By file, what the caller holds. A context is copied into what the caller starts and waits for, such as a thread of an
# async host, where a thread's own memory would not be; a hold that ended is told by the hold, not by the copy.
_HOLDS: ContextVar[Mapping[Path, Hold]] = ContextVar("credcore_sqlite_holds")


def held(path: Path) -> Hold | None:
    """Return the caller's own hold of a file; None if it has none."""
    hold = _HOLDS.get({}).get(path)
    return hold if hold is not None and hold.is_active else None


@contextmanager
def writer_lock(path: Path, holder: object = None) -> Iterator[Hold]:
    """Hold the lock of a desk's file, waiting for it as long as it takes.

    Waiting writers queue in the kernel instead of polling SQLite's lock, and no checkpoint meets a commit. The lock
    lies beside the desk as ``<path>.lock`` and is never removed: a removed one would be two locks. Where there is no
    ``fcntl`` (Windows) writers take turns by SQLite's busy time-out alone.

    Args:
        path: The file, by its one true name.
        holder: For whom; the same one may take it again within.

    Yields:
        The hold: within another of the same holder, that one.

    Raises:
        InvalidInput: The caller holds it for another, and would wait for itself.
        OSError: The lock's file can be neither opened nor made.
    """
    outer = held(path)
    if outer is not None:
        if holder is None or outer.holder is not holder:
            raise InvalidInput(
                "a transaction on the desk's file is open here already; work through the desk or store that it gave",
                field="store",
            )
        yield outer
        return
    hold = Hold(holder)
    try:
        with _flock(path):
            _HOLDS.set({other: one for other, one in _HOLDS.get({}).items() if one.is_active} | {path: hold})
            try:
                yield hold
            finally:
                hold.end()
    finally:
        for call in hold.afterwards:
            call()


@contextmanager
def _flock(path: Path) -> Iterator[None]:
    if fcntl is None:
        yield
        return
    # Opened at each use: a descriptor shared by threads would share its lock.
    descriptor, opener = os.open(f"{path}.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o666), os.getpid()
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        # A child that was forked meanwhile has the descriptor too: closing it here alone would leave the lock with it.
        if os.getpid() == opener:
            fcntl.flock(descriptor, fcntl.LOCK_UN)
        os.close(descriptor)
