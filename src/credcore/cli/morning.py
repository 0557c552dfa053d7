"""The coordinator's morning, as the page and the terminal both show it."""

from credcore.adapters.board.morning import Morning, gather

__all__ = ["Morning", "gather"]
