"""What a coordinator wants to know in the morning, taken from a desk."""

import datetime as dt
import itertools
import zoneinfo
from collections.abc import Iterable, Iterator, Mapping

import attrs

from credcore.adapters.board.names import Names
from credcore.assignment import Choice
from credcore.coordinator import Coordinator, Day, Escalation
from credcore.cycles import binding_on, next_due
from credcore.instants import day_start_us, from_us
from credcore.meetings import Meeting
from credcore.providers import ProviderRecord
from credcore.worklist import URGENCIES, Entry

__all__ = [
    "Agenda",
    "Given",
    "LeftOver",
    "Load",
    "Matter",
    "Morning",
    "Raised",
    "Renewal",
    "gather",
    "given",
    "is_stale",
    "left_over",
    "raised",
]

_PAYER = "payer"


@attrs.frozen(kw_only=True)
class Matter:
    """A file that wants something.

    Attributes:
        file: Its id.
        kind: The kind in words.
        provider: The provider's name.
        payer: For an enrolment, the payer in words.
        stage: The stage in words.
        owner: A person's id, or ``@role`` for a place in a role's queue.
        urgency: ``today``, ``breached``, ``warned`` or ``open``.
        deadline: The binding instant; None where every clock stands still.
        why: Which date binds and why.
        waiting_on: The parties for whom it is on hold, by name.
        stale: Whether it has come due since it was judged.
    """

    file: str
    kind: str
    provider: str
    payer: str
    stage: str
    owner: str
    urgency: str
    deadline: dt.datetime | None
    why: str
    waiting_on: tuple[str, ...]
    stale: bool = False


@attrs.frozen(kw_only=True)
class Given:
    """A file that has an owner now: its id, what it is, who takes it, and the policy's reason."""

    file: str
    about: str
    to: str
    reason: str


@attrs.frozen(kw_only=True)
class LeftOver:
    """A file that nobody could take: its id, what it is, why, and who would help."""

    file: str
    about: str
    reason: str
    remedy: str


@attrs.frozen(kw_only=True)
class Raised:
    """What a day told somebody.

    Attributes:
        record: A file's id, or another record as ``kind/id``.
        about: What it is, in words.
        rule: In words.
        rung: How far it has come.
        level: 1 warned, 2 breached, above that the rungs of the ladder.
        to: Who was told.
        deadline: The deadline that was, or will be, missed.
    """

    record: str
    about: str
    rule: str
    rung: str
    level: int
    to: str
    deadline: dt.datetime | None


@attrs.frozen(kw_only=True)
class Renewal:
    """A provider who must be decided anew.

    Attributes:
        provider: The provider's id.
        name: As it is printed.
        body: Whose cycle binds, in words.
        due_on: The last day on which the decision is on time.
        days: From today to then; negative once it is over.
        why: What binds the provider's own line, in words.
    """

    provider: str
    name: str
    body: str
    due_on: dt.date
    days: int
    why: str


@attrs.frozen(kw_only=True)
class Agenda:
    """A committee's next meeting.

    Attributes:
        meeting: Its id.
        committee: In words.
        meets_at: When it begins.
        cutoff_at: When packets close.
        seats: For how many files.
        items: The files on it, each with what it is.
    """

    meeting: str
    committee: str
    meets_at: dt.datetime
    cutoff_at: dt.datetime
    seats: int
    items: tuple[tuple[str, str], ...]


@attrs.frozen(kw_only=True)
class Load:
    """What a person has: how many open files, and how many they may own at once."""

    person: str
    name: str
    files: int
    capacity: int


