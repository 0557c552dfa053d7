"""Take in a roster from a file."""

import itertools
import textwrap
import tomllib
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import click
from rich.text import Text

from credcore.adapters.rosters import Roster, open_roster, write_rejects
from credcore.adapters.rosters.rejects import check_place, place_beside
from credcore.cli.command import actor_option, as_json_option, desk_option, error_json, print_json, sentence
from credcore.cli.command import command as _command
from credcore.cli.layout import Grid, cell, complain, count, say, show
from credcore.cli.meaning import meant
from credcore.cli.opening import acting, opened
from credcore.cli.serial import to_json
from credcore.coordinator import Coordinator, RowOutcome, TakenIn
from credcore.coordinator.vetting import holds_ssn
from credcore.errors import CredcoreError, InvalidInput
from credcore.identifiers import looks_like_ssn

__all__ = ["command"]

_SHOWN = 20
"""Rows of a list that are printed; all rejected ones are in the file, and all of any list in the JSON."""
_COLUMN = 26
"""The registry's headings are of sixty characters; so many of them stand in a line."""
_LONGEST_NAME = 120


@_command()
@click.argument("file", type=click.Path(path_type=Path))
@click.option(
    "--map",
    "maps",
    metavar='FIELD="COLUMN"',
    multiple=True,
    help="Which column holds a field whose heading is not recognised; as often as you need.",
)
@click.option(
    "--mapping",
    metavar="FILE",
    type=click.Path(path_type=Path, dir_okay=False),
    help="The same in a TOML file, below [columns]; `dates` may stand above it. --map goes before it.",
)
@click.option(
    "--dates",
    metavar="FORMAT",
    default="",
    help="How the file writes days, such as %d/%m/%Y; year-month-day or month/day/year if left out.",
)
@click.option("--open", "open_kind", metavar="KIND", default="", help="Open a file of this kind for each new provider.")
@click.option(
    "--rejects",
    metavar="FILE",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Where to write the rejected rows, to be mended; if left out beside FILE, with .rejected.csv behind its name.",
)
@click.option("--dry-run", is_flag=True, help="Say what would be done, and do nothing.")
@as_json_option
@actor_option
@desk_option
@click.pass_context
def command(
    ctx: click.Context,
    *,
    file: Path,
    maps: Sequence[str],
    mapping: Path | None,
    dates: str,
    open_kind: str,
    rejects: Path | None,
    dry_run: bool,
    as_json: bool,
    actor: str | None,
    place: str,
) -> None:
    """Take in the providers of FILE: a CSV in the NPI registry's layout, or a roster with headings of your own.

    New providers become known, known ones are brought up to date; taken in again, a roster changes nothing. A faulty
    row is left out, told by line, column and the shape of the value, and written to a file that you mend and take in
    in its turn; then the exit code is 1.
    """
    columns, dates = _mapping(mapping, maps, dates)
    aside = place_beside(file) if rejects is None else rejects
    with opened(place, actor=acting(actor), records=not dry_run) as desk:
        roster = open_roster(file, columns=columns, bodies=desk.profile.cycles, dates=dates)
        kind = meant("kind of file", open_kind, {code: one.title for code, one in desk.profile.kinds.items()})
        if not dry_run:
            check_place(file, aside)
        done = desk.take_in(roster.rows(), source=_source(file), open_kind=kind, dry_run=dry_run)
        if not as_json:
            _print(desk, roster, done)
        try:
            kept = None if dry_run else write_rejects(roster, done.rejected, aside)
        except CredcoreError as error:
            if not as_json:
                raise
            # What was recorded is recorded: a script reads it together with what went wrong.
            print_json(_json(roster, done, None, None) | {"error": error_json(error)})
            complain(sentence(error))
            ctx.exit(1)
        if as_json:
            print_json(_json(roster, done, aside, kept))
        else:
            _print_rejects(done, aside, kept)
    if done.rejected:
        ctx.exit(1)


def _mapping(path: Path | None, maps: Sequence[str], dates: str) -> tuple[dict[str, str], str]:
    """Return which column holds which field, and how days are written."""
    table = {} if path is None else _read(path)
    columns, own_dates = table.get("columns", {}), table.get("dates", "")
    if path is not None:
        good = isinstance(columns, dict) and all(isinstance(one, str) for one in (own_dates, *columns.values()))
        if set(table) - {"columns", "dates"} or not good:
            raise InvalidInput(
                'is no mapping: give `dates = "%d/%m/%Y"` if you need it, then [columns] with lines such as '
                'npi = "NPI #"',
                path=str(path),
            )
    for text in maps:
        field, equals, heading = text.partition("=")
        if not equals or not field.strip() or not heading.strip():
            raise click.BadParameter(f'{text!r} names no column; write FIELD="COLUMN"', param_hint="--map")
        columns = {**columns, field.strip(): heading.strip().strip('"')}
    return columns, dates or own_dates


