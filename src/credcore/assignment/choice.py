"""Choose who takes one file, and say why in a way that can be checked."""

import functools
import hashlib
import itertools
from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

import attrs

from credcore.assignment.policy import Policy
from credcore.assignment.preferences import Score
from credcore.assignment.requirements import Requirement, remedy
from credcore.assignment.work import Member, WorkItem, refuse_twins

__all__ = ["Choice", "Eligible", "Ineligible", "assign_one", "verify_choice"]


class Eligible(NamedTuple):
    """Somebody who could take the file.

    Attributes:
        person: The person's id.
        scores: By preference name, in the policy's order; lower is better.
    """

    person: str
    scores: Mapping[str, Score]


class Ineligible(NamedTuple):
    """Somebody who could not take the file.

    Attributes:
        person: The person's id.
        reasons: One for each requirement not met, in the policy's order.
    """

    person: str
    reasons: tuple[str, ...]


@attrs.frozen(kw_only=True)
class Choice:
    """Who takes a file and why, or why nobody can: a certificate that ``verify_choice`` computes again.

    Attributes:
        file: The file's id.
        chosen: The person's id; None if nobody could take the file.
        policy: What the policy says.
        digest: Of the item and the members it was made from: the first 16 hexadecimal digits of a SHA-256.
        eligible: Who could take the file, the chosen one first, then in order of preference.
        ineligible: Who could not, by id.
        decided_by: The first preference that set the chosen one before the next best, ``name order`` if none did,
            ``only one eligible`` if there was no other; empty if nobody was chosen.
        reason: One sentence for people.
        unmet: If nobody was chosen, the names of the requirements that nobody met; several if each was met by somebody
            but no one met them together, then as few as possible.
        remedy: If nobody was chosen, who would help.
    """

    file: str
    chosen: str | None
    policy: str
    digest: str
    eligible: tuple[Eligible, ...]
    ineligible: tuple[Ineligible, ...]
    decided_by: str = ""
    reason: str
    unmet: tuple[str, ...] = ()
    remedy: str = ""


def assign_one(policy: Policy, item: WorkItem, members: Iterable[Member]) -> Choice:
    """Return who takes a file, or which requirement nobody meets.

    Args:
        policy: Who may, and who had better.
        item: The file.
        members: The people as they stand, in any order.

    Raises:
        InvalidInput: A person stands there twice.
    """
    team = sorted(members, key=_id)
    refuse_twins(map(_id, team), "members")
    judged = [(member, tuple(r for r in policy.requirements if not r.met(item, member))) for member in team]
    scored = [
        (member, {preference.name: preference.score(item, member) for preference in policy.preferences})
        for member, unmet in judged
        if not unmet
    ]
    # The team comes by id and sorting is stable, so whom no score separates, the id does.
    ranked = sorted(scored, key=lambda candidate: tuple(candidate[1].values()))
    certificate = functools.partial(
        Choice,
        file=item.file,
        policy=str(policy),
        digest=_digest(item, team),
        eligible=tuple(Eligible(_id(member), scores) for member, scores in ranked),
        ineligible=tuple(
            Ineligible(_id(member), tuple(r.unmet_reason(item, member) for r in unmet))
            for member, unmet in judged
            if unmet
        ),
    )
    if ranked:
        decided_by, reason = _decision(policy, item, ranked)
        return certificate(chosen=_id(ranked[0][0]), decided_by=decided_by, reason=reason)
    nobody_meets = _fewest_unmet(policy, item, [unmet for _, unmet in judged])
    asked = _joined([requirement.asks(item) for requirement in nobody_meets])
    return certificate(
        chosen=None,
        reason=f"unassigned: nobody {asked if judged else 'on the team'}",
        unmet=tuple(requirement.name for requirement in nobody_meets),
        remedy=remedy(asked),
    )


def verify_choice(choice: Choice, policy: Policy, item: WorkItem, members: Iterable[Member]) -> bool:
    """Return whether this is the choice that the policy makes of this input.

    Args:
        choice: The certificate.
        policy: The policy it was made by.
        item: The file.
        members: The people as they stood then, in any order.

    Raises:
        InvalidInput: A person stands there twice.
    """
    return assign_one(policy, item, members) == choice


def _id(member: Member) -> str:
    return member.person.id


def _decision(policy: Policy, item: WorkItem, ranked: Sequence[tuple[Member, Mapping[str, Score]]]) -> tuple[str, str]:
    """Return what set the first before the second, and the sentence that says so."""
    (chosen, best), *others = ranked
    if not others:
        return "only one eligible", f"{_id(chosen)}: only one eligible"
    (runner_up, second), *_ = others
    for preference in policy.preferences:
        if best[preference.name] != second[preference.name]:
            why, why_not = preference.explain(item, chosen), preference.explain(item, runner_up)
            return preference.name, f"{_id(chosen)}: {preference} ({why}); next best {_id(runner_up)} ({why_not})"
    return "name order", f"{_id(chosen)}: name order; next best {_id(runner_up)}"


def _fewest_unmet(
    policy: Policy, item: WorkItem, failures: Sequence[tuple[Requirement, ...]]
) -> tuple[Requirement, ...]:
    """Return the fewest requirements of which everybody fails one, the policy's first if there are several such sets.

    Of an empty team, which is short of no one thing, they are all that the file asks.
    """
    if not failures:
        return tuple(requirement for requirement in policy.requirements if requirement.asks(item))
    failed = {frozenset(requirement.name for requirement in unmet) for unmet in failures}
    candidates = [
        requirement for requirement in policy.requirements if any(requirement.name in names for names in failed)
    ]
    return next(
        some
        for size in range(1, len(candidates) + 1)
        for some in itertools.combinations(candidates, size)
        if not any(names.isdisjoint(requirement.name for requirement in some) for names in failed)
    )


def _joined(parts: Sequence[str]) -> str:
    return " and ".join(filter(None, (", ".join(parts[:-1]), *parts[-1:])))


def _digest(item: WorkItem, team: Sequence[Member]) -> str:
    text = f'{{"item":{item.canonical},"members":[{",".join(member.canonical for member in team)}]}}'
    return hashlib.sha256(text.encode()).hexdigest()[:16]
