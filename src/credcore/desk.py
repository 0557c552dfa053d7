"""The desk: its team, and the editions of its profile with the windows in which they are in force.

A `Desk` is the fold of its events; its methods check and *return* events.
"""

import datetime as dt
from collections.abc import Iterable, Sequence
from typing import Self

import attrs

from credcore.errors import InvalidInput, nearest
from credcore.events import DeskOpened, EditionAdopted, Event, PersonChanged, PersonJoined, PersonLeft, Stamp
from credcore.history import Fold, History, Ref
from credcore.identifiers import check_state
from credcore.instants import format_instant, to_us
from credcore.people import Person, Team

__all__ = ["AdoptedEdition", "Desk", "DeskFold", "open_desk"]

_TRAITS = ("name", "roles", "skills", "states", "payers", "conflicts", "capacity")


@attrs.frozen(kw_only=True)
class AdoptedEdition:
    """An edition of the profile that the desk adopted; in force until the next one is.

    Attributes:
        edition: Counted from 1.
        text: The profile as it was adopted.
        in_force: From when; None for the first, which reaches back without end. Never before the desk learned of it.
        event: The id of the event that told it.
    """

    edition: int
    text: str
    in_force: dt.datetime | None
    event: str


def open_desk(name: str, stamp: Stamp) -> tuple[Event, ...]:
    """Return the event with which a desk begins.

    Raises:
        InvalidInput: There is no name.
    """
    if not name:
        raise InvalidInput("is empty; name the desk", field="name")
    return (stamp(DeskOpened, name=name),)


class DeskFold(Fold[DeskOpened]):
    """A desk in the making; `Desk.from_fold` freezes it."""

    opening = DeskOpened

    def __init__(self, ref: Ref) -> None:
        """Begin with a desk to which nothing has happened."""
        super().__init__(ref)
        self.people: dict[str, Person] = {}
        self.editions: dict[int, AdoptedEdition] = {}

    def on_desk_opened(self, _event: DeskOpened) -> None:
        """Begin: the event itself says it all."""

    def on_person_joined(self, event: PersonJoined) -> None:
        """Have somebody on the team."""
        traits = {name: getattr(event, name) for name in _TRAITS}
        self.people[event.person] = Person(id=event.person, **traits)

    def on_person_changed(self, event: PersonChanged) -> None:
        """Know somebody of the team better."""
        if (known := self.people.get(event.person)) is not None:
            traits = {name: getattr(event, name) for name in _TRAITS}
            changed = {name: value for name, value in traits.items() if value is not None}
            self.people[event.person] = attrs.evolve(known, **changed)

    def on_person_left(self, event: PersonLeft) -> None:
        """Have somebody on the team no longer."""
        self.people.pop(event.person, None)

    def on_edition_adopted(self, event: EditionAdopted) -> None:
        """Have a further edition, in force no earlier than it was recorded."""
        start = None if event.edition == 1 else max(event.in_force or event.recorded_at, event.recorded_at)
        self.editions[event.edition] = AdoptedEdition(
            edition=event.edition, text=event.text, in_force=start, event=event.id
        )


