"""Errors as a host meets them: each with its code, told on one page, carrying nothing that it should not."""

import ast
import pathlib
import pickle
import re

import pytest

from credcore import errors
from credcore.errors import (
    Conflict,
    CredcoreError,
    Duplicate,
    Fault,
    Forbidden,
    InvalidInput,
    MissingExtra,
    MoveRefused,
    NaiveInstant,
    NotFound,
    PluginError,
    ProfileError,
    SchemaOutdated,
    StoreError,
    Unavailable,
)

ROOT = pathlib.Path(__file__).parents[1]
DOCS = ROOT / "docs"
PAGE = DOCS / "reference" / "errors.md"
SOURCES = sorted((ROOT / "src" / "credcore").rglob("*.py"))

CODES = {
    CredcoreError: ("error", False),
    InvalidInput: ("invalid-input", False),
    NaiveInstant: ("naive-instant", False),
    MoveRefused: ("move-refused", False),
    NotFound: ("not-found", False),
    Forbidden: ("forbidden", False),
    ProfileError: ("profile-faults", False),
    PluginError: ("plugin-failed", False),
    MissingExtra: ("missing-extra", False),
    StoreError: ("store-failed", False),
    Conflict: ("conflict", True),
    Duplicate: ("duplicate", False),
    Unavailable: ("unavailable", True),
    SchemaOutdated: ("schema-outdated", False),
}
"""What is promised to hosts: lines are added, none is ever changed or taken out."""

ONE_OF_EACH = (
    CredcoreError("something"),
    InvalidInput("is not what it should be", field="npi"),
    NaiveInstant("at"),
    MoveRefused("f-1", from_stage="intake", to_stage="psv", unmet=["application not received"], allowed=["psv"]),
    NotFound("file", "f-1"),
    Forbidden("ana", "record decided", needs=["chair"]),
    ProfileError([Fault(message="is empty", key="profile.name", line=2, source="hospital.toml")]),
    PluginError("paging", "cannot be imported", hook="credcore_register_notifiers"),
    MissingExtra("reports", needed_for="the board"),
    StoreError("nothing was changed"),
    Conflict(["file/f-1"]),
    Duplicate("command:4711", "file/f-1"),
    Unavailable("desk.db", "is held by another writer; try again"),
    SchemaOutdated(1, 2),
)
EACH = pytest.mark.parametrize("error", ONE_OF_EACH, ids=lambda error: type(error).__name__)


def subclasses(cls):
    """Return a class and all that descend from it."""
    return {cls}.union(*map(subclasses, cls.__subclasses__()))


def error_classes_written():
    """Return the error classes that the source defines, by name, with the file of each."""
    known, found = {cls.__name__ for cls in CODES}, {"CredcoreError": "errors.py"}
    for path in SOURCES:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            bases = {ast.unparse(base).rpartition(".")[2] for base in getattr(node, "bases", ())}
            if isinstance(node, ast.ClassDef) and not bases.isdisjoint(known):
                found[node.name] = path.name
    return found


def facts(error):
    """Return what the page must say first of an error's class."""
    again = "retryable" if error.retryable else "not retryable"
    carries = ", ".join(f"`{field}`" for field in vars(error))
    return f"Code `{error.code}`; {again}; status {statuses()[error.code]}." + (
        f" Carries {carries}." if carries else ""
    )


def statuses():
    """Return the status of each code as the page's table has it."""
    rows = re.findall(r"^\| \[`\w+`\]\(#\w+\) \| `([\w-]+)` \| \w+ \| (\d+) \|$", PAGE.read_text("utf-8"), re.MULTILINE)
    return {code: int(status) for code, status in rows}


def section(name):
    """Return what the page says of an error's class."""
    return PAGE.read_text("utf-8").partition(f"\n## {name}\n\n")[2].partition("\n## ")[0]


def test_each_class_has_its_code_for_ever():
    """Hosts keep codes in tables, clients in programs: a new class adds a line here, nothing else changes."""
    assert {
        cls: (cls.code, cls.retryable) for cls in subclasses(CredcoreError) if cls.__module__ == "credcore.errors"
    } == CODES


def test_no_two_classes_have_one_code_and_all_are_kebab_case():
    """A code names one class, and is spelt like every code here."""
    codes = [cls.code for cls in CODES]
    assert len(set(codes)) == len(codes)
    assert all(re.fullmatch(r"[a-z]+(-[a-z]+)*", code) for code in codes)


def test_every_error_is_defined_in_one_module_and_public():
    """Nobody has to look for an error elsewhere: no adapter, no rule brings one of its own."""
    assert error_classes_written() == dict.fromkeys((cls.__name__ for cls in CODES), "errors.py")
    assert {cls.__name__ for cls in CODES} <= set(errors.__all__)


