"""Holidays from the ``holidays`` package: US federal and state rules, and some two hundred countries."""

import datetime as dt
from collections.abc import Mapping

from credcore.errors import InvalidInput, MissingExtra

__all__ = ["HolidaysPackage"]

KNOWN_UNTIL = 2035
"""The package computes any year by the law of its release; ten years on, a deadline is called provisional."""


class HolidaysPackage:
    """Gives the observed holidays of a region such as ``US`` or ``US-IL``.

    The package is imported at the first question.
    """

    known_until = KNOWN_UNTIL

    def days(self, region: str, year: int) -> Mapping[dt.date, str]:
        """Return a region's holidays in a year, as observed, with their names.

        Raises:
            InvalidInput: The package does not know the region.
            MissingExtra: The package is not installed.
        """
        try:
            import holidays  # noqa: PLC0415 - an optional extra
            from holidays.registry import COUNTRIES  # noqa: PLC0415 - likewise
        except ModuleNotFoundError:
            raise MissingExtra("calendars", needed_for="a calendar with public holidays") from None
        country, dash, subdivision = region.partition("-")
        # Its own list of countries would import all two hundred of them; the registry has the same names.
        if all(country not in names for names in COUNTRIES.values()):
            raise _unknown(region)
        try:
            # An empty subdivision would be taken for the whole country; a dash is none.
            subdiv = subdivision or dash or None
            found = holidays.country_holidays(country, subdiv=subdiv, years=year, language="en_US")
        except NotImplementedError:
            raise _unknown(region) from None
        return dict(found)


def _unknown(region: str) -> InvalidInput:
    return InvalidInput(f"{region!r} is no region such as US or US-IL", field="holidays")
