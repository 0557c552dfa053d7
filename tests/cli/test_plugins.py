"""Listing the plugins, and what a command says of one that failed."""

import json
import re

from credcore.adapters.sqlite import SQLiteStore
from credcore.cli.opening import clock_of
from credcore.coordinator import Actor, Coordinator, NewProvider
from credcore.plugins import load_plugins
from credcore.profiles import read
from installed import GOOD, site

__all__ = ["site"]  # the fixture

POLICY = """
from credcore.assignment import DEFAULT_POLICY, Policy, Preference
from credcore.hooks import PolicySpec, hookimpl

class Broken(Preference):
    name = "broken"
    def score(self, item, member):
        raise ZeroDivisionError
    def explain(self, item, member):
        return ""

@hookimpl
def credcore_register_policies():
    return [PolicySpec(name="moody", policy=Policy("moody", DEFAULT_POLICY.requirements, [Broken()]))]
"""


def test_what_credcore_ships_is_a_plugin_too(run):
    """Names of all that it adds, in 80 columns."""
    result = run("plugins", "--check")
    assert (result.exit_code, result.stderr) == (0, "")
    assert "stores: memory, sqlite" in result.stdout
    assert max(map(len, result.stdout.splitlines())) <= 80


def test_a_failure_is_told_in_full(site, run):
    """Name, distribution, version and the whole error; what works is listed as ever."""
    site.install("paging", GOOD)
    site.install("faxes", f"raise ValueError('{'no line, ' * 20}at all')", distribution="acme-faxes", version="0.9")
    result = run("plugins")
    assert result.exit_code == 0
    assert "notifiers: pager" in result.stdout
    assert "1 plugin failed" in result.stdout
    assert "faxes  acme-faxes 0.9" in result.stdout
    assert f"ValueError: {'no line, ' * 20}at all" in " ".join(result.stdout.split())
    assert max(map(len, result.stdout.splitlines())) <= 80
    assert run("plugins", "--check").exit_code == 1


def test_scripts_get_the_same_shape_whatever_happened(site, run):
    """Every plugin has every key; a failure is an error that is not empty."""
    site.install("paging", GOOD)
    site.install("faxes", "1 / 0", distribution="acme-faxes", version="0.9")
    result = run("plugins", "--json", "--check")
    found = json.loads(result.stdout)
    assert result.exit_code == 1
    assert (found["hooks_version"], found["failed"]) == (1, 1)
    plugins = {one.pop("name"): one for one in found["plugins"]}
    assert [list(one) for one in plugins.values()] == [
        ["distribution", "version", "hooks", "adds", "seconds", "error"]
    ] * 3
    for one in plugins.values():
        assert one.pop("seconds") >= 0
    assert plugins["paging"] == {
        "distribution": "acme-paging",
        "version": "2.0",
        "hooks": ["credcore_register_notifiers"],
        "adds": {"notifiers": ["pager"]},
        "error": "",
    }
    assert plugins["faxes"] == {
        "distribution": "acme-faxes",
        "version": "0.9",
        "hooks": [],
        "adds": {},
        "error": "ZeroDivisionError: division by zero",
    }


def test_a_twin_does_not_pass_for_the_plugin_whose_name_it_has(site, run):
    """Of two plugins of one name the second adds nothing."""
    site.install("paging", GOOD, distribution="acme-one")
    site.install("paging", "", distribution="acme-two")
    plugins = json.loads(run("plugins", "--json").stdout)["plugins"]
    assert [(one["distribution"], one["adds"]) for one in plugins[1:]] == [
        ("acme-one", {"notifiers": ["pager"]}),
        ("acme-two", {}),
    ]


def test_a_source_of_holidays_that_cannot_be_made_is_a_failure(site, run):
    """It would be seen only when a profile is read."""
    code = "from credcore.hooks import HolidaysSpec, hookimpl\n@hookimpl\ndef credcore_register_holidays():\n"
    site.install("moon", f"{code}    return [HolidaysSpec(name='moon', make=lambda: 1 / 0)]\n")
    result = run("plugins", "--check")
    assert result.exit_code == 1
    assert "ZeroDivisionError" in result.stdout


def test_a_strict_environment_stops_at_the_first_failure(site, run, monkeypatch):
    """One sentence, and the exit code 1."""
    site.install("faxes", "1 / 0")
    monkeypatch.setenv("CREDCORE_STRICT_PLUGINS", "1")
    result = run("plugins")
    assert (result.exit_code, result.stdout) == (1, "")
    assert result.stderr == "credcore: plugin 'faxes': ZeroDivisionError: division by zero\n"


def test_a_notifier_that_cannot_be_made_names_its_plugin(site, run, desk):  # noqa: ARG001 - works there
    """The day is not begun, and the package to look at is named."""
    site.install("paging", GOOD.replace("make=lambda target: Pager()", "make=lambda target: __import__('twilio_sms')"))
    result = run("day", "--notify", "pager")
    assert (result.exit_code, result.stdout) == (1, "")
    assert result.stderr == (
        "credcore: plugin 'paging', hook credcore_register_notifiers: cannot give 'pager' (acme-paging 2.0): "
        "ModuleNotFoundError: No module named 'twilio_sms'\n"
    )


def test_a_policy_that_failed_is_told_where_files_are_given_out(site, run, empty):
    """The files are given out all the same, and the command has done what it was asked."""
    site.install("moods", POLICY)
    text = read("hospital").replace('policy = "lakeside"', 'policy = "moody"')
    (empty / "mine.toml").write_text(text, encoding="utf-8")
    assert run("init", "--profile", "mine.toml").exit_code == 0
    assert run("assign").stderr == ""  # nobody was asked
    plugins = load_plugins()
    with SQLiteStore.open(empty / "desk.db", "main", clock_of()) as store:
        dana = Coordinator(store, plugins=plugins, clock=clock_of()).acting_as(Actor("dana", ["coordinator"]))
        dana.register([NewProvider(id="p-1", name="Ada Ames", state="IL")])
        dana.open_file("initial", "p-1")
    warning = "credcore: warning: the policy 'moody' failed (ZeroDivisionError), so credcore's default one was used\n"
    for command in (("assign", "--dry-run"), ("day", "--brief")):
        result = run(*command)
        assert (result.exit_code, result.stderr) == (0, warning)
        assert re.search("1 (would be )?given out, 0 left over", result.stdout)


def test_a_desk_without_a_plugin_is_read_and_says_so(site, run, empty, monkeypatch):
    """Every command that opens it warns, and works."""
    site.install(
        "moon",
        "from credcore.hooks import RuleSpec, hookimpl\n@hookimpl\ndef credcore_register_rules():\n"
        "    return [RuleSpec(name='moon', make=lambda table, names: [table.text('id')][:0])]\n",
    )
    text = read("hospital") + '\n[[rules.moon]]\nid = "tides"\n'
    (empty / "mine.toml").write_text(text, encoding="utf-8")
    assert run("check", "mine.toml").exit_code == 0
    assert run("init", "--profile", "mine.toml").exit_code == 0
    monkeypatch.setenv("CREDCORE_NO_PLUGINS", "1")
    result = run("worklist")
    assert (result.exit_code, result.stderr) == (0, "credcore: warning: no plugin gives the rules 'moon'\n")
    assert run("check", "mine.toml").exit_code == 1
