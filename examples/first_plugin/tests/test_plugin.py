"""Acme's policy on its own: values in, a choice out. No desk is needed to try it."""

import datetime as dt

from credcore_acme.assignment import ACME

from credcore import Person, assign_one
from credcore.assignment import Member, WorkItem

MONDAY = dt.datetime(2026, 3, 2, 15, tzinfo=dt.UTC)
NEW = Member(person=Person(id="nia", skills=["newcomer"]), load=4)
OLD = Member(person=Person(id="olga", payers=["blue-lake"]), load=30)


def file(kind, payer=""):
    """Return a file that waits for an owner."""
    return WorkItem(file="f-1", kind=kind, stage="intake", owner_role="specialist", payer=payer, opened_at=MONDAY)


def test_a_newcomer_begins_small():
    """No initial appointment, and no sixth file; what they may not take, the choice says."""
    assert assign_one(ACME, file("recredentialing"), [NEW, OLD]).chosen == "nia"
    assert assign_one(ACME, file("initial"), [NEW, OLD]).chosen == "olga"
    busy = Member(person=NEW.person, load=5)
    assert assign_one(ACME, file("recredentialing"), [busy]).ineligible[0].reasons == ("a newcomer with 5 of 5",)


def test_whoever_knows_the_payer_goes_first():
    """However much they have to do already."""
    choice = assign_one(ACME, file("enrollment", "blue-lake"), [NEW, OLD])
    assert choice.reason == "olga: knows the payer (knows blue-lake); next best nia (works with any payer)"
