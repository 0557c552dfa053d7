"""Where the time went, and what comes next; that it adds up is proved with the laws of clocks."""

import datetime as dt
from zoneinfo import ZoneInfo

import pytest

from credcore.calendars import WorkCalendar
from credcore.errors import InvalidInput
from credcore.events import Event, FileOpened, FlagRaised, HoldPlaced, HoldReleased, StageChanged
from credcore.history import History, Ref
from credcore.limits import parse_limit
from credcore.rules import NEVER, ClockExplanation, ClockRule, Finding, Rung, Unexplained, When, explain

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


def test_of_a_plugins_rule_only_the_findings_are_known() -> None:
    """Nothing is made up about a rule of another kind."""
    told = explain(file(), _Plugin(), on(3))
    assert isinstance(told, Unexplained)
    assert told.reason == "a plugin's rule: only its findings are known"


class _Plugin:
    """A rule of somebody else's making."""

    id = family = title = source = "plugin"
    rungs: tuple[Rung, ...] = ()

    def findings(self, _states: object) -> list[Finding]:
        return []

    tail = findings


def test_before_the_opening_there_is_nothing_to_explain() -> None:
    """An instant before the record was opened is refused."""
    with pytest.raises(InvalidInput, match="had not been opened by 2026-03-01T15:00:00Z"):
        explain(file(), sla("1 day"), on(1))
