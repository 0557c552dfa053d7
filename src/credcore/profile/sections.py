"""Reading the sections of a profile, all but its rules.

A name is known before what it names is read: a calendar with a fault is a known calendar all the same, so that one
slip of the pen is one fault.
"""

import datetime as dt
from collections.abc import Callable, Collection, Iterable, Mapping
from typing import Final

import attrs

from credcore.assignment import DEFAULT_POLICY, Policy
from credcore.calendars import WorkCalendar
from credcore.committee import Approval, Committee
from credcore.cycles import Cycle
from credcore.errors import Fault, InvalidInput
from credcore.events import EVENT_TYPES, PARTIES
from credcore.instants import zone
from credcore.limits import CalendarDays, Months, WorkingDays
from credcore.payers import STATUSES, Payer
from credcore.people import Person
from credcore.profile.kinds import Kind
from credcore.profile.registry import Registry
from credcore.profile.stand_ins import Missing
from credcore.profile.tables import Table
from credcore.stages import Requirement, Stage, pipeline_faults

__all__ = [
    "FORMAT",
    "ROLES",
    "calendars_of",
    "check_format",
    "check_pipeline",
    "committees_of",
    "cycles_of",
    "kinds_of",
    "payers_of",
    "permissions_of",
    "policies_of",
    "policy_of",
    "requirements_of",
    "stages_of",
    "starts_of",
    "team_of",
    "zone_of",
]

FORMAT: Final = 1
"""The format of a profile's text that this credcore reads; ``[profile] format`` may say it."""
ROLES: Final = frozenset(("specialist", "lead", "coordinator", "chair", "medical-director"))
"""The roles that somebody can have who acts on a desk without being on its team."""
_MACHINES: Final = frozenset(("system", "gateway"))
_FIRST: Final = dt.date(2001, 1, 1)
_STATE_LETTERS: Final = 2


def check_format(head: Table) -> None:
    """Refuse a text of a newer format at once: by this one's words, all of it might look wrong.

    Raises:
        ProfileError: It names a newer format.
    """
    found = head.whole("format", FORMAT, least=FORMAT)
    if found > FORMAT:
        head.fault(
            "format",
            f"the profile is of format {found}, this credcore reads format {FORMAT}: install a newer credcore, or "
            "write the profile by the reference of this one",
        )
        head.reading.check()


def zone_of(head: Table) -> str:
    """Return the profile's time zone; UTC if what it names is none."""
    name = head.text("zone")
    try:
        return zone(name, "").key if name else "UTC"
    except InvalidInput as error:
        head.fault("zone", str(error))
        return "UTC"


def calendars_of(
    table: Table, always: WorkCalendar, registry: Registry, note: Callable[[Missing], None]
) -> dict[str, WorkCalendar]:
    """Return the calendars by name; one that cannot be read never closes.

    Args:
        table: The table ``calendars``.
        always: A calendar that never closes.
        registry: Where holidays come from, and what stands in for a source that is missing.
        note: Is told of each calendar that goes without its holidays.
    """

    def calendar(entry: Table) -> WorkCalendar:
        holidays, region = registry.holidays, entry.values.get("holidays")
        if registry.stand_ins is not None and isinstance(region, str):
            holidays, missing = registry.stand_ins.holidays(entry.code, region, holidays)
            if missing is not None:
                note(missing)
        read = entry.reading.attempt(
            entry.path,
            lambda: WorkCalendar.from_mapping(entry.values, zone=always.zone, holidays=holidays, path=entry.path),
        )
        return always if read is None else read

    return {entry.code: calendar(entry) for entry in table.entries()}


# People


def team_of(table: Table, payers: Collection[str]) -> tuple[Person, ...]:
    """Return the people, in the order of the text; where there are some, a coordinator must be among them."""
    team = tuple(_person(entry, payers) for entry in table.entries())
    if team and not any("coordinator" in person.roles for person in team):
        table.fault("", "nobody is coordinator, who is told what nobody else can be told")
    return team


def _person(entry: Table, payers: Collection[str]) -> Person:
    person = Person(
        id=entry.code,
        name=entry.text("name", ""),
        roles=entry.texts("roles", ("specialist",)),
        skills=entry.texts("skills"),
        states=entry.texts("states"),
        payers=entry.names("payers", {*payers, "*"}, "payer"),
        conflicts=entry.texts("conflicts"),
        capacity=entry.whole("capacity", 40),
    )
    entry.close()
    for state in person.states:
        if state != "*" and not (len(state) == _STATE_LETTERS and state.isalpha() and state.isupper()):
            entry.fault("states", f'{state!r} is no state; give its postal code, such as "IL", or "*" for all')
    return person


def permissions_of(table: Table, roles: Collection[str]) -> dict[str, tuple[str, ...]]:
    """Return which roles may record which event types, where that differs from the events' own."""
    known = {*roles, *ROLES, *_MACHINES}
    return {
        action: table.names(action, known, "role")
        for action in table.values
        if table.is_known(action, EVENT_TYPES, "event type")
    }


