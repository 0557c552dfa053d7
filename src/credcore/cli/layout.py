"""Lay out what is printed: 80 columns, plain where nobody looks at a terminal, stacked where a table has no room."""

import io
import shutil
import sys
import textwrap
from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

import click
from rich.cells import cell_len
from rich.console import Console, ConsoleOptions, Group, RenderableType, RenderResult
from rich.table import Table
from rich.text import Text

from credcore.adapters.board.wording import clean

__all__ = ["WIDTH", "Grid", "cell", "complain", "count", "heading", "say", "show"]

WIDTH = 80
_WIDEST = 120
_NARROW = 60
"""Below so many columns every line of a table is stacked."""
_GAP = 2
_LEAST = 15
"""What a column that folds must have at the least; its longest word, if that is longer."""
_LONGEST_WORD = 30
"""Whatever is longer is no word or code, and may be folded anywhere."""


def show(*parts: RenderableType) -> None:
    """Print to the standard output."""
    if sys.stdout.isatty():
        console = Console(markup=False, highlight=False, emoji=False)
        console.width = min(console.width, _WIDEST)
        console.print(*parts, sep="\n")
        return
    plain = io.StringIO()
    Console(
        file=plain, width=WIDTH, color_system=None, markup=False, highlight=False, emoji=False, force_terminal=False
    ).print(*parts, sep="\n")
    click.echo("\n".join(line.rstrip() for line in plain.getvalue().rstrip("\n").split("\n")))


def say(sentence: str) -> None:
    """Print a sentence."""
    show(Text(clean(sentence)))


def complain(sentence: str) -> None:
    """Print a sentence to the standard error: one line, but where somebody looks at a terminal that breaks words."""
    text = f"credcore: {sentence}"
    stream = sys.stderr
    if stream is not None and stream.isatty():
        width = shutil.get_terminal_size((WIDTH, 0)).columns
        lines = text.split("\n")
        text = "\n".join(textwrap.fill(line, width, break_long_words=False, break_on_hyphens=False) for line in lines)
    click.echo(text, err=True)


def heading(text: str, note: str = "") -> Text:
    """Return a heading."""
    return Text.assemble((clean(text), "bold"), ("  " + clean(note) if note else "", "dim"))


def cell(text: str, style: str = "") -> Text:
    """Return a text from outside, harmless to look at."""
    return Text(clean(text), style=style)


def count(number: int, what: str, many: str = "") -> str:
    """Return a number with its noun.

    Example:
        >>> count(1, "rule"), count(2, "rule"), count(2, "kind of file", "kinds of file")
        ('1 rule', '2 rules', '2 kinds of file')
    """
    return f"{number} {what}" if number == 1 else f"{number} {many or what + 's'}"


_Cell = tuple[Text, ...]
"""What stands in a cell, a text for each of its lines."""


class _Section(NamedTuple):
    title: Text | None
    rows: list[tuple[_Cell, ...]]


class Grid:
    """A table in sections, all with the same columns: dates and ids are never broken, what remains folds.

    Where that leaves no room to read, each row is stacked, a field a line.

    Args:
        columns: Their headings.
        fold: Those that may be folded; the others are as wide as what stands in them.
        header: Whether the headings are shown.
    """

    def __init__(self, *columns: str, fold: Iterable[str], header: bool = True) -> None:
        """Begin without rows."""
        self._columns = columns
        self._folds = [name in set(fold) for name in columns]
        self._header = header
        self._sections: list[_Section] = []

    def section(self, title: Text | None = None) -> None:
        """Begin a section; rows are added to the last one."""
        self._sections.append(_Section(title, []))

    def row(self, *cells: str | Text | Sequence[str | Text]) -> None:
        """Add a row; a cell may have several lines."""
        if not self._sections:
            self.section()
        self._sections[-1].rows.append(tuple(map(_lines, cells)))

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        """Yield each section, with a blank line between two."""
        widths = self._widths(options.max_width)
        for place, (title, rows) in enumerate(self._sections):
            if place:
                yield Text()
            if title is not None:
                yield title
            yield self._stacked(rows) if widths is None else self._table(rows, widths, header=not place)

    def _widths(self, width: int) -> list[int | None] | None:
        """Return the width of each column, None for what folds; None altogether where there is no room."""
        rows = [row for section in self._sections for row in section.rows]
        needed = [
            max(
                cell_len(name) if self._header else 0,
                *(_longest_word(row[place]) if folds else _longest(row[place]) for row in rows),
                _LEAST if folds else 0,
            )
            for place, (name, folds) in enumerate(zip(self._columns, self._folds, strict=True))
        ]
        if width < _NARROW or sum(needed) + _GAP * (len(needed) - 1) > width:
            return None
        return [None if folds else size for size, folds in zip(needed, self._folds, strict=True)]

    def _table(self, rows: Sequence[Sequence[_Cell]], widths: Sequence[int | None], *, header: bool) -> Table:
        made = Table(
            box=None,
            pad_edge=False,
            padding=(0, _GAP, 0, 0),
            header_style="dim",
            show_header=header and self._header,
            expand=any(self._folds),
        )
        for place, (name, size) in enumerate(zip(self._columns, widths, strict=True)):
            least = max((_longest_word(row[place]) for row in rows), default=0) if size is None else None
            made.add_column(
                name, width=size, min_width=least, no_wrap=size is not None, overflow="fold", ratio=None if size else 1
            )
        for row in rows:
            made.add_row(*(Group(*one) for one in row))
        return made

    def _stacked(self, rows: Sequence[Sequence[_Cell]]) -> Group:
        return Group(*(line for place, row in enumerate(rows) for line in self._stack(row, first=not place)))

    def _stack(self, row: Sequence[_Cell], *, first: bool) -> Iterator[RenderableType]:
        if not first:
            yield Text()
        for name, lines in zip(self._columns, row, strict=True):
            if any(lines):
                label = Text(f"{name}: " if name else "", style="dim")
                yield Text.assemble(label, lines[0], overflow="fold")
                yield from lines[1:]


def _lines(one: str | Text | Sequence[str | Text]) -> _Cell:
    parts = (one,) if isinstance(one, (str, Text)) else one
    return tuple(cell(part) if isinstance(part, str) else part for part in parts)


def _longest(lines: _Cell) -> int:
    return max((cell_len(line.plain) for line in lines), default=0)


def _longest_word(lines: _Cell) -> int:
    return max((min(cell_len(word), _LONGEST_WORD) for line in lines for word in line.plain.split()), default=0)
