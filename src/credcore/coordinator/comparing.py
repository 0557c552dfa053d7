"""Say what another edition would change on a desk, before it is adopted: read by both, recorded by neither.

Each open record is judged as it stands at the instant from which the edition would be in force, once by the editions
that the desk has and once with the new one behind them. Nothing is written, and nobody is told.
"""

import datetime as dt
import itertools
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Literal, NamedTuple, TypeAlias

import attrs

from credcore.coordinator.context import Book, Context
from credcore.coordinator.founding import check_other
from credcore.coordinator.lines import Record, evaluated, judged, stage_of, title_of
from credcore.coordinator.unit import Unit
from credcore.errors import CredcoreError
from credcore.events import Stamp
from credcore.files import CredentialingFile
from credcore.history import History, Ref, State
from credcore.instants import from_us, to_us
from credcore.meetings import Meeting
from credcore.notices import Telling, present_names
from credcore.ports import View
from credcore.profile import Profile
from credcore.providers import ProviderRecord
from credcore.rules import BREACHED, ClockRule, DateRule, Evaluation, Finding, Rule, reach, states_of
from credcore.rules.findings import clip, joined

__all__ = ["CHANGES", "Changed", "Comparison", "Misfit", "Shift", "compare"]

Change: TypeAlias = Literal[
    "breached", "cleared", "earlier", "later", "paused", "resumed", "begins", "ends", "steps", "ahead"
]
CHANGES: tuple[Change, ...] = (
    "breached",
    "cleared",
    "earlier",
    "later",
    "paused",
    "resumed",
    "begins",
    "ends",
    "steps",
    "ahead",
)
"""What can become of a clock or a day under another edition, the gravest first."""
_PAGE = 200
_Key: TypeAlias = tuple[str, str, str]


@attrs.frozen(kw_only=True)
class Shift:
    """What another edition makes of one clock, or of one day.

    Attributes:
        rule: The rule's id in the new edition, or in the old one if the new has it no more.
        episode: The event that names the episode.
        about: The key of the day; empty for a clock.
        change: ``breached`` or ``cleared``; ``earlier`` or ``later`` than before; ``paused`` or ``resumed``; ``begins``
            or ``ends``; ``steps``: another rung stands, or tells another role; ``ahead``: only what is to come differs.
        before: What would stand without the edition; None for nothing.
        after: What would stand under it.
        due_before: The deadline without it; while paused, if resumed at that instant.
        due_after: Likewise under it.
    """

    rule: str
    episode: str
    about: str
    change: Change
    before: Finding | None
    after: Finding | None
    due_before: dt.datetime | None
    due_after: dt.datetime | None


@attrs.frozen(kw_only=True)
class Changed:
    """An open record of which another edition says something else.

    Attributes:
        ref: The record.
        title: The record in a few words, by identifiers alone.
        stage: A file's stage; another record's status.
        before: What would stand without the edition; None for a record that is closed.
        after: What would stand under it.
        shifts: Clock by clock, the gravest change first.
        tell: What the next sweep would tell because of the edition.
        withdraw: What was told by now and would be withdrawn because of it; the telling stays in the history.
    """

    ref: Ref
    title: str
    stage: str
    before: Evaluation | None
    after: Evaluation | None
    shifts: tuple[Shift, ...]
    tell: tuple[Telling, ...]
    withdraw: tuple[Telling, ...]


class Misfit(NamedTuple):
    """An open file for which the new edition has no place: it could not be adopted.

    Attributes:
        ref: The file.
        what: ``stage``, ``kind`` or ``payer``.
        name: Which one the edition lacks.
    """

    ref: Ref
    what: Literal["stage", "kind", "payer"]
    name: str


@attrs.frozen(kw_only=True)
class Comparison:
    """What another edition would change.

    Attributes:
        edition: The number that it would have.
        at: From when it would be in force: the instant at which both are asked.
        records: How many open records were looked at.
        changed: How many of them it would change.
        counts: By rule, how many clocks and days would change in which way.
        tell: How many tellings the next sweep would make because of it.
        withdraw: How many tellings it would withdraw.
        changes: The records, the most urgent first; not more than were asked for.
        misfits: Open files for which it has no place: with any of these it is refused.
        failed: Records that could not be judged.
    """

    edition: int
    at: dt.datetime
    records: int
    changed: int
    counts: Mapping[str, Mapping[str, int]]
    tell: int
    withdraw: int
    changes: tuple[Changed, ...]
    misfits: tuple[Misfit, ...]
    failed: tuple[str, ...] = ()


