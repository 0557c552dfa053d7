"""Seat files that are ready in the next meeting that can still hear them."""

import datetime as dt
import itertools
import logging

import attrs

from credcore.committee import Committee, PlannedMeeting, next_with_seat
from credcore.coordinator.actor import SYSTEM
from credcore.coordinator.context import Context
from credcore.coordinator.unit import Unit, decide
from credcore.events import MeetingScheduled
from credcore.files import CredentialingFile
from credcore.history import Ref
from credcore.instants import to_us
from credcore.meetings import Meeting
from credcore.ports import View

__all__ = ["Seated", "schedule_committee"]

_log = logging.getLogger(__name__)
_AHEAD = 6
"""How many meetings ahead a seat is looked for."""


@attrs.frozen(kw_only=True)
class Seated:
    """What became of a file that is ready for a committee.

    Attributes:
        file: Its id.
        committee: Which committee.
        meeting: The meeting's id; empty if no seat was found.
        meets_at: When it meets.
        reason: Why there is no seat; empty if there is one.
    """

    file: str
    committee: str
    meeting: str = ""
    meets_at: dt.datetime | None = None
    reason: str = ""


def schedule_committee(context: Context) -> tuple[Seated, ...]:
    """Give every file whose next approval is a committee's a seat in its next meeting, in the worklist's order.

    A meeting becomes a record when the first file is seated; its dates are stored as planned then.
    """
    profile = context.book().profile_at(context.now())
    unit = Unit(context)
    stages = [stage.code for stage in profile.pipeline.stages if stage.turn == "committee" and not stage.terminal]
    views = (View(at=to_us(unit.now), stage=stage, snoozed=True) for stage in stages)
    files = (unit.file(row.ref.id) for view in views for row in context.rows(view))
    waiting = [file.id for file in files if _committee(unit, file) is not None]
    return tuple(filter(None, (_seat(context, file_id) for file_id in waiting)))


def _seat(context: Context, file_id: str) -> Seated | None:
    ref = Ref("file", file_id)

    def work(unit: Unit) -> Seated | None:
        file = unit.file(file_id)
        committee = _committee(unit, file)
        if committee is None:
            return None
        if file.seat is not None:  # in a meeting that was cancelled, or held without hearing it
            unit.append(ref, file.remove_from_agenda(file.seat.meeting, unit.stamp(actor=SYSTEM)), actor=SYSTEM)
            file = unit.file(file_id)
        meeting = next_with_seat(_meetings(unit, committee), unit.now)
        if meeting is None:
            return Seated(file=file_id, committee=committee.code, reason=f"no seat in the next {_AHEAD} meetings")
        if isinstance(meeting, PlannedMeeting):
            meeting = _schedule(unit, committee, meeting)
        stamp = unit.stamp(actor=SYSTEM)
        unit.append(Ref("meeting", meeting.id), meeting.place(file_id, stamp), actor=SYSTEM)
        tz = unit.profile.tz
        meets_on = meeting.meets_at.astimezone(tz).date()
        cutoff_on = meeting.cutoff_at.astimezone(tz).date()
        unit.append(ref, file.place_on_agenda(meeting.id, meets_on, cutoff_on, stamp), actor=SYSTEM)
        return Seated(file=file_id, committee=committee.code, meeting=meeting.id, meets_at=meeting.meets_at)

    try:
        return decide(context, work)
    except Exception as error:  # noqa: BLE001 - one file's trouble keeps no other from its seat
        more = {"desk": context.store.desk, "ref": str(ref), "error": type(error).__name__}
        _log.warning("not seated", extra=more)
        return Seated(file=file_id, committee="", reason=str(error))


def _committee(unit: Unit, file: CredentialingFile) -> Committee | None:
    """Return the committee that must hear a file next; None if it has a seat, or somebody else is next."""
    kind = unit.profile.kinds.get(file.kind)
    approvals = () if kind is None else kind.approvals
    body = file.next_body([approval.body for approval in approvals])
    code = next((approval.committee for approval in approvals if approval.body == body), "")
    if not code or (file.seat is not None and unit.is_open(unit.meeting(file.seat.meeting))):
        return None
    return unit.profile.committees[code]


def _meetings(unit: Unit, committee: Committee) -> list[Meeting | PlannedMeeting]:
    """Return the committee's next meetings: those that are records, and those that its rule plans."""
    today = unit.now.astimezone(unit.profile.tz).date()
    meetings: list[Meeting | PlannedMeeting] = []
    for planned in itertools.islice(committee.meetings_after(today), _AHEAD):
        ref = _meeting_ref(unit, committee, planned)
        if not unit.exists(ref):
            meetings.append(planned)
            continue
        meeting = unit.meeting(ref.id)
        if unit.is_open(meeting):
            meetings.append(meeting)
    return meetings


def _meeting_ref(unit: Unit, committee: Committee, planned: PlannedMeeting) -> Ref:
    day = planned.meets_at.astimezone(unit.profile.tz).date()
    return Ref("meeting", f"{committee.code}-{day.isoformat()}")


def _schedule(unit: Unit, committee: Committee, planned: PlannedMeeting) -> Meeting:
    ref = _meeting_ref(unit, committee, planned)
    scheduled = unit.stamp(actor=SYSTEM)(
        MeetingScheduled,
        committee=committee.code,
        meets_at=planned.meets_at,
        cutoff_at=planned.cutoff_at,
        seats=planned.seats,
    )
    unit.append(ref, (scheduled,), actor=SYSTEM, key=f"meeting:{ref.id}")
    return unit.meeting(ref.id)
