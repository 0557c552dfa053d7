"""Whatever lies at the path, a desk is refused in one clear sentence, and what lies there stays as it was."""

import os
import sqlite3
import tempfile
from pathlib import Path

import pytest

from credcore.adapters.sqlite import SQLiteStore, migrate, schema
from credcore.errors import CredcoreError, InvalidInput, NotFound, SchemaOutdated, Unavailable
from credcore.history import Ref
from credcore.ports import Decision
from credcore.testing.stores import line, write

OPENERS = {
    "open": lambda path: SQLiteStore.open(path, "lakeside"),
    "create": lambda path: SQLiteStore.create(path, "lakeside"),
    "migrate": migrate,
}
each_opener = pytest.mark.parametrize("opener", OPENERS.values(), ids=OPENERS)


@pytest.fixture
def desk(tmp_path):
    """Give the path of a desk with one file in it."""
    with SQLiteStore.create(tmp_path / "desk.db", "lakeside") as store:
        store.commit(Decision(writes=(write(Ref("file", "f-1")),)))
    (tmp_path / "desk.db.lock").unlink()
    return tmp_path / "desk.db"


def contents(folder):
    """Return all names in a folder, with what the files hold."""
    return {path.name: path.read_bytes() if path.is_file() else None for path in folder.iterdir()}


def refusal(act, kind):
    """Return the message of an error that has its class's code and says nothing of the driver's classes."""
    with pytest.raises(kind) as caught:
        act()
    assert caught.value.code == kind.code
    message = str(caught.value)
    assert "\n" not in message
    assert "sqlite3." not in message
    return message


@each_opener
def test_random_bytes_are_not_a_desk(tmp_path, opener):
    """A file that is no database is named as such and keeps its bytes."""
    path = tmp_path / "photo.jpg"
    path.write_bytes(bytes(range(256)) * 40)
    before = contents(tmp_path)
    assert refusal(lambda: opener(path), InvalidInput).startswith(f"path: {path} is not a database")
    assert contents(tmp_path) == before


@each_opener
def test_a_short_text_is_not_a_desk(tmp_path, opener):
    """Nor is a file shorter than a database's header."""
    path = tmp_path / "notes.txt"
    path.write_text("call the board")
    before = contents(tmp_path)
    refusal(lambda: opener(path), InvalidInput)
    assert contents(tmp_path) == before


@pytest.mark.parametrize("opener", [OPENERS["open"], OPENERS["migrate"]])
def test_an_empty_file_is_not_a_desk(tmp_path, opener):
    """SQLite would take it for an empty database; a desk it is not."""
    path = tmp_path / "empty.db"
    path.touch()
    assert "is empty" in refusal(lambda: opener(path), InvalidInput)
    assert contents(tmp_path) == {"empty.db": b""}


def test_create_takes_an_empty_file(tmp_path):
    """There is nothing to overwrite: a making that was broken off, or a name that was reserved."""
    path = tmp_path / "empty.db"
    path.touch()
    SQLiteStore.create(path, "lakeside").close()
    SQLiteStore.open(path, "lakeside").close()


@each_opener
@pytest.mark.parametrize("journal", ["delete", "wal"])
def test_another_applications_database_is_left_alone(tmp_path, opener, journal):
    """It has no tables of credcore's, and nothing is made beside it."""
    path = tmp_path / "other.db"
    connection = sqlite3.connect(path)
    connection.execute(f"PRAGMA journal_mode={journal}")
    connection.executescript("CREATE TABLE desk (no INTEGER PRIMARY KEY, id TEXT); PRAGMA user_version = 1;")
    connection.close()
    before = contents(tmp_path)
    assert "is the database of another application" in refusal(lambda: opener(path), InvalidInput)
    assert contents(tmp_path) == before


@each_opener
def test_a_folder_is_not_a_desk(tmp_path, opener):
    """A folder's name is an easy mistake for a desk's."""
    assert f"{tmp_path} is a folder" in refusal(lambda: opener(tmp_path), InvalidInput)
    assert contents(tmp_path) == {}


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="this system has no named pipes")
@each_opener
def test_a_pipe_is_not_a_desk(tmp_path, opener):
    """It would keep its reader waiting for ever."""
    path = tmp_path / "pipe"
    os.mkfifo(path)
    assert "is not a file" in refusal(lambda: opener(path), InvalidInput)


