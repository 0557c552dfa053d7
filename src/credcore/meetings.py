"""A committee's meeting: when it meets, its seats, its agenda and its votes.

A `Meeting` is the fold of its events; its methods check and *return* events. Whether a vote had its quorum is not
asked here.
"""

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Self

import attrs

from credcore.errors import InvalidInput, nearest
from credcore.events import (
    AgendaItemPlaced,
    AgendaItemRemoved,
    Event,
    MeetingCancelled,
    MeetingHeld,
    MeetingMoved,
    MeetingScheduled,
    Stamp,
    VoteRecorded,
)
from credcore.history import Facet, History, Ref, State, StateFold
from credcore.instants import day_of, format_instant, to_us

__all__ = ["Meeting", "MeetingFold", "Vote", "schedule_meeting", "states"]


@attrs.frozen(kw_only=True)
class Vote:
    """How a committee voted on one file.

    Attributes:
        file: The file's id.
        outcome: ``approved``, ``approved-with-conditions``, ``denied`` or ``tabled``.
        in_favour: How many.
        against: How many.
        abstained: How many were there and did not vote.
        recused: The members who stayed out for a conflict; they count nowhere else.
        event: The id of the event that told it.
    """

    file: str
    outcome: str
    in_favour: int
    against: int = 0
    abstained: int = 0
    recused: tuple[str, ...] = ()
    event: str = ""


def schedule_meeting(
    committee: str, meets_at: dt.datetime, cutoff_at: dt.datetime, seats: int, stamp: Stamp
) -> tuple[Event, ...]:
    """Return the event that schedules a meeting.

    Args:
        committee: Which will meet.
        meets_at: When it begins.
        cutoff_at: When packets close; from this instant on nothing is placed.
        seats: For how many files; at least one.
        stamp: Who, when and why.

    Raises:
        InvalidInput: Packets close after the beginning, or there is no committee or seat.
    """
    if not committee:
        raise InvalidInput("is empty; name the committee", field="committee")
    if seats < 1:
        raise InvalidInput(f"{seats} is no number of seats; give at least 1", field="seats")
    _check_times(meets_at, cutoff_at)
    return (stamp(MeetingScheduled, committee=committee, meets_at=meets_at, cutoff_at=cutoff_at, seats=seats),)


def states(history: History, tz: dt.tzinfo = dt.UTC) -> list[State]:
    """Return the run of states of a meeting, in rising instants; none if it was not scheduled.

    The facet's kind is the committee, its stage ``scheduled``, ``held`` or ``cancelled``. While the meeting is
    scheduled its day and its cut-off day are facts, by the meeting's id.

    Args:
        history: A meeting's.
        tz: The organisation's zone, in which its instants fall on days.

    Raises:
        InvalidInput: Its events can belong to no meeting; the path names the first that cannot.
    """
    return MeetingFold(history.ref, tz).run(history)


