"""What can happen to a provider: all that outlives a file."""

import datetime as dt

import attrs

from credcore.events.base import COORDINATOR, Event, without_private

__all__ = [
    "Attested",
    "CredentialRecorded",
    "CredentialRenewed",
    "CycleAnchored",
    "DetailsChanged",
    "LeaveEnded",
    "LeaveStarted",
    "Merged",
    "Monitored",
    "ProviderRegistered",
    "Reinstated",
    "Terminated",
    "Unmerged",
]


@attrs.frozen(kw_only=True)
class ProviderRegistered(Event):
    """A practitioner or facility is known to the desk."""

    type = "provider-registered"
    of = ("provider",)
    recorded_by = ("coordinator", "lead", "system")

    name: str
    npi: str = ""
    taxonomy: str = ""
    specialty: str = ""
    state: str = ""
    city: str = ""


@attrs.frozen(kw_only=True)
class DetailsChanged(Event):
    """Some of the provider's details are others now; None leaves one as it was."""

    type = "details-changed"
    of = ("provider",)

    name: str | None = None
    npi: str | None = None
    taxonomy: str | None = None
    specialty: str | None = None
    state: str | None = None
    city: str | None = None


@attrs.frozen(kw_only=True)
class CredentialRecorded(Event):
    """A licence, certificate, registration or cover of the provider; it may have no expiry."""

    type = "credential-recorded"
    of = ("provider",)
    recorded_by = ("specialist", "lead", "coordinator", "system")

    credential: str
    kind: str
    number: str = ""
    state: str = ""
    issued_on: dt.date | None = None
    expires_on: dt.date | None = None


@attrs.frozen(kw_only=True)
class CredentialRenewed(Event):
    """A dated credential was renewed; the chain of its terms is kept."""

    type = "credential-renewed"
    of = ("provider",)

    credential: str
    issued_on: dt.date | None = None
    expires_on: dt.date | None = None


@attrs.frozen(kw_only=True)
class CycleAnchored(Event):
    """A decision starts a cycle under a body's standard; the next due day counts from here."""

    type = "cycle-anchored"
    of = ("provider",)
    recorded_by = ("chair", "medical-director", "coordinator", "system")

    body: str
    anchor_on: dt.date
    term_ends_on: dt.date | None = None
    file: str = ""


@attrs.frozen(kw_only=True)
class Attested(Event):
    """The provider signed the truth statement."""

    type = "attested"
    of = ("provider",)

    attested_on: dt.date
    source: str = ""


@attrs.frozen(kw_only=True)
class Monitored(Event):
    """Sanctions, exclusions, limitations and licences were checked between decisions."""

    type = "monitored"
    of = ("provider",)
    recorded_by = ("specialist", "lead", "coordinator", "system")

    monitored_on: dt.date
    source: str
    result: str = "clear"


@attrs.frozen(kw_only=True)
class LeaveStarted(Event):
    """The provider is on leave."""

    type = "leave-started"
    of = ("provider",)

    reason: str = attrs.field(default="", validator=without_private)


@attrs.frozen(kw_only=True)
class LeaveEnded(Event):
    """The provider is back."""

    type = "leave-ended"
    of = ("provider",)


@attrs.frozen(kw_only=True)
class Terminated(Event):
    """The provider's participation ended."""

    type = "terminated"
    of = ("provider",)
    recorded_by = COORDINATOR

    reason: str = attrs.field(default="", validator=without_private)


@attrs.frozen(kw_only=True)
class Reinstated(Event):
    """The provider's participation goes on."""

    type = "reinstated"
    of = ("provider",)
    recorded_by = COORDINATOR


@attrs.frozen(kw_only=True)
class Merged(Event):
    """This record is the same provider as another, which goes on; reversible."""

    type = "merged"
    of = ("provider",)
    recorded_by = COORDINATOR

    into: str


@attrs.frozen(kw_only=True)
class Unmerged(Event):
    """The merge was a mistake; the record stands by itself again."""

    type = "unmerged"
    of = ("provider",)
    recorded_by = COORDINATOR
