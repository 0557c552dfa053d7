"""The coordinator's morning, as the page and the terminal both show it."""

from credcore.adapters.board.morning import Morning, gather
from credcore.adapters.board.names import Names

__all__ = ["Morning", "Names", "gather"]
