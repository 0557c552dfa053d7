"""Whose turn it was, to the microsecond; and what would be if a party's time had not passed."""

import datetime as dt
import itertools
from collections.abc import Sequence
from zoneinfo import ZoneInfo

import attrs
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from credcore.calendars import WorkCalendar
from credcore.errors import InvalidInput
from credcore.events import (
    PARTIES,
    Event,
    FileOpened,
    FlagCleared,
    FlagRaised,
    HoldPlaced,
    HoldReleased,
    ProviderRegistered,
    StageChanged,
)
from credcore.history import History, Ref, State
from credcore.instants import from_us, to_us
from credcore.limits import CalendarDays, Months, WorkingDays, WorkingTime, parse_limit
from credcore.rules import (
    NEVER,
    AnyOf,
    ClockExplanation,
    ClockRule,
    Condition,
    DateExplanation,
    DateRule,
    Turns,
    When,
    day_without,
    explain,
    needed_by_without_each,
    states_of,
    turns,
)
from credcore.rules.counterfactual import clock_without, clock_without_each
from credcore.rules.parties import CLOSED
from credcore.stages import Pipeline, Stage
from credcore.testing.histories import histories, instants

CHICAGO = ZoneInfo("America/Chicago")
OFFICE = WorkCalendar.from_mapping(
    {"week": {"mon-fri": ["08:30-12:00", "13:00-17:00"]}, "closures": {"2025-11-11": "Veterans Day"}},
    zone="America/Chicago",
)
NIGHTS = WorkCalendar.from_mapping({"week": {"mon-sun": ["22:00-06:00"]}}, zone="America/Chicago")
ALWAYS_OPEN = WorkCalendar.always("America/Chicago")
often = settings(max_examples=3 * settings.default.max_examples)


def pipeline(**turn: str) -> Pipeline:
    """Return the stages of the histories below: each is the team's turn, unless told; the last is the end."""
    codes = ("intake", "psv", "committee", "closed")
    return Pipeline(
        [
            Stage(
                code,
                "",
                "specialist",
                turn.get(code, "team"),
                next=[one for one in codes if one != code] if code != "closed" else [],
                terminal=code == "closed",
            )
            for code in codes
        ],
        starts={"initial": "intake"},
    )


USUAL = pipeline(committee="committee")


# --- Examples

MONDAY = dt.datetime(2026, 3, 2, 9, tzinfo=CHICAGO)
OPENED = FileOpened(id="e-0", at=MONDAY, kind="initial", provider="p-1", stage="intake")


def day(n: int, hour: int = 9) -> dt.datetime:
    """Return an instant some days after Monday, 2 March 2026; the clocks change on the 8th."""
    return (MONDAY + dt.timedelta(days=n)).replace(hour=hour)


def held(hold: str, party: str, since: dt.datetime, until: dt.datetime | None = None) -> list[Event]:
    """Return a hold, and its release if it has one."""
    placed = HoldPlaced(id=f"{hold}-placed", at=since, hold=hold, waiting_on=party)
    return [placed] if until is None else [placed, HoldReleased(id=f"{hold}-released", at=until, hold=hold)]


def moved(stage: str, at: dt.datetime) -> StageChanged:
    """Return a change of stage."""
    return StageChanged(id=f"to-{stage}", at=at, stage=stage)


def file(*events: Event, opened: FileOpened = OPENED) -> History:
    """Return a file's history."""
    return History(Ref("file", "f-1"), (opened, *events))


def laid(history: History, at: dt.datetime, **fields: object) -> Turns:
    """Return whose turn it was, by the usual pipeline and office hours."""
    given = {"pipelines": [(None, USUAL)], "calendar": OFFICE, "tz": CHICAGO, **fields}
    return turns(history, at=at, **given)


def told(found: Turns) -> list[tuple[str, int]]:
    """Return the days of each party."""
    return [(one.party, one.days) for one in found.by_party]


