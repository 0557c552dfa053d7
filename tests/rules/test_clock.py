"""A clock: its rungs, its anchor, its order of conditions, and what it refuses."""

import datetime as dt
from zoneinfo import ZoneInfo

import pytest

from credcore.calendars import WorkCalendar
from credcore.errors import InvalidInput
from credcore.history import Facet, Mark, State
from credcore.instants import from_us, to_us
from credcore.limits import Limit, Months, parse_limit
from credcore.rules import (
    BREACHED,
    NEVER,
    RUNNING,
    WARNED,
    ClockRule,
    Finding,
    Run,
    Step,
    Stint,
    Trigger,
    When,
    reach,
    standing,
)
from credcore.rules.findings import clip

CHICAGO = ZoneInfo("America/Chicago")
OFFICE = WorkCalendar.from_mapping({"week": {"mon-fri": ["09:00-17:00"]}}, zone="America/Chicago")
HOLD = frozenset({"provider"})


def on(day: int, hour: int = 9, minute: int = 0) -> dt.datetime:
    """Return an instant of March 2026 in Chicago; the 2nd is a Monday."""
    return dt.datetime(2026, 3, day, hour, minute, tzinfo=CHICAGO)


def runs(*stretches: tuple[dt.datetime, dt.datetime | None]) -> list[Run]:
    """Return stretches in microseconds."""
    return [(to_us(since), None if until is None else to_us(until)) for since, until in stretches]


def sla(limit: str | Limit = "3 working days", **fields: object) -> ClockRule:
    """Return a clock of PSV, paused by the provider and cancelled by a withdrawal."""
    defaults = {
        "id": "sla",
        "on": When(stage="psv"),
        "paused": When(waiting_on="provider"),
        "cancel": When(flags="withdrawn"),
        "limit": parse_limit(limit) if isinstance(limit, str) else limit,
        "calendar": OFFICE,
    }
    return ClockRule(**{**defaults, **fields})


def run_of(*steps: tuple[dt.datetime, dict[str, object]]) -> list[State]:
    """Return states, each given by its instant and what is other than before."""
    states: list[State] = []
    facet, entered, entry = Facet("file", "initial", "psv"), steps[0][0], "e-0"
    for place, (at, change) in enumerate(steps):
        marks = (Mark(f"e-{place}", str(change.get("mark", "any"))),)
        if "stage" in change:
            entered, entry = at, f"e-{place}"
        facet = facet._replace(**{name: value for name, value in change.items() if name != "mark"})
        states.append(State(to_us(at), marks, facet, "e-0", to_us(steps[0][0]), entry, to_us(entered)))
    return states


def stands(rule: ClockRule, states: list[State], at: dt.datetime) -> Finding:
    """Return the one finding that stands."""
    (finding,) = standing(rule.findings(states), at)
    return finding


def test_a_file_goes_up_the_ladder() -> None:
    """Running, warned at three quarters, breached, and two working days later the lead is told."""
    rule = sla("4 working days", warn=0.75, ladder=[Step(parse_limit("2 working days"), "lead")])
    found = rule.findings(run_of((on(2), {})))
    assert [(one.rung, one.level, one.since.astimezone(CHICAGO)) for one in found] == [
        ("running", RUNNING, on(2)),
        ("75% used", WARNED, on(5, 17)),
        ("breached", BREACHED, on(6, 17)),
        ("breached + 2 working days", BREACHED + 1, on(10, 17)),
    ]
    assert {one.deadline for one in found} == {on(6, 17)}
    assert [rung.to for rung in found[-1].passed] == ["owner", "owner", "lead"]


NIGHTS = WorkCalendar.from_mapping({"week": {"mon-fri": ["22:00-06:00"]}}, zone="America/Chicago")


@pytest.mark.parametrize(
    ("limit", "step", "calendar", "due", "stands"),
    [
        ("2 days", "1 day", OFFICE, on(5, 0), on(6, 0)),
        ("1 working day", "1 working day", OFFICE, on(3, 17), on(4, 17)),
        ("1 working day", "1 working day", NIGHTS, on(4, 6), on(5, 6)),
        ("4 working hours", "1 day", OFFICE, on(2, 13), on(4, 0)),
    ],
)
def test_a_step_in_days_counts_from_the_day_that_the_breach_ends(limit, step, calendar, due, stands) -> None:
    """Breached as Wednesday ends, a day later is the end of Thursday; a night's close is that night's, not the next."""
    rule = sla(limit, calendar=calendar, paused=NEVER, ladder=[Step(parse_limit(step), "lead")])
    *_, breached, top = rule.findings(run_of((on(2), {})))
    assert (breached.since, top.since) == (due, stands)


