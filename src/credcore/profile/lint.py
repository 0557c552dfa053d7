"""What cannot be meant in a profile, each with its key and line."""

import datetime as dt
from collections.abc import Collection, Iterator
from typing import Final

import attrs

from credcore.instants import to_us
from credcore.profile.value import Profile
from credcore.profile.words import PROVIDER_FLAGS
from credcore.rules.lint import ERROR, SIGHT_US, WARNING, Lint, Severity, lint_rules

__all__ = ["lint_profile"]

_CALLED: Final = {("cadence", "limit"): "every", ("closure", "limit"): "after"}
"""What a part of a rule is called in the tables of some families."""
_LONG: Final = dt.timedelta(days=60)
"""Notices that wait so long are hardly meant to."""


def lint_profile(profile: Profile, *, at: dt.datetime, roles: Collection[str] | None = None) -> tuple[Lint, ...]:
    """Return what cannot be meant in a profile, in the order of its lines.

    Args:
        profile: Read without a fault.
        at: From when calendars are asked how long something takes.
        roles: The roles of the team that will work by it; those of the profile's own team if left out.
    """
    if roles is None and profile.team:
        roles = {role for person in profile.team for role in person.roles}
    of_rules = lint_rules(
        profile.rules,
        profile.pipeline,
        at=at,
        flags={*profile.flags, *PROVIDER_FLAGS},
        roles=roles,
        committees=profile.committees,
    )
    found = [_placed(profile, one) for one in of_rules]
    found += [_lined(profile, one) for one in (*_queues(profile, roles), *_delivery(profile, at))]
    return tuple(sorted(found, key=lambda one: one.line or 0))


def _lined(profile: Profile, one: Lint) -> Lint:
    return attrs.evolve(one, line=profile.line_of(one.key), source=profile.source)


def _placed(profile: Profile, one: Lint) -> Lint:
    """Return a lint of a rule with its whole key, down to the last part that the text has."""
    family = profile.rule(one.rule).family
    place = profile.places.get(one.rule, "rules")
    place = f"{place}.then" if family == "closure" else place
    for key in (f"{place}.{_CALLED.get((family, one.key), one.key)}", f"{place}.{one.key.partition('.')[0]}"):
        if profile.has_key(key):
            return _lined(profile, attrs.evolve(one, key=key))
    return _lined(profile, attrs.evolve(one, key=place))


def _queues(profile: Profile, roles: Collection[str] | None) -> Iterator[Lint]:
    """Yield the stages whose files wait in the queue of a role that nobody has."""
    for stage in profile.pipeline.stages if roles is not None else ():
        if not stage.terminal and stage.owner not in (roles or ()):
            yield Lint(
                code="nobody-has-role",
                severity=WARNING,
                rule="",
                key=f"stages.{stage.code}.owner",
                message=f"files wait here for a {stage.owner}, and nobody on the team is one",
                right="give somebody the role, or name another owner",
            )


def _delivery(profile: Profile, at: dt.datetime) -> Iterator[Lint]:
    """Yield that notices would wait for ever, or for months."""
    calendar = profile.calendars.get(profile.delivery or "")
    if calendar is None or calendar.between(at, at + _LONG):
        return
    severity: Severity = ERROR
    opens, when = "never opens", "for ever"
    if calendar.between_us(to_us(at), to_us(at) + SIGHT_US):
        opens_on = profile.next_delivery(at).astimezone(profile.zone).date()
        opens, when, severity = f"opens again only on {opens_on}", "until then", WARNING
    yield Lint(
        code="delivers-late" if severity == WARNING else "never-delivers",
        severity=severity,
        rule="",
        key="profile.delivery",
        message=f"the calendar {profile.delivery!r} {opens}: notices wait {when}",
        right="name a calendar that opens more often",
    )
