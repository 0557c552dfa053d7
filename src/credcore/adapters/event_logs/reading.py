"""An event log read case by case: each becomes the history of a file, or the faults that keep it from being one.

A log whose rows of a case stand together is read as it goes, one case at a time; one in the order of time is held
whole, since nobody can know whether a case is over. A case with a faulty row gives no history: what is missing from it
would pass for something that did not happen.
"""

import datetime as dt
import itertools
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

import attrs

from credcore.adapters.event_logs.mapping import EventTemplate, LogMapping
from credcore.adapters.event_logs.tables import Row, Table, open_table
from credcore.coordinator.vetting import shape
from credcore.errors import CredcoreError, Fault, InvalidInput
from credcore.events import Assigned, Event, FileOpened, StageChanged, decode
from credcore.history import History, Ref
from credcore.instants import format_instant, from_us, to_us, wall_us

__all__ = ["Case", "EventLog", "open_event_log"]


class Case(NamedTuple):
    """A case of a log.

    Attributes:
        name: As the log calls it; empty for a row of which nobody can tell.
        history: The file's; None if there are faults.
        faults: What is wrong, each with its line and column.
    """

    name: str
    history: History | None
    faults: tuple[Fault, ...] = ()


@attrs.frozen(kw_only=True)
class EventLog:
    """A log whose columns were found.

    Attributes:
        mapping: What its columns and activities mean.
        table: The log itself.
        of_cases: The file of cases; None without one.
        is_together: Whether the rows of each case stand together.
    """

    mapping: LogMapping
    table: Table
    of_cases: Table | None
    is_together: bool

    def cases(self) -> Iterator[Case]:
        """Yield each case, in the order in which the log first names it.

        A row that cannot be cut, or names no case, comes as a case of its own without a name. What the file of cases
        says of cases that the log does not have is left out.
        """
        known = {} if self.of_cases is None else _by_case(self.of_cases)
        if self.of_cases is not None:
            yield from (_nameless(self.of_cases, row) for row in known.pop("", ()))
        for name, rows in self._grouped():
            if name:
                yield _Reading(self, name, known.get(name, [])).case(rows)
            else:
                yield from (_nameless(self.table, row) for row in rows)

    def histories(self) -> Iterator[History]:
        """Yield the histories of the cases that have no faults, as `credcore.rules.evaluate_each` takes them."""
        return (case.history for case in self.cases() if case.history is not None)

    def _grouped(self) -> Iterator[tuple[str, list[Row]]]:
        if not self.is_together:
            yield from _by_case(self.table).items()
            return
        for name, rows in itertools.groupby(self.table.rows(), key=lambda row: self.table.cell(row, "case")):
            yield name, list(rows)


def open_event_log(path: Path | str, mapping: LogMapping, *, cases: Path | str | None = None) -> EventLog:
    """Open a log: find its columns, and whether the rows of a case stand together; the rows are read later.

    Args:
        path: A file of separated values with a line of headings.
        mapping: What its columns and activities mean.
        cases: A second file with a row for each case, where the mapping has ``[cases]``. It is held whole.

    Raises:
        InvalidInput: A file cannot be read, or lacks a column that the mapping names; or the mapping and the files
            disagree on whether there is a file of cases.
    """
    if (cases is not None) is not bool(mapping.cases):
        has = "has [cases]: give the file" if cases is None else "has no [cases]: say what its columns mean"
        raise InvalidInput(f"the mapping {has}", field="cases")
    table = open_table(Path(path), mapping.columns, mapping.headings)
    of_cases = None if cases is None else open_table(Path(cases), mapping.cases)
    return EventLog(mapping=mapping, table=table, of_cases=of_cases, is_together=_stand_together(table))


def _nameless(table: Table, row: Row) -> Case:
    if row.fault:
        return Case("", None, (table.fault(row, "", row.fault),))
    return Case("", None, (table.fault(row, table.columns["case"], "is empty; a row belongs to a case"),))


def _stand_together(table: Table) -> bool:
    seen: set[str] = set()
    before = ""
    for row in table.rows():
        name = table.cell(row, "case")
        if name != before and name in seen:
            return False
        if name:
            seen.add(name)
        before = name or before
    return True


def _by_case(table: Table) -> dict[str, list[Row]]:
    found: dict[str, list[Row]] = {}
    for row in table.rows():
        found.setdefault(table.cell(row, "case"), []).append(row)
    return found


class _Timed(NamedTuple):
    """A row in its place: by instant, then by the column that orders, then as it stands in the log."""

    at: dt.datetime
    order: int
    place: int
    row: Row


