"""The rows that were not taken in, as a file to mend and take in again.

It has the roster's own columns, the private ones left out, behind two of its own that say line and reason. What a
spreadsheet would run as a formula stands behind an apostrophe, what may be written nowhere is withheld; both are
refused again until they are mended.
"""

import csv
import io
import itertools
from collections.abc import Iterable, Sequence
from pathlib import Path

from credcore.adapters.rosters.columns import LINE, REASON
from credcore.adapters.rosters.reading import Roster
from credcore.coordinator import RowOutcome
from credcore.coordinator.vetting import WITHHELD, is_formula
from credcore.errors import InvalidInput, Unavailable
from credcore.identifiers import is_dashed_ssn

__all__ = ["check_place", "write_rejects"]

_MARK = "\N{BYTE ORDER MARK}"


def write_rejects(roster: Roster, rejected: Sequence[RowOutcome], path: Path) -> Path | None:
    """Write the rejected rows, and return where the file of an earlier run was put aside; None if there was none.

    Without rejected rows there is no file. An earlier one may be half mended, so it is never overwritten: it gets
    ``.old`` behind its name.

    Raises:
        InvalidInput: Something else than rejected rows lies there.
        Unavailable: The file cannot be written.
    """
    check_place(roster.path, path)
    text = _text(roster, rejected) if rejected else ""
    try:
        if path.exists() and path.read_bytes() == text.encode():
            return None
        aside = _put_aside(path)
        if text:
            part = path.with_name(path.name + ".part")
            part.write_text(text, encoding="utf-8", newline="")
            part.replace(path)
    except OSError as error:
        raise Unavailable(str(path), f"cannot write the rejected rows: {error.strerror}") from error
    return aside


def check_place(roster: Path, path: Path) -> None:
    """Refuse a place in which something else lies than rejected rows.

    Raises:
        InvalidInput: The roster itself lies there, or another file.
    """
    if not path.exists():
        return
    same = path.resolve() == roster.resolve()
    if same or not _holds_rejects(path):
        what = "is the roster itself" if same else "is there already, and holds no rejected rows"
        raise InvalidInput(f"{what}; name another file with --rejects", path=str(path))


def _holds_rejects(path: Path) -> bool:
    if not path.is_file():
        return False
    with path.open("rb") as file:
        return file.read(len(_MARK.encode()) + len(LINE)) == (_MARK + LINE).encode()


def _put_aside(path: Path) -> Path | None:
    if not path.exists():
        return None
    places = (path.with_name(f"{path.name}.old{'' if n == 1 else n}") for n in itertools.count(1))
    aside = next(place for place in places if not place.exists())
    path.rename(aside)
    return aside


def _text(roster: Roster, rejected: Iterable[RowOutcome]) -> str:
    made = io.StringIO(newline="")
    writer = csv.writer(made, delimiter=roster.form.delimiter, quoting=csv.QUOTE_MINIMAL)
    headings = [roster.layout.headings[place] for place in roster.layout.kept]
    writer.writerow((LINE, REASON, *map(_harmless, headings)))
    for row in rejected:
        reasons = "; ".join(map(str, row.faults))
        cells = (WITHHELD if is_dashed_ssn(cell) else _harmless(cell) for cell in row.cells)
        writer.writerow((row.line, _harmless(reasons), *cells))
    return _MARK + made.getvalue()


def _harmless(cell: str) -> str:
    return f"'{cell}" if is_formula(cell) else cell
