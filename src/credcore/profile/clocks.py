"""The clocks that a profile names: ``sla``, ``turnaround``, ``notice``, ``stall`` and ``cadence``."""

import functools
from collections.abc import Collection, Iterator
from typing import Final, TypedDict

import attrs

from credcore.events import EVENT_TYPES, PARTIES
from credcore.limits import CalendarDays, Limit, Months, PausableLimit, parse_lead
from credcore.profile.registry import Names
from credcore.profile.tables import Table
from credcore.profile.words import OWNER, Common, any_of, common_of, either, files_where, files_while, made, word
from credcore.rules.clock import Anchor, ClockRule, Occasion, Step
from credcore.rules.conditions import Condition, Trigger, When
from credcore.rules.evaluation import Rule

__all__ = ["cadence", "clock", "ladder_of", "stall", "warnings_of"]

TEAM: Final = "team"
ANCHORS: Final[tuple[Anchor, ...]] = ("start", "opening", "stage", "assignment")
EPISODES: Final[tuple[Occasion, ...]] = ("start", "opening", "stage")
PROGRESS: Final = (
    "document-received",
    "verified",
    "contact-logged",
    "hold-released",
    "reviewed",
    "submitted-to-payer",
    "payer-answered",
    "placed-on-agenda",
    "approval-recorded",
    "decided",
)
"""What counts as progress unless a stall names its own; entering a stage always does."""
_FILE_EVENTS: Final = frozenset(
    ("contact-answered", *(name for name, event in EVENT_TYPES.items() if "file" in event.of))
)


def clock(table: Table, names: Names, *, family: str, anchor: Anchor) -> Iterator[Rule]:
    """Yield the clock of an ``sla``, ``turnaround`` or ``notice``."""
    common = common_of(table, names, family)
    on = files_while(table, names)
    pace = _pace(table, names)
    if "pause" in table and isinstance(pace["limit"], Months):
        table.fault("pause", f"{pace['limit']} cannot pause; give the limit in days, or leave out `pause`")
    paused = any_of(either(table, "pause", names))
    cancel = any_of(either(table, "cancel", names))
    counted_from = word(table, "anchor", ANCHORS, anchor)
    once_in: Occasion = "start" if counted_from == "assignment" else counted_from
    episode = word(table, "episode", EPISODES, once_in)
    yield from made(
        table,
        lambda: ClockRule(**common, **pace, on=on, paused=paused, cancel=cancel, anchor=counted_from, episode=episode),
    )


def stall(table: Table, names: Names) -> Iterator[Rule]:
    """Yield the clock that runs while the next move is one of some parties', and begins again with every progress."""
    common = common_of(table, names, "stall")
    parties = table.names("turn", PARTIES, "party", (TEAM,))
    on = _turn_of(parties, files_where(table, names), names)
    pace = _pace(table, names)
    pauses = either(table, "pause", names)
    progress = table.names("progress", _FILE_EVENTS, "event type", PROGRESS)
    if TEAM in parties:
        pauses = (When(waiting_on=[other for other in PARTIES if other not in parties]), *pauses)
    if pauses and isinstance(pace["limit"], Months):
        table.fault("limit", f"{pace['limit']} cannot pause, as a stall does; give the limit in days")
    yield from made(
        table,
        lambda: ClockRule(
            **common, **pace, on=on, paused=any_of(pauses), restart=Trigger(("stage-changed", *progress))
        ),
    )


