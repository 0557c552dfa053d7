"""A desk in a host's file, written within the host's transaction."""

import contextlib
import os
import signal
import sqlite3
import threading
import time

import pytest

from credcore.adapters.memory import MemoryStore
from credcore.adapters.sqlite import SQLiteStore, _lock, add_tables, schema, script
from credcore.adapters.sqlite._connections import CHECKPOINT_PAGES
from credcore.adapters.sqlite._lock import writer_lock
from credcore.errors import Conflict, InvalidInput, Unavailable
from credcore.history import Ref
from credcore.ports import Decision, View
from credcore.testing._store_kit import event, notice, write

REF = Ref("file", "f-1")
VIEW = View(at=0, kinds=None)


@pytest.fixture
def host(tmp_path):
    """A database of a host's, with a table whose name credcore would like too, and a desk in it."""
    path = tmp_path / "host.db"
    with contextlib.closing(sqlite3.connect(path)) as connection:
        connection.executescript("CREATE TABLE record (no INTEGER, id TEXT); PRAGMA user_version = 7;")
    add_tables(path)
    SQLiteStore.create(path, "lakeside").close()
    return path


@pytest.fixture
def store(host):
    """The desk, opened as any other."""
    with SQLiteStore.open(host, "lakeside") as store:
        yield store


@pytest.fixture
def connection(host):
    """The host's own connection."""
    with contextlib.closing(sqlite3.connect(host, isolation_level=None)) as connection:
        yield connection


def versions(store):
    """Return the version of the one file."""
    return store.load([REF])[REF].version


def test_a_hosts_commit_shows_both_its_rows_and_the_desks(store, connection):
    """Until then nobody else sees either; within, both are seen."""
    with store.bind(connection) as bound:
        connection.execute("BEGIN IMMEDIATE")
        connection.execute("INSERT INTO record VALUES (1, 'mine')")
        bound.commit(Decision(writes=(write(REF),), notices=(notice("n-1", REF),)))
        assert (versions(bound), versions(store)) == (1, 0)
        connection.execute("COMMIT")
    assert versions(store) == 1
    assert connection.execute("SELECT id FROM record").fetchall() == [("mine",)]


def test_a_hosts_rollback_leaves_neither_event_nor_notice(store, connection):
    """The outbox is part of the host's transaction as well."""
    with store.bind(connection) as bound:
        connection.execute("BEGIN IMMEDIATE")
        bound.commit(Decision(writes=(write(REF),), notices=(notice("n-1", REF),)))
        connection.execute("ROLLBACK")
    assert versions(store) == 0
    for table in ("event", "record", "outbox", "lane", "parent"):
        assert connection.execute(f"SELECT count(*) FROM credcore_{table}").fetchone() == (0,)  # noqa: S608 - our own words


def test_a_conflict_takes_back_its_own_decision_alone(store, connection):
    """What the host and an earlier decision did in the transaction stays."""
    with store.bind(connection) as bound:
        connection.execute("BEGIN IMMEDIATE")
        connection.execute("INSERT INTO record VALUES (1, 'mine')")
        bound.commit(Decision(writes=(write(REF),)))
        stale = Decision(writes=(write(Ref("file", "f-2")), write(REF, 0, event(1, mac="another"))))
        with pytest.raises(Conflict):
            bound.commit(stale)
        connection.execute("COMMIT")
    assert versions(store) == 1
    assert store.load([Ref("file", "f-2")])[Ref("file", "f-2")].version == 0
    assert connection.execute("SELECT count(*) FROM record").fetchone() == (1,)


