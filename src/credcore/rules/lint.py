"""Find what in rules cannot be meant: conditions that nothing meets, warnings that come too late, rules said twice.

A rule with such a fault is well-formed, and a desk works by it; but it never says what whoever wrote it expects. What
a file can look like is enumerated as in the proof: every kind, in the stages that it reaches, whomever it waits for,
whatever flags stand.
"""

import datetime as dt
import itertools
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from typing import Any, Final, Literal, NamedTuple, TypeAlias

import attrs

from credcore.calendars import WorkCalendar
from credcore.events import PARTIES
from credcore.instants import DAY_US, from_us, to_us
from credcore.limits import CalendarDays, Lead, Limit, Months, PausableLimit
from credcore.rules._facets import FacetSpace
from credcore.rules.clock import ClockRule, Step
from credcore.rules.conditions import NEVER, AnyOf, Condition, Named, When
from credcore.rules.dates import DateRule
from credcore.rules.evaluation import Rule
from credcore.rules.findings import Rung
from credcore.rules.proof import is_known, reached_by
from credcore.stages import Pipeline

__all__ = ["ERROR", "WARNING", "Lint", "Severity", "lint_rules"]

Severity: TypeAlias = Literal["error", "warning"]
ERROR: Final = "error"
"""The rule cannot do what it says."""
WARNING: Final = "warning"
"""A part of it does nothing, or does it at another time than one would expect."""

_STATUSES: Final = {"provider": ("active", "on-leave", "terminated"), "meeting": ("scheduled", "held", "cancelled")}
_YEARS: Final = 2
"""A limit in working time or working days that takes so many years is hardly meant."""
_YEAR_DAYS: Final = 366
SIGHT_YEARS: Final = 12
SIGHT_US: Final = SIGHT_YEARS * _YEAR_DAYS * DAY_US
"""How far a calendar is looked at: one that stays shut so long never opens for anybody who waits."""


@attrs.frozen(kw_only=True)
class Lint:
    """Something in a rule that cannot be meant.

    Attributes:
        code: Its kind, in kebab-case.
        severity: ``error`` or ``warning``.
        rule: The rule's id; empty for a matter of the whole profile.
        key: The part of the rule, in the profile's words; in a profile the whole key, such as ``rules.sla[0].pause``.
        message: What is wrong.
        right: What would be right.
        line: Its line in the profile's text, counted from 1; None for a rule that was made in Python.
        source: The text's name.
    """

    code: str
    severity: Severity
    rule: str
    key: str
    message: str
    right: str
    line: int | None = None
    source: str = ""

    def __str__(self) -> str:
        """Return ``source:line: key: severity: message; what would be right``, leaving out what is unknown."""
        place = ":".join(part for part in (self.source, "" if self.line is None else str(self.line)) if part)
        return ": ".join(part for part in (place, self.key, self.severity, f"{self.message}; {self.right}") if part)


def lint_rules(
    rules: Iterable[Rule],
    pipeline: Pipeline,
    *,
    at: dt.datetime,
    flags: Collection[str] | None = None,
    roles: Collection[str] | None = None,
    committees: Collection[str] = (),
) -> tuple[Lint, ...]:
    """Return what cannot be meant in rules, in their order; rules of other makers are passed over.

    Args:
        rules: Those of one edition.
        pipeline: The stages and the moves between them.
        at: From when calendars are asked how long something takes.
        flags: The flags that can stand on a file; None for any.
        roles: The roles that somebody on the team has; None if nobody knows the team.
        committees: Whose meetings there are.
    """
    known = [rule for rule in rules if isinstance(rule, ClockRule | DateRule) and all(map(is_known, _conditions(rule)))]
    looks = tuple(_looks(pipeline, flags, committees))
    found: list[Lint] = []
    for place, rule in enumerate(known):
        found += _conditions_of(rule, looks, pipeline)
        if isinstance(rule, ClockRule):
            found += itertools.chain(_warnings(rule), _limits(rule, to_us(at)), _ladder(rule, to_us(at)))
        else:
            found += _steps(rule)
        found += _roles(rule, roles)
        found += _said_before(rule, known[:place], looks)
    return tuple(found)


