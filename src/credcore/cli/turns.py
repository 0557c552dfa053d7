"""Print whose turn it was over the life of a file, and what would be without a party's time."""

import datetime as dt
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, Final

from rich.console import RenderableType
from rich.text import Text

from credcore.adapters.board.wording import clean
from credcore.calendars import WorkCalendar
from credcore.cli.bar import Bar, Piece, Sign
from credcore.cli.layout import Grid, count
from credcore.cli.serial import to_json
from credcore.cli.words import Words, hours_text, length_text
from credcore.rules import Counterfactual, Turns, TurnSpan, needed_by_without_each
from credcore.rules.parties import CLOSED, TEAM

__all__ = ["turns_json", "turns_text", "without_text"]

_OTHERS: Final = Sign("o", "magenta", "others")
_SIGNS: Final[Mapping[str, Sign]] = {
    TEAM: Sign("T", "green", TEAM),
    "provider": Sign("P", "yellow", "provider"),
    "payer": Sign("$", "cyan", "payer"),
    "committee": Sign("C", "blue", "committee"),
    CLOSED: Sign("x", "dim", CLOSED),
}
_DAY: Final = dt.timedelta(days=1)


def turns_json(found: Turns, calendar: WorkCalendar) -> dict[str, Any]:
    """Return whose turn it was as JSON-ready data; lengths are in seconds."""
    spans = [{**to_json(span), "length": to_json(span.length)} for span in found.spans]
    return {
        "kind": "turns",
        **to_json(found),
        "spans": spans,
        "by_party": to_json(list(found.by_party)),
        "length": to_json(found.length),
        "days": sum(one.days for one in found.by_party),
        "working": sum(to_json(one.working) for one in found.by_party),
        "without": to_json(list(needed_by_without_each(found, calendar))),
    }


def turns_text(found: Turns, calendar: WorkCalendar, words: Words) -> Iterator[RenderableType]:
    """Yield how long it was whose turn: drawn, added up, and stretch by stretch."""
    end = f"closed {words.when(found.until)}" if found.is_closed else f"open until now, {words.when(found.until)}"
    yield Text(clean(f"Opened {words.when(found.opened_at)}, {end}."))
    yield from _needed_by(found, calendar, words)
    if not found.spans:
        return
    yield ""
    yield Bar((Piece(one.since, one.until, _sign(one.turn)) for one in found.spans), (*_SIGNS.values(), _OTHERS))
    yield ""
    yield _by_party(found)
    if any(len(set(one.parties)) > 1 for one in found.spans):
        order = ", ".join(found.order)
        yield Text(f"Where several are waited for it is the turn of the first of: {order}.", style="dim")
    yield ""
    yield _stretches(found.spans, words)


def _sign(turn: str) -> Sign:
    return _SIGNS.get(turn, _OTHERS)


def _needed_by(found: Turns, calendar: WorkCalendar, words: Words) -> Iterator[RenderableType]:
    if found.needed_by is None:
        return
    late = (found.until.astimezone(words.tz).date() - found.needed_by).days
    if late <= 0:
        yield Text(clean(f"Needed by {words.day(found.needed_by)}: {'met' if found.is_closed else 'on time'}."))
        return
    yield Text(clean(f"Needed by {words.day(found.needed_by)}: {count(late, 'day')} late."), style="red")
    yield from without_text(needed_by_without_each(found, calendar), words)


def _by_party(found: Turns) -> Grid:
    made = Grid("Turn", "Time", "Days", "Working time", fold=())
    for one in found.by_party:
        made.row(one.party, length_text(one.length), str(one.days), hours_text(one.working))
    working = sum((one.working for one in found.by_party), start=dt.timedelta())
    made.row("Sum", length_text(found.length), str(sum(one.days for one in found.by_party)), hours_text(working))
    return made


def _stretches(spans: Iterable[TurnSpan], words: Words) -> Grid:
    made = Grid("From", "Until", "Turn", "Stage, waits for", "Time", fold=("Stage, waits for",))
    for one in spans:
        waits = f": {', '.join(one.parties)}" if one.parties else ""
        where = words.names.stage(one.stage) + waits
        made.row(words.when(one.since), words.when(one.until), one.turn, where, length_text(one.length))
    return made


# What would be


def without_text(
    found: Iterable[Counterfactual], words: Words, amount: Callable[[int], str] | None = None
) -> Iterator[Text]:
    """Yield a sentence for each party outside, such as *Without the payer's 21 days: on time, due Fri 3 Apr 17:00*.

    Args:
        found: What would be.
        words: The desk's.
        amount: Says how much of the limit it was, where that is in other units than days.
    """
    for one in found:
        yield Text(clean(_without(one, words, amount)), style="green" if one.on_time else "")


def _without(one: Counterfactual, words: Words, amount: Callable[[int], str] | None) -> str:
    *others, last = (f"the {party}'s" for party in one.parties)
    theirs = f"{', '.join(others)} and {last}" if others else last
    if not one.length:
        shared = _days(one.shared)
        return f"Without {theirs} {shared} it would have waited all the same: others were waited for too."
    took = count(one.days, "day") if one.days else length_text(one.length)
    of = f" ({amount(one.amount)} of the limit)" if amount is not None else ""
    outcome = f"on time, due {words.due(one.due)}" if one.on_time else f"late all the same, since {words.due(one.due)}"
    rest = f" {_days(one.shared)} more, when others were waited for too, stay in." if one.shared else ""
    return f"Without {theirs} {took}{of}: {outcome}.{rest}"


def _days(length: dt.timedelta) -> str:
    return count(round(length / _DAY), "day") if length >= _DAY else length_text(length)
