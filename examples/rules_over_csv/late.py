"""Say which files of a CSV are late, due, or stand still, and why: the rules alone, without a desk or a database.

A row is an event: its columns are the fields of that event's type, and a cell that is empty is left out. Rows that
cannot be read are told with their line, and the others are judged all the same.
"""
# /// script
# requires-python = ">=3.11"
# dependencies = ["credcore[calendars]"]
#
# [tool.uv.sources]
# credcore = { path = "../..", editable = true }
# ///

import argparse
import csv
import datetime as dt
import textwrap
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path

import attrs

from credcore import (
    ClockRule,
    Event,
    History,
    InvalidInput,
    Profile,
    Ref,
    When,
    decode,
    evaluate,
    explain,
    load_plugins,
    parse_limit,
)
from credcore.events import FileOpened, StageChanged
from credcore.files import FileFold
from credcore.instants import from_us, parse_instant, written
from credcore.rules import ClockExplanation, Evaluation, Rule
from credcore.worklist import LATE, REST, Binding, binding

EXAMPLE = Path(__file__).with_name("events.csv")
MORNING = "2026-03-11T09:00:00-05:00"
"""The Wednesday for which the example's rows were written."""
WIDTH = 80


def rules_of(profile: Profile) -> Mapping[str, Rule]:
    """Return by id the rules of a profile, and one that is written here."""
    greeted = ClockRule(
        id="greeted-within-a-day",
        title="Nobody has written to the applicant",
        on=When(record="file", kind="initial", stage="intake", attempts_below=1),  # until the first contact
        episode="opening",  # once in a file's life
        limit=parse_limit("1 working day"),
        calendar=profile.calendar,
        source="what the team agreed on in January",
    )
    return {rule.id: rule for rule in (*profile.rules, greeted)}


# --- Reading


@attrs.frozen
class Rows:
    """What a CSV tells: a history for each file, and what could not be read, by line."""

    histories: Mapping[str, History]
    bad: Mapping[int, str]


def read(path: Path, profile: Profile) -> Rows:
    """Read a CSV, row by row; nothing of a bad row is used."""
    events: defaultdict[str, list[tuple[int, Event]]] = defaultdict(list)
    bad: dict[int, str] = {}
    with path.open(encoding="utf-8", newline="") as opened:
        reader = csv.DictReader(opened)
        for cells in reader:
            try:
                events[cells.get("file") or ""].append((reader.line_num, event_of(cells, reader.line_num, profile)))
            except InvalidInput as error:
                bad[reader.line_num] = str(error)
    histories = {name: history_of(Ref("file", name), numbered, bad) for name, numbered in events.items()}
    return Rows({name: history for name, history in histories.items() if history.events}, dict(sorted(bad.items())))


def event_of(cells: Mapping[str, str | None], number: int, profile: Profile) -> Event:
    """Return the event that a row tells.

    Raises:
        InvalidInput: No event is told so, or the profile has no such stage or kind.
    """
    said = {name: cell for name, cell in cells.items() if name != "file" and cell}
    if None in cells or not cells.get("file"):
        raise InvalidInput("has more cells than columns" if None in cells else "names no file", path="row")
    event = decode({"id": f"row-{number}", **said}, "row")
    if isinstance(event, FileOpened):
        profile.pipeline.start(event.kind)
    if isinstance(event, FileOpened | StageChanged):
        profile.pipeline.stage(event.stage)
    return event


def history_of(ref: Ref, numbered: Iterable[tuple[int, Event]], bad: dict[int, str]) -> History:
    """Return what happened to a file, in order; what cannot have happened then is noted as bad."""
    fold, happened = FileFold(ref), []
    for number, event in sorted(numbered, key=lambda pair: (pair[1].at, pair[0])):
        try:
            fold.apply(event)
        except InvalidInput as error:
            bad[number] = str(error)
        else:
            happened.append(event)
    return History(ref, happened)


# --- Judging


@attrs.frozen
class Judged:
    """One file at the instant of asking.

    Attributes:
        history: What happened to it.
        stage: The title of its stage.
        evaluation: What the rules say.
        binds: What binds it: how urgent it is, by when, and why.
        stopped: The clocks that stand still.
    """

    history: History
    stage: str
    evaluation: Evaluation
    binds: Binding
    stopped: tuple[ClockExplanation, ...]

    @property
    def group(self) -> str:
        """Under which heading it is printed."""
        if self.binds.urgency == LATE:
            return "Late"
        if self.binds.urgency < REST:
            return "Due soon"
        return "Paused" if self.stopped else "On time"


