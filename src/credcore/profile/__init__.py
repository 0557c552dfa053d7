"""What an organisation differs in, as data: stages, rules, calendars, committees, payers, cycles, people.

`Profile.from_toml` makes a profile from text and a `Registry` of the names that plugins add. It reads no file: that is
the shell's. The format is described in ``docs/reference/profile.md``.
"""

from credcore.profile.kinds import Kind
from credcore.profile.lint import lint_profile
from credcore.profile.registry import Names, Registry, RuleFactory
from credcore.profile.rules import FAMILIES
from credcore.profile.sections import FORMAT
from credcore.profile.stand_ins import Missing, MissingRule, StandIns
from credcore.profile.tables import Reading, Table
from credcore.profile.value import NO_PLUGINS, Profile

__all__ = [
    "FAMILIES",
    "FORMAT",
    "NO_PLUGINS",
    "Kind",
    "Missing",
    "MissingRule",
    "Names",
    "Profile",
    "Reading",
    "Registry",
    "RuleFactory",
    "StandIns",
    "Table",
    "lint_profile",
]
