"""Make a desk."""

import click

from credcore.cli import rendering
from credcore.cli.command import command as _command
from credcore.cli.command import desk_option
from credcore.cli.opening import Place, clock_of, closing
from credcore.cli.profiles import profile_text
from credcore.coordinator import Coordinator
from credcore.errors import InvalidInput
from credcore.history import Ref
from credcore.hooks import StoreSpec
from credcore.plugins import load_plugins
from credcore.ports import Clock, Store
from credcore.profile import Profile
from credcore.profiles import names

__all__ = ["command"]

_INVENTED = "Its people and policies are an example's, and invented. To begin a desk of your own:"
_NEXT = """
  credcore profile {profile} > mine.toml
  (edit mine.toml: the people, the calendar, the stages, the rules)
  credcore check mine.toml
  credcore init --profile mine.toml --desk mine.db"""
"""Commands to be copied."""


@_command()
@click.option(
    "--profile",
    "name_or_file",
    metavar="PROFILE",
    default="hospital",
    show_default=True,
    help="The name of a profile that ships, or a TOML file of your own.",
)
@desk_option
def command(name_or_file: str, place: str) -> None:
    """Make a desk that works by a profile.

    The profile is checked first; one with a fault makes no desk. Where there is a desk already, nothing changes and
    the exit code is 1.
    """
    plugins, where, clock = load_plugins(), Place.parse(place), clock_of()
    text = profile_text(name_or_file, plugins)
    profile = Profile.from_toml(text, source=name_or_file, registry=plugins.registry)
    with closing(_create(where, where.spec(plugins), clock)) as store:
        desk = Coordinator(store, profile, plugins=plugins, clock=clock)
        rendering.print_founded(str(where), desk.profile)
    if name_or_file in names():
        rendering.say(_INVENTED)
        click.echo(_NEXT.format(profile=name_or_file))


def _create(where: Place, spec: StoreSpec, clock: Clock) -> Store:
    """Return a new desk's store, or that of a desk whose making broke off before its first record.

    Raises:
        InvalidInput: The desk is there, or something else lies in its place.
    """
    try:
        return spec.create(where.place, where.desk, clock)
    except InvalidInput:
        store = spec.open(where.place, where.desk, clock)
    ref = Ref("desk", where.desk)
    if store.load([ref])[ref].version:
        with closing(store):
            raise InvalidInput(f"desk {where.desk!r} is there already, and stays as it is", path=str(where)) from None
    return store
