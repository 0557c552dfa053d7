"""What holds of every command's output: its width, its signs, its errors; and that the process itself behaves."""

import datetime as dt
import io
import json
import os
import shlex
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len
from rich.text import Text

from credcore.adapters.board.wording import clean
from credcore.cli import rendering
from credcore.cli.layout import Grid, complain, show
from credcore.cli.morning import gather
from credcore.cli.opening import Place, acting, clock_of, opened
from credcore.errors import NaiveInstant

OUTPUTS = [
    [],
    ["--help"],
    *(
        [name, "--help"]
        for name in ("init", "day", "worklist", "show", "explain", "assign", "sweep", "board", "profile", "check")
    ),
    ["worklist"],
    ["worklist", "--kind", "provider", "--kind", "file"],
    ["worklist", "--owner", "@coordinator"],
    *(["show", record] for record in ("f-0022", "f-0038", "f-0068", "provider/p-1", "provider/p-3", "person/luis")),
    *(["explain", record] for record in ("f-0022", "f-0038", "f-0068", "provider/p-2")),
    ["assign", "--dry-run"],
    ["sweep"],
    ["day"],
    ["board"],
    ["check", "hospital"],
    ["show", "x" * 200],
    ["init"],
]


@pytest.mark.usefixtures("desk")
@pytest.mark.parametrize("args", OUTPUTS, ids=" ".join)
def test_no_line_is_wider_than_80_columns(run, args):
    """Whoever pipes, prints or mails the output gets lines that fit, without colours or trailing blanks."""
    result = run(*args)
    assert result.exit_code in (0, 1, 2)
    for line in result.stdout.splitlines():
        assert cell_len(line) <= 80
        assert line == line.rstrip()
        assert "\x1b" not in line


@pytest.mark.usefixtures("desk")
def test_a_name_cannot_move_the_cursor(run):
    """A provider's name comes from outside; its escape codes are shown, not obeyed."""
    text = run("show", "provider/p-1").stdout
    assert "\x1b" not in text
    assert "\N{RIGHT-TO-LEFT OVERRIDE}" not in text
    assert "<script>" in text


@given(st.text())
def test_clean_text_keeps_its_length_and_its_letters(text):
    """Cleaning replaces sign by sign, is done when done once, and leaves every printable sign alone."""
    cleaned = clean(text)
    assert (len(cleaned), clean(cleaned)) == (len(text), cleaned)
    assert all(a == b for a, b in zip(text, cleaned, strict=True) if a.isprintable())


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("desk.db", Place(store="sqlite", place="desk.db")),
        ("sqlite:a/b.db#lake", Place(store="sqlite", place="a/b.db", desk="lake")),
        ("/srv/#1/desk.db", Place(store="sqlite", place="/srv/#1/desk.db")),
        (r"C:\desk.db", Place(store="sqlite", place=r"C:\desk.db")),
        ("postgres:host=db dbname=desks#main", Place(store="postgres", place="host=db dbname=desks")),
    ],
)
def test_a_place_names_store_and_desk(text, place):
    """A path is a path; a scheme names another store, a hash another desk."""
    assert Place.parse(text) == place


def test_a_clock_without_a_zone_is_refused():
    """Nobody can say when a naive instant was, so the commands do not guess."""
    with pytest.raises(NaiveInstant):
        clock_of({"CREDCORE_NOW": "2026-03-16T09:00"})


@pytest.mark.usefixtures("desk")
def test_a_naive_clock_is_one_sentence(run, monkeypatch):
    """The variable is named, and what would be right."""
    monkeypatch.setenv("CREDCORE_NOW", "2026-03-16T09:00")
    result = run("worklist", "--json")
    assert (result.exit_code, json.loads(result.stdout)["error"]["code"]) == (1, "naive-instant")
    assert result.stderr.startswith("credcore: CREDCORE_NOW: ")


def test_the_clock_stands_still_where_it_was_set():
    """With CREDCORE_NOW a desk is looked at as of another time; without it the system's time counts, in UTC."""
    assert clock_of({"CREDCORE_NOW": "2026-03-16T09:00Z"})() == dt.datetime(2026, 3, 16, 9, tzinfo=dt.UTC)
    assert clock_of({})().tzinfo is dt.UTC


def test_somebody_acts(monkeypatch):
    """Whoever is logged in acts, unless another name is given."""
    monkeypatch.setenv("LOGNAME", "sam")
    assert acting(None).id == "sam"
    assert acting("mei").id == "mei"
    assert acting("mei").roles == {"coordinator"}


@pytest.mark.usefixtures("desk")
def test_whoever_only_looks_needs_no_name(run, monkeypatch):
    """Where the system knows of no login, reading works, and writing asks who acts."""

    def nobody():
        raise KeyError

    monkeypatch.delenv("CREDCORE_ACTOR")
    monkeypatch.setattr("getpass.getuser", nobody)
    assert run("worklist").exit_code == 0
    assert "say who acts with --as" in run("sweep").stderr
    assert run("sweep", "--as", "mei").exit_code == 0


def test_every_command_is_listed_with_what_it_does(run):
    """The help lists the commands in the order of a first look around, and none is imported for it."""
    lines = run("--help").stdout.splitlines()
    names = [line.split()[0] for line in lines[lines.index("Commands:") + 1 :] if line.startswith("  ")]
    assert names[:3] == ["init", "demo", "day"]
    assert run("wrklist").exit_code == 2


def process(*args, cwd, **environ):
    """Run the installed command in a process of its own."""
    env = {name: value for name, value in os.environ.items() if not name.startswith("CREDCORE_")} | environ
    return subprocess.run(  # noqa: S603 - our own command
        [sys.executable, "-c", "from credcore.cli import main; main()", *args],
        cwd=cwd,
        env=env,
        capture_output=True,
        timeout=60,
        check=False,
    )


