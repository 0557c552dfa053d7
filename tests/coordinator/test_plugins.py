"""A desk with plugins at work: rules and policies of theirs, when they fail, and when they are gone."""

import contextlib
import types

import attrs
import pytest
from test_casework import opened
from test_day import in_psv, told
from test_robustness import Interfering

from credcore.adapters import builtin
from credcore.adapters.memory import MemoryStore
from credcore.assignment import DEFAULT_POLICY, Policy, Preference, Where
from credcore.errors import CredcoreError, ProfileError
from credcore.hooks import HolidaysSpec, PolicySpec, RuleSpec, hookimpl
from credcore.limits import parse_limit
from credcore.plugins import Plugins
from credcore.rules import ClockRule, When
from desks import PROFILE, Clock, desk, with_provider

HUDDLE = """
[[rules.huddle]]
id = "huddle"
title = "Looked at in the huddle"
days = 2
"""


@attrs.frozen
class Huddle:
    """A plugin's rule that fails when it is told to: it asks the clock that it is built upon."""

    clock: ClockRule
    fails: list

    @property
    def id(self):
        return self.clock.id

    family, title, source = "huddle", "Looked at in the huddle", "our own"

    @property
    def rungs(self):
        return self.clock.rungs

    def findings(self, states):
        return self._asked(self.clock.findings, states)

    def tail(self, states):
        return self._asked(self.clock.tail, states)

    def _asked(self, ask, states):
        if self.fails:
            raise ValueError("of Ada Ames")
        return ask(states)


class Plugin(types.ModuleType):
    """A plugin with a family of rules and a policy."""

    def __init__(self, policy=DEFAULT_POLICY):
        super().__init__("acme")
        self.fails = []

        def huddle(table, names):
            rule_id, days = table.new_code("id"), table.whole("days")
            table.text("title", "")
            calendar = names.calendars[names.calendar]
            on = When(record="file", stage=names.open_stages)
            limit = parse_limit(f"{days} working days")
            yield Huddle(ClockRule(id=rule_id, on=on, limit=limit, calendar=calendar, to="lead"), self.fails)

        self.credcore_register_rules = hookimpl(lambda: [RuleSpec(name="huddle", make=huddle)])
        self.credcore_register_policies = hookimpl(lambda: [PolicySpec(name="fair", policy=policy)])


def adopted(coordinator):
    """Return the texts of a desk's editions."""
    return [edition.text for edition in coordinator.desk.editions]


def set_up(text=PROFILE + HUDDLE, plugin=None, store=MemoryStore):
    """Return a desk with the plugin, its store, its clock and the plugin."""
    clock, plugin = Clock(), plugin or Plugin()
    store = store("main", clock=clock)
    coordinator = desk(store, profile=text, clock=clock, plugins=Plugins([builtin, plugin]))
    return with_provider(coordinator), store, clock, plugin


def without(store, clock):
    """Return the desk in a process in which the plugin cannot be imported."""
    plugins = Plugins([builtin])
    with contextlib.suppress(CredcoreError):
        plugins.add(types.SimpleNamespace(CREDCORE_HOOKS=0), name="acme", distribution="acme-rules", version="2.0")
    return desk(store, profile=None, clock=clock, plugins=plugins)


def whys(coordinator):
    """Return why each line of the worklist stands where it does."""
    return [entry.why for entry in coordinator.worklist()]