@attrs.frozen(kw_only=True)
class Morning:
    """A desk as its coordinator finds it.

    Attributes:
        desk: Its name.
        at: When.
        tz: The zone in which its days begin and end.
        urgencies: Open files by ``today``, ``breached``, ``warned`` and ``open``.
        stale: How many of them have come due since they were judged, so that they may be more urgent than they stand.
        stages: Open files by stage in words, in the pipeline's order.
        worklist: The most urgent files, in the worklist's order.
        day: Whether it tells of a day's run: what was given, left over and escalated is known only then.
        given: What the day gave out.
        left: What the day left in the queue.
        escalations: What the day told, the gravest first.
        follow_ups: Files that are with a payer, and of which something is due by the end of today.
        renewals: Who must be decided anew, the earliest first.
        agendas: The next meetings.
        loads: What each person has, the fullest first.
        queues: Files without an owner by role.
    """

    desk: str
    at: dt.datetime
    tz: zoneinfo.ZoneInfo
    urgencies: Mapping[str, int]
    stale: int = 0
    stages: tuple[tuple[str, int], ...]
    worklist: tuple[Matter, ...]
    day: bool
    given: tuple[Given, ...]
    left: tuple[LeftOver, ...]
    escalations: tuple[Raised, ...]
    follow_ups: tuple[Matter, ...]
    renewals: tuple[Renewal, ...]
    agendas: tuple[Agenda, ...]
    loads: tuple[Load, ...]
    queues: Mapping[str, int]

    @property
    def open(self) -> int:
        """How many files are open."""
        return sum(self.urgencies.values())

    @property
    def today(self) -> dt.date:
        """The day on which it is."""
        return self.at.astimezone(self.tz).date()


def gather(
    coordinator: Coordinator, day: Day | None = None, *, lines: int = 60, renewals: int = 30, meetings: int = 3
) -> Morning:
    """Return what a coordinator wants to know, by what the desk answers.

    Args:
        coordinator: The desk.
        day: What the day just did; without it nothing is said of what was given out or escalated.
        lines: Lines of the worklist, and of payers to follow up, at the most.
        renewals: Providers at the most.
        meetings: Meetings at the most.
    """
    names = Names(coordinator)
    reader = _Reader(coordinator, names)
    report = coordinator.report() if day is None else day.report
    choices = () if day is None else day.assigned.choices
    told = () if day is None else day.swept.told
    profile = coordinator.profile
    worklist = tuple(reader.matter(entry) for entry in coordinator.worklist(limit=lines))
    now = coordinator.now
    return Morning(
        desk=coordinator.desk.name,
        at=now,
        tz=profile.tz,
        urgencies=report.by_urgency,
        stale=sum(is_stale(entry, now) for entry in coordinator.worklist(snoozed=True, limit=None)),
        stages=tuple(
            (stage.title, report.by_stage[stage.code])
            for stage in profile.pipeline.stages
            if report.by_stage.get(stage.code)
        ),
        worklist=worklist,
        day=day is not None,
        given=tuple(given(choice, names) for choice in choices if choice.chosen is not None),
        left=tuple(left_over(choice, names) for choice in choices if choice.chosen is None),
        escalations=tuple(
            raised(one, names) for one in sorted(told, key=lambda one: (-one.level, one.deadline or now, one.ref))
        ),
        follow_ups=tuple(itertools.islice(reader.follow_ups(worklist), lines)),
        renewals=tuple(sorted(itertools.islice(reader.renewals(), renewals), key=lambda one: (one.due_on, one.name))),
        agendas=tuple(itertools.islice(reader.agendas(), meetings)),
        loads=tuple(reader.loads(report.by_owner)),
        queues={owner[1:]: count for owner, count in report.by_owner.items() if owner.startswith("@")},
    )


def is_stale(entry: Entry, now: dt.datetime) -> bool:
    """Return whether a line has come due since its record was judged: a sweep, or a day, judges it anew."""
    return entry.next_change is not None and entry.next_change <= now


def given(choice: Choice, names: Names) -> Given:
    """Return a choice with the words of its file."""
    to = choice.chosen or ""
    return Given(file=choice.file, about=names.file(choice.file), to=to, reason=choice.reason.removeprefix(f"{to}: "))


def left_over(choice: Choice, names: Names) -> LeftOver:
    """Return a choice of nobody with the words of its file."""
    return LeftOver(file=choice.file, about=names.file(choice.file), reason=choice.reason, remedy=choice.remedy)


def raised(told: Escalation, names: Names) -> Raised:
    """Return what was told with the words of the record and the rule."""
    return Raised(
        record=told.ref.id if told.ref.kind == "file" else str(told.ref),
        about=names.about(told.ref),
        rule=names.rule(told.rule),
        rung=told.rung,
        level=told.level,
        to=told.to,
        deadline=told.deadline,
    )


