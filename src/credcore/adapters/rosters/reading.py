"""A roster in a file: each row becomes what the desk takes in, with all that is wrong in it."""

import contextlib
import datetime as dt
import itertools
from collections.abc import Collection, Iterator, Mapping, Sequence
from pathlib import Path

import attrs

from credcore.adapters.rosters.columns import CREDENTIALS, PLACES, Layout, is_day, layout_of
from credcore.adapters.rosters.days import check_format, day_or_fault, has_day_first, is_ambiguous
from credcore.adapters.rosters.text import DELIMITERS, Form, Record, form_of, records
from credcore.coordinator import NewCredential, NewProvider, RosterRow, RowFault
from credcore.coordinator.vetting import (
    expiry_fault,
    holds_ssn,
    name_fault,
    shape,
    state_code,
    text_fault,
    value_fault,
)
from credcore.errors import InvalidInput

__all__ = ["Roster", "open_roster"]

_ORGANISATION = "2"
_INDIVIDUAL = "1"


@attrs.frozen
class Roster:
    """A roster in a file whose layout is recognised.

    Attributes:
        path: The file.
        form: How it is written.
        layout: Which column holds what.
        bodies: The bodies whose cycles the desk's profile has.
        dates: How its days are written; empty for ISO 8601 or month/day/year.
    """

    path: Path
    form: Form
    layout: Layout
    bodies: tuple[str, ...] = ()
    dates: str = ""

    @property
    def delimiter(self) -> str:
        """What stands between cells, in words."""
        return DELIMITERS[self.form.delimiter]

    def rows(self) -> Iterator[RosterRow]:
        """Yield each row that is not blank, as it is read from the file."""
        day_first = self._day_first()
        for record in self._records():
            yield self._row(record, day_first)

    def _records(self) -> Iterator[Record]:
        found = records(self.path, self.form)
        next(found)
        for record in found:
            if record.cells is None or any(cell.strip() for cell in record.cells):
                yield record

    def _day_first(self) -> Mapping[int, int]:
        """Return the columns of days in which the day comes first, by place, each with the line that shows it.

        The whole file is read for it, before any row is: what a day in line 2 means is told by one in line 900.
        """
        places = {place for field, place in self.layout.places.items() if is_day(field)}
        shown: dict[int, int] = {}
        if self.dates or not places:
            return shown
        for record in self._records():
            cells = record.cells or []
            for place in [place for place in places if place < len(cells) and has_day_first(_even(cells[place]))]:
                shown[place] = record.line
                places.remove(place)
            if not places:
                break
        return shown

    def _row(self, record: Record, day_first: Mapping[int, int]) -> RosterRow:
        fault = record.fault
        cells = _fitted(record.cells or [], len(self.layout.headings))
        if not fault and len(cells) < len(self.layout.headings):
            fault = "has fewer cells than there are headings"
        elif not fault and len(cells) > len(self.layout.headings):
            fault = "has more cells than there are headings; a cell with a separator in it needs quotation marks"
        if fault:
            whole = RowFault(column="", shape="", reason=fault)
            return RosterRow(line=record.line, provider=None, faults=(whole,), cells=self._loose(cells))
        return _Reading(self, record.line, cells, day_first).row(tuple(cells[place] for place in self.layout.kept))

    def _loose(self, cells: Sequence[str]) -> tuple[str, ...]:
        """Return the cells of a row that does not fit: none where a private one could be anywhere among them."""
        if self.layout.private:
            return ()
        return tuple(cell for place, cell in enumerate(cells) if place not in self.layout.own)


def open_roster(
    path: Path | str, *, columns: Mapping[str, str] | None = None, bodies: Collection[str] = (), dates: str = ""
) -> Roster:
    """Open a roster: tell how it is written and which column holds what; the rows are read later.

    Args:
        path: A file of separated values.
        columns: By field, the heading of its column, where that cannot be recognised.
        bodies: The bodies whose cycles the desk's profile has.
        dates: How days are written, as `strptime` takes it; ISO 8601 or month/day/year if empty.

    Raises:
        InvalidInput: It cannot be read, is no such file, has no headings, or they do not say what a roster must.
    """
    path = Path(path)
    if dates:
        check_format(dates)
    form = form_of(path)
    head = next(records(path, form), None)
    if head is None or head.cells is None:
        reason = "has no line of headings" if head is None else f"the line of headings {head.fault}"
        raise InvalidInput(reason, path=str(path))
    try:
        layout = layout_of(head.cells, columns or {}, bodies, str(path))
    except InvalidInput as error:
        line = _headings_below(path, form, columns or {}, bodies)
        if not line:
            raise
        raise InvalidInput(f"the headings stand in line {line}; delete the lines above them", path=str(path)) from error
    return Roster(path, form, layout, tuple(bodies), dates)


