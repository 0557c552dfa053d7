"""Prove that no file is ever lost: whatever a file looks like, some clock runs that will tell somebody.

The proof is an enumeration. What conditions may read of a file is its finite facet; for every kind and every stage
that such a file can reach and that is not an end, each facet must be *held* by a clock: on, neither paused nor
cancelled, with somebody to tell. A clock's limit is always finite and a `WorkCalendar` always opens again, so what is
held is told. All subsets of parties are looked at, since two holds can pause each other's clocks although each alone
is safe.
"""

import itertools
from collections.abc import Collection, Iterable, Iterator, Sequence
from typing import NamedTuple

import attrs

from credcore.events import PARTIES
from credcore.history import Facet
from credcore.rules.clock import ClockRule
from credcore.rules.conditions import ALWAYS, NEVER, Condition, Named
from credcore.rules.dates import DateRule
from credcore.rules.evaluation import Rule
from credcore.rules.findings import BREACHED
from credcore.stages import Pipeline

__all__ = ["LOOK_AGAIN", "Lost", "Proof", "Weak", "prove"]

LOOK_AGAIN = "look-again"
"""The family of the clocks that every stage has so that nothing is lost; what they alone hold is a warning."""
_ALWAYS_THERE = frozenset({"owner", "lead", "coordinator"})


class Lost(NamedTuple):
    """A file of this facet would be held by no clock: nobody would ever be told.

    Attributes:
        facet: The least such: whoever else is waited for, or whatever flag is added, is reported only if this is not.
    """

    facet: Facet


class Weak(NamedTuple):
    """A file of this facet would be held by the look-again alone.

    Attributes:
        facet: The least such, as in `Lost`.
        held_by: The ids of the rules that hold it.
    """

    facet: Facet
    held_by: tuple[str, ...]


@attrs.frozen(kw_only=True)
class Proof:
    """What was proved of a pipeline under its rules.

    Attributes:
        lost: Facets that nothing holds.
        weak: Facets that the look-again alone holds.
        unproven: The ids of plugins' rules, which may read what no facet has: they hold nothing here.
    """

    lost: tuple[Lost, ...]
    weak: tuple[Weak, ...]
    unproven: tuple[str, ...]

    @property
    def holds(self) -> bool:
        """Whether no file can be lost."""
        return not self.lost


class _Clock(NamedTuple):
    """What is left of a clock's conditions for a kind in a stage."""

    rule: ClockRule
    on: Condition
    paused: Condition
    cancel: Condition

    def holds(self, facet: Facet) -> bool:
        return self.on.met(facet) and not self.paused.met(facet) and not self.cancel.met(facet)

    @property
    def named(self) -> Named:
        return self.on.named | self.paused.named | self.cancel.named


def prove(
    pipeline: Pipeline, rules: Iterable[Rule], *, roles: Collection[str] = (), kinds: Collection[str] | None = None
) -> Proof:
    """Return which files would be lost, which hang on the look-again alone, and what cannot be proved.

    Steps around a day (`DateRule`) hold nothing: a file may have no such day. Nor does a clock that runs once within
    an occasion, unless it is on throughout: stopped and on again, it would stay off.

    Args:
        pipeline: The stages and the moves between them.
        rules: Those of one edition.
        roles: Roles that somebody on the team has; owner, lead and coordinator always resolve.
        kinds: The kinds of file; all that the pipeline starts if left out.

    Raises:
        InvalidInput: The pipeline does not start such a kind.
    """
    rules = tuple(rules)
    there = _ALWAYS_THERE | set(roles)
    clocks = [rule for rule in rules if isinstance(rule, ClockRule) and _tells(rule, there)]
    lost: list[Lost] = []
    weak: list[Weak] = []
    for kind in sorted(pipeline.starts) if kinds is None else kinds:
        stages = _stages(pipeline, kind)
        for stage in stages:
            holding = list(_within(clocks, kind, stage, stages))
            loose, hanging = _loose_and_hanging(holding, kind, stage)
            lost += loose
            weak += hanging
    unproven = tuple(rule.id for rule in rules if not isinstance(rule, ClockRule | DateRule))
    return Proof(lost=tuple(lost), weak=tuple(weak), unproven=unproven)


def _tells(rule: ClockRule, there: Collection[str]) -> bool:
    """Return whether a breach of the clock, or a step after it, reaches somebody."""
    return any(rung.level >= BREACHED and rung.to in there for rung in rule.rungs)


def _stages(pipeline: Pipeline, kind: str) -> list[str]:
    """Return the stages that files of a kind can reach and that are no end, in the pipeline's order."""
    reached: set[str] = set()
    waiting = [pipeline.start(kind).code]
    while waiting:
        code = waiting.pop()
        if code not in reached:
            reached.add(code)
            waiting += pipeline.stage(code).next
    return [stage.code for stage in pipeline.stages if stage.code in reached and not stage.terminal]


def _within(clocks: Iterable[ClockRule], kind: str, stage: str, stages: Sequence[str]) -> Iterator[_Clock]:
    """Yield the clocks that can hold a file of a kind in a stage."""
    occasions = {"start": (), "stage": (stage,), "opening": stages}
    for rule in clocks:
        left = [condition.within("file", kind, stage) for condition in (rule.on, rule.paused, rule.cancel)]
        throughout = all(rule.on.within("file", kind, other) == ALWAYS for other in occasions[rule.episode])
        if throughout and left[0] != NEVER and ALWAYS not in left[1:]:
            yield _Clock(rule, *left)


def _loose_and_hanging(clocks: Sequence[_Clock], kind: str, stage: str) -> tuple[list[Lost], list[Weak]]:
    """Return the least facets that no clock holds, and the least that the look-again alone does."""
    lost: list[Lost] = []
    weak: list[Weak] = []
    for facet in _facets(clocks, kind, stage):
        holders = [clock.rule for clock in clocks if clock.holds(facet)]
        if any(rule.family != LOOK_AGAIN for rule in holders):
            continue
        if holders and not _covered(facet, weak):
            weak.append(Weak(facet, tuple(rule.id for rule in holders)))
        elif not holders and not _covered(facet, lost):
            lost.append(Lost(facet))
    return lost, weak


def _facets(clocks: Iterable[_Clock], kind: str, stage: str) -> Iterator[Facet]:
    """Yield every facet that the clocks' conditions can tell apart, lesser ones first."""
    named = Named()
    for clock in clocks:
        named |= clock.named
    somebody_else = [party for party in PARTIES if party not in named.parties][:1]
    attempts = sorted({0, *named.attempts})  # from one of these to the next, all numbers are alike
    for parties in _subsets([*sorted(named.parties), *somebody_else]):
        for flags in _subsets(sorted(named.flags)):
            for number in attempts:
                yield Facet("file", kind, stage, parties, flags, number)


def _subsets(names: Sequence[str]) -> Iterator[frozenset[str]]:
    """Yield all subsets, smaller ones first."""
    for size in range(len(names) + 1):
        yield from map(frozenset, itertools.combinations(names, size))


def _covered(facet: Facet, known: Iterable[Lost | Weak]) -> bool:
    """Return whether a lesser facet is known already: no more parties, flags or attempts."""
    return any(
        less.facet.parties <= facet.parties
        and less.facet.flags <= facet.flags
        and less.facet.attempts <= facet.attempts
        for less in known
    )