def _finding(code: str, severity: Severity, rule: Rule, key: str, message: str, right: str) -> Lint:
    return Lint(code=code, severity=severity, rule=rule.id, key=key, message=message, right=right)


# What records can look like


class _Looks(NamedTuple):
    """All that a record of a kind can look like in a stage."""

    record: str
    kind: str
    stage: str
    parties: tuple[str, ...]
    flags: Collection[str] | None
    contacts: bool

    def left_of(self, condition: Condition) -> Condition:
        return condition.within(self.record, self.kind, self.stage)

    def space(self, conditions: Iterable[Condition]) -> FacetSpace:
        named = Named()
        for condition in conditions:
            named |= self.left_of(condition).named
        return FacetSpace(named, parties=self.parties, flags=self.flags, contacts=self.contacts)


def _looks(pipeline: Pipeline, flags: Collection[str] | None, committees: Collection[str]) -> Iterator[_Looks]:
    for kind in pipeline.starts:
        for stage in reached_by(pipeline, kind):
            yield _Looks("file", kind, stage, PARTIES, flags, contacts=True)
    for status in _STATUSES["provider"]:
        yield _Looks("provider", "provider", status, (), ("merged",), contacts=False)
    for status, committee in itertools.product(_STATUSES["meeting"], committees):
        yield _Looks("meeting", committee, status, (), (), contacts=False)


def _conditions(rule: ClockRule | DateRule) -> tuple[Condition, ...]:
    return (rule.on, rule.paused, rule.cancel) if isinstance(rule, ClockRule) else (rule.applies,)


def _alternatives(condition: Condition) -> list[Condition]:
    """Return the conditions of which one is enough."""
    if isinstance(condition, AnyOf):
        return [one for inner in condition.conditions for one in _alternatives(inner)]
    return [] if condition == NEVER else [condition]


class _Seen(NamedTuple):
    """Where a rule's conditions are met, of all that records can look like in one kind and stage."""

    looks: _Looks
    space: FacetSpace
    on: int
    paused: int
    cancel: int

    def where(self, condition: Condition) -> int:
        return self.space.where(self.looks.left_of(condition))


def _seen(rule: ClockRule | DateRule, looks: Sequence[_Looks]) -> list[_Seen]:
    conditions = _conditions(rule)
    on, paused, cancel = (*conditions, NEVER, NEVER)[:3]
    found = []
    for one in looks:
        space = one.space(conditions)
        sets = (space.where(one.left_of(condition)) for condition in (on, paused, cancel))
        found.append(_Seen(one, space, *sets))
    return found


# Conditions


def _conditions_of(rule: ClockRule | DateRule, looks: Sequence[_Looks], pipeline: Pipeline) -> Iterator[Lint]:
    seen = _seen(rule, looks)
    if not any(one.on for one in seen):
        what = "no record can ever look so: the rule never applies"
        yield _finding("never-applies", ERROR, rule, "applies", what, _why_never(rule, seen))
        return
    yield from _unreached(rule, seen, pipeline)
    if not isinstance(rule, ClockRule):
        return
    if all(not one.on & ~one.cancel for one in seen):
        what = "whatever turns the clock on cancels it at once"
        yield _finding("always-cancelled", ERROR, rule, "cancel", what, "cancel on less, or take the rule out")
        return
    if rule.anchor == "start" and all(not one.on & ~one.cancel & ~one.paused for one in seen):
        what = "the clock is paused whenever it is on: it never runs"
        yield _finding("always-paused", ERROR, rule, "pause", what, "pause on less, or take the rule out")
        return
    yield from _idle_parts(rule, seen)


def _why_never(rule: ClockRule | DateRule, seen: Sequence[_Seen]) -> str:
    """Return what would let a condition be met that never is."""
    for condition in _alternatives(_conditions(rule)[0]):
        if not isinstance(condition, When):
            continue
        if both := sorted(condition.flags & condition.without):
            return f"{both[0]!r} cannot both stand and not stand; take it out of one of them"
        if condition.held is False and condition.waiting_on:
            return "a file that waits for somebody is held; take out `held = false`"
        bare = When(record=condition.record, stage=condition.stage, kind=condition.kind)
        if not any(one.where(bare) for one in seen):
            return "no such file comes to such a stage; name a kind together with stages that it reaches"
    return "say in which stages, and for which kinds and flags, it is meant"


