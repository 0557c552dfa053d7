"""Read a desk: the worklist, one record with its history, the explanation of a clock, the report."""

import datetime as dt
import itertools
import json
from collections.abc import Iterator, Sequence

import attrs

from credcore.coordinator.context import Context
from credcore.coordinator.lines import Judged, Record, evaluated, judged, record_of
from credcore.coordinator.unit import Unit
from credcore.errors import NotFound
from credcore.events import Event
from credcore.history import History, Ref
from credcore.instants import from_us, to_us
from credcore.ports import Row, View
from credcore.reports import Report, measure
from credcore.rules import Explanation, Rule, explain
from credcore.worklist import Entry, deadline_of

__all__ = ["Shown", "explain_record", "report", "show", "worklist"]


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
    """Return the worklist in its order: promised or cut off today, breached, warned, the rest."""
    view = View(
        at=to_us(context.now()),
        kinds=tuple(kinds),
        owners=None if owners is None else tuple(owners),
        stage=stage,
        snoozed=snoozed,
    )
    return (_entry(row) for row in itertools.islice(context.rows(view), limit))


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


def show(context: Context, ref: Ref, *, at: dt.datetime | None = None, known_at: dt.datetime | None = None) -> Shown:
    """Return a record as it stands, or as it had happened or was known by an instant.

    Raises:
        NotFound: The desk does not know it, or it did not exist by then.
    """
    unit = Unit(context)
    history = _cut(unit.linked(ref), at, known_at)
    if not history.effective and not (ref.kind == "person" and ref.id in unit.book.desk.team):
        raise NotFound(ref.kind, ref.id)
    when = unit.now if at is None else at
    record = record_of(history)
    return Shown(
        ref=ref,
        record=record,
        events=history.effective,
        judged=judged(evaluated(record, history, unit.book, when), history, unit.book, when),
        rules=dict(unit.book.rules_at(when)),
    )


def _cut(history: History, at: dt.datetime | None, known_at: dt.datetime | None) -> History:
    if known_at is not None:
        history = history.known_at(known_at)
    return history if at is None else history.as_of(at)


def explain_record(
    context: Context,
    ref: Ref,
    rule: str = "",
    *,
    at: dt.datetime | None = None,
    known_at: dt.datetime | None = None,
) -> tuple[Explanation, ...]:
    """Explain what the rules say of a record: each clock that is on, or the one named.

    Raises:
        NotFound: The desk does not know the record or the rule.
    """
    shown = show(context, ref, at=at, known_at=known_at)
    when = context.now() if at is None else at
    if rule and rule not in shown.rules:
        raise NotFound("rule", rule, known=shown.rules)
    found = shown.judged.evaluation
    wanted = [rule] if rule else list(dict.fromkeys(f.rule for f in (found.findings if found is not None else ())))
    history = _cut(Unit(context).linked(ref), at, known_at)
    tz = context.book().profile_at(when).tz
    return tuple(explain(history, shown.rules[name], when, tz=tz) for name in wanted if name in shown.rules)


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
