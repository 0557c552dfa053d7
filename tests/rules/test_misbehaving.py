"""Rules of plugins that fail, answer nonsense, never end or contradict themselves: named, and all others answer."""

import datetime as dt
import gc
import itertools
import sys
import weakref
from collections.abc import Iterable, Iterator, Sequence

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from credcore.calendars import WorkCalendar
from credcore.errors import InvalidInput, NaiveInstant
from credcore.events import FileOpened, HoldPlaced, PromiseMade, Reviewed
from credcore.history import History, Ref, State
from credcore.instants import to_us
from credcore.limits import parse_limit
from credcore.rules import (
    BREACHED,
    WARNED,
    ClockRule,
    DateRule,
    DateStep,
    Finding,
    Rule,
    Rung,
    Step,
    Undetermined,
    When,
    evaluate,
    evaluate_each,
    schedule,
    states_of,
)
from credcore.rules.findings import clip
from credcore.rules.foreign import MOST_FINDINGS, copied, differ, is_own
from credcore.testing.histories import histories, instants

OFFICE = WorkCalendar.from_mapping({"week": {"mon-fri": ["09:00-17:00"]}}, zone="America/Chicago")
OPENED_AT = dt.datetime(2026, 3, 2, 15, tzinfo=dt.UTC)
AT = OPENED_AT + dt.timedelta(days=3)
AT_US = to_us(OPENED_AT)
DAY_US = 86_400_000_000
FILE = History(
    Ref("file", "f-1"),
    (
        FileOpened(id="e-0", at=OPENED_AT, kind="initial", provider="p-1", stage="psv"),
        HoldPlaced(id="e-1", at=OPENED_AT + dt.timedelta(days=1), hold="h-1", waiting_on="provider"),
        PromiseMade(
            id="e-2",
            at=OPENED_AT + dt.timedelta(days=2),
            promise="pr-1",
            party="provider",
            promised_on=dt.date(2026, 3, 4),
        ),
    ),
)
RUNGS = (Rung("soon", WARNED, "owner"), Rung("breached", BREACHED, "owner"), Rung("late", BREACHED + 1, "lead"))
GOOD = Finding("theirs", "e-0", "", RUNGS[:2], AT_US, AT_US, None)

SHIPPED = (
    ClockRule(
        id="sla",
        on=When(stage="psv"),
        paused=When(waiting_on="payer"),
        limit=parse_limit("1 working day"),
        calendar=OFFICE,
        warn=[0.5],
        ladder=[Step(parse_limit("1 working day"), "lead")],
    ),
    DateRule(id="promises", about="promise", calendar=OFFICE, steps=[DateStep(-1), DateStep(2, "lead")]),
)


@attrs.frozen
class Theirs:
    """A plugin's rule that answers what it is given."""

    said: object
    whole: object = None
    id: str = "theirs"
    family: str = "plugin"
    title: str = ""
    source: str = ""
    rungs: tuple[Rung, ...] = RUNGS

    def tail(self, states: Sequence[State]) -> object:
        return self.said(states) if callable(self.said) else self.said

    def findings(self, states: Sequence[State]) -> object:
        if self.whole is None:
            return self.tail(states)
        return self.whole(states) if callable(self.whole) else self.whole


def without_end(_states: Sequence[State]) -> Iterator[Finding]:
    """Yield a finding for each minute there will ever be."""
    for n in itertools.count():
        yield GOOD._replace(episode=f"e-{n}")


def raising(error: BaseException):
    """Return what raises an error in the middle of its answer."""

    def answer(_states: Sequence[State]) -> Iterator[Finding]:
        yield GOOD
        raise error

    return answer


def vandal(states: Sequence[State]) -> list[Finding]:
    """Try to take away what the other rules read."""
    for state in states:
        state.facts.clear()
    return []


def shortener(states: list[State]) -> list[Finding]:
    """Try to take away the states themselves."""
    del states[1:]
    return []


def into_itself(states: Sequence[State]) -> list[Finding]:
    """Call itself without end."""
    return into_itself(states)


def alternating():
    """Return what answers another thing each time."""
    answers = itertools.cycle([[GOOD], []])
    return lambda _states: next(answers)


