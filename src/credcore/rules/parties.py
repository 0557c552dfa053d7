"""Whose turn it was: a file's life, each moment of it laid to one party.

A hold makes it the turn of the party that is waited for; while nobody is held for it is the turn of the stage. Where
several are waited for at once, an order of the parties decides, so that no moment is counted twice and the days of all
parties add up to the life of the file. Our own turn comes last: what waits for somebody outside and for the team is
not the team's alone to end.
"""

import datetime as dt
import itertools
from collections.abc import Iterable, Iterator, Sequence
from typing import Final, TypeAlias

import attrs

from credcore.calendars import WorkCalendar
from credcore.errors import InvalidInput
from credcore.events import PARTIES
from credcore.history import Facet, History, State
from credcore.instants import format_instant, from_us, to_us
from credcore.rules.evaluation import states_of
from credcore.stages import Pipeline, Stage

__all__ = ["CLOSED", "TEAM", "PartyTurn", "Pipelines", "TurnSpan", "Turns", "turns"]

TEAM: Final = "team"
CLOSED: Final = "closed"
"""Nobody's turn: a file lay closed before it was opened again."""

Pipelines: TypeAlias = Sequence[tuple[dt.datetime | None, Pipeline]]
"""The pipeline of each edition with the instant from which it is in force, in order; None reaches back without end."""


@attrs.frozen(kw_only=True)
class TurnSpan:
    """A stretch of a file's life during which it was one party's turn, in one stage.

    Attributes:
        since: Its start.
        until: Its end, exclusive; the next span's start.
        turn: Whose turn it was.
        stage: The stage in which the file was.
        parties: For whom open holds waited, by name; empty where it is the stage that says whose turn it is.
        event: The first event of the instant from which that was so.
        days: The days that ended in it.
        working: The working time in it.
    """

    since: dt.datetime
    until: dt.datetime
    turn: str
    stage: str
    parties: tuple[str, ...]
    event: str
    days: int
    working: dt.timedelta

    @property
    def length(self) -> dt.timedelta:
        """The elapsed time from start to end."""
        return self.until - self.since

    @property
    def is_shared(self) -> bool:
        """Whether another party was waited for too."""
        return any(party != self.turn for party in self.parties)


@attrs.frozen(kw_only=True)
class PartyTurn:
    """How long it was one party's turn, in all.

    Attributes:
        party: Whose.
        length: Elapsed time.
        days: Calendar days, each counted where it ended.
        working: Working time.
        shared: Of the elapsed time, that in which another party was waited for too.
    """

    party: str
    length: dt.timedelta
    days: int
    working: dt.timedelta
    shared: dt.timedelta


def _spans(spans: Iterable[TurnSpan]) -> tuple[TurnSpan, ...]:
    return tuple(spans)


@attrs.frozen(kw_only=True)
class Turns:
    """A file's life, laid to the parties whose turn it was.

    Attributes:
        file: The file's id.
        at: The instant at which it is looked at.
        opened_at: When its life began.
        until: When it ended: the instant, or when the file was closed.
        is_closed: Whether it was closed by then.
        needed_by: The day by which it is needed; None if nobody said one.
        order: The parties, the first that is waited for before the others.
        spans: Contiguous, from the opening to the end.
    """

    file: str
    at: dt.datetime
    opened_at: dt.datetime
    until: dt.datetime
    is_closed: bool
    needed_by: dt.date | None
    order: tuple[str, ...]
    spans: tuple[TurnSpan, ...] = attrs.field(converter=_spans)

    @property
    def length(self) -> dt.timedelta:
        """The life of the file, in elapsed time."""
        return self.until - self.opened_at

    @property
    def by_party(self) -> tuple[PartyTurn, ...]:
        """How long it was each party's turn, in the order of the parties; those whose it never was are left out.

        Lengths, days and working time add up to those of the whole life, exactly.
        """
        met = {span.turn for span in self.spans}
        return tuple(self._of(party) for party in (*self.order, *sorted(met - {*self.order})) if party in met)

    def _of(self, party: str) -> PartyTurn:
        spans = [span for span in self.spans if span.turn == party]
        return PartyTurn(
            party=party,
            length=_sum(span.length for span in spans),
            days=sum(span.days for span in spans),
            working=_sum(span.working for span in spans),
            shared=_sum(span.length for span in spans if span.is_shared),
        )


def _sum(lengths: Iterable[dt.timedelta]) -> dt.timedelta:
    return sum(lengths, dt.timedelta())


