"""What a lint says of a rule is so: no history ever meets what never applies, and what changes nothing can go."""

import datetime as dt
import itertools
from collections.abc import Sequence

import attrs
import pytest
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st

from credcore.calendars import WorkCalendar
from credcore.history import Facet, History
from credcore.instants import to_us
from credcore.limits import CalendarDays, Months, WorkingDays, WorkingTime
from credcore.rules import (
    ALWAYS,
    BREACHED,
    NEVER,
    RUNNING,
    AnyOf,
    ClockRule,
    Condition,
    DateRule,
    DateStep,
    Step,
    Trigger,
    When,
    states_of,
)
from credcore.rules.lint import Lint, lint_rules
from credcore.stages import Pipeline, Stage
from credcore.testing.histories import FIRST_DAY, histories, instants

OFFICE = WorkCalendar.from_mapping({"week": {"mon-fri": ["09:00-17:00"]}}, zone="America/Chicago")
AGAIN = WorkCalendar.from_mapping({"week": {"mon-fri": ["09:00-17:00"]}}, zone="America/Chicago")
STAGES = ("intake", "psv", "committee", "closed")
FLAGS = ("malpractice", "gap", "provider-on-leave", "provider-terminated")
PIPELINE = Pipeline(
    [
        *(Stage(stage, "", "specialist", "team", next=[*STAGES, "the-end"]) for stage in STAGES),
        Stage("the-end", "", "specialist", "team", terminal=True),
    ],
    starts={"initial": "intake"},
)
often = settings(max_examples=3 * settings.default.max_examples)

STARTS = (
    ALWAYS,
    When(stage="psv"),
    When(held=False),
    When(waiting_on="provider"),
    When(stage="psv", held=False, without="gap"),
    When(flags="gap"),
    When(flags="gap", without="gap"),
    When(flags="unheard-of"),
    When(kind="recredentialing"),
    When(stage="elsewhere"),
    When(record="provider"),
    When(waiting_on="payer", held=False),
    When(attempts_from=2, attempts_below=2),
    When(attempts_below=1, stage=["intake", "psv"]),
    AnyOf([When(flags="gap"), When(stage="psv", held=False)]),
    NEVER,
)
STOPS = (
    NEVER,
    NEVER,
    When(waiting_on="provider"),
    When(held=True),
    When(held=False),
    When(flags="gap"),
    When(stage="psv"),
    When(attempts_from=1),
    When(kind="recredentialing"),
    AnyOf([When(waiting_on=["provider", "payer"]), When(flags="gap")]),
)


def found(*rules: ClockRule | DateRule) -> tuple[Lint, ...]:
    """Return what cannot be meant in rules."""
    return lint_rules(rules, PIPELINE, at=FIRST_DAY, flags=FLAGS)


def codes(*rules: ClockRule | DateRule) -> set[str]:
    """Return the kinds of what cannot be meant in rules."""
    return {one.code for one in found(*rules)}


@st.composite
def clocks(draw: st.DrawFn, name: str = "clock", starts: Sequence[Condition] = STARTS) -> ClockRule:
    """Draw a clock whose conditions get into each other's way."""
    return ClockRule(
        id=name,
        on=draw(st.sampled_from(starts)),
        paused=draw(st.sampled_from(STOPS)),
        cancel=draw(st.sampled_from(STOPS)),
        restart=draw(st.sampled_from([Trigger(), Trigger(["reviewed", "stage-changed"])])),
        limit=draw(st.sampled_from([WorkingDays(3), CalendarDays(2), WorkingTime(dt.timedelta(hours=5))])),
        calendar=draw(st.sampled_from([OFFICE, AGAIN])),
        anchor=draw(st.sampled_from(["start", "start", "opening", "stage", "assignment"])),
        episode=draw(st.sampled_from(["start", "start", "opening", "stage"])),
        warn=draw(st.sampled_from([(), (0.5,), (0.67,)])),
        ladder=draw(st.sampled_from([(), (Step(WorkingDays(1), "lead"),)])),
    )


