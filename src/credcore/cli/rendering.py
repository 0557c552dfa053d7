"""Put what the desk answers into words and tables."""

import datetime as dt
import itertools
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import NamedTuple, TextIO

from rich.console import Console, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from credcore.adapters.board.morning import Matter, Morning, Raised, given, is_stale, left_over, raised
from credcore.adapters.board.names import Names
from credcore.adapters.board.wording import clean, day_text, due_text, when_text
from credcore.cli.layout import Grid, cell, count, heading, say, show
from credcore.coordinator import STEPS, AssignmentRound, Day, Swept
from credcore.profile import Profile
from credcore.rules import BREACHED
from credcore.worklist import URGENCIES, Entry

__all__ = [
    "print_assigned",
    "print_day",
    "print_founded",
    "print_morning",
    "print_swept",
    "print_worklist",
    "progress",
    "say",
    "size_of",
]

_MOST = 20
"""Lines of a list that is part of a larger answer."""
_FAILURES = 5
"""Notices that could not be sent, each with its reason: mostly there is one reason for all."""

_STYLES = {"today": "bold magenta", "breached": "bold red", "warned": "yellow", "open": "bold"}
_MEANINGS = {"today": "Promised or cut off today", "breached": "Late", "warned": "Late soon", "open": "On time"}
_COUNTED_AS = {"today": "promised or cut off today", "breached": "late", "warned": "late soon", "open": "on time"}
"""What an urgency is called behind a number."""


@contextmanager
def progress(stream: TextIO) -> Iterator[Callable[[str], None]]:
    """Show which step is going on, where somebody looks at a terminal."""
    if not stream.isatty():
        yield lambda _step: None
        return
    console = Console(file=stream, markup=False, highlight=False)
    with console.status("opening the desk") as status:
        yield lambda step: status.update(f"{STEPS.index(step) + 1} of {len(STEPS)}: {step}")


def _more(number: int, most: int = _MOST) -> list[RenderableType]:
    return [Text(f"and {number - most} more", style="dim")] if number > most else []


def _listed(lines: Sequence[str], most: int = _MOST) -> list[RenderableType]:
    shown: list[RenderableType] = [Padding(cell(line), (0, 0, 0, 2)) for line in lines[:most]]
    return [*shown, *_more(len(lines), most)]


def _counted(by_urgency: Mapping[str, int]) -> str:
    return ", ".join(f"{by_urgency.get(name, 0)} {words}" for name, words in _COUNTED_AS.items())


class _Times(NamedTuple):
    """Writes deadlines in a desk's zone."""

    now: dt.datetime
    tz: dt.tzinfo

    @property
    def today(self) -> dt.date:
        return self.now.astimezone(self.tz).date()

    def due(self, deadline: dt.datetime | None) -> str:
        return "no clock" if deadline is None else due_text(deadline, self.tz, self.today)


# Making a desk


def size_of(profile: Profile) -> str:
    """Return how large a profile is."""
    stages = sum(not stage.terminal for stage in profile.pipeline.stages)
    kinds = count(len(profile.kinds), "kind of file", "kinds of file")
    return f"{kinds}, {count(stages, 'open stage')} and {count(len(profile.rules), 'rule')}"


def print_founded(place: str, profile: Profile) -> None:
    """Print what a new desk begins with."""
    people = count(len(profile.team), "person", "people")
    say(f"{place}: a desk for {profile.name}, with {people}, {size_of(profile)}.")


# What wants doing


class _Work(NamedTuple):
    """A line of work, in words."""

    urgency: str
    deadline: dt.datetime | None
    record: str
    owner: str
    why: str
    about: str
    stage: str
    waiting_on: Sequence[str]
    stale: bool

    @classmethod
    def of_entry(cls, entry: Entry, names: Names, now: dt.datetime) -> "_Work":
        ref = entry.ref
        return cls(
            urgency=URGENCIES[entry.urgency],
            deadline=entry.deadline,
            record=ref.id if ref.kind == "file" else str(ref),
            owner=entry.owner,
            why=entry.why,
            about=names.about(ref),
            stage=names.stage(entry.stage),
            waiting_on=names.waiting_on(ref.id) if ref.kind == "file" else (),
            stale=is_stale(entry, now),
        )

    @classmethod
    def of_matter(cls, one: Matter, *, payer_first: bool = False) -> "_Work":
        parts = (one.payer, one.provider) if payer_first and one.payer else (one.kind, one.provider, one.payer)
        return cls(
            urgency=one.urgency,
            deadline=one.deadline,
            record=one.file,
            owner=one.owner,
            why=one.why,
            about=", ".join(part for part in parts if part),
            stage=one.stage,
            waiting_on=one.waiting_on,
            stale=one.stale,
        )


