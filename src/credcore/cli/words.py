"""Write times, lengths and codes as a desk's people read them."""

import datetime as dt
from typing import NamedTuple

from credcore.adapters.board.wording import day_text, due_text, when_text
from credcore.cli.morning import Names

__all__ = ["Words", "hours_text", "length_text"]

_MINUTE = dt.timedelta(minutes=1)


class Words(NamedTuple):
    """Writes times in a desk's zone, and codes as the desk calls them."""

    tz: dt.tzinfo
    today: dt.date
    names: Names

    def when(self, at: dt.datetime) -> str:
        """Return an instant, to the minute."""
        return when_text(at, self.tz, self.today)

    def due(self, at: dt.datetime) -> str:
        """Return a deadline: at midnight it is the end of the day before."""
        return due_text(at, self.tz, self.today)

    def day(self, on: dt.date) -> str:
        """Return a day."""
        return day_text(on, self.today)


def length_text(length: dt.timedelta) -> str:
    """Return an elapsed time, to the minute.

    Example:
        >>> length_text(dt.timedelta(days=3, hours=4, minutes=30)), length_text(dt.timedelta())
        ('3 d 4 h 30 min', '0 min')
    """
    minutes = round(length / _MINUTE)
    return _joined((minutes // 1440, "d"), (minutes // 60 % 24, "h"), (minutes % 60, "min"))


def hours_text(working: dt.timedelta) -> str:
    """Return a working time, to the minute; it has no days, which are as long as each calendar says.

    Example:
        >>> hours_text(dt.timedelta(hours=40, minutes=30))
        '40 h 30 min'
    """
    minutes = round(working / _MINUTE)
    return _joined((minutes // 60, "h"), (minutes % 60, "min"))


def _joined(*parts: tuple[int, str]) -> str:
    return " ".join(f"{number} {unit}" for number, unit in parts if number) or "0 min"
