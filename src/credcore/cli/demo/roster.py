"""Take the roster in: practitioners in a registry's form, as they are, gaps included; what days it lacks are invented.

A registry does not say when a licence ends or when somebody was last decided on. Those days are drawn here, by rules
that `docs/explanation/demo.md` gives, so that a believable share falls due in the next months.
"""

import csv
import datetime as dt
import random
import tomllib
from collections.abc import Collection, Iterator, Mapping
from importlib import resources

import attrs

from credcore.coordinator import NewCredential, NewProvider
from credcore.cycles import Cycle, next_due

__all__ = ["Roster", "read_roster"]

_NPI = "NPI"
_LAST, _FIRST = "Provider Last Name (Legal Name)", "Provider First Name"
_MIDDLE, _SUFFIX = "Provider Middle Name", "Provider Name Suffix Text"
_CITY = "Provider Business Practice Location Address City Name"
_STATE = "Provider Business Practice Location Address State Name"
_DEACTIVATED = "NPI Deactivation Date"
_TAXONOMY = "Healthcare Provider Taxonomy Code_{}"
_PRIMARY = "Healthcare Provider Primary Taxonomy Switch_{}"
_LICENCE = "Provider License Number_{}"
_LICENCE_STATE = "Provider License Number State Code_{}"
_PLACES = range(1, 5)

_ON_STAFF = 0.6
"""The share of the roster that was decided on before; the others may apply."""

_SOON = 0.2
"""How much rarer a decision is among those due before their window opens: most of that work was done elsewhere."""


@attrs.frozen(kw_only=True)
class Roster:
    """The practitioners that a desk takes in.

    Attributes:
        providers: In the roster's order; their ids count the rows.
        on_staff: How many of them were decided on before, by an invented day.
        without_licence: How many have no licence number.
        several_licences: How many have more than one.
        without_credential: How many say nothing of a degree or title.
        reactivated: How many had their NPI deactivated for a time.
    """

    providers: tuple[NewProvider, ...]
    on_staff: int
    without_licence: int
    several_licences: int
    without_credential: int
    reactivated: int

    @property
    def applicants(self) -> tuple[NewProvider, ...]:
        """Those who were never decided on."""
        return tuple(provider for provider in self.providers if not provider.cycles)


def read_roster(cycles: Mapping[str, Cycle], start_on: dt.date, rng: random.Random) -> Roster:
    """Read the packaged roster.

    Args:
        cycles: By body, what a last decision anchors.
        start_on: The day on which the desk begins; the invented days lie around it.
        rng: Draws them.
    """
    data = resources.files("credcore.cli.demo") / "data"
    specialties: dict[str, str] = tomllib.loads((data / "specialties.toml").read_text("utf-8"))["specialties"]
    rows = list(csv.DictReader((data / "roster.csv").read_text("utf-8").splitlines()))
    providers = tuple(
        _provider(number, row, specialties, cycles, start_on, rng) for number, row in enumerate(rows, start=1)
    )
    licences = [len(provider.credentials) for provider in providers]
    return Roster(
        providers=providers,
        on_staff=sum(bool(provider.cycles) for provider in providers),
        without_licence=licences.count(0),
        several_licences=sum(number > 1 for number in licences),
        without_credential=sum(not row["Provider Credential Text"] for row in rows),
        reactivated=sum(bool(row[_DEACTIVATED]) for row in rows),
    )


def _provider(
    number: int,
    row: Mapping[str, str],
    specialties: Mapping[str, str],
    cycles: Mapping[str, Cycle],
    start_on: dt.date,
    rng: random.Random,
) -> NewProvider:
    taxonomy = _taxonomy(row)
    decided_on = _last_decision(cycles.values(), start_on, rng)
    return NewProvider(
        id=f"p-{number:04d}",
        name=" ".join(part for part in (row[_FIRST], row[_MIDDLE], row[_LAST], row[_SUFFIX]) if part),
        npi=row[_NPI],
        taxonomy=taxonomy,
        specialty=specialties.get(taxonomy, ""),
        state=row[_STATE],
        city=row[_CITY],
        credentials=tuple(_licences(row, start_on, rng)),
        cycles=() if decided_on is None else tuple((body, decided_on) for body in cycles),
    )


def _taxonomy(row: Mapping[str, str]) -> str:
    """Return the code that is marked as primary, else the first."""
    marked = [row[_TAXONOMY.format(place)] for place in _PLACES if row[_PRIMARY.format(place)] == "Y"]
    return (marked or [row[_TAXONOMY.format(1)]])[0]


def _licences(row: Mapping[str, str], start_on: dt.date, rng: random.Random) -> Iterator[NewCredential]:
    """Yield each licence once, however many specialties name it."""
    found = [(row[_LICENCE.format(place)], row[_LICENCE_STATE.format(place)]) for place in _PLACES]
    taken: list[str] = []
    for licence, state in dict.fromkeys(pair for pair in found if pair[0]):
        taken.append(_unused(f"licence-{state or 'unknown'}", taken))
        expires_on = _month_end(start_on, rng.randrange(1, 25))
        yield NewCredential(
            credential=taken[-1],
            kind="licence",
            number=licence,
            state=state,
            issued_on=_two_years_before(expires_on),
            expires_on=expires_on,
        )


def _unused(name: str, taken: Collection[str]) -> str:
    number = sum(other == name or other.startswith(f"{name}-") for other in taken)
    return f"{name}-{number + 1}" if number else name


def _month_end(day: dt.date, months: int) -> dt.date:
    """Return the last day of the month so many months on: boards let licences end with a month."""
    month = day.year * 12 + day.month + months
    return dt.date(month // 12, month % 12 + 1, 1) - dt.timedelta(days=1)


def _two_years_before(expires_on: dt.date) -> dt.date:
    first = expires_on + dt.timedelta(days=1)
    return first.replace(year=first.year - 2)


def _last_decision(cycles: Collection[Cycle], start_on: dt.date, rng: random.Random) -> dt.date | None:
    """Draw the day of the last decision, so that the next is due within the length of the cycle; or nobody decided."""
    if not cycles or rng.random() >= _ON_STAFF:
        return None
    cycle = max(cycles, key=lambda each: each.opens_before)
    length = (next_due(start_on, cycle) - start_on).days
    decided_on = start_on - dt.timedelta(days=rng.randrange(length))
    window = dt.timedelta(days=cycle.opens_before)
    if next_due(decided_on, cycle) - start_on < window and rng.random() >= _SOON:
        return decided_on + window
    return decided_on
