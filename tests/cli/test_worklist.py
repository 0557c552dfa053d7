"""The worklist at the terminal and as JSON."""

import json

import pytest

from credcore.cli.layout import Grid, show
from credcore.cli.meaning import meant
from credcore.errors import InvalidInput, NotFound


@pytest.mark.usefixtures("desk")
def test_the_lines_stand_by_urgency(run):
    """What is late stands under its own heading, before what is on time."""
    lines = run("worklist").stdout.splitlines()
    assert lines[0].startswith("Late (")
    assert [line for line in lines if line.startswith("On time (")]


@pytest.mark.usefixtures("desk")
def test_json_parses_and_keeps_the_order(run):
    """A script reads the same lines in the same order, with urgencies by name and instants in UTC."""
    entries = json.loads(run("worklist", "--json").stdout)
    order = ["today", "breached", "warned", "open"]
    assert [order.index(entry["urgency"]) for entry in entries] == sorted(
        order.index(entry["urgency"]) for entry in entries
    )
    assert entries[0]["record"].startswith("file/f-")
    assert entries[0]["deadline"].endswith("Z")


def test_an_empty_desk_says_so(run):
    """An empty list is an empty JSON list, and a sentence for people."""
    run("init")
    assert run("worklist").stdout == "Nothing wants doing.\n"
    assert json.loads(run("worklist", "--json").stdout) == []


@pytest.mark.usefixtures("desk")
@pytest.mark.parametrize(
    ("options", "expected"),
    [
        (["--owner", "@coordinator"], {"@coordinator"}),
        (["--owner", "priya"], {"priya"}),
        (["--stage", "submitted"], {"ruth"}),
        (["--kind", "provider", "--limit", "2"], {"@coordinator"}),
    ],
)
def test_the_list_can_be_narrowed(run, options, expected):
    """By owner, queue, stage and kind of record."""
    entries = json.loads(run("worklist", "--json", *options).stdout)
    assert {entry["owner"] for entry in entries} == expected


@pytest.mark.usefixtures("desk")
def test_the_limit_holds(run):
    """No more lines than were asked for; none at all is a wrong usage."""
    assert len(json.loads(run("worklist", "--json", "--limit", "3").stdout)) == 3
    assert run("worklist", "--limit", "0").exit_code == 2


@pytest.mark.usefixtures("desk")
def test_lines_that_have_come_due_since_the_last_sweep_are_told_of(run):
    """A line is right until its record's next change; the list says when a sweep is due, and not after one."""
    hint = "to be judged anew: run `credcore day`"
    stale = [entry["stale"] for entry in json.loads(run("worklist", "--json").stdout)]
    assert f"{sum(stale)} lines have {hint}" in run("worklist").stdout
    assert f"{sum(stale)} lines have {hint}" in run("worklist", "--limit", "1").stdout
    run("sweep")
    assert hint not in run("worklist").stdout
    assert not any(entry["stale"] for entry in json.loads(run("worklist", "--json").stdout))


def test_a_desk_that_is_not_there_says_how_to_make_one(run):
    """The commonest mistake is a wrong folder."""
    result = run("worklist", "--json")
    error = json.loads(result.stdout)["error"]
    assert (result.exit_code, error["code"], error["retryable"]) == (1, "unavailable", True)
    assert "credcore init" in result.stderr


@pytest.mark.usefixtures("desk")
def test_people_read_names_and_scripts_read_both(run):
    """Each line says what the board says; the JSON has ids and codes, and beside them the names."""
    text = " ".join(run("worklist", "--stage", "submitted").stdout.split())
    assert "Payer enrollment, Provider Number 4, Blue Lake Health Plan; With the payer" in text
    assert "waits for payer" in text
    (entry,) = json.loads(run("worklist", "--stage", "submitted", "--json").stdout)
    assert (entry["stage"], entry["provider"], entry["provider_name"]) == ("submitted", "p-4", "Provider Number 4")
    assert entry["title"] == "Payer enrollment, Provider Number 4, Blue Lake Health Plan"


@pytest.mark.usefixtures("desk")
@pytest.mark.parametrize("owner", ["priya", "PRIYA", "Priya Raman", "priya  raman"])
def test_an_owner_is_found_by_id_or_name(run, owner):
    """In whatever case; nobody has to know how ids are spelt."""
    assert {entry["owner"] for entry in json.loads(run("worklist", "--owner", owner, "--json").stdout)} == {"priya"}


