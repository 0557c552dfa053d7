"""Cases from the field, by number: what users of other systems reported, and what clocks here do."""

import datetime as dt
from zoneinfo import ZoneInfo

from credcore.calendars import WorkCalendar
from credcore.events import (
    Assigned,
    ContactLogged,
    Event,
    FileOpened,
    FlagCleared,
    FlagRaised,
    HoldPlaced,
    HoldReleased,
    Reviewed,
    Snoozed,
    StageChanged,
)
from credcore.history import History, Ref
from credcore.limits import parse_limit
from credcore.rules import (
    BREACHED,
    NEVER,
    RUNNING,
    ClockExplanation,
    ClockRule,
    Edition,
    Finding,
    Trigger,
    When,
    evaluate,
    explain,
    schedule,
)

CHICAGO = ZoneInfo("America/Chicago")
OFFICE = WorkCalendar.from_mapping({"week": {"mon-fri": ["09:00-17:00"]}}, zone="America/Chicago")
IN_PSV = When(stage="psv")
WAITING = When(waiting_on=["provider", "source"])


def on(day: int, hour: int = 9, minute: int = 0) -> dt.datetime:
    """Return an instant of March 2026 in Chicago; the 2nd is a Monday."""
    return dt.datetime(2026, 3, day, hour, minute, tzinfo=CHICAGO)


def file(*events: Event) -> History:
    """Return the history of a file that was opened in PSV."""
    return History(
        Ref("file", "f-1"),
        (FileOpened(id="e-0", at=on(2), kind="initial", provider="p-1", stage="psv"), *events),
    )


def hold(name: str, since: dt.datetime, until: dt.datetime | None = None, party: str = "provider") -> list[Event]:
    """Return a hold, and its release if it is over."""
    events: list[Event] = [HoldPlaced(id=f"{name}-placed", at=since, hold=name, waiting_on=party)]
    if until is not None:
        events.append(HoldReleased(id=f"{name}-released", at=until, hold=name))
    return events


def sla(limit: str, **fields: object) -> ClockRule:
    """Return a clock of a stage, paused while somebody outside is waited for."""
    return ClockRule(
        **{"id": "sla", "on": IN_PSV, "paused": WAITING, "limit": parse_limit(limit), "calendar": OFFICE, **fields}
    )


def stands(history: History, rule: ClockRule, at: dt.datetime) -> Finding:
    """Return the one finding that stands."""
    (finding,) = evaluate(history, [rule], at).findings
    return finding


def test_case_1_a_clock_chosen_during_a_pause_keeps_the_pause() -> None:
    """An urgent file gets a shorter limit after it had waited: what it waited since its anchor is not counted."""
    urgent = sla("3 working days", on=When(stage="psv", flags="urgent"), anchor="opening")
    waited = hold("h", on(3, 10), on(9, 10))
    history = file(*waited, FlagRaised(id="e-1", at=on(9, 12), flag="urgent"))
    assert stands(history, urgent, on(9, 12)).deadline == on(11, 17)
    during = file(*waited, FlagRaised(id="e-1", at=on(5), flag="urgent"))
    assert stands(during, urgent, on(6)).deadline is None
    assert stands(during, urgent, on(9, 12)).deadline == on(11, 17)


def test_case_2_a_pause_is_measured_in_the_clocks_own_calendar() -> None:
    """A hold over the weekend costs no working time, and gives none back."""
    rule = sla("40 working hours")
    assert stands(file(), rule, on(2)).deadline == on(6, 17)
    over_the_weekend = file(*hold("h", on(6, 16), on(9, 10)))
    assert stands(over_the_weekend, rule, on(9, 10)).deadline == on(9, 11)


def test_case_3_what_is_shown_as_paused_does_not_tick() -> None:
    """While the explanation says paused, there is no deadline and what was used stays as it was."""
    history = file(*hold("h", on(3)))
    used = set()
    for day in (3, 4, 20):
        told = explain(history, sla("5 working days"), on(day))
        assert isinstance(told, ClockExplanation)
        assert told.deadline is None
        assert day == 3 or told.segments[-1].what == "paused"
        used.add(told.used)
    assert used == {0}


def test_case_4_every_pause_counts_however_often_it_comes() -> None:
    """Three holds for different parties: each pausing interval is taken out, the team's own hold is not."""
    history = file(
        *hold("a", on(3), on(4)),
        *hold("b", on(5), on(6), party="source"),
        *hold("c", on(9), on(10), party="team"),
        *hold("d", on(11), on(12)),
    )
    assert stands(history, sla("48 working hours"), on(12)).deadline == on(12, 17)


