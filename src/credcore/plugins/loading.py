"""Find the plugins that are installed, and load each on its own, in a time of its own.

``CREDCORE_PLUGINS=a,b`` limits which are loaded, ``CREDCORE_NO_PLUGINS=1`` loads only what credcore itself ships,
``CREDCORE_STRICT_PLUGINS=1`` raises at the first failure, ``CREDCORE_PLUGIN_SECONDS`` says how long one may take.
"""

import contextlib
import importlib.metadata
import math
import os
import queue
import threading
from collections.abc import Callable, Mapping
from typing import TypeVar

from credcore.errors import InvalidInput, nearest
from credcore.plugins.asking import Offer, ask
from credcore.plugins.registered import OURS, Plugins
from credcore.plugins.status import PluginStatus, Refusal

__all__ = ["load_plugins"]

_T = TypeVar("_T")
_SECONDS = "CREDCORE_PLUGIN_SECONDS"
_DEFAULT_SECONDS = 10.0
"""Longer than any import should take, shorter than anybody waits for a command."""


def load_plugins(environ: Mapping[str, str] = os.environ) -> Plugins:
    """Return the plugins that are installed, each loaded on its own.

    What credcore ships comes first. Every other plugin is imported and asked in a thread of its own; one that takes
    longer than it may is recorded as failed, and whatever it gives afterwards is ignored.

    Args:
        environ: Where the switches are read from.

    Raises:
        PluginError: ``CREDCORE_STRICT_PLUGINS=1`` and a plugin failed.
        InvalidInput: ``CREDCORE_PLUGIN_SECONDS`` is no number above 0.
    """
    seconds = _seconds(environ)
    plugins = Plugins(strict=environ.get("CREDCORE_STRICT_PLUGINS") == "1")
    only = {name.strip() for name in environ.get("CREDCORE_PLUGINS", "").split(",") if name.strip()}
    ours_alone = environ.get("CREDCORE_NO_PLUGINS") == "1"
    found = [(_status(point), point) for point in importlib.metadata.entry_points(group="credcore")]
    for status, point in sorted(found, key=lambda one: (one[0].distribution != OURS, one[0].name, one[0].distribution)):
        if status.distribution == OURS:
            plugins.take(status, _loading(point))
        elif not ours_alone and (not only or status.name in only):
            plugins.take(status, _in_time(seconds, _loading(point)))
    if not ours_alone:
        names = {status.name for status, _ in found}
        for name in sorted(only - names):
            what = f"CREDCORE_PLUGINS names it, but no installed plugin is called so; {nearest(name, names)}"
            plugins.fail(PluginStatus(name=name), Refusal(what))
    return plugins


def _seconds(environ: Mapping[str, str]) -> float:
    text = environ.get(_SECONDS) or str(_DEFAULT_SECONDS)
    with contextlib.suppress(ValueError):
        seconds = float(text)
        if seconds > 0 and math.isfinite(seconds):
            return seconds
    raise InvalidInput(f"{text!r} is no number of seconds above 0, such as 2.5", field=_SECONDS)


def _status(point: importlib.metadata.EntryPoint) -> PluginStatus:
    if point.dist is None:
        return PluginStatus(name=point.name)
    return PluginStatus(name=point.name, distribution=point.dist.name or "", version=point.dist.version or "")


def _loading(point: importlib.metadata.EntryPoint) -> Callable[[], Offer]:
    return lambda: ask(point.load(), point.name)


def _in_time(seconds: float, work: Callable[[], _T]) -> Callable[[], _T]:
    """Return the same work, done in a thread of its own, which nobody waits for longer than so many seconds."""

    def do() -> _T:
        done: queue.SimpleQueue[Callable[[], _T]] = queue.SimpleQueue()
        # A thread cannot be ended from outside; as a daemon it keeps no process alive.
        threading.Thread(target=lambda: done.put(_outcome(work)), daemon=True, name="credcore-plugin").start()
        try:
            outcome = done.get(timeout=seconds)
        except queue.Empty:
            what = f"took longer than {seconds:g} s to load; {_SECONDS} gives plugins more time"
            raise Refusal(what) from None
        return outcome()

    return do


def _outcome(work: Callable[[], _T]) -> Callable[[], _T]:
    """Do some work, and return what gives its result, or raises what it raised, in another thread."""
    try:
        result = work()
    except BaseException as error:  # noqa: BLE001 - even an exit is one plugin's own, and no reason to end the process
        raised = error if isinstance(error, Exception) else Refusal(f"{type(error).__name__}: {error}")

        def fail() -> _T:
            raise raised

        return fail
    return lambda: result
