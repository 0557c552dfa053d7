"""The age of a verification, judged on the day of the decision as it is seen."""

import datetime as dt
import itertools
from collections.abc import Sequence
from zoneinfo import ZoneInfo

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from credcore.calendars import WorkCalendar
from credcore.errors import InvalidInput
from credcore.events import (
    Decided,
    DetailsChanged,
    Event,
    FileOpened,
    MeetingMoved,
    MeetingScheduled,
    PlacedOnAgenda,
    ProviderRegistered,
    RemovedFromAgenda,
    StageChanged,
    Verified,
)
from credcore.history import History, Ref
from credcore.limits import CalendarDays, Months
from credcore.rules import (
    BREACHED,
    RUNNING,
    WARNED,
    DatedLimit,
    DateExplanation,
    DateRule,
    DateStep,
    Finding,
    Unexplained,
    When,
    evaluate,
    explain,
    next_change,
    schedule,
    standing,
    states_of,
)
from credcore.rules.findings import clip
from credcore.testing.histories import histories, instants

CHICAGO = ZoneInfo("America/Chicago")
ALWAYS_OPEN = WorkCalendar.always("America/Chicago")
NCQA_CHANGED = dt.date(2025, 7, 1)
FELL = (DatedLimit(limit=CalendarDays(180)), DatedLimit(since=NCQA_CHANGED, limit=CalendarDays(120)))
TICK = dt.timedelta(microseconds=1)


def at(year: int, month: int, day: int, hour: int = 0) -> dt.datetime:
    """Return an instant in Chicago."""
    return dt.datetime(year, month, day, hour, tzinfo=CHICAGO)


def validity(*steps: int, limits: Sequence[DatedLimit] = FELL, **fields: object) -> DateRule:
    """Return a rule about how old verifications may be."""
    return DateRule(
        **{
            "id": "window",
            "about": "verification",
            "judged": "decision",
            "limits": limits,
            "calendar": ALWAYS_OPEN,
            "steps": [DateStep(days) for days in steps],
            "to": "lead",
            **fields,
        }
    )


def opened(when: dt.datetime) -> FileOpened:
    """Return the opening of a file in PSV."""
    return FileOpened(id="e-0", at=when, kind="initial", provider="p-1", stage="psv")


def file(*events: Event, linked: Sequence[History] = ()) -> History:
    """Return the history of a file that was opened in January 2025."""
    return History(Ref("file", "f-1"), (opened(at(2025, 1, 2)), *events), tuple(linked))


def verified(name: str, when: dt.datetime, on: dt.date | None = None, **fields: object) -> Verified:
    """Return a verification of the licence; on the day of its instant unless told otherwise."""
    words = {"element": "licence", "source": "board", "method": "web", "result": "active"}
    return Verified(**{"id": name, "at": when, "verified_on": on or when.date(), **words, **fields})


def seat(name: str, when: dt.datetime, meets_on: dt.date, meeting: str = "m-1") -> PlacedOnAgenda:
    """Return a seat on an agenda."""
    return PlacedOnAgenda(id=name, at=when, meeting=meeting, meets_on=meets_on, cutoff_on=meets_on)


def level(history: History, rule: DateRule, when: dt.datetime) -> int:
    """Return how grave the one finding is."""
    (finding,) = evaluate(history, [rule], when, tz=CHICAGO).findings
    return finding.level


@pytest.mark.parametrize(
    ("verified_on", "decided_on", "fresh"),
    [
        (dt.date(2025, 11, 10), dt.date(2026, 3, 10), True),  # 120 days
        (dt.date(2025, 11, 10), dt.date(2026, 3, 11), False),
        (dt.date(2025, 3, 1), dt.date(2025, 6, 30), True),  # 121 days, under 180
        (dt.date(2025, 3, 1), dt.date(2025, 7, 1), False),  # 122 days, under 120
    ],
)
def test_the_decision_day_chooses_the_limit(verified_on: dt.date, decided_on: dt.date, fresh: bool) -> None:  # noqa: FBT001
    """Age on the day of the decision, boundary included; before 2025-07-01 by 180 days, from then on by 120."""
    history = file(verified("e-1", at(verified_on.year, verified_on.month, verified_on.day, 9)))
    rule = validity()
    assert (level(history, rule, at(decided_on.year, decided_on.month, decided_on.day, 12)) < BREACHED) is fresh
    planned = history.with_events(
        [seat("e-2", at(verified_on.year, verified_on.month, verified_on.day, 10), decided_on)]
    )
    assert (level(planned, rule, at(verified_on.year, verified_on.month, verified_on.day, 11)) < BREACHED) is fresh


