"""Findings: what stands, until when, and within which window."""

import datetime as dt

from hypothesis import given
from hypothesis import strategies as st

from credcore.instants import from_us
from credcore.rules import BREACHED, RUNNING, WARNED, Finding, Rung, next_change, standing
from credcore.rules.findings import clip, joined

WARNING, BREACH = Rung("75% used", WARNED, "owner"), Rung("breached", BREACHED, "owner")


def finding(since: int, until: int | None, *passed: Rung, due: int | None = 100, rule: str = "sla") -> Finding:
    """Return a finding of one episode."""
    return Finding(rule, "e-1", "", passed, due, since, until)


def test_a_finding_speaks_in_words_and_instants() -> None:
    """Level and rung are those of the last rung reached; instants come out aware."""
    running, breached = finding(0, 75), finding(100, None, WARNING, BREACH)
    assert (running.level, running.rung, running.until) == (RUNNING, "running", from_us(75))
    assert (breached.level, breached.rung, breached.until) == (BREACHED, "breached", None)
    assert breached.since == breached.deadline == dt.datetime(1970, 1, 1, 0, 0, 0, 100, tzinfo=dt.UTC)
    assert finding(0, None, due=None).deadline is None


def test_the_gravest_stands_first_then_the_earliest_due() -> None:
    """A breach stands before a warning; of two alike, the one due first, what is paused last."""
    findings = [
        finding(0, None, due=None, rule="paused"),
        finding(0, None, rule="later"),
        finding(0, None, due=50, rule="sooner"),
        finding(0, None, WARNING, BREACH, rule="breached"),
        finding(10, None, rule="not yet"),
        finding(0, 5, rule="over"),
    ]
    assert [one.rule for one in standing(findings, from_us(5))] == ["breached", "sooner", "later", "paused"]


def test_the_next_change_is_the_first_beginning_or_end() -> None:
    """What begins or ends at the instant itself is no change to come."""
    findings = [finding(0, 5), finding(5, None), finding(8, 20)]
    assert next_change(findings, from_us(4)) == from_us(5)
    assert next_change(findings, from_us(5)) == from_us(8)
    assert next_change(findings, from_us(20)) is None


spans = st.tuples(st.integers(0, 9), st.none() | st.integers(1, 9)).filter(lambda s: s[1] is None or s[0] < s[1])


@given(st.lists(spans, max_size=4), st.none() | st.integers(0, 9), st.none() | st.integers(0, 9))
def test_within_a_window_stands_what_stood(few: list[tuple[int, int | None]], since: int, until: int) -> None:
    """Clipped findings stand at exactly those instants of the window at which the whole ones do."""
    findings = [finding(*span, rule=f"rule-{place}") for place, span in enumerate(few)]
    clipped = list(clip(findings, since, until))
    for us in range(11):
        inside = (since is None or since <= us) and (until is None or us < until)
        names = {one.rule for one in standing(findings, from_us(us))} if inside else set()
        assert {one.rule for one in standing(clipped, from_us(us))} == names
    assert all(one.until_us is None or one.since_us < one.until_us for one in clipped)


def test_what_says_the_same_is_joined_to_what_it_follows() -> None:
    """Neighbours become one; a gap, another deadline or another rung keep them apart."""
    assert joined([finding(0, 5), finding(5, 9), finding(9, None)]) == [finding(0, None)]
    for apart in (
        [finding(0, 5), finding(6, 9)],
        [finding(0, 5), finding(5, 9, due=101)],
        [finding(0, 5), finding(5, 9, WARNING)],
        [finding(0, 5), finding(5, 9, rule="other")],
    ):
        assert joined(apart) == apart
