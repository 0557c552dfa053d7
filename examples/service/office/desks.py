"""The desks as a request meets them: one desk, its caller's, alone or within a transaction of the office's own."""

import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager

import attrs

from credcore import Actor, Coordinator, load_plugins
from credcore.adapters.sqlite import SQLiteStore
from office.answers import Refused
from office.database import ORGANISATIONS, connected, digest_of
from office.settings import Settings

__all__ = ["Caller", "Office", "opened"]


@attrs.frozen
class Caller:
    """Somebody who has logged in, and the one desk that there is for them.

    Attributes:
        organisation: Theirs, as the office's login knows it; no request can name another.
        desk: That organisation's desk, as they work it.
        settings: Where the database lies.
    """

    organisation: str
    desk: Coordinator
    settings: Settings

    @contextmanager
    def transaction(self) -> Iterator[tuple[sqlite3.Connection, Coordinator]]:
        """Give a transaction of the office's own and the desk within it: what is done through both is one commit.

        It begins, works and ends in one thread, so it is opened in the body of an endpoint. As a FastAPI dependency it
        would not be: the steps of those may run in different threads.
        """
        # First credcore's lock, then SQLite's: the other way round, two requests could wait for each other.
        with connected(self.settings) as connection, self.desk.within(connection) as joined:
            try:
                connection.execute("BEGIN IMMEDIATE")
                yield connection, joined
                connection.execute("COMMIT")
            except sqlite3.OperationalError as error:
                if error.sqlite_errorcode & 0xFF != sqlite3.SQLITE_BUSY:
                    raise
                raise Refused(
                    503, "busy", "the database is held by somebody else; try again", retryable=True
                ) from error
            finally:
                connection.rollback()  # what was not committed; after a commit, nothing


@attrs.frozen
class Office:
    """All that the running service holds.

    Attributes:
        settings: As it was started.
        desks: By organisation. Threads share them.
    """

    settings: Settings
    desks: Mapping[str, Coordinator]

    def caller(self, token: str) -> Caller:
        """Return whose token it is: the office's own login says who acts, in which roles, at which desk."""
        with connected(self.settings) as connection:
            asked = "SELECT organisation, person, roles FROM token WHERE digest = ?"
            row = connection.execute(asked, (digest_of(token),)).fetchone()
        if row is None:
            raise Refused(401, "unauthenticated", "give a token that this office gave: Authorization: Bearer …")
        organisation, person, roles = row
        return Caller(organisation, self.desks[organisation].acting_as(Actor(person, roles.split())), self.settings)


@contextmanager
def opened(settings: Settings) -> Iterator[Office]:
    """Open every desk, and close them at the end. Nothing is made and nothing migrated here."""
    plugins = load_plugins()
    with ExitStack() as stack:
        stores = [stack.enter_context(SQLiteStore.open(settings.database, name)) for name in ORGANISATIONS]
        yield Office(
            settings,
            {store.desk: Coordinator(store, plugins=plugins, signing_key=settings.signing_key) for store in stores},
        )
