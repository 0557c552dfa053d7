"""Which column of a roster holds what: recognised by its heading, or named by whoever sends it.

Two layouts are known: that of the NPI registry's file, and the plain roster of a medical staff office, whose headings
are recognised in any case, with spaces, hyphens or underscores, and by the usual other words. Columns of social
security numbers and birth dates are private: they are dropped, and their cells never read. So are taxpayer numbers: a
practitioner's is often the social security number, and the desk takes in no group's.

Source: CMS, NPPES Data Dissemination, "Code Values" and file header: the registry's headings.
"""

import itertools
import re
from collections.abc import Collection, Iterator, Mapping, Sequence

import attrs

from credcore.errors import InvalidInput, nearest

__all__ = ["CREDENTIALS", "LINE", "PLACES", "REASON", "Layout", "fields_for", "is_day", "layout_of"]

PLACES = range(1, 5)
"""The places of taxonomies and licences; the registry has fifteen, of which few are used."""

LINE, REASON = "Rejected line", "Rejected because"
"""The headings that a file of rejected rows has before those of the roster; ignored when it is taken in."""

CREDENTIALS: Mapping[str, str] = {"dea": "dea", "board": "board-certificate", "malpractice": "malpractice-cover"}
"""Besides licences: how the fields begin, and the kind of credential."""

_DETAILS = ("id", "npi", "name", "last_name", "first_name", "middle_name", "suffix", "specialty", "city", "state")
_REGISTRY_ONLY = ("entity_type", "npi_deactivated_on", "npi_reactivated_on")
_PARTS = ("number", "state", "issued_on", "expires_on")

_REGISTRY: Mapping[str, str] = {
    "npi": "NPI",
    "entity_type": "Entity Type Code",
    "last_name": "Provider Last Name (Legal Name)",
    "first_name": "Provider First Name",
    "middle_name": "Provider Middle Name",
    "suffix": "Provider Name Suffix Text",
    "city": "Provider Business Practice Location Address City Name",
    "state": "Provider Business Practice Location Address State Name",
    "npi_deactivated_on": "NPI Deactivation Date",
    "npi_reactivated_on": "NPI Reactivation Date",
    **{f"taxonomy_{place}": f"Healthcare Provider Taxonomy Code_{place}" for place in PLACES},
    **{f"primary_{place}": f"Healthcare Provider Primary Taxonomy Switch_{place}" for place in PLACES},
    **{f"licence_{place}_number": f"Provider License Number_{place}" for place in PLACES},
    **{f"licence_{place}_state": f"Provider License Number State Code_{place}" for place in PLACES},
}
_ORGANISATION = "Provider Organization Name (Legal Business Name)"
_OF_THE_REGISTRY = ("npi", "entity_type", "last_name")

_WORDS: Mapping[str, Sequence[str]] = {
    "id": ("id", "record id", "staff id"),
    "npi": ("npi", "npi number", "individual npi", "national identifier"),
    "name": ("name", "full name", "display name"),
    "last_name": ("last name", "lastname", "surname", "family name", "last"),
    "first_name": ("first name", "firstname", "given name", "first"),
    "middle_name": ("middle name", "middle initial", "middle", "mi"),
    "suffix": ("suffix", "name suffix"),
    "specialty": ("specialty", "speciality", "primary specialty"),
    "taxonomy_1": ("taxonomy", "taxonomy code", "primary taxonomy", "primary taxonomy code"),
    "city": ("city", "practice city"),
    "state": ("state", "practice state"),
    "licence_number": ("licence", "licence number", "state licence number", "medical licence number"),
    "licence_state": ("licence state", "licensing state", "state licence", "licence issuing state"),
    "licence_issued_on": ("licence issued", "licence effective", "licence start"),
    "licence_expires_on": ("licence expires", "licence end"),
    "dea_number": ("dea", "dea number"),
    "dea_state": ("dea state",),
    "dea_issued_on": ("dea issued", "dea effective"),
    "dea_expires_on": ("dea expires",),
    "board_number": ("board certificate number", "board certificate"),
    "board_issued_on": ("board certificate issued",),
    "board_expires_on": ("board certificate expires",),
    "malpractice_number": ("malpractice policy number", "malpractice number", "malpractice policy"),
    "malpractice_issued_on": ("malpractice issued", "malpractice effective"),
    "malpractice_expires_on": ("malpractice expires", "malpractice policy expires", "coi expires"),
    "entity_type": ("entity type", "entity type code"),
    "npi_deactivated_on": ("npi deactivation", "npi deactivated"),
    "npi_reactivated_on": ("npi reactivation", "npi reactivated"),
    "decided_on": (
        "decided",
        "last decision",
        "last appointment",
        "last approval",
        "last credentialed",
        "credentialed",
    ),
}
_SAME: Mapping[str, str] = {
    **dict.fromkeys(("license", "licenses", "lic"), "licence"),
    **dict.fromkeys(("no", "num", "nbr"), "number"),
    **dict.fromkeys(("exp", "expiry", "expire", "expiration"), "expires"),
    **dict.fromkeys(("issue",), "issued"),
    **dict.fromkeys(("certification", "cert"), "certificate"),
    **dict.fromkeys(("recredentialed", "credentialing", "recredentialing"), "credentialed"),
}
_IDLE = frozenset({"provider", "practitioner", "date", "dt", "on", "of", "the"})