def policies_of(table: Table, added: Mapping[str, Policy]) -> dict[str, Policy]:
    """Return the assignment policies by name: the library's default, those of plugins, the profile's own."""
    own = {entry.code: _policy(entry) for entry in table.entries()}
    return {DEFAULT_POLICY.name: DEFAULT_POLICY, **added, **own}


def policy_of(
    head: Table, policies: Mapping[str, Policy], default: str, registry: Registry, note: Callable[[Missing], None]
) -> Policy:
    """Return the policy that a profile uses.

    Args:
        head: The table ``profile``.
        policies: By name, those that there are.
        default: The name of the one that is used where none is named.
        registry: What stands in for a policy that is missing.
        note: Is told if one is.
    """
    if registry.stand_ins is None:
        return policies.get(head.name("policy", policies, "policy", default), DEFAULT_POLICY)
    name = head.text("policy", default)
    if name not in policies:
        note(registry.stand_ins.policy(name))
    return policies.get(name, DEFAULT_POLICY)


def _policy(entry: Table) -> Policy:
    requirements, preferences = entry.texts("requirements"), entry.texts("preferences")
    entry.close()
    read = entry.make(lambda: Policy.from_names(entry.code, requirements=requirements, preferences=preferences))
    return DEFAULT_POLICY if read is None else read


# The pipeline


def requirements_of(table: Table) -> tuple[Requirement, ...]:
    """Return what stages may need before they are entered."""
    return tuple(_requirement(entry) for entry in table.entries())


def _requirement(entry: Table) -> Requirement:
    requirement = Requirement(
        code=entry.code,
        title=entry.title,
        documents=entry.texts("documents"),
        verified=entry.texts("verified"),
        no_holds=entry.yes("no-holds"),
        no_flags=entry.yes("no-flags"),
        decision=entry.yes("decision"),
    )
    entry.close()
    return requirement


def stages_of(table: Table, roles: Collection[str], calendars: Collection[str]) -> dict[str, Stage]:
    """Return the stages by code, in the order of the text."""
    return {entry.code: _stage(entry, roles, calendars) for entry in table.entries()}


def _stage(entry: Table, roles: Collection[str], calendars: Collection[str]) -> Stage:
    terminal = entry.yes("terminal")
    stage = Stage(
        code=entry.code,
        title=entry.title,
        owner=entry.name("owner", roles, "role", "specialist"),
        turn=entry.name("turn", PARTIES, "party", "team"),
        needs=entry.texts("needs"),
        next=entry.texts("next"),
        terminal=terminal,
        look_again=entry.text("look-again", ""),
    )
    if terminal and "look-again" in entry:
        entry.fault("look-again", "a terminal stage is closed; leave out `look-again` or `terminal`")
    if stage.owner not in roles and "owner" not in entry:
        entry.fault("", f"nobody on the team is {stage.owner!r}; name the stage's `owner`")
    limit = entry.limit("look-again", "" if terminal else None)
    if isinstance(limit, Months):
        entry.fault("look-again", f"{limit} are too long to look away; give days")
    elif limit is not None and not limit.size:
        entry.fault("look-again", f"{limit} would be over as they begin")
    elif limit is not None and not calendars and not isinstance(limit, CalendarDays):
        entry.fault("look-again", f"{limit} need a calendar; add one, such as [calendars.office]")
    entry.close()
    return stage


def starts_of(kinds: Mapping[str, Kind]) -> dict[str, str]:
    """Return by kind of file the stage in which such a file opens."""
    return {kind.code: kind.start for kind in kinds.values() if kind.start}


def check_pipeline(
    root: Table, stages: Mapping[str, Stage], requirements: Iterable[Requirement], kinds: Mapping[str, Kind]
) -> None:
    """Note what would let a file get lost between the stages."""
    noted = {fault.key for fault in root.reading.faults}
    for fault in map(_placed, pipeline_faults(stages.values(), requirements, starts_of(kinds))):
        # A party or a start was checked where it was read.
        if fault.key not in noted:
            root.reading.adopt([fault])


def _placed(fault: Fault) -> Fault:
    """Return a pipeline's fault at its place in a profile, where each kind names its own start."""
    table, _, kind = fault.key.partition(".")
    if table != "starts":
        return fault
    return attrs.evolve(fault, key=f"kinds.{kind}.start" if kind else "kinds")


# Kinds, and who decides them


