"""Record what happens to a record, and what follows from it elsewhere, in one commit.

A file that closes gives its owner a place back; a decision anchors the provider's cycle and fans out into one
enrolment a payer; a change of owner is written on the persons whom assignment races on.
"""

import datetime as dt
from collections.abc import Callable, Iterable, Sequence

import attrs

from credcore.coordinator.actor import SYSTEM, Actor
from credcore.coordinator.anew import judge_concerned
from credcore.coordinator.chain import from_stored
from credcore.coordinator.context import Context
from credcore.coordinator.lines import record_of
from credcore.coordinator.merged import carry_anchor, goes_on, refuse_by_hand, refuse_open, refuse_reopened
from credcore.coordinator.refusals import refusals_noted
from credcore.coordinator.unit import Unit, decide, part_key
from credcore.errors import CredcoreError, Duplicate, InvalidInput
from credcore.events import (
    ApprovalRecorded,
    Corrected,
    CycleAnchored,
    Event,
    StageChanged,
    Stamp,
    SubmittedToPayer,
)
from credcore.files import CredentialingFile, open_file
from credcore.history import History, Ref
from credcore.ports import StoredEvent
from credcore.profile import Kind
from credcore.providers import ProviderRecord

__all__ = ["Change", "Recorded", "advance", "approve", "correct", "follow", "open_in", "record"]

Change = Callable[..., Iterable[Event]] | Iterable[Event]
"""Events, or a function of the record and a stamp that checks and returns them, as ``lambda f, s: f.review(s)``."""


@attrs.frozen
class Recorded:
    """What a call recorded.

    Attributes:
        ref: The record.
        events: The events, in order.
        repeated: Whether the same command had been carried out before; then these are the first answer's events.
    """

    ref: Ref
    events: tuple[Event, ...]
    repeated: bool = False


def record(
    context: Context,
    ref: Ref,
    change: Change,
    *,
    at: dt.datetime | None = None,
    why: str = "",
    command: str = "",
    was: Callable[[Event], bool] | None = None,
) -> Recorded:
    """Record what happened to a record, with what follows from it.

    Args:
        context: The desk.
        ref: The record.
        change: Events, or what makes them.
        at: When it happened; now if left out.
        why: The reason.
        command: The call's id, if it has one.
        was: Whether an event is what such a call records first; if left out, the change itself is asked again.

    Raises:
        NotFound: The desk does not know the record.
        Forbidden: The actor's roles do not allow it; the refusal is recorded on the record.
    """
    said = change if callable(change) else tuple(change)  # work may be done again; an iterator gives its events once

    def work(unit: Unit) -> Recorded:
        before = unit.existing(ref)
        stamp = unit.stamp(at=at, why=why)
        events = _events(said(before, stamp) if callable(said) else said)
        if isinstance(before, ProviderRecord):
            refuse_by_hand(before, events)
        events = unit.append(ref, events, key=_key(events, command))
        if isinstance(before, CredentialingFile):
            follow(unit, before)
        return Recorded(ref, events)

    def is_same(unit: Unit, first: Recorded, after: int) -> bool:
        if first.ref != ref:
            return False
        if was is not None:
            return was(first.events[0])
        return _would_say(unit, ref, after, said, unit.stamp(at=at, why=why), first.events)

    before = {person.id for person in context.book().desk.team}
    done = once(context, ref, work, command, is_same)
    if ref == context.desk_ref:
        judge_concerned(context, before, done.events)
    return done


def _events(said: object) -> tuple[Event, ...]:
    """Return what a change gave, if it gave events."""
    if isinstance(said, Iterable):
        events = tuple(said)
        if all(isinstance(event, Event) for event in events):
            return events
    raise InvalidInput("gave no events; return what the record's own method returns", field="change")


_MINTED = frozenset({"id", "at", "recorded_at", "by", "why", "hold", "promise"})
"""What a call may say otherwise when it is made again: who and when, and names that it makes up."""


def said_the_same(one: Event, other: Event) -> bool:
    """Return whether two events tell of the same thing, whoever recorded them, and when."""
    if type(one) is not type(other):
        return False
    names = (field.name for field in attrs.fields(type(one)) if field.name not in _MINTED)
    pairs = ((getattr(one, name), getattr(other, name)) for name in names)
    return all(said_the_same(a, b) if isinstance(a, Event) and isinstance(b, Event) else a == b for a, b in pairs)


def _would_say(unit: Unit, ref: Ref, after: int, said: Change, stamp: Stamp, first: Sequence[Event]) -> bool:
    """Return whether a change would have said what was recorded first, of the record as it was then.

    A function of the host's that fails there in its own way is taken at its word: it is asked out of its time.
    """
    history = unit.history(ref)
    before = record_of(History(ref, history.events[:after]))
    try:
        again = _events(said(before, stamp) if callable(said) else said)
    except CredcoreError:
        return False  # it was accepted then
    except Exception:  # noqa: BLE001 - see above
        return True
    return len(again) == len(first) and all(map(said_the_same, again, first))


