"""The day, and the steps that can be taken alone."""

import json
import re
import types

import pytest

from credcore.cli.rendering import print_day
from credcore.coordinator.delivering import Delivered


def test_a_day_on_an_empty_desk_does_nothing_and_says_so(run):
    """Every step is named, each with nothing to do."""
    run("init")
    result = run("day")
    assert result.exit_code == 0
    for step in ("Poll payers", "Open what is due", "Assign", "Sweep", "Schedule", "Deliver", "Report"):
        assert step in result.stdout


def test_a_day_does_what_there_is_to_do(desk, run):
    """Files are given out, what is late is told, notices lie beside the desk."""
    result = run("day")
    assert result.exit_code == 0
    assert "breached + 2 working days" in " ".join(result.stdout.split())
    assert list((desk / "notices").glob("*/*.txt"))


@pytest.mark.usefixtures("desk")
def test_what_stands_is_told_once(run):
    """The second day tells what the first one's seat in a committee brought about; the third has nothing to tell."""
    run("day")
    run("day")
    assert "0 told" in run("day").stdout


def test_what_cannot_be_sent_is_said_with_its_reason(desk, run):
    """A file where the folder should be: each record's notices are put off, five reasons stand there, none twice."""
    (desk / "notices").write_text("no folder", encoding="utf-8")
    result = run("day", "--brief")
    (line,) = [line for line in result.stdout.splitlines() if line.startswith("Deliver")]
    assert line.startswith("Deliver           0 sent, 0 no longer true, ")
    assert line.endswith(" put off till later")
    told = " ".join(result.stdout.partition("\nNot sent\n")[2].split())
    assert told.count("cannot write the message") == 5
    assert told.startswith("provider/p-2, joint-commission-cycle: Unavailable: notices: ")
    assert re.search("and [0-9]+ more", told)
    assert "put off" not in run("day", "--brief").stdout


def test_a_notice_that_is_given_up_stands_first(capsys):
    """Nobody tries it again, so it is told before those that are."""
    errors = (*((f"f-{n} sla", "OSError: no route") for n in range(9)), ("f-9 sla", "ValueError: no such box"))
    nothing = types.SimpleNamespace
    print_day(
        nothing(
            polled=nothing(submitted=(), answered=(), rejected=()),
            assigned=nothing(assigned=(), left=()),
            swept=nothing(records=0, told=(), withdrawn=0),
            delivered=Delivered(waiting=9, dead=("f-9 sla",), errors=errors),
            report=nothing(by_urgency={}),
            opened=(),
            seated=(),
        )
    )
    printed = capsys.readouterr().out
    assert "0 sent, 0 no longer true, 9 put off till later, 1 given up" in printed
    assert printed.split("Not sent\n")[1].splitlines()[0] == "  f-9 sla: ValueError: no such box; given up"
    assert printed.endswith("and 5 more\n")


def test_notices_can_be_printed(desk, run):
    """With the notifier print they stand in the output, and no folder is made."""
    result = run("day", "--notify", "print")
    assert "to luis: f-" in result.stdout
    assert not (desk / "notices").exists()


@pytest.mark.usefixtures("desk")
def test_an_unknown_notifier_names_the_nearest(run):
    """A notifier is a plugin's; nothing is run without one."""
    result = run("day", "--notify", "folders")
    assert result.exit_code == 1
    assert "did you mean 'folder'?" in result.stderr


def test_a_payers_answers_come_in_by_file(desk, run):
    """Good rows are taken in, a bad one is reported with its file and line."""
    assert "1 submitted, 0 answered, 0 rejected" in run("day").stdout
    (application,) = (desk / "payers" / "submitted").iterdir()
    answers = desk / "payers" / "answers"
    answers.mkdir()
    rows = [f"{application.stem},{status},2026-03-16T08:00:00-05:00" for status in ("in-process", "maybe")]
    (answers / "prairie.csv").write_text("\n".join(("reference,status,at", *rows)), encoding="utf-8")
    text = run("day").stdout
    assert "0 submitted, 1 answered, 1 rejected" in text
    assert "prairie.csv:3: status: 'maybe' is no status" in text


def test_a_day_can_write_its_board(desk, run):
    """The page of a day has what the day gave out."""
    assert "wrote morning.html" in run("day", "--board", "morning.html").stdout
    assert "Given out" in (desk / "morning.html").read_text(encoding="utf-8")


