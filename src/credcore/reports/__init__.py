"""What leadership sees: how many files stand where, with whom, and how urgent."""

import datetime as dt
from collections.abc import Mapping
from typing import Any

import attrs

from credcore.worklist import URGENCIES

__all__ = ["Report", "measure"]


@attrs.frozen(kw_only=True)
class Report:
    """The desk in numbers at an instant.

    Attributes:
        at: When.
        open: Open files.
        by_stage: Open files by stage.
        by_owner: Open files by owner, or ``@role`` for a queue.
        by_urgency: Open files by ``today``, ``breached``, ``warned`` and ``open``.
    """

    at: dt.datetime
    open: int
    by_stage: Mapping[str, int]
    by_owner: Mapping[str, int]
    by_urgency: Mapping[str, int]


def measure(
    *,
    at: dt.datetime,
    by_stage: Mapping[tuple[Any, ...], int],
    by_owner: Mapping[tuple[Any, ...], int],
    by_urgency: Mapping[tuple[Any, ...], int],
) -> Report:
    """Return the report that a store's counts make.

    Args:
        at: When they were counted.
        by_stage: Counts by kind of record and stage.
        by_owner: Counts by owner.
        by_urgency: Counts by urgency's number.
    """
    urgencies = {name: by_urgency.get((number,), 0) for number, name in enumerate(URGENCIES)}
    return Report(
        at=at,
        open=sum(by_urgency.values()),
        by_stage={stage: count for (_, stage), count in sorted(by_stage.items())},
        by_owner={owner: count for (owner,), count in sorted(by_owner.items())},
        by_urgency=urgencies,
    )
