"""Strategies for Hypothesis: events of every type, and histories as a desk could have recorded them.

Instants are a day, a minute, and a microsecond more or less, often on a border and often equal: uniform microseconds
hide false laws. Histories hold late events and corrections, and everything that they record was allowed when it was
recorded.
"""

import datetime as dt
import functools
import itertools
import types
import typing
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

import attrs
from hypothesis import strategies as st

from credcore.errors import InvalidInput
from credcore.events import EVENT_TYPES, PARTIES, Corrected, Event, StageChanged, Stamp, Told, Withdrawn
from credcore.files import CredentialingFile, open_file
from credcore.history import SILENT, History, Ref
from credcore.identifiers import looks_like_ssn
from credcore.meetings import Meeting, schedule_meeting
from credcore.providers import ProviderRecord, register_provider
from credcore.stages import Pipeline, Stage

__all__ = [
    "WORDS",
    "events",
    "events_of",
    "histories",
    "instants",
    "meeting_histories",
    "provider_histories",
]

FIRST_DAY = dt.datetime(2025, 10, 27, tzinfo=dt.UTC)
"""The first of the days from which instants are drawn; the clocks of America change in the week that follows."""
_BORDERS = (0, 1, 8 * 60 + 30, 12 * 60, 13 * 60, 17 * 60, 23 * 60 + 59)

WORDS: Mapping[tuple[str, str], tuple[str, ...]] = {
    ("hold-placed", "waiting_on"): PARTIES,
    ("contact-logged", "party"): PARTIES,
    ("contact-logged", "direction"): ("out", "in"),
    ("promise-made", "party"): PARTIES,
    ("approval-recorded", "outcome"): ("approved", "approved-with-conditions", "denied", "tabled"),
    ("decided", "outcome"): ("approved", "approved-with-conditions", "denied"),
    ("vote-recorded", "outcome"): ("approved", "approved-with-conditions", "denied", "tabled"),
    ("payer-answered", "status"): (
        "received",
        "returned",
        "in-process",
        "development",
        "approved",
        "denied",
        "rejected",
    ),
}
"""The fields, by event type and name, that take certain words only."""


@functools.cache
def instants(days: int = 30) -> st.SearchStrategy[dt.datetime]:
    """Draw instants of UTC within some days from `FIRST_DAY`, often on the borders of days and hours."""
    minutes = st.sampled_from(_BORDERS) | st.integers(0, 24 * 60 - 1)
    return st.builds(
        lambda day, minute, us: FIRST_DAY + dt.timedelta(days=day, minutes=minute, microseconds=us),
        st.integers(0, days),
        minutes,
        st.sampled_from((0, 0, 0, 1, -1)),
    )


def events() -> st.SearchStrategy[Event]:
    """Draw an event of any type with any values that its fields take."""
    return st.one_of([events_of(event_type) for event_type in EVENT_TYPES.values()])


def events_of(event_type: type[Event]) -> st.SearchStrategy[Event]:
    """Draw an event of one type with any values that its fields take."""
    fields = {field.name: _values(event_type, field) for field in attrs.fields(event_type)}
    return st.builds(event_type, **fields)


def _values(event_type: type[Event], field: "attrs.Attribute[Any]") -> st.SearchStrategy[Any]:
    words = WORDS.get((event_type.type, field.name))
    return st.sampled_from(words) if words else _of_type(field.type)


def _of_type(kind: Any) -> st.SearchStrategy[Any]:  # noqa: ANN401 - whatever a field is annotated with
    if isinstance(kind, types.UnionType):
        return st.one_of([_of_type(option) for option in typing.get_args(kind)])
    return _BY_TYPE[kind]


