"""What all commands share: how they fail, and the options that several of them have."""

import datetime as dt
import functools
import json
import sys
from collections.abc import Callable
from typing import Any, TypeVar

import click

from credcore.cli.layout import complain
from credcore.errors import CredcoreError, InvalidInput
from credcore.instants import from_us, wall_us

__all__ = [
    "Command",
    "actor_option",
    "as_json_option",
    "command",
    "desk_option",
    "error_json",
    "instant",
    "moments_options",
    "print_json",
    "sentence",
]

_Function = TypeVar("_Function", bound=Callable[..., Any])


class Command(click.Command):
    """A command that says in one sentence what went wrong, and exits with 1."""

    def invoke(self, ctx: click.Context) -> Any:  # noqa: ANN401 - click's own shape
        """Run the command; with ``--json`` an error is JSON on the standard output too, which a script reads."""
        try:
            return super().invoke(ctx)
        except CredcoreError as error:
            if ctx.params.get("as_json"):
                print_json({"error": error_json(error)})
            complain(sentence(error))
            ctx.exit(1)


_TYPED = frozenset({"path", "ref", "to", "into", "merged_into"})
"""Fields that hold what was typed: the message quotes it, and their names are the library's."""


def error_json(error: CredcoreError) -> dict[str, Any]:
    """Return an error as a script reads it."""
    return {"code": error.code, "message": sentence(error), "retryable": error.retryable}


def sentence(error: CredcoreError) -> str:
    """Return an error's message, without the name of a field of which whoever typed the command never heard."""
    if isinstance(error, InvalidInput) and error.path in _TYPED:
        return str(error).removeprefix(f"{error.path}: ")
    return str(error)


def print_json(value: Any) -> None:  # noqa: ANN401 - JSON-ready
    """Print a JSON-ready value, readable by people too."""
    click.echo(json.dumps(value, indent=2, ensure_ascii=not _is_utf8()))


def _is_utf8() -> bool:
    return (getattr(sys.stdout, "encoding", "") or "").lower().replace("-", "") == "utf8"


def _read_moment(
    ctx: click.Context,  # noqa: ARG001 - click's own shape
    param: click.Parameter,  # noqa: ARG001 - likewise
    text: str | None,
) -> dt.datetime | dt.date | None:
    if text is None:
        return None
    for read in (dt.date.fromisoformat, dt.datetime.fromisoformat):
        try:
            return read(text)
        except ValueError:
            continue
    raise click.BadParameter(f"{text!r} is no time; give 2026-03-02, 2026-03-02T09:00 or 2026-03-02T09:00-06:00")


def instant(moment: dt.datetime | dt.date | None, tz: dt.tzinfo) -> dt.datetime | None:
    """Return the instant that was meant on a desk in a zone: of a day its last, of a wall time its first.

    Example:
        >>> from credcore.instants import format_instant, zone
        >>> format_instant(instant(dt.date(2026, 3, 2), zone("America/Chicago")))
        '2026-03-03T05:59:59.999999Z'
    """
    if moment is None:
        return None
    if not isinstance(moment, dt.datetime):
        midnight = dt.datetime.combine(moment + dt.timedelta(days=1), dt.time())
        return from_us(wall_us(midnight, tz) - 1)
    return from_us(wall_us(moment, tz)) if moment.tzinfo is None else moment


def desk_option(function: _Function) -> _Function:
    """Add ``--desk``."""
    return click.option(
        "--desk",
        "place",
        metavar="PLACE",
        envvar="CREDCORE_DESK",
        default="desk.db",
        show_default=True,
        help="The desk: a file, or STORE:PLACE for another store; #ID behind it names one of several desks in it. "
        "Also CREDCORE_DESK.",
    )(function)


def as_json_option(function: _Function) -> _Function:
    """Add ``--json``."""
    return click.option("--json", "as_json", is_flag=True, help="Print JSON; instants are in UTC.")(function)


def actor_option(function: _Function) -> _Function:
    """Add ``--as``."""
    return click.option(
        "--as",
        "actor",
        metavar="ID",
        envvar="CREDCORE_ACTOR",
        help="Who acts, as a coordinator; your login name if left out. Also CREDCORE_ACTOR.",
    )(function)


def moments_options(function: _Function) -> _Function:
    """Add ``--as-of`` and ``--known-at``."""
    as_of = click.option(
        "--as-of",
        callback=_read_moment,
        metavar="TIME",
        help="What had happened by then: an instant with its offset (2026-03-02T09:00-06:00), or a time or day of the "
        "desk's zone (2026-03-02T09:00; 2026-03-02 is the end of that day).",
    )
    known_at = click.option(
        "--known-at", callback=_read_moment, metavar="TIME", help="What the desk had been told by then; the same forms."
    )
    return as_of(known_at(function))


command = functools.partial(click.command, cls=Command)
"""Make a function a command that fails in one sentence."""
