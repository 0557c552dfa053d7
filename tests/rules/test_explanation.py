"""Where the time went, and what comes next; that it adds up is proved with the laws of clocks."""

import datetime as dt
from zoneinfo import ZoneInfo

import attrs
import pytest

from credcore.calendars import WorkCalendar
from credcore.errors import InvalidInput
from credcore.events import (
    Attested,
    Event,
    FileOpened,
    FlagRaised,
    HoldPlaced,
    HoldReleased,
    ProviderRegistered,
    StageChanged,
    Verified,
)
from credcore.history import History, Ref
from credcore.instants import to_us
from credcore.limits import CalendarDays, parse_limit
from credcore.rules import (
    BREACHED,
    NEVER,
    ClockExplanation,
    ClockRule,
    DatedLimit,
    DateExplanation,
    DateRule,
    DateStep,
    Finding,
    FindingsExplanation,
    Rung,
    Unexplained,
    When,
    explain,
)

CHICAGO = ZoneInfo("America/Chicago")
OFFICE = WorkCalendar.from_mapping(
    {"week": {"mon-fri": ["09:00-17:00"]}, "closures": {"2026-03-04": "Inventory"}}, zone="America/Chicago"
)


def on(day: int, hour: int = 9) -> dt.datetime:
    """Return an instant of March 2026 in Chicago; the 2nd is a Monday."""
    return dt.datetime(2026, 3, day, hour, tzinfo=CHICAGO)


def file(*events: Event) -> History:
    """Return the history of a file that was opened in PSV."""
    return History(
        Ref("file", "f-1"), (FileOpened(id="e-0", at=on(2), kind="initial", provider="p-1", stage="psv"), *events)
    )


def sla(limit: str, **fields: object) -> ClockRule:
    """Return a clock of PSV that any hold pauses."""
    defaults = {"id": "sla", "on": When(stage="psv"), "paused": When(held=True), "calendar": OFFICE}
    return ClockRule(**{**defaults, "limit": parse_limit(limit), **fields})


HELD = HoldPlaced(id="e-1", at=on(3, 12), hold="h", waiting_on="provider")
RELEASED = HoldReleased(id="e-2", at=on(5), hold="h")


def test_every_stretch_is_named() -> None:
    """Worked, closed for the night, on hold, and worked again: each with its length and what it used."""
    told = explain(file(HELD, RELEASED), sla("16 working hours", title="PSV", source="policy 4.2"), on(5, 12))
    assert isinstance(told, ClockExplanation)
    hours = [(one.what, one.length / dt.timedelta(hours=1), one.amount / 3_600_000_000) for one in told.segments]
    assert hours == [
        ("counted", 8, 8),
        ("outside hours", 16, 0),
        ("counted", 3, 3),
        ("paused", 45, 0),
        ("counted", 3, 3),
    ]
    assert [(one.parties, one.event, one.stage) for one in told.segments[2:]] == [
        ((), "e-0", "psv"),
        (("provider",), "e-1", "psv"),
        ((), "e-2", "psv"),
    ]
    assert (told.title, told.source, told.limit, told.size) == ("PSV", "policy 4.2", "16 working hours", 57_600_000_000)
    assert (told.used, told.anchor, told.deadline) == (50_400_000_000, on(2), on(5, 14))
    assert told.resumed_due is None


def test_a_closed_day_is_called_by_its_name() -> None:
    """Of working days each counts at its close, and a closure says why a day did not."""
    told = explain(file(), sla("5 working days"), on(5, 17))
    assert isinstance(told, ClockExplanation)
    assert ("Inventory", 0) in [(one.what, one.amount) for one in told.segments]
    assert (told.used, told.deadline) == (2, on(10, 17))


def test_on_hold_it_answers_when_it_would_be_due() -> None:
    """Resumed at once it is due by then; resumed a day later, a day later."""
    for day, due in ((5, on(5, 14)), (6, on(6, 14))):
        told = explain(file(HELD), sla("16 working hours"), on(day))
        assert isinstance(told, ClockExplanation)
        assert (told.deadline, told.resumed_due) == (None, due)


def test_calendar_days_and_months_count_closed_days() -> None:
    """Days of the wall calendar pass at night and on Sundays; of months, the days that have passed are shown."""
    for rule, size in ((sla("10 days"), 10), (sla("1 month", paused=NEVER), None)):
        told = explain(file(), rule, on(9))
        assert isinstance(told, ClockExplanation)
        assert [(one.what, one.amount) for one in told.segments] == [("counted", 6)]
        assert (told.used, told.size) == (6, size)


def test_a_clock_that_has_just_come_on_has_no_stretches_yet() -> None:
    """At its anchor nothing has passed, and nothing was used."""
    told = explain(file(), sla("1 working day"), on(2))
    assert isinstance(told, ClockExplanation)
    assert (told.segments, told.used) == ((), 0)


