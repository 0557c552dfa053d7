"""Many files at another instant: lifetimes that were laid out once, beside rules that are asked of each file anew.

The peers are given what credcore had to find out: of each file, when its first clock warns and when it is breached. So
they compare two numbers, and need no calendar.
"""

import time
from collections import Counter
from collections.abc import Iterable, Sequence
from contextlib import ExitStack

import attrs
import rule_engine  # type: ignore[import-untyped] # the library has no types
from business_rules import run_all  # type: ignore[import-untyped] # likewise
from business_rules.actions import BaseActions, rule_action  # type: ignore[import-untyped] # likewise
from business_rules.variables import BaseVariables, numeric_rule_variable  # type: ignore[import-untyped] # likewise

from benchmarks.harness import Benchmark, Contender, Goal
from benchmarks.inputs import FILE, file_events
from benchmarks.rulebook import RULES
from credcore.files import states
from credcore.history import History, Ref
from credcore.instants import DAY_US, from_us
from credcore.rules import BREACHED, RUNNING, WARNED, Finding, Lifetimes

__all__ = ["benchmarks"]

_LIMIT = "a comparison in a loop"
_OWN = {"which": "Lifetimes.records_at", "how many": "Lifetimes.levels_at"}
_NEVER_US = 4 * 10**15
"""Later than any instant that is asked for, and a number that all can compare."""
_MINUTE_US = 60_000_000
_ROUNDS = 9
"""Samples: the slowest peer takes seconds for each."""


@attrs.frozen
class _Files:
    """Many files, as each contender wants them."""

    refs: tuple[Ref, ...]
    warned: list[int]
    breached: list[int]
    facts: list[dict[str, int]]
    lifetimes: Lifetimes
    at_us: int
    told: str


def benchmarks(_stack: ExitStack, *, tiny: bool) -> list[Benchmark]:
    """Return the questions: which files are breached, and how many stand at which level."""
    files = _files(200 if tiny else 100_000)
    return [_which(files), _how_many(files)]


