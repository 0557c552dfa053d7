"""What the tables of rules have in common: an id, a source, somebody to tell, and the records that they apply to."""

import functools
from collections.abc import Callable, Collection, Iterable, Iterator
from typing import Final, TypedDict, TypeVar

import attrs

from credcore.calendars import WorkCalendar
from credcore.events import PARTIES
from credcore.identifiers import check_state
from credcore.profile.registry import Names
from credcore.profile.tables import Table
from credcore.rules.conditions import NEVER, AnyOf, Condition, When
from credcore.rules.evaluation import Rule

__all__ = [
    "OWNER",
    "PROVIDER_FLAGS",
    "Common",
    "any_of",
    "common_of",
    "either",
    "files_where",
    "files_while",
    "made",
    "providers_where",
    "states_of",
    "word",
]

_Word = TypeVar("_Word", bound=str)

OWNER: Final = "owner"
PROVIDER_FLAGS: Final = frozenset(("provider-on-leave", "provider-terminated"))
"""The flags that a file has from its provider."""
STATUSES: Final = ("active", "on-leave", "terminated")


class Common(TypedDict):
    """The fields that a clock and a rule about days share."""

    id: str
    title: str
    source: str
    formerly: str
    calendar: WorkCalendar
    to: str
    family: str


def common_of(table: Table, names: Names, family: str) -> Common:
    """Read what every rule has."""
    code = table.new_code("id")
    calendar = table.name("calendar", names.calendars, "calendar", names.calendar)
    return Common(
        id=code,
        title=table.text("title", code.replace("-", " ").capitalize()),
        source=table.text("source"),
        formerly=table.text("formerly", ""),
        calendar=names.calendars.get(calendar, names.always),
        to=table.name("to", names.roles, "role", OWNER),
        family=family,
    )


def files_where(table: Table, names: Names) -> When:
    """Return the files to which a rule applies: those of these stages, kinds and states, with and without flags."""
    return _file_condition(table.table("applies"), names)


def files_while(table: Table, names: Names) -> When:
    """Return the same for a rule that may also ask for holds and attempts."""
    applies = table.table("applies")
    waiting_on = applies.names("waiting-on", PARTIES, "party")
    held = applies.yes("held") if "held" in applies else None
    attempts = applies.whole("attempts", 0)
    when = _file_condition(applies, names)
    return attrs.evolve(when, waiting_on=waiting_on or None, held=held, attempts_from=attempts)


def _file_condition(applies: Table, names: Names) -> When:
    stages = applies.names("stage", names.stages, "stage", names.open_stages)
    for stage in stages:
        if stage in names.stages and names.stages[stage].terminal:
            applies.fault("stage", f"{stage!r} is terminal; a closed file has no clock")
    kinds = applies.names("kind", names.kinds, "kind of file")
    flags = applies.names("flags", names.flags, "flag")
    without = applies.names("without", names.flags, "flag")
    states = states_of(applies)
    applies.close()
    return When(record="file", stage=stages, kind=kinds or None, flags=flags, without=without, state=states or None)


def either(table: Table, key: str, names: Names) -> tuple[When, ...]:
    """Return the conditions of which one is enough: a hold for one of some parties, any hold, or one of some flags."""
    inner = table.table(key)
    parties = inner.names("waiting-on", PARTIES, "party")
    conditions = [When(waiting_on=parties)] if parties else []
    if inner.yes("held"):
        conditions.append(When(held=True))
    conditions += [When(flags=flag) for flag in inner.names("flags", names.flags, "flag")]
    inner.close()
    if key in table and inner.sound and not conditions:
        table.fault(key, 'names nothing; give parties or flags, such as { waiting-on = ["provider"] }')
    return tuple(conditions)


def any_of(conditions: Iterable[When]) -> Condition:
    """Return the condition that one of several is met; it never is if there are none."""
    several = tuple(conditions)
    if len(several) == 1:
        return several[0]
    return AnyOf(several) if several else NEVER


def word(table: Table, key: str, words: Collection[_Word], default: _Word) -> _Word:
    """Return one of a few words, as the very value that the words hold."""
    name = table.name(key, words, key, default)
    return next((word for word in words if word == name), default)


def made(table: Table, make: Callable[[], Rule]) -> Iterator[Rule]:
    """Yield the rule, unless something is wrong with its table."""
    rule = table.make(make)
    if rule is not None:
        yield rule


def states_of(table: Table) -> tuple[str, ...]:
    """Return the states of practice under the key ``state``, by postal code."""
    for place, value in table.items("state"):
        if isinstance(value, str):
            table.reading.attempt(place, functools.partial(check_state, value, ""))
    return table.texts("state")


def providers_where(table: Table) -> When:
    """Return the providers to which a rule applies: all that participate and are not a double of another."""
    applies = table.table("applies")
    status = applies.names("status", STATUSES, "status", ("active", "on-leave"))
    states = states_of(applies)
    applies.close()
    return When(record="provider", stage=status, without="merged", state=states or None)