def once(
    context: Context,
    ref: Ref,
    work: Callable[[Unit], Recorded],
    command: str,
    is_same: Callable[[Unit, Recorded, int], bool] | None = None,
) -> Recorded:
    """Do some work; a repeated command gets the first answer, a refusal is recorded where it was aimed.

    Args:
        context: The desk.
        ref: The record at which the call aims.
        work: What to do.
        command: The call's id, if it has one.
        is_same: Whether what was recorded under that id, behind so many events of its record, is what this call asks
            for; by default, whether it is on the record.

    Raises:
        InvalidInput: The id was used for another call.
    """
    key = command_key(command)

    def once_only(unit: Unit) -> Recorded:
        found = None if key is None else context.store.find(key)
        if found is None:
            return work(unit)
        first = _first_answer(context, *found)
        if not (first.ref == ref if is_same is None else is_same(unit, first, found[1].version - 1)):
            message = f"{command!r} was used for another call, on {first.ref}; give each call an id of its own"
            raise InvalidInput(message, field="command")
        return first

    try:
        with refusals_noted(context, ref):
            return decide(context, once_only)
    except Duplicate as duplicate:
        # The same call by somebody else just now; or what it recorded has a key of its own, as a submission does.
        first = context.store.find(duplicate.key)
        if key is None or first is None or (duplicate.key != key and first[0] != ref):
            raise
        return _first_answer(context, *first)


def _first_answer(context: Context, ref: Ref, first: StoredEvent) -> Recorded:
    """Return what a call recorded before: its first event, and those under its key with their place, wherever."""
    events = [from_stored(first, ref)]
    while (further := context.store.find(part_key(str(first.key), len(events)))) is not None:
        events.append(from_stored(further[1], further[0]))
    return Recorded(ref, tuple(events), repeated=True)


def command_key(command: str) -> str | None:
    """Return the key of an event that a command records; None for a call without an id."""
    if not command.isprintable():
        raise InvalidInput("is not printable text", field="command")
    return f"command:{command}" if command else None


def submission_key(reference: str) -> str:
    """Return the key of a submission, by which a payer's answer finds its file."""
    return f"payer-ref:{reference}"


def _key(events: Sequence[Event], command: str) -> str | None:
    first = events[0] if events else None
    return submission_key(first.reference) if isinstance(first, SubmittedToPayer) else command_key(command)


def advance(
    context: Context, file_id: str, to: str, *, at: dt.datetime | None = None, why: str = "", command: str = ""
) -> Recorded:
    """Move a file to another stage.

    Raises:
        MoveRefused: The pipeline does not allow it, or the stage still needs something.
    """
    pipeline = context.book().profile_at(context.now()).pipeline

    def change(file: CredentialingFile, stamp: Stamp) -> Iterable[Event]:
        return file.advance(to, pipeline, stamp)

    def was(event: Event) -> bool:
        return isinstance(event, StageChanged) and event.stage == to

    return record(context, Ref("file", file_id), change, at=at, why=why, command=command, was=was)


def approve(
    context: Context,
    file_id: str,
    body: str,
    outcome: str,
    approved_on: dt.date | None,
    *,
    meeting: str = "",
    at: dt.datetime | None = None,
    command: str = "",
) -> Recorded:
    """Record what a body said; the last one decides, and the file moves on."""

    def work(unit: Unit) -> Recorded:
        before = unit.file(file_id)
        kind = unit.profile.kinds[before.kind]
        stamp = unit.stamp(at=at)
        day = stamp.at.astimezone(unit.profile.zone).date() if approved_on is None else approved_on
        bodies = [approval.body for approval in kind.approvals]
        if not bodies:
            raise InvalidInput(f"files of kind {before.kind!r} are not approved by any body", field="kind")
        ref = Ref("file", file_id)
        events = tuple(before.approve(body, outcome, day, bodies, stamp, tz=unit.profile.zone, meeting=meeting))
        key = command_key(command)
        events = unit.append(ref, events, key=key)
        decided = unit.file(file_id)
        if decided.decision is not None:
            to = kind.denied if decided.decision.outcome == "denied" else kind.decided
            moved = tuple(decided.advance(to, unit.profile.pipeline, stamp))
            # It follows from the decision, so whoever may decide need not be one who moves files.
            events += unit.append(ref, moved, actor=SYSTEM, key=key and part_key(key, len(events)))
        follow(unit, before)
        return Recorded(ref, events)

    def is_same(_unit: Unit, first: Recorded, _after: int) -> bool:
        said = first.events[0]
        return (
            first.ref == Ref("file", file_id)
            and isinstance(said, ApprovalRecorded)
            and (said.body, said.outcome) == (body, outcome)
            and approved_on in (None, said.approved_on)
        )

    return once(context, Ref("file", file_id), work, command, is_same)


