"""How a file comes out of its events, and the states that it goes through."""

import datetime as dt

import attrs

from credcore.events import (
    ApprovalRecorded,
    Assigned,
    ContactLogged,
    Decided,
    DetailsChanged,
    DocumentReceived,
    Event,
    FileOpened,
    FlagCleared,
    FlagRaised,
    HoldPlaced,
    HoldReleased,
    LeaveEnded,
    LeaveStarted,
    MeetingCancelled,
    MeetingMoved,
    PayerAnswered,
    PlacedOnAgenda,
    PromiseKept,
    PromiseMade,
    PromiseWithdrawn,
    ProviderRegistered,
    Reinstated,
    RemovedFromAgenda,
    Reviewed,
    Snoozed,
    StageChanged,
    SubmittedToPayer,
    Terminated,
    Unassigned,
    Verified,
)
from credcore.files.values import Approval, Contact, Decision, Document, Hold, Promise, Seat
from credcore.history import Facet, History, Mark, Ref, State, StateFold
from credcore.instants import day_of, to_us
from credcore.verification import Verification

__all__ = ["FileFold", "states"]

_NONE: frozenset[str] = frozenset()


def states(history: History, tz: dt.tzinfo = dt.UTC) -> list[State]:
    """Return the run of states of a file, in rising instants; none if it was not open.

    Leave, termination and their ends are read from the history of a linked provider, as the flags
    ``provider-on-leave`` and ``provider-terminated``; so is the state in which it practises. A linked meeting that
    moved changes the days of the file that sits on it; one that was cancelled takes them away.

    Args:
        history: A file's, with those of the records it is linked to.
        tz: The organisation's zone, in which a moved meeting falls on a day.

    Raises:
        InvalidInput: Its events can belong to no file; the path names the first that cannot.
    """
    return FileFold(history.ref, tz).run(history)


