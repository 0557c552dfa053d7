"""How an organisation assigns: what it requires, then what it prefers."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Self, TypeVar

import attrs

from credcore.assignment.preferences import Continuity, EarliestFree, LeastLoaded, Preference, RoundRobin
from credcore.assignment.requirements import (
    HasRole,
    LicensedIn,
    NoConflict,
    Payer,
    Present,
    Requirement,
    Skill,
    UnderCapacity,
)
from credcore.assignment.work import refuse_twins
from credcore.errors import Fault, ProfileError, nearest

__all__ = ["DEFAULT_POLICY", "PREFERENCES", "REQUIREMENTS", "Policy"]

_Part = TypeVar("_Part", Requirement, Preference)

REQUIREMENTS: Mapping[str, Requirement] = {
    requirement.name: requirement
    for requirement in (Present(), HasRole(), Skill(), LicensedIn(), Payer(), NoConflict(), UnderCapacity())
}
"""The requirements that a profile can name."""

PREFERENCES: Mapping[str, Preference] = {
    preference.name: preference for preference in (Continuity(), LeastLoaded(), RoundRobin(), EarliestFree())
}
"""The preferences that a profile can name."""


def _requirements(parts: Iterable[Requirement]) -> tuple[Requirement, ...]:
    return tuple(parts)


def _preferences(parts: Iterable[Preference]) -> tuple[Preference, ...]:
    return tuple(parts)


def _named_once(_policy: "Policy", field: "attrs.Attribute[tuple[_Part, ...]]", parts: tuple[_Part, ...]) -> None:
    refuse_twins((part.name for part in parts), field.name)


@attrs.frozen
class Policy:
    """Who may take a file, and who of them goes first.

    A policy asks for no more than it says: without ``Present`` the absent may be chosen, without ``UnderCapacity``
    anybody may be filled beyond capacity.

    Attributes:
        name: What the profile calls it.
        requirements: All must be met.
        preferences: Compared in this order; whom none of them separates, the person's id does.

    Example:
        >>> print(Policy("night-desk", [Present(), UnderCapacity()], [Continuity(), LeastLoaded()]))
        present, under capacity; then continuity, least loaded
    """

    name: str
    requirements: tuple[Requirement, ...] = attrs.field(default=(), converter=_requirements, validator=_named_once)
    preferences: tuple[Preference, ...] = attrs.field(default=(), converter=_preferences, validator=_named_once)

    @classmethod
    def from_names(cls, name: str, *, requirements: Sequence[str], preferences: Sequence[str]) -> Self:
        """Return the policy that a profile writes by names.

        Args:
            name: What the profile calls it.
            requirements: Keys of ``REQUIREMENTS``.
            preferences: Keys of ``PREFERENCES``, the weightiest first.

        Raises:
            ProfileError: Names are unknown or stand there more than once; all such faults, each with its place.

        Example:
            >>> print(Policy.from_names("desk", requirements=["present", "licensed-in"], preferences=["round-robin"]))
            present, licensed in the file's state; then round robin
        """
        faults = [
            *_faults(f"policies.{name}.requirements", requirements, REQUIREMENTS),
            *_faults(f"policies.{name}.preferences", preferences, PREFERENCES),
        ]
        if faults:
            raise ProfileError(faults)
        return cls(name, [REQUIREMENTS[part] for part in requirements], [PREFERENCES[part] for part in preferences])

    def __str__(self) -> str:
        """Return what it means, in one line."""
        who = ", ".join(map(str, self.requirements)) or "anyone"
        return f"{who}; then {', '.join(map(str, self.preferences)) or 'name order'}"


def _faults(key: str, names: Sequence[str], known: Mapping[str, object]) -> Iterable[Fault]:
    for index, name in enumerate(names):
        if name not in known:
            yield Fault(key=f"{key}[{index}]", message=f"{name!r} is unknown; {nearest(name, known)}")
        elif name in names[:index]:
            yield Fault(key=f"{key}[{index}]", message=f"{name!r} stands there already; name it once")


DEFAULT_POLICY = Policy("default", REQUIREMENTS.values(), [Continuity(), LeastLoaded()])
"""Every requirement that a profile can name; then continuity, least loaded."""
