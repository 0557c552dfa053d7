"""The clocks of a ``turnaround``: a limit of one's own, or what the laws of the states named say.

A law's clocks are off until a profile names its state. For each law there is one clock until the decision, and one
each until the applicant is told that the application came in, and whether it is complete. An organisation may set a
figure of its own in place of the law's; the rule's source says whose figure it is.
"""

from collections.abc import Collection, Iterator, Mapping
from typing import Any, Final

import attrs

from credcore.calendars import WorkCalendar
from credcore.errors import nearest
from credcore.identifiers import STATES
from credcore.limits import CalendarDays, WorkingDays
from credcore.profile.clocks import clock, ladder_of, warnings_of
from credcore.profile.registry import Names
from credcore.profile.statutes import STARTS, Statute, statutes
from credcore.profile.tables import Table
from credcore.profile.words import OWNER, any_of, either, files_where, made, word
from credcore.profiles import releases
from credcore.rules.clock import Anchor, ClockRule, Step
from credcore.rules.conditions import Condition, When
from credcore.rules.evaluation import Rule

__all__ = ["turnaround"]

_FIGURES: Final = ("limit", "completeness", "receipt")
"""The figures of a law; an organisation may set its own in place of each."""


def turnaround(table: Table, names: Names) -> Iterator[Rule]:
    """Yield the clock of a limit of one's own; where states are named, those of their laws."""
    if "states" in table:
        return _by_law(table, names)
    return clock(table, names, family="turnaround", anchor="opening")


@attrs.frozen(kw_only=True)
class _Said:
    """What the table says of all its clocks.

    Attributes:
        rule_id: With which the ids of its clocks begin.
        title: In words; empty where each law has its own.
        source: Whose the figures are that are not the laws' own; empty if there are none.
        calendar: Whose working days count.
        to: Whom warnings and the breach are told.
        applies: The files, in all of their stages from receipt to decision.
        received: The stages in which nobody has said yet whether the application is complete.
        complete: Those in which it is.
        paused: While this holds, nothing of the time until the decision is used.
        ladder: Whom to tell after the breach, and when.
    """

    rule_id: str
    title: str
    source: str
    calendar: WorkCalendar
    to: str
    applies: When
    received: tuple[str, ...]
    complete: tuple[str, ...]
    paused: Condition
    ladder: tuple[Step, ...]

    @property
    def before(self) -> frozenset[str]:
        """The stages in which the application is not complete."""
        return (self.applies.stage or frozenset()) - frozenset(self.complete)


def _by_law(table: Table, names: Names) -> Iterator[Rule]:
    own = _own_figures(table)
    said = _said(table, names, has_own=any(key in table for key in (*_FIGURES, "start")))
    table.items("warn")  # is a key even where no law can be read
    for law in _laws(table, own):
        judged = attrs.evolve(law, **own)
        if judged.limit is not None:
            ours = "limit" in own or "start" in own
            anchor: Anchor = "start" if judged.start == "complete" else "opening"
            yield from _clock(table, names, said, judged, "", "decision", ours=ours, anchor=anchor)
        if judged.receipt is not None:
            yield from _clock(table, names, said, judged, "receipt", "receipt acknowledged", ours="receipt" in own)
        if judged.completeness is not None:
            told = "told whether it is complete"
            yield from _clock(table, names, said, judged, "completeness", told, ours="completeness" in own)


def _own_figures(table: Table) -> Mapping[str, Any]:
    """Return by field what the organisation sets in place of a law's figures."""
    own: dict[str, Any] = {}
    for key in _FIGURES:
        limit = table.limit(key) if key in table else None
        if isinstance(limit, CalendarDays | WorkingDays):
            own[key] = limit
            if not limit.size:
                table.fault(key, f"{limit} would be over as they begin")
        elif limit is not None:
            table.fault(key, f"{limit} are no days; give days or working days")
    if "start" in table:
        own["start"] = word(table, "start", STARTS, STARTS[0])
    return own


