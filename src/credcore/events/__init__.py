"""What can happen on a desk: one class an event type, each said in the field's words.

An event is never changed and never deleted; a mistake is corrected by a later `Corrected`. ``at`` is when it happened,
``recorded_at`` when the desk learned of it (set at the commit). Plans are dated facts inside an event, not events of
the future. `encode` and `decode` give and take JSON-ready mappings, strictly: an unknown key or a wrong type is an
error with its path.
"""

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from credcore.events.any_record import ActionRefused, Corrected, Told, Withdrawn
    from credcore.events.base import PARTIES, Event, Stamp, check_days, refuse_private
    from credcore.events.desk import DeskOpened, EditionAdopted, PersonChanged, PersonJoined, PersonLeft
    from credcore.events.file import (
        ApprovalRecorded,
        Assigned,
        ContactLogged,
        Decided,
        DocumentReceived,
        FileOpened,
        FlagCleared,
        FlagRaised,
        HoldPlaced,
        HoldReleased,
        PayerAnswered,
        PlacedOnAgenda,
        PromiseKept,
        PromiseMade,
        PromiseWithdrawn,
        RemovedFromAgenda,
        Reviewed,
        Snoozed,
        StageChanged,
        SubmittedToPayer,
        Unassigned,
        Verified,
    )
    from credcore.events.meeting import (
        AgendaItemPlaced,
        AgendaItemRemoved,
        MeetingCancelled,
        MeetingHeld,
        MeetingMoved,
        MeetingScheduled,
        VoteRecorded,
    )
    from credcore.events.person import (
        AbsenceCancelled,
        AbsenceRecorded,
        CoverArranged,
        CoverEnded,
        FileReturned,
        FileTaken,
    )
    from credcore.events.provider import (
        Attested,
        CredentialRecorded,
        CredentialRenewed,
        CycleAnchored,
        DetailsChanged,
        LeaveEnded,
        LeaveStarted,
        Merged,
        Monitored,
        ProviderRegistered,
        Reinstated,
        Terminated,
        Unmerged,
    )
    from credcore.events.serial import decode, encode
    from credcore.events.types import EVENT_TYPES

__all__ = [
    "EVENT_TYPES",
    "PARTIES",
    "AbsenceCancelled",
    "AbsenceRecorded",
    "ActionRefused",
    "AgendaItemPlaced",
    "AgendaItemRemoved",
    "ApprovalRecorded",
    "Assigned",
    "Attested",
    "ContactLogged",
    "Corrected",
    "CoverArranged",
    "CoverEnded",
    "CredentialRecorded",
    "CredentialRenewed",
    "CycleAnchored",
    "Decided",
    "DeskOpened",
    "DetailsChanged",
    "DocumentReceived",
    "EditionAdopted",
    "Event",
    "FileOpened",
    "FileReturned",
    "FileTaken",
    "FlagCleared",
    "FlagRaised",
    "HoldPlaced",
    "HoldReleased",
    "LeaveEnded",
    "LeaveStarted",
    "MeetingCancelled",
    "MeetingHeld",
    "MeetingMoved",
    "MeetingScheduled",
    "Merged",
    "Monitored",
    "PayerAnswered",
    "PersonChanged",
    "PersonJoined",
    "PersonLeft",
    "PlacedOnAgenda",
    "PromiseKept",
    "PromiseMade",
    "PromiseWithdrawn",
    "ProviderRegistered",
    "Reinstated",
    "RemovedFromAgenda",
    "Reviewed",
    "Snoozed",
    "StageChanged",
    "Stamp",
    "SubmittedToPayer",
    "Terminated",
    "Told",
    "Unassigned",
    "Unmerged",
    "Verified",
    "VoteRecorded",
    "Withdrawn",
    "check_days",
    "decode",
    "encode",
    "refuse_private",
]

_HOMES = ("base", "any_record", "file", "provider", "meeting", "desk", "person", "types", "serial")
"""The modules in the order in which they are asked: a script that reads files alone never comes to a meeting's."""


def __getattr__(name: str) -> Any:  # noqa: ANN401 - what the name stands for
    """Import a name from its home at its first use."""
    if name in __all__:
        for home in _HOMES:
            module = importlib.import_module(f"{__name__}.{home}")
            if hasattr(module, name):
                globals()[name] = getattr(module, name)
                return globals()[name]
    message = f"module {__name__!r} has no attribute {name!r}"
    raise AttributeError(message)
