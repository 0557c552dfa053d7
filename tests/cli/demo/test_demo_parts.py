"""The parts of the demo by themselves: draws, the rhythm, the roster, the way through the pipeline."""

import datetime as dt
import pathlib
import random
import tomllib
from importlib import resources

import pytest

from credcore.cli.demo.build import demo_profile
from credcore.cli.demo.casework import route
from credcore.cli.demo.clock import Counter, ReplayClock
from credcore.cli.demo.coming import Coming
from credcore.cli.demo.draws import by_counts, from_quantiles
from credcore.cli.demo.people import colleagues
from credcore.cli.demo.rhythm import Rhythm
from credcore.cli.demo.roster import read_roster
from credcore.cycles import next_due
from credcore.plugins import load_plugins

START = dt.datetime(2026, 1, 5, 13, tzinfo=dt.UTC)


def draws():
    """Return a source of draws that are the same each time."""
    return random.Random(1)  # noqa: S311 - nothing here is secret


@pytest.fixture(scope="module")
def profile():
    """Return the demo's profile."""
    return demo_profile(load_plugins())


@pytest.fixture(scope="module")
def rhythm():
    """Return the packaged rhythm."""
    return Rhythm.packaged()


@pytest.fixture(scope="module")
def roster(profile):
    """Return the packaged roster."""
    return read_roster(profile.cycles, START.date(), draws())


def test_a_draw_lies_between_the_quantiles_and_meets_their_middle():
    """The median of many draws is the log's."""
    rng = draws()
    drawn = sorted(from_quantiles([0, 1, 100], rng) for _ in range(2001))
    assert 0 <= drawn[0] <= drawn[-1] <= 100
    assert drawn[1000] == pytest.approx(1, abs=3)


def test_what_was_never_counted_is_never_drawn():
    """Where nothing was counted at all, every key is alike."""
    rng = draws()
    assert {by_counts({"a": 0, "b": 1}, rng) for _ in range(50)} == {"b"}
    assert {by_counts({"a": 0, "b": 0}, rng) for _ in range(50)} == {"a", "b"}


def test_what_comes_is_done_in_order_of_time_and_of_planning():
    """Of one instant, what was planned first is first; what comes at the end or behind it never happens."""
    clock, done = ReplayClock(START), []
    coming = Coming(clock)
    hour = dt.timedelta(hours=1)
    coming.plan(START + 2 * hour, lambda: done.append("c"))
    coming.plan(START + hour, lambda: (done.append("a"), coming.plan(START + hour, lambda: done.append("d"))))
    coming.plan(START + hour, lambda: done.append("b"))
    coming.plan(START + 3 * hour, lambda: done.append("never"))
    coming.run_until(START + 3 * hour)
    assert done == ["a", "b", "d", "c"]
    assert clock() == START + 3 * hour


def test_time_never_goes_back():
    """A step that is planned late happens now, not earlier."""
    clock = ReplayClock(START)
    clock.move_to(START - dt.timedelta(days=1))
    assert clock() == START


def test_ids_count_and_one_can_be_named():
    """A file that is written about keeps its id."""
    ids = Counter()
    ids.name_next("1")
    assert [ids(), ids(), ids()] == ["1", "10001", "10002"]


def test_every_activity_stands_for_a_stage_of_the_profile(profile, rhythm):
    """The mapping and the pipeline know the same stages."""
    stages = {stage.code for stage in profile.pipeline.stages}
    assert {activity.stage for activity in rhythm.activities.values()} <= stages


def test_an_answer_takes_longer_than_a_step_of_one_sitting(rhythm):
    """Waits are drawn from the hand-overs where somebody else must act."""
    asked = rhythm.activities["T06 Determine necessity of stop advice"]
    rng = draws()
    waits = {other: sorted(asked.wait(rng, other=other) for _ in range(301))[150] for other in (True, False)}
    assert asked.asks_outside
    assert waits[False] < dt.timedelta(hours=1) < dt.timedelta(days=1) < waits[True]


def test_the_log_ends_where_it_ends(rhythm):
    """What is followed by nothing in the log is followed by nothing here."""
    assert rhythm.after(rhythm.activities["T15 Print document X request unlicensed"], draws()) is None


def test_arrivals_keep_the_logs_numbers(rhythm):
    """About twenty cases begin in a week."""
    rng = draws()
    monday = dt.date(2026, 1, 5)
    days = [monday + dt.timedelta(weeks=week, days=day) for week in range(50) for day in range(5)]
    assert 17 < sum(len(rhythm.arrivals_on(day, dt.UTC, rng)) for day in days) / 50 < 25


def test_all_people_of_the_log_join_under_names_of_their_own(rhythm, profile):
    """Nobody shares an id with another, or with the profile's team."""
    people = colleagues(rhythm.workers, draws())
    ids = {person.id for person in people}
    assert len(ids) == len(people) == 48
    assert ids.isdisjoint(person.id for person in profile.team)
    assert people[0].capacity > people[10].capacity > people[40].capacity


def test_nobodys_cycle_is_missed_before_the_desk_begins(roster, profile):
    """The invented days of decision leave the next one to come; about six in ten have one."""
    dues = [next_due(day, profile.cycles[body]) for one in roster.providers for body, day in one.cycles]
    assert min(dues) > START.date()
    assert 0.5 < roster.on_staff / len(roster.providers) < 0.7


def test_a_believable_share_falls_due_soon(roster):
    """Some licences end in the next three months, most do not; each is taken once."""
    ends = [one.expires_on for provider in roster.providers for one in provider.credentials]
    soon = sum(end < START.date() + dt.timedelta(days=90) for end in ends) / len(ends)
    assert 0.05 < soon < 0.2
    for provider in roster.providers:
        assert len({one.credential for one in provider.credentials}) == len(provider.credentials)


def test_the_roster_counts_what_it_lacks(roster):
    """Gaps are reported, not filled."""
    assert (roster.without_licence, roster.without_credential, roster.reactivated) == (2, 19, 16)


def test_a_way_never_leads_through_incomplete(profile):
    """A file goes there because something is missing, not to pass; back is no way."""
    pipeline = profile.pipeline
    assert route(pipeline, "intake", "psv") == ["application-complete", "psv"]
    assert route(pipeline, "incomplete", "psv") == ["application-complete", "psv"]
    assert route(pipeline, "psv", "intake") == []


def test_the_page_tells_of_every_activity():
    """The table of docs/explanation/demo.md is the packaged mapping."""
    page = (pathlib.Path(__file__).parents[3] / "docs" / "explanation" / "demo.md").read_text("utf-8")
    mapping = tomllib.loads((resources.files("credcore.cli.demo") / "data" / "stages.toml").read_text("utf-8"))
    rows = [
        f"| {name} | {row['stage']} | {row['meaning']} | {row.get('waiting_on', '')} |" for name, row in mapping.items()
    ]
    assert [row for row in rows if row not in page] == []
