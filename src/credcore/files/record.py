"""The file itself: what is known of it, what may come next, and what may be recorded of it."""

import datetime as dt
from collections.abc import Collection, Mapping, Sequence
from typing import Self

import attrs

from credcore.errors import InvalidInput, MoveRefused, nearest
from credcore.events import (
    ApprovalRecorded,
    Assigned,
    ContactLogged,
    Decided,
    DocumentReceived,
    Event,
    FileOpened,
    FlagCleared,
    FlagRaised,
    HoldPlaced,
    HoldReleased,
    PayerAnswered,
    PlacedOnAgenda,
    PromiseKept,
    PromiseMade,
    PromiseWithdrawn,
    RemovedFromAgenda,
    Reviewed,
    Snoozed,
    StageChanged,
    Stamp,
    SubmittedToPayer,
    Unassigned,
    Verified,
)
from credcore.files.fold import FileFold
from credcore.files.values import Approval, Contact, Decision, Document, Hold, Move, Promise, Seat
from credcore.history import History
from credcore.instants import day_of, format_instant, to_us
from credcore.stages import Pipeline, Requirement
from credcore.verification import Verification

__all__ = ["CredentialingFile", "open_file", "unmet"]


def open_file(
    kind: str,
    provider: str,
    pipeline: Pipeline,
    stamp: Stamp,
    *,
    payer: str = "",
    facility: str = "",
    parent: str = "",
    needed_by: dt.date | None = None,
) -> tuple[Event, ...]:
    """Return the event that opens a file, in the stage in which its kind starts.

    Args:
        kind: Such as ``initial``, ``recredentialing`` or ``enrolment``.
        provider: The provider's id.
        pipeline: Knows where the kind starts.
        stamp: Who, when and why.
        payer: For an enrolment, where.
        facility: For privileges, where.
        parent: The id of the file whose decision this one carries out.
        needed_by: The day by which the organisation needs it done.

    Raises:
        InvalidInput: The pipeline has no such kind, or there is no provider.
    """
    if not provider:
        raise InvalidInput("a file is opened for a provider; give the provider's id", field="provider")
    stage = pipeline.start(kind).code
    return (
        stamp(
            FileOpened,
            kind=kind,
            provider=provider,
            stage=stage,
            payer=payer,
            facility=facility,
            parent=parent,
            needed_by=needed_by,
        ),
    )


