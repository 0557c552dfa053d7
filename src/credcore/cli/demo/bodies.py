"""Those who decide: a chair who signs, a committee that votes when it meets, bodies that meet after it."""

import datetime as dt
import random
from collections.abc import Callable, Mapping

from credcore.cli.demo.casework import Case
from credcore.cli.demo.coming import Coming
from credcore.cli.demo.draws import by_counts
from credcore.cli.demo.team import Team
from credcore.events import Event, Stamp
from credcore.meetings import Meeting
from credcore.profile import Profile

__all__ = ["Bodies"]

_MEETS = {"executive": (3, dt.time(16)), "board": (1, dt.time(17))}
"""Weekday (Monday is 0) and time of the bodies whose meetings nobody plans here."""
_SIGNS_WITHIN_DAYS = (0.5, 3.0)
_OUTCOMES = {"approved": 90, "approved-with-conditions": 5, "tabled": 4, "denied": 1}
_MEMBERS = ("dr-adler", "dr-bose", "dr-chen", "dr-diaz", "dr-evans")
_LASTS = dt.timedelta(minutes=75)


class Bodies:
    """The bodies whose approvals a file needs, as the profile orders them.

    Args:
        profile: Says which.
        team: The coordinator writes the minutes.
        coming: Where their meetings are planned.
        rng: Draws what they say.
        decided: Is told of each file that is decided.
    """

    def __init__(
        self, profile: Profile, team: Team, coming: Coming, rng: random.Random, decided: Callable[[Case], None]
    ) -> None:
        """Begin with no meeting."""
        self._profile = profile
        self._desk = team.desk(team.coordinator)
        self._coming = coming
        self._rng = rng
        self._decided = decided
        self._meetings: set[str] = set()

    def await_next(self, case: Case) -> None:
        """Plan the next body's word on a file; a committee's comes when it meets."""
        approval = self._profile.kinds[case.kind].approvals[case.approved]
        if approval.committee:
            return
        self._coming.plan(self._when(approval.body), lambda: self.approve(case, approval.body))

    def expect(self, meeting_id: str, meets_at: dt.datetime, cases: Mapping[str, Case]) -> None:
        """Have a meeting take place, if it was not known before."""
        if meeting_id not in self._meetings:
            self._meetings.add(meeting_id)
            self._coming.plan(meets_at + _LASTS, lambda: self._meet(meeting_id, cases))

    def _when(self, body: str) -> dt.datetime:
        now = self._desk.now.astimezone(self._profile.tz)
        if body not in _MEETS:
            return self._profile.calendar.next_open(now + dt.timedelta(days=self._rng.uniform(*_SIGNS_WITHIN_DAYS)))
        weekday, time = _MEETS[body]
        days = (weekday - now.weekday() - 1) % 7 + 1
        return dt.datetime.combine(now.date() + dt.timedelta(days=days), time, self._profile.tz)

    def _meet(self, meeting_id: str, cases: Mapping[str, Case]) -> None:
        """Vote on each file of the agenda, and write the minutes."""
        ref = f"meeting/{meeting_id}"
        meeting = self._desk.show(ref).record
        if not isinstance(meeting, Meeting):
            raise TypeError(ref)
        heard = [cases[file] for file in meeting.items if file in cases]
        outcomes = {case.file: "approved" if case.scripted else by_counts(_OUTCOMES, self._rng) for case in heard}

        def minutes(record: Meeting, stamp: Stamp) -> list[Event]:
            votes = [record.vote(file, outcome, stamp, in_favour=len(_MEMBERS)) for file, outcome in outcomes.items()]
            return [*(event for vote in votes for event in vote), *record.hold_meeting(_MEMBERS, stamp)]

        self._desk.record(ref, minutes)
        for case in heard:
            self.approve(case, meeting.committee, outcomes[case.file], meeting_id)

    def approve(self, case: Case, body: str, outcome: str = "approved", meeting: str = "") -> None:
        """Write down what a body said of a file; what follows is planned."""
        self._desk.approve(case.file, body, outcome, meeting=meeting)
        if outcome == "tabled":
            return
        case.approved += 1
        last = case.approved == len(self._profile.kinds[case.kind].approvals)
        if outcome == "denied" or last:
            case.stage = "denied" if outcome == "denied" else "decided"
            self._decided(case)
        else:
            self.await_next(case)