def _unreached(rule: ClockRule | DateRule, seen: Sequence[_Seen], pipeline: Pipeline) -> Iterator[Lint]:
    """Yield the kinds and stages that a rule names though none of its files can be of them."""
    named = [one for one in _alternatives(_conditions(rule)[0]) if isinstance(one, When) and one.record == "file"]
    kinds = {kind for one in named for kind in one.kind or ()}
    stages = {stage for one in named for stage in one.stage or ()}
    where = {(one.looks.kind, one.looks.stage) for one in seen if one.on and one.looks.record == "file"}
    for kind in sorted(kinds - {kind for kind, _ in where}):
        what = f"no {kind!r} comes to the stages of this rule"
        yield _finding("no-such-file", WARNING, rule, "applies.kind", what, "take the kind out, or name its stages")
    if stages == {stage.code for stage in pipeline.stages if not stage.terminal}:
        return  # all of them, as where a profile names none
    for stage in sorted(stages - {stage for _, stage in where}):
        what = f"none of this rule's files comes to {stage!r}"
        yield _finding("no-such-file", WARNING, rule, "applies.stage", what, "take the stage out, or name its kinds")


def _idle_parts(rule: ClockRule, seen: Sequence[_Seen]) -> Iterator[Lint]:
    """Yield the parts of a clock's pause and cancel that change nothing, ever."""
    concerned = {(one.looks.record, one.looks.kind) for one in seen if one.on}
    rooms: tuple[tuple[str, Condition, bool, Callable[[_Seen], int]], ...] = (
        # A clock that counts from earlier than it came on inherits the pauses of before; one that runs once within an
        # occasion remembers whether it was cancelled meanwhile.
        ("pause", rule.paused, rule.anchor == "start", lambda one: one.on & ~one.cancel),
        ("cancel", rule.cancel, rule.episode == "start", lambda one: one.on),
    )
    for key, condition, only_while_on, room in rooms:
        for part in _alternatives(condition):
            touched = (
                room(one) & one.where(part) if only_while_on else one.where(part)
                for one in seen
                if (one.looks.record, one.looks.kind) in concerned
            )
            if not any(touched):
                what = f"{_said(part)}: never so while the clock is on"
                yield _finding(
                    f"{key}-never-applies", WARNING, rule, key, what, "take it out, or let the rule apply then"
                )


def _said(condition: Condition) -> str:
    if not isinstance(condition, When):
        return "this"
    said = [f"waiting for {', '.join(sorted(condition.waiting_on))}"] if condition.waiting_on else []
    said += ["held"] if condition.held else []
    said += [f"flagged {', '.join(sorted(condition.flags))}"] if condition.flags else []
    return " and ".join(said) or "this"


# Limits, warnings, ladder


def _warnings(rule: ClockRule) -> Iterator[Lint]:
    """Yield the warnings that do not warn ahead."""
    limit = rule.limit
    if isinstance(limit, Months):
        for days in rule.warn_before:
            if _is_within(limit, days):
                what = f"{Lead(days)} the end of {limit}, the clock has not begun: the warning stands from the start"
                yield _finding("warns-at-once", WARNING, rule, "warn", what, "warn fewer days before")
        return
    sizes = [limit.fraction(part).size for part in rule.warn]
    for place, (part, size) in enumerate(zip(rule.warn, sizes, strict=True)):
        if size >= limit.size:
            what = f"{part:g} of {limit} is rounded up to all of it: the warning comes with the breach"
            yield _finding("warns-too-late", WARNING, rule, "warn", what, _earlier(limit))
        elif not size:
            what = f"{part:g} of {limit} is nothing: the warning stands from the start"
            yield _finding("warns-at-once", WARNING, rule, "warn", what, "warn at a larger part")
        elif size in sizes[:place]:
            what = f"{part:g} and {rule.warn[sizes.index(size)]:g} of {limit} come to the same instant"
            yield _finding("warns-twice", WARNING, rule, "warn", what, "keep one of them")


