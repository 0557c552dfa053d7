"""How many records stand how at an instant, from lifetimes that were laid out once.

A finding holds from one instant until another, so nothing has to be judged again to say how things stood last month, or
will stand on Friday if nothing more happens. `Lifetimes` takes the findings of many records, once, and lays them out in
sorted columns: how many are breached is two searches, which ones is one walk over those that began.
"""

import datetime as dt
import itertools
from array import array
from bisect import bisect_right
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple, Self

import attrs

from credcore.errors import InvalidInput
from credcore.history import Ref
from credcore.instants import from_us, to_us
from credcore.rules.findings import BREACHED, RUNNING, Finding, Rung, gravity

__all__ = ["Lifetimes"]

_FOR_EVER, _NO_DAY = 2**63 - 1, -(2**63)
"""What stands for an end, or a deadline, that there is not: no instant is so late, or so early."""


class _Said(NamedTuple):
    """What many findings have in common; kept once."""

    rule: str
    about: str
    passed: tuple[Rung, ...]

    @property
    def level(self) -> int:
        return self.passed[-1].level if self.passed else RUNNING


class _Rows(NamedTuple):
    """A finding a row, those of a record together, in the order in which they were given."""

    first: "array[int]"
    """By record, where its rows begin; and where the last one's end."""
    since: "array[int]"
    until: "array[int]"
    due: "array[int]"
    said: "array[int]"
    episode: list[str]


class _Ends(NamedTuple):
    """When findings of one rule and level begin and end, each in rising order: a count is one search in either."""

    since: "array[int]"
    until: "array[int]"

    def count(self, at_us: int) -> int:
        return bisect_right(self.since, at_us) - bisect_right(self.until, at_us)

    def next_change(self, at_us: int) -> int:
        borders = ((some, bisect_right(some, at_us)) for some in self)
        return min((some[place] for some, place in borders if place < len(some)), default=_FOR_EVER)


class _Stretches(NamedTuple):
    """When records stand at a level or above it, by the beginning of each stretch; those of one record are apart."""

    since: "array[int]"
    until: "array[int]"
    record: list[Ref]
    ends: "array[int]"
    """The same ends as `until`, in rising order."""

    def count(self, at_us: int) -> int:
        return bisect_right(self.since, at_us) - bisect_right(self.ends, at_us)

    def records(self, at_us: int) -> list[Ref]:
        place = bisect_right(self.since, at_us)
        begun = self.record[:place]
        if not bisect_right(self.ends, at_us):
            return begun  # none has ended, as in tails read soon after
        return [ref for ref, until in zip(begun, self.until[:place], strict=True) if until > at_us]


