"""Draw a stretch of time as a bar: a sign for each of some equal slices, that of what filled most of it."""

import datetime as dt
import itertools
from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from rich.console import Console, ConsoleOptions, RenderResult
from rich.text import Text

from credcore.cli.layout import WIDTH

__all__ = ["Bar", "Piece", "Sign"]


class Sign(NamedTuple):
    """What is drawn for something.

    Attributes:
        sign: One column wide.
        style: Its colour at a terminal.
        name: What it means.
    """

    sign: str
    style: str
    name: str


class Piece(NamedTuple):
    """A part of the time that is drawn."""

    since: dt.datetime
    until: dt.datetime
    sign: Sign


class Bar:
    """A time as wide as there is room, and below it what each of its signs means.

    Args:
        pieces: Contiguous, in order, at least one.
        signs: Those that there are, in the order in which they are told.
    """

    def __init__(self, pieces: Iterable[Piece], signs: Iterable[Sign]) -> None:
        """Keep the pieces, and of the signs those that occur."""
        self._pieces = tuple(pieces)
        met = {piece.sign for piece in self._pieces}
        self._legend = [sign for sign in signs if sign in met]

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        """Yield the bar, then the legend: also of what is too short to be drawn."""
        drawn = _drawn(self._pieces, min(options.max_width, WIDTH) - 2)
        yield Text.assemble("|", *((one.sign, one.style) for one in drawn), "|")
        yield Text("  ".join(f"{one.sign} {one.name}" for one in self._legend), style="dim")


def _drawn(pieces: Sequence[Piece], width: int) -> Iterator[Sign]:
    start, end = pieces[0].since, pieces[-1].until
    slices = [start + (end - start) * place / width for place in range(width + 1)]
    return (_most(pieces, since, until) for since, until in itertools.pairwise(slices))


def _most(pieces: Sequence[Piece], since: dt.datetime, until: dt.datetime) -> Sign:
    shares: dict[Sign, dt.timedelta] = {}
    for one in pieces:
        shared = min(one.until, until) - max(one.since, since)
        if shared > dt.timedelta():
            shares[one.sign] = shares.get(one.sign, dt.timedelta()) + shared
    return max(shares, key=shares.__getitem__, default=pieces[0].sign)
