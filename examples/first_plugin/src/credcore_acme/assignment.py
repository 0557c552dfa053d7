"""Acme's way to give out files: newcomers begin small, and whoever knows a payer takes its enrolments."""

import attrs

from credcore import Policy
from credcore.assignment import Continuity, HasRole, LeastLoaded, Member, Preference, Present, Requirement, WorkItem

__all__ = ["ACME", "KnowsThePayer", "NewcomersBeginSmall"]


@attrs.frozen
class NewcomersBeginSmall(Requirement):
    """Somebody with the skill ``newcomer`` owns no more than so many files, and no initial appointment."""

    name = "newcomers-begin-small"
    most: int = 5

    def met(self, item: WorkItem, member: Member) -> bool:
        """Return whether the person may take the file as far as this goes."""
        if "newcomer" not in member.person.skills:
            return True
        return item.kind != "initial" and member.load + item.effort <= self.most

    def unmet_reason(self, item: WorkItem, member: Member) -> str:
        """Return why a newcomer may not."""
        if item.kind == "initial":
            return "a newcomer, and this is an initial appointment"
        return f"a newcomer with {member.load} of {self.most}"

    def asks(self, item: WorkItem) -> str:
        """Return whom the file asks for."""
        return "who is no newcomer" if item.kind == "initial" else "who is no newcomer, or has little to do"


@attrs.frozen
class KnowsThePayer(Preference):
    """Whoever names the file's payer as theirs goes before those who work with any."""

    name = "knows-the-payer"

    def score(self, item: WorkItem, member: Member) -> int:
        """Return 0 for whoever knows the payer, 1 for everybody else; a file without a payer separates nobody."""
        return 1 if item.payer and item.payer not in member.person.payers else 0

    def explain(self, item: WorkItem, member: Member) -> str:
        """Return it in words."""
        return f"knows {item.payer}" if item.payer in member.person.payers else "works with any payer"


ACME = Policy(
    "acme",
    [Present(), HasRole(), NewcomersBeginSmall()],
    [Continuity(), KnowsThePayer(), LeastLoaded()],
)
"""Acme's policy, by the name that a profile writes."""
