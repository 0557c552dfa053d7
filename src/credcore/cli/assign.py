"""Give files to people."""

import click

from credcore.cli import rendering
from credcore.cli.command import actor_option, desk_option
from credcore.cli.command import command as _command
from credcore.cli.meaning import person_of
from credcore.cli.morning import Names
from credcore.cli.opening import acting, opened
from credcore.coordinator import AssignmentRound
from credcore.errors import InvalidInput

__all__ = ["command", "warn_of"]


@_command()
@click.argument("file", required=False)
@click.option("--to", metavar="PERSON", help="Give FILE to this person, by id or name, whatever the policy would say.")
@click.option("--why", metavar="TEXT", default="", help="The reason, for the record.")
@click.option("--dry-run", is_flag=True, help="Say what would be done, and do nothing.")
@actor_option
@desk_option
def command(
    file: str | None,
    to: str | None,
    why: str,
    dry_run: bool,  # noqa: FBT001 - click gives flags by name
    actor: str | None,
    place: str,
) -> None:
    """Give FILE an owner by the profile's policy; without FILE, all that have none.

    Each line says who takes the file and why; a file left over says which requirement nobody meets, and who would
    help.
    """
    if to is not None and (file is None or dry_run):
        raise click.UsageError("--to hands over one FILE, and not in a dry run")
    with opened(place, actor=acting(actor)) as desk:
        names = Names(desk)
        if file is not None and to is None:
            _check_unowned(names, file)
        to = to and person_of(desk, to)
        result = desk.assign(file, to, why=why, dry_run=dry_run)
        if isinstance(result, AssignmentRound):
            rendering.print_assigned(result, names, dry_run=dry_run)
            warn_of(result)
        else:
            rendering.say(f"{result.ref.id}: given to {to}")


def warn_of(assigned: AssignmentRound) -> None:
    """Say it on the standard error if another policy chose than the one asked for."""
    if assigned.fell_back:
        click.echo(f"credcore: warning: {assigned.fell_back}", err=True)


def _check_unowned(names: Names, file: str) -> None:
    """Refuse to distribute a file that somebody owns.

    Raises:
        InvalidInput: It has an owner.
    """
    owner = names.file_record(file).assignee
    if owner:
        raise InvalidInput(
            f"{file} is {names.person(owner)}'s ({owner}); to hand it over: credcore assign {file} --to PERSON"
        )
