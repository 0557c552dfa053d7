"""The rows that were not taken in, as a file to mend and take in again.

It has the roster's own columns, the private ones left out, behind two of its own that say line and reason. What a
spreadsheet would run as a formula stands behind an apostrophe, what may be written nowhere is withheld; both are
refused again until they are mended. The file is its owner's alone to read, as a roster mostly is.
"""

import contextlib
import csv
import io
import itertools
import tempfile
from collections.abc import Iterable, Sequence
from pathlib import Path

from credcore.adapters.rosters.columns import LINE, REASON
from credcore.adapters.rosters.reading import Roster
from credcore.adapters.rosters.text import form_of, records
from credcore.coordinator import RowOutcome
from credcore.coordinator.vetting import WITHHELD, harmless, holds_ssn
from credcore.errors import InvalidInput, Unavailable

__all__ = ["check_place", "place_beside", "write_rejects"]

_MARK = "\N{BYTE ORDER MARK}"


def write_rejects(roster: Roster, rejected: Sequence[RowOutcome], path: Path) -> Path | None:
    """Write the rejected rows, and return where the file of an earlier run was put aside; None if there was none.

    Without rejected rows there is no file. An earlier one may be half mended, so it is never overwritten: it gets
    ``.old`` behind its name.

    Raises:
        InvalidInput: Something else than rejected rows lies there.
        Unavailable: The file cannot be written.
    """
    _check_kept(roster.path, path)
    text = _text(roster, rejected) if rejected else ""
    try:
        if path.exists() and path.read_bytes() == text.encode():
            return None
        aside = _put_aside(path)
        if text:
            _write(path, text)
    except OSError as error:
        raise Unavailable(str(path), f"cannot write the rejected rows: {error.strerror}") from error
    return aside


def _write(path: Path, text: str) -> None:
    """Write a file that nobody else may read, whole or not at all."""
    # Made anew under a name that nobody can foresee: a link that lies in wait is never followed.
    with tempfile.NamedTemporaryFile(
        "w", encoding="utf-8", newline="", dir=path.parent, prefix=".rejected-", suffix=".part", delete=False
    ) as file:
        part = Path(file.name)
        try:
            file.write(text)
            file.close()
            part.replace(path)
        except BaseException:
            with contextlib.suppress(OSError):
                part.unlink()
            raise


def check_place(roster: Path, path: Path) -> None:
    """Refuse a place in which something else lies than rejected rows, and one in which nothing can be written.

    Under the name that the command gives by itself lies nothing else, whatever became of it in a spreadsheet. Under
    another one, the file must have a heading that only rejected rows have, or nothing in it.

    Raises:
        InvalidInput: The roster itself lies there, or something else.
        Unavailable: Its folder is not there, or takes no file.
    """
    _check_kept(roster, path)
    try:
        with tempfile.TemporaryFile(dir=path.parent):
            pass
    except OSError as error:
        reason = f"rejected rows cannot be written there: {error.strerror}; name another place with --rejects"
        raise Unavailable(str(path), reason) from error


def _check_kept(roster: Path, path: Path) -> None:
    """Refuse a place in which something lies that is to be kept.

    Raises:
        InvalidInput: The roster itself lies there, or something else than rejected rows.
    """
    if not path.exists():
        return
    if path.resolve() == roster.resolve() or path.samefile(roster):
        what = "is the roster itself"
    elif not path.is_file():
        what = "is no file"
    elif path.name == place_beside(roster).name or _holds_rejects(path):
        return
    else:
        what = "is there already, and holds no rejected rows"
    raise InvalidInput(f"{what}; name another file with --rejects", path=str(path))


def place_beside(roster: Path) -> Path:
    """Return where the rejected rows of a roster go if nobody says so."""
    return roster.with_name(f"{roster.name}.rejected.csv")


def _holds_rejects(path: Path) -> bool:
    """Tell by its headings whether a file is one of ours, however it was saved; an empty one has nothing to lose."""
    if not path.stat().st_size:
        return True
    try:
        head = next(records(path, form_of(path)), None)
    except InvalidInput:
        return False
    return head is not None and any(" ".join(cell.split()) in (LINE, REASON) for cell in head.cells or ())


def _put_aside(path: Path) -> Path | None:
    if not path.exists():
        return None
    places = (path.with_name(f"{path.name}.old{'' if n == 1 else n}") for n in itertools.count(1))
    aside = next(place for place in places if not place.exists())
    path.rename(aside)
    return aside


def _text(roster: Roster, rejected: Iterable[RowOutcome]) -> str:
    made = io.StringIO(newline="")
    # All in quotation marks: a cell with the sign that another spreadsheet takes for the delimiter stays one cell.
    writer = csv.writer(made, delimiter=roster.form.delimiter, quoting=csv.QUOTE_ALL)
    headings = [roster.layout.headings[place] for place in roster.layout.kept]
    writer.writerow((LINE, REASON, *map(harmless, headings)))
    for row in rejected:
        reasons = "; ".join(map(str, row.faults))
        cells = (WITHHELD if holds_ssn(cell) else harmless(cell) for cell in row.cells)
        writer.writerow((row.line, harmless(reasons), *cells))
    return _MARK + made.getvalue()
