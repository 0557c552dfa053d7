"""Notifiers: what is printed, and what is written."""

import io

import pytest

from credcore.adapters.notifiers import FolderNotifier, PrintNotifier
from credcore.errors import Unavailable
from credcore.ports import Message


def message(key="told:file/f-1:r:e:breached:0", to="ben"):
    """Return a message."""
    return Message(key=key, to=to, subject="f-1: PSV, breached", lines=("initial p-1", "due today"), about="file/f-1")


def test_a_printed_message_names_recipient_and_subject():
    """A terminal shows who was told what."""
    stream = io.StringIO()
    PrintNotifier(stream).send(message())
    assert stream.getvalue() == "to ben: f-1: PSV, breached\n  initial p-1\n  due today\n"


def test_a_message_is_a_file_in_its_recipients_folder(tmp_path):
    """One file a message, whole."""
    FolderNotifier(tmp_path).send(message())
    (path,) = (tmp_path / "ben").iterdir()
    assert path.read_text().splitlines()[:3] == ["To: ben", "Subject: f-1: PSV, breached", "About: file/f-1"]


def test_the_same_message_twice_is_one_file(tmp_path):
    """Delivery is at least once; the key removes the repeat."""
    notifier = FolderNotifier(tmp_path)
    notifier.send(message())
    notifier.send(message())
    notifier.send(message(key="another"))
    assert len(list((tmp_path / "ben").iterdir())) == 2


@pytest.mark.parametrize("to", ["../../etc", "a/b", "..", ".hidden", "@lead"])
def test_a_recipient_never_leads_out_of_the_folder(tmp_path, to):
    """A hostile or odd id is only a name."""
    folder = tmp_path / "notices"
    FolderNotifier(folder).send(message(to=to))
    assert [path.name for path in tmp_path.iterdir()] == ["notices"]
    assert len(list(folder.glob("*/*.txt"))) == 1


def test_a_folder_that_cannot_be_written_is_told_so(tmp_path):
    """The outbox tries again; the message says where."""
    (tmp_path / "notices").write_text("a file is in the way")
    with pytest.raises(Unavailable, match="notices: cannot write the message"):
        FolderNotifier(tmp_path / "notices").send(message())
