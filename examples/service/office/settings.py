"""What the service takes from its environment."""

import logging
import os
from collections.abc import Mapping
from pathlib import Path

import attrs

__all__ = ["Settings"]

_log = logging.getLogger("office")
_EVERYBODY_KNOWS_THIS = b"a key for demos: it is printed in the example's source"


@attrs.frozen(kw_only=True)
class Settings:
    """Where the database lies, and by what its events are signed.

    Attributes:
        database: The office's own SQLite file, in which the desks lie too.
        signing_key: Signs each record's chain of events: whoever has it could write a history that looks true.
        busy_seconds: How long a write waits for somebody who holds the database past credcore's lock, such as a backup.
    """

    database: Path
    signing_key: bytes = attrs.field(repr=False)
    busy_seconds: float = 5.0

    @classmethod
    def read(cls, environ: Mapping[str, str] = os.environ) -> "Settings":
        """Read ``OFFICE_DATABASE``, ``OFFICE_SIGNING_KEY``, ``OFFICE_BUSY_SECONDS``; without a key, complain loudly."""
        key = environ.get("OFFICE_SIGNING_KEY", "").encode()
        if not key:
            _log.warning("OFFICE_SIGNING_KEY IS NOT SET: events are signed with a key that everybody knows. Demo only!")
        return cls(
            database=Path(environ.get("OFFICE_DATABASE", "office.db")),
            signing_key=key or _EVERYBODY_KNOWS_THIS,
            busy_seconds=float(environ.get("OFFICE_BUSY_SECONDS", "5")),
        )
