"""Clocks at the terminal: drawn, told stretch by stretch, and adding up."""

import json

import pytest

pytestmark = pytest.mark.usefixtures("desk")

FIRST = "f-0022"


def test_a_paused_clock_says_when_it_would_be_due(run):
    """While we wait for the provider the clock stands still, and answers what would be if it ran on from now."""
    text = run("explain", FIRST, "--rule", "intake-two-days").stdout
    assert "Paused. Resumed now, due Tue 17 Mar 17:00." in text
    assert "= paused" in text


def test_a_late_clock_says_since_when(run):
    """What is late names the deadline that it missed, and the source of the rule."""
    text = run("explain", FIRST, "--rule", "provider-outreach").stdout
    assert "Late: breached; was due Wed 11 Mar 24:00." in text
    assert "Source: field practice" in text


def test_lengths_and_amounts_add_up(run):
    """The segments are contiguous from the anchor to now, and what they used is what was used."""
    for one in json.loads(run("explain", FIRST, "--json").stdout):
        segments = one["segments"]
        assert [a["until"] for a in segments[:-1]] == [b["since"] for b in segments[1:]]
        assert (segments[0]["since"], segments[-1]["until"]) == (one["anchor"], one["at"])
        assert sum(segment["amount"] for segment in segments) == one["used"]


def test_the_bar_is_as_wide_as_the_page(run):
    """Every clock is drawn in 80 columns, whatever its length."""
    bars = [line for line in run("explain", FIRST).stdout.splitlines() if line.startswith("|")]
    assert bars
    assert {len(bar) for bar in bars} == {80}


def test_a_clock_that_is_off_says_why(run):
    """A rule that does not run answers too."""
    text = run("explain", FIRST, "--rule", "psv-ten-days").stdout
    assert "Off: has not come on" in text


def test_the_days_at_which_a_rule_looks_are_told_with_what_comes(run):
    """A cycle names its anchor, its due day and the steps to come."""
    text = run("explain", "provider/p-2", "--rule", "joint-commission-cycle").stdout
    assert "Joint Commission reappointment: 20 Apr 2023 + 36 months to the day, due Mon 20" in text
    assert "30 days before" in text


@pytest.mark.parametrize("record", [FIRST, "provider/p-2"])
def test_json_says_which_kind_of_explanation_it_is(run, record):
    """A script can tell a clock from days, and both from what is off."""
    kinds = {one["kind"] for one in json.loads(run("explain", record, "--json").stdout)}
    assert kinds == ({"clock"} if record == FIRST else {"days"})


def test_nothing_on_says_so(run):
    """A provider without a cycle has no clock."""
    assert run("explain", "provider/p-3").stdout == "provider/p-3  Cleo Ortega-Featherstonehaugh: no clock is on.\n"


def test_an_unknown_rule_names_the_nearest(run):
    """As everywhere, a slip of the pen is answered with the name that was meant."""
    result = run("explain", FIRST, "--rule", "intake-two-day")
    assert result.exit_code == 1
    assert "did you mean 'intake-two-days'?" in result.stderr


def test_a_date_that_has_passed_says_how_late(run, monkeypatch):
    """As a clock does, a rule about a day counts the days since."""
    monkeypatch.setenv("CREDCORE_NOW", "2026-04-22T09:00:00-05:00")
    text = run("explain", "provider/p-2", "--rule", "joint-commission-cycle").stdout
    assert "Late: breached; was due 2 days ago." in text


def test_a_clock_names_its_stages_by_title(run):
    """People read what the board reads; the codes are in the JSON."""
    text = run("explain", FIRST, "--rule", "intake-two-days").stdout
    assert text.startswith(f"file/{FIRST}  Initial appointment, ")
    assert "paused: Intake, waits for" in text
    (one,) = json.loads(run("explain", FIRST, "--rule", "intake-two-days", "--json").stdout)
    assert {segment["stage"] for segment in one["segments"]} == {"intake"}


def test_a_bar_is_as_wide_as_a_narrow_page(run, monkeypatch):
    """Where there is less room the clock is drawn smaller."""
    monkeypatch.setattr("credcore.cli.layout.WIDTH", 40)
    bars = [line for line in run("explain", FIRST).stdout.splitlines() if line.startswith("|")]
    assert {len(bar) for bar in bars} == {40}


@pytest.mark.parametrize(
    ("known_until", "said"),
    [
        (2025, "Provisional: no holidays of these days are known; they may make it later.\n"),
        (2026, "Provisional: holidays are known until Thu 31 Dec; more may make it later.\n"),
    ],
)
def test_a_deadline_beyond_the_known_holidays_says_that_it_is_provisional(run, monkeypatch, known_until, said):
    """Due in a year whose holidays nobody knows yet, a clock says so, in text and in JSON; one due before does not."""
    asked = ("explain", FIRST, "--rule", "intake-two-days")
    assert "Provisional" not in run(*asked).stdout
    assert json.loads(run(*asked, "--json").stdout)[0]["provisional_after"] is None
    monkeypatch.setattr("credcore.adapters.holiday_package.HolidaysPackage.known_until", known_until)
    monkeypatch.setenv("CREDCORE_NOW", "2026-12-31T09:00:00-06:00")
    assert said in run(*asked).stdout
    assert json.loads(run(*asked, "--json").stdout)[0]["provisional_after"] == f"{known_until}-12-31"