def test_a_files_life_is_split_by_turn() -> None:
    """Ours until the payer is asked, the payer's until it answers, ours again, then the committee's by its stage."""
    history = file(*held("h", "payer", day(1), day(4)), moved("committee", day(7)))
    found = laid(history, day(10))
    assert [(span.turn, span.stage, span.parties, span.days) for span in found.spans] == [
        ("team", "intake", (), 1),
        ("payer", "intake", ("payer",), 3),
        ("team", "intake", (), 3),
        ("committee", "committee", (), 3),
    ]
    assert told(found) == [("payer", 3), ("committee", 3), ("team", 4)]
    assert [one.working / dt.timedelta(hours=1) for one in found.by_party] == [22.5, 22.5, 15]
    assert (found.is_closed, found.until) == (False, day(10))
    assert [span.event for span in found.spans] == ["e-0", "h-placed", "h-released", "to-committee"]


def test_of_several_that_are_waited_for_the_first_in_the_order_has_the_turn() -> None:
    """The provider goes before the payer, unless another order is given; what both were waited for is called shared."""
    history = file(*held("h", "payer", day(1), day(5)), *held("g", "provider", day(2), day(4)))
    found = laid(history, day(5))
    assert told(found) == [("provider", 2), ("payer", 2), ("team", 1)]
    assert [one.shared for one in found.by_party] == [dt.timedelta(days=2), dt.timedelta(), dt.timedelta()]
    assert told(laid(history, day(5), order=("payer", "provider"))) == [("payer", 4), ("team", 1)]


def test_a_hold_for_ourselves_comes_last() -> None:
    """What waits for the team and for somebody outside is not the team's alone to end."""
    history = file(*held("h", "team", day(1)), *held("g", "source", day(2)))
    assert told(laid(history, day(3))) == [("source", 1), ("team", 2)]


def test_a_life_ends_when_the_file_is_closed() -> None:
    """What comes after is nobody's."""
    found = laid(file(moved("closed", day(3))), day(30))
    assert (found.is_closed, found.until, told(found)) == (True, day(3), [("team", 3)])
    assert found.length == dt.timedelta(days=3)


def test_a_file_that_was_opened_again_lay_closed_in_between() -> None:
    """The time adds up still; it was nobody's turn."""
    found = laid(file(moved("closed", day(1)), moved("psv", day(3))), day(4))
    assert told(found) == [("team", 2), (CLOSED, 2)]
    assert not found.is_closed


def test_a_file_that_was_opened_where_files_end_has_no_life() -> None:
    """Taken in as closed, it has no day that could be anybody's."""
    found = laid(file(opened=attrs.evolve(OPENED, stage="closed")), day(9))
    assert (found.spans, found.length, found.is_closed) == ((), dt.timedelta(), True)


def test_each_stretch_is_judged_by_the_edition_then_in_force() -> None:
    """An edition that gives a stage to another party changes nothing before it."""
    editions = [(None, USUAL), (day(2), pipeline(intake="client"))]
    assert told(laid(file(), day(5), pipelines=editions)) == [("client", 3), ("team", 2)]


def test_a_stage_that_is_gone_is_judged_by_the_last_edition_that_knew_it() -> None:
    """One that no edition ever knew is the team's."""
    short = Pipeline(
        [Stage("psv", "", "lead", "team", next=["end"]), Stage("end", "", "lead", "team", terminal=True)],
        starts={"initial": "psv"},
    )
    history = file(moved("committee", day(1)), moved("lost", day(4)))
    assert told(laid(history, day(6), pipelines=[(None, USUAL), (day(2), short)])) == [("committee", 3), ("team", 3)]


def test_only_files_that_were_open_have_turns() -> None:
    """Another record, an instant before the opening, and no pipeline at all are refused."""
    provider = History(Ref("provider", "p-1"), (ProviderRegistered(id="e-1", at=MONDAY, name="Ada"),))
    with pytest.raises(InvalidInput, match="provider/p-1 is no file"):
        laid(provider, day(1))
    with pytest.raises(InvalidInput, match="had not been opened by 2026-03-01T15:00:00Z"):
        laid(file(), day(-1))
    with pytest.raises(InvalidInput, match="there is none; give at least one"):
        laid(file(), day(1), pipelines=[])


