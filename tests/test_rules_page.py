"""The reference of rules says what ships: each rule and each figure with its limit and source, and no other.

Run as a script, this writes the facts of the page anew; meaning, effective day and what is not claimed stay as written.
"""

import functools
import pathlib
import re

import pytest

from credcore import profiles
from credcore.profile.statutes import statutes
from credcore.rules import ClockRule
from profile_samples import hospital

PAGE = pathlib.Path(__file__).parents[1] / "docs" / "reference" / "rules.md"
RULES, FIGURES = "The rules of the profile `hospital`", "Statutory turnaround by state"
LOOK_AGAIN = "look-again"
FACTS = ("Limit", "Source", "Module")
WRITTEN = ("In force", "Not claimed")
COLUMNS = (
    "names",
    "law",
    "until the decision",
    "counted from",
    "told whether complete",
    "receipt acknowledged",
    "in force",
    "confirmed",
    "what the figures leave out",
)
HEAD = (f"| {' | '.join(COLUMNS)} |", "| --- " * len(COLUMNS) + "|")
STARTS = {"complete": "complete application", "received": "form received"}


@functools.cache
def rules():
    """Return what has a section, by its heading: every rule of the hospital, and one look-again for all."""
    return {rule.id.partition(":")[0]: rule for rule in hospital().rules}


def one_limit(one):
    """Return a limit with its day, states, source and mark, in words."""
    where = f" in {', '.join(sorted(one.states))}" if one.states else ""
    since = f" since {one.since}" if one.since else ""
    marks = [mark for mark in (one.source, "" if one.confirmed else "not confirmed") if mark]
    return f"{one.limit}{where}{since}" + (f" ({'; '.join(marks)})" if marks else "")


def limit_of(rule):
    """Return a rule's limit in words."""
    if rule.family == LOOK_AGAIN:
        return "the stage's own"
    if isinstance(rule, ClockRule) or rule.limit is not None:
        return str(rule.limit)
    return "; ".join(map(one_limit, rule.limits)) or "none: the day itself is the due day"


def facts(rule):
    """Return the lines of facts that the page must have of a rule."""
    said = (f"`{rule.family}`, {limit_of(rule)}", rule.source, f"`{type(rule).__module__}`")
    return [f"- {name}: {value}" for name, value in zip(FACTS, said, strict=True)]


def row(law):
    """Return the row that the page must have of a law."""
    limit, *notices = ("none" if one is None else str(one) for one in (law.limit, law.completeness, law.receipt))
    start = "—" if law.limit is None else STARTS[law.start]
    since = "not known" if law.effective_from is None else str(law.effective_from)
    cells = (f"`{law.code}`", law.law or "—", limit, start, *notices, since, "yes" if law.confirmed else "no")
    return f"| {' | '.join(cells)} | {law.note or '—'} |"


def sections(heading):
    """Return the sections under a heading, by their own; the text right under it bears the empty name."""
    page = PAGE.read_text(encoding="utf-8")
    (part,) = re.findall(rf"^## {re.escape(heading)}\n(.*?)(?=^## |\Z)", page, re.MULTILINE | re.DOTALL)
    first, *others = re.split(r"^### ", part, flags=re.MULTILINE)
    return {"": first} | {one.split("\n", 1)[0].strip("`"): one.split("\n", 1)[1] for one in others}


def is_fact(line):
    """Return whether a line of the page is one of those that the code says."""
    return line.startswith(tuple(f"- {fact}: " for fact in FACTS))


@pytest.mark.parametrize("name", rules())
def test_each_rule_has_its_section(name):
    """Limit, source and module as they are; meaning, effective day and what is not claimed in words."""
    text = sections(RULES)[name]
    lines = text.splitlines()
    assert [line for line in lines if is_fact(line)] == facts(rules()[name])
    for what in WRITTEN:
        assert re.search(rf"^- {what}: \S[^\n]{{10,}}(\n  [^\n]+)*\.$", text, re.MULTILINE), what
    assert len(lines[1]) > 40, "says what it means"


def test_no_section_is_without_a_rule():
    """Whatever has a section ships; in the order of the profile's text."""
    assert [name for name in sections(RULES) if name] == list(rules())


@pytest.mark.parametrize("release", profiles.releases("turnaround"))
def test_each_law_has_its_row(release):
    """The table of a release has each law as it ships, and none besides."""
    rows = [line for line in sections(FIGURES)[release].splitlines() if line.startswith("|")]
    assert rows == [*HEAD, *map(row, statutes(release).values())]


def test_no_release_is_without_figures():
    """Whatever release has a table ships."""
    assert [name for name in sections(FIGURES) if name] == list(profiles.releases("turnaround"))


def renewed():
    """Return the page with all facts as they are now."""
    page = PAGE.read_text(encoding="utf-8")
    for name, text in sections(RULES).items():
        if name in rules():
            kept = "\n".join(line for line in text.split("\n") if not is_fact(line))
            page = page.replace(text, kept.replace("- In force: ", "\n".join([*facts(rules()[name]), "- In force: "])))
    for release, text in sections(FIGURES).items():
        if release:
            page = page.replace(text, "\n" + "\n".join([*HEAD, *map(row, statutes(release).values())]) + "\n")
    return page


if __name__ == "__main__":
    PAGE.write_text(renewed(), encoding="utf-8")
