"""Taking in a roster, merging and unmerging at the terminal: what is printed, what is written, what a script reads."""

import codecs
import csv
import doctest
import io
import json
import pathlib
import re
import shlex
import shutil

import pytest

from credcore.errors import Unavailable
from credcore.identifiers import npi_check_digit

FAULTS = pathlib.Path(__file__).parents[1] / "data" / "roster_faults.csv"
HEAD = "NPI,Name,State,License Number,License State,License Expires,SSN,Fax\n"
GOOD = "2000000028,Zoe Quist,CT,0042,CT,2027-06-30,000-12-3456,none\n"
BAD = "2000000036,Yan Roe,Ontario,0043,CT,13/04/2027,000-65-4321,=1+1\n"


@pytest.fixture
def roster(desk):
    """Return a roster with a good row and a bad one, in the folder of the desk."""
    path = desk / "june.csv"
    path.write_text(HEAD + GOOD + BAD, encoding="utf-8")
    return path


def answer(result):
    """Return what a script reads."""
    return json.loads(result.stdout)


def test_a_roster_is_taken_in_and_its_faults_are_told(roster, run):
    """Counts first, then each fault by line, column and shape, in 80 columns; the exit code says that rows are left."""
    result = run("import", "june.csv")
    assert result.exit_code == 1
    assert result.stdout == (
        "june.csv: a roster, UTF-8, commas.\n"
        "2 rows: 1 new, 0 changed, 0 the same as on the desk, 1 rejected.\n"
        "Private, left out unread: SSN.\n"
        "Not taken in: Fax.\n"
        "\n"
        "Line  Column and shape  What is wrong\n"
        "3     State             is not a state's code; write two letters, such as CT\n"
        "      AAAAAAA\n"
        "      License Expires   has no such month: write month/day/year or\n"
        "      99/99/9999        year-month-day; where the day comes first, say so with\n"
        "                        --dates %d/%m/%Y\n"
        "\n"
        f"To mend and take in: {roster.name}.rejected.csv\n"
    )
    assert "3456" not in result.output


def test_rejected_rows_are_mended_and_taken_in(roster, run):
    """The file has the roster's columns without the private one; mended, it goes in, and its file says so."""
    run("import", "june.csv")
    place = roster.with_name("june.csv.rejected.csv")
    text = place.read_bytes().decode("utf-8-sig")
    (row,) = csv.DictReader(io.StringIO(text, newline=""))
    assert list(row) == ["Rejected line", "Rejected because", *HEAD.strip().replace("SSN,", "").split(",")]
    assert (row["Rejected line"], row["Fax"]) == ("3", "'=1+1")
    assert row["Rejected because"].startswith("State (AAAAAAA) is not a state's code")
    assert "4321" not in text
    assert run("import", place.name).exit_code == 1
    place.write_text(text.replace("Ontario", "NY").replace("13/04/2027", "4/13/2027"), encoding="utf-8")
    result = run("import", place.name)
    assert result.exit_code == 0
    assert "1 row: 1 new, 0 changed, 0 the same as on the desk, 0 rejected." in result.stdout
    assert (
        f"No row is rejected. The rejected rows of an earlier run are in\n{place.name}.rejected.csv.old"
        in result.stdout
    )
    assert run("show", "provider/npi-2000000036").exit_code == 0


def test_the_second_time_changes_nothing(roster, run):
    """The same file again: nobody new, nothing changed, the same rejected rows, and nothing put aside."""
    run("import", "june.csv")
    before = (roster.parent / "june.csv.rejected.csv").read_bytes()
    result = run("import", "june.csv")
    assert "2 rows: 0 new, 0 changed, 1 the same as on the desk, 1 rejected." in result.stdout
    assert (roster.parent / "june.csv.rejected.csv").read_bytes() == before
    assert not list(roster.parent.glob("*.old*"))