@attrs.frozen(kw_only=True)
class CredentialingFile:
    """One piece of work for one provider, as its events tell it.

    Every method that takes a `Stamp` checks and returns events to record, and raises `InvalidInput` when the field,
    the time or the record forbids it; nothing may be stamped before the opening. What happened late may be recorded
    late, save that a stage is never entered before the present one was.

    Attributes:
        id: Its own.
        kind: Such as ``initial`` or ``recredentialing``.
        provider: The provider's id.
        opened_at: When work began.
        stage: The code of its stage.
        stage_entered_at: Since when.
        payer: For an enrolment, where; else empty.
        facility: For privileges, where; else empty.
        parent: The id of the file whose decision this one carries out; else empty.
        needed_by: The day by which the organisation needs it done.
        assignee: The owner's id; empty in the queue.
        holds: Open holds by id.
        contacts: Touches, oldest first.
        documents: The last document of each element.
        verifications: The latest verification of each element, by the day of the check.
        flags: What is not clean.
        promises: All promises by id, with their status.
        approvals: What bodies said, in order.
        decision: The last body's word.
        seat: The place on an agenda, until the meeting speaks or the seat is given up.
        payer_reference: The payer's number for the application.
        payer_status: ``submitted``, or what the payer said last.
        effective_on: Billable from.
        snoozed_until: Hidden from the worklist until then; its clocks run on.
    """

    id: str
    kind: str
    provider: str
    opened_at: dt.datetime
    stage: str
    stage_entered_at: dt.datetime
    payer: str = ""
    facility: str = ""
    parent: str = ""
    needed_by: dt.date | None = None
    assignee: str = ""
    holds: Mapping[str, Hold] = attrs.field(factory=dict)
    contacts: tuple[Contact, ...] = ()
    documents: Mapping[str, Document] = attrs.field(factory=dict)
    verifications: Mapping[str, Verification] = attrs.field(factory=dict)
    flags: frozenset[str] = frozenset()
    promises: Mapping[str, Promise] = attrs.field(factory=dict)
    approvals: tuple[Approval, ...] = ()
    decision: Decision | None = None
    seat: Seat | None = None
    payer_reference: str = ""
    payer_status: str = ""
    effective_on: dt.date | None = None
    snoozed_until: dt.datetime | None = None

    @classmethod
    def from_history(cls, history: History) -> Self:
        """Return the file that a history tells of. Linked histories say nothing of the record, only of its states.

        Raises:
            InvalidInput: The file was not open, or the events can belong to no file.
        """
        return cls.from_fold(FileFold(history.ref).through(history))

    @classmethod
    def from_fold(cls, fold: FileFold) -> Self:
        """Return the file as far as a fold has come; the fold may go on.

        Raises:
            InvalidInput: The file was not open.
        """
        opened = fold.begun()
        return cls(
            id=fold.ref.id,
            kind=opened.kind,
            provider=opened.provider,
            opened_at=opened.at,
            stage=fold.stage,
            stage_entered_at=(fold.entered or opened).at,
            payer=opened.payer,
            facility=opened.facility,
            parent=opened.parent,
            needed_by=opened.needed_by,
            assignee=fold.assignee,
            holds=dict(fold.holds),
            contacts=tuple(fold.contacts),
            documents=dict(fold.documents),
            verifications=dict(fold.verifications),
            flags=frozenset(fold.flags),
            promises=dict(fold.promises),
            approvals=tuple(fold.approvals),
            decision=fold.decision,
            seat=fold.seat,
            payer_reference=fold.payer_reference,
            payer_status=fold.payer_status,
            effective_on=fold.effective_on,
            snoozed_until=fold.snoozed_until,
        )

    # The pipeline

    def is_closed(self, pipeline: Pipeline) -> bool:
        """Tell whether the file stands in a terminal stage.

        Raises:
            InvalidInput: The pipeline does not know the file's stage.
        """
        return pipeline.stage(self.stage).terminal

    def next_moves(self, pipeline: Pipeline) -> tuple[Move, ...]:
        """Return the stages that may come next, in the pipeline's order, each with what it still needs.

        Raises:
            InvalidInput: The pipeline does not know the file's stage.
        """
        return tuple(Move(code, self._unmet(code, pipeline)) for code in pipeline.stage(self.stage).next)

    def advance(self, to: str, pipeline: Pipeline, stamp: Stamp) -> tuple[Event, ...]:
        """Move to another stage.

        Raises:
            MoveRefused: The stage may not come next, or still needs something.
            InvalidInput: It would be entered before the present stage was.
        """
        allowed = pipeline.stage(self.stage).next
        unmet_needs = self._unmet(to, pipeline) if to in allowed else ()
        if to not in allowed or unmet_needs:
            raise MoveRefused(self.id, from_stage=self.stage, to_stage=to, unmet=unmet_needs, allowed=allowed)
        self._check(stamp)
        if stamp.at < self.stage_entered_at:
            raise InvalidInput(
                f"{self.stage!r} was entered at {format_instant(self.stage_entered_at)}; the next stage is entered"
                " then or later (correct the earlier change if it is wrong)",
                field="at",
            )
        return (stamp(StageChanged, stage=to),)

    def _unmet(self, code: str, pipeline: Pipeline) -> tuple[str, ...]:
        messages = (message for requirement in pipeline.needs(code) for message in unmet(requirement, self))
        return tuple(dict.fromkeys(messages))

    # Owner

    def assign(
        self, to: str, stamp: Stamp, *, policy: str = "", reason: str = "", digest: str = ""
    ) -> tuple[Event, ...]:
        """Give the file an owner, or another one.

        Args:
            to: The person's id.
            stamp: Who, when and why.
            policy: What chose.
            reason: Why this person.
            digest: Of what the choice was made from.
        """
        self._check(stamp)
        if not to or to == self.assignee:
            why = f"{to!r} is the owner already" if to else "give a person's id, or unassign"
            raise InvalidInput(why, field="to")
        return (stamp(Assigned, to=to, policy=policy, reason=reason, digest=digest),)

    def unassign(self, stamp: Stamp) -> tuple[Event, ...]:
        """Put the file back into the queue."""
        self._check(stamp)
        if not self.assignee:
            raise InvalidInput("has no owner; the file is in the queue already", field="assignee")
        return (stamp(Unassigned),)

    def snooze(self, until: dt.datetime, stamp: Stamp) -> tuple[Event, ...]:
        """Hide the file from the worklist until an instant; ``until`` at the stamp's own instant shows it again."""
        self._check(stamp)
        if to_us(until, "until") < to_us(stamp.at):
            raise InvalidInput(f"{format_instant(until)} is over; give an instant still to come", field="until")
        return (stamp(Snoozed, until=until),)

    def review(self, stamp: Stamp, *, note: str = "") -> tuple[Event, ...]:
        """Record that somebody looked at the file."""
        self._check(stamp)
        return (stamp(Reviewed, note=note),)

    # Waiting and outreach

    def hold(
        self, hold_id: str, waiting_on: str, stamp: Stamp, *, reason: str = "", review_on: dt.date | None = None
    ) -> tuple[Event, ...]:
        """Wait for a party.

        Args:
            hold_id: The hold's own id.
            waiting_on: The party that must act.
            stamp: Who, when and why.
            reason: In words.
            review_on: The day on which to look at the hold again.
        """
        self._check(stamp)
        if not hold_id or hold_id in self.holds:
            raise InvalidInput(
                f"{hold_id!r} is open already; give each hold an id of its own" if hold_id else "a hold needs an id",
                field="hold",
            )
        return (stamp(HoldPlaced, hold=hold_id, waiting_on=waiting_on, reason=reason, review_on=review_on),)

    def release(self, hold_id: str, stamp: Stamp) -> tuple[Event, ...]:
        """End a hold, not before it was placed."""
        self._check(stamp)
        hold = self.holds[_known(hold_id, self.holds, "hold", "open hold")]
        if stamp.at < hold.placed_at:
            raise InvalidInput(f"hold {hold_id!r} was placed only at {format_instant(hold.placed_at)}", field="at")
        return (stamp(HoldReleased, hold=hold_id),)

    def contact(
        self,
        party: str,
        channel: str,
        stamp: Stamp,
        *,
        direction: str = "out",
        answered: bool = False,
        reference: str = "",
        note: str = "",
    ) -> tuple[Event, ...]:
        """Log a touch.

        Args:
            party: With whom.
            channel: How, such as ``email``.
            stamp: Who, when and why.
            direction: ``out`` or ``in``.
            answered: Whether an outbound contact was answered.
            reference: The call's or message's own number.
            note: What was said; no private data.
        """
        self._check(stamp)
        return (
            stamp(
                ContactLogged,
                party=party,
                channel=channel,
                direction=direction,
                answered=answered,
                reference=reference,
                note=note,
            ),
        )

    def promise(
        self, promise_id: str, party: str, promised_on: dt.date, stamp: Stamp, *, what: str = ""
    ) -> tuple[Event, ...]:
        """Note what a party, or we, promised by a day.

        Args:
            promise_id: The promise's own id.
            party: Who promised; ``team`` for ourselves.
            promised_on: The last day on which it is kept on time.
            stamp: Who, when and why.
            what: In words.
        """
        self._check(stamp)
        if not promise_id or promise_id in self.promises:
            raise InvalidInput(
                f"{promise_id!r} was made already; give each promise an id of its own"
                if promise_id
                else "a promise needs an id",
                field="promise",
            )
        return (stamp(PromiseMade, promise=promise_id, party=party, promised_on=promised_on, what=what),)

    def keep_promise(self, promise_id: str, stamp: Stamp) -> tuple[Event, ...]:
        """Note that what was promised is there."""
        self._check_promise(promise_id, stamp)
        return (stamp(PromiseKept, promise=promise_id),)

    def withdraw_promise(self, promise_id: str, stamp: Stamp) -> tuple[Event, ...]:
        """Note that a promise no longer holds: neither kept nor broken."""
        self._check_promise(promise_id, stamp)
        return (stamp(PromiseWithdrawn, promise=promise_id),)

    def _check_promise(self, promise_id: str, stamp: Stamp) -> None:
        self._check(stamp)
        open_ones = {name: promise for name, promise in self.promises.items() if promise.status == "open"}
        promise = open_ones[_known(promise_id, open_ones, "promise", "open promise")]
        if stamp.at < promise.made_at:
            raise InvalidInput(f"promise {promise_id!r} was made only at {format_instant(promise.made_at)}", field="at")

    # What is known of the provider

    def receive(self, element: str, stamp: Stamp, *, reference: str = "") -> tuple[Event, ...]:
        """Take in a document.

        Args:
            element: What it is, such as ``application`` or ``attestation``.
            stamp: Who, when and why.
            reference: Where it is kept.
        """
        self._check(stamp)
        return (stamp(DocumentReceived, element=_named(element, "element"), reference=reference),)

    def verify(
        self,
        element: str,
        source: str,
        verified_on: dt.date,
        stamp: Stamp,
        *,
        method: str,
        result: str,
        tz: dt.tzinfo,
        expires_on: dt.date | None = None,
        evidence: str = "",
    ) -> tuple[Event, ...]:
        """Record a check at the source.

        Args:
            element: What was checked.
            source: Who answered.
            verified_on: The day of the check, not after the stamp's day: a verification is never dated ahead.
            stamp: Who, when and why.
            method: How, such as ``web``.
            result: What the source said.
            tz: The organisation's zone, in which the stamp falls on a day.
            expires_on: The last day of what was verified.
            evidence: Where the proof is kept.
        """
        self._check(stamp)
        self._check_not_ahead(verified_on, "verified_on", stamp, tz)
        return (
            stamp(
                Verified,
                element=_named(element, "element"),
                source=_named(source, "source"),
                method=method,
                result=result,
                verified_on=verified_on,
                expires_on=expires_on,
                evidence=evidence,
            ),
        )

    def raise_flag(self, flag: str, stamp: Stamp, *, note: str = "") -> tuple[Event, ...]:
        """Mark the file as not clean."""
        self._check(stamp)
        if flag in self.flags:
            raise InvalidInput(f"{flag!r} stands already", field="flag")
        return (stamp(FlagRaised, flag=_named(flag, "flag"), note=note),)

    def clear_flag(self, flag: str, stamp: Stamp) -> tuple[Event, ...]:
        """Take a flag off."""
        self._check(stamp)
        return (stamp(FlagCleared, flag=_known(flag, self.flags, "flag", "flag")),)

    # The decision

    def place_on_agenda(self, meeting: str, meets_on: dt.date, cutoff_on: dt.date, stamp: Stamp) -> tuple[Event, ...]:
        """Take a seat in a meeting; the meeting's own record must give one too (`Meeting.place`)."""
        self._check(stamp)
        self._check_undecided()
        if self.seat is not None:
            raise InvalidInput(f"sits on meeting {self.seat.meeting!r} already; remove it there first", field="meeting")
        if cutoff_on > meets_on:
            raise InvalidInput(f"packets close on {cutoff_on}, after the meeting on {meets_on}", field="cutoff_on")
        return (stamp(PlacedOnAgenda, meeting=_named(meeting, "meeting"), meets_on=meets_on, cutoff_on=cutoff_on),)

    def remove_from_agenda(self, meeting: str, stamp: Stamp) -> tuple[Event, ...]:
        """Give up the seat in a meeting."""
        self._check(stamp)
        seats = () if self.seat is None else (self.seat.meeting,)
        return (stamp(RemovedFromAgenda, meeting=_known(meeting, seats, "meeting", "seat in meeting")),)

    def next_body(self, approvals: Sequence[str]) -> str | None:
        """Return whose approval comes next; None when the file is decided.

        Args:
            approvals: The bodies of this kind of file, in order; the last one decides.
        """
        if self.decision is not None:
            return None
        given = {approval.body for approval in self.approvals if approval.outcome.startswith("approved")}
        return next((body for body in approvals if body not in given), None)

    def approve(
        self,
        body: str,
        outcome: str,
        approved_on: dt.date,
        approvals: Sequence[str],
        stamp: Stamp,
        *,
        tz: dt.tzinfo,
        meeting: str = "",
    ) -> tuple[Event, ...]:
        """Record what a body said; with the last approval, or any denial, the file is decided on that day.

        ``tabled`` settles nothing: the same body must speak again. No day is set back: an approval is neither before
        the one that came before it, nor before the file was opened.

        Args:
            body: Who spoke.
            outcome: ``approved``, ``approved-with-conditions``, ``denied`` or ``tabled``.
            approved_on: The day, not after the stamp's day.
            approvals: The bodies of this kind of file, in order; the last one decides.
            stamp: Who, when and why.
            tz: The organisation's zone, in which the stamp falls on a day.
            meeting: Where; empty for a sign-off.
        """
        self._check(stamp)
        self._check_undecided()
        turn = self.next_body(approvals)
        if _known(body, approvals, "body", "approving body") != turn:
            whose = "all of them have approved" if turn is None else f"{turn!r} is next"
            raise InvalidInput(f"it is not {body!r} whose turn it is: {whose}", field="body")
        self._check_not_ahead(approved_on, "approved_on", stamp, tz)
        earliest = max([day_of(to_us(self.opened_at), tz), *(approval.approved_on for approval in self.approvals)])
        if approved_on < earliest:
            raise InvalidInput(f"{approved_on} is set back; the earliest day is {earliest}", field="approved_on")
        recorded = stamp(ApprovalRecorded, body=body, outcome=outcome, approved_on=approved_on, meeting=meeting)
        if outcome == "denied" or (outcome != "tabled" and body == approvals[-1]):
            return (recorded, stamp(Decided, outcome=outcome, body=body, decided_on=approved_on))
        return (recorded,)

    # The payer

    def submitted(self, reference: str, stamp: Stamp) -> tuple[Event, ...]:
        """Note that the application went to its payer, for the first time or anew, under the payer's number."""
        self._check(stamp)
        return (stamp(SubmittedToPayer, reference=_named(reference, "reference")),)

    def payer_answered(
        self,
        status: str,
        stamp: Stamp,
        *,
        reference: str = "",
        missing: Sequence[str] = (),
        answer_by: dt.date | None = None,
        effective_on: dt.date | None = None,
    ) -> tuple[Event, ...]:
        """Note what the payer said.

        Args:
            status: ``received``, ``returned``, ``in-process``, ``development``, ``approved``, ``denied`` or
                ``rejected``.
            stamp: Who, when and why.
            reference: The application's number, if the answer bore one.
            missing: What the payer asks for.
            answer_by: The last day to answer; with ``development`` only.
            effective_on: Billable from; with ``approved`` only.
        """
        self._check(stamp)
        if not self.payer_reference:
            raise InvalidInput("was not submitted to a payer; record the submission first", field="status")
        if reference and reference != self.payer_reference:
            raise InvalidInput(
                f"{reference!r} is not the application that stands, {self.payer_reference!r}", field="reference"
            )
        for name, value, needed in (
            ("answer_by", answer_by, "development"),
            ("effective_on", effective_on, "approved"),
        ):
            if value is not None and status != needed:
                raise InvalidInput(f"goes with the status {needed!r}, not with {status!r}", field=name)
        return (
            stamp(
                PayerAnswered,
                status=status,
                reference=reference or self.payer_reference,
                missing=tuple(missing),
                answer_by=answer_by,
                effective_on=effective_on,
            ),
        )

    def _check(self, stamp: Stamp) -> None:
        if to_us(stamp.at) < to_us(self.opened_at):
            raise InvalidInput(
                f"file {self.id} was opened only at {format_instant(self.opened_at)}; nothing happened to it before",
                field="at",
            )

    def _check_undecided(self) -> None:
        if self.decision is not None:
            raise InvalidInput(
                f"file {self.id} was decided on {self.decision.decided_on} by {self.decision.body!r}", field="decision"
            )

    def _check_not_ahead(self, day: dt.date, field: str, stamp: Stamp, tz: dt.tzinfo) -> None:
        today = day_of(to_us(stamp.at), tz)
        if day > today:
            raise InvalidInput(f"{day} is dated ahead; it is recorded as of {today}", field=field)


def unmet(requirement: Requirement, file: CredentialingFile) -> tuple[str, ...]:
    """Return what a requirement still asks of a file, in words; nothing if it is met."""
    messages = [
        f"document {element!r} not received" for element in requirement.documents if element not in file.documents
    ]
    messages += [f"{element} not verified" for element in requirement.verified if element not in file.verifications]
    if requirement.no_holds and file.holds:
        messages.append(_counted(file.holds, "hold", "open"))
    if requirement.no_flags and file.flags:
        messages.append(_counted(file.flags, "flag", "raised"))
    if requirement.decision and file.decision is None:
        messages.append("not decided")
    return tuple(messages)


def _counted(names: Collection[str], what: str, state: str) -> str:
    return f"{len(names)} {what}{'s' if len(names) != 1 else ''} {state}: {', '.join(sorted(names))}"


def _known(name: str, known: Collection[str], field: str, what: str) -> str:
    if name not in known:
        raise InvalidInput(f"there is no {what} {name!r}; {nearest(name, known)}", field=field)
    return name


def _named(name: str, field: str) -> str:
    if not name:
        raise InvalidInput("is empty; name it", field=field)
    return name