def test_case_35_a_meeting_that_slipped_keeps_nothing_fresh() -> None:
    """Good for the planned meeting; nobody decides there, and it grows too old all the same."""
    history = file(verified("e-1", at(2025, 9, 1, 9)), seat("e-2", at(2025, 9, 2, 9), dt.date(2025, 12, 16)))
    rule = validity()
    assert level(history, rule, at(2025, 12, 16, 12)) == RUNNING
    found = schedule(history, [rule])
    assert [(one.level, one.since) for one in found] == [(RUNNING, at(2025, 9, 1, 9)), (BREACHED, at(2025, 12, 31))]
    moved = History(
        Ref("meeting", "m-1"),
        (
            MeetingScheduled(
                id="m-0",
                at=at(2025, 9, 1),
                committee="c",
                meets_at=at(2025, 12, 16, 7),
                cutoff_at=at(2025, 12, 9),
                seats=9,
            ),
            MeetingMoved(id="m-2", at=at(2025, 12, 10, 8), meets_at=at(2026, 1, 13, 7), cutoff_at=at(2026, 1, 6)),
        ),
    )
    slipped = attrs.evolve(history, linked=(moved,))
    assert level(slipped, rule, at(2025, 12, 10, 7)) == RUNNING
    assert level(slipped, rule, at(2025, 12, 10, 8)) == BREACHED


def test_planning_tells_that_it_will_be_too_old() -> None:
    """At the instant of planning; an earlier meeting, or another verification, ends the breach."""
    rule = validity(-30)
    early = file(verified("e-1", at(2025, 9, 1, 9)))
    late = early.with_events([seat("e-2", at(2025, 9, 10, 9), dt.date(2026, 1, 6))])
    before, after = at(2025, 9, 10, 9) - TICK, at(2025, 9, 10, 9)
    assert (level(late, rule, before), level(late, rule, after)) == (RUNNING, BREACHED)
    (breach,) = evaluate(late, [rule], after).findings
    assert breach.deadline == at(2025, 12, 31)
    sooner = late.with_events(
        [
            RemovedFromAgenda(id="e-3", at=at(2025, 9, 11), meeting="m-1"),
            seat("e-4", at(2025, 9, 11), dt.date(2025, 12, 9), "m-2"),
        ]
    )
    assert level(sooner, rule, at(2025, 9, 11)) == WARNED  # three weeks before it is too old
    again = late.with_events([verified("e-5", at(2025, 10, 1, 9))])
    assert level(again, rule, at(2025, 10, 1, 9)) == WARNED
    assert evaluate(again, [rule], at(2025, 10, 1, 9)).findings[0].episode == "e-5"


def test_a_limit_that_rose_makes_good_what_was_too_old() -> None:
    """Breached until the change, good from it on, and breached again when the longer limit is over."""
    rose = (DatedLimit(limit=CalendarDays(120)), DatedLimit(since=NCQA_CHANGED, limit=CalendarDays(180)))
    found = schedule(file(verified("e-1", at(2025, 2, 1, 9))), [validity(-30, limits=rose)])
    assert [(one.rung, one.since.astimezone(CHICAGO).date().isoformat()) for one in found] == [
        ("running", "2025-02-01"),
        ("30 days before", "2025-05-02"),
        ("breached", "2025-06-02"),
        ("30 days before", "2025-07-01"),
        ("breached", "2025-08-01"),
    ]
    assert [one.deadline for one in found] == [at(2025, 6, 2)] * 3 + [at(2025, 8, 1)] * 2


def test_what_is_warned_of_is_the_change_that_will_make_it_too_old() -> None:
    """Under a limit that falls, the steps count to the last day on which a decision can rest on it."""
    found = schedule(file(verified("e-1", at(2025, 3, 1, 9))), [validity(-30)])
    assert [(one.rung, one.since) for one in found][1:] == [
        ("30 days before", at(2025, 5, 31)),
        ("breached", at(2025, 7, 1)),
    ]


def test_a_change_while_it_is_good_moves_nothing_but_the_end() -> None:
    """Good before and after a limit changed: one stretch, which ends with the limit of that day."""
    for second, ends in ((100, at(2025, 9, 10)), (200, at(2025, 12, 19))):
        limits = (FELL[0], DatedLimit(since=NCQA_CHANGED, limit=CalendarDays(second)))
        found = schedule(file(verified("e-1", at(2025, 6, 1, 9))), [validity(limits=limits)])
        assert [(one.level, one.deadline) for one in found] == [(RUNNING, ends), (BREACHED, ends)]


