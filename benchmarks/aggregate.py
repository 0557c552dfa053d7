"""The peer: the same file as an aggregate of the library ``eventsourcing``, each event with an ``apply`` of its own.

Of the library's ways to declare events this is the leanest to replay; its decorator builds a call from each event.
"""

import datetime as dt
import uuid
from collections.abc import Iterable, Sequence
from typing import Any

from eventsourcing.domain import Aggregate, AggregateCreated, AggregateEvent
from eventsourcing.utils import get_topic

from benchmarks.plain import Facts
from credcore.events import Event

__all__ = ["FileAggregate", "aggregate_events", "replayed", "replayed_states"]


class FileAggregate(Aggregate):
    """A file, as far as the limit and credcore are asked about it."""

    def __init__(self, kind: str, stage: str) -> None:
        """Open it."""
        self.kind = kind
        self.stage = stage
        self.owner = ""
        self.holds: dict[str, tuple[str, dt.datetime]] = {}
        self.contacts: list[tuple[dt.datetime, str, str, bool]] = []
        self.documents: dict[str, dt.datetime] = {}
        self.verifications: dict[str, tuple[str, str, str, dt.date]] = {}
        self.flags: set[str] = set()
        self.promises: dict[str, tuple[str, dt.date, str]] = {}
        self.attempts = 0


class Opened(AggregateCreated):
    """It was opened."""

    kind: str
    stage: str


class Assigned(AggregateEvent):
    """It has an owner."""

    to: str

    def apply(self, aggregate: FileAggregate) -> None:
        """Have an owner."""
        aggregate.owner = self.to


class StageChanged(AggregateEvent):
    """It moved."""

    stage: str

    def apply(self, aggregate: FileAggregate) -> None:
        """Enter a stage; outreach begins anew."""
        aggregate.stage = self.stage
        aggregate.attempts = 0


class HoldPlaced(AggregateEvent):
    """It waits."""

    hold: str
    waiting_on: str

    def apply(self, aggregate: FileAggregate) -> None:
        """Wait for somebody."""
        aggregate.holds[self.hold] = (self.waiting_on, self.timestamp)
        aggregate.attempts = 0


class HoldReleased(AggregateEvent):
    """It waits no longer."""

    hold: str

    def apply(self, aggregate: FileAggregate) -> None:
        """End a hold."""
        del aggregate.holds[self.hold]
        aggregate.attempts = 0


class ContactLogged(AggregateEvent):
    """Somebody was contacted."""

    party: str
    channel: str
    answered: bool

    def apply(self, aggregate: FileAggregate) -> None:
        """Count an attempt, or begin anew after an answer."""
        aggregate.contacts.append((self.timestamp, self.party, self.channel, self.answered))
        aggregate.attempts = 0 if self.answered else aggregate.attempts + 1


class DocumentReceived(AggregateEvent):
    """A document came in."""

    element: str

    def apply(self, aggregate: FileAggregate) -> None:
        """Have a document."""
        aggregate.documents[self.element] = self.timestamp


class Verified(AggregateEvent):
    """An element was checked at its source."""

    element: str
    source: str
    method: str
    result: str
    verified_on: dt.date

    def apply(self, aggregate: FileAggregate) -> None:
        """Have a verification."""
        aggregate.verifications[self.element] = (self.source, self.method, self.result, self.verified_on)


class FlagRaised(AggregateEvent):
    """It is not clean."""

    flag: str

    def apply(self, aggregate: FileAggregate) -> None:
        """Have a flag."""
        aggregate.flags.add(self.flag)


class FlagCleared(AggregateEvent):
    """It is clean again."""

    flag: str

    def apply(self, aggregate: FileAggregate) -> None:
        """Have a flag no more."""
        aggregate.flags.discard(self.flag)


class PromiseMade(AggregateEvent):
    """Something was promised."""

    promise: str
    party: str
    promised_on: dt.date

    def apply(self, aggregate: FileAggregate) -> None:
        """Have a promise to wait for."""
        aggregate.promises[self.promise] = (self.party, self.promised_on, "open")


class PromiseKept(AggregateEvent):
    """What was promised is there."""

    promise: str

    def apply(self, aggregate: FileAggregate) -> None:
        """Have what was promised."""
        party, day, _ = aggregate.promises[self.promise]
        aggregate.promises[self.promise] = (party, day, "kept")


class Reviewed(AggregateEvent):
    """Somebody looked at it."""


_TYPES: dict[str, tuple[type[AggregateEvent], tuple[str, ...]]] = {
    "file-opened": (Opened, ("kind", "stage")),
    "assigned": (Assigned, ("to",)),
    "stage-changed": (StageChanged, ("stage",)),
    "hold-placed": (HoldPlaced, ("hold", "waiting_on")),
    "hold-released": (HoldReleased, ("hold",)),
    "contact-logged": (ContactLogged, ("party", "channel", "answered")),
    "document-received": (DocumentReceived, ("element",)),
    "verified": (Verified, ("element", "source", "method", "result", "verified_on")),
    "flag-raised": (FlagRaised, ("flag",)),
    "flag-cleared": (FlagCleared, ("flag",)),
    "promise-made": (PromiseMade, ("promise", "party", "promised_on")),
    "promise-kept": (PromiseKept, ("promise",)),
    "reviewed": (Reviewed, ()),
}


def aggregate_events(events: Iterable[Event]) -> tuple[AggregateEvent, ...]:
    """Return a file's events as the aggregate's: in memory, decoded, as credcore's are."""
    number = uuid.UUID(int=1)
    found = []
    for version, event in enumerate(events, start=1):
        kind, names = _TYPES[event.type]
        fields: dict[str, Any] = {name: getattr(event, name) for name in names}
        if kind is Opened:
            fields["originator_topic"] = get_topic(FileAggregate)
        found.append(kind(originator_id=number, originator_version=version, timestamp=event.at, **fields))
    return tuple(found)


def replayed(events: Sequence[AggregateEvent]) -> FileAggregate:
    """Return the aggregate that events tell of, as the library's repository makes it."""
    aggregate: Any = None
    for event in events:
        aggregate = event.mutate(aggregate)
    found: FileAggregate = aggregate
    return found


def replayed_states(events: Sequence[AggregateEvent]) -> list[Facts]:
    """Return what conditions may read after each event."""
    file: Any = None
    states = []
    for event in events:
        file = event.mutate(file)
        parties = frozenset(party for party, _ in file.holds.values())
        states.append((file.kind, file.stage, parties, frozenset(file.flags), file.attempts))
    return states
