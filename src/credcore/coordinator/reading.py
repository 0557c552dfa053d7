"""Read a desk: the worklist, one record with its history, the explanation of a clock, the report."""

import datetime as dt
import itertools
import json
from collections.abc import Iterator, Sequence

import attrs

from credcore.coordinator.context import Context
from credcore.coordinator.lines import STATUSES, Judged, Record, evaluated, judged, record_of
from credcore.coordinator.unit import Unit
from credcore.errors import InvalidInput, NotFound
from credcore.events import Event
from credcore.history import History, Ref
from credcore.instants import from_us, to_us, written
from credcore.ports import Row, View
from credcore.reports import Report, measure
from credcore.rules import Explanation, Rule, Turns, explain, turns
from credcore.worklist import Entry, deadline_of

__all__ = ["Shown", "explain_record", "report", "show", "turns_of", "worklist"]


@attrs.frozen(kw_only=True)
class Shown:
    """A record as it stands, or stood.

    Attributes:
        ref: Which record.
        record: Folded.
        events: That count, in order.
        judged: What the rules say of it, and what was not told yet.
        rules: By id, for the words.
    """

    ref: Ref
    record: Record
    events: tuple[Event, ...]
    judged: Judged
    rules: dict[str, Rule]


def worklist(
    context: Context,
    *,
    owners: Sequence[str] | None = None,
    kinds: Sequence[str] = ("file",),
    stage: str | None = None,
    snoozed: bool = False,
    limit: int | None = 50,
) -> Iterator[Entry]:
    """Return the worklist in its order: promised or cut off today, breached, warned, the rest.

    Raises:
        NotFound: The desk has no such owner, role or stage.
    """
    _check_names(context, owners or (), stage)
    view = View(
        at=to_us(context.now()),
        kinds=tuple(kinds),
        owners=None if owners is None else tuple(owners),
        stage=stage,
        snoozed=snoozed,
    )
    return (_entry(row) for row in itertools.islice(context.rows(view), limit))


def _check_names(context: Context, owners: Sequence[str], stage: str | None) -> None:
    """Refuse a name that would only give an empty list."""
    book = context.book()
    pipeline = book.profile_at(context.now()).pipeline
    people = {person.id for person in book.desk.team}
    roles = {f"@{role}" for person in book.desk.team for role in person.roles}
    roles |= {f"@{one.owner}" for one in pipeline.stages}
    for owner in owners:
        if owner not in people | roles and not any(
            context.store.count(View(at=0, kinds=None, owners=(owner,)), ()).values()
        ):
            raise NotFound("owner", owner, known=people | roles)
    stages = {one.code for one in pipeline.stages} | {*STATUSES}
    if stage is not None and stage not in stages:
        raise NotFound("stage", stage, known=stages)


def _entry(row: Row) -> Entry:
    state = json.loads(row.state)
    line = row.line
    return Entry(
        ref=row.ref,
        title=state.get("title", ""),
        stage=line.stage,
        owner=line.owner,
        urgency=line.urgency,
        deadline=deadline_of(line.deadline),
        why=state.get("why", ""),
        opened_at=from_us(line.opened_at),
        not_before=None if line.not_before is None else from_us(line.not_before),
        next_change=None if line.next_change is None else from_us(line.next_change),
    )


def show(context: Context, ref: Ref, *, as_of: dt.datetime | None = None, known_at: dt.datetime | None = None) -> Shown:
    """Return a record as it stands; as it had happened, or was known, by an instant.

    Raises:
        NotFound: The desk does not know it, or it had not been opened, or was not known, by then.
    """
    unit = Unit(context)
    history = _cut(unit, ref, as_of, known_at)
    when = unit.now if as_of is None else as_of
    record = record_of(history)
    return Shown(
        ref=ref,
        record=record,
        events=history.effective,
        judged=judged(evaluated(record, history, unit.book, when), history, unit.book),
        rules=dict(unit.book.rules_at(when)),
    )


def _cut(unit: Unit, ref: Ref, as_of: dt.datetime | None, known_at: dt.datetime | None) -> History:
    whole = unit.linked(ref)
    history = whole if known_at is None else whole.known_at(known_at)
    history = history if as_of is None else history.as_of(as_of)
    if not history.effective and not (ref.kind == "person" and ref.id in unit.book.desk.team):
        asked = known_at if as_of is None else as_of
        where = (
            f"by {written(asked, unit.profile.tz)}: it came later"
            if whole.effective and asked is not None
            else "on this desk"
        )
        raise NotFound(ref.kind, ref.id, where=where)
    return history


def explain_record(
    context: Context,
    ref: Ref,
    rule: str = "",
    *,
    as_of: dt.datetime | None = None,
    known_at: dt.datetime | None = None,
) -> tuple[Explanation, ...]:
    """Explain what the rules say of a record: each clock that is on, each rule that failed, or the one named.

    Raises:
        NotFound: The desk does not know the record or the rule.
    """
    shown = show(context, ref, as_of=as_of, known_at=known_at)
    if rule and rule not in shown.rules:
        raise NotFound("rule", rule, known=shown.rules, where="in the profile")
    unit = Unit(context)
    when = unit.now if as_of is None else as_of
    found = shown.judged.evaluation
    said = () if found is None else (*(f.rule for f in found.findings), *(u.rule for u in found.undetermined))
    wanted = (rule,) if rule else dict.fromkeys(said)
    history = _cut(unit, ref, as_of, known_at)
    tz = unit.book.profile_at(when).tz
    laid = _turns(unit, history, when) if ref.kind == "file" else None
    number = unit.book.edition_at(when).number
    return tuple(
        attrs.evolve(explain(history, shown.rules[name], when, tz=tz, turns=laid), edition=number)
        for name in wanted
        if name in shown.rules
    )


def turns_of(
    context: Context, ref: Ref, *, as_of: dt.datetime | None = None, known_at: dt.datetime | None = None
) -> Turns:
    """Return whose turn it was over the life of a file, by the pipeline of each edition while it was in force.

    Raises:
        InvalidInput: The record is no file.
        NotFound: The desk does not know it, or it had not been opened, or was not known, by then.
    """
    if ref.kind != "file":
        raise InvalidInput(f"{ref} is no file; only a file has turns", field="ref")
    unit = Unit(context)
    return _turns(unit, _cut(unit, ref, as_of, known_at), unit.now if as_of is None else as_of)


def _turns(unit: Unit, history: History, at: dt.datetime) -> Turns:
    book = unit.book
    pipelines = [(edition.since, book.profiles[edition.number].pipeline) for edition in book.editions]
    profile = book.profile_at(at)
    return turns(history, pipelines, profile.calendar, at, tz=profile.tz)


def report(context: Context) -> Report:
    """Return the desk's measures now, from its worklist lines."""
    now = context.now()
    view = View(at=to_us(now), snoozed=True)
    return measure(
        at=now,
        by_stage=context.store.count(view, ["kind", "stage"]),
        by_owner=context.store.count(view, ["owner"]),
        by_urgency=context.store.count(view, ["urgency"]),
    )