def _headings_below(path: Path, form: Form, columns: Mapping[str, str], bodies: Collection[str]) -> int:
    """Return the line of the headings where others, such as a title, stand above them; 0 if there is none."""
    # A title has no separators to tell the delimiter by.
    for one in (form, *(form._replace(delimiter=delimiter) for delimiter in DELIMITERS)):
        for record in itertools.islice(records(path, one), 1, _MOST_ABOVE):
            with contextlib.suppress(InvalidInput):
                layout_of(record.cells or [], columns, bodies, str(path))
                return record.line
    return 0


_MOST_ABOVE = 20
"""So many lines are looked through for headings."""


def _fitted(cells: list[str], width: int) -> list[str]:
    """Return cells without empty ones behind the last column, which spreadsheets write."""
    while len(cells) > width and not cells[-1].strip():
        cells = cells[:-1]
    return cells


def _even(text: str) -> str:
    """Return a cell's text with its white space made even."""
    return " ".join(text.split())


class _Reading:
    """One row being read."""

    def __init__(self, roster: Roster, line: int, cells: Sequence[str], day_first: Mapping[int, int]) -> None:
        self._layout = roster.layout
        self._dates = roster.dates
        self._bodies = roster.bodies
        self._line = line
        self._cells = cells
        self._day_first = day_first
        self._faults: dict[str, RowFault] = {}
        self._shapes: dict[str, str] = {}
        self._columns = dict(roster.layout.columns)
        self._organisation = False

    def row(self, kept: tuple[str, ...]) -> RosterRow:
        """Return the row, with all that is wrong in it."""
        for field in self._layout.places:
            if reason := text_fault(self._raw(field)):
                self._add(field, reason)
        self._check_kind()
        provider = NewProvider(
            id=self._text("id", "id"),
            npi=self._npi(),
            name=self._name(),
            taxonomy=self._taxonomy(),
            specialty=self._text("specialty", "specialty"),
            state=self._state("state"),
            city=self._text("city", "city"),
            credentials=tuple(self._credentials()),
            cycles=tuple(self._decisions()),
        )
        faults = sorted(self._faults.values(), key=lambda fault: self._layout.headings.index(fault.column))
        return RosterRow(
            line=self._line,
            provider=provider,
            faults=tuple(faults),
            columns=self._columns,
            cells=kept,
            shapes=self._shapes,
        )

    # --- cells

    def _raw(self, field: str) -> str:
        place = self._layout.places.get(field)
        return "" if place is None else self._cells[place]

    def _cell(self, field: str) -> str:
        """Return what a cell says, white space made even; empty if it has a fault already."""
        heading = self._layout.columns.get(field, "")
        return "" if heading in self._faults else _even(self._raw(field))

    def _add(self, field: str, reason: str) -> None:
        heading = self._layout.columns[field]
        raw = self._raw(field)
        drawn = "withheld" if holds_ssn(raw) else shape(raw.strip())
        self._faults.setdefault(heading, RowFault(column=heading, shape=drawn, reason=reason))

    def _text(self, field: str, kind: str) -> str:
        value = self._cell(field)
        if reason := value_fault(kind, value):
            self._add(field, reason)
            return ""
        return value

    def _state(self, field: str) -> str:
        value = state_code(self._cell(field))
        if reason := value_fault("state", value):
            self._add(field, reason)
            return ""
        return value

    def _day(self, field: str) -> dt.date | None:
        value = self._cell(field)
        if not value:
            return None
        found = day_or_fault(value, self._dates)
        line = self._day_first.get(self._layout.places[field])
        if line is not None and is_ambiguous(value):
            found = (
                f"could be two days: in line {line} the day of this column comes first, and here it is not said; "
                f"take the file in with --dates %d/%m/%Y, or mend line {line} first"
            )
        if isinstance(found, str):
            self._add(field, found)
            return None
        self._shapes[self._layout.columns[field]] = shape(value)
        return found

    # --- who

    def _has(self, field: str) -> bool:
        return field in self._layout.places

    def _is_faulty(self, field: str) -> bool:
        return self._layout.columns.get(field, "") in self._faults

    def _check_kind(self) -> None:
        kind = self._cell("entity_type")
        if kind == _ORGANISATION:
            self._organisation = True
            self._add("entity_type", "is an organisation; the desk takes in practitioners")
        elif kind not in ("", _INDIVIDUAL):
            self._add("entity_type", "is neither a practitioner nor an organisation")
        gone, back = self._day("npi_deactivated_on"), self._day("npi_reactivated_on")
        if gone is not None and (back is None or back < gone) and not self._is_faulty("npi_reactivated_on"):
            self._add("npi_deactivated_on", "is when the NPI was deactivated; it was not reactivated since")

    def _npi(self) -> str:
        npi = self._text("npi", "npi")
        if not self._raw("npi").strip() and not self._raw("id").strip():
            self._add("npi" if self._has("npi") else "id", "is empty; a row needs an NPI or an id")
        return npi

    def _name(self) -> str:
        name = self._text("name", "name")
        if not name:
            parts = [self._text(field, "name") for field in ("first_name", "middle_name", "last_name", "suffix")]
            name = " ".join(filter(None, parts)) if parts[2] else ""
        column = "last_name" if self._has("last_name") else "name"
        if reason := name_fault(name):
            self._add(column, reason)
        if not name and not self._is_faulty("name") and not self._organisation:
            self._add(column, "is empty; give the provider's name")
        return name

    # --- what they hold

    def _taxonomy(self) -> str:
        """Return the code that is marked as primary, else the first."""
        codes = [self._text(f"taxonomy_{place}", "taxonomy") for place in PLACES]
        marks = [self._cell(f"primary_{place}").upper() == "Y" for place in PLACES]
        marked = [code for code, mark in zip(codes, marks, strict=True) if code and mark]
        return next(iter(marked or filter(None, codes)), "")

    def _credentials(self) -> Iterator[NewCredential]:
        told: set[tuple[str, str, dt.date | None, dt.date | None]] = set()
        for place in PLACES:
            one = self._credential(f"licence_{place}", "licence")
            # The registry names a licence once for each specialty.
            key = ("", "", None, None) if one is None else (one.number, one.state, one.issued_on, one.expires_on)
            if one is not None and key not in told:
                told.add(key)
                yield one
        for prefix, kind in CREDENTIALS.items():
            if (one := self._credential(prefix, kind)) is not None:
                yield one

    def _credential(self, prefix: str, kind: str) -> NewCredential | None:
        number = self._text(f"{prefix}_number", "dea" if kind == "dea" else "number")
        number = number.upper() if kind == "dea" else number
        state = self._state(f"{prefix}_state")
        issued_on, expires_on = self._day(f"{prefix}_issued_on"), self._day(f"{prefix}_expires_on")
        if issued_on is not None and expires_on is not None and expires_on < issued_on:
            self._add(f"{prefix}_expires_on", "ends before it begins; see both days")
        if reason := expiry_fault(expires_on):
            self._add(f"{prefix}_expires_on", reason)
        if not self._raw(f"{prefix}_number").strip():
            for part in ("issued_on", "expires_on"):
                if self._raw(f"{prefix}_{part}").strip():
                    field = f"{prefix}_number" if self._has(f"{prefix}_number") else f"{prefix}_{part}"
                    self._add(field, "is empty; a day without a number is of no credential")
        if not number:
            return None
        name = f"{kind}-{state}" if state else kind
        name = f"{name}-{prefix[-1]}" if f"{name}.number" in self._columns else name
        for part in ("number", "state", "issued_on", "expires_on"):
            self._columns[f"{name}.{part}"] = self._layout.columns.get(f"{prefix}_{part}", part)
        return NewCredential(
            credential=name, kind=kind, number=number, state=state, issued_on=issued_on, expires_on=expires_on
        )

    def _decisions(self) -> Iterator[tuple[str, dt.date]]:
        """Yield the day of the last decision by body; one column may tell it for all of them."""
        for_all = self._day("decided_on")
        for body in self._bodies:
            field = f"decided_on.{body}"
            day = self._day(field)
            if day is None and for_all is not None:
                day = for_all
                self._columns[field] = self._layout.columns["decided_on"]
            if day is not None:
                yield body, day
