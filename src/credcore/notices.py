"""Who is told what: the difference between what stands and what was told, planned as data before anything is sent."""

import datetime as dt
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from typing import NamedTuple

import attrs

from credcore.events import Event, Told, Withdrawn
from credcore.people import PersonRecord, Team
from credcore.rules import ClockRule, DateRule, Finding, Rule, Rung

LAST_RESORTS = ("lead", "coordinator")
"""Who is told what its recipient cannot be told."""

__all__ = [
    "LAST_RESORTS",
    "Difference",
    "Notice",
    "Telling",
    "ToldBefore",
    "difference",
    "present_names",
    "recipient",
    "told_before",
]


class ToldBefore(NamedTuple):
    """Whether a rung counts as told now, and how often it was told before."""

    stands: bool
    times: int


class Telling(NamedTuple):
    """A rung of a finding that is to be told, or withdrawn."""

    rule: str
    episode: str
    rung: Rung
    times: int

    def key(self, ref: object) -> str:
        """Return what makes the telling happen once: record, rule, episode, rung, and how often it was told before."""
        return f"told:{ref}:{self.rule}:{self.episode}:{self.rung.name}:{self.times}"


@attrs.frozen(kw_only=True)
class Difference:
    """What a sweep must record of one record.

    Attributes:
        tell: Rungs that stand and were not told, in the order in which they were reached.
        withdraw: What was told and stands no longer.
        notices: The findings for which a notice leaves: of each, only its highest rung.
    """

    tell: tuple[Telling, ...]
    withdraw: tuple[Telling, ...]
    notices: tuple[tuple[Finding, Telling], ...]

    def __bool__(self) -> bool:
        """Return whether there is anything to record."""
        return bool(self.tell or self.withdraw)


@attrs.frozen(kw_only=True)
class Notice:
    """A notice as planned: true when it was planned, checked again when it is sent.

    Attributes:
        ref: The record, as ``kind/id``.
        rule: The rule that found it.
        episode: The finding's episode.
        rung: The rung told.
        to: The recipient's id.
        subject: One line.
        lines: The text.
    """

    ref: str
    rule: str
    episode: str
    rung: str
    to: str
    subject: str
    lines: tuple[str, ...] = ()


def present_names(rules: Iterable[Rule]) -> Callable[[str], str]:
    """Return what gives a rule's id, present or former, as the id that its latest edition has.

    Args:
        rules: Those of all editions, in force or coming, the editions in their order: a rule may get back a name that
            it had before.
    """
    renamed: dict[str, str] = {}
    for rule in rules:
        if isinstance(rule, ClockRule | DateRule) and rule.formerly:
            renamed.pop(rule.id, None)
            renamed[rule.formerly] = rule.id

    def present(name: str) -> str:
        while name in renamed:
            name = renamed[name]
        return name

    return present


def _as_it_is(name: str) -> str:
    return name


def told_before(events: Iterable[Event], rules: Sequence[Rule] = ()) -> dict[tuple[str, str, str], ToldBefore]:
    """Return what a record's events say was told, by rule, episode and rung.

    Args:
        events: The record's events in the order of its stream: what was told later stands, whatever clocks said.
        rules: Those of all editions; what was told under a former id counts for the renamed rule.
    """
    present = present_names(rules)
    told: dict[tuple[str, str, str], ToldBefore] = {}
    for event in events:
        if isinstance(event, (Told, Withdrawn)):
            key = (present(event.rule), event.episode, event.rung)
            before = told.get(key, ToldBefore(stands=False, times=0))
            if isinstance(event, Told):
                told[key] = ToldBefore(stands=True, times=before.times + 1)
            else:
                told[key] = ToldBefore(stands=False, times=before.times)
    return told


def difference(
    findings: Iterable[Finding],
    told: Mapping[tuple[str, str, str], ToldBefore],
    undetermined: Collection[str] = (),
    present: Callable[[str], str] = _as_it_is,
) -> Difference:
    """Return the difference between what stands and what was told.

    Not what changed since the last sweep: a late record or an edited limit can change what stands in the past, and
    only this difference loses nothing and doubles nothing.

    Args:
        findings: What stands.
        told: What was told, as `told_before` gives it.
        undetermined: Rules that failed: nobody knows whether what they said still stands, so it is not withdrawn.
        present: Gives the id by which ``told`` names a rule.
    """
    unknown = {present(rule) for rule in undetermined}
    tell: list[Telling] = []
    notices: list[tuple[Finding, Telling]] = []
    stands: set[tuple[str, str, str]] = set()
    for finding in findings:
        new: Telling | None = None
        for rung in finding.passed:
            key = (present(finding.rule), finding.episode, rung.name)
            stands.add(key)
            before = told.get(key, ToldBefore(stands=False, times=0))
            if not before.stands:
                new = Telling(finding.rule, finding.episode, rung, before.times)
                tell.append(new)
        if new is not None and new.rung == finding.passed[-1]:
            notices.append((finding, new))
    withdraw = tuple(
        Telling(rule, episode, Rung(rung, 0, ""), before.times)
        for (rule, episode, rung), before in told.items()
        if before.stands and (rule, episode, rung) not in stands and rule not in unknown
    )
    return Difference(tell=tuple(tell), withdraw=withdraw, notices=tuple(notices))


def recipient(to: str, owner: str, team: Team, people: Mapping[str, PersonRecord], at: dt.datetime) -> str:
    """Return the person whom a notice reaches: the owner, else the cover, else a lead, else a coordinator.

    Args:
        to: ``owner`` or a role.
        owner: The record's owner; empty in the queue.
        team: Who works on the desk.
        people: Absences and cover by person; a missing one has none.
        at: When the notice is planned.

    Returns:
        A person's id, or ``@role`` where nobody of the last resort is there: the notice then waits in that queue.
    """
    here = (person for person in _candidates(to, owner, team, people, at) if person in team)
    for person in here:
        record = people.get(person)
        if record is None or record.is_present(at):
            return person
    return "@coordinator" if to == "owner" else f"@{to}"


def _candidates(to: str, owner: str, team: Team, people: Mapping[str, PersonRecord], at: dt.datetime) -> Iterable[str]:
    roles = LAST_RESORTS if to in ("owner", "lead") else (to, LAST_RESORTS[-1])
    if to == "owner" and owner:
        record = people.get(owner)
        cover = None if record is None else record.covered_by(at)
        if cover is not None:
            yield cover
        yield owner
    for role in roles:
        yield from (person.id for person in team.with_role(role))
