"""The benchmarks run, their contenders agree, and what they report is what was timed; no time is judged here."""

import datetime as dt
import itertools
import json
import math
import sys
from contextlib import ExitStack

import pytest
from benchmarks import by_hand
from benchmarks.__main__ import SUBJECTS, main
from benchmarks.harness import Benchmark, Contender, Disagreement, Goal, Pace, _rows, agreed, measure
from benchmarks.inputs import FILE, file_events, moves
from benchmarks.report import header, table
from benchmarks.rulebook import PLAIN, RULES
from hypothesis import given
from hypothesis import strategies as st

from credcore.files import CredentialingFile, states
from credcore.history import History

ONCE = Pace(rounds=1, sample=0, most_rounds=1)


def question(*contenders, base="", goals=(), warmup=0):
    """Return a benchmark whose first contender is the reference."""
    return Benchmark(
        name="question",
        unit="answer",
        size=1,
        contenders=contenders,
        reference=contenders[0].name,
        goals=goals,
        base=base,
        calls=1,
        rounds=3,
        warmup=warmup,
    )


def contender(name, run=lambda: 42, answer=lambda found: found):
    """Return a contender that is a peer."""
    return Contender(name=name, role="peer", run=run, answer=answer)


@pytest.mark.parametrize("subject", SUBJECTS)
def test_every_benchmark_runs_and_its_contenders_agree(subject, tmp_path, monkeypatch):
    """On a tiny input all contenders of all benchmarks give one answer, and each is timed and shown."""
    monkeypatch.chdir(tmp_path)
    with ExitStack() as stack:
        try:
            made = SUBJECTS[subject](stack, tiny=True)
        except ModuleNotFoundError as error:
            pytest.skip(f"{error.name} is missing: the group bench has it")
        for benchmark in made:
            outcome = measure(benchmark, ONCE)
            assert [row.contender for row in outcome.rows] == list(benchmark.contenders)
            assert all(row.median > 0 for row in outcome.rows)
            assert {contender.role for contender in benchmark.contenders} >= {"limit", "credcore"}
            assert all(len(contender.name) <= 42 for contender in benchmark.contenders)
            assert all(math.isfinite(outcome.ratio(goal)) for goal in benchmark.goals)
            lines = list(table(outcome))
            assert max(map(len, lines)) <= 100
            assert sum("goal:" in line for line in lines) == len(benchmark.goals)
        assert any(benchmark.goals for benchmark in made)
    assert not list(tmp_path.iterdir())


def test_contenders_take_turns():
    """A drifting machine hits all alike: A B C A B C, not A A B B C C."""
    turns = []
    benchmark = question(*(contender(name, lambda name=name: turns.append(name)) for name in "ABC"), warmup=2)
    measure(benchmark, Pace(rounds=3, sample=0, most_rounds=9))
    assert "".join(turns) == "ABC" + "AABBCC" + 3 * "ABC"  # once to agree, twice to warm up, then three rounds


def test_a_contender_that_answers_otherwise_is_not_timed():
    """Who answers another question may be fast; the error names it and times nothing."""
    with pytest.raises(Disagreement, match="question: liar answered otherwise than honest"):
        measure(question(contender("honest"), contender("liar", lambda: 41)), ONCE)


def test_what_all_share_is_taken_away_before_they_are_compared():
    """The base counts for nobody: 9 ms are twice 5 ms where 1 ms goes to starting."""
    names = ("reference", "other", "start")
    benchmark = question(*map(contender, names), base="start")
    rows = _rows(benchmark, {"reference": [5, 5, 90], "other": [9, 9, 9], "start": [1, 1, 1]})
    assert [(row.median, row.net, row.ratio) for row in rows] == [(5, 4, 1), (9, 8, 2), (1, 0, 0)]


@pytest.mark.parametrize(("at_most", "verdict"), [(0.5, "met"), (0.4, "NOT MET")])
def test_a_goal_is_met_up_to_its_ratio(at_most, verdict):
    """A goal compares medians of the same run, and says which it was."""
    names = ("slow", "fast")
    benchmark = question(*map(contender, names), goals=(Goal(contender="fast", reference="slow", at_most=at_most),))
    outcome = measure(benchmark, ONCE)
    rows = tuple(_rows(benchmark, {"slow": [4.0], "fast": [2.0]}))
    shown = [line for line in table(type(outcome)(benchmark, 1, rows)) if "goal" in line]
    assert shown == [f"  goal: fast at most {at_most} x slow: 0.50, {verdict}"]


