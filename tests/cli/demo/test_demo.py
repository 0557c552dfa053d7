"""The demo as a newcomer runs it: one command in an empty folder, then the same desk with the others."""

import datetime as dt
import json
import os
import pathlib
import subprocess
import sys

import pytest

from credcore.adapters.sqlite import SQLiteStore
from credcore.cli.demo.build import MARK
from credcore.coordinator import Coordinator
from credcore.events import Corrected, Decided, HoldPlaced, Told
from credcore.history import Ref
from credcore.plugins import load_plugins

NOW = "2026-03-02T08:30-06:00"
FILE = "f-1"


def credcore(folder, *args):
    """Run a command in a folder, on the demo's last morning."""
    environment = os.environ | {"CREDCORE_NOW": NOW, "CREDCORE_ACTOR": "dana", "PYTHONUTF8": "1"}
    environment.pop("CREDCORE_DESK", None)
    return subprocess.run(  # noqa: S603 - our own command line
        [sys.executable, "-c", "from credcore.cli import main; main()", *args],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        encoding="utf-8",
        timeout=280,
        check=False,
    )


@pytest.fixture(scope="module")
def demo(tmp_path_factory):
    """Run the demo once, as it is run by default."""
    folder = tmp_path_factory.mktemp("demo")
    run = credcore(folder, "demo")
    assert run.returncode == 0, run.stderr
    return folder, run.stdout


@pytest.fixture
def desk(demo):
    """Open the demo's desk on its last morning."""
    now = dt.datetime.fromisoformat(NOW)
    with SQLiteStore.open(demo[0] / "desk.db", "main", lambda: now) as store:
        yield Coordinator(store, plugins=load_plugins(), clock=lambda: now)


def test_it_shows_the_coordinators_morning(demo):
    """Whoever runs it sees everything that a coordinator looks at first."""
    headings = ("Worklist", "Given out", "Escalated", "Payers to follow up", "Recredentialing", "Committees", "Load")
    assert [heading for heading in headings if f"\n{heading}" not in demo[1]] == []


def test_it_says_what_is_real_and_what_is_invented(demo):
    """Nobody must think that somebody real was late."""
    said = " ".join(demo[1].split())
    assert "Invented: every name, NPI and licence number" in said
    assert "10.4121/uuid:a07386a5-7be3-4367-9535-70bc9e77dbe6" in said


def test_what_it_lists_is_what_the_desk_lists(demo):
    """The lines of the morning are those of `worklist`, in its order."""
    entries = json.loads(credcore(demo[0], "worklist", "--json", "--limit", "12").stdout)
    shown = demo[1].split("\nWorklist", 1)[1].split("\nGiven out", 1)[0]
    places = [shown.find(f" {entry['record'].removeprefix('file/')} ") for entry in entries]
    assert -1 not in places
    assert places == sorted(places)
    said = " ".join(shown.split())
    assert [entry["record"] for entry in entries if entry["owner"] not in said] == []


def test_the_board_is_one_page_that_needs_no_network(demo):
    """It can be sent and printed."""
    page = (demo[0] / "board.html").read_text("utf-8")
    assert FILE in page
    assert "<script" not in page
    assert "src=" not in page


def test_one_file_went_through_everything(desk):
    """Lapse, hold, late record, escalation, correction, decision: each is in its history."""
    events = desk.history(FILE).events
    told = [event for event in events if isinstance(event, Told)]
    assert {"breached", "breached + 2 working days"} <= {event.rung for event in told}
    assert {event.waiting_on for event in events if isinstance(event, HoldPlaced)} == {"provider", "source"}
    late = [event for event in events if event.recorded_at - event.at > dt.timedelta(days=3)]
    assert [event.type for event in late] == ["hold-placed"]
    assert [event.why for event in events if isinstance(event, Corrected)] == ["the year was misread"]
    assert [event.body for event in events if isinstance(event, Decided)] == ["board"]


def test_its_decision_opened_an_enrolment_with_each_payer(desk):
    """A decision fans out, and the payers were asked."""
    files = [desk.show(entry.ref).record for entry in desk.worklist(limit=None)]
    enrolments = [file for file in files if file.parent == FILE]
    assert {file.payer for file in enrolments} == set(desk.profile.payers)
    assert all(file.payer_reference for file in enrolments)


