"""Write the demo's roster: the registry's form, and nobody in it.

The source holds real people. What makes a roster worth showing stays: specialties, cities and states, the many
spellings of one credential, licences filed in other states, gaps. What names a person does not: names, NPIs and
licence numbers are invented, one for one and in the same shape. So that no row describes its former owner either,
the dates travel to another row as a group, cities change places within their state, and the rows are shuffled.

The same source gives the same bytes.

Usage:
    python tools/demo_data/make_roster.py nppes_practitioners_ct.csv src/credcore/cli/demo/data/roster.csv

Source:
    45 CFR 162.406: the NPI is ten digits, the last a check digit. CMS, "Requirements for National Provider Identifier
    (NPI) and NPI Check Digit" (2004): it follows the Luhn formula over 80840 and the NPI and begins with 1 or 2. All
    issued ones begin with 1, so an invented one that begins with 2 is nobody's.
"""

import collections
import csv
import itertools
import pathlib
import random
import re
import string
import sys
import typing

SEED = 80840

NPI = "NPI"
LAST = "Provider Last Name (Legal Name)"
FIRST = "Provider First Name"
MIDDLE = "Provider Middle Name"
OTHER_LAST = "Provider Other Last Name"
OTHER_FIRST = "Provider Other First Name"
GENDER = "Provider Gender Code"
CITY = "Provider Business Practice Location Address City Name"
STATE = "Provider Business Practice Location Address State Name"
DATES = (
    "Provider Enumeration Date",
    "Last Update Date",
    "NPI Deactivation Reason Code",
    "NPI Deactivation Date",
    "NPI Reactivation Date",
)
PLACES = range(1, 5)
LICENCES = tuple(f"Provider License Number_{place}" for place in PLACES)
TAXONOMIES = tuple(
    column
    for place in PLACES
    for column in (
        f"Healthcare Provider Taxonomy Code_{place}",
        f"Provider License Number_{place}",
        f"Provider License Number State Code_{place}",
        f"Healthcare Provider Primary Taxonomy Switch_{place}",
    )
)
COLUMNS = (
    NPI,
    "Entity Type Code",
    LAST,
    FIRST,
    MIDDLE,
    "Provider Name Prefix Text",
    "Provider Name Suffix Text",
    "Provider Credential Text",
    OTHER_LAST,
    OTHER_FIRST,
    "Provider Other Credential Text",
    CITY,
    STATE,
    *DATES,
    *TAXONOMIES,
    "Is Sole Proprietor",
)


def _words(text: str) -> list[str]:
    return text.split()


