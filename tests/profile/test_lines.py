"""Where a key stands in a text."""

import tomllib

import pytest

from credcore import profiles
from credcore.profile._lines import key_lines, line_of

TRICKY = """\
# [not.a.table]
name = "a # b"
"quoted key" = 'c ] d'
long = \"\"\"
[not.a.table]
x = [ \\\"\"\" \"\"\"\"\"
dotted.inner = 1979-05-27 07:32:00

[outer.inner]   # a table below one without a header
list = [        # over
  "]",          # several
  { a = 1, b = [2,
    3] },       # lines
]

[[rules.sla]]
id = '''
[[rules.sla]]'''
[[rules.sla]]
id = "two"
[rules.sla.pause]
days = 3
[[rules.sla.steps]]
days = -1
[[rules.sla.steps]]
days = 2

[outer]
late = true
"""


def paths(value, path=""):
    """Yield the path of every key and item below a value, with its name."""
    if isinstance(value, dict):
        for key, inner in value.items():
            yield f"{path}.{key}" if path else key, key
            yield from paths(inner, f"{path}.{key}" if path else key)
    elif isinstance(value, list):
        for place, inner in enumerate(value):
            yield f"{path}[{place}]", ""
            yield from paths(inner, f"{path}[{place}]")


@pytest.mark.parametrize("text", [TRICKY, profiles.read("hospital")], ids=["tricky", "hospital"])
def test_every_key_has_the_line_on_which_it_is_written(text):
    """Whatever ``tomllib`` reads has a line, and that line writes the key."""
    lines, written = key_lines(text), text.splitlines()
    found = dict(paths(tomllib.loads(text)))
    assert found.keys() == lines.keys()
    for path, name in found.items():
        assert name in written[lines[path] - 1], path


@pytest.mark.parametrize(
    ("path", "line"),
    [
        ("quoted key", 3),
        ("dotted.inner", 7),
        ("outer", 28),
        ("outer.inner", 9),
        ("outer.inner.list[1].b[1]", 13),
        ("rules.sla[0]", 16),
        ("rules.sla[1].id", 20),
        ("rules.sla[1].pause.days", 22),
        ("rules.sla[1].steps[1].days", 26),
        ("outer.late", 29),
    ],
)
def test_lines_are_exact(path, line):
    """Items of lists, tables below arrays of tables and inline tables have lines of their own."""
    assert key_lines(TRICKY)[path] == line


@pytest.mark.parametrize(
    ("key", "line"),
    [
        ("rules.sla[1].limit", 19),
        ("rules.sla[1].steps[1].to", 25),
        ("outer.inner.list[7]", 10),
        ("nowhere.at.all", None),
    ],
)
def test_what_is_missing_has_the_line_around_it(key, line):
    """A key that is not there stands where its table does; the whole text has no line."""
    assert line_of(key, key_lines(TRICKY)) == line
