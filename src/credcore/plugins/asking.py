"""Ask one plugin what it adds, and check all of it before any of it is taken."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

import attrs
import pluggy

from credcore import hooks
from credcore.assignment import DEFAULT_POLICY, Policy
from credcore.errors import nearest
from credcore.plugins.status import Refusal
from credcore.profile import FAMILIES

__all__ = ["SPECS", "Offer", "ask", "new_manager"]

SPECS: Final[Mapping[str, type[Any]]] = {
    "credcore_register_stores": hooks.StoreSpec,
    "credcore_register_notifiers": hooks.NotifierSpec,
    "credcore_register_gateways": hooks.GatewaySpec,
    "credcore_register_policies": hooks.PolicySpec,
    "credcore_register_rules": hooks.RuleSpec,
    "credcore_register_profiles": hooks.ProfileSpec,
    "credcore_register_holidays": hooks.HolidaysSpec,
}
"""By hook, what it returns."""

_OWN_NAMES: Final[Mapping[str, frozenset[str]]] = {
    "credcore_register_policies": frozenset({DEFAULT_POLICY.name}),
    "credcore_register_rules": frozenset(FAMILIES),
}
"""By hook, the names that a profile understands without any plugin."""


@attrs.frozen
class Offer:
    """What a plugin adds, checked by itself.

    Attributes:
        plugin: The module or object.
        specs: By hook, what that gave.
    """

    plugin: object
    specs: Mapping[str, tuple[Any, ...]]


_TABLES: Final = ("found", "needed", "script", "migrate", "add")


def new_manager() -> pluggy.PluginManager:
    """Return a manager that knows credcore's hooks, and no plugin."""
    manager = pluggy.PluginManager("credcore")
    manager.add_hookspecs(hooks)
    return manager


def ask(plugin: object, name: str) -> Offer:
    """Return what a plugin adds; it is asked alone, so that what it does to itself reaches no other.

    Raises:
        Refusal: It is written for other hooks, has a hook that there is not, or gives what no hook takes.
    """
    version = getattr(plugin, "CREDCORE_HOOKS", hooks.HOOKS_VERSION)
    if version != hooks.HOOKS_VERSION:
        what = f"is written for version {version!r} of the hooks; this credcore has version {hooks.HOOKS_VERSION}"
        raise Refusal(what)
    manager = new_manager()
    try:
        manager.register(plugin, name)
    except pluggy.PluginValidationError as error:
        raise Refusal(" ".join(str(error).split())) from error
    callers = [caller for caller in manager.get_hookcallers(plugin) or () if _is_ours(caller)]
    return Offer(plugin, {caller.name: _specs(caller) for caller in callers})


def _is_ours(caller: pluggy.HookCaller) -> bool:
    """Return whether a hook is one of credcore's; False for one that the plugin says may be missing.

    Raises:
        Refusal: It is none, or the plugin wraps it.
    """
    (implementation,) = caller.get_hookimpls()
    if not caller.has_spec():
        if implementation.optionalhook:
            return False
        raise Refusal(f"there is no such hook; {nearest(caller.name, SPECS)}", hook=caller.name)
    if implementation.wrapper or implementation.hookwrapper:
        raise Refusal("is a wrapper, but each plugin is asked by itself; give a plain function", hook=caller.name)
    return True


def _specs(caller: pluggy.HookCaller) -> tuple[Any, ...]:
    """Return what a hook gives.

    Raises:
        Refusal: The hook raised, or gave something else.
    """
    hook = caller.name
    try:
        results = caller()
    except Exception as error:
        raise Refusal(f"{type(error).__name__}: {error}", hook=hook) from error
    given = results[0] if results else None  # pluggy leaves None out
    wanted = SPECS[hook].__name__
    if not isinstance(given, Sequence) or isinstance(given, str | bytes):
        raise Refusal(f"gave {_shown(given)}; return a list of {wanted}, an empty one for nothing", hook=hook)
    names: set[str] = set()
    for spec in given:
        if fault := _fault(spec, hook):
            raise Refusal(fault, hook=hook)
        if spec.name in names:
            raise Refusal(f"gives {spec.name!r} twice; rename one", hook=hook)
        names.add(spec.name)
    return tuple(given)


def _fault(spec: Any, hook: str) -> str:  # noqa: ANN401 - a plugin may give anything
    """Return what is wrong with one thing that a hook gave; empty if nothing is."""
    kind = SPECS[hook]
    if not isinstance(spec, kind):
        return f"gave {_shown(spec)} in the list; it takes {kind.__name__}"
    name = spec.name
    if not isinstance(name, str) or not name.strip():
        return f"{kind.__name__}.name is {_shown(name)}; give a text"
    if name in _OWN_NAMES.get(hook, ()):
        return f"gives {name!r}, which credcore itself has; rename it"
    for field in attrs.fields(kind):
        value = getattr(spec, field.name)
        if wanted := _wanted(field.name, value):
            return f"{kind.__name__}.{field.name} of {name!r} is {_shown(value)}; give {wanted}"
    return ""


def _wanted(field: str, value: object) -> str:
    """Return what a field of a spec takes, if that is not what it has."""
    if field == "name":
        return ""
    if field == "policy":
        return "" if isinstance(value, Policy) else "a credcore.Policy"
    if field == "tables":
        missing = [name for name in _TABLES if value is not None and not hasattr(value, name)]
        return f"one that has {', '.join(missing)}, or None" if missing else ""
    return "" if callable(value) else "something to call"


def _shown(value: object) -> str:
    """Return what came, by its type: a value may hold anything."""
    if value is None or value == "":
        return repr(value)
    kind = type(value)
    return kind.__name__ if kind.__module__ == "builtins" else f"{kind.__module__}.{kind.__qualname__}"
