"""Bring a desk's tables up to date."""

import click

from credcore.cli.command import command as _command
from credcore.cli.command import desk_option
from credcore.cli.opening import Place
from credcore.errors import InvalidInput
from credcore.plugins import load_plugins
from credcore.ports import Tables

__all__ = ["command"]


@_command()
@click.option("--sql", is_flag=True, help="Print what would be run, and run nothing.")
@click.option("--add", is_flag=True, help="Add the tables to a database of your own, which has none of credcore's yet.")
@desk_option
def command(sql: bool, add: bool, place: str) -> None:  # noqa: FBT001 - click's own shape
    """Bring a desk's tables to the version that this credcore needs.

    Take a backup first, and stop what else works the desk. Nothing else migrates: a desk of another version is refused
    until this has run.
    """
    where = Place.parse(place)
    tables = where.spec(load_plugins()).tables
    if tables is None:
        raise InvalidInput(f"stores of the kind {where.store!r} have no tables to migrate", path="path")
    if sql:
        click.echo(tables.script(tables.found(where.place)), nl=False)
        return
    _migrate(tables, where.place, add=add)


def _migrate(tables: Tables, place: str, *, add: bool) -> None:
    before = tables.found(place)
    after = tables.add(place) if add else tables.migrate(place)
    done = (
        "up to date" if before == after else f"brought from version {before} to {after}" if before else "tables added"
    )
    click.echo(f"{place}: schema version {after}, {done}")
