"""The credentialing file: one piece of work for one provider, opened and closed.

A `CredentialingFile` is the fold of its events. Its methods speak the field's language, check, and *return* events;
nothing changes until those are recorded. `states` gives the run of states that rules judge.
"""

from credcore.files.fold import FileFold, states
from credcore.files.record import CredentialingFile, open_file, unmet
from credcore.files.values import Approval, Contact, Decision, Document, Hold, Move, Promise, Seat

__all__ = [
    "Approval",
    "Contact",
    "CredentialingFile",
    "Decision",
    "Document",
    "FileFold",
    "Hold",
    "Move",
    "Promise",
    "Seat",
    "open_file",
    "states",
    "unmet",
]
