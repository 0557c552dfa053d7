"""The field's names for rules, and what they become."""

import datetime as dt

import attrs
import pytest

from credcore.events import (
    PARTIES,
    ContactLogged,
    CredentialRecorded,
    CredentialRenewed,
    FileOpened,
    HoldPlaced,
    Monitored,
    ProviderRegistered,
)
from credcore.history import DatedFact, Facet, History, Mark, Ref
from credcore.limits import CalendarDays, Months, WorkingDays
from credcore.profile import Registry
from credcore.rules.clock import ClockRule, Step
from credcore.rules.conditions import NEVER, When
from credcore.rules.dates import DateRule, DateStep
from credcore.rules.eras import DatedLimit
from credcore.rules.evaluation import states_of
from profile_samples import small

MARCH = dt.datetime(2026, 3, 2, 15, tzinfo=dt.UTC)
OPEN = frozenset(("intake", "psv", "with-payer"))


def rules(text):
    """Return the rules of the small profile that a text gives, by id, without those to look again."""
    return {rule.id: rule for rule in small(text).rules if not rule.id.startswith(("look-again:", "cycle:"))}


def rule(text, rule_id="x"):
    """Return a rule of the small profile."""
    return rules(text)[rule_id]


def running(clock, facet):
    """Return whether a clock is on and not paused."""
    return clock.on.met(facet) and not clock.paused.met(facet)


def file(stage, *parties, flags=(), state="", tries=()):
    """Return the facet of an initial file."""
    return Facet("file", "initial", stage, frozenset(parties), frozenset(flags), 0, state, tuple(tries))


class TestClocks:
    """Rules that are a limit on how long something takes."""

    def test_an_sla_in_full(self):
        """Every key of an sla has its place in the clock."""
        made = rule(
            """
            [[rules.sla]]
            id = "x"
            title = "Verifications done"
            applies = { stage = "psv", kind = "initial", flags = "work-gap", without = "provider-on-leave" }
            limit = "10 working days"
            calendar = "office"
            anchor = "opening"
            pause = { waiting-on = ["provider", "source"], flags = ["provider-on-leave"] }
            cancel = { flags = "provider-terminated" }
            warn = [0.75, 0.5]
            escalate = [{ after = "0 days", to = "owner" }, { after = "2 working days", to = "lead" }]
            to = "coordinator"
            source = "department policy 4.2"
            formerly = "y"
            """
        )
        assert isinstance(made, ClockRule)
        assert made.on == When(
            record="file", stage="psv", kind="initial", flags="work-gap", without="provider-on-leave"
        )
        assert made.limit == WorkingDays(10)
        assert (made.anchor, made.episode, made.family) == ("opening", "opening", "sla")
        assert (made.title, made.source, made.formerly) == ("Verifications done", "department policy 4.2", "y")
        assert made.ladder == (Step(CalendarDays(0), "owner"), Step(WorkingDays(2), "lead"))
        assert [(rung.name, rung.to) for rung in made.rungs] == [
            ("50% used", "coordinator"),
            ("75% used", "coordinator"),
            ("breached", "owner"),
            ("breached + 2 working days", "lead"),
        ]
        assert made.paused.met(file("psv", "source"))
        assert made.paused.met(file("psv", flags=["provider-on-leave"]))
        assert not made.paused.met(file("psv", "committee"))
        assert made.cancel.met(file("psv", flags=["provider-terminated"]))

    def test_what_is_left_out(self):
        """An sla that says little applies to every file that is open, counts from its start, and tells the owner."""
        made = rule('[[rules.sla]]\nid = "x"\nlimit = "5 days"\nsource = "y"\n')
        assert made.on == When(record="file", stage=OPEN)
        assert (made.paused, made.cancel) == (NEVER, NEVER)
        assert (made.anchor, made.episode, made.to, made.title) == ("start", "start", "owner", "X")

    def test_months_warn_by_days(self):
        """A limit in months is warned of so many days ahead."""
        made = rule('[[rules.sla]]\nid = "x"\nlimit = "12 months"\nwarn = ["30 days before"]\nsource = "y"\n')
        assert (made.limit, made.warn_before) == (Months(12), (30,))

    @pytest.mark.parametrize(
        ("family", "anchor", "episode"),
        [("sla", "start", "start"), ("turnaround", "opening", "opening"), ("notice", "stage", "stage")],
    )
    def test_families_differ_in_where_they_count_from(self, family, anchor, episode):
        """A turnaround counts from the opening, a notice from entering its stage."""
        made = rule(f'[[rules.{family}]]\nid = "x"\nlimit = "30 days"\nsource = "y"\n')
        assert (made.family, made.anchor, made.episode) == (family, anchor, episode)

    def test_an_assignment_names_no_episode(self):
        """A clock from the assignment is named by what turned it on, unless the rule says otherwise."""
        text = '[[rules.sla]]\nid = "x"\nlimit = "5 days"\nsource = "y"\nanchor = "assignment"\n'
        assert rule(text).episode == "start"
        assert rule(text + 'episode = "stage"\n').episode == "stage"

    def test_attempts_and_parties(self):
        """An sla may be narrowed to holds and to unanswered attempts."""
        text = '[[rules.sla]]\nid = "x"\nlimit = "5 days"\nsource = "y"\n'
        made = rule(text + 'applies = { waiting-on = "payer", held = true, attempts = 2 }\n')
        assert made.on == When(record="file", stage=OPEN, waiting_on="payer", held=True, attempts_from=2)

    def test_any_hold_may_pause(self):
        """A pause may name no party, and mean every hold."""
        made = rule('[[rules.sla]]\nid = "x"\nlimit = "5 days"\nsource = "y"\npause = { held = true }\n')
        assert made.paused == When(held=True)