ONE, TWO = GOOD._replace(until_us=AT_US + DAY_US), GOOD._replace(since_us=AT_US + DAY_US)
WRONG = {
    "raises": (raising(ZeroDivisionError("Ada Ames")), "ZeroDivisionError"),
    "raises one of credcore's errors": (raising(InvalidInput("takes days", field="limit")), "limit: takes days"),
    "leaves the process": (lambda _states: sys.exit("Ada Ames"), "SystemExit"),
    "calls itself": (into_itself, "RecursionError"),
    "gives nothing": (lambda _states: None, "tail: gave a NoneType; give a list of findings"),
    "gives a number": (7, "tail: gave a int; give a list of findings"),
    "gives text": ("breached", "tail[0]: is a str, not a Finding"),
    "gives a plain tuple": ([tuple(GOOD)], "tail[0]: is a tuple, not a Finding"),
    "speaks for another rule": ([GOOD._replace(rule="sla")], "tail[0].rule: has another rule's id"),
    "names no episode": ([GOOD._replace(episode="")], "tail[0].episode: is empty; give the id of the event"),
    "counts its episodes": ([GOOD._replace(episode=1)], "tail[0].episode: is a int; give a text"),
    "is about no text": ([GOOD._replace(about=dt.date(2026, 3, 2))], "tail[0].about: is a date; give a text"),
    "lists its rungs": ([GOOD._replace(passed=[*RUNGS])], "tail[0].passed: is a list; give a tuple of rungs"),
    "names a rung": ([GOOD._replace(passed=("breached",))], "tail[0].passed: has a rung that is none of the rule's"),
    "has a rung of another's": (
        [GOOD._replace(passed=(Rung("breached", BREACHED, "chair"),))],
        "tail[0].passed: has a rung that is none of the rule's rungs",
    ),
    "climbs down": ([GOOD._replace(passed=RUNGS[1::-1])], "tail[0].passed: has rungs in another order"),
    "tells a rung twice": ([GOOD._replace(passed=RUNGS[:1] * 2)], "tail[0].passed: has rungs in another order"),
    "has a naive instant": (
        [GOOD, GOOD._replace(episode="e-1", since_us=dt.datetime(2026, 3, 2))],  # noqa: DTZ001 - that is what is wrong
        "tail[1].since_us: is a datetime; give microseconds of UTC",
    ),
    "has an aware one": ([GOOD._replace(due_us=AT)], "tail[0].due_us: is a datetime; give microseconds of UTC"),
    "counts in floats": ([GOOD._replace(until_us=AT_US + 0.5)], "tail[0].until_us: is a float; give microseconds"),
    "begins never": ([GOOD._replace(since_us=None)], "tail[0].since_us: is a NoneType; give microseconds"),
    "lives too long": ([GOOD._replace(until_us=10**18)], "tail[0].until_us: lies outside the years 1 to 9999"),
    "stands for no time": ([GOOD._replace(until_us=AT_US)], "tail[0].until_us: ends before it has begun"),
    "ends before it begins": ([GOOD._replace(until_us=AT_US - 1)], "tail[0].until_us: ends before it has begun"),
    "says two things at once": ([GOOD, GOOD._replace(passed=())], "tail[1]: begins before another of its episode"),
    "is about two days in one episode": (
        [GOOD._replace(about="a"), GOOD._replace(about="b")],
        "tail[1]: begins before another of its episode",
    ),
    "is out of order": ([TWO, ONE], "tail[1]: begins before another of its episode"),
    "is out of order, all of it over": (
        [TWO._replace(until_us=AT_US + 2 * DAY_US), ONE],
        "tail[1]: begins before another of its episode",
    ),
    "never ends": (without_end, f"tail: has more than {MOST_FINDINGS} findings of one record, perhaps without end"),
    "clears what others read": (vandal, "AttributeError"),
    "takes the states away": (shortener, "TypeError"),
}


@pytest.mark.parametrize(("said", "reason"), WRONG.values(), ids=WRONG)
def test_what_can_be_no_answer_is_named_and_the_others_answer(said: object, reason: str) -> None:
    """Wherever it stands among the rules: nothing of it counts, and it is named with what was wrong, never who."""
    alone = evaluate(FILE, SHIPPED, AT)
    for rules in ([Theirs(said), *SHIPPED], [SHIPPED[0], Theirs(said), SHIPPED[1]], [*SHIPPED, Theirs(said)]):
        now = evaluate(FILE, rules, AT)
        assert (now.findings, now.next_change) == (alone.findings, alone.next_change)
        ((name, why),) = [(one.rule, one.reason) for one in now.undetermined]
        assert name == "theirs"
        assert why.startswith(reason)
        assert "Ames" not in why


