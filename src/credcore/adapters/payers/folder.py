"""A payer gateway on files: what was submitted lies in one folder, what came back is read from another.

``<folder>/submitted/<reference>.json`` is written for each application. ``<folder>/answers/*.csv`` is read: a header
``reference,status,at,missing,answer_by,effective_on`` and a row an answer; ``missing`` separates its items with ``;``.
Good rows are given, each bad row is reported with its file and line. Files may be read again: an answer's key is made
of its reference, status and instant, so the desk takes it in once.
"""

import csv
import datetime as dt
import json
import os
import re
from collections.abc import Iterator, Sequence
from pathlib import Path

import attrs

from credcore.errors import InvalidInput, Unavailable, nearest
from credcore.instants import format_instant, parse_day, parse_instant
from credcore.ports import PayerAnswer, PayerRequest, RejectedRow

__all__ = ["FolderGateway"]

_UNSAFE = re.compile(r"[^A-Za-z0-9._-]+")
_COLUMNS = ("reference", "status", "at", "missing", "answer_by", "effective_on")
_NEEDED = _COLUMNS[:3]
_STATUSES = ("received", "returned", "in-process", "development", "approved", "denied", "rejected")


class FolderGateway:
    """Submits to, and reads from, a folder.

    Args:
        folder: Holds ``submitted`` and ``answers``; made when first needed.
    """

    def __init__(self, folder: str | os.PathLike[str]) -> None:
        """Work below a folder."""
        self._folder = Path(folder)

    def submit(self, request: PayerRequest) -> str:
        """Write an application; again, the same file.

        Returns:
            The reference: the payer's code and the file's id, with the attempt from the second on.

        Raises:
            Unavailable: The folder cannot be written.
        """
        again = f".{request.attempt}" if request.attempt > 1 else ""
        reference = f"{request.payer}-{request.file}{again}"
        target = self._folder / "submitted" / f"{_UNSAFE.sub('_', reference)}.json"
        data = attrs.asdict(request) | {"reference": reference, "submitted_on": request.submitted_on.isoformat()}
        try:
            target.parent.mkdir(parents=True, exist_ok=True)
            part = target.with_suffix(".part")
            part.write_text(json.dumps(data, indent=2, sort_keys=True) + "\n", encoding="utf-8")
            part.replace(target)
        except OSError as error:
            raise Unavailable(str(self._folder), f"cannot write the application: {error.strerror}") from error
        return reference

    def poll(self) -> tuple[Sequence[PayerAnswer], Sequence[RejectedRow]]:
        """Return every answer in the folder, oldest first, and the rows that could not be read."""
        answers: list[PayerAnswer] = []
        rejected: list[RejectedRow] = []
        for path in sorted((self._folder / "answers").glob("*.csv")):
            for found in _read(path):
                if isinstance(found, PayerAnswer):
                    answers.append(found)
                else:
                    rejected.append(found)
        return sorted(answers, key=lambda answer: answer.at), rejected


def _read(path: Path) -> Iterator[PayerAnswer | RejectedRow]:
    try:
        text = path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError:
        yield RejectedRow(place=path.name, reason="is not UTF-8 text; save it as CSV in UTF-8")
        return
    except OSError as error:
        yield RejectedRow(place=path.name, reason=f"cannot be read: {error.strerror}")
        return
    reader = csv.DictReader(text.splitlines())
    header = tuple(name.strip().lower() for name in reader.fieldnames or ())
    reader.fieldnames = header
    unknown = [name for name in header if name not in _COLUMNS]
    missing = [name for name in _NEEDED if name not in header]
    if unknown or missing:
        reasons = [f"unknown column {name!r}, {nearest(name, _COLUMNS)}" for name in unknown]
        reasons += [f"the column {name!r} is missing" for name in missing]
        yield RejectedRow(place=f"{path.name}:1", reason="; ".join(reasons))
        return
    while True:
        try:
            row = next(reader, None)
        except csv.Error as error:
            yield RejectedRow(place=f"{path.name}:{reader.line_num}", reason=f"is not a row of CSV: {error}")
            return
        if row is None:
            return
        place = f"{path.name}:{reader.line_num}"
        try:
            yield attrs.evolve(_answer(row), place=place)
        except InvalidInput as error:
            yield RejectedRow(place=place, reason=str(error))


def _answer(row: dict[str, str]) -> PayerAnswer:
    if None in row or None in row.values():
        raise InvalidInput("has more or fewer cells than the header", field="row")
    cells = {name: (row.get(name) or "").strip() for name in _COLUMNS}
    for name in _NEEDED:
        if not cells[name]:
            raise InvalidInput("is empty", field=name)
    if cells["status"] not in _STATUSES:
        raise InvalidInput(f"{cells['status']!r} is no status; {nearest(cells['status'], _STATUSES)}", field="status")
    at = parse_instant(cells["at"], "at")
    return PayerAnswer(
        key=f"{cells['reference']}:{cells['status']}:{format_instant(at)}",
        reference=cells["reference"],
        status=cells["status"],
        at=at,
        missing=tuple(item.strip() for item in cells["missing"].split(";") if item.strip()),
        answer_by=_day(cells["answer_by"], "answer_by"),
        effective_on=_day(cells["effective_on"], "effective_on"),
    )


def _day(text: str, field: str) -> dt.date | None:
    return parse_day(text, field) if text else None
