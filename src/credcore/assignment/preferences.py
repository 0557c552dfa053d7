"""Who had better take a file, among those who may.

A preference gives each person a score; the lowest goes first. A policy compares by its first preference, then by its
second, and in the end by id, so that there is always one answer.
"""

import abc
import math

import attrs

from credcore.assignment.work import Member, WorkItem
from credcore.instants import format_instant, to_us

__all__ = ["Continuity", "EarliestFree", "LeastLoaded", "Preference", "RoundRobin", "Score"]

Score = float | tuple[float, ...]
"""A number, or several compared in turn; lower is better. One preference gives scores of one shape."""


class Preference(abc.ABC):
    """An order among the people who may take a file."""

    __slots__ = ()

    @property
    @abc.abstractmethod
    def name(self) -> str:
        """The name that a profile writes, in kebab-case; unique in a policy."""

    @abc.abstractmethod
    def score(self, item: WorkItem, member: Member) -> Score:
        """Return where the person stands; lower is better."""

    @abc.abstractmethod
    def explain(self, item: WorkItem, member: Member) -> str:
        """Return the score in the field's words: ``4 of 12``."""

    def __str__(self) -> str:
        """Return how a policy says it."""
        return self.name.replace("-", " ")


@attrs.frozen
class Continuity(Preference):
    """Whoever worked on the file last goes first."""

    name = "continuity"

    def score(self, item: WorkItem, member: Member) -> Score:
        """Return 0 for the previous owner, 1 for everybody else."""
        return 0 if member.person.id == item.previous_owner else 1

    def explain(self, item: WorkItem, member: Member) -> str:
        """Return whether they had the file before."""
        return "had it before" if member.person.id == item.previous_owner else "new to it"


@attrs.frozen
class LeastLoaded(Preference):
    """Whoever carries the least effort for their capacity goes first.

    The measure is the share of the capacity that is taken, before the file: somebody on half time with 3 of 6 units is
    as loaded as somebody on full time with 6 of 12.
    """

    name = "least-loaded"

    def score(self, item: WorkItem, member: Member) -> Score:  # noqa: ARG002 - the same verbs for all
        """Return load by capacity, infinite without any capacity."""
        # Exact as an order: shares of less than 2**26 units that differ, differ as floats, and equal ones are equal.
        return member.load / member.person.capacity if member.person.capacity > 0 else math.inf

    def explain(self, item: WorkItem, member: Member) -> str:  # noqa: ARG002
        """Return the load and the capacity, in units of effort."""
        return f"{member.load} of {member.person.capacity}"


@attrs.frozen
class RoundRobin(Preference):
    """Whoever has been without a new file for longest goes first; those who never had one before all others."""

    name = "round-robin"

    def score(self, item: WorkItem, member: Member) -> Score:  # noqa: ARG002
        """Return the last turn in the plan that runs, then when a file was last given, in microseconds of UTC."""
        given_at = member.last_given_at
        return (member.turn, -math.inf if given_at is None else to_us(given_at))

    def explain(self, item: WorkItem, member: Member) -> str:  # noqa: ARG002
        """Return when a file was last given."""
        if member.turn:
            return f"given one at turn {member.turn}"
        return (
            "never given one"
            if member.last_given_at is None
            else f"given one at {format_instant(member.last_given_at)}"
        )


@attrs.frozen
class EarliestFree(Preference):
    """Whoever is free first goes first. How long a file takes is not known, so a plan leaves ``free_at`` as it is."""

    name = "earliest-free"

    def score(self, item: WorkItem, member: Member) -> Score:  # noqa: ARG002
        """Return when they are free, in microseconds of UTC; before everything if they are free now."""
        return -math.inf if member.free_at is None else to_us(member.free_at)

    def explain(self, item: WorkItem, member: Member) -> str:  # noqa: ARG002
        """Return when they are free."""
        return "free now" if member.free_at is None else f"free at {format_instant(member.free_at)}"