@pytest.mark.parametrize("rows", [sqlite3.Row, lambda cursor, row: dict(zip(cursor.description, row, strict=True))])
def test_a_host_makes_of_rows_and_texts_what_it_likes(store, connection, rows):
    """Its row and text factories are its own, and stay as they were."""
    connection.row_factory, connection.text_factory = rows, bytes
    with store.bind(connection) as bound:
        connection.execute("BEGIN IMMEDIATE")
        bound.commit(Decision(writes=(write(REF),)))
        assert [row.ref for row in bound.rows(VIEW).rows] == [REF]
        connection.execute("COMMIT")
    assert (connection.row_factory, connection.text_factory) == (rows, bytes)


def test_pythons_own_transactions_can_be_joined(store, host):
    """A connection that begins with its first change is joined as well, and its `with` commits."""
    with contextlib.closing(sqlite3.connect(host)) as connection:
        with store.bind(connection) as bound, connection:
            connection.execute("INSERT INTO record VALUES (1, 'mine')")
            bound.commit(Decision(writes=(write(REF),)))
        with contextlib.suppress(RuntimeError), store.bind(connection) as bound, connection:
            connection.execute("INSERT INTO record VALUES (2, 'mine')")
            bound.commit(Decision(writes=(write(Ref("file", "f-2")),)))
            raise RuntimeError
    assert versions(store) == 1
    assert store.load([Ref("file", "f-2")])[Ref("file", "f-2")].version == 0


def test_two_desks_in_one_transaction(store, host, connection):
    """The same connection may be lent to both, and the lock is taken once."""
    with SQLiteStore.create(host, "riverside") as other:
        with store.bind(connection) as one, other.bind(connection) as two:
            connection.execute("BEGIN IMMEDIATE")
            one.commit(Decision(writes=(write(REF),)))
            two.commit(Decision(writes=(write(REF), write(Ref("file", "f-2")))))
            connection.execute("COMMIT")
        assert (versions(store), versions(other)) == (1, 1)
        assert store.load([Ref("file", "f-2")])[Ref("file", "f-2")].version == 0


def test_other_writers_wait_for_the_hosts_transaction(store, connection):
    """They come after it, and find what it wrote."""
    found = []

    def other():
        store.commit(Decision(writes=(write(Ref("file", "f-2")),)))
        found.append(versions(store))

    thread = threading.Thread(target=other)
    with store.bind(connection) as bound:
        connection.execute("BEGIN IMMEDIATE")
        thread.start()
        bound.commit(Decision(writes=(write(REF),)))
        thread.join(0.05)
        assert thread.is_alive()
        connection.execute("COMMIT")
    thread.join()
    assert found == [1]


def test_the_hosts_commits_move_the_log_only_while_the_lock_is_held(store, host, connection):
    """A host that writes only through its own connection lets the log grow no more than credcore's writers do."""
    log = host.with_name("host.db-wal")
    for version in range(80):
        with store.bind(connection) as bound:
            connection.execute("BEGIN IMMEDIATE")
            bound.commit(Decision(writes=(write(REF, version, state=str(version % 10) * 200_000),)))
            connection.execute("COMMIT")
        assert connection.execute("PRAGMA wal_autocheckpoint").fetchone() == (0,)
    assert log.stat().st_size < 4096 * CHECKPOINT_PAGES + 2_000_000


def refusal(call):
    """Return what a call is refused with."""
    with pytest.raises(InvalidInput) as caught:
        call()
    return str(caught.value)


def test_a_transaction_that_began_before_is_not_joined(store, connection):
    """Its holder would wait for the lock while whoever has the lock waits for it."""
    connection.execute("BEGIN IMMEDIATE")
    with contextlib.ExitStack() as stack:
        assert "join it first, then begin" in refusal(lambda: stack.enter_context(store.bind(connection)))
    connection.execute("ROLLBACK")


def test_a_connection_to_another_file_is_not_joined(store, tmp_path):
    """The message names both places."""
    for place in (tmp_path / "other.db", ":memory:"):
        with contextlib.closing(sqlite3.connect(place)) as other, contextlib.ExitStack() as stack:
            assert "but the desk lies in" in refusal(lambda: stack.enter_context(store.bind(other)))
    with contextlib.ExitStack() as stack:
        assert "str is no sqlite3.Connection" in refusal(lambda: stack.enter_context(store.bind("host.db")))


