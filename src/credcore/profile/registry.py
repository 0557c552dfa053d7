"""What plugins add to the words of a profile."""

from collections.abc import Callable, Iterable, Mapping
from typing import TypeAlias

import attrs

from credcore.assignment import Policy
from credcore.calendars import HolidaySource, WorkCalendar
from credcore.cycles import Cycle
from credcore.profile.stand_ins import StandIns
from credcore.profile.tables import Table
from credcore.rules.evaluation import Rule
from credcore.stages import Stage

__all__ = ["Names", "Registry", "RuleFactory"]


@attrs.frozen(kw_only=True)
class Names:
    """The names that a rule of a profile may use.

    A name whose own table has a fault is among them all the same, so that one slip of the pen is one fault.

    Attributes:
        calendars: The calendars.
        calendar: The one by which a rule counts that names none: the profile's first; empty if it has none.
        always: A calendar that never closes, in the profile's zone.
        stages: The stages of a file.
        kinds: The kinds of file.
        flags: The flags that can stand.
        elements: The elements that some requirement names.
        roles: Whom a step can tell: ``owner``, and the roles of the team.
        cycles: The cycles, by body.
    """

    calendars: Mapping[str, WorkCalendar]
    calendar: str
    always: WorkCalendar
    stages: Mapping[str, Stage]
    kinds: frozenset[str]
    flags: frozenset[str]
    elements: frozenset[str]
    roles: frozenset[str]
    cycles: Mapping[str, Cycle]

    @property
    def open_stages(self) -> tuple[str, ...]:
        """The stages that are not terminal, in order."""
        return tuple(code for code, stage in self.stages.items() if not stage.terminal)


RuleFactory: TypeAlias = Callable[[Table, Names], Iterable[Rule]]
"""Makes rules from one table under ``[[rules.<name>]]``: it asks the table for its keys, and notes what is wrong there.

`Table.make` builds from what was read; unknown keys are reported afterwards, by what was not asked for.
"""


@attrs.frozen(kw_only=True)
class Registry:
    """The names that plugins add; loading plugins and files is the shell's.

    Attributes:
        holidays: Where the holidays of a region come from.
        policies: Assignment policies by name.
        rules: By the name under which a profile writes them, what makes the rules.
        stand_ins: What takes the place of names that plugins gave once, where a desk has adopted the profile already;
            None where such a name is a fault.
    """

    holidays: HolidaySource | None = None
    policies: Mapping[str, Policy] = attrs.field(factory=dict)
    rules: Mapping[str, RuleFactory] = attrs.field(factory=dict)
    stand_ins: StandIns | None = None
