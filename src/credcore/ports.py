"""The protocols that adapters meet: store, notifier, payer gateway, clock; and the values that pass through them.

A store serves one desk. Its only write is `Store.commit`: whatever one decision changes commits together or not at
all. Below the shell nothing knows of these.
"""

import datetime as dt
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from typing import Any, Literal, NamedTuple, Protocol

import attrs

from credcore.history import Ref
from credcore.worklist import NEVER

__all__ = [
    "Claim",
    "Clock",
    "Cursor",
    "Decision",
    "Line",
    "Message",
    "Notifier",
    "Outgoing",
    "Page",
    "PayerAnswer",
    "PayerGateway",
    "PayerRequest",
    "Receipt",
    "RejectedRow",
    "Row",
    "Store",
    "Stored",
    "StoredEvent",
    "Tables",
    "View",
    "Write",
]


class Clock(Protocol):
    """Tells the time; the shell asks it, nothing below the shell does."""

    def __call__(self) -> dt.datetime:
        """Return the present instant, aware."""
        ...


class Line(NamedTuple):
    """A record's place in the worklist, right until `next_change`.

    Attributes:
        open: Whether work on the record goes on.
        opened_at: When it was opened, in microseconds of UTC, as all instants here.
        stage: A file's stage; another record's status.
        owner: A person's id, or ``@role`` for a place in a role's queue.
        urgency: 0 promised or cut off today, 1 breached, 2 warned, 3 the rest.
        deadline: The binding instant; the far future where nothing binds, so that it always sorts.
        not_before: Hidden from the worklist until then.
        next_change: When a sweep must look again; None if never.
        edition: The edition of the profile that judged it.
    """

    open: bool
    opened_at: int
    stage: str
    owner: str
    urgency: int
    deadline: int
    not_before: int | None
    next_change: int | None
    edition: int


NO_DEADLINE = NEVER
"""A `Line.deadline` where nothing binds."""


@attrs.frozen
class StoredEvent:
    """An event as a store keeps it: what is queried apart, the rest as JSON.

    Attributes:
        version: Its place in its record's stream, from 1.
        at: When it happened, in microseconds of UTC.
        recorded_at: When the desk learned of it, likewise.
        type: The event type's name.
        by: The actor's id.
        key: Unique on the desk if given: what makes things happen once.
        body: Canonical JSON of all else: id, why, version of the type, own fields.
        mac: Links the event to the one before it in its record's chain.
    """

    version: int
    at: int
    recorded_at: int
    type: str
    by: str
    key: str | None
    body: str
    mac: bytes


@attrs.frozen
class Stored:
    """A record as it stands in the store.

    Attributes:
        ref: Which record.
        version: How many events its stream has; 0 if the store does not know the record.
        head: The last event's mac; empty at version 0.
        state: The folded record as JSON; empty at version 0.
        line: Its place in the worklist.
        parents: The records on which it depends.
    """

    ref: Ref
    version: int
    head: bytes
    state: str
    line: Line | None
    parents: tuple[Ref, ...] = ()


@attrs.frozen(kw_only=True)
class Write:
    """What a decision changes of one record.

    Attributes:
        ref: Which record.
        expected: The version on which the decision was made.
        events: To append; none re-indexes and leaves the version.
        state: The folded record afterwards, as JSON.
        line: Its place in the worklist afterwards; None for records that are never on it.
        parents: The records on which it depends afterwards.
    """

    ref: Ref
    expected: int
    events: tuple[StoredEvent, ...]
    state: str
    line: Line | None
    parents: tuple[Ref, ...] = ()


@attrs.frozen(kw_only=True)
class Outgoing:
    """A notice to be sent, in the lane of its record.

    Attributes:
        ref: The record whose lane it waits in; one lane keeps its order.
        key: Unique on the desk; lets a receiver drop repeats.
        body: The message as JSON.
        ready_at: Not to be sent before, in microseconds of UTC.
    """

    ref: Ref
    key: str
    body: str
    ready_at: int


