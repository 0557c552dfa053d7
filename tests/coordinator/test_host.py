"""A desk within its host: the host's transaction, its users, its repeated calls, and other desks beside it."""

import contextlib
import datetime as dt
import sqlite3
import threading

import pytest

from credcore.adapters.memory import MemoryStore
from credcore.adapters.sqlite import SQLiteStore
from credcore.coordinator import Actor, Coordinator, NewProvider
from credcore.errors import Conflict, Forbidden, InvalidInput, MoveRefused
from credcore.history import Ref
from credcore.ports import Decision, View
from desks import MONDAY, PROFILE, Clock, desk

ADA = NewProvider(id="p-1", name="Ada Ames", state="CT")
EVERYTHING = View(at=0, kinds=None, snoozed=True)


@pytest.fixture
def path(tmp_path):
    """A database that the host and the desk share."""
    return tmp_path / "host.db"


@pytest.fixture
def dana(path):
    """A desk in it, as the coordinator works it."""
    clock = Clock()
    with SQLiteStore.create(path, "lakeside", clock) as store:
        made = Coordinator(store, PROFILE, clock=clock).acting_as(Actor("dana", ["coordinator"]))
        made.register([ADA])
        yield made


@pytest.fixture
def connection(path, dana):  # noqa: ARG001 - it makes the file
    """The host's own connection, with a table of its own."""
    with contextlib.closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.execute("CREATE TABLE visit (id TEXT)")
        yield connection


@contextlib.contextmanager
def transaction(dana, connection):
    """Do as a host does: commit what went well, take back what did not."""
    with dana.within(connection) as joined:
        connection.execute("BEGIN IMMEDIATE")
        try:
            yield joined
        except BaseException:
            connection.rollback()
            raise
        connection.commit()


def tables(connection):
    """Return all that the desk has stored."""
    names = ("event", "record", "outbox", "lane", "parent")
    return [connection.execute(f"SELECT * FROM credcore_{name}").fetchall() for name in names]  # noqa: S608 - our own words


def files(dana):
    """Return the files of the desk."""
    return [row.ref.id for row in dana._context.store.rows(EVERYTHING).rows if row.ref.kind == "file"]


def test_a_file_opens_with_the_hosts_own_row(dana, connection):
    """Both are there after the commit, and the file is worked as any other."""
    with transaction(dana, connection) as joined:
        connection.execute("INSERT INTO visit VALUES ('v-1')")
        opened = joined.open_file("initial", "p-1")
        assert joined.show(opened.ref.id).record.stage == "intake"
    assert files(dana) == [opened.ref.id]
    dana.advance(opened.ref.id, "withdrawn")


def test_a_rollback_leaves_no_event_and_no_notice(dana, connection):
    """Neither the file, nor what a sweep told of it, nor the lane that it would have waited in."""
    dana.open_file("initial", "p-1")
    dana._context.clock.at = MONDAY.replace(month=7)
    before = tables(connection)
    with contextlib.suppress(RuntimeError), transaction(dana, connection) as joined:
        joined.open_file("initial", "p-1", command="apply-1")
        assert joined.sweep().told
        assert connection.execute("SELECT count(*) FROM credcore_outbox").fetchone() != (0,)
        raise RuntimeError
    assert tables(connection) == before
    again = dana.open_file("initial", "p-1", command="apply-1")
    assert not again.repeated, "what was taken back was never done"


def test_a_refusal_is_recorded_although_the_host_takes_everything_back(dana, connection):
    """That somebody tried stays on the record at which the call aimed, once."""
    file_id = dana.open_file("initial", "p-1").ref.id
    clerk = dana.acting_as(Actor("kim", ["clerk"]))
    with pytest.raises(Forbidden), transaction(clerk, connection) as joined:
        joined.advance(file_id, "withdrawn")
    events = dana.show(file_id).events
    assert [(e.type, e.by) for e in events[-1:]] == [("action-refused", "system")]
    assert events[-1].actor == "kim"
    with transaction(clerk, connection) as joined, contextlib.suppress(Forbidden):
        joined.advance(file_id, "withdrawn")
    assert [event.type for event in dana.show(file_id).events].count("action-refused") == 2


