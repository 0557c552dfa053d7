"""Whether a value of a roster can be taken in, said without ever repeating it.

A roster is about people, and its faulty cells are where a number stands in the wrong column. So a fault names the
column and the value's *shape*, digits as 9 and letters as A, and gives its reason in words.
"""

import datetime as dt
import re
import unicodedata
from collections.abc import Callable, Iterator, Mapping

from credcore.identifiers import STATES, is_dea, is_npi, is_state, is_taxonomy, looks_like_ssn

__all__ = [
    "WITHHELD",
    "expiry_fault",
    "harmless",
    "holds_ssn",
    "is_formula",
    "is_placeholder",
    "name_fault",
    "shape",
    "state_code",
    "text_fault",
    "value_fault",
]

_FORMULA = ("=", "+", "-", "@", "\t", "＝", "＋", "－", "＠")  # noqa: RUF001 - spreadsheets take the wide signs too
"""How a cell begins that a spreadsheet would run. Source: OWASP, CSV Injection."""
_INNER = re.compile("([,;\t\r\n][ \u00a0]*)(?='?\"*[=+@\uff1d\uff0b\uff20\uff0d-])('?)")
"""Where a formula would begin, marked or not, for a spreadsheet that takes another sign for the delimiter."""

WITHHELD = "(withheld)"
"""What stands in a file of rejected rows in place of what may be written nowhere."""

_LONGEST_SHAPE = 40
_LONGEST: Mapping[str, int] = {"name": 200, "specialty": 200, "city": 100}
_LONGEST_CODE = 64
_PLACEHOLDERS = frozenset({"n/a", "na", "none", "null", "nil", "nan", "tbd", "unknown", "-", "--", "?", "x"})
_NOTHING = "stands for nothing; leave the cell empty where there is none"
_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")
_DIGITS_OF_AN_NPI = re.compile(r"[12][0-9]{9}")
_DIGITS_OF_A_DEA = re.compile(r"[A-Za-z][A-Za-z9][0-9]{7}")
_SHORTENED = re.compile(r"[0-9]+([.,][0-9]+)?[eE]\+?[0-9]+")
_SSN = re.compile(r"(?<![0-9])[0-9]{3}-{1,3}[0-9]{2}-{1,3}[0-9]{4}(?![0-9])")
_DIGITS_OF_AN_SSN = 9
_WORDS = ("name", "specialty", "city", "kind")
"""Fields of words: so many digits in one are a number in the wrong column."""


def shape(value: str) -> str:
    """Return how a value looks: digits as 9, letters as A, what cannot be printed as ?, all else as it is.

    Example:
        >>> shape("13/04/2026"), shape("O'Neil-Ng")
        ('99/99/9999', "A'AAAA-AA")
    """
    drawn = "".join(map(_drawn, value[: _LONGEST_SHAPE + 1]))
    return f"{drawn[:_LONGEST_SHAPE]}…" if len(drawn) > _LONGEST_SHAPE else drawn


def _drawn(sign: str) -> str:
    if unicodedata.category(sign).startswith("N"):
        return "9"
    return "A" if sign.isalpha() else sign if sign.isprintable() else "?"


def is_formula(value: str) -> bool:
    """Tell whether a spreadsheet would run a cell.

    Example:
        >>> is_formula("=1+1"), is_formula("'=1+1"), is_formula("A=B")
        (True, False, False)
    """
    return value.lstrip(" \r\n\u00a0").startswith(_FORMULA)


def harmless(value: str) -> str:
    """Return a cell as a spreadsheet may open it: an apostrophe stands before what it would run.

    Also before what would begin a cell if the spreadsheet took a comma, a semicolon or a tab for the delimiter: it then
    minds no quotation marks behind the first.

    Example:
        >>> harmless("=1+1"), harmless("Rome,=1+1"), harmless("Groton, CT")
        ("'=1+1", "Rome,'=1+1", 'Groton, CT')
    """
    return ("'" if is_formula(value) else "") + _INNER.sub(r"\1'", value)


def holds_ssn(value: str) -> bool:
    """Tell whether a cell holds three, two and four digits, as a social security number is written.

    Whatever stands between them, dashes of any length, spaces or full stops; and in whatever script.

    Example:
        >>> holds_ssn("000 00 0000"), holds_ssn("000\u201300\u20130000"), holds_ssn("000000000")
        (True, True, False)
    """
    return _SSN.search("".join(map(_plain, value))) is not None


def _plain(sign: str) -> str:
    """Return a digit of any script as our own, and what may stand between digits as a hyphen."""
    if (digit := unicodedata.digit(sign, None)) is not None:
        return str(digit)
    kind = unicodedata.category(sign)
    return "-" if kind in ("Pd", "Zs", "Pc", "Cf") or sign in _BETWEEN else sign


