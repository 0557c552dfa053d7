"""Rosters from files: how they are encoded, which columns they have, what their rows say, and the rows sent back."""

from credcore.adapters.rosters.reading import Roster, open_roster
from credcore.adapters.rosters.rejects import write_rejects

__all__ = ["Roster", "open_roster", "write_rejects"]
