"""Plugins: loaded one by one, what each adds by name, and what happens when one fails."""

import datetime as dt
import sys
import threading
import types

import pytest
from hypothesis import given
from hypothesis import strategies as st

from credcore import hooks
from credcore.adapters import builtin
from credcore.adapters.holiday_package import HolidaysPackage
from credcore.assignment import DEFAULT_POLICY, Policy
from credcore.errors import InvalidInput, MissingExtra, NotFound, PluginError, Unavailable
from credcore.hooks import (
    GatewaySpec,
    HolidaysSpec,
    NotifierSpec,
    PolicySpec,
    ProfileSpec,
    RuleSpec,
    StoreSpec,
    hookimpl,
)
from credcore.plugins import Plugins, load_plugins
from credcore.plugins.asking import SPECS, new_manager
from credcore.ports import Message
from installed import GOOD, site

__all__ = ["site"]  # the fixture

MESSAGE = Message(key="k", to="ana", subject="f-1: PSV, breached", lines=(), about="file/f-1")


def plugin(name="paging", **functions):
    """Return a module-like plugin."""
    made = types.ModuleType(name)
    for hook, function in functions.items():
        setattr(made, hook, hookimpl(function))
    return made


def pager(name="pager"):
    """Return a plugin that adds one notifier."""
    return plugin(name, credcore_register_notifiers=lambda: [NotifierSpec(name="pager", make=print)])


def errors(plugins):
    """Return each plugin's error by its name."""
    return {status.name: status.error for status in plugins.statuses}


# What they add


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
    assert plugins.registered_by("pager") == {"notifiers": ("pager",)}


def test_every_hook_says_what_it_returns():
    """What is checked is what the specifications name."""
    specified = {name for name in vars(hooks) if name.startswith("credcore_register_")}
    assert set(SPECS) == specified
    for name, spec in SPECS.items():
        assert vars(hooks)[name].__annotations__["return"].__args__ == (spec,)


def test_two_sets_share_nothing():
    """There is no global state: each coordinator has plugins of its own."""
    one, two = Plugins([pager()]), Plugins()
    assert set(one.notifiers) == {"pager"}
    assert not two.notifiers


def test_what_a_plugin_adds_to_profiles_is_in_the_registry():
    """A profile can name its policies and its families of rules."""

    def moon(_table, _names):
        return ()

    added = plugin(
        credcore_register_policies=lambda: [PolicySpec(name="ours", policy=DEFAULT_POLICY)],
        credcore_register_rules=lambda: [RuleSpec(name="moon", make=moon)],
    )
    registry = Plugins([added]).registry
    assert (registry.policies, registry.rules, registry.stand_ins) == ({"ours": DEFAULT_POLICY}, {"moon": moon}, None)


# What fails


