"""A record with its history: what was late, what was corrected, and what was known when."""

import datetime as dt
import json

import pytest

from credcore.adapters.sqlite import SQLiteStore
from credcore.coordinator import Actor, Coordinator
from credcore.events import Stamp
from credcore.history import Ref
from credcore.plugins import load_plugins

pytestmark = pytest.mark.usefixtures("desk")

FIRST, ENROLLMENT = "f-0022", "f-0038"


def test_a_late_record_is_marked(run):
    """A contact of Wednesday that was written down on Thursday says so."""
    text = run("show", FIRST).stdout
    assert "LATE: recorded Thu 5 Mar 09:00" in text


def test_what_was_corrected_stays_visible(run):
    """A flag that was raised by mistake is still there, with who took it out and why."""
    text = run("show", FIRST).stdout
    assert "Flag raised: flag malpractice-claim" in text
    assert "CORRECTED: taken out Thu 5 Mar 09:00 by dana" in text


def test_before_the_correction_was_known_the_flag_counts(run):
    """Known at Wednesday, the file had a flag; nothing says that it was a mistake."""
    text = run("show", FIRST, "--known-at", "2026-03-04").stdout
    assert "CORRECTED" not in text
    assert "LATE" not in text
    assert "malpractice-claim" in text.split("Happened")[0]


def test_as_of_leaves_out_what_had_not_happened(run):
    """As of Monday evening neither papers nor hold had come."""
    text = run("show", FIRST, "--as-of", "2026-03-02T18:00").stdout
    assert "Hold" not in text
    assert "File opened" in text


def test_a_local_time_is_taken_in_the_desks_zone(run):
    """09:00 without an offset is nine in the morning at the desk, six hours behind UTC in early March."""
    local = run("show", FIRST, "--json", "--as-of", "2026-03-03T09:00").stdout
    assert local == run("show", FIRST, "--json", "--as-of", "2026-03-03T15:00Z").stdout
    assert local != run("show", FIRST, "--json", "--as-of", "2026-03-03T14:59Z").stdout


def test_a_day_is_taken_to_its_end(run):
    """As of a day is as of its last instant, as on a balance sheet."""
    day = json.loads(run("show", FIRST, "--json", "--as-of", "2026-03-03").stdout)
    assert "h-1" in day["state"]["holds"]


def test_next_moves_say_what_they_still_need(run):
    """A coordinator sees at a glance what keeps a file where it is."""
    moves = json.loads(run("show", ENROLLMENT, "--json").stdout)["next_moves"]
    assert {move["stage"] for move in moves} >= {"effective", "rejected"}
    text = run("show", FIRST).stdout
    assert "Still needs" in text


def test_json_tells_late_and_corrected_apart(run):
    """A script finds what people see marked."""
    history = json.loads(run("show", FIRST, "--json").stdout)["history"]
    assert [event["type"] for event in history if event["late"]] == ["contact-logged"]
    assert [event["type"] for event in history if not event["counts"]] == ["flag-raised"]


@pytest.mark.parametrize("record", ["provider/p-2", "person/priya", "provider/p-1", "desk/main"])
def test_every_kind_of_record_can_be_shown(run, record):
    """Not only files: whoever asks for a provider, a person or the desk gets an answer, in text and in JSON."""
    assert run("show", record).exit_code == 0
    assert json.loads(run("show", record, "--json").stdout)["record"] == record


def test_an_unknown_file_names_the_nearest(run):
    """A slip of the pen in an id is answered with the one that was meant."""
    result = run("show", "f-002", "--json")
    assert result.exit_code == 1
    assert "no file 'f-002' on this desk; did you mean 'f-00" in result.stderr
    assert json.loads(result.stdout)["error"]["code"] == "not-found"


def test_an_unknown_kind_names_the_kinds(run):
    """What is no record at all is answered with what records are called."""
    result = run("show", "folder/x")
    assert result.exit_code == 1
    assert "kinds: person, provider" in result.stderr


def test_before_it_was_opened_there_is_no_record(run):
    """As of last year the desk did not know the file."""
    assert run("show", FIRST, "--as-of", "2025-01-01").exit_code == 1


@pytest.mark.parametrize("text", ["soon", "2026-13-01", "09:00", ""])
def test_what_is_no_time_is_a_wrong_usage(run, text):
    """An option that cannot be read is the caller's mistake: exit code 2, with the forms that are right."""
    result = run("show", FIRST, "--as-of", text)
    assert result.exit_code == 2
    assert "2026-03-02T09:00" in result.stderr


def test_a_replaced_event_shows_both(run):
    """Where a correction put another event in, the history has both, each with what became of it."""
    now = dt.datetime(2026, 3, 6, 15, tzinfo=dt.UTC)
    with SQLiteStore.open("desk.db", "main", clock=lambda: now) as store:
        dana = Coordinator(store, plugins=load_plugins({}), clock=lambda: now).acting_as(Actor("dana", ["coordinator"]))
        hold = next(e for e in dana.history(Ref("file", FIRST)).events if e.type == "hold-placed")
        stamp = Stamp(hold.at, "dana", lambda: "r-1")
        new = stamp(type(hold), hold="h-1", waiting_on="reference", reason="no letter")
        dana.correct(FIRST, hold.id, new, why="wrong party")
    text = run("show", FIRST).stdout
    assert "CORRECTED: put in" in text
    assert text.count("CORRECTED: taken out") == 2


def test_a_file_names_its_provider_and_its_kind(run):
    """Whoever looks at a file reads what it is, in the words of the board; the ids stand beside them."""
    text = run("show", "f-0068").stdout
    assert text.startswith("file/f-0068  Initial appointment, Bo Ng\n")
    assert "Bo Ng (p-2)" in text
    assert "kind Initial appointment, provider Bo Ng (p-2), stage Intake" in " ".join(text.split())
    shown = json.loads(run("show", "f-0068", "--json").stdout)
    assert (shown["title"], shown["state"]["provider"]) == ("Initial appointment, Bo Ng", "p-2")


def test_a_meeting_names_what_is_on_its_agenda(run):
    """An agenda of ids alone tells nobody who will be heard."""
    run("day", "--brief")
    meeting = json.loads(run("worklist", "--kind", "meeting", "--json").stdout)[0]["record"]
    assert "Initial appointment, Bo Ng (f-0068)" in run("show", meeting).stdout


@pytest.mark.parametrize(
    ("typed", "meant"), [("p-2", "provider/p-2"), ("luis", "person/luis"), ("provider/f-0022", "file/f-0022")]
)
def test_an_id_of_another_kind_is_answered_with_its_kind(run, typed, meant):
    """An id that is on the desk, only of another kind, is what was meant."""
    result = run("show", typed)
    assert result.exit_code == 1
    assert f"did you mean {meant!r}?" in result.stderr


def test_an_error_names_no_field_of_the_library(run):
    """The message quotes what was typed; the name of a parameter would add nothing."""
    result = run("show", "folder/x", "--json")
    assert result.stderr.startswith("credcore: 'folder/x' is not a record")
    assert json.loads(result.stdout)["error"]["message"].startswith("'folder/x' is not a record")
