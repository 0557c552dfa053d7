"""Show one record with its history."""

import datetime as dt
from collections.abc import Callable, Iterator, Mapping
from typing import Any, NamedTuple

import attrs
import click
from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from credcore.adapters.board.wording import clean, day_text, due_text, when_text
from credcore.cli.command import as_json_option, desk_option, instant, moments_options, print_json
from credcore.cli.command import command as _command
from credcore.cli.layout import Grid, cell, show
from credcore.cli.morning import Names
from credcore.cli.opening import opened
from credcore.cli.records import history_of, ref_of
from credcore.cli.serial import to_json
from credcore.coordinator import Coordinator, Shown
from credcore.events import Corrected, Event, encode
from credcore.files import CredentialingFile
from credcore.history import History
from credcore.instants import format_instant
from credcore.rules import BREACHED, WARNED

__all__ = ["command"]

_A_MINUTE = dt.timedelta(minutes=1)
"""What was recorded within a minute was recorded when it happened, as far as anybody reads it."""


@_command()
@click.argument("record")
@moments_options
@as_json_option
@desk_option
def command(
    record: str,
    as_of: dt.datetime | dt.date | None,
    known_at: dt.datetime | dt.date | None,
    as_json: bool,  # noqa: FBT001 - click gives flags by name
    place: str,
) -> None:
    """Show RECORD: how it stands, what may come next, and every line of its history.

    RECORD is a file's id, or provider/ID, meeting/ID, person/ID. What was recorded later than it happened is marked
    LATE, what was corrected is marked CORRECTED. With --as-of it is shown as it had happened by then, with --known-at
    as the desk knew it then.
    """
    with opened(place) as desk:
        ref, tz = ref_of(record), desk.profile.tz
        at, known = instant(as_of, tz), instant(known_at, tz)
        history = history_of(desk, ref)
        shown = desk.show(ref, as_of=at, known_at=known)
        lines = list(_lines(history, shown, at, known))
        if as_json:
            print_json(_shown_json(desk, shown, lines))
        else:
            _print(desk, shown, lines, desk.now if at is None else at)


class _Line(NamedTuple):
    """A line of a history.

    Attributes:
        event: What happened.
        late: Whether it was recorded later than it happened.
        correction: The correction that took it out, or that put it in.
        counts: Whether it counts; False for what a correction took out.
    """

    event: Event
    late: bool
    correction: Corrected | None
    counts: bool


def _lines(history: History, shown: Shown, at: dt.datetime | None, known_at: dt.datetime | None) -> Iterator[_Line]:
    known = [event for event in history.events if known_at is None or event.recorded_at <= known_at]
    corrections = [event for event in known if isinstance(event, Corrected)]
    put_in = {one.replacement.id: one for one in corrections if one.replacement is not None}
    taken_out = {one.event: one for one in corrections}
    counting = {event.id for event in shown.events}
    replaced = (one.replacement for one in corrections)
    gone = [
        event
        for event in (*known, *(event for event in replaced if event is not None))
        if event.id in taken_out and event.id not in counting and (at is None or event.at <= at)
    ]
    for event in sorted((*shown.events, *gone), key=lambda event: event.at):
        late = event.recorded_at - event.at >= _A_MINUTE
        counts = event.id in counting
        yield _Line(event, late, (put_in if counts else taken_out).get(event.id), counts)


def _shown_json(desk: Coordinator, shown: Shown, lines: list[_Line]) -> dict[str, Any]:
    found = shown.judged.evaluation
    return {
        "record": str(shown.ref),
        "title": Names(desk).about(shown.ref),
        "state": to_json(shown.record),
        "next_moves": to_json(_moves(desk, shown)),
        "standing": [] if found is None else to_json(found.findings),
        "undetermined": [] if found is None else to_json(found.undetermined),
        "next_change": None if found is None or found.next_change is None else format_instant(found.next_change),
        "history": [
            {
                **encode(line.event),
                "late": line.late,
                "counts": line.counts,
                "corrected_by": None if line.correction is None else line.correction.id,
            }
            for line in lines
        ],
    }


def _moves(desk: Coordinator, shown: Shown) -> tuple[Any, ...]:
    return shown.record.next_moves(desk.profile.pipeline) if isinstance(shown.record, CredentialingFile) else ()


def _print(desk: Coordinator, shown: Shown, lines: list[_Line], at: dt.datetime) -> None:
    tz = desk.profile.tz
    today = at.astimezone(tz).date()
    names = Names(desk)
    words = _Words(tz, today, names)
    title = Text.assemble((clean(str(shown.ref)), "bold"), f"  {clean(names.about(shown.ref))}")
    parts: list[RenderableType] = [title, _facts(shown.record, words)]
    if shown.ref.kind == "provider" and (others := desk.duplicates_of(shown.ref.id)):
        parts.append(Text(f"Goes on now for {', '.join(map(clean, others))}, merged into it."))
    moves = _moves(desk, shown)
    if moves:
        made = Grid("Next", "Still needs", fold=("Still needs",))
        for move in moves:
            made.row(names.stage(move.stage), "; ".join(move.unmet) or "nothing")
        parts += ["", made]
    parts += ["", *_standing(shown, words), "", _history(lines, words)]
    show(*parts)