class TestStalls:
    """Nobody moves."""

    OUR_MOVE = '[[rules.stall]]\nid = "x"\nlimit = "5 working days"\nsource = "y"\n'

    def test_our_move(self):
        """A stall runs while the move is ours, stands still under a hold for others, and goes on under one for us."""
        made = rule(self.OUR_MOVE)
        assert running(made, file("psv"))
        assert made.on.met(file("psv", "provider"))
        assert not running(made, file("psv", "provider"))
        assert not running(made, file("psv", "provider", "team"))
        assert running(made, file("psv", "team"))
        assert running(made, file("with-payer", "team"))
        assert not made.on.met(file("with-payer"))

    def test_their_move(self):
        """A stall of others runs in their stages while nobody is held for, and wherever a hold waits for them."""
        made = rule(self.OUR_MOVE + 'turn = ["payer", "source"]\n')
        assert running(made, file("with-payer"))
        assert running(made, file("psv", "source"))
        assert running(made, file("psv", "source", "provider"))
        assert not made.on.met(file("with-payer", "provider"))
        assert not made.on.met(file("psv"))

    def test_only_in_some_stages(self):
        """A stall that is narrowed to stages says nothing elsewhere."""
        made = rule(self.OUR_MOVE + 'applies = { stage = "psv" }\n')
        assert running(made, file("psv"))
        assert not made.on.met(file("intake"))
        assert not made.on.met(file("intake", "team"))

    def test_progress_begins_it_again(self):
        """Entering a stage always is progress; what else is can be chosen."""
        assert rule(self.OUR_MOVE).restart.fires([Mark("e", "verified")])
        chosen = rule(self.OUR_MOVE + 'progress = ["document-received"]\n').restart
        assert chosen.fires([Mark("e", "stage-changed")])
        assert chosen.fires([Mark("e", "document-received")])
        assert not chosen.fires([Mark("e", "verified")])

    def test_flags_may_pause_it_too(self):
        """A pause is added to that of a hold for others."""
        made = rule(self.OUR_MOVE + 'pause = { flags = "provider-on-leave" }\n')
        assert not running(made, file("psv", flags=["provider-on-leave"]))
        assert not running(made, file("psv", "provider"))


