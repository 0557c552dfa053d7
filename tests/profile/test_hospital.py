"""The profile that ships."""

import datetime as dt

import pytest

from credcore import profiles
from credcore.committee import Approval
from credcore.cycles import next_due
from credcore.errors import NotFound
from credcore.rules import prove
from profile_samples import hospital


@pytest.fixture(scope="module")
def profile():
    """Return the hospital's profile."""
    return hospital()


def test_it_ships():
    """It is found by its name; a wrong one comes back with the nearest."""
    assert "hospital" in profiles.names()
    with pytest.raises(NotFound, match="did you mean 'hospital'"):
        profiles.read("hospitl")


def test_it_is_a_hospitals(profile):
    """Chair, credentials committee, executive committee and board speak in this order; only one of them meets here."""
    assert profile.kinds["initial"].approvals == (
        Approval("chair"),
        Approval("credentials", "credentials"),
        Approval("executive"),
        Approval("board"),
    )
    assert profile.kinds["initial"].cycle == "joint-commission"
    assert profile.kinds["enrollment"].cycle == ""
    assert profile.policy.name == "lakeside"


def test_what_the_coordinator_moves_files_to(profile):
    """The stages to which decisions and payers move a file are allowed from where it stands."""
    ready, submitted = profile.pipeline.stage("committee-ready"), profile.pipeline.stage("submitted")
    assert {"decided", "denied"} <= set(ready.next)
    for payer in profile.payers.values():
        assert set(payer.stages.values()) <= {*submitted.next, "submitted"}
    assert "submitted" in profile.pipeline.start("enrollment").next


def test_every_rule_has_a_source(profile):
    """No rule stands there without saying whose requirement it is."""
    assert all(rule.source and rule.title for rule in profile.rules)


def test_due_days(profile):
    """The network counts to the month, the hospital to the day."""
    anchor = dt.date(2024, 2, 29)
    assert next_due(dt.date(2023, 3, 1), profile.cycles["ncqa"]) == dt.date(2026, 3, 31)
    assert next_due(anchor, profile.cycles["joint-commission"]) == dt.date(2027, 2, 28)


def test_no_file_is_ever_lost(profile):
    """In every stage, for whomever it waits and however often we tried, some clock runs; none hangs on the last net."""
    roles = {role for person in profile.team for role in person.roles}
    proof = prove(profile.pipeline, profile.rules, roles=roles)
    assert (proof.lost, proof.weak, proof.unproven) == ((), (), ())


def test_the_look_again_is_for_every_open_stage(profile):
    """Nothing but the end of a file ends its looking after."""
    looked = {rule.id.removeprefix("look-again:") for rule in profile.rules if rule.family == "look-again"}
    assert looked == {stage.code for stage in profile.pipeline.stages if not stage.terminal}


def test_the_team_can_own_every_state(profile):
    """Somebody works each state of New England, and somebody every other."""
    for state in ("CT", "MA", "RI", "NY", "WY"):
        assert any({state, "*"} & set(person.states) for person in profile.team if "specialist" in person.roles)
