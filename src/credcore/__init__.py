"""Run credentialing coordination: files, clocks, rules, assignment, cycles, and the coordinator's day.

The names below are the public face, with the documented modules. Each is imported when it is first used, so that a
script that evaluates a rule loads neither the shell nor a store.
"""

from typing import TYPE_CHECKING

from credcore._first_use import names_at_first_use

if TYPE_CHECKING:
    from credcore.assignment import Policy, assign_one, plan
    from credcore.calendars import WorkCalendar
    from credcore.coordinator import Actor, Coordinator, NewCredential, NewProvider
    from credcore.errors import CredcoreError, InvalidInput
    from credcore.events import Event, Stamp, decode, encode
    from credcore.files import CredentialingFile
    from credcore.history import History, Ref
    from credcore.hooks import hookimpl
    from credcore.limits import CalendarDays, Months, WorkingDays, WorkingTime, parse_limit
    from credcore.meetings import Meeting
    from credcore.people import Person, Team
    from credcore.plugins import Plugins, load_plugins
    from credcore.profile import Profile
    from credcore.providers import ProviderRecord
    from credcore.rules import (
        ClockRule,
        DateRule,
        DateStep,
        Evaluation,
        Finding,
        Step,
        Trigger,
        When,
        evaluate,
        explain,
        prove,
    )
    from credcore.stages import Pipeline, Requirement, Stage

__version__ = "0.1.0"

_HOMES = {
    "assignment": ("Policy", "assign_one", "plan"),
    "calendars": ("WorkCalendar",),
    "coordinator": ("Actor", "Coordinator", "NewCredential", "NewProvider"),
    "errors": ("CredcoreError", "InvalidInput"),
    "events": ("Event", "Stamp", "decode", "encode"),
    "files": ("CredentialingFile",),
    "history": ("History", "Ref"),
    "hooks": ("hookimpl",),
    "limits": ("CalendarDays", "Months", "WorkingDays", "WorkingTime", "parse_limit"),
    "meetings": ("Meeting",),
    "people": ("Person", "Team"),
    "plugins": ("Plugins", "load_plugins"),
    "profile": ("Profile",),
    "providers": ("ProviderRecord",),
    "rules": (
        "ClockRule",
        "DateRule",
        "DateStep",
        "Evaluation",
        "Finding",
        "Step",
        "Trigger",
        "When",
        "evaluate",
        "explain",
        "prove",
    ),
    "stages": ("Pipeline", "Requirement", "Stage"),
}

__all__ = [
    "Actor",
    "CalendarDays",
    "ClockRule",
    "Coordinator",
    "CredcoreError",
    "CredentialingFile",
    "DateRule",
    "DateStep",
    "Evaluation",
    "Event",
    "Finding",
    "History",
    "InvalidInput",
    "Meeting",
    "Months",
    "NewCredential",
    "NewProvider",
    "Person",
    "Pipeline",
    "Plugins",
    "Policy",
    "Profile",
    "ProviderRecord",
    "Ref",
    "Requirement",
    "Stage",
    "Stamp",
    "Step",
    "Team",
    "Trigger",
    "When",
    "WorkCalendar",
    "WorkingDays",
    "WorkingTime",
    "assign_one",
    "decode",
    "encode",
    "evaluate",
    "explain",
    "hookimpl",
    "load_plugins",
    "parse_limit",
    "plan",
    "prove",
]


__getattr__ = names_at_first_use(__name__, _HOMES)


def __dir__() -> list[str]:
    """List the public names."""
    return sorted({*globals(), *__all__})
