"""Take a roster in: new providers become known, known ones are brought up to date, faulty rows are told and left out.

Taken in again, a roster changes nothing: what is recorded is the difference between a row and the record. A blank
erases nothing, and a day that the desk knows already, also as an earlier term's, is no news.
"""

import hashlib
import itertools
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Literal

import attrs

from credcore.coordinator.casework import command_key, open_in
from credcore.coordinator.context import Context
from credcore.coordinator.intake import NewCredential, NewProvider
from credcore.coordinator.refusals import refusals_noted
from credcore.coordinator.unit import Unit, decide
from credcore.coordinator.vetting import shape, text_fault, value_fault
from credcore.errors import InvalidInput, NotFound
from credcore.events import Event, Stamp
from credcore.history import Ref
from credcore.identifiers import looks_like_ssn
from credcore.ports import View
from credcore.providers import Credential, ProviderRecord, register_provider

__all__ = ["RosterRow", "RowFault", "RowOutcome", "TakenIn", "take_in"]

_BATCH = 100
"""Rows a commit: few enough that a conflict repeats little, enough that a thousand rows take a second."""


@attrs.frozen(kw_only=True)
class RowFault:
    """What is wrong in a row, said without the value.

    Attributes:
        column: The column's heading; the field's name where there is no file; empty for the row as a whole.
        shape: How the value looks: digits as 9, letters as A.
        reason: What is wrong, and what would be right.
    """

    column: str
    shape: str
    reason: str

    def __str__(self) -> str:
        """Return it in one line."""
        return " ".join(part for part in (self.column, self.shape and f"({self.shape})", self.reason) if part)


@attrs.frozen(kw_only=True)
class RosterRow:
    """A row of a roster as it was read.

    Attributes:
        line: Where it begins in the file, counted from 1.
        provider: What could be read, faulty values left out; None if the row could not be told apart into cells. Its
            id may be empty: then the NPI names it.
        faults: What is wrong in it; such a row is not taken in.
        columns: The headings by field, for what only the desk can tell: ``id``, ``npi``, ``decided_on.<body>``, and
            ``<credential>.expires_on`` and ``….issued_on``.
        cells: As written, private columns left out: for the file of rejected rows.
    """

    line: int
    provider: NewProvider | None
    faults: tuple[RowFault, ...] = ()
    columns: Mapping[str, str] = attrs.field(factory=dict, repr=False)
    cells: tuple[str, ...] = attrs.field(default=(), repr=False)


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
    if not source or not source.isprintable() or looks_like_ssn(source) or len(source) > _LONGEST_SOURCE:
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


@attrs.define
class _Known:
    """Which records the desk has: by NPI, and which goes on for a merged one.

    Attributes:
        npis: By NPI, the ids of the records that have it.
        into: By the id of a merged record, the one that goes on for it.
        lines: By the id of a record, the line of this roster that told of it.
    """

    npis: dict[str, list[str]] = attrs.field(factory=dict)
    into: dict[str, str] = attrs.field(factory=dict)
    lines: dict[str, int] = attrs.field(factory=dict)

    @classmethod
    def of(cls, context: Context) -> "_Known":
        """Read what the desk has, once; what others register meanwhile under the same id is met at the commit."""
        known = cls()
        for row in context.rows(View(at=0, kinds=("provider",), open=None, snoozed=True)):
            record = json.loads(row.state)["record"]
            if npi := record.get("npi"):
                known.npis.setdefault(npi, []).append(row.ref.id)
            if into := record.get("merged_into"):
                known.into[row.ref.id] = into
        return known

    def survivor(self, provider: str) -> str:
        """Return the record that goes on for one, through however many merges."""
        passed = {provider}
        while (into := self.into.get(provider)) is not None and into not in passed:
            provider = into
            passed.add(into)
        return provider

    def with_npi(self, npi: str) -> list[str]:
        """Return the records that go on for those that have an NPI."""
        return list(dict.fromkeys(self.survivor(one) for one in self.npis.get(npi, ())))