FACETS = [
    Facet("file", "initial", stage, frozenset(parties), frozenset(flags), attempts)
    for stage in STAGES
    for size in range(3)
    for parties in itertools.combinations(("provider", "payer", "source"), size)
    for number in range(3)
    for flags in itertools.combinations(FLAGS[:2], number)
    for attempts in range(4)
] + [Facet("provider", "provider", status) for status in ("active", "on-leave", "terminated")]


@given(clocks())
def test_what_never_applies_is_met_by_no_facet_and_the_rest_by_some(rule: ClockRule) -> None:
    """The lint and a slow search through what records can look like agree."""
    met = any(rule.on.met(facet) for facet in FACETS)
    live = any(rule.on.met(facet) and not rule.cancel.met(facet) for facet in FACETS)
    said = codes(rule)
    assert ("never-applies" in said) is not met
    assert ("always-cancelled" in said) is (met and not live)


@given(clocks(), histories(stages=STAGES, flags=FLAGS[:2]))
def test_no_history_ever_meets_what_never_applies(rule: ClockRule, history: History) -> None:
    """A rule that never applies, or is cancelled whenever it is on, says nothing; one that is paused so, never runs."""
    said = codes(rule)
    assume(said & {"never-applies", "always-cancelled", "always-paused"})
    findings = rule.findings(states_of(history))
    if "always-paused" in said:
        assert all(one.level == RUNNING and one.due_us is None for one in findings)
    else:
        assert findings == []


FREE = (When(held=False), When(stage=["psv", "intake"], held=False, without="gap"), When(waiting_on="source"))
"""Starts at which most pauses and cancels of `STOPS` cannot be."""


@often
@given(clocks(starts=FREE), histories(stages=STAGES, flags=FLAGS[:2]))
def test_a_pause_or_cancel_that_never_applies_can_go(rule: ClockRule, history: History) -> None:
    """Without the parts of which the lint speaks, the clock says the same of every history."""
    idle = {
        "paused" if one.code.startswith("pause") else "cancel": NEVER
        for one in found(rule)
        if one.code in {"pause-never-applies", "cancel-never-applies"}
    }
    several = [name for name in idle if isinstance(getattr(rule, name), AnyOf)]
    assume(idle and not several)
    states = states_of(history)
    assert attrs.evolve(rule, **idle).findings(states) == rule.findings(states)


TWINS = (
    (When(held=True), When(waiting_on=["provider", "source", "payer"])),
    (ALWAYS, AnyOf([When(held=True), When(held=False)])),
    (When(stage=[*STAGES, "the-end"]), When(record="file")),
    (When(stage="psv"), When(stage="psv", kind="initial")),
    (When(flags="gap"), AnyOf([When(flags="gap"), When(flags="gap", held=True)])),
    (When(attempts_below=1), When(attempts_below=2)),
    (When(held=False), When(held=False, without="unheard-of")),
)


@often
@given(clocks("one"), st.sampled_from(TWINS), st.booleans(), histories(stages=STAGES, flags=FLAGS[:2]))
def test_rules_that_say_the_same_find_the_same(
    one: ClockRule,
    twins: tuple[When, When],
    use: bool,  # noqa: FBT001 - drawn
    history: History,
) -> None:
    """Where a rule is told to be said twice, both say the same of every history, but for their names."""
    first, second = twins
    one = attrs.evolve(one, **{"on" if use else "paused": first})
    other = attrs.evolve(one, id="other", calendar=AGAIN, title="Other", **{"on" if use else "paused": second})
    said = codes(one, other)
    alike = [twin._replace(rule="one") for twin in other.findings(states_of(history))] == one.findings(
        states_of(history)
    )
    assert alike or "said-twice" not in said


@pytest.mark.parametrize(("twins", "same"), [*zip(TWINS, (False, True, True, True, True, False, True), strict=True)])
def test_which_conditions_are_one(twins: tuple[When, When], same: bool) -> None:  # noqa: FBT001 - a parameter
    """Conditions are compared by what records can look like here, not by how they are written."""
    one, other = (ClockRule(id=f"c-{n}", on=on, limit=CalendarDays(2), calendar=OFFICE) for n, on in enumerate(twins))
    assert ("said-twice" in codes(one, other)) is same
    assert "said-twice" not in codes(one, attrs.evolve(other, to="lead"))
    assert "said-twice" not in codes(one, attrs.evolve(other, limit=CalendarDays(3)))


