"""Build a desk from real data with invented people, and show the coordinator's morning."""

import datetime as dt
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import click

from credcore.adapters.board import gather, write_board
from credcore.adapters.sqlite import SQLiteStore
from credcore.cli import rendering
from credcore.cli.command import command as _command
from credcore.cli.demo import place, telling
from credcore.cli.demo.build import MARK, Plan, build, demo_profile
from credcore.cli.demo.clock import ReplayClock
from credcore.plugins import load_plugins

__all__ = ["command"]

_LINES = 12


@_command()
@click.option("--seed", type=int, default=1, show_default=True, help="Of all draws: another one, another eight weeks.")
@click.option("--weeks", type=click.IntRange(1, 26), default=8, show_default=True, help="How many weeks are replayed.")
@click.option(
    "--now",
    type=click.DateTime(["%Y-%m-%dT%H:%M"]),
    metavar="TIME",
    default="2026-03-02T08:30",
    show_default=True,
    help="The morning on which the replay ends, in the desk's zone.",
)
def command(seed: int, weeks: int, now: dt.datetime) -> None:
    """Build desk.db here, replay weeks of work on it, and show the morning.

    The roster is a registry's and the rhythm an event log's; the people are invented. The same options give the same
    desk. An earlier demo's desk is made anew; anybody else's is left alone.
    """
    folder = Path()
    place.check_free(folder, MARK)
    plugins = load_plugins()
    profile = demo_profile(plugins)
    plan = Plan(seed=seed, weeks=weeks, now=now.replace(tzinfo=profile.tz), plugins=plugins, profile=profile)
    clock = ReplayClock(plan.start)
    with place.workshop(folder) as built_in:
        with SQLiteStore.create(built_in / place.FILE, place.DESK, clock) as store:
            # Nobody waits for a single commit of a replay, so they are on disk all at once.
            with _progress() as each_day, store.together():
                built = build(store, clock, built_in, plan, each_day)
            morning = gather(built.desk, built.day)
        place.put(built_in, folder)
    write_board(folder / "board.html", morning)
    telling.before(built, plan)
    rendering.print_morning(morning, lines=_LINES)
    telling.after(built, plan)


@contextmanager
def _progress() -> Iterator[Callable[[dt.date, int], None]]:
    """Show which day is replayed where somebody looks at a terminal, and say once what goes on where nobody does."""
    if not sys.stderr.isatty():
        click.echo("replaying; this takes some seconds", err=True)
        yield lambda _day, _days: None
        return
    from rich.console import Console  # noqa: PLC0415 - only for somebody who looks
    from rich.progress import Progress  # noqa: PLC0415 - likewise

    with Progress(console=Console(stderr=True), transient=True) as progress:
        task = progress.add_task("taking the roster in", total=None)
        yield lambda day, days: progress.update(task, description=f"{day:%a %d %b}", total=days, advance=1)
