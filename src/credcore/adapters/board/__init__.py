"""The coordinator's morning as a page: one HTML file, without script or network, to be read, sent and printed.

Needs the extra ``reports``. `gather` takes from a desk what its coordinator wants to know in the morning, `write_board`
makes the page of it. The page names providers: it is for people of the desk, unlike notices, which carry ids alone.
"""

from credcore.adapters.board.morning import (
    Agenda,
    Given,
    LeftOver,
    Load,
    Matter,
    Morning,
    Raised,
    Renewal,
    gather,
)
from credcore.adapters.board.names import Names
from credcore.adapters.board.page import board_html, check_place, is_of_a_day, write_board

__all__ = [
    "Agenda",
    "Given",
    "LeftOver",
    "Load",
    "Matter",
    "Morning",
    "Names",
    "Raised",
    "Renewal",
    "board_html",
    "check_place",
    "gather",
    "is_of_a_day",
    "write_board",
]