def test_a_step_after_a_limit_in_months_counts_from_its_last_day() -> None:
    """Due on the last of February, a day later is the end of the first of March."""
    rule = sla("1 month", paused=NEVER, ladder=[Step(parse_limit("1 day"), "lead")])
    *_, top = rule.findings(run_of((dt.datetime(2026, 1, 31, 12, tzinfo=CHICAGO), {})))
    assert top.since == on(2, 0)


def test_a_step_after_nothing_is_the_breach_itself() -> None:
    """``0 days`` says whom the breach is told; it adds no rung."""
    rule = sla(ladder=[Step(parse_limit("0 days"), "lead"), Step(parse_limit("1 day"), "coordinator")])
    assert [(rung.name, rung.to) for rung in rule.rungs] == [("breached", "lead"), ("breached + 1 day", "coordinator")]


def test_the_ladder_counts_in_the_clocks_own_running_time() -> None:
    """A pause after the breach leaves the breach and holds up the ladder."""
    rule = sla("1 working day", ladder=[Step(parse_limit("8 working hours"), "lead")])
    states = run_of((on(2), {}), (on(4, 9), {"parties": HOLD}), (on(9), {"parties": frozenset()}))
    assert stands(rule, states, on(6)).rung == "breached"
    assert stands(rule, states, on(6)).deadline == on(3, 17)
    assert stands(rule, states, on(9, 17)).rung == "breached + 8 working hours"
    found = rule.findings(states)
    assert [one.rung for one in found] == ["running", "breached", "breached + 8 working hours"]
    assert found[-1].since == on(9, 17)


def test_no_step_stands_before_the_one_above_it() -> None:
    """A ladder is climbed in its order, even where a later step is the shorter."""
    steps = [Step(parse_limit(f"{days} days"), "lead") for days in (3, 1, 2)]
    found = sla(ladder=steps).findings(run_of((on(2), {})))
    assert [one.level for one in found] == [RUNNING, BREACHED, BREACHED + 3]


def test_months_run_from_the_anchor_and_warn_days_before() -> None:
    """A month after 31 January is the end of February; ten days before its last day somebody is told."""
    rule = sla("1 month", paused=NEVER, warn_before=10)
    states = run_of((dt.datetime(2026, 1, 31, 12, tzinfo=CHICAGO), {}))
    found = rule.findings(states)
    assert [(one.rung, one.since.astimezone(CHICAGO).date().isoformat()) for one in found] == [
        ("running", "2026-01-31"),
        ("10 days before", "2026-02-18"),
        ("breached", "2026-03-01"),
    ]


def test_restarted_it_begins_again_under_its_name() -> None:
    """A recorded review clears a breach; the episode goes on."""
    rule = sla(restart=Trigger("reviewed"))
    states = run_of((on(2), {}), (on(12), {"mark": "reviewed"}))
    assert stands(rule, states, on(11)).level == BREACHED
    finding = stands(rule, states, on(12))
    assert (finding.level, finding.episode, finding.deadline) == (RUNNING, "e-0", on(17, 17))


@pytest.mark.parametrize(
    "states",
    [
        ((on(2), {}), (on(3), {"mark": "reviewed"}), (on(4), {"flags": frozenset({"gap"})})),
        ((on(2), {}), (on(3), {"flags": frozenset({"withdrawn"})}), (on(4), {"flags": frozenset()}), (on(5), {})),
        ((on(2), {}), (on(3), {"stage": "qa"}), (on(4), {"stage": "psv"}), (on(5), {})),
        ((on(2), {"stage": "intake", "parties": HOLD}), (on(3), {"stage": "psv"}), (on(4), {"parties": frozenset()})),
    ],
    ids=["restarted", "cancelled, then on again", "stopped, then on again", "held before it came on"],
)
def test_a_tail_looks_back_as_far_as_the_clock_was_on(
    states: tuple[tuple[dt.datetime, dict[str, object]], ...],
) -> None:
    """What a sweep reads goes on from the present stint: what happened before it has no say."""
    rule, run = sla(restart=Trigger("reviewed"), warn=0.5), run_of(*states)
    tail = rule.tail(run)
    assert tail
    assert tail == list(clip(rule.findings(run), run[-1].at_us, None))


def test_what_was_foreseen_knew_of_no_later_pause() -> None:
    """Before the hold one deadline stood, during it none, after it another: the past is told as it was."""
    states = run_of((on(2), {}), (on(4), {"parties": HOLD}), (on(6), {"parties": frozenset()}))
    found = sla().findings(states)
    assert [(one.rung, one.deadline) for one in found] == [
        ("running", on(5, 17)),
        ("running", None),
        ("running", on(9, 17)),
        ("breached", on(9, 17)),
    ]


