"""Steps around a day."""

import datetime as dt
import itertools
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from credcore.calendars import WorkCalendar
from credcore.errors import InvalidInput
from credcore.events import CredentialRecorded, CredentialRenewed, CycleAnchored, ProviderRegistered
from credcore.history import DatedFact, History, Ref
from credcore.limits import CalendarDays, Months, parse_limit
from credcore.rules import (
    BREACHED,
    RUNNING,
    WARNED,
    DateExplanation,
    DateRule,
    DateStep,
    Unexplained,
    When,
    evaluate,
    explain,
    schedule,
    standing,
    states_of,
)
from credcore.rules.findings import clip
from credcore.testing.histories import histories, instants, provider_histories

CHICAGO = ZoneInfo("America/Chicago")
ALWAYS_OPEN = WorkCalendar.always("America/Chicago")


def at(year: int, month: int, day: int, hour: int = 0) -> dt.datetime:
    """Return an instant in Chicago."""
    return dt.datetime(year, month, day, hour, tzinfo=CHICAGO)


def provider(*events: object) -> History:
    """Return the history of a provider who was registered in January 2026."""
    registered = ProviderRegistered(id="e-0", at=at(2026, 1, 1), name="Ada Ames")
    return History(Ref("provider", "p-1"), (registered, *events))


def expiry(*steps: int, **fields: object) -> DateRule:
    """Return a rule about a licence's expiry."""
    return DateRule(
        **{
            "id": "licence",
            "about": "expiry",
            "calendar": ALWAYS_OPEN,
            "steps": [DateStep(days) for days in steps],
            "to": "lead",
            **fields,
        }
    )


LICENCE = CredentialRecorded(
    id="e-1", at=at(2026, 2, 1), credential="c-1", kind="licence", expires_on=dt.date(2026, 6, 30)
)


def test_case_16_a_past_anchor_is_counted_from_itself() -> None:
    """A cycle taken over years after its anchor is due when the anchor says, whenever it is recorded or asked about."""
    rule = expiry(-30, about="cycle", limit=Months(36, count_to="month"))
    due = set()
    for registered in (2019, 2024, 2026):
        known = ProviderRegistered(id="e-0", at=at(registered, 1, 1), name="Ada Ames")
        anchored = CycleAnchored(id="e-1", at=at(registered, 1, 1), body="ncqa", anchor_on=dt.date(2018, 8, 31))
        history = History(Ref("provider", "p-1"), (known, anchored))
        due |= {finding.deadline for finding in schedule(history, [rule])}
        due |= {found.deadline for found in evaluate(history, [rule], at(2026, 6, 1)).findings}
    assert due == {at(2021, 9, 1)}


def test_a_licence_is_warned_of_and_expires_when_its_last_day_is_over() -> None:
    """Ninety days before, on the day, breached at the midnight that ends it, and five days later again."""
    rule = expiry(-90, 0, 5)
    found = schedule(provider(LICENCE), [rule])
    assert [(one.rung, one.level, one.since.astimezone(CHICAGO)) for one in found] == [
        ("running", RUNNING, at(2026, 2, 1)),
        ("90 days before", WARNED, at(2026, 4, 1)),
        ("on the day", WARNED, at(2026, 6, 30)),
        ("breached", BREACHED, at(2026, 7, 1)),
        ("breached + 5 days", BREACHED + 1, at(2026, 7, 6)),
    ]
    assert {one.deadline for one in found} == {at(2026, 7, 1)}
    assert {(one.episode, one.about) for one in found} == {("e-1", "c-1")}
    assert [rung.to for rung in rule.rungs] == ["owner", "owner", "lead", "owner"]


def test_a_renewal_is_a_new_episode() -> None:
    """The finding of the old term ends with the renewal; that of the new one bears the renewal's name."""
    renewed = CredentialRenewed(id="e-2", at=at(2026, 6, 1), credential="c-1", expires_on=dt.date(2028, 6, 30))
    old, warned, new, *_ = schedule(provider(LICENCE, renewed), [expiry(-90)])
    assert (old.episode, warned.episode, new.episode) == ("e-1", "e-1", "e-2")
    assert warned.until == new.since == at(2026, 6, 1)


def test_the_binding_day_is_the_earlier_of_the_cycles_and_the_terms_end() -> None:
    """A cycle to the month ends with the month, unless the term ends before."""
    cycle = DateRule(
        id="ncqa", about="cycle", keys=("ncqa",), calendar=ALWAYS_OPEN, limit=parse_limit("36 months to the month")
    )
    fact = DatedFact("cycle", "ncqa", dt.date(2024, 2, 29), "e-1")
    assert cycle.due_on(fact) == dt.date(2027, 2, 28)
    assert cycle.due_on(fact._replace(until=dt.date(2027, 1, 31))) == dt.date(2027, 1, 31)
    days = expiry(limit=CalendarDays(180))
    assert days.due_on(fact._replace(day=dt.date(2025, 11, 10))) == dt.date(2026, 5, 9)


def test_only_the_keys_and_facets_named_are_looked_at() -> None:
    """A rule for one body leaves the cycles of others alone, and one that does not apply says nothing."""
    anchors = [
        CycleAnchored(id=f"e-{body}", at=at(2026, 2, 1), body=body, anchor_on=dt.date(2026, 1, 31))
        for body in ("ncqa", "urac")
    ]
    rule = DateRule(id="cycle", about="cycle", keys=("ncqa",), calendar=ALWAYS_OPEN, limit=Months(36))
    assert [one.about for one in evaluate(provider(*anchors), [rule], at(2026, 3, 1)).findings] == ["ncqa"]
    not_here = DateRule(id="cycle", about="cycle", calendar=ALWAYS_OPEN, applies=When(record="file"))
    assert evaluate(provider(*anchors), [not_here], at(2026, 3, 1)).findings == ()


