"""Sweep what has come due: record what stands and was not told, withdraw what stands no longer, plan the notices.

A sweep reads only records whose next change has come. It tells the difference between what stands and what was told,
so whatever crashed before, each finding that still stands is told once.
"""

import datetime as dt
import logging

import attrs

from credcore.coordinator.actor import SYSTEM
from credcore.coordinator.context import Context
from credcore.coordinator.lines import owner_of, title_of
from credcore.coordinator.unit import Unit, decide
from credcore.events import Event, Told, Withdrawn
from credcore.files import CredentialingFile
from credcore.history import Ref
from credcore.instants import written
from credcore.notices import LAST_RESORTS, Notice, Telling, recipient
from credcore.ports import Claim
from credcore.rules import Finding

__all__ = ["Escalation", "Swept", "sweep"]

_log = logging.getLogger(__name__)
_LEASE = dt.timedelta(minutes=2)
_RETRY = dt.timedelta(minutes=5)


@attrs.frozen(kw_only=True)
class Escalation:
    """A rung that a sweep told.

    Attributes:
        ref: The record.
        title: The record in a few words.
        rule: The rule's id.
        rung: How far it has come.
        level: 1 warned, 2 breached, above that the rungs of the ladder.
        to: The recipient's id.
        deadline: The deadline that was, or will be, missed.
        notice_at: When the notice may leave: in the recipients' delivery hours.
    """

    ref: Ref
    title: str
    rule: str
    rung: str
    level: int
    to: str
    deadline: dt.datetime | None
    notice_at: dt.datetime


@attrs.frozen(kw_only=True)
class Swept:
    """What a sweep did.

    Attributes:
        records: How many records had come due.
        told: The rungs for which a notice leaves, in the order of sweeping.
        withdrawn: How many earlier tellings no longer stand.
        failed: Records that could not be swept and are tried again later.
    """

    records: int = 0
    told: tuple[Escalation, ...] = ()
    withdrawn: int = 0
    failed: tuple[str, ...] = ()

    def __add__(self, later: "Swept") -> "Swept":
        """Return what this sweep and a later one did."""
        return Swept(
            records=self.records + later.records,
            told=self.told + later.told,
            withdrawn=self.withdrawn + later.withdrawn,
            failed=self.failed + later.failed,
        )


def sweep(context: Context, *, limit: int | None = None, batch: int = 200) -> Swept:
    """Sweep what has come due.

    Args:
        context: The desk.
        limit: Records at the most; None for all that are due.
        batch: How many to lease at once.
    """
    records, withdrawn = 0, 0
    told: list[Escalation] = []
    failed: list[str] = []
    while limit is None or records < limit:
        size = batch if limit is None else min(batch, limit - records)
        claims = context.store.claim("due", context.now(), size, _LEASE)
        if not claims:
            break
        records += len(claims)
        for claim in claims:
            try:
                new, gone = _sweep_one(context, claim)
            except Exception as error:  # noqa: BLE001 - one record must not keep the others from being swept
                code = getattr(error, "code", type(error).__name__)
                more = {"desk": context.store.desk, "ref": str(claim.ref), "code": code}
                _log.warning("sweep put off", extra=more)
                context.store.settle(claim, retry_at=context.now() + _RETRY)
                failed.append(str(claim.ref))
            else:
                told.extend(new)
                withdrawn += gone
    counts = {"records": records, "told": len(told), "withdrawn": withdrawn, "failed": len(failed)}
    _log.info("swept", extra={"desk": context.store.desk, **counts})
    return Swept(records=records, told=tuple(told), withdrawn=withdrawn, failed=tuple(failed))


def _sweep_one(context: Context, claim: Claim) -> tuple[list[Escalation], int]:
    def work(unit: Unit) -> tuple[list[Escalation], int]:
        ref = claim.ref
        unit.touch(ref)
        difference = unit.judge(ref).difference
        notices = {(telling.key(ref)): finding for finding, telling in difference.notices}
        stamp = unit.stamp(actor=SYSTEM)
        events: list[tuple[Event, str | None]] = []
        escalations: list[Escalation] = []
        edition = unit.book.edition_at(unit.now).number
        for telling in difference.tell:
            to = _recipient(unit, ref, telling.rung.to)
            key = telling.key(ref)
            told = stamp(
                Told, rule=telling.rule, episode=telling.episode, rung=telling.rung.name, to=to, edition=edition
            )
            events.append((told, key))
            finding = notices.get(key)
            if finding is not None:
                escalations.append(_plan_notice(unit, ref, finding, telling, to))
        events.extend(
            (stamp(Withdrawn, rule=gone.rule, episode=gone.episode, rung=gone.rung.name), None)
            for gone in difference.withdraw
        )
        unit.append_keyed(ref, events, actor=SYSTEM)
        return escalations, len(difference.withdraw)

    return decide(context, work)


def _recipient(unit: Unit, ref: Ref, to: str) -> str:
    record = unit.record(ref)
    owner = owner_of(record, unit.book, unit.now)
    person = "" if owner.startswith("@") else owner
    team = unit.book.desk.team
    if to == "owner" and not person and isinstance(record, CredentialingFile):
        to = unit.profile.pipeline.stage(record.stage).owner
        to = to if to != "specialist" else "lead"  # nobody owns it yet: whoever gives out the work
    asked = {person, *(member.id for role in (to, *LAST_RESORTS) for member in team.with_role(role))} - {""}
    people = {name: unit.peek(name) for name in asked}
    cover = people[person].covered_by(unit.now) if person else None
    if cover is not None:
        people[cover] = unit.peek(cover)
    return recipient(to, person, team, people, unit.now)


def _plan_notice(unit: Unit, ref: Ref, finding: Finding, telling: Telling, to: str) -> Escalation:
    record = unit.record(ref)
    rule = unit.book.rules_at(unit.now).get(finding.rule)
    words = (rule.title if rule is not None else "") or finding.rule
    title = title_of(record)
    deadline = finding.deadline
    due = "" if deadline is None else written(deadline, unit.profile.tz)
    notice = Notice(
        ref=str(ref),
        rule=telling.rule,
        episode=telling.episode,
        rung=telling.rung.name,
        to=to,
        subject=f"{ref.id}: {words}, {telling.rung.name}",
        lines=tuple(line for line in (title, finding.about, f"due {due}" if due else "") if line),
    )
    ready = unit.profile.next_delivery(unit.now)
    unit.notify(ref, telling.key(ref), attrs.asdict(notice), ready)
    return Escalation(
        ref=ref,
        title=title,
        rule=finding.rule,
        rung=telling.rung.name,
        level=finding.level,
        to=to,
        deadline=deadline,
        notice_at=ready,
    )
