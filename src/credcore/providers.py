"""The provider: what outlives a file. Credentials, cycles, attestation, monitoring, leave and termination.

A `ProviderRecord` is the fold of its events; its methods check and *return* events. `states` gives the run of states
that rules judge.
"""

import datetime as dt
from collections.abc import Mapping
from typing import Self

import attrs

from credcore.errors import InvalidInput, nearest
from credcore.events import (
    Attested,
    CredentialRecorded,
    CredentialRenewed,
    CycleAnchored,
    DetailsChanged,
    Event,
    LeaveEnded,
    LeaveStarted,
    Merged,
    Monitored,
    ProviderRegistered,
    Reinstated,
    Stamp,
    Terminated,
    Unmerged,
)
from credcore.history import Facet, History, Ref, State, StateFold
from credcore.identifiers import check_npi, check_state, check_taxonomy
from credcore.instants import format_instant, to_us

__all__ = [
    "Credential",
    "CycleAnchor",
    "Monitoring",
    "ProviderFold",
    "ProviderRecord",
    "Term",
    "register_provider",
    "states",
]


@attrs.frozen(kw_only=True)
class Term:
    """One term of a credential.

    Attributes:
        issued_on: Its first day; None if unknown.
        expires_on: Its last day; None if it does not expire.
        event: The id of the event that told it.
    """

    issued_on: dt.date | None
    expires_on: dt.date | None
    event: str


@attrs.frozen(kw_only=True)
class Credential:
    """A licence, certificate, registration or cover, with the chain of its terms.

    Attributes:
        id: Its own.
        kind: Such as ``licence``, ``dea`` or ``malpractice-cover``.
        number: As the issuer writes it, leading zeros kept.
        state: The state that issued it, or in which it is valid.
        terms: Oldest first; at least one.
    """

    id: str
    kind: str
    number: str = ""
    state: str = ""
    terms: tuple[Term, ...]

    @property
    def issued_on(self) -> dt.date | None:
        """The first day of the present term; None if unknown."""
        return self.terms[-1].issued_on

    @property
    def expires_on(self) -> dt.date | None:
        """The last day of the present term; None if it does not expire."""
        return self.terms[-1].expires_on


@attrs.frozen(kw_only=True)
class CycleAnchor:
    """The decision from which a body's cycle counts.

    Attributes:
        body: Whose standard: such as ``ncqa``.
        anchor_on: The day of the decision.
        term_ends_on: The last day of the appointment, if it has a term of its own.
        file: The file that was decided; empty if unknown.
        event: The id of the event that told it.
    """

    body: str
    anchor_on: dt.date
    term_ends_on: dt.date | None = None
    file: str = ""
    event: str = ""


@attrs.frozen(kw_only=True)
class Monitoring:
    """The last check at one source between decisions.

    Attributes:
        source: Such as ``oig-leie``.
        monitored_on: The day.
        result: ``clear``, or what was found.
        event: The id of the event that told it.
    """

    source: str
    monitored_on: dt.date
    result: str
    event: str


def register_provider(
    name: str,
    stamp: Stamp,
    *,
    npi: str = "",
    taxonomy: str = "",
    specialty: str = "",
    state: str = "",
    city: str = "",
) -> tuple[Event, ...]:
    """Return the event that makes a practitioner or facility known to the desk.

    Args:
        name: As it is written on the application.
        stamp: Who, when and why.
        npi: Ten digits, if known.
        taxonomy: A NUCC code, if known.
        specialty: In words.
        state: The postal code of the state of practice.
        city: Of practice.

    Raises:
        InvalidInput: There is no name, or an identifier cannot be right.
    """
    if not name:
        raise InvalidInput("is empty; give the provider's name", field="name")
    _check_details(npi, taxonomy, state)
    return (
        stamp(ProviderRegistered, name=name, npi=npi, taxonomy=taxonomy, specialty=specialty, state=state, city=city),
    )


def states(history: History) -> list[State]:
    """Return the run of states of a provider, in rising instants; none if it was not registered.

    The facet's stage is the status; the flag ``merged`` stands while another record goes on for this one. Facts are
    the expiry of each credential, the anchor of each body's cycle (until the term's end), the attestation, and the
    last check of each monitored source.

    Raises:
        InvalidInput: Its events can belong to no provider; the path names the first that cannot.
    """
    return ProviderFold(history.ref).run(history)