class _Intake:
    """A roster on its way to the desk."""

    def __init__(self, context: Context, source: str, open_kind: str, *, dry_run: bool) -> None:
        self._context = context
        self._source = source
        self._open_kind = open_kind
        self._dry_run = dry_run
        self._known = _Known.of(context)
        self._first_lines: dict[tuple[str, str], int] = {}

    def take(self, batch: Sequence[RosterRow]) -> list[RowOutcome]:
        """Take some rows in with one commit."""
        vetted = [(row, self._vetted(row)) for row in batch]

        def work(unit: Unit) -> tuple[list[RowOutcome], _Known]:
            # The work may be done again: what it learns counts only once it is committed.
            known = _Known(self._known.npis, self._known.into, dict(self._known.lines))
            aims = [None if row.provider is None else _aim(row.provider, known) for row, _ in vetted]
            unit.load([Ref("provider", aim) for aim in aims if aim])
            return [self._one(unit, known, *one, aim) for one, aim in zip(vetted, aims, strict=True)], known

        outcomes, known = decide(self._context, work)
        self._known.lines = known.lines
        for (row, _), outcome in zip(vetted, outcomes, strict=True):
            if row.provider is not None and row.provider.npi and outcome.what in ("taken", "changed"):
                holders = self._known.npis.setdefault(row.provider.npi, [])
                holders += [outcome.provider] if outcome.provider not in holders else []
        return outcomes

    def _vetted(self, row: RosterRow) -> list[RowFault]:
        """Return what is wrong in a row by itself, or because an earlier one says the same."""
        faults = list(row.faults)
        new = row.provider
        if new is None:
            return faults
        if not faults:
            faults += _own_faults(row, new)
        for field, value in (("npi", new.npi), ("id", new.id)):
            first = self._first_lines.setdefault((field, value), row.line) if value else row.line
            if first != row.line:
                _add(faults, row, field, value, f"stands in line {first} already; keep one row for each provider")
        return faults

    def _one(
        self, unit: Unit, known: _Known, row: RosterRow, vetted: Sequence[RowFault], aim: str | None
    ) -> RowOutcome:
        new, faults = row.provider, list(vetted)
        if new is None or aim is None:
            return _rejected(row, faults)
        _check_identity(unit, known, row, new, aim, faults)
        ref = Ref("provider", aim)
        record = unit.provider(aim) if unit.exists(ref) else None
        _check_days(unit, row, new, record, faults)
        if not faults and (first := known.lines.get(aim)) is not None:
            reason = f"is the provider of line {first}: the two records were merged; keep one of the rows"
            _add(faults, row, "id" if new.id else "npi", new.id or new.npi, reason)
        if faults:
            return _rejected(row, faults)
        known.lines[aim] = row.line
        return self._record(unit, row, attrs.evolve(new, id=aim), record)

    def _record(self, unit: Unit, row: RosterRow, new: NewProvider, record: ProviderRecord | None) -> RowOutcome:
        ref = Ref("provider", new.id)
        stamp = self._stamp(unit, row, ref, record)
        found = list(_registered(new, stamp) if record is None else _differences(new, record, stamp))
        if not found:
            return RowOutcome(line=row.line, what="same", provider=new.id)
        unit.append(ref, [event for _, event in found])
        changes = tuple(change for change, _ in found)
        if record is not None:
            return RowOutcome(line=row.line, what="changed", provider=new.id, changes=changes)
        file = self._open(unit, new.id, stamp.why) if self._open_kind else ""
        return RowOutcome(line=row.line, what="taken", provider=new.id, changes=changes, file=file)

    def _stamp(self, unit: Unit, row: RosterRow, ref: Ref, record: ProviderRecord | None) -> Stamp:
        """Return a stamp whose ids are made of source, row, and what the record had been told before."""
        stamp = unit.stamp(why=f"{self._source}, line {row.line}")
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


def _add(faults: list[RowFault], row: RosterRow, field: str, value: str, reason: str) -> None:
    """Note a fault, unless its column has one already."""
    column = row.columns.get(field, field)
    if all(fault.column != column for fault in faults):
        faults.append(RowFault(column=column, shape=shape(value), reason=reason))


def _own_faults(row: RosterRow, new: NewProvider) -> list[RowFault]:
    """Return what is wrong with a provider by itself: of a roster that was read, nothing any more."""
    faults: list[RowFault] = []
    texts = [(field, field, getattr(new, field)) for field in _TEXTS]
    for held in new.credentials:
        number = "dea" if held.kind == "dea" else "number"
        texts += [(number, f"{held.credential}.number", held.number), ("state", f"{held.credential}.state", held.state)]
    for field, name, value in texts:
        if reason := text_fault(value) or value_fault(field, value):
            _add(faults, row, name, value, reason)
    if not new.name.strip():
        _add(faults, row, "name", new.name, "is empty; give the provider's name")
    if not (new.id or new.npi):
        _add(faults, row, "npi", new.npi, "is empty; a row needs an NPI or an id")
    told: dict[tuple[str, str, str], NewCredential] = {}
    for held in new.credentials:
        name, ends = f"{held.credential}.expires_on", held.expires_on
        shown = "" if ends is None else ends.isoformat()
        if held.issued_on is not None and ends is not None and ends < held.issued_on:
            _add(faults, row, name, shown, "ends before it begins; see both days")
        first = told.setdefault(_key(held), held)
        if (first.issued_on, first.expires_on) != (held.issued_on, ends):
            _add(faults, row, name, shown, "differs from what the row says of the same number elsewhere")
    return faults


