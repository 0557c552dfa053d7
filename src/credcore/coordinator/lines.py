"""A record as the store keeps it besides its events: folded state, place in the worklist, and what it depends on."""

import datetime as dt
from collections.abc import Callable, Mapping
from typing import Any

import attrs
import cattrs

from credcore.coordinator.context import Book
from credcore.desk import Desk
from credcore.files import CredentialingFile
from credcore.history import History, Ref
from credcore.instants import format_instant, to_us
from credcore.meetings import Meeting
from credcore.notices import Difference, difference, present_names, told_before
from credcore.people import PersonRecord
from credcore.ports import Line
from credcore.providers import ProviderRecord
from credcore.rules import Evaluation, evaluate
from credcore.stages import Stage
from credcore.worklist import LATE, NEVER, Binding, binding

__all__ = [
    "STATUSES",
    "Judged",
    "Record",
    "evaluated",
    "is_open",
    "judged",
    "line_of",
    "owner_of",
    "parents_of",
    "record_of",
    "state_of",
    "title_of",
]

Record = CredentialingFile | ProviderRecord | Meeting | Desk | PersonRecord
_READ: Mapping[str, Callable[[History], Record]] = {
    "file": CredentialingFile.from_history,
    "provider": ProviderRecord.from_history,
    "meeting": Meeting.from_history,
    "desk": Desk.from_history,
    "person": PersonRecord.from_history,
}
STATUSES = ("active", "on-leave", "terminated", "scheduled", "held", "cancelled")
"""What a provider's or a meeting's line has in the place of a stage."""
_LOOK_AFTER_A_FAILURE = dt.timedelta(hours=1)
"""A rule that failed is asked again after so long, unless something happens before."""


@attrs.frozen
class Judged:
    """What the rules say of a record, and what of it was not told yet.

    Attributes:
        evaluation: What stands; None for a record that is closed.
        difference: Between what stands and what was told.
    """

    evaluation: Evaluation | None
    difference: Difference


def record_of(history: History) -> Record:
    """Return the record that a history folds to."""
    return _READ[history.ref.kind](history)


def stage_in(code: str, book: Book, at: dt.datetime) -> Stage:
    """Return a stage as the edition in force has it, or the latest edition that knew it."""
    for profile in (book.profile_at(at), *(book.profiles[number] for number in sorted(book.profiles, reverse=True))):
        if code in profile.pipeline:
            return profile.pipeline.stage(code)
    return book.profile_at(at).pipeline.stage(code)


def is_open(record: Record, book: Book, at: dt.datetime) -> bool:
    """Return whether work on a record goes on."""
    if isinstance(record, CredentialingFile):
        return not stage_in(record.stage, book, at).terminal
    if isinstance(record, ProviderRecord):
        return record.status != "terminated" and not record.merged_into
    if isinstance(record, Meeting):
        return not (record.held or record.cancelled)
    return False


def owner_of(record: Record, book: Book, at: dt.datetime) -> str:
    """Return a record's owner: a person's id, or ``@role`` for a place in a role's queue."""
    if not isinstance(record, CredentialingFile):
        return "@coordinator"
    if record.assignee in book.desk.team:
        return record.assignee
    return f"@{stage_in(record.stage, book, at).owner}"  # in the queue, or its owner has left


def parents_of(record: Record) -> tuple[Ref, ...]:
    """Return the records on which one depends: a change of theirs makes it due; a merged one's goes on for it."""
    if isinstance(record, ProviderRecord) and record.merged_into:
        return (Ref("provider", record.merged_into),)
    if not isinstance(record, CredentialingFile):
        return ()
    parents = [Ref("provider", record.provider)]
    if record.parent:
        parents.append(Ref("file", record.parent))
    if record.seat is not None:
        parents.append(Ref("meeting", record.seat.meeting))
    return tuple(parents)


