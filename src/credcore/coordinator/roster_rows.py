"""A row of a roster, and what is wrong with it by itself, whatever the desk knows."""

import datetime as dt
from collections.abc import Callable, Iterator, Mapping

import attrs

from credcore.coordinator.intake import NewCredential, NewProvider
from credcore.coordinator.vetting import expiry_fault, name_fault, shape, text_fault, value_fault
from credcore.providers import Credential

__all__ = ["RosterRow", "RowFault", "add_fault", "called", "key_of", "own_faults", "type_faults"]


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
        shapes: How the days of a file look there, by heading: what is read of them has another shape.
    """

    line: int
    provider: NewProvider | None
    faults: tuple[RowFault, ...] = ()
    columns: Mapping[str, str] = attrs.field(factory=dict, repr=False)
    cells: tuple[str, ...] = attrs.field(default=(), repr=False)
    shapes: Mapping[str, str] = attrs.field(factory=dict, repr=False)


def add_fault(faults: list[RowFault], row: RosterRow, field: str, value: str, reason: str) -> None:
    """Note a fault, unless its column has one already."""
    column = row.columns.get(field, field)
    if all(fault.column != column for fault in faults):
        drawn = row.shapes.get(column) or shape(value)
        faults.append(RowFault(column=column, shape=drawn, reason=reason))


def type_faults(row: RosterRow, new: object) -> list[RowFault]:
    """Return what is no text, day or credential where there must be one; nothing else can be asked of it then."""
    if not isinstance(new, NewProvider):
        return [RowFault(column="", shape="", reason="is no provider; give a NewProvider")]
    faults: list[RowFault] = []
    if not _are(new.credentials, lambda one: isinstance(one, NewCredential)):
        add_fault(faults, row, "credentials", "", "are no credentials; give a tuple with a NewCredential for each")
    if not _are(new.cycles, _is_decision):
        add_fault(faults, row, "cycles", "", "are no decisions; give a tuple with body and day for each")
    told: list[tuple[object, str, tuple[str, ...], tuple[str, ...]]] = [(new, "", _TEXTS, ())]
    if not faults:
        told += [(held, "credential.", _TEXTS_OF_A_CREDENTIAL, ("issued_on", "expires_on")) for held in new.credentials]
    for one, prefix, texts, days in told:
        for name in texts:
            if not isinstance(getattr(one, name), str):
                add_fault(faults, row, f"{prefix}{name}", "", "is no text; give one, an empty one for nothing")
        for name in days:
            if getattr(one, name) is not None and not _is_day(getattr(one, name)):
                add_fault(faults, row, f"{prefix}{name}", "", "is no day; give a date, or None for none")
    return faults


def _are(several: object, is_one: Callable[[object], bool]) -> bool:
    return isinstance(several, (tuple, list)) and all(map(is_one, several))


def _is_decision(one: object) -> bool:
    match one:
        case (str(), day):
            return _is_day(day)
    return False


def _is_day(value: object) -> bool:
    return isinstance(value, dt.date) and not isinstance(value, dt.datetime)


_TEXTS = ("id", "npi", "name", "taxonomy", "specialty", "state", "city")
_TEXTS_OF_A_CREDENTIAL = ("credential", "kind", "number", "state")


def own_faults(row: RosterRow, new: NewProvider) -> list[RowFault]:
    """Return what is wrong with a provider by itself: of a roster that was read, nothing any more."""
    faults: list[RowFault] = []
    for field, name, value in _texts(new):
        if not value.strip() and field in _NEEDED:
            add_fault(faults, row, name, value, _NEEDED[field])
        if reason := text_fault(value) or value_fault(field, value):
            add_fault(faults, row, name, value, reason)
    if reason := name_fault(new.name):
        add_fault(faults, row, "name", new.name, reason)
    if not (new.id or new.npi):
        add_fault(faults, row, "npi", new.npi, "is empty; a row needs an NPI or an id")
    _check_terms(faults, row, new)
    return faults


_NEEDED: Mapping[str, str] = {
    "name": "is empty; give the provider's name",
    "credential": "is empty; give the credential an id, such as licence-CT",
    "kind": "is empty; say what it is, such as licence",
}


def _texts(new: NewProvider) -> Iterator[tuple[str, str, str]]:
    """Yield each text with its field, as `value_fault` takes it, and its name in a message."""
    yield from ((field, field, getattr(new, field)) for field in _TEXTS)
    for held in new.credentials:
        name = called(held)
        yield "credential", "credential", held.credential
        yield "kind", f"{name}.kind", held.kind
        yield "dea" if held.kind == "dea" else "number", f"{name}.number", held.number
        yield "state", f"{name}.state", held.state


def _check_terms(faults: list[RowFault], row: RosterRow, new: NewProvider) -> None:
    """Refuse a term that ends before it begins, and two that are told of one credential."""
    told: dict[tuple[str, str, str], NewCredential] = {}
    for held in new.credentials:
        name, ends = f"{called(held)}.expires_on", held.expires_on
        shown = "" if ends is None else ends.isoformat()
        if held.issued_on is not None and ends is not None and ends < held.issued_on:
            add_fault(faults, row, name, shown, "ends before it begins; see both days")
        if reason := expiry_fault(ends):
            add_fault(faults, row, name, shown, reason)
        first = told.setdefault(key_of(held), held)
        if (first.issued_on, first.expires_on) != (held.issued_on, ends):
            add_fault(faults, row, name, shown, "differs from what the row says of the same number elsewhere")


def called(held: NewCredential) -> str:
    """Return a credential's id for a message, unless it may be said nowhere."""
    name = held.credential
    return "credential" if text_fault(name) or value_fault("credential", name) else name


def key_of(credential: Credential | NewCredential) -> tuple[str, str, str]:
    """Return what names a credential: its kind, state and number."""
    return credential.kind, credential.state, credential.number
