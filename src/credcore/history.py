"""A record's history: the events of one stream, read on two axes, and the states that they make.

``as_of(at)`` is what had happened by an instant, ``known_at(t)`` what had been recorded by one; the two cuts commute.
A record folds in the order (``at``, position in its stream). Everything else that credcore says of a record is derived
from here.
"""

import datetime as dt
import functools
from collections.abc import Iterable, Mapping
from typing import NamedTuple, Self

import attrs

from credcore.errors import InvalidInput
from credcore.events import Corrected, Event
from credcore.instants import to_us

__all__ = ["DatedFact", "Facet", "History", "Mark", "Ref", "State"]

KINDS = ("person", "provider", "desk", "meeting", "file")
"""The kinds of record, in the rank order in which stores lock them."""


class Ref(NamedTuple):
    """The name of a record on its desk, written ``kind/id``.

    Example:
        >>> str(Ref("file", "f-1"))
        'file/f-1'
    """

    kind: str
    id: str

    def __str__(self) -> str:
        """Return ``kind/id``."""
        return f"{self.kind}/{self.id}"

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read ``kind/id``.

        Raises:
            InvalidInput: It is not of that form, or the kind is unknown.
        """
        kind, slash, name = text.partition("/")
        if not slash or not name or kind not in KINDS:
            raise InvalidInput(f"{text!r} is not a record such as file/f-1 (kinds: {', '.join(KINDS)})", field="ref")
        return cls(kind, name)


class Facet(NamedTuple):
    """What a rule's conditions may read of a state: finite, so that a proof can enumerate it.

    Attributes:
        record: The kind of record: file, provider or meeting.
        kind: The file's kind; empty for other records.
        stage: The file's stage; a provider's or meeting's status.
        parties: Those for whom open holds wait.
        flags: Flags that stand. A file's also has ``provider-on-leave`` and ``provider-terminated``.
        attempts: Outbound contacts since the last answer, hold or change of stage.
    """

    record: str
    kind: str = ""
    stage: str = ""
    parties: frozenset[str] = frozenset()
    flags: frozenset[str] = frozenset()
    attempts: int = 0


class Mark(NamedTuple):
    """An event that made a state: what a rule's triggers read."""

    id: str
    type: str
    party: str = ""


class DatedFact(NamedTuple):
    """A day that matters, known from an event: a promise, an expiry, a cycle's anchor, a cut-off.

    Attributes:
        kind: ``promise``, ``needed-by``, ``cut-off``, ``meeting``, ``verification``, ``expiry``, ``cycle``,
            ``attestation``, ``monitoring``, ``hold-review`` or ``decision``.
        key: Which one: the promise's id, the credential's id, the cycle's body, the element.
        day: The day itself.
        event: The id of the event that told it.
        until: A day beyond which it cannot last, such as a term's end.
    """

    kind: str
    key: str
    day: dt.date
    event: str
    until: dt.date | None = None


class State(NamedTuple):
    """How a record stands from one instant until the next state.

    The states of a history have strictly rising instants: all that happens at one instant makes one state.

    Attributes:
        at_us: From when, in microseconds of UTC.
        marks: The events of this instant, in order.
        facet: What conditions may read.
        opened: The id of the event that opened the record.
        opened_us: Its instant.
        entered: The id of the event that entered the present stage.
        entered_us: Its instant.
        assigned_us: When the present owner was assigned; None in the queue.
        facts: The days that matter now, by kind and key.
    """

    at_us: int
    marks: tuple[Mark, ...]
    facet: Facet
    opened: str
    opened_us: int
    entered: str
    entered_us: int
    assigned_us: int | None = None
    facts: Mapping[tuple[str, str], DatedFact] = {}


def _events(events: Iterable[Event]) -> tuple[Event, ...]:
    return tuple(events)


@attrs.frozen
class History:
    """The events of one record in the order of its stream, with those of the records it is linked to.

    Attributes:
        ref: The record.
        events: In the order of the stream; late ones come later here, with an earlier ``at``.
        linked: Histories of linked records (a file's provider, meeting and parent), cut alike.
    """

    ref: Ref
    events: tuple[Event, ...] = attrs.field(converter=_events)
    linked: tuple["History", ...] = ()
    _until: dt.datetime | None = attrs.field(default=None, kw_only=True)
    _known: dt.datetime | None = attrs.field(default=None, kw_only=True)

    def as_of(self, at: dt.datetime) -> "History":
        """Return what had happened by an instant, that instant included.

        Raises:
            NaiveInstant: ``at`` has no zone.
        """
        to_us(at, "at")
        until = at if self._until is None else min(at, self._until)
        return attrs.evolve(self, until=until, linked=tuple(other.as_of(at) for other in self.linked))

    def known_at(self, at: dt.datetime) -> "History":
        """Return what had been recorded by an instant, that instant included.

        Raises:
            NaiveInstant: ``at`` has no zone.
        """
        to_us(at, "at")
        known = at if self._known is None else min(at, self._known)
        return attrs.evolve(self, known=known, linked=tuple(other.known_at(at) for other in self.linked))

    def with_events(self, events: Iterable[Event]) -> "History":
        """Return the history after further events at the end of its stream."""
        return attrs.evolve(self, events=(*self.events, *events))

    @functools.cached_property
    def effective(self) -> tuple[Event, ...]:
        """The events that count, in the order of folding: cut, corrected, by (``at``, position).

        Raises:
            InvalidInput: A correction names an event that this history does not have.
        """
        known = self.events
        if self._known is not None:
            known = tuple(event for event in known if event.recorded_at <= self._known)
        events = _corrected(known, self.ref)
        if self._until is not None:
            events = [event for event in events if event.at <= self._until]
        return tuple(sorted(events, key=lambda event: event.at))


def _corrected(events: tuple[Event, ...], ref: Ref) -> list[Event]:
    corrections = [event for event in events if isinstance(event, Corrected)]
    if not corrections:
        return list(events)
    standing = {event.id: event for event in events if not isinstance(event, Corrected)}
    place = {event.id: index for index, event in enumerate(events)}
    for correction in corrections:
        if correction.event not in standing:
            raise InvalidInput(
                f"corrects {correction.event!r}, which {ref} does not have", path=f"{ref}/{correction.id}"
            )
        del standing[correction.event]
        new = correction.replacement
        if new is not None:
            standing[new.id] = attrs.evolve(new, recorded_at=correction.recorded_at)
            place[new.id] = place[correction.event]
    return sorted(standing.values(), key=lambda event: place[event.id])