def evaluated(record: Record, history: History, book: Book, at: dt.datetime) -> Evaluation | None:
    """Return what the rules of every edition say of a record at an instant; None if it is closed, or has no rules."""
    if not is_open(record, book, at):
        return None
    return evaluate(history, book.editions, at, tz=book.profile_at(at).tz)


def judged(evaluation: Evaluation | None, history: History, book: Book) -> Judged:
    """Return what stands, with the difference to what the history says was told."""
    kept = {event.id for event in history.effective}
    told = told_before((event for event in history.events if event.id in kept), book.rules)
    if evaluation is None:
        return Judged(None, difference((), told))
    undetermined = [one.rule for one in evaluation.undetermined]
    return Judged(evaluation, difference(evaluation.findings, told, undetermined, present_names(book.rules)))


def line_of(
    record: Record, verdict: Judged, history: History, book: Book, at: dt.datetime
) -> tuple[Line | None, Binding | None]:
    """Return a record's place in the worklist, and what binds it; None for records that are never on it."""
    if isinstance(record, (Desk, PersonRecord)):
        return None, None
    found = verdict.evaluation
    bound = _bound(found, book, at)
    at_us = to_us(at)
    change = None if found is None or found.next_change is None else to_us(found.next_change)
    if verdict.difference:
        change = at_us
    elif found is not None and found.undetermined:
        later = to_us(at + _LOOK_AFTER_A_FAILURE)
        change = later if change is None else min(change, later)
    opened = min(to_us(event.at) for event in history.effective[:1])
    line = Line(
        open=is_open(record, book, at),
        opened_at=opened,
        stage=stage_of(record),
        owner=owner_of(record, book, at),
        urgency=bound.urgency,
        deadline=NEVER if bound.due_us is None else bound.due_us,
        not_before=_snoozed(record, at),
        next_change=change,
        edition=book.edition_at(at).number,
    )
    return line, bound


def _bound(found: Evaluation | None, book: Book, at: dt.datetime) -> Binding:
    """Return what binds a record; that a rule failed is late at once, unless something is more urgent."""
    bound = binding(() if found is None else found.findings, book.rules_at(at))
    if found is not None and found.undetermined and bound.urgency > LATE:
        names = ", ".join(f"{one.rule} ({one.reason})" for one in found.undetermined)
        return bound._replace(urgency=LATE, why=f"undetermined: {names}")
    return bound


def stage_of(record: CredentialingFile | ProviderRecord | Meeting) -> str:
    """Return a file's stage, a provider's status, or how far a meeting is."""
    if isinstance(record, CredentialingFile):
        return record.stage
    if isinstance(record, ProviderRecord):
        return record.status
    return "cancelled" if record.cancelled else "held" if record.held else "scheduled"


def _snoozed(record: Record, at: dt.datetime) -> int | None:
    until = record.snoozed_until if isinstance(record, CredentialingFile) else None
    return None if until is None or until <= at else to_us(until)


def title_of(record: Record) -> str:
    """Return a record in a few words, by identifiers alone."""
    if isinstance(record, CredentialingFile):
        return f"{record.kind} {record.provider}" + (f" at {record.payer}" if record.payer else "")
    if isinstance(record, ProviderRecord):
        return f"provider {record.id}"
    if isinstance(record, Meeting):
        return f"{record.committee} meeting"
    return record.__class__.__name__.lower()


def state_of(record: Record, bound: Binding | None) -> dict[str, Any]:
    """Return the folded record as JSON-ready data, with the words of its line."""
    state = {"record": _CONVERTER.unstructure(record)}
    if bound is not None:
        state |= {"title": title_of(record), "why": bound.why}
    return state


def _make_converter() -> cattrs.Converter:
    converter = cattrs.Converter(omit_if_default=True)
    converter.register_unstructure_hook(dt.datetime, format_instant)
    converter.register_unstructure_hook(dt.date, dt.date.isoformat)
    converter.register_unstructure_hook_func(lambda cls: cls in (frozenset, frozenset[str]), sorted)
    return converter


_CONVERTER = _make_converter()
