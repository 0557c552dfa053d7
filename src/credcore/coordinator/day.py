"""The coordinator's day: poll the payers, open what is due, assign, sweep, schedule, deliver, report."""

import logging
from collections.abc import Callable

import attrs

from credcore.coordinator.anew import judge_lagging
from credcore.coordinator.assigning import AssignmentRound, assign_queue
from credcore.coordinator.context import Context
from credcore.coordinator.delivering import Delivered, deliver
from credcore.coordinator.intake import Opened, open_due
from credcore.coordinator.paying import Polled, poll_payers
from credcore.coordinator.reading import report
from credcore.coordinator.scheduling import Seated, schedule_committee
from credcore.coordinator.sweeping import Swept, sweep
from credcore.reports import Report

__all__ = ["STEPS", "Day", "run_day"]

_log = logging.getLogger(__name__)
STEPS = ("poll payers", "open what is due", "assign", "sweep", "schedule", "deliver", "report")
"""The steps of a day, in order."""


@attrs.frozen(kw_only=True)
class Day:
    """What a day did.

    Attributes:
        polled: Enrolments submitted, payers' answers taken in.
        opened: Recredentialing files that the calendar opened.
        assigned: What became of the queue.
        swept: What was told, and what was withdrawn.
        seated: Files seated in a meeting.
        delivered: Messages sent.
        report: The desk in numbers afterwards.
    """

    polled: Polled
    opened: tuple[Opened, ...]
    assigned: AssignmentRound
    swept: Swept
    seated: tuple[Seated, ...]
    delivered: Delivered
    report: Report


def run_day(context: Context, progress: Callable[[str], None]) -> Day:
    """Run the day's steps in order; each commits by itself, so a day that breaks off is simply run again.

    Args:
        context: The desk.
        progress: Called with each step's name as it begins.
    """
    progress(STEPS[0])
    polled = poll_payers(context)
    progress(STEPS[1])
    opened = open_due(context)
    progress(STEPS[2])
    assigned = assign_queue(context)
    progress(STEPS[3])
    judge_lagging(context)  # what an adoption that broke off left to older rules
    swept = sweep(context)
    progress(STEPS[4])
    seated = schedule_committee(context)
    swept += sweep(context)  # a seat brings a cut-off with it, which may be near
    progress(STEPS[5])
    delivered = deliver(context)
    progress(STEPS[6])
    done = Day(
        polled=polled,
        opened=opened,
        assigned=assigned,
        swept=swept,
        seated=seated,
        delivered=delivered,
        report=report(context),
    )
    _log.info("day done", extra={"desk": context.store.desk, **_counts(done)})
    return done


def _counts(day: Day) -> dict[str, int]:
    """Return in numbers what a day did that no step of it logs by itself."""
    return {
        "opened": len(day.opened),
        "assigned": len(day.assigned.assigned),
        "left": len(day.assigned.left),
        "seated": sum(bool(seat.meeting) for seat in day.seated),
        "open": day.report.open,
    }