def sla(limit: str, **fields: object) -> ClockRule:
    """Return a clock of intake that nothing pauses, unless told."""
    return ClockRule(
        **{"id": "sla", "on": When(stage="intake"), "calendar": OFFICE, "limit": parse_limit(limit), **fields}
    )


def late(rule: ClockRule, history: History, at: dt.datetime) -> ClockExplanation:
    """Return the explanation of a clock with the turns of its file."""
    explained = explain(history, rule, at, tz=CHICAGO, turns=laid(history, at))
    assert isinstance(explained, ClockExplanation)
    return explained


def test_without_the_payers_21_days_it_is_on_time() -> None:
    """Thirty days after the opening a limit of ten is over; of these days 21 were the payer's."""
    (found,) = late(sla("10 days"), file(*held("h", "payer", day(3), day(24))), day(30)).without
    assert (found.parties, found.days, found.amount) == (("payer",), 21, 21)
    assert (found.on_time, found.due) == (True, day(32, 0))
    assert found.length == dt.timedelta(days=21) - dt.timedelta(hours=1)  # the clocks went forward


def test_it_can_be_late_all_the_same() -> None:
    """Where we were too slow before, no party is the reason; and who comes after the deadline is none either."""
    (found,) = late(sla("3 days"), file(*held("h", "payer", day(9), day(24))), day(30)).without
    assert (found.on_time, found.due) == (False, day(4, 0))


def test_what_another_was_waited_for_too_stays_in() -> None:
    """Without the provider the file would have waited for the payer; without both it is on time."""
    history = file(*held("h", "provider", day(1), day(9)), *held("g", "payer", day(5), day(12)))
    provider, payer, both = late(sla("4 days"), history, day(13)).without
    assert [(one.parties, one.days, one.on_time) for one in (provider, payer, both)] == [
        (("provider",), 4, False),
        (("payer",), 3, False),
        (("provider", "payer"), 11, True),
    ]
    hour = dt.timedelta(hours=1)
    assert (provider.shared, payer.shared, both.shared) == (dt.timedelta(days=4) - hour, dt.timedelta(), dt.timedelta())


def test_what_the_clock_did_not_count_is_not_taken_out_again() -> None:
    """A party whose turn paused the clock is no reason for its being late."""
    history = file(*held("h", "provider", day(1), day(4)))
    assert late(sla("2 days", paused=When(waiting_on="provider")), history, day(9)).without == ()


@pytest.mark.parametrize("family", ["stall", "cadence", "closure", "look-again"])
def test_that_we_let_somebody_be_waited_for_is_nobody_elses_fault(family: str) -> None:
    """A clock that makes us ask, or look again, meanwhile is late by our doing."""
    history = file(*held("h", "payer", day(1), day(9)))
    assert late(sla("2 days", family=family), history, day(12)).without == ()
    assert late(sla("2 days", family="turnaround"), history, day(12)).without


def test_a_clock_that_is_on_time_needs_no_excuse() -> None:
    """Nor is there one without turns."""
    history = file(*held("h", "payer", day(1), day(4)))
    assert late(sla("30 days"), history, day(5)).without == ()
    explained = explain(history, sla("1 day"), day(5))
    assert isinstance(explained, ClockExplanation)
    assert explained.without == ()
    assert {segment.turn for segment in explained.segments} == {""}


def test_months_are_counted_as_the_days_that_they_are() -> None:
    """From 2 March a month has 31 days; three of them were the payer's. No month at all leaves nothing to take out."""
    history = file(*held("h", "payer", day(3), day(6)))
    (found,) = late(sla("1 month"), history, day(32)).without
    assert (found.days, found.due, found.on_time) == (3, dt.datetime(2026, 4, 6, tzinfo=CHICAGO), True)
    (found,) = late(sla("0 months"), file(*held("h", "payer", day(0, 10), day(6))), day(7)).without
    assert (found.due, found.on_time) == (day(1, 0), False)


NEEDED = attrs.evolve(OPENED, needed_by=day(9).date())


