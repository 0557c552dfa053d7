"""Put times and texts from outside before people: short, in the organisation's zone, and harmless to look at."""

import datetime as dt
import unicodedata

__all__ = ["clean", "day_text", "due_text", "when_text"]

_NEAR = 180
"""Within so many days a weekday says more than a year."""


_TURNING = frozenset("\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
"""Signs that turn the direction of what is written after them."""


def clean(text: str) -> str:
    r"""Return a text in which nothing moves a cursor, colours a terminal or turns a line around.

    Names and notes come from outside; each such sign becomes a replacement character.

    Example:
        >>> clean("Ada \x1b[31mAmes")
        'Ada �[31mAmes'
    """
    return "".join("\N{REPLACEMENT CHARACTER}" if _moves(sign) else sign for sign in text)


def _moves(sign: str) -> bool:
    return sign in _TURNING or unicodedata.category(sign) in ("Cc", "Cs", "Zl", "Zp")


def day_text(on: dt.date, today: dt.date) -> str:
    """Return a day.

    Example:
        >>> today = dt.date(2026, 3, 2)
        >>> day_text(dt.date(2026, 3, 9), today), day_text(dt.date(2027, 3, 9), today)
        ('Mon 9 Mar', '9 Mar 2027')
    """
    if abs((on - today).days) > _NEAR:
        return f"{on.day} {on:%b} {on.year}"
    return f"{on:%a} {on.day} {on:%b}"


def when_text(at: dt.datetime, tz: dt.tzinfo, today: dt.date) -> str:
    """Return an instant, to the minute.

    Example:
        >>> when_text(dt.datetime(2026, 3, 2, 9, 5, tzinfo=dt.UTC), dt.UTC, dt.date(2026, 3, 2))
        'Mon 2 Mar 09:05'
    """
    local = at.astimezone(tz)
    return f"{day_text(local.date(), today)} {local:%H:%M}"


def due_text(at: dt.datetime, tz: dt.tzinfo, today: dt.date) -> str:
    """Return a deadline: at midnight it is the end of the day before.

    Example:
        >>> due_text(dt.datetime(2026, 3, 3, tzinfo=dt.UTC), dt.UTC, dt.date(2026, 3, 2))
        'Mon 2 Mar 24:00'
    """
    local = at.astimezone(tz)
    if (local.hour, local.minute) == (0, 0) and local.date() > dt.date.min:
        return f"{day_text(local.date() - dt.timedelta(days=1), today)} 24:00"
    return when_text(at, tz, today)