def test_case_5_a_stall_runs_only_while_the_reply_owed_is_ours() -> None:
    """Waiting for the provider stalls nobody; from the provider's answer on, we do."""
    stall = sla("3 working days", family="stall", paused=When(held=True), restart=Trigger("contact-answered"))
    answer = ContactLogged(id="e-1", at=on(20), party="provider", channel="email", direction="in")
    history = file(*hold("h", on(3), on(20)), answer)
    assert stands(history, stall, on(19)).level == RUNNING
    assert stands(history, stall, on(20)).deadline == on(25, 17)


def test_case_6_a_rule_taken_out_leaves_nothing_behind() -> None:
    """With the edition that no longer has the rule, its breach clears at that very instant."""
    rule = sla("2 working days")
    editions = [Edition(1, (rule,), until=on(10)), Edition(2, (), since=on(10))]
    assert evaluate(file(), editions, on(10) - dt.timedelta(microseconds=1)).level == BREACHED
    assert evaluate(file(), editions, on(10)).findings == ()
    assert evaluate(file(), editions, on(9)).next_change == on(10)


def test_case_7_a_changed_calendar_is_counted_by_at_once_and_by_what_is_open_alone() -> None:
    """An edition that closes a day moves every open deadline; what was closed before it is as it was judged then."""
    longer = WorkCalendar.from_mapping(
        {"week": {"mon-fri": ["09:00-17:00"]}, "closures": {"2026-03-05": "Flood"}}, zone="America/Chicago"
    )
    old, new = sla("5 working days"), sla("5 working days", calendar=longer)
    editions = [Edition(1, (old,), until=on(6)), Edition(2, (new,), since=on(6))]
    assert evaluate(file(), editions, on(5)).findings[0].deadline == on(9, 17)
    assert evaluate(file(), editions, on(6)).findings[0].deadline == on(10, 17)
    closed = file(StageChanged(id="e-1", at=on(5, 12), stage="closed"))
    assert schedule(closed, editions) == schedule(closed, [old])


def test_case_8_the_anchor_is_explicit() -> None:
    """The same limit runs from the opening, or from the owner's assignment and anew from each reassignment."""
    history = file(Assigned(id="e-1", at=on(4), to="ana"), Assigned(id="e-2", at=on(10), to="ben"))
    from_opening, from_assignment = sla("5 working days", anchor="opening"), sla("5 working days", anchor="assignment")
    assert stands(history, from_opening, on(5)).deadline == on(9, 17)
    assert stands(history, from_assignment, on(3)).deadline == on(9, 17)
    assert stands(history, from_assignment, on(5)).deadline == on(11, 17)
    assert stands(history, from_assignment, on(10)).deadline == on(17, 17)


def test_case_8_a_complete_application_is_an_anchor() -> None:
    """The clock of completeness counts from when the application was complete; found earlier, it counts from there."""
    rule = sla("5 working days", on=When(stage="psv", flags="complete"), episode="opening")
    complete = FlagRaised(id="e-1", at=on(10), flag="complete")
    assert evaluate(file(complete), [rule], on(9)).findings == ()
    assert stands(file(complete), rule, on(10)).deadline == on(17, 17)
    found_earlier = file(complete, FlagRaised(id="e-2", at=on(5), flag="complete"))
    assert stands(found_earlier, rule, on(10)).deadline == on(12, 17)
    assert stands(found_earlier, rule, on(10)).episode == stands(file(complete), rule, on(10)).episode


def test_several_clocks_on_one_record_each_keep_their_own() -> None:
    """One pauses for the provider, one does not, one comes on later: the findings of all stand side by side."""
    history = file(*hold("h", on(3), on(5)), FlagRaised(id="e-1", at=on(6), flag="urgent"))
    rules = [
        sla("3 working days", id="ours"),
        sla("9 working days", id="all", paused=NEVER),
        sla("1 working day", id="urgent", on=When(stage="psv", flags="urgent")),
    ]
    found = {finding.rule: finding.deadline for finding in evaluate(history, rules, on(6)).findings}
    assert found == {"ours": on(9, 17), "all": on(13, 17), "urgent": on(9, 17)}
    during = {finding.rule: finding.deadline for finding in evaluate(history, rules, on(4)).findings}
    assert during == {"ours": None, "all": on(13, 17)}


