"""Find plugins, load them one by one, and keep what each adds: no global state, a manager for each set.

A plugin is a module or object with ``credcore.hookimpl`` functions, found through the entry-point group ``credcore``
or given in Python. One that cannot be loaded, or raises, is recorded with its distribution, version and error, and
the others go on. ``CREDCORE_PLUGINS=a,b`` limits which are loaded, ``CREDCORE_NO_PLUGINS=1`` loads only what credcore
itself ships, ``CREDCORE_STRICT_PLUGINS=1`` raises at the first failure.
"""

import importlib.metadata
import logging
import os
from collections.abc import Callable, Iterable, Mapping
from typing import Any, Protocol, TypeVar

import attrs
import pluggy

from credcore import hooks
from credcore.calendars import HolidaySource
from credcore.errors import NotFound, PluginError
from credcore.profile import Registry

__all__ = ["PluginStatus", "Plugins", "load_plugins"]

_log = logging.getLogger("credcore.plugins")
_OURS = "credcore"


@attrs.frozen(kw_only=True)
class PluginStatus:
    """One plugin and how its loading ended.

    Attributes:
        name: The entry point's name, or the object's.
        distribution: The installed package it came from; empty if it was given in Python.
        version: That package's version.
        hooks: The hooks that it implements.
        error: What went wrong; empty if nothing did.
    """

    name: str
    distribution: str = ""
    version: str = ""
    hooks: tuple[str, ...] = ()
    error: str = ""


class _Named(Protocol):
    @property
    def name(self) -> str: ...


_Spec = TypeVar("_Spec", bound=_Named)