def test_an_earlier_file_of_rejected_rows_is_put_aside(roster, run):
    """What a clerk may have half mended is never overwritten, and never lies there as if it were today's."""
    place = roster.with_name("june.csv.rejected.csv")
    run("import", "june.csv")
    for number in ("", "2"):
        place.write_text(place.read_text(encoding="utf-8").replace("Ontario", f"N{number}Y"), encoding="utf-8")
        mended = place.read_bytes()
        result = run("import", "june.csv")
        assert f"The rejected rows of an earlier run are in june.csv.rejected.csv.old{number}" in " ".join(
            result.stdout.split()
        )
        assert roster.with_name(f"june.csv.rejected.csv.old{number}").read_bytes() == mended
    roster.write_text(HEAD + GOOD, encoding="utf-8")
    assert run("import", "june.csv").exit_code == 0
    assert not place.exists()


@pytest.mark.parametrize(
    ("rejects", "says"),
    [
        ("june.csv", "is the roster itself; name another file with --rejects"),
        ("desk.db", "is there already, and holds no rejected rows; name another file with --rejects"),
    ],
)
def test_nothing_else_is_overwritten(roster, run, rejects, says):
    """A slip in --rejects costs no file, and nothing is taken in before it is noticed."""
    before = roster.read_bytes()
    result = run("import", "june.csv", "--rejects", rejects)
    assert result.exit_code == 1
    assert result.stderr == f"credcore: {rejects}: {says}\n"
    assert roster.read_bytes() == before
    assert run("show", "provider/npi-2000000028").exit_code == 1


@pytest.mark.parametrize(
    "save",
    [
        lambda text: text.encode("utf-8"),
        lambda text: text.replace("Yan", "Ren\u00e9e").encode("cp1252"),
        lambda text: text.replace('","', '";"').encode("utf-16"),
        lambda text: b"sep=;\n" + text.replace('","', '";"').encode(),
        lambda text: "".join(line.split(",", 2)[-1] for line in text.splitlines(keepends=True)).encode(),
        lambda _text: b"",
        lambda _text: b"PK\x03\x04 a workbook",
    ],
)
def test_a_file_that_was_mended_blocks_no_import(roster, run, save):
    """However a spreadsheet saved it, and whatever became of it, it is put aside and the roster goes in."""
    run("import", "june.csv")
    place = roster.with_name("june.csv.rejected.csv")
    saved = save(place.read_bytes().decode("utf-8-sig"))
    place.write_bytes(saved)
    result = run("import", "june.csv")
    assert result.stderr == ""
    assert roster.with_name("june.csv.rejected.csv.old").read_bytes() == saved
    assert place.read_bytes().startswith(codecs.BOM_UTF8 + b'"Rejected line"')


@pytest.mark.parametrize(("encoding", "delimiter"), [("utf-16", ";"), ("cp1252", "\t"), ("utf-8", ",")])
def test_rejected_rows_of_another_name_are_known_by_their_headings(roster, run, encoding, delimiter):
    """Named with --rejects they have no name of ours, and are read as a roster is."""
    place = roster.with_name("mend.csv")
    text = delimiter.join(("NPI", "Rejected because", "Name")) + "\n"
    place.write_text(text, encoding=encoding)
    run("import", "june.csv", "--rejects", "mend.csv")
    assert roster.with_name("mend.csv.old").read_text(encoding=encoding) == text


def test_a_dry_run_looks_at_no_file_of_rejected_rows(roster, run):
    """It writes nothing, so nothing can be in its way."""
    result = run("import", "june.csv", "--dry-run", "--rejects", "desk.db")
    assert result.stderr == ""
    assert "Tried, nothing is recorded" in run("import", "june.csv", "--dry-run", "--rejects", roster.name).stdout


def test_a_folder_that_cannot_be_written_is_said_before_anything_is_recorded(roster, run):
    """Whoever mistypes --rejects loses no reasons: the roster is taken in when the rejected rows have a place."""
    result = run("import", "june.csv", "--rejects", "nowhere/rejects.csv")
    assert result.exit_code == 1
    assert result.stderr == (
        "credcore: nowhere/rejects.csv: rejected rows cannot be written there: No such file or directory; "
        "name another place with --rejects\n"
    )
    assert run("show", "provider/npi-2000000028").exit_code == 1
    assert roster.exists()


