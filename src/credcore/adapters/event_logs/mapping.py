"""What the columns and activities of an event log mean, written in TOML and checked before any row is read.

An activity becomes the events that the mapping gives it: a move to a stage, or an event of any type that happens to a
file. Their fields are written in the mapping, or taken from a column of the row.
"""

import datetime as dt
import itertools
from collections.abc import Mapping
from typing import Any, Final
from zoneinfo import ZoneInfo

import attrs

from credcore.errors import InvalidInput, nearest
from credcore.events import EVENT_TYPES, Corrected, Event, FileOpened, decode
from credcore.history import SILENT
from credcore.instants import zone
from credcore.profile.tables import Reading, Table

__all__ = ["OTHERS", "EventTemplate", "LogMapping"]

OTHERS: Final = "*"
"""The activity that stands for all those without a line of their own."""

_OPENING: Final = ("kind", "provider", "payer", "facility", "needed-by")
"""What a column can tell of the file as it is opened."""
_LOG_COLUMNS: Final = ("case", "activity", "at", "resource", "order")
_CASE_COLUMNS: Final = ("case", "opened-at", "closed-at")
_STAMPED: Final = ("id", "at", "by", "recorded_at", "type", "version")
_NOT_OF_A_LOG: Final = (Corrected, FileOpened, *SILENT)
_SAMPLE: Final = {"id": "e-1", "at": "2026-03-02T15:00:00Z"}


@attrs.frozen
class EventTemplate:
    """An event that an activity becomes.

    Attributes:
        type: The event type's name.
        fields: By field, its value.
        columns: By field, the column that holds it; an empty cell leaves the field out.
    """

    type: str
    fields: Mapping[str, Any]
    columns: Mapping[str, str]


@attrs.frozen(kw_only=True)
class LogMapping:
    """What the columns and activities of a log mean.

    Attributes:
        name: The log's name, with which the ids of its events begin.
        zone: In which its days lie, and its instants that have no offset.
        kind: The kind of file that a case is, where no column says.
        stage: In which a file is opened whose first activity is no move to a stage.
        closed: The stage into which a case goes at the instant of the column ``closed-at``.
        times: How instants are written, as `strptime` takes it; ISO 8601 if empty.
        assign: Whether whoever does something becomes the file's owner.
        columns: By meaning, the column of the log.
        cases: By meaning, the column of a second file with a row for each case; empty if there is none.
        activities: By activity, what it becomes: nothing, one event or several. ``*`` is for all others.
    """

    name: str
    zone: ZoneInfo
    kind: str
    stage: str
    closed: str
    times: str
    assign: bool
    columns: Mapping[str, str]
    cases: Mapping[str, str]
    activities: Mapping[str, tuple[EventTemplate, ...]]

    @classmethod
    def from_toml(cls, text: str, source: str = "mapping.toml") -> "LogMapping":
        """Read a mapping.

        Args:
            text: TOML, with the tables ``[log]``, ``[columns]``, ``[activities]``, and ``[cases]`` if there is a file
                of cases.
            source: The text's name, for the faults.

        Raises:
            ProfileError: It has faults: each with its line and key, all at once.

        Example:
            >>> mapping = LogMapping.from_toml('''
            ... [log]
            ... name = "permits"
            ... zone = "Europe/Amsterdam"
            ... stage = "received"
            ...
            ... [columns]
            ... case = "case_id"
            ... activity = "activity"
            ... at = "timestamp"
            ... resource = "resource"
            ...
            ... [activities]
            ... "Confirmation of receipt" = { stage = "received" }
            ... "Ask the fire brigade" = { event = "hold-placed", hold = "advice", waiting-on = "source" }
            ... "*" = { event = "reviewed" }
            ... ''')
            >>> [template.type for template in mapping.templates("Ask the fire brigade")]
            ['hold-placed']
        """
        reading = Reading(text, source)
        root = reading.root
        log, columns, cases = root.table("log"), root.table("columns"), root.table("cases")
        said: dict[str, Any] = {
            "name": log.new_code("name"),
            "zone": reading.attempt(log.key("zone"), lambda: zone(log.text("zone"), "")),
            "kind": log.text("kind", "initial"),
            "stage": log.text("stage"),
            "closed": log.text("closed", ""),
            "times": log.text("times", ""),
            "assign": log.yes("assign"),
            "columns": _columns(columns, _LOG_COLUMNS[:3], (*_LOG_COLUMNS, *_OPENING)),
            "cases": _columns(cases, _CASE_COLUMNS[:1] if cases.values else (), (*_CASE_COLUMNS, *_OPENING)),
            "activities": _activities(root.table("activities")),
        }
        if said["times"]:
            reading.attempt(log.key("times"), lambda: _check_times(said["times"]))
        if said["assign"] and "resource" not in said["columns"]:
            log.fault("assign", "needs a column of the resource: give columns.resource")
        if ("closed-at" in said["cases"]) is not bool(said["closed"]):
            log.fault("closed", "is the stage at cases.closed-at: give both, or neither")
        for table in (log, columns, cases, root):
            table.close()
        reading.check()
        return cls(**said)

    @property
    def headings(self) -> frozenset[str]:
        """The columns of the log from which events take fields."""
        templates = itertools.chain.from_iterable(self.activities.values())
        return frozenset(heading for template in templates for heading in template.columns.values())

    def templates(self, activity: str) -> tuple[EventTemplate, ...]:
        """Return what an activity becomes.

        Raises:
            InvalidInput: The mapping says nothing of it.
        """
        found = self.activities.get(activity, self.activities.get(OTHERS))
        if found is None:
            known = nearest(activity, self.activities) if self.activities else "it has none"
            raise InvalidInput(f'the mapping has no activity {activity!r}, and none for "*"; {known}')
        return found


