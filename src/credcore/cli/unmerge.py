"""Undo a merge of two records."""

import click

from credcore.cli.command import actor_option, desk_option
from credcore.cli.command import command as _command
from credcore.cli.layout import count, say
from credcore.cli.opening import acting, opened

__all__ = ["command"]


@_command()
@click.argument("duplicate")
@click.option("--why", metavar="TEXT", required=True, help="What was mistaken, for the record.")
@actor_option
@desk_option
def command(duplicate: str, why: str, actor: str | None, place: str) -> None:
    """Let DUPLICATE, a merged provider's id, stand alone again.

    What the merge brought to the other record is taken out there; what happened to it meanwhile stays.
    """
    duplicate = duplicate.removeprefix("provider/")
    with opened(place, actor=acting(actor)) as desk:
        done = desk.unmerge(duplicate, why=why)
    taken_out = count(len(done.events) - 1, "fact")
    say(f"{duplicate} stands alone again; {taken_out} taken out of the other record.")
