"""The demo's data: in the registry's form, at a real rhythm, and about nobody."""

import collections
import csv
import importlib.resources
import json
import os
import pathlib
import re
import runpy
import tomllib

import pytest

DATA = importlib.resources.files("credcore") / "cli" / "demo" / "data"
TOOLS = pathlib.Path(__file__).parents[3] / "tools" / "demo_data"
PLACES = range(1, 5)
LAST, FIRST = "Provider Last Name (Legal Name)", "Provider First Name"
OTHER_LAST, OTHER_FIRST = "Provider Other Last Name", "Provider Other First Name"
STAGES = {"intake", "incomplete", "application-complete", "psv", "qa-audit", "committee-ready"}
PARTIES = {"provider", "payer", "committee", "facility", "source", "reference", "cvo", "client", "team"}


def table(text: str) -> list[dict[str, str]]:
    """Read CSV with a header."""
    return list(csv.DictReader(text.splitlines()))


def licences(row: dict[str, str]) -> list[str]:
    """Return the row's licence numbers, gaps included."""
    return [row[f"Provider License Number_{place}"] for place in PLACES]


def taxonomies(row: dict[str, str]) -> list[str]:
    """Return the row's taxonomy codes, gaps included."""
    return [row[f"Healthcare Provider Taxonomy Code_{place}"] for place in PLACES]


def words(names: list[str]) -> set[str]:
    """Return the words of the names that are more than an initial, a particle or a suffix."""
    return {word for name in names for word in re.findall("[A-Z]{2,}", name)} - {"VAN", "DER", "JR"}


def dea_numbers(numbers: list[str]) -> list[tuple[str, bool]]:
    """Return those that look like a DEA number, and whether the check digit is right."""
    found = [(number, re.match(r"[A-Z]{2}(\d)(\d)(\d)(\d)(\d)(\d)(\d)(?!\d)", number)) for number in numbers]
    return [
        (number, (d[0] + d[2] + d[4] + 2 * (d[1] + d[3] + d[5]) - d[6]) % 10 == 0)
        for number, match in found
        if match
        for d in [[int(digit) for digit in match.groups()]]
    ]


@pytest.fixture(scope="module")
def roster() -> list[dict[str, str]]:
    """Return the packaged roster."""
    return table((DATA / "roster.csv").read_text("utf-8"))


@pytest.fixture(scope="module")
def rhythm():
    """Return the packaged figures."""
    return json.loads((DATA / "rhythm.json").read_text("utf-8"))


@pytest.fixture(scope="module")
def originals() -> pathlib.Path:
    """Return the folder of the original data, or skip."""
    if "CREDCORE_TEST_DATA" not in os.environ:
        pytest.skip("CREDCORE_TEST_DATA does not name the folder of the original data")
    return pathlib.Path(os.environ["CREDCORE_TEST_DATA"])


@pytest.fixture(scope="module")
def registry(originals) -> list[dict[str, str]]:
    """Return the rows of the registry from which the roster was made."""
    return table((originals / "providers" / "nppes_practitioners_ct.csv").read_text("utf-8"))


