"""Rosters from files: encodings, separators, headings, and what is wrong in a row, said without the value."""

import codecs
import csv
import datetime as dt
import io
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from credcore.adapters.rosters import open_roster
from credcore.adapters.rosters.columns import fields_for, layout_of
from credcore.adapters.rosters.days import check_format, day_or_fault
from credcore.adapters.rosters.text import Form, records
from credcore.coordinator import NewCredential
from credcore.coordinator.vetting import harmless, holds_ssn, is_formula, shape, text_fault
from credcore.errors import InvalidInput

HEAD = "NPI,Name,City"
ADA = "2000000002,Ada Ames,Groton"
BODIES = ("joint-commission", "ncqa")


def roster(folder, text, encoding="utf-8", **more):
    """Return a roster in a file of some text."""
    path = folder / "roster.csv"
    path.write_bytes(text if isinstance(text, bytes) else text.encode(encoding))
    return open_roster(path, **more)


def only(folder, text, **more):
    """Return the one row of a roster."""
    (row,) = roster(folder, text, **more).rows()
    return row


def said(row):
    """Return what is wrong in a row."""
    return [str(fault) for fault in row.faults]


# --- how it is written


@pytest.mark.parametrize(
    ("encoding", "mark", "called"),
    [
        ("utf-8", b"", "UTF-8"),
        ("utf-8", codecs.BOM_UTF8, "UTF-8 with a mark"),
        ("utf-16-le", codecs.BOM_UTF16_LE, "UTF-16"),
        ("utf-16-be", codecs.BOM_UTF16_BE, "UTF-16"),
        ("cp1252", b"", "Windows-1252"),
    ],
)
def test_the_encoding_is_told_by_the_bytes(tmp_path, encoding, mark, called):
    """A name with an accent arrives however Excel saved it, and the roster says how it was read."""
    found = roster(
        tmp_path,
        mark + f"{HEAD}\n2000000002,Ren\u00e9e \u0160ar\u010d,Groton\n".replace("\u010d", "c").encode(encoding),
    )
    assert found.form.encoding == called
    assert [row.provider.name for row in found.rows()] == ["Ren\u00e9e \u0160arc"]


def test_an_accent_far_down_makes_it_windows(tmp_path):
    """The whole file decides, not its beginning."""
    body = "".join(f"{HEAD}\n{ADA}\n\n" * 2000)
    assert roster(tmp_path, body.encode() + "2000000010,Ren\u00e9e,Groton\n".encode("cp1252")).form.codec == "cp1252"


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_the_delimiter_is_told_by_the_headings(tmp_path, delimiter):
    """Commas, semicolons and tabs; a separator within quotation marks separates nothing."""
    text = f'NPI{delimiter}"Name, with; all\tof them"{delimiter}City\n' + ADA.replace(",", delimiter)
    named = {"name": "Name, with; all of them"}
    assert only(tmp_path, text, columns=named).provider.city == "Groton"


def test_excel_may_say_the_delimiter_itself(tmp_path):
    """The line `sep=;` is not the headings, and counts as a line."""
    row = only(tmp_path, f"sep=;\n{HEAD}\n{ADA}\n".replace(",", ";"))
    assert (row.line, row.provider.city) == (3, "Groton")


@pytest.mark.parametrize(
    ("data", "says"),
    [
        (b"PK\x03\x04rest", "is an Excel workbook, or another zip file; open it in Excel and save it as CSV UTF-8"),
        (b"\xd0\xcf\x11\xe0rest", "workbook of an old Excel; open it and save it as CSV UTF-8"),
        (b"%PDF-1.7", "is a PDF"),
        ("NPI,Name\n".encode("utf-16-le"), "is no text that can be read here; save it as CSV UTF-8"),
        (b"", "is empty; there is not even a line of headings"),
        (b"\n \n", "is empty; there is not even a line of headings"),
        (b"2000000002,Ada Ames,Groton\n", "the first line looks like data; put a line of headings above it"),
        (b"NPI,Town\n", r"no column is recognised as the name \(name, or last_name and first_name\)"),
        (b"Name\n", r"no column is recognised as the NPI \(npi\) or an id \(id\); name it, such as --map npi="),
        (b"NPI,Name,npi\n", r"two columns say npi: 'NPI' \(column 1\) and 'npi' \(column 3\); rename one"),
        (b"NPI,NPI #,Name\n", "two columns say npi"),
        (b'NPI,"Name\n', "the line of headings has a quotation mark that is not closed"),
        (b"NPI,Provider Organization Name (Legal Business Name)\n", "lists organisations; the desk takes in pract"),
    ],
)
def test_what_is_no_roster_is_refused_in_plain_words(tmp_path, data, says):
    """Whatever was sent, the answer says what it is and what to send."""
    with pytest.raises(InvalidInput, match=says):
        roster(tmp_path, data)