class _Reader:
    """Reads a desk."""

    def __init__(self, coordinator: Coordinator, names: Names) -> None:
        self._desk = coordinator
        self._names = names
        self._profile = coordinator.profile
        self._now = coordinator.now
        self._tz = self._profile.tz
        self._today = self._now.astimezone(self._tz).date()
        self._tonight = from_us(day_start_us(self._today + dt.timedelta(days=1), self._tz))

    def matter(self, entry: Entry) -> Matter:
        """Return a line of the worklist with the words of the record behind it."""
        names, file = self._names, self._names.file_record(entry.ref.id)
        return Matter(
            file=file.id,
            kind=names.kind(file.kind),
            provider=names.provider(file.provider),
            payer=names.payer(file.payer),
            stage=names.stage(file.stage),
            owner=entry.owner,
            urgency=URGENCIES[entry.urgency],
            deadline=entry.deadline,
            why=entry.why,
            waiting_on=names.waiting_on(file.id),
            stale=is_stale(entry, self._now),
        )

    def follow_ups(self, worklist: Iterable[Matter]) -> Iterator[Matter]:
        """Yield, most urgent first, what waits for a payer and of which something is due by the end of today.

        A file waits for a payer by its stage, or by a hold; holds are looked for among the most urgent files alone.
        """
        stages = [stage.code for stage in self._profile.pipeline.stages if stage.turn == _PAYER and not stage.terminal]
        entries = (entry for stage in stages for entry in self._desk.worklist(stage=stage, limit=None))
        by_stage = [self.matter(entry) for entry in entries if self._is_due(entry.urgency, entry.deadline)]
        known = {one.file for one in by_stage}
        by_hold = [one for one in worklist if _PAYER in one.waiting_on and one.file not in known]
        due = [one for one in by_hold if self._is_due(URGENCIES.index(one.urgency), one.deadline)]
        return iter(sorted((*by_stage, *due), key=self._turn))

    def _turn(self, one: Matter) -> tuple[int, bool, dt.datetime, str]:
        return URGENCIES.index(one.urgency), one.deadline is None, one.deadline or self._now, one.file

    def _is_due(self, urgency: int, deadline: dt.datetime | None) -> bool:
        """Return whether something is late, will soon be, or is due by the end of today."""
        if URGENCIES[urgency] != "open":
            return True
        return deadline is not None and deadline <= self._tonight

    def renewals(self) -> Iterator[Renewal]:
        """Yield the providers with a cycle whose window has begun, most urgent first."""
        for entry in self._desk.worklist(kinds=("provider",), limit=None):
            if URGENCIES[entry.urgency] == "open":
                return  # a window that has begun is a warning, and the warned come before the rest
            provider = self._names.provider_record(entry.ref.id)
            dues = sorted(self._dues(provider)) if provider.status == "active" else []
            if dues:
                due_on, body = dues[0]
                days = (due_on - self._today).days
                yield Renewal(
                    provider=provider.id, name=provider.name, body=body, due_on=due_on, days=days, why=entry.why
                )

    def _dues(self, provider: ProviderRecord) -> Iterable[tuple[dt.date, str]]:
        for body, anchor in provider.cycles.items():
            cycle = self._profile.cycles.get(body)
            if cycle is None:
                continue
            due_on = binding_on(next_due(anchor.anchor_on, cycle), anchor.term_ends_on)
            if due_on - dt.timedelta(days=cycle.opens_before) <= self._today:
                yield due_on, self._names.cycle(body)

    def agendas(self) -> Iterator[Agenda]:
        """Yield the meetings to come, the next one first."""
        shown = (self._desk.show(entry.ref).record for entry in self._desk.worklist(kinds=("meeting",), limit=None))
        meetings = [record for record in shown if isinstance(record, Meeting)]
        for meeting in sorted(meetings, key=lambda one: (one.meets_at, one.id)):
            yield Agenda(
                meeting=meeting.id,
                committee=self._names.committee(meeting.committee),
                meets_at=meeting.meets_at,
                cutoff_at=meeting.cutoff_at,
                seats=meeting.seats,
                items=tuple((file, self._names.file(file)) for file in meeting.items),
            )

    def loads(self, by_owner: Mapping[str, int]) -> list[Load]:
        """Return what each person has, the fullest first."""
        loads = [
            Load(person=one.id, name=one.name or one.id, files=by_owner.get(one.id, 0), capacity=one.capacity)
            for one in self._desk.desk.team
        ]
        return sorted(loads, key=lambda load: (-load.files / max(load.capacity, 1), load.person))