class TestRules:
    """A family of rules of a plugin."""

    def test_its_findings_are_findings_as_any_other(self):
        """It stands, it binds the line, it is told, it is explained as far as it can be."""
        coordinator, _, clock, _ = set_up()
        file_id = opened(coordinator)
        assert "huddle" in [finding.rule for finding in coordinator.show(file_id).judged.evaluation.findings]
        assert whys(coordinator) == ["Looked at in the huddle"]
        clock.pass_time(days=3)
        swept = coordinator.sweep().told
        assert [(one.rule, one.rung, one.to) for one in swept] == [("huddle", "breached", "ana")]
        (why,) = coordinator.explain(file_id, "huddle")
        assert why.reason == "a plugin's rule: only its findings are known"

    def test_when_it_raises_its_findings_are_undetermined_and_nothing_is_taken_back(self, caplog):
        """The line names it and is late at once; the other rules answer; nobody's name gets out."""
        coordinator, _, clock, plugin = set_up()
        file_id = in_psv(coordinator)
        clock.pass_time(days=3)
        coordinator.sweep()
        before = told(coordinator, file_id)
        plugin.fails.append(True)
        clock.pass_time(hours=1)
        coordinator.record(file_id, lambda file, stamp: file.receive("attestation", stamp))
        coordinator.sweep()
        (entry,) = coordinator.worklist()
        assert (entry.urgency, entry.why) == (1, "undetermined: huddle (ValueError)")
        found = coordinator.show(file_id).judged.evaluation
        assert [one.rule for one in found.undetermined] == ["huddle"]
        assert {"psv-ten-days", "look-again:psv"} <= {finding.rule for finding in found.findings}
        assert told(coordinator, file_id) == before
        assert "rule failed" in caplog.messages
        assert "Ames" not in caplog.text
        plugin.fails.clear()
        clock.pass_time(hours=2)
        coordinator.sweep()
        assert told(coordinator, file_id) == before
        assert whys(coordinator) == ["Looked at in the huddle, breached"]

    def test_without_its_plugin_the_desk_is_worked_and_the_rule_undetermined(self, caplog):
        """Another process lacks the plugin: it reads, moves and sweeps; nothing that was told is taken back."""
        coordinator, store, clock, _ = set_up()
        file_id = in_psv(coordinator)
        clock.pass_time(days=3)
        coordinator.sweep()
        before = told(coordinator, file_id)
        bare = without(store, clock)
        clock.pass_time(hours=1)
        bare.record(file_id, lambda file, stamp: file.receive("attestation", stamp))
        assert not bare.sweep().failed
        reason = "no plugin gives the rules 'huddle'; plugins that failed: 'acme' (acme-rules 2.0)"
        assert whys(bare) == [f"undetermined: huddle ({reason})"]
        assert bare.show(file_id).judged.evaluation.undetermined[0].reason == reason
        assert [one.reason for one in bare.profile.missing] == [reason]
        assert "edition read without its plugin" in caplog.messages
        day = bare.day()
        assert day.report.open == 1
        assert told(bare, file_id) == before
        clock.pass_time(hours=2)
        again = desk(store, profile=None, clock=clock, plugins=coordinator._context.plugins)
        again.sweep()
        assert told(again, file_id) == before
        assert whys(again) == ["Looked at in the huddle, breached"]

    def test_without_its_plugin_nothing_is_founded_or_adopted(self):
        """A name that is unknown then is a slip, and the nearest is named; however the edition comes in."""
        plugins = Plugins([builtin])
        with pytest.raises(ProfileError, match="unknown kind of rule 'huddle'"):
            desk(profile=PROFILE + HUDDLE, plugins=plugins)
        bare = desk(plugins=plugins)
        with pytest.raises(ProfileError, match="unknown kind of rule 'huddle'"):
            bare.adopt(PROFILE + HUDDLE)
        with pytest.raises(ProfileError, match="unknown kind of rule 'huddle'"):
            bare.record("desk/main", lambda one, stamp: one.adopt(PROFILE + HUDDLE, stamp))
        assert adopted(bare) == [PROFILE]

    def test_without_its_plugin_a_desk_can_adopt_an_edition_that_has_no_need_of_it(self):
        """And not one that has, though an earlier edition with it is there."""
        coordinator, store, clock, _ = set_up()
        opened(coordinator)
        bare = without(store, clock)
        clock.pass_time(hours=1)
        with pytest.raises(ProfileError, match="unknown kind of rule 'huddle'"):
            bare.adopt(PROFILE + HUDDLE.replace("days = 2", "days = 3"))
        bare.adopt(PROFILE)
        assert adopted(bare) == [PROFILE + HUDDLE, PROFILE]
        assert whys(bare) == ["Look again: Intake"]
        clock.pass_time(hours=1)
        with pytest.raises(ProfileError):  # the very text of the first edition is new all the same
            bare.record("desk/main", lambda one, stamp: one.adopt(PROFILE + HUDDLE, stamp))


class Broken(Preference):
    """A preference that fails from its n-th question on, as one does that has a bug."""

    name = "broken"

    def __init__(self, good=0):
        self.left = good

    def score(self, _item, _member):
        if not self.left:
            raise ValueError("of Ada Ames")
        self.left -= 1
        return 0

    def explain(self, _item, _member):
        return "broken"


FAIR = PROFILE.replace("[profile]", '[profile]\npolicy = "fair"')


