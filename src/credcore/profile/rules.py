"""The field's names for rules, and the two rules that they all are.

A clock is an ``sla``, a ``turnaround``, a ``notice``, a ``stall`` or a ``cadence``. Steps around a day are a
``cycle``, an ``expiry``, a ``validity``, an ``attestation``, ``monitoring``, a ``commitment``, a ``cutoff``, a
``needed-by``, a ``hold-review`` or a ``payer-answer``. Each name stands for a default that its readers expect, and for
nothing that the others could not say.
"""

import functools
from collections.abc import Iterable, Iterator, Mapping
from typing import Final

from credcore.calendars import WorkCalendar
from credcore.cycles import Cycle
from credcore.limits import parse_limit
from credcore.profile import clocks, days
from credcore.profile.registry import Names, RuleFactory
from credcore.profile.tables import Table
from credcore.profile.words import OWNER
from credcore.rules.clock import ClockRule
from credcore.rules.conditions import Trigger, When
from credcore.rules.dates import DateRule, DateStep
from credcore.rules.evaluation import Rule
from credcore.stages import Stage

__all__ = ["FAMILIES", "look_again", "rules_of", "windows_of"]


FAMILIES: Final[Mapping[str, RuleFactory]] = {
    "sla": functools.partial(clocks.clock, family="sla", anchor="start"),
    "turnaround": functools.partial(clocks.clock, family="turnaround", anchor="opening"),
    "notice": functools.partial(clocks.clock, family="notice", anchor="stage"),
    "stall": clocks.stall,
    "cadence": clocks.cadence,
    "cycle": days.cycle,
    **{family: functools.partial(days.dated, family=family) for family in days.DAYS},
}
"""The rules that a profile can name, without those of plugins."""


def rules_of(table: Table, names: Names, factories: Mapping[str, RuleFactory]) -> tuple[Rule, ...]:
    """Return the rules of a profile's ``[rules]``, in the order of the text.

    Args:
        table: The table ``rules``.
        names: What rules may name.
        factories: By family, what makes the rules of one table.
    """
    made: list[Rule] = []
    seen: dict[str, str] = {}
    for family in table.values:
        if not table.is_known(family, factories, "kind of rule"):
            continue
        for entry in table.tables(family):
            rules = tuple(factories[family](entry, names))
            entry.close()
            made += rules
            # The id of a rule that could not be made is taken all the same.
            for name in [rule.id for rule in rules] or entry.texts("id"):
                first = seen.setdefault(name, entry.path)
                if first != entry.path:
                    entry.fault("id", f"{name!r} is the id of {first} already; every rule has its own")
    for family in factories:
        for entry in table.tables(family):
            former = entry.text("formerly", "")
            if former and former in seen:
                entry.fault("formerly", f"{former!r} is the id of {seen[former]} now, which keeps what was told")
    return tuple(made)


def windows_of(cycles: Iterable[Cycle], rules: Iterable[Rule], calendar: WorkCalendar) -> Iterator[DateRule]:
    """Yield, for each cycle that no rule watches, one that tells the coordinator when its window opens."""
    watched = {key for rule in rules if isinstance(rule, DateRule) and rule.about == "cycle" for key in rule.keys}
    for cycle in cycles:
        if cycle.body not in watched:
            yield DateRule(
                id=f"cycle:{cycle.body}",
                about="cycle",
                keys=(cycle.body,),
                calendar=calendar,
                limit=cycle.every,
                applies=When(record="provider", stage=("active", "on-leave"), without="merged"),
                steps=(DateStep(-cycle.opens_before, "coordinator"),),
                to="coordinator",
                family="cycle",
                title=cycle.title or cycle.body,
                source=cycle.source,
            )


def look_again(stage: Stage, calendar: WorkCalendar) -> ClockRule:
    """Return the clock that nothing pauses: after so long in a stage without a recorded review, somebody must look.

    Raises:
        InvalidInput: The stage's ``look_again`` is no limit.
    """
    return ClockRule(
        id=f"look-again:{stage.code}",
        on=When(record="file", stage=stage.code),
        limit=parse_limit(stage.look_again, "look_again"),
        calendar=calendar,
        restart=Trigger(("stage-changed", "reviewed")),
        anchor="stage",
        episode="stage",
        to=OWNER,
        family="look-again",
        title=f"Look again: {stage.title}",
        source="credcore: no file is ever lost",
    )
