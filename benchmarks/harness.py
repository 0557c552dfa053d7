"""Time contenders on one input in one run, in turns, and compare their medians.

A machine drifts: other people's work, the disk's cache, the processor's heat. So contenders take turns (A B C A B C …)
with samples of a few milliseconds, and only ratios of medians from one run are compared. Before anything is timed,
all contenders of a benchmark must agree on the answer.
"""

import gc
import statistics
import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Literal

import attrs

__all__ = ["Benchmark", "Contender", "Disagreement", "Goal", "Measured", "Outcome", "Pace", "agreed", "measure"]

Role = Literal["limit", "peer", "credcore"]


class Disagreement(Exception):
    """Contenders of one benchmark do not give the same answer, so their times say nothing."""


@attrs.frozen(kw_only=True)
class Contender:
    """One way to do what a benchmark asks.

    Attributes:
        name: Unique in its benchmark, at most 42 characters.
        role: ``limit`` is the least that any implementation must do, ``peer`` another library.
        run: Does it once; only this is timed.
        answer: Makes, from what `run` returned, what all contenders must agree on.
    """

    name: str
    role: Role
    run: Callable[[], Any]
    answer: Callable[[Any], object] = lambda _: None


@attrs.frozen(kw_only=True)
class Goal:
    """How much longer one contender may take than another.

    Attributes:
        contender: Its name.
        reference: The other's.
        at_most: The ratio of their medians that still meets the goal.
    """

    contender: str
    reference: str
    at_most: float


@attrs.frozen(kw_only=True)
class Benchmark:
    """A question, its contenders, and the goals.

    Attributes:
        name: What is asked.
        unit: What a time is given for, such as ``event``; one run does `size` of them.
        size: How many units one run does.
        contenders: At least the reference.
        reference: The contender whose median is 1.00 in the table.
        goals: Those that it must meet.
        base: A contender whose median is taken from all others' before they are compared; empty for none.
        calls: Runs in one sample; None finds how many make a sample long enough to time.
        rounds: Samples of each contender; None leaves it to the pace.
        warmup: Runs of each contender that nobody times.
        rate: Whether units per second are shown as well.
        note: What a reader must know to compare fairly.
    """

    name: str
    unit: str
    size: int
    contenders: tuple[Contender, ...]
    reference: str
    goals: tuple[Goal, ...] = ()
    base: str = ""
    calls: int | None = None
    rounds: int | None = None
    warmup: int = 0
    rate: bool = False
    note: str = ""


@attrs.frozen
class Pace:
    """How long to measure.

    Attributes:
        rounds: Samples of each contender, where the benchmark does not say.
        sample: The least length of a sample, in seconds, where runs are short.
        most_rounds: No benchmark takes more rounds than this.
    """

    rounds: int
    sample: float
    most_rounds: int


THOROUGH = Pace(rounds=60, sample=0.005, most_rounds=1_000)
QUICK = Pace(rounds=7, sample=0.001, most_rounds=7)


@attrs.frozen
class Measured:
    """What one contender took.

    Attributes:
        contender: Which.
        median: Seconds a unit.
        net: The same, less the base's.
        spread: The distance of the quartiles as a part of the median: how steady the machine was.
        ratio: `net` as a multiple of the reference's.
    """

    contender: Contender
    median: float
    net: float
    spread: float
    ratio: float


@attrs.frozen
class Outcome:
    """What a benchmark showed.

    Attributes:
        benchmark: Which.
        rounds: Samples of each contender.
        rows: By contender, in the benchmark's order.
    """

    benchmark: Benchmark
    rounds: int
    rows: tuple[Measured, ...]

    def ratio(self, goal: Goal) -> float:
        """Return how much longer a goal's contender took than its reference."""
        net = {row.contender.name: row.net for row in self.rows}
        return net[goal.contender] / net[goal.reference]


def agreed(benchmark: Benchmark) -> object:
    """Run every contender once, and return the answer that they agree on.

    Raises:
        Disagreement: They do not.
    """
    answers = [(contender.name, contender.answer(contender.run())) for contender in benchmark.contenders]
    first, answer = answers[0]
    others = [name for name, other in answers if other != answer]
    if others:
        raise Disagreement(f"{benchmark.name}: {', '.join(others)} answered otherwise than {first}")
    return answer


def measure(benchmark: Benchmark, pace: Pace) -> Outcome:
    """Time the contenders in turns.

    Raises:
        Disagreement: They do not give the same answer.
    """
    agreed(benchmark)
    for contender in benchmark.contenders:
        _timed(contender.run, benchmark.warmup)
    rounds = min(benchmark.rounds or pace.rounds, pace.most_rounds)
    calls = {
        contender.name: benchmark.calls or _calls_for(contender.run, pace.sample) for contender in benchmark.contenders
    }
    samples: dict[str, list[float]] = {contender.name: [] for contender in benchmark.contenders}
    for _ in range(rounds):
        for contender in benchmark.contenders:
            number = calls[contender.name]
            samples[contender.name].append(_timed(contender.run, number) / number / benchmark.size)
    return Outcome(benchmark, rounds, tuple(_rows(benchmark, samples)))


def _rows(benchmark: Benchmark, samples: Mapping[str, Sequence[float]]) -> list[Measured]:
    medians = {name: statistics.median(times) for name, times in samples.items()}
    base = medians[benchmark.base] if benchmark.base else 0.0
    reference = medians[benchmark.reference] - base
    return [
        Measured(
            contender,
            median=(median := medians[contender.name]),
            net=median - base,
            spread=_spread(samples[contender.name]),
            ratio=(median - base) / reference,
        )
        for contender in benchmark.contenders
    ]


def _spread(times: Sequence[float]) -> float:
    if len(times) < 2:  # noqa: PLR2004 - quartiles need two values
        return 0.0
    low, median, high = statistics.quantiles(times, n=4, method="inclusive")
    return (high - low) / median


def _calls_for(run: Callable[[], Any], sample: float) -> int:
    """Return how many runs last at least as long as a sample should."""
    calls = 1
    while (took := _timed(run, calls)) < sample:
        calls = max(calls + 1, min(calls * 10, int(calls * 1.2 * sample / max(took, 1e-9))))
    return calls


def _timed(run: Callable[[], Any], calls: int) -> float:
    """Return how long some runs took; the collector waits, so that nobody pays for what another one left behind."""
    turns = range(calls)
    collects = gc.isenabled()
    gc.disable()
    try:
        began = time.perf_counter()
        for _ in turns:
            run()
        return time.perf_counter() - began
    finally:
        if collects:
            gc.enable()
