"""Put what the desk answers into words and tables: 80 columns, plain where nobody looks at a terminal."""

import datetime as dt
import io
import itertools
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import TextIO

import click
from rich.console import Console, Group, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from credcore.adapters.board.morning import Matter, Morning, Raised
from credcore.adapters.board.wording import clean, day_text, due_text, when_text
from credcore.coordinator import STEPS, AssignmentRound, Day, Escalation, Swept
from credcore.history import Ref
from credcore.profile import Profile
from credcore.worklist import URGENCIES, Entry

__all__ = [
    "URGENCY_STYLES",
    "heading",
    "print_assigned",
    "print_day",
    "print_founded",
    "print_morning",
    "print_swept",
    "print_worklist",
    "progress",
    "say",
    "show",
    "table",
]

WIDTH = 80
_MOST = 20
"""Lines of a list that is part of a larger answer."""

URGENCY_STYLES = {"today": "bold magenta", "breached": "bold red", "warned": "yellow", "open": ""}


def show(*parts: RenderableType) -> None:
    """Print to the standard output."""
    if sys.stdout.isatty():
        console = Console(markup=False, highlight=False, emoji=False)
        console.width = min(console.width, 120)
        console.print(*parts, sep="\n")
        return
    plain = io.StringIO()
    Console(
        file=plain, width=WIDTH, color_system=None, markup=False, highlight=False, emoji=False, force_terminal=False
    ).print(*parts, sep="\n")
    click.echo("\n".join(line.rstrip() for line in plain.getvalue().rstrip("\n").split("\n")))


def say(sentence: str) -> None:
    """Print a sentence."""
    show(Text(clean(sentence)))


def heading(text: str, note: str = "") -> Text:
    """Return a heading."""
    return Text.assemble((clean(text), "bold"), ("  " + clean(note) if note else "", "dim"))


def table(*columns: str, ratio: Sequence[int] = (), fixed: Iterable[str] = ()) -> Table:
    """Return an empty table.

    Args:
        columns: Their headings.
        ratio: How columns share what room is left, in order; columns beyond take what they need.
        fixed: Columns that are never broken within, such as ids that somebody will copy.
    """
    made = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), expand=bool(ratio), header_style="dim")
    for place, name in enumerate(columns):
        share = ratio[place] if place < len(ratio) and ratio[place] else None
        made.add_column(name, ratio=share, overflow="fold", no_wrap=name in fixed)
    return made


def _cell(text: str, style: str = "") -> Text:
    return Text(clean(text), style=style)


@contextmanager
def progress(stream: TextIO) -> Iterator[Callable[[str], None]]:
    """Show which step is going on, where somebody looks at a terminal."""
    if not stream.isatty():
        yield lambda _step: None
        return
    console = Console(file=stream, markup=False, highlight=False)
    with console.status("opening the desk") as status:
        yield lambda step: status.update(f"{STEPS.index(step) + 1} of {len(STEPS)}: {step}")


def _more(count: int, most: int = _MOST) -> list[RenderableType]:
    return [Text(f"and {count - most} more", style="dim")] if count > most else []


# Commands


def print_founded(place: str, profile: Profile) -> None:
    """Print what a new desk begins with."""
    stages = sum(not stage.terminal for stage in profile.pipeline.stages)
    say(
        f"{place}: a desk for {profile.name}, with {len(profile.team)} people, {len(profile.kinds)} kinds of file, "
        f"{stages} open stages and {len(profile.rules)} rules."
    )


def print_worklist(entries: Sequence[Entry], *, now: dt.datetime, tz: dt.tzinfo) -> None:
    """Print what wants doing, in its order, by urgency."""
    if not entries:
        say("Nothing wants doing.")
        return
    today = now.astimezone(tz).date()
    parts: list[RenderableType] = []
    for urgency, group in itertools.groupby(entries, key=lambda entry: URGENCIES[entry.urgency]):
        lines = list(group)
        made = _lines("Record", header=not parts)
        for entry in lines:
            made.add_row(
                _cell(_due(entry.deadline, tz, today)),
                _cell(_name(entry.ref)),
                _cell(entry.owner),
                Group(_cell(entry.why), _cell(f"{entry.title}, {entry.stage}", "dim")),
            )
        parts += ["", _group(urgency, len(lines)), made]
    show(*parts[1:])
    if any(entry.urgency > _LATE and entry.deadline is not None and entry.deadline <= now for entry in entries):
        show("", Text("Some of these have come due since the last sweep: run `credcore day`, or `credcore sweep`."))


_LATE = URGENCIES.index("breached")


def _group(urgency: str, count: int) -> Text:
    return Text(f"{_MEANINGS[urgency]} ({count})", style=URGENCY_STYLES[urgency] or "bold")


_MEANINGS = {
    "today": "Promised or cut off today",
    "breached": "Late",
    "warned": "Late soon",
    "open": "On time",
}


