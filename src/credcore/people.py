"""The people of a desk: who they are, and, as a record of its own, when they are away and what they took.

`Person` and `Team` say what a person may do; they come out of the desk's record. A `PersonRecord` is the fold of one
person's own events, apart from the desk so that two assignments to one person race on it and on nothing else.
"""

import datetime as dt
from collections.abc import Iterable, Iterator, Mapping
from typing import Self

import attrs

from credcore.errors import InvalidInput, NotFound, nearest
from credcore.events import (
    AbsenceCancelled,
    AbsenceRecorded,
    CoverArranged,
    CoverEnded,
    Event,
    FileReturned,
    FileTaken,
    Stamp,
)
from credcore.history import Fold, History, Ref
from credcore.instants import format_instant, to_us

__all__ = ["Absence", "Cover", "Person", "PersonFold", "PersonRecord", "Team"]


def _texts(values: Iterable[str]) -> tuple[str, ...]:
    return tuple(values)


@attrs.frozen(kw_only=True)
class Person:
    """Somebody who works on the desk.

    Attributes:
        id: Their own.
        name: In words.
        roles: Such as ``specialist``, ``lead`` or ``coordinator``.
        skills: What they can work on.
        states: The postal codes of the states that they work on.
        payers: The payers that they work on.
        conflicts: The providers and facilities that they must not work on.
        capacity: How much they may own at once, in units of effort; a file takes one.
    """

    id: str
    name: str = ""
    roles: tuple[str, ...] = attrs.field(default=("specialist",), converter=_texts)
    skills: tuple[str, ...] = attrs.field(default=(), converter=_texts)
    states: tuple[str, ...] = attrs.field(default=(), converter=_texts)
    payers: tuple[str, ...] = attrs.field(default=(), converter=_texts)
    conflicts: tuple[str, ...] = attrs.field(default=(), converter=_texts)
    capacity: int = 40


def _by_id(people: Iterable[Person]) -> tuple[Person, ...]:
    return tuple(sorted(people, key=lambda person: person.id))


@attrs.frozen
class Team:
    """The people of a desk, ordered by id.

    Example:
        >>> team = Team([Person(id="ben"), Person(id="ana", roles=("lead",))])
        >>> [person.id for person in team], team["ana"].roles
        (['ana', 'ben'], ('lead',))
    """

    people: tuple[Person, ...] = attrs.field(default=(), converter=_by_id)

    def __attrs_post_init__(self) -> None:
        """Refuse two people of one id."""
        ids = [person.id for person in self.people]
        if twins := sorted({name for name in ids if ids.count(name) > 1}):
            raise InvalidInput(f"more than one person has the id {', '.join(twins)}", field="people")

    def __iter__(self) -> Iterator[Person]:
        """Go through the people in the order of their ids."""
        return iter(self.people)

    def __len__(self) -> int:
        """Return how many they are."""
        return len(self.people)

    def __contains__(self, person_id: object) -> bool:
        """Tell whether somebody has that id."""
        return any(person.id == person_id for person in self.people)

    def __getitem__(self, person_id: str) -> Person:
        """Return a person by id.

        Raises:
            NotFound: Nobody has that id; the message names the nearest.
        """
        for person in self.people:
            if person.id == person_id:
                return person
        raise NotFound("person", person_id, known=[person.id for person in self.people])

    def with_role(self, role: str) -> tuple[Person, ...]:
        """Return those who have a role, in the order of their ids."""
        return tuple(person for person in self.people if role in person.roles)


@attrs.frozen(kw_only=True)
class Absence:
    """A person is away during ``[since, until)``.

    Attributes:
        id: Its own.
        since: Its first instant.
        until: Its end; None for until further notice.
        reason: In words.
    """

    id: str
    since: dt.datetime
    until: dt.datetime | None = None
    reason: str = ""

    def holds_at(self, at: dt.datetime) -> bool:
        """Tell whether the person is away at an instant."""
        return self.since <= at and (self.until is None or at < self.until)


@attrs.frozen(kw_only=True)
class Cover:
    """Another person works this one's list during ``[since, until)``.

    Attributes:
        id: Its own.
        covered_by: Who works it.
        since: Its first instant.
        until: Its end; None for until further notice.
    """

    id: str
    covered_by: str
    since: dt.datetime
    until: dt.datetime | None = None

    def holds_at(self, at: dt.datetime) -> bool:
        """Tell whether the list is covered at an instant."""
        return self.since <= at and (self.until is None or at < self.until)


class PersonFold(Fold[Event]):
    """A person's record in the making; it needs no opening. `PersonRecord.from_fold` freezes it."""

    def __init__(self, ref: Ref) -> None:
        """Begin with somebody who is there and has taken nothing."""
        super().__init__(ref)
        self.absences: dict[str, Absence] = {}
        self.covers: dict[str, Cover] = {}
        self.files: dict[str, dt.datetime] = {}

    def on_absence_recorded(self, event: AbsenceRecorded) -> None:
        """Be away."""
        self.absences[event.absence] = Absence(
            id=event.absence, since=event.since, until=event.until, reason=event.reason
        )

    def on_absence_cancelled(self, event: AbsenceCancelled) -> None:
        """Be there after all; what was over by then stays."""
        if (absence := self.absences.pop(event.absence, None)) is not None and absence.since < event.at:
            self.absences[absence.id] = attrs.evolve(absence, until=_earlier(absence.until, event.at))

    def on_cover_arranged(self, event: CoverArranged) -> None:
        """Have one's list covered."""
        self.covers[event.cover] = Cover(
            id=event.cover, covered_by=event.covered_by, since=event.since, until=event.until
        )

    def on_cover_ended(self, event: CoverEnded) -> None:
        """Have it covered no longer; what was over by then stays."""
        if (cover := self.covers.pop(event.cover, None)) is not None and cover.since < event.at:
            self.covers[cover.id] = attrs.evolve(cover, until=_earlier(cover.until, event.at))

    def on_file_taken(self, event: FileTaken) -> None:
        """Own a file."""
        self.files[event.file] = event.at

    def on_file_returned(self, event: FileReturned) -> None:
        """Own it no longer."""
        self.files.pop(event.file, None)


