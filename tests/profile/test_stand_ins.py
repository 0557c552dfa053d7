"""Names that no plugin gives any more: a fault of a profile that is checked, no reason to lose a desk that has it."""

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from credcore.assignment import DEFAULT_POLICY
from credcore.errors import CredcoreError, InvalidInput, MissingExtra, ProfileError
from credcore.profile import MissingRule, Profile, Registry, StandIns
from credcore.rules import ClockRule
from profile_samples import SMALL, Holidays, small

FAILED = "'rules' (acme-rules 2.0)"
KEPT = Registry(stand_ins=StandIns(failed=(FAILED,)))
NO_RULE = (
    "the plugin of the rules 'moon' gave str, which is no rule: "
    "it has no id, no family, no source, no rungs, no findings, no tail"
)
MOON = """
[[rules.moon]]
id = "tides"
title = "High water"
source = "the almanac"
phase = "full"
nested = { deep = [1, 2] }
"""


def faults(text, registry):
    """Return the faults of a text."""
    with pytest.raises(ProfileError) as found:
        Profile.from_toml(text, registry=registry)
    return [(fault.key, fault.message) for fault in found.value.faults]


def kept(text, **more):
    """Return the profile of an edition that a desk has adopted."""
    return Profile.from_toml(text, registry=Registry(stand_ins=KEPT.stand_ins, **more))


class TestRules:
    """Families of rules."""

    def test_a_family_that_nobody_gives_is_a_fault_with_the_nearest(self):
        """Whoever founds, adopts or checks is told at once."""
        assert faults(SMALL + MOON.replace("moon", "slaa"), Registry()) == [
            ("rules.slaa", "unknown kind of rule 'slaa'; did you mean 'sla'?")
        ]

    def test_of_an_edition_that_was_adopted_it_is_a_rule_that_says_why_nobody_knows(self):
        """It has the table's id, title and source; asked, it names the family and the plugins that failed."""
        profile = kept(SMALL + MOON)
        rule = profile.rule("tides")
        reason = f"no plugin gives the rules 'moon'; plugins that failed: {FAILED}"
        assert (rule.family, rule.title, rule.source, rule.rungs) == ("moon", "High water", "the almanac", ())
        for ask in (rule.findings, rule.tail):
            with pytest.raises(CredcoreError) as said:
                ask([])
            assert str(said.value) == reason
        assert [tuple(one) for one in profile.missing] == [("rule", "tides", reason)]

    def test_where_no_plugin_failed_none_is_blamed(self):
        """The plugin may simply not be installed."""
        profile = Profile.from_toml(SMALL + MOON, registry=Registry(stand_ins=StandIns()))
        assert profile.missing[0].reason == "no plugin gives the rules 'moon'"

    @given(st.dictionaries(st.from_regex(r"[a-z]{1,8}", fullmatch=True), st.integers() | st.booleans()))
    def test_no_key_of_such_a_table_is_unknown(self, keys):
        """Nobody is left who knows them; the rest of the profile is read as ever."""
        table = "".join(f"{key} = {str(value).lower()}\n" for key, value in keys.items())
        profile = kept(f"{SMALL}\n[[rules.moon]]\n{table}[[rules.moon]]\n")
        rest = [rule.id for rule in small().rules]
        assert [rule.id for rule in profile.rules] == ["rules.moon[0]", "rules.moon[1]", *rest]

    @pytest.mark.parametrize(
        ("factory", "strict", "reason"),
        [
            (
                lambda *_: 1 / 0,
                ("rules.moon[0]", "the plugin of the rules 'moon' failed: ZeroDivisionError"),
                "the plugin of the rules 'moon' failed: ZeroDivisionError",
            ),
            (
                lambda *_: [StandIns().rule("moon", None, "")],
                ("rules.moon[0]", "the plugin of the rules 'moon' failed: AttributeError"),
                "the plugin of the rules 'moon' failed: AttributeError",
            ),
            (
                lambda *_: ["full moon"],
                ("rules.moon[0]", NO_RULE),
                "gave str, which is no rule",
            ),
            (
                lambda table, _: [small().rules[0]][: bool(table.text("tide"))],
                ("rules.moon[0]", "'tide' is missing; give a text such as \"...\""),
                "'tide' is missing",
            ),
        ],
    )
    def test_a_family_that_cannot_be_made_any_more(self, factory, strict, reason):
        """A plugin that raises, gives nonsense or wants other keys: a fault when checked, undetermined when adopted."""
        assert strict in faults(SMALL + MOON, Registry(rules={"moon": factory}))
        rule = kept(SMALL + MOON, rules={"moon": factory}).rule("tides")
        assert isinstance(rule, MissingRule)
        assert reason in rule.reason

    def test_a_message_of_a_plugin_stays_out(self):
        """It may hold anything."""

        def moon(*_):
            raise ValueError("Ada Ames")

        assert "Ames" not in str(faults(SMALL + MOON, Registry(rules={"moon": moon})))

    def test_a_plugin_that_works_is_used(self):
        """A stand-in takes nobody's place who is there."""

        def moon(table, _names):
            rule = small('[rules.sla]\nid = "tides"\nlimit = "5 days"\nsource = "y"\n').rule("tides")
            assert all(table.text(key) for key in ("id", "title", "source", "phase"))
            table.table("nested").items("deep")
            yield rule

        profile = kept(SMALL + MOON, rules={"moon": moon})
        assert isinstance(profile.rule("tides"), ClockRule)
        assert not profile.missing

    def test_an_id_stands_in_only_once(self):
        """Ids are told apart all the same."""
        assert faults(SMALL + MOON + MOON, KEPT) == [
            ("rules.moon[1].id", "'tides' is the id of rules.moon[0] already; every rule has its own")
        ]

    def test_other_faults_are_faults(self):
        """Stand-ins are for names of plugins alone."""
        assert len(faults(SMALL.replace('"closed"', '"clsoed"') + MOON, KEPT)) > 0


