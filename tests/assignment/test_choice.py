"""A choice says who, why, who else and who not, and can be computed again."""

import datetime as dt
import hashlib
import itertools
import json

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from credcore.assignment import (
    DEFAULT_POLICY,
    REQUIREMENTS,
    Continuity,
    Ineligible,
    LeastLoaded,
    LicensedIn,
    Member,
    Policy,
    Present,
    UnderCapacity,
    Where,
    WorkItem,
    assign_one,
    verify_choice,
)
from credcore.errors import InvalidInput
from credcore.people import Person

OPENED = dt.datetime(2026, 3, 2, 15, tzinfo=dt.UTC)
ITEM = WorkItem(file="f-1", kind="initial", stage="psv", state="TX", previous_owner="ben", opened_at=OPENED)


def _member(name, *, states=("TX",), capacity=12, **fields):
    return Member(person=Person(id=name, name=name.title(), states=states, capacity=capacity), **fields)


ANA, BEN, CAM = _member("ana", load=3), _member("ben", load=6), _member("cam", states=("IL",))
DAN = Person(id="dan", name="Dan", states=("NY",), capacity=12)


def test_the_previous_owner_goes_first():
    """Ben had the file before, so he has it again though Ana carries less."""
    choice = assign_one(DEFAULT_POLICY, ITEM, [CAM, ANA, BEN])
    assert choice.chosen == "ben"
    assert choice.decided_by == "continuity"
    assert choice.reason == "ben: continuity (had it before); next best ana (new to it)"
    assert choice.eligible == (
        ("ben", {"continuity": 0, "least-loaded": 0.5}),
        ("ana", {"continuity": 1, "least-loaded": 0.25}),
    )
    assert choice.ineligible == (("cam", ("not licensed in TX",)),)
    assert choice.policy == str(DEFAULT_POLICY)
    assert (choice.unmet, choice.remedy) == ((), "")


def test_the_first_preference_that_separates_decides():
    """Where nobody had the file before, the load decides, and the choice says so."""
    choice = assign_one(DEFAULT_POLICY, attrs.evolve(ITEM, previous_owner=""), [ANA, BEN])
    assert choice.decided_by == "least-loaded"
    assert choice.reason == "ana: least loaded (3 of 12); next best ben (6 of 12)"


def test_names_decide_what_no_preference_does():
    """Between people whom nothing separates the id decides, and the choice says so."""
    choice = assign_one(DEFAULT_POLICY, ITEM, [_member("eve"), _member("dan")])
    assert (choice.chosen, choice.decided_by) == ("dan", "name order")
    assert choice.reason == "dan: name order; next best eve"


def test_an_only_candidate_needs_no_preference():
    """If one person may take the file, that is the whole reason."""
    choice = assign_one(DEFAULT_POLICY, ITEM, [ANA, CAM])
    assert (choice.chosen, choice.decided_by) == ("ana", "only one eligible")
    assert choice.reason == "ana: only one eligible"


def test_every_reason_against_a_person_is_given():
    """Somebody who fails several requirements hears of all of them, in the policy's order."""
    away_and_full = attrs.evolve(CAM, present=False, load=12)
    choice = assign_one(DEFAULT_POLICY, ITEM, [away_and_full])
    assert choice.ineligible == (Ineligible("cam", ("away", "not licensed in TX", "full: 12 of 12")),)


def test_a_file_left_over_names_the_requirement_that_nobody_met():
    """If everybody is away or elsewhere licensed, the choice names the licence only where nobody has it."""
    choice = assign_one(DEFAULT_POLICY, ITEM, [CAM, attrs.evolve(CAM, person=DAN, present=False)])
    assert choice.unmet == ("licensed-in",)
    assert choice.reason == "unassigned: nobody licensed in TX"
    assert choice.remedy == "one more person licensed in TX"


def test_a_combination_that_nobody_met_is_asked_of_one_person():
    """If the one is licensed and the other free, what helps is one person who is both."""
    choice = assign_one(DEFAULT_POLICY, ITEM, [attrs.evolve(ANA, load=12), CAM])
    assert choice.reason == "unassigned: nobody licensed in TX and with room for 1 unit"
    assert choice.remedy == "one more person licensed in TX and with room for 1 unit"


def test_case_19_the_absent_are_not_chosen():
    """Somebody away is ineligible, however well they would suit."""
    choice = assign_one(DEFAULT_POLICY, ITEM, [ANA, attrs.evolve(BEN, present=False)])
    assert choice.chosen == "ana"
    assert choice.ineligible == (("ben", ("away",)),)


def test_case_19_an_empty_team_is_a_reason():
    """With nobody on the team the file is left over with a reason, and the remedy is all that it asks."""
    choice = assign_one(DEFAULT_POLICY, ITEM, [])
    assert choice.chosen is None
    assert choice.reason == "unassigned: nobody on the team"
    assert choice.unmet == ("present", "licensed-in", "under-capacity")
    assert choice.remedy == "one more person present, licensed in TX and with room for 1 unit"


def test_an_empty_team_under_a_policy_that_asks_nothing():
    """Even where anyone may, somebody has to be there."""
    choice = assign_one(Policy("open"), ITEM, [])
    assert (choice.unmet, choice.remedy) == ((), "one more person")


def test_a_policy_asks_no_more_than_it_says():
    """Without requirements even the absent and the full may be chosen."""
    choice = assign_one(Policy("open"), ITEM, [attrs.evolve(CAM, present=False, load=99)])
    assert choice.chosen == "cam"