@attrs.frozen(kw_only=True)
class Desk:
    """The desk, as its events tell it.

    Every method that takes a `Stamp` checks and returns events to record, and raises `InvalidInput` when the field,
    the time or the record forbids it.

    Attributes:
        name: In words.
        opened_at: Since when.
        team: Who works on it.
        editions: Of its profile, by number; their starts never fall.
    """

    name: str
    opened_at: dt.datetime
    team: Team
    editions: tuple[AdoptedEdition, ...] = ()

    @classmethod
    def from_history(cls, history: History) -> Self:
        """Return the desk that a history tells of.

        Raises:
            InvalidInput: The desk was not opened, or the events can belong to no desk.
        """
        return cls.from_fold(DeskFold(history.ref).through(history))

    @classmethod
    def from_fold(cls, fold: DeskFold) -> Self:
        """Return the desk as far as a fold has come; the fold may go on.

        Raises:
            InvalidInput: The desk was not opened.
        """
        opened = fold.begun()
        return cls(
            name=opened.name,
            opened_at=opened.at,
            team=Team(fold.people.values()),
            editions=tuple(fold.editions[number] for number in sorted(fold.editions)),
        )

    def edition_at(self, at: dt.datetime) -> AdoptedEdition | None:
        """Return the edition in force at an instant; None if the desk has none."""
        to_us(at)
        in_force = [edition for edition in self.editions if edition.in_force is None or edition.in_force <= at]
        return in_force[-1] if in_force else None

    def adopt(self, text: str, stamp: Stamp, *, in_force: dt.datetime | None = None) -> tuple[Event, ...]:
        """Adopt a further edition of the profile.

        Args:
            text: The profile as text, checked before.
            stamp: Who, when and why.
            in_force: From when; not before the stamp, and after the start of the edition before it. None for at once.
                The first edition reaches back without end and takes none.
        """
        self._check(stamp)
        if not self.editions:
            if in_force is not None:
                raise InvalidInput("the first edition reaches back without end; leave its start out", field="in_force")
            return (stamp(EditionAdopted, edition=1, text=text),)
        last = self.editions[-1]
        start = stamp.at if in_force is None else in_force
        if to_us(start, "in_force") < to_us(stamp.at):
            raise InvalidInput(
                f"{format_instant(start)} is set back: an edition never judges again what was judged before;"
                f" the earliest start is {format_instant(stamp.at)}",
                field="in_force",
            )
        if last.in_force is not None and start <= last.in_force:
            raise InvalidInput(
                f"edition {last.edition} is in force only from {format_instant(last.in_force)}; start after it",
                field="in_force",
            )
        return (stamp(EditionAdopted, edition=last.edition + 1, text=text, in_force=start),)

    def join(
        self,
        person: str,
        stamp: Stamp,
        *,
        name: str = "",
        roles: Sequence[str] = ("specialist",),
        skills: Sequence[str] = (),
        states: Sequence[str] = (),
        payers: Sequence[str] = (),
        conflicts: Sequence[str] = (),
        capacity: int = 40,
    ) -> tuple[Event, ...]:
        """Have a person on the team.

        Args:
            person: Their id.
            stamp: Who, when and why.
            name: In words.
            roles: At least one.
            skills: What they can work on.
            states: The postal codes of the states that they work on.
            payers: The payers that they work on.
            conflicts: The providers and facilities that they must not work on.
            capacity: How many files they may own at once.
        """
        self._check(stamp)
        if not person or person in self.team:
            raise InvalidInput(f"{person!r} is on the team already" if person else "give an id", field="person")
        _check_traits(roles, states, capacity)
        return (
            stamp(
                PersonJoined,
                person=person,
                name=name,
                roles=tuple(roles),
                skills=tuple(skills),
                states=tuple(states),
                payers=tuple(payers),
                conflicts=tuple(conflicts),
                capacity=capacity,
            ),
        )

    def change(
        self,
        person: str,
        stamp: Stamp,
        *,
        name: str | None = None,
        roles: Sequence[str] | None = None,
        skills: Sequence[str] | None = None,
        states: Sequence[str] | None = None,
        payers: Sequence[str] | None = None,
        conflicts: Sequence[str] | None = None,
        capacity: int | None = None,
    ) -> tuple[Event, ...]:
        """Change what is known of a person; None leaves a trait as it is, an empty list empties it."""
        self._check(stamp)
        self._check_member(person)
        _check_traits(roles, states, capacity)
        return (
            stamp(
                PersonChanged,
                person=person,
                name=name,
                roles=_tuple(roles),
                skills=_tuple(skills),
                states=_tuple(states),
                payers=_tuple(payers),
                conflicts=_tuple(conflicts),
                capacity=capacity,
            ),
        )

    def leave(self, person: str, stamp: Stamp) -> tuple[Event, ...]:
        """Have a person on the team no longer; their files must be given back apart."""
        self._check(stamp)
        self._check_member(person)
        return (stamp(PersonLeft, person=person),)

    def _check(self, stamp: Stamp) -> None:
        if to_us(stamp.at) < to_us(self.opened_at):
            raise InvalidInput(f"the desk was opened only at {format_instant(self.opened_at)}", field="at")

    def _check_member(self, person: str) -> None:
        if person not in self.team:
            known = nearest(person, (member.id for member in self.team))
            raise InvalidInput(f"nobody on the team is {person!r}; {known}", field="person")


def _tuple(values: Iterable[str] | None) -> tuple[str, ...] | None:
    return None if values is None else tuple(values)


def _check_traits(roles: Sequence[str] | None, states: Sequence[str] | None, capacity: int | None) -> None:
    if roles is not None and not roles:
        raise InvalidInput("is empty; a person has at least one role", field="roles")
    for state in states or ():
        if state != "*":  # licensed, or working, everywhere
            check_state(state, "states")
    if capacity is not None and capacity < 0:
        raise InvalidInput(f"{capacity} is no capacity; give 0 or more", field="capacity")