@pytest.mark.parametrize("opener", [OPENERS["open"], OPENERS["migrate"]])
def test_a_missing_file_is_not_made(tmp_path, opener):
    """Opening makes nothing: a mistyped path must not become an empty desk."""
    assert "there is no such file; make a desk first" in refusal(lambda: opener(tmp_path / "dsk.db"), Unavailable)
    assert contents(tmp_path) == {}


def test_a_missing_folder_is_not_made(tmp_path):
    """Create makes a file, never the way to it."""
    path = tmp_path / "none" / "desk.db"
    assert "its folder is not there" in refusal(lambda: SQLiteStore.create(path, "lakeside"), Unavailable)
    assert contents(tmp_path) == {}


@each_opener
@pytest.mark.parametrize("path", ["", ":memory:", "desk\0.db"])
def test_a_name_that_no_file_can_have(opener, path):
    """In particular SQLite's word for memory, in which nothing would last."""
    assert "take MemoryStore" in refusal(lambda: opener(path), InvalidInput)


@each_opener
def test_a_name_too_long_for_the_system(tmp_path, opener):
    """What the system says of it is passed on in its words."""
    refusal(lambda: opener(tmp_path / ("x" * 5000)), Unavailable)


def test_a_desk_needs_an_id(tmp_path):
    """Blank is no id, and no file is made for it."""
    assert refusal(lambda: SQLiteStore.create(tmp_path / "d.db", " "), InvalidInput).startswith("desk: is empty")
    assert contents(tmp_path) == {}


def test_an_unknown_desk_is_named_with_the_nearest(desk):
    """A mistyped id does not make another desk."""
    before = desk.read_bytes()
    assert "did you mean 'lakeside'" in refusal(lambda: SQLiteStore.open(desk, "lakesde"), NotFound)
    assert desk.read_bytes() == before


@each_opener
def test_a_newer_schema_is_left_alone(desk, opener):
    """An older credcore neither reads nor migrates what a newer one wrote."""
    _set_version(desk, 99)
    before = contents(desk.parent)
    assert "install a newer credcore" in refusal(lambda: opener(desk), SchemaOutdated)
    assert contents(desk.parent) == before


def test_an_older_schema_waits_for_migrate(desk, monkeypatch):
    """Neither open nor create migrates; `migrate` does, once, and keeps what is there."""
    scripts = (*schema._steps(), "CREATE TABLE later (no INTEGER PRIMARY KEY);")
    monkeypatch.setattr(schema, "_steps", lambda: scripts)
    for opener in (OPENERS["open"], OPENERS["create"]):
        error = refusal(lambda opener=opener: opener(desk), SchemaOutdated)
        assert "has schema version 1, this credcore reads 2: migrate it first" in error
    assert migrate(desk) == migrate(desk) == 2
    with SQLiteStore.open(desk, "lakeside") as store:
        assert store.load([Ref("file", "f-1")])[Ref("file", "f-1")].version == 1


def test_a_migration_that_fails_leaves_the_version_before(desk, monkeypatch):
    """Each script is one transaction with its number: half a migration is none."""
    good = schema._steps()
    broken = (*good, "CREATE TABLE later (no INTEGER PRIMARY KEY); INSERT INTO nowhere VALUES (1);")
    monkeypatch.setattr(schema, "_steps", lambda: broken)
    assert "no such table: nowhere" in refusal(lambda: migrate(desk), Unavailable)
    monkeypatch.setattr(schema, "_steps", lambda: good)
    with SQLiteStore.open(desk, "lakeside") as store, store._access.reading() as connection:
        assert connection.execute("SELECT * FROM sqlite_schema WHERE name = 'later'").fetchall() == []


def test_a_damaged_desk_says_so(desk):
    """Garbage behind a sound header is found by the first call that meets it, never returned as data."""
    size = desk.stat().st_size
    with desk.open("r+b") as file:
        file.seek(4096)
        file.write(b"\xa5" * (size - 4096))
    message = refusal(lambda: SQLiteStore.open(desk, "lakeside"), Unavailable)
    assert "is damaged; restore it from a backup" in message


def test_a_truncated_desk_says_so(desk):
    """A copy that was broken off is not a smaller desk."""
    os.truncate(desk, 4096 + 100)
    refusal(lambda: SQLiteStore.open(desk, "lakeside"), Unavailable)