class _Words:
    """Puts values into words: times in a desk's zone, codes as the desk calls them."""

    def __init__(self, tz: dt.tzinfo, today: dt.date, names: Names) -> None:
        self.tz = tz
        self.today = today
        self._called: Mapping[str, Callable[[str], str]] = {
            "kind": names.kind,
            "provider": lambda name: _named(name, names.provider(name)),
            "file": lambda name: _named(name, names.file(name)),
            "items": lambda name: _named(name, names.file(name)),
            "stage": names.stage,
            "payer": names.payer,
            "rule": names.rule,
            "committee": names.committee,
            "body": names.body,
        }

    def when(self, at: dt.datetime) -> str:
        return when_text(at, self.tz, self.today)

    def due(self, at: dt.datetime | None) -> str:
        return "no clock" if at is None else due_text(at, self.tz, self.today)

    def value(self, value: Any) -> str:  # noqa: ANN401 - whatever a record holds
        """Return any value of a record in a few words, a line for each of its parts; empty for what says nothing."""
        match value:
            case None | False:
                said = ""
            case True:
                said = "yes"
            case dt.datetime():
                said = self.when(value)
            case dt.date():
                said = day_text(value, self.today)
            case Mapping():
                said = "\n".join(f"{key}: {self.value(one)}" for key, one in value.items())
            case frozenset():
                said = ", ".join(sorted(map(str, value)))
            case tuple() | list():
                separator = "\n" if any(attrs.has(type(one)) for one in value) else ", "
                said = separator.join(map(self.value, value))
            case _ if attrs.has(type(value)):
                said = self.fields(value, without=frozenset({"event", "id"}))
            case _:
                said = str(value)
        return said

    def field(self, value: Any, name: str) -> str:  # noqa: ANN401 - any attrs value
        """Return what one field says; a code is called what the desk calls it."""
        held = getattr(value, name)
        called = self._called.get(name)
        if called is None or not held:
            return self.value(held)
        return called(held) if isinstance(held, str) else "\n".join(map(called, held))

    def fields(self, value: Any, *, without: frozenset[str]) -> str:  # noqa: ANN401 - any attrs value
        """Return what a value says, field by field: ``waiting on provider, reason …``."""
        said = ((name, self.field(value, name)) for name in _names(value) if name not in without)
        return ", ".join(f"{name.replace('_', ' ')} {words}" for name, words in said if words)


def _named(code: str, name: str) -> str:
    return name if name == code else f"{name} ({code})"


def _names(value: Any) -> list[str]:  # noqa: ANN401 - any attrs value
    return [field.name for field in attrs.fields(type(value))]


def _facts(record: Any, words: _Words) -> Table:  # noqa: ANN401 - any record
    made = Table(box=None, show_header=False, pad_edge=False, padding=(0, 2, 0, 0))
    made.add_column(no_wrap=True)
    made.add_column(overflow="fold", ratio=1)
    for name in _names(record):
        said = words.field(record, name)
        if said and name != "id":
            made.add_row(name.replace("_", " ").capitalize(), Group(*(Text(clean(line)) for line in said.split("\n"))))
    return made


def _standing(shown: Shown, words: _Words) -> list[RenderableType]:
    found = shown.judged.evaluation
    if found is None and shown.ref.kind in ("person", "desk"):
        return []
    if found is None or not (found.findings or found.undetermined):
        return [Text("Nothing stands: no clock is on." if found is not None else "Closed: no clock is on.")]
    made = Grid("Due", "Stands", "Rule", fold=("Rule",))
    for finding in found.findings:
        rule = shown.rules.get(finding.rule)
        style = "red" if finding.level >= BREACHED else "yellow" if finding.level >= WARNED else ""
        about = f", {finding.about}" if finding.about else ""
        due = words.due(finding.deadline) if finding.level or finding.due_us is not None else "paused"
        title = (rule.title if rule is not None else "") + about
        made.row(due, cell(finding.rung, style), (title, cell(finding.rule, "dim")))
    for unknown in found.undetermined:
        made.row("unknown", Text("undetermined", style="red"), f"{unknown.rule}: {unknown.reason}")
    return [made]


_SKIPPED = frozenset({"id", "at", "recorded_at", "by", "why", "digest", "episode", "edition"})


def _history(lines: list[_Line], words: _Words) -> Grid:
    made = Grid("Happened", "By", "What", fold=("What",))
    for line in lines:
        event = line.event
        what = event.type.replace("-", " ").capitalize()
        said = words.fields(event, without=_SKIPPED)
        notes = [cell(what + (f": {said}" if said else ""), "" if line.counts else "strike dim")]
        if event.why:
            notes.append(cell(f"because: {event.why}", "dim"))
        notes += [cell(note, "yellow") for note in _notes(line, words)]
        made.row(words.when(event.at), event.by, notes)
    return made


def _notes(line: _Line, words: _Words) -> Iterator[str]:
    if line.correction is not None:
        one = line.correction
        did = "put in" if line.counts else "taken out"
        yield f"CORRECTED: {did} {words.when(one.recorded_at)} by {one.by}" + (f", {one.why}" if one.why else "")
    elif line.late:
        yield f"LATE: recorded {words.when(line.event.recorded_at)}"
