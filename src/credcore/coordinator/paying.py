"""Work with payers: submit the enrolments that are ready, take in what came back."""

import datetime as dt
import logging
from collections.abc import Sequence

import attrs

from credcore.coordinator.actor import Actor
from credcore.coordinator.casework import follow, submission_key
from credcore.coordinator.context import Context
from credcore.coordinator.unit import Unit, decide
from credcore.errors import CredcoreError, Duplicate, InvalidInput
from credcore.events import SubmittedToPayer
from credcore.history import Ref
from credcore.instants import format_instant, to_us
from credcore.ports import PayerAnswer, PayerGateway, PayerRequest, RejectedRow, View

__all__ = ["Polled", "poll_payers"]

_log = logging.getLogger(__name__)
_TO_SUBMIT = ("", "returned", "rejected")
"""The payer's last word, if the application has to be submitted, or submitted anew."""
_GATEWAY = Actor("payer-gateway", frozenset({"gateway", "system", "specialist"}))


@attrs.frozen(kw_only=True)
class Polled:
    """What passed between the desk and its payers.

    Attributes:
        submitted: Files whose application went out.
        answered: File and status of each answer taken in.
        rejected: Answers that could not be taken in, with place and reason.
    """

    submitted: tuple[str, ...] = ()
    answered: tuple[tuple[str, str], ...] = ()
    rejected: tuple[RejectedRow, ...] = ()


def poll_payers(context: Context) -> Polled:
    """Submit what is ready and take in what came back, each once; answers that make no sense are reported."""
    gateway = context.gateway
    if gateway is None:
        return Polled()
    submitted: list[str] = []
    refused: list[RejectedRow] = []
    for file_id in _ready(context):
        try:
            submitted.append(_submit(context, gateway, file_id))
        except Exception as error:  # noqa: BLE001 - whatever a gateway raises; the other files go on
            more = {"desk": context.store.desk, "ref": f"file/{file_id}", "error": type(error).__name__}
            _log.warning("not submitted", extra=more)
            refused.append(RejectedRow(place=file_id, reason=_words(error)))
    answers, rejected = _polled(context, gateway)
    refused += rejected
    answered: list[tuple[str, str]] = []
    for answer in answers:
        if context.store.find(_answer_key(answer)) is not None:
            continue  # taken in before
        try:
            file_id = _take_in(context, answer)
        except Duplicate:
            continue  # taken in by somebody else just now
        except Exception as error:
            if isinstance(error, CredcoreError) and error.retryable:
                raise
            refused.append(RejectedRow(place=answer.place or answer.key, reason=_words(error)))
        else:
            answered.append((file_id, answer.status))
    counts = {"submitted": len(submitted), "answered": len(answered), "rejected": len(refused)}
    _log.info("payers polled", extra={"desk": context.store.desk, **counts})
    return Polled(submitted=tuple(submitted), answered=tuple(answered), rejected=tuple(refused))


def _polled(context: Context, gateway: PayerGateway) -> tuple[Sequence[PayerAnswer], Sequence[RejectedRow]]:
    try:
        return gateway.poll()
    except Exception as error:  # noqa: BLE001 - whatever a gateway raises; the day goes on
        _log.warning("payers not polled", extra={"desk": context.store.desk, "error": type(error).__name__})
        return (), (RejectedRow(place="payers", reason=_words(error)),)


def _words(error: Exception) -> str:
    return str(error) if isinstance(error, CredcoreError) else f"{type(error).__name__}: {error}".rstrip(": ")


def _answer_key(answer: PayerAnswer) -> str:
    return f"payer-answer:{answer.key}"


def _ready(context: Context) -> list[str]:
    """Return the enrolments that stand at their start and are not with their payer."""
    profile = context.book().profile_at(context.now())
    starts = {profile.pipeline.start(kind.code).code for kind in profile.kinds.values() if kind.payer_work}
    unit = Unit(context)
    views = (View(at=to_us(unit.now), stage=stage, snoozed=True) for stage in sorted(starts))
    files = (unit.file(row.ref.id) for view in views for row in context.rows(view))
    return [file.id for file in files if file.payer and file.payer_status in _TO_SUBMIT and not file.holds]


def _submit(context: Context, gateway: PayerGateway, file_id: str) -> str:
    unit = Unit(context)
    file = unit.file(file_id)
    provider = unit.provider(file.provider)
    # Outside the commit: a gateway takes the same application twice without harm, a desk that waits for it does not.
    reference = gateway.submit(
        PayerRequest(
            file=file_id,
            payer=file.payer,
            provider=file.provider,
            npi=provider.npi,
            submitted_on=unit.now.astimezone(unit.profile.tz).date(),
            attempt=1 + _submissions(unit, file_id),
        )
    )

    def work(unit: Unit) -> str:
        ref = Ref("file", file_id)
        before = unit.file(file_id)
        if before.payer_status not in _TO_SUBMIT:
            return file_id
        stamp = unit.stamp(actor=_GATEWAY)
        unit.append(ref, before.submitted(reference, stamp), actor=_GATEWAY, key=submission_key(reference))
        _move(unit, file_id, unit.profile.kinds[before.kind].submitted)
        return file_id

    return decide(context, work)


def _submissions(unit: Unit, file_id: str) -> int:
    events = unit.history(Ref("file", file_id)).events  # those taken out as well: their references are used
    return sum(isinstance(event, SubmittedToPayer) for event in events)


def _take_in(context: Context, answer: PayerAnswer) -> str:
    found = context.store.find(submission_key(answer.reference))
    if found is None:
        raise InvalidInput(f"{answer.reference!r} is no application of this desk", field="reference")
    ref = found[0]

    def work(unit: Unit) -> str:
        file = unit.file(ref.id)
        if answer.at > unit.now:
            raise InvalidInput(f"{format_instant(answer.at)} lies in the future", field="at")
        stamp = unit.stamp(at=max(answer.at, _submitted_at(unit, ref)), actor=_GATEWAY)
        events = file.payer_answered(
            answer.status,
            stamp,
            reference=answer.reference,
            missing=answer.missing,
            answer_by=answer.answer_by,
            effective_on=answer.effective_on,
        )
        unit.append(ref, events, actor=_GATEWAY, key=_answer_key(answer))
        stage = unit.profile.payers[file.payer].stage_for(answer.status)
        if stage is not None:
            _move(unit, ref.id, stage, at=stamp.at)
        return ref.id

    return decide(context, work)


def _submitted_at(unit: Unit, ref: Ref) -> dt.datetime:
    return max(
        (event.at for event in unit.history(ref).effective if event.type == "submitted-to-payer"), default=unit.now
    )


def _move(unit: Unit, file_id: str, to: str, at: dt.datetime | None = None) -> None:
    """Move the file where the payer's word puts it, if it is not there already and the pipeline allows it."""
    before = unit.file(file_id)
    allowed = {move.stage for move in before.next_moves(unit.profile.pipeline) if not move.unmet}
    if to not in allowed:
        return
    when = before.stage_entered_at if at is None or at < before.stage_entered_at else at
    stamp = unit.stamp(at=None if at is None else when, actor=_GATEWAY)
    unit.append(Ref("file", file_id), before.advance(to, unit.profile.pipeline, stamp), actor=_GATEWAY)
    follow(unit, before)
