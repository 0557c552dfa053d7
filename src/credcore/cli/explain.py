"""Explain a record's clocks and days, and whose turn it was."""

import datetime as dt
import itertools
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any, Final, NamedTuple

import click
from rich.console import RenderableType
from rich.text import Text

from credcore.adapters.board.wording import clean
from credcore.cli.bar import Bar, Piece, Sign
from credcore.cli.command import as_json_option, desk_option, instant, moments_options, print_json
from credcore.cli.command import command as _command
from credcore.cli.layout import Grid, count, say, show
from credcore.cli.morning import Names
from credcore.cli.opening import opened
from credcore.cli.records import history_of, ref_of
from credcore.cli.serial import to_json
from credcore.cli.turns import turns_json, turns_text, without_text
from credcore.cli.words import Words, hours_text, length_text
from credcore.instants import day_start_us, from_us
from credcore.limits import WorkingDays, WorkingTime, parse_limit
from credcore.rules import (
    BREACHED,
    WARNED,
    ClockExplanation,
    DateExplanation,
    ExplainedDay,
    ExplainedSegment,
    Explanation,
    Finding,
    FindingsExplanation,
    Unexplained,
)
from credcore.rules.explanation import COUNTED, PAUSED
from credcore.rules.parties import TEAM

__all__ = ["command"]

_OUTSIDE: Final = "outside hours"
_SIGNS: Final = {
    COUNTED: Sign("#", "green", COUNTED),
    PAUSED: Sign("=", "yellow", PAUSED),
    _OUTSIDE: Sign(".", "dim", _OUTSIDE),
}
_CLOSED: Final = Sign("x", "cyan", "closed")
_LEAST: Final = dt.timedelta(microseconds=1)
_FEW: Final = 6
"""So many days without hours are told one by one; of more it is told how many of which weekday."""


@_command()
@click.argument("record")
@click.option("--rule", metavar="RULE", default="", help="Only this rule, also one that is off: it says why.")
@click.option(
    "--days", is_flag=True, help="Of a file: how long it was the provider's turn, a payer's, ours, each other party's."
)
@moments_options
@as_json_option
@desk_option
def command(
    record: str,
    rule: str,
    days: bool,  # noqa: FBT001 - click gives flags by name
    as_of: dt.datetime | dt.date | None,
    known_at: dt.datetime | dt.date | None,
    as_json: bool,  # noqa: FBT001 - likewise
    place: str,
) -> None:
    """Explain each clock of RECORD: where the time went, and when it is due.

    RECORD is a file's id, or provider/ID or meeting/ID. A clock is drawn from where it counts to now, then told
    stretch by stretch: how long each was, and how much of the limit it used. Both add up. What is late says how it
    would stand without the time of each party outside.
    """
    if days and rule:
        raise click.UsageError("--days is about the whole file; leave out --rule")
    with opened(place) as desk:
        ref, tz = ref_of(record), desk.profile.tz
        at, known = instant(as_of, tz), instant(known_at, tz)
        history_of(desk, ref)
        names = Names(desk)
        words = Words(tz, (desk.now if at is None else at).astimezone(tz).date(), names)
        title = f"{ref}  {names.about(ref)}"
        if days:
            turns, calendar = desk.turns(ref, as_of=at, known_at=known), desk.profile.calendar
            if as_json:
                print_json([turns_json(turns, calendar)])
                return
            say(title)
            show("", *turns_text(turns, calendar, words))
            return
        explained = desk.explain(ref, rule, as_of=at, known_at=known)
        if as_json:
            print_json([explanation_json(one) for one in explained])
            return
        say(title if explained else f"{title}: no clock is on.")
        for one in explained:
            show("", *_explained(one, words))


def explanation_json(explanation: Explanation) -> dict[str, Any]:
    """Return an explanation as JSON-ready data; ``kind`` says which of the four it is."""
    data: dict[str, Any] = {"kind": _KINDS[type(explanation)], **to_json(explanation)}
    if isinstance(explanation, ClockExplanation):
        data["unit"] = "microseconds of working time" if _counts_time(explanation) else "days"
        data["deadline"] = to_json(explanation.deadline)
    return data


_KINDS: dict[type, str] = {
    ClockExplanation: "clock",
    DateExplanation: "days",
    FindingsExplanation: "findings",
    Unexplained: "off",
}


