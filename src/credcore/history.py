"""A record's history: the events of one stream, read on two axes, and the states that they make.

``as_of(at)`` is what had happened by an instant, ``known_at(t)`` what had been recorded by one; the two cuts commute.
A record folds in the order (``at``, position in its stream). Everything else that credcore says of a record is derived
from here.

Methods of records refuse, folds tolerate: what makes no sense is refused when it is to be recorded, so that a fold
meets it only where a late event or a correction has moved the ground (a release whose hold was corrected away). There
it changes nothing. A fold refuses only what can belong to no history: an event of another kind of record, one before
the opening, a second opening.
"""

import abc
import datetime as dt
import functools
import operator
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, ClassVar, Generic, NamedTuple, Self, TypeVar

import attrs

from credcore.errors import InvalidInput
from credcore.events import ActionRefused, Corrected, Event, Told, Withdrawn
from credcore.instants import to_us

__all__ = ["SILENT", "DatedFact", "Facet", "Fold", "History", "Mark", "Ref", "State", "StateFold"]

KINDS = ("person", "provider", "desk", "meeting", "file")
"""The kinds of record, in the rank order in which stores lock them."""

SILENT = (Told, Withdrawn, ActionRefused)
"""Event types that no rule reads: they change no record and make no state."""


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
        attempts: Outbound contacts since the last answer, hold or change of stage, with whomever.
        state: The postal code of the state in which the provider practises, of a file as of a provider; empty if it is
            not known.
        tries: The same by party, since its own last answer or hold, or the change of stage; by the party's name, those
            with none left out.
    """

    record: str
    kind: str = ""
    stage: str = ""
    parties: frozenset[str] = frozenset()
    flags: frozenset[str] = frozenset()
    attempts: int = 0
    state: str = ""
    tries: tuple[tuple[str, int], ...] = ()


class Mark(NamedTuple):
    """An event that made a state: what a rule's triggers read.

    Attributes:
        id: The event's id.
        type: The event type's name. A contact that was answered, or came in, makes a second mark
            ``contact-answered``.
        party: With whom the contact was; empty for other events.
    """

    id: str
    type: str
    party: str = ""


class DatedFact(NamedTuple):
    """A day that matters, known from an event: a promise, an expiry, a cycle's anchor, a cut-off.

    Attributes:
        kind: ``promise``, ``needed-by``, ``cut-off``, ``meeting``, ``verification``, ``expiry``, ``cycle``,
            ``attestation``, ``monitoring``, ``hold-review``, ``payer-answer`` or ``decision``.
        key: Which one: the promise's id, the credential's id, the cycle's body, the element.
        day: The day itself.
        event: The id of the event that told it.
        until: A day beyond which it cannot last, such as a term's end.
        credential: Of an expiry: the kind of credential, such as ``licence``; empty for other days.
    """

    kind: str
    key: str
    day: dt.date
    event: str
    until: dt.date | None = None
    credential: str = ""


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
        events: Sequence[Event] = _corrected(known, self.ref)
        if self._until is not None:
            events = [event for event in events if event.at <= self._until]
        return tuple(sorted(events, key=_BY_INSTANT))


_BY_INSTANT = operator.attrgetter("at")


def _corrected(events: Sequence[Event], ref: Ref) -> Sequence[Event]:
    corrections = [event for event in events if isinstance(event, Corrected)]
    if not corrections:
        return events
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


_Opening = TypeVar("_Opening", bound=Event)


class Fold(Generic[_Opening]):
    """A record in the making: applies events one by one, in the order of `History.effective`.

    A subclass handles an event type by a method named for it: ``on_hold_placed`` for ``hold-placed``.

    Attributes:
        ref: The record.
        opened: The event that opened it; None before.
    """

    opening: ClassVar[type[Event] | None] = None
    """The type of the event with which such a record opens; None if it needs no opening."""
    _handlers: ClassVar[Mapping[str, Callable[[Any, Any], None]]] = {}

    def __init_subclass__(cls) -> None:
        """Collect the methods that handle events, by the type's name: ``on_stage_changed`` for ``stage-changed``."""
        super().__init_subclass__()
        names = [name for name in dir(cls) if name.startswith("on_")]
        cls._handlers = {name[3:].replace("_", "-"): getattr(cls, name) for name in names}

    def __init__(self, ref: Ref) -> None:
        """Begin with a record to which nothing has happened."""
        self.ref = ref
        self.opened: _Opening | None = None

    def apply(self, event: Event) -> None:
        """Take in one event; `SILENT` ones change nothing.

        Raises:
            InvalidInput: It does not happen to such a record, comes before the opening, or opens the record again. The
                path is the record and the event's id.
        """
        self._take(event)

    def _take(self, event: Event) -> bool:
        """Take in one event, and tell whether it is one that can change the record."""
        handler = self._handlers.get(event.type)
        if handler is None:
            if isinstance(event, SILENT):
                return False
            raise self._refused(event, f"{event.type} does not fold into a {self.ref.kind}; fold History.effective")
        if self.opened is None or type(event) is self.opening:
            self._open(event)
        handler(self, event)
        return True

    def _open(self, event: Event) -> None:
        if self.opening is not None and (type(event) is self.opening) is (self.opened is not None):
            why = "came before the record was opened" if self.opened is None else "opens a record that is open already"
            raise self._refused(event, f"{event.type} {why}")
        self.opened = event  # type: ignore[assignment] # it is of the type `opening`, or nobody asks

    def through(self, history: History) -> Self:
        """Take in what counts of a history, and return the fold itself.

        Raises:
            InvalidInput: As `apply`.
        """
        for event in history.effective:
            self.apply(event)
        return self

    def begun(self) -> _Opening:
        """Return the event that opened the record.

        Raises:
            InvalidInput: Nothing had opened it.
        """
        if self.opened is None:
            raise InvalidInput("was not open: nothing that opens it had happened or was known", path=str(self.ref))
        return self.opened

    def _refused(self, event: Event, message: str) -> InvalidInput:
        return InvalidInput(message, path=f"{self.ref}/{event.id}")


