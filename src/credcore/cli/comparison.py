"""Put into words what another edition would change on a desk."""

import datetime as dt
from typing import Final

from rich.text import Text

from credcore.adapters.board.wording import due_text, when_text
from credcore.cli.layout import Grid, cell, count, heading, say, show
from credcore.coordinator import Changed, Comparison, Shift
from credcore.rules import BREACHED, Finding

__all__ = ["print_comparison"]

_COUNTED: Final = {
    "breached": "newly late",
    "cleared": "no longer late",
    "earlier": "due earlier",
    "later": "due later",
    "paused": "paused",
    "resumed": "running again",
    "begins": "new",
    "ends": "gone",
    "steps": "at another step",
    "ahead": "with other steps ahead",
}
"""What a change is called behind a number."""


def print_comparison(comparison: Comparison, tz: dt.tzinfo) -> None:
    """Print what an edition would change, by rule and then record by record.

    Args:
        comparison: As the desk gave it.
        tz: The desk's zone.
    """
    today = comparison.at.astimezone(tz).date()
    for misfit in comparison.misfits:
        say(f"refused: {misfit.ref.id}: the edition has no {misfit.what} {misfit.name!r}, and the file is open")
    for ref in comparison.failed:
        say(f"not judged: {ref}")
    when = when_text(comparison.at, tz, today)
    of = f"{comparison.changed} of {count(comparison.records, 'open record')}"
    say(f"As edition {comparison.edition}, from {when} on, it would change {of}.")
    if not comparison.changed:
        return
    rules = Grid("Rule", "Clocks and days", fold=("Clocks and days",))
    for rule, counts in comparison.counts.items():
        rules.row(rule, ", ".join(f"{number} {_COUNTED[change]}" for change, number in counts.items()))
    told = f"The next sweep would tell {comparison.tell} and withdraw {comparison.withdraw} because of it."
    show("", rules, "", Text(told))
    if comparison.changes:
        note = f"the first {len(comparison.changes)} of {comparison.changed}, the most urgent first"
        made = Grid("Record", "Now", "Then", fold=("Now", "Then"))
        for changed in comparison.changes:
            _rows(made, changed, tz, today)
        show("", heading("Record by record", note), made)


def _rows(made: Grid, changed: Changed, tz: dt.tzinfo, today: dt.date) -> None:
    ref = changed.ref.id if changed.ref.kind == "file" else str(changed.ref)
    about = cell(f"{changed.title}; {changed.stage}", "dim")
    if not changed.shifts:
        made.row(ref, ("as it is", about), "another answer, see --json")
    for place, shift in enumerate(changed.shifts):
        name = cell(f"{shift.rule}{f', {shift.about}' if shift.about else ''}", "dim")
        now = _stands(shift.before, shift.due_before, tz, today)
        then = _stands(shift.after, shift.due_after, tz, today)
        made.row(ref if not place else "", (now, name, *(() if place else (about,))), (then, _meaning(shift)))


def _stands(finding: Finding | None, due: dt.datetime | None, tz: dt.tzinfo, today: dt.date) -> Text:
    if finding is None:
        return cell("nothing")
    said = finding.rung
    if due is not None:
        said += f", {'due' if finding.due_us is not None else 'paused; if resumed, due'} {due_text(due, tz, today)}"
    elif finding.due_us is None:
        said += ", paused"
    return cell(said, "red" if finding.level >= BREACHED else "")


_MEANINGS: Final = {
    "breached": "a new breach",
    "cleared": "the breach clears",
    "earlier": "due earlier",
    "later": "due later",
    "paused": "stands still",
    "resumed": "runs again",
    "begins": "begins",
    "ends": "ends",
    "steps": "another step, or told another role",
    "ahead": "other steps ahead",
}


def _meaning(shift: Shift) -> Text:
    return cell(_MEANINGS[shift.change], "dim")
