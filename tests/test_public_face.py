"""The public face: every name is there, lazily, as it was; and nothing heavy comes with it.

Run as a script, this renews the snapshot of the public API: ``PYTHONPATH=src python tests/test_public_face.py``.
"""

import ast
import collections.abc
import importlib
import pathlib
import re
import subprocess
import sys
import tomllib
import typing

import pytest
from hypothesis import given
from hypothesis import strategies as st

import credcore
from api_text import PAGE, SNAPSHOT, annotation, api_lines, compared, documented_modules, takes_more
from credcore.adapters.sqlite.schema import needed_version
from credcore.events import EVENT_TYPES
from credcore.hooks import HOOKS_VERSION
from credcore.profile import FORMAT

ROOT = pathlib.Path(__file__).parents[1]
RENEW = "PYTHONPATH=src python tests/test_public_face.py"


def loaded_by(code):
    """Return the credcore modules and heavy packages that a fresh interpreter loads for some code."""
    script = f"import sys\n{code}\nprint('\\n'.join(sorted(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)  # noqa: S603
    return set(done.stdout.split())


def test_every_public_name_can_be_imported_and_is_declared_once():
    """The lazy table, the list of names and the modules agree."""
    assert sorted(credcore.__all__) == sorted(name for names in credcore._HOMES.values() for name in names)
    for name in credcore.__all__:
        assert getattr(credcore, name) is not None


def test_an_unknown_name_is_an_attribute_error():
    """A slip reads as Python says it."""
    assert not hasattr(credcore, "Coordinater")


def test_importing_credcore_loads_neither_an_adapter_nor_the_command_line():
    """The import is cheap: no store, no click, no rich, no jinja2."""
    modules = loaded_by("import credcore")
    assert not {m for m in modules if m.startswith(("credcore.adapters", "credcore.cli", "credcore.coordinator"))}
    assert modules.isdisjoint({"sqlite3", "click", "rich", "jinja2", "holidays", "opentelemetry"})


def test_a_script_that_evaluates_rules_loads_no_shell():
    """Rules, files and calendars need no pluggy, no database, no logging set up by us."""
    modules = loaded_by("from credcore import ClockRule, History, WorkCalendar, evaluate")
    assert modules.isdisjoint({"pluggy", "sqlite3", "click", "rich", "jinja2", "holidays"})
    assert not {m for m in modules if m.startswith(("credcore.coordinator", "credcore.adapters", "credcore.ports"))}


def told(additions, breaks):
    """Return what somebody who changed the public API has to know."""
    parts = ["The public API is not what tests/public_api.txt says.", ""]
    if breaks:
        parts += [
            "These break programs, or plugins, that rely on them. Deprecate first; see docs/reference/versions.md:"
        ]
        parts += [*(f"    {change}" for change in breaks), ""]
    if additions:
        parts += ["These are additions. They need a line in CHANGELOG.md, and are kept from then on:"]
        parts += [*(f"    {change}" for change in additions), ""]
    return "\n".join([*parts, f"If that is meant, renew the snapshot: {RENEW}"])


class TestThePublicAPI:
    """What the documented modules name is the API; it is pinned, and changes are seen."""

    def test_is_what_the_snapshot_says(self):
        """Names, signatures, fields and types are as they were; the failure says what became of them."""
        additions, breaks = compared(SNAPSHOT.read_text("utf-8").splitlines(), api_lines(documented_modules()))
        assert not additions, told(additions, breaks)
        assert not breaks, told(additions, breaks)

    def test_its_modules_all_say_what_they_offer(self):
        """A module that the page lists is there, and has its names in ``__all__``, each of them real."""
        modules = documented_modules()
        assert len(set(modules)) == len(modules) > 30
        for name in modules:
            module = importlib.import_module(name)
            assert all(hasattr(module, one) for one in module.__all__), name
            assert not any(part.startswith("_") for part in name.split("."))

    def test_every_import_that_the_docs_show_is_of_it(self):
        """Whoever copies an example relies on nothing that may go tomorrow."""
        public = {(module, name) for module in documented_modules() for name in importlib.import_module(module).__all__}
        shown = {one for path in shown_pages() for one in imports(path)}
        assert shown - public - MODULES == set()

    def test_nothing_in_it_is_without_a_type(self):
        """Every parameter, field and answer says what it is."""
        assert [line for line in api_lines(documented_modules()) if re.search(r": \?|-> \?", line)] == []

    def test_the_page_has_the_versions_of_the_code(self):
        """Each number on the page is the one that the code goes by."""
        versions = dict(re.findall(r"^\| ([\w ]+) \| `([\d.]+)`", PAGE.read_text("utf-8"), re.MULTILINE))
        assert versions == {
            "the public API": credcore.__version__,
            "event types": str(max(kind.version for kind in EVENT_TYPES.values())),
            "profile format": str(FORMAT),
            "hooks": str(HOOKS_VERSION),
            "stored tables": str(needed_version()),
        }

    def test_the_package_has_one_version(self):
        """What pip installs says of itself what it was built as."""
        built = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]["version"]
        assert built == credcore.__version__


