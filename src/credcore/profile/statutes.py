"""Statutory turnaround: what a state's law says about how long an application may take, as figures that ship."""

import datetime as dt
import functools
import tomllib
from collections.abc import Mapping
from typing import Any, Final, Literal, TypeAlias

import attrs

from credcore.limits import CalendarDays, WorkingDays, parse_limit
from credcore.profiles import figures

__all__ = ["STARTS", "Start", "Statute", "statutes"]

Start: TypeAlias = Literal["complete", "received"]
STARTS: Final[tuple[Start, ...]] = ("complete", "received")


@attrs.frozen(kw_only=True)
class Statute:
    """What one law says.

    Attributes:
        code: What a profile names: a postal code, or one with the kind of plan, such as ``LA-medicaid``.
        law: Where the figures stand.
        limit: Until the decision; None where there is no such limit.
        start: From when: ``complete``, the application is complete, or ``received``, the form came in.
        completeness: Until the applicant is told whether anything is missing, from receipt; None if there is none.
        receipt: Until the receipt is acknowledged; None if there is none.
        effective_from: The first day on which it applied; None where that is not known.
        confirmed: Whether the figures were read in a public copy of the law.
        note: What they leave out.
        release: The release of the figures.
    """

    code: str
    law: str
    limit: CalendarDays | WorkingDays | None = None
    start: Start = "complete"
    completeness: CalendarDays | WorkingDays | None = None
    receipt: CalendarDays | WorkingDays | None = None
    effective_from: dt.date | None = None
    confirmed: bool
    note: str = ""
    release: str

    @property
    def state(self) -> str:
        """The postal code of the state."""
        return self.code.partition("-")[0]

    @property
    def is_silent(self) -> bool:
        """Whether it has no figure at all: no rule was found."""
        return self.limit is None and self.completeness is None and self.receipt is None

    @property
    def source(self) -> str:
        """The law, with whose figures these are and how far they are to be trusted."""
        since = "" if self.effective_from is None else f" since {self.effective_from}"
        standing = "read in a public copy, check it" if self.confirmed else "not confirmed, check it"
        return f"{self.law}{since} (credcore's figures {self.release}: {standing})"


@functools.cache
def statutes(release: str) -> Mapping[str, Statute]:
    """Return the laws of a release by code.

    Raises:
        NotFound: There is no such release.

    Example:
        >>> str(statutes("2026-11")["NY"].limit)
        '60 days'
    """
    table = tomllib.loads(figures("turnaround", release))
    return {row["code"]: _statute(row, table["release"]) for row in table["law"]}


def _statute(row: Mapping[str, Any], release: str) -> Statute:
    def days(key: str) -> CalendarDays | WorkingDays | None:
        limit = parse_limit(row[key], key) if key in row else None
        return limit if isinstance(limit, CalendarDays | WorkingDays) else None

    return Statute(
        code=row["code"],
        law=row["law"],
        limit=days("limit"),
        start=row.get("start", STARTS[0]),
        completeness=days("completeness"),
        receipt=days("receipt"),
        effective_from=row.get("effective-from"),
        confirmed=row["confirmed"],
        note=row.get("note", ""),
        release=release,
    )