def correct(
    context: Context, ref: Ref, event_id: str, replacement: Event | None, why: str, *, command: str = ""
) -> Recorded:
    """Correct an event of a record: put another in its place, or take it out.

    Raises:
        InvalidInput: The record has no such event, or it is the one that opened it.
    """

    def change(_record: object, stamp: Stamp) -> Iterable[Event]:
        return (stamp(Corrected, event=event_id, replacement=replacement),)

    return record(context, ref, change, why=why, command=command)


def open_in(
    unit: Unit,
    kind: Kind,
    provider: str,
    stamp: Stamp,
    *,
    actor: Actor | None = None,
    key: str | None = None,
    payer: str = "",
    facility: str = "",
    parent: str = "",
    needed_by: dt.date | None = None,
) -> tuple[Ref, tuple[Event, ...]]:
    """Open a file within a unit of work, in the stage in which its kind starts.

    Raises:
        NotFound: The desk does not know the provider or the parent.
        InvalidInput: The provider is merged into another record.
    """
    refuse_open(unit.provider(provider))
    ref = Ref("file", f"f-{unit.new_id()}")
    events = tuple(
        open_file(
            kind.code,
            provider,
            unit.profile.pipeline,
            stamp,
            payer=payer,
            facility=facility,
            parent=parent,
            needed_by=needed_by,
        )
    )
    return ref, unit.append(ref, events, key=key, actor=actor)


def follow(unit: Unit, before: CredentialingFile) -> None:
    """Append what follows elsewhere from what just happened to a file."""
    after = unit.file(before.id)
    refuse_reopened(unit, before, after)
    _take_over(unit, before, after)
    _leave_seat(unit, before, after)
    if after.decision == before.decision:
        return
    if after.decision is None or after.decision.outcome == "denied":
        _anchor_cycles(unit, after, None)
    else:
        _anchor_cycles(unit, after, after.decision.decided_on)
        _fan_out(unit, after)


def _take_over(unit: Unit, before: CredentialingFile, after: CredentialingFile) -> None:
    """Write a change of owner on the persons whom it concerns; a closed file is nobody's."""
    stamp = unit.stamp(actor=SYSTEM)
    giver, taker = (one.assignee if unit.is_open(one) else "" for one in (before, after))
    if giver == taker:
        return
    if giver and after.id in unit.person(giver).files:
        unit.append(Ref("person", giver), unit.person(giver).give_back(after.id, stamp), actor=SYSTEM)
    if taker:
        unit.append(Ref("person", taker), unit.person(taker).take(after.id, stamp), actor=SYSTEM)


def _leave_seat(unit: Unit, before: CredentialingFile, after: CredentialingFile) -> None:
    """Free the seat of a file that gave it up or closed, in a meeting that has not heard it."""
    seat = before.seat
    heard = len(after.approvals) > len(before.approvals)
    if seat is None or heard or (after.seat == seat and unit.is_open(after)):
        return
    meeting = unit.meeting(seat.meeting)
    if unit.is_open(meeting) and after.id in meeting.items and after.id not in meeting.votes:
        stamp = unit.stamp(actor=SYSTEM)
        unit.append(Ref("meeting", meeting.id), meeting.remove(after.id, stamp), actor=SYSTEM)


def _anchor_cycles(unit: Unit, file: CredentialingFile, decided_on: dt.date | None) -> None:
    """Anchor the cycles that a decision begins; where it was corrected, correct its anchor, or take it out."""
    ref = Ref("provider", file.provider)
    for body in unit.profile.kinds[file.kind].cycles:
        provider = unit.provider(file.provider)
        held = provider.cycles.get(body)
        stamp = unit.stamp(actor=SYSTEM)
        if held is not None and held.file == file.id and held.anchor_on != decided_on:
            anchor = next(event for event in unit.history(ref).effective if event.id == held.event)
            new = _anchored_on(anchor, decided_on)
            unit.append(ref, (stamp(Corrected, event=held.event, replacement=new),), actor=SYSTEM)
        elif decided_on is not None and (held is None or held.anchor_on < decided_on):
            unit.append(ref, provider.anchor_cycle(body, decided_on, stamp, file=file.id), actor=SYSTEM)
        carry_anchor(unit, file.provider, body)


def _anchored_on(anchor: Event, day: dt.date | None) -> Event | None:
    """Return an anchor on another day, under its id: what was opened for it stays opened. None for no day."""
    if day is None or not isinstance(anchor, CycleAnchored):
        return None
    return attrs.evolve(anchor, anchor_on=day)


def _fan_out(unit: Unit, file: CredentialingFile) -> None:
    """Open one enrolment a payer, those that a decision before its correction did not open."""
    enrols = unit.profile.kinds[file.kind].enrols
    if not enrols:
        return
    kind = unit.profile.kinds[enrols]
    provider = goes_on(unit, file.provider).id  # the decision may be one of before a merge, corrected after it
    for payer in unit.profile.payers:
        key = f"open:{enrols}:{file.id}:{payer}"
        if not unit.has_key(key):
            stamp = unit.stamp(actor=SYSTEM)
            open_in(unit, kind, provider, stamp, actor=SYSTEM, key=key, payer=payer, parent=file.id)
