"""The figures that ship: what state laws say, off until a profile turns a state on."""

import datetime as dt
import hashlib
from zoneinfo import ZoneInfo

import attrs
import pytest

from credcore import profiles
from credcore.errors import NotFound, ProfileError
from credcore.events import DetailsChanged, FileOpened, ProviderRegistered, StageChanged
from credcore.history import History, Ref
from credcore.identifiers import is_state
from credcore.profile import Profile, Registry
from credcore.profile.statutes import STARTS, statutes
from credcore.rules import BREACHED, RUNNING, WARNED, ClockExplanation, evaluate, explain, prove, schedule
from profile_samples import SMALL, Holidays, small

RELEASE = "2026-11"
NONE = None
TABLE = {
    "AZ": ("60 days", "complete", NONE, NONE, False),
    "CA": ("90 days", "complete", "10 working days", NONE, False),
    "CA-behavioral": ("60 days", "complete", "7 working days", NONE, True),
    "CO": ("60 days", "complete", "10 days", "7 days", True),
    "FL": (NONE, "complete", NONE, NONE, False),
    "GA": ("45 days", "complete", NONE, NONE, False),
    "IL": ("60 days", "complete", NONE, NONE, False),
    "IN": (NONE, "received", "30 working days", NONE, True),
    "KY": ("45 days", "complete", NONE, NONE, True),
    "LA": ("90 days", "complete", NONE, NONE, False),
    "LA-medicaid": ("60 days", "complete", "30 days", NONE, True),
    "MD": ("120 days", "complete", "30 days", NONE, False),
    "NC": ("60 days", "complete", "15 days", NONE, True),
    "NJ": ("90 days", "complete", "45 days", NONE, True),
    "NM": ("45 days", "complete", "10 working days", NONE, True),
    "NY": ("60 days", "complete", NONE, NONE, True),
    "OH": ("90 days", "received", "21 days", NONE, True),
    "RI": ("45 days", "complete", NONE, NONE, True),
    "TN": ("90 days", "complete", NONE, NONE, False),
    "TX": ("90 days", "complete", NONE, NONE, False),
    "VA": ("60 days", "complete", "30 days", "10 days", True),
    "WA": ("90 days", "complete", NONE, NONE, True),
}
DIGESTS = {RELEASE: "de32859148465b9e032176a599d868c6daf478c5f6386066dac5d63291c8ca17"}

CHICAGO = ZoneInfo("America/Chicago")
LAWS = """
[stages.incomplete]
turn = "provider"
next = ["closed"]
look-again = "15 working days"

[[rules.turnaround]]
id = "law"
figures = "2026-11"
states = {states}
applies = {{ stage = ["intake", "incomplete", "psv"] }}
received = "intake"
complete = "psv"
warn = [0.5]
to = "lead"
escalate = [{{ after = "5 days", to = "coordinator" }}]
{more}
"""


def by_law(states, more=""):
    """Return the rules of some states in the small profile, by id."""
    listed = "[" + ", ".join(f'"{state}"' for state in states.split()) + "]"
    text = LAWS.format(states=listed, more=more)
    whole = SMALL.replace('next = ["psv", "closed"]', 'next = ["psv", "incomplete", "closed"]') + text
    profile = Profile.from_toml(whole, source="small.toml")
    return {rule.id: rule for rule in profile.rules if rule.family == "turnaround"}


def faults(states, more=""):
    """Return what is wrong with a table of laws, by key and message."""
    with pytest.raises(ProfileError) as caught:
        by_law(states, more)
    return [(fault.key.removeprefix("rules.turnaround[0]"), fault.message) for fault in caught.value.faults]


def march(day, hour=9, month=3):
    """Return an instant of spring 2026 in Chicago."""
    return dt.datetime(2026, month, day, hour, tzinfo=CHICAGO)