class ProviderFold(StateFold[ProviderRegistered]):
    """A provider in the making; `ProviderRecord.from_fold` freezes it."""

    opening = ProviderRegistered

    def __init__(self, ref: Ref) -> None:
        """Begin with a provider to whom nothing has happened."""
        super().__init__(ref)
        self.details: dict[str, str] = {}
        self.credentials: dict[str, Credential] = {}
        self.cycles: dict[str, CycleAnchor] = {}
        self.attested_on: dt.date | None = None
        self.monitored: dict[str, Monitoring] = {}
        self._on_leave = False
        self._terminated = False
        self.merged_into = ""

    @property
    def status(self) -> str:
        """``active``, ``on-leave`` or ``terminated``."""
        return "terminated" if self._terminated else "on-leave" if self._on_leave else "active"

    def facet(self) -> Facet:
        """Return what conditions may read of the provider now."""
        flags = frozenset({"merged"} if self.merged_into else ())
        state = self.details.get("state") or ""
        return Facet(record="provider", kind="provider", stage=self.status, flags=flags, state=state)

    def on_provider_registered(self, event: ProviderRegistered) -> None:
        """Be known."""
        self.details = {name: getattr(event, name) for name in _DETAILS}
        self.entered = event

    def on_details_changed(self, event: DetailsChanged) -> None:
        """Be known better."""
        changed = {name: getattr(event, name) for name in _DETAILS}
        self.details |= {name: value for name, value in changed.items() if value is not None}

    def on_credential_recorded(self, event: CredentialRecorded) -> None:
        """Have a credential in its first known term."""
        self.credentials[event.credential] = Credential(
            id=event.credential,
            kind=event.kind,
            number=event.number,
            state=event.state,
            terms=(Term(issued_on=event.issued_on, expires_on=event.expires_on, event=event.id),),
        )
        self.know("expiry", event.credential, event.expires_on, event, credential=event.kind)

    def on_credential_renewed(self, event: CredentialRenewed) -> None:
        """Have a further term of a credential, if it is known."""
        known = self.credentials.get(event.credential)
        if known is not None:
            term = Term(issued_on=event.issued_on, expires_on=event.expires_on, event=event.id)
            self.credentials[event.credential] = attrs.evolve(known, terms=(*known.terms, term))
            self.know("expiry", event.credential, event.expires_on, event, credential=known.kind)

    def on_cycle_anchored(self, event: CycleAnchored) -> None:
        """Count a body's cycle from its latest decision, however late that was recorded."""
        known = self.cycles.get(event.body)
        if known is None or known.anchor_on <= event.anchor_on:
            self.cycles[event.body] = CycleAnchor(
                body=event.body,
                anchor_on=event.anchor_on,
                term_ends_on=event.term_ends_on,
                file=event.file,
                event=event.id,
            )
            self.know("cycle", event.body, event.anchor_on, event, event.term_ends_on)

    def on_attested(self, event: Attested) -> None:
        """Have a signed statement; the latest day counts."""
        if self.attested_on is None or self.attested_on <= event.attested_on:
            self.attested_on = event.attested_on
            self.know("attestation", "", event.attested_on, event)

    def on_monitored(self, event: Monitored) -> None:
        """Have been checked at a source; the latest day counts."""
        known = self.monitored.get(event.source)
        if known is None or known.monitored_on <= event.monitored_on:
            self.monitored[event.source] = Monitoring(
                source=event.source, monitored_on=event.monitored_on, result=event.result, event=event.id
            )
            self.know("monitoring", event.source, event.monitored_on, event)

    def on_leave_started(self, event: LeaveStarted) -> None:
        """Be on leave."""
        self._turn(event, on_leave=True)

    def on_leave_ended(self, event: LeaveEnded) -> None:
        """Be back."""
        self._turn(event, on_leave=False)

    def on_terminated(self, event: Terminated) -> None:
        """Participate no longer; a leave goes on underneath."""
        self._turn(event, terminated=True)

    def on_reinstated(self, event: Reinstated) -> None:
        """Participate again."""
        self._turn(event, terminated=False)

    def on_merged(self, event: Merged) -> None:
        """Be the same as another record, which goes on."""
        self.merged_into = event.into

    def on_unmerged(self, _event: Unmerged) -> None:
        """Stand alone again."""
        self.merged_into = ""

    def _turn(self, event: Event, *, on_leave: bool | None = None, terminated: bool | None = None) -> None:
        before = self.status
        self._on_leave = self._on_leave if on_leave is None else on_leave
        self._terminated = self._terminated if terminated is None else terminated
        if self.status != before:
            self.entered = event


_DETAILS = ("name", "npi", "taxonomy", "specialty", "state", "city")


