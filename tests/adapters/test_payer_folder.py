"""The payer gateway on files: applications written once, answers read row by row."""

import datetime as dt
import json

import pytest

from credcore.adapters.payers import FolderGateway
from credcore.errors import Unavailable
from credcore.ports import PayerRequest

REQUEST = PayerRequest(file="f-1", payer="lake", provider="p-1", npi="2000000002", submitted_on=dt.date(2026, 3, 2))
HEADER = "reference,status,at,missing,answer_by,effective_on\n"


def answers(tmp_path, text, name="a.csv", encoding="utf-8"):
    """Write a file of answers and read the folder."""
    folder = tmp_path / "answers"
    folder.mkdir(exist_ok=True)
    (folder / name).write_text(text, encoding=encoding)
    return FolderGateway(tmp_path).poll()


def test_an_application_is_a_file_and_twice_the_same_file(tmp_path):
    """Submitting again does no harm."""
    gateway = FolderGateway(tmp_path)
    assert gateway.submit(REQUEST) == gateway.submit(REQUEST) == "lake-f-1"
    (path,) = (tmp_path / "submitted").iterdir()
    assert json.loads(path.read_text())["npi"] == "2000000002"


def test_an_empty_folder_has_no_answers(tmp_path):
    """Nothing came back yet."""
    assert FolderGateway(tmp_path).poll() == ([], [])


def test_answers_are_read_oldest_first_with_all_their_parts(tmp_path):
    """What came back, in the order in which it was said."""
    good, bad = answers(
        tmp_path,
        HEADER
        + "lake-f-1,approved,2026-03-09T10:00:00-06:00,,,2026-03-15\n"
        + "lake-f-2,development,2026-03-05T10:00:00-06:00,W-9; licence,2026-04-04,\n",
    )
    assert not bad
    assert [(a.reference, a.status, a.missing) for a in good] == [
        ("lake-f-2", "development", ("W-9", "licence")),
        ("lake-f-1", "approved", ()),
    ]
    assert good[0].answer_by == dt.date(2026, 4, 4)
    assert good[1].effective_on == dt.date(2026, 3, 15)


def test_a_byte_order_mark_does_not_hide_the_first_column(tmp_path):
    """Spreadsheets write one."""
    good, bad = answers(tmp_path, HEADER + "r,received,2026-03-05T10:00:00Z,,,\n", encoding="utf-8-sig")
    assert (len(good), bad) == (1, [])


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        ("r,aproved,2026-03-05T10:00:00Z,,,", "did you mean 'approved'"),
        ("r,approved,2026-03-05T10:00:00,,,", "without a time zone"),
        ("r,approved,tomorrow,,,", "'tomorrow' is not an instant"),
        (",approved,2026-03-05T10:00:00Z,,,", "reference: is empty"),
        ("r,approved,2026-03-05T10:00:00Z,,,15/03/2026", "'15/03/2026' is not a day"),
        ("r,approved", "more or fewer cells"),
        ("r,approved,2026-03-05T10:00:00Z,,,,extra", "more or fewer cells"),
    ],
)
def test_a_bad_row_is_reported_with_its_line_and_the_good_ones_go_in(tmp_path, row, reason):
    """Good rows go in, nothing is lost."""
    good, bad = answers(tmp_path, f"{HEADER}{row}\nr-2,received,2026-03-05T10:00:00Z,,,\n")
    assert [answer.reference for answer in good] == ["r-2"]
    assert [rejected.place for rejected in bad] == ["a.csv:2"]
    assert reason in bad[0].reason


def test_a_wrong_header_names_the_right_columns(tmp_path):
    """The first line is where the mistake is."""
    _, bad = answers(tmp_path, "refrence,status,when\nr,approved,x\n")
    assert bad[0].place == "a.csv:1"
    assert "did you mean 'reference'" in bad[0].reason
    assert "the column 'at' is missing" in bad[0].reason


def test_a_file_that_is_no_text_is_reported(tmp_path):
    """A spreadsheet saved under the wrong ending does not stop the others."""
    (tmp_path / "answers").mkdir()
    (tmp_path / "answers" / "b.csv").write_bytes(b"\xd0\xcf\x11\xe0\xff")
    good, bad = answers(tmp_path, HEADER + "r,received,2026-03-05T10:00:00Z,,,\n")
    assert (len(good), [rejected.place for rejected in bad]) == (1, ["b.csv"])


def test_a_place_that_cannot_be_written_is_told_so(tmp_path):
    """The desk goes on; the submission is tried at the next poll."""
    (tmp_path / "submitted").write_text("a file is in the way")
    with pytest.raises(Unavailable, match="cannot write the application"):
        FolderGateway(tmp_path).submit(REQUEST)
