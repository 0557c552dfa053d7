"""A profile: everything in which one organisation differs from another, checked before use."""

import datetime as dt
import functools
import zoneinfo
from collections.abc import Mapping
from typing import Any, Self

import attrs

from credcore.assignment import DEFAULT_POLICY, Policy
from credcore.calendars import WorkCalendar
from credcore.committee import Committee
from credcore.cycles import Cycle
from credcore.errors import InvalidInput, NotFound
from credcore.payers import Payer
from credcore.people import Person
from credcore.profile import sections
from credcore.profile._lines import key_lines, line_of
from credcore.profile.kinds import Kind
from credcore.profile.registry import Names, Registry
from credcore.profile.rules import FAMILIES, look_again, rules_of, windows_of
from credcore.profile.stand_ins import Missing, missing_rules
from credcore.profile.tables import Reading, Table
from credcore.profile.words import PROVIDER_FLAGS
from credcore.rules.evaluation import Rule
from credcore.stages import Pipeline

__all__ = ["NO_PLUGINS", "Profile"]

NO_PLUGINS = Registry()
"""The registry that adds no name: no holidays, no policies, no rules."""


@attrs.frozen(kw_only=True)
class Profile:
    """What an organisation's desk works by.

    Attributes:
        name: The organisation's or the desk's name.
        text: The very text that it was read from.
        source: The text's name, such as ``hospital.toml``.
        zone: The time zone in which its days begin and end.
        calendars: Its calendars, by name.
        calendar: The one by which everything counts that names none.
        pipeline: The stages of a file.
        kinds: The kinds of file, by code.
        rules: Its rules in the order of the text; then one ``cycle:<body>`` for each cycle that has no rule of its own,
            and one ``look-again:<stage>`` for each stage that is not terminal.
        policies: The assignment policies, by name.
        policy: The one that is used where none is named.
        team: The people with whom a new desk begins.
        committees: The committees, by code.
        payers: The payers, by code.
        cycles: The cycles, by body.
        bodies: The titles of the bodies that approve without meeting here.
        flags: The titles of the flags that can stand on a file.
        delivery: The calendar in whose hours notices may be delivered; None for any time.
        permissions: The roles that may record an event type, where that differs from the event's own.
        missing: The names that no plugin gives any more, each with what is done instead; only a profile that a desk has
            adopted is read without them.
        places: The key of the table that makes each rule, such as ``rules.sla[0]``, by the rule's id.
    """

    name: str
    text: str = attrs.field(repr=False)
    source: str
    zone: zoneinfo.ZoneInfo
    calendars: Mapping[str, WorkCalendar]
    calendar: WorkCalendar
    pipeline: Pipeline = attrs.field(repr=False)
    kinds: Mapping[str, Kind] = attrs.field(repr=False)
    rules: tuple[Rule, ...] = attrs.field(repr=False)
    policies: Mapping[str, Policy] = attrs.field(repr=False)
    policy: Policy
    team: tuple[Person, ...] = attrs.field(repr=False)
    committees: Mapping[str, Committee] = attrs.field(repr=False)
    payers: Mapping[str, Payer] = attrs.field(repr=False)
    cycles: Mapping[str, Cycle] = attrs.field(repr=False)
    bodies: Mapping[str, str] = attrs.field(repr=False)
    flags: Mapping[str, str] = attrs.field(repr=False)
    delivery: str | None
    permissions: Mapping[str, tuple[str, ...]] = attrs.field(repr=False)
    missing: tuple[Missing, ...] = ()
    places: Mapping[str, str] = attrs.field(factory=dict, repr=False)

    @classmethod
    def from_toml(cls, text: str, *, source: str = "profile.toml", registry: Registry = NO_PLUGINS) -> Self:
        """Read a profile and check all of it.

        Args:
            text: TOML; ``docs/reference/profile.md`` has every table and key.
            source: The text's name, for the faults.
            registry: The names that plugins add. With stand-ins, a name that none adds any more is no fault.

        Raises:
            ProfileError: With every fault of the text, each with its key and line, in the order of the lines.
            InvalidInput: The registry names a rule as the library does.

        Example:
            >>> profile = Profile.from_toml('''
            ... [profile]
            ... name = "Night desk"
            ... zone = "America/Chicago"
            ...
            ... [stages.intake]
            ... next = ["closed"]
            ... look-again = "14 days"
            ...
            ... [stages.closed]
            ... terminal = true
            ...
            ... [kinds.initial]
            ... start = "intake"
            ... ''')
            >>> [rule.id for rule in profile.rules]
            ['look-again:intake']
        """
        if taken := registry.rules.keys() & FAMILIES.keys():
            raise InvalidInput(f"credcore has these rules itself: {', '.join(sorted(taken))}", field="registry.rules")
        reading = Reading(text, source)
        said = _sections(reading.root, registry)
        reading.check()
        pipeline = Pipeline(said.pop("stages").values(), said.pop("requirements"), sections.starts_of(said["kinds"]))
        calendar = said["calendar"]
        windows = windows_of(said["cycles"].values(), said["rules"], calendar)
        looks = (look_again(stage, calendar) for stage in pipeline.stages if not stage.terminal)
        places = reading.places
        places |= {f"cycle:{body}": f"cycles.{body}" for body in said["cycles"]}
        places |= {f"look-again:{stage.code}": f"stages.{stage.code}.look-again" for stage in pipeline.stages}
        said["rules"] = (*said["rules"], *windows, *looks)
        return cls(text=text, source=source, pipeline=pipeline, places=places, **said)

    @property
    def zone_name(self) -> str:
        """The IANA name of the zone."""
        return self.zone.key

    @property
    def tz(self) -> zoneinfo.ZoneInfo:
        """The zone, to show instants in."""
        return self.zone

    def line_of(self, key: str) -> int | None:
        """Return the line of a key of the text, or that of the nearest table around it; None if it has none of them.

        Example:
            >>> from credcore.profiles import read
            >>> from credcore.plugins import load_plugins
            >>> profile = Profile.from_toml(read("hospital"), registry=load_plugins({}).registry)
            >>> profile.text.splitlines()[profile.line_of("profile.zone") - 1]
            'zone = "America/Chicago"        # days begin and end here'
        """
        return line_of(key, self._lines)

    def has_key(self, key: str) -> bool:
        """Return whether the text has a key, such as ``rules.sla[0].pause``."""
        return key in self._lines

    @functools.cached_property
    def _lines(self) -> Mapping[str, int]:
        return key_lines(self.text)

    def rule(self, rule_id: str) -> Rule:
        """Return a rule by its id.

        Raises:
            NotFound: It has none of that id; the message names the nearest.
        """
        for rule in self.rules:
            if rule.id == rule_id:
                return rule
        raise NotFound("rule", rule_id, known=[rule.id for rule in self.rules])

    def next_delivery(self, at: dt.datetime) -> dt.datetime:
        """Return the first instant, from ``at`` on, at which a notice may be delivered.

        Raises:
            NaiveInstant: ``at`` has no zone.
        """
        if self.delivery is None or self.calendars[self.delivery].open_at(at):
            return at
        return self.calendars[self.delivery].next_open(at)


