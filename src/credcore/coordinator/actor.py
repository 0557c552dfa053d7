"""Who acts on a desk, and whether their roles allow it."""

from collections.abc import Iterable, Mapping, Sequence

import attrs

from credcore.errors import Forbidden
from credcore.events import Event

__all__ = ["SYSTEM", "Actor", "check_allowed"]


def _roles(roles: str | Iterable[str]) -> frozenset[str]:
    return frozenset((roles,)) if isinstance(roles, str) else frozenset(roles)


@attrs.frozen
class Actor:
    """Somebody who acts, as the host's own login knows them.

    Attributes:
        id: Recorded as ``by`` on every event.
        roles: Such as ``specialist``, ``lead``, ``coordinator``, ``chair``.
    """

    id: str
    roles: frozenset[str] = attrs.field(converter=_roles)


_MACHINES = frozenset({"system", "gateway"})
SYSTEM = Actor("system", frozenset({"system"}))
"""The desk itself: what a sweep records."""


def check_allowed(actor: Actor, events: Iterable[Event], permissions: Mapping[str, Sequence[str]]) -> None:
    """Refuse events that the actor's roles do not allow.

    Args:
        actor: Who records them.
        events: What they record.
        permissions: Roles by event type, where a profile differs from the events' own.

    Raises:
        Forbidden: Naming the first such event type and the roles that may record it.
    """
    for event in events:
        machines = _MACHINES.intersection(event.recorded_by)  # no profile takes the desk's own work from it
        needs = dict.fromkeys((*permissions.get(event.type, event.recorded_by), *sorted(machines)))
        if actor.roles.isdisjoint(needs):
            raise Forbidden(actor.id, f"record {event.type}", needs=tuple(needs))
