"""A file of separated values whose columns were found, read row by row with true line numbers."""

from collections.abc import Collection, Iterator, Mapping
from pathlib import Path
from typing import NamedTuple

import attrs

from credcore.adapters.rosters.text import Form, Record, form_of, records
from credcore.errors import Fault, InvalidInput, nearest

__all__ = ["Row", "Table", "open_table"]


class Row(NamedTuple):
    """A row, or what kept it from being cut into cells.

    Attributes:
        line: On which it begins, counted from 1.
        cells: By place, without white space around them; none if it could not be cut.
        fault: Why it could not.
    """

    line: int
    cells: tuple[str, ...]
    fault: str = ""


@attrs.frozen
class Table:
    """A file and its columns.

    Attributes:
        path: The file.
        form: How it is written.
        headings: In order.
        columns: By meaning, the heading.
    """

    path: Path
    form: Form
    headings: tuple[str, ...]
    columns: Mapping[str, str]

    def rows(self) -> Iterator[Row]:
        """Yield the rows as they are read from the file."""
        found = records(self.path, self.form)
        next(found)
        return (self._row(record) for record in found)

    def _row(self, record: Record) -> Row:
        if record.cells is None:
            return Row(record.line, (), record.fault)
        if len(record.cells) != len(self.headings):
            what = f"has {len(record.cells)} cells under {len(self.headings)} headings"
            return Row(record.line, (), what)
        return Row(record.line, tuple(cell.strip() for cell in record.cells))

    def cell(self, row: Row, meaning: str) -> str:
        """Return what a row says; empty where no column has the meaning."""
        heading = self.columns.get(meaning)
        return "" if heading is None else self.under(row, heading)

    def under(self, row: Row, heading: str) -> str:
        """Return what a row says under a heading; empty if the row could not be cut."""
        return row.cells[self.headings.index(heading)] if row.cells else ""

    def fault(self, row: Row, heading: str, message: str) -> Fault:
        """Return what is wrong in a row, with its place."""
        return Fault(message=message, key=heading, line=row.line, source=self.path.name)


def open_table(path: Path, columns: Mapping[str, str], more: Collection[str] = ()) -> Table:
    """Open a file and find its columns.

    Args:
        path: A file of separated values with a line of headings.
        columns: By meaning, the heading.
        more: Further headings that it must have.

    Raises:
        InvalidInput: It cannot be read, has no headings, or lacks some of these: all are named.
    """
    form = form_of(path)
    head = next(records(path, form), None)
    if head is None or head.cells is None:
        reason = "has no line of headings" if head is None else f"the line of headings {head.fault}"
        raise InvalidInput(reason, path=str(path))
    headings = tuple(cell.strip() for cell in head.cells)
    missing = sorted({*columns.values(), *more} - {*headings})
    if missing:
        hints = "; ".join(f"{name!r}: {nearest(name, headings)}" for name in missing)
        raise InvalidInput(f"lacks columns that the mapping names: {hints}", path=str(path))
    return Table(path, form, headings, columns)