def test_an_episode_of_each_stage_is_another_in_the_next() -> None:
    """A clock over two stages that runs once within each begins a new episode with the second."""
    rule = sla(on=When(stage=["psv", "qa"]), episode="stage")
    states = run_of((on(2), {}), (on(4), {"stage": "qa"}))
    assert [stands(rule, states, on(day)).episode for day in (3, 4)] == ["e-0", "e-1"]
    assert stands(rule, states, on(4)).deadline == on(9, 17)


def test_what_restarted_it_before_it_applied_counts_too() -> None:
    """A clock that comes to apply later counts from the last review, as if it had applied all along."""
    rule = sla(on=When(flags="urgent"), anchor="opening", restart=Trigger("reviewed"))
    states = run_of((on(2), {}), (on(10), {"mark": "reviewed"}), (on(12), {"flags": frozenset({"urgent"})}))
    assert stands(rule, states, on(12)).deadline == on(13, 17)


def test_cancelled_it_is_as_if_it_had_not_been() -> None:
    """While the file is withdrawn nothing stands; taken up again, the clock is there as it was."""
    rule = sla(anchor="opening", episode="opening")
    states = run_of((on(2), {}), (on(3), {"flags": frozenset({"withdrawn"})}), (on(10), {"flags": frozenset()}))
    assert standing(rule.findings(states), on(9)) == ()
    finding = stands(rule, states, on(10))
    assert (finding.level, finding.episode, finding.deadline) == (BREACHED, "e-0", on(5, 17))


def test_cancel_goes_before_stop() -> None:
    """Cancelled and stopped at one instant it counts as cancelled, so its occasion is not used up."""
    rule = sla(on=When(without="done"), episode="opening")
    both, none = frozenset({"withdrawn", "done"}), frozenset()
    again = run_of((on(2), {}), (on(3), {"flags": both}), (on(4), {"flags": none}))
    assert len(standing(rule.findings(again), on(4))) == 1
    done = frozenset({"done"})
    for way in ([done, none], [frozenset({"withdrawn"}), done, none]):
        steps = [(on(3 + place), {"flags": flags}) for place, flags in enumerate(way)]
        stopped = run_of((on(2), {}), *steps)
        assert standing(rule.findings(stopped), on(9)) == ()


BOTH, HELD, FREE = frozenset({"provider", "source"}), {"parties": HOLD}, {"parties": frozenset()}


def test_order_stop_goes_before_restart() -> None:
    """Left and reviewed at one instant the clock is off: a review starts nothing that was stopped, then or later."""
    rule = sla(on=When(stage="psv"), restart=Trigger("reviewed"), episode="opening")
    states = run_of((on(2), {}), (on(4), {"stage": "qa", "mark": "reviewed"}), (on(5), {"stage": "psv"}))
    assert standing(rule.findings(states), on(4)) == ()
    assert standing(rule.findings(states), on(9)) == ()


def test_order_restart_goes_before_pause() -> None:
    """Reviewed and held at one instant, the clock begins anew and stands still: of its limit nothing is used."""
    rule = sla(restart=Trigger("reviewed"))
    at_once = run_of((on(2), {}), (on(5, 17), {**HELD, "mark": "reviewed"}), (on(12), FREE))
    assert (stands(rule, at_once, on(6)).level, stands(rule, at_once, on(6)).deadline) == (RUNNING, None)
    assert stands(rule, at_once, on(12)).deadline == on(16, 17)
    held_alone = run_of((on(2), {}), (on(5, 17), HELD), (on(12), FREE))
    assert stands(rule, held_alone, on(6)).level == BREACHED


def test_order_pause_goes_before_resume() -> None:
    """One hold ends as the other begins: between them nothing runs, not even a day that closes there."""
    rule = sla("1 working day", paused=When(waiting_on=["provider", "source"]))
    others = {"parties": frozenset({"source"})}
    handed_on = run_of((on(2), {}), (on(3), HELD), (on(4, 17), others), (on(5), FREE))
    assert stands(rule, handed_on, on(4, 17)).deadline is None
    assert stands(rule, handed_on, on(5)).deadline == on(5, 17)
    overlapping = run_of((on(2), {}), (on(3), HELD), (on(4), {"parties": BOTH}), (on(4, 17), others), (on(5), FREE))
    assert stands(rule, overlapping, on(5)).deadline == on(5, 17)


def test_order_resume_goes_before_start() -> None:
    """Released at the very instant at which the clock comes on, it runs from there."""
    states = run_of((on(2), {"stage": "intake", **HELD}), (on(4), {"stage": "psv", **FREE}))
    assert sla().stints(states) == [Stint("e-1", to_us(on(4)), to_us(on(4)), None, ((to_us(on(4)), None),))]
    still_held = run_of((on(2), {"stage": "intake", **HELD}), (on(4), {"stage": "psv"}))
    assert sla().stints(still_held)[0].runs == ()


