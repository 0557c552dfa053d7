"""Identifiers: what can be right, and messages that never repeat what must not be repeated."""

import csv
import pathlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from credcore.errors import InvalidInput
from credcore.identifiers import (
    STATES,
    check_caqh_id,
    check_dea,
    check_npi,
    check_state,
    check_taxonomy,
    is_caqh_id,
    is_dea,
    is_npi,
    is_state,
    is_taxonomy,
    looks_like_ssn,
    npi_check_digit,
)

VECTORS = pathlib.Path(__file__).parent / "vectors"
LIKE_AN_SSN = ("078-05-1120", "078051120", "078-051120")
npis = st.from_regex(r"[12][0-9]{8}", fullmatch=True).map(lambda nine: nine + npi_check_digit(nine))


def rows(name):
    """Return the rows of a file of vectors."""
    with (VECTORS / name).open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


@pytest.mark.parametrize("row", rows("npi_vectors.csv"), ids=lambda row: row["npi"] or "empty")
def test_npi_vectors(row):
    """An NPI has ten digits, starts with 1 or 2 and passes Luhn; the published vectors agree."""
    right = row["check_digit_valid"] == "true" and row["ten_digits_starting_1_or_2"] == "yes"
    assert is_npi(row["npi"]) is right


@pytest.mark.parametrize("row", rows("dea_vectors.csv"), ids=lambda row: row["dea"])
def test_dea_vectors(row):
    """A DEA number is what its source calls valid, a hospital's with its suffix among them."""
    assert is_dea(row["dea"]) is ((row["valid_per_source"] or row["format_and_checksum"]) == "true")


@pytest.mark.parametrize("npi", ["1234567893", "1000000004", "2000000002"])
def test_known_npis_are_returned(npi):
    """What the field's reference calls valid comes back as it was written."""
    assert check_npi(npi) == npi


def test_luhn_is_blind_for_one_swap():
    """09 and 90 swapped give another number that can be right: Luhn does not see it."""
    assert is_npi("1234500092")
    assert is_npi("1234500902")


@given(npis, st.integers(0, 9), st.integers(1, 9))
def test_one_wrong_digit_is_always_seen(npi, place, shift):
    """An NPI with any single digit changed is none."""
    wrong = str((int(npi[place]) + shift) % 10)
    assert is_npi(npi)
    assert not is_npi(npi[:place] + wrong + npi[place + 1 :])


@given(npis, st.integers(0, 8))
def test_swapped_neighbours_are_seen_but_for_09(npi, place):
    """An NPI with two different neighbours swapped is none, unless they are 0 and 9, or the first digit is lost."""
    left, right = npi[place], npi[place + 1]
    swapped = npi[:place] + right + left + npi[place + 2 :]
    blind = left == right or {left, right} == {"0", "9"}
    assert is_npi(swapped) is (blind and swapped[0] in "12")


@given(st.from_regex(r"[A-Z][A-Z9][0-9]{6}", fullmatch=True))
def test_exactly_one_digit_completes_a_dea_number(stem):
    """Two letters and six digits have one check digit, in either case."""
    right = [digit for digit in "0123456789" if is_dea(stem + digit)]
    assert len(right) == 1
    assert check_dea(stem.lower() + right[0]) == stem + right[0]


def test_shapes_of_taxonomy_and_caqh_id():
    """A taxonomy code ends in X; a CAQH id has eight digits and no check digit."""
    assert check_taxonomy("207Q00000X") == "207Q00000X"
    assert check_caqh_id("12345678") == "12345678"
    assert not is_taxonomy("207Q000000")
    assert not is_taxonomy("207q00000x")
    assert not is_caqh_id("1234567")
    assert not is_caqh_id("٠١٢٣٤٥٦٧")


def test_states_are_fifty_and_the_others():
    """The fifty states, the District of Columbia and five territories have codes."""
    assert len(STATES) == 56
    assert check_state("PR") == "PR"
    assert is_state("DC")
    assert not is_state("il")


@pytest.mark.parametrize(
    ("value", "hint"),
    [("Illinois", "write 'IL'"), (" il ", "write 'IL'"), ("New york", "write 'NY'"), ("ZZ", "known: AK, AL")],
)
def test_a_wrong_state_is_told_the_right_one(value, hint):
    """A state's name or a code in the wrong case gets the code that was meant."""
    with pytest.raises(InvalidInput, match=hint):
        check_state(value)


@pytest.mark.parametrize(
    ("check", "value", "says"),
    [
        (check_npi, "1234567890", "npi: '1234567890' is not an NPI: its check digit is wrong"),
        (check_npi, "3234567890", "ten digits, the first 1 or 2"),
        (check_dea, "AB1234569", "dea: 'AB1234569' is not a DEA number: its check digit is wrong"),
        (check_dea, "AB12", "two letters and seven digits"),
        (check_taxonomy, "family", "ten characters that end in X"),
        (check_caqh_id, "12", "eight digits"),
    ],
)
def test_messages_say_what_would_be_right(check, value, says):
    """What is wrong is named with its field and the right shape."""
    with pytest.raises(InvalidInput, match=says):
        check(value)


@pytest.mark.parametrize("value", LIKE_AN_SSN)
@pytest.mark.parametrize("check", [check_npi, check_dea, check_taxonomy, check_caqh_id, check_state, npi_check_digit])
def test_what_looks_like_an_ssn_is_never_repeated(check, value):
    """No message holds the digits of what could be a social security number."""
    assert looks_like_ssn(value)
    try:
        check(value)
    except InvalidInput as error:
        assert value not in str(error)  # noqa: PT017 - nine digits are fine for a check digit
    else:
        assert check is npi_check_digit
