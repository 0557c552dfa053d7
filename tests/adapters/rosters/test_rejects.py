"""The file of rejected rows: who may read it, what a spreadsheet makes of it, and that it can be taken in again."""

import csv
import io
import os
import stat

import pytest

from credcore.adapters.rosters import open_roster, write_rejects
from credcore.adapters.rosters.rejects import _write
from credcore.errors import Unavailable
from desks import desk

HEAD = "NPI;Name;City;=1+1"


def rejected(folder, *rows, head=HEAD):
    """Return a roster in a file, and its rejected rows."""
    path = folder / "june.csv"
    path.write_text("\n".join((head, *rows)), encoding="utf-8")
    roster = open_roster(path)
    return roster, desk().take_in(roster.rows()).rejected


def written(folder, *rows, **more):
    """Return the file of rejected rows of a roster."""
    roster, rows = rejected(folder, *rows, **more)
    place = folder / "mend.csv"
    write_rejects(roster, rows, place)
    return place


def cells(place, delimiter=";"):
    """Return the cells of a file as a spreadsheet cuts them."""
    return list(csv.reader(io.StringIO(place.read_bytes().decode("utf-8-sig"), newline=""), delimiter=delimiter))


@pytest.mark.skipif(os.name == "nt", reason="there, the folder says who may read")
@pytest.mark.parametrize("mask", [0o000, 0o022, 0o077])
def test_nobody_else_may_read_it(tmp_path, mask):
    """A roster is mostly kept so; its rejected rows are never read by more people than it, whatever the mask."""
    before = os.umask(mask)
    try:
        place = written(tmp_path, "1;Ada Ames;Groton;x")
    finally:
        os.umask(before)
    assert stat.S_IMODE(place.stat().st_mode) == 0o600


def test_no_link_is_followed(tmp_path):
    """Neither one that lies where the file is to be, nor one under the name of a half-written one."""
    roster, rows = rejected(tmp_path, "1;Ada Ames;Groton;x")
    precious = tmp_path / "precious"
    precious.write_text("precious", encoding="utf-8")
    place, dangling = tmp_path / "mend.csv", tmp_path / "mend-too.csv"
    (tmp_path / "mend.csv.part").symlink_to(precious)
    dangling.symlink_to(tmp_path / "elsewhere")
    write_rejects(roster, rows, place)
    write_rejects(roster, rows, dangling)
    assert precious.read_text(encoding="utf-8") == "precious"
    assert not (tmp_path / "elsewhere").exists()
    assert [one.is_symlink() for one in (place, dangling)] == [False, False]


def test_what_cannot_be_written_leaves_nothing_behind(tmp_path):
    """A file that is cut short would be mended and taken in as if it were whole."""
    roster, rows = rejected(tmp_path, "1;Ada Ames;Groton;x")
    with pytest.raises(Unavailable, match="cannot write the rejected rows"):
        write_rejects(roster, rows, tmp_path / "nowhere" / "mend.csv")
    (tmp_path / "folder").mkdir()
    with pytest.raises(OSError, match="folder"):
        _write(tmp_path / "folder", "whole")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["folder", "june.csv"]


def test_a_heading_that_is_a_formula_is_harmless(tmp_path):
    """Headings come from outside as cells do."""
    head, row = cells(written(tmp_path, "1;Ada Ames;Groton;x"))
    assert head[2:] == ["NPI", "Name", "City", "'=1+1"]
    assert row[2:] == ["1", "Ada Ames", "Groton", "x"]


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_every_cell_stands_in_quotation_marks(tmp_path, delimiter):
    """A spreadsheet that minds them cuts no cell, whatever sign it takes for the delimiter."""
    place = written(
        tmp_path,
        delimiter.join(("1", "Ada Ames", "Rome", '"a,b;c\td"')),
        head=HEAD.replace(";", delimiter),
    )
    first, *rest = place.read_bytes().decode("utf-8-sig").splitlines()
    assert first == delimiter.join(('"Rejected line"', '"Rejected because"', '"NPI"', '"Name"', '"City"', '"\'=1+1"'))
    assert rest[0].startswith(f'"2"{delimiter}"NPI (9) is not an NPI')
    assert rest[0].endswith('"a,b;c\td"')


@pytest.mark.parametrize("sign", [",", ";", "\t"])
def test_no_formula_runs_in_a_spreadsheet_that_takes_another_delimiter(tmp_path, sign):
    """Behind its first cell it minds no quotation marks: a piece that would run has an apostrophe before it."""
    place = written(tmp_path, f'"1";"Ada Ames";"Rome{sign}=1+1{sign} @x{sign}""=2""";"x"')
    assert cells(place)[1][4] == f"Rome{sign}'=1+1{sign} '@x{sign}'\"=2\""
    roster = open_roster(place)
    (again,) = desk().take_in(roster.rows()).rejected
    assert "behind a separator" in "; ".join(map(str, again.faults))


@pytest.mark.parametrize("number", ["000-00-0000", "000\u201300\u20130000", "000 00 0000", "000.00.0000"])
def test_a_private_number_is_withheld_wherever_it_stands(tmp_path, number):
    """Also in a column that is not taken in; the answer shows nothing of it either."""
    roster, rows = rejected(tmp_path, f"1;Ada {number};{number};{number}")
    write_rejects(roster, rows, tmp_path / "mend.csv")
    assert cells(tmp_path / "mend.csv")[1][3:] == ["(withheld)"] * 3
    assert {fault.shape for fault in rows[0].faults} == {"9", "withheld"}


@pytest.mark.parametrize("quote", ['"', ""])
def test_a_file_that_a_spreadsheet_saved_is_known_again(tmp_path, quote):
    """With quotation marks or without, it is rejected rows: put aside, never refused as something else."""
    roster, rows = rejected(tmp_path, "1;Ada Ames;Groton;x")
    place = tmp_path / "mend.csv"
    saved = f"\ufeff{quote}Rejected line{quote};mended by hand\n"
    place.write_text(saved, encoding="utf-8")
    aside = write_rejects(roster, rows, place)
    assert aside == tmp_path / "mend.csv.old"
    assert aside.read_text(encoding="utf-8") == saved
