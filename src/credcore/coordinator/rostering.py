"""Take a roster in: new providers become known, known ones are brought up to date, faulty rows are told and left out.

Taken in again, a roster changes nothing: what is recorded is the difference between a row and the record. A blank
erases nothing, and a day that the desk knows already, also as an earlier term's, is no news.
"""

import datetime as dt
import hashlib
import itertools
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Literal

import attrs

from credcore.coordinator.casework import command_key, open_in
from credcore.coordinator.context import Context
from credcore.coordinator.intake import NewCredential, NewProvider
from credcore.coordinator.merged import goes_on
from credcore.coordinator.refusals import refusals_noted
from credcore.coordinator.roster_rows import RosterRow, RowFault, add_fault, called, key_of, own_faults, type_faults
from credcore.coordinator.unit import Unit, decide
from credcore.coordinator.vetting import holds_ssn
from credcore.errors import InvalidInput, NotFound
from credcore.events import CycleAnchored, Event, Stamp
from credcore.history import Ref
from credcore.identifiers import looks_like_ssn
from credcore.ports import View
from credcore.providers import Credential, ProviderRecord, register_provider

__all__ = ["RosterRow", "RowFault", "RowOutcome", "TakenIn", "take_in"]

_BATCH = 100
"""Rows a commit: few enough that a conflict repeats little, enough that a thousand rows take a second."""
_PAGE = 5_000
"""Providers that are read at once to learn their NPIs."""


@attrs.frozen(kw_only=True)
class RowOutcome:
    """What became of a row.

    Attributes:
        line: Where it begins in the file, counted from 1.
        what: ``taken``, ``changed``, ``same`` as on the desk, or ``rejected``.
        provider: The id of the record on the desk; empty if it was rejected.
        changes: What was recorded, such as ``city`` or ``licence-CT renewed``.
        file: The id of the file that was opened; empty in a dry run.
        faults: Why it was rejected.
        cells: Of a rejected row, as written.
    """

    line: int
    what: Literal["taken", "changed", "same", "rejected"]
    provider: str = ""
    changes: tuple[str, ...] = ()
    file: str = ""
    faults: tuple[RowFault, ...] = ()
    cells: tuple[str, ...] = attrs.field(default=(), repr=False)


@attrs.frozen
class TakenIn:
    """What became of a roster.

    Attributes:
        rows: Each row's outcome, in the roster's order.
        opens: The kind of file opened for each new provider; empty for none.
        dry_run: Whether all this was only tried.
    """

    rows: tuple[RowOutcome, ...]
    opens: str = ""
    dry_run: bool = False

    @property
    def taken(self) -> tuple[RowOutcome, ...]:
        """The rows whose provider is new on the desk."""
        return self._those("taken")

    @property
    def changed(self) -> tuple[RowOutcome, ...]:
        """The rows that brought a known provider up to date."""
        return self._those("changed")

    @property
    def same(self) -> tuple[RowOutcome, ...]:
        """The rows that told nothing new."""
        return self._those("same")

    @property
    def rejected(self) -> tuple[RowOutcome, ...]:
        """The rows that were not taken in."""
        return self._those("rejected")

    @property
    def opened(self) -> int:
        """How many files were opened, or in a dry run would have been."""
        return len(self.taken) if self.opens else 0

    def _those(self, what: str) -> tuple[RowOutcome, ...]:
        return tuple(row for row in self.rows if row.what == what)


def take_in(
    context: Context,
    rows: Iterable[RosterRow | NewProvider],
    *,
    source: str = "roster",
    open_kind: str = "",
    dry_run: bool = False,
) -> TakenIn:
    """Take a roster in, some rows a commit.

    Where it breaks off, the rows before are on the desk, and taking all of it in again goes on from there.

    Raises:
        NotFound: The profile has no such kind of file.
        Forbidden: The actor's roles do not allow it; the refusal is recorded on the desk.
        InvalidInput: The source cannot be written on a record, or files of that kind go to a payer.
    """
    if (
        not source
        or not source.isprintable()
        or holds_ssn(source)
        or looks_like_ssn(source)
        or len(source) > _LONGEST_SOURCE
    ):
        raise InvalidInput("is not a plain name; give one that may stand on every record", field="source")
    kinds = context.book().profile_at(context.now()).kinds
    if open_kind and open_kind not in kinds:
        raise NotFound("kind of file", open_kind, known=kinds, where="in the profile")
    if open_kind and kinds[open_kind].payer_work:
        raise InvalidInput(f"{open_kind!r} goes to a payer; open it for each payer", field="open_kind")
    work = _Intake(context, source, open_kind, dry_run=dry_run)
    with refusals_noted(context, context.desk_ref):
        found = [outcome for batch in _batches(rows) for outcome in work.take(batch)]
    return TakenIn(tuple(found), open_kind, dry_run)


