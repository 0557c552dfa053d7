"""A verification: one element checked at its source on one day."""

import datetime as dt

import attrs

__all__ = ["Verification"]


@attrs.frozen(kw_only=True)
class Verification:
    """A completed check of an element at its source.

    An attempt that brought no answer is a contact, not a verification. An answer that is not clean is one, and a flag
    says so.

    Attributes:
        element: What was checked, such as ``licence`` or ``board-certification``.
        source: Who answered, such as the state board.
        method: How, such as ``web`` or ``letter``.
        result: What the source said.
        verified_on: The day of the check, in the organisation's zone; it starts the verification window.
        verifier: Who checked: an actor's id.
        expires_on: The last day of what was verified; None if it has none or it is unknown.
        evidence: Where the proof is kept.
        event: The id of the event that recorded it.
    """

    element: str
    source: str
    method: str
    result: str
    verified_on: dt.date
    verifier: str = ""
    expires_on: dt.date | None = None
    evidence: str = ""
    event: str = ""

    def age_on(self, day: dt.date) -> int:
        """Return its age on a day in calendar days; below zero before it was made."""
        return (day - self.verified_on).days

    def is_fresh(self, limit_days: int, day: dt.date) -> bool:
        """Tell whether a decision of that day may rest on it.

        Args:
            limit_days: The greatest age in calendar days, that age included.
            day: The day of the decision. A check that was made after it does not count.

        Example:
            >>> licence = Verification(
            ...     element="licence", source="IL board", method="web", result="active",
            ...     verified_on=dt.date(2025, 11, 10),
            ... )
            >>> licence.is_fresh(120, dt.date(2026, 3, 10)), licence.is_fresh(120, dt.date(2026, 3, 11))
            (True, False)

        Source:
            NCQA, verification time limits: decision day minus verification day; the limits are the profile's.
        """
        return 0 <= self.age_on(day) <= limit_days
