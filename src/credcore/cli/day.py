"""Run the coordinator's day."""

import sys
from pathlib import Path

import click

from credcore.adapters.board import check_place, gather, write_board
from credcore.cli import rendering
from credcore.cli.assign import warn_of
from credcore.cli.command import actor_option, desk_option
from credcore.cli.command import command as _command
from credcore.cli.opening import acting, opened

__all__ = ["command"]


@_command()
@click.option(
    "--notify",
    metavar="NOTIFIER",
    default="folder",
    show_default=True,
    help="How notices leave: folder (files in notices/ beside the desk), print, or a plugin's.",
)
@click.option(
    "--board",
    "board_file",
    type=click.Path(dir_okay=False, path_type=Path),
    metavar="FILE",
    help="Also write the morning as a page.",
)
@click.option("--brief", is_flag=True, help="Say only what each step did.")
@actor_option
@desk_option
def command(
    notify: str,
    board_file: Path | None,
    brief: bool,  # noqa: FBT001 - click gives flags by name
    actor: str | None,
    place: str,
) -> None:
    """Run the day, and show the morning.

    The day: poll the payers, open what is due, assign, sweep, schedule, deliver, report.

    Each step commits by itself, so a day that breaks off is simply run again. Payers are reached through files in
    payers/ beside the desk: applications go to payers/submitted, answers are read from payers/answers/*.csv.
    """
    if board_file is not None:
        check_place(board_file)
    with opened(place, actor=acting(actor), notify=notify, payers=True) as desk:
        with rendering.progress(sys.stderr) as step:
            day = desk.day(step)
        rendering.print_day(day)
        warn_of(day.assigned)
        if brief and board_file is None:
            return
        morning = gather(desk, day)
    if not brief:
        rendering.say("")
        rendering.print_morning(morning)
    if board_file is not None:
        write_board(board_file, morning)
        rendering.say(f"wrote {board_file}")