@pytest.mark.parametrize(("said", "reason"), WRONG.values(), ids=WRONG)
def test_a_schedule_takes_no_such_answer(said: object, reason: str) -> None:
    """A past with nonsense in it is refused as one with a hole in it is."""
    expected = (Exception, SystemExit)
    with pytest.raises(expected):
        schedule(FILE, [*SHIPPED, Theirs(said)])
    if reason.startswith("tail"):
        with pytest.raises(InvalidInput, match="findings"):
            schedule(FILE, [Theirs(said)])


class TestTwoAnswersToOneQuestion:
    """``findings`` and ``tail`` are asked the same, so they must say the same."""

    @pytest.mark.parametrize(
        "rule",
        [
            Theirs([GOOD], whole=[]),
            Theirs([], whole=[GOOD]),
            Theirs([GOOD], whole=[GOOD._replace(passed=RUNGS)]),
            Theirs([GOOD], whole=[GOOD._replace(due_us=None)]),
            Theirs([GOOD], whole=[GOOD._replace(until_us=to_us(AT) + DAY_US)]),
            Theirs(alternating()),
        ],
        ids=["nothing else", "nothing now", "another rung", "another deadline", "another end", "another each time"],
    )
    def test_they_disagree(self, rule: Theirs) -> None:
        """Nobody knows which of the two holds, so neither does."""
        now = evaluate(FILE, [rule, *SHIPPED], AT)
        assert now.undetermined == (
            Undetermined("theirs", "tail: says another thing than findings does from the last event on"),
        )
        assert now.findings == evaluate(FILE, SHIPPED, AT).findings

    def test_only_the_whole_schedule_is_nonsense(self) -> None:
        """The answer that was not needed is looked at too."""
        ((why),) = evaluate(FILE, [Theirs([GOOD], whole=[GOOD, None])], AT).undetermined
        assert why.reason == "findings[1]: is a NoneType, not a Finding"

    def test_they_agree_however_the_answer_is_cut(self) -> None:
        """What ended before the last event is no part of a tail; two halves are a whole; their order is free."""
        early = GOOD._replace(episode="e-9", until_us=AT_US + 1)
        other = GOOD._replace(episode="e-1", since_us=to_us(AT))
        middle = to_us(AT) + 5
        halves = [GOOD._replace(until_us=middle), GOOD._replace(since_us=middle)]
        for rule in (Theirs([GOOD, other], whole=[early, other, *halves]), Theirs(iter([GOOD]), whole=(GOOD,))):
            now = evaluate(FILE, [rule], AT)
            assert not now.undetermined
            assert GOOD in now.findings

    @given(histories(), instants(45))
    def test_no_shipped_rule_would_be_refused(self, history: History, at: dt.datetime) -> None:
        """The same classes, taken for a plugin's, pass each check and answer the same."""
        at = max(at, history.effective[0].at)
        foreign = [Disguised(rule) for rule in SHIPPED]
        assert not any(map(is_own, foreign))
        assert all(map(is_own, SHIPPED))
        assert evaluate(history, foreign, at) == evaluate(history, SHIPPED, at)
        assert schedule(history, foreign) == schedule(history, SHIPPED)


@attrs.frozen
class Disguised:
    """A shipped rule that seems to be somebody else's."""

    rule: Rule

    def __getattr__(self, name: str) -> object:
        """Return what the shipped rule has."""
        return getattr(self.rule, name)


def test_of_a_rule_without_an_id_the_class_is_named() -> None:
    """However little of a rule there is, the others answer."""
    now = evaluate(FILE, [object(), *SHIPPED], AT)  # type: ignore[list-item] # on purpose
    assert now.undetermined == (Undetermined("object", "AttributeError"),)
    assert now.findings == evaluate(FILE, SHIPPED, AT).findings


def test_a_subclass_of_a_shipped_rule_is_a_plugins() -> None:
    """Whoever changes what a clock says is checked like anybody else."""

    class Ours(ClockRule):
        def tail(self, states: Sequence[State]) -> list[Finding]:
            return [one._replace(until_us=one.since_us) for one in super().tail(states)]

    rule = Ours(**{field.name: getattr(SHIPPED[0], field.name) for field in attrs.fields(ClockRule) if field.init})
    (why,) = evaluate(FILE, [rule], AT).undetermined
    assert why.reason.startswith("tail[0].until_us: ends before it has begun")


def test_as_many_findings_as_the_bound_are_taken() -> None:
    """The bound is for what never ends: a rule that has so much to say is heard."""
    many = [GOOD._replace(episode=f"e-{n}", about=str(n)) for n in range(MOST_FINDINGS)]
    assert len(evaluate(FILE, [Theirs(many)], AT).findings) == MOST_FINDINGS
    assert evaluate(FILE, [Theirs([*many, GOOD._replace(episode="x")])], AT).undetermined