@pytest.mark.usefixtures("desk")
def test_assign_says_who_and_why(run):
    """A dry run says what would be done and does nothing; without it the file has its owner."""
    assert "2 would be given out" in run("assign", "--dry-run").stdout
    assert "2 given out, 0 left over" in run("assign").stdout
    assert run("assign").stdout == "No file without an owner.\n"


@pytest.mark.usefixtures("desk")
def test_a_file_can_be_handed_over(run):
    """Whatever the policy would say; the history names who did it and why."""
    assert run("assign", "f-0022", "--to", "ruth", "--why", "luis is away").stdout == "f-0022: given to ruth\n"
    assert json.loads(run("show", "f-0022", "--json").stdout)["state"]["assignee"] == "ruth"
    assert "luis is away" in run("show", "f-0022").stdout


@pytest.mark.usefixtures("desk")
def test_handing_over_wants_one_file(run):
    """All files to one person is not what anybody means."""
    assert run("assign", "--to", "ruth").exit_code == 2


@pytest.mark.usefixtures("desk")
def test_a_sweep_by_itself_tells_what_has_come_due(run):
    """The same as in a day, without the rest."""
    assert "had come due" in run("sweep").stdout
    assert "0 records had come due: 0 told, 0 withdrawn" in run("sweep").stdout


@pytest.mark.usefixtures("desk")
def test_who_acts_is_recorded(run):
    """The name given with --as stands on what was recorded."""
    run("assign", "f-0022", "--to", "ruth", "--as", "mei")
    history = json.loads(run("show", "f-0022", "--json").stdout)["history"]
    assert history[-1]["by"] == "mei"


@pytest.mark.usefixtures("desk")
def test_a_day_ends_with_the_morning(run):
    """What each step did, then what a coordinator wants to know; briefly, the steps alone."""
    text = run("day").stdout
    headings = ("Report", "Worklist", "Given out", "Escalated", "Payers", "Recredentialing", "Committees", "Load")
    places = [text.find(f"\n{heading}") for heading in headings]
    assert -1 not in places
    assert places == sorted(places)
    brief = run("day", "--brief").stdout.splitlines()
    assert (brief[0].split()[0], brief[-1].split()[0], len(brief)) == ("Poll", "Report", 7)


@pytest.mark.usefixtures("desk")
def test_a_page_that_cannot_be_written_stops_the_day_before_it_begins(run):
    """Whoever wants the day's page gets it, or no day: what was told is told once."""
    result = run("day", "--board", "missing/b.html")
    assert (result.exit_code, result.stdout) == (1, "")
    assert "there is no folder missing" in result.stderr
    assert "1 submitted" in run("day", "--brief").stdout


def test_a_board_says_what_it_does_not_hold(desk, run):
    """What was given out and told stands only on the page of the day; a page written over it says so."""
    assert "in place of a day's page" not in run("board").stdout
    run("day", "--board", "board.html", "--brief")
    assert "Given out" in (desk / "board.html").read_text(encoding="utf-8")
    text = " ".join(run("board").stdout.split())
    assert text.startswith("wrote board.html in place of a day's page: ")
    assert "stands only on the page that `credcore day --board FILE` writes" in text


@pytest.mark.usefixtures("desk")
def test_a_file_that_has_an_owner_is_not_given_out(run):
    """The answer says who owns it, and how to hand it over."""
    result = run("assign", "f-0022")
    assert (result.exit_code, result.stdout) == (1, "")
    assert "f-0022 is Luis Ortega's (luis); to hand it over: credcore assign f-0022 --to PERSON" in result.stderr


@pytest.mark.usefixtures("desk")
def test_a_person_is_found_by_name(run):
    """Whom a file is given to may be typed as they are called."""
    assert run("assign", "f-0022", "--to", "ruth LINDQVIST").stdout == "f-0022: given to ruth\n"
    assert run("assign", "f-0022", "--to", "ruth").stderr == "credcore: 'ruth' is the owner already\n"


@pytest.mark.usefixtures("desk")
def test_a_stranger_who_acts_is_warned_of(run):
    """A slip of the pen would stand in the history for ever; it is accepted, and told."""
    result = run("sweep", "--as", "zzz")
    assert result.exit_code == 0
    assert result.stderr == "credcore: warning: 'zzz' is not of this desk's team; recorded all the same\n"
    assert run("sweep", "--as", "mei").stderr == ""


@pytest.mark.usefixtures("desk")
def test_what_was_told_is_in_words(run):
    """A sweep names records and rules as the board does."""
    text = " ".join(run("sweep").stdout.split())
    assert "Application acknowledged and sorted, breached" in text
    assert "Initial appointment, Cleo Ortega-Featherstonehaugh" in text