def _read(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise InvalidInput(f"cannot be read: {error.strerror}", path=str(path)) from error
    except (UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise InvalidInput(f"is no TOML: {error}", path=str(path)) from error


def _source(file: Path) -> str:
    """Return the file's name, if it may stand on every record."""
    name = file.name
    is_private = looks_like_ssn(name) or holds_ssn(name)
    return name if name.isprintable() and not is_private and len(name) <= _LONGEST_NAME else "roster"


def _print(desk: Coordinator, roster: Roster, done: TakenIn) -> None:
    say(f"{roster.path.name}: {roster.layout.name}, {roster.form.encoding}, {roster.delimiter}.")
    if not done.rows:
        say("There are headings, and no rows below them.")
        return
    would = "Tried, nothing is recorded: " if done.dry_run else ""
    say(
        f"{would}{count(len(done.rows), 'row')}: {len(done.taken)} new, {len(done.changed)} changed, "
        f"{len(done.same)} the same as on the desk, {len(done.rejected)} rejected."
    )
    if done.opens:
        title = desk.profile.kinds[done.opens].title or done.opens
        say(f"{count(done.opened, 'file')} {'would be ' if done.dry_run else ''}opened: {title}.")
    if roster.layout.dropped:
        say(f"Private, left out unread: {', '.join(roster.layout.dropped)}.")
    if roster.layout.ignored:
        say(f"Not taken in: {', '.join(roster.layout.ignored)}.")
    if done.dry_run and done.changed:
        show("", _changes(done.changed[:_SHOWN]), *_not_shown(len(done.changed)))
    if done.rejected:
        show("", _table(done.rejected[:_SHOWN]))


def _changes(changed: Sequence[RowOutcome]) -> Grid:
    """Return who would be brought up to date, and in what; never to what."""
    made = Grid("Line", "Provider", "Would change", fold=("Would change",))
    for row in changed:
        made.row(str(row.line), row.provider, ", ".join(row.changes))
    return made


def _not_shown(number: int) -> list[Text]:
    more = f"{number - _SHOWN} more are not shown; --json lists all of them."
    return [cell(more, "dim")] if number > _SHOWN else []


def _table(rejected: Sequence[RowOutcome]) -> Grid:
    made = Grid("Line", "Column and shape", "What is wrong", fold=("What is wrong",))
    for row in rejected:
        for fault, line in zip(row.faults, itertools.chain((str(row.line),), itertools.repeat("")), strict=False):
            heading = textwrap.wrap(fault.column, _COLUMN) or ["the row"]
            drawn = [cell(part, "dim") for part in textwrap.wrap(fault.shape, _COLUMN)]
            made.row(line, [*heading, *drawn], fault.reason)
    return made


def _print_rejects(done: TakenIn, path: Path, kept: Path | None) -> None:
    number = len(done.rejected)
    if number:
        show("", *(_not_shown(number) if done.dry_run else ()))
        more = f"{number - _SHOWN} more are not shown. " if number > _SHOWN else ""
        say("Nothing is written in a dry run." if done.dry_run else f"{more}To mend and take in: {path}")
    if kept is not None:
        say(f"{'' if number else 'No row is rejected. '}The rejected rows of an earlier run are in {kept}")


def _json(roster: Roster, done: TakenIn, path: Path | None, kept: Path | None) -> dict[str, Any]:
    written = path is not None and bool(done.rejected) and not done.dry_run
    return {
        "file": str(roster.path),
        "layout": roster.layout.name,
        "encoding": roster.form.encoding,
        "delimiter": roster.form.delimiter,
        "private": list(roster.layout.dropped),
        "not_taken_in": list(roster.layout.ignored),
        "dry_run": done.dry_run,
        "rows": len(done.rows),
        "taken": [_row(row) for row in done.taken],
        "changed": [_row(row) for row in done.changed],
        "same": len(done.same),
        "rejected": [{"line": row.line, "faults": to_json(row.faults)} for row in done.rejected],
        "rejects": str(path) if written else None,
        "earlier_rejects": None if kept is None else str(kept),
    }


def _row(row: RowOutcome) -> dict[str, Any]:
    return {"line": row.line, "provider": row.provider, "changes": list(row.changes), "file": row.file or None}
