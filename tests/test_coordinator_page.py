"""The reference of the coordinator says what the class does, and every link of the docs leads somewhere.

Run as a script, this writes the page anew: its introduction as it is, the rest from the code.
"""

import inspect
import pathlib
import re

import attrs
import pytest

from credcore import coordinator
from credcore.coordinator import Coordinator
from credcore.reports import Report
from credcore.rules import Turns
from credcore.worklist import Entry

DOCS = pathlib.Path(__file__).parents[1] / "docs"
PAGE = DOCS / "reference" / "coordinator.md"
GROUPS = {
    "The desk": ("acting_as", "within", "actor", "now", "desk", "profile", "adopt", "compare"),
    "Casework": (
        "register",
        "take_in",
        "merge",
        "unmerge",
        "open_file",
        "record",
        "advance",
        "approve",
        "correct",
        "assign",
        "for_each",
    ),
    "What the desk does by itself": (
        "day",
        "poll_payers",
        "open_due",
        "sweep",
        "schedule_committee",
        "deliver",
    ),
    "Reading": ("worklist", "show", "explain", "turns", "history", "duplicates_of", "report"),
}
RESULTS = {
    **{name: getattr(coordinator, name) for name in coordinator.__all__},
    "Entry": Entry,
    "Report": Report,
    "Turns": Turns,
}
LINK = re.compile(r"\]\(([^)\s]+)\)")


def public_names():
    """Return the class's public names."""
    return {name for name in vars(Coordinator) if not name.startswith("_")}


def annotated(annotation):
    """Return an annotation as one writes it, without modules."""
    return re.sub(r"\b[\w.]+\.(?=\w)", "", inspect.formatannotation(annotation)).strip("'")


def in_markdown(text):
    """Return a docstring's text with the code marks of Markdown, on one line."""
    return " ".join(text.replace("``", "`").split())


def parts_of(member):
    """Return a docstring's paragraphs, and its sections of arguments and errors as pairs of name and text."""
    paragraphs, found = [], {}
    for block in inspect.cleandoc(member.__doc__).split("\n\n"):
        heading, _, body = block.partition("\n")
        if not heading.endswith(":"):
            paragraphs.append(in_markdown(block))
        elif heading in ("Args:", "Raises:"):
            items = re.split(r"\n(?=    \w)", "\n" + body)
            found[heading] = [in_markdown(item).partition(": ")[::2] for item in items if item.strip()]
    return paragraphs, found


def call_of(name, member):
    """Return how a member is called, and what it gives."""
    if isinstance(member, property):
        return name, annotated(inspect.signature(member.fget).return_annotation)
    signature = inspect.signature(member)
    given = [parameter.replace(annotation=parameter.empty) for parameter in signature.parameters.values()][1:]
    shown = str(signature.replace(parameters=given, return_annotation=signature.empty))
    return name + re.sub(r"<function _?(\w+) at \w+>", r"\1", shown), annotated(signature.return_annotation)


def section(name):
    """Return what the page must say of a member."""
    member = vars(Coordinator)[name]
    call, result = call_of(name, member)
    paragraphs, found = parts_of(member)
    lines = [f"### {name}", "", f"`{call}` gives `{result}`", "", "\n\n".join(paragraphs)]
    for heading, words in (("Args:", ""), ("Raises:", "Raises ")):
        if items := found.get(heading):
            lines += ["", *(f"- {words}`{item}`: {text}" for item, text in items)]
    return "\n".join(lines) + "\n"


def results():
    """Return what the page must say of the values that come back."""
    rows = [
        f"| `{name}` | {', '.join(f'`{field.name}`' for field in attrs.fields(kind))} |"
        for name, kind in sorted(RESULTS.items())
        if attrs.has(kind)
    ]
    return "\n".join(["## Values", "", "| value | fields |", "| --- | --- |", *rows]) + "\n"


def page():
    """Return the whole page."""
    introduction, _, _ = PAGE.read_text(encoding="utf-8").partition("\n## ")
    parts = [introduction]
    for heading, names in GROUPS.items():
        parts += [f"## {heading}\n", *(section(name) for name in names)]
    return "\n".join([*parts, results()])


def anchors(path):
    """Return the anchors of a page: its headings, as links name them."""
    headings = re.findall(r"^#+ (.+)$", path.read_text(encoding="utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).strip().replace(" ", "-") for heading in headings}


def test_the_groups_name_every_public_member_once():
    """Whatever the class has stands in one group, and nothing else does."""
    named = [name for names in GROUPS.values() for name in names]
    assert len(named) == len(set(named))
    assert set(named) == public_names()


@pytest.mark.parametrize("name", sorted(public_names()))
def test_the_page_tells_each_member_as_it_is(name):
    """Call, result, meaning, arguments and errors stand on the page as in the code."""
    assert section(name) in PAGE.read_text(encoding="utf-8")


def test_the_page_is_the_one_that_this_file_writes():
    """Headings, order and the fields of the values agree too."""
    assert PAGE.read_text(encoding="utf-8") == page()


@pytest.mark.parametrize("path", sorted(DOCS.rglob("*.md")), ids=lambda path: path.relative_to(DOCS).as_posix())
def test_every_link_of_the_docs_leads_to_a_page_and_a_heading(path):
    """A link that leads nowhere is worse than none."""
    broken = []
    for link in LINK.findall(path.read_text(encoding="utf-8")):
        place, _, anchor = link.partition("#")
        if "://" in place:
            continue
        target = path if not place else (path.parent / place).resolve()
        if not target.exists() or (anchor and anchor not in anchors(target)):
            broken.append(link)
    assert not broken


def test_the_index_names_every_page():
    """Whoever opens the docs finds all of them."""
    linked = {(DOCS / link).resolve() for link in LINK.findall((DOCS / "README.md").read_text(encoding="utf-8"))}
    assert {path for path in DOCS.rglob("*.md") if path.parent != DOCS} <= linked


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
