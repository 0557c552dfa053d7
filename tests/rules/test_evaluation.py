"""What stands at an instant, by which edition, and what a rule that fails does to the others."""

import datetime as dt
from collections.abc import Sequence
from zoneinfo import ZoneInfo

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from credcore.calendars import WorkCalendar
from credcore.errors import InvalidInput, NaiveInstant
from credcore.events import FileOpened, HoldPlaced, MeetingMoved, MeetingScheduled, PlacedOnAgenda
from credcore.history import History, Ref, State
from credcore.limits import parse_limit
from credcore.rules import (
    ClockRule,
    DateRule,
    Edition,
    Finding,
    Rung,
    Undetermined,
    When,
    evaluate,
    next_change,
    schedule,
    standing,
    states_of,
)
from credcore.testing.histories import histories, instants

OFFICE = WorkCalendar.from_mapping({"week": {"mon-fri": ["09:00-17:00"]}}, zone="America/Chicago")
OPENED_AT = dt.datetime(2026, 3, 2, 15, tzinfo=dt.UTC)
OPENED = FileOpened(id="e-0", at=OPENED_AT, kind="initial", provider="p-1", stage="psv")
FILE = History(Ref("file", "f-1"), (OPENED,))


def clock(limit: str, **fields: object) -> ClockRule:
    """Return a clock that is always on."""
    return ClockRule(**{"id": "sla", "on": When(), "limit": parse_limit(limit), "calendar": OFFICE, **fields})


@attrs.frozen
class Failing:
    """A plugin's rule that fails in the way it is told to."""

    error: Exception
    id: str = "failing"
    family: str = "plugin"
    title: str = ""
    source: str = ""
    rungs: tuple[Rung, ...] = ()

    def findings(self, _states: Sequence[State]) -> list[Finding]:
        raise self.error

    tail = findings


@attrs.frozen
class Nonsense(Failing):
    """A plugin's rule whose second finding is none."""

    error: Exception = attrs.field(factory=Exception)

    def findings(self, states: Sequence[State]) -> list[Finding]:
        return [Finding(self.id, "e-0", "", (), None, states[0].at_us, None), "no finding"]  # type: ignore[list-item] # on purpose

    tail = findings


def test_what_stands_and_until_when() -> None:
    """The answer has the findings, the gravest level and the exact next change."""
    now = evaluate(FILE, [clock("1 working day"), clock("3 working days", id="long")], OPENED_AT)
    assert [finding.rule for finding in now.findings] == ["sla", "long"]
    assert (now.level, now.next_change) == (0, dt.datetime(2026, 3, 3, 23, tzinfo=dt.UTC))
    assert evaluate(FILE, [], OPENED_AT).level == 0


@pytest.mark.parametrize(
    ("rule", "reason"),
    [
        (Failing(ZeroDivisionError("Ada Ames has no patients")), "ZeroDivisionError"),
        (Failing(InvalidInput("takes days", field="limit")), "limit: takes days"),
        (Nonsense(), "tail[1]: is a str, not a Finding"),
    ],
    ids=["any error", "one of credcore's", "nonsense"],
)
def test_a_rule_that_fails_is_named_and_the_others_answer(rule: Failing, reason: str) -> None:
    """A failure of one rule is an answer of its own; nothing of it stands, and no words of an unknown error leak."""
    alone = evaluate(FILE, [clock("1 working day")], OPENED_AT)
    together = evaluate(FILE, [rule, clock("1 working day")], OPENED_AT)
    assert together.undetermined == (Undetermined("failing", reason),)
    assert together.findings == alone.findings
    assert together.next_change == alone.next_change


def test_a_schedule_has_no_holes() -> None:
    """A past with a hole in it would pass for a clean one, so there the error rises."""
    with pytest.raises(ZeroDivisionError):
        schedule(FILE, [Failing(ZeroDivisionError())])


def test_an_edition_that_is_over_is_not_asked() -> None:
    """A rule that fails harms nobody once its edition is over."""
    over = Edition(1, (Failing(ZeroDivisionError()),), until=OPENED_AT)
    assert evaluate(FILE, [over, Edition(2, (), since=OPENED_AT)], OPENED_AT).undetermined == ()