class TestCadences:
    """Ask again, and give up."""

    TEXT = """
    [[rules.cadence]]
    id = "x"
    title = "Ask the payer"
    waiting-on = "payer"
    every = "14 days"
    attempts = 3
    then = { after = "5 working days", to = "lead" }
    source = "y"
    """

    def test_two_clocks(self):
        """Below the cap the one asks for the next contact, from it on the other gives up."""
        asking, closure = rules(self.TEXT).values()
        assert (asking.id, asking.family, asking.limit, asking.to) == ("x", "cadence", CalendarDays(14), "owner")
        assert (closure.id, closure.family, closure.limit) == ("x-closure", "closure", WorkingDays(5))
        assert (closure.to, closure.title) == ("lead", "Ask the payer: no answer after 3 attempts")

    @pytest.mark.parametrize("attempts", range(5))
    def test_one_of_them_is_always_on(self, attempts):
        """Whatever the number of attempts, exactly one runs while the payer is waited for."""
        tries = (("payer", attempts), ("provider", 9))
        for facet in (file("psv", "payer", tries=tries), file("with-payer", tries=tries)):
            assert [running(clock, facet) for clock in rules(self.TEXT).values()] == [attempts < 3, attempts >= 3]

    def test_a_contact_with_the_party_begins_it_again(self):
        """Only a contact with the party itself counts."""
        restart = rule(self.TEXT).restart
        assert restart.fires([Mark("e", "contact-logged", "payer")])
        assert restart.fires([Mark("e", "contact-answered", "payer")])
        assert not restart.fires([Mark("e", "contact-logged", "provider")])

    def test_without_a_cap_it_goes_on(self):
        """A cadence that names no attempts never gives up."""
        made = rules('[[rules.cadence]]\nid = "x"\nwaiting-on = "payer"\nevery = "14 days"\nsource = "y"\n')
        assert list(made) == ["x"]
        assert running(made["x"], file("psv", "payer", tries=[("payer", 99)]))

    def test_what_was_asked_of_another_does_not_count(self):
        """Contacts with one party, and holds for it, neither give up the other nor begin it again."""
        text = self.TEXT + self.TEXT.replace('"x"', '"y"').replace('"payer"', '"source"')
        asking, given_up, asking_source, _ = rules(text).values()
        calls = [
            ContactLogged(id=f"e-{day}", at=MARCH + dt.timedelta(days=day), party="source", channel="email")
            for day in (1, 2, 3, 4)
        ]
        holds = [HoldPlaced(id=f"h-{party}", at=MARCH, hold=party, waiting_on=party) for party in ("payer", "source")]
        opening = FileOpened(id="e-0", at=MARCH, kind="initial", provider="p-1", stage="psv")
        another = HoldPlaced(id="e-9", at=MARCH + dt.timedelta(days=5), hold="h-9", waiting_on="payer")
        (*_, last) = states_of(History(Ref("file", "f-1"), (opening, *holds, *calls, another)))
        assert last.facet.tries == (("source", 4),)
        assert running(asking, last.facet)
        assert not running(given_up, last.facet)
        assert not running(asking_source, last.facet)
        assert running(rules(text)["y-closure"], last.facet)


