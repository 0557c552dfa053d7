"""Explain a record's clocks."""

import datetime as dt
import itertools
from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple

import click
from rich.console import Console, ConsoleOptions, RenderableType, RenderResult
from rich.text import Text

from credcore.adapters.board.wording import clean, day_text, due_text, when_text
from credcore.cli.command import as_json_option, desk_option, instant, moments_options, print_json
from credcore.cli.command import command as _command
from credcore.cli.layout import WIDTH, Grid, count, say, show
from credcore.cli.morning import Names
from credcore.cli.opening import opened
from credcore.cli.records import history_of, ref_of
from credcore.cli.serial import to_json
from credcore.limits import WorkingTime, parse_limit
from credcore.rules import (
    BREACHED,
    WARNED,
    ClockExplanation,
    DateExplanation,
    ExplainedDay,
    ExplainedSegment,
    Explanation,
    Unexplained,
)
from credcore.rules.explanation import COUNTED, PAUSED

__all__ = ["command"]

_OUTSIDE = "outside hours"
_SIGNS = {COUNTED: "#", PAUSED: "=", _OUTSIDE: "."}
_CLOSED = "x"
_STYLES = {"#": "green", "=": "yellow", ".": "dim", "x": "cyan"}


@_command()
@click.argument("record")
@click.option("--rule", metavar="RULE", default="", help="Only this rule, also one that is off: it says why.")
@moments_options
@as_json_option
@desk_option
def command(
    record: str,
    rule: str,
    as_of: dt.datetime | dt.date | None,
    known_at: dt.datetime | dt.date | None,
    as_json: bool,  # noqa: FBT001 - click gives flags by name
    place: str,
) -> None:
    """Explain each clock of RECORD: where the time went, and when it is due.

    RECORD is a file's id, or provider/ID or meeting/ID. A clock is drawn from where it counts to now, then told
    stretch by stretch: how long each was, and how much of the limit it used. Both add up.
    """
    with opened(place) as desk:
        ref, tz = ref_of(record), desk.profile.tz
        at, known = instant(as_of, tz), instant(known_at, tz)
        history_of(desk, ref)
        explained = desk.explain(ref, rule, as_of=at, known_at=known)
        if as_json:
            print_json([explanation_json(one) for one in explained])
            return
        names = Names(desk)
        words = _Words(tz, (desk.now if at is None else at).astimezone(tz).date(), names)
        title = f"{ref}  {names.about(ref)}"
        say(title if explained else f"{title}: no clock is on.")
        for one in explained:
            show("", *_explained(one, words))


def explanation_json(explanation: Explanation) -> dict[str, Any]:
    """Return an explanation as JSON-ready data; ``kind`` says which of the three it is."""
    data: dict[str, Any] = {"kind": _KINDS[type(explanation)], **to_json(explanation)}
    if isinstance(explanation, ClockExplanation):
        data["unit"] = "microseconds of working time" if _counts_time(explanation) else "days"
        data["deadline"] = to_json(explanation.deadline)
    return data


_KINDS: dict[type, str] = {ClockExplanation: "clock", DateExplanation: "days", Unexplained: "off"}


class _Words(NamedTuple):
    """Writes times in a desk's zone, and codes as the desk calls them."""

    tz: dt.tzinfo
    today: dt.date
    names: Names

    def when(self, at: dt.datetime) -> str:
        return when_text(at, self.tz, self.today)

    def due(self, at: dt.datetime) -> str:
        return due_text(at, self.tz, self.today)

    def day(self, on: dt.date) -> str:
        return day_text(on, self.today)


def _explained(one: Explanation, words: _Words) -> Iterator[RenderableType]:
    yield Text.assemble((clean(one.title or one.rule), "bold"), f"  {one.rule}")
    if one.source:
        yield Text(clean(f"Source: {one.source}"), style="dim")
    if isinstance(one, ClockExplanation):
        yield from _clock(one, words)
    elif isinstance(one, DateExplanation):
        yield from _days(one, words)
    else:
        since = "" if one.since is None else f", since {words.when(one.since)}"
        yield Text(clean(f"Off: {one.reason}{since}."))


# Clocks


def _clock(one: ClockExplanation, words: _Words) -> Iterator[RenderableType]:
    of = "" if one.size is None else f" of {_amount(one, one.size)}"
    yield Text(f"{clean(one.limit)} from {words.when(one.anchor)}: used {_amount(one, one.used)}{of}.")
    yield Text(clean(_verdict(one, words)), style=_style(one.finding.level))
    if one.provisional_after is not None:
        yield Text(_provisional(one.provisional_after, one, words), style="yellow")
    if not one.segments:
        return
    yield ""
    yield _Bar(one.segments)
    yield _legend(one.segments)
    yield ""
    yield _spells_table(one, words)


def _verdict(one: ClockExplanation, words: _Words) -> str:
    if one.deadline is None:
        due = "" if one.resumed_due is None else f" Resumed now, due {words.due(one.resumed_due)}."
        rung = f", {one.finding.rung}" if one.finding.passed else ""
        return f"Paused{rung}.{due}"
    if one.finding.level >= BREACHED:
        return f"Late: {one.finding.rung}; was due {words.due(one.deadline)}."
    return f"Due {words.due(one.deadline)}; {one.finding.rung}."


