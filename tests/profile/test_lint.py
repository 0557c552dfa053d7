"""What cannot be meant in a profile: each fault, sown into a clean one, is found at its line, alone."""

import datetime as dt

import pytest

from credcore.errors import InvalidInput
from credcore.profile import Profile, Registry
from credcore.profile.lint import lint_profile
from profile_samples import SMALL, hospital, small

MONDAY = dt.datetime(2026, 3, 2, 15, tzinfo=dt.UTC)

SLA = """
[[rules.sla]]
id = "fast"
source = "department policy"
"""

TEAM = """
[team.dana]
roles = ["coordinator", "specialist"]
"""

SPARSE = """
[calendars.sparse]
week = { wed = ["09:00-10:00"] }
"""

SECOND_KIND = """
[kinds.enrollment]
start = "with-payer"
payer-work = true
submitted = "with-payer"
"""

SEEDS = {
    "flags that stand and do not": (
        SLA + 'limit = "2 working days"\napplies = { flags = ["work-gap"], without = ["work-gap"] }\n',
        ("never-applies", "error", "rules.sla[0].applies", "work-gap"),
    ),
    "not held, and yet waiting": (
        SLA + 'limit = "2 working days"\napplies = { waiting-on = ["payer"], held = false }\n',
        ("never-applies", "error", "rules.sla[0].applies", "held"),
    ),
    "a kind in a stage that it never reaches": (
        SECOND_KIND + SLA + 'limit = "2 working days"\napplies = { stage = ["psv"], kind = ["enrollment"] }\n',
        ("never-applies", "error", "rules.sla[0].applies", "reaches"),
    ),
    "a kind for which no stage of the rule is": (
        SECOND_KIND
        + SLA
        + 'limit = "2 working days"\napplies = { stage = ["psv"], kind = ["initial", "enrollment"] }\n',
        ("no-such-file", "warning", "rules.sla[0].applies.kind", "enrollment"),
    ),
    "a stage to which none of the rule's kinds comes": (
        SECOND_KIND
        + SLA
        + 'limit = "2 working days"\napplies = { stage = ["psv", "with-payer"], kind = "enrollment" }\n',
        ("no-such-file", "warning", "rules.sla[0].applies.stage", "psv"),
    ),
    "days of a kind that never is in the stage": (
        SECOND_KIND
        + '[[rules.commitment]]\nid = "promised"\nsource = "us"\napplies = { stage = "psv", kind = "enrollment" }\n',
        ("never-applies", "error", "rules.commitment[0].applies", "reaches"),
    ),
    "a pause that never applies": (
        SLA + 'limit = "2 working days"\napplies = { held = false }\npause = { waiting-on = ["provider"] }\n',
        ("pause-never-applies", "warning", "rules.sla[0].pause", "waiting for provider"),
    ),
    "one part of a pause that never applies": (
        SLA
        + 'limit = "2 working days"\napplies = { without = ["work-gap"] }\n'
        + 'pause = { waiting-on = ["provider"], flags = ["work-gap"] }\n',
        ("pause-never-applies", "warning", "rules.sla[0].pause", "work-gap"),
    ),
    "paused whenever it is on": (
        SLA + 'limit = "2 working days"\napplies = { waiting-on = ["payer"] }\npause = { held = true }\n',
        ("always-paused", "error", "rules.sla[0].pause", "never runs"),
    ),
    "a start that implies the stop": (
        SLA + 'limit = "2 working days"\napplies = { flags = ["work-gap"] }\ncancel = { flags = ["work-gap"] }\n',
        ("always-cancelled", "error", "rules.sla[0].cancel", "at once"),
    ),
    "a cancel that never applies": (
        SLA + 'limit = "2 working days"\napplies = { held = false }\ncancel = { waiting-on = ["payer"] }\n',
        ("cancel-never-applies", "warning", "rules.sla[0].cancel", "waiting for payer"),
    ),
    "a warning that is rounded up to the breach": (
        SLA + 'limit = "3 working days"\nwarn = [0.67]\n',
        ("warns-too-late", "warning", "rules.sla[0].warn", "0.66 or less"),
    ),
    "a warning of one day, which has none before it": (
        SLA + 'limit = "1 day"\nwarn = [0.5]\n',
        ("warns-too-late", "warning", "rules.sla[0].warn", "leave the warning out"),
    ),
    "two warnings at one instant": (
        SLA + 'limit = "10 working days"\nwarn = [0.51, 0.59]\n',
        ("warns-twice", "warning", "rules.sla[0].warn", "0.59 and 0.51"),
    ),
    "a warning from the start of some months": (
        SLA + 'limit = "1 month"\nwarn = ["31 days before"]\n',
        ("warns-at-once", "warning", "rules.sla[0].warn", "31 days before"),
    ),
    "a step from the start of an attestation": (
        '[[rules.attestation]]\nid = "caqh"\nsource = "CAQH"\nlimit = "120 days"\nsteps = [{ days = -120 }]\n',
        ("warns-at-once", "warning", "rules.attestation[0].steps", "120 days before"),
    ),
    "a ladder that never rises": (
        SLA
        + 'limit = "2 working days"\n'
        + 'escalate = [{ after = "3 working days" }, { after = "8 working hours", to = "lead" }]\n',
        ("ladder-does-not-rise", "error", "rules.sla[0].escalate[1].after", "never come later"),
    ),
    "a ladder that rises before a weekend alone": (
        SLA + 'limit = "2 working days"\nescalate = [{ after = "1 day" }, { after = "1 working day", to = "lead" }]\n',
        ("ladder-does-not-rise", "warning", "rules.sla[0].escalate[1].after", "not always"),
    ),
    "a limit that takes years": (
        SPARSE + SLA + 'calendar = "sparse"\nlimit = "200 working hours"\n',
        ("limit-takes-years", "warning", "rules.sla[0].limit", "2029-12-26"),
    ),
    "an attempt that takes years": (
        SPARSE + '[[rules.cadence]]\nid = "ask"\nsource = "us"\nwaiting-on = "provider"\ncalendar = "sparse"\n'
        'every = "200 working hours"\n',
        ("limit-takes-years", "warning", "rules.cadence[0].every", "2029-12-26"),
    ),
    "a rule said twice": (
        SLA
        + 'limit = "2 working days"\napplies = { stage = "psv" }\n'
        + SLA.replace("fast", "same")
        + 'limit = "2 working days"\napplies = { stage = "psv", kind = "initial" }\n',
        ("said-twice", "warning", "rules.sla[1].id", "'fast'"),
    ),
}