@pytest.mark.usefixtures("desk")
def test_queue_and_stage_are_found_in_whatever_case(run):
    """A queue by its role, a stage by its title."""
    assert run("worklist", "--owner", "@Coordinator").stdout == run("worklist", "--owner", "@coordinator").stdout
    assert run("worklist", "--stage", "with the PAYER").stdout == run("worklist", "--stage", "submitted").stdout


@pytest.mark.usefixtures("desk")
@pytest.mark.parametrize(
    ("option", "typed", "near"),
    [("--owner", "pryia", "priya"), ("--owner", "Priya Ramen", "Priya Raman"), ("--stage", "submited", "submitted")],
)
def test_an_unknown_owner_or_stage_names_the_nearest(run, option, typed, near):
    """An empty list would say that there is nothing to do."""
    result = run("worklist", option, typed)
    assert (result.exit_code, result.stdout) == (1, "")
    assert f"did you mean {near!r}?" in result.stderr


def test_a_name_of_two_people_is_not_guessed():
    """Whoever has a namesake is asked for by id."""
    people = {"ana": "Ana Lee", "ana-2": "Ana Lee", "lee": "Ben"}
    assert meant("owner", "LEE", people) == "lee"
    with pytest.raises(InvalidInput, match="ana, ana-2"):
        meant("owner", "ana lee", people)
    with pytest.raises(NotFound, match="did you mean 'Ana Lee'"):
        meant("owner", "Ana Leee", people)


@pytest.mark.usefixtures("desk")
def test_a_short_list_says_how_much_there_is(run):
    """A limit shows less and hides nothing: each heading counts all, and so does the last line."""
    entries = json.loads(run("worklist", "--json").stdout)
    late = sum(entry["urgency"] == "breached" for entry in entries)
    lines = run("worklist", "--limit", "1").stdout.splitlines()
    assert late > 1
    assert lines[0] == f"Late, 1 of {late} shown"
    assert f"and {len(entries) - 1} more" in lines


@pytest.mark.usefixtures("desk")
def test_a_date_of_another_year_is_whole(run, monkeypatch):
    """Years later the year is named, and no part of the deadline is cut off."""
    monkeypatch.setenv("CREDCORE_NOW", "2027-03-16T09:00:00-05:00")
    text = run("worklist").stdout
    assert "11 Mar 2026 24:00" in text
    assert "\N{HORIZONTAL ELLIPSIS}" not in text


@pytest.mark.usefixtures("desk")
@pytest.mark.parametrize("width", [30, 50, 60, 80])
def test_an_id_can_be_copied_at_any_width(run, monkeypatch, width):
    """Neither a date nor an id is broken or cut, nor is a column left out, however narrow the terminal."""
    run("day", "--brief")
    entries = json.loads(run("worklist", "--kind", "meeting", "--kind", "file", "--json").stdout)
    monkeypatch.setattr("credcore.cli.layout.WIDTH", width)
    text = run("worklist", "--kind", "meeting", "--kind", "file").stdout
    words = set(text.split())
    for entry in entries:
        assert {entry["record"].removeprefix("file/"), entry["owner"]} <= words
    assert max(map(len, text.splitlines())) <= max(width, len("Record: meeting/credentials-2026-03-24"))


@pytest.mark.usefixtures("desk")
@pytest.mark.parametrize(("width", "stacked"), [(80, False), (59, True)])
def test_a_narrow_list_is_stacked(run, monkeypatch, width, stacked):
    """As wide as a page it is a table; below sixty columns each field has a line of its own."""
    run("day", "--brief")
    monkeypatch.setattr("credcore.cli.layout.WIDTH", width)
    lines = run("worklist", "--kind", "meeting").stdout.splitlines()
    assert ("Record: meeting/credentials-2026-03-24" in lines) == stacked
    assert any(line.startswith("Due ") and "Record " in line for line in lines) != stacked


def test_a_row_without_room_is_stacked(capsys):
    """An id that fills the page leaves no room for a table: the same fields then stand below each other."""
    made = Grid("Id", "Why", fold=("Why",))
    made.row("x" * 79, ("late", "by far"))
    made.row("y", "")
    show(made)
    assert capsys.readouterr().out == "Id:\n" + "x" * 79 + "\nWhy: late\nby far\n\nId: y\n"
