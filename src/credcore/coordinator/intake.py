"""Providers become known, files are opened: by hand, and by the calendar of cycles."""

import datetime as dt
from typing import NamedTuple

import attrs

from credcore.coordinator.actor import SYSTEM
from credcore.coordinator.casework import Recorded, command_key, once, open_in
from credcore.coordinator.context import Context
from credcore.coordinator.refusals import refusals_noted
from credcore.coordinator.unit import Unit, decide
from credcore.cycles import renewable_until, window
from credcore.errors import Duplicate, InvalidInput, NotFound
from credcore.events import CredentialRecorded, CycleAnchored, FileOpened, ProviderRegistered
from credcore.history import Ref
from credcore.identifiers import check_npi, check_state
from credcore.instants import to_us
from credcore.ports import Line, View

__all__ = ["NewCredential", "NewProvider", "Opened", "open_due", "open_file", "register"]


@attrs.frozen(kw_only=True)
class NewCredential:
    """A credential as a roster tells it; see `credcore.events.CredentialRecorded` for the fields."""

    credential: str
    kind: str
    number: str = ""
    state: str = ""
    issued_on: dt.date | None = None
    expires_on: dt.date | None = None


@attrs.frozen(kw_only=True)
class NewProvider:
    """A provider as a roster tells it.

    Attributes:
        id: Its id on this desk.
        name: As it is printed.
        npi: The identifier.
        taxonomy: The specialty's code.
        specialty: The specialty in words.
        state: Where it practises.
        city: Likewise.
        credentials: What it holds.
        cycles: The day of the last decision by body, where a cycle runs already.
    """

    id: str
    name: str
    npi: str = ""
    taxonomy: str = ""
    specialty: str = ""
    state: str = ""
    city: str = ""
    credentials: tuple[NewCredential, ...] = ()
    cycles: tuple[tuple[str, dt.date], ...] = ()


@attrs.frozen
class Opened:
    """A recredentialing file that the calendar opened.

    Attributes:
        file: Its id.
        provider: Whose.
        body: The body whose cycle asks for it.
        due_on: The last day on which the decision is on time.
    """

    file: str
    provider: str
    body: str
    due_on: dt.date


def register(context: Context, providers: tuple[NewProvider, ...]) -> tuple[Recorded, ...]:
    """Take in providers that the desk does not know yet, all of them in one commit; known ones are left as they are.

    Raises:
        InvalidInput: An identifier or a state cannot be right; all such places are named, and none is taken in.
        Forbidden: The actor's roles do not allow it.
    """
    _check(providers)

    def work(unit: Unit) -> tuple[Recorded, ...]:
        refs = [Ref("provider", new.id) for new in providers]
        unit.load(refs)
        return tuple(_register(unit, new, ref) for new, ref in zip(providers, refs, strict=True))

    with refusals_noted(context, context.desk_ref):
        return decide(context, work)


def _check(providers: tuple[NewProvider, ...]) -> None:
    faults = []
    for place, new in enumerate(providers):
        for name, value, check in (("npi", new.npi, check_npi), ("state", new.state, check_state)):
            if not value:
                continue
            try:
                check(value, f"providers[{place}].{name}")
            except InvalidInput as error:
                faults.append(str(error))
    if faults:
        raise InvalidInput("; ".join(faults))


def _register(unit: Unit, new: NewProvider, ref: Ref) -> Recorded:
    if unit.exists(ref):
        return Recorded(ref, (), repeated=True)
    stamp = unit.stamp()
    registered = stamp(
        ProviderRegistered,
        name=new.name,
        npi=new.npi,
        taxonomy=new.taxonomy,
        specialty=new.specialty,
        state=new.state,
        city=new.city,
    )
    credentials = [stamp(CredentialRecorded, **attrs.asdict(credential)) for credential in new.credentials]
    anchors = [stamp(CycleAnchored, body=body, anchor_on=anchor_on) for body, anchor_on in new.cycles]
    return Recorded(ref, unit.append(ref, (registered, *credentials, *anchors)))


