"""What is wrong with a profile: all of it at once, each with its key, its line and the nearest right name."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from credcore import profiles
from credcore.errors import InvalidInput, ProfileError
from credcore.profile import Profile, Registry
from profile_samples import SMALL, Holidays, small

FIVE = """\
[profile]
name = "Night desk"
zone = "America/Chicgo"

[calendars.office]
week = { mon-fri = ["09:00-17:00"] }

[stages.intake]
next = ["psv"]
look-again = "10 working days"

[stages.psv]
next = ["closd"]
look-again = "20 working days"

[stages.closed]
terminal = true

[kinds.initial]
start = "intake"

[[rules.sla]]
id = "psv-ten-days"
applies = { stage = "pvs" }
limit = "10 business days"
warn = [
  0.75,
  1.5,
]
source = "department policy"
"""


def faults(text, registry=None):
    """Return what is wrong with a text, as key, line and message."""
    with pytest.raises(ProfileError) as caught:
        Profile.from_toml(text, source="x.toml", registry=registry or Registry())
    assert all(fault.source == "x.toml" for fault in caught.value.faults)
    return [(fault.key, fault.line, fault.message) for fault in caught.value.faults]


def faults_if_any(text):
    """Return what is wrong with a text; nothing if it can be read."""
    try:
        Profile.from_toml(text, registry=Registry(holidays=Holidays()))
    except ProfileError as error:
        return error.faults
    return ()


def fault(rules):
    """Return the only fault of the small profile with some rules: its key below the rules, and its message."""
    ((key, line, message),) = faults(SMALL + rules)
    assert line is not None
    assert line > SMALL.count("\n")
    return key.removeprefix("rules."), message


class TestAllAtOnce:
    """A coordinator corrects a profile in one go."""

    def test_five_faults_with_key_line_and_hint(self):
        """Each of five slips of the pen is one fault, in the order of the lines."""
        assert faults(FIVE) == [
            (
                "profile.zone",
                3,
                "'America/Chicgo' is not a known time zone; give an IANA name such as America/Chicago",
            ),
            ("stages.psv.next", 13, "unknown stage 'closd'; did you mean 'closed'?"),
            ("rules.sla[0].applies.stage", 24, "unknown stage 'pvs'; did you mean 'psv'?"),
            ("rules.sla[0].limit", 25, "'10 business days' is no limit; write '10 working days'"),
            (
                "rules.sla[0].warn[1]",
                28,
                "1.5 of the limit is no warning ahead; give a part below 1, such as 0.75",
            ),
        ]

    def test_the_error_lists_them_with_source_and_line(self):
        """The message is what somebody needs who has the file open in an editor."""
        with pytest.raises(ProfileError, match=r"5 faults:\n  x.toml:3: profile.zone: 'America/Chicgo' is not"):
            Profile.from_toml(FIVE, source="x.toml")

    def test_no_toml(self):
        """A text that is no TOML has one fault, with its line."""
        assert faults("[profile]\nname = Lakeside\n") == [("", 2, "is no TOML: Invalid value")]

    def test_no_toml_at_the_end(self):
        """What is missing at the end is missing on the last line."""
        ((key, line, message),) = faults("[profile]\nname = [1,\n")
        assert (key, line) == ("", 2)
        assert message.startswith("is no TOML: ")

    def test_an_empty_text(self):
        """A profile must at least have a name, a zone and a kind of file."""
        assert [key for key, _, _ in faults("")] == ["profile", "profile", "kinds"]

    @given(
        st.integers(0, SMALL.count("\n") - 1), st.sampled_from(["x = 1", "name = []", '"odd key" = "a"', "week = 7"])
    )
    def test_any_line_may_be_wrong(self, place, line):
        """Whatever line replaces another, the profile is read, or refused with faults and nothing else."""
        lines = SMALL.splitlines()
        lines[place] = line
        assert all(fault.message for fault in faults_if_any("\n".join(lines)))

    @given(st.data())
    def test_any_value_may_be_wrong(self, data):
        """Whatever value stands at a key of the profile that ships, it is read, or refused with faults."""
        lines = profiles.read("hospital").splitlines()
        places = [place for place, line in enumerate(lines) if " = " in line and line[0].isalpha()]
        place = data.draw(st.sampled_from(places))
        value = data.draw(st.sampled_from(["1", '"x"', "[]", "{}", "true", "2026-01-01", "[1]", '["x"]', "[[]]", "-1"]))
        lines[place] = lines[place].split(" = ")[0] + " = " + value
        assert all(fault.line is not None for fault in faults_if_any("\n".join(lines)))


class TestNames:
    """A name that nobody knows comes back with the nearest one that somebody does."""

    @pytest.mark.parametrize(
        ("wrong", "right", "key", "message"),
        [
            (
                "[profile]",
                '[profile]\npolicy = "defalt"',
                "profile.policy",
                "unknown policy 'defalt'; did you mean 'default'?",
            ),
            (
                "[profile]",
                '[profile]\ndelivery = "offce"',
                "profile.delivery",
                "unknown calendar 'offce'; did you mean 'office'?",
            ),
            ("[profile]", '[profile]\nnmae = "x"', "profile.nmae", "unknown key; did you mean 'name'?"),
            ("[calendars.", "[calenders.x]\n[calendars.", "calenders", "unknown key; did you mean 'calendars'?"),
            (
                'turn = "payer"',
                'turn = "player"',
                "stages.with-payer.turn",
                "unknown party 'player'; did you mean 'payer'?",
            ),
            (
                'start = "intake"',
                'start = "intak"',
                "kinds.initial.start",
                "unknown stage 'intak'; did you mean 'intake'?",
            ),
            (
                'start = "intake"',
                'start = "intake"\napprovals = "x"',
                "kinds.initial.approvals",
                "unknown body 'x'; known: none",
            ),
            (
                'kind = "initial"',
                'kind = "inital"',
                "cycles.ncqa.kind",
                "unknown kind of file 'inital'; did you mean 'initial'?",
            ),
            (
                "[flags]",
                '[roles]\nverifed = ["lead"]\n[flags]',
                "roles.verifed",
                "unknown event type 'verifed'; did you mean 'verified'?",
            ),
            (
                "[flags]",
                '[roles]\nverified = ["laed"]\n[flags]',
                "roles.verified[0]",
                "unknown role 'laed'; did you mean 'lead'?",
            ),
            (
                "[flags]",
                '[statuses]\naproved = "closed"\n[flags]',
                "statuses.aproved",
                "unknown status 'aproved'; did you mean 'approved'?",
            ),
            (
                "[flags]",
                '[payers.blue]\nstatuses = { approved = "close" }\n[flags]',
                "payers.blue.statuses.approved",
                "unknown stage 'close'; did you mean 'closed'?",
            ),
            (
                "[flags]",
                '[policies.p]\nrequirements = ["presnt"]\n[flags]',
                "policies.p.requirements[0]",
                "'presnt' is unknown; did you mean 'present'?",
            ),
            (
                "[flags]",
                '[team.ana]\nroles = ["coordinator", "specialist"]\npayers = ["x"]\n[flags]',
                "team.ana.payers[0]",
                "unknown payer 'x'; known: *",
            ),
        ],
    )
    def test_the_nearest(self, wrong, right, key, message):
        """The fault names the key, and what was probably meant."""
        text = SMALL.replace(wrong, right, 1)
        ((found, line, said),) = faults(text)
        assert (found, said) == (key, message)
        assert key.rpartition(".")[2].partition("[")[0] in text.splitlines()[line - 1]

    def test_roles_are_those_of_the_team(self):
        """Whom a rule tells must be somebody: a role that nobody on the team has is a fault."""
        team = '[team.ana]\nroles = ["coordinator", "specialist"]\n'
        rule = '[[rules.stall]]\nid = "s"\nlimit = "5 days"\nto = "lead"\nsource = "x"\n'
        assert faults(SMALL + team + rule) == [
            ("rules.stall[0].to", 44, "unknown role 'lead'; known: coordinator, owner, specialist")
        ]

    def test_a_stage_needs_somebody_to_own_it(self):
        """Where nobody on the team is a specialist, each stage must say whose it is."""
        team = '[team.ana]\nroles = "coordinator"\n'
        found = faults(SMALL.replace("terminal = true", 'terminal = true\nowner = "coordinator"') + team)
        assert [key for key, _, _ in found] == ["stages.intake", "stages.psv", "stages.with-payer"]
        assert found[0][2] == "nobody on the team is 'specialist'; name the stage's `owner`"

    def test_a_team_has_a_coordinator(self):
        """Whom everything falls back to must be there."""
        assert faults(SMALL + "[team.ana]\n") == [
            ("team", 39, "nobody is coordinator, who is told what nobody else can be told")
        ]


class TestRules:
    """Contradictions within a rule."""

    @pytest.mark.parametrize(
        ("keys", "key", "message"),
        [
            (
                'pause = { flags = "work-gap" }',
                "sla[0].pause",
                "36 months to the day cannot pause; give the limit in days, or leave out `pause`",
            ),
            ("warn = 0.5", "sla[0].warn", "'0.5' is no lead; write it as '30 days before'"),
            ('anchor = "openning"', "sla[0].anchor", "unknown anchor 'openning'; did you mean 'opening'?"),
            (
                'escalate = [{ after = "2 days" }, { after = "1 day" }]',
                "sla[0].escalate[1].after",
                "does not rise: 1 day do not come later than 2 days",
            ),
            (
                'escalate = [{ after = "1 month" }]',
                "sla[0].escalate[0].after",
                "months do not fit a ladder; give working time, working days or days",
            ),
            (
                'applies = { stage = "closed" }',
                "sla[0].applies.stage",
                "'closed' is terminal; a closed file has no clock",
            ),
            (
                'applies = { flags = "gap" }',
                "sla[0].applies.flags",
                "unknown flag 'gap'; known: provider-on-leave, provider-terminated, work-gap",
            ),
            (
                "cancel = {}",
                "sla[0].cancel",
                'names nothing; give parties or flags, such as { waiting-on = ["provider"] }',
            ),
            ("limits = []", "sla[0].limits", "unknown key; did you mean 'limit'?"),
            ("applies = { stage = 7 }", "sla[0].applies.stage", "7 is not a text, or a list of texts"),
            ("escalate = [7]", "sla[0].escalate[0]", "7 is not a table such as { ... }"),
            ("warn = [{}]", "sla[0].warn[0]", "'{}' is no lead; write it as '30 days before'"),
            ("title = 7", "sla[0].title", '7 is not a text such as "..."'),
        ],
    )
    def test_contradictions(self, keys, key, message):
        """What cannot be is refused where it stands."""
        rule = f'[[rules.sla]]\nid = "x"\nlimit = "36 months"\nsource = "y"\n{keys}\n'
        assert fault(rule) == (key, message)

    @pytest.mark.parametrize(
        ("rule", "key", "message"),
        [
            ('[[rules.sla]]\nid = ""\nlimit = "5 days"\nsource = "y"\n', "sla[0].id", "is empty"),
            (
                '[[rules.sla]]\nid = "x"\nlimit = "2 fortnights"\nsource = "y"\n',
                "sla[0].limit",
                (
                    "'2 fortnights' is no limit; known: day, month, month to the day, month to the month, working day, "
                    "working hour, working minute, working second"
                ),
            ),
            (
                '[[rules.sla]]\nid = "x"\nsource = "y"\n',
                "sla[0]",
                "'limit' is missing; give a limit such as \"10 working days\"",
            ),
            (
                '[[rules.sla]]\nid = "x"\nlimit = "5 days"\n',
                "sla[0]",
                "'source' is missing; give a text such as \"...\"",
            ),
            (
                '[[rules.sla]]\nid = "x y"\nlimit = "5 days"\nsource = "y"\n',
                "sla[0].id",
                "'x y' is no code; write it in kebab-case, such as 'quality-audit'",
            ),
            (
                '[[rules.sla]]\nid = "x"\nlimit = "0 days"\nsource = "y"\n',
                "sla[0].limit",
                "0 days would be over as they begin",
            ),
            (
                '[[rules.stall]]\nid = "x"\nlimit = "1 month"\nsource = "y"\n',
                "stall[0].limit",
                "1 month to the day cannot pause, as a stall does; give the limit in days",
            ),
            (
                '[[rules.stall]]\nid = "x"\nlimit = "1 day"\nsource = "y"\nprogress = "verfied"\n',
                "stall[0].progress",
                "unknown event type 'verfied'; did you mean 'verified'?",
            ),
            (
                '[[rules.cadence]]\nid = "x"\nevery = "7 days"\nsource = "y"\nwaiting-on = "payer"\nattempts = 3\n',
                "cadence[0].then",
                "'after' is missing; give a limit such as \"10 working days\"",
            ),
            (
                '[[rules.validity]]\nid = "x"\nsource = "y"\nlimit = "1 day"\nlimits = [{ limit = "2 days" }]\n',
                "validity[0].limits",
                "there is `limit` already; keep one of them",
            ),
            (
                '[[rules.validity]]\nid = "x"\nsource = "y"\nlimits = []\n',
                "validity[0].limits",
                'is empty; give limits such as [{ limit = "180 days" }, { since = 2025-07-01, ... }]',
            ),
            (
                '[[rules.validity]]\nid = "x"\nsource = "y"\nlimits = { since = 2025-07-01, limit = "2 days" }\n',
                "validity[0].limits",
                "the first limit applies always: give it no day and no state",
            ),
            (
                '[[rules.validity]]\nid = "x"\nsource = "y"\nlimits = [{ limit = "1 day" }, { limit = "2 days" }]\n',
                "validity[0].limits[1]",
                "the days do not rise: give each limit after the first of its state a later day",
            ),
            (
                '[[rules.validity]]\nid = "x"\nsource = "y"\nlimits = [{ limit = "9 working days" }]\n',
                "validity[0].limits[0].limit",
                "9 working days do not count from a day; give days or months",
            ),
            (
                '[[rules.attestation]]\nid = "x"\nsource = "y"\nlimits = { limit = "1 day", state = "Illinois" }\n',
                "attestation[0].limits.state",
                "'Illinois' is not a state's code; write 'IL'",
            ),
            (
                '[[rules.monitoring]]\nid = "x"\nsource = "y"\nevery = "month"\n',
                "monitoring[0].every",
                "unknown rhythm 'month'; known: calendar month",
            ),
            (
                '[[rules.notice]]\nid = "x"\nsource = "y"\nanchor = "decision"\nlimit = "30 days"\nwarn = 0.5\n',
                "notice[0].warn",
                "unknown key; known: anchor, applies, calendar, formerly, id, limit, source, steps, title, to",
            ),
            (
                '[[rules.cycle]]\nid = "x"\nsource = "y"\nbody = "nqca"\n',
                "cycle[0].body",
                "unknown cycle 'nqca'; did you mean 'ncqa'?",
            ),
            (
                '[[rules.validity]]\nid = "x"\nsource = "y"\nlimit = "9 days"\nelements = "licens"\n',
                "validity[0].elements",
                "unknown element 'licens'; did you mean 'licence'?",
            ),
            (
                '[[rules.validity]]\nid = "x"\nsource = "y"\nlimit = "9 working days"\n',
                "validity[0].limit",
                "9 working days do not count from a day; give days or months",
            ),
            (
                '[[rules.expiry]]\nid = "x"\nsource = "y"\nsteps = [{ days = -1 }, { days = -2 }]\n',
                "expiry[0].steps[1].days",
                "does not rise: -2 is not later than -1",
            ),
            (
                '[[rules.expiry]]\nid = "x"\nsource = "y"\napplies = { status = "activ" }\n',
                "expiry[0].applies.status",
                "unknown status 'activ'; did you mean 'active'?",
            ),
            ('[[rules.slo]]\nid = "x"\n', "slo", "unknown kind of rule 'slo'; did you mean 'sla'?"),
            ('[rules]\nsla = "x"\n', "sla", "'x' is not a table such as { ... }"),
        ],
    )
    def test_what_is_missing_or_wrong(self, rule, key, message):
        """What a rule lacks is named with what would be right."""
        assert fault(rule) == (key, message)

    def test_ids_are_given_once(self):
        """Two rules of one id would share what was told."""
        rule = '[[rules.sla]]\nid = "x"\nlimit = "5 days"\nsource = "y"\n'
        assert fault(rule + rule) == ("sla[1].id", "'x' is the id of rules.sla[0] already; every rule has its own")

    def test_a_former_id_is_free(self):
        """A rule cannot take over the memory of one that still is."""
        rule = '[[rules.sla]]\nid = "{}"\nlimit = "5 days"\nsource = "y"\n'
        text = rule.format("x") + rule.format("z") + 'formerly = "x"\n'
        assert fault(text) == ("sla[1].formerly", "'x' is the id of rules.sla[0] now, which keeps what was told")

    def test_working_time_needs_a_calendar(self):
        """Without a calendar, nobody knows what a working day is."""
        text = SMALL.replace('[calendars.office]\nweek = { mon-fri = ["09:00-17:00"] }\n', "")
        text += '[[rules.sla]]\nid = "x"\nlimit = "2 working hours"\nsource = "y"\n'
        assert [(key, message) for key, _, message in faults(text)] == [
            ("stages.intake.look-again", "10 working days need a calendar; add one, such as [calendars.office]"),
            ("stages.psv.look-again", "20 working days need a calendar; add one, such as [calendars.office]"),
            ("rules.sla[0].limit", "2 working hours need a calendar; add one, such as [calendars.office]"),
        ]


class TestSections:
    """Faults of the other sections."""

    @pytest.mark.parametrize(
        ("table", "expected"),
        [
            (
                '[committees.c]\nrrule = "FREQ=DAILY;BYDAY=X"\nat = "9h"\nseats = 0\ncutoff = "5 days"\n',
                {
                    "committees.c.rrule": "'FREQ=DAILY;BYDAY=X' is no recurrence rule such as FREQ=",
                    "committees.c.at": "'9h' is not a time on the wall such as \"07:30\"",
                    "committees.c.seats": "0 is not a whole number from 1 up",
                    "committees.c.cutoff": "5 days do not lead back from a meeting; give working days, at least one",
                },
            ),
            (
                '[cycles.b]\nevery = "3 days"\nopens-before = "1 month"\nkind = "initial"\nsource = "y"\n',
                {
                    "cycles.b.every": "3 days are no cycle; give months, to the day or to the month",
                    "cycles.b.opens-before": "1 month to the day do not lead to a day; give days",
                },
            ),
            (
                '[kinds.k]\nstart = "intake"\ncycles = "ncqa"\nenrols = "initial"\n',
                {
                    "kinds.k.cycles": "nobody decides such a file, so it anchors no cycle; give `approvals`",
                    "kinds.k.enrols": "'initial' is no work for payers; say `payer-work = true` there",
                },
            ),
            (
                '[team.ana]\nroles = ["coordinator", "specialist"]\nstates = ["IL", "Texas"]\ncapacity = true\n',
                {
                    "team.ana.states": '\'Texas\' is no state; give its postal code, such as "IL", or "*" for all',
                    "team.ana.capacity": "true is not a whole number from 0 up",
                },
            ),
            (
                "[requirements.Odd]\nno-holds = 1\n",
                {
                    "requirements.Odd": "'Odd' is no code; write it in kebab-case, such as 'quality-audit'",
                    "requirements.Odd.no-holds": "1 is not true or false",
                },
            ),
            (
                "[bodies]\nBoard = {}\n",
                {"bodies.Board": 'a table is not a text such as "..."'},
            ),
            ("[stages.psv.net]\n", {"stages.psv.net": "unknown key; did you mean 'next'?"}),
        ],
    )
    def test_wrong_sections(self, table, expected):
        """Every section reports its own faults together."""
        found = {key: message for key, _, message in faults(SMALL.replace("[flags]", f"{table}[flags]"))}
        assert found.keys() == expected.keys()
        for key, message in expected.items():
            assert found[key].startswith(message)

    @pytest.mark.parametrize(
        ("limit", "message"),
        [
            ("1 month", "1 month to the day are too long to look away; give days"),
            ("0 days", "0 days would be over as they begin"),
            ("soon", "'soon' is no limit"),
        ],
    )
    def test_looking_again_is_finite(self, limit, message):
        """A stage without a finite limit to look again could lose a file."""
        ((key, line, said),) = faults(SMALL.replace("10 working days", limit))
        assert (key, line) == ("stages.intake.look-again", 10)
        assert said.startswith(message)

    def test_every_open_stage_looks_again(self):
        """The limit must be there, and only there."""
        text = SMALL.replace('look-again = "10 working days"\n', "").replace(
            "terminal = true", 'terminal = true\nlook-again = "9 days"'
        )
        assert faults(text) == [
            ("stages.intake", 8, "'look-again' is missing; give a limit such as \"10 working days\""),
            ("stages.closed.look-again", 23, "a terminal stage is closed; leave out `look-again` or `terminal`"),
        ]

    def test_holidays_need_a_source(self):
        """A region without a source of holidays says what to install."""
        text = SMALL.replace("[stages.intake]", 'holidays = "US"\n[stages.intake]')
        ((key, line, message),) = faults(text)
        assert (key, line) == ("calendars.office.holidays", 8)
        assert message.startswith("the holidays of 'US' need a source: python -m pip install")

    def test_a_calendars_faults_have_lines(self):
        """What the calendar finds wrong stands at its line, too."""
        ((key, line, message),) = faults(SMALL.replace("mon-fri", "mon-fry"))
        assert (key, line) == ("calendars.office.week.mon-fry", 6)
        assert "did you mean 'fri'?" in message


def test_a_plugin_cannot_take_a_name_of_the_library():
    """A registry that renames what ``sla`` means is refused."""
    with pytest.raises(InvalidInput, match="credcore has these rules itself: sla"):
        small(registry=Registry(rules={"sla": lambda *_: ()}))


def test_an_outcome_that_has_no_stage_to_go_to_is_a_fault():
    """Whoever calls the stages otherwise says into which of them a decision or a submission moves a file."""
    text = (
        SMALL.replace('start = "intake"', 'start = "intake"\napprovals = ["board"]') + '\n[bodies]\nboard = "Board"\n'
    )
    with pytest.raises(ProfileError) as faults:
        Profile.from_toml(text)
    assert [(fault.key, fault.message.split(";")[0]) for fault in faults.value.faults] == [
        ("kinds.initial", "no stage is called 'decided'"),
        ("kinds.initial", "no stage is called 'denied'"),
    ]
    named = text.replace('approvals = ["board"]', 'approvals = ["board"]\ndecided = "closed"\ndenied = "closed"')
    kind = Profile.from_toml(named).kinds["initial"]
    assert (kind.decided, kind.denied) == ("closed", "closed")
