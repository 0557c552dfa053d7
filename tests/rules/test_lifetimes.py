"""Flattened lifetimes say of any instant what judging each record would, however many records there are."""

import datetime as dt
import tracemalloc
from collections import Counter
from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from credcore.calendars import WorkCalendar
from credcore.errors import InvalidInput, NaiveInstant
from credcore.history import History, Ref
from credcore.instants import from_us
from credcore.limits import CalendarDays, WorkingDays, parse_limit
from credcore.rules import (
    BREACHED,
    RUNNING,
    WARNED,
    ClockRule,
    DateRule,
    DateStep,
    Finding,
    Lifetimes,
    Rung,
    Step,
    Trigger,
    When,
    evaluate,
    next_change,
    schedule,
    standing,
    states_of,
)
from credcore.testing.histories import histories, instants

OFFICE = WorkCalendar.from_mapping({"week": {"mon-fri": ["08:30-17:00"]}}, zone="America/Chicago")
RULES = (
    ClockRule(
        id="sla",
        on=When(stage=["intake", "psv"]),
        paused=When(waiting_on=["provider", "source"]),
        limit=parse_limit("5 working days"),
        calendar=OFFICE,
        warn=[0.5],
        ladder=[Step(WorkingDays(0), "owner"), Step(WorkingDays(2), "lead")],
    ),
    ClockRule(
        id="stall",
        on=When(held=False),
        restart=Trigger(["reviewed", "stage-changed"]),
        limit=CalendarDays(3),
        calendar=OFFICE,
    ),
    ClockRule(id="called", on=When(attempts_from=1), limit=parse_limit("8 working hours"), calendar=OFFICE),
    DateRule(id="promised", about="promise", calendar=OFFICE, steps=[DateStep(-2), DateStep(1, "lead")]),
)
SECOND, WARNING, BREACH = (
    Rung("lead told", 3, "lead"),
    Rung("50% used", WARNED, "owner"),
    Rung("late", BREACHED, "owner"),
)
T = dt.datetime(2026, 3, 2, tzinfo=dt.UTC)


def several() -> st.SearchStrategy[list[History]]:
    """Draw the histories of a few files, each with an id of its own."""
    drawn = st.lists(histories(linked=False), max_size=4)
    return drawn.map(lambda some: [History(Ref("file", f"f-{n}"), history.events) for n, history in enumerate(some)])


def scheduled(some: Sequence[History]) -> dict[Ref, list[Finding]]:
    """Return each record's schedule."""
    return {history.ref: schedule(history, RULES) for history in some}


def borders(findings: Sequence[Finding]) -> list[dt.datetime]:
    """Return the instants around which anything begins or ends."""
    found = {us for one in findings for us in (one.since_us, one.until_us) if us is not None}
    return [from_us(us + off) for us in sorted(found) for off in (-1, 0, 1)]


def said(findings: Sequence[Finding]) -> list[tuple[object, ...]]:
    """Return what findings say, without since when and until when."""
    return [one[:5] for one in findings]


def finding(since: int, until: int | None, *passed: Rung, rule: str = "sla") -> Finding:
    """Return a finding that begins and ends so many microseconds after an instant."""
    start = 10**15
    return Finding(rule, "e-1", "", passed, None, start + since, None if until is None else start + until)


@given(several(), st.data())
def test_what_stands_is_what_judging_each_record_would_say(some: list[History], data: st.DataObject) -> None:
    """At any instant, also on a border, each record's findings say what `evaluate` says, in the same order."""
    schedules = scheduled(some)
    lifetimes = Lifetimes.of(schedules.items())
    tempting = borders([one for findings in schedules.values() for one in findings])
    at = data.draw(st.sampled_from(tempting) | instants(60) if tempting else instants(60))
    judged = [
        (history.ref, said(evaluate(history, RULES, at).findings) if states_of(history.as_of(at)) else [])
        for history in some
    ]
    assert [(ref, said(findings)) for ref, findings in lifetimes.standing_at(at)] == judged
    assert [(ref, said(lifetimes.standing_of(ref, at))) for ref in lifetimes.refs] == judged
    assert list(lifetimes.standing_at(at)) == [(ref, standing(found, at)) for ref, found in schedules.items()]


@given(several(), st.data())
def test_counts_are_those_of_what_stands(some: list[History], data: st.DataObject) -> None:
    """By level each record counts once, at its gravest; by rule and level each finding; and the records are these."""
    schedules = scheduled(some)
    lifetimes = Lifetimes.of(schedules.items())
    tempting = borders([one for findings in schedules.values() for one in findings])
    at = data.draw(st.sampled_from(tempting) | instants(60) if tempting else instants(60))
    now = {ref: standing(findings, at) for ref, findings in schedules.items()}
    gravest = {ref: findings[0].level for ref, findings in now.items() if findings}
    assert lifetimes.levels_at(at) == Counter(gravest.values())
    assert lifetimes.rules_at(at) == Counter((one.rule, one.level) for findings in now.values() for one in findings)
    for level in range(5):
        records = lifetimes.records_at(at, level)
        assert len(set(records)) == len(records)
        assert set(records) == {ref for ref, own in gravest.items() if own >= level}


@given(several(), st.data())
def test_the_next_change_is_the_first_of_any_record(some: list[History], data: st.DataObject) -> None:
    """It is the first border of any schedule; after all events it is the first `next_change` of any record."""
    schedules = scheduled(some)
    lifetimes = Lifetimes.of(schedules.items())
    everything = [one for findings in schedules.values() for one in findings]
    tempting = borders(everything)
    at = data.draw(st.sampled_from(tempting) | instants(60) if tempting else instants(60))
    assert lifetimes.next_change(at) == next_change(everything, at)
    last = max((history.effective[-1].at for history in some), default=T)
    changes = [evaluate(history, RULES, last).next_change for history in some]
    assert lifetimes.next_change(last) == min((change for change in changes if change is not None), default=None)


