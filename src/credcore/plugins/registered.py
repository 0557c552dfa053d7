"""What plugins registered, by name; whatever one of them makes or raises later is told by the plugin's name."""

import datetime as dt
import logging
import time
from collections.abc import Callable, Iterable, Mapping
from typing import Any, Protocol, TypeVar, cast

import attrs

from credcore import hooks
from credcore.calendars import HolidaySource
from credcore.errors import InvalidInput, NotFound, PluginError, StoreError
from credcore.plugins.asking import Offer, ask, new_manager
from credcore.plugins.status import PluginStatus, Refusal
from credcore.ports import Clock, Notifier, PayerGateway, Store
from credcore.profile import Registry, StandIns

__all__ = ["OURS", "Plugins"]

_log = logging.getLogger("credcore.plugins")

OURS = "credcore"
"""The distribution whose plugins are credcore itself."""


class _Named(Protocol):
    @property
    def name(self) -> str: ...


_Spec = TypeVar("_Spec", bound=_Named)
_Made = TypeVar("_Made")
_Registration = Callable[[], Iterable[_Spec]]
_OF_A_PLACE = (InvalidInput, NotFound, StoreError)
"""What a store says of its place, and its caller acts upon, whoever wrote the store."""


class Plugins:
    """The plugins of one coordinator, and what they registered by name.

    Args:
        plugins: Modules or objects with ``credcore.hookimpl`` functions.
        strict: Raise at the first failure instead of recording it.

    Raises:
        PluginError: ``strict`` and a plugin failed.
    """

    def __init__(self, plugins: Iterable[object] = (), *, strict: bool = False) -> None:
        """Register plugins in order."""
        self._strict = strict
        self._manager = new_manager()
        self._statuses: list[PluginStatus] = []
        self._taken: dict[str, PluginStatus] = {}
        self._ours: set[str] = set()
        self._specs: dict[str, dict[str, tuple[Any, str]]] = {}
        self._sources: dict[str, HolidaySource | None] = {}
        for plugin in plugins:
            self.add(plugin)

    # --- taking them in

    def add(self, plugin: object, *, name: str = "", distribution: str = "", version: str = "") -> None:
        """Register a plugin and take what it adds; a failure is recorded under its name.

        Raises:
            PluginError: The set is strict and the plugin failed.
        """
        name = name or getattr(plugin, "__name__", "") or type(plugin).__name__
        status = PluginStatus(name=name, distribution=distribution, version=version)
        self.take(status, lambda: ask(plugin, name))

    def take(self, status: PluginStatus, offer: Callable[[], Offer]) -> None:
        """Take what a plugin offers, all of it or nothing; a failure is recorded.

        Args:
            status: Which plugin it is.
            offer: Loads and asks it; may raise anything.

        Raises:
            PluginError: The set is strict and the plugin failed.
        """
        began = time.perf_counter()
        try:
            offered = offer()
            self._check_new(status, offered)
        except Exception as error:  # noqa: BLE001 - a plugin may raise anything; it is recorded or raised as ours
            self.fail(attrs.evolve(status, seconds=time.perf_counter() - began), error)
            return
        self._manager.register(offered.plugin, status.name)
        if status.distribution == OURS or getattr(offered.plugin, "__name__", "").startswith(f"{OURS}."):
            self._ours.add(status.name)
        for hook, specs in offered.specs.items():
            self._specs.setdefault(hook, {}).update({spec.name: (spec, status.name) for spec in specs})
        seconds = time.perf_counter() - began
        self._taken[status.name] = attrs.evolve(status, hooks=tuple(sorted(offered.specs)), seconds=seconds)
        self._statuses.append(self._taken[status.name])

    def _check_new(self, status: PluginStatus, offered: Offer) -> None:
        """Refuse what another plugin is, or gives, already.

        Raises:
            Refusal: Naming both plugins, with their distributions.
        """
        if status.name in self._taken:
            raise Refusal(f"plugin {self._taken[status.name]} is called so already; {status} must have another name")
        other = self._manager.get_name(offered.plugin)
        if other is not None:
            raise Refusal(f"{status} is the very module that plugin {self._taken[other]} is; remove one of them")
        for hook, specs in offered.specs.items():
            known = self._specs.get(hook, {})
            for spec in specs:
                if spec.name in known:
                    owner = self._taken[known[spec.name][1]]
                    what = f"{status} gives {spec.name!r}, which plugin {owner} gives already; rename one"
                    raise Refusal(what, hook=hook)

    def fail(self, status: PluginStatus, error: Exception) -> None:
        """Record that a plugin failed.

        Raises:
            PluginError: The set is strict.
        """
        self._statuses.append(attrs.evolve(status, error=_in_words(error)))
        self._report(status, error)

    def _report(self, status: PluginStatus, error: Exception) -> None:
        # A message of a plugin's may hold anything, so the log has its kind alone.
        kind = "refused" if isinstance(error, Refusal) else type(error).__name__
        _log.error("plugin %s failed: %s", status, kind, extra={"plugin": status.name, "error": kind})
        if self._strict and isinstance(error, PluginError):
            raise error
        if self._strict:
            hook = error.hook if isinstance(error, Refusal) else ""
            what = error.what if isinstance(error, Refusal) else _in_words(error)
            raise PluginError(status.name, what, hook=hook) from error

    # --- what they are

    @property
    def statuses(self) -> tuple[PluginStatus, ...]:
        """Every plugin and how its loading ended, in the order of loading."""
        return tuple(self._statuses)

    @property
    def failures(self) -> tuple[PluginStatus, ...]:
        """The plugins that failed."""
        return tuple(status for status in self._statuses if status.error)

    def registered_by(self, plugin: str) -> Mapping[str, tuple[str, ...]]:
        """Return the names that a plugin registered, by what they are names of: ``stores``, ``rules``, …."""
        return {
            hook.rpartition("_")[2]: names
            for hook, specs in sorted(self._specs.items())
            if (names := tuple(sorted(name for name, (_, owner) in specs.items() if owner == plugin)))
        }

    # --- what they registered

    def _named(self, hook: _Registration[_Spec]) -> Mapping[str, _Spec]:
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
    def rules(self) -> Mapping[str, hooks.RuleSpec]:
        """Families of rules by name."""
        return self._named(hooks.credcore_register_rules)

    @property
    def profiles(self) -> Mapping[str, hooks.ProfileSpec]:
        """Profiles that ship, by name."""
        return self._named(hooks.credcore_register_profiles)

    @property
    def holidays(self) -> Mapping[str, hooks.HolidaysSpec]:
        """Sources of holidays by name."""
        return self._named(hooks.credcore_register_holidays)

    # --- what is made of it

    def store(self, name: str) -> hooks.StoreSpec:
        """Return a kind of store, whose ``open`` and ``create`` raise `PluginError` where its plugin fails.

        What a store says of its place passes as it is: `InvalidInput`, `NotFound`, `StoreError`.

        Raises:
            NotFound: No plugin gives it.
        """
        spec = self._one("kind of store", self.stores, name)

        def guarded(make: Callable[[str, str, Clock], Store]) -> Callable[[str, str, Clock], Store]:
            return lambda place, desk, clock: self._made(
                hooks.credcore_register_stores, name, lambda: make(place, desk, clock), _has("load", "commit")
            )

        return attrs.evolve(spec, open=guarded(spec.open), create=guarded(spec.create))

    def notifier(self, name: str, target: str) -> Notifier:
        """Return a notifier for a target, such as a folder.

        Raises:
            NotFound: No plugin gives it.
            PluginError: Its plugin cannot make it.
        """
        spec = self._one("notifier", self.notifiers, name)
        return self._made(hooks.credcore_register_notifiers, name, lambda: spec.make(target), _has("send"))

    def gateway(self, name: str, target: str) -> PayerGateway:
        """Return a gateway to payers for a target, such as a folder.

        Raises:
            NotFound: No plugin gives it.
            PluginError: Its plugin cannot make it.
        """
        spec = self._one("gateway", self.gateways, name)
        return self._made(hooks.credcore_register_gateways, name, lambda: spec.make(target), _has("submit", "poll"))

    def profile_text(self, name: str) -> str:
        """Return the text of a profile that ships.

        Raises:
            NotFound: No plugin gives a profile of that name.
            PluginError: Its plugin cannot read it.
        """
        spec = self._one("profile", self.profiles, name)
        return self._made(hooks.credcore_register_profiles, name, spec.read, _is_text)

    def _one(self, what: str, known: Mapping[str, _Spec], name: str) -> _Spec:
        if name not in known:
            raise NotFound(what, name, known=known, where="")
        return known[name]

    def _made(
        self, hook: _Registration[_Named], name: str, make: Callable[[], _Made], fault: Callable[[_Made], str]
    ) -> _Made:
        """Return what a plugin makes.

        What credcore itself raises passes as it is: it says what was wrong, and where.

        Raises:
            PluginError: The plugin raised, or made something else.
        """
        owner = self._specs[hook.__name__][name][1]
        try:
            made = make()
        except Exception as error:
            if owner in self._ours or (hook is hooks.credcore_register_stores and isinstance(error, _OF_A_PLACE)):
                raise
            raise self._cannot(hook, name, _in_words(error)) from error
        if wrong := fault(made):
            raise self._cannot(hook, name, wrong)
        return made

    def _cannot(self, hook: _Registration[_Named], name: str, what: str) -> PluginError:
        owner = self._taken[self._specs[hook.__name__][name][1]]
        package = f" ({owner.package})" if owner.package else ""
        return PluginError(owner.name, f"cannot give {name!r}{package}: {what}", hook=hook.__name__)

    # --- for profiles

    @property
    def registry(self) -> Registry:
        """The names that plugins add to those that a profile may use."""
        return Registry(
            holidays=self._holiday_source(),
            policies={name: spec.policy for name, spec in self.policies.items()},
            rules={name: spec.make for name, spec in self.rules.items()},
        )

    @property
    def stand_ins(self) -> StandIns:
        """What takes the place of names that plugins gave once, in the editions that a desk has adopted."""
        return StandIns(failed=tuple(str(status) for status in self.failures))

    def _holiday_source(self) -> HolidaySource | None:
        """Return the first source that can be made: of the plugin that pluggy would call first."""
        known = self._specs.get(hooks.credcore_register_holidays.__name__, {})
        implementations = self._manager.hook.credcore_register_holidays.get_hookimpls()
        for implementation in reversed(implementations):
            for name, (spec, owner) in known.items():
                if owner == implementation.plugin_name:
                    if name not in self._sources:
                        self._sources[name] = self._made_source(name, spec)
                    if self._sources[name] is not None:
                        return self._sources[name]
        return None

    def _made_source(self, name: str, spec: hooks.HolidaysSpec) -> HolidaySource | None:
        hook = hooks.credcore_register_holidays
        owner = self._specs[hook.__name__][name][1]
        try:
            source = self._made(hook, name, spec.make, _has("days", "known_until"))
        except Exception as error:  # noqa: BLE001 - a plugin may raise anything; it is recorded, the next is asked
            taken = self._taken[owner]
            self._taken[owner] = attrs.evolve(taken, error=_in_words(error))
            self._statuses[self._statuses.index(taken)] = self._taken[owner]
            self._report(taken, error)
            return None
        return source if owner in self._ours else _Holidays(source, lambda what: self._cannot(hook, name, what))