class TestPolicy:
    """The policy that a profile names."""

    TEXT = SMALL.replace("[profile]", '[profile]\npolicy = "fair"')

    def test_one_that_nobody_gives_is_a_fault(self):
        """Whoever checks is told."""
        ((key, message),) = faults(self.TEXT, Registry())
        assert (key, message) == ("profile.policy", "unknown policy 'fair'; known: default")

    def test_of_an_edition_that_was_adopted_it_is_credcores_own(self):
        """The profile says so."""
        profile = kept(self.TEXT)
        assert profile.policy is DEFAULT_POLICY
        ((what, name, reason),) = profile.missing
        assert (what, name) == ("policy", "fair")
        assert reason == (
            f"no plugin gives the policy 'fair', so credcore's default one is used; plugins that failed: {FAILED}"
        )


class TestHolidays:
    """The holidays of a region."""

    TEXT = SMALL.replace("[stages.intake]", 'holidays = "LAKE"\n[stages.intake]', 1)
    JULY = dt.datetime(2028, 7, 5, tzinfo=dt.UTC)

    @pytest.mark.parametrize("source", [None, Holidays()])
    def test_of_a_region_that_nobody_knows_any_more_deadlines_are_provisional(self, source):
        """The calendar works without them; a deadline may come early, never late."""
        assert faults(self.TEXT, Registry(holidays=source))[0][0] == "calendars.office.holidays"
        profile = kept(self.TEXT, holidays=source)
        assert profile.calendar.is_provisional(self.JULY)
        ((what, name, reason),) = profile.missing
        assert (what, name) == ("calendar", "office")
        assert reason.startswith(
            "the calendar 'office' is read without the holidays of 'LAKE', so all its deadlines are"
        )

    def test_a_region_that_is_known_has_them(self):
        """Nothing is lost where nothing is missing."""
        profile = kept(self.TEXT.replace("LAKE", "US"), holidays=Holidays())
        assert not profile.calendar.is_provisional(self.JULY)
        assert not profile.missing

    def test_a_source_that_raises_is_told_by_its_kind(self):
        """A plugin's message may hold anything."""

        class Broken(Holidays):
            def days(self, *_):
                raise ZeroDivisionError("Ada Ames")

        assert "(ZeroDivisionError)" in kept(self.TEXT, holidays=Broken()).missing[0].reason

    def test_a_missing_library_of_credcores_own_is_installed_instead(self):
        """Deadlines would move when it comes; the error says what to install."""

        class Lacking(Holidays):
            def days(self, *_):
                raise MissingExtra("calendars", needed_for="holidays")

        with pytest.raises(MissingExtra):
            kept(self.TEXT, holidays=Lacking())


def test_an_error_of_credcores_own_is_told_in_full():
    """It says what would be right."""

    def moon(*_):
        raise InvalidInput("is no moon", field="phase")

    ((_, message),) = faults(SMALL + MOON, Registry(rules={"moon": moon}))
    assert message == "the plugin of the rules 'moon' failed: phase: is no moon"
