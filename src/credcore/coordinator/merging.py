"""Merge two records of one provider, and undo it.

What the duplicate has and the survivor lacks is recorded on the survivor in the same commit; what the survivor has
itself stands. So no day that the survivor keeps is moved, and none that only the duplicate keeps is lost. The ids of
what is recorded are made of the merge and of the duplicate's events, so that undoing it takes out exactly that, also
what was corrected since. A credential that was renewed on the survivor since is more than the merge brought: whose it
is only a person can tell, so it stays, and the outcome names it.
"""

import itertools
from collections.abc import Callable, Iterable, Iterator
from typing import Any

import attrs

from credcore.coordinator.actor import Actor
from credcore.coordinator.casework import Recorded, command_key, once
from credcore.coordinator.context import Context
from credcore.coordinator.merged import brought, id_prefix
from credcore.coordinator.unit import Unit, part_key
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
    Unmerged,
)
from credcore.files import CredentialingFile
from credcore.history import History, Ref
from credcore.providers import Credential, ProviderRecord

__all__ = ["TakenApart", "duplicates_of", "merge", "unmerge"]

_DETAILS = ("npi", "taxonomy", "specialty", "state", "city")
_COPIED = (DetailsChanged, CredentialRecorded, CredentialRenewed, CycleAnchored, Attested, Monitored)


@attrs.frozen
class TakenApart(Recorded):
    """What undoing a merge recorded.

    Attributes:
        kept: The credentials, by their ids on the other record, that the merge brought and that stay there, because
            they were renewed there since. Where they are the duplicate's, take them out by hand.
    """

    kept: tuple[str, ...] = ()


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
        _check(unit, duplicate, survivor)
        key = command_key(command)
        merged = unit.append(ref, duplicate.merge_into(into, unit.stamp(why=why)), key=key)
        copies = list(_copies(unit, duplicate, survivor, why))
        return Recorded(ref, merged + _on_the_other(unit, Ref("provider", into), copies, key))

    def is_same(_unit: Unit, first: Recorded, _after: int) -> bool:
        event = first.events[0]
        return first.ref == ref and isinstance(event, Merged) and event.into == into

    return once(context, ref, work, command, is_same)


def unmerge(context: Context, provider: str, *, why: str, command: str = "") -> TakenApart:
    """Undo a merge: the duplicate stands alone again, and what was recorded on the survivor by it is taken out.

    What happened to the survivor meanwhile stays, and so does a credential that was renewed there.

    Raises:
        NotFound: The desk does not know it.
        InvalidInput: It is not merged.
        Forbidden: The actor's roles do not allow it; the refusal is recorded on the duplicate.
    """
    ref = Ref("provider", provider)

    def work(unit: Unit) -> TakenApart:
        duplicate = unit.provider(provider)
        if not duplicate.merged_into:
            raise InvalidInput(f"{ref} is not merged into another record", field="merged_into")
        survivor = Ref("provider", duplicate.merged_into)
        key = command_key(command)
        undone = unit.append(ref, duplicate.unmerge(unit.stamp(why=why)), key=key)
        history = unit.history(survivor)
        copies = brought(history, id_prefix(unit.history(ref)))
        kept = _renewed_since(history, copies)
        stamp = unit.stamp(why=why, actor=_desk_itself(unit))
        out = [stamp(Corrected, event=one.id) for one in copies if _credential(one) not in kept]
        return TakenApart(ref, undone + _on_the_other(unit, survivor, out, key), kept=kept)

    def is_same(_unit: Unit, first: Recorded, _after: int) -> bool:
        return first.ref == ref and isinstance(first.events[0], Unmerged)

    done = once(context, ref, work, command, is_same)
    return done if isinstance(done, TakenApart) else _answered_before(context, done)


def _on_the_other(unit: Unit, ref: Ref, events: Iterable[Event], key: str | None) -> tuple[Event, ...]:
    """Append what follows on the other record, each event under the key of its place in the call."""
    recorded: tuple[Event, ...] = ()
    for place, event in enumerate(events, start=1):
        recorded += unit.append(ref, (event,), actor=_desk_itself(unit), key=key and part_key(key, place))
    return recorded


def _credential(event: Event) -> str:
    """Return the credential of which an event tells; empty for none."""
    return event.credential if isinstance(event, (CredentialRecorded, CredentialRenewed)) else ""


def _renewed_since(survivor: History, copies: Iterable[Event]) -> tuple[str, ...]:
    """Return the credentials that a merge brought and of which the survivor was told more since, by their ids."""
    ids = {event.id for event in copies}
    begun: set[str] = set()
    renewed: dict[str, None] = {}
    for event in survivor.effective:
        name = _credential(event)
        if event.id in ids:
            begun.add(name)
        elif name and name in begun:
            renewed[name] = None
    return tuple(renewed)