def test_a_file_that_is_not_there(tmp_path):
    """It is named, with what the system says."""
    with pytest.raises(InvalidInput, match=r"nothing\.csv: cannot be read: No such file"):
        open_roster(tmp_path / "nothing.csv")


def test_headings_alone_are_a_roster_without_rows(tmp_path):
    """Nobody is listed, and that is no fault."""
    assert list(roster(tmp_path, f"{HEAD}\n").rows()) == []


def test_line_numbers_are_those_of_an_editor(tmp_path):
    """Blank lines, rows of separators, and line breaks within quotation marks are counted."""
    text = f'{HEAD}\n\n2000000002,"Ada\n\nAmes",Groton\n,,\n2000000010,Bo Ng,"Gro""ton"\n'
    rows = list(roster(tmp_path, text).rows())
    assert [(row.line, row.provider.name, row.provider.city) for row in rows] == [
        (3, "Ada Ames", "Groton"),
        (7, "Bo Ng", 'Gro"ton'),
    ]


def test_a_quotation_mark_that_is_never_closed_costs_one_row(tmp_path):
    """What follows is read; that row says what is missing."""
    bo = "2000000010,Bo Ng,Mystic"
    rows = list(roster(tmp_path, f'{HEAD}\n2000000028,"Cy Orr,Groton\n{ADA}\n{bo}\n').rows())
    assert said(rows[0]) == ["has a quotation mark that is not closed; close it, or take it out"]
    assert [row.provider.npi for row in rows[1:]] == ["2000000002", "2000000010"]


def test_a_quotation_mark_inside_of_a_cell_costs_one_row(tmp_path):
    """Cells cannot be told apart there; the next row can."""
    rows = list(roster(tmp_path, f'{HEAD}\n2000000028,"Cy" Orr,Groton\n{ADA}\n').rows())
    assert said(rows[0]) == ["has a quotation mark inside of a cell; write it twice, or take it out"]
    assert rows[1].faults == ()


def test_a_cell_without_end_costs_one_row(tmp_path):
    """A cell longer than any word is refused, not read into memory for ever."""
    (row, good) = roster(tmp_path, f"{HEAD}\n2000000028,{'x' * 140_000},Groton\n{ADA}\n").rows()
    assert said(row) == ["has a cell that is far too long"]
    assert good.faults == ()


CELLS = st.text(st.sampled_from('ab ",;\n\r\t'), max_size=6)


@given(st.lists(st.lists(CELLS, min_size=2, max_size=4), min_size=1, max_size=6), st.sampled_from(",;\t"))
def test_what_is_written_is_read(tmp_path_factory, rows, delimiter):
    """Whatever cells are written as CSV come back, blank lines left out, and no line is read twice."""
    made = io.StringIO(newline="")
    csv.writer(made, delimiter=delimiter).writerows(rows)
    path = tmp_path_factory.mktemp("csv") / "any.csv"
    path.write_text(made.getvalue(), encoding="utf-8", newline="")
    found = list(records(path, Form("utf-8", "UTF-8", delimiter)))
    blank = [not "".join(row).strip(" ") and delimiter == "\t" for row in rows]
    assert [one.cells for one in found] == [row for row, is_blank in zip(rows, blank, strict=True) if not is_blank]
    assert [one.line for one in found] == sorted({one.line for one in found})


# --- which column holds what