_BETWEEN = "./\\\t\r\n\u2212\u2043\u00b7\u2022\u2024\uff0e"
"""What is no dash or space by Unicode, and parts digits all the same: full stops, strokes, bullets, a minus."""


def is_placeholder(value: str) -> bool:
    """Tell whether a word stands for nothing, as ``N/A`` does.

    Example:
        >>> is_placeholder("N/A"), is_placeholder("Na Li")
        (True, False)
    """
    return value.strip().casefold() in _PLACEHOLDERS


def state_code(value: str) -> str:
    """Return a state's postal code where a code in any case, or the state's name, was written; else the value itself.

    Example:
        >>> state_code("ct"), state_code("New York"), state_code("Ontario")
        ('CT', 'NY', 'Ontario')
    """
    codes = {name.casefold(): code for code, name in STATES.items()}
    return value.upper() if is_state(value.upper()) else codes.get(value.casefold(), value)


def text_fault(value: str) -> str:
    """Return what keeps any cell from being taken in, as it was written; empty if nothing does."""
    return next(_text_faults(value), "")


def _text_faults(value: str) -> Iterator[str]:
    if holds_ssn(value):
        yield "looks like a social security number, which this desk does not take in; leave it out"
    if value.strip() in ("-", "--"):
        yield _NOTHING
    if is_formula(value) or (value.lstrip().startswith("'") and is_formula(value.lstrip(" \r\n\u00a0'"))):
        yield "begins like a formula; a spreadsheet would run it, so write plain text"
    if _INNER.search(value):
        yield "has what looks like a formula behind a separator; a spreadsheet would run it, so write plain text"
    if value.strip() == WITHHELD:
        yield "was withheld when the row was rejected; type what is right, or leave it empty"
    if "\N{REPLACEMENT CHARACTER}" in value:
        yield "has a character that could not be read; save the file as CSV UTF-8"
    if not all(sign.isprintable() or sign in "\t\r\n" or unicodedata.category(sign) == "Zs" for sign in value):
        yield "has a control character; type the value anew"


def value_fault(field: str, value: str) -> str:
    """Return what is wrong with the value of a field, as it would be recorded; empty if nothing is, or it is empty.

    Args:
        field: One of ``id``, ``npi``, ``name``, ``taxonomy``, ``specialty``, ``state``, ``city``, ``dea``, ``number``;
            of a credential also ``credential``, its id, and ``kind``.
        value: Without white space around it.
    """
    if not value:
        return ""
    if field not in ("name", "credential") and is_placeholder(value):
        return _NOTHING
    if len(value) > _LONGEST.get(field, _LONGEST_CODE):
        return "is too long; the file may have slipped by a column"
    if field in _WORDS and sum(unicodedata.digit(sign, None) is not None for sign in value) >= _DIGITS_OF_AN_SSN:
        return "has as many digits as a social security number; write words"
    return _CHECKS[field](value) if field in _CHECKS else ""


def name_fault(name: str) -> str:
    """Return what is wrong with a whole name; empty if nothing is, or it is empty."""
    return "has no letter; give the provider's name" if name and not any(map(str.isalpha, name)) else ""


def expiry_fault(expires_on: dt.date | None) -> str:
    """Return what is wrong with the day on which a credential ends; empty if nothing is, or there is none."""
    if expires_on is None or expires_on.year >= _FIRST_EXPIRY:
        return ""
    return f"lies before {_FIRST_EXPIRY}; no credential that ended then is told of, so see the year"


_FIRST_EXPIRY = 1980


def _npi_fault(value: str) -> str:
    if _SHORTENED.fullmatch(value):
        return "was shortened by a spreadsheet; format the column as text and save the file again"
    if not _DIGITS_OF_AN_NPI.fullmatch(value):
        return "is not an NPI: ten digits, the first a one or a two"
    return "" if is_npi(value) else "is not an NPI: its check digit is wrong, a digit may be mistyped"


def _dea_fault(value: str) -> str:
    if is_dea(value):
        return ""
    if _DIGITS_OF_A_DEA.fullmatch(value):
        return "is not a DEA number: its check digit is wrong, a digit may be mistyped"
    return "is not a DEA number: two letters and seven digits"


def _credential_fault(value: str) -> str:
    return "could be a social security number; give the credential another id" if looks_like_ssn(value) else ""


def _id_fault(value: str) -> str:
    if looks_like_ssn(value):
        return "could be a social security number; give the provider another id"
    return "" if _ID.fullmatch(value) else "is not an id: letters, digits, full stops, hyphens and underscores"


_CHECKS: Mapping[str, Callable[[str], str]] = {
    "npi": _npi_fault,
    "dea": _dea_fault,
    "id": _id_fault,
    "credential": _credential_fault,
    "state": lambda value: "" if is_state(value) else "is not a state's code; write two letters, such as CT",
    "taxonomy": lambda value: "" if is_taxonomy(value) else "is not a taxonomy code: ten characters, the last an X",
}