def file(*moves, state="NY", more=()):
    """Return the history of a file that came in on 2 March, of a provider of a state, and moved by days of March."""
    provider = ProviderRegistered(id="p-0", at=march(1), name="Ada Ames", state=state)
    opening = FileOpened(id="e-0", at=march(2), kind="initial", provider="p-1", stage="intake")
    events = [StageChanged(id=f"e-{n}", at=march(day), stage=stage) for n, (day, stage) in enumerate(moves, 1)]
    return History(Ref("file", "f-1"), (opening, *events), (History(Ref("provider", "p-1"), (provider, *more)),))


def stands(history, rules, when):
    """Return where each rule stands, by id."""
    return {one.rule: one for one in evaluate(history, list(rules.values()), when).findings}


class TestTheTable:
    """What ships."""

    @pytest.mark.parametrize("code", TABLE)
    def test_each_law_has_its_figures(self, code):
        """Limit, start, notices, and whether they were read in a copy of the law."""
        law = statutes(RELEASE)[code]
        said = (law.limit, law.completeness, law.receipt)
        limit, completeness, receipt = (None if one is None else str(one) for one in said)
        assert (limit, law.start, completeness, receipt, law.confirmed) == TABLE[code]

    def test_there_is_no_other(self):
        """The table is whole, each state is one, and whatever has a figure names its law."""
        assert list(statutes(RELEASE)) == list(TABLE)
        for law in statutes(RELEASE).values():
            assert is_state(law.state)
            assert law.start in STARTS
            assert law.is_silent or law.law
            assert law.confirmed or law.law or law.note

    def test_a_release_never_changes(self):
        """Desks work by a release that they have adopted: what is learned later is a new one."""
        assert set(DIGESTS) == set(profiles.releases("turnaround"))
        for release, digest in DIGESTS.items():
            assert hashlib.sha256(profiles.figures("turnaround", release).encode()).hexdigest() == digest

    def test_an_unknown_release(self):
        """It comes back with the nearest."""
        with pytest.raises(NotFound, match="no release of turnaround '2026-12'; did you mean '2026-11'"):
            profiles.figures("turnaround", "2026-12")
        with pytest.raises(NotFound, match="no release of taxes"):
            profiles.figures("taxes", RELEASE)

    def test_the_source_says_how_far_it_is_to_be_trusted(self):
        """A law that was read, one that was not, and one of which the first day is known."""
        ohio, texas = (statutes(RELEASE)[code] for code in ("OH", "TX"))
        assert ohio.source == "Ohio Rev. Code 3963.06 (credcore's figures 2026-11: read in a public copy, check it)"
        assert texas.source == "Texas Ins. Code ch. 1452 (credcore's figures 2026-11: not confirmed, check it)"
        dated = attrs.evolve(ohio, effective_from=dt.date(2027, 1, 1))
        assert dated.source.startswith("Ohio Rev. Code 3963.06 since 2027-01-01 (")


