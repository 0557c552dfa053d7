"""Clocks at the terminal: drawn, told stretch by stretch, and adding up."""

import datetime as dt
import json
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from rich.cells import cell_len

from credcore.adapters.sqlite import SQLiteStore
from credcore.coordinator import Actor, Coordinator, NewProvider
from credcore.plugins import load_plugins
from desks import PROFILE, Clock
from installed import site

__all__ = ["site"]  # the fixture

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


def test_a_verification_is_explained_by_the_decision_day(run, monkeypatch):
    """The day on which the decision is seen, that day's limit with its source, and how much too old it is by then."""
    (ready,) = (row["record"] for row in json.loads(run("worklist", "--json").stdout) if "Bo Ng" in row["title"])
    command = ("explain", ready, "--rule", "work-history-window")
    today = run(*command).stdout
    assert "Verification work-history: Wed 4 Mar + 120 days, due Thu 2 Jul.\nDecision seen on Mon 16 Mar." in today
    assert "Whose limit it is: NCQA CR 3, read at certifyos.com, 2026; some keep 365." in today
    monkeypatch.setenv("CREDCORE_NOW", "2026-07-10T09:00-05:00")
    assert "Decision seen on Fri 10 Jul. Too old by then: breached, by 8 days." in run(*command).stdout


# --- Whose turn it was, and what would be without it

MORE = """
[[rules.sla]]
id = "ten-days"
title = "Sorted in ten days"
applies = { stage = ["intake", "psv"] }
limit = "10 working days"
source = "policy"

[[rules.sla]]
id = "hours"
title = "Sorted in sixty hours"
applies = { stage = ["intake", "psv"] }
limit = "60 working hours"
source = "policy"

[[rules.needed-by]]
id = "needed-by"
title = "Needed by this day"
source = "whoever asked"
"""


def march(day: int) -> dt.datetime:
    """Return nine o'clock in Chicago on a day of March 2026; the clocks change on the 8th."""
    return dt.datetime(2026, 3, day, 9, tzinfo=ZoneInfo("America/Chicago"))


def acting_on(at: dt.datetime, store: SQLiteStore) -> Coordinator:
    """Return the desk as Ana works it at an instant."""
    desk = Coordinator(store, plugins=load_plugins(), clock=Clock(at))
    return desk.acting_as(Actor("ana", ["coordinator", "lead", "specialist"]))


def a_file(text: str = PROFILE + MORE, name: str = "Ada Ames") -> str:
    """Make a desk with one file that is needed by 20 March and waits for the payer from the 5th to the 26th."""
    for file in Path().glob("desk.db*"):
        file.unlink()
    clock, ids = Clock(march(2)), iter(range(1, 99))
    with SQLiteStore.create("desk.db", "main", clock) as store:
        desk = Coordinator(store, text, plugins=load_plugins(), clock=clock, ids=lambda: f"{next(ids):04d}")
        ana = desk.acting_as(Actor("ana", ["coordinator", "lead", "specialist"]))
        ana.register([NewProvider(id="p-1", name=name, npi="2000000002", state="CT")])
        file_id = ana.open_file("initial", "p-1", needed_by=dt.date(2026, 3, 20)).ref.id
        clock.at = march(5)
        ana.record(file_id, lambda file, stamp: file.hold("h-1", "payer", stamp, reason="asks for more"))
        clock.at = march(26)
        ana.record(file_id, lambda file, stamp: file.release("h-1", stamp))
    return file_id


@pytest.fixture
def late(monkeypatch: pytest.MonkeyPatch) -> str:
    """Return a late file, looked at on Monday, 30 March."""
    monkeypatch.setenv("CREDCORE_NOW", "2026-03-30T09:00:00-05:00")
    return a_file()


def sentences(text: str) -> str:
    """Return a text on one line, as it is read."""
    return " ".join(text.split())


def test_the_days_of_a_file_are_told_by_party(run, late):
    """Drawn, added up, and stretch by stretch: three days ours, the payer's 21, four ours."""
    text = run("explain", late, "--days").stdout
    lines = [sentences(line) for line in text.splitlines()]
    assert "Opened Mon 2 Mar 09:00, open until now, Mon 30 Mar 09:00." in lines
    assert "T team $ payer" in lines
    assert "payer 20 d 23 h 21 120 h" in lines
    assert "team 7 d 7 40 h" in lines
    assert "Sum 27 d 23 h 28 160 h" in lines
    assert "Thu 5 Mar 09:00 Thu 26 Mar 09:00 payer Intake: payer 20 d 23 h" in lines
    (bar,) = [line for line in lines if line.startswith("|")]
    assert len(bar) == 80
    assert (bar.count("$"), bar.count("T")) == (59, 19)


