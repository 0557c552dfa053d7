"""Keep desks in a SQLite file: `SQLiteStore`, and `migrate` for a file that an older credcore made."""

from credcore.adapters.sqlite.schema import migrate
from credcore.adapters.sqlite.store import SQLiteStore

__all__ = ["SQLiteStore", "migrate"]
