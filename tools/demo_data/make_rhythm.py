"""Write the demo's rhythm: when cases arrive, how long they wait, when they change hands. Figures only.

The log is the receipt phase of an environmental permit application at a Dutch municipality. Its licence is unchecked,
so no case, person or time stamp of it is published; ``FIELDS`` says what is.

The same source gives the same bytes.

Usage:
    python tools/demo_data/make_rhythm.py receipt_events.csv receipt_cases.csv src/credcore/cli/demo/data/rhythm.json
"""

import collections
import csv
import datetime as dt
import itertools
import json
import pathlib
import sys
import typing

SOURCE = "Receipt phase of an environmental permit application process (WABO), CoSeLoG"
DOI = "10.4121/uuid:a07386a5-7be3-4367-9535-70bc9e77dbe6"
STEPS = 20
GAP_DAYS = (7, 30, 90)
LINE = 120
US = dt.timedelta(microseconds=1)
SECOND = 1_000_000
DAY = 86_400 * SECOND

FIELDS = {
    "quantiles": "21 figures: the 0, 5, 10 ... 100 % quantiles, linear between neighbours; [] if there is nothing.",
    "local time": "Weekdays and hours are local, by the offset of each time stamp; weekday 0 is Monday.",
    "source": "The log, its size, and the days of its first and last event.",
    "arrivals": "New cases, at their first event.",
    "arrivals.by_weekday_hour": "7 rows of 24 counts.",
    "arrivals.by_month": "Counts by calendar month; the first and the last are not whole.",
    "arrivals.by_week": "Counts by ISO week.",
    "arrivals.per_weekday": "Quantiles of the number of new cases on one day, for each of the 7 weekdays.",
    "work.by_weekday_hour": "7 rows of 24 counts, of all events.",
    "activities": "One entry an activity, the most frequent first. The next event is the next of the same case.",
    "activities[].events": "How often it happens.",
    "activities[].cases": "In how many cases.",
    "activities[].last": "How often nothing follows in the log; events - last is how many waits were measured.",
    "activities[].handed_over": "Share of waits at whose end another person acts; null if nothing follows.",
    "activities[].wait_s": "Quantiles of the seconds until the next event, nights and weekends included.",
    "activities[].wait_same_s": "The same, where the same person acts next: mostly one sitting.",
    "activities[].wait_other_s": "The same, where another person acts next: the hand-overs.",
    "activities[].next": "How often each activity follows.",
    "people": "One entry a person or account, the busiest first; the names are ranks.",
    "people[].events": "Events done.",
    "people[].cases": "Cases with at least one of them.",
    "people[].by_weekday": "Events by weekday.",
    "people[].by_hour": "Events by hour of the day.",
    "people[].by_activity": "Events by activity, in the order of activities.",
    "deadlines.ended": "Cases with an end; without_end counts the others, which are not called late.",
    "deadlines.late": "Cases that ended after their deadline; share_late is late / ended.",
    "deadlines.allowed_days": "Quantiles of deadline - start, in days of 24 hours.",
    "deadlines.taken_days": "Quantiles of end - start in days, as filed: two ends lie before their start.",
    "deadlines.past_deadline_days": "Quantiles of end - deadline in days; positive is late.",
    "cases.hand_overs": "Pairs of consecutive events of one case done by different people, over all cases.",
    "cases.gaps_over_days": "Waits longer than so many days, over all cases.",
    "cases.duration_s": "Quantiles of last event - first event, in seconds.",
    "cases.events": "Quantiles of the number of events of a case.",
    "cases.people": "Quantiles of the number of people who act in a case.",
    "cases.open_at_month_start": "Cases between their first and last event on the first of the month, 00:00 UTC.",
    "cases.by_channel": "Cases by the way they came in.",
}


class Event(typing.NamedTuple):
    """One row of the log."""

    at: dt.datetime
    number: int
    case: str
    activity: str
    person: str


