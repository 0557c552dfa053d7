"""The desk as each of its people works it, and what each of them has in hand."""

import random
from collections.abc import Sequence

from credcore.cli.demo.draws import by_counts
from credcore.cli.demo.people import Colleague
from credcore.cli.demo.rhythm import Activity
from credcore.coordinator import Actor, Coordinator

__all__ = ["Team"]


class Team:
    """Who works the desk.

    Args:
        coordinator: The desk; its first coordinator and lead act for the others.
        people: Those of the log.
    """

    def __init__(self, coordinator: Coordinator, people: Sequence[Colleague]) -> None:
        """Have everybody at work."""
        team = coordinator.desk.team
        self._desks = {person.id: coordinator.acting_as(Actor(person.id, person.roles)) for person in team}
        self._people = people
        self.coordinator = team.with_role("coordinator")[0].id
        self.lead = team.with_role("lead")[0].id
        self.owned: dict[str, set[str]] = {person.id: set() for person in team}
        self._owner: dict[str, str] = {}

    def desk(self, person: str) -> Coordinator:
        """Return the desk as a person works it; nobody's work is the lead's."""
        return self._desks[person or self.lead]

    def give(self, file_id: str, to: str = "") -> None:
        """Note that a file changes hands; ``to`` nobody if it closes."""
        self.owned.get(self._owner.pop(file_id, ""), set()).discard(file_id)
        if to:
            self._owner[file_id] = to
            self.owned[to].add(file_id)

    def colleague(self, owner: str, state: str, activity: Activity, rng: random.Random) -> str:
        """Draw who goes on with a file: of those who may and have room, by how much of it each did in the log."""
        able = {
            person.id: person.worker.by_activity[activity.name]
            for person in self._people
            if person.id != owner
            and (state in person.states or "*" in person.states)
            and len(self.owned[person.id]) < person.capacity
        }
        return by_counts(able, rng) if able else owner