def test_the_late_record_changed_the_clock(demo):
    """Before it was recorded three days were counted; of what is known since, none was."""
    asked = ("explain", FILE, "--rule", "psv-ten-days", "--as-of")
    before = credcore(demo[0], *asked, "2026-01-29T15:00", "--known-at", "2026-01-29T15:00").stdout
    after = credcore(demo[0], *asked, "2026-01-30T09:00").stdout
    assert "used 3 days of 10 days" in before
    assert "used 0 days of 10 days" in after


def test_everybody_who_acted_is_of_the_team(desk):
    """No event is by somebody whom the desk does not know."""
    known = {person.id for person in desk.desk.team} | {"system", "payer-gateway"}
    refs = [entry.ref for entry in desk.worklist(kinds=("file", "meeting"), limit=None)]
    actors = {event.by for ref in refs for event in desk.history(ref).events}
    assert actors <= known


def test_the_roster_is_taken_in_with_its_gaps(desk):
    """A thousand practitioners, by invented names; whoever has no licence number is there without one."""
    providers = [desk.show(entry.ref).record for entry in desk.worklist(kinds=("provider",), limit=None)]
    assert len(providers) == 1000
    assert all(provider.npi.startswith("2") for provider in providers)
    assert sum(not provider.credentials for provider in providers) == 2


def test_somebodys_desk_is_left_alone(tmp_path):
    """A desk that the demo has not made stays as it is."""
    assert credcore(tmp_path, "init").returncode == 0
    before = (tmp_path / "desk.db").read_bytes()
    refused = credcore(tmp_path, "demo")
    assert refused.returncode == 1
    assert "is somebody's desk, and stays as it is" in refused.stderr
    assert (tmp_path / "desk.db").read_bytes() == before


def test_somebodys_folders_are_left_alone(tmp_path):
    """Notices that lie here without a demo's desk are somebody's."""
    (tmp_path / "notices").mkdir()
    refused = credcore(tmp_path, "demo")
    assert refused.returncode == 1
    assert "notices: is here already" in refused.stderr


def test_the_same_seed_gives_the_same_desk_and_the_next_morning_can_be_worked(tmp_path_factory):
    """A short replay, twice, in the place of each other; then the desk goes on by the other commands."""
    folders = [tmp_path_factory.mktemp("short") for _ in range(2)]
    runs = [credcore(folder, "demo", "--weeks", "1") for folder in (folders[0], folders[0], folders[1])]
    assert [run.returncode for run in runs] == [0, 0, 0]
    assert runs[0].stdout == runs[1].stdout == runs[2].stdout
    pages = [(folder / "board.html").read_text("utf-8") for folder in folders]
    assert pages[0] == pages[1]
    day = credcore(folders[0], "day")
    assert day.returncode == 0, day.stderr
    with SQLiteStore.open(pathlib.Path(folders[0], "desk.db"), "main") as store:
        assert store.find(f"command:{MARK}") is not None
        assert store.load([Ref("desk", "main")])[Ref("desk", "main")].version > 50


def sessions(text):
    """Yield the command and the lines that follow it in a block of the README; the first block is the demo's own."""
    command, lines = ["demo"], []
    for line in text.splitlines():
        if line.startswith("$ credcore "):
            if lines:
                yield command, lines
            command, lines = line.split()[2:], []
        else:
            lines.append(line)
    yield command, lines


def test_the_readme_shows_what_the_commands_print(demo):
    """Every line of its blocks is printed, in that order; an ellipsis stands for what was left out."""
    page = (pathlib.Path(__file__).parents[3] / "README.md").read_text(encoding="utf-8")
    blocks = [block.split("```", 1)[0] for block in page.split("```text\n")[1:]]
    shown = [session for block in blocks for session in sessions(block)]
    assert [command[0] for command, _ in shown] == ["demo", "show", "explain", "explain", "explain"]
    for command, lines in shown:
        printed = demo[1] if command == ["demo"] else credcore(demo[0], *command).stdout
        rest = iter(printed.splitlines())
        missing = [line for line in lines if line != "…" and not any(line == other for other in rest)]
        assert missing == [], command