@pytest.mark.parametrize(
    ("heading", "field"),
    [
        ("NPI #", "npi"),
        ("npi_number", "npi"),
        ("Provider NPI", "npi"),
        ("LAST NAME", "last_name"),
        ("lastName", "last_name"),
        ("First", "first_name"),
        ("License Number", "licence_1_number"),
        ("State License #", "licence_1_number"),
        ("Lic. No.", "licence_1_number"),
        ("License 2 Number", "licence_2_number"),
        ("license_state_3", "licence_3_state"),
        ("License Exp. Date", "licence_1_expires_on"),
        ("Licence Expiration Date 2", "licence_2_expires_on"),
        ("License Issue Date", "licence_1_issued_on"),
        ("DEA", "dea_number"),
        ("DEA Expiration", "dea_expires_on"),
        ("Board Certification Expires", "board_expires_on"),
        ("Malpractice Policy #", "malpractice_number"),
        ("COI Expiration Date", "malpractice_expires_on"),
        ("Last Decision NCQA", "decided_on.ncqa"),
        ("Last NCQA Decision", "decided_on.ncqa"),
        ("Joint Commission Last Decision", "decided_on.joint-commission"),
        ("Last Credentialed", "decided_on"),
        ("Taxonomy Code", "taxonomy_1"),
        ("Practice City", "city"),
        ("Fax", None),
        ("License Type", None),
        ("Last Decision AAAHC", None),
    ],
)
def test_the_usual_headings_are_recognised(heading, field):
    """Case, spaces, signs and the usual other words do not matter; what is unknown is not guessed."""
    layout = layout_of(["any id", heading, "any name"], {"id": "any id", "name": "any name"}, BODIES, "x.csv")
    assert {place: name for name, place in layout.places.items()}.get(1) == (
        field if field not in ("id", "name") else None
    )
    assert (heading in layout.ignored) is (field is None)


@pytest.mark.parametrize(
    "heading",
    [
        *("SSN", "ssn_last_4", "Provider SSN", "ProviderSSN", "Social Security #", "Soc. Sec. No.", "SS#", "S.S.N."),
        *("Social", "Social #", "Provider Social", "SSAN", "SIN", "TIN", "Provider TIN", "Tax ID", "Taxpayer No."),
        *("ITIN", "DOB", "D.O.B.", "Date of Birth", "Birthdate", "birth_year", "Born", "ProviderDOB", "providerdob"),
        *("Bday", "B-Day", "Date of B.", "D of B", "DoB", "DoB (mm/dd/yyyy)", "Provider DoB", "YOB", "DOBMonth"),
        *("D.O.B. (mm/dd/yyyy)", "D O B", "Geb.-Datum", "Geburtsdatum", "Geb.", "Date de naissance", "Fecha de nac."),
        *("Social (last 4)", "Last 4 of Social", "S.S.N. no dashes", "SSNLast4", "SoSec", "Tax No.", "EIN", "T.I.N."),
    ],
)
def test_private_columns_are_dropped(tmp_path, heading):
    """Nothing of such a column is read or kept, and the roster says which it was."""
    found = roster(tmp_path, f"NPI,{heading},Name,City\n2000000002,000-12-3456,Ada Ames,Groton\n")
    (row,) = found.rows()
    assert found.layout.dropped == (heading,)
    assert row.faults == ()
    assert row.cells == ("2000000002", "Ada Ames", "Groton")
    assert "3456" not in repr(row)


@pytest.mark.parametrize(
    "heading",
    [
        *("Business Name", "Address Number", "Pass Number", "Class Name", "Adobe Sign", "Social Work License #"),
        *("Date of Board Certification", "Listing", "Since", "Record of Class B", "Adobe", "AdobeID", "Social Worker"),
        *(
            "Social Services",
            "Taxonomy Code",
            "Taxonomy No.",
            "Syntax Note",
            "Einrichtung",
            "Grade or Basis",
            "Doberan",
        ),
    ],
)
def test_other_columns_are_not_private(heading):
    """The letters of a private word within another word are no reason to drop a column."""
    assert layout_of(["NPI", "Name", heading], {}, (), "x.csv").dropped == ()


def test_columns_can_be_named(tmp_path):
    """A mapping goes before what would be recognised; the column that it takes is not read twice."""
    text = "NPI,Name,Kennung,Stadt\n2000000002,Ada Ames,a-1,Groton\n"
    named = {"id": "KENNUNG", "city": "Name", "name": "Stadt"}
    row = only(tmp_path, text, columns=named)
    assert (row.provider.id, row.provider.name, row.provider.city) == ("a-1", "Groton", "Ada Ames")


