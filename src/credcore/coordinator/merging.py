"""Merge two records of one provider, and undo it.

What the duplicate has and the survivor lacks is recorded on the survivor in the same commit; what the survivor has
itself stands. So no day that the survivor keeps is moved, and none that only the duplicate keeps is lost. The ids of
what is recorded are made of the merge and of the duplicate's events, so that undoing it takes out exactly that.
"""

import itertools
from collections.abc import Callable, Iterator
from typing import Any

import attrs

from credcore.coordinator.actor import Actor
from credcore.coordinator.casework import Recorded, once
from credcore.coordinator.context import Context
from credcore.coordinator.unit import Unit
from credcore.errors import InvalidInput
from credcore.events import (
    Attested,
    Corrected,
    CredentialRecorded,
    CredentialRenewed,
    CycleAnchored,
    DetailsChanged,
    Event,
    Merged,
    Monitored,
)
from credcore.history import Ref
from credcore.providers import Credential, ProviderRecord

__all__ = ["duplicates_of", "merge", "unmerge"]

_DETAILS = ("npi", "taxonomy", "specialty", "state", "city")
_COPIED = (DetailsChanged, CredentialRecorded, CredentialRenewed, CycleAnchored, Attested, Monitored)


def merge(context: Context, provider: str, into: str, *, why: str, command: str = "") -> Recorded:
    """Merge a duplicate into the record that goes on for it.

    Raises:
        NotFound: The desk does not know one of them.
        InvalidInput: The duplicate has an open file or goes on for another record, or the survivor cannot go on.
        Forbidden: The actor's roles do not allow it; the refusal is recorded on the duplicate.
    """
    ref = Ref("provider", provider)

    def work(unit: Unit) -> Recorded:
        duplicate, survivor = unit.provider(provider), unit.provider(into)
        if duplicate.merged_into == into:
            return Recorded(ref, (), repeated=True)
        _check(context, unit, duplicate, survivor)
        merged = unit.append(ref, duplicate.merge_into(into, unit.stamp(why=why)))
        copies = list(_copies(unit, duplicate, survivor, why))
        return Recorded(ref, merged + unit.append(Ref("provider", into), copies, actor=_desk_itself(unit)))

    return once(context, ref, work, command)


def unmerge(context: Context, provider: str, *, why: str, command: str = "") -> Recorded:
    """Undo a merge: the duplicate stands alone again, and what was recorded on the survivor by it is taken out.

    Raises:
        NotFound: The desk does not know it.
        InvalidInput: It is not merged.
        Forbidden: The actor's roles do not allow it; the refusal is recorded on the duplicate.
    """
    ref = Ref("provider", provider)

    def work(unit: Unit) -> Recorded:
        duplicate = unit.provider(provider)
        survivor = Ref("provider", duplicate.merged_into)
        undone = unit.append(ref, duplicate.unmerge(unit.stamp(why=why)))
        begins = _prefix(unit, provider)
        copied = [event.id for event in unit.history(survivor).effective if event.id.startswith(begins)]
        desk = _desk_itself(unit)
        stamp = unit.stamp(why=why, actor=desk)
        out = [stamp(Corrected, event=one) for one in copied]
        return Recorded(ref, undone + unit.append(survivor, out, actor=desk))

    return once(context, ref, work, command)


def duplicates_of(context: Context, provider: str) -> tuple[str, ...]:
    """Return the ids of the records that were merged into one, and still are."""
    return tuple(child.id for child in context.store.children(Ref("provider", provider)) if child.kind == "provider")