def refusals(dana, ref):
    """Return who was refused on a record."""
    return [event.actor for event in dana.history(ref).events if event.type == "action-refused"]


def test_a_refusal_on_one_of_two_desks_waits_for_the_whole_transaction(dana, path, connection):
    """Both desks lie in one file: nothing is written around the transaction that goes on."""
    file_id = dana.open_file("initial", "p-1").ref.id
    clerk = dana.acting_as(Actor("kim", ["clerk"]))
    with SQLiteStore.create(path, "riverside", dana._context.clock) as store:
        other = Coordinator(store, PROFILE, clock=dana._context.clock).acting_as(Actor("dana", ["coordinator"]))
        with other.within(connection) as outer:
            connection.execute("BEGIN IMMEDIATE")
            with clerk.within(connection) as inner, contextlib.suppress(Forbidden):
                inner.advance(file_id, "withdrawn")
            outer.register([ADA])
            connection.commit()
        assert other.show("provider/p-1").record.name == "Ada Ames"
    assert refusals(dana, Ref("file", file_id)) == ["kim"]


def test_a_host_that_rolls_back_outside_of_the_block_gets_its_own_error(dana, connection):
    """The refusal rises as it was, the transaction is over, and the refusal is on record."""
    file_id = dana.open_file("initial", "p-1").ref.id

    def careless():
        try:
            with dana.acting_as(Actor("kim", ["clerk"])).within(connection) as joined:
                connection.execute("BEGIN IMMEDIATE")
                joined.advance(file_id, "withdrawn")
        finally:
            connection.rollback()

    with pytest.raises(Forbidden):
        careless()
    assert refusals(dana, Ref("file", file_id)) == ["kim"]


def test_a_refusal_stands_even_where_it_cannot_be_recorded(dana, connection, caplog):
    """The outer desk cannot write within the block; that it refused is what the caller learns."""
    file_id = dana.open_file("initial", "p-1").ref.id
    with transaction(dana, connection), pytest.raises(Forbidden):
        dana.acting_as(Actor("kim", ["clerk"])).advance(file_id, "withdrawn")
    assert "refusal not recorded" in caplog.messages
    assert refusals(dana, Ref("file", file_id)) == []


def test_a_file_that_was_opened_and_refused_in_one_transaction_leaves_the_refusal_on_the_desk(dana, connection):
    """The file is gone with the rollback; that somebody tried is not."""
    clerk = dana.acting_as(Actor("kim", ["clerk"]))

    def tried():
        with transaction(dana, connection) as joined:
            file_id = joined.open_file("initial", "p-1").ref.id
            joined.acting_as(clerk.actor).advance(file_id, "withdrawn")

    with pytest.raises(Forbidden):
        tried()
    assert refusals(dana, Ref("desk", "lakeside")) == ["kim"]


def test_what_a_dry_run_is_refused_is_not_recorded(dana, connection):
    """Within a host's transaction or outside of one."""
    file_id = dana.open_file("initial", "p-1").ref.id
    clerk = dana.acting_as(Actor("kim", ["clerk"]))
    with transaction(clerk, connection) as joined:
        for desk_of_kim in (joined, clerk):
            (outcome,) = desk_of_kim.for_each([file_id], lambda d, f: d.advance(f, "withdrawn"), dry_run=True)
            assert isinstance(outcome.error, Forbidden)
    assert refusals(dana, Ref("file", file_id)) == []


def test_a_refused_move_takes_back_only_itself(dana, connection):
    """A host that goes on after a refusal commits the rest."""
    with transaction(dana, connection) as joined:
        file_id = joined.open_file("initial", "p-1").ref.id
        with pytest.raises(MoveRefused):
            joined.advance(file_id, "psv")
    assert [event.type for event in dana.show(file_id).events] == ["file-opened"]


def test_a_conflict_is_not_repeated_within_a_hosts_transaction(dana, connection):
    """The host read on the same assumption, so it is the host that begins anew."""
    tries = []
    with transaction(dana, connection) as joined:
        store = joined._context.store
        file_id = joined.open_file("initial", "p-1").ref.id

        class Contested:
            def __getattr__(self, name):
                return getattr(store, name)

            def commit(self, decision: Decision):
                tries.append(decision)
                raise Conflict(["file/f-1"])

        joined._context.store = Contested()
        with pytest.raises(Conflict):
            joined.advance(file_id, "withdrawn")
    assert len(tries) == 1