@pytest.mark.parametrize(
    ("named", "says"),
    [
        ({"nip": "NPI"}, "there is no field 'nip'; did you mean 'npi'"),
        ({"npi": "NPPI"}, "there is no column 'NPPI'; did you mean 'NPI'"),
        ({"city": "SSN"}, "the column 'SSN' is private, and is not taken in"),
        ({"city": "Name", "name": "Name"}, "the column 'Name' is to be both city and name"),
        ({"city": "Fax"}, "2 columns are called 'Fax'; rename all but one"),
        ({"nip": "NPI", "npi": "NPPI"}, "'nip'.*; there is no column 'NPPI'"),
        ({"decided_on.tjc": "Fax"}, "there is no field 'decided_on.tjc'"),
    ],
)
def test_a_mapping_that_cannot_be_is_refused_with_the_nearest(tmp_path, named, says):
    """All that is wrong with a mapping is said at once."""
    with pytest.raises(InvalidInput, match=says):
        roster(tmp_path, "NPI,Name,SSN,Fax,Fax\n", columns=named, bodies=BODIES)


def test_every_field_can_be_named():
    """The fields are different, and each takes a column."""
    fields = fields_for(BODIES)
    assert len(set(fields)) == len(fields)
    headings = [f"Column {chr(65 + n // 26)}{chr(65 + n % 26)}" for n in range(len(fields))]
    layout = layout_of(headings, dict(zip(fields, headings, strict=True)), BODIES, "x.csv")
    assert sorted(layout.places) == sorted(fields)


# --- what a row says


def test_a_plain_roster_has_what_an_office_keeps(tmp_path):
    """Licences with their terms, DEA, certificate, cover and the day of the last decision arrive."""
    text = (
        "NPI,Last Name,First Name,Suffix,Specialty,Taxonomy,State,License Number,License State,License Issued,"
        "License Expires,License 2 Number,License 2 State,DEA Number,DEA Expires,Board Certificate Number,"
        "Malpractice Policy Number,COI Expires,Last Decision NCQA\n"
        "2000000002,Ames,Ada,Jr.,Cardiology,207RC0000X,Connecticut,0042,ct,5/1/2024,2026-04-30,77,MA,ap5836727,"
        "2027-05-31,B-7,P-9,2026-12-31,6/10/2023\n"
    )
    row = only(tmp_path, text, bodies=BODIES)
    assert said(row) == []
    new = row.provider
    assert (new.name, new.specialty, new.taxonomy, new.state) == ("Ada Ames Jr.", "Cardiology", "207RC0000X", "CT")
    assert new.cycles == (("ncqa", dt.date(2023, 6, 10)),)
    assert [(one.credential, one.number) for one in new.credentials] == [
        ("licence-CT", "0042"),
        ("licence-MA", "77"),
        ("dea", "AP5836727"),
        ("board-certificate", "B-7"),
        ("malpractice-cover", "P-9"),
    ]
    assert new.credentials[0] == NewCredential(
        credential="licence-CT",
        kind="licence",
        number="0042",
        state="CT",
        issued_on=dt.date(2024, 5, 1),
        expires_on=dt.date(2026, 4, 30),
    )


def test_one_day_may_be_every_bodys(tmp_path):
    """A column for all bodies gives way to one for a body."""
    text = "NPI,Name,Last Decision,Last Decision NCQA\n2000000002,Ada Ames,6/1/2023,7/1/2023\n"
    assert only(tmp_path, text, bodies=BODIES).provider.cycles == (
        ("joint-commission", dt.date(2023, 6, 1)),
        ("ncqa", dt.date(2023, 7, 1)),
    )


def test_all_faults_of_a_row_are_told_at_once(tmp_path):
    """In the order of the columns, each with the shape of its value."""
    text = "NPI,Name,State,License Number,License Expires\n2000,,ZZ,=1+1,tomorrow\n"
    assert said(only(tmp_path, text)) == [
        "NPI (9999) is not an NPI: ten digits, the first a one or a two",
        "Name is empty; give the provider's name",
        "State (AA) is not a state's code; write two letters, such as CT",
        "License Number (=9+9) begins like a formula; a spreadsheet would run it, so write plain text",
        "License Expires (AAAAAAAA) is not a day; write year-month-day or month/day/year",
    ]