class TestDays:
    """Steps around a day."""

    def test_a_cycle(self):
        """The due day is the cycle's; the day on which the window opens is a step, and the coordinator's."""
        made = rule('[[rules.cycle]]\nid = "x"\nbody = "ncqa"\nsource = "y"\nsteps = [{ days = -90, to = "lead" }]\n')
        assert isinstance(made, DateRule)
        assert (made.about, made.keys, made.limit) == ("cycle", ("ncqa",), Months(36, "month"))
        assert made.steps == (DateStep(-180, "coordinator"), DateStep(-90, "lead"))
        assert made.due_on(DatedFact("cycle", "ncqa", dt.date(2024, 2, 29), "e")) == dt.date(2027, 2, 28)

    def test_a_cycle_that_no_rule_watches_tells_the_coordinator_when_its_window_opens(self):
        """A cycle that is only named works all the same; a rule of its own takes the place."""
        made = small().rule("cycle:ncqa")
        assert (made.about, made.keys, made.steps) == ("cycle", ("ncqa",), (DateStep(-180, "coordinator"),))
        own = small('[[rules.cycle]]\nid = "x"\nbody = "ncqa"\nsource = "y"\n')
        assert "cycle:ncqa" not in [rule.id for rule in own.rules]

    def test_the_opening_may_be_told_another(self):
        """A step on the day on which the window opens takes the place of the default."""
        made = rule('[[rules.cycle]]\nid = "x"\nbody = "ncqa"\nsource = "y"\nsteps = [{ days = -180, to = "lead" }]\n')
        assert made.steps == (DateStep(-180, "lead"),)

    @pytest.mark.parametrize(
        ("family", "about", "record"),
        [
            ("expiry", "expiry", "provider"),
            ("commitment", "promise", "file"),
            ("cutoff", "cut-off", "file"),
            ("needed-by", "needed-by", "file"),
            ("hold-review", "hold-review", "file"),
            ("payer-answer", "payer-answer", "file"),
        ],
    )
    def test_days_that_are_due_themselves(self, family, about, record):
        """A day that somebody told is its own due day."""
        made = rule(f'[[rules.{family}]]\nid = "x"\nsource = "y"\n')
        assert (made.about, made.limit, made.family, made.applies.record) == (about, None, family, record)

    @pytest.mark.parametrize(
        ("family", "about", "more", "keys"),
        [
            ("attestation", "attestation", "", ()),
            ("monitoring", "monitoring", 'sources = ["oig-leie"]', ("oig-leie",)),
            ("validity", "verification", 'elements = "licence"', ("licence",)),
        ],
    )
    def test_days_from_which_a_limit_counts(self, family, about, more, keys):
        """A verification, an attestation and a check are good for so long."""
        made = rule(f'[[rules.{family}]]\nid = "x"\nlimit = "120 days"\nsource = "y"\n{more}\n')
        assert (made.about, made.limit, made.keys) == (about, CalendarDays(120), keys)

    def test_limits_that_differ_by_day_and_state(self):
        """Each has its day, its state and whose figure it is; a verification is judged on the day of the decision."""
        made = rule(
            """
            [[rules.validity]]
            id = "x"
            elements = "licence"
            limits = [
              { limit = "180 days", source = "NCQA, before", confirmed = false },
              { since = 2025-07-01, limit = "120 days" },
              { state = ["IL", "WI"], limit = "6 months" },
            ]
            source = "NCQA"
            """
        )
        assert made.limits == (
            DatedLimit(limit=CalendarDays(180), source="NCQA, before", confirmed=False),
            DatedLimit(limit=CalendarDays(120), since=dt.date(2025, 7, 1)),
            DatedLimit(limit=Months(6), states=["IL", "WI"]),
        )
        assert (made.judged, made.limit, made.keys) == ("decision", None, ("licence",))

    def test_a_notice_from_the_day_of_the_decision(self):
        """The letter's days count from the decision, whenever it was recorded; its own day chooses the limit."""
        made = rule(
            """
            [[rules.notice]]
            id = "x"
            applies = { stage = "psv" }
            anchor = "decision"
            limits = [{ limit = "60 days" }, { since = 2025-07-01, limit = "30 days" }]
            steps = [{ days = -6, to = "lead" }]
            source = "y"
            """
        )
        assert isinstance(made, DateRule)
        assert (made.about, made.family, made.judged, made.steps) == (
            "decision",
            "notice",
            "today",
            (DateStep(-6, "lead"),),
        )
        assert made.due_on(DatedFact("decision", "", dt.date(2025, 6, 30), "e")) == dt.date(2025, 8, 29)
        assert made.due_on(DatedFact("decision", "", dt.date(2025, 7, 1), "e")) == dt.date(2025, 7, 31)

    def test_once_each_calendar_month(self):
        """What is done in a month is due again by the end of the next: 1 September, then 15 October, is on time."""
        made = rule('[[rules.monitoring]]\nid = "x"\nevery = "calendar month"\nsource = "y"\n')
        assert made.due_on(DatedFact("monitoring", "oig-leie", dt.date(2025, 9, 1), "e")) == dt.date(2025, 10, 31)
        assert made.due_on(DatedFact("monitoring", "oig-leie", dt.date(2025, 9, 30), "e")) == dt.date(2025, 10, 31)

    def test_a_missed_month_is_one_finding_until_it_is_met(self):
        """Two months without a check are one breach; it ends with the check, whose next month begins anew."""
        made = rule('[[rules.monitoring]]\nid = "x"\nevery = "calendar month"\nsource = "y"\n')
        checks = [
            Monitored(id=f"e-{day}", at=at, monitored_on=at.date(), source="oig-leie")
            for day, at in enumerate((MARCH, MARCH.replace(month=4, day=30), MARCH.replace(month=7, day=9)))
        ]
        known = ProviderRegistered(id="p-0", at=MARCH, name="Ada Ames")
        found = made.findings(states_of(History(Ref("provider", "p-1"), (known, *checks))))
        assert [(one.episode, one.rung, one.since.date().isoformat()) for one in found] == [
            ("e-0", "running", "2026-03-02"),
            ("e-1", "running", "2026-04-30"),
            ("e-1", "breached", "2026-06-01"),
            ("e-2", "running", "2026-07-09"),
            ("e-2", "breached", "2026-09-01"),
        ]
        assert found[2].until == checks[2].at

    def test_expiries_of_some_kinds_of_credential(self):
        """Lead times of their own for licences and DEA registrations; the episode's name is the event's as ever."""
        made = rule('[[rules.expiry]]\nid = "x"\ncredentials = ["licence", "dea"]\nsource = "y"\n')
        assert (made.credentials, made.keys) == (("licence", "dea"), ())
        known = ProviderRegistered(id="p-0", at=MARCH, name="Ada Ames")
        recorded = [
            CredentialRecorded(
                id=f"e-{kind}", at=MARCH, credential=f"c-{kind}", kind=kind, expires_on=dt.date(2027, 1, 31)
            )
            for kind in ("licence", "bls")
        ]
        renewed = CredentialRenewed(
            id="e-9", at=MARCH + dt.timedelta(days=9), credential="c-licence", expires_on=dt.date(2029, 1, 31)
        )
        found = made.findings(states_of(History(Ref("provider", "p-1"), (known, *recorded, renewed))))
        assert {(one.episode, one.about) for one in found} == {("e-licence", "c-licence"), ("e-9", "c-licence")}

    def test_a_rule_of_some_states(self):
        """Files and providers can be narrowed to the states of practice."""
        made = rule('[[rules.sla]]\nid = "x"\nlimit = "5 days"\nsource = "y"\napplies = { state = ["NY", "NJ"] }\n')
        assert [running(made, file("psv", state=state)) for state in ("NY", "CT", "")] == [True, False, False]
        made = rule('[[rules.expiry]]\nid = "x"\nsource = "y"\napplies = { state = "IL" }\n')
        assert made.applies.state == frozenset(("IL",))

    @pytest.mark.parametrize("family", ["commitment", "cutoff", "hold-review"])
    def test_the_day_itself_is_a_step(self, family):
        """Promised, closing or to be looked at today: it stands from the start of the day."""
        made = rule(f'[[rules.{family}]]\nid = "x"\nsource = "y"\nto = "lead"\nsteps = [{{ days = -2 }}]\n')
        assert made.steps == (DateStep(-2, "owner"), DateStep(0, "lead"))

    def test_providers_that_participate(self):
        """A provider's days count unless the provider was terminated or is a double; a rule may narrow it."""
        text = '[[rules.expiry]]\nid = "x"\nsource = "y"\n'
        assert rule(text).applies == When(record="provider", stage=["active", "on-leave"], without="merged")
        assert rule(text + 'applies = { status = "active" }\n').applies.stage == frozenset(("active",))


