"""The hooks through which organisations add to credcore.

Each registration hook returns named specifications. It is called once for each plugin, as that is loaded, and what all
plugins give is taken. A plugin whose hook raises, gives something else, or gives a name that another gave before is
recorded as failed, and nothing of it is taken.
"""

from collections.abc import Callable, Sequence
from typing import Final

import attrs
import pluggy

from credcore.assignment import Policy
from credcore.calendars import HolidaySource
from credcore.ports import Clock, Notifier, PayerGateway, Store, Tables
from credcore.profile import RuleFactory

__all__ = [
    "HOOKS_VERSION",
    "GatewaySpec",
    "HolidaysSpec",
    "NotifierSpec",
    "PolicySpec",
    "ProfileSpec",
    "RuleSpec",
    "StoreSpec",
    "hookimpl",
    "hookspec",
]

HOOKS_VERSION: Final = 1
"""Changes when a plugin written for the hooks before would no longer work; ``CREDCORE_HOOKS`` in a plugin names its."""

hookspec = pluggy.HookspecMarker("credcore")
hookimpl = pluggy.HookimplMarker("credcore")


@attrs.frozen(kw_only=True)
class StoreSpec:
    """A kind of store.

    Attributes:
        name: The scheme in front of its place, in lower case, such as ``sqlite``.
        open: Opens an existing desk: place, desk id, clock.
        create: Makes a new desk: place, desk id, clock.
        tables: What `credcore migrate` works on; None for a kind of store that has no versions of its own.
    """

    name: str
    open: Callable[[str, str, Clock], Store]
    create: Callable[[str, str, Clock], Store]
    tables: Tables | None = None


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
        name: Such as ``locals-first``; not ``default``, which is credcore's.
        policy: The policy.
    """

    name: str
    policy: Policy


@attrs.frozen(kw_only=True)
class RuleSpec:
    """A family of rules, which a profile writes under ``[[rules.<name>]]``.

    Attributes:
        name: Such as ``owned-before``; none of those that credcore has itself.
        make: Makes the rules of one table: it asks the table for its keys.
    """

    name: str
    make: RuleFactory


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
    """Return kinds of stores.

    When: Once, as the plugin is loaded. ``open`` and ``create`` are called when a desk is opened or made by its place,
    such as ``acme:clinic``.

    Several plugins: All are taken; none wins. A name that an earlier plugin gave fails the later one.

    If it raises: The plugin is recorded as failed and nothing of it is taken. What ``open`` and ``create`` say of the
    place (``InvalidInput``, ``NotFound``, ``StoreError``) reaches the caller as it is; anything else is a
    ``PluginError`` that names the plugin.

    Added in 0.1.
    """


@hookspec
def credcore_register_notifiers() -> Sequence[NotifierSpec]:  # type: ignore[empty-body] # likewise
    """Return ways to send messages.

    When: Once, as the plugin is loaded. ``make`` is called when somebody asks for the notifier by its name, as
    ``credcore day --notify`` does.

    Several plugins: All are taken; none wins. A name that an earlier plugin gave fails the later one.

    If it raises: The plugin is recorded as failed and nothing of it is taken. If ``make`` raises, or gives something
    that cannot send, it is a ``PluginError`` that names the plugin. If ``send`` raises, the outbox tries again later.

    Added in 0.1.
    """


@hookspec
def credcore_register_gateways() -> Sequence[GatewaySpec]:  # type: ignore[empty-body] # likewise
    """Return ways to reach payers.

    When: Once, as the plugin is loaded. ``make`` is called when somebody asks for the gateway by its name.

    Several plugins: All are taken; none wins. A name that an earlier plugin gave fails the later one.

    If it raises: The plugin is recorded as failed and nothing of it is taken. If ``make`` raises, or gives something
    that cannot submit and poll, it is a ``PluginError`` that names the plugin. If ``submit`` or ``poll`` raises, the
    failure is among the rejected, and the next poll tries again.

    Added in 0.1.
    """


@hookspec
def credcore_register_policies() -> Sequence[PolicySpec]:  # type: ignore[empty-body] # likewise
    """Return assignment policies.

    When: Once, as the plugin is loaded. The policy is asked in each round of assignment of a desk whose profile names
    it.

    Several plugins: All are taken; the profile says which one is used. A name that an earlier plugin gave fails the
    later one.

    If it raises: The plugin is recorded as failed and nothing of it is taken. If the policy itself raises, the round
    is made by credcore's default policy, and ``AssignmentRound.fell_back`` says so; likewise on a desk whose profile
    names a policy that no plugin gives any more.

    Added in 0.1.
    """


@hookspec
def credcore_register_rules() -> Sequence[RuleSpec]:  # type: ignore[empty-body] # likewise
    """Return families of rules.

    When: Once, as the plugin is loaded. ``make`` is called with each table of its family when a profile is read.

    Several plugins: All are taken; none wins. A name that an earlier plugin gave fails the later one.

    If it raises: The plugin is recorded as failed and nothing of it is taken. If ``make`` raises, the profile has a
    fault there. A rule that raises is *undetermined*: the worklist names it, nothing that it said is taken back, and
    the other rules answer. So is, on a desk that has adopted it, a rule that no plugin gives any more.

    Added in 0.1.
    """


@hookspec
def credcore_register_profiles() -> Sequence[ProfileSpec]:  # type: ignore[empty-body] # likewise
    """Return profiles that ship.

    When: Once, as the plugin is loaded. ``read`` is called when somebody names the profile, as ``credcore init`` does.

    Several plugins: All are taken; none wins. A name that an earlier plugin gave fails the later one.

    If it raises: The plugin is recorded as failed and nothing of it is taken. If ``read`` raises, or gives no text, it
    is a ``PluginError`` that names the plugin.

    Added in 0.1.
    """


@hookspec
def credcore_register_holidays() -> Sequence[HolidaysSpec]:  # type: ignore[empty-body] # likewise
    """Return sources of holidays.

    When: Once, as the plugin is loaded. ``make`` is called when the first profile is read; the source answers for
    every region that a calendar names.

    Several plugins: The first source wins, and the plugin that was loaded last comes first: one of your own goes
    before credcore's. ``hookimpl(tryfirst=True)`` and ``trylast=True`` move a plugin to either end.

    If it raises: The plugin is recorded as failed and nothing of it is taken. If ``make`` raises, the failure is
    recorded and the next source is used. A profile with a region for which the source raises, or gives anything but
    days and names, is not read, and the plugin is named; on a desk that has adopted it, the calendar is read without
    holidays, and all its deadlines are provisional.

    Added in 0.1.
    """