def compare(
    context: Context, profile: Profile | str, in_force: dt.datetime | None = None, *, limit: int | None = None
) -> Comparison:
    """Return what another edition would change.

    Raises:
        ProfileError: The text has faults.
        InvalidInput: It is the last edition already; or it cannot be in force from then.
    """
    new = profile if isinstance(profile, Profile) else context.profile(profile)
    book = context.book()
    would = _would_be(context, new, in_force)
    coming = would.editions[-1]
    at = coming.since or context.now()
    counts: dict[str, Counter[str]] = {}
    changes: list[Changed] = []
    misfits: list[Misfit] = []
    failed: list[str] = []
    records = changed = tell = withdraw = 0
    for unit, ref in _open_records(context):
        records += 1
        try:
            record = unit.record(ref)
            if lacking := list(_misfits(ref, record, new)):
                misfits += lacking
                continue
            found = _changed(ref, record, unit.linked(ref), book, would, at)
        except CredcoreError:
            failed.append(str(ref))
            continue
        if found is None:
            continue
        changed += 1
        tell += len(found.tell)
        withdraw += len(found.withdraw)
        for shift in found.shifts:
            counts.setdefault(shift.rule, Counter())[shift.change] += 1
        if limit is None or changed <= limit:
            changes.append(found)
    return Comparison(
        edition=coming.number,
        at=at,
        records=records,
        changed=changed,
        counts={rule: {name: counts[rule][name] for name in CHANGES if counts[rule][name]} for rule in sorted(counts)},
        tell=tell,
        withdraw=withdraw,
        changes=tuple(changes),
        misfits=tuple(misfits),
        failed=tuple(failed),
    )


def _would_be(context: Context, new: Profile, in_force: dt.datetime | None) -> Book:
    """Return the desk's book as it would be with a further edition."""
    book = context.book()
    check_other(book.desk, new)
    _, history = context.reader.read([context.desk_ref])[context.desk_ref]
    stamp = Stamp(context.now(), context.actor.id, lambda: "comparison")
    recorded_at = max([context.now(), *(event.recorded_at for event in history.events[-1:])])
    adopted = (
        attrs.evolve(event, recorded_at=recorded_at) for event in book.desk.adopt(new.text, stamp, in_force=in_force)
    )
    return context.read_book(book.version, history.with_events(adopted))


def _open_records(context: Context) -> Iterator[tuple[Unit, Ref]]:
    """Yield the open records in the worklist's order, some at a time from one reading of the store."""
    rows = context.rows(View(at=to_us(context.now()), kinds=None, snoozed=True))
    while page := [row.ref for row in itertools.islice(rows, _PAGE)]:
        unit = Unit(context)
        unit.load(page)
        yield from ((unit, ref) for ref in page)


def _misfits(ref: Ref, record: Record, new: Profile) -> Iterator[Misfit]:
    if isinstance(record, CredentialingFile):
        if record.stage not in new.pipeline:
            yield Misfit(ref, "stage", record.stage)
        if record.kind not in new.kinds:
            yield Misfit(ref, "kind", record.kind)
        if record.payer and record.payer not in new.payers:
            yield Misfit(ref, "payer", record.payer)


def _changed(ref: Ref, record: Record, history: History, book: Book, would: Book, at: dt.datetime) -> Changed | None:
    """Return what the edition changes of a record; None if it changes nothing."""
    if not isinstance(record, CredentialingFile | ProviderRecord | Meeting):
        return None
    # What another host recorded may be ahead of this one's clock; it is known, so it counts.
    at = max([at, *(event.at for one in (history, *history.linked) for event in one.effective)])
    before, after = (evaluated(record, history, one, at) for one in (book, would))
    present = present_names(would.rules)
    course = _ahead(history, book, before, at, present)
    shifts = list(_shifts(course, _ahead(history, would, after, at, present), at))
    told_before, told_after = (
        judged(found, history, one).difference for one, found in ((book, before), (would, after))
    )

    def only(those: Sequence[Telling], these: Sequence[Telling]) -> tuple[Telling, ...]:
        known = {(present(one.rule), one.episode, one.rung.name) for one in these}
        return tuple(one for one in those if (present(one.rule), one.episode, one.rung.name) not in known)

    tell, withdraw = only(told_after.tell, told_before.tell), only(told_after.withdraw, told_before.withdraw)
    unsure = [() if found is None else found.undetermined for found in (before, after)]
    if not (shifts or tell or withdraw or unsure[0] != unsure[1] or (before is None) is not (after is None)):
        return None
    shifts.sort(key=lambda shift: CHANGES.index(shift.change))
    return Changed(
        ref=ref,
        title=title_of(record),
        stage=stage_of(record),
        before=before,
        after=after,
        shifts=tuple(shifts),
        tell=tell,
        withdraw=withdraw,
    )


