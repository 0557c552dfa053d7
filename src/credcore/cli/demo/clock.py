"""A clock that the replay moves, and ids that can be read: with them a run gives the same desk each time."""

import datetime as dt

__all__ = ["Counter", "ReplayClock"]


class ReplayClock:
    """Stands until it is moved, and never goes back.

    Args:
        at: Where it begins.
    """

    def __init__(self, at: dt.datetime) -> None:
        """Begin at an instant."""
        self.at = at

    def __call__(self) -> dt.datetime:
        """Tell the time."""
        return self.at

    def move_to(self, at: dt.datetime) -> None:
        """Let time pass until an instant; one that is over changes nothing."""
        self.at = max(self.at, at)


class Counter:
    """Gives ids by counting, save where the next one is named.

    Example:
        >>> ids = Counter()
        >>> ids.name_next("1")
        >>> ids(), ids()
        ('1', '10001')
    """

    def __init__(self) -> None:
        """Begin at 10001, so that all ids have one length."""
        self._last = 10_000
        self._named = ""

    def __call__(self) -> str:
        """Return an id that was not given before."""
        if self._named:
            named, self._named = self._named, ""
            return named
        self._last += 1
        return str(self._last)

    def name_next(self, name: str) -> None:
        """Give a name as the next id: a file that is written about keeps its own, whatever happens around it."""
        self._named = name
