"""Tell whether an identifier can be right: NPI, DEA, NUCC taxonomy, CAQH ProView, state codes.

``is_…`` answers yes or no; ``check_…`` returns the identifier as it is written down, or raises `InvalidInput` that says
what would be right. A shape that holds proves nothing about the holder: only the source does. What looks like a social
security number is never repeated in a message.

Sources: CMS, "NPI check digit calculation" (Luhn over ``80840`` and the number); DEA, registrant number check digit;
NUCC, Health Care Provider Taxonomy code set; USPS Publication 28, appendix B. The taxonomy's and CAQH's shapes are the
field's general knowledge.
"""

import re
from collections.abc import Mapping

from credcore.errors import InvalidInput, nearest

__all__ = [
    "STATES",
    "check_caqh_id",
    "check_dea",
    "check_npi",
    "check_state",
    "check_taxonomy",
    "is_caqh_id",
    "is_dashed_ssn",
    "is_dea",
    "is_npi",
    "is_state",
    "is_taxonomy",
    "looks_like_birth_date",
    "looks_like_ssn",
    "npi_check_digit",
    "shown",
]

_SSN = re.compile(r"\b\d{3}-?\d{2}-?\d{4}\b")
_DASHED_SSN = re.compile(r"\b\d{3}-\d{2}-\d{4}\b")
_BORN = re.compile(r"\b(dob|d\.o\.b|born|birth ?da(te|y)|date of birth)\b\D{0,20}\d", re.IGNORECASE)
_NPI = re.compile(r"[12][0-9]{9}")
_DEA = re.compile(r"[A-Z][A-Z9]([0-9]{7})(-[0-9A-Z]+)?", re.ASCII | re.IGNORECASE)
_TAXONOMY = re.compile(r"[0-9]{2}[0-9A-Z]{7}X")
_CAQH_ID = re.compile(r"[0-9]{8}")
_LUHN_OF_PREFIX = 24
"""What the issuer prefix ``80840`` adds to the Luhn sum of every NPI."""

STATES: Mapping[str, str] = {
    "AL": "Alabama",
    "AK": "Alaska",
    "AZ": "Arizona",
    "AR": "Arkansas",
    "CA": "California",
    "CO": "Colorado",
    "CT": "Connecticut",
    "DE": "Delaware",
    "DC": "District of Columbia",
    "FL": "Florida",
    "GA": "Georgia",
    "HI": "Hawaii",
    "ID": "Idaho",
    "IL": "Illinois",
    "IN": "Indiana",
    "IA": "Iowa",
    "KS": "Kansas",
    "KY": "Kentucky",
    "LA": "Louisiana",
    "ME": "Maine",
    "MD": "Maryland",
    "MA": "Massachusetts",
    "MI": "Michigan",
    "MN": "Minnesota",
    "MS": "Mississippi",
    "MO": "Missouri",
    "MT": "Montana",
    "NE": "Nebraska",
    "NV": "Nevada",
    "NH": "New Hampshire",
    "NJ": "New Jersey",
    "NM": "New Mexico",
    "NY": "New York",
    "NC": "North Carolina",
    "ND": "North Dakota",
    "OH": "Ohio",
    "OK": "Oklahoma",
    "OR": "Oregon",
    "PA": "Pennsylvania",
    "RI": "Rhode Island",
    "SC": "South Carolina",
    "SD": "South Dakota",
    "TN": "Tennessee",
    "TX": "Texas",
    "UT": "Utah",
    "VT": "Vermont",
    "VA": "Virginia",
    "WA": "Washington",
    "WV": "West Virginia",
    "WI": "Wisconsin",
    "WY": "Wyoming",
    "AS": "American Samoa",
    "GU": "Guam",
    "MP": "Northern Mariana Islands",
    "PR": "Puerto Rico",
    "VI": "U.S. Virgin Islands",
}
"""The fifty states, the District of Columbia and the five inhabited territories, by postal code."""


def looks_like_ssn(text: str) -> bool:
    """Tell whether a text holds what could be a social security number (nine digits; hits undashed EINs too).

    Example:
        >>> looks_like_ssn("call back about 000-00-0000")
        True
    """
    return _SSN.search(text) is not None