def print_worklist(entries: Sequence[Entry], names: Names, *, limit: int, now: dt.datetime, tz: dt.tzinfo) -> None:
    """Print what wants doing, in its order, by urgency.

    Args:
        entries: All of it.
        names: The desk's words.
        limit: Lines at the most; what is not shown is counted.
        now: The present instant.
        tz: The desk's zone.
    """
    if not entries:
        say("Nothing wants doing.")
        return
    work = [_Work.of_entry(entry, names, now) for entry in entries[:limit]]
    totals = Counter(URGENCIES[entry.urgency] for entry in entries)
    stale = sum(is_stale(entry, now) for entry in entries)
    show(_work(work, totals, _Times(now, tz), "Record"), *_more(len(entries), limit), *_come_due(stale))


def _come_due(stale: int) -> list[RenderableType]:
    """Return what is to be said of lines that may be more urgent than they stand."""
    if not stale:
        return []
    have = "line has" if stale == 1 else "lines have"
    return ["", Text(f"{stale} {have} to be judged anew: run `credcore day`", style="yellow")]


def _work(work: Iterable[_Work], totals: Mapping[str, int], times: _Times, what: str = "File") -> Grid:
    made = Grid("Due", what, "Owner", "Why", fold=("Why",))
    for urgency, group in itertools.groupby(work, key=lambda one: one.urgency):
        lines = list(group)
        made.section(_title(urgency, len(lines), totals[urgency]))
        for one in lines:
            waits = f"; waits for {', '.join(one.waiting_on)}" if one.waiting_on else ""
            notes = [cell("to be judged anew", "yellow")] if one.stale else []
            about = cell(f"{one.about}; {one.stage}", "dim")
            made.row(times.due(one.deadline), one.record, one.owner, (one.why + waits, about, *notes))
    return made


def _title(urgency: str, shown: int, total: int) -> Text:
    number = f" ({total})" if shown == total else f", {shown} of {total} shown"
    return Text(_MEANINGS[urgency] + number, style=_STYLES[urgency])


# What was given out, and told


def print_assigned(assigned: AssignmentRound, names: Names, *, dry_run: bool = False) -> None:
    """Print who takes what and why, and what was left over."""
    if not assigned.choices:
        say("No file without an owner.")
        return
    would = "would be given out" if dry_run else "given out"
    made = Grid("File", "Owner", "Why", fold=("Why",))
    for one in (given(choice, names) for choice in assigned.assigned):
        made.row(one.file, one.to, (one.reason, cell(one.about, "dim")))
    for left in (left_over(choice, names) for choice in assigned.left):
        made.row(left.file, cell("nobody", "red"), (f"{left.reason}; {left.remedy}", cell(left.about, "dim")))
    show(heading(f"{len(assigned.assigned)} {would}, {len(assigned.left)} left over"), made)


def print_swept(swept: Swept, names: Names, *, now: dt.datetime, tz: dt.tzinfo) -> None:
    """Print what a sweep told, the gravest first."""
    failed = f", {len(swept.failed)} to be tried again" if swept.failed else ""
    say(f"{count(swept.records, 'record')} had come due: {len(swept.told)} told, {swept.withdrawn} withdrawn{failed}")
    if swept.told:
        told = [raised(one, names) for one in sorted(swept.told, key=lambda one: -one.level)]
        show("", _raised(told, _Times(now, tz)))


def _raised(told: Iterable[Raised], times: _Times) -> Grid:
    made = Grid("Due", "Record", "Told", "Why", fold=("Why",))
    for one in told:
        why = cell(f"{one.rule}, {one.rung}", "red" if one.level >= BREACHED else "")
        made.row(times.due(one.deadline), one.record, one.to, (why, cell(one.about, "dim")))
    return made


# The day


def print_day(day: Day) -> None:
    """Print what each step of a day did, and what it could not do."""
    steps = Table(box=None, show_header=False, pad_edge=False, padding=(0, 2, 0, 0))
    for step, what in zip(STEPS, _did(day), strict=True):
        steps.add_row(cell(step.capitalize()), cell(what))
    parts: list[RenderableType] = [steps]
    if day.polled.rejected:
        rejected = [f"{row.place}: {row.reason}" for row in day.polled.rejected]
        parts += ["", heading("Rejected answers"), *_listed(rejected)]
    if unseated := [f"{one.file}: {one.reason}" for one in day.seated if not one.meeting]:
        parts += ["", heading("Without a seat"), *_listed(unseated)]
    if errors := day.delivered.errors:
        dead = frozenset(day.delivered.dead)
        unsent = [f"{_told_of(key)}: {reason}{'; given up' if key in dead else ''}" for key, reason in errors]
        unsent.sort(key=lambda line: not line.endswith("; given up"))
        parts += ["", heading("Not sent"), *_listed(unsent, _FAILURES)]
    show(*parts)


def _told_of(key: str) -> str:
    """Return the record and the rule of which a notice tells, by its key."""
    what, *of = key.split(":")
    return ", ".join(of[:2]) if what == "told" else key


