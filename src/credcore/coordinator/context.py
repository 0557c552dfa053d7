"""What every part of the shell works with: the store, the clock, the actor, and the editions of the desk's profile."""

import datetime as dt
import logging
import secrets
from collections.abc import Callable, Iterator, Mapping

import attrs

from credcore.coordinator.actor import Actor
from credcore.coordinator.reader import Reader
from credcore.coordinator.rehearsal import Rehearsal
from credcore.desk import Desk
from credcore.errors import Forbidden, InvalidInput, NotFound
from credcore.events import EditionAdopted
from credcore.history import History, Ref
from credcore.plugins import Plugins
from credcore.ports import Clock, Cursor, Notifier, PayerGateway, Row, Store, View
from credcore.profile import Profile, Registry
from credcore.rules import Edition, Rule

__all__ = ["Book", "Context", "new_id"]

_log = logging.getLogger(__name__)
_PAGE = 200
_ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"


def new_id() -> str:
    """Return a fresh id: ten characters of 50 random bits that are read aloud without mistakes."""
    bits = secrets.randbits(50)
    return "".join(_ALPHABET[(bits >> shift) & 31] for shift in range(45, -5, -5))


@attrs.frozen
class Book:
    """The desk's own record, read: its team and the editions by which it judges.

    Attributes:
        desk: The desk.
        version: Of the desk's record.
        editions: The rules of each edition, within its window.
        profiles: The profile of each edition, by number.
    """

    desk: Desk
    version: int
    editions: tuple[Edition, ...]
    profiles: Mapping[int, Profile]

    @property
    def rules(self) -> tuple[Rule, ...]:
        """The rules of all editions."""
        return tuple(rule for edition in self.editions for rule in edition.rules)

    def edition_at(self, at: dt.datetime) -> Edition:
        """Return the edition in force at an instant."""
        in_force = [e for e in self.editions if e.since is None or e.since <= at]
        return in_force[-1]

    def profile_at(self, at: dt.datetime) -> Profile:
        """Return the profile in force at an instant."""
        return self.profiles[self.edition_at(at).number]

    def rules_at(self, at: dt.datetime) -> Mapping[str, Rule]:
        """Return the rules in force at an instant, by id."""
        return {rule.id: rule for rule in self.edition_at(at).rules}


@attrs.define(kw_only=True)
class Context:
    """A desk as one actor works it.

    Attributes:
        refusals: Within a host's transaction, what was refused, to be recorded when that has ended; None outside.
    """

    store: Store
    reader: Reader
    plugins: Plugins
    registry: Registry
    clock: Clock
    ids: Callable[[], str]
    actor: Actor
    notifier: Notifier | None
    gateway: PayerGateway | None
    signing_key: bytes
    refusals: list[tuple[Ref, Forbidden]] | None = None
    _books: dict[bytes, Book] = attrs.field(factory=dict)
    _profiles: dict[str, Profile] = attrs.field(factory=dict)
    _profiles_without: dict[str, Profile] = attrs.field(factory=dict)

    @property
    def is_joined(self) -> bool:
        """Whether all this is part of a host's transaction, which the host commits or takes back."""
        return self.refusals is not None

    @property
    def is_rehearsal(self) -> bool:
        """Whether what is done here is only tried: a dry run."""
        return isinstance(self.store, Rehearsal)

    def not_joined(self, action: str) -> None:
        """Refuse an action that reaches out of the desk while a host's transaction can still take the desk back.

        Raises:
            InvalidInput: This is within a host's transaction.
        """
        if self.is_joined:
            raise InvalidInput(
                f"{action}() reaches people or payers: no rollback takes that back; call it outside of the transaction",
                field="store",
            )

    @property
    def desk_ref(self) -> Ref:
        """The desk's own record."""
        return Ref("desk", self.store.desk)

    def now(self) -> dt.datetime:
        """Return the present instant, aware."""
        at = self.clock()
        if at.tzinfo is None:
            raise InvalidInput("gave an instant without a time zone", field="clock")
        return at

    def rows(self, view: View) -> Iterator[Row]:
        """Yield all rows of a view in the worklist's order, read page by page.

        Whoever changes what it lists takes the whole list first: a row that moves could be passed over.
        """
        after: Cursor | None = None
        while True:
            page = self.store.rows(view, after, _PAGE)
            yield from page.rows
            after = page.after
            if after is None:
                return

    def book(self) -> Book:
        """Return the desk's team and editions, read again only if its record has changed.

        Raises:
            NotFound: The desk was never opened.
        """
        stored, history = self.reader.read([self.desk_ref])[self.desk_ref]
        book = self._books.get(stored.head)
        if book is None:
            if not stored.version:
                raise NotFound("desk", self.store.desk, where="here")
            book = self.read_book(stored.version, history)
            self._books = {stored.head: book}
        return book

    def read_book(self, version: int, history: History) -> Book:
        """Return what a history of the desk makes of it.

        Args:
            version: Up to which the desk's record is stored: its editions were checked when they were adopted.
            history: It may go on behind that, with editions that are about to be adopted.

        Raises:
            ProfileError: An edition has faults.
        """
        desk = Desk.from_history(history)
        stored = {event.edition for event in history.events[:version] if isinstance(event, EditionAdopted)}
        profiles = {
            adopted.edition: (self._stored_profile if adopted.edition in stored else self.profile)(adopted.text)
            for adopted in desk.editions
        }
        starts = [None, *(adopted.in_force for adopted in desk.editions[1:]), None]
        editions = tuple(
            Edition(adopted.edition, profiles[adopted.edition].rules, since, until)
            for adopted, since, until in zip(desk.editions, starts, starts[1:], strict=False)
        )
        return Book(desk, version, editions, profiles)

    def profile(self, text: str) -> Profile:
        """Return the profile of a text, read once.

        Raises:
            ProfileError: The text has faults; a name that no plugin gives is one.
        """
        if text not in self._profiles:
            self._profiles[text] = Profile.from_toml(text, source="profile", registry=self.registry)
        return self._profiles[text]

    def _stored_profile(self, text: str) -> Profile:
        """Return the profile of an edition that the desk has adopted, without what no plugin gives any more.

        A desk that could not be read would be worked by nobody; what is missing is logged, and told where it counts.
        """
        if text not in self._profiles and text not in self._profiles_without:
            registry = attrs.evolve(self.registry, stand_ins=self.plugins.stand_ins)
            profile = Profile.from_toml(text, source="profile", registry=registry)
            for one in profile.missing:
                extra = {"desk": self.store.desk, "what": one.what, "missing": one.name, "reason": one.reason}
                _log.error("edition read without its plugin", extra=extra)
            (self._profiles_without if profile.missing else self._profiles)[text] = profile
        return self._profiles.get(text) or self._profiles_without[text]
