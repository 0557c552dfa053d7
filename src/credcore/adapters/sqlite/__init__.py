"""Keep desks in a SQLite file: `SQLiteStore`, and what makes and changes the tables there.

`migrate` brings a file that an older credcore made up to date, `add_tables` adds credcore's tables to a database of the
host's, and `script` gives the SQL of both, for hosts that run their migrations themselves.
"""

from credcore.adapters.sqlite.schema import add_tables, migrate, script
from credcore.adapters.sqlite.store import SQLiteStore

__all__ = ["SQLiteStore", "add_tables", "migrate", "script"]