@pytest.mark.parametrize(("fast", "shown"), [(0.04, "0.01"), (0.0104, "0.0026"), (1.0, "0.25")])
def test_a_small_ratio_is_shown_by_its_digits(fast, shown):
    """A four-hundredth is not nothing."""
    names = ("slow", "fast")
    benchmark = question(*map(contender, names), goals=(Goal(contender="fast", reference="slow", at_most=1),))
    outcome = measure(benchmark, ONCE)
    lines = table(type(outcome)(benchmark, 1, tuple(_rows(benchmark, {"slow": [4.0], "fast": [fast]}))))
    assert sum(shown in line.split() or f" {shown}," in line for line in lines) == 2


@given(st.integers(2, 60), st.integers(0, 1_000))
def test_a_seed_always_gives_the_same_file_and_it_could_have_happened(size, seed):
    """The input is the same for all who measure; it folds, each event at an instant of its own."""
    events = file_events(size, seed)
    assert events == file_events(size, seed)
    assert len(events) == len(states(History(FILE, events))) == size
    assert CredentialingFile.from_history(History(FILE, events)).kind == "initial"


def test_the_plain_functions_are_those_of_the_rules():
    """Twelve rules, twelve plain functions, by the same names."""
    assert [rule.id for rule in RULES] == list(PLAIN)
    assert len(RULES) == 12


@given(st.integers(2, 40), st.integers(0, 200))
def test_contenders_agree_on_any_file(size, seed):
    """What stands by the plain functions is whose clock is on, at the last state of any file."""
    run = states(History(FILE, file_events(size, seed)))
    facts = (
        run[-1].facet.kind,
        run[-1].facet.stage,
        run[-1].facet.parties,
        run[-1].facet.flags,
        run[-1].facet.attempts,
    )
    assert {name for name, holds in PLAIN.items() if holds(facts)} == {rule.id for rule in RULES if rule.tail(run)}


@given(st.integers(2, 40), st.integers(0, 200))
def test_the_function_by_hand_gives_the_same_deadlines(size, seed):
    """Of any file it gives the deadlines, levels and changes to come that the rules give."""
    run = states(History(FILE, file_events(size, seed)))
    assert by_hand.deadlines(by_hand.life(run)) == by_hand.told(found for rule in RULES for found in rule.tail(run))


def test_a_file_that_only_moves_enters_a_stage_with_each_event():
    """Each event after the opening is a transition, and from a stage to another one."""
    run = states(History(FILE, moves(20)))
    assert len(run) == 20
    assert all(one.facet.stage != other.facet.stage for one, other in itertools.pairwise(run))


def test_the_command_prints_json_that_says_what_was_measured(capsys):
    """``--json`` gives every row of every benchmark of the subject, with versions and the goals' verdicts."""
    assert main(["replay", "--quick", "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert "eventsourcing" in told["versions"]
    assert [benchmark["name"][:6] for benchmark in told["benchmarks"]] == 5 * ["replay"]
    for benchmark in told["benchmarks"]:
        assert {row["role"] for row in benchmark["rows"]} == {"limit", "peer", "credcore"}
        assert all(goal["met"] is (goal["ratio"] <= goal["at_most"]) for goal in benchmark["goals"])


def test_what_is_printed_fits_a_terminal(capsys):
    """Header and tables, notes and goals: no line is longer than 100 characters."""
    assert main(["evaluation", "--quick"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].startswith("measured: ")
    assert sum("[each evaluation; median of 7]" in line for line in lines) == 3
    assert sum("[each file; median of 7]" in line for line in lines) == 1
    assert max(map(len, lines)) <= 100


def test_a_subject_that_is_not_there_is_named_with_those_that_are(capsys):
    """A slip is answered before anything is measured."""
    with pytest.raises(SystemExit):
        main(["reply"])
    assert (
        "no subject reply; there are import, replay, evaluation, lifetimes, appends, calendars"
        in capsys.readouterr().err
    )


def test_a_peer_that_is_missing_is_named_with_what_to_run(monkeypatch, capsys):
    """Without a peer its subject ends before anything is measured, and the others do not need it."""
    monkeypatch.setitem(sys.modules, "workclock", None)
    with pytest.raises(SystemExit, match=r"(workclock|numpy|pandas) is missing; .* uv run --group bench"):
        main(["calendars", "--quick"])
    assert "calendars:" not in capsys.readouterr().out


def test_versions_are_of_what_is_installed(monkeypatch):
    """A peer that is not there has no version, and the header is printed all the same."""
    monkeypatch.setattr("benchmarks.report._DISTRIBUTIONS", ("attrs", "no-such-peer"))
    assert header(dt.datetime.now(dt.UTC))["versions"].startswith("attrs ")


def test_agreement_returns_the_answer():
    """What all say is handed on."""
    assert agreed(question(contender("one"), contender("other"))) == 42