def test_every_error_is_raised_somewhere():
    """What nothing raises, nobody needs to handle; the roots are for catching."""
    text = "\n".join(path.read_text(encoding="utf-8") for path in SOURCES if path.name != "errors.py")
    unraised = {cls.__name__ for cls in CODES if not re.search(rf"\b{cls.__name__}\(", text)}
    assert unraised <= {"CredcoreError", "StoreError"}


def test_there_is_one_of_each_to_look_at():
    """The samples below are the classes above."""
    assert [type(error) for error in ONE_OF_EACH] == list(CODES)


@EACH
def test_the_page_says_of_each_what_the_code_does(error):
    """Code, retryable and fields stand on the page as in the code; then when it is raised, and what to do."""
    name = type(error).__name__
    said = section(name)
    assert said.startswith(facts(error) + "\n\n")
    assert "\n\n*What to do:* " in said
    again = "yes" if error.retryable else "no"
    row = f"| [`{name}`](#{name.lower()}) | `{error.code}` | {again} | {statuses()[error.code]} |"
    assert row in PAGE.read_text("utf-8")


def test_the_page_tells_the_classes_in_the_order_of_the_tree_and_no_others():
    """Whoever knows the hierarchy finds each where it stands."""
    text = PAGE.read_text("utf-8")
    names = [cls.__name__ for cls in CODES]
    assert re.findall(r"^## (\w+)$", text, re.MULTILINE) == names
    assert re.findall(r"^\| \[`(\w+)`\]", text, re.MULTILINE) == names


def test_every_page_suggests_the_same_status_for_a_code():
    """A host that copies one page's table and reads another's text is not misled."""
    for path in DOCS.rglob("*.md"):
        said = re.findall(r'^    "([a-z-]+)": (\d{3}),$', path.read_text("utf-8"), re.MULTILINE)
        for code, status in said:
            assert (code, statuses().get(code)) == (code, int(status)), path.name


@EACH
def test_the_module_draws_the_tree_as_it_is(error):
    """The docstring of the module names every class."""
    assert re.search(rf"(^|─ |^    ){type(error).__name__}\b", errors.__doc__, re.MULTILINE)


@EACH
def test_a_message_says_what_was_wrong_in_words(error):
    """No class leaves a host with an empty text or a bare repr."""
    assert len(str(error)) >= len("something")
    assert "<" not in str(error)


class TestTheMessages:
    """What was wrong, where, and what would be right."""

    @pytest.mark.parametrize(
        ("error", "says"),
        [
            (InvalidInput("is not 10 digits", path="rows[3].npi"), "rows[3].npi: is not 10 digits"),
            (InvalidInput("is empty"), "is empty"),
            (
                MoveRefused("f-1", from_stage="intake", to_stage="psv", unmet=["a", "b"]),
                "file f-1 cannot move from 'intake' to 'psv': 'psv' still needs: a; b",
            ),
            (
                MoveRefused("f-1", from_stage="denied", to_stage="psv"),
                "file f-1 cannot move from 'denied' to 'psv': from 'denied' a file may go to: nowhere (terminal)",
            ),
            (NotFound("desk", "main", where="here"), "no desk 'main' here"),
            (NotFound("rule", "slla", known=["sla"]), "no rule 'slla' on this desk; did you mean 'sla'?"),
            (
                Forbidden("ana", "record decided", needs=["chair", "coordinator"]),
                "ana may not record decided; it takes one of the roles: chair, coordinator",
            ),
            (
                ProfileError([Fault(message="is empty", key="profile.name", line=2, source="x.toml")]),
                "1 fault:\n  x.toml:2: profile.name: is empty",
            ),
            (
                MissingExtra("reports", needed_for="the board"),
                "the board needs an extra: python -m pip install 'credcore[reports]'",
            ),
            (
                Conflict(["file/f-1", "person/ana"]),
                "changed by somebody else meanwhile: file/f-1, person/ana; load again and decide anew",
            ),
            (Duplicate("k", "file/f-1"), "already recorded on file/f-1 under the key 'k'"),
        ],
    )
    def test_reads_as_a_sentence(self, error, says):
        """Each names the thing, the place, and the way out."""
        assert str(error) == says

    def test_an_older_desk_is_to_be_migrated_and_a_newer_one_needs_a_newer_credcore(self):
        """The two ways in which tables can be of another version have two ways out."""
        assert "migrate" in str(SchemaOutdated(1, 2))
        assert "install a newer credcore" in str(SchemaOutdated(3, 2))


@pytest.mark.parametrize("error", ONE_OF_EACH, ids=lambda error: error.code)
def test_an_error_passes_between_processes(error):
    """A pool of processes gives it back whole: class, message and fields."""
    again = pickle.loads(pickle.dumps(error))  # noqa: S301 - made a moment ago
    assert (type(again), str(again), vars(again)) == (type(error), str(error), vars(error))
