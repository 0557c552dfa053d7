"""Record that an actor was refused, on the record at which the call aimed.

Within a host's transaction a refusal waits until that has ended: the host takes back what it did, as most do after an
error, and that somebody tried stays on record.
"""

import functools
import logging
from collections.abc import Iterable, Iterator
from contextlib import contextmanager

from credcore.coordinator.actor import SYSTEM
from credcore.coordinator.context import Context
from credcore.coordinator.unit import Unit, decide
from credcore.errors import Forbidden
from credcore.events import ActionRefused
from credcore.history import Ref

__all__ = ["record_refusals", "refusals_noted"]

_log = logging.getLogger(__name__)


@contextmanager
def refusals_noted(context: Context, ref: Ref) -> Iterator[None]:
    """Let a refusal rise, and record it on a record; on the desk's own if the desk does not know that one."""
    try:
        yield
    except Forbidden as refusal:
        more = {"desk": context.store.desk, "actor": refusal.actor, "action": refusal.action, "ref": str(ref)}
        _log.warning("refused", extra=more)
        if context.refusals is not None:
            context.refusals.append((ref, refusal))
        elif not context.is_rehearsal:
            record_refusals(context, [(ref, refusal)])
        raise


def record_refusals(context: Context, refusals: Iterable[tuple[Ref, Forbidden]]) -> None:
    """Record that actors were refused; one that cannot be recorded now is logged: the refusal itself stands."""
    for ref, refusal in refusals:
        try:
            decide(context, functools.partial(_record, context=context, ref=ref, refusal=refusal))
        except Exception as error:  # noqa: BLE001 - nobody waits for it, and it must hide neither refusal nor failure
            more = {"desk": context.store.desk, "actor": refusal.actor, "action": refusal.action, "ref": str(ref)}
            _log.error("refusal not recorded", extra={**more, "error": type(error).__name__})


def _record(unit: Unit, *, context: Context, ref: Ref, refusal: Forbidden) -> None:
    known = ref if unit.exists(ref) else context.desk_ref
    stamp = unit.stamp(actor=SYSTEM)
    unit.append(known, (stamp(ActionRefused, actor=refusal.actor, action=refusal.action),), actor=SYSTEM)