@attrs.frozen(eq=False, repr=False)
class Lifetimes:
    """The findings of many records, laid out so that any instant can be read at once.

    Given whole schedules, any instant can be read: what stood then, and what will stand if nothing more happens. Given
    only tails, any instant from the last event of each record on. What changed since must be given anew: to follow one
    desk from event to event, its sweep and worklist are there.

    A finding takes 52 bytes, a stretch during which a record stands at a level or above it 32; of texts only the names
    of episodes are kept for each finding, as references to those that were given.

    Attributes:
        refs: The records, in the order in which they were given.

    Example:
        >>> from credcore.calendars import WorkCalendar
        >>> from credcore.events import FileOpened
        >>> from credcore.history import History
        >>> from credcore.limits import parse_limit
        >>> from credcore.rules import ClockRule, When, schedule
        >>> week = ClockRule(
        ...     id="intake-week", on=When(stage="intake"), limit=parse_limit("7 days"), warn=[0.5],
        ...     calendar=WorkCalendar.always("America/Chicago"),
        ... )
        >>> monday = dt.datetime(2026, 3, 2, 15, tzinfo=dt.UTC)
        >>> def opened(n):
        ...     at = monday + dt.timedelta(days=n)
        ...     event = FileOpened(id="e-1", at=at, kind="initial", provider="p", stage="intake")
        ...     return History(Ref("file", f"f-{n}"), [event])
        >>> lifetimes = Lifetimes.of((history.ref, schedule(history, [week])) for history in map(opened, range(7)))
        >>> on_wednesday_week = monday + dt.timedelta(days=9)
        >>> sorted(lifetimes.levels_at(on_wednesday_week).items())  # running, warned, breached
        [(0, 2), (1, 3), (2, 2)]
        >>> [str(ref) for ref in lifetimes.records_at(on_wednesday_week)]
        ['file/f-0', 'file/f-1']
        >>> lifetimes.next_change(on_wednesday_week).isoformat()
        '2026-03-12T05:00:00+00:00'
    """

    refs: tuple[Ref, ...]
    _numbers: Mapping[Ref, int]
    _said: tuple[_Said, ...]
    _rows: _Rows
    _by_rule: Mapping[tuple[str, int], _Ends]
    _by_level: dict[int, _Stretches]

    @classmethod
    def of(cls, records: Iterable[tuple[Ref, Iterable[Finding]]]) -> Self:
        """Lay out the findings of records, each with its own: its `schedule`, or what rules say of its tail.

        Args:
            records: In any order; a generator is read as it goes, so that no history need be kept.

        Raises:
            InvalidInput: A record comes twice.
        """
        numbers: dict[Ref, int] = {}
        said: dict[_Said, int] = {}
        rows = _Rows(array("Q", [0]), array("q"), array("q"), array("q"), array("I"), [])
        for ref, findings in records:
            if ref in numbers:
                raise InvalidInput(f"{ref} comes twice; give all findings of a record together", field="records")
            numbers[ref] = len(numbers)
            for finding in findings:
                rows.since.append(finding.since_us)
                rows.until.append(_FOR_EVER if finding.until_us is None else finding.until_us)
                rows.due.append(_NO_DAY if finding.due_us is None else finding.due_us)
                rows.said.append(said.setdefault(_Said(finding.rule, finding.about, finding.passed), len(said)))
                rows.episode.append(finding.episode)
            rows.first.append(len(rows.since))
        kinds = tuple(said)
        refs = tuple(numbers)
        return cls(refs, numbers, kinds, rows, _by_rule(rows, kinds), _by_level(rows, kinds, refs))

    def levels_at(self, at: dt.datetime) -> Counter[int]:
        """Return how many records stand at each level, each counted at its gravest; 0 for a level at which none does.

        Raises:
            NaiveInstant: ``at`` has no zone.
        """
        at_us = to_us(at)
        counts: Counter[int] = Counter()
        graver = 0
        for level, some in reversed(self._by_level.items()):
            at_least = some.count(at_us)
            if at_least > graver:
                counts[level] = at_least - graver
            graver = at_least
        return counts

    def rules_at(self, at: dt.datetime) -> Counter[tuple[str, int]]:
        """Return how many findings stand, by rule and level; 0 for what there is none of.

        A rule may say several things of one record, of several credentials for example: findings are counted here,
        records by `levels_at`.

        Raises:
            NaiveInstant: ``at`` has no zone.
        """
        at_us = to_us(at)
        counts = ((key, some.count(at_us)) for key, some in self._by_rule.items())
        return Counter({key: count for key, count in counts if count})

    def records_at(self, at: dt.datetime, level: int = BREACHED) -> tuple[Ref, ...]:
        """Return the records that stand at a level or above it, those that have stood so longest first.

        Args:
            at: An aware instant.
            level: ``WARNED``, ``BREACHED``, or a rung of the ladder above it.

        Raises:
            NaiveInstant: ``at`` has no zone.
        """
        at_us = to_us(at)
        lowest = next((some for own, some in self._by_level.items() if own >= level), None)
        return () if lowest is None else tuple(lowest.records(at_us))

    def standing_at(self, at: dt.datetime) -> Iterator[tuple[Ref, tuple[Finding, ...]]]:
        """Return, record by record as they are asked for, what stands: what `evaluate` would say of it then.

        Since when and until when is as it was given: in a schedule what happened later ends a finding, and `evaluate`,
        asked of that instant, knows of nothing later.

        Raises:
            NaiveInstant: ``at`` has no zone; raised at once, not with the first answer.
        """
        at_us = to_us(at)
        return ((ref, self._standing(number, at_us)) for number, ref in enumerate(self.refs))

    def standing_of(self, ref: Ref, at: dt.datetime) -> tuple[Finding, ...]:
        """Return what stands of one record, the gravest first.

        Raises:
            NaiveInstant: ``at`` has no zone.
            InvalidInput: The record's findings were not given.
        """
        number = self._numbers.get(ref)
        if number is None:
            raise InvalidInput(f"{ref} is not among the {len(self.refs)} records that were laid out", field="ref")
        return self._standing(number, to_us(at))

    def next_change(self, at: dt.datetime) -> dt.datetime | None:
        """Return the first instant after ``at`` at which anything begins or ends for any record; None if never.

        Within a whole schedule, what is known to have happened later changes things too.

        Raises:
            NaiveInstant: ``at`` has no zone.
        """
        at_us = to_us(at)
        first = min((some.next_change(at_us) for some in self._by_rule.values()), default=_FOR_EVER)
        return None if first == _FOR_EVER else from_us(first)

    def _standing(self, number: int, at_us: int) -> tuple[Finding, ...]:
        since, until = self._rows.since, self._rows.until
        own = range(self._rows.first[number], self._rows.first[number + 1])
        now = [self._finding(row) for row in own if since[row] <= at_us < until[row]]
        return tuple(sorted(now, key=gravity))

    def _finding(self, row: int) -> Finding:
        rows = self._rows
        rule, about, passed = self._said[rows.said[row]]
        due, until = rows.due[row], rows.until[row]
        return Finding(
            rule,
            rows.episode[row],
            about,
            passed,
            None if due == _NO_DAY else due,
            rows.since[row],
            None if until == _FOR_EVER else until,
        )


