"""Sets of facets, to go through all of them at once: a bit each, so that conditions become masks.

Within one kind and one stage a condition reads parties, flags, the state of practice and the number of attempts. All
combinations of those that some conditions name are numbered, and a set of them is one whole number: *on and not
paused* is ``on & ~paused`` for a hundred thousand facets in one step.
"""

from collections.abc import Collection, Iterator

from credcore.errors import InvalidInput
from credcore.events import PARTIES
from credcore.history import Facet
from credcore.rules.conditions import AnyOf, Condition, Named, Never, When

__all__ = ["FacetSpace"]

_STATE = "state of practice"
_MOST = 1 << 25
"""Facets at the most, in one kind and stage: four megabytes a set."""


class FacetSpace:
    """Every facet that some conditions can tell apart, within one kind in one stage.

    Of the parties that nobody names, one stands for all, and no state for all of those. From one named number of
    attempts to the next, of all together or with one party, all are alike.

    Args:
        named: What the conditions name.
        parties: Whom such a record can wait for; a condition that asks for another is met by nothing here.
        flags: The flags that can stand on it; None for any.
        contacts: Whether attempts are counted at all.

    Attributes:
        size: How many facets.
        everything: The set of all of them.

    Raises:
        InvalidInput: Conditions name more than can be gone through.
    """

    def __init__(
        self,
        named: Named,
        *,
        parties: Collection[str] = PARTIES,
        flags: Collection[str] | None = None,
        contacts: bool = True,
    ) -> None:
        """Number the facets."""
        somebody_else = [party for party in parties if party not in named.parties][:1]
        self._parties = [*sorted(named.parties & set(parties)), *somebody_else]
        self._flags = sorted(named.flags if flags is None else named.flags & set(flags))
        self._states = ["", *sorted(named.states)]
        self._attempts = _attempts(named) if contacts else {}
        narrow = 1
        self._strides: dict[str, tuple[int, int]] = {}  # of each scale: how far apart its values are, and how many
        for name, number in (
            *((name, len(tried)) for name, tried in self._attempts.items()),
            (_STATE, len(self._states)),
        ):
            self._strides[name] = narrow, number
            narrow *= number
        self.size = narrow << (len(self._parties) + len(self._flags))
        if self.size > _MOST:
            raise InvalidInput(
                f"conditions tell {self.size:,} facets of one stage apart, {_MOST:,} can be gone through; "
                "name fewer flags in the rules of one stage"
            )
        self.everything = (1 << self.size) - 1
        names = [*((flag, "flag") for flag in self._flags), *((party, "party") for party in self._parties)]
        self._block = {name: narrow << place for place, name in enumerate(names)}
        self._having = {
            name: self._repeated(((1 << block) - 1) << block, 2 * block) for name, block in self._block.items()
        }
        self._held = self._any_of([(party, "party") for party in self._parties])

    def _repeated(self, pattern: int, width: int) -> int:
        while width < self.size:
            pattern |= pattern << width
            width *= 2
        return pattern

    def _any_of(self, names: Collection[tuple[str, str]]) -> int:
        found = 0
        for name in names:
            found |= self._having.get(name, 0)
        return found

    def where(self, condition: Condition) -> int:
        """Return the set of facets that meet what `within` left of a condition.

        Raises:
            TypeError: It is of no kind that is known here.
        """
        if isinstance(condition, When):
            return self._when(condition)
        if isinstance(condition, AnyOf):
            found = 0
            for one in condition.conditions:
                found |= self.where(one)
            return found
        if isinstance(condition, Never):
            return 0
        raise TypeError(condition)

    def _when(self, when: When) -> int:
        found = self.everything
        if when.waiting_on is not None:
            found &= self._any_of([(party, "party") for party in when.waiting_on])
        if when.held is not None:
            found &= self._held if when.held else ~self._held
        for flag in when.flags:
            found &= self._having.get((flag, "flag"), 0)
        for flag in when.without:
            found &= ~self._having.get((flag, "flag"), 0)
        if when.attempts_from or when.attempts_below is not None:
            fits = [
                place
                for place, number in enumerate(self._attempts.get(when.attempts_with, [0]))
                if number >= when.attempts_from and (when.attempts_below is None or number < when.attempts_below)
            ]
            if when.attempts_with in self._attempts:
                found &= self._at(when.attempts_with, fits)
            elif not fits:
                return 0  # nobody is contacted
        if when.state is not None:
            found &= self._at(_STATE, [place for place, state in enumerate(self._states) if state in when.state])
        return found

    def _at(self, name: str, places: Collection[int]) -> int:
        """Return the set of facets that have one of some values of a scale, by their places in it."""
        each, number = self._strides[name]
        return self._repeated(sum(((1 << each) - 1) << place * each for place in places), each * number)

    def _place(self, facet: int, name: str) -> int:
        """Return which value of a scale a facet has, by its place in it."""
        each, number = self._strides[name]
        return facet // each % number

    def least(self, some: int) -> int:
        """Return those of a set that have no lesser one in it: no more parties, flags and attempts, and no state."""
        above = some
        for below, shift in self._rises():
            above |= (above & below) << shift
        greater = 0
        for below, shift in self._rises():
            greater |= (above & below) << shift
        return some & ~greater

    def _rises(self) -> Iterator[tuple[int, int]]:
        """Yield each way up: the facets from which it leads, and how far; one after the other they lead everywhere."""
        for name, (each, number) in self._strides.items():
            if name == _STATE:
                nowhere = self._at(_STATE, [0])
                yield from ((nowhere, place * each) for place in range(1, number))
            else:
                yield from [(self._at(name, range(number - 1)), each)] * (number - 1)
        yield from ((self.everything & ~self._having[name], block) for name, block in self._block.items())

    def facets(self, some: int, record: str, kind: str, stage: str) -> Iterator[Facet]:
        """Yield the facets of a set: those with fewer parties first, then with fewer flags."""
        found = []
        for number in _bits(some):
            tried = {name: numbers[self._place(number, name)] for name, numbers in self._attempts.items()}
            attempts = tried.pop("", 0)
            tries = tuple((party, times) for party, times in tried.items() if times)
            state = self._states[self._place(number, _STATE)]
            parties = tuple(one for one in self._parties if self._having[one, "party"] >> number & 1)
            flags = tuple(one for one in self._flags if self._having[one, "flag"] >> number & 1)
            order = [self._parties.index(one) for one in parties]
            found.append((len(parties), order, len(flags), flags, state, attempts, tries, frozenset(parties)))
        for _, _, _, flags, state, attempts, tries, held_for in sorted(found):
            yield Facet(record, kind, stage, held_for, frozenset(flags), attempts, state, tries)


def _attempts(named: Named) -> dict[str, list[int]]:
    """Return the numbers of attempts to try: of all together, under the empty name, and with each party named."""
    found = {"": {0, *named.attempts}}
    for party, number in named.tries:
        found.setdefault(party, {0}).add(number)
    return {name: sorted(numbers) for name, numbers in sorted(found.items())}


def _bits(some: int) -> Iterator[int]:
    while some:
        lowest = some & -some
        yield lowest.bit_length() - 1
        some ^= lowest
