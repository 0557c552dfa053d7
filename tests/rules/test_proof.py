"""No file is ever lost: what the proof finds, and that a slow search for lost files finds the same."""

import itertools
from collections.abc import Iterable, Iterator, Mapping, Sequence

import attrs
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from credcore.calendars import WorkCalendar
from credcore.errors import InvalidInput
from credcore.events import PARTIES as PARTIES_OF_A_HOLD
from credcore.history import Facet, Mark, State
from credcore.limits import WorkingDays, parse_limit
from credcore.rules import (
    ALWAYS,
    BREACHED,
    LOOK_AGAIN,
    NEVER,
    AnyOf,
    ClockRule,
    Condition,
    DateRule,
    Finding,
    Rung,
    Trigger,
    When,
    prove,
)
from credcore.rules.conditions import Named
from credcore.stages import Pipeline, Stage

OFFICE = WorkCalendar.from_mapping({"week": {"mon-fri": ["09:00-17:00"]}}, zone="America/Chicago")
PIPELINE = Pipeline(
    [
        Stage("intake", "Intake", "specialist", "team", next=["psv", "closed"]),
        Stage("psv", "Primary source verification", "specialist", "team", next=["closed"]),
        Stage("closed", "Closed", "specialist", "team", terminal=True),
    ],
    starts={"initial": "intake", "recredentialing": "psv"},
)


def clock(name: str, on: Condition = ALWAYS, **fields: object) -> ClockRule:
    """Return a clock of ten working days."""
    return ClockRule(**{"id": name, "on": on, "limit": parse_limit("10 working days"), "calendar": OFFICE, **fields})


def look_again(*stages: str) -> ClockRule:
    """Return what nothing pauses."""
    return clock("look-again", When(stage=stages), family=LOOK_AGAIN, restart=Trigger(["stage-changed", "reviewed"]))


def facet(kind: str, stage: str, *parties: str, flags: Iterable[str] = (), attempts: int = 0) -> Facet:
    """Return how a file looks."""
    return Facet("file", kind, stage, frozenset(parties), frozenset(flags), attempts)


PAUSING_EACH_OTHER = [
    clock("sla", paused=When(waiting_on=["provider", "payer"])),
    clock("chase-provider", When(waiting_on="provider"), paused=When(waiting_on="payer")),
    clock("chase-payer", When(waiting_on="payer"), paused=When(waiting_on="provider")),
]


def test_a_stage_that_a_hold_silences_is_named() -> None:
    """PSV has no look-again and its clock pauses: a file that waits for the provider there is lost."""
    sla = clock("sla", paused=When(waiting_on="provider"))
    proof = prove(PIPELINE, [sla, look_again("intake")], kinds=["initial"])
    assert not proof.holds
    assert [lost.facet for lost in proof.lost] == [facet("initial", "psv", "provider")]
    assert [(weak.facet, weak.held_by) for weak in proof.weak] == [
        (facet("initial", "intake", "provider"), ("look-again",))
    ]


def test_a_sound_profile_loses_nothing() -> None:
    """A clock that nothing pauses holds every facet; the look-again alone is not needed."""
    rules = [clock("sla", paused=When(waiting_on="provider")), clock("chase", When(waiting_on="provider"))]
    proof = prove(PIPELINE, [*rules, look_again("intake", "psv")])
    assert proof.holds
    assert proof.lost == proof.weak == proof.unproven == ()


def test_case_36_two_holds_that_pause_each_others_clocks() -> None:
    """Each hold alone is safe, the pair is not: it is named, and nothing else is."""
    pair = [facet("initial", stage, "provider", "payer") for stage in ("intake", "psv")]
    assert [lost.facet for lost in prove(PIPELINE, PAUSING_EACH_OTHER, kinds=["initial"]).lost] == pair
    with_look_again = prove(PIPELINE, [*PAUSING_EACH_OTHER, look_again("intake", "psv")], kinds=["initial"])
    assert with_look_again.holds
    assert [weak.facet for weak in with_look_again.weak] == pair


def test_whoever_is_named_by_nobody_is_tried_too() -> None:
    """A clock that any hold pauses loses a file on hold for a party that no condition names."""
    (lost, _) = prove(PIPELINE, [clock("sla", paused=When(held=True))], kinds=["initial"]).lost
    assert len(lost.facet.parties) == 1


def test_flags_and_attempts_are_tried_around_what_is_named() -> None:
    """Outreach that ends after three attempts leaves the file to nobody from the third on."""
    outreach = clock("outreach", AnyOf([When(attempts_below=3), When(flags="escalated")]))
    lost = prove(PIPELINE, [outreach], kinds=["recredentialing"]).lost
    assert [found.facet for found in lost] == [
        facet("recredentialing", stage, attempts=3) for stage in ("intake", "psv")
    ]


