"""The public face: every name is there, lazily, and nothing heavy comes with it."""

import subprocess
import sys

import credcore


def loaded_by(code):
    """Return the credcore modules and heavy packages that a fresh interpreter loads for some code."""
    script = f"import sys\n{code}\nprint('\\n'.join(sorted(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)  # noqa: S603
    return set(done.stdout.split())


def test_every_public_name_can_be_imported_and_is_declared_once():
    """The lazy table, the list of names and the modules agree."""
    assert sorted(credcore.__all__) == sorted(credcore._HOME_OF)
    for name in credcore.__all__:
        assert getattr(credcore, name) is not None


def test_an_unknown_name_is_an_attribute_error():
    """A slip reads as Python says it."""
    assert not hasattr(credcore, "Coordinater")


def test_importing_credcore_loads_neither_an_adapter_nor_the_command_line():
    """The import is cheap: no store, no click, no rich, no jinja2."""
    modules = loaded_by("import credcore")
    assert not {m for m in modules if m.startswith(("credcore.adapters", "credcore.cli", "credcore.coordinator"))}
    assert modules.isdisjoint({"sqlite3", "click", "rich", "jinja2", "holidays"})


def test_a_script_that_evaluates_rules_loads_no_shell():
    """Rules, files and calendars need no pluggy, no database, no logging set up by us."""
    modules = loaded_by("from credcore import ClockRule, History, WorkCalendar, evaluate")
    assert modules.isdisjoint({"pluggy", "sqlite3", "click", "rich", "jinja2", "holidays"})
    assert not {m for m in modules if m.startswith(("credcore.coordinator", "credcore.adapters", "credcore.ports"))}
