"""Where the demo lies: never in the place of somebody's desk, and put there whole or not at all."""

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from credcore.adapters.sqlite import SQLiteStore
from credcore.errors import InvalidInput

__all__ = ["DESK", "FILE", "check_free", "put", "workshop"]

DESK = "main"
FILE = "desk.db"
_FOLDERS = ("payers", "notices")


def check_free(folder: Path, mark: str) -> None:
    """Refuse a folder in which something lies that the demo has not made.

    Args:
        folder: Where the demo is wanted.
        mark: The command that a desk knows if it is a demo's.

    Raises:
        InvalidInput: A desk, or folders of payers and notices, that are somebody's own.
    """
    desk = folder / FILE
    if desk.exists():
        with SQLiteStore.open(desk, DESK) as store:
            if store.find(f"command:{mark}") is None:
                raise InvalidInput("is somebody's desk, and stays as it is; run the demo in another folder", path=FILE)
        return
    for name in _FOLDERS:
        if (folder / name).exists():
            raise InvalidInput("is here already, without a demo's desk; run the demo in another folder", path=name)


@contextmanager
def workshop(folder: Path) -> Iterator[Path]:
    """Lend an empty folder beside the place in which a desk is wanted; it is gone afterwards."""
    with tempfile.TemporaryDirectory(prefix=".credcore-demo-", dir=folder) as beside:
        yield Path(beside)


def put(built: Path, folder: Path) -> None:
    """Put a desk that was built in the place of an earlier demo's, if there is one."""
    for name in _FOLDERS:
        shutil.rmtree(folder / name, ignore_errors=True)
        if (built / name).exists():
            (built / name).rename(folder / name)
    # A log that an earlier desk left would be read as the new one's.
    for suffix in ("-wal", "-shm"):
        (folder / f"{FILE}{suffix}").unlink(missing_ok=True)
    (built / FILE).replace(folder / FILE)
