"""Replay: from the events of a file to the file, and to the states that rules judge.

The goals are beside state machines, which are asked for one transition an event; the library for event sourcing is
there for information.
"""

import datetime as dt
from collections.abc import Callable
from contextlib import ExitStack
from typing import Any

from benchmarks import aggregate, machines, plain
from benchmarks.aggregate import FileAggregate, aggregate_events
from benchmarks.harness import Benchmark, Contender, Goal
from benchmarks.inputs import FILE, file_events, moves
from credcore.events import Event
from credcore.files import CredentialingFile, states
from credcore.history import History, State

__all__ = ["benchmarks"]

_LIMIT = "a dict, changed in a loop"
_PEER = "eventsourcing: event.mutate"
_MACHINES = {
    "transitions: a trigger": machines.by_transitions,
    "python-statemachine: an event": machines.by_statemachine,
}
_FILE = "CredentialingFile.from_history"
_STATES = "files.states"

_NOTE = (
    "All begin with decoded events in memory. credcore alone sorts late events in, applies corrections and makes a"
    " value that cannot change; eventsourcing checks ids and versions, the machines whether a transition is allowed;"
    " the limit checks nothing."
)


def benchmarks(_stack: ExitStack, *, tiny: bool) -> list[Benchmark]:
    """Return the questions for a file that only moves, a short file and a long one."""
    sizes = (20,) if tiny else (20, 200)
    return [
        _to_file("20 changes of stage", moves(20), "Each event is a transition from one stage to another."),
        *(
            benchmark
            for size in sizes
            for benchmark in (
                _to_file(
                    f"{size} events", file_events(size), "Most events are internal transitions: no stage is left."
                ),
                _to_states(size),
            )
        ),
    ]


def _to_file(what: str, events: tuple[Event, ...], which: str) -> Benchmark:
    others = aggregate_events(events)
    replays: dict[str, Callable[[], plain.File]] = {name: made(events) for name, made in _MACHINES.items()}
    return Benchmark(
        name=f"replay: {what} to the file",
        unit="event",
        size=len(events),
        contenders=(
            Contender(name=_LIMIT, role="limit", run=lambda: plain.fold(events), answer=_of_dict),
            Contender(name=_PEER, role="peer", run=lambda: aggregate.replayed(others), answer=_of_aggregate),
            *(Contender(name=name, role="peer", run=replay, answer=_of_dict) for name, replay in replays.items()),
            # A history keeps what it has sorted: a new one each time, or only the first run would do the work.
            Contender(
                name=_FILE,
                role="credcore",
                run=lambda: CredentialingFile.from_history(History(FILE, events)),
                answer=_of_file,
            ),
        ),
        reference=_LIMIT,
        goals=tuple(Goal(contender=_FILE, reference=peer, at_most=0.15) for peer in _MACHINES),
        note=f"{which} {_NOTE}",
    )


def _to_states(size: int) -> Benchmark:
    events = file_events(size)
    others = aggregate_events(events)
    return Benchmark(
        name=f"replay: {size} events to the run of states",
        unit="event",
        size=size,
        contenders=(
            Contender(name=_LIMIT, role="limit", run=lambda: plain.fold_states(events), answer=tuple),
            Contender(name=_PEER, role="peer", run=lambda: aggregate.replayed_states(others), answer=tuple),
            Contender(
                name=_STATES, role="credcore", run=lambda: states(History(FILE, events), dt.UTC), answer=_of_states
            ),
        ),
        reference=_LIMIT,
        note="A state of credcore also has its instant, marks, the days that matter, and who entered the stage when.",
    )


# What all must agree on


def _of_dict(file: dict[str, Any]) -> dict[str, Any]:
    return {
        **file,
        "holds": {name: party for name, (party, _) in file["holds"].items()},
        "contacts": [(party, answered) for _, party, _, answered in file["contacts"]],
        "documents": sorted(file["documents"]),
        "verifications": {element: day for element, (_, _, _, day) in file["verifications"].items()},
        "promises": {name: status for name, (_, _, status) in file["promises"].items()},
        "attempts": None,
    }


def _of_aggregate(file: FileAggregate) -> dict[str, Any]:
    names = ("kind", "stage", "owner", "holds", "contacts", "documents", "verifications", "flags", "promises")
    return _of_dict({**{name: getattr(file, name) for name in names}, "attempts": file.attempts})


def _of_file(file: CredentialingFile) -> dict[str, Any]:
    return {
        "kind": file.kind,
        "stage": file.stage,
        "owner": file.assignee,
        "holds": {name: hold.waiting_on for name, hold in file.holds.items()},
        "contacts": [(contact.party, contact.answered) for contact in file.contacts],
        "documents": sorted(file.documents),
        "verifications": {element: known.verified_on for element, known in file.verifications.items()},
        "flags": file.flags,
        "promises": {name: promise.status for name, promise in file.promises.items()},
        "attempts": None,  # a file does not tell them, its states do
    }


def _of_states(run: list[State]) -> tuple[plain.Facts, ...]:
    return tuple(
        (facet.kind, facet.stage, facet.parties, facet.flags, facet.attempts) for facet in (one.facet for one in run)
    )
