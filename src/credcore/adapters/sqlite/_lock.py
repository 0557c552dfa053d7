"""Let one writer at a time into a desk's file, in the order in which they came."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

try:
    import fcntl
except ImportError:  # Windows: SQLite's own lock and its busy time-out remain
    fcntl = None  # type: ignore[assignment]  # the module, or nothing

__all__ = ["writer_lock"]


@contextmanager
def writer_lock(path: Path) -> Iterator[None]:
    """Hold the lock of a desk's file, waiting for it as long as it takes.

    Waiting writers queue in the kernel instead of polling SQLite's lock, and no checkpoint meets a commit. The lock
    lies beside the desk as ``<path>.lock`` and is never removed: a removed one would be two locks. Where there is no
    ``fcntl`` (Windows) this does nothing, and writers take turns by SQLite's busy time-out alone.

    Raises:
        OSError: The lock's file can be neither opened nor made.
    """
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