class TestRoster:
    """``roster.csv`` by itself."""

    def test_has_a_thousand_rows(self, roster):
        """The demo shows a network of 1,000 practitioners."""
        assert len(roster) == 1000

    def test_npis_are_well_formed_and_nobodys(self, roster):
        """Ten digits, first one 2, and Luhn over 80840 and the NPI: the constant prefix adds 24."""
        for row in roster:
            npi = row["NPI"]
            assert re.fullmatch(r"2\d{9}", npi)
            doubled = [int(digit) * 2 for digit in npi[0:9:2]]
            total = 24 + sum(value // 10 + value % 10 for value in doubled) + sum(int(digit) for digit in npi[1::2])
            assert total % 10 == 0, npi

    def test_npis_are_different(self, roster):
        """One practitioner has one NPI."""
        assert len({row["NPI"] for row in roster}) == len(roster)

    def test_licence_and_its_state_come_together(self, roster):
        """A licence number always names its state, and both stand beside a taxonomy code."""
        for row in roster:
            for place, (code, number) in enumerate(zip(taxonomies(row), licences(row), strict=True), start=1):
                assert bool(number) == bool(row[f"Provider License Number State Code_{place}"])
                assert code or not number

    def test_dea_numbers_in_the_licence_field_are_invalid(self, roster):
        """Two people filed a DEA number as a licence; the invented ones fail the check digit."""
        found = dea_numbers([number for row in roster for number in licences(row)])
        assert len(found) == 2
        assert not any(valid for _, valid in found)

    def test_every_specialty_has_a_plain_name(self, roster):
        """``specialties.toml`` names the codes of the roster and no other, each differently."""
        names = tomllib.loads((DATA / "specialties.toml").read_text("utf-8"))["specialties"]
        assert set(names) == {code for row in roster for code in taxonomies(row)} - {""}
        assert len(set(names.values())) == len(names)
        assert all(names.values())


class TestRosterAgainstTheRegistry:
    """``roster.csv`` beside the original: the form is kept, the persons are not."""

    def test_no_npi_remains(self, roster, registry):
        """No original NPI stands in any field."""
        real = {row["NPI"] for row in registry}
        assert not real & {value for row in roster for value in row.values()}

    def test_no_licence_number_remains(self, roster, registry):
        """No original licence number stands in any row, so not in its own."""
        real = {number for row in registry for number in licences(row)} - {""}
        assert not real & {number for row in roster for number in licences(row)}

    def test_no_surname_remains(self, roster, registry):
        """No word of an original surname stands in a surname."""
        real = words([row[column] for row in registry for column in (LAST, OTHER_LAST)])
        assert not real & words([row[column] for row in roster for column in (LAST, OTHER_LAST)])

    def test_no_name_remains(self, roster, registry):
        """No pair of first and last name is an original one, under any of a person's names."""

        def pairs(rows):
            return {
                (row[first], row[last]) for row in rows for first in (FIRST, OTHER_FIRST) for last in (LAST, OTHER_LAST)
            } - {("", "")}

        assert not {pair for pair in pairs(roster) if all(pair)} & pairs(registry)

    @pytest.mark.parametrize("column", ["Last Update Date", "Provider Credential Text", "Is Sole Proprietor"])
    def test_values_of_a_column_stay(self, roster, registry, column):
        """What a column holds, gaps and odd spellings included, is the registry's."""
        assert collections.Counter(row[column] for row in roster) == collections.Counter(
            row[column] for row in registry
        )

    def test_cities_stay_in_their_state(self, roster, registry):
        """Cities move between rows, never between states."""
        city = "Provider Business Practice Location Address City Name"
        state = "Provider Business Practice Location Address State Name"

        def places(rows):
            return collections.Counter((row[city], row[state]) for row in rows)

        assert places(roster) == places(registry)

    def test_shapes_of_people_and_licences_stay(self, roster, registry):
        """Which names, taxonomies and licences a row has, and how a licence number is written, is the registry's."""

        def shape(number):
            zeros = re.match(r"\D*0*", number)[0]
            return zeros + re.sub(r"\d", "9", number.removeprefix(zeros))

        def shapes(rows):
            return collections.Counter(
                (
                    row["Provider Credential Text"],
                    bool(row["Provider Middle Name"]),
                    bool(row[OTHER_LAST]),
                    *taxonomies(row),
                    *(shape(number) for number in licences(row) if not dea_numbers([number])),
                )
                for row in rows
            )

        assert shapes(roster) == shapes(registry)

    def test_equal_licences_stay_equal(self, roster, registry):
        """A number filed twice is filed twice in the roster."""

        def repeats(rows):
            numbers = collections.Counter(number for row in rows for number in licences(row) if number)
            return collections.Counter(numbers.values())

        assert repeats(roster) == repeats(registry)


class TestRhythm:
    """``rhythm.json`` and ``stages.toml``."""

    def test_is_small(self):
        """The package carries figures, not a log."""
        assert len((DATA / "rhythm.json").read_bytes()) < 60_000

    def test_names_no_case_and_no_person(self):
        """Nothing of the log's own identifiers is left."""
        assert not re.search(r"case-\d|Resource\d|admin\d|task-\d", (DATA / "rhythm.json").read_text("utf-8"))

    def test_quantiles_rise(self, rhythm):
        """Every list of quantiles has 21 figures in rising order, or none."""
        lists = [entry[name] for entry in rhythm["activities"] for name in ("wait_s", "wait_same_s", "wait_other_s")]
        lists += [
            value for part in ("deadlines", "cases") for value in rhythm[part].values() if isinstance(value, list)
        ]
        lists += rhythm["arrivals"]["per_weekday"]
        for figures in lists:
            assert len(figures) in {0, 21}
            assert figures == sorted(figures)

    def test_counts_agree(self, rhythm):
        """The same events and cases are counted from every side."""
        source, activities = rhythm["source"], rhythm["activities"]
        assert len(activities) == source["activities"] == 27
        assert len(rhythm["people"]) == source["people"] == 48
        assert sum(map(sum, rhythm["arrivals"]["by_weekday_hour"])) == source["cases"]
        assert sum(rhythm["arrivals"]["by_month"].values()) == source["cases"]
        assert sum(rhythm["arrivals"]["by_week"].values()) == source["cases"]
        assert sum(map(sum, rhythm["work"]["by_weekday_hour"])) == source["events"]
        assert sum(entry["last"] for entry in activities) == source["cases"]
        for entry in activities:
            assert entry["events"] == entry["last"] + sum(entry["next"].values())
            place = activities.index(entry)
            assert entry["events"] == sum(person["by_activity"][place] for person in rhythm["people"])
        for person in rhythm["people"]:
            assert person["events"] == sum(person["by_hour"]) == sum(person["by_weekday"])

    def test_every_figure_is_explained(self, rhythm):
        """``fields`` explains each part, or the parts of it."""
        for part, content in rhythm.items():
            keys = content[0] if isinstance(content, list) else content
            own = {part} | {f"{part}.{key}" for key in keys} | {f"{part}[].{key}" for key in keys}
            assert part == "fields" or own & set(rhythm["fields"])
        assert all(f"activities[].{key}" in rhythm["fields"] for key in set(rhythm["activities"][0]) - {"activity"})
        assert all(f"people[].{key}" in rhythm["fields"] for key in set(rhythm["people"][0]) - {"person"})

    def test_every_activity_has_a_stage(self, rhythm):
        """``stages.toml`` maps the activities of the log and no other, to stages and parties that exist."""
        stages = tomllib.loads((DATA / "stages.toml").read_text("utf-8"))
        assert set(stages) == {entry["activity"] for entry in rhythm["activities"]}
        for entry in stages.values():
            assert set(entry) - {"waiting_on"} == {"stage", "meaning"}
            assert entry["meaning"]
            assert entry.get("waiting_on", "team") in PARTIES
        assert {entry["stage"] for entry in stages.values()} == STAGES

    def test_agrees_with_the_summary(self, rhythm, originals):
        """The figures equal those that were computed from the same log by other code."""
        summary = json.loads((originals / "event_logs" / "summary.json").read_text("utf-8"))["receipt_events.csv"]
        cases = rhythm["cases"]
        assert cases["hand_overs"] == summary["handovers_between_named_resources"]
        assert cases["gaps_over_days"] == {str(days): summary[f"gaps_over_{days}d"] for days in (7, 30, 90)}
        assert cases["duration_s"][10] == pytest.approx(summary["case_duration_s"]["p50"], abs=0.051)
        assert cases["duration_s"][18] == pytest.approx(summary["case_duration_s"]["p90"], abs=0.051)
        for entry in rhythm["activities"]:
            assert entry["events"] == summary["activities"][entry["activity"]]
            waits = summary["sojourn_until_next_event_s"].get(entry["activity"], {"n": 0})
            assert entry["events"] - entry["last"] == waits["n"]
            if entry["wait_s"]:
                assert entry["wait_s"][10] == pytest.approx(waits["p50"], abs=0.051)
                assert entry["wait_s"][18] == pytest.approx(waits["p90"], abs=0.051)


class TestTools:
    """The scripts beside the package give the files in it."""

    @pytest.mark.parametrize(
        ("tool", "sources", "file"),
        [
            ("make_roster.py", ["providers/nppes_practitioners_ct.csv"], "roster.csv"),
            ("make_rhythm.py", ["event_logs/receipt_events.csv", "event_logs/receipt_cases.csv"], "rhythm.json"),
        ],
    )
    def test_give_the_same_bytes(self, originals, tmp_path, tool, sources, file):
        """Made again from the originals, the file does not change."""
        if not TOOLS.is_dir():
            pytest.skip("the scripts are not part of this distribution")
        out = tmp_path / file
        runpy.run_path(str(TOOLS / tool))["make"](*(originals / source for source in sources), out)
        assert out.read_bytes() == (DATA / file).read_bytes()