@pytest.mark.parametrize("action", ["deliver", "poll_payers", "day"])
def test_what_reaches_people_is_refused_within_a_transaction(dana, connection, action):
    """A message cannot be taken back by a rollback."""
    with transaction(dana, connection) as joined, pytest.raises(InvalidInput, match="outside of the transaction"):
        getattr(joined, action)()


def test_the_outer_desk_within_the_block_is_told(dana, connection):
    """It would wait for itself for ever."""
    with transaction(dana, connection), pytest.raises(InvalidInput, match="is open here already"):
        dana.open_file("initial", "p-1")


def test_a_dry_run_within_a_transaction_writes_nothing(dana, connection):
    """And a dry run of a transaction is refused: it would write."""
    file_id = dana.open_file("initial", "p-1").ref.id

    def sneaky(desk, _file_id):
        with desk.within(connection) as joined:
            return joined.advance(file_id, "withdrawn")

    (outcome,) = dana.for_each([file_id], sneaky, dry_run=True)
    assert "joins no transaction" in str(outcome.error)
    with transaction(dana, connection) as joined:
        (outcome,) = joined.for_each([file_id], lambda d, f: d.advance(f, "withdrawn"), dry_run=True)
        assert outcome.error is None
    assert dana.show(file_id).record.stage == "intake"


