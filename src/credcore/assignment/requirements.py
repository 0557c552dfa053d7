"""Who may take a file.

A requirement is a value that explains itself: whether a person meets it, why not in the field's words, and who would.
A requirement of one's own is a ``Where``, or a subclass of ``Requirement``.
"""

import abc
from collections.abc import Callable

import attrs

from credcore.assignment.work import Member, WorkItem

__all__ = [
    "HasRole",
    "LicensedIn",
    "NoConflict",
    "Payer",
    "Present",
    "Requirement",
    "Skill",
    "UnderCapacity",
    "Where",
    "remedy",
]

ANY = "*"
"""In a person's states or payers: all of them. An empty tuple says the same."""


def remedy(asked: str) -> str:
    """Return who would help where nobody is what was asked.

    Example:
        >>> remedy("licensed in TX")
        'one more person licensed in TX'
    """
    return f"one more person {asked}".rstrip()


class Requirement(abc.ABC):
    """What a person must be to take a file."""

    __slots__ = ()

    @property
    @abc.abstractmethod
    def name(self) -> str:
        """The name that a profile writes, in kebab-case; unique in a policy."""

    @abc.abstractmethod
    def met(self, item: WorkItem, member: Member) -> bool:
        """Return whether the person may take the file as far as this goes."""

    @abc.abstractmethod
    def unmet_reason(self, item: WorkItem, member: Member) -> str:
        """Return why the person, who does not meet it, does not: ``not licensed in TX``."""

    @abc.abstractmethod
    def asks(self, item: WorkItem) -> str:
        """Return whom the file asks for: ``licensed in TX``, said after *nobody* or *one more person*.

        Empty if this file asks nothing, so that everybody meets it.
        """

    def remedy(self, item: WorkItem) -> str:
        """Return who would help if nobody meets it: ``one more person licensed in TX``."""
        return remedy(self.asks(item))

    def __str__(self) -> str:
        """Return how a policy says it."""
        return self.name.replace("-", " ")


@attrs.frozen
class Present(Requirement):
    """The person is at work: neither absent nor inactive."""

    name = "present"

    def met(self, item: WorkItem, member: Member) -> bool:  # noqa: ARG002 - the same verbs for all
        """Return whether the person is at work."""
        return member.present

    def unmet_reason(self, item: WorkItem, member: Member) -> str:  # noqa: ARG002
        """Return ``away``."""
        return "away"

    def asks(self, item: WorkItem) -> str:  # noqa: ARG002
        """Return ``present``."""
        return "present"


@attrs.frozen
class HasRole(Requirement):
    """The person has the role that the stage wants of its owner."""

    name = "role"

    def met(self, item: WorkItem, member: Member) -> bool:
        """Return whether the stage's owner role is among the person's."""
        return not item.owner_role or item.owner_role in member.person.roles

    def unmet_reason(self, item: WorkItem, member: Member) -> str:  # noqa: ARG002
        """Return which role is missing."""
        return f"not in the role {item.owner_role}"

    def asks(self, item: WorkItem) -> str:
        """Return the role."""
        return f"in the role {item.owner_role}" if item.owner_role else ""

    def __str__(self) -> str:
        """Return how a policy says it."""
        return "in the stage's role"


@attrs.frozen
class Skill(Requirement):
    """The person has every skill that the file needs."""

    name = "skill"

    def met(self, item: WorkItem, member: Member) -> bool:
        """Return whether none of the skills is missing."""
        return not self._missing(item, member)

    def unmet_reason(self, item: WorkItem, member: Member) -> str:
        """Return which skills are missing."""
        return f"without {_listed(self._missing(item, member))}"

    def asks(self, item: WorkItem) -> str:
        """Return the skills."""
        return f"skilled in {_listed(item.skills)}" if item.skills else ""

    def __str__(self) -> str:
        """Return how a policy says it."""
        return "skilled for the file"

    @staticmethod
    def _missing(item: WorkItem, member: Member) -> tuple[str, ...]:
        return tuple(skill for skill in item.skills if skill not in member.person.skills)


