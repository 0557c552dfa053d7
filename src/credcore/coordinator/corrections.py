"""What a correction may do: replace an event by one of its own kind, or take it out, unless that would bend the record.

The roles that may record an event may correct it. What opens a record can be replaced, not taken out; what the desk
itself told, and the editions that it adopted, are never corrected: they are what was done by what was known. A merge
and its undoing are each more than one event, so each is undone by the other.
"""

from credcore.errors import InvalidInput
from credcore.events import (
    ActionRefused,
    Corrected,
    DeskOpened,
    EditionAdopted,
    Event,
    FileOpened,
    MeetingScheduled,
    Merged,
    ProviderRegistered,
    Told,
    Unmerged,
    Withdrawn,
)
from credcore.history import History

__all__ = ["check_correction", "corrected_event"]

_FINAL = (Told, Withdrawn, ActionRefused, EditionAdopted, DeskOpened)
_OPENINGS = (FileOpened, ProviderRegistered, MeetingScheduled)


def corrected_event(correction: Corrected, history: History) -> Event:
    """Return the event that a correction names, as it stands now.

    Raises:
        InvalidInput: No such event stands.
    """
    for event in history.effective:
        if event.id == correction.event:
            return event
    raise InvalidInput(f"{history.ref} has no event {correction.event!r} that stands", field="event")


def check_correction(correction: Corrected, history: History) -> None:
    """Refuse a correction that the record cannot bear.

    Raises:
        InvalidInput: The event is not to be corrected, or the replacement is of another type or has another's id.
    """
    original = corrected_event(correction, history)
    new = correction.replacement
    if isinstance(original, (Merged, Unmerged)):
        call = "unmerge" if isinstance(original, Merged) else "merge"
        why = f"a {original.type} is more than this event; call {call}(), which mends both records"
        raise InvalidInput(why, field="event")
    if isinstance(original, _FINAL):
        raise InvalidInput(f"a {original.type} is not corrected: it is what was done", field="event")
    if new is None:
        if isinstance(original, _OPENINGS):
            raise InvalidInput(f"a {original.type} opens the record; replace it, or close the record", field="event")
        return
    if type(new) is not type(original):
        raise InvalidInput(
            f"a {original.type} is replaced by another, not by a {new.type}; take it out, and record that",
            field="replacement",
        )
    ids = {event.id for event in history.events}
    ids |= {event.replacement.id for event in history.events if isinstance(event, Corrected) and event.replacement}
    if new.id != original.id and new.id in ids:
        raise InvalidInput(f"{new.id!r} is another event's id; give a new one", field="replacement.id")
