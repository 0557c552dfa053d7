"""Find the record that a command names; where there is none, name the nearest."""

import difflib
import itertools
from collections.abc import Iterator

from credcore.adapters.board.wording import clean
from credcore.coordinator import Coordinator
from credcore.errors import InvalidInput, NotFound
from credcore.history import KINDS, History, Ref
from credcore.identifiers import is_npi
from credcore.providers import ProviderRecord

__all__ = ["history_of", "provider_of", "ref_of"]

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
        NotFound: The desk does not know it; a record of another kind that has the id is named, or providers whose NPI
            or name it is, or else the nearest id among what is open.
    """
    try:
        history = desk.history(ref)
    except NotFound:
        others = [Ref(kind, ref.id) for kind in KINDS if kind != ref.kind]
        if found := [other for other in others if _exists(desk, other)]:
            raise NotFound(ref.kind, ref.id, where=f"on this desk; did you mean {str(found[0])!r}?") from None
        if ref.kind in ("file", "provider") and (hint := _hint(desk, ref.id)):
            raise NotFound(ref.kind, ref.id, where=f"on this desk; {hint}") from None
        near = difflib.get_close_matches(ref.id, _ids(desk, ref.kind), n=1)
        raise NotFound(ref.kind, ref.id, known=near) from None
    return history


def provider_of(desk: Coordinator, text: str) -> str:
    """Return the id of the provider that was meant: by id, ``provider/ID``, or an NPI that one record has.

    Raises:
        NotFound: There is none; providers of such a name are named.
        InvalidInput: The NPI is on several records.
    """
    name = text.removeprefix("provider/")
    if _exists(desk, Ref("provider", name)):
        return name
    found = [one.id for one in _providers(desk) if one.npi == name] if is_npi(name) else []
    if len(found) > 1:
        raise InvalidInput(f"NPI {name} is on several records: {', '.join(found)}; give the id")
    if not found:
        history_of(desk, Ref("provider", name))
    return found[0]


def _hint(desk: Coordinator, text: str) -> str:
    """Return which providers have a text as their NPI, or all of its words in their name; empty for none."""
    words = text.casefold().split()
    found = [
        one
        for one in _providers(desk)
        if one.npi == text or {*words} <= {*one.name.casefold().replace(",", " ").split()}
    ]
    shown = [f"{Ref('provider', one.id)} ({clean(one.name)})" for one in found[:_MOST]]
    if len(found) > _MOST:
        shown.append(f"or {len(found) - _MOST} more")
    return f"did you mean {'one of ' * (len(found) > 1)}{', '.join(shown)}?" if found else ""


_MOST = 5
"""Providers of a name that are named."""


def _providers(desk: Coordinator) -> Iterator[ProviderRecord]:
    """Yield the providers with whom work goes on, each followed by those that were merged into it."""
    for entry in itertools.islice(desk.worklist(kinds=("provider",), snoozed=True, limit=None), _LOOKED_THROUGH):
        for name in (entry.ref.id, *desk.duplicates_of(entry.ref.id)):
            yield ProviderRecord.from_history(desk.history(Ref("provider", name)))


_LOOKED_THROUGH = 20_000


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
    return [
        entry.ref.id
        for entry in itertools.islice(desk.worklist(kinds=(kind,), snoozed=True, limit=None), _LOOKED_THROUGH)
    ]