class _Reading:
    """One case being read."""

    def __init__(self, log: EventLog, name: str, known: Sequence[Row]) -> None:
        self._mapping, self._log, self._cases = log.mapping, log.table, log.of_cases
        self._name, self._known = name, known[0] if known else None
        self._faults: list[Fault] = []
        self._owner = ""
        if self._cases is not None and len(known) > 1:
            self._note(self._cases, known[1], "case", "was told before; the file of cases has one row for each")

    def case(self, rows: Sequence[Row]) -> Case:
        """Return the case that rows tell of."""
        timed = sorted(one for place, row in enumerate(rows, start=1) for one in self._timed(place, row))
        events = self._events(timed) if not self._faults else []
        if self._faults:
            return Case(self._name, None, tuple(self._faults))
        return Case(self._name, History(Ref("file", self._name), events))

    def _note(self, table: Table, row: Row, meaning: str, message: str) -> None:
        self._faults.append(table.fault(row, table.columns.get(meaning, meaning), message))

    # --- cells

    def _timed(self, place: int, row: Row) -> Iterator[_Timed]:
        at, order = self._instant(self._log, row, "at"), self._log.cell(row, "order") or "0"
        if not (order.isascii() and order.isdigit()):
            self._note(self._log, row, "order", f"{shape(order)} is not a whole number")
        elif at is not None:
            yield _Timed(at, int(order), place, row)

    def _instant(self, table: Table, row: Row, meaning: str) -> dt.datetime | None:
        """Return the instant in a cell; None where it is no instant, which is noted."""
        text, form = table.cell(row, meaning), self._mapping.times
        try:
            read = dt.datetime.strptime(text, form) if form else dt.datetime.fromisoformat(text)  # noqa: DTZ007 - below
            return from_us(wall_us(read, self._mapping.zone) if read.tzinfo is None else to_us(read))
        except (ValueError, OverflowError, CredcoreError):
            how = f"written as {form}" if form else "such as 2026-03-02T09:00:00-06:00"
            self._note(table, row, meaning, f"{shape(text) or 'an empty cell'} is not an instant {how}")
            return None

    def _of_case(self, first: Row, meaning: str) -> tuple[Table, Row]:
        """Return where something is told of the case as a whole: in the file of cases, or in the case's first row."""
        if self._cases is not None and self._known is not None and meaning in self._cases.columns:
            return self._cases, self._known
        return self._log, first

    def _told(self, first: Row, meaning: str) -> str:
        table, row = self._of_case(first, meaning)
        return table.cell(row, meaning)

    def _told_at(self, first: Row, meaning: str) -> dt.datetime | None:
        table, row = self._of_case(first, meaning)
        return self._instant(table, row, meaning) if table.cell(row, meaning) else None

    # --- events

    def _events(self, timed: Sequence[_Timed]) -> list[Event]:
        """Return the opening, what each row became, and the closing."""
        made = [event for one in timed for event in self._made(one)]
        first = timed[0].row
        opened_at, closed_at = self._told_at(first, "opened-at"), self._told_at(first, "closed-at")
        opened_at = timed[0].at if opened_at is None else min(opened_at, timed[0].at)
        stage, name = self._mapping.stage, self._id("0")
        begins = next((event for event in made if not isinstance(event, Assigned)), None)
        if isinstance(begins, StageChanged) and begins.at == opened_at:
            made.remove(begins)  # it opens in this stage
            stage, name = begins.stage, begins.id
        events = [self._opening(name, opened_at, stage, first), *made]
        if closed_at is not None and closed_at < opened_at:
            self._note(*self._of_case(first, "closed-at"), "closed-at", "lies before the case was opened")
        elif closed_at is not None:
            events.append(StageChanged(id=self._id("closed"), at=closed_at, stage=self._mapping.closed))
        return sorted(events, key=lambda event: event.at)

    def _id(self, place: str) -> str:
        return f"{self._mapping.name}:{self._name}:{place}"

    def _opening(self, name: str, at: dt.datetime, stage: str, first: Row) -> FileOpened:
        needed_at = self._told_at(first, "needed-by")
        return FileOpened(
            id=name,
            at=at,
            by=self._log.cell(first, "resource"),
            kind=self._told(first, "kind") or self._mapping.kind,
            provider=self._told(first, "provider") or self._name,
            payer=self._told(first, "payer"),
            facility=self._told(first, "facility"),
            stage=stage,
            needed_by=None if needed_at is None else needed_at.astimezone(self._mapping.zone).date(),
        )

    def _made(self, one: _Timed) -> Iterator[Event]:
        """Yield what a row became; before it, that whoever did it has the file."""
        who = self._log.cell(one.row, "resource")
        if self._mapping.assign and who and who != self._owner:
            self._owner = who
            yield Assigned(id=self._id(f"{one.place}.owner"), at=one.at, by=who, to=who)
        try:
            templates = self._mapping.templates(self._log.cell(one.row, "activity"))
        except InvalidInput as error:
            self._note(self._log, one.row, "activity", str(error))
            return
        for number, template in enumerate(templates):
            name = self._id(f"{one.place}.{number}" if number else str(one.place))
            yield from self._event(template, name, one)

    def _event(self, template: EventTemplate, name: str, one: _Timed) -> Iterator[Event]:
        cells = {field: self._log.under(one.row, heading) for field, heading in template.columns.items()}
        told = {field: cell for field, cell in cells.items() if cell}
        stamp = {
            "type": template.type,
            "id": name,
            "at": format_instant(one.at),
            "by": self._log.cell(one.row, "resource"),
        }
        try:
            yield decode({**stamp, **template.fields, **told}, "")
        except CredcoreError:
            # Not the error's own words, which may repeat a cell.
            shapes = ", ".join(shape(cell) or "an empty cell" for cell in cells.values())
            heading = ", ".join(template.columns.values())
            self._faults.append(self._log.fault(one.row, heading, f"{shapes} is not what {template.type} takes there"))
