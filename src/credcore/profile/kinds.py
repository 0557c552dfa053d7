"""The kinds of file that an organisation works."""

import attrs

from credcore.committee import Approval

__all__ = ["Kind"]


@attrs.frozen(kw_only=True)
class Kind:
    """A kind of credentialing file.

    Attributes:
        code: Its name, in kebab-case.
        title: In words.
        start: The stage in which such a file opens.
        approvals: The bodies whose word it needs, in order; the last one decides.
        cycles: The bodies whose cycles its decision anchors.
        payer_work: Whether it is an application to a payer, and a child of the file that decided.
        enrols: The kind of child file that an approval opens for each payer; empty for none.
        decided: The stage into which the last approval moves the file.
        denied: The stage into which a denial does.
        submitted: For work with payers, the stage into which the submission does.
    """

    code: str
    title: str = ""
    start: str
    approvals: tuple[Approval, ...] = ()
    cycles: tuple[str, ...] = ()
    payer_work: bool = False
    enrols: str = ""
    decided: str = ""
    denied: str = ""
    submitted: str = ""

    @property
    def cycle(self) -> str:
        """The first of the cycles, by which the file itself is due; empty if it has none."""
        return self.cycles[0] if self.cycles else ""
