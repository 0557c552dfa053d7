"""Making a desk: once, by a sound profile, and never over something else."""

import sqlite3

import pytest

from credcore.adapters.sqlite import SQLiteStore
from credcore.profiles import read


def test_a_new_desk_works_by_the_hospitals_profile(empty, run):
    """Without a word about profiles the desk gets the one that ships for hospitals."""
    result = run("init")
    assert result.exit_code == 0
    assert result.stdout.startswith("desk.db: a desk for Lakeside Hospital")
    assert (empty / "desk.db").exists()


def test_a_second_init_says_so_and_changes_nothing(empty, run):
    """A desk is made once; the second time a script sees exit code 1, and the desk is as it was."""
    run("init")
    before = (empty / "desk.db").read_bytes()
    result = run("init", "--profile", "hospital")
    assert (result.exit_code, result.stdout) == (1, "")
    assert result.stderr == "credcore: desk.db: desk 'main' is there already, and stays as it is\n"
    assert (empty / "desk.db").read_bytes() == before


def test_an_init_that_broke_off_is_finished_by_the_next(empty, run):
    """A file without a first record is no desk yet; making it again completes it."""
    SQLiteStore.create(empty / "desk.db", "main").close()
    assert run("init").exit_code == 0
    assert run("worklist").stdout == "Nothing wants doing.\n"


def test_two_desks_lie_in_one_file(run):
    """What stands behind the hash names the desk."""
    assert run("init").exit_code == 0
    assert run("init", "--desk", "sqlite:desk.db#lakeside").exit_code == 0
    assert run("worklist", "--desk", "desk.db#lakeside").exit_code == 0
    assert run("worklist", "--desk", "desk.db#elsewhere").exit_code == 1


def test_a_faulty_profile_makes_no_desk(empty, run):
    """A desk is not begun by a profile that could not be used."""
    (empty / "mine.toml").write_text("[profile]\nname = 'Mine'\n", encoding="utf-8")
    result = run("init", "--profile", "mine.toml")
    assert result.exit_code == 1
    assert "mine.toml" in result.stderr
    assert not (empty / "desk.db").exists()


def test_an_unknown_profile_names_the_nearest(run):
    """A slip of the pen is answered with the name that was meant."""
    result = run("init", "--profile", "hospitel")
    assert result.exit_code == 1
    assert "did you mean 'hospital'?" in result.stderr


@pytest.mark.parametrize("make", ["text", "folder", "database"])
def test_a_desk_is_not_made_over_something_else(empty, run, make):
    """A file that is no desk is left as it is, by init and by every other command."""
    path = empty / "desk.db"
    if make == "text":
        path.write_text("a letter")
    elif make == "folder":
        path.mkdir()
    else:
        with sqlite3.connect(path) as connection:
            connection.execute("CREATE TABLE letters (id)")
        connection.close()
    for command in ("init", "worklist", "day"):
        result = run(command)
        assert (result.exit_code, result.stdout) == (1, "")
        assert result.stderr.startswith("credcore: ")
        assert "Traceback" not in result.stderr


def test_an_unknown_store_names_those_there_are(run):
    """A store is a plugin's; a name that none gives is answered with the nearest."""
    result = run("init", "--desk", "sqlight:desk.db")
    assert result.exit_code == 1
    assert "did you mean 'sqlite'?" in result.stderr


def test_a_desk_with_invented_people_says_so(empty, run):
    """Who begins with what ships is told what to do next, and it works as it is written."""
    text = run("init").stdout
    assert "invented" in text
    for command in ("profile hospital > mine.toml", "check mine.toml", "init --profile mine.toml --desk mine.db"):
        assert f"\n  credcore {command}\n" in text
    (empty / "mine.toml").write_bytes(run("profile", "hospital").stdout_bytes)
    assert run("check", "mine.toml").exit_code == 0
    own = run("init", "--profile", "mine.toml", "--desk", "mine.db")
    assert own.exit_code == 0
    assert "invented" not in own.stdout


def test_a_profile_is_printed_as_it_ships(run):
    """To the byte; a name that does not ship is answered with the nearest."""
    assert run("profile", "hospital").stdout_bytes == read("hospital").encode()
    result = run("profile", "hospitel")
    assert (result.exit_code, result.stdout) == (1, "")
    assert result.stderr == "credcore: no profile 'hospitel'; did you mean 'hospital'?\n"


@pytest.mark.parametrize("args", [("check", "nope"), ("init", "--profile", "nope")])
def test_what_is_neither_profile_nor_file_is_not_looked_for_on_a_desk(run, args):
    """There is no desk in it."""
    assert run(*args).stderr == "credcore: no profile or file 'nope'; known: hospital\n"
