"""Event logs become histories: what activities mean, faulty rows, logs in any order, the figures of published logs."""

import collections
import csv
import datetime as dt
import gc
import itertools
import json
import os
import pathlib
import weakref
from collections.abc import Iterable, Iterator, Mapping, Sequence
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from credcore.adapters.event_logs import EventLog, LogMapping, open_event_log, tables
from credcore.adapters.rosters.text import Form, Record, records
from credcore.calendars import WorkCalendar
from credcore.errors import InvalidInput, ProfileError
from credcore.events import (
    Assigned,
    Event,
    FileOpened,
    HoldPlaced,
    HoldReleased,
    PayerAnswered,
    StageChanged,
)
from credcore.files import CredentialingFile
from credcore.history import History
from credcore.instants import day_start_us, from_us, parse_instant
from credcore.rules import BREACHED, DateRule, When, evaluate_each, schedule

FOLDER = pathlib.Path(__file__).parents[1] / "data" / "event_logs"
CHICAGO = ZoneInfo("America/Chicago")


def mapping() -> LogMapping:
    """Return the mapping of the invented log."""
    return LogMapping.from_toml((FOLDER / "enrolments.toml").read_text(encoding="utf-8"), "enrolments.toml")


def enrolments() -> EventLog:
    """Return the invented log."""
    return open_event_log(FOLDER / "enrolments.csv", mapping(), cases=FOLDER / "enrolments_cases.csv")


def chicago(month: int, day: int, hour: int, minute: int = 0) -> dt.datetime:
    """Return an instant of 2026 in Chicago."""
    return dt.datetime(2026, month, day, hour, minute, tzinfo=CHICAGO)


class TestAnInventedLog:
    """Four applications to payers."""

    def test_each_case_is_the_history_of_a_file(self) -> None:
        """A move opens the file in its stage; one activity may be two events, or none; who acts has the file."""
        histories = {history.ref.id: history for history in enrolments().histories()}
        assert [*histories] == ["A-1", "A-2", "A-3", "A-4"]
        assert [type(event) for event in histories["A-1"].events] == [
            FileOpened,
            Assigned,
            PayerAnswered,
            PayerAnswered,
            HoldPlaced,
            Assigned,
            HoldReleased,
            PayerAnswered,
            StageChanged,
        ]
        file = CredentialingFile.from_history(histories["A-1"])
        assert (file.stage, file.assignee, file.provider, file.payer) == ("effective", "Ben", "p-1", "Lake")
        assert (file.opened_at, file.needed_by) == (chicago(3, 2, 9), dt.date(2026, 4, 1))
        asked = histories["A-1"].events[3]
        assert (asked.id, asked.answer_by) == ("enrolments:A-1:3", dt.date(2026, 3, 20))
        ids = [event.id for history in histories.values() for event in history.events]
        assert len(ids) == len(set(ids))

    def test_equal_instants_are_in_the_order_of_their_column(self) -> None:
        """The fourth step stands before the third in the log, not in the history; who goes on has the file already."""
        history = {h.ref.id: h for h in enrolments().histories()}["A-2"]
        assert [(event.id, event.type) for event in history.events[1:]] == [
            ("enrolments:A-2:1.owner", "assigned"),
            ("enrolments:A-2:2", "contact-logged"),
            ("enrolments:A-2:4.owner", "assigned"),
            ("enrolments:A-2:4", "reviewed"),
            ("enrolments:A-2:3", "contact-logged"),
        ]

    def test_without_a_move_it_opens_in_the_stage_of_the_mapping_and_is_closed_by_its_case(self) -> None:
        """The call opens the file, the application moves it, the file of cases closes it."""
        history = {h.ref.id: h for h in enrolments().histories()}["A-3"]
        stages = [event.stage for event in history.effective if isinstance(event, (FileOpened, StageChanged))]
        assert stages == ["preparing", "submitted", "closed"]
        assert history.effective[-1].at == chicago(3, 20, 17)

    def test_an_instant_without_an_offset_is_one_of_the_zone(self) -> None:
        """Half past one of the night in which clocks change; a day that is told as an instant is a local one."""
        history = {h.ref.id: h for h in enrolments().histories()}["A-4"]
        assert history.events[0].at == parse_instant("2026-03-08T07:30:00Z")
        assert history.events[0].needed_by == dt.date(2026, 3, 30)

    def test_read_again_it_gives_the_same_ids(self) -> None:
        """An event is named by the log, the case and the row's place in it."""
        assert list(enrolments().histories()) == list(enrolments().histories())

    def test_rules_judge_them_one_by_one(self) -> None:
        """The cases go through `evaluate_each` as they are read."""
        rule = DateRule(
            id="wanted",
            about="needed-by",
            calendar=WorkCalendar.always("America/Chicago"),
            applies=When(stage=["submitted", "preparing"]),
        )
        found = evaluate_each(enrolments().histories(), [rule], chicago(4, 2, 9), tz=CHICAGO)
        assert {one.ref.id: one.evaluation.level for one in found if one.evaluation} == {
            "A-1": 0,
            "A-2": BREACHED,
            "A-3": 0,
            "A-4": BREACHED,
        }