def test_beyond_the_bound_nothing_is_asked_for() -> None:
    """One more than the bound tells that there are too many."""
    asked = []

    def counted(states: Sequence[State]) -> Iterator[Finding]:
        for finding in without_end(states):
            asked.append(finding)
            yield finding

    assert evaluate(FILE, [Theirs(counted)], AT).undetermined
    assert len(asked) == MOST_FINDINGS + 1


def test_what_interrupts_the_process_goes_through() -> None:
    """A person who presses Ctrl-C stops a rule, not its answer."""
    with pytest.raises(KeyboardInterrupt):
        evaluate(FILE, [Theirs(raising(KeyboardInterrupt()))], AT)


def test_states_lent_to_a_rule_are_equal_and_cannot_be_changed() -> None:
    """They read as the states do, facts and all."""
    states = states_of(FILE)
    lent = copied(states)
    assert list(lent) == states
    with pytest.raises(TypeError):
        lent[-1].facts["promise", "pr-1"] = None  # type: ignore[index] # on purpose


@given(st.data(), histories())
def test_a_tail_never_differs_from_the_schedule_that_it_ends(data: st.DataObject, history: History) -> None:
    """The comparison finds no fault with any cut of any shipped rule, in any order."""
    states = states_of(history)
    for rule in SHIPPED:
        whole = rule.findings(states)
        tail = data.draw(st.permutations(list(clip(whole, states[-1].at_us, None))))
        assert not differ(whole, tail, states[-1].at_us)
        if tail:
            assert differ(whole, tail[1:], states[-1].at_us)


# --- many records


def files(count: int, living: Iterable[object] = ()) -> Iterator[History]:
    """Yield histories one by one, each noted while it lives."""
    for n in range(count):
        opened = FileOpened(id="e-0", at=OPENED_AT, kind="initial", provider="p-1", stage="psv")
        history = History(Ref("file", f"f-{n}"), (opened, Reviewed(id="e-1", at=OPENED_AT + dt.timedelta(hours=n))))
        if isinstance(living, weakref.WeakSet):
            living.add(history.events[0])
        yield history


class TestEach:
    """Many records are judged one by one."""

    def test_each_is_judged_as_alone(self) -> None:
        """In the order in which they come, with the record's name."""
        assert [(one.ref.id, one.evaluation) for one in evaluate_each(files(5), SHIPPED, AT)] == [
            (history.ref.id, evaluate(history, SHIPPED, AT)) for history in files(5)
        ]

    def test_none_is_held(self) -> None:
        """Of ten thousand, one lives at a time, whether or not its answer is kept."""
        living: weakref.WeakSet[object] = weakref.WeakSet()
        most = 0
        gc.collect()
        kept = []
        for one in evaluate_each(files(10_000, living), SHIPPED[:1], AT):
            most = max(most, len(living))
            kept.append(one)
        assert len(kept) == 10_000
        assert most == 1

    def test_nothing_is_read_ahead(self) -> None:
        """The first answer takes one record."""
        asked = iter(files(9))
        answers = evaluate_each(asked, SHIPPED, AT)
        assert next(answers).ref.id == "f-0"
        assert next(asked).ref.id == "f-1"

    def test_a_record_that_cannot_be_judged_is_told(self) -> None:
        """One not opened yet, one that was opened twice, and a desk: each with its reason, and the others go on."""
        early = History(Ref("file", "early"), [attrs.evolve(FILE.events[0], at=AT + dt.timedelta(hours=1))])
        twice = History(Ref("file", "twice"), [FILE.events[0], attrs.evolve(FILE.events[0], id="e-9")])
        found = list(evaluate_each([early, FILE, twice, History(Ref("desk", "d"), ()), FILE], SHIPPED, AT))
        assert [one.evaluation is None for one in found] == [True, False, True, True, False]
        assert [one.reason for one in found] == [
            "at: file/early had not been opened by 2026-03-05T15:00:00Z",
            "",
            "file/twice/e-9: file-opened opens a record that is open already",
            "history: rules read file, provider, meeting, not a desk",
            "",
        ]

    def test_a_naive_instant_is_refused_at_once(self) -> None:
        """Not only when the first answer is asked for."""
        with pytest.raises(NaiveInstant):
            evaluate_each(files(1), SHIPPED, AT.replace(tzinfo=None))