def test_what_was_recorded_is_told_though_its_rejects_cannot_be_written(roster, run, monkeypatch):
    """A disk that fills up meanwhile takes the rejected rows, not the outcome: a script reads both."""

    def full(_roster, _rejected, path):
        raise Unavailable(str(path), "cannot write the rejected rows: No space left on device")

    monkeypatch.setattr("credcore.cli.import_.write_rejects", full)
    result = run("import", "june.csv", "--json")
    read = answer(result)
    assert result.exit_code == 1
    assert [row["provider"] for row in read["taken"]] == ["npi-2000000028"]
    assert (len(read["rejected"]), read["rejects"], read["error"]["code"]) == (1, None, "unavailable")
    assert "No space left on device" in result.stderr
    again = run("import", "june.csv")
    assert (again.exit_code, "1 rejected" in again.stdout) == (1, True)
    assert "No space left on device" in again.stderr
    assert roster.exists()


def test_a_dry_run_writes_nothing(roster, run):
    """It says the same, and neither the desk nor the folder is another."""
    before = sorted(roster.parent.iterdir())
    result = run("import", "june.csv", "--dry-run", "--open", "initial")
    assert result.exit_code == 1
    assert "Tried, nothing is recorded: 2 rows: 1 new, 0 changed," in result.stdout
    assert "1 file would be opened: Initial appointment." in result.stdout
    assert result.stdout.endswith("Nothing is written in a dry run.\n")
    assert sorted(roster.parent.iterdir()) == before
    assert run("show", "provider/npi-2000000028").exit_code == 1


def test_a_dry_run_says_who_would_change_in_what(roster, run):
    """By id and the names of the fields; what is not shown is in the JSON."""
    npis = [nine + npi_check_digit(nine) for nine in (f"2{n:08d}" for n in range(100, 125))]
    for state, city in (("CT", "Groton"), ("NY", "Rye")):
        rows = [f"{npi},Zoe Quist,{state},{city}\n" for npi in npis]
        roster.write_text("NPI,Name,State,City\n" + "".join(rows), encoding="utf-8")
        result = run("import", "june.csv", *(["--dry-run"] if state == "NY" else []))
    assert f"Line  Provider        Would change\n2     npi-{npis[0]}  state, city\n" in result.stdout
    assert result.stdout.count("state, city") == 20
    assert result.stdout.endswith("5 more are not shown; --json lists all of them.\n")
    assert "Rye" not in result.stdout
    assert len(answer(run("import", "june.csv", "--dry-run", "--json"))["changed"]) == 25


def test_a_dry_run_says_how_to_see_every_rejected_row(roster, run):
    """It writes no file, so that what a screen does not show is in the JSON."""
    roster.write_text("ID,Name,State\n" + "".join(f"x-{n},Zoe Quist,ZZ\n" for n in range(25)), encoding="utf-8")
    result = run("import", "june.csv", "--dry-run")
    assert result.stdout.endswith(
        "\n\n5 more are not shown; --json lists all of them.\nNothing is written in a dry run.\n"
    )
    assert len(answer(run("import", "june.csv", "--dry-run", "--json"))["rejected"]) == 25


def test_headings_alone_are_said(roster, run):
    """A table that was sent without its rows is no roster of nobody."""
    roster.write_text(HEAD, encoding="utf-8")
    result = run("import", "june.csv")
    assert result.stdout == "june.csv: a roster, UTF-8, commas.\nThere are headings, and no rows below them.\n"


def test_whoever_acts_may_be_named_by_name(roster, run):
    """A name of one person of the team is that person; a stranger is told so, in a dry run without a record."""
    assert run("import", roster.name, "--as", "DANA whitfield").stderr == ""
    assert {line["by"] for line in answer(run("show", "provider/npi-2000000028", "--json"))["history"]} == {"dana"}
    stranger = run("import", "june.csv", "--dry-run", "--as", "zoe")
    assert stranger.stderr == "credcore: warning: 'zoe' is not of this desk's team\n"
    assert "recorded all the same" in run("import", "june.csv", "--as", "zoe").stderr


def test_files_are_opened_by_kind_or_title(roster, run):
    """For each new provider one, and none the second time; an unknown kind names the nearest."""
    assert roster.exists()
    result = run("import", "june.csv", "--open", "initial appointment")
    assert "1 file opened: Initial appointment." in result.stdout
    assert "0 files opened" in run("import", "june.csv", "--open", "initial").stdout
    assert "did you mean 'initial'?" in run("import", "june.csv", "--open", "intial").stderr