FIRST_NAMES = {
    "F": _words("""
    ADA ADRIANA AGNES AIKO ALICE ALMA AMARA AMELIA AMINA ANA ANGELA ANITA ANNIKA ASHA AYESHA BEATRICE BELLA BONNIE
    BRIDGET CAMILLE CARLA CAROL CECILIA CHIARA CHLOE CLARA CORA DAPHNE DELIA DIANA DOLORES DORA EDITH ELENA ELISE ELLEN
    EMILIA EMMA ESTHER EVELYN FATIMA FIONA FLORA FRANCES GLORIA GRACE GRETA HANNAH HAZEL HEIDI HELGA HILDA INES INGRID
    IRENE IRIS ISABEL IVY JASMINE JOSEPHINE JUDITH JULIA JUNE KAVITA KEIKO KIRA LARA LAURA LEILA LENA LILIAN LUCIA LUCY
    LYDIA MABEL MAGDA MARGIT MARINA MARTHA MATILDA MAYA MEERA MEI MERCY MILA MIRA MONA MONICA NADIA NAOMI NINA NORA
    ODETTE OLGA OLIVE PAULA PEARL PETRA PHOEBE PRIYA RAFAELA RENATA RITA ROSA ROSALIE ROWENA RUTH SABINE SALMA SANDRA
    SARITA SELMA SERENA SHREYA SOFIA STELLA SUNITA SYLVIA TAMAR TERESA THEA TRUDY URSULA VALERIE VERA VICTORIA VIOLA
    WANDA WINIFRED XENIA YASMIN YOLANDA YUKI ZARA ZELDA ZORA
    """),
    "M": _words("""
    AARON ABEL ADAM ADRIAN AKIRA ALAN ALBERTO ALFRED AMIR ANDRE ANDREAS ANIL ANTON ARJUN ARNOLD ARTHUR ARUN ASHER
    AUGUST BASIL BENEDICT BENJAMIN BERNARD BORIS BRUNO CALEB CARL CARLOS CEDRIC CHANDRA CHARLES CLEMENT CLIVE CONRAD
    CYRIL DAMIAN DANIEL DARIUS DENNIS DEREK DIEGO DMITRI DOMINIC DONALD EDGAR EDWIN ELIAS EMIL EMRE ENRICO ERIC ERNEST
    EUGENE FELIX FERDINAND FERGUS FRANK FREDERICK GABRIEL GEORGE GERALD GIDEON GILBERT GORDON GREGORY GUSTAV HAROLD
    HARVEY HASSAN HECTOR HENRY HIROSHI HUGO IAN IGOR ISAAC IVAN JACOB JAMAL JASPER JEROME JOEL JONAH JORGE JULIAN KARIM
    KENJI KWAME LARS LEO LEONARD LIONEL LOUIS LUCAS LUTHER MALCOLM MARCO MARCUS MARIO MARTIN MATTEO MAURICE MAX MILES
    MILO MORRIS NATHANIEL NEIL NICOLAS NIKHIL NOAH NORMAN OLIVER OMAR OSCAR OTTO OWEN PABLO PATRICK PAVEL PERCY PHILIP
    QUENTIN RAFAEL RAHUL RALPH RAMON RASHID RAVI REUBEN ROLAND RONALD ROY RUFUS RUPERT SAMUEL SANJAY SEBASTIAN SIDNEY
    SIMON SOLOMON STEFAN SVEN TARIQ THEODORE TOBIAS TOMAS UMAR VICTOR VIKRAM VINCENT WALTER WARREN WESLEY WILFRED XAVIER
    YUSUF ZACHARY
    """),
}

