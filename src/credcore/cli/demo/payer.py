"""The payers of the demo: they read nothing, and answer each application after a while, in CSV files as payers do."""

import csv
import datetime as dt
import random
from pathlib import Path

import attrs

from credcore.instants import format_instant

__all__ = ["Answer", "SimulatedPayer"]

_COLUMNS = ("reference", "status", "at", "missing", "answer_by", "effective_on")
_RECEIVED_DAYS = (1, 4)
_IN_PROCESS_DAYS = (5, 12)
_DECIDED_DAYS = (14, 60)
_ASKS_FOR_MORE = 0.25
_TIME_TO_ANSWER = dt.timedelta(days=30)
"""Source: 42 CFR 424.525: 30 days from the request."""


@attrs.frozen
class Answer:
    """What a payer will say of an application.

    Attributes:
        at: When.
        status: What.
        missing: What it asks for, with ``development`` only.
    """

    at: dt.datetime
    status: str
    missing: str = ""


class SimulatedPayer:
    """Answers applications, in ``<folder>/answers/<payer>.csv``: each day's in the place of those of the day before.

    Args:
        folder: As the desk's gateway has it.
        rng: Draws the days.
    """

    def __init__(self, folder: Path, rng: random.Random) -> None:
        """Begin with nothing to say."""
        self._answers = folder / "answers"
        self._rng = rng
        self._rows: dict[str, list[dict[str, str]]] = {}

    def answers_to(self, submitted_at: dt.datetime) -> list[Answer]:
        """Draw what is said of an application that was submitted just now, the earliest first."""
        received, taken_up, decided = (
            submitted_at + dt.timedelta(days=self._rng.randint(*days), hours=self._rng.randrange(8))
            for days in (_RECEIVED_DAYS, _IN_PROCESS_DAYS, _DECIDED_DAYS)
        )
        answers = [Answer(received, "received"), Answer(taken_up, "in-process"), Answer(decided, "approved")]
        if self._rng.random() < _ASKS_FOR_MORE:
            answers[1] = Answer(taken_up, "development", "proof of malpractice cover")
        return answers

    def say(self, payer: str, reference: str, answer: Answer, tz: dt.tzinfo) -> None:
        """Have an answer in the payer's next file."""
        day = answer.at.astimezone(tz).date()
        asks = answer.status == "development"
        self._rows.setdefault(payer, []).append(
            {
                "reference": reference,
                "status": answer.status,
                "at": format_instant(answer.at),
                "missing": answer.missing,
                "answer_by": (day + _TIME_TO_ANSWER).isoformat() if asks else "",
                "effective_on": day.replace(day=1).isoformat() if answer.status == "approved" else "",
            }
        )

    def publish(self) -> None:
        """Write what was said since the last time; a payer that said nothing has no file."""
        self._answers.mkdir(parents=True, exist_ok=True)
        for old in self._answers.glob("*.csv"):
            old.unlink()
        for payer, rows in sorted(self._rows.items()):
            with (self._answers / f"{payer}.csv").open("w", encoding="utf-8", newline="") as file:
                writer = csv.DictWriter(file, _COLUMNS, lineterminator="\n")
                writer.writeheader()
                writer.writerows(rows)
        self._rows.clear()
