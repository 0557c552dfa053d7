"""The reference has a page for each hook, which says what the code does. Run as a script, this writes them anew.

Up to its example a page is made from the code; the example is its own, and run as all examples are.
"""

import inspect
import pathlib
import re

import attrs
import pytest

from credcore import hooks
from credcore.plugins.asking import SPECS

FOLDER = pathlib.Path(__file__).parents[1] / "docs" / "reference" / "hooks"
INDEX = FOLDER / "README.md"
EXAMPLE = "\n## Example\n"
FACTS = ("When", "Several plugins", "If it raises")
WORD = {hook: hook.removeprefix("credcore_register_") for hook in SPECS}
PAGES = {hook: FOLDER / f"{word}.md" for hook, word in WORD.items()}


def text_of(path):
    """Return a page's text; none if it is missing."""
    return path.read_text(encoding="utf-8") if path.exists() else ""


def in_markdown(text):
    """Return a docstring's text with the code marks of Markdown, on one line."""
    return " ".join(text.replace("``", "`").split())


def annotated(annotation):
    """Return an annotation as one writes it, without modules."""
    return re.sub(r"\b[\w.]+\.(?=\w)", "", inspect.formatannotation(annotation))


def facts_of(hook):
    """Return the paragraphs of a hook's docstring: what it returns, its facts by name, and its version."""
    first, *others = map(in_markdown, inspect.cleandoc(getattr(hooks, hook).__doc__).split("\n\n"))
    return first, dict(part.split(": ", 1) for part in others[:-1]), others[-1]


def meanings(spec):
    """Return what a spec is, and what each of its fields means."""
    first, *others = inspect.cleandoc(spec.__doc__).split("\n\n")
    (attributes,) = (part for part in others if part.startswith("Attributes:\n"))
    items = re.split(r"\n    (?=\w)", attributes.removeprefix("Attributes:"))[1:]
    return in_markdown(first), dict(in_markdown(item).split(": ", 1) for item in items)


def takes(field):
    """Return what a field takes, and what it is if it is left out."""
    default = "" if field.default is attrs.NOTHING else f"; `{field.default}` if left out"
    kind = "RuleFactory" if field.type is hooks.RuleSpec.__annotations__["make"] else annotated(field.type)
    return f"`{kind.replace('|', chr(92) + '|')}`{default}"


def head(hook):
    """Return what a page must say of its hook, up to the example."""
    function, spec = getattr(hooks, hook), SPECS[hook]
    first, facts, version = facts_of(hook)
    kind, fields = meanings(spec)
    rows = [f"| `{field.name}` | {takes(field)} | {fields[field.name]} |" for field in attrs.fields(spec)]
    result = annotated(inspect.signature(function).return_annotation)
    parameters = ", ".join(inspect.signature(function).parameters)
    lines = [f"# {hook}", f"`{hook}({parameters})` gives `{result}`", first]
    lines += [f"**{name}.** {said}" for name, said in facts.items()]
    lines += [version, f"## {spec.__name__}", kind]
    return "\n\n".join([*lines, "\n".join(["| field | takes | meaning |", "| --- | --- | --- |", *rows])]) + "\n"


def row(hook):
    """Return the line of the index about a hook."""
    first, _, version = facts_of(hook)
    spec = SPECS[hook].__name__
    return f"| [`{hook}`]({WORD[hook]}.md) | `{spec}` | {first.removeprefix('Return ').rstrip('.')} | {version[9:-1]} |"


def index():
    """Return the table of the index."""
    return "\n".join(
        ["| hook | returns a list of | which are | since |", "| --- | --- | --- | --- |", *map(row, SPECS)]
    )


def test_every_hook_has_a_page_and_no_page_is_without_a_hook():
    """Whoever looks for a hook finds it, and nothing that is gone."""
    specified = {name for name in vars(hooks) if name.startswith("credcore_register_")}
    assert set(PAGES) == specified
    assert {path for path in FOLDER.glob("*.md") if path != INDEX} == set(PAGES.values())


@pytest.mark.parametrize("hook", SPECS)
def test_the_specification_says_when_who_wins_what_fails_and_since_when(hook):
    """A plugin's author needs no other place."""
    _, facts, version = facts_of(hook)
    assert tuple(facts) == FACTS
    assert re.fullmatch(r"Added in \d+\.\d+\.", version)


@pytest.mark.parametrize("hook", SPECS)
def test_the_spec_tells_exactly_the_fields_that_it_has(hook):
    """None is missing, none is left over."""
    _, fields = meanings(SPECS[hook])
    assert tuple(fields) == tuple(field.name for field in attrs.fields(SPECS[hook]))


@pytest.mark.parametrize("hook", SPECS)
def test_the_page_tells_the_hook_as_it_is(hook):
    """Signature, facts, version, and each field of what it returns stand on the page as in the code."""
    assert text_of(PAGES[hook]).partition(EXAMPLE)[0] == head(hook)


@pytest.mark.parametrize("hook", SPECS)
def test_the_page_has_an_example_that_is_run(hook):
    """It implements the hook, and shows what comes of it."""
    example = text_of(PAGES[hook]).partition(EXAMPLE)[2]
    blocks = re.findall(r"^```python\n(.*?)^```", example, re.MULTILINE | re.DOTALL)
    assert any(f"def {hook}(" in block and SPECS[hook].__name__ in block for block in blocks)
    assert any(block.startswith(">>> ") for block in blocks)


def test_the_index_lists_every_hook():
    """With what it returns, and since when."""
    assert index() in text_of(INDEX)
    assert f"`credcore.hooks.HOOKS_VERSION` is {hooks.HOOKS_VERSION}" in text_of(INDEX)


def write():
    """Write the heads of the pages anew, and print the table of the index."""
    for hook, path in PAGES.items():
        example = text_of(path).partition(EXAMPLE)[2]
        path.write_text(f"{head(hook)}{EXAMPLE}{example}", encoding="utf-8")
    introduction, rest = re.split(r"^\| hook \|(?:.*\n)+?(?=\n)", text_of(INDEX), maxsplit=1, flags=re.MULTILINE)
    INDEX.write_text(f"{introduction}{index()}\n{rest}", encoding="utf-8")


if __name__ == "__main__":
    write()