@pytest.mark.parametrize(
    ("column", "value", "says"),
    [
        ("Name", "+Ada", "begins like a formula"),
        ("Name", "@Ada", "begins like a formula"),
        ("Name", "\tAda", "begins like a formula"),
        ("Name", "'=Ada", "begins like a formula"),
        ("Name", "-Ada", "begins like a formula"),
        ("City", "-", "stands for nothing"),
        ("City", "N/A", "stands for nothing"),
        ("DEA", "none", "stands for nothing"),
        ("DEA", "AB1234569", "is not a DEA number: its check digit is wrong"),
        ("DEA", "12345", "is not a DEA number: two letters and seven digits"),
        ("Taxonomy", "cardiology", "is not a taxonomy code: ten characters"),
        ("ID", "a b", "is not an id: letters, digits"),
        ("ID", "000000000", "could be a social security number; give the provider another id"),
        ("ID", "a" * 65, "is too long; the file may have slipped by a column"),
        ("Name", "123", "has no letter; give the provider's name"),
        ("NPI", "2,00E+09", "was shortened by a spreadsheet; format the column as text"),
        ("NPI", "2.00E+09", "was shortened by a spreadsheet"),
        ("NPI", "2000000001", "its check digit is wrong"),
        ("Name", "Ada\x00Ames", "has a control character"),
        ("Name", "Ada\u202eAmes", "has a control character"),
        ("Name", "(withheld)", "was withheld when the row was rejected"),
        ("Entity Type", "2", "is an organisation; the desk takes in practitioners"),
        ("Entity Type", "3", "is neither a practitioner nor an organisation"),
    ],
)
def test_a_value_that_cannot_be_taken_in(tmp_path, column, value, says):
    """Each has its reason, and no message repeats the value."""
    cells = {
        "NPI": "2000000002",
        "ID": "",
        "Name": "Ada Ames",
        "City": "",
        "DEA": "",
        "Taxonomy": "",
        "Entity Type": "",
    }
    made = io.StringIO()
    csv.writer(made).writerows([cells, (cells | {column: value}).values()])
    (fault,) = only(tmp_path, made.getvalue()).faults
    assert fault.column == column
    assert says in fault.reason
    assert not any(run in str(fault) for run in re.findall("[0-9]{4,}", value))


def test_a_credential_that_ended_long_ago_is_a_slip(tmp_path):
    """Nobody sends a licence that ended before 1980; the day on which it was issued may lie further back."""
    text = DAYS.format("1/1/1960", "6/30/1927", "1/1/1960", "6/30/1980")
    first, second = roster(tmp_path, text).rows()
    assert said(first)[0].startswith("License Expires (9/99/9999) ")
    assert said(second) == []
    text = DAYS.format("", "6/30/1979", "", "6/30/1980")
    assert [said(row) for row in roster(tmp_path, text).rows()] == [
        ["License Expires (9/99/9999) lies before 1980; no credential that ended then is told of, so see the year"],
        [],
    ]


@pytest.mark.parametrize("title", ["Medical Staff Office", "Roster of June 2026,,", "A title,,\n\nFor the desk"])
@pytest.mark.parametrize("delimiter", [",", ";"])
def test_a_title_above_the_headings_is_to_be_deleted(tmp_path, title, delimiter):
    """The line in which the headings stand is said; a file without any is answered as before."""
    text = f"{title}\n{HEAD}\n{ADA}\n".replace(",", delimiter)
    line = title.count("\n") + 2
    with pytest.raises(InvalidInput, match=rf"roster\.csv: the headings stand in line {line}; delete the lines above"):
        roster(tmp_path, text)


def test_a_byte_that_is_no_character_is_a_fault_of_its_row(tmp_path):
    """Windows-1252 leaves five bytes without a character."""
    (bad, good) = roster(tmp_path, f"{HEAD}\n".encode() + b"2000000010,Ren\x81e,Groton\n" + ADA.encode()).rows()
    assert said(bad) == ["Name (AAA\ufffdA) has a character that could not be read; save the file as CSV UTF-8"]
    assert good.faults == ()