@attrs.frozen(kw_only=True)
class Decision:
    """All that one decision changes: it commits together or not at all.

    Attributes:
        writes: By record, each once.
        reads: The versions of the other records that the decision relied on.
        children: By record, those that named it among their parents when the decision relied on there being no others:
            a further child leaves its parent's version as it is.
        notices: To be sent afterwards.
        mark: The records that depend on these become due now.
    """

    writes: tuple[Write, ...]
    reads: Mapping[Ref, int] = attrs.field(factory=dict)
    children: Mapping[Ref, frozenset[Ref]] = attrs.field(factory=dict)
    notices: tuple[Outgoing, ...] = ()
    mark: tuple[Ref, ...] = ()


@attrs.frozen
class Receipt:
    """What a commit did.

    Attributes:
        versions: Each written record's version afterwards.
        repeated: Whether the decision had been committed before, its answer lost.
    """

    versions: Mapping[Ref, int]
    repeated: bool = False


class Cursor(NamedTuple):
    """The last row of a page, to go on from."""

    urgency: int
    deadline: int
    opened_at: int
    id: str


@attrs.frozen(kw_only=True)
class View:
    """Which rows to list; a part that is None does not narrow.

    Attributes:
        at: The instant of asking, in microseconds of UTC: rows with a later `Line.not_before` are hidden.
        kinds: The kinds of record.
        owners: Owners, or ``@role`` for queues.
        stage: The stage.
        open: Open rows, closed rows, or both.
        snoozed: Also list what is hidden now.
    """

    at: int
    kinds: tuple[str, ...] | None = ("file",)
    owners: tuple[str, ...] | None = None
    stage: str | None = None
    open: bool | None = True
    snoozed: bool = False


class Row(NamedTuple):
    """One row of a page."""

    ref: Ref
    line: Line
    state: str


class Page(NamedTuple):
    """Some rows in the worklist's order (urgency, deadline, opened_at, id), and where the next page begins."""

    rows: tuple[Row, ...]
    after: Cursor | None


@attrs.frozen(kw_only=True)
class Claim:
    """A lease on a due record, or on a record's lane of notices.

    Attributes:
        what: ``due`` or ``lane``.
        ref: The record.
        token: Proves the lease when it is settled.
        until: When the lease ends by the store's clock, in microseconds of UTC.
        notices: A lane's notices that are ready, in order.
        attempts: How often the first of them was tried before.
        added: The lane's counter when it was claimed; a notice added since then keeps the lane awake.
    """

    what: Literal["due", "lane"]
    ref: Ref
    token: str
    until: int
    notices: tuple[Outgoing, ...] = ()
    attempts: int = 0
    added: int = 0


class Store(Protocol):
    """One desk's records. Opening, migrating and closing are the adapter's own.

    Guarantees: all of a decision or nothing; `Conflict` names the stale records among writes and reads, and those that
    have other children; a decision whose acknowledgement was lost succeeds again; an event's key is unique on the desk,
    else `Duplicate`; a claim is exclusive until its lease ends, never blocks a commit, and a commit on the record
    clears it; a lane's notices arrive in order, at least once.
    """

    desk: str

    def bind(
        self,
        connection: Any,  # noqa: ANN401 - the driver's own
        *,
        afterwards: Callable[[], None] | None = None,
    ) -> AbstractContextManager["Store"]:
        """Give the same desk within a transaction of the host's, on a connection of the host's.

        What is done through it is there when the host commits, and gone when it rolls back; the store commits nothing.
        ``afterwards`` is called once the transaction has ended and the store can be written again.

        Raises:
            InvalidInput: The store has no such transactions, or the connection cannot be joined as it is.
        """
        ...

    def load(self, refs: Sequence[Ref]) -> Mapping[Ref, Stored]:
        """Return the records as they stand at one moment; unknown ones with version 0."""
        ...

    def history(self, ref: Ref, after: int = 0) -> Iterator[StoredEvent]:
        """Return a record's events behind a version, in order."""
        ...

    def commit(self, decision: Decision) -> Receipt:
        """Write all of a decision.

        Raises:
            Conflict: A record among writes or reads has another version by now, or one other children.
            Duplicate: The desk already has one of the keys.
            Unavailable: The store does not answer; nothing was written.
        """
        ...

    def rows(self, view: View, after: Cursor | None = None, limit: int = 50) -> Page:
        """Return the next rows of a view in the worklist's order."""
        ...

    def count(self, view: View, by: Sequence[str]) -> Mapping[tuple[Any, ...], int]:
        """Count a view's rows by columns among kind, stage, owner and urgency."""
        ...

    def find(self, key: str) -> tuple[Ref, StoredEvent] | None:
        """Return the event that has a key, and its record."""
        ...

    def children(self, ref: Ref) -> Sequence[Ref]:
        """Return the records that name this one among their parents, by kind and id."""
        ...

    def claim(self, what: Literal["due", "lane"], at: dt.datetime, limit: int, lease: dt.timedelta) -> Sequence[Claim]:
        """Lease records whose next change is due at an instant, or lanes with notices that are ready."""
        ...

    def settle(
        self,
        claim: Claim,
        sent: Sequence[str] = (),
        dead: Sequence[str] = (),
        retry_at: dt.datetime | None = None,
    ) -> bool:
        """End a lease: notices sent or given up by key, or a time to try again. False: the lease was lost."""
        ...