def test_the_day_by_which_a_file_is_needed_moves_by_the_days_of_a_party() -> None:
    """Needed on the ninth day, it is late on the twelfth; four of the days were the payer's."""
    history = file(*held("h", "payer", day(2), day(6)), opened=NEEDED)
    found = laid(history, day(12))
    (one,) = needed_by_without_each(found, OFFICE)
    assert (one.parties, one.days, one.due, one.on_time) == (("payer",), 4, day(14, 0), True)
    assert needed_by_without_each(laid(history, day(9, 23)), OFFICE) == ()
    assert needed_by_without_each(laid(file(), day(12)), OFFICE) == ()
    rule = DateRule(id="needed-by", about="needed-by", calendar=OFFICE)
    for at, without in ((day(12), (one,)), (day(9), ())):
        explained = explain(history, rule, at, turns=laid(history, at))
        assert isinstance(explained, DateExplanation)
        assert [each.without for each in explained.days] == [without]


def test_a_file_that_was_closed_late_is_judged_by_the_day_on_which_it_was_closed() -> None:
    """What passed since does not count."""
    history = file(*held("h", "payer", day(2), day(6)), moved("closed", day(12)), opened=NEEDED)
    (one,) = needed_by_without_each(laid(history, day(90)), OFFICE)
    assert one.on_time


def test_a_day_before_the_opening_could_not_be_met() -> None:
    """No time could pass before it was due, so none can be taken out."""
    sunday = day(-1).date()
    history = file(*held("h", "payer", day(2), day(6)), opened=attrs.evolve(OPENED, needed_by=sunday))
    found = laid(history, day(9))
    assert day_without(found, sunday, ["payer"], OFFICE) is None
    assert needed_by_without_each(found, OFFICE) == ()


# --- Laws

STAGES = ("intake", "psv", "committee", "closed")
PLACES = (OFFICE, NIGHTS, ALWAYS_OPEN)
pipelines = st.builds(
    lambda one, other, since: [(None, one), (since, other)],
    *(st.sampled_from([USUAL, pipeline(intake="provider", psv="payer"), pipeline(psv="source")]) for _ in range(2)),
    instants(40),
)


@st.composite
def waiting(draw: st.DrawFn) -> History:
    """Draw a history in which holds of several parties come and go, often at once, on top of all else."""
    history = draw(histories(stages=STAGES, parties=("provider", "source", "payer", "team"), flags=("gap",)))
    opened = history.effective[0].at
    more: list[Event] = []
    for number in range(draw(st.integers(0, 6))):
        since, until = (max(end, opened) for end in sorted(draw(st.tuples(instants(30), instants(30)))))
        party = draw(st.sampled_from(["provider", "payer", "payer", "source", "cvo", "team"]))
        more += held(f"x-{number}", party, since, until)
    return history.with_events(more)


@st.composite
def clocks(
    draw: st.DrawFn, paused: Sequence[Condition] = (NEVER, When(waiting_on="provider"), When(held=True))
) -> ClockRule:
    """Draw a clock of each of the four limits, on each calendar; limits are small, so that they are often breached."""
    limit = draw(
        st.builds(WorkingDays, st.integers(0, 8))
        | st.builds(CalendarDays, st.integers(0, 12))
        | st.builds(lambda hours: WorkingTime(dt.timedelta(hours=hours)), st.integers(0, 40))
        | st.builds(Months, st.integers(0, 1), st.sampled_from(["day", "month"]))
    )
    return ClockRule(
        id="clock",
        on=draw(st.sampled_from([When(), When(stage=STAGES[:3]), When(stage="psv")])),
        limit=limit,
        calendar=draw(st.sampled_from(PLACES)),
        paused=NEVER if isinstance(limit, Months) else draw(st.sampled_from(paused)),
        anchor=draw(st.sampled_from(["start", "opening", "stage"])),
    )


def whose(history: History, found: Turns, editions: Sequence[tuple[dt.datetime | None, Pipeline]], us: int) -> str:
    """Return whose turn it was at an instant, looked up from the definition."""
    state: State = [one for one in states_of(history, CHICAGO) if one.at_us <= us][-1]
    stage = [one for since, one in editions if since is None or to_us(since) <= us][-1].stage(state.facet.stage)
    if stage.terminal:
        return CLOSED
    return next((party for party in found.order if party in state.facet.parties), stage.turn)