def test_a_deactivated_npi_may_be_active_again(tmp_path):
    """Reactivated since, the provider is taken in; reactivated before, not."""
    text = "NPI,Name,NPI Deactivation Date,NPI Reactivation Date\n2000000002,Ada Ames,{},{}\n"
    assert said(only(tmp_path, text.format("1/2/2020", "1/3/2020"))) == []
    for back in ("", "1/1/2020"):
        (reason,) = said(only(tmp_path, text.format("1/2/2020", back)))
        assert reason.endswith("is when the NPI was deactivated; it was not reactivated since")


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("2026-03-02", dt.date(2026, 3, 2)),
        ("3/2/2026", dt.date(2026, 3, 2)),
        ("03/02/2026", dt.date(2026, 3, 2)),
        ("2026-03-02 00:00:00", dt.date(2026, 3, 2)),
        ("9999-12-31", dt.date(9999, 12, 31)),
        ("2026-03-02 10:00", "is not a day; write year-month-day or month/day/year"),
        ("02/29/2026", "is not a day of the calendar"),
        ("13/13/2026", "is not a day of the calendar"),
        ("2/3/26", "has a year of two digits; write all four"),
        ("46083", "is a bare number, as a spreadsheet keeps days; format the column as dates and save the file again"),
        ("00/00/0000", "stands for no day; leave the cell empty where there is none"),
        ("TBD", "stands for no day; leave the cell empty where there is none"),
        ("1899-12-31", "lies too far back to be right"),
        ("2026-3-2x", "is not a day; write year-month-day or month/day/year"),
    ],
)
def test_days_are_never_guessed(text, found):
    """Two forms are read, and what is not one of them says what would be."""
    assert day_or_fault(text) == found


def test_the_day_first_is_refused_with_what_would_be_right():
    """13/04 is no month; where the day comes first, that can be said."""
    assert day_or_fault("13/04/2026") == (
        "has no such month: write month/day/year or year-month-day; "
        "where the day comes first, say so with --dates %d/%m/%Y"
    )
    assert day_or_fault("13/04/2026", "%d/%m/%Y") == dt.date(2026, 4, 13)
    assert day_or_fault("2026-04-13", "%d/%m/%Y") == "is not a day written as %d/%m/%Y, which --dates says"


DAYS = "NPI,Name,License Number,License Issued,License Expires\n2000000002,Ada Ames,1,{},{}\n2000000010,Bo Ng,2,{},{}\n"


def test_one_day_that_comes_first_makes_its_column_doubtful(tmp_path):
    """What could be two days is refused before and behind it, in that column alone; what can be one day is read."""
    days = ("3/12/2020", "3/12/2027", "4/12/2020", "31/12/2027")
    first, second = roster(tmp_path, DAYS.format(*days)).rows()
    (reason,) = said(first)
    assert reason == (
        "License Expires (9/99/9999) could be two days: in line 3 the day of this column comes first, and here it is "
        "not said; take the file in with --dates %d/%m/%Y, or mend line 3 first"
    )
    assert first.provider.credentials[0].issued_on == dt.date(2020, 3, 12)
    assert [reason.split(" ", 3)[2] for reason in said(second)] == ["(99/99/9999)"]
    days = ("1/5/2020", "3/3/2027", "4/12/2020", "31/12/2027 00:00")
    assert said(next(roster(tmp_path, DAYS.format(*days)).rows())) == []


def test_a_format_that_is_said_leaves_no_doubt(tmp_path):
    """With --dates every row of the column is read by it."""
    days = ("3/12/2020", "3/12/2027", "4/12/2020", "31/12/2027")
    rows = list(roster(tmp_path, DAYS.format(*days), dates="%d/%m/%Y").rows())
    assert [row.provider.credentials[0].expires_on for row in rows] == [dt.date(2027, 12, 3), dt.date(2027, 12, 31)]


@given(st.dates(dt.date(1990, 1, 1), dt.date(2090, 1, 1)), st.dates(dt.date(1990, 1, 1), dt.date(2090, 1, 1)))
def test_no_day_is_read_otherwise_than_it_was_written(tmp_path_factory, one, other):
    """With the day first a row is read as it was meant or refused, once any row shows how it is meant."""
    written = [f"{day.day}/{day.month}/{day.year}" for day in (one, other)]
    text = DAYS.format("", written[0], "", written[1])
    rows = list(roster(tmp_path_factory.mktemp("days"), text).rows())
    if any(day.day > 12 for day in (one, other)):
        for row, day in zip(rows, (one, other), strict=True):
            assert row.faults or row.provider.credentials[0].expires_on == day


@pytest.mark.parametrize("form", ["%d/%m", "%d", "day", "%H:%M", "%"])
def test_a_format_must_tell_a_day(form):
    """A format without year, month or day would guess."""
    with pytest.raises(InvalidInput, match="does not tell a day; give year, month and day"):
        check_format(form)


