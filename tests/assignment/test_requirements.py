"""Each requirement says who meets it, why not in the field's words, and who would help."""

import datetime as dt

import pytest

from credcore.assignment import (
    REQUIREMENTS,
    HasRole,
    LicensedIn,
    Member,
    NoConflict,
    Payer,
    Present,
    Skill,
    UnderCapacity,
    Where,
    WorkItem,
)
from credcore.people import Person

OPENED = dt.datetime(2026, 3, 2, 15, tzinfo=dt.UTC)
ITEM = WorkItem(
    file="f-1",
    kind="initial",
    stage="psv",
    owner_role="specialist",
    state="TX",
    payer="aetna",
    provider="prov-7",
    skills=("npdb", "dea"),
    effort=2,
    opened_at=OPENED,
)
PLAIN = WorkItem(file="f-2", kind="initial", stage="psv", opened_at=OPENED)
SENIOR = Where("senior", lambda _item, member: "senior" in member.person.skills)


def _member(*, present=True, load=0, **fields):
    return Member(person=Person(**{"id": "ana", "name": "Ana", "capacity": 12, **fields}), present=present, load=load)


@pytest.mark.parametrize(
    ("requirement", "able"),
    [
        (Present(), _member()),
        (HasRole(), _member(roles=("lead", "specialist"))),
        (Skill(), _member(skills=("dea", "npdb", "caqh"))),
        (LicensedIn(), _member(states=("IL", "TX"))),
        (LicensedIn(), _member(states=("*",))),
        (LicensedIn(), _member(states=())),
        (Payer(), _member(payers=("aetna",))),
        (Payer(), _member(payers=("cigna", "*"))),
        (Payer(), _member(payers=())),
        (NoConflict(), _member(conflicts=("prov-8",))),
        (UnderCapacity(), _member(load=10)),
        (SENIOR, _member(skills=("senior",))),
    ],
)
def test_who_meets_it(requirement, able):
    """A person who is what the file asks may take it."""
    assert requirement.met(ITEM, able)


@pytest.mark.parametrize(
    ("requirement", "unable", "reason", "remedy"),
    [
        (Present(), _member(present=False), "away", "present"),
        (HasRole(), _member(roles=("lead",)), "not in the role specialist", "in the role specialist"),
        (Skill(), _member(skills=("dea",)), "without npdb", "skilled in npdb, dea"),
        (Skill(), _member(), "without npdb, dea", "skilled in npdb, dea"),
        (LicensedIn(), _member(states=("IL",)), "not licensed in TX", "licensed in TX"),
        (Payer(), _member(payers=("cigna",)), "not on payer aetna", "on payer aetna"),
        (NoConflict(), _member(conflicts=("prov-7",)), "conflict with prov-7", "without a conflict with prov-7"),
        (UnderCapacity(), _member(load=12), "full: 12 of 12", "with room for 2 units"),
        (UnderCapacity(), _member(load=13), "full: 13 of 12", "with room for 2 units"),
        (UnderCapacity(), _member(load=11), "no room for 2: 11 of 12", "with room for 2 units"),
        (SENIOR, _member(), "does not meet senior", "who meets senior"),
    ],
)
def test_who_does_not_meet_it_and_why(requirement, unable, reason, remedy):
    """A person who is not what the file asks may not take it, and the requirement says why and who would help."""
    assert not requirement.met(ITEM, unable)
    assert requirement.unmet_reason(ITEM, unable) == reason
    assert requirement.remedy(ITEM) == f"one more person {remedy}"


@pytest.mark.parametrize("requirement", [HasRole(), Skill(), LicensedIn(), Payer(), NoConflict()], ids=str)
def test_what_a_file_leaves_empty_it_does_not_ask(requirement):
    """A file without role, skills, state, payer or provider may go to anybody, whatever they are."""
    narrow = _member(roles=("lead",), states=("IL",), payers=("cigna",), conflicts=("",))
    assert requirement.met(PLAIN, narrow)
    assert requirement.asks(PLAIN) == ""
    assert requirement.remedy(PLAIN) == "one more person"


def test_requirements_are_values():
    """Two requirements of one kind are equal; two of one's own are if name and function are the same."""
    assert Present() == Present()
    assert Present() != UnderCapacity()
    assert Where("senior", SENIOR.function) == SENIOR
    assert Where("senior", lambda _item, _member: True) != SENIOR


def test_every_name_is_kebab_case_and_finds_its_requirement():
    """A profile names requirements by the words that the design gives them."""
    assert list(REQUIREMENTS) == ["present", "role", "skill", "licensed-in", "payer", "no-conflict", "under-capacity"]
    assert all(requirement.name == name for name, requirement in REQUIREMENTS.items())
