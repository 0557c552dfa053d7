"""Both stores pass the contract; SQLite's also survives races between processes, crashes and forks."""

import itertools
import os
import signal
import sqlite3
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from credcore.adapters.memory import MemoryStore
from credcore.adapters.sqlite import SQLiteStore
from credcore.adapters.sqlite._connections import CHECKPOINT_PAGES, LONGEST_LOG_BYTES
from credcore.adapters.sqlite._lock import writer_lock
from credcore.errors import Conflict, InvalidInput, NotFound, Unavailable
from credcore.history import Ref
from credcore.ports import Decision, View
from credcore.testing.stores import HOUR, ManualClock, StoreContract, event, line, write

FILE = Ref("file", "f-1")
OTHER = Ref("file", "f-2")

ENVIRONMENT = os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)}

WRITER = """
import sys
from credcore.adapters.sqlite import SQLiteStore
from credcore.errors import Conflict
from credcore.history import Ref
from credcore.ports import Decision
from credcore.testing.stores import event, write

path, name, wanted = sys.argv[1], sys.argv[2], int(sys.argv[3])
ref, won = Ref("file", "f-1"), 0
with SQLiteStore.open(path, "lakeside") as store:
    while won < wanted:
        expected = store.load([ref])[ref].version
        try:
            store.commit(Decision(writes=(write(ref, expected, event(expected + 1, mac=f"{name}@{expected + 1}")),)))
        except Conflict:
            continue
        won += 1
        print(expected + 1, flush=True)
"""


def writer(path, name, wanted):
    """Start another process that commits on one record and prints each version that it won."""
    return subprocess.Popen(  # noqa: S603 - our own interpreter and script
        [sys.executable, "-c", WRITER, str(path), name, str(wanted)], stdout=subprocess.PIPE, text=True, env=ENVIRONMENT
    )


@pytest.fixture
def path(tmp_path):
    """Give the path of a file with an empty desk."""
    SQLiteStore.create(tmp_path / "desk.db", "lakeside").close()
    return tmp_path / "desk.db"


class TestMemoryStore(StoreContract):
    """The model keeps the contract that others are held to."""

    def make_store(self, clock):
        """Give an empty desk."""
        return MemoryStore("lakeside", clock)


class TestSQLiteStore(StoreContract):
    """The embedded store keeps the contract."""

    @pytest.fixture(autouse=True)
    def _folder(self, tmp_path):
        self.path, self.names, self.opened = tmp_path / "desk.db", itertools.count(), []
        yield
        for store in self.opened:
            store.close()

    def make_store(self, clock):
        """Give another desk of the same file: what one desk does, none of the others sees."""
        self.opened.append(SQLiteStore.create(self.path, f"desk-{next(self.names)}", clock))
        return self.opened[-1]


def test_a_desk_outlives_its_store(path):
    """What was committed, claimed or queued is there when the desk is opened again."""
    clock = ManualClock()
    with SQLiteStore.open(path, "lakeside", clock) as store:
        store.commit(Decision(writes=(write(FILE, line=line(next_change=0)),)))
        (claim,) = store.claim("due", clock(), 1, HOUR)
        before = store.load([FILE])
    with SQLiteStore.open(path, "lakeside", clock) as store:
        assert store.load([FILE]) == before
        assert store.claim("due", clock(), 1, HOUR) == ()
        assert store.settle(claim)


def test_desks_of_one_file_are_apart(path):
    """A key, an id and a worklist are a desk's own; an unknown desk is named with the nearest."""
    with SQLiteStore.open(path, "lakeside") as first, SQLiteStore.create(path, "hillside") as second:
        for store in (first, second):
            store.commit(Decision(writes=(write(FILE, 0, event(1, key="k")),)))
        second.commit(Decision(writes=(write(FILE, 1, line=line(stage="qa")),)))
        assert first.load([FILE])[FILE].version == 1
        assert first.count(View(at=0), ("stage",)) == {("psv",): 1}
        assert first.find("k") == second.find("k") == (FILE, event(1, key="k"))
    with pytest.raises(NotFound, match="did you mean 'lakeside'"):
        SQLiteStore.open(path, "lakesid")


def test_create_leaves_what_is_there(path):
    """A second desk of the same id is refused, and the first one keeps its records."""
    with SQLiteStore.open(path, "lakeside") as store:
        store.commit(Decision(writes=(write(FILE),)))
        with pytest.raises(InvalidInput, match="already; open it, or give another id"):
            SQLiteStore.create(path, "lakeside")
        assert store.load([FILE])[FILE].version == 1


