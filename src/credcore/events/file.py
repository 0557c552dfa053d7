"""What can happen to a credentialing file, the unit of work."""

import datetime as dt

import attrs

from credcore.events.base import DECIDER, GATEWAY, Event, aware, one_of, party, without_private

__all__ = [
    "ApprovalRecorded",
    "Assigned",
    "ContactLogged",
    "Decided",
    "DocumentReceived",
    "FileOpened",
    "FlagCleared",
    "FlagRaised",
    "HoldPlaced",
    "HoldReleased",
    "PayerAnswered",
    "PlacedOnAgenda",
    "PromiseKept",
    "PromiseMade",
    "PromiseWithdrawn",
    "RemovedFromAgenda",
    "Reviewed",
    "Snoozed",
    "StageChanged",
    "SubmittedToPayer",
    "Unassigned",
    "Verified",
]


@attrs.frozen(kw_only=True)
class FileOpened(Event):
    """A piece of work begins for a provider."""

    type = "file-opened"
    of = ("file",)
    recorded_by = ("coordinator", "lead", "system")

    kind: str
    provider: str
    stage: str
    facility: str = ""
    payer: str = ""
    parent: str = ""
    needed_by: dt.date | None = None


@attrs.frozen(kw_only=True)
class StageChanged(Event):
    """The file moves to another stage of its pipeline."""

    type = "stage-changed"
    of = ("file",)
    recorded_by = ("specialist", "lead", "coordinator", "system")

    stage: str


@attrs.frozen(kw_only=True)
class Assigned(Event):
    """A person becomes the owner; the choice carries its policy, reason and the digest of what it was made from."""

    type = "assigned"
    of = ("file",)
    recorded_by = ("coordinator", "lead", "system")

    to: str
    policy: str = ""
    reason: str = attrs.field(default="", validator=without_private)
    digest: str = ""


@attrs.frozen(kw_only=True)
class Unassigned(Event):
    """The file goes back to the queue and keeps its age."""

    type = "unassigned"
    of = ("file",)


@attrs.frozen(kw_only=True)
class HoldPlaced(Event):
    """The file waits for somebody; holds are a set, so each has an id of its own."""

    type = "hold-placed"
    of = ("file",)

    hold: str
    waiting_on: str = attrs.field(validator=party)
    reason: str = attrs.field(default="", validator=without_private)
    review_on: dt.date | None = None


@attrs.frozen(kw_only=True)
class HoldReleased(Event):
    """The hold that it names is over."""

    type = "hold-released"
    of = ("file",)

    hold: str


@attrs.frozen(kw_only=True)
class ContactLogged(Event):
    """Somebody was contacted or wrote to us: a touch."""

    type = "contact-logged"
    of = ("file",)

    party: str = attrs.field(validator=party)
    channel: str
    direction: str = attrs.field(default="out", validator=one_of("out", "in"))
    answered: bool = False
    reference: str = ""
    note: str = attrs.field(default="", validator=without_private)


@attrs.frozen(kw_only=True)
class DocumentReceived(Event):
    """A document or statement came in: the application, an attestation, a certificate."""

    type = "document-received"
    of = ("file",)

    element: str
    reference: str = ""


@attrs.frozen(kw_only=True)
class Verified(Event):
    """An element was checked at its source on a day; the day starts its verification window."""

    type = "verified"
    of = ("file",)

    element: str
    source: str
    method: str
    result: str
    verified_on: dt.date
    expires_on: dt.date | None = None
    evidence: str = ""


@attrs.frozen(kw_only=True)
class FlagRaised(Event):
    """Something about the file is not clean."""

    type = "flag-raised"
    of = ("file",)

    flag: str
    note: str = attrs.field(default="", validator=without_private)


@attrs.frozen(kw_only=True)
class FlagCleared(Event):
    """The flag that it names no longer stands."""

    type = "flag-cleared"
    of = ("file",)

    flag: str


@attrs.frozen(kw_only=True)
class PromiseMade(Event):
    """A party promised something by a day, or we did (party ``team``)."""

    type = "promise-made"
    of = ("file",)

    promise: str
    party: str = attrs.field(validator=party)
    promised_on: dt.date
    what: str = attrs.field(default="", validator=without_private)


@attrs.frozen(kw_only=True)
class PromiseKept(Event):
    """What was promised is there."""

    type = "promise-kept"
    of = ("file",)

    promise: str


@attrs.frozen(kw_only=True)
class PromiseWithdrawn(Event):
    """The promise no longer holds; it is neither kept nor broken."""

    type = "promise-withdrawn"
    of = ("file",)

    promise: str


@attrs.frozen(kw_only=True)
class Reviewed(Event):
    """Somebody looked at the file and recorded it; restarts the stage's look-again clock."""

    type = "reviewed"
    of = ("file",)

    note: str = attrs.field(default="", validator=without_private)


@attrs.frozen(kw_only=True)
class Snoozed(Event):
    """The file is hidden from the worklist until an instant; its clocks run on."""

    type = "snoozed"
    of = ("file",)

    until: dt.datetime = attrs.field(validator=aware)


@attrs.frozen(kw_only=True)
class PlacedOnAgenda(Event):
    """The file has a seat in a meeting: its planned decision day."""

    type = "placed-on-agenda"
    of = ("file",)
    recorded_by = ("coordinator", "system")

    meeting: str
    meets_on: dt.date
    cutoff_on: dt.date


@attrs.frozen(kw_only=True)
class RemovedFromAgenda(Event):
    """The file lost or gave up its seat."""

    type = "removed-from-agenda"
    of = ("file",)
    recorded_by = ("coordinator", "system")

    meeting: str


@attrs.frozen(kw_only=True)
class ApprovalRecorded(Event):
    """One body of the kind's approvals has spoken: chair, committee, executive committee, board, or sign-off."""

    type = "approval-recorded"
    of = ("file",)
    recorded_by = DECIDER

    body: str
    outcome: str = attrs.field(validator=one_of("approved", "approved-with-conditions", "denied", "tabled"))
    approved_on: dt.date
    meeting: str = ""


@attrs.frozen(kw_only=True)
class Decided(Event):
    """The last body has decided; the day anchors the cycle and starts the notice clock."""

    type = "decided"
    of = ("file",)
    recorded_by = DECIDER

    outcome: str = attrs.field(validator=one_of("approved", "approved-with-conditions", "denied"))
    body: str
    decided_on: dt.date


@attrs.frozen(kw_only=True)
class SubmittedToPayer(Event):
    """An enrolment went to its payer."""

    type = "submitted-to-payer"
    of = ("file",)
    recorded_by = ("specialist", "lead", "coordinator", "system")

    reference: str


@attrs.frozen(kw_only=True)
class PayerAnswered(Event):
    """The payer told a status; a request for information has a day by which it must be answered."""

    type = "payer-answered"
    of = ("file",)
    recorded_by = GATEWAY

    status: str = attrs.field(
        validator=one_of("received", "returned", "in-process", "development", "approved", "denied", "rejected")
    )
    reference: str = ""
    missing: tuple[str, ...] = ()
    answer_by: dt.date | None = None
    effective_on: dt.date | None = None