@attrs.frozen(kw_only=True)
class PersonRecord:
    """What assignment races on: a person's absences, cover, and files taken.

    Every method that takes a `Stamp` checks and returns events to record, and raises `InvalidInput` when the field,
    the time or the record forbids it.

    Attributes:
        id: The person's.
        absences: By id; one that was cancelled halfway ends there, one that never began is gone.
        covers: By id, likewise.
        files: When each file was taken, by the file's id.
    """

    id: str
    absences: Mapping[str, Absence] = attrs.field(factory=dict)
    covers: Mapping[str, Cover] = attrs.field(factory=dict)
    files: Mapping[str, dt.datetime] = attrs.field(factory=dict)

    @classmethod
    def from_history(cls, history: History) -> Self:
        """Return the record that a history tells of; an empty one of an empty history.

        Raises:
            InvalidInput: The events can belong to no person.
        """
        return cls.from_fold(PersonFold(history.ref).through(history))

    @classmethod
    def from_fold(cls, fold: PersonFold) -> Self:
        """Return the record as far as a fold has come; the fold may go on."""
        return cls(id=fold.ref.id, absences=dict(fold.absences), covers=dict(fold.covers), files=dict(fold.files))

    def is_present(self, at: dt.datetime) -> bool:
        """Tell whether no absence holds at an instant."""
        to_us(at)
        return not any(absence.holds_at(at) for absence in self.absences.values())

    def covered_by(self, at: dt.datetime) -> str | None:
        """Return who works this person's list at an instant; None if nobody else does.

        Where covers overlap, the one that began last holds.
        """
        to_us(at)
        holding = [cover for cover in self.covers.values() if cover.holds_at(at)]
        return max(holding, key=lambda cover: (cover.since, cover.id)).covered_by if holding else None

    def free_slots(self, capacity: int) -> int:
        """Return how many more files the person may take, with that capacity."""
        return max(0, capacity - len(self.files))

    def record_absence(
        self,
        absence: str,
        since: dt.datetime,
        stamp: Stamp,
        *,
        until: dt.datetime | None = None,
        reason: str = "",
    ) -> tuple[Event, ...]:
        """Be away.

        Args:
            absence: Its own id.
            since: The first instant.
            stamp: Who, when and why.
            until: The end, after the beginning; None for until further notice.
            reason: In words; no private data.
        """
        _check_new(absence, self.absences, "absence")
        _check_span(since, until)
        return (stamp(AbsenceRecorded, absence=absence, since=since, until=until, reason=reason),)

    def cancel_absence(self, absence: str, stamp: Stamp) -> tuple[Event, ...]:
        """End an absence that has begun, or call off one that has not."""
        known = self.absences[_check_known(absence, self.absences, "absence")]
        _check_not_over(known.until, stamp, "absence", absence)
        return (stamp(AbsenceCancelled, absence=absence),)

    def arrange_cover(
        self,
        cover: str,
        covered_by: str,
        since: dt.datetime,
        stamp: Stamp,
        *,
        until: dt.datetime | None = None,
    ) -> tuple[Event, ...]:
        """Have another person work this one's list.

        Args:
            cover: Its own id.
            covered_by: The other person's id.
            since: The first instant.
            stamp: Who, when and why.
            until: The end, after the beginning; None for until further notice.
        """
        _check_new(cover, self.covers, "cover")
        _check_span(since, until)
        if not covered_by or covered_by == self.id:
            raise InvalidInput("a list is covered by another person; give their id", field="covered_by")
        return (stamp(CoverArranged, cover=cover, covered_by=covered_by, since=since, until=until),)

    def end_cover(self, cover: str, stamp: Stamp) -> tuple[Event, ...]:
        """End a cover that has begun, or call off one that has not."""
        known = self.covers[_check_known(cover, self.covers, "cover")]
        _check_not_over(known.until, stamp, "cover", cover)
        return (stamp(CoverEnded, cover=cover),)

    def take(self, file: str, stamp: Stamp) -> tuple[Event, ...]:
        """Own a file."""
        _check_new(file, self.files, "file")
        return (stamp(FileTaken, file=file),)

    def give_back(self, file: str, stamp: Stamp) -> tuple[Event, ...]:
        """Own a file no longer."""
        return (stamp(FileReturned, file=_check_known(file, self.files, "file")),)


def _earlier(until: dt.datetime | None, at: dt.datetime) -> dt.datetime:
    return at if until is None else min(until, at)


def _check_new(name: str, known: Mapping[str, object], field: str) -> None:
    if not name or name in known:
        raise InvalidInput(f"{name!r} is there already" if name else "is empty; give an id", field=field)


def _check_known(name: str, known: Mapping[str, object], field: str) -> str:
    if name not in known:
        raise InvalidInput(f"there is no {field} {name!r}; {nearest(name, known)}", field=field)
    return name


def _check_span(since: dt.datetime, until: dt.datetime | None) -> None:
    begins = to_us(since, "since")
    if until is not None and to_us(until, "until") <= begins:
        raise InvalidInput(f"ends no later than it begins, at {format_instant(since)}", field="until")


def _check_not_over(until: dt.datetime | None, stamp: Stamp, field: str, name: str) -> None:
    if until is not None and to_us(stamp.at) >= to_us(until):
        raise InvalidInput(f"{name!r} was over at {format_instant(until)}", field=field)