MODULES = {("credcore.adapters", "builtin")}
"""Modules that a page hands on whole: what credcore ships is itself a plugin."""


def shown_pages():
    """Return the pages whose examples people copy."""
    return [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]


def imports(path):
    """Return what the examples of a page import of credcore, as module and name."""
    text = path.read_text(encoding="utf-8")
    lines = re.findall(r"^(?:>>> |\.\.\. )? *(from credcore[\w.]* import (?:[\w, ]+$|\([^)]*\)))", text, re.MULTILINE)
    nodes = [node for line in lines for node in ast.parse(line).body]
    return {(node.module, alias.name) for node in nodes for alias in node.names}


class TestChanges:
    """Whether a change of the API breaks those who rely on it."""

    BEFORE = (
        "m.Value class by keyword",
        "m.Value.name : str",
        "m.Pair class of a, b",
        "m.Store protocol",
        "m.Store.load (ref: Ref) -> Stored",
        "m.call (a: str, b: int = 0, *, c: Callable[[str, int], bool] = ..., d: str = '') -> None",
    )

    def changed(self, line, into):
        """Compare the API with itself, one line of it changed; None takes it out, or puts it in."""
        after = [one for one in self.BEFORE if one != line] + ([into] if into else [])
        additions, breaks = compared(self.BEFORE, after)
        return "break" if breaks else "addition" if additions else "none"

    @pytest.mark.parametrize(
        ("line", "into", "what"),
        [
            (None, None, "none"),
            (None, "m.other () -> None", "addition"),
            (None, "m.Value.why : str = ''", "addition"),
            (None, "m.Value.why : str", "break"),
            (None, "m.Value.all : tuple[str, ...] (read only)", "addition"),
            (None, "m.Value.check () -> bool", "addition"),
            (None, "m.Store.bind (connection: Any) -> Store", "break"),
            (BEFORE[1], None, "break"),
            (BEFORE[1], "m.Value.name : str | None", "break"),
            (BEFORE[2], "m.Pair class of a, b, c", "addition"),
            (BEFORE[2], "m.Pair class of b, a", "break"),
            (BEFORE[2], "m.Pair class by keyword", "break"),
            (BEFORE[5], BEFORE[5].replace("d: str", "new: str = '', d: str"), "addition"),
            (BEFORE[5], BEFORE[5].replace("d: str", "new: str, d: str"), "break"),
            (BEFORE[5], BEFORE[5].replace("*,", "new: int = 1, *,"), "addition"),
            (BEFORE[5], BEFORE[5].replace("b: int = 0", "new: int = 1, b: int = 0"), "break"),
            (BEFORE[5], BEFORE[5].replace("b: int = 0", "b: int"), "break"),
            (BEFORE[5], BEFORE[5].replace("*, ", ""), "break"),
            (BEFORE[5], BEFORE[5].replace("-> None", "-> int"), "break"),
            (BEFORE[5], BEFORE[5].replace("[str, int]", "[str, str]"), "break"),
        ],
    )
    def test_is_an_addition_only_where_whatever_worked_works_on(self, line, into, what):
        """More by keyword, or behind the others, with a default; anything else somebody has to change for."""
        assert self.changed(line, into) == what

    @given(st.lists(st.sampled_from(["a: int", "b: str", "c: bool = True", "d: int = 0"]), unique=True))
    def test_law_a_signature_takes_all_that_it_takes(self, parts):
        """What did not change is no break, and taking something away always is."""
        said = f"({', '.join(parts)}) -> None"
        assert takes_more(said, said)
        assert not any(takes_more(said, f"({', '.join(parts[:place])}) -> None") for place in range(len(parts)))

    def test_is_told_with_the_way_out(self):
        """The failure says which it is, and how to renew the snapshot."""
        text = told(*compared(self.BEFORE, [*self.BEFORE[1:], "m.other () -> None"]))
        assert re.search(r"break programs.*\n    gone: m.Value class by keyword\n", text)
        assert re.search(r"additions.*\n    new: m.other \(\) -> None\n", text)
        assert text.endswith(RENEW)

    @pytest.mark.parametrize(
        ("kind", "text"),
        [
            (int | None, "int | None"),
            (typing.Optional[int], "int | None"),  # noqa: UP045 - the older spelling of the same
            ("credcore.Coordinator", "Coordinator"),
            (collections.abc.Callable[[str, int], None], "Callable[[str, int], None]"),
            (typing.Callable[..., bool], "Callable[..., bool]"),
            (tuple[str, ...], "tuple[str, ...]"),
            (typing.Literal["due", "lane"], "Literal['due', 'lane']"),
            (collections.abc.Mapping[str, type[ValueError]], "Mapping[str, type[ValueError]]"),
            (typing.ClassVar[str], "str"),
            (typing.Self, "Self"),
            (typing.Any, "Any"),
        ],
    )
    def test_an_annotation_reads_alike_on_every_python(self, kind, text):
        """By its parts, as one writes it: `repr` differs from version to version."""
        assert annotation(kind) == text


if __name__ == "__main__":
    SNAPSHOT.write_text("\n".join(api_lines(documented_modules())) + "\n", encoding="utf-8")
