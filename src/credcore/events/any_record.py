"""What can happen to a record of any kind."""

import attrs

from credcore.errors import InvalidInput
from credcore.events.base import SYSTEM, Event

__all__ = ["ActionRefused", "Corrected", "Told", "Withdrawn"]


def _no_correction(_instance: object, field: "attrs.Attribute[Event | None]", value: Event | None) -> None:
    if isinstance(value, Corrected):
        raise InvalidInput("is a correction itself; correct the event that now stands instead", field=field.name)


@attrs.frozen(kw_only=True)
class Told(Event):
    """A rung of a finding was told to somebody; no rule reads it."""

    type = "told"
    of = ("file", "provider", "meeting")
    recorded_by = SYSTEM

    rule: str
    episode: str
    rung: str
    to: str
    edition: int = 1


@attrs.frozen(kw_only=True)
class Withdrawn(Event):
    """What was told stands no longer; no rule reads it."""

    type = "withdrawn"
    of = ("file", "provider", "meeting")
    recorded_by = SYSTEM

    rule: str
    episode: str
    rung: str


@attrs.frozen(kw_only=True)
class ActionRefused(Event):
    """Somebody tried what their roles do not allow."""

    type = "action-refused"
    of = ("file", "provider", "meeting", "desk", "person")
    recorded_by = SYSTEM

    actor: str
    action: str


@attrs.frozen(kw_only=True)
class Corrected(Event):
    """An earlier event was wrong: its replacement, or nothing, takes its place for all that is known afterwards."""

    type = "corrected"
    of = ("file", "provider", "meeting", "desk", "person")
    recorded_by = ("specialist", "lead", "coordinator", "system")

    event: str
    replacement: Event | None = attrs.field(default=None, validator=_no_correction)