def test_columns_are_named_on_the_command_line_or_in_a_file(desk, run):
    """--map goes before the mapping file; dates can stand there too."""
    (desk / "own.csv").write_text("Kennung;Wer;Wo\n2000000028;Zoe Quist;Groton\n", encoding="utf-8")
    (desk / "own.toml").write_text('dates = "%d.%m.%Y"\n[columns]\nnpi = "Kennung"\nname = "Wo"\n', encoding="utf-8")
    result = run("import", "own.csv", "--mapping", "own.toml", "--map", 'name="Wer"', "--json")
    assert result.exit_code == 0, result.output
    assert answer(result)["not_taken_in"] == ["Wo"]
    assert "Zoe Quist" in run("show", "provider/npi-2000000028").stdout


@pytest.mark.parametrize(
    ("options", "code", "says"),
    [
        (("--map", "npi"), 2, "'npi' names no column; write FIELD=\"COLUMN\""),
        (("--map", "nip=NPI"), 1, "there is no field 'nip'; did you mean 'npi'?"),
        (("--map", "npi=NPPI"), 1, "there is no column 'NPPI'; did you mean 'NPI'?"),
        (("--map", "city=SSN"), 1, "the column 'SSN' is private, and is not taken in"),
        (("--dates", "%d"), 1, "does not tell a day"),
        (("--mapping", "none.toml"), 1, "none.toml: cannot be read"),
        (("--mapping", "june.csv"), 1, "june.csv: is no TOML"),
        (("--mapping", "wrong.toml"), 1, "wrong.toml: is no mapping"),
    ],
)
def test_a_wrong_mapping_is_refused(roster, run, options, code, says):
    """Nothing is taken in by a mapping that has a fault."""
    (roster.parent / "wrong.toml").write_text("[column]\nnpi = 'NPI'\n", encoding="utf-8")
    result = run("import", "june.csv", *options)
    assert result.exit_code == code
    assert says in " ".join(result.stderr.split())
    assert run("show", "provider/npi-2000000028").exit_code == 1


def test_a_script_reads_json(roster, run):
    """Ids, changes, faults and the place of the rejected rows; private cells nowhere."""
    result = run("import", "june.csv", "--open", "initial", "--json")
    read = answer(result)
    (taken,) = read["taken"]
    assert result.exit_code == 1
    assert (taken["line"], taken["provider"], taken["changes"]) == (2, "npi-2000000028", ["registered", "licence-CT"])
    assert taken["file"].startswith("f-")
    assert (read["rows"], read["same"], read["changed"], read["private"]) == (2, 0, [], ["SSN"])
    assert read["rejected"][0]["line"] == 3
    assert read["rejected"][0]["faults"][0] == {
        "column": "State",
        "shape": "AAAAAAA",
        "reason": "is not a state's code; write two letters, such as CT",
    }
    assert read["rejects"] == f"{roster.name}.rejected.csv"
    assert "3456" not in result.output


def test_an_excel_workbook_is_answered_in_plain_words(desk, run):
    """Whoever sends the workbook itself is told how to save it, in JSON too."""
    (desk / "june.xlsx").write_bytes(b"PK\x03\x04 and so on")
    result = run("import", "june.xlsx", "--json")
    assert result.exit_code == 1
    assert answer(result)["error"]["message"] == (
        "june.xlsx: is an Excel workbook, or another zip file; open it in Excel and save it as CSV UTF-8"
    )


def test_more_faults_than_a_screen_are_in_the_file(desk, run):
    """Twenty rows are printed, and how many more there are."""
    nines = [f"2{n:08d}" for n in range(30)]
    rows = [f"{nine}{npi_check_digit(nine)},Zoe Quist,ZZ\n" for nine in nines]
    (desk / "long.csv").write_text("NPI,Name,State\n" + "".join(rows), encoding="utf-8")
    result = run("import", "long.csv")
    assert result.stdout.count("is not a state's code") == 20
    assert result.stdout.endswith("10 more are not shown. To mend and take in: long.csv.rejected.csv\n")
    assert (desk / "long.csv.rejected.csv").read_text(encoding="utf-8").count("is not a state's code") == 30


