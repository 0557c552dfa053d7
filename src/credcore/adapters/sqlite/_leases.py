"""Claim due records and lanes of notices, and settle the claims, inside a transaction of the only writer."""

import itertools
import secrets
from collections.abc import Mapping
from typing import NamedTuple

from credcore.adapters._stores import LANE_BATCH
from credcore.adapters.sqlite._connections import Statements
from credcore.history import Ref
from credcore.ports import Claim, Outgoing

__all__ = ["Lease", "claim_due", "claim_lanes", "settle_due", "settle_lane"]

_DUE = """
SELECT no, kind, id FROM credcore_record INDEXED BY credcore_due
WHERE desk = :desk AND next_change <= :at AND (token IS NULL OR held_until <= :now)
ORDER BY next_change, no LIMIT :limit
"""

_LANES = """
SELECT lane.record, kind, id, added FROM credcore_lane AS lane JOIN credcore_record ON no = lane.record
WHERE lane.desk = :desk AND ready_at <= :at AND (lane.token IS NULL OR lane.held_until <= :now)
ORDER BY ready_at, lane.record LIMIT :limit
"""

_WAITING = """
SELECT key, body, ready_at, attempts FROM credcore_outbox WHERE record = ? AND state = 'waiting' ORDER BY n LIMIT ?
"""

# One writer at a time: no notice can come between reading the head and setting the lane to sleep. A store whose
# writers interleave has to compare `added` with the claim's instead, or a wake-up is lost.
_RELEASE = """
UPDATE credcore_lane AS lane SET token = NULL, held_until = NULL,
  ready_at = (SELECT ready_at FROM credcore_outbox WHERE record = lane.record AND state = 'waiting' ORDER BY n LIMIT 1)
WHERE record = ?
"""


class Lease(NamedTuple):
    """What a claim asks for, all instants in microseconds of UTC.

    Attributes:
        desk: The desk's number.
        at: Due or ready by then.
        now: The store's clock: a lease that ended by now is free.
        until: When the new lease ends.
        limit: The most to claim.
    """

    desk: int
    at: int
    now: int
    until: int
    limit: int


def claim_due(connection: Statements, lease: Lease) -> tuple[Claim, ...]:
    """Lease the records that are due, the longest due first."""
    found = [(no, Ref(*ref), secrets.token_hex(8)) for no, *ref in connection.execute(_DUE, lease._asdict()).fetchall()]
    connection.executemany(
        "UPDATE credcore_record SET token = ?, held_until = ? WHERE no = ?",
        ((token, lease.until, no) for no, _, token in found),
    )
    return tuple(Claim(what="due", ref=ref, token=token, until=lease.until) for _, ref, token in found)


def claim_lanes(connection: Statements, lease: Lease) -> tuple[Claim, ...]:
    """Lease the lanes whose first notice is ready, the longest ready first, with what is ready behind it."""
    claims = []
    for no, kind, name, added in connection.execute(_LANES, lease._asdict()).fetchall():
        token = secrets.token_hex(8)
        connection.execute(
            "UPDATE credcore_lane SET token = ?, held_until = ? WHERE record = ?", (token, lease.until, no)
        )
        ref = Ref(kind, name)
        waiting = connection.execute(_WAITING, (no, LANE_BATCH)).fetchall()
        ready = itertools.takewhile(lambda row: row[2] <= lease.at, waiting)
        claims.append(
            Claim(
                what="lane",
                ref=ref,
                token=token,
                until=lease.until,
                notices=tuple(Outgoing(ref=ref, key=key, body=body, ready_at=at) for key, body, at, _ in ready),
                attempts=waiting[0][3],
                added=added,
            )
        )
    return tuple(claims)


def settle_due(connection: Statements, desk: int, claim: Claim, retry_at: int | None) -> bool:
    """Free a record, to be looked at again at an instant if one is given; False: somebody else had it since."""
    changed = connection.execute(
        "UPDATE credcore_record SET token = NULL, held_until = NULL, next_change = coalesce(?, next_change)"
        " WHERE desk = ? AND kind = ? AND id = ? AND token = ?",
        (retry_at, desk, *claim.ref, claim.token),
    )
    return changed.rowcount == 1


def settle_lane(
    connection: Statements, desk: int, claim: Claim, over: Mapping[str, str], back_off: tuple[str, int] | None
) -> bool:
    """Free a lane.

    Args:
        connection: In a transaction of the only writer.
        desk: The desk's number.
        claim: The lease.
        over: By key, ``sent`` or ``dead``.
        back_off: The notice to try again, and when.

    Returns:
        False if somebody else had the lane since; then nothing changes.
    """
    row = connection.execute(
        "SELECT lane.record FROM credcore_lane AS lane JOIN credcore_record AS record ON no = lane.record"
        " WHERE record.desk = ? AND kind = ? AND id = ? AND lane.token = ?",
        (desk, *claim.ref, claim.token),
    ).fetchone()
    if row is None:
        return False
    connection.executemany(
        "UPDATE credcore_outbox SET state = ? WHERE desk = ? AND key = ?",
        ((state, desk, key) for key, state in over.items()),
    )
    if back_off is not None:
        key, at = back_off
        connection.execute(
            "UPDATE credcore_outbox SET ready_at = ?, attempts = attempts + 1 WHERE desk = ? AND key = ?",
            (at, desk, key),
        )
    connection.execute(_RELEASE, row)
    return True