def quantiles(values: typing.Iterable[int], unit: int, digits: int) -> list[float]:
    """Return the 21 quantiles of whole numbers, in units; whole-number arithmetic up to the last step."""
    ordered = sorted(values)
    if not ordered:
        return []
    found = []
    for step in range(STEPS + 1):
        place, rest = divmod((len(ordered) - 1) * step, STEPS)
        above = ordered[min(place + 1, len(ordered) - 1)]
        found.append(round((ordered[place] * (STEPS - rest) + above * rest) / (STEPS * unit), digits))
    return found


def counts(values: typing.Iterable[int], size: int) -> list[int]:
    """Return how often each of the numbers below ``size`` occurs."""
    counter = collections.Counter(values)
    return [counter[number] for number in range(size)]


def week_by_hour(events: list[Event]) -> list[list[int]]:
    """Return 7 rows of 24 counts."""
    return [counts((event.at.hour for event in events if event.at.weekday() == day), 24) for day in range(7)]


def arrivals(firsts: list[Event]) -> dict[str, object]:
    """Return when new cases come."""
    days = collections.Counter(event.at.date() for event in firsts)
    start, end = min(days), max(days)
    every = [start + dt.timedelta(days=number) for number in range((end - start).days + 1)]
    months: collections.Counter[str] = collections.Counter()
    weeks: collections.Counter[str] = collections.Counter()
    for day in every:
        months[f"{day:%Y-%m}"] += days[day]
        weeks["{}-W{:02}".format(*day.isocalendar())] += days[day]
    return {
        "by_weekday_hour": week_by_hour(firsts),
        "by_month": dict(months),
        "by_week": dict(weeks),
        "per_weekday": [
            quantiles((days[day] for day in every if day.weekday() == number), 1, 1) for number in range(7)
        ],
    }


