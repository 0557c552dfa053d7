"""Send the notices that wait: in order within a record, while they are still true, at least once."""

import datetime as dt
import json
import logging

import attrs

from credcore.coordinator.context import Context
from credcore.coordinator.unit import Unit
from credcore.notices import present_names, told_before
from credcore.ports import Claim, Message, Notifier, Outgoing

__all__ = ["Delivered", "deliver"]

_log = logging.getLogger(__name__)
_LEASE = dt.timedelta(minutes=5)
_RETRY = dt.timedelta(minutes=5)
_LONGEST_WAIT = dt.timedelta(hours=6)
_ATTEMPTS = 40
"""Tried for more than a week; then a notice is given up, and the finding stays on the worklist."""


@attrs.frozen(kw_only=True)
class Delivered:
    """What became of the notices that were ready.

    Attributes:
        sent: The messages that went out.
        dropped: Notices that were no longer true.
        waiting: Notices that could not be sent and are tried again.
        dead: Notices given up, by key.
        errors: What each failure was, by the notice's key.
    """

    sent: tuple[Message, ...] = ()
    dropped: int = 0
    waiting: int = 0
    dead: tuple[str, ...] = ()
    errors: tuple[tuple[str, str], ...] = ()

    def __add__(self, later: "Delivered") -> "Delivered":
        """Return what became of these notices and of later ones."""
        return Delivered(
            sent=self.sent + later.sent,
            dropped=self.dropped + later.dropped,
            waiting=self.waiting + later.waiting,
            dead=self.dead + later.dead,
            errors=self.errors + later.errors,
        )


def deliver(context: Context, *, batch: int = 50) -> Delivered:
    """Send what is ready through the desk's notifier; without one, notices wait."""
    notifier = context.notifier
    if notifier is None:
        return Delivered()
    total = Delivered()
    while claims := context.store.claim("lane", context.now(), batch, _LEASE):
        for claim in claims:
            try:
                total += _deliver_lane(context, notifier, claim)
            except Exception as error:  # noqa: BLE001 - one record must not keep the others' notices back
                more = {"desk": context.store.desk, "ref": str(claim.ref), "error": type(error).__name__}
                _log.warning("lane put off", extra=more)
                context.store.settle(claim, retry_at=context.now() + _RETRY)
                total += Delivered(waiting=len(claim.notices))
    counts = {"sent": len(total.sent), "dropped": total.dropped, "waiting": total.waiting, "dead": len(total.dead)}
    _log.info("delivered", extra={"desk": context.store.desk, **counts})
    return total


def _deliver_lane(context: Context, notifier: Notifier, claim: Claim) -> Delivered:
    present = present_names(context.book().rules)
    still = _still_true(context, claim)
    done: list[str] = []
    messages: list[Message] = []
    dropped = 0
    for notice in claim.notices:
        body = json.loads(notice.body)
        if (present(body["rule"]), body["episode"], body["rung"]) not in still:
            dropped += 1
            done.append(notice.key)
            continue
        message = _message(notice, body)
        try:
            notifier.send(message)
        except Exception as error:  # noqa: BLE001 - whatever a notifier raises, the outbox tries again
            more = {"desk": context.store.desk, "key": notice.key, "error": type(error).__name__}
            _log.warning("notice not sent", extra=more)
            failure = (notice.key, f"{type(error).__name__}: {error}".rstrip(": "))
            so_far = Delivered(sent=tuple(messages), dropped=dropped, errors=(failure,))
            return so_far + _failed(context, claim, notice, done)
        messages.append(message)
        done.append(notice.key)
    context.store.settle(claim, sent=done)
    return Delivered(sent=tuple(messages), dropped=dropped)


def _still_true(context: Context, claim: Claim) -> set[tuple[str, str, str]]:
    """Return the rungs that were told and stand now, whether or not a sweep has come since."""
    unit = Unit(context)
    history = unit.history(claim.ref)
    told = {key for key, before in told_before(history.events, unit.book.rules).items() if before.stands}
    gone = {(one.rule, one.episode, one.rung.name) for one in unit.judge(claim.ref).difference.withdraw}
    return told - gone


def _failed(context: Context, claim: Claim, notice: Outgoing, done: list[str]) -> Delivered:
    """Put a lane off after a failure, or give its first notice up."""
    attempts = claim.attempts if notice is claim.notices[0] else 0
    if attempts + 1 >= _ATTEMPTS:
        context.store.settle(claim, sent=done, dead=[notice.key])
        return Delivered(dead=(notice.key,))
    context.store.settle(
        claim, sent=done, retry_at=context.now() + min(dt.timedelta(minutes=2**attempts), _LONGEST_WAIT)
    )
    return Delivered(waiting=len(claim.notices) - len(done))


def _message(notice: Outgoing, body: dict[str, object]) -> Message:
    lines = body.get("lines")
    return Message(
        key=notice.key,
        to=str(body["to"]),
        subject=str(body["subject"]),
        lines=tuple(str(line) for line in lines) if isinstance(lines, list) else (),
        about=str(notice.ref),
    )