def test_the_day_by_which_a_file_was_needed_says_whose_days_made_it_late(run, late):
    """With the days by party, and where the rule about that day is explained."""
    said = "Without the payer's 21 days: on time, due Fri 10 Apr 24:00."
    text = run("explain", late, "--days").stdout
    assert f"Needed by Fri 20 Mar: 10 days late.\n{said}\n" in text
    assert said in run("explain", late, "--rule", "needed-by").stdout
    before = run("explain", late, "--days", "--as-of", "2026-03-20").stdout
    assert "Needed by Fri 20 Mar: on time." in before
    assert "Without" not in before


def test_a_late_clock_says_how_it_would_stand_without_the_payers_days(run, late):
    """In the units of its limit; the payer's own time is told with it."""
    text = sentences(run("explain", late, "--rule", "ten-days").stdout)
    assert "Without the payer's 21 days (15 working days of the limit): on time, due Mon 6 Apr 17:00." in text
    text = sentences(run("explain", late, "--rule", "hours").stdout)
    assert "60 working hours from Mon 2 Mar 09:00: used 160 h of 60 h." in text
    assert "Without the payer's 21 days (120 h of the limit): on time, due Wed 1 Apr 13:00." in text
    assert "counted: Intake, waits for" in text
    assert "Without" not in run("explain", late, "--rule", "ten-days", "--as-of", "2026-03-10").stdout


def test_days_and_what_would_be_are_json_too(run, late):
    """Lengths in seconds, which add up; and each clock has whose turn each segment was."""
    (turns,) = json.loads(run("explain", late, "--days", "--json").stdout)
    assert (turns["kind"], turns["days"], turns["is_closed"]) == ("turns", 28, False)
    assert (
        turns["length"]
        == sum(one["length"] for one in turns["by_party"])
        == sum(one["length"] for one in turns["spans"])
    )
    assert turns["working"] == sum(one["working"] for one in turns["by_party"])
    assert [(one["parties"], one["days"], one["on_time"]) for one in turns["without"]] == [(["payer"], 21, True)]
    (clock,) = json.loads(run("explain", late, "--rule", "ten-days", "--json").stdout)
    assert {segment["turn"] for segment in clock["segments"]} == {"team", "payer"}
    assert [(one["parties"], one["amount"], one["due"]) for one in clock["without"]] == [
        (["payer"], 15, "2026-04-06T22:00:00Z")
    ]
    assert clock["edition"] == 1


def test_several_that_are_waited_for_are_told_in_order(run, late, monkeypatch):
    """Whose turn it was then is said, and what of a party's time nothing can be made of."""
    with SQLiteStore.open("desk.db", "main", Clock()) as store:
        for party in ("source", "client", "payer"):
            hold = lambda file, stamp, party=party: file.hold(f"for-{party}", party, stamp)  # noqa: E731 - once
            acting_on(march(30), store).record(late, hold)
    monkeypatch.setenv("CREDCORE_NOW", "2026-04-06T09:00:00-05:00")
    days = sentences(run("explain", late, "--days").stdout)
    assert "Intake: client, payer," in days
    assert "Where several are waited for it is the turn of the first of: provider, payer, committee" in days
    text = sentences(run("explain", late, "--rule", "ten-days").stdout)
    assert "for client, waits for payer, waits for source, payer's turn" in text
    assert "on time, due Mon 6 Apr 17:00. 7 days more, when others were waited for too, stay in." in text


def test_what_was_shared_throughout_excuses_nobody(run, monkeypatch):
    """Of two that were waited for from first to last, neither alone is the reason; both together are."""
    file_id = a_file()
    with SQLiteStore.open("desk.db", "main", Clock()) as store:
        ana = acting_on(march(30), store)
        ana.record(file_id, lambda file, stamp: file.hold("h-2", "provider", stamp), at=march(5))
        ana.record(file_id, lambda file, stamp: file.release("h-2", stamp), at=march(26))
    monkeypatch.setenv("CREDCORE_NOW", "2026-03-30T09:00:00-05:00")
    text = sentences(run("explain", file_id, "--rule", "ten-days").stdout)
    assert "Without the provider's 21 days it would have waited all the same: others were waited for too." in text
    assert "Without the provider's and the payer's 21 days (15 working days of the limit): on time, due" in text