FAULTS = {
    "import error": ("import no_such_library", "ModuleNotFoundError: No module named 'no_such_library'"),
    "wrong signature": (
        GOOD.replace("notifiers():", "notifiers(config):"),
        "for hook 'credcore_register_notifiers' hookimpl definition: credcore_register_notifiers(config)",
    ),
    "raises": (
        GOOD.replace("return [", "raise ZeroDivisionError('by zero')\n    return ["),
        "credcore_register_notifiers: ZeroDivisionError: by zero",
    ),
    "slow": (
        "import threading\nthreading.Event().wait(60)",
        "took longer than 1 s to load; CREDCORE_PLUGIN_SECONDS gives plugins more time",
    ),
    "returns nonsense": (
        GOOD.replace("return [", "return 'pager' or ["),
        "credcore_register_notifiers: gave str; return a list of NotifierSpec",
    ),
    "duplicate name": (
        GOOD,
        "credcore_register_notifiers: 'bad' (acme-bad 0.9) gives 'pager', which plugin 'a-good' (acme-good 2.0) gives",
    ),
    "wrong version": (
        GOOD + "\nCREDCORE_HOOKS = 2\n",
        "is written for version 2 of the hooks; this credcore has version 1",
    ),
    "missing extra": (
        "from credcore.errors import MissingExtra\nraise MissingExtra('sms', needed_for='paging by SMS')",
        "MissingExtra: paging by SMS needs an extra: python -m pip install 'credcore[sms]'",
    ),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_a_plugin_that_fails_is_named_with_all_that_is_known_and_the_one_beside_it_works(site, capsys, fault):
    """Name, distribution, version and what is wrong; whatever it is, nothing of the plugin is taken."""
    code, said = FAULTS[fault]
    site.install("a-good", GOOD, distribution="acme-good")
    site.install("bad", code, version="0.9")
    environ = {"CREDCORE_PLUGIN_SECONDS": "1"}
    plugins = load_plugins(environ)
    (failed,) = plugins.failures
    assert (failed.name, failed.distribution, failed.version, failed.hooks) == ("bad", "acme-bad", "0.9", ())
    assert said in failed.error
    assert failed.seconds > (0.9 if fault == "slow" else 0)
    assert plugins.registered_by("bad") == {}
    assert [status.name for status in plugins.statuses] == ["builtin", "a-good", "bad"]
    plugins.notifier("pager", "nowhere").send(MESSAGE)
    assert capsys.readouterr().out == "paging ana\n"
    with pytest.raises(PluginError, match="bad"):
        load_plugins({**environ, "CREDCORE_STRICT_PLUGINS": "1"})


def test_what_a_slow_plugin_gives_too_late_is_ignored(site):
    """Nobody's notifiers change while a desk is at work."""
    module = site.install("slow", "import installed_gate\ninstalled_gate.opened.wait(60)\n" + GOOD)
    gate = types.ModuleType("installed_gate")
    gate.opened = threading.Event()
    sys.modules["installed_gate"] = gate
    before = set(threading.enumerate())
    try:
        plugins = load_plugins({"CREDCORE_PLUGIN_SECONDS": "0.1"})
        gate.opened.set()
        for thread in set(threading.enumerate()) - before:
            thread.join(10)
        assert hasattr(sys.modules[module], "credcore_register_notifiers")  # it did come, late
    finally:
        del sys.modules["installed_gate"]
    assert "took longer than 0.1 s" in errors(plugins)["slow"]
    assert "pager" not in plugins.notifiers


def test_a_plugin_that_wants_to_exit_is_only_one_that_failed(site):
    """A script among the entry points does not end the process."""
    site.install("script", "import sys\nsys.exit(3)")
    assert errors(load_plugins({}))["script"] == "SystemExit: 3"


@pytest.mark.parametrize(
    ("given", "said"),
    [
        (None, "gave None; return a list of NotifierSpec, an empty one for nothing"),
        ({"pager": print}, "gave dict; return a list"),
        (["pager"], "gave str in the list; it takes NotifierSpec"),
        ([GatewaySpec(name="pager", make=print)], "gave credcore.hooks.GatewaySpec in the list; it takes NotifierSpec"),
        ([NotifierSpec(name="", make=print)], "NotifierSpec.name is ''; give a text"),
        ([NotifierSpec(name=7, make=print)], "NotifierSpec.name is int; give a text"),
        ([NotifierSpec(name="pager", make="print")], "NotifierSpec.make of 'pager' is str; give something to call"),
        ([NotifierSpec(name="pager", make=print)] * 2, "gives 'pager' twice; rename one"),
    ],
)
def test_what_a_hook_gives_is_checked(given, said):
    """The error names the hook and what came, by its kind."""
    plugins = Plugins([plugin("odd", credcore_register_notifiers=lambda: given)])
    assert errors(plugins)["odd"].startswith(f"credcore_register_notifiers: {said}")
    assert not plugins.notifiers


@given(
    st.recursive(
        st.one_of(
            st.none(), st.integers(), st.text(), st.binary(), st.builds(NotifierSpec, name=st.text(), make=st.none())
        ),
        lambda inner: st.one_of(st.lists(inner), st.dictionaries(st.text(), inner), st.sets(st.integers())),
    )
)
def test_whatever_a_hook_gives_is_taken_whole_or_not_at_all(given):
    """Nonsense is never an exception, never half taken, and never reaches the plugin beside it."""
    plugins = Plugins([pager(), plugin("odd", credcore_register_notifiers=lambda: given)])
    assert set(plugins.notifiers) == {"pager"}
    assert bool(errors(plugins)["odd"]) == (given != [])
    assert not errors(plugins)["pager"]


@pytest.mark.parametrize(
    ("hook", "spec", "said"),
    [
        ("policies", PolicySpec(name="fair", policy=object()), "policy of 'fair' is object; give a credcore.Policy"),
        ("policies", PolicySpec(name="default", policy=DEFAULT_POLICY), "gives 'default', which credcore itself has"),
        ("rules", RuleSpec(name="sla", make=print), "gives 'sla', which credcore itself has; rename it"),
        ("stores", StoreSpec(name="s", open=print, create=None), "StoreSpec.create of 's' is None; give something"),
        ("stores", StoreSpec(name="s", open=print, create=print, tables=1), "give one that has found, needed, script"),
        ("profiles", ProfileSpec(name="p", read="text"), "ProfileSpec.read of 'p' is str"),
        (
            "holidays",
            HolidaysSpec(name="h", make=HolidaysPackage()),
            "make of 'h' is credcore.adapters.holiday_package",
        ),
    ],
)
def test_each_kind_of_registration_is_checked(hook, spec, said):
    """A policy is a policy, what makes something can be called, and credcore's own names stay what they are."""
    plugins = Plugins([plugin("odd", **{f"credcore_register_{hook}": lambda: [spec]})])
    assert said in errors(plugins)["odd"]


def test_a_plugin_whose_second_hook_fails_adds_nothing_by_its_first():
    """All of a plugin is there, or nothing of it."""
    half = plugin("half", credcore_register_notifiers=lambda: 1 / 0)
    half.credcore_register_gateways = hookimpl(lambda: [GatewaySpec(name="portal", make=print)])
    plugins = Plugins([half])
    assert errors(plugins)["half"] == "credcore_register_notifiers: ZeroDivisionError: division by zero"
    assert not plugins.gateways


def test_a_name_that_two_plugins_give_fails_the_second_and_names_both():
    """Nobody guesses which of two was meant: the first stays, and strict raises."""
    plugins = Plugins([pager("one"), pager("two")])
    said = "'two' gives 'pager', which plugin 'one' gives already; rename one"
    assert errors(plugins) == {"one": "", "two": f"credcore_register_notifiers: {said}"}
    assert plugins.registered_by("one") == {"notifiers": ("pager",)}
    with pytest.raises(PluginError, match=said) as refused:
        Plugins([pager("one"), pager("two")], strict=True)
    assert (refused.value.plugin, refused.value.hook) == ("two", "credcore_register_notifiers")


def test_two_plugins_of_one_name_are_told_apart_by_their_distributions(site):
    """Two packages may both call their plugin `paging`; the first is taken, the second named with both packages."""
    site.install("paging", GOOD, distribution="acme-one")
    site.install("paging", "", distribution="acme-two", version="3.0")
    failed = load_plugins({}).failures
    assert [(status.distribution, status.error) for status in failed] == [
        (
            "acme-two",
            "plugin 'paging' (acme-one 2.0) is called so already; 'paging' (acme-two 3.0) must have another name",
        )
    ]


def test_one_module_under_two_names_is_taken_once():
    """Its registrations would all be twins."""
    plugins, module = Plugins(), pager("one")
    plugins.add(module)
    plugins.add(module, name="two")
    assert errors(plugins) == {"one": "", "two": "'two' is the very module that plugin 'one' is; remove one of them"}


def test_an_unknown_hook_names_the_nearest():
    """A misspelt hook would never be called, so it is told."""
    plugins = Plugins([plugin("typo", credcore_register_notifier=lambda: ["never asked"])])
    said = "credcore_register_notifier: there is no such hook; did you mean 'credcore_register_notifiers'?"
    assert errors(plugins)["typo"] == said


def test_a_hook_that_a_plugin_says_may_be_missing_is_let_be():
    """A plugin can be written for this credcore and a later one."""
    made = pager("both")
    made.credcore_register_dreams = hookimpl(lambda: ["of later"], optionalhook=True)
    plugins = Plugins([made])
    assert errors(plugins) == {"both": ""}
    assert plugins.statuses[0].hooks == ("credcore_register_notifiers",)


def test_a_wrapper_is_refused():
    """Each plugin is asked by itself, so a wrapper would wrap nothing."""

    def wraps():
        return (yield)

    made = types.ModuleType("wrapper")
    made.credcore_register_notifiers = hookimpl(wraps, wrapper=True)
    assert "credcore_register_notifiers: is a wrapper" in errors(Plugins([made]))["wrapper"]


# The environment


@pytest.mark.parametrize(
    ("environ", "loaded"),
    [
        ({"CREDCORE_NO_PLUGINS": "1"}, ["builtin"]),
        ({"CREDCORE_NO_PLUGINS": "1", "CREDCORE_PLUGINS": "fine"}, ["builtin"]),
        ({"CREDCORE_PLUGINS": "fine"}, ["builtin", "fine"]),
        ({"CREDCORE_PLUGINS": "builtin, fine"}, ["builtin", "fine"]),
        ({}, ["builtin", "broken", "fine"]),
    ],
)
def test_the_environment_limits_what_is_loaded(site, environ, loaded):
    """A host can recover from a bad plugin without uninstalling it."""
    site.install("broken", "import no_such_library")
    site.install("fine", GOOD)
    assert [status.name for status in load_plugins(environ).statuses] == loaded


def test_a_name_in_the_environment_that_no_plugin_has_is_told(site):
    """A slip there would otherwise leave a plugin out in silence."""
    site.install("paging", GOOD)
    plugins = load_plugins({"CREDCORE_PLUGINS": "pagin"})
    (failed,) = plugins.failures
    assert failed.name == "pagin"
    assert failed.error.endswith("no installed plugin is called so; did you mean 'paging'?")
    with pytest.raises(PluginError, match="pagin"):
        load_plugins({"CREDCORE_PLUGINS": "pagin", "CREDCORE_STRICT_PLUGINS": "1"})


@pytest.mark.parametrize("text", ["soon", "0", "-1", "inf", "nan"])
def test_a_time_limit_that_is_none_is_refused(text):
    """The variable is named, with what would be right."""
    with pytest.raises(InvalidInput, match=r"CREDCORE_PLUGIN_SECONDS: .* above 0, such as 2.5"):
        load_plugins({"CREDCORE_PLUGIN_SECONDS": text})


def test_a_failure_is_logged_by_its_kind(caplog):
    """A message may hold anything, so it stays out of the log."""

    def broken():
        raise ValueError("Ada Ames")

    Plugins([plugin("bad", credcore_register_notifiers=broken), plugin("typo", credcore_register_x=broken)])
    assert caplog.messages == ["plugin 'bad' failed: refused", "plugin 'typo' failed: refused"]
    assert "Ames" not in caplog.text


# Making things


def fails(error):
    """Return a function that raises, whatever it is asked."""

    def make(*_):
        raise error

    return make


MAKES = {
    "notifier": lambda make: (
        plugin("acme", credcore_register_notifiers=lambda: [NotifierSpec(name="x", make=make)]),
        lambda plugins: plugins.notifier("x", "there"),
    ),
    "gateway": lambda make: (
        plugin("acme", credcore_register_gateways=lambda: [GatewaySpec(name="x", make=make)]),
        lambda plugins: plugins.gateway("x", "there"),
    ),
    "profile": lambda make: (
        plugin("acme", credcore_register_profiles=lambda: [ProfileSpec(name="x", read=make)]),
        lambda plugins: plugins.profile_text("x"),
    ),
    "store": lambda make: (
        plugin("acme", credcore_register_stores=lambda: [StoreSpec(name="x", open=make, create=make)]),
        lambda plugins: plugins.store("x").open("there", "main", None),
    ),
}


@pytest.mark.parametrize("what", MAKES)
@pytest.mark.parametrize(
    ("error", "said"),
    [
        (MissingExtra("sms", needed_for="paging"), "MissingExtra: paging needs an extra"),
        (ModuleNotFoundError("No module named 'twilio'"), "ModuleNotFoundError: No module named 'twilio'"),
        (ZeroDivisionError(), "ZeroDivisionError"),
    ],
)
def test_what_cannot_be_made_names_plugin_hook_and_distribution(what, error, said):
    """Whoever reads it knows which package to look at."""
    made, ask = MAKES[what](fails(error))
    plugins = Plugins()
    plugins.add(made, distribution="acme-credcore", version="2.0")
    with pytest.raises(PluginError) as failed:
        ask(plugins)
    assert (failed.value.plugin, failed.value.hook in SPECS) == ("acme", True)
    assert f"cannot give 'x' (acme-credcore 2.0): {said}" in str(failed.value)
    assert failed.value.__cause__ is error


@pytest.mark.parametrize("what", MAKES)
def test_something_else_than_was_asked_for_names_the_plugin_too(what):
    """A notifier that cannot send would fail only at the first notice."""
    made, ask = MAKES[what](lambda *_: 7)
    with pytest.raises(
        PluginError, match=r"plugin 'acme', hook credcore_register_.*: cannot give 'x': gave int, which"
    ):
        ask(Plugins([made]))


@pytest.mark.parametrize("error", [Unavailable("there", "no such desk"), NotFound("desk", "x"), InvalidInput("taken")])
def test_what_a_store_says_of_its_place_passes(error):
    """Whoever opens a desk acts upon it: makes one, or tries again later."""
    made, ask = MAKES["store"](fails(error))
    with pytest.raises(type(error)) as passed:
        ask(Plugins([made]))
    assert passed.value is error


@pytest.mark.parametrize("what", MAKES)
@pytest.mark.parametrize("error", [MissingExtra("sms", needed_for="paging"), Unavailable("there", "it is full")])
def test_what_credcore_itself_raises_passes(what, error):
    """Its own errors say what was wrong, and what to install."""
    made, ask = MAKES[what](fails(error))
    plugins = Plugins()
    plugins.add(made, distribution="credcore", version="1.0")
    with pytest.raises(type(error)) as passed:
        ask(plugins)
    assert passed.value is error


def test_the_module_that_credcore_ships_is_credcore_however_it_is_given(tmp_path):
    """Found by entry point, or passed by a host."""
    for plugins in (load_plugins({}), Plugins([builtin])):
        with pytest.raises(Unavailable):
            plugins.store("sqlite").open(str(tmp_path / "none.db"), "main", None)


@pytest.mark.parametrize(
    ("ask", "said"),
    [
        (lambda plugins: plugins.store("sqlight"), "no kind of store 'sqlight'; did you mean 'sqlite'"),
        (lambda plugins: plugins.notifier("foldr", ""), "no notifier 'foldr'; did you mean 'folder'"),
        (lambda plugins: plugins.gateway("foldr", ""), "no gateway 'foldr'; did you mean 'folder'"),
        (lambda plugins: plugins.profile_text("hopsital"), "no profile 'hopsital'; did you mean 'hospital'"),
    ],
)
def test_an_unknown_name_gets_the_nearest(ask, said):
    """A slip in a name gets help."""
    with pytest.raises(NotFound, match=said):
        ask(load_plugins({}))


# Holidays: the one hook of which the first wins


class Days:
    """A source of holidays."""

    known_until = 2030

    def __init__(self, name):
        self.name = name

    def days(self, region, year):
        if region != "LAKE":
            raise InvalidInput(f"{region!r} is no region", field="holidays")
        if year < 2000:
            raise ZeroDivisionError
        return {dt.date(year, 7, 4): self.name}


def source(name, make=None, **order):
    """Return a plugin with a source of holidays."""
    made = types.ModuleType(name)
    spec = HolidaysSpec(name=name, make=make or (lambda: Days(name)))
    made.credcore_register_holidays = hookimpl(lambda: [spec], **order)
    return made


def used(*plugins):
    """Return the name of the source that profiles use."""
    return Plugins(plugins).registry.holidays.days("LAKE", 2026)[dt.date(2026, 7, 4)]


def test_the_source_that_was_loaded_last_is_used():
    """One of your own goes before credcore's, whatever else is installed."""
    assert used(builtin, source("a"), source("b")) == "b"
    assert used(builtin, source("a", tryfirst=True), source("b")) == "a"
    assert used(builtin, source("a"), source("b", trylast=True)) == "a"
    assert isinstance(Plugins([builtin]).registry.holidays, HolidaysPackage)
    assert Plugins().registry.holidays is None


def test_a_source_that_cannot_be_made_is_recorded_once_and_the_next_is_used():
    """The status names the plugin; what else it registered stays."""
    plugins = Plugins([source("a"), source("b", make=fails(MissingExtra("lunar", needed_for="the moon")))])
    for _ in range(2):
        assert plugins.registry.holidays.known_until == 2030
    assert [(status.name, status.hooks) for status in plugins.failures] == [("b", ("credcore_register_holidays",))]
    assert "cannot give 'b': MissingExtra: the moon needs an extra" in errors(plugins)["b"]
    with pytest.raises(PluginError, match=r"^plugin 'b', hook credcore_register_holidays: cannot give 'b': ZeroDivis"):
        _ = Plugins([source("b", make=fails(ZeroDivisionError()))], strict=True).registry


def test_all_sources_of_a_plugin_may_fail():
    """Its status has the last error, and stands where it stood."""
    two = types.ModuleType("two")
    specs = [HolidaysSpec(name=name, make=fails(ZeroDivisionError(name))) for name in ("one", "other")]
    two.credcore_register_holidays = hookimpl(lambda: specs)
    plugins = Plugins([two, pager()])
    assert plugins.registry.holidays is None
    assert [(status.name, status.error[-5:]) for status in plugins.statuses] == [("two", "other"), ("pager", "")]


def test_a_source_that_fails_names_its_plugin():
    """An unknown region is the profile's fault; anything else the plugin's."""
    holidays = Plugins([source("a")]).registry.holidays
    with pytest.raises(InvalidInput, match="'MOON' is no region"):
        holidays.days("MOON", 2026)
    with pytest.raises(PluginError, match="plugin 'a', hook credcore_register_holidays: cannot give 'a': ZeroDivis"):
        holidays.days("LAKE", 1999)


# The order in which pluggy calls


def test_case_23_wrappers_and_plain_functions_are_called_in_the_order_that_they_ask_for():
    """In pluggy 1.1 to 1.3 a wrapper that wants to be first ran behind a plain function that one call added."""
    called = []

    def plain(name):
        def function():
            called.append(name)
            return [name]

        return function

    def wrapper(name):
        def function():
            called.append(f"{name} begins")
            result = yield
            called.append(f"{name} ends")
            return result

        return function

    def register(name, function, **order):
        made = types.ModuleType(name)
        made.credcore_register_holidays = hookimpl(function, **order)
        manager.register(made, name)

    manager = new_manager()
    register("last", plain("last"), trylast=True)
    register("outermost", wrapper("outermost"), wrapper=True, tryfirst=True)
    register("one", plain("one"))
    register("first", plain("first"), tryfirst=True)
    register("innermost", wrapper("innermost"), wrapper=True, trylast=True)
    register("two", plain("two"))
    hook = manager.hook.credcore_register_holidays
    begins, ends = ["outermost begins", "innermost begins"], ["innermost ends", "outermost ends"]
    assert hook() == [["first"], ["two"], ["one"], ["last"]]
    assert called == [*begins, "first", "two", "one", "last", *ends]
    called.clear()
    assert hook.call_extra([plain("extra")], {}) == [["first"], ["extra"], ["two"], ["one"], ["last"]]
    assert called == [*begins, "first", "extra", "two", "one", "last", *ends]


def test_a_policy_of_a_plugin_is_the_very_one():
    """Nothing is put around it."""
    fair = Policy.from_names("fair", requirements=["present"], preferences=["round-robin"])
    plugins = Plugins([plugin(credcore_register_policies=lambda: [PolicySpec(name="fair", policy=fair)])])
    assert plugins.registry.policies["fair"] is fair


@pytest.mark.parametrize("given", [None, {"2026-07-04": "Independence Day"}, ["x"]])
def test_a_source_of_holidays_that_gives_nonsense_is_named(given):
    """Before any calendar counts by it."""
    source = types.SimpleNamespace(known_until=2030, days=lambda _region, _year: given)
    plugins = Plugins(
        [plugin("acme", credcore_register_holidays=lambda: [hooks.HolidaysSpec(name="acme", make=lambda: source)])]
    )
    with pytest.raises(PluginError, match=r"acme.*gave no mapping from dates to names"):
        plugins.registry.holidays.days("US-IL", 2026)
