"""Plugins: loaded one by one, what each adds by name, and what happens when one fails."""

import importlib.metadata
import pathlib
import re
import types

import pytest

from credcore import hooks
from credcore.adapters import builtin
from credcore.assignment import DEFAULT_POLICY
from credcore.errors import NotFound, PluginError
from credcore.hooks import NotifierSpec, PolicySpec, hookimpl
from credcore.plugins import Plugins, load_plugins


def plugin(name="paging", **functions):
    """Return a module-like plugin."""
    made = types.ModuleType(name)
    for hook, function in functions.items():
        setattr(made, hook, hookimpl(function))
    return made


def pager(name="pager"):
    """Return a plugin that adds one notifier."""
    return plugin(name, credcore_register_notifiers=lambda: [NotifierSpec(name="pager", make=print)])


def test_what_credcore_ships_is_registered_through_the_same_hooks():
    """The built-ins are a plugin like any other, found by entry point."""
    plugins = load_plugins({})
    assert plugins.statuses[0].distribution == "credcore"
    assert not plugins.statuses[0].error
    assert set(plugins.stores) == {"memory", "sqlite"}
    assert set(plugins.notifiers) == {"folder", "print"}
    assert "hospital" in plugins.profiles


def test_a_plugin_given_in_python_adds_by_name():
    """A host may pass objects instead of installing a package."""
    plugins = Plugins([builtin, pager()])
    assert set(plugins.notifiers) == {"folder", "pager", "print"}


def test_a_name_that_two_plugins_give_is_an_error_that_names_both():
    """Nobody guesses which of two was meant."""
    with pytest.raises(PluginError, match="'pager', which plugin 'one' already gives") as refused:
        Plugins([pager("one"), pager("two")])
    assert refused.value.plugin == "two"


def test_a_plugin_that_raises_is_recorded_and_the_others_go_on():
    """One bad plugin does not stop a desk."""

    def broken():
        raise ZeroDivisionError

    plugins = Plugins([plugin("bad", credcore_register_policies=broken), pager()])
    errors = {status.name: status.error for status in plugins.statuses}
    assert errors == {"bad": "ZeroDivisionError: ", "pager": ""}
    assert set(plugins.notifiers) == {"pager"}


def test_a_plugin_with_an_unknown_hook_is_recorded():
    """A misspelt hook would never be called, so it is told."""
    plugins = Plugins([plugin("typo", credcore_register_notifier=lambda: ["never asked"])])
    assert "credcore_register_notifier" in plugins.statuses[0].error


def test_a_strict_set_raises_at_the_first_failure():
    """In CI a host wants to know at once."""
    with pytest.raises(PluginError, match="typo"):
        Plugins([plugin("typo", credcore_register_notifier=lambda: ["never asked"])], strict=True)


def test_two_sets_share_nothing():
    """There is no global state: each coordinator has plugins of its own."""
    one, two = Plugins([pager()]), Plugins()
    assert set(one.notifiers) == {"pager"}
    assert not two.notifiers


def test_a_policy_registered_by_a_plugin_is_known_by_its_name():
    """A profile can name it."""
    spec = PolicySpec(name="ours", policy=DEFAULT_POLICY)
    plugins = Plugins([plugin("policies", credcore_register_policies=lambda: [spec])])
    assert plugins.policies == {"ours": spec}


def test_an_unknown_profile_names_the_nearest():
    """A slip in a name gets help."""
    with pytest.raises(NotFound, match="did you mean 'hospital'"):
        load_plugins({}).profile_text("hopsital")


class Distribution:
    """An installed package, as far as an entry point knows it."""

    name = "acme-credcore"
    version = "2.0"


def entry_point(name, value):
    """Return an entry point of an installed package."""
    point = importlib.metadata.EntryPoint(name, value, "credcore")
    vars(point)["dist"] = Distribution()
    return point


@pytest.fixture
def installed(monkeypatch):
    """Have two plugins of another distribution installed, one of which cannot be imported."""
    real = importlib.metadata.entry_points(group="credcore")
    extra = [entry_point("broken", "no_such_module"), entry_point("fine", "credcore.adapters.memory")]
    monkeypatch.setattr(importlib.metadata, "entry_points", lambda **_: [*extra, *real])


@pytest.mark.usefixtures("installed")
def test_an_import_that_fails_is_recorded_with_distribution_and_version():
    """What cannot be imported is named, and the others are loaded."""
    statuses = {status.name: status for status in load_plugins({}).statuses}
    assert list(statuses) == ["builtin", "broken", "fine"]
    assert "ModuleNotFoundError" in statuses["broken"].error
    assert (statuses["broken"].distribution, statuses["broken"].version) == ("acme-credcore", "2.0")
    assert not statuses["fine"].error


@pytest.mark.usefixtures("installed")
@pytest.mark.parametrize(
    ("environ", "loaded"),
    [
        ({"CREDCORE_NO_PLUGINS": "1"}, ["builtin"]),
        ({"CREDCORE_PLUGINS": "fine"}, ["builtin", "fine"]),
    ],
)
def test_the_environment_limits_what_is_loaded(environ, loaded):
    """A host can recover from a bad plugin without uninstalling it."""
    assert [status.name for status in load_plugins(environ).statuses] == loaded


@pytest.mark.usefixtures("installed")
def test_the_environment_can_make_a_failure_fatal():
    """CREDCORE_STRICT_PLUGINS=1 raises instead of recording."""
    with pytest.raises(PluginError, match="broken"):
        load_plugins({"CREDCORE_STRICT_PLUGINS": "1"})


def test_every_hook_has_a_section_in_the_reference_and_the_reference_no_other():
    """The page and the code are held together."""
    page = (pathlib.Path(__file__).parent.parent / "docs" / "reference" / "hooks.md").read_text()
    specified = {name for name in vars(hooks) if name.startswith("credcore_register_")}
    assert set(re.findall(r"^## (credcore_\w+)$", page, re.MULTILINE)) == specified
    assert all(getattr(hooks, name).__doc__.rstrip().endswith("Added in 0.1.") for name in specified)
