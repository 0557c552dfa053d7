"""Evaluation: what twelve rules say of a file.

The goal of a tail is beside a function written by hand for these twelve clocks, which gives the same deadlines,
levels and changes to come. Libraries of rules are asked which of the rules stand. For them that is the whole answer;
credcore's also has levels, deadlines on a calendar, pauses, and the next instant at which anything changes.
"""

import datetime as dt
from collections.abc import Iterable, Sequence
from contextlib import ExitStack

import rule_engine  # type: ignore[import-untyped] # the library has no types
from business_rules import run_all  # type: ignore[import-untyped] # likewise

from benchmarks import aggregate, by_hand, plain
from benchmarks.aggregate import aggregate_events
from benchmarks.harness import Benchmark, Contender, Goal
from benchmarks.inputs import FILE, file_events
from benchmarks.rulebook import PLAIN, RULES, FactVariables, Standing, as_business_rules, as_expressions, flat
from credcore.files import states
from credcore.history import History, State
from credcore.instants import from_us
from credcore.rules import Evaluation, Finding, evaluate, standing

__all__ = ["benchmarks"]

_LIMIT = "twelve plain functions"
_EXPRESSIONS = "rule-engine: twelve expressions"
_STRUCTURES = "business-rules: twelve conditions"
_SMALLER = (
    "The limit and the peers answer a smaller question: which conditions hold. They know no calendar, no pause, no"
    " deadline, no level and no next change."
)


def benchmarks(_stack: ExitStack, *, tiny: bool) -> list[Benchmark]:
    """Return the questions: from now on, now, over the whole history, and from the events on."""
    size = 12 if tiny else 20
    run = states(History(FILE, file_events(size)))
    return [_tails(size, 3 if tiny else 10), _now(run), _whole(run), _from_events(size)]


def _tails(size: int, files: int) -> Benchmark:
    """Ask for deadlines, levels and changes to come after the last state of some files."""
    runs = [states(History(FILE, file_events(size, seed))) for seed in range(files)]
    lives = [by_hand.life(run) for run in runs]
    limit, own = "a function for these twelve clocks", "rule.tail of twelve rules"
    return Benchmark(
        name=f"evaluation: tail of twelve rules, files of {size} events",
        unit="file",
        size=files,
        contenders=(
            Contender(name=limit, role="limit", run=lambda: [by_hand.deadlines(life) for life in lives], answer=list),
            Contender(
                name=own,
                role="credcore",
                run=lambda: [[finding for rule in RULES for finding in rule.tail(run)] for run in runs],
                answer=lambda tails: [by_hand.told(findings) for findings in tails],
            ),
        ),
        reference=limit,
        goals=(Goal(contender=own, reference=limit, at_most=2.5),),
        note=(
            "Both count on the same calendar and give the same deadlines, levels and changes to come; both are given"
            " the states. The function knows these clocks alone: no finding, no trigger, no anchor, no check."
        ),
    )


def _now(run: Sequence[State]) -> Benchmark:
    """Ask of the last state, which is there already."""
    facts = plain.fold_states(file_events(len(run)))[-1]
    mapping, expressions, structures = flat(facts), as_expressions(), as_business_rules()
    tails = "rule.tail of twelve rules"
    return Benchmark(
        name=f"evaluation: twelve rules, from now on, the {len(run)} states given",
        unit="evaluation",
        size=1,
        contenders=(
            Contender(name=_LIMIT, role="limit", run=lambda: _plainly(facts), answer=frozenset),
            Contender(
                name=_EXPRESSIONS, role="peer", run=lambda: _by_expressions(expressions, mapping), answer=frozenset
            ),
            Contender(name=_STRUCTURES, role="peer", run=lambda: _by_structures(structures, facts), answer=frozenset),
            Contender(
                name=tails,
                role="credcore",
                run=lambda: [finding for rule in RULES for finding in rule.tail(run)],
                answer=lambda findings: _standing_at(findings, run[-1]),
            ),
        ),
        reference=_LIMIT,
        note=_SMALLER,
    )