class StateFold(Fold[_Opening], abc.ABC):
    """A fold that also yields states: a file's, a provider's, a meeting's.

    Attributes:
        at: The instant of the last event that made a mark.
        marks: What happened at that instant.
        entered: The event that entered the present stage or status.
        assigned_at: When the present owner was assigned.
        facts: The days that matter; copied before a change once a state shares them.
    """

    reshaping: ClassVar[frozenset[str] | None] = None
    """The types of event that can change the facet; None if any can."""

    def __init__(self, ref: Ref) -> None:
        """Begin with a record to which nothing has happened."""
        super().__init__(ref)
        self._facet: Facet | None = None
        self._opened_us: int | None = None
        self._entered_us: tuple[Event | None, int] = (None, 0)
        self._assigned_us: tuple[dt.datetime | None, int | None] = (None, None)
        self._are_facts_shared = False
        self.at: dt.datetime | None = None
        self.marks: list[Mark] = []
        self.entered: Event | None = None
        self.assigned_at: dt.datetime | None = None
        self.facts: dict[tuple[str, str], DatedFact] = {}

    @abc.abstractmethod
    def facet(self) -> Facet:
        """Return what conditions may read of the record now."""

    def apply(self, event: Event) -> None:
        """Take in one event, as `Fold.apply` does, and mark it."""
        if self._take(event):
            self.mark(event)
            if self.reshaping is None or event.type in self.reshaping:
                self._facet = None

    def through(self, history: History) -> Self:
        """Take in what counts of a history for the record itself: nothing is marked, and no state asked for.

        Raises:
            InvalidInput: As `apply`.
        """
        handlers, opening = self._handlers, self.opening
        for event in history.effective:
            handler = handlers.get(event.type)
            if handler is None or self.opened is None or type(event) is opening:
                self._take(event)  # it is refused, silent, or the opening; all others are a look-up away
            else:
                handler(self, event)
        self._facet = None
        return self

    def apply_linked(self, source: Ref, event: Event) -> None:
        """Take in an event of a linked record; what does not matter here changes and marks nothing."""

    def mark(self, event: Event, party: str = "") -> None:
        """Note that an event makes, or belongs to, the state of its instant, and with whom it was."""
        if event.at != self.at:
            self.at, self.marks = event.at, []
        self.marks.append(Mark(event.id, event.type, party))

    def know(
        self,
        kind: str,
        key: str,
        day: dt.date | None,
        event: Event,
        until: dt.date | None = None,
        credential: str = "",
    ) -> None:
        """Note a day that matters from now on; None forgets it."""
        if day is None:
            self.forget(kind, key)
        else:
            if self._are_facts_shared:
                self._leave_facts()
            self.facts[kind, key] = DatedFact(kind, key, day, event.id, until, credential)

    def forget(self, kind: str, key: str) -> None:
        """Note that a day matters no longer."""
        if (kind, key) in self.facts:
            if self._are_facts_shared:
                self._leave_facts()
            del self.facts[kind, key]

    def _leave_facts(self) -> None:
        """Leave the days to the states that have them, and go on with a copy."""
        self.facts, self._are_facts_shared = dict(self.facts), False

    def state(self) -> State:
        """Return how the record stands after what was applied; asking changes nothing.

        Raises:
            InvalidInput: Nothing had opened it.
        """
        opened = self.begun()
        entered = self.entered or opened
        if self._opened_us is None:
            self._opened_us = to_us(opened.at)
        if self._entered_us[0] is not entered:
            self._entered_us = (entered, to_us(entered.at))
        if self._assigned_us[0] is not self.assigned_at:
            self._assigned_us = (self.assigned_at, None if self.assigned_at is None else to_us(self.assigned_at))
        if self._facet is None:
            self._facet = self.facet()
        self._are_facts_shared = True
        return State(
            to_us(self.at or opened.at),
            tuple(self.marks),
            self._facet,
            opened.id,
            self._opened_us,
            entered.id,
            self._entered_us[1],
            self._assigned_us[1],
            self.facts,
        )

    def run(self, history: History) -> list[State]:
        """Apply a history and those that it is linked to, and return the run of states.

        Events of one instant make one state, the record's own before those of linked records. What happened to a
        linked record before this one was opened takes effect at the opening.

        Raises:
            InvalidInput: As `Fold.apply`.
        """
        steps = [(event.at, self.ref, event) for event in history.effective]
        if not steps:
            return []
        if history.linked:
            opened_at = steps[0][0]
            steps += [
                (max(event.at, opened_at), linked.ref, event) for linked in history.linked for event in linked.effective
            ]
            steps.sort(key=lambda step: step[0])  # stable: own events stay first within their instant
        states = []
        for place, (at, source, event) in enumerate(steps, start=1):
            if source is self.ref:
                self.apply(event)
            else:
                self.apply_linked(source, event)
                self._facet = None
            is_last_of_its_instant = place == len(steps) or steps[place][0] != at
            if is_last_of_its_instant and self.at == at:
                states.append(self.state())
        return states