class Tables(Protocol):
    """The tables of a kind of store, numbered by the last script that ran on them."""

    def found(self, place: str) -> int:
        """Return the version of the tables at a place; 0 if there are none."""
        ...

    def needed(self) -> int:
        """Return the version that this credcore reads and writes."""
        ...

    def script(self, found: int) -> str:
        """Return what brings tables of a version to the one needed, as SQL; from 0, all of it."""
        ...

    def migrate(self, place: str) -> int:
        """Bring the tables at a place to the version needed, and return it.

        Raises:
            SchemaOutdated: They are newer than this credcore.
            InvalidInput: There are none.
        """
        ...

    def add(self, place: str) -> int:
        """Add the tables to a database of a host's, or migrate those that are there, and return their version."""
        ...


@attrs.frozen(kw_only=True)
class Message:
    """A notice on its way to a person: plain words, identifiers, no private data.

    Attributes:
        key: Unique on the desk: a receiver drops repeats by it.
        to: The recipient's id.
        subject: One line.
        lines: The text.
        about: The record, as ``kind/id``.
    """

    key: str
    to: str
    subject: str
    lines: tuple[str, ...]
    about: str


class Notifier(Protocol):
    """Sends messages. May be asked twice for the same key."""

    def send(self, message: Message) -> None:
        """Send a message.

        Raises:
            Exception: It could not be sent now; the outbox tries again later.
        """
        ...


@attrs.frozen(kw_only=True)
class PayerRequest:
    """An enrolment to submit.

    Attributes:
        file: The child file's id.
        payer: The payer's code.
        provider: The provider's id.
        npi: The provider's identifier.
        submitted_on: The day.
        attempt: 1 for the first submission; one more each time the payer returned or rejected it.
    """

    file: str
    payer: str
    provider: str
    npi: str
    submitted_on: dt.date
    attempt: int = 1


@attrs.frozen(kw_only=True)
class PayerAnswer:
    """What a payer said of an application.

    Attributes:
        key: Unique per answer, so that reading it twice records it once.
        reference: The application's reference, as `PayerGateway.submit` gave it.
        status: received, returned, in-process, development, approved, denied or rejected.
        at: When it was said.
        missing: What the payer asks for.
        answer_by: The last day to answer a request.
        effective_on: Billable from.
        place: Where it was read, such as file and line.
    """

    key: str
    reference: str
    status: str
    at: dt.datetime
    missing: tuple[str, ...] = ()
    answer_by: dt.date | None = None
    effective_on: dt.date | None = None
    place: str = ""


@attrs.frozen(kw_only=True)
class RejectedRow:
    """A row from outside that could not be taken in.

    Attributes:
        place: File and line.
        reason: What was wrong and what would be right.
    """

    place: str
    reason: str


class PayerGateway(Protocol):
    """Takes enrolments to payers and brings their answers."""

    def submit(self, request: PayerRequest) -> str:
        """Submit an enrolment, harmlessly if it was submitted before, and return its reference."""
        ...

    def poll(self) -> tuple[Sequence[PayerAnswer], Sequence[RejectedRow]]:
        """Return what came back, oldest first, and the rows that could not be read."""
        ...