def sown(text):
    """Return what is found in the small profile with a fault sown into it, told by code, severity, key and words."""
    profile = small(text)
    return lint_profile(profile, at=MONDAY)


@pytest.mark.parametrize(("text", "expected"), SEEDS.values(), ids=SEEDS)
def test_each_fault_is_found_alone_at_its_line(text, expected):
    """A single slip is a single finding, at the line of its key, that says what would be right."""
    code, severity, key, words = expected
    (one,) = sown(text)
    assert (one.code, one.severity, one.key) == (code, severity, key)
    assert words in str(one)
    assert one.right
    lines = (SMALL + text).splitlines()
    part = key.rpartition(".")[2].partition("[")[0]
    assert part in lines[one.line - 1]
    assert str(one).startswith(f"small.toml:{one.line}: {key}: {severity}: ")


def test_every_fault_of_one_text_is_found_in_the_order_of_its_lines():
    """Several slips are told all at once."""
    text = "\n".join(
        SEEDS[name][0].replace('"fast"', f'"fast-{n}"') for n, name in enumerate(SEEDS) if "kind" not in name
    )
    text = text.replace(SPARSE, "") + SPARSE
    found = sown(text)
    assert {one.code for one in found} >= {expected[0] for name, (_, expected) in SEEDS.items() if "kind" not in name}
    assert [one.line for one in found] == sorted(one.line for one in found)


def test_the_profile_that_ships_is_clean():
    """Nothing in what an organisation begins with is a slip."""
    assert lint_profile(hospital(), at=MONDAY) == ()


