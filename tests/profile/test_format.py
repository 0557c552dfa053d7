"""A profile may say in which format it is written; another one than this credcore reads is refused as a whole."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from credcore.errors import ProfileError
from credcore.profile import FORMAT, Profile
from profile_samples import SMALL

FAULTY = SMALL.replace('"psv"', '"pvs"').replace("America/Chicago", "America/Chicgo")
SHOWN = {'"1"': "'1'", "[1]": "a list"}


def said(text, number):
    """Return a text that says its format."""
    return text.replace("[profile]", f"[profile]\nformat = {number}")


def faults(text):
    """Return what is wrong with a text, as key, line and message."""
    with pytest.raises(ProfileError) as caught:
        Profile.from_toml(text)
    return [(fault.key, fault.line, fault.message) for fault in caught.value.faults]


def test_a_profile_that_says_the_format_is_read_like_one_that_does_not():
    """The key is optional: what credcore reads today it has read from the first version on."""
    told, silent = Profile.from_toml(said(SMALL, FORMAT)), Profile.from_toml(SMALL)
    assert (told.pipeline, told.kinds) == (silent.pipeline, silent.kinds)
    assert [rule.id for rule in told.rules] == [rule.id for rule in silent.rules]


def test_a_newer_format_is_refused_saying_which_is_read_and_what_to_do():
    """It is the only fault: by the words of this format, the rest of the text might all look wrong."""
    assert len(faults(FAULTY)) > 1
    ((key, line, message),) = faults(said(FAULTY, 2))
    assert (key, line) == ("profile.format", 2)
    assert "is of format 2, this credcore reads format 1: install a newer credcore" in message


@pytest.mark.parametrize("value", ["0", "-1", '"1"', "1.0", "true", "[1]"])
def test_what_never_was_a_format_is_a_fault_among_the_others(value):
    """A slip of the pen hides none of the rest."""
    found = faults(said(FAULTY, value))
    assert [message for key, _, message in found if key == "profile.format"] == [
        f"{SHOWN.get(value, value)} is not a whole number from 1 up"
    ]
    assert len(found) == 1 + len(faults(FAULTY))


@given(st.integers(FORMAT + 1, 10**6))
def test_law_of_a_newer_format_nothing_else_is_said(number):
    """Whatever higher number it says, it is the one fault."""
    assert {key for key, _, _ in faults(said(FAULTY, number))} == {"profile.format"}
