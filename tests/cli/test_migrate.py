"""Bringing a desk's tables up to date, and adding them to a database of a host's."""

import contextlib
import sqlite3

import pytest

from credcore.adapters.sqlite import schema, script

LATER = "CREATE TABLE credcore_later (no INTEGER PRIMARY KEY);"


@pytest.fixture
def newer(monkeypatch):
    """Be a credcore that has one script more."""
    steps = (*schema._steps(), LATER)
    monkeypatch.setattr(schema, "_steps", lambda: steps)


def test_a_desk_that_is_up_to_date_is_left_alone(empty, run):
    """Running it again is harmless."""
    run("init")
    before = (empty / "desk.db").read_bytes()
    result = run("migrate")
    assert (result.exit_code, result.stdout) == (0, "desk.db: schema version 1, up to date\n")
    assert (empty / "desk.db").read_bytes() == before


def test_an_older_desk_waits_for_it_and_is_brought_up(run, monkeypatch):
    """Nothing else migrates; the refusal names the command, and after it the desk works."""
    run("init")
    newer_steps = (*schema._steps(), LATER)
    monkeypatch.setattr(schema, "_steps", lambda: newer_steps)
    refused = run("worklist")
    assert refused.exit_code == 1
    assert "has schema version 1, this credcore reads 2: migrate it first, with `credcore migrate`" in refused.stderr
    assert run("migrate").stdout == "desk.db: schema version 2, brought from version 1 to 2\n"
    assert run("worklist").exit_code == 0


def test_the_sql_is_printed_and_nothing_is_run(empty, run, newer):  # noqa: ARG001 - it adds a script
    """For whoever migrates with a tool of their own: all of it where nothing lies, else what is missing."""
    whole = run("migrate", "--sql").stdout
    assert whole == script()
    with contextlib.closing(sqlite3.connect(empty / "desk.db")) as connection:
        connection.executescript(whole)
    assert run("migrate", "--sql").stdout == ""
    assert run("migrate").stdout == "desk.db: schema version 2, up to date\n"


def test_a_hosts_database_gets_the_tables_when_asked(empty, run):
    """Never by itself: a mistyped path must not change somebody else's database."""
    with contextlib.closing(sqlite3.connect(empty / "host.db")) as connection:
        connection.execute("CREATE TABLE record (id TEXT)")
    for command in ("init", "migrate"):
        refused = run(command, "--desk", "host.db")
        assert refused.exit_code == 1
        assert "`credcore migrate --add` adds them" in refused.stderr
    assert run("migrate", "--add", "--desk", "host.db").stdout == "host.db: schema version 1, tables added\n"
    assert run("init", "--desk", "host.db").exit_code == 0
    assert run("worklist", "--desk", "host.db").stdout == "Nothing wants doing.\n"


def test_what_cannot_be_migrated_says_why(run):
    """A place without a file, and a kind of store without tables."""
    nothing = run("migrate")
    assert (nothing.exit_code, "there is no such file" in nothing.stderr) == (1, True)
    memory = run("migrate", "--desk", "memory:main")
    assert memory.stderr == "credcore: stores of the kind 'memory' have no tables to migrate\n"
