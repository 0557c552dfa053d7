"""Who is told what: the difference between what stands and what was told."""

import datetime as dt
import itertools

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from credcore.calendars import WorkCalendar
from credcore.events import Told, Withdrawn
from credcore.history import Ref
from credcore.limits import parse_limit
from credcore.notices import difference, present_names, recipient, told_before
from credcore.people import Absence, Cover, Person, PersonRecord, Team
from credcore.rules import BREACHED, WARNED, ClockRule, Finding, Rung, When

AT = dt.datetime(2026, 3, 2, 15, tzinfo=dt.UTC)
RUNGS = (Rung("75% used", WARNED, "owner"), Rung("breached", BREACHED, "owner"), Rung("late", BREACHED + 1, "lead"))
TEAM = Team(
    (Person(id="ana", roles=("coordinator",)), Person(id="ben"), Person(id="cy"), Person(id="lea", roles=("lead",)))
)


def finding(episode="e-1", passed=0, rule="sla"):
    """Return a finding that has reached so many rungs."""
    return Finding(rule, episode, "", RUNGS[:passed], 0, 0, None)


def recorded(told, at=AT):
    """Return the events that a difference makes."""
    tells = [
        Told(id=f"t-{n}", at=at, rule=t.rule, episode=t.episode, rung=t.rung.name, to="ben")
        for n, t in enumerate(told.tell)
    ]
    gone = [
        Withdrawn(id=f"w-{n}", at=at, rule=t.rule, episode=t.episode, rung=t.rung.name)
        for n, t in enumerate(told.withdraw)
    ]
    return [*tells, *gone]


def test_every_standing_rung_is_told_in_order_and_one_notice_leaves_for_the_highest():
    """A late sweep records each step, and disturbs people once."""
    new = difference([finding(passed=3)], {})
    assert [telling.rung.name for telling in new.tell] == ["75% used", "breached", "late"]
    assert [telling.rung.name for _, telling in new.notices] == ["late"]


def test_what_was_told_and_stands_no_longer_is_withdrawn_and_can_be_told_again():
    """The key counts how often it was told before."""
    events = recorded(difference([finding(passed=2)], {}))
    gone = difference([finding(passed=0)], told_before(events))
    assert [telling.rung.name for telling in gone.withdraw] == ["75% used", "breached"]
    again = difference([finding(passed=2)], told_before([*events, *recorded(gone)]))
    keys = [telling.key(Ref("file", "f-1")) for telling in again.tell]
    assert keys == ["told:file/f-1:sla:e-1:75% used:1", "told:file/f-1:sla:e-1:breached:1"]


def test_a_renamed_rule_does_not_tell_again():
    """What was told under the former id counts."""
    rule = ClockRule(
        id="sla",
        formerly="old-sla",
        on=When(stage="psv"),
        limit=parse_limit("1 days"),
        calendar=WorkCalendar.always("UTC"),
    )
    events = [Told(id="t", at=AT, rule="old-sla", episode="e-1", rung="75% used", to="ben")]
    assert not difference([finding(passed=1)], told_before(events, [rule]))


@pytest.mark.parametrize("names", [["sla", "other"], ["sla", "other", "sla"], ["a", "b", "sla", "b", "a", "sla"]])
def test_a_rule_that_gets_a_name_back_does_not_tell_again(names):
    """Renamed over several editions, back as well: what was told under any of its names counts for the last one."""
    clock = ClockRule(id="x", on=When(stage="psv"), limit=parse_limit("1 days"), calendar=WorkCalendar.always("UTC"))
    renamed = [attrs.evolve(clock, id=new, formerly=old) for old, new in itertools.pairwise(names)]
    rules = [attrs.evolve(clock, id=names[0]), *renamed]
    for name in names:
        events = [Told(id="t", at=AT, rule=name, episode="e-1", rung="75% used", to="ben")]
        stands = attrs.evolve(clock, id=names[-1])
        found = finding(passed=1)._replace(rule=stands.id)
        assert not difference([found], told_before(events, rules), (), present_names(rules))


standings = st.lists(
    st.tuples(st.sampled_from(["e-1", "e-2"]), st.integers(0, 3)), max_size=2, unique_by=lambda s: s[0]
)


@given(st.lists(standings, max_size=8))
def test_law_after_recording_the_difference_nothing_is_left_to_tell(course):
    """Whatever stands when a sweep comes is told exactly then, once."""
    events = []
    for standing in course:
        findings = [finding(episode, passed) for episode, passed in standing]
        events += recorded(difference(findings, told_before(events)))
        assert not difference(findings, told_before(events))


@given(st.lists(standings, max_size=8))
def test_law_a_key_is_never_used_twice(course):
    """Told, withdrawn, told again: each telling has a key of its own."""
    events, keys = [], []
    for standing in course:
        new = difference([finding(e, p) for e, p in standing], told_before(events))
        keys += [telling.key("file/f-1") for telling in new.tell]
        events += recorded(new)
    assert len(keys) == len(set(keys))


def away(person):
    """Return a person who is away until further notice."""
    return PersonRecord(id=person, absences={"a": Absence(id="a", since=AT - dt.timedelta(days=1))})


def test_the_owner_is_told_while_present():
    """The simplest case."""
    assert recipient("owner", "ben", TEAM, {}, AT) == "ben"


def test_a_cover_is_told_instead_of_the_owner():
    """Cover lends the worklist and the notices; the owner stays."""
    covered = PersonRecord(id="ben", covers={"c": Cover(id="c", covered_by="cy", since=AT - dt.timedelta(hours=1))})
    assert recipient("owner", "ben", TEAM, {"ben": covered}, AT) == "cy"


def test_an_absent_owner_falls_to_the_lead_then_to_the_coordinator():
    """Somebody is always told."""
    people = {"ben": away("ben")}
    assert recipient("owner", "ben", TEAM, people, AT) == "lea"
    people["lea"] = away("lea")
    assert recipient("owner", "ben", TEAM, people, AT) == "ana"
    people["ana"] = away("ana")
    assert recipient("owner", "ben", TEAM, people, AT) == "@coordinator"


def test_a_role_that_nobody_has_falls_to_the_coordinator():
    """A ladder that names the chair reaches somebody although no chair is on the team."""
    assert recipient("chair", "ben", TEAM, {}, AT) == "ana"


def test_a_difference_says_whether_there_is_anything_to_record():
    """An empty one is false."""
    assert not difference([finding(passed=0)], {})
    assert difference([finding(passed=1)], {})
    assert attrs.evolve(difference([], {})) == difference([], {})
