"""What will happen, in order of time: the replay's own list of things to do."""

import datetime as dt
import heapq
import itertools
from collections.abc import Callable

from credcore.cli.demo.clock import ReplayClock

__all__ = ["Coming"]


class Coming:
    """Things to come; the earlier first, of one instant the one that was planned first.

    Args:
        clock: Is moved to each before it happens.
    """

    def __init__(self, clock: ReplayClock) -> None:
        """Begin with nothing to come."""
        self._clock = clock
        self._heap: list[tuple[dt.datetime, int, Callable[[], object]]] = []
        self._order = itertools.count()

    def plan(self, at: dt.datetime, act: Callable[[], object]) -> None:
        """Have something happen at an instant."""
        heapq.heappush(self._heap, (at, next(self._order), act))

    def run_until(self, end: dt.datetime) -> None:
        """Let happen what comes before an instant, and what that brings about; the rest never does."""
        while self._heap and self._heap[0][0] < end:
            at, _, act = heapq.heappop(self._heap)
            self._clock.move_to(at)
            act()
        self._clock.move_to(end)