class MeetingFold(StateFold[MeetingScheduled]):
    """A meeting in the making; `Meeting.from_fold` freezes it."""

    opening = MeetingScheduled

    def __init__(self, ref: Ref, tz: dt.tzinfo = dt.UTC) -> None:
        """Begin with a meeting to which nothing has happened.

        Args:
            ref: The meeting.
            tz: The zone in which its instants fall on days.
        """
        super().__init__(ref)
        self.times: MeetingScheduled | MeetingMoved | None = None
        self.items: list[str] = []
        self.votes: dict[str, Vote] = {}
        self.present: tuple[str, ...] = ()
        self.held = False
        self.cancelled = False
        self._tz = tz

    def facet(self) -> Facet:
        """Return what conditions may read of the meeting now."""
        stage = "cancelled" if self.cancelled else "held" if self.held else "scheduled"
        return Facet(record="meeting", kind=self.begun().committee, stage=stage)

    def on_meeting_scheduled(self, event: MeetingScheduled) -> None:
        """Be planned."""
        self.entered = event
        self._plan(event)

    def on_meeting_moved(self, event: MeetingMoved) -> None:
        """Be planned for another time, unless it is over or cancelled."""
        if not (self.held or self.cancelled):
            self._plan(event)

    def on_meeting_cancelled(self, event: MeetingCancelled) -> None:
        """Not take place, unless it has."""
        if not (self.held or self.cancelled):
            self.cancelled, self.entered = True, event
            self.facts = {}

    def on_meeting_held(self, event: MeetingHeld) -> None:
        """Have taken place, unless it was cancelled."""
        if not (self.held or self.cancelled):
            self.held, self.entered = True, event
            self.present = event.present
            self.facts = {}

    def on_agenda_item_placed(self, event: AgendaItemPlaced) -> None:
        """Have a file on the agenda."""
        if event.file not in self.items:
            self.items.append(event.file)

    def on_agenda_item_removed(self, event: AgendaItemRemoved) -> None:
        """Have a seat free again, if the file was there."""
        if event.file in self.items:
            self.items.remove(event.file)

    def on_vote_recorded(self, event: VoteRecorded) -> None:
        """Have voted on a file."""
        self.votes[event.file] = Vote(
            file=event.file,
            outcome=event.outcome,
            in_favour=event.in_favour,
            against=event.against,
            abstained=event.abstained,
            recused=event.recused,
            event=event.id,
        )

    def _plan(self, event: MeetingScheduled | MeetingMoved) -> None:
        self.times = event
        self.know("meeting", self.ref.id, day_of(to_us(event.meets_at), self._tz), event)
        self.know("cut-off", self.ref.id, day_of(to_us(event.cutoff_at), self._tz), event)