def test_many_threads_each_with_a_transaction_of_the_hosts(dana, path):
    """Every one that commits is there, every one that does not is gone, and no chain is broken."""
    outcomes = []

    def work(number):
        with (
            contextlib.closing(sqlite3.connect(path, isolation_level=None)) as connection,
            contextlib.suppress(ZeroDivisionError),
            transaction(dana, connection) as joined,
        ):
            connection.execute("INSERT INTO visit VALUES (?)", (f"v-{number}",))
            opened = joined.open_file("initial", "p-1", command=f"apply-{number % 8}")
            assert 1 / (number % 3)
            outcomes.append(opened.ref.id)

    with contextlib.closing(sqlite3.connect(path)) as connection:
        connection.execute("CREATE TABLE IF NOT EXISTS visit (id TEXT)")
    threads = [threading.Thread(target=work, args=(number,)) for number in range(24)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with contextlib.closing(sqlite3.connect(path)) as connection:
        assert connection.execute("SELECT count(*) FROM visit").fetchone() == (16,)
    assert sorted(set(outcomes)) == sorted(files(dana))
    assert len(files(dana)) == 8


# Users


def test_roles_are_said_never_assumed():
    """An actor without a word about roles is no actor: nobody becomes a coordinator by omission."""
    with pytest.raises(TypeError):
        Actor("kim")
    assert Actor("kim", []).roles == frozenset()


def test_every_refusal_is_recorded_where_it_was_aimed():
    """Registering aims at the desk, assigning at the file."""
    dana = desk()
    dana.register([ADA])
    file_id = dana.open_file("initial", "p-1").ref.id
    clerk = dana.acting_as(Actor("kim", ["clerk"]))
    for call, ref in (
        (lambda: clerk.register([NewProvider(id="p-2", name="Bo Bell")]), Ref("desk", "main")),
        (lambda: clerk.open_file("initial", "p-1"), Ref("provider", "p-1")),
        (lambda: clerk.assign(file_id, "ana"), Ref("file", file_id)),
        (lambda: clerk.assign(file_id), Ref("file", file_id)),
        (lambda: clerk.adopt(PROFILE + "\n# again\n"), Ref("desk", "main")),
    ):
        with pytest.raises(Forbidden) as caught:
            call()
        assert caught.value.code == "forbidden"
        last = dana.history(ref).events[-1]
        assert (last.type, last.actor) == ("action-refused", "kim"), ref


# Repeated calls


def test_a_handed_over_file_and_an_adopted_edition_are_repeated_harmlessly():
    """Every call that takes a command gives the first answer again."""
    dana = desk()
    dana.register([ADA])
    file_id = dana.open_file("initial", "p-1").ref.id
    first = dana.assign(file_id, "ana", command="give-1")
    again = dana.assign(file_id, "ana", command="give-1")
    assert (again.events, again.repeated) == (first.events, True)
    first = dana.adopt(PROFILE + "\n# the second edition\n", command="adopt-1")
    dana._context.clock.pass_time(days=1)
    again = dana.adopt(PROFILE + "\n# the second edition\n", command="adopt-1")
    assert (again.events, again.repeated) == (first.events, True)
    assert len(dana.desk.editions) == 2


@pytest.mark.parametrize(
    "other",
    [
        lambda dana, f: dana.record(f, lambda file, stamp: file.receive("attestation", stamp), command="k"),
        lambda dana, f: dana.advance(f, "psv", command="k"),
        lambda dana, f: dana.assign(f, "ana", command="k"),
        lambda dana, _f: dana.open_file("initial", "p-1", command="k"),
        lambda dana, f: dana.approve(f, "credentials", command="k"),
        lambda dana, f: dana.correct(f, dana.show(f).events[0].id, why="no", command="k"),
        lambda dana, _f: dana.adopt(PROFILE + "\n# again\n", command="k"),
    ],
)
def test_an_id_is_for_one_call(other):
    """Used again for something else it is refused, never answered with what another call did."""
    dana = desk()
    dana.register([ADA])
    file_id = dana.open_file("initial", "p-1").ref.id
    first = dana.record(file_id, lambda file, stamp: file.receive("application", stamp), command="k")
    before = dana.show(file_id).events
    with pytest.raises(InvalidInput, match="'k' was used for another call"):
        other(dana, file_id)
    assert dana.show(file_id).events == before
    again = dana.record(file_id, lambda file, stamp: file.receive("application", stamp), command="k")
    assert (again.events, again.repeated) == (first.events, True)


def test_a_call_made_again_may_make_up_another_name_and_be_another_persons():
    """A hold that is named anew each time, days later, by a colleague: it is the same call."""
    dana = desk()
    dana.register([ADA])
    file_id = dana.open_file("initial", "p-1", needed_by=dt.date(2026, 6, 1), command="open").ref.id
    names = iter(["h-1", "h-2", "h-3"])

    def wait(file, stamp):
        return file.hold(next(names), "provider", stamp, reason="signature")

    first = dana.record(file_id, wait, command="hold-1")
    dana._context.clock.pass_time(days=2)
    dana.record(file_id, lambda file, stamp: file.release("h-1", stamp))
    again = dana.acting_as(Actor("bo", ["specialist"])).record(file_id, wait, command="hold-1")
    assert (again.events, again.repeated) == (first.events, True)
    with pytest.raises(InvalidInput, match="was used for another call"):
        dana.open_file("initial", "p-1", needed_by=dt.date(2026, 7, 1), command="open")


# Desks beside each other


@pytest.mark.parametrize("kind", ["one-file", "two-files", "memory"])
def test_two_desks_in_one_process_never_see_each_other(tmp_path, kind):
    """Same ids, same commands, same keys; what happens on one is not on the other."""
    with contextlib.ExitStack() as stack:
        desks = []
        for name in ("lakeside", "riverside"):
            store = (
                MemoryStore(name)
                if kind == "memory"
                else stack.enter_context(
                    SQLiteStore.create(tmp_path / ("desk.db" if kind == "one-file" else f"{name}.db"), name)
                )
            )
            made = Coordinator(store, PROFILE, ids=iter([f"{n:03d}" for n in range(200)]).__next__)
            desks.append(made.acting_as(Actor("dana", ["coordinator"])))
        one, two = desks
        for made in desks:
            made.register([ADA])
        opened = one.open_file("initial", "p-1", command="apply-1")
        assert list(two.worklist()) == []
        assert two.report().open == 0
        same = two.open_file("initial", "p-1", command="apply-1")
        assert not same.repeated
        one.assign(opened.ref.id, "ana")
        one.advance(opened.ref.id, "withdrawn")
        assert [line.stage for line in two.worklist()] == ["intake"]
        assert two.history(Ref("person", "ana")).events == ()
        assert {event.type for event in two.show(same.ref.id).events} == {"file-opened"}
