"""Merge two records of one provider."""

import shlex

import click
from click.core import ParameterSource

from credcore.adapters.board.wording import clean
from credcore.cli.command import actor_option, desk_option
from credcore.cli.command import command as _command
from credcore.cli.layout import count, say
from credcore.cli.opening import acting, opened
from credcore.cli.records import provider_of

__all__ = ["command"]


@_command()
@click.argument("duplicate")
@click.argument("into")
@click.option("--why", metavar="TEXT", required=True, help="How one knows, for the record.")
@actor_option
@desk_option
@click.pass_context
def command(ctx: click.Context, duplicate: str, into: str, why: str, actor: str | None, place: str) -> None:
    """Say that DUPLICATE and INTO, two providers' ids or NPIs, are one provider: INTO goes on for both.

    What only the duplicate has is recorded there; what INTO has itself stands. A duplicate with open files is refused.
    """
    with opened(place, actor=acting(actor)) as desk:
        duplicate, into = provider_of(desk, duplicate), provider_of(desk, into)
        done = desk.merge(duplicate, into, why=why)
    if done.repeated:
        say(f"{duplicate} is merged into {into} already.")
        return
    brought = len(done.events) - 1
    what = f"{count(brought, 'fact')} recorded there" if brought else "it had nothing that the other lacks"
    say(f"{duplicate} is merged into {into}: {what}. To undo it:")
    back = ["credcore", "unmerge", duplicate, "--why", "merged by mistake"]
    if ctx.get_parameter_source("place") is ParameterSource.COMMANDLINE:
        back += ["--desk", place]
    click.echo(f"  {clean(shlex.join(back))}")  # never folded: it is there to be pasted
