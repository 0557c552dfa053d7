"""When a rule applies: conditions over a state's finite facet, and triggers over what happened.

Both are values, so a profile can state them, a proof can enumerate them, and two that say the same are equal.
"""

from collections.abc import Iterable
from typing import NamedTuple, TypeAlias

import attrs

from credcore.history import Facet, Mark

__all__ = [
    "ALWAYS",
    "NEVER",
    "NO_TRIGGER",
    "AnyOf",
    "Condition",
    "Named",
    "Never",
    "Trigger",
    "When",
]


def _names(names: str | Iterable[str] | None) -> frozenset[str] | None:
    return None if names is None else _some(names)


def _some(names: str | Iterable[str]) -> frozenset[str]:
    return frozenset((names,)) if isinstance(names, str) else frozenset(names)


def _conditions(conditions: Iterable["Condition"]) -> tuple["Condition", ...]:
    return tuple(conditions)


class Named(NamedTuple):
    """What a condition names of the parts of a facet that change within a stage.

    Two facets that agree on these, and on whether anybody at all is waited for, are alike to the condition.

    Attributes:
        parties: Parties.
        flags: Flags.
        attempts: Numbers of attempts, with whomever, from which on the answer can be another.
        states: States of practice.
        tries: Numbers of attempts with a party from which on it can.
    """

    parties: frozenset[str] = frozenset()
    flags: frozenset[str] = frozenset()
    attempts: frozenset[int] = frozenset()
    states: frozenset[str] = frozenset()
    tries: frozenset[tuple[str, int]] = frozenset()

    def __or__(self, other: "Named") -> "Named":
        """Return what either of two conditions names."""
        return Named(
            self.parties | other.parties,
            self.flags | other.flags,
            self.attempts | other.attempts,
            self.states | other.states,
            self.tries | other.tries,
        )


@attrs.frozen(kw_only=True)
class When:
    """Met by a facet that fits every part given; a part left out does not narrow.

    Attributes:
        record: The kind of record.
        stage: One of these stages.
        kind: One of these kinds of file.
        waiting_on: A hold waits for one of these parties.
        held: Whether there is any hold at all.
        flags: All of these flags stand.
        without: None of these flags stands.
        attempts_from: At least as many unanswered attempts.
        attempts_below: Fewer unanswered attempts.
        attempts_with: The party with which these attempts are counted; empty for all together.
        state: The provider practises in one of these states, by postal code.

    Example:
        >>> psv = When(stage="psv", kind=["initial", "recredentialing"])
        >>> psv.met(Facet("file", kind="initial", stage="psv"))
        True
    """

    record: str | None = None
    stage: frozenset[str] | None = attrs.field(default=None, converter=_names)
    kind: frozenset[str] | None = attrs.field(default=None, converter=_names)
    waiting_on: frozenset[str] | None = attrs.field(default=None, converter=_names)
    held: bool | None = None
    flags: frozenset[str] = attrs.field(default=(), converter=_some)
    without: frozenset[str] = attrs.field(default=(), converter=_some)
    attempts_from: int = 0
    attempts_below: int | None = None
    attempts_with: str = ""
    state: frozenset[str] | None = attrs.field(default=None, converter=_names)

    def met(self, facet: Facet) -> bool:
        """Return whether a facet fits."""
        return (
            (self.stage is None or facet.stage in self.stage)
            and (self.waiting_on is None or not self.waiting_on.isdisjoint(facet.parties))
            and (self.held is None or self.held == bool(facet.parties))
            and (self.kind is None or facet.kind in self.kind)
            and (self.record is None or facet.record == self.record)
            and self.flags <= facet.flags
            and self.without.isdisjoint(facet.flags)
            and (self.state is None or facet.state in self.state)
            and self._tried_so_often(facet)
        )

    def _tried_so_often(self, facet: Facet) -> bool:
        below = self.attempts_below
        if not self.attempts_from and below is None:
            return True
        number = dict(facet.tries).get(self.attempts_with, 0) if self.attempts_with else facet.attempts
        return number >= self.attempts_from and (below is None or number < below)

    def within(self, record: str, kind: str, stage: str) -> "Condition":
        """Return what is left of the condition for a record of a kind in a stage.

        Example:
            >>> held = When(stage="psv", waiting_on="source")
            >>> held.within("file", "initial", "psv") == When(waiting_on="source")
            True
            >>> held.within("file", "initial", "intake") is NEVER
            True
        """
        if not When(record=self.record, kind=self.kind, stage=self.stage).met(Facet(record, kind, stage)):
            return NEVER
        return attrs.evolve(self, record=None, kind=None, stage=None)

    @property
    def named(self) -> Named:
        """What the answer can depend on."""
        numbers = frozenset(number for number in (self.attempts_from, self.attempts_below) if number)
        return Named(
            self.waiting_on or frozenset(),
            self.flags | self.without,
            frozenset() if self.attempts_with else numbers,
            self.state or frozenset(),
            frozenset((self.attempts_with, number) for number in numbers) if self.attempts_with else frozenset(),
        )


@attrs.frozen
class AnyOf:
    """Met by a facet that meets one of several conditions."""

    conditions: tuple["Condition", ...] = attrs.field(converter=_conditions)

    def met(self, facet: Facet) -> bool:
        """Return whether a facet fits one of them."""
        return any(condition.met(facet) for condition in self.conditions)

    def within(self, record: str, kind: str, stage: str) -> "Condition":
        """Return what is left of the condition for a record of a kind in a stage."""
        left = tuple(condition.within(record, kind, stage) for condition in self.conditions)
        if ALWAYS in left:
            return ALWAYS
        some = tuple(condition for condition in left if condition != NEVER)
        return AnyOf(some) if some else NEVER

    @property
    def named(self) -> Named:
        """What the answer can depend on."""
        named = Named()
        for condition in self.conditions:
            named |= condition.named
        return named


@attrs.frozen
class Never:
    """Met by no facet."""

    def met(self, _facet: Facet) -> bool:
        """Return False."""
        return False

    def within(self, _record: str, _kind: str, _stage: str) -> "Condition":
        """Return this condition."""
        return self

    @property
    def named(self) -> Named:
        """Nothing."""
        return Named()


Condition: TypeAlias = When | AnyOf | Never

NEVER = Never()
ALWAYS = When()


@attrs.frozen
class Trigger:
    """Fires at an instant at which one of some event types happened.

    Attributes:
        types: Event types; an answered or inbound contact also counts as ``contact-answered``.
        party: Only contacts with this party.

    Example:
        >>> Trigger(("verified", "reviewed")).fires([Mark("e-7", "reviewed")])
        True
    """

    types: frozenset[str] = attrs.field(default=(), converter=_some)
    party: str = ""

    def fires(self, marks: Iterable[Mark]) -> bool:
        """Return whether one of the marks is of these types, and of the party if one is named."""
        types, party = self.types, self.party
        return bool(types) and any(mark.type in types and party in ("", mark.party) for mark in marks)


NO_TRIGGER = Trigger()