def _whole(run: Sequence[State]) -> Benchmark:
    """Ask of every state of a life."""
    every = plain.fold_states(file_events(len(run)))
    mappings, expressions, structures = [flat(facts) for facts in every], as_expressions(), as_business_rules()
    schedule = "rule.findings of twelve rules"
    return Benchmark(
        name=f"evaluation: twelve rules, over the whole of {len(run)} states",
        unit="evaluation",
        size=1,
        contenders=(
            Contender(name=_LIMIT, role="limit", run=lambda: [_plainly(facts) for facts in every], answer=_sets),
            Contender(
                name=_EXPRESSIONS,
                role="peer",
                run=lambda: [_by_expressions(expressions, mapping) for mapping in mappings],
                answer=_sets,
            ),
            Contender(
                name=_STRUCTURES,
                role="peer",
                run=lambda: [_by_structures(structures, facts) for facts in every],
                answer=_sets,
            ),
            Contender(
                name=schedule,
                role="credcore",
                run=lambda: [finding for rule in RULES for finding in rule.findings(run)],
                answer=lambda findings: [_standing_at(findings, state) for state in run],
            ),
        ),
        reference=_LIMIT,
        note=f"{_SMALLER} credcore's schedule also answers between the states, and after the last.",
    )


def _from_events(size: int) -> Benchmark:
    """Ask of a history, as a script does."""
    events = file_events(size)
    others, expressions, structures = aggregate_events(events), as_expressions(), as_business_rules()
    at = events[-1].at + dt.timedelta(minutes=1)
    limit, own = "a dict in a loop, then plain functions", "evaluate"
    peers = ("eventsourcing, then rule-engine", "eventsourcing, then business-rules")

    def replayed() -> plain.Facts:
        return _facts(vars(aggregate.replayed(others)))

    return Benchmark(
        name=f"evaluation: twelve rules, from {size} events",
        unit="evaluation",
        size=1,
        contenders=(
            Contender(name=limit, role="limit", run=lambda: _plainly(_facts(plain.fold(events))), answer=frozenset),
            Contender(
                name=peers[0], role="peer", run=lambda: _by_expressions(expressions, flat(replayed())), answer=frozenset
            ),
            Contender(name=peers[1], role="peer", run=lambda: _by_structures(structures, replayed()), answer=frozenset),
            Contender(
                name=own, role="credcore", run=lambda: evaluate(History(FILE, events), RULES, at), answer=_of_evaluation
            ),
        ),
        reference=limit,
        note=f"{_SMALLER} Only credcore can be asked of any instant, past or future.",
    )


def _facts(file: plain.File) -> plain.Facts:
    parties = frozenset(party for party, _ in file["holds"].values())
    return file["kind"], file["stage"], parties, frozenset(file["flags"]), file["attempts"]


def _plainly(facts: plain.Facts) -> list[str]:
    return [name for name, holds in PLAIN.items() if holds(facts)]


def _by_expressions(expressions: dict[str, rule_engine.Rule], mapping: dict[str, object]) -> list[str]:
    return [name for name, rule in expressions.items() if rule.matches(mapping)]


def _by_structures(structures: list[dict[str, object]], facts: plain.Facts) -> list[str]:
    actions = Standing()
    run_all(structures, FactVariables(facts), actions)
    return actions.rules


# What all must agree on


def _sets(answers: Iterable[Iterable[str]]) -> list[frozenset[str]]:
    return [frozenset(answer) for answer in answers]


def _standing_at(findings: Iterable[Finding], state: State) -> frozenset[str]:
    return frozenset(finding.rule for finding in standing(findings, from_us(state.at_us)))


def _of_evaluation(evaluation: Evaluation) -> frozenset[str]:
    return frozenset(finding.rule for finding in evaluation.findings)