# Each family is a list of beginnings and a list of endings; any two make a surname that could exist.
SURNAMES = tuple(
    (_words(starts), _words(ends))
    for starts, ends in (
        (
            "ASK BEL BRAM BRIN CAL CORV DUN ELV FARN GLIM HARL HOLV KEL LANV LIND MARL NORV OST PEMB QUIL SELV WALD",
            "BERRY BRIDGE COMBE DALE FIELD FORD HAM HURST LEY MERE MOOR RIDGE STEAD STROM TON WELL WICK WOOD WORTH BY",
        ),
        (
            "BRA CON DEV DOR FAL GAR KIL LAV MUL NOL QUI RAV SHAV TIER",
            "GHAN LARTY LIGAN MERY NAVAN NELLY RAGHTY VERTY",
        ),
        (
            "AL BAR BEL CAL CAR DON FER GAL LOM MAR MON PAL RAV SAL TOR VAL VER",
            "ANDRI ARELLO ATONI ELVI ESTRI ETTARO IANTE INGHERI IVARI OLESI ONDELLI UCCATO",
        ),
        (
            "BOR CHRZ DOM GRAB JAR KOV LES MAL NOV OST PAV RAD STAN VOL WIT ZAB ZEL",
            "ACHEVIC ALINSKI ANOVEK ARCZYK ENKAVA ICHTA IMENKO OLEWSKI OVANEK UBICKI",
        ),
        (
            "ALB BARR CAST DEL ESC FONT GALL HERR LAR MEND NAV OLV PER QUIR RIB SOL TEJ VAL",
            "ADERO AMONTE ANZUELO AREDO EDIZA EIRALA ELVEZ ERRANO IGUEDA ORENAS UMBRAL",
        ),
        (
            "ACH BHAN CHAK DEV GOV HAR JAY KRISH LAK MAD NAR PRA RAM SUB THIR VENK YASH",
            "ADRAN AMBALA ANTARI APPALI ARWADE ENDRIYA ESHVAN INDRAL IRANTHI OPALAN UKADE",
        ),
        (
            "BEN BUCH DREI EBER FALK GRUN HALB KESS LAUT MOR NEU RIEM SCHA STEIN TREN VOGT WEIS ZIM",
            "ACHER BRANDT DORFER ENBACH ERMANN HAUSEN INGER LINGER MEISTER NAUER STETTER WALDT",
        ),
        (
            "ADE AFO BOLA CHI DAM EKE IFE KOF MBA NNA OBI OLU SEGU TUN UCHE",
            "BANJO DIKE FORAH GBEMI KWENU LANKE MENSO NYARKO RINDE SANYA TIMEHA WUSU",
        ),
        (
            "AR BAGH DAV GHAZ HAK KHAL MIR NAZ PET SAF SARK TOR VAR YEG ZAK",
            "AMIAN ANDARI ARIDES AVIDI EDJIAN IKOGLU OSSIAN UNYAN",
        ),
        (
            "BA BE DA DE DO FA FE GA GO HA HE JA KA KE LA LE LI MA ME MO NA NE NO PA PE RA RE RO SA SO TA TE TO VA WA",
            "BIN DEN DER FER GAN KER LAN LEN LER MER NIC REN RIN ROW SEN SHAW STIN TAN VEN VER WIN ZAR",
        ),
        ("B CH D F G H J K L M N P S SH T TH V W X Y Z", "AI AN AO ARN EN ENG EUN I IAN IM IN IU OAN OM ONG OU U UE"),
    )
)
KEPT_NAME_PARTS = frozenset({"JR", "SR", "II", "III", "IV", "VAN", "VON", "DER", "DEN", "DE", "DEL", "DI", "LA", "ST"})
ATTEMPTS = 200
# What the lists also make and nobody should be called: words, first names, people in the news.
NOT_NAMES = frozenset(
    _words("""
    BAN BARN BONG CHIM DARN DEN DIM DONG DUE FEN GAI GAKER GAMER HADEN HELEN HEN HIM HUE JADEN JONG KAREN KEN KIM LOAN
    MADEN MADER MAN MEGAN MOAN MOVER NEGAN NEVER PAN PAKER PANIC PEN PIN POM RAKER RAVEN REGAN SARIN SAVER SUE TAKER
    TEGAN THONG TONG TONIC VADER WAFER WAVER WOM YARN YEN YOU ZEN
    """)
)
MC_NAME = 5  # letters from which a leading MC is a prefix and not half of the name
DEA_NUMBER = re.compile(r"[A-Z]{2}(\d{7})(?!\d)")

Row = dict[str, str]
_WORD = re.compile(r"[A-Z]+")


def luhn(digits: str) -> int:
    """Return the Luhn sum of the digits modulo 10; 0 when the last one is the right check digit."""
    total = 0
    for place, digit in enumerate(reversed(digits)):
        value = int(digit) * (1 + place % 2)
        total += value - 9 * (value > 9)  # noqa: PLR2004 - the digits of 10 to 18 add up to 9 less
    return total % 10


def is_dea(number: str) -> bool:
    """Tell whether the licence number begins with a DEA number whose check digit is right."""
    found = DEA_NUMBER.match(number)
    if not found:
        return False
    digits = [int(digit) for digit in found[1]]
    return (digits[0] + digits[2] + digits[4] + 2 * (digits[1] + digits[3] + digits[5])) % 10 == digits[6]