def test_its_own_expiry_ends_it_too() -> None:
    """A licence that runs out before the limit is over is good for no decision afterwards."""
    history = file(verified("e-1", at(2025, 9, 1, 9), expires_on=dt.date(2025, 10, 31)))
    assert level(history, validity(), at(2025, 10, 31, 23)) == RUNNING
    assert level(history, validity(), at(2025, 11, 1)) == BREACHED


def test_a_decision_ends_the_question() -> None:
    """Once there is a decision, nothing is said, and the explanation says why."""
    history = file(
        verified("e-1", at(2025, 9, 1, 9)),
        Decided(id="e-2", at=at(2025, 12, 1, 9), outcome="approved", body="board", decided_on=dt.date(2025, 12, 1)),
    )
    rule = validity()
    assert evaluate(history, [rule], at(2026, 5, 1)).findings == ()
    assert schedule(history, [rule])[-1].until == at(2025, 12, 1, 9)
    told = explain(history, rule, at(2026, 5, 1))
    assert isinstance(told, Unexplained)
    assert told.reason == "is over: there is a decision"


def test_the_explanation_names_the_decision_day_and_whose_limit_it_is() -> None:
    """The day seen, the limit of that day with its source, the last day on time, and what comes next."""
    limits = (FELL[0], attrs.evolve(FELL[1], source="NCQA CR 3, 2025"))
    history = file(verified("e-1", at(2025, 9, 1, 9)), seat("e-2", at(2025, 9, 2, 9), dt.date(2025, 12, 9)))
    told = explain(history, validity(-30, -10, limits=limits), at(2025, 9, 3))
    assert isinstance(told, DateExplanation)
    (day,) = told.days
    assert (day.seen_on, day.limit, day.source) == (dt.date(2025, 12, 9), "120 days", "NCQA CR 3, 2025")
    assert (day.due_on, day.finding.rung) == (dt.date(2025, 12, 30), "30 days before")
    assert [(step.name, step.at) for step in day.ahead] == [
        ("10 days before", at(2025, 12, 20)),
        ("breached", at(2025, 12, 31)),
    ]


def test_a_limit_by_the_facts_own_day() -> None:
    """A letter is due 60 days after a decision before the change and 30 after one since, whenever it is recorded."""
    limits = (DatedLimit(limit=CalendarDays(60)), DatedLimit(since=NCQA_CHANGED, limit=CalendarDays(30)))
    letter = DateRule(id="letter", about="decision", limits=limits, calendar=ALWAYS_OPEN)
    for decided_on, due in (
        (dt.date(2025, 6, 30), at(2025, 8, 30)),
        (dt.date(2025, 7, 1), at(2025, 8, 1)),
        (dt.date(2026, 1, 31), at(2026, 3, 3)),
    ):
        known = Decided(id="e-1", at=at(2026, 2, 2), outcome="approved", body="board", decided_on=decided_on)
        (finding,) = evaluate(file(known), [letter], at(2026, 2, 3)).findings
        assert finding.deadline == due


def test_a_limit_of_the_providers_state() -> None:
    """One that names the state goes before the others, and moving to another state changes it at that instant."""
    limits = (DatedLimit(limit=CalendarDays(120)), DatedLimit(limit=CalendarDays(180), states="IL"))
    rule = validity(limits=limits, judged="today")
    provider = History(
        Ref("provider", "p-1"),
        (
            ProviderRegistered(id="p-0", at=at(2024, 1, 1), name="Ada Ames", state="IL"),
            DetailsChanged(id="p-2", at=at(2025, 10, 1), state="WI"),
            DetailsChanged(id="p-3", at=at(2025, 10, 2), city="Madison"),
        ),
    )
    history = file(verified("e-1", at(2025, 9, 1, 9)), linked=[provider])
    found = schedule(history, [rule])
    assert [one.deadline for one in found] == [at(2026, 3, 1), at(2025, 12, 31), at(2025, 12, 31)]
    assert found[0].until == found[1].since == at(2025, 10, 1)
    assert evaluate(history, [validity(applies=When(state="WI"))], at(2025, 9, 30)).findings == ()


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"limit": CalendarDays(9)}, "limits: there are both a limit and limits"),
        ({"limits": FELL[1:]}, "limits: the first limit applies always"),
        ({"limits": (*FELL, FELL[1])}, "limits: the days do not rise: give each"),
        ({"limits": (FELL[0], FELL[0])}, "limits: the days do not rise"),
    ],
)
def test_limits_that_leave_a_day_open_are_refused(fields: dict[str, object], message: str) -> None:
    """Each day and each state has one limit."""
    with pytest.raises(InvalidInput, match=message):
        validity(**fields)


