"""The script that judges a CSV prints what it printed, names every bad row, and opens no desk."""

import os
import subprocess
import sys
from pathlib import Path

SCRIPT = Path(__file__).parents[2] / "examples" / "rules_over_csv" / "late.py"

PRINTED = """\
Lakeside Hospital, Wed 11 Mar 2026 09:00: 8 open files

Late (3)
f-101   Primary source verification                     due Wed 4 Mar 2026 17:00
        No progress though the move is ours, breached + 3 working days
          (department policy 3.1); 180 % of 5 working days used
f-103   Waiting for missing items                       due Thu 5 Mar 2026 24:00
        Contact the practitioner, breached (field practice: three attempts on
          days 0, 7 to 10 and 14 to 20; incompletes closed at 30 days); 171 % of
          7 days used
f-105   Intake                                          due Mon 9 Mar 2026 17:00
        Nobody has written to the applicant, breached (what the team agreed on
          in January); 200 % of 1 working day used

Due soon (1)
f-102   Primary source verification                    due Fri 27 Mar 2026 24:00
        Needed by this day, 30 days before (the requester's date, or the day
          that binds a cycle)
        paused: No progress though the move is ours, waits for source since Mon
          9 Mar 2026 10:05; resumed now, due Tue 17 Mar 2026 17:00
        paused: Verifications done, waits for source since Mon 9 Mar 2026 10:00;
          resumed now, due Fri 13 Mar 2026 17:00

Paused (1)
f-104   Intake                                         due Mon 16 Mar 2026 24:00
        Contact the practitioner (field practice: three attempts on days 0, 7 to
          10 and 14 to 20; incompletes closed at 30 days); 14 % of 7 days used
        paused: Application acknowledged and sorted, waits for provider since
          Mon 9 Mar 2026 15:00; resumed now, due Thu 12 Mar 2026 17:00
        paused: No progress though the move is ours, waits for provider since
          Mon 9 Mar 2026 15:05; resumed now, due Tue 17 Mar 2026 17:00

On time (3)
f-109   Intake                                         due Wed 11 Mar 2026 17:00
        Nobody has written to the applicant (what the team agreed on in
          January); 0 % of 1 working day used
f-106   Application complete                           due Tue 17 Mar 2026 17:00
        No progress though the move is ours (department policy 3.1); 0 % of 5
          working days used
f-108   With the payer                                 due Mon 23 Mar 2026 24:00
        Ask the payer for the status (field practice: every one to two weeks,
          government payers monthly); 7 % of 14 days used

Not read (5)
events.csv:18: waiting_on: 'provder' is not one of its words; did you mean
          'provider'? @ row
events.csv:22: stage: the pipeline has no stage 'pvs'; did you mean 'psv'?
events.csv:24: is an instant without a time zone; add one:
          2026-03-02T09:00:00-06:00 in text, tzinfo in Python @ row.at
events.csv:26: file/f-107/row-26: stage-changed came before the record was
          opened
events.csv:32: row: has more cells than columns
"""

HEADER = "file,type,at,kind,provider,stage\n"


def run(*words, code=0):
    """Run the script as one would, and return what it printed."""
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(filter(None, sys.path)), "PYTHONIOENCODING": "utf-8"}
    done = subprocess.run(  # noqa: S603 - our own interpreter and script
        [sys.executable, *words], env=environment, capture_output=True, encoding="utf-8", check=False
    )
    assert done.returncode == code, done.stderr
    return done.stdout


def test_what_it_prints():
    """To the letter, within eighty columns: who is late, due, paused and on time, and the rows that are bad."""
    printed = run(str(SCRIPT))
    assert printed == PRINTED
    assert max(map(len, printed.splitlines())) <= 80


def test_an_earlier_instant_is_answered_as_of_then():
    """What happened later is not known: the files that were opened later are not there."""
    printed = run(str(SCRIPT), str(SCRIPT.with_name("events.csv")), "--at", "2026-02-25T12:00:00-06:00")
    assert printed.startswith("Lakeside Hospital, Wed 25 Feb 2026 12:00: 3 open files\n")
    assert "Late" not in printed
    assert "f-105" not in printed


def test_rows_in_any_order_and_files_that_ended(tmp_path):
    """Rows are taken by their instant, not by their line; a closed file is not listed."""
    rows = tmp_path / "mine.csv"
    rows.write_text(
        HEADER
        + "f-1,stage-changed,2026-03-10T09:00:00-05:00,,,application-complete\n"
        + "f-1,file-opened,2026-03-09T09:00:00-05:00,initial,p-1,intake\n"
        + "f-2,file-opened,2026-03-09T09:00:00-05:00,initial,p-2,intake\n"
        + "f-2,stage-changed,2026-03-09T10:00:00-05:00,,,withdrawn\n",
        encoding="utf-8",
    )
    printed = run(str(SCRIPT), str(rows), "--at", "2026-03-10T12:00:00-05:00")
    assert printed.startswith("Lakeside Hospital, Tue 10 Mar 2026 12:00: 1 open file\n")
    assert "Application complete" in printed
    assert "Not read" not in printed


def test_every_bad_row_is_named_and_the_good_ones_count(tmp_path):
    """A kind that is unknown, no file, no instant, and a row that is another record's."""
    rows = tmp_path / "mine.csv"
    rows.write_text(
        HEADER
        + "f-1,file-opened,2026-03-09T09:00:00-05:00,inital,p-1,intake\n"
        + ",file-opened,2026-03-09T09:00:00-05:00,initial,p-1,intake\n"
        + "f-2,file-opened,yesterday,initial,p-1,intake\n"
        + "f-3,file-opened,2026-03-09T09:00:00-05:00,initial,p-1,intake\n"
        + "f-3,provider-registered,2026-03-09T09:00:00-05:00,,,\n"
        + "f-3,meeting-held,2026-03-09T09:00:00-05:00,,,\n",
        encoding="utf-8",
    )
    printed = run(str(SCRIPT), str(rows), "--at", "2026-03-10T12:00:00-05:00")
    assert ": 1 open file\n" in printed
    assert [line.split(":")[1] for line in printed.splitlines() if line.startswith("mine.csv:")] == list("23467")
    assert "did you mean 'initial'?" in printed


def test_no_desk_is_opened():
    """Neither the coordinator nor a store is so much as imported."""
    look = (
        "import runpy, sys; sys.argv = ['late.py']; runpy.run_path(%r, run_name='__main__'); "
        "print(sorted(sys.modules.keys() & {'credcore.coordinator', 'credcore.adapters.sqlite', 'sqlite3'}))"
    )
    assert run("-c", look % str(SCRIPT)).splitlines()[-1] == "[]"