class TestLookAgain:
    """No file is ever lost."""

    def test_one_for_each_open_stage(self):
        """Every stage that is not terminal has a clock that nothing pauses, after the rules of the text."""
        looks = small('[[rules.sla]]\nid = "x"\nlimit = "5 days"\nsource = "y"\n').rules[2:]
        assert [look.id for look in looks] == ["look-again:intake", "look-again:psv", "look-again:with-payer"]
        for look in looks:
            assert (look.anchor, look.episode, look.family, look.to) == ("stage", "stage", "look-again", "owner")
            assert (look.paused, look.cancel) == (NEVER, NEVER)

    def test_a_stage_change_or_a_review_begins_it_again(self):
        """Nothing else does: a note, a contact or a snooze is no look."""
        look = small().rule("look-again:psv")
        assert look.on == When(record="file", stage="psv")
        assert look.limit == WorkingDays(20)
        assert look.restart.types == {"stage-changed", "reviewed"}
        assert running(look, file("psv", *PARTIES, tries=[("payer", 9)], flags=["work-gap"]))


@attrs.frozen
class MoonRule:
    """A rule of a plugin."""

    id: str
    phase: str
    family: str = "moon"
    title: str = "The moon"
    source: str = "the tides"
    rungs: tuple = ()

    def findings(self, states):
        return self.tail(states)

    def tail(self, _states):
        return []


def test_a_plugin_adds_a_name():
    """A plugin's factory asks the table for its keys; what it does not ask for is unknown."""

    def moon(table, names):
        phase = table.name("phase", ["full", "new"], "phase")
        rule_id = table.new_code("id")
        assert names.open_stages == ("intake", "psv", "with-payer")
        made = table.make(lambda: MoonRule(rule_id, phase))
        return [] if made is None else [made]

    profile = small('[[rules.moon]]\nid = "x"\nphase = "full"\n', Registry(rules={"moon": moon}))
    assert profile.rule("x") == MoonRule("x", "full")
