"""The reference of events says what the code does, field by field. Run as a script, this writes the page anew."""

import datetime as dt
import inspect
import pathlib
import types
import typing

import attrs
import pytest

from credcore.events import EVENT_TYPES, Event
from credcore.testing.histories import WORDS

PAGE = pathlib.Path(__file__).parents[1] / "docs" / "reference" / "events.md"
GROUPS = {
    ("file",): "Events of a file",
    ("provider",): "Events of a provider",
    ("meeting",): "Events of a meeting",
    ("desk",): "Events of the desk",
    ("person",): "Events of a person",
    (): "Events of any record",
}
WORDS_OF_TYPE = {
    str: "text",
    bool: "true or false",
    int: "whole number",
    dt.date: "day",
    dt.datetime: "instant",
    tuple[str, ...]: "list of texts",
    Event: "event",
    types.NoneType: "nothing",
}


def in_words(event_type, field):
    """Return what a field takes, in words."""
    if words := WORDS.get((event_type.type, field.name)):
        return "one of " + ", ".join(f"`{word}`" for word in words)
    options = typing.get_args(field.type) if isinstance(field.type, types.UnionType) else (field.type,)
    return " or ".join(WORDS_OF_TYPE[option] for option in options)


def needed(field):
    """Return whether a field must be given, and what it is otherwise, if that is not empty."""
    if field.default is attrs.NOTHING:
        return "yes"
    default = field.default
    if isinstance(default, tuple):
        default = ", ".join(default)
    shown = str(default).lower() if isinstance(default, bool) else default
    return f"no: `{shown}`" if shown not in ("", None) else "no"


def table(event_type, fields):
    """Return a table of fields; a sentence if there are none."""
    if not fields:
        return "No fields of its own."
    rows = [f"| `{field.name}` | {in_words(event_type, field)} | {needed(field)} |" for field in fields]
    return "\n".join(["| field | takes | required |", "| --- | --- | --- |", *rows])


def own_fields(event_type):
    """Return the fields that an event type has beyond those of every event."""
    common = {field.name for field in attrs.fields(Event)}
    return [field for field in attrs.fields(event_type) if field.name not in common]


def section(event_type):
    """Return what the page must say of an event type."""
    meaning = inspect.cleandoc(event_type.__doc__).replace("``", "`")
    where = "" if len(event_type.of) == 1 else f" Happens to: {', '.join(event_type.of)}."
    facts = f"Version {event_type.version}. Recorded by: {', '.join(event_type.recorded_by)}.{where}"
    return f"### {event_type.type}\n\n{meaning}\n\n{facts}\n\n{table(event_type, own_fields(event_type))}\n"


def common_section():
    """Return what the page must say of the fields that every event has."""
    rows = []
    meanings = {
        "id": "given by the recorder; recording it again does nothing",
        "at": "when it happened",
        "recorded_at": "when the desk learned of it; set at the commit, elsewhere `at`",
        "by": "who recorded it: an actor's id",
        "why": "the reason, in words",
    }
    for field in attrs.fields(Event):
        required = "no" if isinstance(field.default, attrs.Factory) else needed(field)
        rows.append(f"| `{field.name}` | {in_words(Event, field)} | {required} | {meanings[field.name]} |")
    head = ["## Fields of every event", "", "| field | takes | required | meaning |", "| --- | --- | --- | --- |"]
    return "\n".join([*head, *rows]) + "\n"


def group(event_type):
    """Return the heading under which an event type stands."""
    return GROUPS[event_type.of if len(event_type.of) == 1 else ()]


def page():
    """Return the whole page: its introduction as it is, the rest from the code."""
    introduction, _, _ = PAGE.read_text(encoding="utf-8").partition("\n## ")
    parts = [introduction, common_section()]
    for heading in GROUPS.values():
        parts.append(f"## {heading}\n")
        parts += [section(event_type) for event_type in EVENT_TYPES.values() if group(event_type) == heading]
    return "\n".join(parts)


def sections():
    """Return the page's sections by heading, each with the group that it stands in."""
    found, heading = {}, ""
    for part in PAGE.read_text(encoding="utf-8").split("\n#")[1:]:
        title = part.lstrip("#").split("\n", 1)[0].strip()
        if part.startswith("##"):
            found[title] = (heading, "#" + part.rstrip("\n") + "\n")
        else:
            heading = title
            found[title] = ("", "#" + part.rstrip("\n") + "\n")
    return found


@pytest.mark.parametrize("event_type", EVENT_TYPES.values(), ids=EVENT_TYPES)
def test_the_page_tells_each_event_as_it_is(event_type):
    """Meaning, version, roles, and every field with its type and need stand on the page as in the code."""
    heading, text = sections()[event_type.type]
    assert text == section(event_type)
    assert heading == group(event_type)


def test_the_page_tells_the_fields_of_every_event():
    """The fields that every event has stand on the page once."""
    assert sections()["Fields of every event"][1] == common_section()


def test_the_page_tells_of_nothing_else():
    """Whatever has a section is an event type, a group, or the common fields."""
    assert set(sections()) == {*EVENT_TYPES, *GROUPS.values(), "Fields of every event"}


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