def test_a_coming_edition_is_a_change() -> None:
    """Where nothing stands now, the start of an edition that has more to say is the next change."""
    starts = OPENED_AT + dt.timedelta(days=3)
    editions = [Edition(1, (), until=starts), Edition(2, (clock("1 working day"),), since=starts)]
    now = evaluate(FILE, editions, OPENED_AT)
    assert (now.findings, now.next_change) == ((), starts)


def test_a_window_is_not_backwards() -> None:
    """An edition does not end before it begins."""
    with pytest.raises(InvalidInput, match="until: edition 2 ends before it begins"):
        Edition(2, (), since=OPENED_AT, until=OPENED_AT - dt.timedelta(days=1))


def test_what_cannot_be_asked_is_refused() -> None:
    """A naive instant, one before the opening, and a record that no rule reads."""
    with pytest.raises(NaiveInstant):
        evaluate(FILE, [], OPENED_AT.replace(tzinfo=None))
    with pytest.raises(InvalidInput, match="file/f-1 had not been opened by 2026-03-02T14:00:00Z"):
        evaluate(FILE, [], OPENED_AT - dt.timedelta(hours=1))
    with pytest.raises(InvalidInput, match="rules read file, provider, meeting, not a desk"):
        states_of(History(Ref("desk", "d"), ()))


def test_a_meeting_falls_on_a_day_of_the_organisations_zone() -> None:
    """Moved to seven in the evening, it meets on that day in Chicago, not on the next one of UTC."""
    chicago = ZoneInfo("America/Chicago")
    meets_at = dt.datetime(2026, 3, 10, 19, tzinfo=chicago)
    first = {"meets_at": OPENED_AT, "cutoff_at": OPENED_AT}
    meeting = History(
        Ref("meeting", "m-1"),
        (
            MeetingScheduled(id="m-0", at=OPENED_AT, committee="credentials", seats=5, **first),
            MeetingMoved(id="m-2", at=OPENED_AT, meets_at=meets_at, cutoff_at=OPENED_AT),
        ),
    )
    seat = PlacedOnAgenda(
        id="e-1", at=OPENED_AT, meeting="m-1", meets_on=dt.date(2026, 3, 4), cutoff_on=dt.date(2026, 3, 4)
    )
    file = History(Ref("file", "f-1"), (OPENED, seat), (meeting,))
    rule = DateRule(id="meeting", about="meeting", calendar=OFFICE)
    for history in (file, meeting):
        (finding,) = evaluate(history, [rule], OPENED_AT, tz=chicago).findings
        assert finding.deadline == dt.datetime(2026, 3, 11, tzinfo=chicago)


@given(histories(), st.lists(instants(40), min_size=2, max_size=2, unique=True), instants(60))
def test_each_edition_judges_within_its_window(history: History, cuts: list[dt.datetime], at: dt.datetime) -> None:
    """What stands is what the edition in force says, and it stands until the next change, also that of the edition."""
    first, second = sorted(cuts)
    limits = ("2 working days", "5 days", "1 working day")
    rules = [(clock(limit, paused=When(held=True), anchor="opening"),) for limit in limits]
    editions = [
        Edition(1, rules[0], until=first),
        Edition(2, rules[1], since=first, until=second),
        Edition(3, rules[2], since=second),
    ]
    at = max(at, history.effective[0].at)
    in_force = rules[(at >= first) + (at >= second)]
    now, alone = evaluate(history, editions, at), evaluate(history, in_force, at)
    assert [finding[:5] for finding in now.findings] == [finding[:5] for finding in alone.findings]
    whole = schedule(history, editions)
    assert [finding[:5] for finding in standing(whole, at)] == [finding[:5] for finding in now.findings]
    if now.next_change is not None:
        history = history.as_of(at)
        just_before = now.next_change - dt.timedelta(microseconds=1)
        assert [one[:5] for one in evaluate(history, editions, just_before).findings] == [
            one[:5] for one in now.findings
        ]
        assert now.next_change == next_change(schedule(history, editions), at)


def test_what_was_not_recorded_yet_is_not_known() -> None:
    """As of what had been recorded, a hold recorded late has paused nothing."""
    late = HoldPlaced(
        id="e-1", at=OPENED_AT, recorded_at=OPENED_AT + dt.timedelta(days=9), hold="h", waiting_on="provider"
    )
    rule = clock("1 working day", paused=When(held=True))
    at = OPENED_AT + dt.timedelta(days=5)
    history = FILE.with_events([late])
    assert evaluate(history, [rule], at).level == 0
    assert evaluate(history.known_at(at), [rule], at).level > 0
