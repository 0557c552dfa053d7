"""Prove that no file is ever lost: whatever a file looks like, some clock runs that will tell somebody.

The proof is an enumeration. What conditions may read of a file is its finite facet; for every kind and every stage
that is not an end, each facet must be *held* by a clock: on, neither paused nor cancelled, with a limit that ends, in
a calendar that opens for ever again, and with somebody to tell. All subsets of parties are looked at, since two holds
can pause each other's clocks although each alone is safe.
"""

from collections.abc import Collection, Iterable, Iterator, Sequence
from typing import NamedTuple

import attrs

from credcore.calendars import WorkCalendar
from credcore.history import Facet
from credcore.limits import CalendarDays, Months
from credcore.rules._facets import FacetSpace
from credcore.rules.clock import ClockRule
from credcore.rules.conditions import ALWAYS, NEVER, AnyOf, Condition, Named, Never, When
from credcore.rules.dates import DateRule
from credcore.rules.evaluation import Rule
from credcore.rules.findings import BREACHED
from credcore.stages import Pipeline

__all__ = ["LOOK_AGAIN", "Lost", "Proof", "Unproven", "Weak", "prove", "reached_by"]

LOOK_AGAIN = "look-again"
"""The family of the clocks that every stage has so that nothing is lost; what they alone hold is a warning."""
ALWAYS_THERE = frozenset({"owner", "lead", "coordinator"})
"""Whom a notice always reaches: the owner, else the cover, else a lead, else a coordinator."""


class Lost(NamedTuple):
    """A file of this facet would be held by no clock: nobody would ever be told.

    Attributes:
        facet: The least such: whoever else is waited for, or whatever flag is added, is reported only if this is not.
        silent: Why each clock that looks at such files in this stage is silent, in words.
    """

    facet: Facet
    silent: tuple[str, ...] = ()


class Weak(NamedTuple):
    """A file of this facet would be held by the look-again alone.

    Attributes:
        facet: The least such, as in `Lost`.
        held_by: The ids of the rules that hold it.
    """

    facet: Facet
    held_by: tuple[str, ...]


class Unproven(NamedTuple):
    """A rule of which nothing is proved, so that it holds nothing here.

    Attributes:
        rule: Its id.
        why: In words.
    """

    rule: str
    why: str


@attrs.frozen(kw_only=True)
class Proof:
    """What was proved of a pipeline under its rules.

    Attributes:
        lost: Facets that nothing holds.
        weak: Facets that the look-again alone holds, of stages that files of the kind reach.
        unproven: Rules that may read what no facet has.
        facets: How many facets were gone through.
    """

    lost: tuple[Lost, ...]
    weak: tuple[Weak, ...]
    unproven: tuple[Unproven, ...]
    facets: int

    @property
    def holds(self) -> bool:
        """Whether no file can be lost."""
        return not self.lost


class _Clock(NamedTuple):
    """What is left of a clock's conditions for a kind in a stage, and why it cannot hold a file there at all."""

    rule: ClockRule
    on: Condition
    paused: Condition
    cancel: Condition
    idle: str

    @property
    def named(self) -> Named:
        return self.on.named | self.paused.named | self.cancel.named

    def holding(self, space: FacetSpace) -> int:
        if self.idle:
            return 0
        return space.where(self.on) & ~space.where(self.paused) & ~space.where(self.cancel)

    def silent(self, facet: Facet) -> str:
        """Return why it does not hold a facet."""
        if self.idle:
            return self.idle
        if not self.on.met(facet):
            return "is off"
        return "is cancelled" if self.cancel.met(facet) else "is paused"


def prove(
    pipeline: Pipeline, rules: Iterable[Rule], *, roles: Collection[str] = (), kinds: Collection[str] | None = None
) -> Proof:
    """Return which files would be lost, which hang on the look-again alone, and what cannot be proved.

    Steps around a day (`DateRule`) hold nothing: a file may have no such day. Nor does a clock that runs once within
    an occasion, unless it is on throughout: stopped and on again, it would stay off. Stages that a kind does not reach
    are gone through too: another edition, or an import, may have left a file there.

    It costs some milliseconds for each kind and stage: with all 9 parties and 6 flags named by conditions, 65,536
    facets are gone through there at a time.

    Args:
        pipeline: The stages and the moves between them.
        rules: Those of one edition.
        roles: Roles that somebody on the team has; owner, lead and coordinator always resolve.
        kinds: The kinds of file; all that the pipeline starts if left out.

    Raises:
        InvalidInput: The pipeline does not start such a kind; or conditions tell more than 33 million facets of one
            stage apart, as 9 parties and 17 flags do.
    """
    rules = tuple(rules)
    there = ALWAYS_THERE | set(roles)
    unproven = tuple(Unproven(rule.id, why) for rule in rules if (why := _unknown(rule)))
    unknown = {one.rule for one in unproven}
    clocks = [rule for rule in rules if isinstance(rule, ClockRule) and rule.id not in unknown]
    open_stages = [stage.code for stage in pipeline.stages if not stage.terminal]
    lost: list[Lost] = []
    weak: list[Weak] = []
    facets = 0
    for kind in sorted(pipeline.starts) if kinds is None else kinds:
        reached = [stage for stage in reached_by(pipeline, kind) if stage in open_stages]
        for stage in open_stages:
            ways = reached if stage in reached else open_stages
            watching = list(_within(clocks, there, kind, stage, ways))
            space = FacetSpace(_named(watching))
            facets += space.size
            lost += _lost(space, watching, kind, stage)
            if stage in reached:
                weak += _weak(space, watching, kind, stage)
    return Proof(lost=tuple(lost), weak=tuple(weak), unproven=unproven, facets=facets)


