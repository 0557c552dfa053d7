"""A store that says what a commit would meet and writes nothing: for dry runs."""

from collections.abc import Mapping
from typing import Any, NoReturn

from credcore.errors import Conflict, Duplicate, InvalidInput
from credcore.history import Ref
from credcore.ports import Claim, Decision, Receipt, Store

__all__ = ["Rehearsal"]


class Rehearsal:
    """Reads from a store; a commit is checked against it and left out."""

    def __init__(self, store: Store) -> None:
        """Rehearse on a store."""
        self._store = store

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401 - whatever the store has
        """Everything but the commit is the store's own."""
        return getattr(self._store, name)

    def bind(self, _connection: object, *, afterwards: object = None) -> NoReturn:  # noqa: ARG002 - the port's own
        """Refuse: what is only tried writes nothing, in nobody's transaction.

        Raises:
            InvalidInput: Always.
        """
        raise InvalidInput("a dry run joins no transaction; make it within one instead", field="store")

    def claim(self, *_args: object) -> tuple[Claim, ...]:
        """Lease nothing: the real sweep goes on."""
        return ()

    def commit(self, decision: Decision) -> Receipt:
        """Check a decision's versions, children and keys as the store would, and write nothing.

        Raises:
            Conflict: A record has another version by now, or other children.
            Duplicate: A key is already on the desk.
        """
        expected: Mapping[Ref, int] = {**decision.reads, **{write.ref: write.expected for write in decision.writes}}
        stored = self._store.load(list(expected))
        stale = {str(ref) for ref, version in expected.items() if stored[ref].version != version}
        stale |= {str(ref) for ref, known in decision.children.items() if known != set(self._store.children(ref))}
        if stale:
            raise Conflict(sorted(stale))
        for write in decision.writes:
            for event in write.events:
                found = None if event.key is None else self._store.find(event.key)
                if event.key is not None and found is not None:
                    raise Duplicate(event.key, str(found[0]))
        return Receipt({write.ref: write.expected + len(write.events) for write in decision.writes})
