"""What a file holds: holds, contacts, documents, promises, approvals, its seat and its decision."""

import datetime as dt

import attrs

__all__ = ["Approval", "Contact", "Decision", "Document", "Hold", "Move", "Promise", "Seat"]


@attrs.frozen(kw_only=True)
class Hold:
    """The file waits for somebody.

    Attributes:
        id: Its own: a release names it.
        waiting_on: The party that must act.
        reason: In words.
        review_on: The day on which the hold must be looked at again.
        placed_at: Since when.
    """

    id: str
    waiting_on: str
    placed_at: dt.datetime
    reason: str = ""
    review_on: dt.date | None = None


@attrs.frozen(kw_only=True)
class Contact:
    """A touch: somebody was contacted, or wrote to us.

    Attributes:
        at: When.
        party: With whom.
        channel: How, such as ``email`` or ``telephone``.
        direction: ``out`` or ``in``.
        answered: Whether an outbound contact was answered.
        reference: The call's or message's own number.
        by: Who of us.
        event: The id of the event that told it.
    """

    at: dt.datetime
    party: str
    channel: str
    direction: str
    answered: bool
    event: str
    reference: str = ""
    by: str = ""


@attrs.frozen(kw_only=True)
class Document:
    """A document or statement that came in.

    Attributes:
        element: What it is, such as ``application`` or ``attestation``.
        received_at: When.
        reference: Where it is kept.
        event: The id of the event that told it.
    """

    element: str
    received_at: dt.datetime
    event: str
    reference: str = ""


@attrs.frozen(kw_only=True)
class Promise:
    """A commitment by a party, or by us (party ``team``).

    An open promise whose day is over is broken; that is for the reader to say, who knows the day.

    Attributes:
        id: Its own.
        party: Who promised.
        promised_on: The last day on which it is kept on time.
        made_at: When it was made.
        what: In words.
        status: ``open``, ``kept`` or ``withdrawn``.
        ended_at: When it was kept or withdrawn.
    """

    id: str
    party: str
    promised_on: dt.date
    made_at: dt.datetime
    what: str = ""
    status: str = "open"
    ended_at: dt.datetime | None = None


@attrs.frozen(kw_only=True)
class Approval:
    """What one body said of the file.

    Attributes:
        body: Which.
        outcome: ``approved``, ``approved-with-conditions``, ``denied``, or ``tabled``, which settles nothing.
        approved_on: The day.
        meeting: Where; empty for a sign-off.
        event: The id of the event that told it.
    """

    body: str
    outcome: str
    approved_on: dt.date
    event: str
    meeting: str = ""


@attrs.frozen(kw_only=True)
class Decision:
    """The last body's word: its day anchors the cycle and starts the notice clock.

    Attributes:
        outcome: ``approved``, ``approved-with-conditions`` or ``denied``.
        body: Who decided.
        decided_on: The day.
        event: The id of the event that told it.
    """

    outcome: str
    body: str
    decided_on: dt.date
    event: str


@attrs.frozen(kw_only=True)
class Seat:
    """The file's place on an agenda.

    Attributes:
        meeting: Which meeting.
        meets_on: Its day, as it was when the seat was given; the meeting itself knows whether it moved.
        cutoff_on: The day on which packets close.
        event: The id of the event that gave it.
    """

    meeting: str
    meets_on: dt.date
    cutoff_on: dt.date
    event: str


@attrs.frozen
class Move:
    """A stage that may come next.

    Attributes:
        stage: Its code.
        unmet: What it still needs, in words; nothing if the file may go.
    """

    stage: str
    unmet: tuple[str, ...] = ()