def test_order_all_at_one_instant_is_cancelled() -> None:
    """Withdrawn, reviewed and held at one instant, left or not, it is cancelled, and its occasion is not used up."""
    rule = sla(restart=Trigger("reviewed"), episode="opening")
    all_at_once = {"flags": frozenset({"withdrawn"}), "mark": "reviewed", **HELD}
    again = {"flags": frozenset(), "stage": "psv", **FREE}
    for left in ({}, {"stage": "qa"}):
        states = run_of((on(2), {}), (on(4), all_at_once | left), (on(9), again))
        assert standing(rule.findings(states), on(4)) == ()
        assert stands(rule, states, on(9)).deadline == on(12, 17)


def test_stopped_at_its_deadline_it_was_not_met() -> None:
    """Met only if stopped before the deadline: the breach itself then lasts for no time."""
    rule = sla()
    (met,) = rule.findings(run_of((on(2), {}), (on(5, 16, 59), {"stage": "qa"})))
    (missed,) = rule.findings(run_of((on(2), {}), (on(5, 17), {"stage": "qa"})))
    assert met.until_us < met.due_us
    assert missed.until_us == missed.due_us


def test_anchored_at_the_stage_it_begins_with_each_stage() -> None:
    """A clock over two stages, counted from the entry of the present one, restarts with the second."""
    rule = sla(on=When(stage=["psv", "qa"]), anchor="stage")
    states = run_of((on(2), {}), (on(4), {"stage": "qa"}))
    assert stands(rule, states, on(3)).deadline == on(5, 17)
    assert stands(rule, states, on(4)).deadline == on(9, 17)
    assert stands(rule, states, on(4)).episode == "e-0"


def test_reach_is_one_question() -> None:
    """When is so much used, if the clock runs during these stretches? None where they end before."""
    limit, origin = parse_limit("16 working hours"), to_us(on(2))
    assert reach(limit, OFFICE, runs((on(2), None)), origin) == to_us(on(3, 17))
    assert reach(limit, OFFICE, runs((on(2), on(3)), (on(5), None)), origin) == to_us(on(5, 17))
    assert reach(limit, OFFICE, runs((on(2), on(3)), (on(5), on(5, 17))), origin) == to_us(on(5, 17))
    assert reach(limit, OFFICE, runs((on(2), on(3)), (on(5), on(5, 16))), origin) is None
    assert reach(parse_limit("0 days"), OFFICE, runs((on(3), None)), origin) == to_us(on(3))
    assert reach(Months(1), OFFICE, [], origin) == to_us(dt.datetime(2026, 4, 3, tzinfo=CHICAGO))


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"limit": Months(1)}, "paused: a limit in months cannot pause"),
        ({"limit": Months(1), "warn": 0.5}, "warn: months are not equally long"),
        ({"warn_before": 3}, "warn_before: days before go with limits in months"),
        ({"warn": [0.5, 0.5]}, "warn: two rungs are called '50% used'"),
        ({"warn": [1.5]}, "fraction from 0 to 1"),
        ({"ladder": [Step(parse_limit("1 day"), "lead")] * 2}, "ladder: two rungs are called 'breached \\+ 1 day'"),
        ({"ladder": [Step(parse_limit(f"0 {unit}"), "lead") for unit in ("days", "working days")]}, "'breached'"),
    ],
)
def test_what_cannot_be_meant_is_refused(fields: dict[str, object], message: str) -> None:
    """The message says what was wrong and what would be right."""
    with pytest.raises(InvalidInput, match=message):
        sla(**fields)


def test_a_ladder_has_no_months() -> None:
    """Months do not pause, so they cannot count a clock's running time."""
    with pytest.raises(InvalidInput, match="after: a ladder counts in working time or days"):
        Step(Months(1), "lead")


def test_without_a_history_nothing_stands() -> None:
    """A record that was not opened has no findings."""
    assert sla().findings([]) == sla().tail([]) == []


def test_an_instant_before_its_time_is_no_finding() -> None:
    """A clock that came to apply later says nothing of the time before, however early its anchor."""
    rule = sla(on=When(flags="urgent"), anchor="opening")
    states = run_of((on(2), {}), (on(12), {"flags": frozenset({"urgent"})}))
    (finding,) = rule.findings(states)
    assert (finding.since, finding.level, finding.due_us) == (on(12), BREACHED, to_us(on(5, 17)))
    assert from_us(states[0].at_us) < finding.since