def _earlier(limit: PausableLimit) -> str:
    """Return which part of a limit would come before its end."""
    for hundredths in range(99, 0, -1):
        if limit.fraction(hundredths / 100).size < limit.size:
            return f"warn at {hundredths / 100:g} or less"
    return "leave the warning out, or give the limit in smaller units"


def _is_within(limit: CalendarDays | Months, days: int) -> bool:
    """Return whether so many days before the end of a limit never come later than its beginning."""
    if isinstance(limit, CalendarDays):
        return limit.n <= days
    start = dt.date(2023, 1, 1)
    anchors = (start + dt.timedelta(days=day) for day in range(4 * _YEAR_DAYS))
    return all((limit.due_on(anchor) - anchor).days <= days for anchor in anchors)


def _due_us(limit: Limit, calendar: WorkCalendar, start_us: int) -> int | None:
    """Return when a limit ends that begins at an instant; None if not within sight."""
    if isinstance(limit, CalendarDays | Months):
        return limit.deadline_us(calendar, start_us)
    if limit.measure(calendar, start_us, start_us + SIGHT_US, start_us) < limit.size:
        return None
    return limit.deadline_us(calendar, start_us)


def _limits(rule: ClockRule, at_us: int) -> Iterator[Lint]:
    """Yield the limits that the calendar does not let anybody reach."""
    parts: list[tuple[str, Limit]] = [("limit", rule.limit)]
    parts += [(f"escalate[{place}].after", step.after) for place, step in enumerate(rule.ladder)]
    for key, limit in parts:
        if isinstance(limit, CalendarDays | Months):
            continue
        due_us = _due_us(limit, rule.calendar, at_us)
        if due_us is None and not rule.calendar.between_us(at_us, at_us + SIGHT_US):
            what = f"{limit} never pass: the calendar does not open within {SIGHT_YEARS} years"
            yield _finding("limit-unreachable", ERROR, rule, key, what, "count by a calendar that opens, or in days")
        elif due_us is None or due_us - at_us > _YEARS * _YEAR_DAYS * DAY_US:
            end = f"they do not end within {SIGHT_YEARS} years"
            if due_us is not None:
                end = f"they end on {from_us(due_us).astimezone(rule.calendar.tz).date()}"
            what = f"{limit} take years in this calendar: begun today, {end}"
            yield _finding("limit-takes-years", WARNING, rule, key, what, "give fewer, or another calendar")


def _ladder(rule: ClockRule, at_us: int) -> Iterator[Lint]:
    """Yield the steps that do not come after the step before them."""
    climb = [(place, step) for place, step in enumerate(rule.ladder) if step.after.size]
    for (_, one), (place, other) in itertools.pairwise(climb):
        if type(one.after) is type(other.after) and one.after.size < other.after.size:
            continue
        breaches = list(_breaches(rule, at_us))
        flat = [us for us in breaches if not _rises(one, other, rule.calendar, us)]
        key = f"escalate[{place}].after"
        if flat and len(flat) == len(breaches):
            what = f"{other.after} after the breach never come later than {one.after}"
            yield _finding("ladder-does-not-rise", ERROR, rule, key, what, "order the steps by when they come")
        elif flat:
            breach = from_us(flat[0]).astimezone(rule.calendar.tz)
            what = (
                f"{other.after} after the breach do not always come later than {one.after}: "
                f"not after a breach on {breach:%A %Y-%m-%d at %H:%M}"
            )
            yield _finding("ladder-does-not-rise", WARNING, rule, key, what, "give both steps in one unit")


def _rises(one: Step, other: Step, calendar: WorkCalendar, breach_us: int) -> bool:
    first, second = (_due_us(step.after, calendar, breach_us) for step in (one, other))
    return second is None or (first is not None and first < second)