def test_days_are_compared_too() -> None:
    """Two rules about one day, with their keys in another order and other names, tell everybody twice."""
    one = DateRule(id="one", about="expiry", keys=("a", "b"), calendar=OFFICE, steps=[DateStep(-30)])
    other = DateRule(id="two", about="expiry", keys=("b", "a"), calendar=AGAIN, steps=[DateStep(-30)], title="Two")
    assert [(lint.code, lint.rule) for lint in found(one, other)] == [("said-twice", "two")]
    assert codes(one, attrs.evolve(other, steps=[DateStep(-30, "lead")])) == set()
    assert codes(one, attrs.evolve(other, about="promise")) == set()


@given(clocks(starts=STARTS[:3]), st.sampled_from([0.34, 0.67, 0.9]), histories(stages=STAGES, flags=FLAGS[:2]))
def test_a_warning_that_comes_too_late_never_stands_alone(rule: ClockRule, part: float, history: History) -> None:
    """Where a warning is told to come with the breach, nothing ever stands at it alone."""
    rule = attrs.evolve(rule, warn=[part])
    assume("warns-too-late" in codes(rule))
    late = {f"{100 * part:g}% used" for part in rule.warn if rule.limit.fraction(part).size >= rule.limit.size}
    assert late
    assert not {one.rung for one in rule.findings(states_of(history))} & late


LENGTHS = (
    WorkingTime(dt.timedelta(hours=8)),
    WorkingTime(dt.timedelta(hours=24)),
    WorkingDays(1),
    WorkingDays(3),
    CalendarDays(1),
    CalendarDays(4),
    CalendarDays(9),
)


@given(st.sampled_from(LENGTHS), st.sampled_from(LENGTHS), st.sampled_from(LENGTHS), instants(300))
@example(LENGTHS[2], LENGTHS[4], LENGTHS[2], FIRST_DAY)
def test_a_ladder_that_never_rises_never_does_and_one_without_a_word_does(limit, one, other, start) -> None:
    """From whatever instant a clock began, its steps come as the lint says."""
    assume(str(one) != str(other))
    rule = ClockRule(id="c", on=ALWAYS, limit=limit, calendar=OFFICE, ladder=[Step(one, "owner"), Step(other, "lead")])
    said = [lint.severity for lint in found(rule) if lint.code == "ladder-does-not-rise"]
    breach = limit.deadline_us(OFFICE, to_us(start))
    rises = one.deadline_us(OFFICE, breach) < other.deadline_us(OFFICE, breach)
    if not rises:
        assert said
    if said == ["error"]:
        assert not rises


def test_months_warn_from_the_start_only_if_they_always_do() -> None:
    """Thirty days before the end of a month of thirty-one is a day into it; thirty-one are not into any."""

    def rule(days: int) -> ClockRule:
        return ClockRule(id="c", on=ALWAYS, limit=Months(1), calendar=OFFICE, warn_before=[days])

    assert codes(rule(30)) == set()
    assert codes(rule(31)) == {"warns-at-once"}


def test_rules_of_other_makers_are_passed_over() -> None:
    """Of what credcore did not make nothing is said."""

    class Other:
        id = family = title = source = "other"
        rungs = ()

        def findings(self, _states):
            return []

        tail = findings

    assert lint_rules([Other()], PIPELINE, at=FIRST_DAY) == ()


def test_a_lint_without_a_place_says_the_rest() -> None:
    """A rule made in Python has no line; the finding is a sentence all the same."""
    rule = ClockRule(id="c", on=When(flags="x", without="x"), limit=CalendarDays(2), calendar=OFFICE, to="owner")
    (one,) = found(rule)
    assert str(one).startswith("applies: error: no record can ever look so")
    assert all(finding.level < BREACHED for finding in rule.findings([]))