class _Holidays:
    """A plugin's source, whose failures are told by the plugin's name."""

    def __init__(self, source: HolidaySource, cannot: Callable[[str], PluginError]) -> None:
        self._source = source
        self._cannot = cannot

    @property
    def known_until(self) -> int:
        return self._source.known_until

    def days(self, region: str, year: int) -> Mapping[dt.date, str]:
        try:
            days = cast("object", self._source.days(region, year))  # a plugin may give anything
        except InvalidInput:
            raise  # an unknown region is the profile's fault
        except Exception as error:
            raise self._cannot(_in_words(error)) from error
        if not isinstance(days, Mapping) or not all(type(day) is dt.date for day in days):
            raise self._cannot("gave no mapping from dates to names")
        return days


def _in_words(error: Exception) -> str:
    """Return what went wrong; of credcore's own the message, of any other the kind too."""
    if isinstance(error, Refusal | PluginError):
        return str(error)
    return f"{type(error).__name__}: {error}".rstrip(": ")


def _has(*names: str) -> Callable[[object], str]:
    """Return what says of something that was made what it lacks; nothing if it has all."""

    def fault(made: object) -> str:
        missing = [name for name in names if not hasattr(made, name)]
        return f"gave {type(made).__name__}, which has no {' and no '.join(missing)}" if missing else ""

    return fault


def _is_text(made: object) -> str:
    return "" if isinstance(made, str) else f"gave {type(made).__name__}, which is no text"
