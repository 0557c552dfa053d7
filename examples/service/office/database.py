"""One SQLite file, two owners: the office's own tables, and credcore's, all of them named ``credcore_…``.

`make` is run once, by hand or by a deployment; the service itself only opens, and refuses what it does not find.
"""

import hashlib
import secrets
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from importlib import resources

from credcore import Coordinator, load_plugins
from credcore.adapters.sqlite import SQLiteStore, add_tables
from office.settings import Settings

__all__ = ["ORGANISATIONS", "connected", "digest_of", "give_token", "make"]

ORGANISATIONS = ("lakeside", "riverside")

_TABLES = """
CREATE TABLE practice (
  organisation TEXT NOT NULL,
  code         TEXT NOT NULL,
  PRIMARY KEY (organisation, code)
);

CREATE TABLE token (
  digest       BLOB PRIMARY KEY,   -- never the token itself
  organisation TEXT NOT NULL,
  person       TEXT NOT NULL,
  roles        TEXT NOT NULL
);

CREATE TABLE application (
  number       INTEGER PRIMARY KEY,
  organisation TEXT NOT NULL,
  call         TEXT NOT NULL,      -- who asked, and their Idempotency-Key
  asked        TEXT NOT NULL,      -- what they asked for
  practice     TEXT NOT NULL,
  file         TEXT NOT NULL,      -- credcore's id of the file that it opened
  UNIQUE (organisation, call),
  FOREIGN KEY (organisation, practice) REFERENCES practice
);

CREATE TABLE document (
  organisation TEXT NOT NULL,
  call         TEXT NOT NULL,
  file         TEXT NOT NULL,
  element      TEXT NOT NULL,
  shelf        TEXT NOT NULL,      -- where the office keeps the paper
  PRIMARY KEY (organisation, call)
);
"""


@contextmanager
def connected(settings: Settings) -> Iterator[sqlite3.Connection]:
    """Lend a connection of the office's own, for one request and one thread."""
    # `rw`: a database that is not there is a mistake, and not a reason to make an empty one. `isolation_level=None`:
    # transactions begin and end where the code says so.
    place = f"{settings.database.resolve().as_uri()}?mode=rw"
    with closing(sqlite3.connect(place, uri=True, timeout=settings.busy_seconds, isolation_level=None)) as connection:
        connection.execute("PRAGMA synchronous=FULL")
        connection.execute("PRAGMA foreign_keys=ON")
        yield connection


def make(settings: Settings) -> list[tuple[str, str, str]]:
    """Make the database with a desk for each organisation, and return organisation, person and token of everybody."""
    if settings.database.exists():
        raise FileExistsError(f"{settings.database} is there already; the office starts with it as it is")
    with closing(sqlite3.connect(settings.database)) as connection:
        connection.executescript(_TABLES)
        practices = [(organisation, code) for organisation in ORGANISATIONS for code in ("north", "south")]
        connection.executemany("INSERT INTO practice VALUES (?, ?)", practices)
        connection.commit()
    add_tables(settings.database)  # credcore's own migration; after an upgrade the same call brings it up to date
    given = []
    for organisation in ORGANISATIONS:
        profile = (resources.files("office") / f"{organisation}.toml").read_text(encoding="utf-8")
        with SQLiteStore.create(settings.database, organisation) as store:
            desk = Coordinator(store, profile, plugins=load_plugins(), signing_key=settings.signing_key)
            team = desk.desk.team
        for person in team:
            token = give_token(settings, organisation, person.id, person.roles)
            given.append((organisation, person.id, token))
    return given


def give_token(settings: Settings, organisation: str, person: str, roles: tuple[str, ...]) -> str:
    """Return a new token for somebody; the database keeps its digest alone, so nobody can be told it again."""
    token = secrets.token_urlsafe(32)
    with connected(settings) as connection:
        row = (digest_of(token), organisation, person, " ".join(roles))
        connection.execute("INSERT INTO token VALUES (?, ?, ?, ?)", row)
    return token


def digest_of(token: str) -> bytes:
    """Return what the database knows of a token. It is 32 random bytes: a password would need a slow hash with salt."""
    return hashlib.sha256(token.encode()).digest()