def _explained(one: Explanation, words: Words) -> Iterator[RenderableType]:
    yield Text.assemble((clean(one.title or one.rule), "bold"), f"  {one.rule}")
    edition = f"edition {one.edition} of the profile" if one.edition is not None and one.edition > 1 else ""
    if one.source or edition:
        yield Text(clean("; ".join(filter(None, (one.source and f"Source: {one.source}", edition)))), style="dim")
    if isinstance(one, ClockExplanation):
        yield from _clock(one, words)
    elif isinstance(one, DateExplanation):
        yield from _days(one, words)
    elif isinstance(one, FindingsExplanation):
        yield from _findings(one, words)
    else:
        since = "" if one.since is None else f", since {words.when(one.since)}"
        yield Text(clean(f"Off: {one.reason}{since}."))


# Clocks


def _clock(one: ClockExplanation, words: Words) -> Iterator[RenderableType]:
    of = "" if one.size is None else f" of {_amount(one, one.size)}"
    yield Text(f"{clean(one.limit)} from {words.when(one.anchor)}: used {_amount(one, one.used)}{of}.")
    yield Text(clean(_verdict(one, words)), style=_style(one.finding.level))
    if one.provisional_after is not None:
        yield Text(_provisional(one.provisional_after, one, words), style="yellow")
    yield from without_text(one.without, words, _in_its_unit(one))
    if not one.segments:
        return
    yield ""
    yield Bar((Piece(each.since, each.until, _sign(each.what)) for each in one.segments), (*_SIGNS.values(), _CLOSED))
    if skipped := _skipped(one.segments, words):
        yield Text(clean(f"Skipped: {skipped}."), style="dim")
    yield ""
    yield _spells_table(one, words)


def _verdict(one: ClockExplanation, words: Words) -> str:
    if one.deadline is None:
        due = "" if one.resumed_due is None else f" Resumed now, due {words.due(one.resumed_due)}."
        rung = f", {one.finding.rung}" if one.finding.passed else ""
        return f"Paused{rung}.{due}"
    if one.finding.level >= BREACHED:
        return f"Late: {one.finding.rung}; was due {words.due(one.deadline)}."
    return f"Due {words.due(one.deadline)}; {one.finding.rung}."


def _provisional(known_until: dt.date, one: ClockExplanation, words: Words) -> str:
    if known_until < one.anchor.astimezone(words.tz).date():
        return "Provisional: no holidays of these days are known; they may make it later."
    return f"Provisional: holidays are known until {words.day(known_until)}; more may make it later."


def _style(level: int) -> str:
    return "red" if level >= BREACHED else "yellow" if level >= WARNED else ""


def _counts_time(one: ClockExplanation) -> bool:
    return isinstance(parse_limit(one.limit), WorkingTime)


def _amount(one: ClockExplanation, amount: int) -> str:
    if _counts_time(one):
        return hours_text(dt.timedelta(microseconds=amount))
    return count(amount, "day")


def _in_its_unit(one: ClockExplanation) -> Callable[[int], str] | None:
    """Return how to say an amount of a limit that does not count days of the calendar."""
    limit = parse_limit(one.limit)
    if isinstance(limit, WorkingTime):
        return lambda amount: hours_text(dt.timedelta(microseconds=amount))
    return (lambda amount: count(amount, "working day")) if isinstance(limit, WorkingDays) else None


def _sign(what: str) -> Sign:
    return _SIGNS.get(what, _CLOSED)


def _skipped(segments: Sequence[ExplainedSegment], words: Words) -> str:
    """Return the days on which the clock was on and had no hours: each closure by name, many weekends in numbers."""
    said: dict[dt.date, set[str]] = {}
    for one in segments:
        first, last = (at.astimezone(words.tz).date() for at in (one.since, one.until - _LEAST))
        for number in range(first.toordinal(), last.toordinal() + 1):
            said.setdefault(dt.date.fromordinal(number), set()).add(one.what)
    plain: list[dt.date] = []
    named: list[str] = []
    for day, whats in said.items():
        begins, ends = (from_us(day_start_us(day + dt.timedelta(days=n), words.tz)) for n in (0, 1))
        is_whole = segments[0].since <= begins and ends <= segments[-1].until
        if not is_whole or not whats.isdisjoint((COUNTED, PAUSED)):
            continue
        if whats == {_OUTSIDE}:
            plain.append(day)
        else:
            named.append(f"{words.day(day)} {' '.join(sorted(whats - {_OUTSIDE}))}")
    if len(plain) <= _FEW:
        return ", ".join(itertools.chain(map(words.day, plain), named))
    numbers = Counter(f"{day:%A}" for day in plain)
    return ", ".join(itertools.chain((count(number, name) for name, number in numbers.items()), named))


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
        said = ", ".join((f"{what}: {names.stage(one.stage)}", *_whose(one)))
        last = spells[-1] if spells else None
        if last is not None and last.what == said:
            spells[-1] = last._replace(until=one.until, amount=last.amount + one.amount)
        else:
            spells.append(_Spell(one.since, one.until, said, one.amount))
    return spells