class TestTurnedOn:
    """What a profile that names states gets."""

    def test_all_is_off_until_a_state_is_named(self):
        """No profile that ships has a law's clock."""
        for name in profiles.names():
            profile = Profile.from_toml(profiles.read(name), registry=Registry(holidays=Holidays()))
            assert not any("credcore's figures" in rule.source for rule in profile.rules)

    def test_the_hospital_shows_how(self):
        """Its example, with the marks of comment taken away, turns states on, and no file is lost."""
        text = profiles.read("hospital")
        start = text.index("# [[rules.turnaround]]")
        example, _, rest = text[start:].partition("\n\n")
        turned_on = text[:start] + "\n".join(line.removeprefix("# ") for line in example.splitlines()) + "\n\n" + rest
        profile = Profile.from_toml(turned_on, registry=Registry(holidays=Holidays()))
        ids = [rule.id for rule in profile.rules if rule.id.startswith("statute")]
        assert ids == ["statute-ny", "statute-nj", "statute-nj-completeness"]
        roles = {role for person in profile.team for role in person.roles}
        assert prove(profile.pipeline, profile.rules, roles=roles).holds

    def test_one_clock_for_each_figure(self):
        """The limit, the receipt and the completeness of a law each have a clock, with a title and the law's source."""
        rules = by_law("VA IN CA-behavioral")
        assert [(rule.id, rule.title, str(rule.limit)) for rule in rules.values()] == [
            ("law-va", "Virginia: decision", "60 days"),
            ("law-va-receipt", "Virginia: receipt acknowledged", "10 days"),
            ("law-va-completeness", "Virginia: told whether it is complete", "30 days"),
            ("law-in-completeness", "Indiana: told whether it is complete", "30 working days"),
            ("law-ca-behavioral", "California (behavioral): decision", "60 days"),
            (
                "law-ca-behavioral-completeness",
                "California (behavioral): told whether it is complete",
                "7 working days",
            ),
        ]
        assert rules["law-va"].source == statutes(RELEASE)["VA"].source
        assert [(rung.name, rung.to) for rung in rules["law-va"].rungs] == [
            ("50% used", "lead"),
            ("breached", "lead"),
            ("breached + 5 days", "coordinator"),
        ]
        assert by_law("VA", 'title = "Plans"')["law-va"].title == "Plans, Virginia: decision"

    def test_only_files_of_the_state(self):
        """A provider of another state, or of none that is known, has no such clock; one who moves there gets it."""
        rules = by_law("NY")
        assert stands(file((3, "psv"), state="CT"), rules, march(9)) == {}
        assert stands(file((3, "psv"), state=""), rules, march(9)) == {}
        moved = DetailsChanged(id="p-1", at=march(10), state="NY")
        history = file((3, "psv"), state="CT", more=[moved])
        assert stands(history, rules, march(9)) == {}
        assert list(stands(history, rules, march(10))) == ["law-ny"]

    def test_from_the_day_it_was_complete(self):
        """Sixty days, the day after completeness the first, and the last one whole."""
        rules = by_law("NY")
        history = file((5, "incomplete"), (9, "psv"))
        assert stands(history, rules, march(8)) == {}
        assert stands(history, rules, march(9))["law-ny"].deadline == march(9, 0, month=5)
        last = march(9, 0, month=5) - dt.timedelta(microseconds=1)
        assert stands(history, rules, last)["law-ny"].level == WARNED
        assert stands(history, rules, march(9, 0, month=5))["law-ny"].level == BREACHED

    def test_completeness_is_once_in_an_opening(self):
        """The episode is the opening's; a file that goes back was not complete, and counts anew when it is."""
        rules = by_law("NY")
        back = file((3, "psv"), (10, "incomplete"), (20, "psv"))
        assert stands(back, rules, march(12)) == {}
        again = stands(back, rules, march(20))["law-ny"]
        assert (again.episode, again.deadline) == ("e-0", march(20, 0, month=5))
        assert {one.episode for one in schedule(back, list(rules.values()))} == {"e-0"}
        decided = file((3, "psv"), (10, "with-payer"), (20, "psv"))
        assert stands(decided, rules, march(25)) == {}

    def test_from_the_day_the_form_came_in(self):
        """Ohio's clock runs from the opening, complete or not; whether it is complete is told while it is new."""
        rules = by_law("OH")
        history = file((5, "incomplete"), (9, "psv"), state="OH")
        assert {one.deadline for one in stands(history, rules, march(3)).values()} == {
            march(1, 0, month=6),
            march(24, 0),
        }
        for day in (6, 10, 30):
            assert list(stands(history, rules, march(day))) == ["law-oh"]
            assert stands(history, rules, march(day))["law-oh"].deadline == march(1, 0, month=6)

    def test_working_days_where_the_law_says_so(self):
        """Ten working days from Monday 2 March are over on the 16th; the office closes at five."""
        told = stands(file(state="NM"), by_law("NM"), march(3))["law-nm-completeness"]
        assert (told.level, told.deadline) == (RUNNING, march(16, 17))


