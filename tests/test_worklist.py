"""The worklist's order: promised today, breached, warned, the rest; within each the date that binds."""

from hypothesis import given
from hypothesis import strategies as st

from credcore.calendars import WorkCalendar
from credcore.limits import parse_limit
from credcore.rules import BREACHED, WARNED, ClockRule, DateRule, Finding, Rung, When
from credcore.worklist import LATE, REST, SOON, TODAY, binding, deadline_of

ALWAYS = WorkCalendar.always("UTC")
SLA = ClockRule(id="sla", title="PSV in ten days", on=When(stage="psv"), limit=parse_limit("10 days"), calendar=ALWAYS)
PROMISE = DateRule(id="promises", about="promise", calendar=ALWAYS, family="commitment", title="A promise")
RULES = {rule.id: rule for rule in (SLA, PROMISE)}
WARNING, BREACH, DAY = (
    Rung("75% used", WARNED, "owner"),
    Rung("breached", BREACHED, "owner"),
    Rung("on the day", WARNED, "owner"),
)


def found(rule="sla", passed=(), due=10, episode="e"):
    """Return a standing finding."""
    return Finding(rule, episode, "pr-1" if rule == "promises" else "", tuple(passed), due, 0, None)


def test_what_was_promised_today_comes_before_what_is_breached():
    """A promise on its day cannot wait; a breach has already waited."""
    bound = binding([found(passed=[BREACH], due=1), found("promises", [DAY], due=50)], RULES)
    assert bound.urgency == TODAY
    assert bound.due_us == 50
    assert bound.why == "A promise, pr-1, on the day"


def test_a_broken_promise_is_breached():
    """Once its day is over it is no longer due today."""
    assert binding([found("promises", [DAY, BREACH])], RULES).urgency == LATE


def test_a_warning_on_its_last_day_of_another_rule_is_only_a_warning():
    """Only promises and cut-offs bind their day."""
    assert binding([found(passed=[DAY])], RULES).urgency == SOON


def test_among_equals_the_earliest_deadline_binds_and_is_named():
    """Each line names the date that binds and why."""
    bound = binding([found(passed=[WARNING], due=30), found(passed=[WARNING], due=20, episode="e2")], RULES)
    assert (bound.due_us, bound.why) == (20, "PSV in ten days, 75% used")


def test_a_paused_record_has_no_date_and_comes_last():
    """Where every clock stands still nothing binds."""
    bound = binding([found(due=None)], RULES)
    assert (bound.urgency, bound.due_us) == (REST, None)
    assert deadline_of(bound.due_us) is None


def test_a_record_about_which_no_rule_says_anything_says_so():
    """The reason is never empty."""
    assert binding([], RULES).why == "nothing runs"


def test_a_rule_that_is_no_longer_there_is_named_by_its_id():
    """An older edition's finding keeps its words."""
    assert binding([found("gone", [BREACH])], RULES).why == "gone, breached"


findings = st.lists(
    st.builds(
        found,
        rule=st.sampled_from(["sla", "promises"]),
        passed=st.sampled_from([[], [WARNING], [DAY], [WARNING, BREACH]]),
        due=st.one_of(st.none(), st.integers(0, 100)),
        episode=st.sampled_from(["e1", "e2", "e3"]),
    ),
    min_size=1,
    max_size=5,
)


@given(findings, st.randoms())
def test_law_the_order_of_findings_does_not_matter(found_ones, random):
    """The same findings bind the same way."""
    shuffled = list(found_ones)
    random.shuffle(shuffled)
    assert binding(shuffled, RULES) == binding(found_ones, RULES)


@given(findings, findings)
def test_law_another_finding_never_makes_a_record_less_urgent(one, more):
    """More that stands can only bring the line forward."""
    alone, together = binding(one, RULES), binding([*one, *more], RULES)
    assert together.urgency <= alone.urgency
