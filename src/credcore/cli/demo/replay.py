"""Weeks of a desk, replayed at the rhythm of the log through the calls of the coordinator.

Each working morning the desk runs its day. In between applications come in, specialists take their steps, bodies
decide, and payers answer, each at an instant drawn from the log's figures. Whoever is told something acts on it, or
does not: the desk's own notices drive what nobody has planned.
"""

import datetime as dt
import functools
import heapq
import random
from collections.abc import Callable, Iterator

import attrs

from credcore.cli.demo import casework
from credcore.cli.demo.bodies import Bodies
from credcore.cli.demo.casework import Case
from credcore.cli.demo.coming import Coming
from credcore.cli.demo.payer import SimulatedPayer
from credcore.cli.demo.rhythm import Activity, Rhythm
from credcore.cli.demo.roster import Roster
from credcore.cli.demo.team import Team
from credcore.coordinator import Coordinator, Day, Escalation, NewProvider
from credcore.files import CredentialingFile

__all__ = ["MORNING", "Replay", "working_days"]

MORNING = dt.time(8)
_SITTING = dt.timedelta(hours=1)
"""A wait that is shorter is one sitting: nobody notes a hold for it."""
_HEEDED = 0.6
"""How often somebody who is told something acts on it the same day."""
_ANSWERED = 0.5
"""How often a call is answered."""
_RECREDENTIALING = 0.5
"""How often what comes in is the packet of a recredentialing file that waits for one."""
_FIRST = "T02 Check confirmation of receipt"
_TAKEN_UP = {
    "intake": _FIRST,
    "incomplete": "T04 Determine confirmation of receipt",
    "application-complete": "T06 Determine necessity of stop advice",
    "psv": "T10 Determine necessity to stop indication",
}
"""By stage, with which activity a file that lay still is taken up again."""
_QUESTION = "T16 Report reasons to hold request"
_READY = "committee-ready"
_PAYER = "payer"
_EXPIRY = "expiry"


def working_days(desk: Coordinator, start: dt.date, end: dt.date) -> Iterator[dt.date]:
    """Yield the days from start to before the end on which the office opens."""
    calendar, day = desk.profile.calendar, start
    while day < end:
        midnight = dt.datetime.combine(day, dt.time(), calendar.tz)
        if calendar.next_open(midnight).astimezone(calendar.tz).date() == day:
            yield day
        day += dt.timedelta(days=1)


@attrs.frozen(kw_only=True)
class World:
    """What the replay plays with.

    Attributes:
        team: Who works the desk.
        rhythm: What is drawn from.
        roster: Who applies.
        payer: Answers applications.
        rng: Draws.
    """

    team: Team
    rhythm: Rhythm
    roster: Roster
    payer: SimulatedPayer
    rng: random.Random