class TestOurOwnFigures:
    """An organisation that is bound by more, or knows better."""

    OURS = 'limit = "45 days"\nstart = "received"\nsource = "plan contract 7"'

    def test_ours_goes_before_the_laws(self):
        """The clock counts ours, and its source says whose figure it is and what it takes the place of."""
        rules = by_law("VA", self.OURS)
        assert str(rules["law-va"].limit) == "45 days"
        assert rules["law-va"].source == "plan contract 7 (in place of Virginia HB 2262, 2023)"
        assert rules["law-va-receipt"].source == statutes(RELEASE)["VA"].source
        history = file((3, "psv"), state="VA")
        assert stands(history, rules, march(4))["law-va"].deadline == march(17, 0, month=4)
        told = explain(history, rules["law-va"], march(4))
        assert isinstance(told, ClockExplanation)
        assert (told.limit, told.source) == ("45 days", "plan contract 7 (in place of Virginia HB 2262, 2023)")

    def test_a_notice_of_our_own(self):
        """Each figure has its own: the others stay the law's."""
        rules = by_law("VA", 'completeness = "10 working days"\nsource = "plan contract 7"')
        assert str(rules["law-va-completeness"].limit) == "10 working days"
        assert rules["law-va-completeness"].source.startswith("plan contract 7")
        assert rules["law-va"].source == statutes(RELEASE)["VA"].source

    def test_a_state_without_a_law_takes_ours(self):
        """Where nothing ships, or no rule was found, a limit of one's own turns the clock on."""
        rules = by_law("WY FL", self.OURS)
        assert {rule_id: rule.source for rule_id, rule in rules.items()} == {
            "law-wy": "plan contract 7",
            "law-fl": "plan contract 7",
        }

    def test_what_is_wrong_with_states(self):
        """A misspelt one comes back with the nearest, one without a rule says so."""
        assert faults("NYC Ohio FL WY") == [
            (".states[0]", "unknown state 'NYC'; did you mean 'NY'?"),
            (".states[1]", "unknown state 'Ohio'; write 'OH'"),
            (".states[2]", "no general rule was found; give a limit and source of your own"),
            (".states[3]", "no law ships for 'WY'; give a limit and source of your own"),
        ]

    @pytest.mark.parametrize(
        ("more", "key", "message"),
        [
            ('limit = "45 days"', "", "'source' is missing: a figure of your own needs one"),
            ('source = "x"', ".source", "the laws' figures bring their own"),
            ('limit = "9 working hours"\nsource = "x"', ".limit", "9 working hours are no days"),
            ('receipt = "0 days"\nsource = "x"', ".receipt", "0 days would be over as they begin"),
            ('start = "opened"\nsource = "x"', ".start", "unknown start 'opened'"),
            ('anchor = "stage"', ".anchor", "unknown key"),
        ],
    )
    def test_what_is_wrong_with_ours(self, more, key, message):
        """Each fault has its key and says what would be right."""
        ((found_key, found),) = faults("NY", more)
        assert found_key == key
        assert found.startswith(message)

    def test_what_must_be_said(self):
        """The release, and in which stages an application is received and complete."""
        text = '[[rules.turnaround]]\nid = "law"\nstates = "NY"\napplies = { stage = "psv" }\ncomplete = "intake"\n'
        with pytest.raises(ProfileError) as caught:
            small(text)
        assert [fault.message for fault in caught.value.faults] == [
            "'received' is missing; name the stages in which an application is received",
            "'figures' is missing; give a text such as \"...\"",
            "unknown stage of these files 'intake'; known: psv",
        ]

    def test_working_days_need_a_calendar(self):
        """Where the profile has none, the law's working days cannot be counted."""
        bare = """
        [profile]
        name = "x"
        zone = "UTC"

        [stages.psv]
        next = ["closed"]
        look-again = "20 days"

        [stages.closed]
        terminal = true

        [kinds.initial]
        start = "psv"

        [[rules.turnaround]]
        id = "law"
        figures = "2026-11"
        states = "NM"
        applies = { stage = "psv" }
        received = "psv"
        complete = "psv"
        """
        with pytest.raises(ProfileError, match="10 working days of NM need a calendar"):
            Profile.from_toml(bare)