def test_a_clean_profile_is_clean():
    """Rules as people write them give nothing: pauses, ladders over units that rise, outreach with its end."""
    text = (
        TEAM + SLA + 'limit = "2 working days"\nwarn = [0.5]\n'
        'pause = { waiting-on = ["provider"], flags = ["provider-on-leave"] }\n'
        'escalate = [{ after = "0 days" }, { after = "4 working hours" }, { after = "2 working days" }]\n'
        '[[rules.cadence]]\nid = "ask"\nsource = "us"\nwaiting-on = "provider"\nevery = "7 days"\nattempts = 3\n'
        'then = { after = "10 days" }\n'
        '[[rules.turnaround]]\nid = "whole"\nsource = "us"\nlimit = "60 days"\n'
        'applies = { stage = "psv", held = false }\n'
        'pause = { waiting-on = ["provider"] }\n'  # it counts from the opening, so what paused it before matters
        '[[rules.sla]]\nid = "again"\nsource = "us"\nlimit = "60 days"\napplies = { without = ["work-gap"] }\n'
        'episode = "stage"\ncancel = { flags = ["work-gap"] }\n'  # not stopped for good: it goes on later
    )
    assert sown(text) == ()


class TestTheTeam:
    """Roles are those of the team that will work by the profile."""

    def test_a_role_that_nobody_has(self):
        """A desk whose people have changed is asked, not the profile's own table."""
        text = (
            TEAM
            + SLA
            + 'limit = "2 working days"\nto = "specialist"\nescalate = [{ after = "2 days", to = "coordinator" }]\n'
        )
        assert sown(text) == ()
        found = lint_profile(small(text), at=MONDAY, roles=["specialist"])
        assert {(one.code, one.key) for one in found} == {
            ("nobody-has-role", "cycles.ncqa"),  # its window is told the coordinator
            ("nobody-has-role", "rules.sla[0].escalate[0].to"),
        }
        assert all("nobody is told" in one.right for one in found)

    def test_a_stage_whose_queue_nobody_works(self):
        """A stage waits for its owner's role; without anybody of that role its files wait for nobody."""
        found = lint_profile(small(), at=MONDAY, roles=["coordinator"])
        assert [(one.code, one.key, one.rule) for one in found] == [
            ("nobody-has-role", f"stages.{stage}.owner", "") for stage in ("intake", "psv", "with-payer")
        ]

    def test_without_a_team_nothing_is_said_of_roles(self):
        """A profile to copy has no people yet."""
        assert sown(SLA + 'limit = "2 working days"\nto = "medical-director"\n') == ()


class Shut:
    """A source by which every day is a holiday, until the years run out or long enough."""

    def __init__(self, known_until):
        self.known_until = known_until

    def days(self, region, year):
        """Return every day of a year."""
        if region != "XX":
            raise InvalidInput(f"unknown region {region!r}")
        first = dt.date(year, 1, 1)
        days = (first + dt.timedelta(days=n) for n in range(366))
        return {day: "Shut" for day in days if day.year == year <= self.known_until}


@pytest.mark.parametrize(
    ("known_until", "expected"),
    [
        (9998, {("never-delivers", "error", "profile.delivery"), ("limit-unreachable", "error", "rules.sla[0].limit")}),
        (2027, {("delivers-late", "warning", "profile.delivery")}),
    ],
)
def test_a_calendar_that_does_not_open(known_until, expected):
    """Notices that wait for ever, and a limit that is never reached, are errors; if only for a year, a warning."""
    text = SMALL.replace('zone = "America/Chicago"', 'zone = "America/Chicago"\ncalendar = "office"\ndelivery = "shut"')
    text += '[calendars.shut]\nweek = { mon = ["09:00-10:00"] }\nholidays = "XX"\n'
    text += SLA + 'calendar = "shut"\nlimit = "2 working days"\n'
    profile = Profile.from_toml(text, registry=Registry(holidays=Shut(known_until)))
    assert {(one.code, one.severity, one.key) for one in lint_profile(profile, at=MONDAY)} == expected