def _whose(one: ExplainedSegment) -> Iterator[str]:
    """Yield for whom it waited, and whose turn it was where that does not say it."""
    yield from (f"waits for {party}" for party in one.parties)
    if one.turn and one.parties != (one.turn,) and (one.parties or one.turn != TEAM):
        yield f"{one.turn}'s turn"


def _spells_table(one: ClockExplanation, words: Words) -> Grid:
    made = Grid("From", "Until", "What", "Length", "Used", fold=("What",))
    spells = _spells(one.segments, words.names)
    for spell in spells:
        used = _amount(one, spell.amount) if spell.amount else ""
        made.row(words.when(spell.since), words.when(spell.until), spell.what, length_text(spell.length), used)
    total = sum((spell.length for spell in spells), dt.timedelta())
    made.row("", "", "Sum", length_text(total), _amount(one, sum(spell.amount for spell in spells)))
    return made


# Days


def _days(one: DateExplanation, words: Words) -> Iterator[RenderableType]:
    for day in one.days:
        after = f" + {day.limit}" if day.limit else ""
        yield ""
        yield Text(clean(f"{_fact(day, words)}: {words.day(day.fact.day)}{after}, due {words.day(day.due_on)}."))
        yield Text(clean(_day_verdict(day, words)), style=_style(day.finding.level))
        yield from (Text(clean(line), style="dim") for line in _counted(day, words))
        yield from without_text(day.without, words)
        if day.passed or day.ahead:
            made = Grid("Day", "Step", "Tells", "", fold=("Step",))
            for step in (*day.passed, *day.ahead):
                made.row("" if step.on is None else words.day(step.on), step.name, step.to, _REACHED[step.reached])
            yield made


_REACHED: Final = {True: "reached", False: "to come"}


def _counted(day: ExplainedDay, words: Words) -> Iterator[str]:
    """Yield how a due day was counted: which event told the day, which limit applies since when, where, and whose."""
    if day.told_at is not None:
        yield f"Known from {words.when(day.told_at)} ({day.told})."
    since = "" if day.limit_since is None else f" since {words.day(day.limit_since)}"
    where = f" in {', '.join(day.states)}" if day.states else ""
    if since or where:
        yield f"The limit applies{since}{where}."
    if day.source:
        yield f"Whose limit it is: {day.source}."


def _fact(day: ExplainedDay, words: Words) -> str:
    """Return which day a rule looks at: a cycle by its title, another by its kind and key."""
    kind, key = day.fact.kind, day.fact.key
    return words.names.cycle(key) if kind == "cycle" else f"{kind.replace('-', ' ').capitalize()} {key}".strip()


def _day_verdict(day: ExplainedDay, words: Words) -> str:
    stands, is_late = day.finding.rung, day.finding.level >= BREACHED
    if day.seen_on is not None:
        too_old = f"Too old by then: {stands}, by {count((day.seen_on - day.due_on).days, 'day')}."
        return f"Decision seen on {words.day(day.seen_on)}. {too_old if is_late else f'Stands at: {stands}.'}"
    if not is_late:
        return f"Stands at: {stands}."
    return f"Late: {stands}; was due {count((words.today - day.due_on).days, 'day')} ago."


# What is known of any rule


def _findings(one: FindingsExplanation, words: Words) -> Iterator[RenderableType]:
    if one.undetermined:
        yield Text(clean(f"Undetermined ({one.undetermined}): nobody knows what it would say."), style="red")
        return
    yield Text(clean(f"{one.reason[:1].upper()}{one.reason[1:]}."), style="dim")
    if not one.findings:
        yield Text("Nothing stands by it.")
    for finding in one.findings:
        yield Text(clean(_stands(finding, words)), style=_style(finding.level))
    if one.next_change is not None:
        yield Text(f"If nothing happens, it next changes {words.when(one.next_change)}.")


def _stands(finding: Finding, words: Words) -> str:
    about = f"{finding.about}: " if finding.about else ""
    since = f" since {words.when(finding.since)}"
    if finding.deadline is None:
        return f"{about}Stands at: {finding.rung}, level {finding.level},{since}; no deadline."
    was = "was due" if finding.level >= BREACHED else "due"
    return f"{about}Stands at: {finding.rung}, level {finding.level},{since}; {was} {words.due(finding.deadline)}."
