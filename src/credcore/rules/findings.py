"""A finding is what a rule says of a record during ``[since, until)`` if nothing more happens."""

import datetime as dt
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from credcore.instants import from_us, to_us

__all__ = ["BREACHED", "RUNNING", "WARNED", "Finding", "Rung", "clip", "gravity", "joined", "next_change", "standing"]

RUNNING = 0
WARNED = 1
BREACHED = 2
"""The levels of a finding; the rungs of its ladder follow as 3, 4, …"""


class Rung(NamedTuple):
    """One step that a finding can reach, and whom to tell.

    Attributes:
        name: Stable, in words: ``75% used``, ``30 days before``, ``breached``, ``breached + 2 working days``.
        level: WARNED, BREACHED, or above for the ladder.
        to: ``owner``, ``lead``, ``coordinator`` or another role.
    """

    name: str
    level: int
    to: str


class Finding(NamedTuple):
    """What one rule says of one episode, while it says so.

    The instants are microseconds of UTC; `deadline`, `since` and `until` give them as aware datetimes.

    Attributes:
        rule: The rule's id.
        episode: The event that turned the clock on, or told the day.
        about: The key of the day at which it looks: a promise, a credential, a body; empty for a clock.
        passed: The rungs reached, in order; the last is where it stands.
        due_us: When it is, or was, breached; None while paused before that, and for a day too far to name.
        since_us: From when it stands so.
        until_us: Until when, if nothing more happens; None for ever.
    """

    rule: str
    episode: str
    about: str
    passed: tuple[Rung, ...]
    due_us: int | None
    since_us: int
    until_us: int | None

    @property
    def level(self) -> int:
        """RUNNING, WARNED, BREACHED, or a rung of the ladder above it."""
        return self.passed[-1].level if self.passed else RUNNING

    @property
    def rung(self) -> str:
        """The name of the highest rung reached; ``running`` before the first."""
        return self.passed[-1].name if self.passed else "running"

    @property
    def deadline(self) -> dt.datetime | None:
        """The instant at which it is, or was, breached; None while paused before that."""
        return None if self.due_us is None else from_us(self.due_us)

    @property
    def since(self) -> dt.datetime:
        """From when it stands so."""
        return from_us(self.since_us)

    @property
    def until(self) -> dt.datetime | None:
        """Until when it stands so if nothing more happens; None for ever."""
        return None if self.until_us is None else from_us(self.until_us)


def standing(findings: Iterable[Finding], at: dt.datetime) -> tuple[Finding, ...]:
    """Return the findings that stand at an instant, the gravest first, then the earliest deadline."""
    at_us = to_us(at)
    now = [f for f in findings if f.since_us <= at_us and (f.until_us is None or at_us < f.until_us)]
    return tuple(sorted(now, key=gravity))


def gravity(finding: Finding) -> tuple[int, bool, int, str, str, str]:
    """Return what findings are sorted by: the gravest first, then the earliest deadline, what is paused last."""
    due = finding.due_us
    return -finding.level, due is None, due or 0, finding.rule, finding.episode, finding.about


def next_change(findings: Iterable[Finding], at: dt.datetime) -> dt.datetime | None:
    """Return the first instant after ``at`` at which any finding begins or ends; None if never."""
    at_us = to_us(at)
    later = (us for f in findings for us in (f.since_us, f.until_us) if us is not None and us > at_us)
    first = min(later, default=None)
    return None if first is None else from_us(first)


def clip(findings: Iterable[Finding], since_us: int | None, until_us: int | None) -> Iterator[Finding]:
    """Yield what is left of findings within a window ``[since, until)``; None is no bound."""
    if since_us is until_us is None:
        yield from findings
        return
    for finding in findings:
        since = finding.since_us if since_us is None else max(finding.since_us, since_us)
        until = min((us for us in (finding.until_us, until_us) if us is not None), default=None)
        if until is None or since < until:
            yield finding._replace(since_us=since, until_us=until)


def joined(findings: Iterable[Finding]) -> list[Finding]:
    """Return findings with each joined to the one before it, where that ends as this begins and says the same."""
    whole: list[Finding] = []
    for finding in findings:
        before = whole[-1] if whole else None
        if (
            before is not None
            and before.until_us == finding.since_us
            and before.passed == finding.passed  # it differs most often, and is compared without a copy
            and before[:5] == finding[:5]
        ):
            whole[-1] = before._replace(until_us=finding.until_us)
        else:
            whole.append(finding)
    return whole