@often
@given(waiting(), pipelines, st.sampled_from(PLACES), instants(60), st.permutations(PARTIES))
def test_turns_add_up_to_the_files_life(
    history: History,
    editions: list[tuple[dt.datetime | None, Pipeline]],
    calendar: WorkCalendar,
    at: dt.datetime,
    order: list[str],
) -> None:
    """Contiguous from opening to end; lengths, days and working time add up exactly; each turn is as defined."""
    opened_at = history.effective[0].at
    at = max(at, opened_at)
    found = turns(history, editions, calendar, at, order=order, tz=CHICAGO)
    edges = [found.opened_at, *(span.until for span in found.spans)]
    assert [span.since for span in found.spans] == edges[:-1]
    assert (edges[0], edges[-1]) == (opened_at, found.until)
    assert found.until == at or (found.is_closed and found.until < at)
    assert sum((one.length for one in found.by_party), dt.timedelta()) == found.until - opened_at
    assert sum((one.working for one in found.by_party), dt.timedelta()) == calendar.between(opened_at, found.until)
    opened_on, ended_on = (calendar.civil_day_us(to_us(one)) for one in (opened_at, found.until))
    assert sum(one.days for one in found.by_party) == ended_on - opened_on
    for span in found.spans:
        last = to_us(span.until) - 1
        assert {whose(history, found, editions, us) for us in (to_us(span.since), last)} == {span.turn}
    for one, other in itertools.pairwise(found.spans):
        assert (one.turn, one.stage, one.parties) != (other.turn, other.stage, other.parties)
    if found.is_closed:
        assert whose(history.as_of(at), found, editions, to_us(at)) == CLOSED


@often
@given(waiting(), pipelines, clocks(), instants(60))
def test_segments_with_turns_add_up(
    history: History, editions: list[tuple[dt.datetime | None, Pipeline]], rule: ClockRule, at: dt.datetime
) -> None:
    """Whatever the limit: contiguous, lengths add up to the time, amounts to what was used, each with its one turn."""
    at = max(at, history.effective[0].at)
    found = turns(history, editions, OFFICE, at, tz=CHICAGO)
    explained = explain(history, rule, at, tz=CHICAGO, turns=found)
    if not isinstance(explained, ClockExplanation):
        return
    segments = explained.segments
    edges = [explained.anchor, *(segment.until for segment in segments)]
    assert [segment.since for segment in segments] == edges[:-1]
    assert edges[-1] == at
    assert sum((segment.length for segment in segments), dt.timedelta()) == at - explained.anchor
    assert sum(segment.amount for segment in segments) == explained.used
    for segment in segments:
        covers = [span.turn for span in found.spans if span.since < segment.until and segment.since < span.until]
        assert covers == ([segment.turn] if segment.turn else [])
    bare = explain(history, rule, at, tz=CHICAGO)
    assert isinstance(bare, ClockExplanation)
    assert (bare.used, bare.finding) == (explained.used, explained.finding)


def without(
    history: History, rule: ClockRule, at: dt.datetime, parties: Sequence[str]
) -> tuple[dt.datetime, dt.datetime]:
    """Return when a clock that is on is due, or would be if resumed now; and without some parties' time."""
    found = laid(history, at)
    states = states_of(history.as_of(at), CHICAGO)
    stint = rule.stint(states)
    explained = explain(history, rule, at, tz=CHICAGO)
    assert stint is not None
    assert isinstance(explained, ClockExplanation)
    due = explained.deadline or explained.resumed_due
    assert due is not None
    one = clock_without(rule, stint, found, parties, at)
    assert one.on_time == (at < one.due)
    return due, one.due


def is_on(rule: ClockRule, history: History, at: dt.datetime) -> bool:
    """Return whether a clock is on after what had happened by an instant."""
    return rule.stint(states_of(history.as_of(at), CHICAGO)) is not None


SETS = st.lists(st.sampled_from(PARTIES), unique=True)