# --- the mapping

FAULTY = """
[log]
name = "My log"
zone = "Europe/Amsterdm"
stage = "received"
times = "%Y"
assign = true
colour = "blue"

[columns]
case = "case_id"
at = "timestamp"
actvity = "activity"

[cases]
closed-at = "end"

[activities]
"a.b" = { stage = "In Review" }
two = { event = "hold-plcaed" }
three = { event = "hold-placed", hold = "h" }
four = { event = "hold-placed", hold = "h", waiting-on = "nobody" }
five = { event = "reviewed", party = "payer" }
six = { event = "verified", element = 7, source = "x", method = "x", result = "x", verified-on = 2026-03-02 }
seven = { event = "file-opened" }
eight = 8
"""


def test_a_mapping_tells_all_its_faults_at_once_each_with_its_line() -> None:
    """Unknown keys, words and zones, missing columns and fields, values that no event takes."""
    with pytest.raises(ProfileError) as error:
        LogMapping.from_toml(FAULTY, "permits.toml")
    assert {fault.source for fault in error.value.faults} == {"permits.toml"}
    assert [(fault.line, fault.key) for fault in error.value.faults] == [
        (2, "log.closed"),
        (3, "log.name"),
        (4, "log.zone"),
        (6, "log.times"),
        (7, "log.assign"),
        (8, "log.colour"),
        (10, "columns"),
        (13, "columns.actvity"),
        (15, "cases"),
        (19, "activities.a.b.stage"),
        (20, "activities.two.event"),
        (21, "activities.three"),
        (22, "activities.four"),
        (23, "activities.five.party"),
        (24, "activities.six.element"),
        (25, "activities.seven.event"),
        (26, "activities.eight"),
    ]
    told = {fault.key: fault.message for fault in error.value.faults}
    assert told["activities.two.event"].endswith("did you mean 'hold-placed'?")
    assert told["activities.three"] == "hold-placed needs waiting-on: give a text, or { column = ... }"
    assert told["activities.six.element"] == "7 is not text"


def test_an_activity_without_a_line_needs_one_for_all_others() -> None:
    """The message names the nearest."""
    text = (FOLDER / "enrolments.toml").read_text(encoding="utf-8").replace('"*" = { event = "reviewed" }\n', "")
    with pytest.raises(
        InvalidInput, match="no activity 'Answer send', and none for \"\\*\"; did you mean 'Answer sent'"
    ):
        LogMapping.from_toml(text).templates("Answer send")


# --- faulty logs


def write(path: pathlib.Path, *lines: str) -> pathlib.Path:
    """Write a log."""
    path.write_text("\n".join(["application,step,what,who,when,answer by", *lines]) + "\n", encoding="utf-8")
    return path


PLAIN = LogMapping.from_toml(
    (FOLDER / "enrolments.toml").read_text(encoding="utf-8").partition("[cases]")[0].replace('closed = "closed"\n', "")
    + "[activities]"
    + (FOLDER / "enrolments.toml")
    .read_text(encoding="utf-8")
    .partition("[activities]")[2]
    .replace('"*" = { event = "reviewed" }', "")
)