@pytest.mark.parametrize(
    ("form", "says"),
    [
        ("%m/%d/%y", r"'%m/%d/%y' has years of two digits \(%y\), whose century would be guessed; .* give %Y"),
        ("%Y %m/%d/%y", "has years of two digits"),
        ("%x", r"leaves the order of day and month to this computer \(%x\); write it out, such as %m/%d/%Y"),
        ("%c", r"leaves the order of day and month to this computer \(%c\)"),
    ],
)
def test_a_format_that_would_have_to_guess_is_refused(form, says):
    """12/31/68 may be of 1968 or of 2068, and 3/2 in March or in February: neither is for the desk to say."""
    with pytest.raises(InvalidInput, match=says):
        check_format(form)


@pytest.mark.parametrize("form", ["%d/%m/%Y", "%Y%m%d", "%d-%b-%Y", "%d%%y%m%%%Y", "%G-W%V-%u"])
def test_other_formats_are_taken(form):
    """Whatever names one day; a percent sign may stand for itself."""
    assert check_format(form) == form


DIGITS = [str(number) for number in range(10)] + list("\u0660\u0967\uff11")
SEPARATORS = "-\u2010\u2011\u2012\u2013\u2014\u2212\ufe63\uff0d. \u00a0\u2009\u00b7/_\u00ad\u200b"
BETWEEN = st.text(st.sampled_from(SEPARATORS), min_size=1, max_size=3)


def some_digits(number):
    """Draw so many digits, of any script."""
    return st.text(st.sampled_from(DIGITS), min_size=number, max_size=number)


@given(
    st.tuples(some_digits(3), BETWEEN, some_digits(2), BETWEEN, some_digits(4)).map("".join),
    st.sampled_from(["", "Ada ", "no. ", "SSN", "(", "x\n"]),
    st.sampled_from(["", " Ames", ")", "x"]),
)
def test_a_social_security_number_is_seen_however_it_is_written(number, before, after):
    """Three, two and four digits with anything between them that parts digits, and whatever stands around."""
    assert holds_ssn(f"{before}{number}{after}")
    assert text_fault(f"Ada {number}")


@pytest.mark.parametrize(
    "text",
    [
        *("203-555-0199", "(203) 555-0199", "06103-1234", "2026-03-02", "2026.03.02", "03.02.2026", "000000000"),
        *("0042-17-2024", "123-45-67890", "1123-45-6789", "AP5836727", "036.123456", "2000000002", "123 Main St 06103"),
    ],
)
def test_other_numbers_are_not_taken_for_one(text):
    """Telephones, postal codes, days, and what has more or fewer digits."""
    assert not holds_ssn(text)


@given(st.text(st.sampled_from("ab1 ,;\t\n=+-@'\"\uff1d"), max_size=8))
def test_what_is_harmless_is_so_by_whichever_separator(text):
    """However a spreadsheet cuts it, no piece begins like a formula; made harmless again, it stays as it is."""
    made = harmless(text)
    assert harmless(made) == made
    for separator in (",", ";", "\t"):
        for piece in made.split(separator):
            assert not is_formula(piece) or piece.lstrip(" \r\n").startswith("\t")
    assert (made == text) or text_fault(text)
    assert (made == text) or text_fault(made)


@given(st.text(max_size=60))
def test_a_shape_has_no_figure_but_nine_and_no_letter_but_a(text):
    """Nothing can be read back from a shape but where digits and letters stood."""
    drawn = shape(text)
    assert {sign for sign in drawn if sign.isalnum()} <= {"9", "A"}
    assert drawn.isprintable()
    assert len(drawn) <= 41


@given(st.text(max_size=20))
def test_a_reason_never_repeats_a_text(text):
    """Whatever a cell holds, what is said of it is one of a few sentences."""
    reason = text_fault(text)
    assert reason in {
        "",
        "looks like a social security number, which this desk does not take in; leave it out",
        "stands for nothing; leave the cell empty where there is none",
        "begins like a formula; a spreadsheet would run it, so write plain text",
        "has what looks like a formula behind a separator; a spreadsheet would run it, so write plain text",
        "was withheld when the row was rejected; type what is right, or leave it empty",
        "has a character that could not be read; save the file as CSV UTF-8",
        "has a control character; type the value anew",
    }
