"""A file of separated values as text: its encoding and delimiter, its records with true line numbers.

A record is told apart before it is cut into cells, so that a quotation mark that is never closed costs one row, not the
rest of the file. The file is read twice, once to tell its encoding, and never held whole.

Source: RFC 4180; the marks of Unicode files: The Unicode Standard, 23.8.
"""

import codecs
import csv
import itertools
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple, TextIO

from credcore.errors import InvalidInput

__all__ = ["DELIMITERS", "Form", "Record", "form_of", "records"]

DELIMITERS = {",": "commas", ";": "semicolons", "\t": "tabs"}
"""What may stand between cells, with its name; among equals the first is taken."""

_CHUNK = 1 << 16
_MOST_LINES = 100
"""A cell of more lines is taken for a quotation mark that is never closed."""

_BINARY = (
    (b"PK\x03\x04", "is an Excel workbook, or another zip file; open it in Excel and save it as CSV UTF-8"),
    (b"\xd0\xcf\x11\xe0", "is a workbook of an old Excel; open it and save it as CSV UTF-8"),
    (b"%PDF", "is a PDF; ask for the roster as CSV UTF-8"),
)
_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig", "UTF-8 with a mark"),
    (codecs.BOM_UTF16_LE, "utf-16", "UTF-16"),
    (codecs.BOM_UTF16_BE, "utf-16", "UTF-16"),
)


class Form(NamedTuple):
    """How a file is written.

    Attributes:
        codec: Python's name for its encoding.
        encoding: Its encoding in words.
        delimiter: What stands between cells.
        says_so: Whether the first line only names the delimiter, as Excel writes it: ``sep=;``.
    """

    codec: str
    encoding: str
    delimiter: str
    says_so: bool = False


class Record(NamedTuple):
    """A row of a file.

    Attributes:
        line: On which it begins, counted from 1.
        cells: As written; None if it could not be cut into cells.
        fault: Why it could not.
    """

    line: int
    cells: list[str] | None
    fault: str = ""


def form_of(path: Path) -> Form:
    """Tell how a file is written: by its mark, else UTF-8 if all of it can be that, else Windows-1252.

    Raises:
        InvalidInput: It cannot be read, is empty, or is no text.
    """
    try:
        codec, encoding = _encoding(path)
        with _opened(path, codec) as file:
            first = file.readline(_CHUNK)
            if first.lower().startswith("sep=") and first[4:5] in DELIMITERS:
                return Form(codec, encoding, first[4], says_so=True)
            while first and not first.strip():
                first = file.readline(_CHUNK)
    except OSError as error:
        raise InvalidInput(f"cannot be read: {error.strerror}", path=str(path)) from error
    if not first:
        raise InvalidInput("is empty; there is not even a line of headings", path=str(path))
    outside = "".join(first.split('"')[::2])  # what stands between quotation marks separates nothing
    return Form(codec, encoding, max(DELIMITERS, key=outside.count))


def _encoding(path: Path) -> tuple[str, str]:
    with path.open("rb") as file:
        head = file.read(_CHUNK)
        for begins, reason in _BINARY:
            if head.startswith(begins):
                raise InvalidInput(reason, path=str(path))
        for mark, codec, encoding in _MARKS:
            if head.startswith(mark):
                return codec, encoding
        if head.count(0) * 10 > len(head):
            raise InvalidInput("is no text that can be read here; save it as CSV UTF-8", path=str(path))
        decoder = codecs.getincrementaldecoder("utf-8")()
        try:
            decoder.decode(head)
            while chunk := file.read(_CHUNK):
                decoder.decode(chunk)
            decoder.decode(b"", final=True)
        except UnicodeDecodeError:
            return "cp1252", "Windows-1252"
    return "utf-8", "UTF-8"


def _opened(path: Path, codec: str) -> TextIO:
    # A byte that is no character becomes U+FFFD, and is a fault of its row alone.
    return path.open(encoding=codec, errors="replace", newline="")


def records(path: Path, form: Form) -> Iterator[Record]:
    """Yield the records of a file, blank lines left out; the first holds the headings."""
    with _opened(path, form.codec) as file:
        lines: Iterator[tuple[int, str]] = enumerate(file, start=1)
        if form.says_so:
            next(lines)
        ahead: list[tuple[int, str]] = []
        while True:
            together, closed = _together(itertools.chain(ahead, lines), form.delimiter)
            if not together:
                return
            line, text = together[0]
            # What was read ahead of a mark that is never closed is read again, as rows.
            rest = ahead[len(together) :]
            ahead = rest if closed else [*together[1:], *rest]
            if not closed:
                yield Record(line, None, "has a quotation mark that is not closed; close it, or take it out")
            elif len(together) > 1 or text.strip():
                yield _cut(line, [text for _, text in together], form.delimiter)


def _together(lines: Iterator[tuple[int, str]], delimiter: str) -> tuple[list[tuple[int, str]], bool]:
    """Return the lines of the next record, and whether its quotation marks are closed."""
    taken: list[tuple[int, str]] = []
    quoted = False
    for number, text in lines:
        taken.append((number, text))
        quoted = _ends_quoted(text, delimiter, quoted)
        if not quoted or len(taken) == _MOST_LINES:
            break
    return taken, not quoted


def _ends_quoted(text: str, delimiter: str, quoted: bool) -> bool:  # noqa: FBT001 - the state that goes through the lines
    """Tell whether a cell is still quoted at the end of a line: one opens where a cell begins, and nowhere else."""
    if '"' not in text:
        return quoted
    begins, closed = not quoted, False
    for sign in text:
        if quoted:
            quoted = sign != '"'
            closed = not quoted  # or it is the first of two, which are a quotation mark in the cell
        elif sign == '"' and (begins or closed):
            quoted, begins, closed = True, False, False
        else:
            begins, closed = sign == delimiter, False
    return quoted


def _cut(line: int, lines: list[str], delimiter: str) -> Record:
    try:
        rows = list(csv.reader(lines, delimiter=delimiter, strict=True))
    except csv.Error as error:
        if "field larger" in str(error):
            return Record(line, None, "has a cell that is far too long")
        return Record(line, None, "has a quotation mark inside of a cell; write it twice, or take it out")
    return Record(line, rows[0] if rows else [])