def test_every_kind_of_fault_fits_into_eighty_columns(desk, run):
    """No line is longer, and no digit of the value in the form of a social security number is printed."""
    shutil.copy(FAULTS, desk / "faults.csv")
    result = run("import", "faults.csv")
    assert result.exit_code == 1
    assert max(map(len, result.stdout.splitlines())) <= 80
    assert "000-00" not in result.stdout + (desk / "faults.csv.rejected.csv").read_text(encoding="utf-8")


@pytest.mark.parametrize("name", ["000-00-0000.csv", "000 00 0000.csv", "000000000.csv"])
def test_a_name_that_looks_like_a_private_number_stands_on_no_record(desk, run, name):
    """The file's name is the reason on every event, unless it may not be."""
    (desk / name).write_text(HEAD + GOOD, encoding="utf-8")
    assert run("import", name).exit_code == 0
    history = run("show", "provider/npi-2000000028", "--json").stdout
    assert "roster, line 2" in history
    assert name not in history


def test_an_accent_survives_however_excel_saved_it(desk, run):
    """UTF-16 and Windows-1252 are said, and names arrive whole."""
    text = "NPI;Name\n2000000028;Ren\u00e9e Quist\n"
    for data, called in (
        (codecs.BOM_UTF16_LE + text.encode("utf-16-le"), "UTF-16"),
        (text.encode("cp1252"), "Windows"),
    ):
        (desk / "saved.csv").write_bytes(data)
        assert f"saved.csv: a roster, {called}" in run("import", "saved.csv").stdout
    assert "Ren\u00e9e Quist" in run("show", "provider/npi-2000000028").stdout


# --- whom a command means


@pytest.mark.parametrize(
    ("typed", "hint"),
    [
        ("2000000010", "did you mean provider/p-2 (Bo Ng)?"),
        ("bo ng", "did you mean provider/p-2 (Bo Ng)?"),
        ("NG", "did you mean provider/p-2 (Bo Ng)?"),
        ("provider/number 4", "did you mean provider/p-4 (Provider Number 4)?"),
        ("Ng Ortega", "'Ng Ortega' on this desk"),
    ],
)
@pytest.mark.usefixtures("desk")
def test_a_provider_is_found_by_npi_and_by_name(run, typed, hint):
    """Whoever has neither learned the ids nor a list of them is told which record it is."""
    result = run("show", typed)
    assert result.exit_code == 1
    assert hint in result.stderr


@pytest.mark.usefixtures("desk")
def test_several_providers_of_a_name_are_all_named(run):
    """The first five of them, and how many more there are."""
    assert run("show", "provider number").stderr.endswith(
        "did you mean one of provider/p-4 (Provider Number 4), provider/p-5 (Provider Number 5), "
        "provider/p-6 (Provider Number 6), provider/p-7 (Provider Number 7), provider/p-8 (Provider Number 8), "
        "or 1 more?\n"
    )


def test_a_merged_provider_is_found_too(desk, run):
    """Whoever undoes a merge names the record that is closed, which no worklist has any more."""
    (desk / "z.csv").write_text("NPI,Name\n2000000028,Zoe Quist\n", encoding="utf-8")
    run("import", "z.csv")
    run("merge", "2000000028", "p-2", "--why", "one person")
    assert "did you mean provider/npi-2000000028 (Zoe Quist)?" in run("show", "zoe").stderr
    assert run("unmerge", "2000000028", "--why", "two persons").exit_code == 0


# --- merging


