"""What a merge means elsewhere: where work goes on, what it brought there, and what may be recorded where it ended.

A duplicate's record is closed. What is told of the provider is recorded on the one that goes on; on the closed one only
the desk itself still records: that it told or withdrew something, that somebody was refused, and what follows from a
decision on one of its own files that is corrected late.
"""

from collections.abc import Iterable

import attrs

from credcore.coordinator.actor import SYSTEM
from credcore.coordinator.unit import Unit
from credcore.errors import InvalidInput
from credcore.events import Corrected, CycleAnchored, Event, Merged, Unmerged
from credcore.files import CredentialingFile
from credcore.history import SILENT, History, Ref
from credcore.providers import ProviderRecord

__all__ = ["brought", "carry_anchor", "goes_on", "id_prefix", "refuse_by_hand", "refuse_open", "refuse_reopened"]


def goes_on(unit: Unit, provider: str) -> ProviderRecord:
    """Return the record on which work for a provider goes on: its own, or the one that it was merged into.

    Raises:
        NotFound: The desk does not know the provider.
    """
    record = unit.provider(provider)
    passed = {provider}
    while record.merged_into and record.merged_into not in passed and unit.exists(Ref("provider", record.merged_into)):
        record = unit.provider(record.merged_into)
        passed.add(record.id)
    return record


def refuse_open(provider: ProviderRecord) -> None:
    """Refuse to open a file for a record that is merged into another one.

    Raises:
        InvalidInput: It is; the message names the other.
    """
    if provider.merged_into:
        raise InvalidInput(
            f"{provider.id} is merged into {provider.merged_into}, which goes on for it; open the file there",
            field="provider",
        )


def refuse_reopened(unit: Unit, before: CredentialingFile, after: CredentialingFile) -> None:
    """Refuse a correction that would leave an open file with a record that is merged into another one.

    Raises:
        InvalidInput: It would; the message names the other.
    """
    if not unit.is_open(after) or (unit.is_open(before) and after.provider == before.provider):
        return
    if into := unit.provider(after.provider).merged_into:
        raise InvalidInput(
            f"{after.id} would be open, and its provider {after.provider} is merged into {into}, which goes on for it; "
            "open a file there",
            field="provider",
        )


def refuse_by_hand(provider: ProviderRecord, events: Iterable[Event]) -> None:
    """Refuse what nobody records by hand: a merge or its undoing, and whatever happens on a record that is merged.

    Raises:
        InvalidInput: Naming the call, or the record, that is right.
    """
    for event in events:
        if isinstance(event, (Merged, Unmerged)):
            call = "merge" if isinstance(event, Merged) else "unmerge"
            why = f"a {event.type} is more than this event; call {call}(), which mends both records"
            raise InvalidInput(why, field="change")
        if provider.merged_into and not isinstance(event, SILENT):
            raise InvalidInput(
                f"{provider.id} is merged into {provider.merged_into}, which goes on for it; record it there, or call "
                "unmerge() first",
                field="provider",
            )


def id_prefix(duplicate: History) -> str:
    """Return how the ids of what a duplicate's latest merge brings begin: with that of the merge."""
    merges = [event for event in duplicate.effective if isinstance(event, Merged)]
    return f"{merges[-1].id}:"


def brought(survivor: History, prefix: str) -> tuple[Event, ...]:
    """Return what a merge brought to a record and still stands there, also where it was corrected since."""
    ids: set[str] = set()
    for event in survivor.events:
        if not isinstance(event, Corrected):
            ids |= {event.id} if event.id.startswith(prefix) else set()
        elif event.event in ids and event.replacement is not None:
            ids.add(event.replacement.id)
    return tuple(event for event in survivor.effective if event.id in ids)


def carry_anchor(unit: Unit, provider: str, body: str) -> None:
    """Let the cycle of the record that goes on follow the duplicate's, whose decision was corrected after the merge.

    A cycle that the other record has itself stands, as in the merge.
    """
    duplicate, survivor = unit.provider(provider), goes_on(unit, provider)
    if survivor.id == duplicate.id:
        return
    ref = Ref("provider", survivor.id)
    prefix = id_prefix(unit.history(Ref("provider", provider)))
    anchor, held = duplicate.cycles.get(body), survivor.cycles.get(body)
    stamp = unit.stamp(actor=SYSTEM)
    copy = next((one for one in brought(unit.history(ref), prefix) if held is not None and one.id == held.event), None)
    new = None
    if anchor is not None:
        # In the copy's place and under its id, so that what was opened for it stays opened. A new one's id begins as a
        # copy's does: undoing the merge takes it out as well.
        told = (
            attrs.evolve(stamp, new_id=lambda: f"{prefix}{unit.new_id()}")
            if copy is None
            else attrs.evolve(stamp, at=copy.at, new_id=lambda: copy.id)
        )
        days = {"anchor_on": anchor.anchor_on, "term_ends_on": anchor.term_ends_on, "file": anchor.file}
        new = told(CycleAnchored, body=body, **days)
    if held is None and new is not None:
        unit.append(ref, (new,), actor=SYSTEM)
    elif copy is not None and (anchor is None or held is None or anchor.anchor_on != held.anchor_on):
        unit.append(ref, (stamp(Corrected, event=copy.id, replacement=new),), actor=SYSTEM)
