"""Read histories from a store, each event decoded once however often its record is asked for."""

import itertools
import threading
from collections import OrderedDict
from collections.abc import Mapping, Sequence

from credcore.coordinator.chain import from_stored
from credcore.history import History, Ref
from credcore.ports import Store, Stored

__all__ = ["Reader"]

_KEPT = 4_096
"""Histories kept at the most; the ones not asked for longest go first."""


class Reader:
    """Gives records with their histories, and remembers what it has decoded.

    What is remembered is never believed without the store: every answer begins from the version that the store has.
    A stream only grows, so what was decoded of it stays right.

    Args:
        store: The desk's.
    """

    def __init__(self, store: Store) -> None:
        """Remember nothing yet."""
        self._store = store
        self._known: OrderedDict[Ref, History] = OrderedDict()
        self._lock = threading.Lock()

    def read(self, refs: Sequence[Ref]) -> Mapping[Ref, tuple[Stored, History]]:
        """Return records as they stand at one moment, with the history up to that version."""
        return {ref: (stored, self._history(stored)) for ref, stored in self._store.load(refs).items()}

    def _history(self, stored: Stored) -> History:
        ref = stored.ref
        known = self._known.get(ref, History(ref, ()))
        have = len(known.events)
        if have > stored.version:
            return History(ref, known.events[: stored.version])
        if have < stored.version:
            new = itertools.islice(self._store.history(ref, have), stored.version - have)
            known = known.with_events(from_stored(item, ref) for item in new)
        with self._lock:
            self._known[ref] = known
            self._known.move_to_end(ref)
            while len(self._known) > _KEPT:
                self._known.popitem(last=False)
        return known