class FileFold(StateFold[FileOpened]):
    """A file in the making; `CredentialingFile.from_fold` freezes it."""

    opening = FileOpened
    reshaping = frozenset(
        kind.type
        for kind in (FileOpened, StageChanged, HoldPlaced, HoldReleased, ContactLogged, FlagRaised, FlagCleared)
    )

    def __init__(self, ref: Ref, tz: dt.tzinfo = dt.UTC) -> None:
        """Begin with a file to which nothing has happened.

        Args:
            ref: The file.
            tz: The zone in which a moved meeting falls on a day.
        """
        super().__init__(ref)
        self.stage = ""
        self.assignee = ""
        self.flags: set[str] = set()
        self.promises: dict[str, Promise] = {}
        self.approvals: list[Approval] = []
        self.decision: Decision | None = None
        self.seat: Seat | None = None
        self.payer_reference = ""
        self.payer_status = ""
        self.effective_on: dt.date | None = None
        self.snoozed_until: dt.datetime | None = None
        # As they happened: what a file shows of them is made when it is frozen, and states need none of it.
        self._holds: dict[str, HoldPlaced] = {}
        self._contacts: list[ContactLogged] = []
        self._documents: dict[str, DocumentReceived] = {}
        self._verified: dict[str, Verified] = {}
        self._attempts = 0
        self._tries: dict[str, int] = {}
        self._provider_flags: set[str] = set()
        self._state = ""
        self._tz = tz
        self._meetings: dict[str, MeetingMoved | MeetingCancelled] = {}

    def facet(self) -> Facet:
        """Return what conditions may read of the file now."""
        return Facet(
            "file",
            self.begun().kind,
            self.stage,
            frozenset([hold.waiting_on for hold in self._holds.values()]) if self._holds else _NONE,
            frozenset(self.flags | self._provider_flags) if self.flags or self._provider_flags else _NONE,
            self._attempts,
            self._state,
            tuple(sorted(self._tries.items())) if self._tries else (),
        )

    def mark(self, event: Event, party: str = "") -> None:
        """Note that an event makes a state; a contact also names its party, and whether it was an answer."""
        if isinstance(event, ContactLogged):
            super().mark(event, event.party)
            if _is_answer(event):
                self.marks.append(Mark(event.id, "contact-answered", event.party))
        else:
            super().mark(event, party)

    # What a file shows of what happened

    @property
    def holds(self) -> dict[str, Hold]:
        """Open holds by id."""
        return {
            name: Hold(
                id=name,
                waiting_on=event.waiting_on,
                placed_at=event.at,
                reason=event.reason,
                review_on=event.review_on,
            )
            for name, event in self._holds.items()
        }

    @property
    def contacts(self) -> tuple[Contact, ...]:
        """Touches, oldest first."""
        return tuple(
            [
                Contact(
                    at=event.at,
                    party=event.party,
                    channel=event.channel,
                    direction=event.direction,
                    answered=event.answered,
                    event=event.id,
                    reference=event.reference,
                    by=event.by,
                )
                for event in self._contacts
            ]
        )

    @property
    def documents(self) -> dict[str, Document]:
        """The last document of each element."""
        return {
            element: Document(element=element, received_at=event.at, event=event.id, reference=event.reference)
            for element, event in self._documents.items()
        }

    @property
    def verifications(self) -> dict[str, Verification]:
        """The latest verification of each element, by the day of the check."""
        return {
            element: Verification(
                element=element,
                source=event.source,
                method=event.method,
                result=event.result,
                verified_on=event.verified_on,
                verifier=event.by,
                expires_on=event.expires_on,
                evidence=event.evidence,
                event=event.id,
            )
            for element, event in self._verified.items()
        }

    # Stage and owner

    def on_file_opened(self, event: FileOpened) -> None:
        """Enter the first stage."""
        self.stage, self.entered = event.stage, event
        self.know("needed-by", "", event.needed_by, event)

    def on_stage_changed(self, event: StageChanged) -> None:
        """Enter a stage; outreach begins anew."""
        self.stage, self.entered = event.stage, event
        self._attempts = 0
        self._tries.clear()

    def on_assigned(self, event: Assigned) -> None:
        """Have an owner."""
        self.assignee, self.assigned_at = event.to, event.at

    def on_unassigned(self, _event: Unassigned) -> None:
        """Go back to the queue."""
        self.assignee, self.assigned_at = "", None

    def on_snoozed(self, event: Snoozed) -> None:
        """Be hidden from the worklist."""
        self.snoozed_until = event.until

    def on_reviewed(self, _event: Reviewed) -> None:
        """Was looked at: the mark says all there is to say."""

    # Waiting and outreach

    def on_hold_placed(self, event: HoldPlaced) -> None:
        """Wait for somebody; outreach to it begins anew."""
        self._holds[event.hold] = event
        self.know("hold-review", event.hold, event.review_on, event)
        self._attempts = 0
        self._tries.pop(event.waiting_on, None)

    def on_hold_released(self, event: HoldReleased) -> None:
        """Wait no longer, if the hold that it names is open."""
        released = self._holds.pop(event.hold, None)
        if released is not None:
            self.forget("hold-review", event.hold)
            self._attempts = 0
            self._tries.pop(released.waiting_on, None)

    def on_contact_logged(self, event: ContactLogged) -> None:
        """Count an attempt, or begin anew after an answer."""
        self._contacts.append(event)
        if _is_answer(event):
            self._attempts = 0
            self._tries.pop(event.party, None)
        else:
            self._attempts += 1
            self._tries[event.party] = self._tries.get(event.party, 0) + 1

    def on_promise_made(self, event: PromiseMade) -> None:
        """Have a promise to wait for."""
        self.promises[event.promise] = Promise(
            id=event.promise, party=event.party, promised_on=event.promised_on, made_at=event.at, what=event.what
        )
        self.know("promise", event.promise, event.promised_on, event)

    def on_promise_kept(self, event: PromiseKept) -> None:
        """Have what was promised."""
        self._end_promise(event.promise, "kept", event)

    def on_promise_withdrawn(self, event: PromiseWithdrawn) -> None:
        """Expect it no longer."""
        self._end_promise(event.promise, "withdrawn", event)

    def _end_promise(self, promise: str, status: str, event: Event) -> None:
        open_one = self.promises.get(promise)
        if open_one is not None and open_one.status == "open":
            self.promises[promise] = attrs.evolve(open_one, status=status, ended_at=event.at)
            self.forget("promise", promise)

    # What is known of the provider

    def on_document_received(self, event: DocumentReceived) -> None:
        """Have a document; of one element, the last that came in counts."""
        self._documents[event.element] = event

    def on_verified(self, event: Verified) -> None:
        """Have a verification; of one element, that of the latest day counts, however late it was recorded."""
        known = self._verified.get(event.element)
        if known is not None and known.verified_on > event.verified_on:
            return
        self._verified[event.element] = event
        self.know("verification", event.element, event.verified_on, event, event.expires_on)

    def on_flag_raised(self, event: FlagRaised) -> None:
        """Be not clean."""
        self.flags.add(event.flag)

    def on_flag_cleared(self, event: FlagCleared) -> None:
        """Be clean again, as to this flag."""
        self.flags.discard(event.flag)

    # The decision

    def on_placed_on_agenda(self, event: PlacedOnAgenda) -> None:
        """Have a seat; one at a time."""
        self._leave_seat()
        self.seat = Seat(meeting=event.meeting, meets_on=event.meets_on, cutoff_on=event.cutoff_on, event=event.id)
        self.know("meeting", event.meeting, event.meets_on, event)
        self.know("cut-off", event.meeting, event.cutoff_on, event)
        if (news := self._meetings.get(event.meeting)) is not None:
            # Told of the meeting late: it had moved or was cancelled before the seat was given.
            self._follow(event.meeting, news)

    def on_removed_from_agenda(self, event: RemovedFromAgenda) -> None:
        """Have no seat, if it was there."""
        if self.seat is not None and self.seat.meeting == event.meeting:
            self._leave_seat()

    def on_approval_recorded(self, event: ApprovalRecorded) -> None:
        """Have a body's word; it uses up the seat at that meeting."""
        self.approvals.append(
            Approval(
                body=event.body,
                outcome=event.outcome,
                approved_on=event.approved_on,
                event=event.id,
                meeting=event.meeting,
            )
        )
        if self.seat is not None and self.seat.meeting == event.meeting:
            self._leave_seat()

    def on_decided(self, event: Decided) -> None:
        """Be decided; no meeting is planned any more."""
        self.decision = Decision(outcome=event.outcome, body=event.body, decided_on=event.decided_on, event=event.id)
        self.know("decision", "", event.decided_on, event)
        self._leave_seat()

    def _leave_seat(self) -> None:
        if self.seat is not None:
            self.forget("meeting", self.seat.meeting)
            self.forget("cut-off", self.seat.meeting)
            self.seat = None

    # The payer

    def on_submitted_to_payer(self, event: SubmittedToPayer) -> None:
        """Be with the payer; what it said of an earlier application is over."""
        self.payer_reference, self.payer_status, self.effective_on = event.reference, "submitted", None
        self.forget("payer-answer", "")

    def on_payer_answered(self, event: PayerAnswered) -> None:
        """Have the payer's status, and a day to answer by if it asks for more."""
        self.payer_status = event.status
        self.effective_on = event.effective_on or self.effective_on
        self.know("payer-answer", "", event.answer_by if event.status == "development" else None, event)

    # Linked records

    def apply_linked(self, source: Ref, event: Event) -> None:
        """Take in what happened to the file's provider or meeting; anything else does not matter here."""
        if source.kind == "provider" and isinstance(event, (LeaveStarted, LeaveEnded, Terminated, Reinstated)):
            self._follow_provider(event)
        elif source.kind == "provider" and isinstance(event, (ProviderRegistered, DetailsChanged)):
            if event.state is None or event.state == self._state:
                return
            self._state = event.state
        elif source.kind == "meeting" and isinstance(event, (MeetingMoved, MeetingCancelled)):
            if isinstance(self._meetings.get(source.id), MeetingCancelled):
                return
            self._meetings[source.id] = event
            if self.seat is None or self.seat.meeting != source.id:
                return
            self._follow(source.id, event)
        else:
            return
        if event.at >= self.begun().at:
            self.mark(event)

    def _follow_provider(self, event: Event) -> None:
        flag = "provider-on-leave" if isinstance(event, (LeaveStarted, LeaveEnded)) else "provider-terminated"
        if isinstance(event, (LeaveStarted, Terminated)):
            self._provider_flags.add(flag)
        else:
            self._provider_flags.discard(flag)

    def _follow(self, meeting: str, event: MeetingMoved | MeetingCancelled) -> None:
        if isinstance(event, MeetingCancelled):
            self.forget("meeting", meeting)
            self.forget("cut-off", meeting)
        else:
            self.know("meeting", meeting, day_of(to_us(event.meets_at), self._tz), event)
            self.know("cut-off", meeting, day_of(to_us(event.cutoff_at), self._tz), event)


def _is_answer(event: ContactLogged) -> bool:
    return event.answered or event.direction == "in"