def _lines(what: str, *, who: str = "Owner", header: bool = True) -> Table:
    """Return an empty table of lines of work, all of which have the same columns."""
    made = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), expand=True, header_style="dim", show_header=header)
    made.add_column("Due", width=16, no_wrap=True)
    made.add_column(what, width=16, overflow="fold")
    made.add_column(who, width=12, overflow="fold")
    made.add_column("Why", ratio=1, overflow="fold")
    return made


def _name(ref: Ref) -> str:
    return ref.id if ref.kind == "file" else str(ref)


def _due(deadline: dt.datetime | None, tz: dt.tzinfo, today: dt.date) -> str:
    return "no clock" if deadline is None else due_text(deadline, tz, today)


def print_assigned(assigned: AssignmentRound, *, dry_run: bool = False) -> None:
    """Print who takes what and why, and what was left over."""
    show(*_assigned(assigned, most=len(assigned.choices), dry_run=dry_run))


def _assigned(assigned: AssignmentRound, *, most: int = _MOST, dry_run: bool = False) -> list[RenderableType]:
    if not assigned.choices:
        return [Text("No file without an owner.")]
    would = "would be given out" if dry_run else "given out"
    parts: list[RenderableType] = [heading(f"{len(assigned.assigned)} {would}, {len(assigned.left)} left over")]
    made = table("File", "Owner", "Why", ratio=(0, 0, 1), fixed=("File",))
    for choice in assigned.assigned[:most]:
        made.add_row(
            _cell(choice.file), _cell(choice.chosen or ""), _cell(choice.reason.removeprefix(f"{choice.chosen}: "))
        )
    for choice in assigned.left[:most]:
        made.add_row(_cell(choice.file), _cell("nobody", "red"), _cell(f"{choice.reason}; {choice.remedy}"))
    return [*parts, made, *_more(max(len(assigned.assigned), len(assigned.left)), most)]


def print_swept(swept: Swept, *, now: dt.datetime, tz: dt.tzinfo) -> None:
    """Print what a sweep told."""
    show(*_swept(swept, now.astimezone(tz).date(), tz, most=len(swept.told)))


def _swept(swept: Swept, today: dt.date, tz: dt.tzinfo, *, most: int = _MOST) -> list[RenderableType]:
    line = f"{_count(swept.records, 'record')} had come due: {len(swept.told)} told, {swept.withdrawn} withdrawn"
    failed = f", {len(swept.failed)} to be tried again" if swept.failed else ""
    parts: list[RenderableType] = [Text(line + failed)]
    if swept.told:
        parts += ["", _escalations(swept.told, today, tz, most)]
    return [*parts, *_more(len(swept.told), most)]


def _escalations(told: Iterable[Escalation], today: dt.date, tz: dt.tzinfo, most: int = _MOST) -> Table:
    made = table("Record", "Rule", "How far", "Due", "Told", ratio=(0, 1), fixed=("Due",))
    for one in sorted(told, key=lambda one: -one.level)[:most]:
        style = "" if one.level < _BREACHED else "red"
        made.add_row(
            _cell(_name(one.ref)),
            _cell(one.rule),
            _cell(one.rung, style),
            _cell("" if one.deadline is None else due_text(one.deadline, tz, today)),
            _cell(one.to),
        )
    return made


_BREACHED = 2


def print_day(day: Day, *, desk: str, now: dt.datetime, tz: dt.tzinfo) -> None:
    """Print what each step of a day did."""
    today = now.astimezone(tz).date()
    steps = Table(box=None, show_header=False, pad_edge=False, padding=(0, 2, 0, 0))
    for step, what in zip(STEPS, _did(day), strict=True):
        steps.add_row(_cell(step.capitalize()), _cell(what))
    parts: list[RenderableType] = [Text.assemble((clean(desk), "bold"), f", {when_text(now, tz, today)}"), "", steps]
    if day.polled.rejected:
        rejected = [f"{row.place}: {row.reason}" for row in day.polled.rejected]
        parts += ["", heading("Rejected answers"), *_listed(rejected)]
    if day.assigned.choices:
        parts += ["", *_assigned(day.assigned)]
    if day.swept.told:
        parts += ["", heading("Told"), _escalations(day.swept.told, today, tz), *_more(len(day.swept.told))]
    if unseated := [f"{one.file}: {one.reason}" for one in day.seated if not one.meeting]:
        parts += ["", heading("Without a seat"), *_listed(unseated)]
    show(*parts)


def _did(day: Day) -> tuple[str, ...]:
    """Return in a few words what each step did."""
    polled, swept, delivered = day.polled, day.swept, day.delivered
    seated = sum(bool(one.meeting) for one in day.seated)
    given_up = f", {len(delivered.dead)} given up" if delivered.dead else ""
    return (
        f"{len(polled.submitted)} submitted, {len(polled.answered)} answered, {len(polled.rejected)} rejected",
        f"{_count(len(day.opened), 'recredentialing file')} opened",
        f"{len(day.assigned.assigned)} given out, {len(day.assigned.left)} left over",
        f"{_count(swept.records, 'record')} due, {len(swept.told)} told, {swept.withdrawn} withdrawn",
        f"{seated} seated, {len(day.seated) - seated} without a seat",
        f"{len(delivered.sent)} sent, {delivered.dropped} no longer true, {delivered.waiting} waiting{given_up}",
        ", ".join(f"{day.report.by_urgency.get(name, 0)} {words}" for name, words in COUNTED_AS.items()),
    )