_PRIVATE_ANYWHERE = (
    *("birth", "bday", "geburt", "naissance", "nacimiento"),
    *("socialsec", "socsec", "sosec", "socialins", "socialn"),
    *("taxid", "taxpayer", "fedid"),
)
_PRIVATE_WORDS = frozenset(
    {"ssn", "ssan", "dob", "yob", "born", "geb", "gebdat", "nac", "tin", "itin", "ein", "sin", "ss"}
)
_OF_A_NUMBER = frozenset({"no", "nr", "num", "nbr", "number"})
_SOCIAL = ("work", "serv", "media", "scien", "psych", "medic", "hist", "determ")
"""How what is social goes on, where it is no number: a social worker's licence is not private."""


@attrs.frozen
class Layout:
    """Which column holds what.

    Attributes:
        name: The NPI registry's layout, or a roster.
        headings: Of all columns, as written.
        places: By field, the place of its column, from 0.
        private: The places of columns that are dropped.
        own: The places of the columns that a file of rejected rows has besides.
    """

    name: str
    headings: tuple[str, ...]
    places: Mapping[str, int]
    private: frozenset[int]
    own: frozenset[int]

    @property
    def kept(self) -> tuple[int, ...]:
        """The places of the columns that are sent back with a rejected row."""
        return tuple(n for n in range(len(self.headings)) if n not in self.private | self.own)

    @property
    def dropped(self) -> tuple[str, ...]:
        """The headings of the private columns."""
        return tuple(self.headings[n] for n in sorted(self.private))

    @property
    def ignored(self) -> tuple[str, ...]:
        """The headings of the columns that say nothing the desk takes in."""
        used = set(self.places.values())
        return tuple(self.headings[n] for n in self.kept if n not in used and self.headings[n].strip())

    @property
    def columns(self) -> Mapping[str, str]:
        """The headings by field."""
        return {field: self.headings[n] for field, n in self.places.items()}


def fields_for(bodies: Collection[str]) -> tuple[str, ...]:
    """Return the fields that a column can hold on a desk with cycles of some bodies."""
    licences = [f"licence_{place}_{part}" for place in PLACES for part in _PARTS]
    taxonomies = [f"{what}_{place}" for what in ("taxonomy", "primary") for place in PLACES]
    others = [f"{prefix}_{part}" for prefix in CREDENTIALS for part in _PARTS]
    decided = ["decided_on", *(f"decided_on.{body}" for body in bodies)] if bodies else []
    return (*_DETAILS, *_REGISTRY_ONLY, *taxonomies, *licences, *others, *decided)


def is_day(field: str) -> bool:
    """Tell whether a field holds days."""
    return field.partition(".")[0].endswith("_on")


def layout_of(headings: Sequence[str], named: Mapping[str, str], bodies: Collection[str], source: str) -> Layout:
    """Recognise a roster's layout by its headings.

    Args:
        headings: As written.
        named: By field, the heading of its column, where somebody says so.
        bodies: The bodies whose cycles the desk's profile has.
        source: The file's name, for the errors.

    Raises:
        InvalidInput: These are no headings, a named field or column is not there, two columns say the same, or nothing
            says who the providers are.
    """
    headings = tuple(" ".join(heading.split()) for heading in headings)
    if any(re.search("[0-9]{4}", heading) for heading in headings):
        raise InvalidInput(
            "the first line looks like data; put a line of headings above it, such as NPI, Last Name, First Name",
            path=source,
        )
    private = frozenset(place for place, heading in enumerate(headings) if _is_private(heading))
    own = frozenset(place for place, heading in enumerate(headings) if heading in (LINE, REASON))
    open_ = {place: heading for place, heading in enumerate(headings) if place not in private | own}
    wanted = _named_places(named, headings, private, bodies, source)
    is_registry = {_REGISTRY[field] for field in _OF_THE_REGISTRY} <= set(open_.values())
    found = dict(wanted)
    for place, heading in open_.items():
        field = _of_registry(heading) if is_registry else _field(heading, bodies)
        if not field or field in wanted or place in wanted.values():
            continue
        if field in found:
            raise InvalidInput(
                f"two columns say {field}: {headings[found[field]]!r} (column {found[field] + 1}) and {heading!r} "
                f"(column {place + 1}); rename one, or say which with --map {field}=COLUMN",
                path=source,
            )
        found[field] = place
    if _ORGANISATION in open_.values() and not {"name", "last_name"} & set(found):
        raise InvalidInput("lists organisations; the desk takes in practitioners", path=source)
    _check_who(found, source)
    return Layout("the NPI registry's layout" if is_registry else "a roster", headings, found, private, own)