def judge(history: History, rules: Mapping[str, Rule], at: dt.datetime, profile: Profile) -> Judged | None:
    """Return how a file stands; None for one that was not open then, or is closed."""
    so_far = history.as_of(at)
    if not so_far.effective:
        return None
    stage = profile.pipeline.stage(FileFold(history.ref).through(so_far).stage)
    if stage.terminal:
        return None
    found = evaluate(history, list(rules.values()), at, tz=profile.tz)
    still = (explain(history, rules[finding.rule], at, tz=profile.tz) for finding in found.findings)
    stopped = tuple(one for one in still if isinstance(one, ClockExplanation) and one.deadline is None)
    return Judged(history, stage.title or stage.code, found, binding(found.findings, rules), stopped)


# --- Printing


def lines_of(one: Judged, rules: Mapping[str, Rule], at: dt.datetime, profile: Profile) -> Iterator[str]:
    """Yield the lines about a file: where it stands, what binds it and by whose requirement, what stands still."""
    due = None if one.binds.due_us is None else from_us(one.binds.due_us)
    until = f"due {written(due, profile.tz)}" if due else "no date binds"
    room = WIDTH - 8 - len(until)
    yield f"{one.history.ref.id:8}{textwrap.shorten(one.stage, room - 1, placeholder='…'):<{room}}{until}"
    because = f"{one.binds.why} ({rules[one.binds.rule].source})"
    told = explain(one.history, rules[one.binds.rule], at, tz=profile.tz)
    if isinstance(told, ClockExplanation) and told.size:
        because += f"; {told.used * 100 // told.size} % of {told.limit} used"
    yield from paragraph(because)
    for clock in one.stopped:
        pause = clock.segments[-1]
        resumed = f"; resumed now, due {written(clock.resumed_due, profile.tz)}" if clock.resumed_due else ""
        since = written(pause.since, profile.tz)
        yield from paragraph(f"paused: {clock.title}, waits for {', '.join(pause.parties)} since {since}{resumed}")
    for failed in one.evaluation.undetermined:  # a rule that failed has not said that all is well
        yield from paragraph(f"UNDETERMINED: {failed.rule}: {failed.reason}")


def paragraph(text: str) -> Sequence[str]:
    """Return a text in lines, set in below the file's id."""
    return textwrap.wrap(text, WIDTH, initial_indent=" " * 8, subsequent_indent=" " * 10)


def report(path: Path, at: dt.datetime, profile: Profile) -> Iterator[str]:
    """Yield the whole report, line by line."""
    rules, rows = rules_of(profile), read(path, profile)
    judged = list(filter(None, (judge(history, rules, at, profile) for history in rows.histories.values())))
    judged.sort(key=lambda one: (one.binds.urgency, one.binds.due_us or 0, one.history.ref.id))
    yield f"{profile.name}, {written(at, profile.tz)}: {len(judged)} open file{'s' if len(judged) != 1 else ''}"
    for group in ("Late", "Due soon", "Paused", "On time"):
        files = [one for one in judged if one.group == group]
        if files:
            yield f"\n{group} ({len(files)})"
        for one in files:
            yield from lines_of(one, rules, at, profile)
    if rows.bad:
        yield f"\nNot read ({len(rows.bad)})"
    for number, reason in rows.bad.items():
        yield from textwrap.wrap(f"{path.name}:{number}: {reason}", WIDTH, subsequent_indent=" " * 10)


def main() -> None:
    """Report on a CSV as of an instant."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument(
        "csv", nargs="?", type=Path, default=EXAMPLE, help="events, a row each; the example's if left out"
    )
    parser.add_argument("--at", help=f"an instant, such as {MORNING}; now if left out")
    said = parser.parse_args()
    now = MORNING if said.csv == EXAMPLE else dt.datetime.now(dt.UTC).isoformat()
    plugins = load_plugins()
    profile = Profile.from_toml(plugins.profile_text("hospital"), source="hospital.toml", registry=plugins.registry)
    print("\n".join(report(said.csv, parse_instant(said.at or now, "--at"), profile)))


if __name__ == "__main__":
    main()
