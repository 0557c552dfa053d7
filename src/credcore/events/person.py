"""What can happen to a person: absences, cover, and the files taken, which assignment races on."""

import datetime as dt

import attrs

from credcore.events.base import LEAD, Event, aware, optional_aware, without_private

__all__ = ["AbsenceCancelled", "AbsenceRecorded", "CoverArranged", "CoverEnded", "FileReturned", "FileTaken"]


@attrs.frozen(kw_only=True)
class AbsenceRecorded(Event):
    """A person is away during ``[since, until)``; until None, until further notice."""

    type = "absence-recorded"
    of = ("person",)

    absence: str
    since: dt.datetime = attrs.field(validator=aware)
    until: dt.datetime | None = attrs.field(default=None, validator=optional_aware)
    reason: str = attrs.field(default="", validator=without_private)


@attrs.frozen(kw_only=True)
class AbsenceCancelled(Event):
    """The absence that it names does not happen."""

    type = "absence-cancelled"
    of = ("person",)

    absence: str


@attrs.frozen(kw_only=True)
class CoverArranged(Event):
    """Another person works this one's list during ``[since, until)``; the owner stays."""

    type = "cover-arranged"
    of = ("person",)
    recorded_by = LEAD

    cover: str
    covered_by: str
    since: dt.datetime = attrs.field(validator=aware)
    until: dt.datetime | None = attrs.field(default=None, validator=optional_aware)


@attrs.frozen(kw_only=True)
class CoverEnded(Event):
    """The cover that it names is over."""

    type = "cover-ended"
    of = ("person",)
    recorded_by = LEAD

    cover: str


@attrs.frozen(kw_only=True)
class FileTaken(Event):
    """The person now owns a file."""

    type = "file-taken"
    of = ("person",)
    recorded_by = ("coordinator", "lead", "system")

    file: str


@attrs.frozen(kw_only=True)
class FileReturned(Event):
    """The person no longer owns a file: closed, handed over, or given back."""

    type = "file-returned"
    of = ("person",)
    recorded_by = ("specialist", "coordinator", "lead", "system")

    file: str
