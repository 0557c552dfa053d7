"""Find the record that a command names; where there is none, name the nearest."""

import difflib
import itertools

from credcore.coordinator import Coordinator
from credcore.errors import NotFound
from credcore.history import KINDS, History, Ref

__all__ = ["history_of", "ref_of"]

_KINDS = ("file", "provider", "meeting")


def ref_of(text: str) -> Ref:
    """Return the record that was meant: ``KIND/ID``, or a file's id alone.

    Raises:
        InvalidInput: The kind is unknown.
    """
    return Ref.parse(text) if "/" in text else Ref("file", text)


def history_of(desk: Coordinator, ref: Ref) -> History:
    """Return a record's history.

    Raises:
        NotFound: The desk does not know it; a record of another kind that has the id is named, or else the nearest id
            among what is open.
    """
    try:
        history = desk.history(ref)
    except NotFound:
        others = [Ref(kind, ref.id) for kind in KINDS if kind != ref.kind]
        if found := [other for other in others if _exists(desk, other)]:
            raise NotFound(ref.kind, ref.id, where=f"on this desk; did you mean {str(found[0])!r}?") from None
        near = difflib.get_close_matches(ref.id, _ids(desk, ref.kind), n=1)
        raise NotFound(ref.kind, ref.id, known=near) from None
    return history


def _exists(desk: Coordinator, ref: Ref) -> bool:
    if ref.kind == "person":
        return ref.id in desk.desk.team
    try:
        desk.history(ref)
    except NotFound:
        return False
    return True


def _ids(desk: Coordinator, kind: str) -> list[str]:
    if kind not in _KINDS:
        return [person.id for person in desk.desk.team]
    return [entry.ref.id for entry in itertools.islice(desk.worklist(kinds=(kind,), snoozed=True, limit=None), 20_000)]