def test_without_a_transaction_nothing_is_done(store, connection):
    """A savepoint would be a transaction of its own, and commit."""
    with store.bind(connection) as bound:
        assert "begin one first" in refusal(lambda: bound.commit(Decision(writes=(write(REF),))))
        assert "begin one first" in refusal(lambda: bound.load([REF]))
    assert versions(store) == 0


def test_a_transaction_left_open_is_told(store, connection):
    """It would keep every other writer out."""

    def forgetful():
        with store.bind(connection):
            connection.execute("BEGIN IMMEDIATE")

    assert "commit within the block" in refusal(forgetful)
    assert not connection.in_transaction
    store.commit(Decision(writes=(write(REF),)))


def test_a_transaction_left_open_by_an_error_is_taken_back(store, connection):
    """Before the lock is let go, as whoever comes next would wait for it; the error itself rises."""

    def broken():
        with store.bind(connection) as bound:
            connection.execute("BEGIN IMMEDIATE")
            connection.execute("INSERT INTO record VALUES (1, 'mine')")
            bound.commit(Decision(writes=(write(REF),)))
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        broken()
    assert not connection.in_transaction
    assert connection.execute("SELECT count(*) FROM record").fetchone() == (0,)
    assert versions(store) == 0


def test_a_binding_ends_with_its_block(store, connection):
    """A store that was kept past it says so."""
    with store.bind(connection) as bound:
        pass
    assert "has ended" in refusal(lambda: bound.load([REF]))


def test_writing_around_the_binding_is_told_instead_of_waiting_for_ever(store, connection):
    """Also by a thread that was started within it and is waited for, as an async host does."""
    import asyncio  # noqa: PLC0415 - for this test alone

    decision = Decision(writes=(write(REF),))

    async def around():
        with store.bind(connection):
            connection.execute("BEGIN IMMEDIATE")
            try:
                await asyncio.to_thread(store.commit, decision)
            finally:
                connection.execute("ROLLBACK")

    assert "is open here already" in refusal(lambda: asyncio.run(around()))
    with store.bind(connection) as bound:
        connection.execute("BEGIN IMMEDIATE")
        assert "is open here already" in refusal(lambda: store.commit(decision))
        assert "is within a host's transaction already" in refusal(lambda: bound.bind(connection).__enter__())
        connection.execute("ROLLBACK")
    store.commit(decision)
    assert versions(store) == 1


def test_what_is_to_be_done_afterwards_is_done_when_the_outermost_block_has_ended(store, host, connection):
    """By then others may write: also after an error, and never while an outer block goes on."""
    done = []

    def after():
        store.commit(Decision(writes=(write(Ref("file", f"after-{len(done)}")),)))
        done.append(connection.in_transaction)

    with SQLiteStore.open(host, "lakeside") as other, store.bind(connection, afterwards=after):
        connection.execute("BEGIN IMMEDIATE")
        with other.bind(connection, afterwards=after) as bound:
            bound.commit(Decision(writes=(write(REF),)))
        assert done == []
        connection.execute("COMMIT")
        assert done == []
    assert done == [False, False]
    with contextlib.suppress(ZeroDivisionError), store.bind(connection, afterwards=after):
        connection.execute("BEGIN IMMEDIATE")
        raise ZeroDivisionError
    assert done == [False, False, False]
    assert versions(store) == 1