COUNTED_AS = {"today": "due today", "breached": "late", "warned": "late soon", "open": "on time"}
"""What an urgency is called behind a number."""


def _listed(lines: Sequence[str], most: int = _MOST) -> list[RenderableType]:
    shown: list[RenderableType] = [Padding(_cell(line), (0, 0, 0, 2)) for line in lines[:most]]
    return [*shown, *_more(len(lines), most)]


def _count(number: int, what: str) -> str:
    return f"{number} {what}" if number == 1 else f"{number} {what}s"


# The morning


def print_morning(morning: Morning, *, lines: int = 15) -> None:
    """Print a coordinator's morning.

    Args:
        morning: As it was gathered.
        lines: Of each list at the most.
    """
    today, tz = morning.today, morning.tz
    counts = ", ".join(f"{morning.urgencies.get(name, 0)} {words}" for name, words in COUNTED_AS.items())
    show(
        Text.assemble((clean(morning.desk), "bold"), f", {when_text(morning.at, tz, today)}"),
        Text(f"{_count(morning.open, 'open file')}: {counts}"),
        "",
        heading("Worklist", f"{min(lines, len(morning.worklist))} of {morning.open}, the most urgent first"),
        _matters(morning.worklist[:lines], morning),
    )
    if morning.day:
        _print_choices(morning, lines)
        show(
            "",
            heading("Escalated", f"{len(morning.escalations)} told"),
            _raised(morning.escalations, morning, lines),
            *_more(len(morning.escalations), lines),
        )
    show(
        "",
        heading("Payers to follow up", f"{len(morning.follow_ups)} due by the end of today"),
        _matters(morning.follow_ups[:lines], morning, payer=True),
    )
    _print_renewals(morning, lines)
    _print_agendas(morning, lines)
    _print_loads(morning, lines)


def _matters(matters: Sequence[Matter], morning: Morning, *, payer: bool = False) -> RenderableType:
    if not matters:
        return Text("Nothing.")
    parts: list[RenderableType] = []
    for urgency, group in itertools.groupby(matters, key=lambda one: one.urgency):
        lines = list(group)
        made = _lines("File", header=not parts)
        for one in lines:
            about = f"{one.payer}, {one.provider}" if payer and one.payer else f"{one.kind}, {one.provider}"
            waits = f"; waits for {', '.join(one.waiting_on)}" if one.waiting_on else ""
            made.add_row(
                _cell(_due(one.deadline, morning.tz, morning.today)),
                _cell(one.file),
                _cell(one.owner),
                Group(_cell(one.why + waits), _cell(about, "dim")),
            )
        parts += ["", _group(urgency, len(lines)), made]
    return Group(*parts[1:])


def _raised(raised: Sequence[Raised], morning: Morning, most: int) -> RenderableType:
    if not raised:
        return Text("Nothing.")
    made = _lines("Record", who="Told")
    for one in raised[:most]:
        made.add_row(
            _cell(_due(one.deadline, morning.tz, morning.today)),
            _cell(one.record),
            _cell(one.to),
            Group(_cell(f"{one.rule}, {one.rung}", "red" if one.level >= _BREACHED else ""), _cell(one.about, "dim")),
        )
    return made


def _print_choices(morning: Morning, lines: int) -> None:
    made = table("File", "Owner", "Why", ratio=(0, 0, 1))
    for one in morning.given[:lines]:
        made.add_row(Group(_cell(one.file), _cell(one.about, "dim")), _cell(one.to), _cell(one.reason))
    for left in morning.left[:lines]:
        about = Group(_cell(left.file), _cell(left.about, "dim"))
        made.add_row(about, _cell("nobody", "red"), _cell(f"{left.reason}; {left.remedy}"))
    show(
        "",
        heading("Given out", f"{len(morning.given)} given, {len(morning.left)} left over"),
        made if morning.given or morning.left else Text("Nothing."),
        *_more(max(len(morning.given), len(morning.left)), lines),
    )


def _print_renewals(morning: Morning, lines: int) -> None:
    made = table("Due", "Provider", "Cycle", "Days", ratio=(0, 2, 1), fixed=("Due", "Days"))
    for one in morning.renewals[:lines]:
        due = _cell(day_text(one.due_on, morning.today), "red" if one.days < 0 else "")
        made.add_row(due, _cell(f"{one.name} ({one.provider})"), _cell(one.body), _cell(str(one.days)))
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
    made = table("Person", "Files", "", ratio=(0, 0, 1))
    for one in morning.loads[:lines]:
        share = min(one.files / max(one.capacity, 1), 1)
        made.add_row(_cell(one.name), _cell(f"{one.files} of {one.capacity}"), _cell("#" * round(30 * share)))
    for role, count in morning.queues.items():
        made.add_row(_cell(f"queue of {role}"), _cell(str(count)), _cell(""))
    show("", heading("Load", "the fullest first"), made, *_more(len(morning.loads), lines))
