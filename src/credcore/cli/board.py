"""Write the coordinator's morning as a page."""

from pathlib import Path

import click

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
    What a day gave out and escalated is on the page that `credcore day --board FILE` writes.
    """
    from credcore.adapters.board import gather, write_board  # noqa: PLC0415 - jinja2 comes with an extra

    with opened(place) as desk:
        write_board(out, gather(desk))
    rendering.say(f"wrote {out}")