def _did(day: Day) -> tuple[str, ...]:
    """Return in a few words what each step did."""
    polled, swept, delivered = day.polled, day.swept, day.delivered
    seated = sum(bool(one.meeting) for one in day.seated)
    # What was put off by an earlier run, and is not to be tried yet, nobody counts here.
    put_off = f", {delivered.waiting} put off till later" if delivered.waiting else ""
    given_up = f", {len(delivered.dead)} given up" if delivered.dead else ""
    return (
        f"{len(polled.submitted)} submitted, {len(polled.answered)} answered, {len(polled.rejected)} rejected",
        f"{count(len(day.opened), 'file')} opened",
        f"{len(day.assigned.assigned)} given out, {len(day.assigned.left)} left over",
        f"{count(swept.records, 'record')} due, {len(swept.told)} told, {swept.withdrawn} withdrawn",
        f"{seated} seated, {len(day.seated) - seated} without a seat",
        f"{len(delivered.sent)} sent, {delivered.dropped} no longer true{put_off}{given_up}",
        _counted(day.report.by_urgency),
    )


# The morning


def print_morning(morning: Morning, *, lines: int = 12) -> None:
    """Print a coordinator's morning.

    Args:
        morning: As it was gathered.
        lines: Of each list at the most.
    """
    times = _Times(morning.at, morning.tz)
    show(
        Text.assemble((clean(morning.desk), "bold"), f", {when_text(morning.at, morning.tz, morning.today)}"),
        Text(f"{count(morning.open, 'open file')}: {_counted(morning.urgencies)}"),
        *_come_due(morning.stale)[1:],
        "",
        heading("Worklist", f"{min(lines, len(morning.worklist))} of {morning.open}, the most urgent first"),
        _matters([_Work.of_matter(one) for one in morning.worklist[:lines]], morning.urgencies, times),
    )
    if morning.day:
        _print_choices(morning, lines)
        show(
            "",
            heading("Escalated", f"{len(morning.escalations)} told"),
            _raised(morning.escalations[:lines], times) if morning.escalations else Text("Nothing."),
            *_more(len(morning.escalations), lines),
        )
    calls = [_Work.of_matter(one, payer_first=True) for one in morning.follow_ups]
    show(
        "",
        heading("Payers to follow up", f"{len(calls)} due by the end of today"),
        _matters(calls[:lines], Counter(one.urgency for one in calls), times),
    )
    _print_renewals(morning, lines)
    _print_agendas(morning, lines)
    _print_loads(morning, lines)


def _matters(work: Sequence[_Work], totals: Mapping[str, int], times: _Times) -> RenderableType:
    return _work(work, totals, times) if work else Text("Nothing.")


def _print_choices(morning: Morning, lines: int) -> None:
    made = Grid("File", "Owner", "Why", fold=("Why",))
    for one in morning.given[:lines]:
        made.row(one.file, one.to, (one.reason, cell(one.about, "dim")))
    for left in morning.left[:lines]:
        made.row(left.file, cell("nobody", "red"), (f"{left.reason}; {left.remedy}", cell(left.about, "dim")))
    show(
        "",
        heading("Given out", f"{len(morning.given)} given, {len(morning.left)} left over"),
        made if morning.given or morning.left else Text("Nothing."),
        *_more(max(len(morning.given), len(morning.left)), lines),
    )


def _print_renewals(morning: Morning, lines: int) -> None:
    made = Grid("Due", "Provider", "Cycle", "Days", fold=("Provider", "Cycle"))
    for one in morning.renewals[:lines]:
        due = cell(day_text(one.due_on, morning.today), "red" if one.days < 0 else "")
        made.row(due, f"{one.name} ({one.provider})", one.body, str(one.days))
    show(
        "",
        heading("Recredentialing"),
        made if morning.renewals else Text("Nobody is due."),
        *_more(len(morning.renewals), lines),
    )


def _print_agendas(morning: Morning, lines: int) -> None:
    show("", heading("Committees"))
    if not morning.agendas:
        say("No meeting has a file on its agenda.")
    for one in morning.agendas:
        say(
            f"{one.committee}, {when_text(one.meets_at, morning.tz, morning.today)}: {len(one.items)} of {one.seats} "
            f"seats; packets close {due_text(one.cutoff_at, morning.tz, morning.today)}"
        )
        show(*_listed([f"{file}  {about}" for file, about in one.items], lines))


def _print_loads(morning: Morning, lines: int) -> None:
    made = Grid("Person", "Files", "", fold=("",))
    for one in morning.loads[:lines]:
        share = min(one.files / max(one.capacity, 1), 1)
        made.row(one.name, f"{one.files} of {one.capacity}", "#" * round(30 * share))
    for role, number in morning.queues.items():
        made.row(f"queue of {role}", str(number), "")
    show("", heading("Load", "the fullest first"), made, *_more(len(morning.loads), lines))