def test_a_held_desk_is_worth_another_try(desk, monkeypatch):
    """A foreign writer that holds the file for too long is reported as such, retryable, with the driver's cause."""
    monkeypatch.setattr("credcore.adapters.sqlite._connections.BUSY_SECONDS", 0.05)
    with SQLiteStore.open(desk, "lakeside") as store:
        foreign = sqlite3.connect(desk, isolation_level=None)
        foreign.execute("BEGIN IMMEDIATE")
        with pytest.raises(Unavailable, match="is held by another writer; try again") as caught:
            store.commit(Decision(writes=(write(Ref("file", "f-2")),)))
        assert caught.value.retryable
        assert isinstance(caught.value.__cause__, sqlite3.OperationalError)
        foreign.close()
        store.commit(Decision(writes=(write(Ref("file", "f-2")),)))


@pytest.mark.parametrize(
    "wrong",
    [write(Ref("file", "f-9"), line=line(deadline=2**63)), write(Ref("file", "f-9"), state="\ud83d")],
    ids=["number", "text"],
)
def test_values_that_sqlite_cannot_hold_are_refused(desk, wrong):
    """A number beyond 64 bits or half a character: nothing of the decision is written, and the store goes on."""
    with SQLiteStore.open(desk, "lakeside") as store:
        refusal(lambda: store.commit(Decision(writes=(write(Ref("file", "f-8")), wrong))), InvalidInput)
        assert store.load([Ref("file", "f-8")])[Ref("file", "f-8")].version == 0
        store.commit(Decision(writes=(write(Ref("file", "f-8")),)))


@pytest.fixture
def public_folder():
    """Give a folder that everybody may enter; pytest's own are closed to all but their owner."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        folder.chmod(0o755)
        yield folder
        folder.chmod(0o755)


@pytest.fixture
def unprivileged():
    """Be nobody for the length of a test: an administrator may write everywhere."""
    if not hasattr(os, "geteuid"):
        pytest.skip("this system has no such permissions")
    if os.geteuid() != 0:
        yield
        return
    os.seteuid(65534)
    try:
        yield
    finally:
        os.seteuid(0)


def _in(folder):
    path = folder / "desk.db"
    SQLiteStore.create(path, "lakeside").close()
    path.with_name("desk.db.lock").unlink()
    return path


class TestReadOnly:
    """A place that cannot be written is known when the desk is opened, not at the first commit."""

    @pytest.fixture
    def locked_folder(self, public_folder):
        """Give a desk whose folder nobody may write."""
        path = _in(public_folder)
        path.chmod(0o444)
        public_folder.chmod(0o555)
        return path

    @pytest.fixture
    def locked_file(self, public_folder):
        """Give a desk that nobody may write, in a folder that everybody may."""
        path = _in(public_folder)
        path.chmod(0o444)
        public_folder.chmod(0o777)
        return path

    def test_a_read_only_folder(self, locked_folder, unprivileged):  # noqa: ARG002 - it sets who we are
        """Nothing is made beside the desk."""
        before = contents(locked_folder.parent)
        for opener in (OPENERS["open"], OPENERS["create"]):
            message = refusal(lambda opener=opener: opener(locked_folder), Unavailable)
            assert "cannot be opened for writing; the file and its folder must both be writable" in message
        assert contents(locked_folder.parent) == before

    def test_a_read_only_file(self, locked_file, unprivileged):  # noqa: ARG002 - it sets who we are
        """The file keeps its bytes."""
        before = locked_file.read_bytes()
        message = refusal(lambda: SQLiteStore.open(locked_file, "lakeside"), Unavailable)
        assert "cannot be opened for writing" in message
        assert locked_file.read_bytes() == before

    def test_a_new_desk_in_a_read_only_folder(self, locked_folder, unprivileged):  # noqa: ARG002 - it sets who we are
        """No half-made file is left."""
        before = contents(locked_folder.parent)
        refusal(lambda: SQLiteStore.create(locked_folder.with_name("new.db"), "lakeside"), Unavailable)
        assert contents(locked_folder.parent) == before


def test_every_refusal_is_ours(tmp_path):
    """Garbage of any length at the path raises nothing that is not credcore's own."""
    path = tmp_path / "desk.db"
    header = b"SQLite format 3\0"
    for length in (1, 15, 16, 17, 99, 100, 101, 511, 512, 513, 4096, 9000):
        for start in (b"", header):
            path.write_bytes((start + os.urandom(length))[:length] if length > 16 else os.urandom(length))
            for opener in OPENERS.values():
                with pytest.raises(CredcoreError):
                    opener(path)


def _set_version(path, version):
    connection = sqlite3.connect(path)
    connection.execute("UPDATE credcore_schema SET version = ?", (version,))
    connection.commit()
    connection.close()
