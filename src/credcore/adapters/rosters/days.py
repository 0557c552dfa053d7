"""Days as a roster writes them, never guessed: ISO 8601 and month/day/year, unless a format is said."""

import datetime as dt
import re

from credcore.coordinator.vetting import is_placeholder
from credcore.errors import InvalidInput

__all__ = ["check_format", "day_or_fault", "has_day_first", "is_ambiguous"]

_ISO = re.compile(r"([0-9]{4})-([0-9]{1,2})-([0-9]{1,2})")
_AMERICAN = re.compile(r"([0-9]{1,2})/([0-9]{1,2})/([0-9]{4})")
_MIDNIGHT = re.compile(r"[ T]0{1,2}:00(:00(\.0+)?)?$")
_SHORT_YEAR = re.compile(r"[0-9]{1,2}[/.-][0-9]{1,2}[/.-][0-9]{2}")
_NO_DAY = re.compile(r"[0/.-]+")
_DIRECTIVE = re.compile("%(.)", re.DOTALL)
_FIRST_YEAR = 1900
_MONTHS = 12
_TRIED_ON = (dt.date(2026, 3, 2), dt.date(2031, 11, 30))


def check_format(form: str) -> str:
    """Return a format of days that can be read without guessing.

    Raises:
        InvalidInput: It does not tell year, month and day, or leaves the century or the order to be guessed.
    """
    directives = set(_DIRECTIVE.findall(form))
    if "y" in directives:
        raise InvalidInput(
            f"{form!r} has years of two digits (%y), whose century would be guessed; have the file written with all "
            "four, and give %Y",
            field="dates",
        )
    if local := directives & {"x", "c"}:
        raise InvalidInput(
            f"{form!r} leaves the order of day and month to this computer (%{min(local)}); write it out, such as "
            "%m/%d/%Y",
            field="dates",
        )
    try:
        good = all(dt.datetime.strptime(day.strftime(form), form).date() == day for day in _TRIED_ON)  # noqa: DTZ007
    except ValueError:
        good = False
    if not good:
        raise InvalidInput(f"{form!r} does not tell a day; give year, month and day, such as %d/%m/%Y", field="dates")
    return form


def day_or_fault(text: str, form: str = "") -> dt.date | str:
    """Return the day that a text names, or what is wrong with it, without its figures.

    Args:
        text: Without white space around it.
        form: How days are written, as `strptime` takes it; if empty, ISO 8601 or month/day/year.

    Example:
        >>> day_or_fault("3/2/2026"), day_or_fault("2026-03-02")
        (datetime.date(2026, 3, 2), datetime.date(2026, 3, 2))
        >>> day_or_fault("02/30/2026")
        'is not a day of the calendar'
    """
    found = _by_format(text, form) if form else _by_default(_MIDNIGHT.sub("", text))
    if isinstance(found, dt.date) and found.year < _FIRST_YEAR:
        return "lies too far back to be right"
    return found


def has_day_first(text: str) -> bool:
    """Tell whether a text can only have the day first.

    Example:
        >>> has_day_first("31/12/2027"), has_day_first("3/12/2027"), has_day_first("3/15/2027")
        (True, False, False)
    """
    first, second = _first_two(text)
    return first > _MONTHS >= second > 0


def is_ambiguous(text: str) -> bool:
    """Tell whether a text names one day if the month comes first, and another if the day does.

    Example:
        >>> is_ambiguous("3/12/2027"), is_ambiguous("3/3/2027"), is_ambiguous("2027-03-12")
        (True, False, False)
    """
    first, second = _first_two(text)
    return 0 < first <= _MONTHS and 0 < second <= _MONTHS and first != second


def _first_two(text: str) -> tuple[int, int]:
    found = _AMERICAN.fullmatch(_MIDNIGHT.sub("", text))
    return (0, 0) if found is None else (int(found[1]), int(found[2]))


def _by_format(text: str, form: str) -> dt.date | str:
    try:
        return dt.datetime.strptime(text, form).date()  # noqa: DTZ007 - a day has no zone of its own
    except ValueError:
        return _not_at_all(text) or f"is not a day written as {form}, which --dates says"


def _by_default(text: str) -> dt.date | str:
    if (iso := _ISO.fullmatch(text)) is not None:
        year, month, day = map(int, iso.groups())
    elif (american := _AMERICAN.fullmatch(text)) is not None:
        month, day, year = map(int, american.groups())
        if month > _MONTHS >= day:
            return (
                "has no such month: write month/day/year or year-month-day; "
                "where the day comes first, say so with --dates %d/%m/%Y"
            )
    else:
        return _not_at_all(text) or "is not a day; write year-month-day or month/day/year"
    try:
        return dt.date(year, month, day)
    except ValueError:
        return _not_at_all(text) or "is not a day of the calendar"


def _not_at_all(text: str) -> str:
    if is_placeholder(text) or _NO_DAY.fullmatch(text):
        return "stands for no day; leave the cell empty where there is none"
    if text.isdigit():
        return "is a bare number, as a spreadsheet keeps days; format the column as dates and save the file again"
    return "has a year of two digits; write all four" if _SHORT_YEAR.fullmatch(text) else ""
