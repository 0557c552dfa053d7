"""Let one writer at a time into a desk's file, in the order in which they came."""

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from pathlib import Path

from credcore.errors import InvalidInput

try:
    import fcntl
except ImportError:  # Windows: SQLite's own lock and its busy time-out remain
    fcntl = None  # type: ignore[assignment]  # the module, or nothing

__all__ = ["writer_lock"]


class _Hold:
    """The lock as somebody holds it, until it is let go."""

    def __init__(self, holder: object) -> None:
        self.holder = holder
        self.active = True

    def end(self) -> None:
        """Let it go; a copy of the context that lives on keeps nobody's connection."""
        self.active, self.holder = False, None


# By file, what the caller holds. A context is copied into what the caller starts and waits for, such as a thread of an
# async host, where a thread's own memory would not be; a hold that ended is told by the hold, not by the copy.
_HOLDS: ContextVar[Mapping[Path, _Hold]] = ContextVar("credcore_sqlite_holds")


@contextmanager
def writer_lock(path: Path, holder: object = None) -> Iterator[None]:
    """Hold the lock of a desk's file, waiting for it as long as it takes.

    Waiting writers queue in the kernel instead of polling SQLite's lock, and no checkpoint meets a commit. The lock
    lies beside the desk as ``<path>.lock`` and is never removed: a removed one would be two locks. Where there is no
    ``fcntl`` (Windows) writers take turns by SQLite's busy time-out alone.

    Args:
        path: The file, by its one true name.
        holder: For whom; the same one may take it again within.

    Raises:
        InvalidInput: The caller holds it for another, and would wait for itself.
        OSError: The lock's file can be neither opened nor made.
    """
    holds = _HOLDS.get({})
    held = holds.get(path)
    if held is not None and held.active:
        if holder is None or held.holder is not holder:
            raise InvalidInput(
                "a transaction on the desk's file is open here already; work through the desk or store that it gave",
                field="store",
            )
        yield
        return
    with _flock(path):
        hold = _Hold(holder)
        _HOLDS.set({**holds, path: hold})
        try:
            yield
        finally:
            hold.end()


@contextmanager
def _flock(path: Path) -> Iterator[None]:
    if fcntl is None:
        yield
        return
    # Opened at each use: a descriptor shared by threads, or inherited by a forked child, would share its lock.
    descriptor = os.open(f"{path}.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o666)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)
