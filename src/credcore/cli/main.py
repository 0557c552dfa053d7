"""The group of commands; each is imported when it is used."""

import importlib
import sys

import click

__all__ = ["credcore"]

_COMMANDS = {
    "init": ("credcore.cli.init", "Make a desk that works by a profile."),
    "demo": ("credcore.cli.demo.command", "Make a desk full of files, and run its day."),
    "day": ("credcore.cli.day", "Run the coordinator's day."),
    "worklist": ("credcore.cli.worklist", "List what wants doing, the most urgent first."),
    "show": ("credcore.cli.show", "Show a record: how it stands, what may come next, its history."),
    "explain": ("credcore.cli.explain", "Explain each clock of a record: where the time went."),
    "assign": ("credcore.cli.assign", "Give files to people, and say why."),
    "import": ("credcore.cli.import_", "Take in the providers of a roster."),
    "merge": ("credcore.cli.merge", "Say that two records are of one provider."),
    "unmerge": ("credcore.cli.unmerge", "Undo a merge."),
    "sweep": ("credcore.cli.sweep", "Look at what has come due, and note who is to be told."),
    "board": ("credcore.cli.board", "Write the desk as a page to read, send and print."),
    "profile": ("credcore.cli.profile", "Print the text of a profile that ships."),
    "migrate": ("credcore.cli.migrate", "Bring a desk's tables up to date after an upgrade."),
    "plugins": ("credcore.cli.plugins", "List the plugins, what each adds, and what failed."),
    "check": ("credcore.cli.check", "Check a profile, and prove that it loses no file."),
}
"""By name, in the order of a first look around: the module whose ``command`` it is, and what it does."""


class _Lazy(click.Group):
    """A group that imports a command when it is used, and none to list them."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click's own shape
        """Return the names in the order of a first look around."""
        return list(_COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002 - likewise
        """Return a command by its name."""
        if cmd_name not in _COMMANDS:
            return None
        module, _ = _COMMANDS[cmd_name]
        command: click.Command = importlib.import_module(module).command
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002 - likewise
        """Write what each command does."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, does) for name, (_, does) in _COMMANDS.items()])


@click.group(
    cls=_Lazy,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 80},
    epilog="Commands work on desk.db in the current folder, unless --desk or CREDCORE_DESK names another desk.",
)
@click.version_option(package_name="credcore", message="%(prog)s %(version)s")
def credcore() -> None:
    """Coordinate credentialing: every file, its clocks, and whose move it is.

    Begin with `credcore init`, or look at `credcore demo`. Each morning, run `credcore day`; then work down
    `credcore worklist`.
    """
    for stream in (sys.stdout, sys.stderr):
        # A terminal that lacks a sign shows a question mark instead; nobody should lose a worklist to an encoding.
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="replace")