def _said(table: Table, names: Names, *, has_own: bool) -> _Said:
    """Read what is said of all the clocks of a table."""
    rule_id, title = table.new_code("id"), table.text("title", "")
    calendar = table.name("calendar", names.calendars, "calendar", names.calendar)
    source = table.text("source", "")
    if has_own and not source.strip():
        table.fault("", "'source' is missing: a figure of your own needs one; say whose requirement it is")
    elif source and not has_own:
        table.fault("source", "the laws' figures bring their own; leave it out, or give a figure of your own with it")
    applies = files_where(table, names)
    stages = sorted(applies.stage or ())
    said = _Said(
        rule_id=rule_id,
        title=title,
        source=source,
        calendar=names.calendars.get(calendar, names.always),
        to=table.name("to", names.roles, "role", OWNER),
        applies=applies,
        received=table.names("received", stages, "stage of these files"),
        complete=table.names("complete", stages, "stage of these files"),
        paused=any_of(either(table, "pause", names)),
        ladder=ladder_of(table, names),
    )
    for key in ("received", "complete"):
        if key not in table:
            table.fault("", f"{key!r} is missing; name the stages in which an application is {key}")
    return said


def _laws(table: Table, own: Mapping[str, Any]) -> Iterator[Statute]:
    """Yield the laws of the states named; of a state that has none, one without figures where it needs none."""
    release = table.name("figures", releases("turnaround"), "release of figures")
    known = statutes(release) if release in releases("turnaround") else {}
    for place, value in table.items("states"):
        law = known.get(str(value))
        if law is None and value in STATES and "limit" in own:
            law = Statute(code=str(value), law="", confirmed=False, release=release)
        if law is None and known:
            table.reading.fault(place, _unknown(value, known))
        elif law is not None and law.is_silent and "limit" not in own:
            table.reading.fault(place, f"{law.note or 'no rule is known'}; give a limit and source of your own")
        elif law is not None:
            yield law


def _unknown(value: object, known: Collection[str]) -> str:
    """Return what is wrong with a state of which no law is known, and what would be right."""
    if value in STATES:
        return f"no law ships for {value!r}; give a limit and source of your own"
    codes = {name.casefold(): code for code, name in STATES.items()}
    code = codes.get(str(value).casefold())
    return f"unknown state {value!r}; " + (f"write {code!r}" if code else nearest(str(value), known))


def _clock(
    table: Table,
    names: Names,
    said: _Said,
    law: Statute,
    what: str,
    title: str,
    *,
    ours: bool,
    anchor: Anchor = "opening",
) -> Iterator[Rule]:
    """Yield one clock of a law: until the decision, or, named for what is told, until the applicant is told it.

    From the complete application it counts from when the file came to be complete, once within its opening; a file
    that goes back turns out not to have been complete, so that the clock is cancelled, and counts anew when it is.
    """
    limit = getattr(law, what or "limit")
    if isinstance(limit, WorkingDays) and not names.calendars:
        table.fault("states", f"{limit} of {law.code} need a calendar; add one, such as [calendars.office]")
    counts_from_complete = not what and law.start == "complete"
    stages = said.received if what else said.complete if counts_from_complete else said.applies.stage
    where = STATES[law.state] + (f" ({law.code.partition('-')[2]})" if "-" in law.code else "")
    warn, _ = warnings_of(table, limit)
    own_source = f"{said.source} (in place of {law.law})" if law.law else said.source
    yield from made(
        table,
        lambda: ClockRule(
            id="-".join(part for part in (said.rule_id, law.code.lower(), what) if part),
            title=f"{f'{said.title}, ' if said.title else ''}{where}: {title}",
            source=own_source if ours else law.source,
            family="turnaround",
            on=attrs.evolve(said.applies, stage=stages, state=law.state),
            paused=said.paused if not what else any_of(()),
            cancel=any_of([When(stage=said.before)] if counts_from_complete and said.before else []),
            limit=limit,
            calendar=said.calendar,
            anchor=anchor,
            episode="opening",
            warn=warn,
            ladder=said.ladder,
            to=said.to,
        ),
    )
