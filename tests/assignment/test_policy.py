"""A policy is a value that reads as what it means."""

import pytest

from credcore.assignment import (
    DEFAULT_POLICY,
    PREFERENCES,
    REQUIREMENTS,
    Continuity,
    LeastLoaded,
    LicensedIn,
    Policy,
    Present,
    RoundRobin,
    UnderCapacity,
    Where,
)
from credcore.errors import InvalidInput, ProfileError


def test_a_policy_reads_as_what_it_means():
    """Printed, a policy says who may, then who had better."""
    policy = Policy("desk", (Present(), LicensedIn(), UnderCapacity()), (Continuity(), LeastLoaded()))
    assert str(policy) == "present, licensed in the file's state, under capacity; then continuity, least loaded"


def test_the_default_policy_asks_all_and_keeps_files_where_they_were():
    """The default asks every requirement there is, and prefers the previous owner, then the least loaded."""
    assert str(DEFAULT_POLICY) == (
        "present, in the stage's role, skilled for the file, licensed in the file's state, on the file's payer, "
        "no conflict with the provider, under capacity; then continuity, least loaded"
    )


def test_a_policy_that_asks_nothing_says_so():
    """Without requirements anyone may, and without preferences names decide."""
    assert str(Policy("open")) == "anyone; then name order"


def test_a_policy_of_names_equals_the_one_of_values():
    """What a profile writes by names is the policy that Python builds, in the same order."""
    by_name = Policy.from_names("desk", requirements=["under-capacity", "present"], preferences=["round-robin"])
    assert by_name == Policy("desk", (UnderCapacity(), Present()), (RoundRobin(),))
    assert by_name != Policy("desk", (Present(), UnderCapacity()), (RoundRobin(),))


def test_every_known_name_can_be_written():
    """A profile may name everything that ships."""
    policy = Policy.from_names("all", requirements=list(REQUIREMENTS), preferences=list(PREFERENCES))
    assert policy.requirements == tuple(REQUIREMENTS.values())
    assert policy.preferences == tuple(PREFERENCES.values())


def test_all_faults_are_reported_together_each_with_its_place_and_the_nearest_name():
    """A profile with several wrong names hears of all of them at once."""
    with pytest.raises(ProfileError) as caught:
        Policy.from_names(
            "desk", requirements=["presnt", "role", "role"], preferences=["least-load", "licensed-in", "continuity"]
        )
    assert [str(fault) for fault in caught.value.faults] == [
        "policies.desk.requirements[0]: 'presnt' is unknown; did you mean 'present'?",
        "policies.desk.requirements[2]: 'role' stands there already; name it once",
        "policies.desk.preferences[0]: 'least-load' is unknown; did you mean 'least-loaded'?",
        f"policies.desk.preferences[1]: 'licensed-in' is unknown; known: {', '.join(sorted(PREFERENCES))}",
    ]


def test_a_name_stands_once_in_a_policy():
    """Two parts of one name would hide one another in a choice, so they are refused."""
    with pytest.raises(InvalidInput, match="requirements: senior more than once"):
        Policy("desk", (Where("senior", lambda *_: True), Where("senior", lambda *_: False)))
    with pytest.raises(InvalidInput, match="preferences: round-robin more than once"):
        Policy("desk", (), (RoundRobin(), RoundRobin()))