_TEXTS = ("id", "npi", "name", "taxonomy", "specialty", "state", "city")


def _aim(new: NewProvider, known: _Known) -> str:
    """Return the id of the record that a row tells of: by its own id, else by the NPI; a merged one's survivor."""
    if new.id:
        return known.survivor(new.id)
    holders = known.with_npi(new.npi)
    return holders[0] if holders else known.survivor(f"npi-{new.npi}")


def _check_identity(
    unit: Unit, known: _Known, row: RosterRow, new: NewProvider, aim: str, faults: list[RowFault]
) -> None:
    """Refuse a row whose id and NPI belong to different records."""
    if not new.npi:
        return
    holders = known.with_npi(new.npi)
    others = [_named(holder, new.npi) for holder in holders if holder != aim]
    if others and new.id:
        _add(faults, row, "npi", new.npi, f"is on the desk as {others[0]}; give that id, or merge the two records")
    elif others:
        named = " and ".join((_named(aim, new.npi), *others))
        _add(faults, row, "npi", new.npi, f"is on the desk more than once, as {named}; merge them, or give the id")
    elif not holders and unit.exists(Ref("provider", aim)) and unit.provider(aim).npi not in ("", new.npi):
        reason = "is on the desk with another NPI; give the row an id of its own, or correct the one that is wrong"
        _add(faults, row, "id" if new.id else "npi", new.id or new.npi, reason)


def _named(provider: str, npi: str) -> str:
    """Return an id for a message, without the number that the row itself has."""
    return provider.replace(npi, "<the NPI>")


def _check_days(
    unit: Unit, row: RosterRow, new: NewProvider, record: ProviderRecord | None, faults: list[RowFault]
) -> None:
    """Refuse days that cannot be, or that would take the desk back."""
    today = unit.now.astimezone(unit.profile.tz).date()
    for body, decided_on in new.cycles:
        field, value = f"decided_on.{body}", decided_on.isoformat()
        if body not in unit.profile.cycles:
            _add(faults, row, field, body, "is of no body whose cycle the profile has")
        elif decided_on > today:
            _add(faults, row, field, value, "lies in the future; a decision is told once it is made")
    for held in new.credentials:
        known = None if record is None else _held(record, held)
        if known is None or _is_known(held, known):
            continue
        begun, ended = known.issued_on, known.expires_on
        if held.expires_on is None:
            if held.issued_on is not None and ended is not None and held.issued_on > ended:
                reason = "is after the day on which the credential ends; give the day on which the new term ends"
                _add(faults, row, f"{held.credential}.issued_on", held.issued_on.isoformat(), reason)
        elif (ended is not None and held.expires_on < ended) or (begun is not None and held.expires_on < begun):
            reason = "is earlier than the day the desk has; correct the desk if the row is right"
            _add(faults, row, f"{held.credential}.expires_on", held.expires_on.isoformat(), reason)


def _held(record: ProviderRecord, told: NewCredential) -> Credential | None:
    """Return the credential of a record that is the one told of: its kind, state and number name it."""
    return next((one for one in record.credentials.values() if _key(one) == _key(told)), None)


def _key(credential: Credential | NewCredential) -> tuple[str, str, str]:
    return credential.kind, credential.state, credential.number


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
    for one in {_key(one): one for one in new.credentials}.values():
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
    for body, decided_on in dict(sorted(new.cycles)).items():  # of two days for a body the later
        anchor = record.cycles.get(body)
        if anchor is None or anchor.anchor_on < decided_on:
            (event,) = record.anchor_cycle(body, decided_on, stamp)
            yield f"{body} decision", event


def _unused(name: str, taken: set[str]) -> str:
    """Return an id that a record has not given to another credential."""
    names = itertools.chain((name,), (f"{name}-{number}" for number in itertools.count(2)))
    return next(one for one in names if one not in taken)