def test_one_that_came_to_apply_later_says_from_when() -> None:
    """It counts from its anchor, and stands from the instant at which it applied."""
    urgent = sla("1 working day", on=When(flags="urgent"), anchor="opening")
    told = explain(file(FlagRaised(id="e-1", at=on(5), flag="urgent")), urgent, on(6))
    assert isinstance(told, ClockExplanation)
    assert (told.anchor, told.applied, told.finding.rung) == (on(2), on(5), "breached")


@pytest.mark.parametrize(
    ("rule", "reason", "since"),
    [
        (sla("1 day", on=When(stage="qa")), "has not come on", None),
        (sla("1 day"), "was stopped", on(4)),
        (sla("1 day", cancel=When(flags="x")), "cancelled: neither met nor missed", on(3)),
        (sla("1 day", on=When(without="x"), episode="opening"), "was stopped", on(3)),
    ],
)
def test_a_clock_that_is_off_says_why(rule: ClockRule, reason: str, since: dt.datetime | None) -> None:
    """It has not come on, was stopped, or was cancelled, and since when."""
    events = (FlagRaised(id="e-1", at=on(3), flag="x"), StageChanged(id="e-2", at=on(4), stage="committee"))
    told = explain(file(*events), rule, on(6))
    assert isinstance(told, Unexplained)
    assert (told.reason, told.since) == (reason, since)


def test_one_that_runs_once_says_that_it_is_over() -> None:
    """On again within its occasion, it stays off."""
    rule = sla("1 day", on=When(stage="psv"), episode="opening")
    events = [StageChanged(id=f"e-{day}", at=on(day), stage=stage) for day, stage in ((3, "qa"), (4, "psv"))]
    told = explain(file(*events), rule, on(5))
    assert isinstance(told, Unexplained)
    assert told.reason == "was stopped, for good: it runs once within one opening"


class _KnowsNone:
    """Knows no holiday, and nothing of the years from 2026 on."""

    known_until = 2025

    def days(self, _region: str, _year: int) -> dict[dt.date, str]:
        """Return none."""
        return {}


def test_a_deadline_that_counts_on_unknown_holidays_is_provisional() -> None:
    """Working time and working days beyond the horizon are; other days and months, which closed days do not move, not.

    On hold it is the answer to "resumed now" that is; a clock whose calendar has no holidays never is.
    """
    table = {"week": {"mon-fri": ["09:00-17:00"]}, "holidays": "US"}
    unknown = WorkCalendar.from_mapping(table, zone="America/Chicago", holidays=_KnowsNone())
    horizon = dt.date(2025, 12, 31)

    def told(limit: str, history: History, **fields: object) -> dt.date | None:
        explained = explain(history, sla(limit, **{"calendar": unknown, **fields}), on(4))
        assert isinstance(explained, ClockExplanation)
        return explained.provisional_after

    assert told("16 working hours", file()) == told("3 working days", file()) == horizon
    assert told("16 working hours", file(HELD)) == horizon
    assert told("10 days", file()) is told("1 month", file(), paused=NEVER) is None
    assert told("3 working days", file(), calendar=OFFICE) is None


BREACHED_SINCE_TUESDAY = (
    Finding("plugin", "e-0", "", (), to_us(on(3)), to_us(on(2)), to_us(on(3))),
    Finding("plugin", "e-0", "", (Rung("breached", 2, "owner"),), to_us(on(3)), to_us(on(3)), to_us(on(6))),
)


@attrs.frozen
class _Plugin:
    """A rule of somebody else's making."""

    said: tuple[Finding, ...] = ()
    id = family = title = source = "plugin"
    rungs = (Rung("breached", 2, "owner"),)

    def findings(self, _states: object) -> list[Finding]:
        return list(self.said)

    def tail(self, _states: object) -> list[Finding]:
        return list(self.said)


class _Failing(_Plugin):
    """One that fails."""

    def tail(self, _states: object) -> list[Finding]:
        raise ValueError("Ada Ames, born on a day that nobody should read here")


def test_of_a_plugins_rule_what_stands_is_told() -> None:
    """Nothing is made up about a rule of another kind: what stands, since when, due when, and what comes next."""
    told = explain(file(), _Plugin(BREACHED_SINCE_TUESDAY), on(4))
    assert isinstance(told, FindingsExplanation)
    assert told.reason == "a plugin's rule: only its findings are known"
    (finding,) = told.findings
    assert (finding.level, finding.rung, finding.since, finding.deadline) == (BREACHED, "breached", on(3), on(3))
    assert (told.next_change, told.undetermined) == (on(6), "")


def test_of_a_plugins_rule_by_which_nothing_stands_that_is_told() -> None:
    """It is not called off: nobody knows whether it is."""
    told = explain(file(), _Plugin(BREACHED_SINCE_TUESDAY), on(6))
    assert isinstance(told, FindingsExplanation)
    assert (told.findings, told.next_change) == ((), None)