# Clock by clock


class _Course(NamedTuple):
    """What a rule says of one episode from an instant on."""

    rule: Rule
    states: Sequence[State]
    findings: tuple[Finding, ...]

    @property
    def now(self) -> Finding | None:
        return self.findings[0] if self.findings else None

    def due(self, at_us: int) -> int | None:
        """Return the deadline; while paused, if resumed at an instant."""
        if self.now is None or self.now.due_us is not None or not isinstance(self.rule, ClockRule):
            return None if self.now is None else self.now.due_us
        stint = self.rule.stint(self.states)
        if stint is None:
            return None
        return reach(self.rule.limit, self.rule.calendar, (*stint.runs, (at_us, None)), stint.origin_us)


def _ahead(
    history: History, book: Book, found: Evaluation | None, at: dt.datetime, present: Callable[[str], str]
) -> dict[_Key, _Course]:
    """Return what a book says of a record from an instant on, by rule, episode and day.

    The edition of that instant is the last one of either book: a further one starts after all others.
    """
    if found is None:
        return {}
    states = states_of(history.as_of(at), book.profile_at(at).tz)
    failed = {one.rule for one in found.undetermined}
    said: dict[_Key, tuple[Rule, list[Finding]]] = {}
    for rule in book.edition_at(at).rules:
        for finding in clip(() if rule.id in failed else _tail(rule, states, found), to_us(at), None):
            key = (present(finding.rule), finding.episode, finding.about)
            said.setdefault(key, (rule, []))[1].append(finding)
    return {key: _Course(rule, states, tuple(joined(findings))) for key, (rule, findings) in said.items()}


def _tail(rule: Rule, states: Sequence[State], found: Evaluation) -> Sequence[Finding]:
    """Return what a rule says from now on; of a plugin's, which was asked and watched before, what stands now."""
    if type(rule) in (ClockRule, DateRule):
        return rule.tail(states)
    return [one for one in found.findings if one.rule == rule.id]


def _shifts(before: Mapping[_Key, _Course], after: Mapping[_Key, _Course], at: dt.datetime) -> Iterator[Shift]:
    at_us = to_us(at)
    for key in dict.fromkeys((*before, *after)):
        one, other = before.get(key), after.get(key)
        dues = [None if course is None else course.due(at_us) for course in (one, other)]
        change = _change_of(one, other, dues[0], dues[1])
        if change is not None:
            rule, episode, about = key
            yield Shift(
                rule=rule,
                episode=episode,
                about=about,
                change=change,
                before=None if one is None else one.now,
                after=None if other is None else other.now,
                due_before=None if dues[0] is None else from_us(dues[0]),
                due_after=None if dues[1] is None else from_us(dues[1]),
            )


def _change_of(one: _Course | None, other: _Course | None, due: int | None, new_due: int | None) -> Change | None:
    """Return what becomes of a clock or a day; None if nothing does."""
    now, then = (None if course is None else course.now for course in (one, other))
    late, new_late = (finding is not None and finding.level >= BREACHED for finding in (now, then))
    change: Change | None = None
    if late is not new_late:
        change = "breached" if new_late else "cleared"
    elif now is None or then is None:
        change = None if now is then else "ends" if then is None else "begins"
    elif (now.due_us is None) is not (then.due_us is None):
        change = "paused" if then.due_us is None else "resumed"
    elif due != new_due and due is not None and new_due is not None:
        change = "earlier" if new_due < due else "later"
    elif now.passed != then.passed:
        change = "steps"
    elif one is not None and other is not None and _plan(one) != _plan(other):
        change = "ahead"
    return change


def _plan(course: _Course) -> list[tuple[object, ...]]:
    """Return what is to come, whatever the rule is called."""
    return [finding[3:] for finding in course.findings]