def cadence(table: Table, names: Names) -> Iterator[Rule]:
    """Yield the clock that asks a party again and again, and the one that gives up."""
    common = common_of(table, names, "cadence")
    party = table.name("waiting-on", PARTIES, "party")
    applies = files_where(table, names)
    pace = _pace(table, names, "every")
    restart = Trigger(("contact-logged", "contact-answered"), party=party)
    if "attempts" not in table and "then" not in table:
        yield from made(
            table, lambda: ClockRule(**common, **pace, on=_turn_of((party,), applies, names), restart=restart)
        )
        return
    cap = table.whole("attempts", least=1)
    then = table.table("then")
    after = _counted(then, names, "after")
    to = then.name("to", names.roles, "role", "coordinator")
    title = then.text("title", f"{common['title']}: no answer after {cap} attempts")
    then.close()
    closure: Common = {**common, "id": f"{common['id']}-closure", "title": title, "to": to, "family": "closure"}
    asking = _turn_of((party,), attrs.evolve(applies, attempts_below=cap, attempts_with=party), names)
    given_up = _turn_of((party,), attrs.evolve(applies, attempts_from=cap, attempts_with=party), names)
    yield from made(table, lambda: ClockRule(**common, **pace, on=asking, restart=restart))
    yield from made(table, lambda: ClockRule(**closure, on=given_up, limit=after))


def _turn_of(parties: Collection[str], applies: When, names: Names) -> Condition:
    """Return when the next move is one of the parties': a hold waits for it, or none is open in a stage of its own.

    Our own turn goes on under a hold for others; there it is paused, so that what was used of it counts afterwards.
    """
    stages = [
        stage.code for stage in names.stages.values() if stage.turn in parties and stage.code in (applies.stage or ())
    ]
    held = None if TEAM in parties else False
    own = [attrs.evolve(applies, stage=stages, held=held)] if stages else []
    return any_of((*own, attrs.evolve(applies, waiting_on=parties)))


# Pace


class _Pace(TypedDict):
    limit: Limit
    warn: tuple[float, ...]
    warn_before: tuple[int, ...]
    ladder: tuple[Step, ...]


def _pace(table: Table, names: Names, key: str = "limit") -> _Pace:
    """Read how long something may take, when to warn before, and whom to tell after."""
    limit = _counted(table, names, key)
    warn, warn_before = warnings_of(table, limit)
    return _Pace(limit=limit, warn=warn, warn_before=warn_before, ladder=ladder_of(table, names))


def _counted(table: Table, names: Names, key: str) -> Limit:
    limit = table.limit(key)
    if limit is None:
        return CalendarDays(1)
    if not names.calendars and not isinstance(limit, CalendarDays | Months):
        table.fault(key, f"{limit} need a calendar; add one, such as [calendars.office]")
    if not isinstance(limit, Months) and not limit.size:
        table.fault(key, f"{limit} would be over as they begin")
    return limit


def warnings_of(table: Table, limit: Limit) -> tuple[tuple[float, ...], tuple[int, ...]]:
    """Read when to warn: at which parts of a limit, or, of one in months, how many days before its end."""
    fractions: list[float] = []
    days: list[int] = []
    for place, value in table.items("warn"):
        if isinstance(limit, Months):
            lead = table.reading.attempt(place, functools.partial(parse_lead, str(value), ""))
            days += [] if lead is None else [lead.n]
        elif isinstance(value, bool) or not isinstance(value, int | float):
            table.reading.fault(place, "give the part of the limit that is used by then, such as 0.75")
        elif not 0 < value < 1:
            table.reading.fault(place, f"{value} of the limit is no warning ahead; give a part below 1, such as 0.75")
        else:
            fractions.append(float(value))
    return tuple(fractions), tuple(days)


def ladder_of(table: Table, names: Names) -> tuple[Step, ...]:
    """Read whom to tell after the breach, and when."""
    steps: list[Step] = []
    for entry in table.tables("escalate"):
        after = entry.limit("after")
        to = entry.name("to", names.roles, "role", OWNER)
        entry.close()
        if isinstance(after, Months):
            entry.fault("after", "months do not fit a ladder; give working time, working days or days")
        elif after is not None:
            if steps and not _rises(steps[-1].after, after):
                entry.fault("after", f"does not rise: {after} do not come later than {steps[-1].after}")
            steps.append(Step(after, to))
    return tuple(steps)


def _rises(one: PausableLimit, other: PausableLimit) -> bool:
    """Return whether a step comes after another; of different units only nothing at all can be compared."""
    return other.size > one.size if type(one) is type(other) else other.size > 0