@often
@given(waiting(), clocks(), instants(60), SETS, SETS)
def test_taking_out_more_moves_a_deadline_to_later_only(
    history: History, rule: ClockRule, at: dt.datetime, some: list[str], more: list[str]
) -> None:
    """Taking out nothing, or whoever never had a turn, changes nothing; more parties never give an earlier deadline."""
    at = max(at, history.effective[0].at)
    if not is_on(rule, history, at):
        return
    due, unchanged = without(history, rule, at, [])
    assert unchanged == due
    met = {span.turn for span in laid(history, at).spans}
    assert without(history, rule, at, [party for party in PARTIES if party not in met])[1] == due
    fewer = without(history, rule, at, some)[1]
    assert due <= fewer <= without(history, rule, at, [*some, *more])[1]


@often
@given(waiting(), clocks(), instants(60), SETS)
def test_it_is_as_if_the_partys_time_had_paused_the_clock(
    history: History, rule: ClockRule, at: dt.datetime, parties: list[str]
) -> None:
    """The same deadline as that of a clock paused by a flag that stands just while it was their turn alone."""
    at = max(at, history.effective[0].at)
    if isinstance(rule.limit, Months) or not is_on(rule, history, at):
        return
    alone = [span for span in laid(history, at).spans if span.turn in parties and {*span.parties} <= {*parties}]
    flags: list[Event] = []
    for number, span in enumerate(alone):
        flags.append(FlagRaised(id=f"z-{number}", at=span.since, flag="not-counted"))
        flags.append(FlagCleared(id=f"y-{number}", at=span.until, flag="not-counted"))
    pausing = attrs.evolve(rule, paused=AnyOf([rule.paused, When(flags="not-counted")]))
    expected, _ = without(history.with_events(flags), pausing, at, [])
    assert without(history, rule, at, parties)[1] == expected


@often
@given(waiting(), st.integers(-3, 25), instants(60), SETS)
def test_a_day_moves_by_as_many_days_as_were_taken_out(
    history: History, days: int, at: dt.datetime, parties: list[str]
) -> None:
    """Each midnight that was theirs alone, up to the day itself as it moves, moves it by one; none moves it at all."""
    at = max(at, history.effective[0].at)
    found = laid(history, at)
    opened_on = found.opened_at.astimezone(CHICAGO).date()
    due_on = opened_on + dt.timedelta(days=days)
    one = day_without(found, due_on, parties, OFFICE)
    if one is None:
        assert days < 0
        return
    left, on = days + 1, opened_on - dt.timedelta(days=1)
    while left:
        on += dt.timedelta(days=1)
        ends = OFFICE.midnight_us(on.toordinal() + 1)
        span = next((span for span in found.spans if to_us(span.since) < ends <= to_us(span.until)), None)
        left -= span is None or span.turn not in parties or not {*span.parties} <= {*parties}
    assert one.due == from_us(OFFICE.midnight_us(on.toordinal() + 1))
    assert one.on_time == (found.until < one.due)


@often
@given(waiting(), clocks(), instants(60))
def test_each_party_outside_that_had_a_turn_is_told_and_no_other(
    history: History, rule: ClockRule, at: dt.datetime
) -> None:
    """Never the team itself; what is taken out and what is shared are together its turns while the clock counted."""
    at = max(at, history.effective[0].at)
    states = states_of(history.as_of(at), CHICAGO)
    stint = rule.stint(states)
    if stint is None:
        return
    found = laid(history, at)
    each = clock_without_each(rule, stint, found, at)
    ran = [(since, to_us(at) if until is None else until) for since, until in stint.runs]
    theirs: dict[str, int] = {}
    for span, (since, until) in itertools.product(found.spans, ran):
        common = min(until, to_us(span.until)) - max(since, to_us(span.since))
        if common > 0:
            theirs[span.turn] = theirs.get(span.turn, 0) + common
    outside = {party: us for party, us in theirs.items() if party not in ("team", CLOSED)}
    single = [one for one in each if len(one.parties) == 1]
    assert {one.parties[0]: (one.length + one.shared) // dt.timedelta(microseconds=1) for one in single} == outside