def kinds_of(
    table: Table,
    *,
    stages: Collection[str],
    bodies: Collection[str],
    committees: Collection[str],
    cycles: Collection[str],
) -> dict[str, Kind]:
    """Return the kinds of file by code.

    Args:
        table: The table ``kinds``.
        stages: The codes of the stages.
        bodies: The bodies that approve without meeting here.
        committees: The bodies that meet.
        cycles: The bodies whose cycles a decision can anchor.
    """

    def kind(entry: Table) -> Kind:
        approvals = entry.names("approvals", {*bodies, *committees}, "body")
        decides = set(approvals) <= {*bodies, *committees} and bool(approvals)
        read = Kind(
            code=entry.code,
            title=entry.title,
            start=entry.name("start", stages, "stage"),
            approvals=tuple(Approval(body, body if body in committees else "") for body in approvals),
            cycles=entry.names("cycles", cycles, "cycle"),
            payer_work=entry.yes("payer-work"),
            enrols=entry.name("enrols", table.values, "kind of file", ""),
            decided=_lands(entry, "decided", stages, wanted=decides),
            denied=_lands(entry, "denied", stages, wanted=decides),
            submitted=_lands(entry, "submitted", stages, wanted=entry.yes("payer-work")),
        )
        entry.close()
        if read.cycles and not approvals:
            entry.fault("cycles", "nobody decides such a file, so it anchors no cycle; give `approvals`")
        return read

    kinds = {entry.code: kind(entry) for entry in table.entries()}
    for code, read in kinds.items():
        if read.enrols in kinds and not kinds[read.enrols].payer_work:
            table.fault(f"{code}.enrols", f"{read.enrols!r} is no work for payers; say `payer-work = true` there")
    return kinds


def _lands(entry: Table, key: str, stages: Collection[str], *, wanted: bool) -> str:
    """Return the stage into which an outcome moves a file: as it is named, or the stage of the outcome's own name."""
    if key in entry:
        return entry.name(key, stages, "stage")
    if key in stages:
        return key
    if wanted:
        entry.fault("", f'no stage is called {key!r}; say into which stage it moves such a file: {key} = "…"')
    return ""


def cycles_of(table: Table, kinds: Collection[str]) -> dict[str, Cycle]:
    """Return the cycles by body."""
    return {entry.code: _cycle(entry, kinds) for entry in table.entries()}


def _cycle(entry: Table, kinds: Collection[str]) -> Cycle:
    every, opens_before = entry.limit("every"), entry.limit("opens-before", "180 days")
    if every is not None and not isinstance(every, Months):
        entry.fault("every", f"{every} are no cycle; give months, to the day or to the month")
    if opens_before is not None and not isinstance(opens_before, CalendarDays):
        entry.fault("opens-before", f"{opens_before} do not lead to a day; give days")
    cycle = Cycle(
        body=entry.code,
        every=every if isinstance(every, Months) else Months(1),
        opens_before=opens_before.n if isinstance(opens_before, CalendarDays) else 0,
        late_days=max(entry.whole("late-days", 0), 0),
        kind=entry.name("kind", kinds, "kind of file"),
        late_kind=entry.name("late-kind", kinds, "kind of file", ""),
        title=entry.title,
        source=entry.text("source"),
    )
    entry.close()
    return cycle


def committees_of(
    table: Table, calendars: Mapping[str, WorkCalendar], default: str, always: WorkCalendar
) -> dict[str, Committee]:
    """Return the committees by code, without those that cannot be read."""

    def committee(entry: Table) -> Committee | None:
        title, rrule, at = entry.title, entry.text("rrule"), entry.time("at")
        seats = entry.whole("seats", least=1)
        cutoff = entry.limit("cutoff")
        if cutoff is not None and not (isinstance(cutoff, WorkingDays) and cutoff.n):
            entry.fault("cutoff", f"{cutoff} do not lead back from a meeting; give working days, at least one")
        calendar = entry.name("calendar", calendars, "calendar", default)
        starts_on = entry.day("starts-on", _FIRST)
        entry.close()
        return entry.reading.attempt(
            entry.path,
            lambda: Committee(
                code=entry.code,
                title=title,
                rrule=rrule or "FREQ=YEARLY",
                at=at,
                seats=max(seats, 1),
                cutoff_working_days=cutoff.n if isinstance(cutoff, WorkingDays) and cutoff.n else 1,
                calendar=calendars.get(calendar, always),
                starts_on=starts_on,
            ),
        )

    read = {entry.code: committee(entry) for entry in table.entries()}
    return {code: one for code, one in read.items() if one is not None}


def payers_of(table: Table, common: Table, stages: Collection[str]) -> dict[str, Payer]:
    """Return the payers by code.

    Args:
        table: The table ``payers``.
        common: What a status means for every payer that does not say otherwise.
        stages: The codes of the stages.
    """
    shared = _meanings(common, stages)
    return {entry.code: _payer(entry, shared, stages) for entry in table.entries()}


def _payer(entry: Table, shared: Mapping[str, str], stages: Collection[str]) -> Payer:
    payer = Payer(
        code=entry.code,
        title=entry.title,
        stages={**shared, **_meanings(entry.table("statuses"), stages)},
    )
    entry.close()
    return payer


def _meanings(table: Table, stages: Collection[str]) -> dict[str, str]:
    return {
        status: table.name(status, stages, "stage")
        for status in table.values
        if table.is_known(status, STATUSES, "status")
    }
