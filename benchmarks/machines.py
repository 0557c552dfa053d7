"""The peers of a replay: a file as a state machine of ``transitions``, and of ``python-statemachine``.

Its stages are the states. A change of stage is a transition; whatever else happens is an internal one, which leaves no
state and enters none: the least that either library does for an event. What an event tells is noted by its callback,
as the limit notes it. Machines are made once, and a file is made empty before each replay: neither is what is asked.
"""

from collections.abc import Callable, Sequence
from typing import Any

from statemachine import State, StateMachine
from transitions import Machine

from benchmarks.inputs import STAGES
from benchmarks.plain import HANDLERS, File
from credcore.events import Event

__all__ = ["by_statemachine", "by_transitions"]

Replay = Callable[[], File]

_HAPPENINGS = tuple(name for name in HANDLERS if name != "stage-changed")


def _word(name: str) -> str:
    return name.replace("-", "_")


def _trigger(event: Event) -> str:
    """Return the name under which a machine knows an event: a move by the stage to which it goes."""
    stage = getattr(event, "stage", "")
    return f"enter_{_word(stage)}" if event.type == "stage-changed" else _word(event.type)


class _File:
    """What happened to a file, noted by callbacks."""

    def __init__(self) -> None:
        """Note nothing yet."""
        self.file: File = {}

    def note(self, event: Event) -> None:
        """Note what an event tells."""
        HANDLERS[event.type](self.file, event)


def by_transitions(events: Sequence[Event]) -> Replay:
    """Return what replays events through a machine of ``transitions``."""
    model: Any = _File()
    machine = Machine(model, states=list(STAGES), initial=STAGES[0], auto_transitions=False)
    for name in _HAPPENINGS:
        machine.add_transition(_word(name), "*", None, after="note")
    for stage in STAGES:
        machine.add_transition(f"enter_{_word(stage)}", "*", stage, after="note")
    steps = [(_trigger(event), event) for event in events]

    def replay() -> File:
        model.file = {}
        machine.set_state(STAGES[0])
        for trigger, event in steps:
            getattr(model, trigger)(event)
        file: File = model.file
        return {**file, "stage": model.state}

    return replay


def by_statemachine(events: Sequence[Event]) -> Replay:
    """Return what replays events through a machine of ``python-statemachine``."""
    # Its `itself` has no types.
    states: dict[str, Any] = {stage: State(stage, initial=stage == STAGES[0]) for stage in STAGES}
    noted = _File()
    body: dict[str, Any] = {_word(stage): state for stage, state in states.items()}
    for name in _HAPPENINGS:
        body[_word(name)] = _any_of(states[stage].to.itself(internal=True, on="note") for stage in STAGES)
    for to in STAGES:
        body[f"enter_{_word(to)}"] = _any_of(states[stage].to(states[to], on="note") for stage in STAGES)

    # The library gives a callback what it asks for by name, and `event` would be the name of the trigger.
    body["note"] = lambda _machine, happened: noted.note(happened)
    machine: Any = type("FileMachine", (StateMachine,), body)()
    steps = [(_trigger(event), event) for event in events]

    def replay() -> File:
        noted.file = {}
        machine.current_state_value = _word(STAGES[0])
        for trigger, event in steps:
            getattr(machine, trigger)(event)
        (stage,) = machine.configuration
        return {**noted.file, "stage": stage.name}

    return replay


def _any_of(transitions: Any) -> Any:  # noqa: ANN401 - the library's own lists of transitions
    """Return one event that is any of some transitions."""
    first, *others = transitions
    for other in others:
        first |= other
    return first
