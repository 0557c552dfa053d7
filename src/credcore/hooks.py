"""The hooks through which organisations add to credcore.

Each registration hook returns named specifications; a name that two plugins give is an error that names both. Results
of all plugins are taken; a plugin that raises is recorded with its error and its registrations are left out, loudly.
"""

from collections.abc import Callable, Sequence

import attrs
import pluggy

from credcore.assignment import Policy
from credcore.calendars import HolidaySource
from credcore.ports import Clock, Notifier, PayerGateway, Store

__all__ = [
    "GatewaySpec",
    "HolidaysSpec",
    "NotifierSpec",
    "PolicySpec",
    "ProfileSpec",
    "StoreSpec",
    "hookimpl",
    "hookspec",
]

hookspec = pluggy.HookspecMarker("credcore")
hookimpl = pluggy.HookimplMarker("credcore")


@attrs.frozen(kw_only=True)
class StoreSpec:
    """A kind of store.

    Attributes:
        name: The scheme in front of its place, such as ``sqlite``.
        open: Opens an existing desk: place, desk id, clock.
        create: Makes a new desk: place, desk id, clock.
    """

    name: str
    open: Callable[[str, str, Clock], Store]
    create: Callable[[str, str, Clock], Store]


@attrs.frozen(kw_only=True)
class NotifierSpec:
    """A way to send messages.

    Attributes:
        name: Such as ``files``.
        make: Makes one for a target, such as a folder.
    """

    name: str
    make: Callable[[str], Notifier]


@attrs.frozen(kw_only=True)
class GatewaySpec:
    """A way to reach payers.

    Attributes:
        name: Such as ``files``.
        make: Makes one for a target, such as a folder.
    """

    name: str
    make: Callable[[str], PayerGateway]


@attrs.frozen(kw_only=True)
class PolicySpec:
    """An assignment policy, usable by name in a profile.

    Attributes:
        name: Such as ``hospital-default``.
        policy: The policy.
    """

    name: str
    policy: Policy


@attrs.frozen(kw_only=True)
class ProfileSpec:
    """A profile that ships.

    Attributes:
        name: Such as ``hospital``.
        read: Gives its text.
    """

    name: str
    read: Callable[[], str]


@attrs.frozen(kw_only=True)
class HolidaysSpec:
    """Where holidays come from.

    Attributes:
        name: Such as ``holidays``.
        make: Makes the source; it is asked when a profile names a region.
    """

    name: str
    make: Callable[[], HolidaySource]


@hookspec
def credcore_register_stores() -> Sequence[StoreSpec]:  # type: ignore[empty-body] # a specification has no body
    """Return kinds of stores; asked when a desk is opened by its place. Added in 0.1."""


@hookspec
def credcore_register_notifiers() -> Sequence[NotifierSpec]:  # type: ignore[empty-body] # likewise
    """Return ways to send messages; asked when a coordinator is made. Added in 0.1."""


@hookspec
def credcore_register_gateways() -> Sequence[GatewaySpec]:  # type: ignore[empty-body] # likewise
    """Return ways to reach payers; asked when a coordinator is made. Added in 0.1."""


@hookspec
def credcore_register_policies() -> Sequence[PolicySpec]:  # type: ignore[empty-body] # likewise
    """Return assignment policies; asked when a profile is read. Added in 0.1."""


@hookspec
def credcore_register_profiles() -> Sequence[ProfileSpec]:  # type: ignore[empty-body] # likewise
    """Return profiles that ship; asked when one is named. Added in 0.1."""


@hookspec
def credcore_register_holidays() -> Sequence[HolidaysSpec]:  # type: ignore[empty-body] # likewise
    """Return sources of holidays; the first is used. Added in 0.1."""
