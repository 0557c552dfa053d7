"""Profiles and names that the tests of a profile share."""

import datetime as dt

from credcore import profiles
from credcore.errors import InvalidInput
from credcore.profile import Profile, Registry

SMALL = """\
[profile]
name = "Night desk"
zone = "America/Chicago"

[calendars.office]
week = { mon-fri = ["09:00-17:00"] }

[stages.intake]
next = ["psv", "closed"]
look-again = "10 working days"

[stages.psv]
title = "Primary source verification"
next = ["with-payer", "closed"]
look-again = "20 working days"

[stages.with-payer]
turn = "payer"
next = ["closed"]
look-again = "30 days"

[stages.closed]
terminal = true

[kinds.initial]
start = "intake"

[cycles.ncqa]
every = "36 months to the month"
opens-before = "180 days"
kind = "initial"
source = "NCQA"

[requirements.checked]
verified = ["licence"]

[flags]
work-gap = "Gap in the work history"
"""


class Holidays:
    """A source that knows one holiday."""

    known_until = 2030

    def days(self, region, year):
        """Return Independence Day in the one region that it knows."""
        if region != "US":
            raise InvalidInput(f"unknown region {region!r}")
        return {dt.date(year, 7, 4): "Independence Day"}


def small(rules="", registry=None):
    """Return the small profile with some rules."""
    return Profile.from_toml(SMALL + rules, source="small.toml", registry=registry or Registry())


def hospital():
    """Return the profile that ships."""
    return Profile.from_toml(profiles.read("hospital"), source="hospital.toml", registry=Registry(holidays=Holidays()))