def _answered_before(context: Context, first: Recorded) -> TakenApart:
    """Return what an undoing recorded before, with what of the merge stands on the other record still."""
    unit = Unit(context)
    events = unit.history(first.ref).events
    merge = next(event for event in reversed(events[: events.index(first.events[0])]) if isinstance(event, Merged))
    left = map(_credential, brought(unit.history(Ref("provider", merge.into)), f"{merge.id}:"))
    return TakenApart(first.ref, first.events, first.repeated, kept=tuple(dict.fromkeys(filter(None, left))))


def duplicates_of(context: Context, provider: str) -> tuple[str, ...]:
    """Return the ids of the records that were merged into one, and still are.

    Raises:
        NotFound: The desk does not know it.
    """
    unit, ref = Unit(context), Ref("provider", provider)
    unit.existing(ref)
    return _merged_into(unit, ref)


def _merged_into(unit: Unit, ref: Ref) -> tuple[str, ...]:
    return tuple(one.id for one in unit.dependents(ref) if one.kind == "provider")


def _check(unit: Unit, duplicate: ProviderRecord, survivor: ProviderRecord) -> None:
    """Refuse a merge after which a file, or the way to the record that goes on, would be lost."""
    if duplicate.id == survivor.id:
        return  # the record itself says so best
    if reason := _no_survivor(survivor):
        raise InvalidInput(reason + _or_the_other_way(unit, duplicate, survivor), field="into")
    if duplicate.merged_into:
        raise InvalidInput(
            f"{duplicate.id} is merged into {duplicate.merged_into!r} already; unmerge it first", field="into"
        )
    if reason := _no_duplicate(unit, duplicate):
        raise InvalidInput(reason + _or_the_other_way(unit, duplicate, survivor), field="into")


def _or_the_other_way(unit: Unit, duplicate: ProviderRecord, survivor: ProviderRecord) -> str:
    """Return the advice to change the two records about, if that merge would be taken."""
    refused = _no_survivor(duplicate) or survivor.merged_into or _no_duplicate(unit, survivor)
    return "" if refused else ", or merge the other way round"


def _no_survivor(survivor: ProviderRecord) -> str:
    """Return why a record cannot go on for another one, and what would be right; empty if it can."""
    if survivor.merged_into:
        return f"{survivor.id} is merged itself; merge into {survivor.merged_into}, which goes on for it"
    if survivor.status == "terminated":
        return f"{survivor.id} is terminated, nothing goes on there; reinstate it first"
    return ""


def _no_duplicate(unit: Unit, duplicate: ProviderRecord) -> str:
    """Return why another record cannot go on for one, and what would be right; empty if it can."""
    ref = Ref("provider", duplicate.id)
    if files := sorted((file for file in unit.children(ref) if unit.is_open(file)), key=lambda file: file.id):
        withdraw = f"withdraw or finish {'it' if len(files) == 1 else 'them'} first"
        if way := _withdrawal(unit, files[0]):
            withdraw += f", from a program: {way}"
        return f"{duplicate.id} has open files: {', '.join(file.id for file in files)}; {withdraw}"
    if others := _merged_into(unit, ref):
        them = "it" if len(others) == 1 else "them"
        return f"{duplicate.id} goes on for {', '.join(sorted(others))}; unmerge {them} first"
    return ""


def _withdrawal(unit: Unit, file: CredentialingFile) -> str:
    """Return the call that withdraws a file, if the stage it is in leads to one of that name; else nothing."""
    pipeline = unit.profile.pipeline
    leads_there = file.stage in pipeline and _WITHDRAWN in pipeline.stage(file.stage).next
    return f'desk.advance("{file.id}", "{_WITHDRAWN}")' if leads_there else ""


_WITHDRAWN = "withdrawn"


def _desk_itself(unit: Unit) -> Actor:
    """Return the desk as the actor of what follows from a merge, whichever roles the profile gives those events to.

    Whoever may merge need not be one who may record a licence, or correct one.
    """
    given = (*(unit.profile.permissions.get(kind.type, kind.recorded_by) for kind in (*_COPIED, Corrected)),)
    return Actor("system", {"system", *itertools.chain.from_iterable(given)})


def _copies(unit: Unit, duplicate: ProviderRecord, survivor: ProviderRecord, why: str) -> Iterator[Event]:
    """Yield what the survivor lacks, each under an id made of the event that told it of the duplicate."""
    begins = id_prefix(unit.history(Ref("provider", duplicate.id)))
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
