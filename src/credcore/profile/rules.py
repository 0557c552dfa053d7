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
from credcore.errors import CredcoreError
from credcore.limits import parse_limit
from credcore.profile import clocks, days
from credcore.profile.registry import Names, Registry, RuleFactory
from credcore.profile.tables import Table
from credcore.profile.turnaround import turnaround
from credcore.profile.words import OWNER
from credcore.rules.clock import ClockRule
from credcore.rules.conditions import Trigger, When
from credcore.rules.dates import DateRule, DateStep
from credcore.rules.evaluation import Rule
from credcore.stages import Stage

__all__ = ["FAMILIES", "look_again", "rules_of", "windows_of"]


def _notice(table: Table, names: Names) -> Iterator[Rule]:
    """Yield a clock from the entry of a stage, or steps from the day of the decision."""
    if table.values.get("anchor") == "decision":
        return days.letter(table, names)
    return clocks.clock(table, names, family="notice", anchor="stage")


FAMILIES: Final[Mapping[str, RuleFactory]] = {
    "sla": functools.partial(clocks.clock, family="sla", anchor="start"),
    "turnaround": turnaround,
    "notice": _notice,
    "stall": clocks.stall,
    "cadence": clocks.cadence,
    "cycle": days.cycle,
    **{family: functools.partial(days.dated, family=family) for family in days.DAYS},
}
"""The rules that a profile can name, without those of plugins."""


_PARTS: Final = ("id", "family", "title", "source", "rungs", "findings", "tail")
"""What every rule has."""


def rules_of(table: Table, names: Names, registry: Registry) -> tuple[Rule, ...]:
    """Return the rules of a profile's ``[rules]``, in the order of the text.

    Args:
        table: The table ``rules``.
        names: What rules may name.
        registry: The families that plugins add, and what stands in for one that is missing.
    """
    factories = {**FAMILIES, **registry.rules}
    made: list[Rule] = []
    seen: dict[str, str] = {}
    for family in table.values:
        if registry.stand_ins is None and not table.is_known(family, factories, "kind of rule"):
            continue
        for entry in table.tables(family):
            rules = _rules(family, entry, names, registry)
            made += rules
            # The id of a rule that could not be made is taken all the same.
            for name in [rule.id for rule in rules] or entry.texts("id"):
                first = seen.setdefault(name, entry.path)
                entry.reading.places.setdefault(name, entry.path)
                if first != entry.path:
                    entry.fault("id", f"{name!r} is the id of {first} already; every rule has its own")
    for family in factories:
        for entry in table.tables(family):
            former = entry.text("formerly", "")
            if former and former in seen:
                entry.fault("formerly", f"{former!r} is the id of {seen[former]} now, which keeps what was told")
    return tuple(made)


def _rules(family: str, entry: Table, names: Names, registry: Registry) -> tuple[Rule, ...]:
    """Return the rules of one table; what stands in for them where their plugin cannot make them any more."""
    if family in FAMILIES:
        rules = tuple(FAMILIES[family](entry, names))
        entry.close()
        return rules
    noted = len(entry.reading.faults)
    rules = _rules_of_plugin(family, entry, names, registry.rules.get(family))
    new = entry.reading.faults[noted:]
    if registry.stand_ins is None or not new:
        return rules
    # The table was without fault when the desk adopted it: what changed is the plugin.
    del entry.reading.faults[noted:]
    why = "; ".join(f"{fault.key}: {fault.message}" if fault.key != entry.path else fault.message for fault in new)
    return (registry.stand_ins.rule(family, entry, why),)


def _rules_of_plugin(family: str, entry: Table, names: Names, factory: RuleFactory | None) -> tuple[Rule, ...]:
    if factory is None:
        entry.fault("", f"no plugin gives the rules {family!r}")
        return ()
    try:
        rules = tuple(factory(entry, names))
    except CredcoreError as error:
        entry.fault("", f"the plugin of the rules {family!r} failed: {error}")
        return ()
    except Exception as error:  # noqa: BLE001 - a plugin may raise anything; it is a fault, told by its kind
        entry.fault("", f"the plugin of the rules {family!r} failed: {type(error).__name__}")
        return ()
    for rule in rules:
        if lacking := [part for part in _PARTS if not hasattr(rule, part)]:
            what = f"gave {type(rule).__name__}, which is no rule: it has no {', no '.join(lacking)}"
            entry.fault("", f"the plugin of the rules {family!r} {what}")
            return ()
    entry.close()
    return rules


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