def test_a_duplicate_is_merged_and_taken_apart_again(desk, run):
    """What was brought is counted, a second time says so, and the way back is printed."""
    assert "has open files: f-" in run("merge", "p-3", "p-2", "--why", "one person").stderr
    shutil.copy(FAULTS, desk / "faults.csv")
    run("import", "faults.csv")
    merged = run("merge", "2000005019", "2000000010", "--why", "one person").stdout
    assert merged == (
        "npi-2000005019 is merged into p-2: 2 facts recorded there. To undo it:\n"
        "  credcore unmerge npi-2000005019 --why 'merged by mistake'\n"
    )
    assert run("merge", "npi-2000005019", "provider/p-2", "--why", "again").stdout == (
        "npi-2000005019 is merged into p-2 already.\n"
    )
    assert "Merged into    p-2" in run("show", "provider/npi-2000005019").stdout
    assert "Goes on now for npi-2000005019, merged into it." in run("show", "provider/p-2").stdout
    undone = run("unmerge", "npi-2000005019", "--why", "two persons")
    assert undone.stdout == "npi-2000005019 stands alone again; 2 facts taken out of the other record.\n"
    again = run("unmerge", "provider/npi-2000005019", "--why", "two persons")
    assert again.stderr == "credcore: provider/npi-2000005019 is not merged into another record\n"


def test_the_way_back_works_as_it_is_printed(desk, run):
    """Pasted, it undoes the merge: on the same desk, with a reason, in one line."""
    (desk / "z.csv").write_text("ID,Name\nz-1,Zoe Quist\n", encoding="utf-8")
    (desk / "another folder").mkdir()
    place = "another folder/desk.db"
    shutil.copy(desk / "desk.db", desk / place)
    run("import", "z.csv", "--desk", place)
    *_, line = run("merge", "z-1", "p-2", "--why", "one person", "--desk", place).stdout.splitlines()
    assert run(*shlex.split(line)[1:]).stdout == "z-1 stands alone again; 0 facts taken out of the other record.\n"


@pytest.mark.parametrize(
    ("call", "says"),
    [
        (("p-3", "bo"), "provider 'bo' on this desk; did you mean provider/p-2 (Bo Ng)?"),
        (("2000000044", "p-2"), "provider '2000000044'"),
        (("p-3", "p-3"), "credcore: a record is merged into another one; give its id\n"),
    ],
)
@pytest.mark.usefixtures("desk")
def test_a_merge_of_whom_nobody_knows_names_the_nearest(run, call, says):
    """A name is only a hint: two providers may have it; a number that nobody has is refused."""
    result = run("merge", *call, "--why", "one person")
    assert result.exit_code == 1
    assert says in result.stderr


def test_a_renewal_that_stays_is_named(desk, run):
    """Whose it is only a person can tell, so the answer says which credential to look at."""
    head = "ID,Name,License Number,License State,License Expires\n"
    for day in ("2027-06-30", "2029-06-30"):
        (desk / "z.csv").write_text(f"{head}z-1,Zoe Quist,0042,CT,{day}\n", encoding="utf-8")
        assert run("import", "z.csv").exit_code == 0
        run("merge", "z-1", "p-2", "--why", "one person")
    assert " ".join(run("unmerge", "z-1", "--why", "two persons").stdout.split()) == (
        "z-1 stands alone again; 0 facts taken out of the other record. Renewed there since, and kept: licence-CT. "
        "Whose they are only you can tell: take out there what is z-1's."
    )


HOW_TO = pathlib.Path(__file__).parents[2] / "docs" / "how-to" / "take-in-a-roster.md"
BLOCK = re.compile(r"^```(python|console)\n(.*?)^```", re.MULTILINE | re.DOTALL)


def test_the_how_to_shows_what_the_commands_print(empty, run):
    """Every command of the page is run in order, in one folder, on the files that the page writes."""
    assert empty.exists()
    checker, names, ran = doctest.OutputChecker(), {}, []
    for language, block in BLOCK.findall(HOW_TO.read_text(encoding="utf-8")):
        if language == "python" and ">>>" not in block:
            exec(block, names)  # noqa: S102 - our own page
        for part in re.split(r"^\$ ", block, flags=re.MULTILINE)[1:] if language == "console" else ():
            line, _, printed = part.partition("\n")
            result = run(*shlex.split(line)[1:])
            assert checker.check_output(printed, result.output, doctest.ELLIPSIS), (line, result.output)
            ran.append(shlex.split(line)[1])
    assert set(ran) >= {"init", "import", "show", "merge", "unmerge"}


def test_a_merge_wants_a_reason(desk, run):
    """Whoever joins two records says how they know."""
    assert desk.exists()
    assert run("merge", "p-3", "p-2").exit_code == 2
    assert run("unmerge", "p-3").exit_code == 2