def test_each_faulty_row_is_told_by_its_line_and_costs_its_case(tmp_path: pathlib.Path) -> None:
    """The other cases are read; what a cell says is shown by its shape alone."""
    path = write(
        tmp_path / "log.csv",
        "A-1,1,Application sent,Ana Ames,2026-03-02T09:00:00-06:00,",
        "A-1,2,Payer asks for more,Ana Ames,2026-03-03T09:00:00-06:00,soon",
        "A-2,1,Application sent,Ana Ames,yesterday,",
        "A-2,two,Application sent,Ana Ames,2026-03-02T09:00:00-06:00,",
        "A-3,1,Application sent,Ana Ames,2026-03-02T09:00:00-06:00,",
        ",1,Application sent,Ana Ames,2026-03-02T09:00:00-06:00,",
        "A-4,1,Application sent",
        'A-5,1,"Application" sent,Ana,2026-03-02T09:00:00-06:00,',
        "A-6,1,Aplication sent,Ana Ames,2026-03-02T09:00:00-06:00,",
    )
    cases = list(open_event_log(path, PLAIN).cases())
    assert [case.name for case in cases if case.history is not None] == ["A-3"]
    faults = [fault for case in cases for fault in case.faults]
    assert [(fault.line, fault.key) for fault in faults] == [
        (3, "answer by"),
        (4, "when"),
        (5, "step"),
        (7, "application"),
        (8, ""),
        (9, ""),
        (10, "what"),
    ]
    assert [fault.message for fault in faults][:2] == [
        "AAAA is not what payer-answered takes there",
        "AAAAAAAAA is not an instant such as 2026-03-02T09:00:00-06:00",
    ]
    assert "did you mean 'Application sent'" in faults[-1].message
    assert not any("Ames" in str(fault) for fault in faults)
    assert {fault.source for fault in faults} == {"log.csv"}


def test_faults_of_the_file_of_cases_are_told_by_its_lines(tmp_path: pathlib.Path) -> None:
    """Told twice, closed before it was opened, wanted by no day, and a row that cannot be cut."""
    path = tmp_path / "cases.csv"
    path.write_text(
        "application,provider,payer,wanted by,closed\n"
        "A-1,p-1,Lake,soon,\n"
        "A-2,p-1,Lake,,2026-01-01T00:00:00Z\n"
        "A-3,p-1,Lake,,\n"
        "A-3,p-2,Lake,,\n"
        "A-4,p-1\n",
        encoding="utf-8",
    )
    cases = list(open_event_log(FOLDER / "enrolments.csv", mapping(), cases=path).cases())
    assert {(case.name, fault.line, fault.key, fault.source) for case in cases for fault in case.faults} == {
        ("", 6, "", "cases.csv"),
        ("A-1", 2, "wanted by", "cases.csv"),
        ("A-2", 3, "closed", "cases.csv"),
        ("A-3", 5, "application", "cases.csv"),
    }
    assert [case.name for case in cases if case.history is not None] == ["A-4"]


def test_a_log_without_its_columns_is_refused(tmp_path: pathlib.Path) -> None:
    """All that are missing are named, with the nearest headings."""
    path = tmp_path / "log.csv"
    path.write_text("application,step,whta,who,when\n", encoding="utf-8")
    with pytest.raises(InvalidInput, match=r"'answer by': .*'what': did you mean 'whta'"):
        open_event_log(path, PLAIN)


@pytest.mark.parametrize("text", ["", "\n\n"])
def test_an_empty_log_is_refused(tmp_path: pathlib.Path, text: str) -> None:
    """There is not even a line of headings."""
    path = tmp_path / "log.csv"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(InvalidInput, match="headings"):
        open_event_log(path, PLAIN)


def test_a_file_of_cases_and_its_table_come_together() -> None:
    """One without the other is a slip."""
    with pytest.raises(InvalidInput, match=r"cases: the mapping has \[cases\]: give the file"):
        open_event_log(FOLDER / "enrolments.csv", mapping())
    with pytest.raises(InvalidInput, match=r"cases: the mapping has no \[cases\]"):
        open_event_log(FOLDER / "enrolments.csv", PLAIN, cases=FOLDER / "enrolments_cases.csv")


def test_instants_may_be_written_in_another_way(tmp_path: pathlib.Path) -> None:
    """The mapping says how; without an offset they are of its zone."""
    text = (FOLDER / "enrolments.toml").read_text(encoding="utf-8").partition("[cases]")[0]
    text = (
        text.replace('closed = "closed"', 'times = "%d.%m.%Y %H:%M"') + '[activities]\n"*" = { event = "reviewed" }\n'
    )
    path = write(tmp_path / "log.csv", "A-1,1,x,,04.07.2026 09:30,", "A-2,1,x,,2026-07-04T09:30:00,")
    good, bad = open_event_log(path, LogMapping.from_toml(text)).cases()
    assert good.history is not None
    assert good.history.events[0].at == chicago(7, 4, 9, 30)
    assert bad.faults[0].message == "9999-99-99A99:99:99 is not an instant written as %d.%m.%Y %H:%M"


# --- order, and memory


