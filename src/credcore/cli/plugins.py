"""List the plugins."""

from collections.abc import Mapping
from typing import Any

import click

from credcore.cli.command import as_json_option, print_json
from credcore.cli.command import command as _command
from credcore.cli.layout import Grid, cell, count, heading, show
from credcore.hooks import HOOKS_VERSION
from credcore.plugins import Plugins, PluginStatus, load_plugins

__all__ = ["command"]


@_command()
@as_json_option
@click.option("--check", is_flag=True, help="Exit with 1 if a plugin failed.")
@click.pass_context
def command(
    ctx: click.Context,
    as_json: bool,  # noqa: FBT001 - click gives flags by name
    check: bool,  # noqa: FBT001 - likewise
) -> None:
    """List the plugins, what each adds, and what failed.

    What credcore ships is a plugin too. A plugin that failed adds nothing; the others work on. CREDCORE_PLUGINS,
    CREDCORE_NO_PLUGINS, CREDCORE_STRICT_PLUGINS and CREDCORE_PLUGIN_SECONDS say which are loaded, and how.
    """
    plugins = load_plugins()
    _ = plugins.registry  # makes the source of holidays, which may fail too
    if as_json:
        print_json(_json(plugins))
    else:
        _print(plugins)
    ctx.exit(1 if check and plugins.failures else 0)


def _print(plugins: Plugins) -> None:
    made = Grid("Name", "Package", "Version", "Adds", fold=("Adds",))
    for status in plugins.statuses:
        if status.hooks or not status.error:
            adds = _words(plugins.registered_by(status.name))
            made.row(status.name, status.distribution or "-", status.version or "-", adds or "nothing")
    show(made)
    if plugins.failures:
        show("", cell(f"{count(len(plugins.failures), 'plugin')} failed", "bold red"))
    for status in plugins.failures:
        show("", heading(status.name, status.package), cell(status.error))


def _words(registered: Mapping[str, tuple[str, ...]]) -> tuple[str, ...]:
    return tuple(f"{what}: {', '.join(names)}" for what, names in registered.items())


def _json(plugins: Plugins) -> dict[str, Any]:
    return {
        "hooks_version": HOOKS_VERSION,
        "failed": len(plugins.failures),
        "plugins": [_status_json(status, plugins) for status in plugins.statuses],
    }


def _status_json(status: PluginStatus, plugins: Plugins) -> dict[str, Any]:
    adds = plugins.registered_by(status.name) if status.hooks else {}
    return {
        "name": status.name,
        "distribution": status.distribution,
        "version": status.version,
        "hooks": list(status.hooks),
        "adds": {what: list(names) for what, names in adds.items()},
        "seconds": round(status.seconds, 3),
        "error": status.error,
    }
