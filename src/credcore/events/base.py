"""What every event has, and how a new one is stamped."""

import datetime as dt
from collections.abc import Callable
from typing import Any, ClassVar

import attrs

from credcore.errors import InvalidInput, nearest
from credcore.identifiers import is_dashed_ssn, looks_like_birth_date, looks_like_ssn, shown
from credcore.instants import to_us

PARTIES = ("provider", "payer", "committee", "facility", "source", "reference", "cvo", "client", "team")
"""Whom a file can wait for."""

SPECIALIST = ("specialist", "lead", "coordinator")
COORDINATOR = ("coordinator",)
LEAD = ("lead", "coordinator")
DECIDER = ("coordinator", "chair", "medical-director")
SYSTEM = ("system",)
GATEWAY = ("gateway", "coordinator")


def aware(_instance: object, field: "attrs.Attribute[dt.datetime]", value: dt.datetime) -> None:
    """Refuse an instant that has no zone."""
    if not isinstance(value, dt.datetime):
        raise InvalidInput(f"{shown(value)} is not an instant (an aware datetime)", field=field.name)
    to_us(value, field.name)


def without_private(_instance: object, field: "attrs.Attribute[str]", value: str) -> None:
    """Refuse free text that holds what looks like a social security number, or says when somebody was born."""
    if value and (looks_like_ssn(value) or looks_like_birth_date(value)):
        raise _private(field.name)


def refuse_private(event: "Event") -> None:
    """Refuse an event of which any field holds a social security number as it is written with dashes.

    Nine digits without dashes may be many things outside free text, such as a tax number or a licence's.

    Raises:
        InvalidInput: Naming the field, never the value.
    """
    for field in attrs.fields(type(event)):
        value = getattr(event, field.name)
        texts = (value,) if isinstance(value, str) else value if isinstance(value, tuple) else ()
        if any(is_dashed_ssn(text) for text in texts):
            raise _private(field.name)


def check_days(event: "Event") -> None:
    """Refuse an event whose days are no days, such as text that was not read.

    Raises:
        InvalidInput: Naming the field.
    """
    for field in attrs.fields(type(event)):
        value = getattr(event, field.name)
        if field.type in (dt.date, dt.date | None) and value is not None and type(value) is not dt.date:
            raise InvalidInput(f"{shown(value)} is not a day; give a date, such as date(2026, 3, 2)", field=field.name)


def _private(field: str) -> InvalidInput:
    what = "holds what looks like a social security number or a birth date"
    return InvalidInput(f"{what}; leave it out, this desk does not take any in", field=field)


def one_of(*options: str) -> Callable[[object, "attrs.Attribute[str]", str], None]:
    """Return a validator that takes these words only."""

    def check(_instance: object, field: "attrs.Attribute[str]", value: str) -> None:
        if value not in options:
            raise InvalidInput(
                f"{shown(value)} is not one of its words; {nearest(str(value), options)}", field=field.name
            )

    return check


optional_aware = attrs.validators.optional(aware)
party = one_of(*PARTIES)


@attrs.frozen(kw_only=True)
class Event:
    """Something that happened to one record.

    Attributes:
        id: Given by the recorder; an import derives it from source and row.
        at: When it happened.
        recorded_at: When the desk learned of it; the commit sets it, never before the stream's last. Elsewhere it
            is ``at``.
        by: Who recorded it: an actor's id.
        why: The reason, in words.
    """

    type: ClassVar[str] = ""
    version: ClassVar[int] = 1
    of: ClassVar[tuple[str, ...]] = ()
    recorded_by: ClassVar[tuple[str, ...]] = SPECIALIST

    id: str
    at: dt.datetime = attrs.field(validator=aware)
    recorded_at: dt.datetime = attrs.field(
        default=attrs.Factory(lambda self: self.at, takes_self=True), validator=aware
    )
    by: str = ""
    why: str = attrs.field(default="", validator=without_private)


@attrs.frozen
class Stamp:
    """Who does something, when, and why: what every new event is stamped with.

    Attributes:
        at: The instant at which it happened.
        by: The actor's id.
        new_id: Gives a fresh event id at each call.
        why: The reason, in words.
    """

    at: dt.datetime
    by: str
    new_id: Callable[[], str]
    why: str = ""

    def __call__(self, event_type: type[Event], /, **fields: Any) -> Any:  # noqa: ANN401 - the class decides
        """Return a new event of a type, stamped."""
        return event_type(**{"id": self.new_id(), "at": self.at, "by": self.by, "why": self.why, **fields})