@attrs.frozen
class LicensedIn(Requirement):
    """The person may work files of the state: it is among theirs, or they name none or ``*``."""

    name = "licensed-in"

    def met(self, item: WorkItem, member: Member) -> bool:
        """Return whether the file's state is among the person's."""
        return _covers(member.person.states, item.state)

    def unmet_reason(self, item: WorkItem, member: Member) -> str:  # noqa: ARG002
        """Return the state."""
        return f"not licensed in {item.state}"

    def asks(self, item: WorkItem) -> str:
        """Return the state."""
        return f"licensed in {item.state}" if item.state else ""

    def __str__(self) -> str:
        """Return how a policy says it."""
        return "licensed in the file's state"


@attrs.frozen
class Payer(Requirement):
    """The person works with the file's payer: it is among theirs, or they name none or ``*``."""

    name = "payer"

    def met(self, item: WorkItem, member: Member) -> bool:
        """Return whether the file's payer is among the person's."""
        return _covers(member.person.payers, item.payer)

    def unmet_reason(self, item: WorkItem, member: Member) -> str:  # noqa: ARG002
        """Return the payer."""
        return f"not on payer {item.payer}"

    def asks(self, item: WorkItem) -> str:
        """Return the payer."""
        return f"on payer {item.payer}" if item.payer else ""

    def __str__(self) -> str:
        """Return how a policy says it."""
        return "on the file's payer"


@attrs.frozen
class NoConflict(Requirement):
    """The person has declared no conflict of interest with the provider."""

    name = "no-conflict"

    def met(self, item: WorkItem, member: Member) -> bool:
        """Return whether the provider is not among the person's conflicts."""
        return not item.provider or item.provider not in member.person.conflicts

    def unmet_reason(self, item: WorkItem, member: Member) -> str:  # noqa: ARG002
        """Return the provider."""
        return f"conflict with {item.provider}"

    def asks(self, item: WorkItem) -> str:
        """Return the provider."""
        return f"without a conflict with {item.provider}" if item.provider else ""

    def __str__(self) -> str:
        """Return how a policy says it."""
        return "no conflict with the provider"


@attrs.frozen
class UnderCapacity(Requirement):
    """The person's load, with the file, stays within their capacity."""

    name = "under-capacity"

    def met(self, item: WorkItem, member: Member) -> bool:
        """Return whether the file's effort still fits."""
        return member.load + item.effort <= member.person.capacity

    def unmet_reason(self, item: WorkItem, member: Member) -> str:
        """Return the load and the capacity, in units of effort."""
        standing = f"{member.load} of {member.person.capacity}"
        return (
            f"full: {standing}" if member.load >= member.person.capacity else f"no room for {item.effort}: {standing}"
        )

    def asks(self, item: WorkItem) -> str:
        """Return the room that the file needs, in units of effort."""
        return f"with room for {item.effort} unit{'s' if item.effort != 1 else ''}"


@attrs.frozen
class Where(Requirement):
    """Any condition of one's own.

    Two are equal if they have the same name and the very same function.

    Attributes:
        name: What it is called where a choice explains itself.
        function: Pure; returns whether the person may take the file.

    Example:
        >>> senior = Where("senior-for-appeals", lambda item, member: "senior" in member.person.skills)
        >>> str(senior)
        'senior for appeals'
    """

    name: str
    function: Callable[[WorkItem, Member], bool]

    def met(self, item: WorkItem, member: Member) -> bool:
        """Return what the function says."""
        return self.function(item, member)

    def unmet_reason(self, item: WorkItem, member: Member) -> str:  # noqa: ARG002
        """Return its name."""
        return f"does not meet {self.name}"

    def asks(self, item: WorkItem) -> str:  # noqa: ARG002
        """Return its name."""
        return f"who meets {self.name}"


def _covers(theirs: tuple[str, ...], wanted: str) -> bool:
    return not wanted or not theirs or wanted in theirs or ANY in theirs


def _listed(names: tuple[str, ...]) -> str:
    return ", ".join(names)