@attrs.frozen(kw_only=True)
class Meeting:
    """A committee's meeting, as its events tell it.

    Every method that takes a `Stamp` checks and returns events to record, and raises `InvalidInput` when the field,
    the time or the record forbids it.

    Attributes:
        id: Its own.
        committee: Which meets.
        meets_at: When it begins.
        cutoff_at: When packets close.
        seats: For how many files.
        items: The files on the agenda, in the order in which they got their seats.
        votes: By file.
        present: Who was there, once it was held.
        held: Whether it took place.
        cancelled: Whether it will not.
    """

    id: str
    committee: str
    meets_at: dt.datetime
    cutoff_at: dt.datetime
    seats: int
    items: tuple[str, ...] = ()
    votes: Mapping[str, Vote] = attrs.field(factory=dict)
    present: tuple[str, ...] = ()
    held: bool = False
    cancelled: bool = False

    @classmethod
    def from_history(cls, history: History) -> Self:
        """Return the meeting that a history tells of.

        Raises:
            InvalidInput: The meeting was not scheduled, or the events can belong to no meeting.
        """
        return cls.from_fold(MeetingFold(history.ref).through(history))

    @classmethod
    def from_fold(cls, fold: MeetingFold) -> Self:
        """Return the meeting as far as a fold has come; the fold may go on.

        Raises:
            InvalidInput: The meeting was not scheduled.
        """
        scheduled = fold.begun()
        times = fold.times or scheduled
        return cls(
            id=fold.ref.id,
            committee=scheduled.committee,
            meets_at=times.meets_at,
            cutoff_at=times.cutoff_at,
            seats=scheduled.seats,
            items=tuple(fold.items),
            votes=dict(fold.votes),
            present=fold.present,
            held=fold.held,
            cancelled=fold.cancelled,
        )

    @property
    def free_seats(self) -> int:
        """How many files can still be placed, before the cut-off."""
        return max(0, self.seats - len(self.items))

    def place(self, file: str, stamp: Stamp) -> tuple[Event, ...]:
        """Give a file a seat: before the cut-off, while one is free."""
        self._check_planned()
        if not file or file in self.items:
            why = f"{file!r} is on the agenda already" if file else "give the file's id"
            raise InvalidInput(why, field="file")
        if to_us(stamp.at) >= to_us(self.cutoff_at):
            raise InvalidInput(
                f"packets for meeting {self.id} closed at {format_instant(self.cutoff_at)}; choose a later meeting",
                field="at",
            )
        if not self.free_seats:
            raise InvalidInput(f"meeting {self.id} has no seat left of {self.seats}", field="seats")
        return (stamp(AgendaItemPlaced, file=file),)

    def remove(self, file: str, stamp: Stamp) -> tuple[Event, ...]:
        """Take a file off the agenda; also after the cut-off, for what is withdrawn."""
        self._check_planned()
        self._check_item(file)
        return (stamp(AgendaItemRemoved, file=file),)

    def move(self, meets_at: dt.datetime, cutoff_at: dt.datetime, stamp: Stamp) -> tuple[Event, ...]:
        """Plan the meeting for another time; the agenda stays."""
        self._check_planned()
        _check_times(meets_at, cutoff_at)
        return (stamp(MeetingMoved, meets_at=meets_at, cutoff_at=cutoff_at),)

    def cancel(self, stamp: Stamp) -> tuple[Event, ...]:
        """Call the meeting off; its files need other seats."""
        self._check_planned()
        return (stamp(MeetingCancelled),)

    def vote(
        self,
        file: str,
        outcome: str,
        stamp: Stamp,
        *,
        in_favour: int,
        against: int = 0,
        abstained: int = 0,
        recused: Sequence[str] = (),
    ) -> tuple[Event, ...]:
        """Record the vote on a file, once, during the meeting or when the minutes are written.

        Args:
            file: A file on the agenda.
            outcome: ``approved``, ``approved-with-conditions``, ``denied`` or ``tabled``.
            stamp: Who, when and why; not before the meeting begins.
            in_favour: How many.
            against: How many.
            abstained: How many were there and did not vote.
            recused: The members who stayed out for a conflict.
        """
        self._check_begun(stamp)
        self._check_item(file)
        if file in self.votes:
            raise InvalidInput(f"{file!r} was voted on already; correct that vote if it is wrong", field="file")
        for name, count in (("in_favour", in_favour), ("against", against), ("abstained", abstained)):
            if count < 0:
                raise InvalidInput(f"{count} is no number of votes", field=name)
        return (
            stamp(
                VoteRecorded,
                file=file,
                outcome=outcome,
                in_favour=in_favour,
                against=against,
                abstained=abstained,
                recused=tuple(recused),
            ),
        )

    def hold_meeting(self, present: Sequence[str], stamp: Stamp) -> tuple[Event, ...]:
        """Record that the meeting took place.

        Args:
            present: The members who were there, each once.
            stamp: Who, when and why; not before the meeting begins.
        """
        self._check_planned()
        self._check_begun(stamp)
        if not present or len(set(present)) != len(present):
            raise InvalidInput("name the members who were there, each once", field="present")
        return (stamp(MeetingHeld, present=tuple(present)),)

    def _check_planned(self) -> None:
        self._check_not_cancelled()
        if self.held:
            raise InvalidInput(f"meeting {self.id} was held already", field="held")

    def _check_not_cancelled(self) -> None:
        if self.cancelled:
            raise InvalidInput(f"meeting {self.id} was cancelled", field="cancelled")

    def _check_begun(self, stamp: Stamp) -> None:
        self._check_not_cancelled()
        if to_us(stamp.at) < to_us(self.meets_at):
            raise InvalidInput(f"meeting {self.id} begins only at {format_instant(self.meets_at)}", field="at")

    def _check_item(self, file: str) -> None:
        if file not in self.items:
            raise InvalidInput(f"{file!r} is not on the agenda of {self.id}; {nearest(file, self.items)}", field="file")


def _check_times(meets_at: dt.datetime, cutoff_at: dt.datetime) -> None:
    if to_us(cutoff_at, "cutoff_at") > to_us(meets_at, "meets_at"):
        raise InvalidInput(
            f"packets close at {format_instant(cutoff_at)}, after the meeting at {format_instant(meets_at)}",
            field="cutoff_at",
        )
