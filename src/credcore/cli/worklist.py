"""List what wants doing."""

import datetime as dt
from typing import Any

import click

from credcore.adapters.board.morning import is_stale
from credcore.cli import rendering
from credcore.cli.command import as_json_option, desk_option, print_json
from credcore.cli.command import command as _command
from credcore.cli.meaning import owner_of, stage_of
from credcore.cli.morning import Names
from credcore.cli.opening import opened
from credcore.instants import format_instant
from credcore.worklist import URGENCIES, Entry

__all__ = ["command"]


@_command()
@click.option("--owner", metavar="PERSON", help="Only what a person owns, by id or name, or @ROLE for a role's queue.")
@click.option(
    "--kind",
    "kinds",
    type=click.Choice(["file", "provider", "meeting"]),
    multiple=True,
    default=["file"],
    show_default=True,
    help="Kinds of record; may be repeated.",
)
@click.option("--stage", metavar="STAGE", help="Only what stands in a stage, by code or title.")
@click.option("--snoozed", is_flag=True, help="Also what is hidden until later.")
@click.option("--limit", type=click.IntRange(min=1), help="Lines at the most: 50 unless given, all with --json.")
@as_json_option
@desk_option
def command(
    owner: str | None,
    kinds: tuple[str, ...],
    stage: str | None,
    snoozed: bool,  # noqa: FBT001 - click gives flags by name
    limit: int | None,
    as_json: bool,  # noqa: FBT001 - likewise
    place: str,
) -> None:
    """List what wants doing, the most urgent first.

    What was promised or is cut off today comes first, then what is late, then what will soon be, then the rest. Each
    line names the date that binds it, and why.
    """
    with opened(place) as desk:
        now, names = desk.now, Names(desk)
        entries = list(
            desk.worklist(
                owner=owner and owner_of(desk, owner),
                kinds=kinds,
                stage=stage and stage_of(desk, stage),
                snoozed=snoozed,
                limit=None,
            )
        )
        if as_json:
            print_json([entry_json(entry, names, now) for entry in entries[:limit]])
        else:
            rendering.print_worklist(entries, names, limit=limit or 50, now=now, tz=desk.profile.tz)


def entry_json(entry: Entry, names: Names, now: dt.datetime) -> dict[str, Any]:
    """Return a line as JSON-ready data: codes and ids, and beside them what a person would read."""
    ref = entry.ref
    provider = names.file_record(ref.id).provider if ref.kind == "file" else ref.id if ref.kind == "provider" else None
    return {
        "record": str(ref),
        "title": names.about(ref),
        "provider": provider,
        "provider_name": None if provider is None else names.provider(provider),
        "stage": entry.stage,
        "owner": entry.owner,
        "urgency": URGENCIES[entry.urgency],
        "deadline": None if entry.deadline is None else format_instant(entry.deadline),
        "why": entry.why,
        "stale": is_stale(entry, now),
        "opened_at": format_instant(entry.opened_at),
        "not_before": None if entry.not_before is None else format_instant(entry.not_before),
    }