def activity_figures(name: str, events: list[Event], follows: list[tuple[Event, Event]]) -> dict[str, object]:
    """Return how often an activity happens and what comes after it."""
    waits = [((after.at - before.at) // US, before.person != after.person) for before, after in follows]
    following = collections.Counter(after.activity for _, after in follows)
    return {
        "activity": name,
        "events": len(events),
        "cases": len({event.case for event in events}),
        "last": len(events) - len(follows),
        "handed_over": round(sum(changed for _, changed in waits) / len(waits), 3) if waits else None,
        "wait_s": quantiles((wait for wait, _ in waits), SECOND, 1),
        "wait_same_s": quantiles((wait for wait, changed in waits if not changed), SECOND, 1),
        "wait_other_s": quantiles((wait for wait, changed in waits if changed), SECOND, 1),
        "next": dict(sorted(following.items(), key=lambda item: (-item[1], item[0]))),
    }


def people_figures(events: list[Event], activities: list[str]) -> list[dict[str, object]]:
    """Return what each person did, the busiest first."""
    of = collections.defaultdict(list)
    for event in events:
        of[event.person].append(event)
    return [
        {
            "person": f"P{rank:02}",
            "events": len(done),
            "cases": len({event.case for event in done}),
            "by_weekday": counts((event.at.weekday() for event in done), 7),
            "by_hour": counts((event.at.hour for event in done), 24),
            "by_activity": counts((activities.index(event.activity) for event in done), len(activities)),
        }
        for rank, done in enumerate(sorted(of.values(), key=lambda done: (-len(done), done[0])), start=1)
    ]


def deadline_figures(rows: list[dict[str, str]]) -> dict[str, object]:
    """Return how much time cases are given and how much they take."""
    read = dt.datetime.fromisoformat
    allowed = [(read(row["deadline"]) - read(row["start"])) // US for row in rows]
    taken = [(read(row["end"]) - read(row["start"])) // US for row in rows if row["end"]]
    past = [(read(row["end"]) - read(row["deadline"])) // US for row in rows if row["end"]]
    late = sum(delay > 0 for delay in past)
    return {
        "cases": len(rows),
        "ended": len(past),
        "without_end": len(rows) - len(past),
        "late": late,
        "share_late": round(late / len(past), 3),
        "allowed_days": quantiles(allowed, DAY, 2),
        "taken_days": quantiles(taken, DAY, 2),
        "past_deadline_days": quantiles(past, DAY, 2),
    }


def case_figures(
    cases: list[list[Event]], follows: list[tuple[Event, Event]], rows: list[dict[str, str]]
) -> dict[str, object]:
    """Return how long cases last, and how many are open at once."""
    months = sorted({(event.at.year, event.at.month) for case in cases for event in case})[1:]
    starts = [dt.datetime(year, month, 1, tzinfo=dt.UTC) for year, month in months]
    channels = collections.Counter(row["channel"] for row in rows)
    return {
        "hand_overs": sum(before.person != after.person for before, after in follows),
        "gaps_over_days": {
            str(days): sum(after.at - before.at > dt.timedelta(days=days) for before, after in follows)
            for days in GAP_DAYS
        },
        "duration_s": quantiles(((case[-1].at - case[0].at) // US for case in cases), SECOND, 1),
        "events": quantiles(map(len, cases), 1, 2),
        "people": quantiles((len({event.person for event in case}) for case in cases), 1, 2),
        "open_at_month_start": {f"{at:%Y-%m}": sum(case[0].at <= at < case[-1].at for case in cases) for at in starts},
        "by_channel": dict(sorted(channels.items(), key=lambda item: (-item[1], item[0]))),
    }


def rhythm(event_rows: list[dict[str, str]], case_rows: list[dict[str, str]]) -> dict[str, object]:
    """Return all figures; ``FIELDS`` explains them."""
    events = sorted(
        Event(
            at=dt.datetime.fromisoformat(row["timestamp"]),
            number=int(row["event_no"]),
            case=row["case_id"],
            activity=row["activity"],
            person=row["resource"],
        )
        for row in event_rows
    )
    by_case = collections.defaultdict(list)
    by_activity = collections.defaultdict(list)
    for event in events:
        by_case[event.case].append(event)
        by_activity[event.activity].append(event)
    cases = list(by_case.values())
    follows = [pair for case in cases for pair in itertools.pairwise(case)]
    after = collections.defaultdict(list)
    for pair in follows:
        after[pair[0].activity].append(pair)
    activities = sorted(by_activity, key=lambda name: (-len(by_activity[name]), name))
    people = people_figures(events, activities)
    return {
        "fields": FIELDS,
        "source": {
            "log": SOURCE,
            "doi": DOI,
            "cases": len(cases),
            "events": len(events),
            "activities": len(activities),
            "people": len(people),
            "first_day": f"{events[0].at:%Y-%m-%d}",
            "last_day": f"{events[-1].at:%Y-%m-%d}",
        },
        "arrivals": arrivals([case[0] for case in cases]),
        "work": {"by_weekday_hour": week_by_hour(events)},
        "activities": [activity_figures(name, by_activity[name], after[name]) for name in activities],
        "people": people,
        "deadlines": deadline_figures(case_rows),
        "cases": case_figures(cases, follows, case_rows),
    }


def layout(value: object, depth: int = 0) -> str:
    """Return the value as JSON, on one line wherever that is short or the value is a list of figures."""
    line = json.dumps(value, ensure_ascii=False)
    flat = isinstance(value, list) and not any(isinstance(item, list | dict) for item in value)
    if flat or not isinstance(value, list | dict) or len(line) + depth <= LINE:
        return line
    if isinstance(value, dict):
        items = [f"{json.dumps(key, ensure_ascii=False)}: {layout(item, depth + 1)}" for key, item in value.items()]
    else:
        items = [layout(item, depth + 1) for item in value]
    start, end = "{}" if isinstance(value, dict) else "[]"
    inner = ",\n".join(" " * (depth + 1) + item for item in items)
    return f"{start}\n{inner}\n{' ' * depth}{end}"


def make(event_file: pathlib.Path, case_file: pathlib.Path, out: pathlib.Path) -> None:
    """Write the figures of the two files to ``out``."""
    tables = []
    for file in (event_file, case_file):
        with file.open(encoding="utf-8", newline="") as stream:
            tables.append(list(csv.DictReader(stream)))
    out.write_text(layout(rhythm(*tables)) + "\n", encoding="utf-8", newline="\n")


if __name__ == "__main__":
    make(*map(pathlib.Path, sys.argv[1:4]))
