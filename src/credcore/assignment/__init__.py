"""Decide who takes a file: policies of requirements and preferences, choices that can be verified, plans for a queue.

*Requirements* say who may take a file, *preferences* who had better; a *policy* is both, in order. ``assign_one``
chooses for one file, ``plan`` for a queue. A choice is a certificate: who could take the file and how they ranked, who
could not and why, what decided; ``verify_choice`` computes it again. A file that nobody can take is an outcome with
its reason and remedy, not an error.

Example:
    >>> import datetime as dt
    >>> from credcore.people import Person
    >>> item = WorkItem(
    ...     file="f-1", kind="initial", stage="psv", state="TX", opened_at=dt.datetime(2026, 3, 2, 15, tzinfo=dt.UTC)
    ... )
    >>> ana = Person(id="ana", name="Ana", states=("TX",), capacity=12)
    >>> ben = Person(id="ben", name="Ben", states=("IL",), capacity=12)
    >>> choice = assign_one(DEFAULT_POLICY, item, [Member(person=ana, load=12), Member(person=ben)])
    >>> choice.reason
    'unassigned: nobody licensed in TX and with room for 1 unit'
    >>> choice.ineligible
    (Ineligible(person='ana', reasons=('full: 12 of 12',)), Ineligible(person='ben', reasons=('not licensed in TX',)))
"""

from credcore.assignment.choice import Choice, Eligible, Ineligible, assign_one, verify_choice
from credcore.assignment.planning import Plan, plan
from credcore.assignment.policy import DEFAULT_POLICY, PREFERENCES, REQUIREMENTS, Policy
from credcore.assignment.preferences import Continuity, EarliestFree, LeastLoaded, Preference, RoundRobin, Score
from credcore.assignment.requirements import (
    HasRole,
    LicensedIn,
    NoConflict,
    Payer,
    Present,
    Requirement,
    Skill,
    UnderCapacity,
    Where,
)
from credcore.assignment.work import Member, WorkItem

__all__ = [
    "DEFAULT_POLICY",
    "PREFERENCES",
    "REQUIREMENTS",
    "Choice",
    "Continuity",
    "EarliestFree",
    "Eligible",
    "HasRole",
    "Ineligible",
    "LeastLoaded",
    "LicensedIn",
    "Member",
    "NoConflict",
    "Payer",
    "Plan",
    "Policy",
    "Preference",
    "Present",
    "Requirement",
    "RoundRobin",
    "Score",
    "Skill",
    "UnderCapacity",
    "Where",
    "WorkItem",
    "assign_one",
    "plan",
    "verify_choice",
]