def test_a_closed_file_says_when_its_days_ended(run, late, monkeypatch):
    """Its life is over, and whether it was in time does not change any more."""
    with SQLiteStore.open("desk.db", "main", Clock()) as store:
        acting_on(march(30), store).advance(late, "withdrawn")
    monkeypatch.setenv("CREDCORE_NOW", "2027-05-03T09:00:00-05:00")
    text = run("explain", late, "--days").stdout
    assert "Opened 2 Mar 2026 09:00, closed 30 Mar 2026 09:00." in text
    assert "Needed by 20 Mar 2026: 10 days late." in text
    assert "on time, due 10 Apr 2026 24:00." in text


def test_a_file_that_nobody_needs_by_a_day_says_nothing_of_one(run):
    """What was not asked for is neither on time nor late."""
    result = run("explain", FIRST, "--days")
    assert "Needed" not in result.stdout
    assert "T team  P provider" in result.stdout
    assert max(map(cell_len, result.stdout.splitlines())) <= 80


def test_only_a_file_has_days_by_party(run, late):
    """A provider has none; and the days are those of the whole file, not of one rule."""
    result = run("explain", "provider/p-1", "--days")
    assert (result.exit_code, result.stderr) == (1, "credcore: provider/p-1 is no file; only a file has turns\n")
    result = run("explain", late, "--days", "--rule", "ten-days")
    assert result.exit_code == 2
    assert "--days is about the whole file; leave out --rule" in result.stderr


def test_a_file_that_was_just_opened_has_no_days_yet(run, monkeypatch):
    """There is nothing to draw."""
    monkeypatch.setenv("CREDCORE_NOW", march(2).isoformat())
    text = run("explain", a_file(), "--days", "--as-of", march(2).isoformat()).stdout
    assert text.endswith("Needed by Fri 20 Mar: on time.\n")
    assert "|" not in text


def test_each_day_that_was_skipped_is_named(run, monkeypatch):
    """A closure by its name; of weekends each, or where there are many, how many; days on hold were not skipped."""
    text = (PROFILE + MORE).replace(
        "[requirements.complete]", 'closures = { 2026-03-04 = "Move" }\n\n[requirements.complete]', 1
    )
    monkeypatch.setenv("CREDCORE_NOW", "2026-03-17T09:00:00-05:00")
    file_id = a_file(text)
    asked = ("explain", file_id, "--rule", "ten-days", "--as-of")
    skipped = "Skipped: Sat 7 Mar, Sun 8 Mar, Sat 14 Mar, Sun 15 Mar, Wed 4 Mar Move."
    assert skipped in run(*asked, "2026-03-16").stdout
    assert "Skipped" not in run(*asked, "2026-03-04T23:59:00").stdout
    assert "Skipped: 4 Saturdays, 4 Sundays, Wed 4 Mar Move." in run(*asked, "2026-03-31").stdout
    assert "Skipped" not in run("explain", file_id, "--rule", "needed-by").stdout


# --- Rules of plugins

HUDDLES = """
import attrs
from credcore.hooks import RuleSpec, hookimpl
from credcore.limits import parse_limit
from credcore.rules import ClockRule, When


@attrs.frozen
class Huddle:
    clock: ClockRule
    id: str
    fails: bool
    family, title, source = "huddle", "Looked at in the huddle", "our own"

    @property
    def rungs(self):
        return self.clock.rungs

    def findings(self, states):
        return self.tail(states)

    def tail(self, states):
        if self.fails:
            raise ZeroDivisionError
        return self.clock.tail(states)


def make(table, names):
    rule_id, fails = table.new_code("id"), table.yes("fails")
    limit, calendar = parse_limit("3 working days"), names.calendars[names.calendar]
    on = When(record="file", stage=names.open_stages)
    yield Huddle(ClockRule(id=rule_id, on=on, limit=limit, calendar=calendar), rule_id, fails)


@hookimpl
def credcore_register_rules():
    return [RuleSpec(name="huddle", make=make)]
"""
HUDDLE = """
[[rules.huddle]]
id = "huddle"

[[rules.huddle]]
id = "no-huddle"
fails = true
"""