def _files(count: int) -> _Files:
    """Return files whose last events lie in one month, and an instant a day after it.

    Some are drawn; the others are these with other instants, since nobody waits for so many to be drawn.
    """
    drawn = [_tail(seed) for seed in range(min(count, 500))]
    refs = tuple(Ref("file", f"f-{number}") for number in range(count))
    month_us, lives = 30 * DAY_US, []
    for number in range(count):
        tail = drawn[number % len(drawn)]
        off_us = (number // len(drawn) * 217 * _MINUTE_US) % month_us
        lives.append([_later(finding, off_us) for finding in tail])
    began = time.perf_counter()
    lifetimes = Lifetimes.of(zip(refs, lives, strict=True))
    seconds = time.perf_counter() - began
    warned = [_first(life, WARNED) for life in lives]
    breached = [_first(life, BREACHED) for life in lives]
    return _Files(
        refs=refs,
        warned=warned,
        breached=breached,
        facts=[{"warned_at": one, "breached_at": other} for one, other in zip(warned, breached, strict=True)],
        lifetimes=lifetimes,
        at_us=month_us + DAY_US,
        told=f"{sum(map(len, lives)):,} findings were laid out once, in {seconds:.1f} s.",
    )


def _tail(seed: int) -> list[Finding]:
    """Return what twelve rules say of a drawn file from its last event on, which is taken to be instant 0."""
    run = states(History(FILE, file_events(20, seed)))
    return [_later(finding, -run[-1].at_us) for rule in RULES for finding in rule.tail(run)]


def _later(finding: Finding, us: int) -> Finding:
    rule, episode, about, passed, due, since, until = finding
    return Finding(
        rule,
        episode,
        about,
        passed,
        None if due is None else due + us,
        since + us,
        None if until is None else until + us,
    )


def _first(life: Iterable[Finding], level: int) -> int:
    """Return when anything first stands at a level or above it: of a tail, nothing that stands so ever ends."""
    return min((finding.since_us for finding in life if finding.level >= level), default=_NEVER_US)


def _which(files: _Files) -> Benchmark:
    from zen import compile_expression  # noqa: PLC0415 - its subject alone needs it

    at_us, refs, facts, breached = files.at_us, files.refs, files.facts, files.breached
    at = from_us(at_us)
    one, all_of_them = f"breached_at <= {at_us}", f"map(instants, # <= {at_us})"
    each, at_once = compile_expression(one), compile_expression(all_of_them)
    typed = rule_engine.Rule(one, context=_context())
    structured = [_structure("breached_at", at_us, BREACHED)]

    def by_structures() -> list[Ref]:
        return [ref for ref, level in zip(refs, _levels(structured, facts), strict=True) if level == BREACHED]

    peers = {
        "zen-engine: an expression, file by file": lambda: [
            ref for ref, fact in zip(refs, facts, strict=True) if each.evaluate(fact)
        ],
        "zen-engine: one expression over a list": lambda: [
            ref for ref, met in zip(refs, at_once.evaluate({"instants": breached}), strict=True) if met
        ],
        "rule-engine: an expression, file by file": lambda: [
            ref for ref, fact in zip(refs, facts, strict=True) if typed.matches(fact)
        ],
        "business-rules: a condition, file by file": by_structures,
    }
    own = _OWN["which"]
    return Benchmark(
        name=f"lifetimes: which of {len(refs):,} files are breached",
        unit="file",
        size=len(refs),
        contenders=(
            Contender(
                name=_LIMIT,
                role="limit",
                run=lambda: [ref for ref, us in zip(refs, breached, strict=True) if us <= at_us],
                answer=frozenset,
            ),
            *(Contender(name=name, role="peer", run=run, answer=frozenset) for name, run in peers.items()),
            Contender(name=own, role="credcore", run=lambda: files.lifetimes.records_at(at), answer=frozenset),
        ),
        reference=_LIMIT,
        goals=tuple(Goal(contender=own, reference=peer, at_most=0.2) for peer in peers),
        rounds=_ROUNDS,
        note=f"{files.told} The peers are given when each file is first breached; credcore's come longest first.",
    )


def _how_many(files: _Files) -> Benchmark:
    from zen import compile_expression  # noqa: PLC0415 - likewise

    at_us, facts, warned, breached = files.at_us, files.facts, files.warned, files.breached
    at = from_us(at_us)
    one = f"breached_at <= {at_us} ? {BREACHED} : (warned_at <= {at_us} ? {WARNED} : {RUNNING})"
    each, counted = compile_expression(one), compile_expression(f"count(instants, # <= {at_us})")
    typed = rule_engine.Rule(one, context=_context())
    structured = [_structure("warned_at", at_us, WARNED), _structure("breached_at", at_us, BREACHED)]
    total = len(facts)

    def from_counts(some: float, grave: float) -> Counter[int]:
        return Counter({RUNNING: total - int(some), WARNED: int(some) - int(grave), BREACHED: int(grave)})

    peers = {
        "zen-engine: an expression, file by file": lambda: Counter(int(each.evaluate(fact)) for fact in facts),
        "zen-engine: two expressions over lists": lambda: from_counts(
            counted.evaluate({"instants": warned}), counted.evaluate({"instants": breached})
        ),
        "rule-engine: an expression, file by file": lambda: Counter(int(typed.evaluate(fact)) for fact in facts),
        "business-rules: conditions, file by file": lambda: Counter(_levels(structured, facts)),
    }
    own = _OWN["how many"]
    return Benchmark(
        name=f"lifetimes: how many of {total:,} files stand at which level",
        unit="answer",
        size=1,
        contenders=(
            Contender(
                name=_LIMIT,
                role="limit",
                run=lambda: from_counts(sum(us <= at_us for us in warned), sum(us <= at_us for us in breached)),
                answer=_with_ladders,
            ),
            *(Contender(name=name, role="peer", run=run, answer=_with_ladders) for name, run in peers.items()),
            Contender(
                name=own,
                role="credcore",
                run=lambda: files.lifetimes.levels_at(at),
                # Of some files no clock says anything: to the others they are running.
                answer=lambda levels: {
                    **_with_ladders(levels),
                    RUNNING: total - sum(levels.values()) + levels[RUNNING],
                },
            ),
        ),
        reference=_LIMIT,
        goals=tuple(Goal(contender=own, reference=peer, at_most=0.2) for peer in peers),
        rounds=_ROUNDS,
        note=f"{files.told} credcore also tells how many stand on which rung of a ladder.",
    )


def _with_ladders(levels: Counter[int]) -> dict[int, int]:
    """Return the counts with those on a ladder among the breached."""
    breached = sum(count for level, count in levels.items() if level >= BREACHED)
    return {RUNNING: levels[RUNNING], WARNED: levels[WARNED], BREACHED: breached}


def _context() -> rule_engine.Context:
    number = rule_engine.DataType.FLOAT
    return rule_engine.Context(
        resolver=rule_engine.resolve_item,
        type_resolver=rule_engine.type_resolver_from_dict({"warned_at": number, "breached_at": number}),
    )


# business-rules


class _Instants(BaseVariables):  # type: ignore[misc] # the library has no types
    """What its conditions may read."""

    def __init__(self, facts: dict[str, int]) -> None:
        self._facts = facts

    @numeric_rule_variable()  # type: ignore[untyped-decorator] # likewise
    def warned_at(self) -> int:
        """Return when the first clock warns."""
        return self._facts["warned_at"]

    @numeric_rule_variable()  # type: ignore[untyped-decorator] # likewise
    def breached_at(self) -> int:
        """Return when the first clock is breached."""
        return self._facts["breached_at"]


class _Level(BaseActions):  # type: ignore[misc] # likewise
    """Notes the level at which a file stands."""

    def __init__(self) -> None:
        self.level = RUNNING

    @rule_action()  # type: ignore[untyped-decorator] # likewise
    def warn(self) -> None:
        """Stand at least warned."""
        self.level = max(self.level, WARNED)

    @rule_action()  # type: ignore[untyped-decorator] # likewise
    def breach(self) -> None:
        """Stand breached."""
        self.level = BREACHED


def _structure(name: str, at_us: int, level: int) -> dict[str, object]:
    return {
        "conditions": {"all": [{"name": name, "operator": "less_than_or_equal_to", "value": at_us}]},
        "actions": [{"name": {WARNED: "warn", BREACHED: "breach"}[level]}],
    }


def _levels(structured: Sequence[dict[str, object]], facts: Iterable[dict[str, int]]) -> list[int]:
    levels = []
    for fact in facts:
        actions = _Level()
        run_all(structured, _Instants(fact), actions)
        levels.append(actions.level)
    return levels