def npi_check_digit(first_nine: str) -> str:
    """Return the digit that completes nine digits to an NPI.

    Raises:
        InvalidInput: They are not nine digits.

    Example:
        >>> npi_check_digit("123456789")
        '3'

    Source:
        CMS, "Requirements for National Provider Identifier (NPI) and NPI check digit".
    """
    if not re.fullmatch("[0-9]{9}", first_nine):
        # Nine digits too many or too few can be a social security number with a slip: nothing is repeated.
        raise InvalidInput("an NPI's check digit is computed from its first nine digits", field="npi")
    doubled = (2 * int(digit) for digit in first_nine[::2])
    total = _LUHN_OF_PREFIX + sum(map(int, first_nine[1::2])) + sum(value // 10 + value % 10 for value in doubled)
    return str(-total % 10)


def is_npi(value: str) -> bool:
    """Tell whether a text is an NPI: ten digits, the first 1 or 2, the last right by Luhn.

    Luhn does not see the swap of 09 and 90.

    Example:
        >>> is_npi("1234567893"), is_npi("1234567890")
        (True, False)
    """
    return _NPI.fullmatch(value) is not None and npi_check_digit(value[:9]) == value[9]


def check_npi(value: str, field: str = "npi") -> str:
    """Return an NPI.

    Args:
        value: What may be one.
        field: Its name, for the error.

    Raises:
        InvalidInput: It is none.
    """
    if is_npi(value):
        return value
    if _NPI.fullmatch(value):
        raise InvalidInput(f"{value!r} is not an NPI: its check digit is wrong, a digit may be mistyped", field=field)
    raise InvalidInput(f"{_shown(value)} is not an NPI: ten digits, the first 1 or 2, such as 1234567893", field=field)


def is_dea(value: str) -> bool:
    """Tell whether a text is a DEA number: two letters (the second may be 9), seven digits, the last a checksum.

    A hospital's number may bear an internal code behind a hyphen. Any case is taken. The second letter is that of a
    surname at registration, which marriage changes and the number survives: it is not compared.

    Example:
        >>> is_dea("AP5836727"), is_dea("AB1234569"), is_dea("F91234563-001AB")
        (True, False, True)
    """
    match = _DEA.fullmatch(value)
    if match is None:
        return False
    digits = [int(digit) for digit in match[1]]
    return (sum(digits[0:6:2]) + 2 * sum(digits[1:6:2])) % 10 == digits[6]


def check_dea(value: str, field: str = "dea") -> str:
    """Return a DEA number in capitals.

    Raises:
        InvalidInput: It is none.
    """
    if is_dea(value):
        return value.upper()
    why = "its check digit is wrong" if _DEA.fullmatch(value) else "two letters and seven digits, such as AP5836727"
    raise InvalidInput(f"{_shown(value)} is not a DEA number: {why}", field=field)


def is_taxonomy(value: str) -> bool:
    """Tell whether a text has the shape of a NUCC taxonomy code; whether the code exists, only NUCC's list says.

    Example:
        >>> is_taxonomy("207Q00000X")
        True
    """
    return _TAXONOMY.fullmatch(value) is not None


def check_taxonomy(value: str, field: str = "taxonomy") -> str:
    """Return a NUCC taxonomy code.

    Raises:
        InvalidInput: It has not the shape of one.
    """
    if is_taxonomy(value):
        return value
    raise InvalidInput(
        f"{_shown(value)} is not a taxonomy code: ten characters that end in X, such as 207Q00000X", field=field
    )


def is_caqh_id(value: str) -> bool:
    """Tell whether a text has the shape of a CAQH ProView id: eight digits, without a check digit."""
    return _CAQH_ID.fullmatch(value) is not None


def check_caqh_id(value: str, field: str = "caqh_id") -> str:
    """Return a CAQH ProView id.

    Raises:
        InvalidInput: It has not the shape of one.
    """
    if is_caqh_id(value):
        return value
    raise InvalidInput(f"{_shown(value)} is not a CAQH id: eight digits, such as 12345678", field=field)


def is_state(value: str) -> bool:
    """Tell whether a text is the postal code of a state, the District of Columbia or a territory."""
    return value in STATES


def check_state(value: str, field: str = "state") -> str:
    """Return a state's postal code.

    Raises:
        InvalidInput: It is none; the message names the code where it was the state's name, or the nearest.

    Example:
        >>> check_state("Illinois")
        Traceback (most recent call last):
        credcore.errors.InvalidInput: state: 'Illinois' is not a state's code; write 'IL'
    """
    if is_state(value):
        return value
    codes = {name.casefold(): code for code, name in STATES.items()}
    code = codes.get(value.strip().casefold()) or (value.strip().upper() if is_state(value.strip().upper()) else None)
    hint = f"write {code!r}" if code else nearest(value, STATES)
    raise InvalidInput(f"{_shown(value)} is not a state's code; {hint}", field=field)


def _shown(value: str) -> str:
    return "a value that looks like a social security number" if looks_like_ssn(value) else repr(value)


def looks_like_birth_date(text: str) -> bool:
    """Tell whether a text says when somebody was born.

    Example:
        >>> looks_like_birth_date("DOB 1/2/1980"), looks_like_birth_date("licence of 1/2/2024")
        (True, False)
    """
    return _BORN.search(text) is not None


def is_dashed_ssn(text: str) -> bool:
    """Tell whether a text holds a social security number as it is written with dashes, which no other number is.

    Example:
        >>> is_dashed_ssn("000-00-0000"), is_dashed_ssn("000000000")
        (True, False)
    """
    return _DASHED_SSN.search(text) is not None


def shown(value: object) -> str:
    """Return a value as an error may print it: in quotes, or withheld where it looks like private data.

    Example:
        >>> shown("pvs"), shown("000-00-0000")
        ("'pvs'", '(withheld)')
    """
    text = repr(value)
    return "(withheld)" if looks_like_ssn(text) else text
