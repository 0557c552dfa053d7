"""Record what happens to a record, and what follows from it elsewhere, in one commit.

A file that closes gives its owner a place back; a decision anchors the provider's cycle and fans out into one
enrolment a payer; a change of owner is written on the persons whom assignment races on.
"""

import datetime as dt
import itertools
from collections.abc import Callable, Iterable, Sequence

import attrs

from credcore.coordinator.actor import SYSTEM
from credcore.coordinator.context import Context
from credcore.coordinator.unit import Unit, decide
from credcore.errors import Duplicate, Forbidden, InvalidInput
from credcore.events import ActionRefused, Corrected, Event, Stamp, SubmittedToPayer
from credcore.files import CredentialingFile, open_file
from credcore.history import Ref
from credcore.people import PersonRecord
from credcore.ports import StoredEvent
from credcore.profile import Kind

__all__ = ["Change", "Recorded", "advance", "approve", "correct", "open_in", "record", "take_over"]

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
) -> Recorded:
    """Record what happened to a record, with what follows from it.

    Raises:
        NotFound: The desk does not know the record.
        Forbidden: The actor's roles do not allow it; the refusal is recorded on the record.
    """

    def work(unit: Unit) -> Recorded:
        before = unit.existing(ref)
        stamp = unit.stamp(at=at, why=why)
        events = tuple(change(before, stamp) if callable(change) else change)
        unit.append(ref, events, key=_key(events, command))
        if isinstance(before, CredentialingFile):
            _follow(unit, before)
        return Recorded(ref, events)

    return once(context, ref, work, command)


def once(
    context: Context,
    ref: Ref,
    work: Callable[[Unit], Recorded],
    command: str,
    is_same: Callable[[Ref, StoredEvent], bool] | None = None,
) -> Recorded:
    """Do some work; a repeated command gets the first answer, a refusal is recorded where it was aimed.

    Args:
        context: The desk.
        ref: The record at which the call aims.
        work: What to do.
        command: The call's id, if it has one.
        is_same: Whether an event of that id can be this call's; by default, whether it is on the record.

    Raises:
        InvalidInput: The id was used for another call.
    """
    is_same = is_same or (lambda found, _event: found == ref)
    key = command_key(command)
    first = None if key is None else context.store.find(key)
    if first is not None:
        if not is_same(*first):
            raise InvalidInput(
                f"{command!r} was used for another call, on {first[0]}; give each call an id of its own",
                field="command",
            )
        return _first_answer(context, *first)
    try:
        return decide(context, work)
    except Duplicate as duplicate:
        # The same call by somebody else just now; or what it recorded has a key of its own, as a submission does.
        first = context.store.find(duplicate.key)
        if key is None or first is None or (duplicate.key != key and first[0] != ref):
            raise
        return _first_answer(context, *first)
    except Forbidden as refusal:
        _note_refusal(context, ref, refusal)
        raise


def _first_answer(context: Context, ref: Ref, stored: StoredEvent) -> Recorded:
    """Return what a call recorded before: its first event, and those behind it that were recorded with it."""
    events = Unit(context).history(ref).events[stored.version - 1 :]
    together = itertools.takewhile(lambda e: (e.recorded_at, e.by) == (events[0].recorded_at, events[0].by), events)
    return Recorded(ref, tuple(together), repeated=True)


def command_key(command: str) -> str | None:
    """Return the key of an event that a command records; None for a call without an id."""
    return f"command:{command}" if command else None


def submission_key(reference: str) -> str:
    """Return the key of a submission, by which a payer's answer finds its file."""
    return f"payer-ref:{reference}"


def _key(events: Sequence[Event], command: str) -> str | None:
    first = events[0] if events else None
    return submission_key(first.reference) if isinstance(first, SubmittedToPayer) else command_key(command)


def _note_refusal(context: Context, ref: Ref, refusal: Forbidden) -> None:
    def work(unit: Unit) -> None:
        known = ref if unit.exists(ref) else context.desk_ref
        stamp = unit.stamp(actor=SYSTEM)
        unit.append(known, (stamp(ActionRefused, actor=refusal.actor, action=refusal.action),), actor=SYSTEM)

    decide(context, work)


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

    return record(context, Ref("file", file_id), change, at=at, why=why, command=command)


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
        unit.append(ref, events, key=command_key(command))
        decided = unit.file(file_id)
        if decided.decision is not None:
            to = kind.denied if decided.decision.outcome == "denied" else kind.decided
            moved = tuple(decided.advance(to, unit.profile.pipeline, stamp))
            unit.append(ref, moved)
            events += moved
        _follow(unit, before)
        return Recorded(ref, events)

    return once(context, Ref("file", file_id), work, command)


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
    key: str | None = None,
    payer: str = "",
    facility: str = "",
    parent: str = "",
    needed_by: dt.date | None = None,
) -> tuple[Ref, tuple[Event, ...]]:
    """Open a file within a unit of work, in the stage in which its kind starts."""
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
    unit.append(ref, events, key=key, actor=SYSTEM if stamp.by == SYSTEM.id else None)
    return ref, events


def _follow(unit: Unit, before: CredentialingFile) -> None:
    """Append what follows elsewhere from what just happened to a file."""
    after = unit.file(before.id)
    closed = not unit.is_open(after)
    take_over(unit, before, after, closed=closed)
    if after.decision is None or after.decision == before.decision or after.decision.outcome == "denied":
        return
    _anchor_cycle(unit, after)
    _fan_out(unit, after)


def take_over(unit: Unit, before: CredentialingFile, after: CredentialingFile, *, closed: bool) -> None:
    """Write a change of owner on the persons whom it concerns."""
    stamp = unit.stamp(actor=SYSTEM)
    owner = "" if closed else after.assignee
    if before.assignee and before.assignee != owner:
        giver = unit.person(before.assignee)
        if after.id in giver.files:
            unit.append(Ref("person", before.assignee), giver.give_back(after.id, stamp), actor=SYSTEM)
    if owner and owner != before.assignee:
        taker: PersonRecord = unit.person(owner)
        unit.append(Ref("person", owner), taker.take(after.id, stamp), actor=SYSTEM)


def _anchor_cycle(unit: Unit, file: CredentialingFile) -> None:
    cycles = unit.profile.kinds[file.kind].cycles
    if not cycles or file.decision is None:
        return
    ref = Ref("provider", file.provider)
    for body in cycles:
        provider = unit.provider(file.provider)
        held = provider.cycles.get(body)
        if held is not None and held.anchor_on >= file.decision.decided_on:
            continue
        stamp = unit.stamp(actor=SYSTEM)
        unit.append(ref, provider.anchor_cycle(body, file.decision.decided_on, stamp, file=file.id), actor=SYSTEM)


def _fan_out(unit: Unit, file: CredentialingFile) -> None:
    enrols = unit.profile.kinds[file.kind].enrols
    if not enrols:
        return
    kind = unit.profile.kinds[enrols]
    for payer in unit.profile.payers:
        key = f"open:{enrols}:{file.id}:{payer}"
        open_in(unit, kind, file.provider, unit.stamp(actor=SYSTEM), key=key, payer=payer, parent=file.id)