_BY_TYPE: Mapping[Any, st.SearchStrategy[Any]] = {
    types.NoneType: st.none(),
    str: st.text(max_size=20).filter(lambda text: not looks_like_ssn(text)),
    bool: st.booleans(),
    int: st.integers(),
    dt.date: st.dates(),
    dt.datetime: st.datetimes(
        min_value=dt.datetime(1900, 1, 1),  # noqa: DTZ001 - Hypothesis adds the zone
        max_value=dt.datetime(2200, 1, 1),  # noqa: DTZ001 - Hypothesis adds the zone
        timezones=st.sampled_from((dt.UTC, dt.timezone(dt.timedelta(hours=-6)))),
    ),
    tuple[str, ...]: st.lists(st.text(max_size=8), max_size=3).map(tuple),
    Event: st.deferred(lambda: st.one_of([events_of(kind) for kind in EVENT_TYPES.values() if kind is not Corrected])),
}

_Actions = Mapping[str, Callable[[Stamp], tuple[Event, ...]]]


@st.composite
def histories(
    draw: st.DrawFn,
    *,
    kind: str = "initial",
    stages: Sequence[str] = ("intake", "psv", "committee", "closed"),
    parties: Sequence[str] = ("provider", "source", "payer"),
    flags: Sequence[str] = ("malpractice", "gap"),
    elements: Sequence[str] = ("licence", "attestation"),
    days: int = 30,
    max_steps: int = 12,
    linked: bool = True,
) -> History:
    """Draw the history of a file ``f-1`` of a provider ``p-1``.

    Args:
        draw: Hypothesis gives it.
        kind: The file's kind.
        stages: The stages that it may enter, in any order; it opens in the first.
        parties: Whom it may wait for and contact.
        flags: Flags that may stand.
        elements: What may be received and verified.
        days: Within how many days all of it happens.
        max_steps: How often at most something is recorded after the opening.
        linked: Whether histories of the provider and of a meeting ``m-1`` come with it.
    """
    pipeline = Pipeline(
        [
            Stage(stages[0], "", "specialist", "team", next=("the-end",)),
            Stage("the-end", "", "specialist", "team", terminal=True),
        ],
        starts={kind: stages[0]},
    )
    needed_by = draw(st.none() | st.just(FIRST_DAY.date() + dt.timedelta(days=days)))

    def opening(stamp: Stamp) -> tuple[Event, ...]:
        return open_file(kind, "p-1", pipeline, stamp, needed_by=needed_by)

    def actions(history: History) -> _Actions:
        file = CredentialingFile.from_history(history)
        return _file_actions(draw, file, stages=stages, parties=parties, flags=flags, elements=elements)

    history = _recorded(draw, Ref("file", "f-1"), opening, actions, days=days, max_steps=max_steps)
    if not linked:
        return history
    others = (draw(provider_histories(days=days, max_steps=5)), draw(meeting_histories(days=days, max_steps=4)))
    return attrs.evolve(history, linked=others)


@st.composite
def provider_histories(draw: st.DrawFn, *, days: int = 30, max_steps: int = 12) -> History:
    """Draw the history of a provider ``p-1``.

    Args:
        draw: Hypothesis gives it.
        days: Within how many days all of it happens.
        max_steps: How often at most something is recorded after the registration.
    """

    def opening(stamp: Stamp) -> tuple[Event, ...]:
        return register_provider("Ada Ames", stamp, npi="1234567893", state="IL")

    def actions(history: History) -> _Actions:
        return _provider_actions(draw, ProviderRecord.from_history(history))

    return _recorded(draw, Ref("provider", "p-1"), opening, actions, days=days, max_steps=max_steps)


@st.composite
def meeting_histories(draw: st.DrawFn, *, days: int = 30, max_steps: int = 8) -> History:
    """Draw the history of a meeting ``m-1`` of the credentials committee.

    Args:
        draw: Hypothesis gives it.
        days: Within how many days all of it happens.
        max_steps: How often at most something is recorded after it was scheduled.
    """

    def opening(stamp: Stamp) -> tuple[Event, ...]:
        cutoff_at, meets_at = sorted(draw(st.tuples(instants(days), instants(days))))
        return schedule_meeting("credentials", meets_at, cutoff_at, draw(st.integers(1, 3)), stamp)

    def actions(history: History) -> _Actions:
        return _meeting_actions(draw, Meeting.from_history(history), days)

    return _recorded(draw, Ref("meeting", "m-1"), opening, actions, days=days, max_steps=max_steps)


