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

    What is remembered is never believed without the store: every answer begins from the version and the head that the
    store has, and goes on from what was decoded only if that is the same stream. (A transaction that is taken back
    takes events back that were read within it.)

    Args:
        store: The desk's.
    """

    def __init__(self, store: Store) -> None:
        """Remember nothing yet."""
        self._store = store
        self._known: OrderedDict[Ref, tuple[History, bytes]] = OrderedDict()
        self._lock = threading.Lock()

    def over(self, store: Store) -> "Reader":
        """Return a reader of the same desk through another store, with the same memory."""
        reader = Reader(store)
        reader._known, reader._lock = self._known, self._lock
        return reader

    def read(self, refs: Sequence[Ref]) -> Mapping[Ref, tuple[Stored, History]]:
        """Return records as they stand at one moment, with the history up to that version."""
        return {ref: (stored, self._history(stored)) for ref, stored in self._store.load(refs).items()}

    def _history(self, stored: Stored) -> History:
        ref = stored.ref
        history, head = self._known.get(ref, (History(ref, ()), b""))
        have = len(history.events)
        if (have, head) == (stored.version, stored.head):
            with self._lock:
                if ref in self._known:
                    self._known.move_to_end(ref)
            return history
        # The last event known is read again: its mac tells whether the rest goes on from it.
        after = max(have - 1, 0) if have < stored.version else 0
        new = list(itertools.islice(self._store.history(ref, after), stored.version - after))
        if after and new and new[0].mac == head:
            history = history.with_events(from_stored(item, ref) for item in new[1:])
        else:
            new = new if not after else list(itertools.islice(self._store.history(ref), stored.version))
            history = History(ref, tuple(from_stored(item, ref) for item in new))
        with self._lock:
            self._known[ref] = (history, stored.head)
            self._known.move_to_end(ref)
            while len(self._known) > _KEPT:
                self._known.popitem(last=False)
        return history
