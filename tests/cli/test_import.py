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


def test_a_folder_that_cannot_be_written_is_said(roster, run):
    """The rows are in by then; what could not be written is the error."""
    result = run("import", "june.csv", "--rejects", "nowhere/rejects.csv")
    assert result.exit_code == 1
    assert result.stderr == (
        "credcore: nowhere/rejects.csv: cannot write the rejected rows: No such file or directory\n"
    )
    assert run("show", "provider/npi-2000000028").exit_code == 0
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


def test_a_name_that_looks_like_a_private_number_stands_on_no_record(desk, run):
    """The file's name is the reason on every event, unless it may not be."""
    (desk / "000-00-0000.csv").write_text(HEAD + GOOD, encoding="utf-8")
    assert run("import", "000-00-0000.csv").exit_code == 0
    history = run("show", "provider/npi-2000000028", "--json").stdout
    assert "roster, line 2" in history
    assert "000-00" not in history


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


# --- merging


def test_a_duplicate_is_merged_and_taken_apart_again(desk, run):
    """What was brought is counted, a second time says so, and the way back is printed."""
    assert "has open files: f-" in run("merge", "p-3", "p-2", "--why", "one person").stderr
    shutil.copy(FAULTS, desk / "faults.csv")
    run("import", "faults.csv")
    assert run("merge", "provider/npi-2000005019", "p-2", "--why", "one person").stdout == (
        "npi-2000005019 is merged into p-2: 2 facts recorded there. To undo it: credcore\nunmerge npi-2000005019\n"
    )
    assert run("merge", "npi-2000005019", "p-2", "--why", "again").stdout == (
        "npi-2000005019 is merged into p-2 already.\n"
    )
    assert "Merged into    p-2" in run("show", "provider/npi-2000005019").stdout
    assert "Goes on now for npi-2000005019, merged into it." in run("show", "provider/p-2").stdout
    undone = run("unmerge", "npi-2000005019", "--why", "two persons")
    assert undone.stdout == "npi-2000005019 stands alone again; 2 facts taken out of the other record.\n"
    assert run("unmerge", "npi-2000005019", "--why", "two persons").exit_code == 1


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