def _breaches(rule: ClockRule, at_us: int) -> Iterator[int]:
    """Yield when a clock is breached that begins in any hour of a fortnight, or on any day of a year."""
    hour_us = DAY_US // 24
    starts = (*range(0, 14 * DAY_US, hour_us), *range(14 * DAY_US, _YEAR_DAYS * DAY_US, DAY_US))
    for after in starts:
        due_us = _due_us(rule.limit, rule.calendar, at_us + after)
        if due_us is not None:
            yield due_us


def _steps(rule: DateRule) -> Iterator[Lint]:
    """Yield the steps before a counted day that come before it is counted from."""
    limits = [one.limit for one in rule.limits] if rule.limit is None else [rule.limit]
    for step in rule.steps if limits else ():
        before = -step.days
        if before > 0 and all(_is_within(limit, before) for limit in limits):
            said = " or ".join(dict.fromkeys(map(str, limits)))
            what = f"{step.name} the end of {said}, nothing is counted yet: the step stands from the start"
            yield _finding("warns-at-once", WARNING, rule, "steps", what, "give a step that is nearer to the day")


# Whom to tell


def _roles(rule: ClockRule | DateRule, roles: Collection[str] | None) -> Iterator[Lint]:
    """Yield the roles that a rule tells though nobody has them."""
    if roles is None:
        return
    for role in dict.fromkeys(rung.to for rung in rule.rungs):
        if role not in (*roles, "owner"):
            what = f"nobody on the team is {role}"
            right = (
                f"give somebody the role; until then {'nobody' if role == 'coordinator' else 'a coordinator'} is told"
            )
            yield _finding("nobody-has-role", WARNING, rule, _names_role(rule, role), what, right)


def _names_role(rule: ClockRule | DateRule, role: str) -> str:
    if rule.to == role:
        return "to"
    if isinstance(rule, DateRule):
        return "steps"
    return next((f"escalate[{place}].to" for place, step in enumerate(rule.ladder) if step.to == role), "to")


# Rules said twice

_NAMES: Final = frozenset({"id", "title", "source", "formerly", "family"})
_TOLD: Final = frozenset({"to", "ladder", "steps", "on", "applies", "paused", "cancel"})
"""What is compared otherwise: as rungs, and by what records can look like."""


def _said_before(
    rule: ClockRule | DateRule, earlier: Iterable[ClockRule | DateRule], looks: Sequence[_Looks]
) -> Iterator[Lint]:
    """Yield that a rule says what one before it does: everybody is told twice."""
    for other in earlier:
        if type(rule) is type(other) and _pace(rule) == _pace(other) and _met_alike(rule, other, looks):
            what = f"says the same as {other.id!r}: everybody is told twice"
            yield _finding("said-twice", WARNING, rule, "id", what, "keep one of the two")
            return


def _pace(rule: ClockRule | DateRule) -> tuple[Any, ...]:
    """Return all that makes two rules of one kind say the same, but for their conditions."""
    values = [
        _comparable(getattr(rule, field.name))
        for field in attrs.fields(type(rule))
        if field.eq and field.name not in _NAMES | _TOLD
    ]
    rungs: tuple[Rung, ...] = rule.rungs
    if isinstance(rule, ClockRule):
        return (*values, rungs, tuple(step.after for step in rule.ladder if step.after.size))
    return (*values, rungs, tuple(step.days for step in rule.steps))


def _comparable(value: Any) -> Any:  # noqa: ANN401 - whatever a rule holds
    if isinstance(value, WorkCalendar):
        return value.to_mapping()  # two calendars of one text are one
    return frozenset(value) if isinstance(value, tuple) and all(isinstance(one, str) for one in value) else value


def _met_alike(one: ClockRule | DateRule, other: ClockRule | DateRule, looks: Sequence[_Looks]) -> bool:
    pairs = list(zip(_conditions(one), _conditions(other), strict=True))
    if all(first == second for first, second in pairs):
        return True
    for look in looks:
        space = look.space(condition for pair in pairs for condition in pair)
        if any(space.where(look.left_of(first)) != space.where(look.left_of(second)) for first, second in pairs):
            return False
    return True