def _recorded(
    draw: st.DrawFn,
    ref: Ref,
    opening: Callable[[Stamp], tuple[Event, ...]],
    actions: Callable[[History], _Actions],
    *,
    days: int,
    max_steps: int,
) -> History:
    ids = itertools.count(1)

    def stamp(at: dt.datetime) -> Stamp:
        return Stamp(at, "ana", lambda: f"{ref.id}-{next(ids)}")

    moments = sorted(draw(st.lists(instants(days), min_size=1 + max_steps // 3, max_size=max_steps + 1)))
    opened_at = moments[0]
    history = History(ref, opening(stamp(opened_at)))
    for index, now in enumerate(moments[1:], 1):
        # Late: at an instant that was a moment of its own, so that instants are often equal.
        at = draw(st.sampled_from((now, now, now, *moments[: index + 1])))
        if draw(st.integers(0, 9)) == 0:
            new = _correction(draw, history, stamp(now), at)
        else:
            new = _action(draw, actions(history), stamp(at))
        history = history.with_events(attrs.evolve(event, recorded_at=now) for event in new)
    return history


def _action(draw: st.DrawFn, actions: _Actions, stamp: Stamp) -> tuple[Event, ...]:
    name = draw(st.sampled_from(sorted(actions)))
    try:
        return actions[name](stamp)
    except InvalidInput:
        return ()  # refused, as it is on a desk; nothing is recorded


def _correction(draw: st.DrawFn, history: History, stamp: Stamp, at: dt.datetime) -> tuple[Event, ...]:
    wrong = [event for event in history.effective[1:] if not isinstance(event, SILENT)]
    if not wrong:
        return ()
    event = draw(st.sampled_from(wrong))
    opened_at = history.effective[0].at
    instead = attrs.evolve(event, id=stamp.new_id(), at=max(at, opened_at)) if draw(st.booleans()) else None
    return (stamp(Corrected, event=event.id, replacement=instead),)


def _file_actions(
    draw: st.DrawFn,
    file: CredentialingFile,
    *,
    stages: Sequence[str],
    parties: Sequence[str],
    flags: Sequence[str],
    elements: Sequence[str],
) -> _Actions:
    def pick(options: Iterable[str]) -> str:
        return draw(st.sampled_from(sorted(options) or ["none"]))

    def day() -> dt.date:
        return FIRST_DAY.date() + dt.timedelta(days=draw(st.integers(0, 40)))

    def enter(stamp: Stamp) -> tuple[Event, ...]:
        if stamp.at < file.stage_entered_at:
            return ()
        return (stamp(StageChanged, stage=pick(stages)),)

    def touch(stamp: Stamp) -> tuple[Event, ...]:
        direction, answered = draw(st.sampled_from((("out", False), ("out", False), ("out", True), ("in", False))))
        return file.contact(pick(parties), "email", stamp, direction=direction, answered=answered)

    def approve(stamp: Stamp) -> tuple[Event, ...]:
        bodies = ("chair", "board")
        outcome = pick(WORDS["approval-recorded", "outcome"])
        meeting = draw(st.sampled_from(("", "m-1")))
        return file.approve(
            file.next_body(bodies) or "board", outcome, stamp.at.date(), bodies, stamp, tz=dt.UTC, meeting=meeting
        )

    def verify(stamp: Stamp) -> tuple[Event, ...]:
        on = stamp.at.date() - dt.timedelta(days=draw(st.integers(0, 200)))
        expires_on = draw(st.none() | st.just(day()))
        return file.verify(
            pick(elements), "board", on, stamp, method="web", result="active", tz=dt.UTC, expires_on=expires_on
        )

    def sit(stamp: Stamp) -> tuple[Event, ...]:
        cutoff_on, meets_on = sorted((day(), day()))
        return file.place_on_agenda(draw(st.sampled_from(("m-1", "m-2"))), meets_on, cutoff_on, stamp)

    def hold(stamp: Stamp) -> tuple[Event, ...]:
        review_on = draw(st.none() | st.just(day()))
        return file.hold(f"h-{stamp.new_id()}", pick(parties), stamp, review_on=review_on)

    return {
        "approve": approve,
        "assign": lambda stamp: file.assign(pick(("ana", "ben")), stamp),
        "clear-flag": lambda stamp: file.clear_flag(pick(file.flags), stamp),
        "contact": touch,
        "enter": enter,
        "enter-again": enter,
        "hold": hold,
        "hold-again": hold,
        "keep": lambda stamp: file.keep_promise(pick(file.promises), stamp),
        "leave-agenda": lambda stamp: file.remove_from_agenda(file.seat.meeting if file.seat else "none", stamp),
        "payer": lambda stamp: file.payer_answered("development", stamp, answer_by=day()),
        "promise": lambda stamp: file.promise(f"pr-{stamp.new_id()}", pick(parties), day(), stamp),
        "raise-flag": lambda stamp: file.raise_flag(pick(flags), stamp),
        "receive": lambda stamp: file.receive(pick(elements), stamp),
        "release": lambda stamp: file.release(pick(file.holds), stamp),
        "release-again": lambda stamp: file.release(pick(file.holds), stamp),
        "review": file.review,
        "seat": sit,
        "snooze": lambda stamp: file.snooze(stamp.at + dt.timedelta(days=1), stamp),
        "submit": lambda stamp: file.submitted("ref-1", stamp),
        "told": lambda stamp: (stamp(Told, rule="sla", episode="e", rung="breached", to="ana"),),
        "unassign": file.unassign,
        "verify": verify,
        "withdrawn": lambda stamp: (stamp(Withdrawn, rule="sla", episode="e", rung="breached"),),
    }


def _provider_actions(draw: st.DrawFn, provider: ProviderRecord) -> _Actions:
    def day() -> dt.date:
        return FIRST_DAY.date() + dt.timedelta(days=draw(st.integers(-30, 60)))

    return {
        "anchor": lambda stamp: provider.anchor_cycle("ncqa", day(), stamp),
        "attest": lambda stamp: provider.attest(day(), stamp),
        "end-leave": provider.end_leave,
        "merge": lambda stamp: provider.merge_into("p-2", stamp),
        "monitor": lambda stamp: provider.monitor("oig-leie", day(), stamp),
        "record": lambda stamp: provider.record_credential("c-1", "licence", stamp, state="IL", expires_on=day()),
        "reinstate": provider.reinstate,
        "renew": lambda stamp: provider.renew("c-1", stamp, expires_on=day()),
        "start-leave": provider.start_leave,
        "terminate": provider.terminate,
        "unmerge": provider.unmerge,
    }


def _meeting_actions(draw: st.DrawFn, meeting: Meeting, days: int) -> _Actions:
    def move(stamp: Stamp) -> tuple[Event, ...]:
        cutoff_at, meets_at = sorted(draw(st.tuples(instants(days), instants(days))))
        return meeting.move(meets_at, cutoff_at, stamp)

    def file() -> str:
        return draw(st.sampled_from(("f-1", "f-2")))

    return {
        "cancel": meeting.cancel,
        "hold": lambda stamp: meeting.hold_meeting(("chair", "dr-a"), stamp),
        "move": move,
        "move-again": move,
        "place": lambda stamp: meeting.place(file(), stamp),
        "remove": lambda stamp: meeting.remove(file(), stamp),
        "vote": lambda stamp: meeting.vote(file(), "approved", stamp, in_favour=3),
    }
