"""Which desk a command works on, who works it, and at what time."""

import datetime as dt
import getpass
import os
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import attrs

from credcore.cli.layout import complain
from credcore.coordinator import Actor, Coordinator
from credcore.errors import InvalidInput
from credcore.hooks import StoreSpec
from credcore.instants import parse_instant
from credcore.plugins import Plugins, load_plugins
from credcore.ports import Clock, Store

__all__ = ["Place", "acting", "clock_of", "opened"]

_SCHEME = re.compile(r"([A-Za-z][A-Za-z0-9+.-]+):(.+)", re.DOTALL)
_PLAIN = "sqlite"


@attrs.frozen(kw_only=True)
class Place:
    """Where a desk lies.

    Attributes:
        store: The kind of store.
        place: Where in it, such as a file's path.
        desk: The desk's id there.
    """

    store: str
    place: str
    desk: str = "main"

    @classmethod
    def parse(cls, text: str) -> "Place":
        """Read ``PATH``, ``STORE:PLACE``, either with ``#ID`` behind it.

        Example:
            >>> Place.parse("desk.db")
            Place(store='sqlite', place='desk.db', desk='main')
            >>> Place.parse("sqlite:/srv/desks.db#lakeside")
            Place(store='sqlite', place='/srv/desks.db', desk='lakeside')
        """
        place, hash_, desk = text.rpartition("#")
        if not hash_ or not place or not desk or "/" in desk or "\\" in desk:
            place, desk = text, "main"
        scheme = _SCHEME.fullmatch(place)
        if scheme is None:
            return cls(store=_PLAIN, place=place, desk=desk)
        return cls(store=scheme[1].lower(), place=scheme[2], desk=desk)

    def __str__(self) -> str:
        """Return it as it is typed, as briefly as may be."""
        text = self.place if self.store == _PLAIN else f"{self.store}:{self.place}"
        return text if self.desk == "main" else f"{text}#{self.desk}"

    @property
    def folder(self) -> Path:
        """Where the folders of payers and notices lie: beside a desk's file, else here."""
        return Path(self.place).parent if self.store == _PLAIN else Path()

    def spec(self, plugins: Plugins) -> StoreSpec:
        """Return the kind of store.

        Raises:
            NotFound: No plugin gives it.
        """
        return plugins.store(self.store)


def clock_of(environ: Mapping[str, str] = os.environ) -> Clock:
    """Return the clock by which commands work: the system's, or one that stands still at ``CREDCORE_NOW``.

    Raises:
        InvalidInput: ``CREDCORE_NOW`` is no instant with an offset.
    """
    text = environ.get("CREDCORE_NOW")
    if not text:
        return lambda: dt.datetime.now(dt.UTC)
    now = parse_instant(text, "CREDCORE_NOW")
    return lambda: now


def acting(actor: str | None) -> Actor:
    """Return who acts: whoever was named, or who is logged in, as a coordinator.

    Raises:
        InvalidInput: Nobody was named, and the system knows of no login.
    """
    try:
        name = actor or getpass.getuser()
    except (KeyError, OSError, ImportError):
        raise InvalidInput("is unknown here; say who acts with --as or CREDCORE_ACTOR", field="actor") from None
    return Actor(name, ["coordinator"])


@contextmanager
def closing(store: Store) -> Iterator[Store]:
    """Close a store afterwards, if it is one that closes."""
    try:
        yield store
    finally:
        getattr(store, "close", lambda: None)()


@contextmanager
def opened(
    place: str, *, actor: Actor | None = None, notify: str = "", payers: bool = False, records: bool = True
) -> Iterator[Coordinator]:
    """Open an existing desk.

    Args:
        place: As it is typed.
        actor: Who acts, by id or name; None only reads.
        notify: The name of a notifier, to send with.
        payers: Reach payers through files.
        records: Whether anything is to be recorded; a dry run only tries.

    Raises:
        NotFound: There is no such store or notifier.
        PluginError: The plugin of one cannot make it.
        Unavailable: There is no such desk.
        InvalidInput: Something else lies there.
    """
    where, clock, plugins = Place.parse(place), clock_of(), load_plugins()
    sends = plugins.notifier(notify, str(where.folder / "notices")) if notify else None
    reaches = plugins.gateway("folder", str(where.folder / "payers")) if payers else None
    with closing(where.spec(plugins).open(where.place, where.desk, clock)) as store:
        desk = Coordinator(store, plugins=plugins, clock=clock, notifier=sends, gateway=reaches)
        for missing in desk.profile.missing:
            if missing.what != "policy":  # whoever assigns says so
                complain(f"warning: {missing.reason}")
        if actor is None:
            yield desk
            return
        actor = attrs.evolve(actor, id=_named(desk, actor.id))
        if actor.id not in desk.desk.team:
            all_the_same = "; recorded all the same" if records else ""
            complain(f"warning: {actor.id!r} is not of this desk's team{all_the_same}")
        yield desk.acting_as(actor)


def _named(desk: Coordinator, actor: str) -> str:
    """Return the id of the one person of the team who has a name; else the text itself: it may be a login."""
    if actor in desk.desk.team:
        return actor
    name = " ".join(actor.split()).casefold()
    found = [person.id for person in desk.desk.team if person.name.casefold() == name]
    return found[0] if len(found) == 1 else actor
