"""The limit: a file as a dict, changed in a loop; no check, no type, no instant kept but where it is asked for."""

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from credcore.events import Event

__all__ = ["HANDLERS", "Facts", "File", "fold", "fold_states"]

File = dict[str, Any]
Facts = tuple[str, str, frozenset[str], frozenset[str], int]
"""What conditions may read: kind, stage, parties waited for, flags, attempts."""


def fold(events: Iterable[Event]) -> File:
    """Return the file that events tell of."""
    file: File = {}
    for event in events:
        HANDLERS[event.type](file, event)
    return file


def fold_states(events: Iterable[Event]) -> list[Facts]:
    """Return what conditions may read after each event."""
    file: File = {}
    states = []
    for event in events:
        HANDLERS[event.type](file, event)
        parties = frozenset(party for party, _ in file["holds"].values())
        states.append((file["kind"], file["stage"], parties, frozenset(file["flags"]), file["attempts"]))
    return states


def _open(file: File, event: Any) -> None:  # noqa: ANN401 - each handler knows its own event
    file.update(
        kind=event.kind,
        stage=event.stage,
        owner="",
        holds={},
        contacts=[],
        documents={},
        verifications={},
        flags=set(),
        promises={},
        attempts=0,
    )


def _assign(file: File, event: Any) -> None:  # noqa: ANN401 - likewise
    file["owner"] = event.to


def _enter(file: File, event: Any) -> None:  # noqa: ANN401 - likewise
    file["stage"] = event.stage
    file["attempts"] = 0


def _hold(file: File, event: Any) -> None:  # noqa: ANN401 - likewise
    file["holds"][event.hold] = (event.waiting_on, event.at)
    file["attempts"] = 0


def _release(file: File, event: Any) -> None:  # noqa: ANN401 - likewise
    del file["holds"][event.hold]
    file["attempts"] = 0


def _contact(file: File, event: Any) -> None:  # noqa: ANN401 - likewise
    file["contacts"].append((event.at, event.party, event.channel, event.answered))
    file["attempts"] = 0 if event.answered else file["attempts"] + 1


def _receive(file: File, event: Any) -> None:  # noqa: ANN401 - likewise
    file["documents"][event.element] = event.at


def _verify(file: File, event: Any) -> None:  # noqa: ANN401 - likewise
    file["verifications"][event.element] = (event.source, event.method, event.result, event.verified_on)


def _flag(file: File, event: Any) -> None:  # noqa: ANN401 - likewise
    file["flags"].add(event.flag)


def _clear(file: File, event: Any) -> None:  # noqa: ANN401 - likewise
    file["flags"].discard(event.flag)


def _promise(file: File, event: Any) -> None:  # noqa: ANN401 - likewise
    file["promises"][event.promise] = (event.party, event.promised_on, "open")


def _keep(file: File, event: Any) -> None:  # noqa: ANN401 - likewise
    party, day, _ = file["promises"][event.promise]
    file["promises"][event.promise] = (party, day, "kept")


def _review(_file: File, _event: Any) -> None:  # noqa: ANN401 - likewise
    pass


HANDLERS: Mapping[str, Callable[[File, Any], None]] = {
    "file-opened": _open,
    "assigned": _assign,
    "stage-changed": _enter,
    "hold-placed": _hold,
    "hold-released": _release,
    "contact-logged": _contact,
    "document-received": _receive,
    "verified": _verify,
    "flag-raised": _flag,
    "flag-cleared": _clear,
    "promise-made": _promise,
    "promise-kept": _keep,
    "reviewed": _review,
}
