"""The rhythm of a real event log: when work comes in, what follows what, how long it waits, and who does it.

Figures only, as ``data/rhythm.json`` explains them under ``fields``; what an activity stands for in our pipeline is in
``data/stages.toml``.
"""

import datetime as dt
import json
import random
import tomllib
from collections.abc import Mapping
from importlib import resources
from typing import Any, Self

import attrs

from credcore.cli.demo.draws import by_counts, from_quantiles

__all__ = ["Activity", "Rhythm", "Worker"]

_OUTSIDE = frozenset({"provider", "source", "reference", "facility", "client", "cvo", "payer"})
_END = ""


@attrs.frozen(kw_only=True)
class Activity:
    """An activity of the log, and what it stands for.

    Attributes:
        name: In the log.
        stage: The stage of the file from then on.
        meaning: What the coordinator sees.
        waiting_on: Whom the file waits for until the next event; empty where the work lies with us.
        handed_over: How often another person acts next.
        same_s: Quantiles of the seconds until the next event where the same person acts.
        other_s: The same where another person does.
        following: How often each activity follows; the empty name where the log ends.
    """

    name: str
    stage: str
    meaning: str
    waiting_on: str
    handed_over: float
    same_s: tuple[float, ...]
    other_s: tuple[float, ...]
    following: Mapping[str, int]

    @property
    def asks_outside(self) -> bool:
        """Whether somebody who is not of the team must answer."""
        return self.waiting_on in _OUTSIDE

    def is_handed_over(self, rng: random.Random) -> bool:
        """Draw whether another of us goes on with the file."""
        return rng.random() < self.handed_over

    def wait(self, rng: random.Random, *, other: bool) -> dt.timedelta:
        """Draw the time until the next event: a hand-over's or an answer's, or a step of the same sitting."""
        figures = (self.other_s or self.same_s) if other else (self.same_s or self.other_s)
        return dt.timedelta(seconds=round(from_quantiles(figures, rng))) if figures else dt.timedelta()


@attrs.frozen
class Worker:
    """A person of the log.

    Attributes:
        events: How many events they did.
        by_activity: How many of each activity.
    """

    events: int
    by_activity: Mapping[str, int]


@attrs.frozen(kw_only=True)
class Rhythm:
    """A log's figures, to draw from.

    Attributes:
        activities: By name.
        workers: The busiest first.
        arrivals: For each weekday, Monday first: quantiles of the cases that begin on it.
        arrival_hours: For each weekday: how many began in each hour.
        allowed_days: Quantiles of the days from a case's start to its deadline.
        source: The log, and its size.
    """

    activities: Mapping[str, Activity]
    workers: tuple[Worker, ...]
    arrivals: tuple[tuple[float, ...], ...]
    arrival_hours: tuple[tuple[int, ...], ...]
    allowed_days: tuple[float, ...]
    source: Mapping[str, Any]

    @classmethod
    def packaged(cls) -> Self:
        """Return the figures that ship with the demo."""
        data = resources.files("credcore.cli.demo") / "data"
        figures = json.loads((data / "rhythm.json").read_text("utf-8"))
        stages = tomllib.loads((data / "stages.toml").read_text("utf-8"))
        names = [row["activity"] for row in figures["activities"]]
        return cls(
            activities={row["activity"]: _activity(row, stages[row["activity"]]) for row in figures["activities"]},
            workers=tuple(
                Worker(row["events"], dict(zip(names, row["by_activity"], strict=True))) for row in figures["people"]
            ),
            arrivals=tuple(map(tuple, figures["arrivals"]["per_weekday"])),
            arrival_hours=tuple(map(tuple, figures["arrivals"]["by_weekday_hour"])),
            allowed_days=tuple(figures["deadlines"]["allowed_days"]),
            source=figures["source"],
        )

    def arrivals_on(self, day: dt.date, tz: dt.tzinfo, rng: random.Random) -> list[dt.datetime]:
        """Draw the instants of a day at which a case begins."""
        midnight = dt.datetime.combine(day, dt.time(), tz)
        hours = dict(enumerate(self.arrival_hours[day.weekday()]))
        number = round(from_quantiles(self.arrivals[day.weekday()], rng))
        drawn = [(by_counts(hours, rng), rng.randrange(3600)) for _ in range(number)]
        return sorted(midnight + dt.timedelta(hours=hour, seconds=second) for hour, second in drawn)

    def deadline(self, day: dt.date, rng: random.Random) -> dt.date:
        """Draw the day by which a case that begins on a day must be done."""
        return day + dt.timedelta(days=round(from_quantiles(self.allowed_days, rng)))

    def after(self, activity: Activity, rng: random.Random) -> Activity | None:
        """Draw which activity follows; None where the log goes no further."""
        name = by_counts(activity.following, rng)
        return None if name == _END else self.activities[name]


def _activity(row: Mapping[str, Any], meant: Mapping[str, str]) -> Activity:
    return Activity(
        name=row["activity"],
        stage=meant["stage"],
        meaning=meant["meaning"],
        waiting_on=meant.get("waiting_on", ""),
        handed_over=row["handed_over"] or 0.0,
        same_s=tuple(row["wait_same_s"]),
        other_s=tuple(row["wait_other_s"]),
        following={**row["next"], _END: row["last"]},
    )