class Inventor:
    """Invents names and numbers; asked twice for the same real surname or licence, it gives the same answer."""

    def __init__(self, rows: list[Row]) -> None:
        """Learn which surnames and numbers are real, so that none of them is ever given out."""
        self._draw = random.Random(SEED)  # noqa: S311 - reproducible on purpose
        surnames = (row[column] for row in rows for column in (LAST, OTHER_LAST))
        self._surnames_taken = set(NOT_NAMES) | {word for name in surnames for word in _WORD.findall(name)}
        self._npis_taken: set[str] = set()
        numbers = {row[column] for row in rows for column in LICENCES} - {""}
        self._cores_taken = {_core(number) for number in numbers}
        self._surname_of: dict[str, str] = {}
        self._core_of: dict[tuple[str, str], str] = {}

    def npi(self) -> str:
        """Return a new NPI: it begins with 2 and its check digit is right."""
        while True:
            nine = f"2{self._draw.randrange(10**8):08d}"
            number = nine + str(-luhn(f"80840{nine}0") % 10)
            if number not in self._npis_taken:
                self._npis_taken.add(number)
                return number

    def surname(self, real: str) -> str:
        """Return the surname with each word replaced; punctuation, particles and a suffix in the field stay."""
        words = len(_WORD.findall(real))
        return _WORD.sub(lambda word: self._surname_word(word[0], alone=words == 1), real)

    def _surname_word(self, real: str, *, alone: bool) -> str:
        if real in KEPT_NAME_PARTS or (len(real) == 1 and not alone):
            return real
        if real.startswith("MC") and len(real) >= MC_NAME:
            return "MC" + self._surname_word(real.removeprefix("MC"), alone=True)
        if real not in self._surname_of:
            self._surname_of[real] = self._new_surname(len(real))
        return self._surname_of[real]

    def _new_surname(self, length: int) -> str:
        # Mc- is put before some names, so Mc + the name may not be real either.
        name = next(name for name in self._near(length) if not {name, f"MC{name}"} & self._surnames_taken)
        self._surnames_taken.add(name)
        return name

    def _near(self, length: int) -> typing.Iterator[str]:
        """Yield surnames of about the length without end; the longer one looks, the wider that is meant."""
        for attempt in itertools.count():
            starts, ends = self._draw.choice(SURNAMES)
            name = self._draw.choice(starts) + self._draw.choice(ends)
            if abs(len(name) - length) <= 1 + attempt // ATTEMPTS:
                yield name

    def given_names(self, row: Row) -> dict[str, str]:
        """Return first, other first and middle name for the row, initials as initials.

        A word that stands in both first names stays the same in both, and an initial of a full name standing beside
        it stays its initial.
        """

        def another(real: str) -> str:
            return self._draw.choice([name for name in FIRST_NAMES[row[GENDER]] if name != real])

        first = _WORD.findall(f"{row[FIRST]} {row[OTHER_FIRST]}")
        invented: dict[str, str] = {}
        for word in sorted(set(first), key=lambda word: (len(word) == 1, first.index(word))):
            if len(word) > 1:
                invented[word] = another(word)
            else:
                full = next((name for real, name in invented.items() if real[0] == word), "")
                invented[word] = full[:1] or self._letter()
        return {
            FIRST: _WORD.sub(lambda word: invented[word[0]], row[FIRST]),
            OTHER_FIRST: _WORD.sub(lambda word: invented[word[0]], row[OTHER_FIRST]),
            MIDDLE: _WORD.sub(lambda word: self._letter() if len(word[0]) == 1 else another(word[0]), row[MIDDLE]),
        }

    def _letter(self) -> str:
        return self._draw.choice(string.ascii_uppercase)

    def licence(self, real: str, surname: str) -> str:
        """Return the licence number with other digits; letters, separators and leading zeros stay.

        Two spellings that differ only in zeros and separators (``MD07222``, ``MD7222``) get the same digits. Some
        people file their DEA number here. Its second letter is the surname's initial, so it follows the invented
        surname, and its check digit is made wrong: a right one might be somebody's.
        """
        core = _core(real)
        if core not in self._core_of:
            self._core_of[core] = self._new_core(real, core)
        number = _with_digits(real, self._core_of[core])
        return number[0] + surname[0] + number[2:] if is_dea(real) else number

    def _new_core(self, real: str, core: tuple[str, str]) -> str:
        letters, digits = core
        if not digits:
            raise ValueError(f"licence number without a digit other than 0: {real!r}")
        while True:
            new = str(self._draw.randrange(10 ** (len(digits) - 1), 10 ** len(digits)))
            if (letters, new) in self._cores_taken or is_dea(_with_digits(real, new)):
                continue
            self._cores_taken.add((letters, new))
            return new

    def order(self, count: int) -> list[int]:
        """Return the numbers below ``count``, shuffled."""
        return self._draw.sample(range(count), count)