def _columns(table: Table, needed: tuple[str, ...], known: tuple[str, ...]) -> dict[str, str]:
    names = [*needed, *(name for name in known if name in table and name not in needed)]
    return {name: text for name in names if (text := table.text(name))}


def _check_times(form: str) -> None:
    sample = dt.datetime(2026, 3, 2, 15, 4, 5)  # noqa: DTZ001 - as a wall shows it
    try:
        good = dt.datetime.strptime(sample.strftime(form), form).replace(second=5, tzinfo=None) == sample  # noqa: DTZ007
    except ValueError:
        good = False
    if not good:
        raise InvalidInput(f"{form!r} does not tell day, hour and minute; write it such as '%d.%m.%Y %H:%M'")


def _activities(table: Table) -> dict[str, tuple[EventTemplate, ...]]:
    if not table.values:
        table.fault("", 'no activity is mapped; give each a line, or "*" for all')
    found: dict[str, tuple[EventTemplate, ...]] = {}
    for activity in table.values:
        templates = [_template(one) for one in table.tables(activity)]
        found[activity] = tuple(template for template in templates if template is not None)
    return found


def _template(table: Table) -> EventTemplate | None:
    """Return one event of an activity, tried once with all that a stamp and a column could give it."""
    if "stage" in table and "event" not in table:
        stage = table.new_code("stage")
        table.close()
        return EventTemplate("stage-changed", {"stage": stage}, {})
    known = [name for name, cls in EVENT_TYPES.items() if "file" in cls.of and not issubclass(cls, _NOT_OF_A_LOG)]
    name = table.name("event", known, "event type")
    if name not in known:
        return None
    cls = EVENT_TYPES[name]
    fields: dict[str, Any] = {}
    columns: dict[str, str] = {}
    names = [field.name for field in attrs.fields(cls) if field.name not in _STAMPED]
    for key, value in table.values.items():
        field = key.replace("-", "_")
        if key == "event":
            continue
        if field not in names:
            table.fault(key, f"{name} has no such field; {nearest(key, [one.replace('_', '-') for one in names])}")
        elif isinstance(value, dict):
            columns[field] = table.table(key).text("column")
        else:
            fields[field] = value.isoformat() if isinstance(value, dt.date) else value
    if not table.sound or not _is_whole(table, cls, fields, columns):
        return None
    return EventTemplate(name, fields, columns)


def _is_whole(table: Table, cls: type[Event], fields: Mapping[str, Any], columns: Mapping[str, str]) -> bool:
    """Return whether an event can be made; what is wrong is noted. What columns hold is seen row by row."""
    needed = [field.name for field in attrs.fields(cls) if field.default is attrs.NOTHING]
    missing = [name.replace("_", "-") for name in needed if name not in {*_STAMPED, *fields, *columns}]
    if missing:
        table.fault("", f"{cls.type} needs {', '.join(missing)}: give a text, or {{ column = ... }}")
    elif not columns:
        try:
            decode({**_SAMPLE, "type": cls.type, **fields}, "")
        except InvalidInput as error:
            message, _, place = str(error).partition(" @ ")
            table.fault(place.lstrip(".").replace("_", "-"), message)
    return table.sound