def test_a_plugins_rule_that_fails_says_why_and_tells_nobodys_name() -> None:
    """Of an error that is not credcore's the kind alone is told."""
    told = explain(file(), _Failing(), on(3))
    assert isinstance(told, FindingsExplanation)
    assert (told.undetermined, told.findings, told.next_change) == ("ValueError", (), None)
    assert told.reason == "it failed: nobody knows what it would say"


END = dt.datetime(9998, 12, 31, 18, tzinfo=dt.UTC)
"""Later than any calendar answers for."""


def test_a_clock_that_fails_says_why() -> None:
    """Where calendars end it is undetermined, with the reason, and no error to whoever asked."""
    late = FileOpened(id="e-0", at=END, kind="initial", provider="p-1", stage="psv")
    told = explain(History(Ref("file", "f-1"), (late,)), sla("1 working hour"), END)
    assert isinstance(told, FindingsExplanation)
    assert "calendars answer for the years 2 to 9998 only" in told.undetermined


def test_a_clock_that_answers_but_cannot_be_taken_apart_says_so() -> None:
    """What stands is known; how much was used until then nobody can say."""
    told = explain(file(), sla("1 working hour"), END)
    assert isinstance(told, FindingsExplanation)
    assert told.reason == "cannot be taken apart: at: calendars answer for the years 2 to 9998 only"
    assert [finding.rung for finding in told.findings] == ["breached"]


def test_a_day_says_how_it_was_counted_and_which_of_its_steps_are_reached() -> None:
    """The fact, the event that told it, the limit with its era and state, and each step with its day."""
    rule = DateRule(
        id="window",
        about="verification",
        calendar=OFFICE,
        limits=[
            DatedLimit(limit=CalendarDays(180)),
            DatedLimit(limit=CalendarDays(9), since=dt.date(2025, 7, 1), source="NCQA CR 3"),
        ],
        steps=[DateStep(-5), DateStep(-1, "lead"), DateStep(2, "coordinator")],
    )
    verified = Verified(
        id="e-7", at=on(4), element="licence", source="board", method="web", result="clear", verified_on=on(3).date()
    )
    told = explain(file(verified), rule, on(8))
    assert isinstance(told, DateExplanation)
    (day,) = told.days
    assert (day.fact.event, day.told, day.told_at) == ("e-7", "verified", on(4))
    assert (day.limit, day.limit_since, day.source, day.states) == ("9 days", dt.date(2025, 7, 1), "NCQA CR 3", ())
    assert day.due_on == dt.date(2026, 3, 12)
    assert [(step.on and step.on.day, step.name, step.to, step.reached) for step in (*day.passed, *day.ahead)] == [
        (7, "5 days before", "owner", True),
        (11, "1 day before", "lead", False),
        (13, "breached", "owner", False),
        (15, "breached + 2 days", "coordinator", False),
    ]
    assert [step.at for step in day.passed] == [on(7, 0)]
    assert [step.at for step in day.ahead] == [on(11, 0), on(13, 0), on(15, 0)]


def test_a_day_that_never_comes_has_steps_without_a_day() -> None:
    """Boards write the end of the year 9999 for what never expires; the step after it cannot be named."""
    never = FileOpened(id="e-0", at=on(2), kind="initial", provider="p", stage="psv", needed_by=dt.date.max)
    rule = DateRule(id="needed", about="needed-by", calendar=OFFICE, steps=[DateStep(-30)])
    told = explain(History(Ref("file", "f-1"), (never,)), rule, on(3))
    assert isinstance(told, DateExplanation)
    assert [(step.on, step.at is None) for step in told.days[0].ahead] == [(dt.date(9999, 12, 1), False), (None, True)]


def test_a_limit_of_a_state_says_so() -> None:
    """Where a limit applies in some states alone, they are named."""
    registered = ProviderRegistered(id="e-1", at=on(2), name="Ada Ames", state="IL")
    attested = Attested(id="e-2", at=on(3), attested_on=on(3).date())
    rule = DateRule(
        id="caqh",
        about="attestation",
        calendar=OFFICE,
        limits=[DatedLimit(limit=CalendarDays(120)), DatedLimit(limit=CalendarDays(180), states="IL")],
    )
    told = explain(History(Ref("provider", "p-1"), (registered, attested)), rule, on(4))
    assert isinstance(told, DateExplanation)
    assert [(day.limit, day.states) for day in told.days] == [("180 days", ("IL",))]


def test_before_the_opening_there_is_nothing_to_explain() -> None:
    """An instant before the record was opened is refused."""
    with pytest.raises(InvalidInput, match="had not been opened by 2026-03-01T15:00:00Z"):
        explain(file(), sla("1 day"), on(1))
