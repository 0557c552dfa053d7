"""What the demo says around the morning: what its data are, what is invented, and how to go on."""

import pathlib
import sys

import click

from credcore.cli import rendering
from credcore.cli.demo.build import Built, Plan
from credcore.cli.demo.showcase import CLOCK, FILE, noted_late

__all__ = ["after", "before"]

_INVENTED = (
    "Real: the practitioners' specialties, cities, states, licences' form and gaps, from the NPI registry (CMS "
    "NPPES); and the rhythm of work, from the event log below. Invented: every name, NPI and licence number; when a "
    "licence ends, and when somebody was last decided on; who applies; the team; the committee's members, votes and "
    "decisions; the payers and what they answer. Nobody here exists, and no delay happened."
)


def before(built: Built, plan: Plan) -> None:
    """Say what was taken in, what is real about it, and what is not."""
    roster, source = built.roster, built.rhythm.source
    rendering.say("credcore demo: a hospital's credentialing desk, replayed")
    rendering.say("")
    rendering.say(_INVENTED)
    rendering.say("")
    rendering.say(
        f"Roster: {len(roster.providers):,} taken in; {roster.on_staff} with a last decision, "
        f"{len(roster.applicants)} without; {roster.several_licences} with several licences, {roster.without_licence} "
        f"with none; {roster.without_credential} without a degree; {roster.reactivated} whose NPI was deactivated for "
        "a time."
    )
    rendering.say(
        f"Rhythm: {source['log']}, doi {source['doi']}: {source['cases']:,} cases, {source['events']:,} events, "
        f"{source['people']} people, who joined the desk."
    )
    weeks = "1 week" if plan.weeks == 1 else f"{plan.weeks} weeks"
    rendering.say(f"Replayed: {weeks} up to {plan.now:%A} {plan.now.day} {plan.now:%B %Y, %H:%M}, seed {plan.seed}.")
    rendering.say("")


def after(built: Built, plan: Plan) -> None:
    """Say what lies here now, and how to go on with it."""
    actor = built.desk.actor.id
    program = _program()
    rendering.say("")
    rendering.say("Here now: desk.db, board.html (open it in a browser), payers/ and notices/.")
    rendering.say("Go on with the same desk, on the same morning:")
    _list(
        f"export CREDCORE_NOW={plan.now.isoformat(timespec='minutes')} CREDCORE_ACTOR={actor}",
        f"{program} worklist",
        f"{program} day",
    )
    if built.showcase:
        rendering.say(f"{built.showcase} went through everything. Try:")
        _list(f"{program} show {built.showcase}", f"{program} explain {built.showcase}")
        rendering.say("What a late record changed, seen before it was recorded and after:")
        _list(*_late(plan))


def _program() -> str:
    """Return how the command line is called here: by its path if it lies below this folder, as the README puts it."""
    path = pathlib.Path(sys.argv[0]).absolute()
    here = pathlib.Path.cwd()
    return str(path.relative_to(here)) if path.stem == "credcore" and path.is_relative_to(here) else "credcore"


def _list(*commands: str) -> None:
    """Print commands to be copied, whatever their length."""
    click.echo("\n" + "".join(f"  {command}\n" for command in commands))


def _late(plan: Plan) -> list[str]:
    """Return how to see what a late record changes: the clock before it was recorded, and after."""
    before, after = (f"{instant:%Y-%m-%dT%H:%M}" for instant in noted_late(plan.start))
    command = f"{_program()} explain {FILE} --rule {CLOCK} --as-of"
    return [f"{command} {before} --known-at {before}", f"{command} {after}"]