def test_a_closed_store_says_so(path):
    """Every later call is refused in words; closing twice is harmless."""
    store = SQLiteStore.open(path, "lakeside")
    store.close()
    store.close()
    for call in (lambda: store.load([FILE]), lambda: store.commit(Decision(writes=(write(FILE),)))):
        with pytest.raises(Unavailable, match="this store is closed; open the desk again"):
            call()


def test_positions_are_dense_in_the_order_of_commits(path):
    """The feed to come reads them: none is skipped by a refused decision, none is given twice."""
    other = Ref("file", "f-2")
    with SQLiteStore.open(path, "lakeside") as store:
        store.commit(Decision(writes=(write(FILE, 0, event(1), event(2, key="k")), write(other))))
        with pytest.raises(Exception, match="already recorded"):
            store.commit(Decision(writes=(write(other, 1, event(2), event(3, key="k", mac="x")),)))
        store.commit(Decision(writes=(write(FILE, 2),)))
    connection = sqlite3.connect(path)
    found = connection.execute(
        "SELECT pos, id, event.version FROM credcore_event AS event JOIN credcore_record ON no = record ORDER BY pos"
    ).fetchall()
    connection.close()
    assert found == [(1, "f-1", 1), (2, "f-1", 2), (3, "f-2", 1), (4, "f-1", 3)]


def test_pages_and_sweeps_use_their_indexes(path):
    """A worklist page of one owner is read from the index in its order; a sweep and a lane likewise."""
    plans = []
    with SQLiteStore.open(path, "lakeside") as store:
        connection = store._access._idle[0]
        statements = []
        connection.set_trace_callback(statements.append)
        store.rows(View(at=5, owners=("jo",), stage="psv"), limit=50)
        store.claim("due", ManualClock()(), 10, HOUR)
        store.claim("lane", ManualClock()(), 10, HOUR)
        connection.set_trace_callback(None)
        for statement in statements:
            if statement.lstrip().startswith("SELECT"):
                plan = connection.execute(f"EXPLAIN QUERY PLAN {statement}").fetchall()
                plans.append(" | ".join(row[3] for row in plan))
    page, due, lanes = plans
    assert "COVERING INDEX credcore_worklist (desk=? AND owner=?" in page
    assert page.count("TEMP B-TREE") == 1, "only the page itself is sorted, not what it was chosen from"
    assert due == "SEARCH credcore_record USING INDEX credcore_due (desk=? AND next_change<?)"
    assert lanes.startswith("SEARCH lane USING INDEX credcore_lane_ready (desk=? AND ready_at<?)")
    assert "TEMP B-TREE" not in lanes


def test_the_log_is_written_over_from_its_start(path):
    """It grows to a thousand pages and no further, whatever is committed: a commit seldom makes it longer."""
    log = path.with_name("desk.db-wal")
    sizes = []
    with SQLiteStore.open(path, "lakeside") as store:
        for version in range(120):
            store.commit(Decision(writes=(write(FILE, version, state=str(version % 10) * 200_000),)))
            sizes.append(log.stat().st_size)
    assert max(sizes) < 4096 * CHECKPOINT_PAGES + 2_000_000
    assert sizes[-1] < sizes[60] + 250_000


def test_a_reader_does_not_stop_commits_or_checkpoints_for_long(path):
    """While somebody reads, the log may grow; afterwards it is cut off."""
    log = path.with_name("desk.db-wal")
    with SQLiteStore.open(path, "lakeside") as store:
        with store._access.reading() as connection:
            connection.execute("SELECT count(*) FROM credcore_record").fetchone()
            for version in range(100):
                store.commit(Decision(writes=(write(FILE, version, state=str(version % 10) * 200_000),)))
            assert log.stat().st_size > LONGEST_LOG_BYTES
        for version in range(100, 103):
            store.commit(Decision(writes=(write(FILE, version),)))
        assert log.stat().st_size <= LONGEST_LOG_BYTES
        assert store.load([FILE])[FILE].version == version + 1


@pytest.mark.skipif(os.name == "nt", reason="there is no flock")
def test_writers_wait_at_the_lock(path):
    """Whoever holds ``<path>.lock`` holds up every commit, and no reader."""
    with SQLiteStore.open(path, "lakeside") as store:
        thread = threading.Thread(target=store.commit, args=(Decision(writes=(write(FILE),)),))
        with writer_lock(path):
            thread.start()
            thread.join(0.1)
            assert thread.is_alive()
            assert store.load([FILE])[FILE].version == 0
        thread.join(10)
        assert store.load([FILE])[FILE].version == 1