_LONGEST_SOURCE = 120


def _batches(rows: Iterable[RosterRow | NewProvider]) -> Iterator[list[RosterRow]]:
    numbered = (
        row if isinstance(row, RosterRow) else RosterRow(line=number, provider=row)
        for number, row in enumerate(rows, start=1)
    )
    while batch := list(itertools.islice(numbered, _BATCH)):
        yield batch


def _npis_on(context: Context) -> dict[str, list[str]]:
    """Return the records that have an NPI, by NPI, as the desk has them now."""
    found: dict[str, list[str]] = {}
    view, after = View(at=0, kinds=("provider",), open=None, snoozed=True), None
    while True:
        page = context.store.rows(view, after, _PAGE)
        for row in page.rows:
            if npi := json.loads(row.state)["record"].get("npi"):
                found.setdefault(npi, []).append(row.ref.id)
        after = page.after
        if after is None:
            return found


class _Intake:
    """A roster on its way to the desk."""

    def __init__(self, context: Context, source: str, open_kind: str, *, dry_run: bool) -> None:
        self._context = context
        self._source = source
        self._open_kind = open_kind
        self._dry_run = dry_run
        self._npis: Mapping[str, Sequence[str]] = {}
        self._first_lines: dict[tuple[str, str], int] = {}
        self._lines: dict[str, int] = {}

    def take(self, batch: Sequence[RosterRow]) -> list[RowOutcome]:
        """Take some rows in with one commit."""
        vetted = [(row, *self._vetted(row)) for row in batch]

        def work(unit: Unit) -> tuple[list[RowOutcome], dict[str, int]]:
            # The work may be done again: what it learns counts only once it is committed.
            lines = dict(self._lines)
            told = [new for _, new, _ in vetted if new is not None]
            self._learn(told)
            unit.load(Ref("provider", one) for new in told for one in self._named_by(new))
            return [self._one(unit, lines, *one) for one in vetted], lines

        outcomes, self._lines = decide(self._context, work)
        return outcomes

    def _learn(self, providers: Iterable[NewProvider]) -> None:
        """Read who has which NPI, if a row would otherwise be of somebody new.

        Somebody else may have told the desk of them since the last time. Whom the desk knows is read again with the
        record itself.
        """
        if any(new.npi and new.npi not in self._npis for new in providers):
            self._npis = _npis_on(self._context)

    def _named_by(self, new: NewProvider) -> tuple[str, ...]:
        """Return the ids of the records of which a row may tell: its own, those with its NPI, and one made of that."""
        if not new.npi:
            return (new.id,) if new.id else ()
        return (new.id or f"npi-{new.npi}", *self._npis.get(new.npi, ()))

    def _with_npi(self, unit: Unit, npi: str) -> list[str]:
        """Return the records that go on for those that have an NPI."""
        holders = (one for one in self._npis.get(npi, ()) if unit.provider(one).npi == npi)
        return list(dict.fromkeys(goes_on(unit, one).id for one in holders))

    def _vetted(self, row: RosterRow) -> tuple[NewProvider | None, list[RowFault]]:
        """Return what a row tells, if it can be read, with what is wrong by itself or told by an earlier row."""
        faults = list(row.faults)
        new = row.provider
        if new is None:
            return None, faults
        if ill_made := type_faults(row, new):
            return None, [*faults, *ill_made]
        if not faults:
            faults += own_faults(row, new)
        for field, value in (("npi", new.npi), ("id", new.id)):
            first = self._first_lines.setdefault((field, value), row.line) if value else row.line
            if first != row.line:
                add_fault(faults, row, field, value, f"stands in line {first} already; keep one row for each provider")
        return new, faults

    def _one(
        self, unit: Unit, lines: dict[str, int], row: RosterRow, new: NewProvider | None, vetted: Sequence[RowFault]
    ) -> RowOutcome:
        if new is None:
            return _rejected(row, vetted)
        faults = list(vetted)
        holders = self._with_npi(unit, new.npi)
        aim = _aim(unit, new, holders)
        ref = Ref("provider", aim)
        record = unit.provider(aim) if unit.exists(ref) else None
        _check_identity(row, new, record, aim, holders, faults)
        _check_days(unit, row, new, record, faults)
        if not faults and (first := lines.get(aim)) is not None:
            reason = f"is the provider of line {first}: the two records were merged; keep one of the rows"
            add_fault(faults, row, "id" if new.id else "npi", new.id or new.npi, reason)
        if faults:
            return _rejected(row, faults)
        new = attrs.evolve(new, id=aim)
        try:
            changes = self._record(unit, row, new, record)
        except InvalidInput as error:
            # What no check foresaw costs its row, not the import; the error may name the value, so it is not repeated.
            column = row.columns.get(error.field, error.field)
            reason = "is refused by the record; record this provider by hand, and read why"
            return _rejected(row, [RowFault(column=column, shape="", reason=reason)])
        lines[aim] = row.line
        if not changes:
            return RowOutcome(line=row.line, what="same", provider=aim)
        if record is not None:
            return RowOutcome(line=row.line, what="changed", provider=aim, changes=changes)
        file = self._open(unit, aim, self._why(row)) if self._open_kind else ""
        return RowOutcome(line=row.line, what="taken", provider=aim, changes=changes, file=file)

    def _record(self, unit: Unit, row: RosterRow, new: NewProvider, record: ProviderRecord | None) -> tuple[str, ...]:
        """Append what a row tells that the desk does not know, all of it or nothing, and return its names."""
        ref = Ref("provider", new.id)
        stamp = self._stamp(unit, row, ref, record)
        found = list(_registered(new, stamp) if record is None else _differences(new, record, stamp))
        unit.append(ref, [event for _, event in found])
        return tuple(change for change, _ in found)

    def _why(self, row: RosterRow) -> str:
        return f"{self._source}, line {row.line}"

    def _stamp(self, unit: Unit, row: RosterRow, ref: Ref, record: ProviderRecord | None) -> Stamp:
        """Return a stamp whose ids are made of source, row, and what the record had been told before."""
        stamp = unit.stamp(why=self._why(row))
        before = len(unit.history(ref).events)
        text = "\x1f".join((self._source, str(row.line), str(ref), str(before), repr(row.provider)))
        digest = hashlib.sha256(text.encode()).hexdigest()[:12]
        numbers = itertools.count(1)
        at = stamp.at if record is None else max(stamp.at, record.registered_at)
        return attrs.evolve(stamp, at=at, new_id=lambda: f"row-{digest}-{next(numbers)}")

    def _open(self, unit: Unit, provider: str, why: str) -> str:
        kind = unit.profile.kinds[self._open_kind]
        key = command_key(f"take-in {self._open_kind} {provider}")
        ref, _ = open_in(unit, kind, provider, unit.stamp(why=why), key=key)
        return "" if self._dry_run else ref.id


