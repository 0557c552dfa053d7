"""Hold an instant as integer microseconds of UTC inside, as an aware ``datetime`` outside.

A *day* is a ``date`` in the organisation's zone; it ends at the next local midnight. Wall time maps to UTC
monotonely: a repeated time is its first occurrence, a skipped one is the instant of the jump, so that a later
wall time is never an earlier instant.
"""

import datetime as dt
import zoneinfo

from credcore.errors import InvalidInput, NaiveInstant
from credcore.identifiers import shown

__all__ = [
    "DAY_US",
    "day_of",
    "day_start_us",
    "format_instant",
    "from_us",
    "parse_day",
    "parse_instant",
    "to_us",
    "wall_us",
    "written",
    "zone",
]

_EPOCH = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)
_MICROSECOND = dt.timedelta(microseconds=1)
DAY_US = 86_400_000_000
"""Microseconds in 24 hours of elapsed time (a local day may be shorter or longer)."""


def to_us(at: dt.datetime, field: str = "at") -> int:
    """Return the instant as microseconds since 1970-01-01 UTC.

    Args:
        at: An aware instant.
        field: Its name, for the error.

    Raises:
        NaiveInstant: ``at`` has no time zone.
        InvalidInput: It is no ``datetime``.

    Example:
        >>> to_us(dt.datetime(1970, 1, 1, 0, 0, 1, tzinfo=dt.UTC))
        1000000
    """
    try:
        # Unbound: what another library's datetime makes of a difference need not be a `timedelta`. It asks for the
        # offset itself, once, and refuses what has none.
        return dt.datetime.__sub__(at, _EPOCH) // _MICROSECOND
    except TypeError:
        if isinstance(at, dt.datetime):
            raise NaiveInstant(field) from None
        raise InvalidInput(f"give an aware datetime, not a {type(at).__name__}", field=field) from None


def from_us(us: int) -> dt.datetime:
    """Return the instant of ``us`` microseconds since 1970-01-01 UTC, in UTC.

    Raises:
        InvalidInput: It lies outside the years 1 to 9999.
    """
    try:
        return _EPOCH + us * _MICROSECOND
    except OverflowError:
        raise InvalidInput(f"{us} microseconds lie outside the years 1 to 9999", field="instant") from None


def parse_instant(text: str, field: str = "at") -> dt.datetime:
    """Read an instant in ISO 8601 with an offset or ``Z``.

    Raises:
        InvalidInput: It is not such a text.
        NaiveInstant: It has no offset.

    Example:
        >>> parse_instant("2026-03-02T09:00:00-06:00")
        datetime.datetime(2026, 3, 2, 15, 0, tzinfo=datetime.timezone.utc)
    """
    try:
        at = dt.datetime.fromisoformat(text)
    except (TypeError, ValueError):
        raise InvalidInput(f"{shown(text)} is not an instant such as 2026-03-02T09:00:00-06:00", field=field) from None
    return from_us(to_us(at, field))


def format_instant(at: dt.datetime) -> str:
    """Write an instant in UTC, microseconds only if it has some, with ``Z``.

    Example:
        >>> format_instant(dt.datetime(2026, 3, 2, 9, tzinfo=dt.UTC))
        '2026-03-02T09:00:00Z'
    """
    return at.astimezone(dt.UTC).isoformat().replace("+00:00", "Z")


def written(at: dt.datetime, tz: dt.tzinfo) -> str:
    """Return an instant as people write it in a zone; the midnight that ends a day belongs to that day.

    Example:
        >>> written(parse_instant("2026-02-09T06:00:00Z"), zone("America/Chicago"))
        'Sun 8 Feb 2026 24:00'
    """
    local = at.astimezone(tz)
    if local.time() == dt.time():
        day = local.date() - dt.timedelta(days=1)
        return f"{day:%a} {day.day} {day:%b %Y} 24:00"
    return f"{local:%a} {local.day} {local:%b %Y %H:%M}"


def parse_day(text: str, field: str = "on") -> dt.date:
    """Read a day in ISO 8601, such as ``2026-03-02``.

    Raises:
        InvalidInput: It is not such a day.
    """
    try:
        return dt.datetime.strptime(text, "%Y-%m-%d").date()  # noqa: DTZ007 - a day has no zone of its own
    except (TypeError, ValueError):
        raise InvalidInput(f"{shown(text)} is not a day such as 2026-03-02", field=field) from None


def zone(name: str, field: str = "zone") -> zoneinfo.ZoneInfo:
    """Return the time zone of an IANA name.

    Raises:
        InvalidInput: No such zone is known here; the message says what to install where zone data is missing.
    """
    try:
        return zoneinfo.ZoneInfo(name)
    except (zoneinfo.ZoneInfoNotFoundError, ValueError, OSError, TypeError):
        hint = "give an IANA name such as America/Chicago"
        if not zoneinfo.available_timezones():
            hint = "this machine has no zone data: python -m pip install tzdata"
        raise InvalidInput(f"{name!r} is not a known time zone; {hint}", field=field) from None


def wall_us(wall: dt.datetime, tz: dt.tzinfo) -> int:
    """Return the instant at which a clock on the wall in ``tz`` first reaches the naive time ``wall``.

    A repeated time is its first occurrence; a skipped one is the instant of the jump.

    Example:
        >>> chicago = zone("America/Chicago")
        >>> from_us(wall_us(dt.datetime(2025, 3, 9, 2, 30), chicago)).isoformat()  # 02:00 jumped to 03:00
        '2025-03-09T08:00:00+00:00'
    """
    before, after = wall.replace(tzinfo=tz, fold=0), wall.replace(tzinfo=tz, fold=1)
    first = (before - _EPOCH) // _MICROSECOND
    offset_0, offset_1 = before.utcoffset(), after.utcoffset()
    if offset_0 is None or offset_1 is None or offset_1 <= offset_0:
        return first
    # Skipped: in a gap fold=0 reads with the offset before the jump, fold=1 with the one after it. The jump itself is
    # where both agree: the last instant before it that shows an earlier wall time, found by halving.
    second = (after - _EPOCH) // _MICROSECOND
    low, high = second, first
    while high - low > 1:
        middle = (low + high) // 2
        if from_us(middle).astimezone(tz).replace(tzinfo=None) >= wall:
            high = middle
        else:
            low = middle
    return high


def day_start_us(day: dt.date, tz: dt.tzinfo) -> int:
    """Return the instant at which a day begins in ``tz``: its first midnight, or the jump that skips it."""
    return wall_us(dt.datetime.combine(day, dt.time()), tz)


def day_of(us: int, tz: dt.tzinfo) -> dt.date:
    """Return the day on which an instant falls in ``tz``."""
    return from_us(us).astimezone(tz).date()
