"""Explain a record's clocks."""

import datetime as dt
import itertools
from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple

import click
from rich.console import RenderableType
from rich.table import Table
from rich.text import Text

from credcore.adapters.board.wording import clean, day_text, due_text, when_text
from credcore.cli import rendering
from credcore.cli.command import as_json_option, desk_option, instant, moments_options, print_json
from credcore.cli.command import command as _command
from credcore.cli.opening import opened
from credcore.cli.records import history_of, ref_of
from credcore.cli.serial import to_json
from credcore.limits import WorkingTime, parse_limit
from credcore.rules import (
    BREACHED,
    WARNED,
    ClockExplanation,
    DateExplanation,
    ExplainedSegment,
    Explanation,
    Unexplained,
)
from credcore.rules.explanation import COUNTED, PAUSED

__all__ = ["command"]

_OUTSIDE = "outside hours"
_BAR = rendering.WIDTH - 2
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
        explained = desk.explain(ref, rule, at=at, known_at=known)
        if as_json:
            print_json([explanation_json(one) for one in explained])
            return
        times = _Times(tz, (desk.now if at is None else at).astimezone(tz).date())
        if not explained:
            rendering.say(f"{ref}: no clock is on.")
        for number, one in enumerate(explained):
            rendering.show(*([""] if number else []), *_explained(one, times))


def explanation_json(explanation: Explanation) -> dict[str, Any]:
    """Return an explanation as JSON-ready data; ``kind`` says which of the three it is."""
    data: dict[str, Any] = {"kind": _KINDS[type(explanation)], **to_json(explanation)}
    if isinstance(explanation, ClockExplanation):
        data["unit"] = "microseconds of working time" if _counts_time(explanation) else "days"
        data["deadline"] = to_json(explanation.deadline)
    return data


_KINDS: dict[type, str] = {ClockExplanation: "clock", DateExplanation: "days", Unexplained: "off"}


class _Times(NamedTuple):
    """Writes times in a desk's zone."""

    tz: dt.tzinfo
    today: dt.date

    def when(self, at: dt.datetime) -> str:
        return when_text(at, self.tz, self.today)

    def due(self, at: dt.datetime) -> str:
        return due_text(at, self.tz, self.today)

    def day(self, on: dt.date) -> str:
        return day_text(on, self.today)


def _explained(one: Explanation, times: _Times) -> Iterator[RenderableType]:
    yield Text.assemble((clean(one.title or one.rule), "bold"), f"  {one.rule}")
    if one.source:
        yield Text(clean(f"Source: {one.source}"), style="dim")
    if isinstance(one, ClockExplanation):
        yield from _clock(one, times)
    elif isinstance(one, DateExplanation):
        yield from _days(one, times)
    else:
        since = "" if one.since is None else f", since {times.when(one.since)}"
        yield Text(clean(f"Off: {one.reason}{since}."))


# Clocks


def _clock(one: ClockExplanation, times: _Times) -> Iterator[RenderableType]:
    of = "" if one.size is None else f" of {_amount(one, one.size)}"
    yield Text(f"{clean(one.limit)} from {times.when(one.anchor)}: used {_amount(one, one.used)}{of}.")
    yield Text(clean(_verdict(one, times)), style=_style(one.finding.level))
    if not one.segments:
        return
    yield ""
    signs = _bar(one.segments)
    yield Text.assemble("|", *((sign, _STYLES[sign]) for sign in signs), "|")
    yield _legend(one.segments)
    yield ""
    yield _spells_table(one, times)


def _verdict(one: ClockExplanation, times: _Times) -> str:
    if one.deadline is None:
        due = "" if one.resumed_due is None else f" Resumed now, due {times.due(one.resumed_due)}."
        return f"Paused, {one.finding.rung}.{due}"
    if one.finding.level >= BREACHED:
        return f"Late: {one.finding.rung}; was due {times.due(one.deadline)}."
    return f"Due {times.due(one.deadline)}; {one.finding.rung}."


def _style(level: int) -> str:
    return "red" if level >= BREACHED else "yellow" if level >= WARNED else ""


def _counts_time(one: ClockExplanation) -> bool:
    return isinstance(parse_limit(one.limit), WorkingTime)


def _amount(one: ClockExplanation, amount: int) -> str:
    if _counts_time(one):
        return _length(dt.timedelta(microseconds=amount))
    return f"{amount} day" if amount == 1 else f"{amount} days"


def _length(length: dt.timedelta) -> str:
    """Return a length to the minute: ``3 d 4 h 30 min``."""
    minutes = round(length / dt.timedelta(minutes=1))
    parts = ((minutes // 1440, "d"), (minutes // 60 % 24, "h"), (minutes % 60, "min"))
    return " ".join(f"{count} {unit}" for count, unit in parts if count) or "0 min"


def _sign(what: str) -> str:
    return _SIGNS.get(what, _CLOSED)


def _bar(segments: tuple[ExplainedSegment, ...]) -> str:
    """Return a sign for each of some equal slices of the time: that of what filled most of it."""
    start, end = segments[0].since, segments[-1].until
    slices = [start + (end - start) * place / _BAR for place in range(_BAR + 1)]
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


def _spells(segments: Iterable[ExplainedSegment]) -> list[_Spell]:
    spells: list[_Spell] = []
    for one in segments:
        what = COUNTED if one.what in (COUNTED, _OUTSIDE) else one.what
        words = ", ".join((what, one.stage, *(f"waits for {party}" for party in one.parties)))
        last = spells[-1] if spells else None
        if last is not None and last.what == words:
            spells[-1] = last._replace(until=one.until, amount=last.amount + one.amount)
        else:
            spells.append(_Spell(one.since, one.until, words, one.amount))
    return spells


def _spells_table(one: ClockExplanation, times: _Times) -> Table:
    made = rendering.table("From", "Until", "What", "Length", "Used", ratio=(0, 0, 1), fixed=("From", "Until"))
    spells = _spells(one.segments)
    for spell in spells:
        made.add_row(
            times.when(spell.since),
            times.when(spell.until),
            clean(spell.what),
            _length(spell.length),
            _amount(one, spell.amount) if spell.amount else "",
        )
    made.add_section()
    total = sum((spell.length for spell in spells), dt.timedelta())
    made.add_row("", "", "Sum", _length(total), _amount(one, sum(spell.amount for spell in spells)))
    return made


# Days


def _days(one: DateExplanation, times: _Times) -> Iterator[RenderableType]:
    for day in one.days:
        fact = f"{day.fact.kind} {day.fact.key}".strip()
        after = f" + {day.limit}" if day.limit else ""
        yield ""
        yield Text(clean(f"{fact}: {times.day(day.fact.day)}{after}, due {times.day(day.due_on)}."))
        yield Text(clean(f"Stands at: {day.finding.rung}."), style=_style(day.finding.level))
        if day.ahead:
            made = rendering.table("From", "Next, if nothing happens", "Tells", ratio=(0, 1))
            for step in day.ahead:
                made.add_row("" if step.at is None else times.when(step.at), clean(step.name), clean(step.to))
            yield made