def _rejected(row: RosterRow, faults: Iterable[RowFault]) -> RowOutcome:
    return RowOutcome(line=row.line, what="rejected", faults=tuple(faults), cells=row.cells)


def _aim(unit: Unit, new: NewProvider, holders: Sequence[str]) -> str:
    """Return the id of the record that a row tells of: by its own id, else by the NPI; a merged one's survivor."""
    if holders and not new.id:
        return holders[0]
    named = new.id or f"npi-{new.npi}"
    return goes_on(unit, named).id if unit.exists(Ref("provider", named)) else named


def _check_identity(
    row: RosterRow,
    new: NewProvider,
    record: ProviderRecord | None,
    aim: str,
    holders: Sequence[str],
    faults: list[RowFault],
) -> None:
    """Refuse a row whose id and NPI belong to different records."""
    if not new.npi:
        return
    others = [_named(holder, new.npi) for holder in holders if holder != aim]
    if others and new.id:
        add_fault(faults, row, "npi", new.npi, f"is on the desk as {others[0]}; give that id, or merge the two records")
    elif others:
        named = " and ".join((_named(aim, new.npi), *others))
        add_fault(faults, row, "npi", new.npi, f"is on the desk more than once, as {named}; merge them, or give the id")
    elif not holders and record is not None and record.npi not in ("", new.npi):
        reason = "is on the desk with another NPI; give the row an id of its own, or correct the one that is wrong"
        add_fault(faults, row, "id" if new.id else "npi", new.id or new.npi, reason)


def _named(provider: str, npi: str) -> str:
    """Return an id for a message, without the number that the row itself has."""
    return provider.replace(npi, "<the NPI>")


def _check_days(
    unit: Unit, row: RosterRow, new: NewProvider, record: ProviderRecord | None, faults: list[RowFault]
) -> None:
    """Refuse days that cannot be, or that would take the desk back."""
    today = unit.now.astimezone(unit.profile.tz).date()
    for body, decided_on in new.cycles:
        if body not in unit.profile.cycles:
            add_fault(faults, row, "decided_on", body, "is of no body whose cycle the profile has")
        elif decided_on > today:
            reason = "lies in the future; a decision is told once it is made"
            add_fault(faults, row, f"decided_on.{body}", decided_on.isoformat(), reason)
    if record is not None:
        _check_earlier_decisions(unit, row, new, record, faults)
        _check_terms(row, new, record, faults)