# The laws, against a count that walks from day to day

ONE_DAY = dt.timedelta(days=1)
FIRST = dt.date(2025, 10, 27)


def days_from(first: int, last: int) -> st.SearchStrategy[dt.date]:
    """Draw a day around that on which Hypothesis' histories begin."""
    return st.integers(first, last).map(lambda n: FIRST + n * ONE_DAY)


amounts = st.builds(CalendarDays, st.integers(0, 60)) | st.builds(Months, st.integers(0, 2))
tables = st.builds(
    lambda first, more: (
        DatedLimit(limit=first),
        *(DatedLimit(limit=limit, since=day) for day, limit in sorted(more.items())),
    ),
    amounts,
    st.dictionaries(days_from(0, 70), amounts, min_size=1, max_size=3),
)
rules = st.builds(
    lambda limits, steps: validity(*steps, limits=limits),
    tables,
    st.lists(st.integers(-15, 8), max_size=4, unique=True),
)


happenings = ["verify", "verify", "verify", "expiring", "seat", "seat", "other", "off", "move", "decide"]


@st.composite
def lives(draw: st.DrawFn) -> History:
    """Draw a file that is verified, planned, taken off, moved along with its meeting, decided and sent back."""
    moments = sorted(draw(st.lists(instants(50), min_size=2, max_size=9)))
    events: list[Event] = [opened(moments[0])]
    meeting: list[Event] = []
    meets = {"id": "m-0", "at": moments[0], "meets_at": moments[-1], "cutoff_at": moments[0]}
    meeting.append(MeetingScheduled(**meets, committee="c", seats=9))
    for number, when in enumerate(moments[1:], 1):
        name = f"e-{number}"
        what = "verify" if number == 1 else draw(st.sampled_from(happenings))
        if what in ("verify", "expiring"):
            on = when.astimezone(CHICAGO).date() - draw(st.integers(0, 12)) * ONE_DAY
            until = draw(days_from(-5, 60)) if what == "expiring" else None
            events.append(verified(name, when, on, expires_on=until))
        elif what in ("seat", "other"):
            events.append(seat(name, when, draw(days_from(0, 70)), "m-1" if what == "seat" else "m-2"))
        elif what == "off":
            events.append(RemovedFromAgenda(id=name, at=when, meeting="m-1"))
        elif what == "move":
            meets_at = draw(instants(70))
            meeting.append(MeetingMoved(id=f"m-{number}", at=when, meets_at=meets_at, cutoff_at=meets_at))
        elif draw(st.booleans()):
            day = when.astimezone(CHICAGO).date()
            events.append(Decided(id=name, at=when, outcome="approved", body="board", decided_on=day))
        else:
            events.append(StageChanged(id=name, at=when, stage="committee"))
    return History(Ref("file", "f-1"), events, (History(Ref("meeting", "m-1"), meeting),))


def limit_of(rule: DateRule, day: dt.date) -> CalendarDays | Months:
    """Return the limit of a day, read from the table's end."""
    return [one.limit for one in rule.limits if one.since is None or day >= one.since][-1]


def is_good(rule: DateRule, verification: Verified, day: dt.date) -> bool:
    """Return whether a decision on a day can rest on a verification."""
    if verification.expires_on is not None and day > verification.expires_on:
        return False
    limit = limit_of(rule, day)
    if isinstance(limit, Months):
        return day <= limit.due_on(verification.verified_on)
    return (day - verification.verified_on).days <= limit.n


@attrs.define
class Told:
    """What is known of a file, event by event."""

    verification: Verified | None = None
    plan: dt.date | None = None
    meeting: str = ""
    moved: dt.date | None = None
    decided: bool = False

    def hear(self, event: Event) -> None:
        """Take in an event."""
        if isinstance(event, Verified):
            if self.verification is None or event.verified_on >= self.verification.verified_on:
                self.verification = event
        elif isinstance(event, PlacedOnAgenda):
            self.meeting = event.meeting
            self.plan = self.moved if event.meeting == "m-1" and self.moved else event.meets_on
        elif isinstance(event, MeetingMoved):
            self.moved = event.meets_at.astimezone(CHICAGO).date()
            self.plan = self.moved if self.meeting == "m-1" else self.plan
        elif isinstance(event, RemovedFromAgenda) and self.meeting == event.meeting:
            self.meeting, self.plan = "", None
        self.decided = self.decided or isinstance(event, Decided)