def reached_by(pipeline: Pipeline, kind: str) -> list[str]:
    """Return the stages that files of a kind can reach, ends too, in the pipeline's order.

    Raises:
        InvalidInput: The pipeline does not start such a kind.
    """
    reached: set[str] = set()
    waiting = [pipeline.start(kind).code]
    while waiting:
        code = waiting.pop()
        if code not in reached:
            reached.add(code)
            waiting += pipeline.stage(code).next
    return [stage.code for stage in pipeline.stages if stage.code in reached]


def is_known(condition: Condition) -> bool:
    """Return whether a condition is one that can be enumerated: made of the library's own, throughout."""
    if type(condition) is AnyOf:
        return all(is_known(one) for one in condition.conditions)
    return type(condition) in (When, Never)


def opens_for_ever(calendar: WorkCalendar) -> bool:
    """Return whether a calendar opens again and again: its week has hours, and the known holidays end some day."""
    week = calendar.to_mapping()["week"]
    return bool(week) if isinstance(week, str) else any(week.values())


def _unknown(rule: Rule) -> str:
    """Return why nothing is proved of a rule; empty if it is one of the library's own throughout."""
    if type(rule) is DateRule:
        return ""
    if type(rule) is not ClockRule:
        return "a plugin's rule, which may read what no facet has"
    if not all(map(is_known, (rule.on, rule.paused, rule.cancel))):
        return "a condition of its own, which may read what no facet has"
    return ""


def _idle(rule: ClockRule, there: Collection[str]) -> str:
    """Return why a clock cannot tell anybody whatever a file looks like; empty if it can."""
    told = [rung.to for rung in rule.rungs if rung.level >= BREACHED]
    if not any(to in there for to in told):
        return f"tells {', '.join(dict.fromkeys(told))}, which nobody is"
    # Months and calendar days end by themselves; every limit is of a hundred years at the most.
    if not isinstance(rule.limit, CalendarDays | Months) and not opens_for_ever(rule.calendar):
        return "counts by a calendar that does not open again"
    return ""


def _named(clocks: Iterable[_Clock]) -> Named:
    named = Named()
    for clock in clocks:
        named |= clock.named
    return named


def _within(
    clocks: Iterable[ClockRule], there: Collection[str], kind: str, stage: str, stages: Sequence[str]
) -> Iterator[_Clock]:
    """Yield the clocks that can be on for a file of a kind in a stage."""
    occasions = {"start": (), "stage": (stage,), "opening": stages}
    for rule in clocks:
        # Where the provider practises is one more part of the facet: the space goes through the states that are named.
        conditions = (rule.on, rule.paused, rule.cancel)
        on, paused, cancel = (condition.within("file", kind, stage) for condition in conditions)
        if on == NEVER:
            continue
        idle = _idle(rule, there)
        if not all(rule.on.within("file", kind, other) == ALWAYS for other in occasions[rule.episode]):
            idle = idle or "runs once, and may have been stopped for good"
        yield _Clock(rule, on, paused, cancel, idle)


def _lost(space: FacetSpace, clocks: Sequence[_Clock], kind: str, stage: str) -> Iterator[Lost]:
    """Yield the least facets that no clock holds."""
    held = 0
    for clock in clocks:
        held |= clock.holding(space)
    for facet in space.facets(space.least(space.everything & ~held), "file", kind, stage):
        yield Lost(facet, tuple(f"{clock.rule.id} {clock.silent(facet)}" for clock in clocks))


def _weak(space: FacetSpace, clocks: Sequence[_Clock], kind: str, stage: str) -> Iterator[Weak]:
    """Yield the least facets that the look-again alone holds."""
    held = {True: 0, False: 0}
    for clock in clocks:
        held[clock.rule.family == LOOK_AGAIN] |= clock.holding(space)
    for facet in space.facets(space.least(held[True] & ~held[False]), "file", kind, stage):
        holders = (clock.rule.id for clock in clocks if not clock.idle and not _silent(clock, facet))
        yield Weak(facet, tuple(holders))


def _silent(clock: _Clock, facet: Facet) -> bool:
    return not clock.on.met(facet) or clock.paused.met(facet) or clock.cancel.met(facet)