@pytest.mark.parametrize(("day", "due"), [(dt.date.max, None), (dt.date(9999, 12, 30), "9999-12-31")])
def test_what_never_expires_never_falls_due(day: dt.date, due: str | None) -> None:
    """Boards write 31 December 9999: it is no error, and no deadline."""
    licence = CredentialRecorded(id="e-1", at=at(2026, 2, 1), credential="c-1", kind="licence", expires_on=day)
    (finding,) = evaluate(provider(licence), [expiry(-90, 30)], at(2026, 3, 1)).findings
    assert finding.level == RUNNING
    assert (None if finding.deadline is None else str(finding.deadline.date())) == due


def test_a_day_of_the_first_year_has_long_passed() -> None:
    """An empty date of some registry, written as 1 January of the year 1, is breached and not an error."""
    licence = CredentialRecorded(id="e-1", at=at(2026, 2, 1), credential="c-1", kind="licence", expires_on=dt.date.min)
    assert evaluate(provider(licence), [expiry(-90, limit=CalendarDays(3))], at(2026, 3, 1)).level == BREACHED


def test_two_steps_on_one_day_are_refused() -> None:
    """Only the last of them would be told."""
    with pytest.raises(InvalidInput, match="steps: two steps are '1 day before'"):
        expiry(-1, -1)


def test_the_explanation_names_day_limit_and_steps_ahead() -> None:
    """It says which day of which event, what was added, when it is due and what comes next."""
    rule = expiry(-30, 5, limit=CalendarDays(1), title="Licence", source="medical staff bylaws")
    told = explain(provider(LICENCE), rule, at(2026, 6, 15))
    assert isinstance(told, DateExplanation)
    (day,) = told.days
    assert (told.title, told.source, day.fact.event, day.fact.day) == (
        "Licence",
        "medical staff bylaws",
        "e-1",
        dt.date(2026, 6, 30),
    )
    assert (day.limit, day.due_on, day.finding.rung) == ("1 day", dt.date(2026, 7, 1), "30 days before")
    assert [(step.name, step.to, step.at) for step in day.ahead] == [
        ("breached", "lead", at(2026, 7, 2)),
        ("breached + 5 days", "owner", at(2026, 7, 7)),
    ]


def test_without_a_day_the_explanation_says_so() -> None:
    """No such day is known, or the rule does not apply."""
    for rule, reason in ((expiry(), "no expiry is known"), (expiry(applies=When(stage="gone")), "does not apply")):
        told = explain(provider(), rule, at(2026, 6, 15))
        assert isinstance(told, Unexplained)
        assert told.reason == reason


# The laws

rules = st.builds(
    lambda about, keys, limit, steps: expiry(*steps, id=about, about=about, keys=keys, limit=limit),
    st.sampled_from(["promise", "verification", "cut-off", "needed-by", "expiry", "cycle", "attestation"]),
    st.sampled_from([(), (), ("licence",), ("ncqa",)]),
    st.none() | st.builds(CalendarDays, st.integers(0, 20)) | st.builds(Months, st.integers(0, 1)),
    st.lists(st.integers(-20, 10), max_size=4, unique=True),
)
some_history = st.one_of(histories(), provider_histories())


@given(some_history, rules)
def test_findings_never_overlap_and_the_tail_is_their_end(history: History, rule: DateRule) -> None:
    """Of one episode one thing stands at a time; a sweep reads the schedule from the last state on."""
    states = states_of(history)
    found = rule.findings(states)
    by_episode = itertools.groupby(sorted(found, key=lambda one: (one.episode, one.since_us)), lambda one: one.episode)
    for _, group in by_episode:
        for one, other in itertools.pairwise(group):
            assert one.until_us is not None
            assert one.since_us < one.until_us <= other.since_us
            assert one.until_us < other.since_us or one[:5] != other[:5]
    tail = sorted(rule.tail(states), key=lambda one: (one.episode, one.since_us))
    after = clip(found, states[-1].at_us, None)
    assert tail == sorted(after, key=lambda one: (one.episode, one.since_us))


@given(some_history, rules, instants(60))
def test_the_past_is_read_as_it_was_foreseen(history: History, rule: DateRule, when: dt.datetime) -> None:
    """The schedule of a whole history read at an instant is that of the history cut there."""
    when = max(when, history.effective[0].at)
    cut = history.as_of(when)
    whole, then = (standing(schedule(each, [rule]), when) for each in (history, cut))
    assert [one[:6] for one in whole] == [one[:6] for one in then]


@given(some_history, rules, instants(60))
def test_each_step_begins_so_many_days_from_the_due_day(history: History, rule: DateRule, when: dt.datetime) -> None:
    """The rung reached is the last whose first day has begun, counted on the wall calendar."""
    when = max(when, history.effective[0].at)
    today = when.astimezone(CHICAGO).date()
    state = states_of(history.as_of(when))[-1]
    expected = {}
    for fact in state.facts.values():
        if fact.kind == rule.about and (not rule.keys or fact.key in rule.keys):
            late = (today - rule.due_on(fact)).days
            reached = [step for step in rule.steps if step.days <= 0 and step.days <= late]
            reached += [step for step in rule.steps if 0 < step.days < late]
            expected[fact.event] = len(reached) + (late > 0)
    found = evaluate(history, [rule], when).findings
    assert {one.episode: len(one.passed) for one in found} == expected