def told_by(history: History, when: dt.datetime) -> Told:
    """Return what is known at an instant; at one instant the file's own events come first."""
    opened_at, told = history.effective[0].at, Told()
    heard = [(one.at, 0, one) for one in history.effective]
    heard += [(max(one.at, opened_at), 1, one) for one in history.linked[0].effective]
    for happened_at, _, event in sorted(heard, key=lambda entry: entry[:2]):
        if happened_at <= when:
            told.hear(event)
    return told


def seen_by_walking(rule: DateRule, history: History, when: dt.datetime) -> tuple[str, int, dt.date] | None:
    """Return what stands of the licence, found event by event and day by day: episode, rungs, last day on time."""
    told = told_by(history, when)
    if told.verification is None or told.decided:
        return None
    day = max(when.astimezone(CHICAGO).date(), told.plan or dt.date.min)
    good, late = is_good(rule, told.verification, day), 0
    while is_good(rule, told.verification, day) is good:
        day += ONE_DAY if good else -ONE_DAY
        late += -1 if good else 1
    late += 1 if good else 0
    reached = sum(step.days <= late for step in rule.steps if step.days <= 0)
    reached += (late > 0) + sum(0 < step.days < late for step in rule.steps)
    return told.verification.id, reached, day - ONE_DAY if good else day


@given(lives(), rules, instants(70))
def test_it_says_what_walking_from_day_to_day_finds(history: History, rule: DateRule, when: dt.datetime) -> None:
    """Over random plans, slips, verifications, and limits that rise or fall: episode, rungs, deadline are the same."""
    when = max(when, history.events[0].at)
    slow = seen_by_walking(rule, history, when)
    found = evaluate(history, [rule], when, tz=CHICAGO).findings
    expected = [] if slow is None else [(slow[0], slow[1], slow[2] + ONE_DAY)]
    assert [(one.episode, len(one.passed), one.deadline.astimezone(CHICAGO).date()) for one in found] == expected


@given(lives(), rules, instants(70))
def test_it_stands_until_the_next_change_and_no_longer(history: History, rule: DateRule, when: dt.datetime) -> None:
    """Whatever stands goes on to the last microsecond before the next change, and something else stands at it."""
    when = max(when, history.events[0].at)
    cut = history.as_of(when)
    found = rule.findings(states_of(cut, CHICAGO))
    change = next_change(found, when)
    if change is None:
        change, differs = when + 400 * ONE_DAY, False
    else:
        differs = True
    assert without_lifetime(standing(found, change - TICK)) == without_lifetime(standing(found, when))
    now, then = (seen_by_walking(rule, cut, moment) for moment in (when, change - TICK))
    assert now == then
    if differs:
        assert seen_by_walking(rule, cut, change) != now


def without_lifetime(findings: Sequence[Finding]) -> list[tuple[object, ...]]:
    """Return findings without from when until when they stand."""
    return [one[:5] for one in findings]


plans = st.one_of(lives(), histories())


@given(plans, rules, instants(70))
def test_the_past_is_read_as_it_was_foreseen(history: History, rule: DateRule, when: dt.datetime) -> None:
    """Causality: the schedule of a whole history read at an instant is that of the history cut there."""
    when = max(when, history.effective[0].at)
    whole, then = (standing(schedule(each, [rule], tz=CHICAGO), when) for each in (history, history.as_of(when)))
    assert without_lifetime(whole) == without_lifetime(then)


@given(plans, rules)
def test_the_tail_is_the_schedule_after_the_last_event(history: History, rule: DateRule) -> None:
    """A sweep reads what the whole schedule says from the last state on; of one episode one thing stands at a time."""
    states = states_of(history, CHICAGO)
    found = rule.findings(states)
    assert sorted(rule.tail(states)) == sorted(clip(found, states[-1].at_us, None))
    for _, group in itertools.groupby(sorted(found, key=lambda one: (one.episode, one.since_us)), lambda one: one[1]):
        for one, other in itertools.pairwise(group):
            assert one.until_us is not None
            assert one.until_us <= other.since_us
            assert one.until_us < other.since_us or one[:5] != other[:5]