@given(several())
def test_tails_are_enough_from_the_last_event_on(some: list[History]) -> None:
    """Laid out from tails alone, instants from the last event on read the same as from whole schedules."""
    ends = {history.ref: states_of(history) for history in some}
    tails = Lifetimes.of((ref, [one for rule in RULES for one in rule.tail(run)]) for ref, run in ends.items())
    whole = Lifetimes.of(scheduled(some).items())
    last = max((from_us(run[-1].at_us) for run in ends.values()), default=T)
    for at in (last, last + dt.timedelta(days=3), last + dt.timedelta(days=40)):
        assert [(ref, said(found)) for ref, found in tails.standing_at(at)] == [
            (ref, said(found)) for ref, found in whole.standing_at(at)
        ]
        assert tails.levels_at(at) == whole.levels_at(at)
        assert tails.next_change(at) == whole.next_change(at)


def test_who_has_stood_so_longest_comes_first() -> None:
    """A record that was breached earlier stands before; one on the ladder is breached too, from its breach on."""
    lifetimes = Lifetimes.of(
        [
            (Ref("file", "young"), [finding(0, 30), finding(30, None, BREACH)]),
            (Ref("file", "old"), [finding(0, 10), finding(10, 40, BREACH), finding(40, None, BREACH, SECOND)]),
            (Ref("file", "met"), [finding(0, 5), finding(5, 15, BREACH)]),
            (Ref("file", "known only on the ladder"), [finding(45, None, BREACH, SECOND)]),
        ]
    )
    at = from_us(10**15 + 50)
    assert [ref.id for ref in lifetimes.records_at(at)] == ["old", "young", "known only on the ladder"]
    assert [ref.id for ref in lifetimes.records_at(at, 3)] == ["old", "known only on the ladder"]
    assert lifetimes.records_at(at, 4) == ()
    assert lifetimes.levels_at(at) == {BREACHED: 1, 3: 2}


def test_a_record_of_which_nothing_stands_is_not_counted() -> None:
    """It is among the records, and none of the levels; nor is what has ended, or is yet to begin."""
    lifetimes = Lifetimes.of([(Ref("file", "quiet"), []), (Ref("file", "over"), [finding(0, 10), finding(20, 30)])])
    at = from_us(10**15 + 10)
    assert list(lifetimes.standing_at(at)) == [(Ref("file", "quiet"), ()), (Ref("file", "over"), ())]
    assert not lifetimes.levels_at(at)
    assert lifetimes.levels_at(at)[RUNNING] == lifetimes.rules_at(at)["sla", BREACHED] == 0
    assert lifetimes.next_change(from_us(10**15 + 30)) is None


def test_two_findings_of_a_rule_are_one_record() -> None:
    """Two credentials near their expiry are two findings of a rule, and one record that is warned."""
    both = [finding(0, None, WARNING), finding(5, None, WARNING)]
    lifetimes = Lifetimes.of([(Ref("provider", "p-1"), both)])
    at = from_us(10**15 + 5)
    assert lifetimes.rules_at(at) == {("sla", WARNED): 2}
    assert lifetimes.levels_at(at) == {WARNED: 1}


def test_a_record_is_given_once() -> None:
    """Findings of one record that come apart would be two records; the error names it."""
    with pytest.raises(InvalidInput, match="records: file/f-1 comes twice; give all findings of a record together"):
        Lifetimes.of([(Ref("file", "f-1"), []), (Ref("file", "f-1"), [])])


def test_a_record_that_was_not_given_is_named() -> None:
    """Nothing said of it would pass for nothing standing."""
    with pytest.raises(InvalidInput, match="ref: file/f-2 is not among the 1 records that were laid out"):
        Lifetimes.of([(Ref("file", "f-1"), [])]).standing_of(Ref("file", "f-2"), T)


def test_an_instant_has_a_zone() -> None:
    """Every question refuses a naive instant at once, also the one that is answered record by record."""
    lifetimes, naive = Lifetimes.of([(Ref("file", "f-1"), [])]), dt.datetime(2026, 3, 2)  # noqa: DTZ001 - on purpose
    for ask in (
        lifetimes.levels_at,
        lifetimes.rules_at,
        lifetimes.records_at,
        lifetimes.standing_at,
        lifetimes.next_change,
        lambda at: lifetimes.standing_of(Ref("file", "f-1"), at),
    ):
        with pytest.raises(NaiveInstant):
            ask(naive)


def test_it_takes_the_memory_that_it_says() -> None:
    """52 bytes a finding and 32 a stretch, and little more: far less than the findings themselves."""
    count = 20_000
    rungs = ((), (WARNING,), (WARNING, BREACH))
    names = [f"e-{n}" for n in range(count)]
    refs = [Ref("file", name) for name in names]

    def life(n: int) -> list[Finding]:
        return [
            finding(n + step, n + step + 1, *passed)._replace(episode=names[n]) for step, passed in enumerate(rungs)
        ]

    Lifetimes.of([(refs[0], life(0))])
    tracemalloc.start()
    lifetimes = Lifetimes.of((ref, life(n)) for n, ref in enumerate(refs))
    used, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    told = count * (3 * 52 + 3 * 32)
    of_each_record = count * 160  # its number, its place among the records, where its rows begin
    assert lifetimes.levels_at(from_us(10**15 + 2))
    assert told < used < 1.15 * told + of_each_record
