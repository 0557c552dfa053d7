"""A profile as a value."""

import datetime as dt
import zoneinfo

import pytest

from credcore.assignment import DEFAULT_POLICY, Policy
from credcore.errors import NaiveInstant, NotFound
from credcore.profile import Profile, Registry
from profile_samples import SMALL, Holidays, small

CHICAGO = zoneinfo.ZoneInfo("America/Chicago")
SATURDAY = dt.datetime(2026, 3, 7, 12, tzinfo=CHICAGO)
MONDAY = dt.datetime(2026, 3, 9, 9, tzinfo=CHICAGO)


def with_head(line, registry=None):
    """Return the small profile with another line at its head."""
    return Profile.from_toml(SMALL.replace("[profile]", f"[profile]\n{line}"), registry=registry or Registry())


def test_the_text_is_kept():
    """The exact text is what a desk adopts as an edition."""
    profile = small()
    assert (profile.text, profile.source) == (SMALL, "small.toml")
    assert Profile.from_toml(profile.text).pipeline == profile.pipeline


def test_who_and_where():
    """A profile has a name, and a zone by its name and as a zone."""
    profile = small()
    assert (profile.name, profile.zone_name, profile.tz) == ("Night desk", "America/Chicago", CHICAGO)


def test_a_rule_by_id():
    """A rule is found by its id; a wrong one comes back with the nearest."""
    assert small().rule("look-again:psv").family == "look-again"
    with pytest.raises(NotFound, match="did you mean 'look-again:psv'"):
        small().rule("look-again:pvs")


class TestDelivery:
    """When notices may be delivered."""

    def test_at_any_time(self):
        """Without a calendar for it, at once."""
        assert small().next_delivery(SATURDAY) == SATURDAY

    def test_within_hours(self):
        """With one, at the next opening; at once while it is open."""
        profile = with_head('delivery = "office"')
        assert profile.next_delivery(SATURDAY) == MONDAY
        assert profile.next_delivery(MONDAY) == MONDAY

    def test_an_instant_has_a_zone(self):
        """An instant that nobody can place is refused."""
        with pytest.raises(NaiveInstant):
            with_head('delivery = "office"').next_delivery(dt.datetime(2026, 3, 7))  # noqa: DTZ001 - the point


class TestDefaults:
    """What a profile need not say."""

    def test_the_first_calendar(self):
        """The first calendar is the one by which everything counts, unless another is named."""
        night = '[calendars.night]\nweek = "always"\n'
        profile = Profile.from_toml(SMALL + night)
        assert profile.calendar is profile.calendars["office"]
        named = Profile.from_toml(SMALL.replace("[profile]", '[profile]\ncalendar = "night"') + night)
        assert named.calendar is named.calendars["night"]

    def test_the_librarys_policy(self):
        """Without a policy of its own, a profile has the library's."""
        assert small().policy == DEFAULT_POLICY

    def test_the_first_policy(self):
        """Of its own policies, the first is used unless another is named."""
        own = '[policies.one]\nrequirements = "present"\n[policies.two]\npreferences = "round-robin"\n'
        profile = Profile.from_toml(SMALL + own)
        assert profile.policy == Policy.from_names("one", requirements=["present"], preferences=[])
        assert profile.policies.keys() == {"default", "one", "two"}


class TestRegistry:
    """Names that plugins add."""

    def test_a_policy_of_a_plugin(self):
        """A policy that a plugin registered can be chosen by name."""
        fair = Policy.from_names("fair", requirements=["present"], preferences=["round-robin"])
        assert with_head('policy = "fair"', Registry(policies={"fair": fair})).policy is fair

    def test_holidays_of_a_plugin(self):
        """A region's holidays come from the registry's source."""
        text = SMALL.replace("[stages.intake]", 'holidays = "US"\n[stages.intake]')
        office = Profile.from_toml(text, registry=Registry(holidays=Holidays())).calendar
        # Independence Day 2028 is a Tuesday.
        assert office.working_days_between(dt.date(2028, 7, 3), dt.date(2028, 7, 5)) == 1


def test_payers_and_statuses():
    """What a status means is said once for all payers, and otherwise where one differs."""
    payers = (
        '[statuses]\napproved = "closed"\nreturned = "with-payer"\n'
        '[payers.blue]\ntitle = "Blue"\n[payers.green]\nstatuses = { returned = "psv" }\n'
    )
    blue, green = Profile.from_toml(SMALL + payers).payers.values()
    assert (blue.title, green.title) == ("Blue", "Green")
    assert [payer.stage_for("returned") for payer in (blue, green)] == ["with-payer", "psv"]
    assert [payer.stage_for("approved") for payer in (blue, green)] == ["closed", "closed"]


def test_permissions():
    """Roles by event type are those of the text; the others stay the events' own."""
    profile = Profile.from_toml(SMALL + '[roles]\ndecided = ["chair", "system"]\nunassigned = "lead"\n')
    assert profile.permissions == {"decided": ("chair", "system"), "unassigned": ("lead",)}


def test_one_table_is_a_list_of_one():
    """A single rule may be written with single brackets."""
    profile = small('[rules.sla]\nid = "x"\nlimit = "5 days"\nsource = "y"\n')
    assert profile.rules[0].id == "x"


@pytest.mark.parametrize("at", ['"07:30"', "07:30:00"])
def test_a_committee(at):
    """A committee's time is written as a text or as TOML has it; a fortnight counts from a first day."""
    committee = f"""
    [committees.credentials]
    rrule = "FREQ=WEEKLY;INTERVAL=2;BYDAY=TU"
    at = {at}
    seats = 12
    cutoff = "5 working days"
    starts-on = 2026-03-10
    """
    made = Profile.from_toml(SMALL + committee).committees["credentials"]
    assert (made.title, made.seats, made.cutoff_working_days) == ("Credentials", 12, 5)
    meeting = next(made.meetings_after(dt.date(2026, 3, 1)))
    assert meeting.meets_at == dt.datetime(2026, 3, 10, 7, 30, tzinfo=CHICAGO)
    assert meeting.cutoff_at == dt.datetime(2026, 3, 3, 17, tzinfo=CHICAGO)