def test_threads_leave_no_connection_behind(path):
    """Connections are lent, so there are never more than there were calls at once."""
    with SQLiteStore.open(path, "lakeside") as store:
        for _ in range(20):
            thread = threading.Thread(target=store.load, args=([FILE],))
            thread.start()
            thread.join()
        assert len(store._access._idle) == 1


def test_processes_win_each_version_once(path):
    """Four processes race for one record; every version was won by exactly one, whose event is stored."""
    writers = {name: writer(path, name, 40) for name in "abcd"}
    won = {}
    for name, process in writers.items():
        output, _ = process.communicate(timeout=60)
        assert process.returncode == 0
        for version in map(int, output.split()):
            assert won.setdefault(version, name) == name
    with SQLiteStore.open(path, "lakeside") as store:
        stored = [item.mac.decode() for item in store.history(FILE)]
    assert stored == [f"{won[version]}@{version}" for version in range(1, 161)]


@pytest.mark.skipif(os.name == "nt", reason="there is no SIGKILL")
def test_a_killed_writer_loses_nothing_that_was_acknowledged(path):
    """Killed in the middle of its work, three times: each acknowledged event is there, and the next writer goes on."""
    last = 0
    for turn in range(3):
        process = writer(path, f"w{turn}", 1_000_000)
        for _ in range(30):
            process.stdout.readline()
        process.send_signal(signal.SIGKILL)
        rest, _ = process.communicate(timeout=60)
        with SQLiteStore.open(path, "lakeside") as store:
            versions = [item.version for item in store.history(FILE)]
            assert store.load([FILE])[FILE].version == len(versions)
        acknowledged = int((rest.rpartition("\n")[0].split() or [last + 30])[-1])
        assert versions == list(range(1, len(versions) + 1))
        assert acknowledged <= len(versions) <= acknowledged + 1
        last = len(versions)


FORKING = """
import os, sys
from credcore.adapters.sqlite import SQLiteStore
from credcore.history import Ref
from credcore.ports import Decision
from credcore.testing.stores import write

store = SQLiteStore.open(sys.argv[1], "lakeside")
store.commit(Decision(writes=(write(Ref("file", "before")),)))
(inherited,) = store._access._idle
child = os.fork()
for n in range(20):
    store.commit(Decision(writes=(write(Ref("file", f"{'parent' if child else 'child'}-{n}")),)))
assert child or inherited not in store._access._idle
store.close()
if child:
    sys.exit(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
"""


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system does not fork")
def test_a_forked_child_may_use_the_store(path):
    """The child opens its own connections and leaves its parent's alone; both write, nothing is lost."""
    subprocess.run([sys.executable, "-c", FORKING, str(path)], check=True, timeout=60, env=ENVIRONMENT)  # noqa: S603 - our own script
    with SQLiteStore.open(path, "lakeside") as store:
        assert store.count(View(at=0), ())[()] == 41


def test_many_decisions_together_are_one_transaction(tmp_path):
    """All are there when the block ends; a refused one takes back itself alone; an exception takes back all."""
    with SQLiteStore.create(tmp_path / "desk.db", "main") as store:
        with store.together():
            store.commit(Decision(writes=(write(FILE, 0, event(1)),)))
            with pytest.raises(Conflict):
                store.commit(Decision(writes=(write(FILE, 0, event(1, mac="other")), write(OTHER, 0, event(1)))))
            assert store.load([FILE])[FILE].version == 1
        assert [store.load([FILE, OTHER])[ref].version for ref in (FILE, OTHER)] == [1, 0]

        def break_off():
            with store.together():
                store.commit(Decision(writes=(write(OTHER, 0, event(1)),)))
                raise ZeroDivisionError

        with pytest.raises(ZeroDivisionError):
            break_off()
        assert store.load([OTHER])[OTHER].version == 0
    with SQLiteStore.open(tmp_path / "desk.db", "main") as store:
        assert store.load([FILE])[FILE].version == 1


def test_another_thread_neither_sees_nor_joins_a_transaction_that_is_open(tmp_path):
    """Together is one thread's own: a reader elsewhere sees what was committed, a writer waits."""
    with SQLiteStore.create(tmp_path / "desk.db", "main") as store, ThreadPoolExecutor(1) as pool:
        with store.together():
            store.commit(Decision(writes=(write(FILE, 0, event(1)),)))
            assert pool.submit(store.load, [FILE]).result()[FILE].version == 0
            waiting = pool.submit(store.commit, Decision(writes=(write(OTHER, 0, event(1)),)))
            assert not waiting.done()
        waiting.result(timeout=10)
        assert [store.load([FILE, OTHER])[ref].version for ref in (FILE, OTHER)] == [1, 1]