@attrs.frozen(kw_only=True)
class ProviderRecord:
    """A practitioner or facility, as its events tell it.

    Every method that takes a `Stamp` checks and returns events to record, and raises `InvalidInput` when the field,
    the time or the record forbids it; nothing may be stamped before the registration.

    Attributes:
        id: Its own.
        name: As it is written on the application.
        registered_at: Since when the desk knows it.
        npi: Ten digits; empty if unknown.
        taxonomy: A NUCC code; empty if unknown.
        specialty: In words.
        state: The postal code of the state of practice.
        city: Of practice.
        credentials: By id.
        cycles: By body, the latest anchor.
        attested_on: The day of the latest attestation; None if there is none.
        monitored: By source, the latest check.
        status: ``active``, ``on-leave`` or ``terminated``.
        merged_into: The id of the record that goes on for this one; empty if it stands alone.
    """

    id: str
    name: str
    registered_at: dt.datetime
    npi: str = ""
    taxonomy: str = ""
    specialty: str = ""
    state: str = ""
    city: str = ""
    credentials: Mapping[str, Credential] = attrs.field(factory=dict)
    cycles: Mapping[str, CycleAnchor] = attrs.field(factory=dict)
    attested_on: dt.date | None = None
    monitored: Mapping[str, Monitoring] = attrs.field(factory=dict)
    status: str = "active"
    merged_into: str = ""

    @classmethod
    def from_history(cls, history: History) -> Self:
        """Return the provider that a history tells of.

        Raises:
            InvalidInput: The provider was not registered, or the events can belong to no provider.
        """
        return cls.from_fold(ProviderFold(history.ref).through(history))

    @classmethod
    def from_fold(cls, fold: ProviderFold) -> Self:
        """Return the provider as far as a fold has come; the fold may go on.

        Raises:
            InvalidInput: The provider was not registered.
        """
        return cls(
            id=fold.ref.id,
            registered_at=fold.begun().at,
            **fold.details,
            credentials=dict(fold.credentials),
            cycles=dict(fold.cycles),
            attested_on=fold.attested_on,
            monitored=dict(fold.monitored),
            status=fold.status,
            merged_into=fold.merged_into,
        )

    def change_details(
        self,
        stamp: Stamp,
        *,
        name: str | None = None,
        npi: str | None = None,
        taxonomy: str | None = None,
        specialty: str | None = None,
        state: str | None = None,
        city: str | None = None,
    ) -> tuple[Event, ...]:
        """Change some details; None leaves one as it is, an empty text takes it away (not the name)."""
        self._check(stamp)
        details = {
            "name": name,
            "npi": npi,
            "taxonomy": taxonomy,
            "specialty": specialty,
            "state": state,
            "city": city,
        }
        if all(value is None or value == getattr(self, key) for key, value in details.items()):
            raise InvalidInput(f"nothing changes; give one of: {', '.join(details)}", field="details")
        if name == "":
            raise InvalidInput("is empty; give the provider's name", field="name")
        _check_details(npi, taxonomy, state)
        return (stamp(DetailsChanged, **details),)

    # Credentials

    def record_credential(
        self,
        credential: str,
        kind: str,
        stamp: Stamp,
        *,
        number: str = "",
        state: str = "",
        issued_on: dt.date | None = None,
        expires_on: dt.date | None = None,
    ) -> tuple[Event, ...]:
        """Take in a credential.

        Args:
            credential: Its own id on this desk.
            kind: Such as ``licence``.
            stamp: Who, when and why.
            number: As the issuer writes it.
            state: The postal code of the state that issued it.
            issued_on: The first day of its term.
            expires_on: The last day of its term; None if it does not expire.
        """
        self._check(stamp)
        if not credential or credential in self.credentials:
            raise InvalidInput(
                f"{credential!r} is recorded already; renew it, or give the new one an id of its own"
                if credential
                else "a credential needs an id",
                field="credential",
            )
        _check_details(None, None, state)
        _check_term(issued_on, expires_on)
        return (
            stamp(
                CredentialRecorded,
                credential=credential,
                kind=kind,
                number=number,
                state=state,
                issued_on=issued_on,
                expires_on=expires_on,
            ),
        )

    def renew(
        self,
        credential: str,
        stamp: Stamp,
        *,
        issued_on: dt.date | None = None,
        expires_on: dt.date | None = None,
    ) -> tuple[Event, ...]:
        """Add a term to a credential; it may not end before the present one began."""
        self._check(stamp)
        if credential not in self.credentials:
            raise InvalidInput(
                f"there is no credential {credential!r}; {nearest(credential, self.credentials)}", field="credential"
            )
        _check_term(issued_on or self.credentials[credential].issued_on, expires_on)
        return (stamp(CredentialRenewed, credential=credential, issued_on=issued_on, expires_on=expires_on),)

    # Cycles and what is repeated

    def anchor_cycle(
        self,
        body: str,
        anchor_on: dt.date,
        stamp: Stamp,
        *,
        term_ends_on: dt.date | None = None,
        file: str = "",
    ) -> tuple[Event, ...]:
        """Count a body's cycle from a decision.

        Args:
            body: Whose standard.
            anchor_on: The day of the decision. An earlier one than is known may be recorded late; the latest counts.
            stamp: Who, when and why.
            term_ends_on: The last day of the appointment, if it has a term of its own.
            file: The file that was decided.
        """
        self._check(stamp)
        if not body:
            raise InvalidInput("is empty; name the body whose standard it is", field="body")
        known = self.cycles.get(body)
        if known is not None and known.anchor_on == anchor_on:
            raise InvalidInput(f"{body}'s cycle is anchored on {anchor_on} already", field="anchor_on")
        if term_ends_on is not None and term_ends_on < anchor_on:
            raise InvalidInput(f"{term_ends_on} is before the anchor, {anchor_on}", field="term_ends_on")
        return (stamp(CycleAnchored, body=body, anchor_on=anchor_on, term_ends_on=term_ends_on, file=file),)

    def attest(self, attested_on: dt.date, stamp: Stamp, *, source: str = "") -> tuple[Event, ...]:
        """Note that the provider signed the truth statement."""
        self._check(stamp)
        return (stamp(Attested, attested_on=attested_on, source=source),)

    def monitor(self, source: str, monitored_on: dt.date, stamp: Stamp, *, result: str = "clear") -> tuple[Event, ...]:
        """Note a check at a source between decisions."""
        self._check(stamp)
        if not source:
            raise InvalidInput("is empty; name what was searched", field="source")
        return (stamp(Monitored, source=source, monitored_on=monitored_on, result=result),)

    # Leave, termination, duplicates

    def start_leave(self, stamp: Stamp, *, reason: str = "") -> tuple[Event, ...]:
        """Go on leave."""
        self._check_status(stamp, "active")
        return (stamp(LeaveStarted, reason=reason),)

    def end_leave(self, stamp: Stamp) -> tuple[Event, ...]:
        """Come back from leave."""
        self._check_status(stamp, "on-leave")
        return (stamp(LeaveEnded),)

    def terminate(self, stamp: Stamp, *, reason: str = "") -> tuple[Event, ...]:
        """End the participation."""
        self._check_status(stamp, "active", "on-leave")
        return (stamp(Terminated, reason=reason),)

    def reinstate(self, stamp: Stamp) -> tuple[Event, ...]:
        """Take up the participation again; a leave that was not ended goes on."""
        self._check_status(stamp, "terminated")
        return (stamp(Reinstated),)

    def merge_into(self, other: str, stamp: Stamp) -> tuple[Event, ...]:
        """Say that another record is the same provider, and goes on for this one."""
        self._check(stamp)
        if self.merged_into:
            raise InvalidInput(f"is merged into {self.merged_into!r} already; unmerge it first", field="into")
        if not other or other == self.id:
            raise InvalidInput("a record is merged into another one; give its id", field="into")
        return (stamp(Merged, into=other),)

    def unmerge(self, stamp: Stamp) -> tuple[Event, ...]:
        """Say that the merge was a mistake."""
        self._check(stamp)
        if not self.merged_into:
            raise InvalidInput("is not merged into another record", field="merged_into")
        return (stamp(Unmerged),)

    def _check(self, stamp: Stamp) -> None:
        if to_us(stamp.at) < to_us(self.registered_at):
            raise InvalidInput(
                f"provider {self.id} was registered only at {format_instant(self.registered_at)}", field="at"
            )

    def _check_status(self, stamp: Stamp, *wanted: str) -> None:
        self._check(stamp)
        if self.status not in wanted:
            raise InvalidInput(f"provider {self.id} is {self.status}, not {' or '.join(wanted)}", field="status")


def _check_details(npi: str | None, taxonomy: str | None, state: str | None) -> None:
    if npi:
        check_npi(npi)
    if taxonomy:
        check_taxonomy(taxonomy)
    if state:
        check_state(state)


def _check_term(issued_on: dt.date | None, expires_on: dt.date | None) -> None:
    if issued_on is not None and expires_on is not None and expires_on < issued_on:
        raise InvalidInput(f"{expires_on} is before its issue, {issued_on}", field="expires_on")