def _provisional(known_until: dt.date, one: ClockExplanation, words: _Words) -> str:
    if known_until < one.anchor.astimezone(words.tz).date():
        return "Provisional: no holidays of these days are known; they may make it later."
    return f"Provisional: holidays are known until {words.day(known_until)}; more may make it later."


def _style(level: int) -> str:
    return "red" if level >= BREACHED else "yellow" if level >= WARNED else ""


def _counts_time(one: ClockExplanation) -> bool:
    return isinstance(parse_limit(one.limit), WorkingTime)


def _amount(one: ClockExplanation, amount: int) -> str:
    if _counts_time(one):
        return _length(dt.timedelta(microseconds=amount))
    return count(amount, "day")


def _length(length: dt.timedelta) -> str:
    """Return a length to the minute: ``3 d 4 h 30 min``."""
    minutes = round(length / dt.timedelta(minutes=1))
    parts = ((minutes // 1440, "d"), (minutes // 60 % 24, "h"), (minutes % 60, "min"))
    return " ".join(f"{number} {unit}" for number, unit in parts if number) or "0 min"


def _sign(what: str) -> str:
    return _SIGNS.get(what, _CLOSED)


class _Bar(NamedTuple):
    """A clock's time drawn as wide as there is room."""

    segments: tuple[ExplainedSegment, ...]

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        signs = _signs(self.segments, min(options.max_width, WIDTH) - 2)
        yield Text.assemble("|", *((sign, _STYLES[sign]) for sign in signs), "|")


def _signs(segments: tuple[ExplainedSegment, ...], width: int) -> str:
    """Return a sign for each of some equal slices of the time: that of what filled most of it."""
    start, end = segments[0].since, segments[-1].until
    slices = [start + (end - start) * place / width for place in range(width + 1)]
    return "".join(_sign(_most(segments, since, until)) for since, until in itertools.pairwise(slices))


def _most(segments: Iterable[ExplainedSegment], since: dt.datetime, until: dt.datetime) -> str:
    shares: dict[str, dt.timedelta] = {}
    for one in segments:
        shared = min(one.until, until) - max(one.since, since)
        if shared > dt.timedelta():
            shares[one.what] = shares.get(one.what, dt.timedelta()) + shared
    return max(shares, key=shares.__getitem__, default=COUNTED)


def _legend(segments: tuple[ExplainedSegment, ...]) -> Text:
    met = {_sign(one.what) for one in segments}
    names = {"#": COUNTED, "=": PAUSED, ".": _OUTSIDE, "x": "closed"}
    return Text("  ".join(f"{sign} {name}" for sign, name in names.items() if sign in met), style="dim")


class _Spell(NamedTuple):
    """Segments in one line: the hours of a stretch, and the nights between them."""

    since: dt.datetime
    until: dt.datetime
    what: str
    amount: int

    @property
    def length(self) -> dt.timedelta:
        return self.until - self.since


def _spells(segments: Iterable[ExplainedSegment], names: Names) -> list[_Spell]:
    spells: list[_Spell] = []
    for one in segments:
        what = COUNTED if one.what in (COUNTED, _OUTSIDE) else one.what
        waits = (f"waits for {party}" for party in one.parties)
        said = ", ".join((f"{what}: {names.stage(one.stage)}", *waits))
        last = spells[-1] if spells else None
        if last is not None and last.what == said:
            spells[-1] = last._replace(until=one.until, amount=last.amount + one.amount)
        else:
            spells.append(_Spell(one.since, one.until, said, one.amount))
    return spells


def _spells_table(one: ClockExplanation, words: _Words) -> Grid:
    made = Grid("From", "Until", "What", "Length", "Used", fold=("What",))
    spells = _spells(one.segments, words.names)
    for spell in spells:
        used = _amount(one, spell.amount) if spell.amount else ""
        made.row(words.when(spell.since), words.when(spell.until), spell.what, _length(spell.length), used)
    total = sum((spell.length for spell in spells), dt.timedelta())
    made.row("", "", "Sum", _length(total), _amount(one, sum(spell.amount for spell in spells)))
    return made


# Days


def _days(one: DateExplanation, words: _Words) -> Iterator[RenderableType]:
    for day in one.days:
        after = f" + {day.limit}" if day.limit else ""
        yield ""
        yield Text(clean(f"{_fact(day, words)}: {words.day(day.fact.day)}{after}, due {words.day(day.due_on)}."))
        yield Text(clean(_day_verdict(day, words)), style=_style(day.finding.level))
        if day.ahead:
            made = Grid("From", "Next, if nothing happens", "Tells", fold=("Next, if nothing happens",))
            for step in day.ahead:
                made.row("" if step.at is None else words.when(step.at), step.name, step.to)
            yield made


def _fact(day: ExplainedDay, words: _Words) -> str:
    """Return which day a rule looks at: a cycle by its title, another by its kind and key."""
    kind, key = day.fact.kind, day.fact.key
    return words.names.cycle(key) if kind == "cycle" else f"{kind.replace('-', ' ').capitalize()} {key}".strip()


def _day_verdict(day: ExplainedDay, words: _Words) -> str:
    if day.finding.level < BREACHED:
        return f"Stands at: {day.finding.rung}."
    return f"Late: {day.finding.rung}; was due {count((words.today - day.due_on).days, 'day')} ago."