def _core(number: str) -> tuple[str, str]:
    """Return what tells one licence number from another: its letters, and its digits from the first that counts."""
    return "".join(filter(str.isalpha, number)), "".join(filter(str.isdigit, number)).lstrip("0")


def _with_digits(number: str, digits: str) -> str:
    """Return the number with its digits replaced from the right, and zeros before them."""
    each = iter(digits.rjust(sum(map(str.isdigit, number)), "0"))
    return re.sub(r"\d", lambda _: next(each), number)


def invented(rows: list[Row]) -> list[Row]:
    """Return the roster of the rows; see the module's first paragraph for what stays."""
    inventor = Inventor(rows)
    people = []
    for row in rows:
        person = {column: row[column] for column in COLUMNS}
        person[NPI] = inventor.npi()
        person[LAST] = inventor.surname(row[LAST])
        person[OTHER_LAST] = inventor.surname(row[OTHER_LAST])
        person |= inventor.given_names(row)
        person |= {column: inventor.licence(row[column], person[LAST]) if row[column] else "" for column in LICENCES}
        people.append(person)

    _pass_on(people, DATES, [inventor.order(len(people))])
    by_state = collections.defaultdict(list)
    for index in inventor.order(len(people)):
        by_state[people[index][STATE]].append(index)
    _pass_on(people, (CITY,), by_state.values())
    return [people[index] for index in inventor.order(len(people))]


def _pass_on(people: list[Row], columns: tuple[str, ...], circles: typing.Iterable[list[int]]) -> None:
    """Give each row of a circle the columns of the next one, so that no row keeps its own."""
    for circle in circles:
        values = [{column: people[index][column] for column in columns} for index in circle]
        for index, value in zip(circle, values[1:] + values[:1], strict=True):
            people[index] |= value


def make(source: pathlib.Path, out: pathlib.Path) -> list[str]:
    """Write the roster of ``source`` to ``out`` and return a report, line by line."""
    with source.open(encoding="utf-8", newline="") as stream:
        reader = csv.DictReader(stream)
        rows = list(reader)
        dropped = [column for column in reader.fieldnames or () if column not in COLUMNS]
    people = invented(rows)
    with out.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.DictWriter(stream, COLUMNS, lineterminator="\n")
        writer.writeheader()
        writer.writerows(people)
    licences = [row[column] for row in rows for column in LICENCES if row[column]]
    replaced = ((column, sum(bool(row[column]) for row in rows)) for column in (NPI, LAST, FIRST, MIDDLE))
    others = ((column, sum(bool(row[column]) for row in rows)) for column in (OTHER_LAST, OTHER_FIRST))
    return [
        f"{len(people)} rows, {len(COLUMNS)} columns",
        *(f"replaced: {column}, {count} values" for column, count in (*replaced, *others)),
        f"replaced: licence numbers, {len(licences)} values, {len(set(licences))} different",
        f"of these DEA numbers, made invalid: {len({number for number in licences if is_dea(number)})}",
        f"moved to another row, as a group: {', '.join(DATES)}",
        f"moved to another row of the same state: {CITY}",
        f"dropped: {', '.join(dropped)}",
        "kept: everything else; the rows are shuffled",
    ]


if __name__ == "__main__":
    print("\n".join(make(pathlib.Path(sys.argv[1]), pathlib.Path(sys.argv[2]))))