@given(data=st.data())
def test_a_log_in_any_order_gives_the_same_histories(
    tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    """However the rows of cases are mixed, if a column orders those of one instant."""
    head, *rows = (FOLDER / "enrolments.csv").read_text(encoding="utf-8").splitlines()
    mixed = data.draw(st.permutations(rows))
    path = tmp_path_factory.mktemp("mixed") / "log.csv"
    path.write_text("\n".join([head, *mixed]) + "\n", encoding="utf-8")
    log = open_event_log(path, PLAIN)
    found = {history.ref.id: history for history in log.histories()}
    names = [row.split(",")[0].strip('"') for row in mixed]
    assert log.is_together is (len(list(itertools.groupby(names))) == len(set(names)))
    for history in open_event_log(FOLDER / "enrolments.csv", PLAIN).histories():
        told = [(event.at, type(event)) for event in found[history.ref.id].events]
        assert told == [(event.at, type(event)) for event in history.events]


def test_a_log_is_read_case_by_case(tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of two thousand cases, the events of one live at a time, and no row is read before its case is asked for."""
    path = write(tmp_path / "log.csv", *(f"A-{n},1,Application sent,,2026-03-02T09:00:00Z," for n in range(2_000)))
    living: weakref.WeakSet[Event] = weakref.WeakSet()
    log = open_event_log(path, PLAIN)
    assert log.is_together
    most, count = 0, 0
    read: list[int] = []

    def counted(path: pathlib.Path, form: Form) -> Iterator[Record]:
        for record in records(path, form):
            read.append(record.line)
            yield record

    monkeypatch.setattr(tables, "records", counted)
    gc.collect()
    for history in log.histories():
        living.add(history.events[0])
        count += 1
        assert len(read) <= count + 2  # the headings, and the row that shows that the case is over
        most = max(most, len(living))
        del history
    assert (count, most) == (2_000, 1)


# --- the logs that others published


def published(name: str) -> pathlib.Path:
    """Return the place of a published log, or skip."""
    folder = os.environ.get("CREDCORE_TEST_DATA")
    path = pathlib.Path(folder or "", "event_logs", name)
    if not folder or not path.exists():
        pytest.skip(f"CREDCORE_TEST_DATA names no folder with event_logs/{name}")
    return path


def by_stage(name: str, zone: str, activities: Iterable[str]) -> tuple[LogMapping, dict[str, str]]:
    """Return a mapping in which each activity is a stage of its own, and the activity by stage."""
    stages = {f"stage-{n}": activity for n, activity in enumerate(sorted(activities))}
    lines = "\n".join(f'"{activity}" = {{ stage = "{stage}" }}' for stage, activity in stages.items())
    text = f"""
[log]
name = "{name}"
zone = "{zone}"
stage = "before"

[columns]
case = "case_id"
activity = "activity"
at = "timestamp"
resource = "resource"
order = "event_no"

[activities]
{lines}
"""
    return LogMapping.from_toml(text), stages


def quantile(values: Sequence[float], fraction: float) -> float:
    """Return a linear quantile."""
    values = sorted(values)
    place = (len(values) - 1) * fraction
    low = int(place)
    high = min(low + 1, len(values) - 1)
    return values[low] + (values[high] - values[low]) * (place - low)


def figures(histories: Sequence[History], stages: Mapping[str, str], instants: Iterable[str]) -> dict[str, object]:
    """Return the figures of a log, from its histories alone."""
    lives = [history.effective for history in histories]
    events = [event for life in lives for event in life]
    durations = [(life[-1].at - life[0].at).total_seconds() for life in lives]
    sojourns: dict[str, list[float]] = collections.defaultdict(list)
    gaps: list[float] = []
    handovers = 0
    for one, other in itertools.chain.from_iterable(map(itertools.pairwise, lives)):
        gap = (other.at - one.at).total_seconds()
        gaps.append(gap)
        sojourns[stages[one.stage]].append(gap)
        handovers += bool(one.by and other.by and one.by != other.by)
    resources = collections.Counter(event.by or "(none)" for event in events)
    day = 86_400
    return {
        "cases": len(lives),
        "events": len(events),
        "first_event": min(event.at for event in events).timestamp(),
        "last_event": max(event.at for event in events).timestamp(),
        "activities": dict(collections.Counter(stages[event.stage] for event in events)),
        "n_resources": len(resources.keys() - {"(none)"}),
        "resource_events_top20": resources,
        "events_without_resource": sum(not event.by for event in events),
        "case_duration_s": {
            "min": min(durations),
            "p50": quantile(durations, 0.5),
            "p90": quantile(durations, 0.9),
            "max": max(durations),
            "mean": sum(durations) / len(durations),
        },
        "sojourn_until_next_event_s": {
            name: {"n": len(found), "p50": quantile(found, 0.5), "p90": quantile(found, 0.9)}
            for name, found in sojourns.items()
        },
        "handovers_between_named_resources": handovers,
        "open_cases_at": {
            text: sum(life[0].at <= at < life[-1].at for life in lives)
            for text in instants
            for at in [parse_instant(text)]
        },
        **{f"gaps_over_{days}d": sum(gap > days * day for gap in gaps) for days in (7, 30, 90)},
    }


LOGS = {
    "receipt_events.csv": "Europe/Amsterdam",
    "bpic2013_closed_problems.csv": "Europe/Stockholm",
    "road_traffic_fines_100.csv": "Europe/Rome",
    "running_example.csv": "Europe/Berlin",
}


@pytest.mark.parametrize("name", LOGS)
def test_figures_of_published_logs(name: str) -> None:
    """Durations, times to the next event, hand-overs, open cases and gaps are those published with the logs."""
    expected = json.loads(published("summary.json").read_text(encoding="utf-8"))[name]
    log, stages = by_stage("published", LOGS[name], expected["activities"])
    cases = list(open_event_log(published(name), log).cases())
    assert not [fault for case in cases for fault in case.faults]
    found = figures([case.history for case in cases if case.history], stages, expected["open_cases_at"])
    top = found.pop("resource_events_top20")
    assert {who: top[who] for who in expected["resource_events_top20"]} == expected["resource_events_top20"]
    for key in ("first_event", "last_event"):
        expected[key] = parse_instant(expected[key]).timestamp()
    for key, value in found.items():
        assert flat(value) == pytest.approx(flat(expected[key]), abs=0.001), key


def flat(value: object) -> dict[str, float]:
    """Return figures by their whole name."""
    if not isinstance(value, Mapping):
        return {"": value}
    return {f"{key}.{inner}": number for key, one in value.items() for inner, number in flat(one).items()}


AMSTERDAM = ZoneInfo("Europe/Amsterdam")
PERMITS = """
[log]
name = "permits"
zone = "Europe/Amsterdam"
stage = "open"
closed = "closed"

[columns]
case = "case_id"
activity = "activity"
at = "timestamp"
resource = "resource"
order = "event_no"

[cases]
case = "case_id"
needed-by = "deadline"
opened-at = "start"
closed-at = "end"

[activities]
"*" = { event = "reviewed" }
"""


def test_an_sla_by_a_published_logs_own_deadlines() -> None:
    """Which permits missed the last day, since when and until when: as counted from the file of cases alone."""
    events, cases = published("receipt_events.csv"), published("receipt_cases.csv")
    rule = DateRule(
        id="permit",
        about="needed-by",
        calendar=WorkCalendar.always("Europe/Amsterdam"),
        applies=When(stage="open"),
        source="the log's own deadlines",
    )
    found, refused = {}, set()
    for case in open_event_log(events, LogMapping.from_toml(PERMITS), cases=cases).cases():
        if case.history is None:
            refused.add(case.name)
            continue
        late = [one for one in schedule(case.history, [rule], tz=AMSTERDAM) if one.level == BREACHED]
        found[case.name] = [(one.since, one.until) for one in late]
    with cases.open(encoding="utf-8", newline="") as file:
        rows = {row["case_id"]: row for row in csv.DictReader(file)}
    opened = {name: min(map(parse_instant, instants)) for name, instants in started(events, rows)}
    backwards = {name for name, row in rows.items() if row["end"] and parse_instant(row["end"]) < opened[name]}
    assert refused == backwards
    expected = {name: plainly(row, opened[name]) for name, row in rows.items() if name not in backwards}
    assert found == expected
    assert sum(map(bool, found.values())) > 300


def started(events: pathlib.Path, rows: Mapping[str, Mapping[str, str]]) -> Iterable[tuple[str, list[str]]]:
    """Yield by case the instants of its events and of its start."""
    instants = collections.defaultdict(list, {name: [row["start"]] for name, row in rows.items()})
    with events.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            instants[row["case_id"]].append(row["timestamp"])
    return instants.items()


def plainly(row: Mapping[str, str], opened: dt.datetime) -> list[tuple[dt.datetime, dt.datetime | None]]:
    """Return from when until when a permit was late, counted in days of Amsterdam."""
    last_day = parse_instant(row["deadline"]).astimezone(AMSTERDAM).date()
    late_from = max(from_us(day_start_us(last_day + dt.timedelta(days=1), AMSTERDAM)), opened)
    end = parse_instant(row["end"]) if row["end"] else None
    return [(late_from, end)] if end is None or late_from < end else []