def _check_who(found: Mapping[str, int], source: str) -> None:
    missing = []
    if not {"npi", "id"} & set(found):
        missing.append("the NPI (npi) or an id (id)")
    if not {"name", "last_name"} & set(found):
        missing.append("the name (name, or last_name and first_name)")
    if missing:
        raise InvalidInput(
            f"no column is recognised as {', nor as '.join(missing)}; "
            f'name it, such as --map {"npi" if "NPI" in missing[0] else "name"}="Its heading"',
            path=source,
        )


def _named_places(
    named: Mapping[str, str], headings: Sequence[str], private: Collection[int], bodies: Collection[str], source: str
) -> dict[str, int]:
    """Return the places of the columns that were named, all that is wrong with the names reported together."""
    faults, places = [], {}
    fields = fields_for(bodies)
    for asked, heading in named.items():
        field = _SHORT.get(asked, asked)
        matching = [place for place, one in enumerate(headings) if one.casefold() == heading.strip().casefold()]
        exact = [place for place in matching if headings[place] == heading.strip()]
        if field not in fields:
            faults.append(f"there is no field {asked!r}; {nearest(asked, fields)}")
        elif not matching:
            faults.append(f"there is no column {heading!r}; {nearest(heading, filter(None, headings))}")
        elif matching[0] in private:
            faults.append(f"the column {heading!r} is private, and is not taken in")
        elif len(exact or matching) > 1:
            faults.append(f"{len(matching)} columns are called {heading!r}; rename all but one")
        else:
            places[field] = (exact or matching)[0]
    for one, other in itertools.combinations(places, 2):
        if places[one] == places[other]:
            faults.append(f"the column {headings[places[one]]!r} is to be both {one} and {other}")
    if faults:
        raise InvalidInput("; ".join(faults), path=source)
    return places


_SHORT: Mapping[str, str] = {
    "taxonomy": "taxonomy_1",
    **{f"licence_{part}": f"licence_1_{part}" for part in _PARTS},
}
"""How the first of several may be called."""


def _of_registry(heading: str) -> str:
    return next((field for field, name in _REGISTRY.items() if name == heading), "")


def _field(heading: str, bodies: Collection[str]) -> str:
    """Return the field that a heading of a plain roster means; empty for none."""
    words = list(_words(heading))
    place = next((word for word in words if word in map(str, PLACES)), "1")
    rest = " ".join(word for word in words if word != place)
    whole = " ".join(words)
    for field, names in _WORDS.items():
        if field.startswith("licence_") and rest in names:
            return field.replace("licence_", f"licence_{place}_", 1)
        if field == "decided_on":
            return _decided(whole, names, bodies)
        if whole in names:
            return field
    return ""


def _decided(heading: str, names: Sequence[str], bodies: Collection[str]) -> str:
    if heading in names:
        return "decided_on" if bodies else ""
    for body in bodies:
        before, called, after = f" {heading} ".partition(f" {' '.join(_words(body))} ")
        if called and f"{before} {after}".strip() in names:
            return f"decided_on.{body}"
    return ""


def _words(heading: str) -> Iterator[str]:
    """Yield the words of a heading, each by one spelling, those that tell nothing left out."""
    split = re.sub("(?<=[a-z])(?=[A-Z])", " ", heading.replace("#", " number "))
    for word in re.findall("[a-z]+|[0-9]+", split.casefold()):
        if word not in _IDLE:
            yield _SAME.get(word, word)


def _is_private(heading: str) -> bool:
    """Tell whether a column holds social security numbers, taxpayer numbers or birth dates.

    The words of its heading are taken as they stand and as their capitals part them, letters with full stops together:
    ``DoB (mm/dd/yyyy)``, ``ProviderDOB`` and ``D.O.B.`` are three ways to write one.
    """
    parted = re.sub("(?<=[a-z])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", " ", heading)
    words = re.findall("[^\\W\\d_]+", parted.casefold())
    joined = "".join(words)
    initials = re.findall(r"(?<![^\W_])[a-z](?:[^\w]{1,2}[a-z])+(?![^\W_])", heading.casefold())
    spelled = (re.sub("[^a-z]", "", text) for text in (heading.casefold(), *initials))
    whole = re.findall("[^\\W\\d_]+", heading.casefold())
    return (
        any(part in joined for part in _PRIVATE_ANYWHERE)
        or any(word in _PRIVATE_WORDS or word.endswith(("ssn", "dob")) or word.startswith("ssn") for word in words)
        or not _PRIVATE_WORDS.isdisjoint((*whole, *spelled))
        or words[-2:] == ["of", "b"]
        or ("tax" in words and all(word in _OF_A_NUMBER for word in words[words.index("tax") + 1 :]))
        or ("social" in words and not any(word.startswith(_SOCIAL) for word in words))
    )
