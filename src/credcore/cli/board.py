"""Write the coordinator's morning as a page."""

from pathlib import Path

import click

from credcore.adapters.board import check_place, gather, is_of_a_day, write_board
from credcore.cli import rendering
from credcore.cli.command import command as _command
from credcore.cli.command import desk_option
from credcore.cli.opening import opened

__all__ = ["command"]


@_command()
@click.option(
    "--out",
    type=click.Path(dir_okay=False, path_type=Path),
    default=Path("board.html"),
    show_default=True,
    help="The file to write.",
)
@desk_option
def command(out: Path, place: str) -> None:
    """Write the desk as a page that can be read, sent and printed.

    It stands alone: one file, no script, no network. It holds names of providers; keep it as you keep their files.
    What a day gave out and told is on the page that `credcore day --board FILE` writes.
    """
    check_place(out)
    with opened(place) as desk:
        morning = gather(desk)
    instead = " in place of a day's page" if is_of_a_day(out) else ""
    write_board(out, morning)
    rendering.say(
        f"wrote {out}{instead}: the desk as it stands. What a day gave out and told stands only on the page that "
        "`credcore day --board FILE` writes."
    )
