"""Distribute a queue of files over a team."""

import datetime as dt
import functools
from collections.abc import Iterable, Mapping

import attrs

from credcore.assignment.choice import Choice, assign_one
from credcore.assignment.policy import Policy
from credcore.assignment.work import Member, WorkItem, refuse_twins

__all__ = ["Plan", "plan"]


@attrs.frozen
class Plan:
    """Who takes which file of a queue.

    Attributes:
        choices: One for each file, in the order in which they were made. Each was made from the team as the choices
            before it had left it: ``Member.given`` leads from one to the next.
    """

    choices: tuple[Choice, ...]

    @functools.cached_property
    def assigned(self) -> Mapping[str, str]:
        """Who takes each file that somebody takes: person id by file id."""
        return {choice.file: choice.chosen for choice in self.choices if choice.chosen is not None}

    @functools.cached_property
    def unassigned(self) -> tuple[Choice, ...]:
        """The choices that left a file over, each with what nobody met and who would help."""
        return tuple(choice for choice in self.choices if choice.chosen is None)


def plan(policy: Policy, items: Iterable[WorkItem], members: Iterable[Member]) -> Plan:
    """Return who takes each file of a queue.

    The files choose in turn: earliest deadline first, those without one last; then the oldest; then by id. Each file
    adds to its owner's load and is their latest turn in the round robin. No choice is taken back, so an early file may
    take the last room of somebody whom a later one needed: the later one pays, and is left over.

    With files of one unit each, the requirements that ship, and preferences that are fixed or go by load, one more
    person never leaves a file over that had an owner before. One unit of room more somewhere changes no other score, so
    a file takes either what it took or that unit; after it, the larger team again has one unit more, here or there.
    Neither with unequal efforts nor under ``RoundRobin`` does this hold.

    Args:
        policy: Who may, and who had better.
        items: The files, in any order.
        members: The people as they stand, in any order.

    Raises:
        InvalidInput: A file or a person stands there twice.
    """
    queue = sorted(items, key=_turn)
    staff = tuple(members)
    refuse_twins((item.file for item in queue), "items")
    refuse_twins((member.person.id for member in staff), "members")
    team = {member.person.id: member for member in staff}
    choices = []
    for turn, item in enumerate(queue, start=1):
        choice = assign_one(policy, item, team.values())
        if choice.chosen is not None:
            team[choice.chosen] = team[choice.chosen].given(item, turn=turn)
        choices.append(choice)
    return Plan(tuple(choices))


def _turn(item: WorkItem) -> tuple[bool, dt.datetime, dt.datetime, str]:
    return (item.deadline is None, item.deadline or item.opened_at, item.opened_at, item.file)