class Replay:
    """A desk over weeks.

    Args:
        desk: As its coordinator works it.
        coming: What will happen, and the clock behind it.
        world: What it plays with.
    """

    def __init__(self, desk: Coordinator, coming: Coming, world: World) -> None:
        """Begin with a desk on which no file is open."""
        self._desk = desk
        self._coming = coming
        self._world = world
        self._rng = world.rng
        self._profile = desk.profile
        self._tz = desk.profile.tz
        self._cases: dict[str, Case] = {}
        self._applicants = list(world.roster.applicants)
        self._rng.shuffle(self._applicants)
        self._states = {provider.id: provider.state for provider in world.roster.providers}
        self._packets: list[tuple[dt.date, str]] = []
        self.bodies = Bodies(self._profile, world.team, coming, self._rng, self._decided)

    def plan(self, days: list[dt.date], each_day: Callable[[dt.date], None]) -> None:
        """Plan the mornings and the arrivals of some working days.

        Args:
            days: In order.
            each_day: Is told of each as it begins.
        """
        for day in days:
            morning = dt.datetime.combine(day, MORNING, self._tz)
            self._coming.plan(morning, functools.partial(each_day, day))
            self._coming.plan(morning, self.morning)
            for at in self._world.rhythm.arrivals_on(day, self._tz, self._rng):
                self._coming.plan(at, self._arrival)

    def morning(self) -> Day:
        """Run the coordinator's day, and have people act on what it gave and told them."""
        self._world.payer.publish()
        day = self._desk.day()
        self._take_in(day)
        return day

    def _take_in(self, day: Day) -> None:
        for opened in day.opened:
            case = Case(file=opened.file, kind="recredentialing", state=self._states[opened.provider], stage="intake")
            self._cases[case.file] = case
            heapq.heappush(self._packets, (opened.due_on, case.file))
        for choice in day.assigned.assigned:
            self._given(choice.file, choice.chosen or "")
        for file_id in day.polled.submitted:
            self._submitted(file_id)
        for file_id, status in day.polled.answered:
            self._answered(file_id, status)
        for seat in day.seated:
            if isinstance(seat.meets_at, dt.datetime):
                self.bodies.expect(seat.meeting, seat.meets_at, self._cases)
        for told in day.swept.told:
            self._told(told)

    # What comes in

    def _arrival(self) -> None:
        """Take in a new application, or the packet of a recredentialing file, the earliest due first."""
        case = self._next_packet() if self._rng.random() < _RECREDENTIALING else None
        if case is not None:
            self._begin(case)
        elif self._applicants:
            self.open(self._applicants.pop())

    def _next_packet(self) -> Case | None:
        """Return the file that waits for its packet and is due first; whoever was called may have sent it before."""
        while self._packets:
            case = self._cases[heapq.heappop(self._packets)[1]]
            if case.stage == "intake" and (case.hold or case.next is not None):
                return case
        return None

    def _begin(self, case: Case) -> None:
        self._plan(case, self._today(), lambda: self._step(case, self._activity(_FIRST)))

    def open(self, provider: NewProvider, *, scripted: bool = False) -> Case:
        """Open an initial file now, and follow it."""
        today = self._desk.now.astimezone(self._tz).date()
        needed_by = self._world.rhythm.deadline(today, self._rng)
        opened = self._desk.open_file("initial", provider.id, needed_by=needed_by)
        case = Case(file=opened.ref.id, kind="initial", state=provider.state, stage="intake", scripted=scripted)
        self._cases[case.file] = case
        return case

    def pick_applicant(self) -> NewProvider:
        """Return an applicant who will not apply by a draw: the first of the roster with a licence that ends."""
        picked = min((one for one in self._applicants if one.credentials), key=lambda one: one.id)
        self._applicants.remove(picked)
        return picked

    def _given(self, file_id: str, owner: str) -> None:
        self._world.team.give(file_id, owner)
        case = self._cases.get(file_id)
        if case is None:
            return
        case.owner = owner
        if case.stage != "intake" or case.next is not None or case.scripted:
            return
        if case.kind == "initial":
            self._begin(case)
        elif not case.hold:
            self._plan(case, self._today(), lambda: self._send_packet(case))

    def _send_packet(self, case: Case) -> None:
        casework.hold(self._desk_of(case), case, "provider", "the recredentialing packet was sent")

    # What specialists do

    def _step(self, case: Case, activity: Activity, *, handed: bool = False) -> None:
        """Take a step of the log, and draw the next one."""
        if handed:
            self._hand_over(case, activity)
        desk = self._desk_of(case)
        if case.hold:
            casework.release(desk, case)
        casework.enter(desk, self._profile, case, activity)
        if activity.name == _QUESTION:
            casework.raise_question(desk, self._profile, case, activity.meaning)
        if case.stage == _READY:
            self.bodies.await_next(case)
        else:
            self._draw_next(case, activity)

    def _draw_next(self, case: Case, activity: Activity) -> None:
        following = self._world.rhythm.after(activity, self._rng)
        handed = following is not None and not activity.asks_outside and activity.is_handed_over(self._rng)
        wait = activity.wait(self._rng, other=handed or activity.asks_outside or following is None)
        if activity.asks_outside and (wait >= _SITTING or following is None):
            casework.hold(self._desk_of(case), case, activity.waiting_on, activity.meaning)
        at = self._desk.now + wait
        if following is not None:
            self._plan(case, at, lambda: self._step(case, following, handed=handed))
        elif case.stage == "qa-audit":
            self._plan(case, at, lambda: self._step(case, attrs.evolve(activity, stage=_READY)))

    def _hand_over(self, case: Case, activity: Activity) -> None:
        team = self._world.team
        to = team.colleague(case.owner, case.state, activity, self._rng)
        if case.owner and to != case.owner:
            team.desk(team.lead).assign(case.file, to, why=activity.meaning)
            team.give(case.file, to)
            case.owner = to

    # What payers do

    def _submitted(self, file_id: str) -> None:
        file = self._file(file_id)
        state = self._states[file.provider]
        case = Case(file=file_id, kind=file.kind, state=state, stage=file.stage, owner=file.assignee)
        self._cases[file_id] = case
        for answer in self._world.payer.answers_to(self._desk.now):
            say = functools.partial(self._world.payer.say, file.payer, file.payer_reference, answer, self._tz)
            self._coming.plan(answer.at, say)

    def _answered(self, file_id: str, status: str) -> None:
        case = self._cases[file_id]
        case.stage, case.next = self._file(file_id).stage, None
        if self._profile.pipeline.stage(case.stage).terminal:
            self._world.team.give(file_id)
        elif status == "development":
            self._plan(case, self._some_days_on(), lambda: self._answer_payer(case))

    def _answer_payer(self, case: Case) -> None:
        desk = self._desk_of(case)
        desk.record(case.file, lambda file, stamp: file.receive("malpractice-cover", stamp))
        desk.advance(case.file, "submitted")
        case.stage = "submitted"

    # What notices do

    def _told(self, told: Escalation) -> None:
        """Have whoever is told act on it today, most of the time."""
        if self._rng.random() >= _HEEDED:
            return
        if told.ref.kind == "provider" and self._profile.rule(told.rule).family == _EXPIRY:
            self._at(self._some_days_on(), lambda: casework.renew(self._desk, told.ref))
        case = self._cases.get(told.ref.id) if told.ref.kind == "file" else None
        if case is not None and not case.scripted:
            self._at(self._today(), lambda: self._act_on(case))

    def _act_on(self, case: Case) -> None:
        """Call whoever owes an answer, or go on with the file."""
        stage = self._profile.pipeline.stage(case.stage)
        if stage.terminal:
            return
        party = case.waiting_on or (stage.turn if stage.turn == _PAYER else "")
        if party:
            answered = self._rng.random() < _ANSWERED
            casework.contact(self._desk_of(case), case, party, answered=answered)
            if not answered:
                return
        if case.next is not None:
            act, case.next = case.next, None
            act()
        elif case.stage in _TAKEN_UP:
            self._step(case, self._activity(_TAKEN_UP[case.stage]))

    # Decisions

    def _decided(self, case: Case) -> None:
        """Send the letter some days after a decision."""
        if case.stage == "denied":
            self._world.team.give(case.file)
        elif not case.scripted:
            self._plan(case, self._some_days_on(), lambda: self._notify(case))

    def _notify(self, case: Case) -> None:
        self._desk_of(case).advance(case.file, "notified")
        case.stage = "notified"
        self._world.team.give(case.file)

    # Time

    def _plan(self, case: Case, at: dt.datetime, act: Callable[[], None]) -> None:
        """Have it planned that somebody does something with a file, unless they are sooner."""

        def due() -> None:
            if case.next is act:
                case.next = None
                act()

        case.next = act
        self._at(at, due)

    def _at(self, at: dt.datetime, act: Callable[[], None]) -> None:
        """Have something done at an instant, or, if nobody is in then, soon after the office opens again."""
        calendar = self._profile.calendar
        if not calendar.open_at(at):
            at = calendar.next_open(at) + dt.timedelta(seconds=self._rng.randrange(5400))
        self._coming.plan(at, act)

    def _today(self) -> dt.datetime:
        """Draw an instant within the next hours of work."""
        return self._desk.now + dt.timedelta(seconds=self._rng.randrange(1800, 28800))

    def _some_days_on(self) -> dt.datetime:
        return self._desk.now + dt.timedelta(days=self._rng.uniform(1, 12))

    def _activity(self, name: str) -> Activity:
        return self._world.rhythm.activities[name]

    def _desk_of(self, case: Case) -> Coordinator:
        return self._world.team.desk(case.owner)

    def _file(self, file_id: str) -> CredentialingFile:
        record = self._desk.show(file_id).record
        if not isinstance(record, CredentialingFile):
            raise TypeError(file_id)
        return record
