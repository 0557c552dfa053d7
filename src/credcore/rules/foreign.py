"""What a rule of somebody else's making says, checked before any of it counts.

credcore's own rules are held to their laws by tests; of a plugin's nobody knows. So all that it says of a record is
looked at: findings, and nothing else; of its own id and rungs; instants that are instants; of one episode one thing at
a time; no more than `MOST_FINDINGS`; and from the last event on the same by ``findings`` as by ``tail``. It reads
copies of the states, so that what it does to them reaches no other rule.

What keeps a thread from coming back cannot be stopped from within a process: a rule that hangs keeps whoever asks it.
"""

import datetime as dt
import itertools
from collections.abc import Iterable, Sequence
from types import MappingProxyType
from typing import NoReturn

from credcore.errors import InvalidInput
from credcore.history import State
from credcore.instants import to_us
from credcore.rules.findings import Finding, Rung, clip, joined

__all__ = ["MOST_FINDINGS", "checked", "copied", "differ", "is_own"]

MOST_FINDINGS = 10_000
"""So many findings one rule may have of one record. A file that waits and is waited for each day of ten years, told at
two rungs, has fewer; a rule that yields without end is stopped here."""

_FIRST_US = to_us(dt.datetime.min.replace(tzinfo=dt.UTC))
_LAST_US = to_us(dt.datetime.max.replace(tzinfo=dt.UTC))
_OWN = __name__.rpartition(".")[0] + "."


def is_own(rule: object) -> bool:
    """Return whether a rule is of a class that credcore ships, which need not be checked."""
    return type(rule).__module__.startswith(_OWN)


def copied(states: Iterable[State]) -> tuple[State, ...]:
    """Return states that nobody can change."""
    return tuple(state._replace(facts=MappingProxyType(state.facts)) for state in states)


def checked(answer: Iterable[object], rule: str, rungs: Sequence[Rung], what: str) -> list[Finding]:
    """Return what a rule said, if all of it can be.

    Args:
        answer: What the rule gave: a list, or whatever else yields.
        rule: Its id.
        rungs: Its rungs.
        what: Where it was asked: ``findings`` or ``tail``.

    Raises:
        InvalidInput: With what is wrong, and which finding it is of; no word of the rule's own is repeated.
    """
    if not isinstance(answer, Iterable):
        raise InvalidInput(f"gave a {type(answer).__name__}; give a list of findings", field=what)
    place = {rung: number for number, rung in enumerate(rungs)}
    over: dict[str, int | None] = {}
    found: list[Finding] = []
    for finding in itertools.islice(answer, MOST_FINDINGS + 1):
        one = f"{what}[{len(found)}]"
        if not isinstance(finding, Finding):
            raise InvalidInput(f"is a {type(finding).__name__}, not a Finding", path=one)
        _check_names(finding, rule, one)
        _check_passed(finding.passed, place, one)
        _check_instants(finding, one)
        begins_us = over.get(finding.episode, finding.since_us)
        if begins_us is None or finding.since_us < begins_us:
            raise InvalidInput(
                "begins before another of its episode, named earlier in the list, has ended; of one episode one thing"
                " stands at a time",
                path=one,
            )
        over[finding.episode] = finding.until_us
        found.append(finding)
    if len(found) > MOST_FINDINGS:
        raise InvalidInput(f"has more than {MOST_FINDINGS} findings of one record, perhaps without end", field=what)
    return found


def _check_names(finding: Finding, rule: str, one: str) -> None:
    if finding.rule != rule:
        raise InvalidInput("has another rule's id, not that of the rule that gave it", path=f"{one}.rule")
    for field, value in (("episode", finding.episode), ("about", finding.about)):
        if type(value) is not str:
            raise InvalidInput(f"is a {type(value).__name__}; give a text", path=f"{one}.{field}")
    if not finding.episode:
        raise InvalidInput("is empty; give the id of the event that began it", path=f"{one}.episode")


def _check_passed(passed: object, place: dict[Rung, int], one: str) -> None:
    def refuse(why: str) -> NoReturn:
        raise InvalidInput(why, path=f"{one}.passed")

    if not isinstance(passed, tuple):
        refuse(f"is a {type(passed).__name__}; give a tuple of rungs")
    if not all(isinstance(rung, Rung) and rung in place for rung in passed):
        refuse("has a rung that is none of the rule's rungs")
    places = [place[rung] for rung in passed]
    if places != sorted(set(places)):
        refuse("has rungs in another order than the rule's rungs")


def _check_instants(finding: Finding, one: str) -> None:
    for field, needed in (("due_us", False), ("since_us", True), ("until_us", False)):
        value = getattr(finding, field)
        if value is None and not needed:
            continue
        if type(value) is not int:
            raise InvalidInput(
                f"is a {type(value).__name__}; give microseconds of UTC, as credcore.instants.to_us makes them",
                path=f"{one}.{field}",
            )
        if not _FIRST_US <= value <= _LAST_US:
            raise InvalidInput("lies outside the years 1 to 9999", path=f"{one}.{field}")
    if finding.until_us is not None and finding.until_us <= finding.since_us:
        raise InvalidInput("ends before it has begun; leave out what stands for no time", path=f"{one}.until_us")


def differ(findings: Sequence[Finding], tail: Sequence[Finding], last_us: int) -> bool:
    """Return whether a whole schedule and a tail say different things from the last state on.

    Neither the order of the findings counts nor where one that goes on is cut in two.

    Args:
        findings: The schedule of a whole history.
        tail: What is said to be its end.
        last_us: The instant of the last state.
    """
    return _from(findings, last_us) != _from(tail, last_us)


def _from(findings: Iterable[Finding], since_us: int) -> list[Finding]:
    later = clip(findings, since_us, None)
    return joined(sorted(later, key=lambda finding: (finding.episode, finding.since_us)))