def open_file(
    context: Context,
    kind: str,
    provider: str,
    *,
    payer: str = "",
    facility: str = "",
    parent: str = "",
    needed_by: dt.date | None = None,
    at: dt.datetime | None = None,
    command: str = "",
) -> Recorded:
    """Open a file for a provider.

    Raises:
        NotFound: The desk does not know the provider, or the profile the kind or the payer.
        InvalidInput: The provider is merged into another record.
        Forbidden: The actor's roles do not allow it.
    """

    def work(unit: Unit) -> Recorded:
        profile = unit.profile
        if kind not in profile.kinds:
            raise NotFound("kind of file", kind, known=profile.kinds)
        if payer and payer not in profile.payers:
            raise NotFound("payer", payer, known=profile.payers)
        ref, events = open_in(
            unit,
            profile.kinds[kind],
            provider,
            unit.stamp(at=at),
            key=command_key(command),
            payer=payer,
            facility=facility,
            parent=parent,
            needed_by=needed_by,
        )
        return Recorded(ref, events)

    def is_same(_unit: Unit, first: Recorded, _after: int) -> bool:
        event = first.events[0]
        asked = (kind, provider, payer, facility, parent, needed_by)
        return isinstance(event, FileOpened) and asked == (
            event.kind,
            event.provider,
            event.payer,
            event.facility,
            event.parent,
            event.needed_by,
        )

    return once(context, Ref("provider", provider), work, command, is_same)


def open_due(context: Context) -> tuple[Opened, ...]:
    """Open the file of every cycle whose window has begun, each exactly once.

    Looked at are the providers whose line has risen, or is due to be judged anew. What makes an opening happen once is
    its key: the provider, the body and the event that anchored the cycle. One decision serves every body, so while a
    provider's file is open no other is opened.
    """
    unit = Unit(context)
    view = View(at=to_us(unit.now), kinds=("provider",), snoozed=True)
    rising = [row.ref for row in context.rows(view) if _may_rise(row.line, view.at)]
    unit.load(rising)
    opened = (_open_for(context, ref) for ref in rising if _due(unit, ref) is not None)
    return tuple(filter(None, opened))


_CALM = 3
"""The urgency of a line on which nothing is warned of; a cycle's window is a warning."""


def _may_rise(line: Line, at_us: int) -> bool:
    return line.urgency < _CALM or (line.next_change is not None and line.next_change <= at_us)


class _Due(NamedTuple):
    body: str
    kind: str
    due_on: dt.date
    key: str


def _due(unit: Unit, ref: Ref) -> _Due | None:
    """Return the cycle that binds a provider first, of those whose window has begun and whose file is not opened."""
    provider = unit.provider(ref.id)
    if provider.status != "active" or provider.merged_into:
        return None
    today = unit.now.astimezone(unit.profile.tz).date()
    due = []
    for body, held in provider.cycles.items():
        cycle = unit.profile.cycles.get(body)
        if cycle is None:
            continue
        opens_on, binding = window(held.anchor_on, cycle, held.term_ends_on)
        if opens_on <= today:
            late = today > renewable_until(binding, cycle) and bool(cycle.late_kind)
            kind = cycle.late_kind if late else cycle.kind
            due.append(_Due(body, kind, binding, f"open:{ref}:{body}:{held.event}"))
    due = [one for one in due if not unit.has_key(one.key) and not _is_covered(unit, ref, one.body)]
    return min(due, key=lambda one: (one.due_on, one.body), default=None)


def _open_for(context: Context, ref: Ref) -> Opened | None:
    def work(unit: Unit) -> Opened | None:
        due = _due(unit, ref)
        if due is None:
            return None
        stamp = unit.stamp(actor=SYSTEM, why=f"{due.body} cycle due {due.due_on.isoformat()}")
        file_ref, _ = open_in(
            unit, unit.profile.kinds[due.kind], ref.id, stamp, actor=SYSTEM, key=due.key, needed_by=due.due_on
        )
        unit.touch(ref)
        return Opened(file_ref.id, ref.id, due.body, due.due_on)

    try:
        return decide(context, work)
    except Duplicate:
        return None  # another coordinator opened it just now


def _is_covered(unit: Unit, provider: Ref, body: str) -> bool:
    """Return whether a file is under way whose decision will serve a body."""
    kinds = unit.profile.kinds
    files = (one for one in unit.children(provider) if one.decision is None and unit.is_open(one))
    return any(file.kind in kinds and body in kinds[file.kind].cycles for file in files)