def test_a_plugins_rule_says_what_stands(site, run, monkeypatch):
    """It is not called off; what is known are its findings, and one that failed says why."""
    site.install("huddles", HUDDLES)
    monkeypatch.setenv("CREDCORE_NOW", "2026-03-30T09:00:00-05:00")
    file_id = a_file(PROFILE + HUDDLE)
    text = run("explain", file_id, "--rule", "huddle").stdout
    assert "A plugin's rule: only its findings are known.\n" in text
    assert "Stands at: breached, level 2, since Thu 26 Mar 09:00; was due Thu 5 Mar 17:00." in text
    assert "Off" not in text
    whole = run("explain", file_id).stdout
    assert "Undetermined (ZeroDivisionError): nobody knows what it would say." in whole
    found = {one["rule"]: one for one in json.loads(run("explain", file_id, "--json").stdout)}
    assert (found["huddle"]["kind"], found["huddle"]["findings"][0]["level"]) == ("findings", 2)
    assert (found["no-huddle"]["undetermined"], found["no-huddle"]["findings"]) == ("ZeroDivisionError", [])
    early = run("explain", file_id, "--rule", "huddle", "--as-of", "2026-03-02T10:00").stdout
    assert "Stands at: running, level 0, since Mon 2 Mar 09:00; due Thu 5 Mar 17:00." in early
    assert "If nothing happens, it next changes Thu 5 Mar 17:00." in early


# --- Days, and how they were counted


def test_a_day_says_from_where_it_is_known_and_which_steps_are_reached(run):
    """Each step with its day, reached or to come; the era of the limit, and whose it is."""
    text = run("explain", "provider/p-2", "--rule", "joint-commission-cycle").stdout
    lines = [sentences(line) for line in text.splitlines()]
    assert "Known from Mon 2 Mar 09:00 (cycle-anchored)." in lines
    assert "Thu 19 Feb 60 days before coordinator reached" in lines
    assert "Sat 21 Mar 30 days before coordinator to come" in lines
    assert "Tue 21 Apr breached coordinator to come" in lines
    (ready,) = (row["record"] for row in json.loads(run("worklist", "--json").stdout) if "Bo Ng" in row["title"])
    assert "The limit applies since 1 Jul 2025.\n" in run("explain", ready, "--rule", "licence-window").stdout
    (days,) = json.loads(run("explain", ready, "--rule", "licence-window", "--json").stdout)
    assert days["days"][0]["limit_since"] == "2025-07-01"
    assert [step["reached"] for step in days["days"][0]["ahead"]] == [False, False, False]


# --- Eighty columns, whatever the names

WIDE = "資格審査委員会の書類確認"


@pytest.mark.parametrize(
    "title",
    [WIDE * 9, "Verantwortlichkeitsüberprüfung" * 6, "a " * 150, "\N{GRINNING FACE}" * 90],
    ids=["wide", "long", "many", "pictures"],
)
def test_long_and_wide_names_stay_within_80_columns(site, run, monkeypatch, title):
    """Stages, rules, sources and people may be called anything; a sign that is two columns wide counts as two."""
    site.install("huddles", HUDDLES)
    monkeypatch.setenv("CREDCORE_NOW", "2027-03-30T09:00:00-05:00")
    text = (PROFILE + MORE + HUDDLE).replace("[stages.intake]", f'[stages.intake]\ntitle = "{title}"')
    text = text.replace("Sorted in ten days", title).replace('source = "policy"', f'source = "{title}"')
    file_id = a_file(text, name=title[:100].strip())
    for args in ([], ["--days"], ["--as-of", "2026-03-28"]):
        result = run("explain", file_id, *args)
        assert result.exit_code == 0
        assert max(cell_len(line) for line in result.stdout.splitlines()) <= 80


def test_what_is_further_away_than_a_year_carries_the_year(run, monkeypatch):
    """A weekday says nothing of a day in another year."""
    monkeypatch.setenv("CREDCORE_NOW", "2027-06-30T09:00:00-05:00")
    file_id = a_file()
    text = run("explain", file_id, "--rule", "ten-days").stdout
    assert "10 working days from 2 Mar 2026 09:00" in text
    assert "was due 16 Mar 2026 17:00" in text