def _check(context: Context, unit: Unit, duplicate: ProviderRecord, survivor: ProviderRecord) -> None:
    """Refuse a merge after which a file, or the way to the record that goes on, would be lost."""
    if survivor.merged_into:
        raise InvalidInput(
            f"{survivor.id} is merged itself; merge into {survivor.merged_into}, which goes on for it", field="into"
        )
    if survivor.status == "terminated":
        raise InvalidInput(
            f"{survivor.id} is terminated, nothing goes on there; reinstate it first, or merge the other way round",
            field="into",
        )
    if duplicate.id == survivor.id:
        return  # the record itself says so best
    ref = Ref("provider", duplicate.id)
    if files := [file.id for file in unit.children(ref) if unit.is_open(file)]:
        raise InvalidInput(
            f"{duplicate.id} has open files: {', '.join(sorted(files))}; withdraw or finish them first, or merge the "
            "other way round",
            field="provider",
        )
    if others := duplicates_of(context, duplicate.id):
        raise InvalidInput(
            f"{duplicate.id} goes on for {', '.join(sorted(others))}; merge the other way round, or unmerge first",
            field="provider",
        )


def _prefix(unit: Unit, duplicate: str) -> str:
    """Return how the ids of what a duplicate's merge brings begin: with that of the merge."""
    merges = [event for event in unit.history(Ref("provider", duplicate)).effective if isinstance(event, Merged)]
    return f"{merges[-1].id}:"


def _desk_itself(unit: Unit) -> Actor:
    """Return the desk as the actor of what follows from a merge, whichever roles the profile gives those events to.

    Whoever may merge need not be one who may record a licence, or correct one.
    """
    given = (*(unit.profile.permissions.get(kind.type, kind.recorded_by) for kind in (*_COPIED, Corrected)),)
    return Actor("system", {"system", *itertools.chain.from_iterable(given)})


def _copies(unit: Unit, duplicate: ProviderRecord, survivor: ProviderRecord, why: str) -> Iterator[Event]:
    """Yield what the survivor lacks, each under an id made of the event that told it of the duplicate."""
    begins = _prefix(unit, duplicate.id)
    stamp = unit.stamp(why=why, actor=_desk_itself(unit))

    def again(told_by: str, kind: type[Event], /, **fields: Any) -> Event:  # noqa: ANN401 - the type's own
        event: Event = attrs.evolve(stamp, new_id=lambda: f"{begins}{told_by}")(kind, **fields)
        return event

    details = {name: getattr(duplicate, name) for name in _DETAILS if not getattr(survivor, name)}
    if details := {name: value for name, value in details.items() if value}:
        yield again("details", DetailsChanged, **details)
    yield from _credentials(duplicate, survivor, again)
    for body, anchor in duplicate.cycles.items():
        if body not in survivor.cycles:
            yield again(
                anchor.event,
                CycleAnchored,
                body=body,
                anchor_on=anchor.anchor_on,
                term_ends_on=anchor.term_ends_on,
                file=anchor.file,
            )
    if survivor.attested_on is None and duplicate.attested_on is not None:
        yield again("attested", Attested, attested_on=duplicate.attested_on)
    for source, check in duplicate.monitored.items():
        if source not in survivor.monitored:
            yield again(check.event, Monitored, source=source, monitored_on=check.monitored_on, result=check.result)


def _credentials(duplicate: ProviderRecord, survivor: ProviderRecord, again: Callable[..., Event]) -> Iterator[Event]:
    """Yield the credentials that the survivor lacks, each with the chain of its terms."""
    has = {_key(one) for one in survivor.credentials.values()}
    taken = set(survivor.credentials)
    for one in duplicate.credentials.values():
        if _key(one) in has:
            continue
        names = itertools.chain((one.id,), (f"{one.id}-{number}" for number in itertools.count(2)))
        name = next(name for name in names if name not in taken)
        taken.add(name)
        first, *later = one.terms
        days = {"issued_on": first.issued_on, "expires_on": first.expires_on}
        recorded = CredentialRecorded
        yield again(first.event, recorded, credential=name, kind=one.kind, number=one.number, state=one.state, **days)
        for term in later:
            days = {"issued_on": term.issued_on, "expires_on": term.expires_on}
            yield again(term.event, CredentialRenewed, credential=name, **days)


def _key(credential: Credential) -> tuple[str, str, str]:
    return credential.kind, credential.state, credential.number
