"""The files that are replayed and judged: drawn with a seed, of the events of an ordinary file's life.

Nobody is named in them; a seed and a size always give the same file.
"""

import datetime as dt
import itertools
import random
from collections.abc import Callable, Sequence

from credcore.events import (
    Assigned,
    ContactLogged,
    DocumentReceived,
    Event,
    FileOpened,
    FlagCleared,
    FlagRaised,
    HoldPlaced,
    HoldReleased,
    PromiseKept,
    PromiseMade,
    Reviewed,
    StageChanged,
    Stamp,
    Verified,
)
from credcore.history import Ref

__all__ = ["FILE", "STAGES", "file_events", "moves"]

FILE = Ref("file", "f-1")

_OPENED_AT = dt.datetime(2026, 3, 2, 15, tzinfo=dt.UTC)
_STAGES = ("application-complete", "psv", "qa-audit", "psv", "incomplete", "psv")
STAGES = ("intake", *dict.fromkeys(_STAGES))
"""All stages in which a file can be, the first one first."""
_WAITED_FOR = ("provider", "provider", "source", "reference", "facility")
_ELEMENTS = ("licence", "sanctions", "malpractice-history", "work-history", "education")


def file_events(size: int, seed: int = 7) -> tuple[Event, ...]:
    """Return so many events of one file: it is opened, given an owner, and worked on; each at an instant of its own.

    Args:
        size: At least 2.
        seed: Of all draws.
    """
    return tuple(_Life(seed).events(size))


def moves(size: int, seed: int = 7) -> tuple[Event, ...]:
    """Return so many events of a file that only moves: it is opened, and goes from stage to stage."""
    life = _Life(seed)
    return (life.opened(), *(life.moved() for _ in range(size - 1)))


class _Life:
    """Draws what happens next among what makes sense: nothing is released that was not held."""

    def __init__(self, seed: int) -> None:
        self._rng = random.Random(seed)  # noqa: S311 - an input must be the same each time, not secret
        self._ids = itertools.count(1)
        self._stages = itertools.cycle(_STAGES)
        self._holds: list[str] = []
        self._promises: list[str] = []
        self._flagged = False
        self._at = _OPENED_AT

    def events(self, size: int) -> list[Event]:
        found = [self.opened(), self._stamp()(Assigned, to="ana", policy="lakeside")]
        while len(found) < size:
            self._at += dt.timedelta(minutes=self._rng.randrange(10, 3 * 24 * 60))
            found.append(self._next())
        return found

    def opened(self) -> Event:
        stage, needed_by = STAGES[0], dt.date(2026, 6, 30)
        event: Event = self._stamp()(FileOpened, kind="initial", provider="p-1", stage=stage, needed_by=needed_by)
        return event

    def moved(self) -> Event:
        event: Event = self._stamp()(StageChanged, stage=next(self._stages))
        return event

    def _stamp(self) -> Stamp:
        self._at += dt.timedelta(minutes=1)
        return Stamp(self._at, "ana", lambda: f"e-{next(self._ids)}")

    def _next(self) -> Event:
        choices: Sequence[tuple[int, Callable[[Stamp], Event]]] = (
            (4, self._contact),
            (3, self._verify),
            (3, self._hold_or_release),
            (2, lambda stamp: stamp(DocumentReceived, element=self._rng.choice(("application", "attestation")))),
            (2, lambda stamp: stamp(StageChanged, stage=next(self._stages))),
            (1, self._promise_or_keep),
            (1, self._flag_or_clear),
            (1, lambda stamp: stamp(Reviewed, note="looked at")),
        )
        (drawn,) = self._rng.choices([act for _, act in choices], [weight for weight, _ in choices])
        return drawn(self._stamp())

    def _contact(self, stamp: Stamp) -> Event:
        answered = self._rng.random() < 0.3  # noqa: PLR2004 - three in ten are answered
        event: Event = stamp(ContactLogged, party=self._rng.choice(_WAITED_FOR), channel="email", answered=answered)
        return event

    def _verify(self, stamp: Stamp) -> Event:
        event: Event = stamp(
            Verified,
            element=self._rng.choice(_ELEMENTS),
            source="board",
            method="web",
            result="active",
            verified_on=stamp.at.date(),
        )
        return event

    def _hold_or_release(self, stamp: Stamp) -> Event:
        event: Event
        if len(self._holds) > 1 or (self._holds and self._rng.random() < 0.5):  # noqa: PLR2004 - at most two are open
            event = stamp(HoldReleased, hold=self._holds.pop(0))
        else:
            event = stamp(HoldPlaced, hold=f"h-{stamp.at:%m%d%H%M}", waiting_on=self._rng.choice(_WAITED_FOR))
            self._holds.append(event.hold)  # type: ignore[attr-defined] # a hold that was placed
        return event

    def _promise_or_keep(self, stamp: Stamp) -> Event:
        event: Event
        if self._promises:
            event = stamp(PromiseKept, promise=self._promises.pop())
        else:
            self._promises.append(f"pr-{stamp.at:%m%d%H%M}")
            promised_on = stamp.at.date() + dt.timedelta(days=3)
            event = stamp(PromiseMade, promise=self._promises[-1], party="provider", promised_on=promised_on)
        return event

    def _flag_or_clear(self, stamp: Stamp) -> Event:
        self._flagged = not self._flagged
        event: Event = stamp(FlagRaised if self._flagged else FlagCleared, flag="work-gap")
        return event
