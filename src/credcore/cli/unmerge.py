"""Undo a merge of two records."""

import click

from credcore.cli.command import actor_option, desk_option
from credcore.cli.command import command as _command
from credcore.cli.layout import count, say
from credcore.cli.opening import acting, opened
from credcore.cli.records import provider_of

__all__ = ["command"]


@_command()
@click.argument("duplicate")
@click.option("--why", metavar="TEXT", required=True, help="What was mistaken, for the record.")
@actor_option
@desk_option
def command(duplicate: str, why: str, actor: str | None, place: str) -> None:
    """Let DUPLICATE, a merged provider's id or NPI, stand alone again.

    What the merge brought to the other record is taken out there; what happened to it meanwhile stays. A credential
    that was renewed there since stays too, and is named.
    """
    with opened(place, actor=acting(actor)) as desk:
        duplicate = provider_of(desk, duplicate)
        done = desk.unmerge(duplicate, why=why)
    taken_out = count(len(done.events) - 1, "fact")
    say(f"{duplicate} stands alone again; {taken_out} taken out of the other record.")
    if done.kept:
        say(
            f"Renewed there since, and kept: {', '.join(done.kept)}. Whose they are only you can tell: take out there "
            f"what is {duplicate}'s."
        )