def _sections(root: Table, registry: Registry) -> dict[str, Any]:
    """Return by field what each section says; right only if the reading found no fault."""
    head = root.table("profile")
    sections.check_format(head)
    name, zone_name = head.text("name"), sections.zone_of(head)
    always = WorkCalendar.always(zone_name)
    missing: list[Missing] = []
    calendars = sections.calendars_of(root.table("calendars"), always, registry, missing.append)
    default = head.name("calendar", calendars, "calendar", next(iter(calendars), ""))
    delivery = head.name("delivery", calendars, "calendar", "") or None

    payer_table, kind_table, cycle_table = root.table("payers"), root.table("kinds"), root.table("cycles")
    committee_table = root.table("committees")
    team = sections.team_of(root.table("team"), payer_table.values)
    # That nobody is coordinator is a fault of its own; it would be noted again wherever one is named.
    roles = frozenset(("coordinator", *(role for person in team for role in person.roles))) if team else sections.ROLES
    requirements = sections.requirements_of(root.table("requirements"))
    stages = sections.stages_of(root.table("stages"), roles, calendars)
    bodies, flags = root.table("bodies").titles(), root.table("flags").titles()
    kinds = sections.kinds_of(
        kind_table, stages=stages, bodies=bodies, committees=committee_table.values, cycles=cycle_table.values
    )
    cycles = sections.cycles_of(cycle_table, kind_table.values)
    policies = sections.policies_of(root.table("policies"), registry.policies)
    own_policy = next(iter(root.table("policies").values), DEFAULT_POLICY.name)
    names = Names(
        calendars=calendars,
        calendar=default,
        always=always,
        stages=stages,
        kinds=frozenset(kinds),
        flags=frozenset(flags) | PROVIDER_FLAGS,
        elements=frozenset(element for one in requirements for element in (*one.documents, *one.verified)),
        roles=roles | {"owner"},
        cycles=cycles,
    )
    rules = rules_of(root.table("rules"), names, registry)
    policy = sections.policy_of(head, policies, own_policy, registry, missing.append)
    said = {
        "name": name,
        "zone": always.tz,
        "calendars": calendars,
        "calendar": calendars.get(default, always),
        "stages": stages,
        "requirements": requirements,
        "kinds": kinds,
        "rules": rules,
        "policies": policies,
        "policy": policy,
        "team": team,
        "committees": sections.committees_of(committee_table, calendars, default, always),
        "payers": sections.payers_of(payer_table, root.table("statuses"), stages),
        "cycles": cycles,
        "bodies": bodies,
        "flags": flags,
        "delivery": delivery,
        "permissions": sections.permissions_of(root.table("roles"), roles),
        "missing": (*missing, *missing_rules(rules)),
    }
    sections.check_pipeline(root, stages, requirements, kinds)
    head.close()
    root.close()
    return said
