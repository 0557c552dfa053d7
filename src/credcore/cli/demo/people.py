"""The people of the log join the desk: under invented names, with room by how much each of them did."""

import random
from collections.abc import Sequence

import attrs

from credcore.cli.demo.rhythm import Worker
from credcore.coordinator import Coordinator
from credcore.desk import Desk
from credcore.events import Event, Stamp

__all__ = ["Colleague", "colleagues", "join"]

_NAMES = """
Nora Vale, Ilse Brandt, Tom Ebert, Wanda Pell, Karim Aziz, Bea Lowell, Otto Finch, Lena Marsh, Hugo Stern, Ines Prado,
Milo Quist, Tara Boyd, Abel Renn, Cleo Varga, Finn Harlow, Gita Sethi, Ivan Sorel, Joan Petrie, Kurt Amsel, Lila Moss,
Marc Tolle, Nina Ashby, Oren Katz, Petra Lund, Quinn Avery, Rosa Milan, Saul Brink, Tess Orford, Uma Nair, Vera Clay,
Walt Ibsen, Xenia Polk, Yara Haddad, Zeno Tabor, Ada Crewe, Bram Olsen, Cora Dent, Dirk Hale, Elsa Frome, Fritz Ohl,
Gwen Tully, Hana Mori, Igor Vance, Jana Reis, Kofi Mensah, Lars Holm, Mona Field, Niall Burke
"""
_STATES = (("CT", "MA"), ("CT", "RI"), ("MA", "RI"), ("CT", "MA", "RI", "NY"), ("CT", "MA", "RI", "NY", "NJ"))
_ROOM = 500
"""How many files all of them together may own at once, roughly."""
_LEAST = 4


@attrs.frozen
class Colleague:
    """A person of the log as they join the desk.

    Attributes:
        id: Their first name.
        name: In full.
        states: Those that they work.
        capacity: How many files they may own at once; the busiest of the log may own the most.
        worker: What they did in the log.
    """

    id: str
    name: str
    states: tuple[str, ...]
    capacity: int
    worker: Worker


def colleagues(workers: Sequence[Worker], rng: random.Random) -> tuple[Colleague, ...]:
    """Return the people of the log, each with a name and states drawn."""
    names = [name.strip() for name in _NAMES.replace("\n", " ").split(",")]
    events = sum(worker.events for worker in workers)
    return tuple(
        Colleague(
            name.split()[0].lower(),
            name,
            rng.choice(_STATES),
            max(_LEAST, round(_ROOM * worker.events / events)),
            worker,
        )
        for name, worker in zip(names, workers, strict=True)
    )


def join(coordinator: Coordinator, desk: str, people: Sequence[Colleague], command: str) -> None:
    """Have them all on the team, in one commit.

    Args:
        coordinator: The desk, worked by somebody who may have people join.
        desk: Its id.
        people: Who joins.
        command: An id of the call; it can be found on the desk ever after.
    """

    def change(record: Desk, stamp: Stamp) -> list[Event]:
        return [
            event
            for person in people
            for event in record.join(person.id, stamp, name=person.name, states=person.states, capacity=person.capacity)
        ]

    coordinator.record(f"desk/{desk}", change, command=command)
