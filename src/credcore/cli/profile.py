"""Print a profile that ships."""

import click

from credcore.cli.command import command as _command
from credcore.plugins import load_plugins

__all__ = ["command"]


@_command()
@click.argument("name")
def command(name: str) -> None:
    """Print the text of the profile NAME, to be made your own: `credcore profile hospital > mine.toml`."""
    # As bytes: a profile is UTF-8 wherever it goes, whatever the terminal's encoding.
    click.echo(load_plugins().profile_text(name).encode(), nl=False)