def turns(
    history: History,
    pipelines: Pipelines,
    calendar: WorkCalendar,
    at: dt.datetime,
    *,
    order: Sequence[str] = PARTIES,
    tz: dt.tzinfo = dt.UTC,
) -> Turns:
    """Return whose turn it was, from a file's opening to an instant, or to its end if that was earlier.

    Each stretch is judged by the pipeline in force then. A stage that this one does not know is judged by the last
    that does; one that none knows is the team's.

    Args:
        history: The file's; only what had happened by then is read.
        pipelines: The pipeline of each edition, with the instant from which it is in force; the first from None on.
        calendar: In whose hours working time is measured, and in whose zone days end.
        at: An aware instant.
        order: The parties: of several that are waited for at once it is the turn of the first.
        tz: The organisation's zone, in which a meeting falls on a day.

    Raises:
        NaiveInstant: ``at`` has no zone.
        InvalidInput: The record is no file, had not been opened by then, or there is no pipeline.

    Example:
        >>> from credcore.events import FileOpened, HoldPlaced
        >>> from credcore.history import Ref
        >>> pipeline = Pipeline(
        ...     [Stage("psv", "", "lead", "team", next=["done"]), Stage("done", "", "lead", "team", terminal=True)],
        ...     starts={"initial": "psv"},
        ... )
        >>> monday = dt.datetime(2026, 3, 2, 9, tzinfo=dt.UTC)
        >>> held = History(Ref("file", "f-1"), [
        ...     FileOpened(id="e-1", at=monday, kind="initial", provider="p-1", stage="psv"),
        ...     HoldPlaced(id="e-2", at=monday + dt.timedelta(days=1), hold="h-1", waiting_on="payer"),
        ... ])
        >>> found = turns(held, [(None, pipeline)], WorkCalendar.always("UTC"), monday + dt.timedelta(days=22))
        >>> [(one.party, one.days) for one in found.by_party]
        [('payer', 21), ('team', 1)]
    """
    if history.ref.kind != "file":
        raise InvalidInput(f"{history.ref} is no file; only a file has turns", field="ref")
    if not pipelines:
        raise InvalidInput("there is none; give at least one, from None on", field="pipelines")
    states = states_of(history.as_of(at), tz)
    if not states:
        raise InvalidInput(f"{history.ref} had not been opened by {format_instant(at)}", field="at")
    opened_us = states[0].at_us
    pieces = list(_joined(_pieces(states, pipelines, order, to_us(at))))
    is_closed = _is_terminal(states[-1], pipelines, to_us(at))
    while is_closed and pieces and pieces[-1][2] == CLOSED:
        pieces.pop()
    until_us = pieces[-1][1] if pieces else opened_us
    needed = states[-1].facts.get(("needed-by", ""))
    return Turns(
        file=history.ref.id,
        at=at,
        opened_at=from_us(opened_us),
        until=from_us(until_us),
        is_closed=is_closed,
        needed_by=None if needed is None else needed.day,
        order=tuple(order),
        spans=(_span(piece, calendar) for piece in pieces),
    )


_Piece: TypeAlias = tuple[int, int, str, State]


def _span(piece: _Piece, calendar: WorkCalendar) -> TurnSpan:
    since, until, turn, state = piece
    return TurnSpan(
        since=from_us(since),
        until=from_us(until),
        turn=turn,
        stage=state.facet.stage,
        parties=tuple(sorted(state.facet.parties)),
        event=state.marks[0].id,
        days=calendar.civil_day_us(until) - calendar.civil_day_us(since),
        working=dt.timedelta(microseconds=calendar.between_us(since, until)),
    )


def _pieces(states: Sequence[State], pipelines: Pipelines, order: Sequence[str], at_us: int) -> Iterator[_Piece]:
    """Yield how each state stood while each pipeline was in force."""
    borders = [to_us(since) for since, _ in pipelines if since is not None]
    place = {party: number for number, party in enumerate(order)}
    for state, end in zip(states, [*(state.at_us for state in states[1:]), at_us], strict=True):
        cuts = [state.at_us, *sorted(us for us in borders if state.at_us < us < end), end]
        for since, until in itertools.pairwise(cuts):
            if since < until:
                yield since, until, _turn(state.facet, _stage(state, pipelines, since), place), state


def _joined(pieces: Iterable[_Piece]) -> Iterator[_Piece]:
    """Yield pieces, those joined that follow each other and say the same."""

    def alike(piece: _Piece) -> tuple[object, ...]:
        return piece[2], piece[3].facet.stage, piece[3].facet.parties

    for _, group in itertools.groupby(pieces, key=alike):
        several = list(group)
        yield several[0][0], several[-1][1], several[0][2], several[0][3]


def _turn(facet: Facet, stage: Stage | None, place: dict[str, int]) -> str:
    if stage is not None and stage.terminal:
        return CLOSED
    if facet.parties:
        return min(facet.parties, key=lambda party: (place.get(party, len(place)), party))
    return TEAM if stage is None else stage.turn


def _stage(state: State, pipelines: Pipelines, at_us: int) -> Stage | None:
    """Return the stage of a state as the pipeline in force has it, or the last that knows it."""
    in_force = [pipeline for since, pipeline in pipelines if since is None or to_us(since) <= at_us]
    for pipeline in (*in_force[-1:], *(one for _, one in reversed(pipelines))):
        if state.facet.stage in pipeline:
            return pipeline.stage(state.facet.stage)
    return None


def _is_terminal(state: State, pipelines: Pipelines, at_us: int) -> bool:
    stage = _stage(state, pipelines, at_us)
    return stage is not None and stage.terminal