def _check_earlier_decisions(
    unit: Unit, row: RosterRow, new: NewProvider, record: ProviderRecord, faults: list[RowFault]
) -> None:
    """Refuse the day of a decision that lies before the desk's last one, and that the desk never knew."""
    for body, decided_on in _last_decisions(new).items():
        anchor = record.cycles.get(body)
        if anchor is None or anchor.anchor_on <= decided_on:
            continue
        if not _was_anchor(unit, record, body, decided_on):
            add_fault(faults, row, f"decided_on.{body}", decided_on.isoformat(), _EARLIER)


def _check_terms(row: RosterRow, new: NewProvider, record: ProviderRecord, faults: list[RowFault]) -> None:
    """Refuse a term of a credential that would take the desk back."""
    for held in new.credentials:
        known = _held(record, held)
        if known is None or _is_known(held, known):
            continue
        begun, ended = known.issued_on, known.expires_on
        if held.expires_on is None:
            if held.issued_on is not None and ended is not None and held.issued_on > ended:
                reason = "is after the day on which the credential ends; give the day on which the new term ends"
                add_fault(faults, row, f"{called(held)}.issued_on", held.issued_on.isoformat(), reason)
        elif (ended is not None and held.expires_on < ended) or (begun is not None and held.expires_on < begun):
            add_fault(faults, row, f"{called(held)}.expires_on", held.expires_on.isoformat(), _EARLIER)


_EARLIER = "is earlier than the day the desk has; correct the desk if the row is right"


def _last_decisions(new: NewProvider) -> dict[str, dt.date]:
    """Return the day of the last decision by body: of two days for a body the later."""
    return dict(sorted(new.cycles))


def _was_anchor(unit: Unit, record: ProviderRecord, body: str, day: dt.date) -> bool:
    """Tell whether the desk knows a day as an earlier decision's, of the record or of one merged into it."""
    ref = Ref("provider", record.id)
    refs = (ref, *(one for one in unit.dependents(ref) if one.kind == "provider"))
    events = (event for one in refs for event in unit.history(one).effective)
    return any(isinstance(event, CycleAnchored) and (event.body, event.anchor_on) == (body, day) for event in events)


def _held(record: ProviderRecord, told: NewCredential) -> Credential | None:
    """Return the credential of a record that is the one told of: its kind, state and number name it."""
    return next((one for one in record.credentials.values() if key_of(one) == key_of(told)), None)


def _is_known(told: NewCredential, known: Credential) -> bool:
    """Tell whether one of the credential's terms says all that is told."""
    return any(
        (told.issued_on is None or told.issued_on == term.issued_on)
        and (told.expires_on is None or told.expires_on == term.expires_on)
        for term in known.terms
    )


def _registered(new: NewProvider, stamp: Stamp) -> Iterator[tuple[str, Event]]:
    details = {field: getattr(new, field) for field in _DETAILS if field != "name"}
    (registered,) = register_provider(new.name, stamp, **details)
    yield "registered", registered
    # What follows is checked against a record, so that it is held to the same as what comes later.
    record = ProviderRecord(id=new.id, name=new.name, registered_at=stamp.at, **details)
    yield from _differences(new, record, stamp)


_DETAILS = ("name", "npi", "taxonomy", "specialty", "state", "city")


def _differences(new: NewProvider, record: ProviderRecord, stamp: Stamp) -> Iterator[tuple[str, Event]]:
    """Yield what a row tells that the record does not know, each with its name."""
    told = {field: getattr(new, field) for field in _DETAILS if getattr(new, field)}
    if record.npi:
        told.pop("npi", None)  # a merged record's number names its survivor, and is not the survivor's
    changed = {field: value for field, value in told.items() if value != getattr(record, field)}
    if changed:
        (event,) = record.change_details(stamp, **changed)
        yield ", ".join(changed), event
    taken = set(record.credentials)
    for one in {key_of(one): one for one in new.credentials}.values():
        known = _held(record, one)
        if known is None:
            name = _unused(one.credential, taken)
            taken.add(name)
            given = {"number": one.number, "state": one.state, "issued_on": one.issued_on, "expires_on": one.expires_on}
            (event,) = record.record_credential(name, one.kind, stamp, **given)  # type: ignore[arg-type] # by name
            yield name, event
        elif not _is_known(one, known):
            expires_on = known.expires_on if one.expires_on is None else one.expires_on
            (event,) = record.renew(known.id, stamp, issued_on=one.issued_on, expires_on=expires_on)
            yield f"{known.id} renewed", event
    for body, decided_on in _last_decisions(new).items():
        anchor = record.cycles.get(body)
        if anchor is None or anchor.anchor_on < decided_on:
            (event,) = record.anchor_cycle(body, decided_on, stamp)
            yield f"{body} decision", event


def _unused(name: str, taken: set[str]) -> str:
    """Return an id that a record has not given to another credential."""
    names = itertools.chain((name,), (f"{name}-{number}" for number in itertools.count(2)))
    return next(one for one in names if one not in taken)
