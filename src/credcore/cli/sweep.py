"""Sweep what has come due."""

import click

from credcore.cli import rendering
from credcore.cli.command import actor_option, desk_option
from credcore.cli.command import command as _command
from credcore.cli.morning import Names
from credcore.cli.opening import acting, opened

__all__ = ["command"]


@_command()
@click.option("--limit", type=click.IntRange(min=1), help="Records at the most; all that are due if left out.")
@actor_option
@desk_option
def command(limit: int | None, actor: str | None, place: str) -> None:
    """Look at what has come due, and note who is to be told what.

    Run it as often as you like, on as many machines as you like: what stands is told once. Notices leave with
    `credcore day`.
    """
    with opened(place, actor=acting(actor)) as desk:
        rendering.print_swept(desk.sweep(limit=limit), Names(desk), now=desk.now, tz=desk.profile.tz)
