"""Merge two records of one provider."""

import click

from credcore.cli.command import actor_option, desk_option
from credcore.cli.command import command as _command
from credcore.cli.layout import count, say
from credcore.cli.opening import acting, opened

__all__ = ["command"]


@_command()
@click.argument("duplicate")
@click.argument("into")
@click.option("--why", metavar="TEXT", required=True, help="How one knows, for the record.")
@actor_option
@desk_option
def command(duplicate: str, into: str, why: str, actor: str | None, place: str) -> None:
    """Say that DUPLICATE and INTO, two providers' ids, are one provider: INTO goes on for both.

    What only the duplicate has is recorded there; what INTO has itself stands. A duplicate with open files is refused.
    """
    duplicate, into = (text.removeprefix("provider/") for text in (duplicate, into))
    with opened(place, actor=acting(actor)) as desk:
        done = desk.merge(duplicate, into, why=why)
    if done.repeated:
        say(f"{duplicate} is merged into {into} already.")
        return
    brought = len(done.events) - 1
    what = f"{count(brought, 'fact')} recorded there" if brought else "it had nothing that the other lacks"
    say(f"{duplicate} is merged into {into}: {what}. To undo it: credcore unmerge {duplicate}")