class Plugins:
    """The plugins of one coordinator, and what they registered by name.

    Args:
        plugins: Modules or objects with ``credcore.hookimpl`` functions.
        strict: Raise at the first failure instead of recording it.

    Raises:
        PluginError: Two plugins give one name, or ``strict`` and a plugin failed.
    """

    def __init__(self, plugins: Iterable[object] = (), *, strict: bool = False) -> None:
        """Register plugins in order."""
        self._strict = strict
        self._manager = pluggy.PluginManager("credcore")
        self._manager.add_hookspecs(hooks)
        self._statuses: dict[str, PluginStatus] = {}
        self._specs: dict[str, dict[str, tuple[Any, str]]] = {}
        for plugin in plugins:
            self.add(plugin)

    def add(self, plugin: object, *, name: str = "", distribution: str = "", version: str = "") -> None:
        """Register a plugin and take what it adds; a failure is recorded under its name."""
        name = name or getattr(plugin, "__name__", "") or type(plugin).__name__
        status = PluginStatus(name=name, distribution=distribution, version=version)
        try:
            self._manager.register(plugin, name)
            callers = self._manager.get_hookcallers(plugin) or []
            self._manager.check_pending()
            taken = [(caller.name, self._take(plugin, name, caller)) for caller in callers]
        except Exception as error:  # noqa: BLE001 - a plugin may raise anything; it is recorded or raised as ours
            self.fail(attrs.evolve(status, error=f"{type(error).__name__}: {error}"), error)
            if self._manager.is_registered(plugin):
                self._manager.unregister(plugin)
            return
        for hook, specs in taken:
            self._specs.setdefault(hook, {}).update({spec.name: (spec, name) for spec in specs})
        self._statuses[name] = attrs.evolve(status, hooks=tuple(sorted(caller.name for caller in callers)))

    def fail(self, status: PluginStatus, error: Exception) -> None:
        """Record that a plugin failed.

        Raises:
            PluginError: The set is strict, or the plugin took a name that another has.
        """
        self._statuses[status.name] = status
        _log.error("plugin failed", extra={"plugin": status.name, "error": type(error).__name__})
        if self._strict or isinstance(error, PluginError):
            raise PluginError(status.name, status.error) from error

    def _take(self, plugin: object, name: str, caller: pluggy.HookCaller) -> list[Any]:
        others = [other for other in self._manager.get_plugins() if other is not plugin]
        results = self._manager.subset_hook_caller(caller.name, others)()
        specs = [spec for result in results for spec in result]
        known = self._specs.get(caller.name, {})
        for spec in specs:
            if spec.name in known:
                message = f"gives {spec.name!r}, which plugin {known[spec.name][1]!r} already gives; rename one"
                raise PluginError(name, message, hook=caller.name)
        return specs

    @property
    def statuses(self) -> tuple[PluginStatus, ...]:
        """Every plugin and how its loading ended, in the order of loading."""
        return tuple(self._statuses.values())

    def _named(self, hook: Callable[..., Iterable[_Spec]]) -> Mapping[str, _Spec]:
        return {name: spec for name, (spec, _) in self._specs.get(hook.__name__, {}).items()}

    @property
    def stores(self) -> Mapping[str, hooks.StoreSpec]:
        """Kinds of stores by name."""
        return self._named(hooks.credcore_register_stores)

    @property
    def notifiers(self) -> Mapping[str, hooks.NotifierSpec]:
        """Ways to send messages by name."""
        return self._named(hooks.credcore_register_notifiers)

    @property
    def gateways(self) -> Mapping[str, hooks.GatewaySpec]:
        """Ways to reach payers by name."""
        return self._named(hooks.credcore_register_gateways)

    @property
    def policies(self) -> Mapping[str, hooks.PolicySpec]:
        """Assignment policies by name."""
        return self._named(hooks.credcore_register_policies)

    @property
    def profiles(self) -> Mapping[str, hooks.ProfileSpec]:
        """Profiles that ship, by name."""
        return self._named(hooks.credcore_register_profiles)

    @property
    def holidays(self) -> Mapping[str, hooks.HolidaysSpec]:
        """Sources of holidays by name."""
        return self._named(hooks.credcore_register_holidays)

    @property
    def registry(self) -> Registry:
        """The names that plugins add to those that a profile may use."""
        return Registry(
            holidays=self._holiday_source(), policies={name: spec.policy for name, spec in self.policies.items()}
        )

    def _holiday_source(self) -> HolidaySource | None:
        for name, spec in self.holidays.items():
            try:
                return spec.make()
            except Exception as error:  # noqa: BLE001 - a plugin may raise anything; it is recorded, the next is asked
                self.fail(PluginStatus(name=f"holidays:{name}", error=f"{type(error).__name__}: {error}"), error)
        return None

    def profile_text(self, name: str) -> str:
        """Return the text of a profile that ships.

        Raises:
            NotFound: No plugin gives a profile of that name.
        """
        if name not in self.profiles:
            raise NotFound("profile", name, known=self.profiles, where="")
        return self.profiles[name].read()


def load_plugins(environ: Mapping[str, str] = os.environ) -> Plugins:
    """Return the plugins that are installed, each loaded on its own.

    Args:
        environ: Where the switches are read from.

    Raises:
        PluginError: ``CREDCORE_STRICT_PLUGINS=1`` and a plugin failed, or two plugins give one name.
    """
    plugins = Plugins(strict=environ.get("CREDCORE_STRICT_PLUGINS") == "1")
    only = {name.strip() for name in environ.get("CREDCORE_PLUGINS", "").split(",") if name.strip()}
    ours_alone = environ.get("CREDCORE_NO_PLUGINS") == "1"
    found = importlib.metadata.entry_points(group="credcore")
    for point in sorted(found, key=lambda point: (_distribution(point) != _OURS, point.name)):
        distribution = _distribution(point)
        if distribution != _OURS and (ours_alone or (only and point.name not in only)):
            continue
        version = point.dist.version if point.dist is not None else ""
        try:
            module = point.load()
        except Exception as error:  # noqa: BLE001 - an import may raise anything; the others are still loaded
            status = PluginStatus(
                name=point.name, distribution=distribution, version=version, error=f"{type(error).__name__}: {error}"
            )
            plugins.fail(status, error)
        else:
            plugins.add(module, name=point.name, distribution=distribution, version=version)
    return plugins


def _distribution(point: importlib.metadata.EntryPoint) -> str:
    return point.dist.name if point.dist is not None else ""