def test_a_requirement_of_ones_own_explains_itself():
    """A function with a name takes its place among the reasons."""
    policy = Policy("appeals", [Where("knows-appeals", lambda _item, member: "appeals" in member.person.skills)])
    choice = assign_one(policy, ITEM, [ANA])
    assert choice.ineligible == (("ana", ("does not meet knows-appeals",)),)
    assert choice.remedy == "one more person who meets knows-appeals"


def test_a_person_stands_once_in_a_team():
    """Two standings of one person contradict each other, so they are refused."""
    with pytest.raises(InvalidInput, match="members: ana more than once"):
        assign_one(DEFAULT_POLICY, ITEM, [ANA, attrs.evolve(ANA, load=4)])


def test_a_choice_verifies_against_its_input_in_any_order():
    """The certificate is computed again from the same people, listed otherwise."""
    choice = assign_one(DEFAULT_POLICY, ITEM, [ANA, BEN, CAM])
    assert verify_choice(choice, DEFAULT_POLICY, ITEM, [CAM, BEN, ANA])


@pytest.mark.parametrize(
    "changes",
    [
        {"chosen": "ana"},
        {"chosen": None},
        {"digest": "0" * 16},
        {"ineligible": ()},
        {"reason": "ana: a friend of the lead"},
        {"decided_by": "least-loaded"},
    ],
    ids=str,
)
def test_a_choice_that_was_tampered_with_does_not_verify(changes):
    """Whatever is changed in a certificate shows."""
    choice = assign_one(DEFAULT_POLICY, ITEM, [ANA, BEN, CAM])
    assert not verify_choice(attrs.evolve(choice, **changes), DEFAULT_POLICY, ITEM, [ANA, BEN, CAM])


def test_a_choice_does_not_verify_against_another_input_or_policy():
    """What was true of one team, file or policy is not taken for another, even if the same person wins."""
    choice = assign_one(DEFAULT_POLICY, ITEM, [ANA, BEN, CAM])
    later = attrs.evolve(ITEM, opened_at=OPENED + dt.timedelta(microseconds=1))
    plainer = Policy("desk", [Present(), LicensedIn(), UnderCapacity()], [Continuity(), LeastLoaded()])
    assert not verify_choice(choice, DEFAULT_POLICY, later, [ANA, BEN, CAM])
    assert not verify_choice(choice, DEFAULT_POLICY, ITEM, [attrs.evolve(ANA, load=4), BEN, CAM])
    assert not verify_choice(choice, plainer, ITEM, [ANA, BEN, CAM])


def test_the_digest_is_of_the_input_by_id():
    """The digest can be made elsewhere: a SHA-256 of the canonical JSON of the file and the people, by id."""
    choice = assign_one(DEFAULT_POLICY, ITEM, [BEN, ANA])
    given_in = {"members": [json.loads(ANA.canonical), json.loads(BEN.canonical)], "item": json.loads(ITEM.canonical)}
    text = json.dumps(given_in, sort_keys=True, separators=(",", ":"))
    assert choice.digest == hashlib.sha256(text.encode()).hexdigest()[:16]


MEMBERS = st.builds(
    _member,
    st.sampled_from(["ana", "ben", "cam", "dan", "eve"]),
    states=st.sampled_from([("TX",), ("IL",), ()]),
    capacity=st.integers(0, 2),
    load=st.integers(0, 2),
    present=st.booleans(),
)
TEAMS = st.lists(MEMBERS, min_size=1, unique_by=lambda member: member.person.id)


@given(TEAMS)
def test_what_nobody_met_is_the_least_that_explains_it(team):
    """Of a file left over, no one meets all that is named, and for anything less there was somebody."""
    choice = assign_one(DEFAULT_POLICY, ITEM, team)
    if choice.chosen is not None:
        assert choice.unmet == ()
        return
    sizes = range(len(choice.unmet) + 1)
    empty = {
        names
        for size in sizes
        for names in itertools.combinations(REQUIREMENTS, size)
        if not any(all(REQUIREMENTS[name].met(ITEM, member) for name in names) for member in team)
    }
    assert choice.unmet in empty
    assert all(len(names) == len(choice.unmet) for names in empty)


@given(TEAMS)
def test_everybody_is_either_eligible_or_has_a_reason(team):
    """A choice accounts for each person once: eligible without a reason against them, or not and with one."""
    choice = assign_one(DEFAULT_POLICY, ITEM, team)
    eligible = [person for person, _ in choice.eligible]
    ineligible = [person for person, _ in choice.ineligible]
    able = {m.person.id for m in team if all(r.met(ITEM, m) for r in DEFAULT_POLICY.requirements)}
    assert sorted(eligible + ineligible) == sorted(member.person.id for member in team)
    assert set(eligible) == able
    assert all(reasons and all(reasons) for _, reasons in choice.ineligible)
    assert choice.chosen == (eligible[0] if eligible else None)


@given(TEAMS, st.permutations(DEFAULT_POLICY.preferences))
def test_whoever_stands_before_another_has_the_lower_scores(team, preferences):
    """The eligible stand by their scores in the policy's order, then by id."""
    policy = Policy("desk", DEFAULT_POLICY.requirements, preferences)
    choice = assign_one(policy, ITEM, team)
    rows = [(*(scores[preference.name] for preference in preferences), person) for person, scores in choice.eligible]
    assert rows == sorted(rows)
