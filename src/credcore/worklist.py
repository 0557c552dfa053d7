"""The worklist: one total order over all that wants doing, each line with the date that binds and why.

Promised or cut off today; breached; warned; the rest. Within each, the earliest binding date; then the oldest; then
the id. A line is right until its record's next change, so a store can keep it.
"""

import datetime as dt
from collections.abc import Iterable, Mapping
from typing import NamedTuple

import attrs

from credcore.history import Ref
from credcore.instants import from_us
from credcore.rules import BREACHED, WARNED, Finding, Rule

__all__ = ["LATE", "NEVER", "REST", "SOON", "TODAY", "URGENCIES", "Binding", "Entry", "binding"]

TODAY, LATE, SOON, REST = range(4)
URGENCIES = ("today", "breached", "warned", "open")
"""What an urgency is called, by its number."""

NEVER = 2**62
"""A deadline where nothing binds: beyond all instants, so that it always sorts last."""

_DUE_TODAY = frozenset({"commitment", "cutoff"})


class Binding(NamedTuple):
    """Why a line stands where it does.

    Attributes:
        urgency: 0 promised or cut off today, 1 breached, 2 warned, 3 the rest.
        due_us: The binding instant; None where every clock stands still.
        why: In words: the rule, how far it has come, and what it looks at.
        rule: The rule's id; empty where nothing stands.
    """

    urgency: int
    due_us: int | None
    why: str
    rule: str


@attrs.frozen(kw_only=True)
class Entry:
    """A line of the worklist.

    Attributes:
        ref: The record.
        title: The record in a few words.
        stage: A file's stage; another record's status.
        owner: A person's id, or ``@role`` for a place in a role's queue.
        urgency: 0 promised or cut off today, 1 breached, 2 warned, 3 the rest.
        deadline: The binding instant; None where every clock stands still.
        why: The date that binds and why, in words.
        opened_at: When the record was opened.
        not_before: Hidden until then; its clocks run on.
        next_change: Until when the line is right if nothing happens; a sweep renews it then. None for ever.
    """

    ref: Ref
    title: str
    stage: str
    owner: str
    urgency: int
    deadline: dt.datetime | None
    why: str
    opened_at: dt.datetime
    not_before: dt.datetime | None = None
    next_change: dt.datetime | None = None


def binding(findings: Iterable[Finding], rules: Mapping[str, Rule]) -> Binding:
    """Return what binds a record: of the findings of its highest urgency, the one with the earliest deadline.

    Args:
        findings: What stands.
        rules: By id, for the words.
    """
    ranked = sorted(_ranked(finding, rules.get(finding.rule)) for finding in findings)
    if not ranked:
        return Binding(REST, None, "nothing runs", "")
    urgency, due, rule_id, about, rung = ranked[0]
    rule = rules.get(rule_id)
    words = (rule.title if rule is not None else "") or rule_id
    why = ", ".join(part for part in (words, about, "" if rung == "running" else rung) if part)
    return Binding(urgency, None if due == NEVER else due, why, rule_id)


def _ranked(finding: Finding, rule: Rule | None) -> tuple[int, int, str, str, str]:
    family = rule.family if rule is not None else ""
    if finding.level >= BREACHED:
        urgency = LATE
    elif finding.rung == "on the day" and family in _DUE_TODAY:
        urgency = TODAY
    else:
        urgency = SOON if finding.level >= WARNED else REST
    due = NEVER if finding.due_us is None else finding.due_us
    return urgency, due, finding.rule, finding.about, finding.rung


def deadline_of(due_us: int | None) -> dt.datetime | None:
    """Return a binding instant as an aware datetime; None where nothing binds."""
    return None if due_us is None or due_us >= NEVER else from_us(due_us)
