"""What assignment is decided from: the file that waits, and how each person stands just then."""

import datetime as dt
import functools
import json
from collections import Counter
from collections.abc import Iterable
from typing import Self

import attrs

from credcore.errors import InvalidInput
from credcore.events.base import aware, optional_aware
from credcore.instants import format_instant
from credcore.people import Person

__all__ = ["Member", "WorkItem", "refuse_twins"]


def refuse_twins(ids: Iterable[str], field: str) -> None:
    """Refuse an input in which an id stands more than once: it would say two things of one.

    Raises:
        InvalidInput: Such an id, all of them named.
    """
    twins = sorted(name for name, count in Counter(ids).items() if count > 1)
    if twins:
        raise InvalidInput(f"{', '.join(twins)} more than once; give each once", field=field)


@attrs.frozen(kw_only=True)
class WorkItem:
    """A file that waits for an owner, reduced to what policies may read.

    A text that is empty asks nothing: a file with no ``state`` may go to anyone, wherever licensed.

    Attributes:
        file: The file's id.
        kind: Its kind, such as ``initial``.
        stage: The stage that it stands in.
        owner_role: The role that the stage wants of its owner.
        state: The state whose licences it is about, such as ``TX``.
        payer: The payer that it is for.
        provider: The provider that it is about.
        skills: The skills that it needs, all of them.
        effort: What it takes of an owner's capacity, in units; at least 1.
        opened_at: When it was opened.
        deadline: When it is due; None if nothing is.
        previous_owner: The id of the person who worked on it last.
    """

    file: str
    kind: str
    stage: str
    owner_role: str = ""
    state: str = ""
    payer: str = ""
    provider: str = ""
    skills: tuple[str, ...] = ()
    effort: int = attrs.field(default=1)
    opened_at: dt.datetime = attrs.field(validator=aware)
    deadline: dt.datetime | None = attrs.field(default=None, validator=optional_aware)
    previous_owner: str = ""

    @effort.validator
    def _takes_something(self, _field: "attrs.Attribute[int]", effort: int) -> None:
        if effort < 1:
            raise InvalidInput(f"{effort} is no effort: a file takes 1 unit or more", field="effort")

    @functools.cached_property
    def canonical(self) -> str:
        """Its canonical JSON: keys sorted, no spaces, instants in UTC."""
        return _canonical(self)


@attrs.frozen(kw_only=True)
class Member:
    """A person as they stand when a file is to be given.

    Attributes:
        person: Who it is, with skills, licences and capacity.
        present: Whether they are at work.
        load: The effort of the files they own, in units. It may exceed the capacity, as after a cut in hours.
        last_given_at: When they were last given a file; None if never.
        free_at: When they are free for another file; None if now.
        turn: Their last turn in the plan that runs, counted from 1; 0 if they had none.
    """

    person: Person
    present: bool = True
    load: int = attrs.field(default=0)
    last_given_at: dt.datetime | None = attrs.field(default=None, validator=optional_aware)
    free_at: dt.datetime | None = attrs.field(default=None, validator=optional_aware)
    turn: int = 0

    @load.validator
    def _owns_no_less_than_nothing(self, _field: "attrs.Attribute[int]", load: int) -> None:
        if load < 0:
            raise InvalidInput(f"{load} is no load: it is 0 units or more", field="load")

    @functools.cached_property
    def canonical(self) -> str:
        """Its canonical JSON: keys sorted, no spaces, instants in UTC."""
        return _canonical(self)

    def given(self, item: WorkItem, *, turn: int) -> Self:
        """Return how they stand once the item is theirs, as the ``turn``-th of a plan.

        A plan has no clock, so ``last_given_at`` stays and ``turn`` tells who was given a file later.
        """
        return attrs.evolve(self, load=self.load + item.effort, turn=turn)


def _canonical(value: attrs.AttrsInstance) -> str:
    return json.dumps(attrs.asdict(value), default=_instant, sort_keys=True, separators=(",", ":"))


def _instant(value: object) -> str:
    if isinstance(value, dt.datetime):
        return format_instant(value)
    raise TypeError(f"{type(value).__name__} has no canonical JSON")