class TestPolicies:
    """A policy of a plugin."""

    def test_it_is_the_one_that_the_profile_names(self):
        """Nothing fell back."""
        coordinator, *_ = set_up(FAIR, Plugin(Policy("fair", DEFAULT_POLICY.requirements)))
        file_id = opened(coordinator)
        given = coordinator.assign()
        assert ([choice.file for choice in given.assigned], given.fell_back) == ([file_id], "")
        assert coordinator.history(file_id).events[-1].policy == "fair"

    @pytest.mark.parametrize("dry_run", [True, False])
    def test_one_that_fails_is_replaced_by_credcores_own(self, caplog, dry_run):
        """The round says it, the log says it, the event has the policy that really chose; nobody's name gets out."""
        coordinator, *_ = set_up(FAIR, Plugin(Policy("fair", DEFAULT_POLICY.requirements, [Broken()])))
        file_id = opened(coordinator)
        given = coordinator.assign(dry_run=dry_run)
        assert [choice.file for choice in given.assigned] == [file_id]
        assert given.fell_back == "the policy 'fair' failed (ValueError), so credcore's default one was used"
        assert caplog.messages.count("policy failed") == 1
        assert "Ames" not in caplog.text
        if not dry_run:
            assert coordinator.history(file_id).events[-1].policy == "default"

    def test_one_that_fails_at_the_commit_is_replaced_too(self):
        """What it planned is chosen anew, by credcore's own, and nobody ends up over capacity."""
        asked = []

        def meets(_item, _member):
            asked.append(1)
            if len(asked) > 6:  # two files, three people: the plan is made by then
                raise ValueError
            return True

        policy = Policy("fair", [*DEFAULT_POLICY.requirements, Where("moody", meets)])
        coordinator, *_ = set_up(FAIR, Plugin(policy))
        files = [opened(coordinator), opened(coordinator)]
        given = coordinator.assign()
        assert given.fell_back.startswith("the policy 'fair' failed (ValueError)")
        assert [choice.file for choice in given.assigned] == files
        assert [coordinator.history(file_id).events[-1].policy for file_id in files] == ["default", "default"]

    def test_one_that_fails_when_it_chooses_anew_is_replaced_too(self):
        """Somebody fills the chosen one between plan and commit, and the policy fails at the second look."""
        preference = Broken(good=2)  # of the three people two are eligible
        coordinator, store, *_ = set_up(
            FAIR, Plugin(Policy("fair", DEFAULT_POLICY.requirements, [preference])), store=Interfering
        )
        file_id, *fillers = [opened(coordinator) for _ in range(3)]

        def fill():
            for filler in fillers:
                coordinator.assign(filler, "ben")

        store.interfere(fill)
        given = coordinator.assign(file_id)
        assert preference.left == 0
        assert [choice.chosen for choice in given.assigned] == ["cy"]
        assert given.fell_back
        assert coordinator.history(file_id).events[-1].policy == "default"

    def test_without_its_plugin_the_desk_gives_files_out_all_the_same(self):
        """The round says which policy is missing, and which plugins failed."""
        coordinator, store, clock, _ = set_up(FAIR)
        opened(coordinator)
        day = without(store, clock).day()
        assert len(day.assigned.assigned) == 1
        assert day.assigned.fell_back == (
            "no plugin gives the policy 'fair', so credcore's default one is used; "
            "plugins that failed: 'acme' (acme-rules 2.0)"
        )

    def test_one_that_is_given_for_once_is_asked_though_another_is_missing(self):
        """Nothing fell back from it."""
        coordinator, store, clock, _ = set_up(FAIR)
        opened(coordinator)
        assert not without(store, clock).assign(policy=DEFAULT_POLICY).fell_back

    def test_credcores_own_policy_has_nothing_to_fall_back_to(self, monkeypatch):
        """An error there is raised."""
        coordinator, *_ = set_up(PROFILE)
        opened(coordinator)
        monkeypatch.setattr("credcore.coordinator.assigning.plan", lambda *_: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            coordinator.assign()


def test_a_calendar_without_its_holidays_is_told_and_works():
    """The source that knew the region is gone."""

    class Lake:
        known_until = 2030

        def days(self, _region, _year):
            return {}

    plugin = Plugin()
    plugin.credcore_register_holidays = hookimpl(lambda: [HolidaysSpec(name="lake", make=Lake)])
    text = PROFILE.replace("[calendars.office]", '[calendars.office]\nholidays = "LAKE"')
    coordinator, store, clock, _ = set_up(text, plugin)
    opened(coordinator)
    bare = without(store, clock)
    assert "without the holidays of 'LAKE'" in bare.profile.missing[0].reason
    assert bare.profile.calendar.is_provisional(clock.at)
    assert not bare.day().swept.failed
