"""The worklist at the terminal and as JSON."""

import json

import pytest


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
    hint = "run `credcore day`"
    assert hint in run("worklist").stdout
    run("sweep")
    assert hint not in run("worklist").stdout


def test_a_desk_that_is_not_there_says_how_to_make_one(run):
    """The commonest mistake is a wrong folder."""
    result = run("worklist", "--json")
    error = json.loads(result.stdout)["error"]
    assert (result.exit_code, error["code"], error["retryable"]) == (1, "unavailable", True)
    assert "credcore init" in result.stderr