def test_a_decision_that_fails_midway_takes_back_all_of_itself(store, connection):
    """Also what it had written before it failed; what the host and earlier decisions did stays."""
    with store.bind(connection) as bound:
        connection.execute("BEGIN IMMEDIATE")
        bound.commit(Decision(writes=(write(REF),)))
        connection.execute(
            "CREATE TEMP TRIGGER full BEFORE INSERT ON credcore_outbox BEGIN SELECT RAISE(FAIL, 'x'); END"
        )
        with pytest.raises(Unavailable):
            bound.commit(Decision(writes=(write(Ref("file", "f-2")),), notices=(notice("n-2", Ref("file", "f-2")),)))
        connection.execute("DROP TRIGGER full")
        connection.execute("COMMIT")
    assert versions(store) == 1
    assert store.load([Ref("file", "f-2")])[Ref("file", "f-2")].version == 0
    assert connection.execute("SELECT count(*) FROM credcore_event").fetchone() == (1,)


def test_threads_take_turns_on_a_bound_store(store, host):
    """Their savepoints would close each other's: each decision that was answered is there."""
    told = []
    with (
        contextlib.closing(sqlite3.connect(host, isolation_level=None, check_same_thread=False)) as connection,
        store.bind(connection) as bound,
    ):
        connection.execute("BEGIN IMMEDIATE")

        def work(number):
            for place in range(20):
                ref = Ref("file", f"f-{number}-{place}")
                bound.commit(Decision(writes=(write(ref),)))
                told.append(ref)

        threads = [threading.Thread(target=work, args=(number,)) for number in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        connection.execute("COMMIT")
    assert len(told) == 80
    assert all(stored.version == 1 for stored in store.load(told).values())


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system does not fork")
def test_a_child_forked_under_the_lock_does_not_keep_it(store, connection):
    """The child has the descriptor too, and lives on."""
    with store.bind(connection):
        child = os.fork()
        if not child:
            time.sleep(30)
            os._exit(0)
    try:
        store.commit(Decision(writes=(write(REF),)))
        assert os.waitpid(child, os.WNOHANG) == (0, 0), "it came only after the child had ended"
    finally:
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)


def test_a_store_closed_within_a_block_closes_when_it_ends(host, connection):
    """Its connections are given back as soon as the lock is."""
    store = SQLiteStore.open(host, "lakeside")
    with store.bind(connection):
        store.close()
    assert not store._access._idle


def test_holds_are_forgotten(tmp_path):
    """However many desks a process has worked, the lock costs the same."""
    for number in range(50):
        with writer_lock(tmp_path / f"{number}.db"):
            pass
    with writer_lock(tmp_path / "last.db") as hold:
        assert dict(_lock._HOLDS.get()) == {tmp_path / "last.db": hold}
        with writer_lock(tmp_path / "another.db"), pytest.raises(InvalidInput), writer_lock(tmp_path / "last.db"):
            pass


def test_memory_joins_no_transaction(connection):
    """It says which store does."""
    assert "take SQLiteStore" in refusal(lambda: MemoryStore("lakeside").bind(connection))


def test_the_hosts_tables_and_version_stay_its_own(host, connection):
    """Its user_version, its application id and its tables are as they were."""
    assert connection.execute("PRAGMA user_version").fetchone() == (7,)
    assert connection.execute("PRAGMA application_id").fetchone() == (0,)
    assert connection.execute("SELECT sql FROM sqlite_master WHERE name = 'record'").fetchone() == (
        "CREATE TABLE record (no INTEGER, id TEXT)",
    )
    assert add_tables(host) == schema.needed_version()


def test_a_host_can_run_the_published_sql_itself(tmp_path):
    """What `script` prints makes the same tables as `create` does."""
    with contextlib.closing(sqlite3.connect(tmp_path / "host.db")) as connection:
        connection.executescript(script())
        made = connection.execute("SELECT name, sql FROM sqlite_master ORDER BY name").fetchall()
    SQLiteStore.create(tmp_path / "host.db", "lakeside").close()
    SQLiteStore.create(tmp_path / "ours.db", "lakeside").close()
    with contextlib.closing(sqlite3.connect(tmp_path / "ours.db")) as connection:
        assert connection.execute("SELECT name, sql FROM sqlite_master ORDER BY name").fetchall() == made
