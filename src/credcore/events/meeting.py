"""What can happen to a meeting of a committee."""

import datetime as dt

import attrs

from credcore.events.base import DECIDER, Event, aware, one_of

__all__ = [
    "AgendaItemPlaced",
    "AgendaItemRemoved",
    "MeetingCancelled",
    "MeetingHeld",
    "MeetingMoved",
    "MeetingScheduled",
    "VoteRecorded",
]


@attrs.frozen(kw_only=True)
class MeetingScheduled(Event):
    """A committee will meet; packets close at the cut-off."""

    type = "meeting-scheduled"
    of = ("meeting",)
    recorded_by = ("coordinator", "chair", "system")

    committee: str
    meets_at: dt.datetime = attrs.field(validator=aware)
    cutoff_at: dt.datetime = attrs.field(validator=aware)
    seats: int


@attrs.frozen(kw_only=True)
class MeetingMoved(Event):
    """The meeting takes place at another time."""

    type = "meeting-moved"
    of = ("meeting",)
    recorded_by = ("coordinator", "chair")

    meets_at: dt.datetime = attrs.field(validator=aware)
    cutoff_at: dt.datetime = attrs.field(validator=aware)


@attrs.frozen(kw_only=True)
class MeetingCancelled(Event):
    """The meeting does not take place."""

    type = "meeting-cancelled"
    of = ("meeting",)
    recorded_by = ("coordinator", "chair")


@attrs.frozen(kw_only=True)
class AgendaItemPlaced(Event):
    """A file has a seat on the agenda."""

    type = "agenda-item-placed"
    of = ("meeting",)
    recorded_by = ("coordinator", "chair", "system")

    file: str


@attrs.frozen(kw_only=True)
class AgendaItemRemoved(Event):
    """A file's seat is free again."""

    type = "agenda-item-removed"
    of = ("meeting",)
    recorded_by = ("coordinator", "chair", "system")

    file: str


@attrs.frozen(kw_only=True)
class VoteRecorded(Event):
    """The committee voted on a file; recused members do not count."""

    type = "vote-recorded"
    of = ("meeting",)
    recorded_by = DECIDER

    file: str
    outcome: str = attrs.field(validator=one_of("approved", "approved-with-conditions", "denied", "tabled"))
    in_favour: int
    against: int = 0
    abstained: int = 0
    recused: tuple[str, ...] = ()


@attrs.frozen(kw_only=True)
class MeetingHeld(Event):
    """The meeting took place, with these members present."""

    type = "meeting-held"
    of = ("meeting",)
    recorded_by = ("coordinator", "chair")

    present: tuple[str, ...]
