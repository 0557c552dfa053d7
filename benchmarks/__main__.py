"""The command: ``python -m benchmarks [SUBJECT …] [--quick] [--json]``."""

import argparse
import datetime as dt
import json
import sys
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack

from benchmarks.harness import QUICK, THOROUGH, Benchmark, measure
from benchmarks.report import as_json, head_lines, header, missing_peer, table

try:
    from benchmarks import appends, calendars, evaluation, imports, lifetimes, replay
except ModuleNotFoundError as error:
    raise missing_peer(error) from None

__all__ = ["SUBJECTS", "main"]

SUBJECTS: Mapping[str, Callable[..., list[Benchmark]]] = {
    "import": imports.benchmarks,
    "replay": replay.benchmarks,
    "evaluation": evaluation.benchmarks,
    "lifetimes": lifetimes.benchmarks,
    "appends": appends.benchmarks,
    "calendars": calendars.benchmarks,
}
"""By name, what makes a subject's benchmarks, given a stack that closes what they open, and whether they are tiny."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure some subjects, or all, and print what was found. A goal that is not met is a finding, not a failure."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description="Measure credcore beside its peers.")
    parser.add_argument("subject", nargs="*", help=f"{', '.join(SUBJECTS)}; all, if none is named")
    parser.add_argument("--quick", action="store_true", help="a few samples: to see that it runs, not to compare")
    parser.add_argument("--json", action="store_true", help="print JSON, times in seconds a unit")
    chosen = parser.parse_args(arguments)
    unknown = [name for name in chosen.subject if name not in SUBJECTS]
    if unknown:
        parser.error(f"no subject {', '.join(unknown)}; there are {', '.join(SUBJECTS)}")
    head = header(dt.datetime.now(dt.UTC))
    if not chosen.json:
        print(*head_lines(head), sep="\n")
    outcomes = []
    for name in chosen.subject or SUBJECTS:
        with ExitStack() as stack:
            try:
                made = SUBJECTS[name](stack, tiny=False)
            except ModuleNotFoundError as error:
                raise missing_peer(error) from None
            for benchmark in made:
                outcomes.append(measure(benchmark, QUICK if chosen.quick else THOROUGH))
                if not chosen.json:
                    print("", *table(outcomes[-1]), sep="\n", flush=True)
    if chosen.json:
        print(json.dumps(as_json(head, outcomes), indent=2))
    return 0


if __name__ == "__main__":
    sys.exit(main())