@pytest.mark.parametrize(
    ("rule", "why"),
    [
        (clock("sla", to="chaplain"), "nobody has the role"),
        (clock("sla", cancel=When(kind="initial")), "cancelled"),
        (clock("sla", When(stage=["intake", "psv"], without="x"), episode="stage"), "stopped for good"),
        (clock("sla", When(stage="psv"), episode="opening"), "stopped for good on leaving the stage"),
        (clock("sla", When(record="provider")), "of another record"),
        (DateRule(id="promise", about="promise", calendar=OFFICE), "there may be no day"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_what_holds_nothing(rule: ClockRule | DateRule, why: str) -> None:
    """A rule that may stay silent for ever holds no file."""
    assert not prove(PIPELINE, [rule], kinds=["initial"]).holds, why


@pytest.mark.parametrize("fields", [{"episode": "stage"}, {"episode": "opening"}, {"to": "chaplain"}])
def test_what_holds(fields: dict[str, str]) -> None:
    """A clock that is on throughout its occasion holds, as does one for a role that somebody has."""
    assert prove(PIPELINE, [clock("sla", When(stage=["intake", "psv"]), **fields)], roles=["chaplain"]).holds


def test_a_plugins_rule_is_not_proven() -> None:
    """What may read outside the facet is named, and holds nothing."""
    proof = prove(PIPELINE, [_Plugin()])
    assert [(one.rule, "plugin" in one.why) for one in proof.unproven] == [("plugin", True)]
    assert len(proof.lost) == 4


def test_a_condition_of_somebody_elses_making_is_not_proven() -> None:
    """A clock whose condition may read what no facet has holds nothing, wherever the condition hides in it."""
    odd = clock("odd", AnyOf([When(flags="x"), _Tuesdays()]))
    proof = prove(PIPELINE, [odd, look_again("intake", "psv")])
    assert [(one.rule, "condition" in one.why) for one in proof.unproven] == [("odd", True)]
    assert proof.holds
    assert not prove(PIPELINE, [odd]).holds


def test_it_is_said_why_each_clock_is_silent() -> None:
    """A coordinator reads of a lost file which clocks look at it, and what keeps each of them quiet."""
    rules = [
        clock("sla", paused=When(waiting_on="provider")),
        clock("chase", When(waiting_on="payer")),
        clock("fast", cancel=When(waiting_on="provider")),
        clock("once", When(without="x"), episode="stage"),
        clock("chaplain", to="chaplain"),
        clock("elsewhere", When(stage="intake")),
    ]
    (lost,) = [one for one in prove(PIPELINE, rules, kinds=["initial"]).lost if one.facet.stage == "psv"]
    assert lost.facet == facet("initial", "psv", "provider")
    assert lost.silent == (
        "sla is paused",
        "chase is off",
        "fast is cancelled",
        "once runs once, and may have been stopped for good",
        "chaplain tells chaplain, which nobody is",
    )


def test_a_stage_that_no_move_reaches_is_gone_through_too() -> None:
    """Another edition, or an import, may have left a file there: it is lost all the same."""
    pipeline = Pipeline([*PIPELINE.stages], starts={"initial": "intake", "late": "psv"})
    proof = prove(pipeline, [clock("sla", When(stage="psv")), clock("in", When(stage="intake", kind="initial"))])
    assert [one.facet for one in proof.lost] == [facet("late", "intake")]
    assert proof.weak == ()


def test_all_parties_and_six_flags_are_gone_through() -> None:
    """Every subset of all nine parties and of six flags is looked at in each kind and stage, and is found held."""
    flags = [f"flag-{number}" for number in range(6)]
    rules = [
        clock("sla", paused=AnyOf([When(waiting_on=PARTIES_OF_A_HOLD[1:]), *(When(flags=flag) for flag in flags)])),
        clock("outreach", When(waiting_on=PARTIES_OF_A_HOLD, attempts_below=3)),
    ]
    proof = prove(PIPELINE, [*rules, look_again("intake", "psv")])
    assert proof.facets == 4 * 2**9 * 2**6 * 2
    assert proof.holds
    assert all(weak.facet.flags or weak.facet.attempts for weak in proof.weak)


def test_more_than_can_be_gone_through_is_refused() -> None:
    """Twenty-five flags in one stage are no proof in any time: the error says so, and what to do."""
    flags = [When(flags=f"flag-{number}") for number in range(25)]
    with pytest.raises(InvalidInput, match="fewer flags"):
        prove(PIPELINE, [clock("sla", paused=AnyOf(flags))])


def test_an_unknown_kind_is_refused() -> None:
    """A kind that the pipeline does not start is an error, not a proof of nothing."""
    with pytest.raises(InvalidInput, match="initial"):
        prove(PIPELINE, [], kinds=["inital"])


@attrs.frozen
class _Tuesdays:
    """A condition that reads what no facet has."""

    named = Named()

    def met(self, _facet: Facet) -> bool:
        return True

    def within(self, _record: str, _kind: str, _stage: str) -> Condition:
        return ALWAYS


@attrs.frozen
class _Plugin:
    """A rule of somebody else's making."""

    id: str = "plugin"
    family: str = "plugin"
    title: str = ""
    source: str = ""
    rungs: tuple[Rung, ...] = ()

    def findings(self, _states: Sequence[State]) -> list[Finding]:
        return []

    tail = findings


# The slow way: put a file into every facet, let time pass, and see whether anybody is told.

PARTIES = ("provider", "payer", "committee")
FLAGS = ("x",)
CONDITIONS = (
    ALWAYS,
    NEVER,
    When(waiting_on="provider"),
    When(waiting_on=["provider", "payer"]),
    When(held=True),
    When(held=False),
    When(flags="x"),
    When(stage="psv", without="x"),
    When(attempts_from=2),
    When(kind="initial", attempts_below=1),
    When(state="IL"),
    When(state=["IL", "WI"], held=True),
    AnyOf([When(waiting_on="payer", flags="x"), When(stage="intake")]),
)


def _subsets(names: Sequence[str]) -> Iterator[frozenset[str]]:
    return (frozenset(some) for size in range(len(names) + 1) for some in itertools.combinations(names, size))


FACETS = [
    Facet("file", "initial", stage, parties, flags, attempts, state)
    for stage in ("intake", "psv")
    for parties in _subsets(PARTIES)
    for flags in _subsets(FLAGS)
    for attempts in range(4)
    for state in ("", "IL", "WI")
]


def _told(rules: Iterable[ClockRule], path: Sequence[Facet]) -> set[str]:
    """Return the families of the clocks by which somebody is told in the end, if a file goes this way and stays."""
    states = [
        State(10**15 + place, (Mark(f"e-{place}", "any"),), facet, "e-0", 10**15, "e-0", 10**15)
        for place, facet in enumerate(path)
    ]
    return {
        rule.family
        for rule in rules
        for finding in rule.tail(states)
        if finding.level >= BREACHED and finding.passed[-1].to != "nobody"
    }


def _least(facets: Iterable[Facet]) -> set[Facet]:
    bad = list(facets)
    return {
        one
        for one in bad
        if not any(
            other != one
            and other.stage == one.stage
            and other.parties <= one.parties
            and other.flags <= one.flags
            and other.attempts <= one.attempts
            and other.state in ("", one.state)
            for other in bad
        )
    }


@st.composite
def clocks(draw: st.DrawFn, episode: st.SearchStrategy[str]) -> list[ClockRule]:
    """Draw some clocks with conditions of every kind."""
    conditions = st.sampled_from(CONDITIONS)
    return [
        ClockRule(
            id=f"clock-{number}",
            on=draw(conditions),
            paused=draw(st.just(NEVER) | conditions),
            cancel=draw(st.just(NEVER) | st.just(NEVER) | conditions),
            limit=WorkingDays(draw(st.integers(0, 2))),
            calendar=OFFICE,
            to=draw(st.sampled_from(["owner", "owner", "lead", "nobody"])),
            family=draw(st.sampled_from(["sla", "sla", LOOK_AGAIN])),
            episode=draw(episode),
        )
        for number in range(draw(st.integers(0, 4)))
    ]


@given(clocks(st.just("start")))
@example(PAUSING_EACH_OTHER)
def test_the_proof_agrees_with_a_slow_search(rules: list[ClockRule]) -> None:
    """The least facets in which nobody is ever told are those that the proof names, and likewise the weak ones."""
    told = {facet: _told(rules, [facet]) for facet in FACETS}
    proof = prove(PIPELINE, rules, kinds=["initial"])
    lost, weak = ({found.facet for found in some} for some in (proof.lost, proof.weak))
    for found, families in ((lost, set()), (weak, {LOOK_AGAIN})):
        expected = _least(facet for facet in FACETS if told[facet] == families)
        assert found <= expected
        # Of parties that no condition tells apart, the proof takes one for all.
        assert all(found & _renamed(facet, told) for facet in expected)


def _renamed(facet: Facet, told: Mapping[Facet, set[str]]) -> set[Facet]:
    """Return the facets that are this one under other names of parties, where those names change nothing at all."""
    here = [other for other in FACETS if other.stage == facet.stage]
    renamings = [dict(zip(PARTIES, names, strict=True)) for names in itertools.permutations(PARTIES)]
    return {
        _called(facet, names)
        for names in renamings
        if all(told[_called(other, names)] == told[other] for other in here)
    }


def _called(facet: Facet, names: Mapping[str, str]) -> Facet:
    return facet._replace(parties=frozenset(names[party] for party in facet.parties))


@given(
    clocks(st.sampled_from(["start", "stage", "opening"])), st.lists(st.sampled_from(FACETS), min_size=1, max_size=4)
)
@example(
    [clock("sla", When(without="x"), episode="stage"), clock("clear-flag", When(flags="x"))],
    [facet("initial", "psv"), facet("initial", "psv", flags=["x"]), facet("initial", "psv")],
)
def test_what_is_proved_holds_on_every_way(rules: list[ClockRule], way: list[Facet]) -> None:
    """Where no file can be lost, none is, by whatever facets of its stage it came."""
    lost = {lost.facet.stage for lost in prove(PIPELINE, rules, kinds=["initial"]).lost}
    stage = way[-1].stage
    if stage not in lost:
        assert _told(rules, [facet for facet in way if facet.stage == stage])