def test_a_process_works_a_desk_from_nothing(tmp_path):
    """Made, run and listed by separate processes, a desk is on disk between them."""
    assert process("init", cwd=tmp_path).returncode == 0
    assert json.loads(process("worklist", "--json", cwd=tmp_path).stdout) == []


def shell(line, cwd):
    """Run a command as a shell does, with its standard output redirected."""
    command = f"{shlex.quote(sys.executable)} -c 'from credcore.cli import main; main()'"
    env = {name: value for name, value in os.environ.items() if not name.startswith("CREDCORE_")}
    return subprocess.run(  # noqa: S602 - our own command
        line.replace("credcore", command, 1), shell=True, cwd=cwd, env=env, capture_output=True, timeout=60, check=False
    )


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="only where a device is always full")
@pytest.mark.parametrize("args", ["worklist", "show f-0022", "--help"])
def test_a_full_disk_is_one_sentence(desk, args):
    """Neither a traceback, nor a second complaint when the process ends."""
    done = shell(f"credcore {args} > /dev/full", desk)
    assert (done.returncode, done.stderr) == (1, b"credcore: cannot write: no space left on device\n")


@pytest.mark.skipif(os.name != "posix", reason="a shell's way to close a stream")
def test_a_closed_output_is_one_sentence(desk):
    """There is nobody to tell, so nothing is done."""
    done = shell("credcore worklist >&-", desk)
    assert (done.returncode, done.stderr) == (1, b"credcore: there is no standard output to write to\n")


@pytest.mark.skipif(os.name != "posix", reason="a shell's way to close a pipe")
def test_a_reader_who_has_seen_enough_is_no_error(desk):
    """Whoever looks at the first line alone sees no complaint."""
    done = shell("credcore show f-0022 | head -n 1", desk)
    assert (done.returncode, done.stderr) == (0, b"")


def test_a_terminal_without_the_signs_still_shows_the_desk(desk):
    """Where the encoding lacks a sign, a question mark stands for it; nothing is lost to a traceback."""
    done = process("show", "provider/p-1", cwd=desk, PYTHONIOENCODING="ascii")
    assert (done.returncode, done.stderr) == (0, b"")
    assert b"<script>" in done.stdout


def test_looking_at_help_loads_no_command():
    """The list of commands comes at once: neither stores nor pages are imported for it."""
    code = (
        "import sys\nfrom click.testing import CliRunner\nfrom credcore.cli.main import credcore\n"
        "CliRunner().invoke(credcore, ['--help'])\n"
        "sys.exit(any(name in sys.modules for name in ('rich', 'jinja2', 'sqlite3', 'credcore.coordinator')))"
    )
    assert subprocess.run([sys.executable, "-c", code], timeout=60, check=False).returncode == 0  # noqa: S603 - ours


def test_a_missing_extra_says_what_to_install():
    """Without click there is no command line, and the answer is a line for pip."""
    code = "import sys\nsys.modules['click'] = None\nfrom credcore.cli import main\nmain()"
    done = subprocess.run(  # noqa: S603 - our own code
        [sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode == 1
    assert "pip install 'credcore[cli]'" in done.stderr


@pytest.mark.usefixtures("desk")
@pytest.mark.parametrize("lines", [1, 15])
def test_a_morning_fits_the_page_and_leaves_nothing_out_unsaid(capsys, lines):
    """Worklist, given out, escalated, payers, recredentialing, committees and load, each cut with a word about it."""
    with opened("desk.db", actor=acting("dana")) as desk:
        morning = gather(desk, desk.day())
        rendering.print_morning(morning, lines=lines)
    text = capsys.readouterr().out
    for heading in ("Worklist", "Given out", "Escalated", "Payers", "Recredentialing", "Committees", "Load"):
        assert f"\n{heading}" in text
    assert all(cell_len(line) <= 80 for line in text.splitlines())
    assert (f"and {len(morning.escalations) - 1} more" in text) == (lines == 1)
    assert "\x1b" not in text


class _Terminal(io.StringIO):
    """A terminal at which somebody looks."""

    def isatty(self):
        return True


@pytest.mark.parametrize(("columns", "stacked"), [("50", True), ("100", False)])
def test_a_table_takes_the_room_that_a_terminal_has(monkeypatch, columns, stacked):
    """A narrow terminal gets a field a line, a wide one a table; both in colours."""
    monkeypatch.setenv("COLUMNS", columns)
    monkeypatch.setenv("TERM", "xterm-256color")
    monkeypatch.delenv("NO_COLOR", raising=False)
    monkeypatch.setattr(sys, "stdout", terminal := _Terminal())
    made = Grid("Due", "Why", fold=("Why",))
    made.row("Mon 2 Mar 24:00", Text("late", style="red"))
    show(made)
    text = terminal.getvalue()
    assert "\x1b[" in text
    assert ("Why: " in text) == stacked


@pytest.mark.parametrize(("looked_at", "lines"), [(False, 1), (True, 3)])
def test_a_long_sentence_is_folded_at_words_on_a_terminal(monkeypatch, looked_at, lines):
    """A terminal would break words; a log, or whoever searches it, wants one line."""
    stream = io.StringIO()
    stream.isatty = lambda: looked_at
    monkeypatch.setattr(sys, "stderr", stream)
    monkeypatch.setenv("COLUMNS", "40")
    complain("june.csv: was shortened by a spreadsheet; format the column as text and save it")
    printed = stream.getvalue().splitlines()
    assert len(printed) == lines
    assert " ".join(printed) == (
        "credcore: june.csv: was shortened by a spreadsheet; format the column as text and save it"
    )
    assert not looked_at or max(map(len, printed)) <= 40
