"""What can happen to the desk itself: its team and the editions of its profile."""

import datetime as dt

import attrs

from credcore.events.base import COORDINATOR, Event, optional_aware

__all__ = ["DeskOpened", "EditionAdopted", "PersonChanged", "PersonJoined", "PersonLeft"]


@attrs.frozen(kw_only=True)
class DeskOpened(Event):
    """A desk begins."""

    type = "desk-opened"
    of = ("desk",)
    recorded_by = ("coordinator", "system")

    name: str


@attrs.frozen(kw_only=True)
class EditionAdopted(Event):
    """An edition of the profile is in force from an instant on; the desk's first reaches back without end."""

    type = "edition-adopted"
    of = ("desk",)
    recorded_by = ("coordinator", "system")

    edition: int
    text: str
    in_force: dt.datetime | None = attrs.field(default=None, validator=optional_aware)


@attrs.frozen(kw_only=True)
class PersonJoined(Event):
    """A person works on this desk."""

    type = "person-joined"
    of = ("desk",)
    recorded_by = ("coordinator", "system")

    person: str
    name: str = ""
    roles: tuple[str, ...] = ("specialist",)
    skills: tuple[str, ...] = ()
    states: tuple[str, ...] = ()
    payers: tuple[str, ...] = ()
    conflicts: tuple[str, ...] = ()
    capacity: int = 40


@attrs.frozen(kw_only=True)
class PersonChanged(Event):
    """Some of what is known of a person is other now; None leaves a field as it was."""

    type = "person-changed"
    of = ("desk",)
    recorded_by = COORDINATOR

    person: str
    name: str | None = None
    roles: tuple[str, ...] | None = None
    skills: tuple[str, ...] | None = None
    states: tuple[str, ...] | None = None
    payers: tuple[str, ...] | None = None
    conflicts: tuple[str, ...] | None = None
    capacity: int | None = None


@attrs.frozen(kw_only=True)
class PersonLeft(Event):
    """A person no longer works on this desk."""

    type = "person-left"
    of = ("desk",)
    recorded_by = COORDINATOR

    person: str