def _by_rule(rows: _Rows, said: Sequence[_Said]) -> dict[tuple[str, int], _Ends]:
    found: dict[tuple[str, int], _Ends] = {}
    of_said = [found.setdefault((one.rule, one.level), _Ends(array("q"), array("q"))) for one in said]
    for since, until, what in zip(rows.since, rows.until, rows.said, strict=True):
        of_said[what].since.append(since)
        of_said[what].until.append(until)
    return {key: _Ends(_rising(some.since), _rising(some.until)) for key, some in found.items()}


def _by_level(rows: _Rows, said: Sequence[_Said], refs: Sequence[Ref]) -> dict[int, _Stretches]:
    """Return the stretches of each level, the lowest first.

    A record has some for each level below its gravest, also for those at which none of its own findings stands: who
    asks for all that are breached means those on the ladder too.
    """
    levels = [one.level for one in said]
    found = {level: _Stretches(array("q"), array("q"), [], array("q")) for level in sorted(set(levels))}
    for ref, (first, end) in zip(refs, itertools.pairwise(rows.first), strict=True):
        own = sorted((rows.since[row], rows.until[row], levels[rows.said[row]]) for row in range(first, end))
        for level, some in found.items():
            for since, until in _apart((since, until) for since, until, other in own if other >= level):
                some.since.append(since)
                some.until.append(until)
                some.record.append(ref)
    return {level: _by_beginning(some) for level, some in found.items()}


def _apart(stretches: Iterable[tuple[int, int]]) -> list[tuple[int, int]]:
    """Return stretches, given by their beginning, with those joined that overlap or meet."""
    apart: list[tuple[int, int]] = []
    for since, until in stretches:
        if apart and since <= apart[-1][1]:
            apart[-1] = apart[-1][0], max(apart[-1][1], until)
        else:
            apart.append((since, until))
    return apart


def _rising(instants: "array[int]") -> "array[int]":
    return array("q", sorted(instants))


def _by_beginning(some: _Stretches) -> _Stretches:
    order = sorted(range(len(some.since)), key=some.since.__getitem__)
    return _Stretches(
        array("q", [some.since[place] for place in order]),
        array("q", [some.until[place] for place in order]),
        [some.record[place] for place in order],
        _rising(some.until),
    )