def test_case_9_a_fact_recorded_late_chooses_the_clock_from_its_anchor() -> None:
    """That a file is urgent is recorded days late: its limit counts from the opening, and is breached at once."""
    urgent = sla("2 working days", on=When(stage="psv", flags="urgent"), anchor="opening")
    recorded_on_time = file(FlagRaised(id="e-1", at=on(2, 12), flag="urgent"))
    assert stands(recorded_on_time, urgent, on(12)).deadline == on(4, 17)
    late = file(FlagRaised(id="e-1", at=on(10), flag="urgent"))
    (finding,) = schedule(late, [urgent])
    assert (finding.level, finding.deadline, finding.since) == (BREACHED, on(4, 17), on(10))


def test_case_26_a_snoozed_file_is_hidden_and_its_clocks_run_on() -> None:
    """Snoozing changes nothing that any clock says."""
    rule = sla("5 working days", warn=[0.5])
    snoozed = file(Snoozed(id="e-1", at=on(3), until=on(30)))
    assert schedule(snoozed, [rule]) == schedule(file(), [rule])


def test_case_29_a_pause_that_begins_at_the_deadline_undoes_no_breach() -> None:
    """Breached at 17:00, on hold from 17:00: breached it stays, and by the same deadline."""
    rule = sla("3 working days")
    history = file(*hold("h", on(5, 17)))
    for at in (on(5, 17), on(17)):
        finding = stands(history, rule, at)
        assert (finding.level, finding.deadline) == (BREACHED, on(5, 17))
    just_before = file(*hold("h", on(5, 17) - dt.timedelta(microseconds=1)))
    assert stands(just_before, rule, on(17)).level == RUNNING


def test_case_30_holds_are_a_set() -> None:
    """The release of a later hold does not end the earlier one."""
    rule = sla("2 working days")
    history = file(*hold("first", on(3)), *hold("second", on(4), on(5), party="source"))
    finding = stands(history, rule, on(30))
    assert (finding.level, finding.deadline) == (RUNNING, None)


def test_case_31_an_edition_judges_within_its_window_alone() -> None:
    """A stricter edition judges what is open from its start on, and never again what was closed before."""
    lenient, strict = sla("10 working days"), sla("2 working days")
    editions = [Edition(1, (lenient,), until=on(9)), Edition(2, (strict,), since=on(9))]
    closed = file(StageChanged(id="e-1", at=on(6), stage="closed"))
    assert [finding.level for finding in schedule(closed, editions)] == [RUNNING]
    before = evaluate(file(), editions, on(6))
    assert (before.level, before.next_change) == (RUNNING, on(9))
    after = evaluate(file(), editions, on(9))
    assert (after.level, after.findings[0].deadline) == (BREACHED, on(4, 17))


def test_case_32_episodes_are_named_by_events() -> None:
    """A second stay in the stage is named by its entry, whatever is recorded late before it."""
    rule = sla("2 working days")
    moves = [StageChanged(id="e-1", at=on(4), stage="intake"), StageChanged(id="e-2", at=on(6), stage="psv")]
    late = ContactLogged(id="e-3", at=on(3), party="provider", channel="email")
    for history in (file(*moves), file(*moves, late)):
        assert {finding.episode for finding in schedule(history, [rule])} == {"e-0", "e-2"}


def test_case_32_an_occasion_names_what_a_late_event_could_displace() -> None:
    """The clock of completeness keeps its name although an earlier event is found to have turned it on."""
    rule = sla("2 working days", on=When(stage="psv", flags="complete"), episode="opening", anchor="opening")
    raised = FlagRaised(id="e-1", at=on(4), flag="complete")
    earlier = FlagRaised(id="e-2", at=on(3), flag="complete")
    for history in (file(raised), file(raised, earlier)):
        assert stands(history, rule, on(5)).episode == "e-0"


def test_case_37_a_stop_is_for_good() -> None:
    """On again is a new episode; within an occasion that has one episode, it stays off."""
    on_and_off = file(
        FlagRaised(id="e-1", at=on(3), flag="x"),
        FlagCleared(id="e-2", at=on(4), flag="x"),
        FlagRaised(id="e-3", at=on(5), flag="x"),
        Reviewed(id="e-4", at=on(6)),
    )
    flagged = When(stage="psv", flags="x")
    assert {finding.episode for finding in schedule(on_and_off, [sla("9 working days", on=flagged)])} == {"e-1", "e-3"}
    once = sla("9 working days", on=flagged, episode="stage")
    assert evaluate(on_and_off, [once], on(6)).findings == ()
    again = on_and_off.with_events([StageChanged(id="e-5", at=on(9), stage="psv")])
    assert stands(again, once, on(9)).episode == "e-5"
