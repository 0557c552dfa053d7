"""What is done by hand or by a scheduler: make the database, give a token, run the day of each desk."""

import logging
import sys
from collections.abc import Sequence

from office.database import ORGANISATIONS, give_token, make
from office.desks import opened
from office.settings import Settings

USAGE = """\
python -m office init                              make the database; print a token for everybody, once
python -m office token ORGANISATION PERSON ROLE…   print a new token for somebody
python -m office night                             run each desk's day: before the office opens, by a scheduler
"""


def main(arguments: Sequence[str]) -> int:
    """Do one of these; return the exit status."""
    logging.basicConfig(level=logging.WARNING, format="%(levelname)s %(message)s")
    match arguments:
        case ["init"]:
            for organisation, person, token in make(Settings.read()):
                print(f"{organisation:12}{person:8}{token}")
        case ["token", organisation, person, *roles] if organisation in ORGANISATIONS and roles:
            print(give_token(Settings.read(), organisation, person, tuple(roles)))
        case ["night"]:
            with opened(Settings.read()) as office:
                for organisation, desk in office.desks.items():
                    day = desk.day()
                    print(f"{organisation:12}{day.report.open} open, {len(day.swept.told)} told")
        case _:
            print(USAGE, end="", file=sys.stderr)
            return 2
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
