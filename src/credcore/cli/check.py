"""Check a profile: its faults, what cannot be meant, that it loses no file, and what it would change on a desk."""

import datetime as dt
from collections.abc import Collection, Iterator
from typing import Any

import attrs
import click

from credcore.cli import rendering
from credcore.cli.command import as_json_option, print_json
from credcore.cli.command import command as _command
from credcore.cli.layout import count
from credcore.cli.opening import clock_of, opened
from credcore.cli.profiles import profile_text
from credcore.cli.serial import to_json
from credcore.coordinator import Comparison, Coordinator
from credcore.errors import Fault, ProfileError
from credcore.history import Facet
from credcore.instants import from_us, wall_us
from credcore.plugins import Plugins, load_plugins
from credcore.profile import Profile, lint_profile
from credcore.rules import Proof, prove
from credcore.rules.lint import ERROR, Lint

__all__ = ["command"]


def _read_start(
    ctx: click.Context,  # noqa: ARG001 - click's own shape
    param: click.Parameter,  # noqa: ARG001 - likewise
    text: str | None,
) -> dt.datetime | None:
    """Read from when an edition is in force; a day is its first instant."""
    if text is None:
        return None
    try:
        return dt.datetime.fromisoformat(text)
    except ValueError:
        raise click.BadParameter(
            f"{text!r} is no time; give 2026-03-02, 2026-03-02T09:00 or 2026-03-02T09:00-06:00"
        ) from None


@_command()
@click.argument("profile")
@click.option(
    "--against",
    "place",
    metavar="DESK",
    help="Also say what adopting PROFILE would change on a desk: a file, or STORE:PLACE. Nothing is written there.",
)
@click.option(
    "--in-force",
    callback=_read_start,
    metavar="TIME",
    help="With --against: from when on it would judge; now if left out. A time or day of the desk's zone, a day from "
    "its midnight on, or an instant with its offset.",
)
@click.option(
    "--limit",
    type=click.IntRange(0),
    default=20,
    show_default=True,
    metavar="N",
    help="With --against: records to tell in full, the most urgent first. All are counted.",
)
@as_json_option
@click.pass_context
def command(
    ctx: click.Context,
    profile: str,
    place: str | None,
    in_force: dt.datetime | None,
    limit: int,
    as_json: bool,  # noqa: FBT001 - click gives flags by name
) -> None:
    """Check PROFILE, a file or the name of one that ships, and prove that it loses no file.

    Every fault is listed with its line and key. Without one, what cannot be meant is listed likewise, as an error or a
    warning; and all that a file can look like is gone through: in each stage, for whomever it waits, some clock must
    run that will tell somebody. What hangs on a stage's look-again alone is listed as a warning.

    The exit code is 1 for faults and errors, for a file that can be lost, and for an edition that the desk would
    refuse; else 0.
    """
    if place is None and in_force is not None:
        raise click.UsageError("--in-force goes with --against DESK")
    plugins = load_plugins()
    text = profile_text(profile, plugins)
    try:
        read = Profile.from_toml(text, source=profile, registry=plugins.registry)
    except ProfileError as error:
        if as_json:
            print_json(_json(profile, faults=error.faults))
        else:
            for fault in error.faults:
                rendering.say(str(fault))
            click.echo(f"credcore: {count(len(error.faults), 'fault')} in {profile}", err=True)
        ctx.exit(1)
    if place is None:
        checked = _Checked.of(read, {role for person in read.team for role in person.roles}, clock_of()())
    else:
        with opened(place) as desk:
            checked = _Checked.against(read, desk, _start(in_force, desk), limit, plugins)
    if as_json:
        print_json(_json(profile, checked=checked))
    else:
        checked.print()
    ctx.exit(0 if checked.passes else 1)


def _start(moment: dt.datetime | None, desk: Coordinator) -> dt.datetime | None:
    """Return the instant that was meant on a desk."""
    if moment is None or moment.tzinfo is not None:
        return moment
    return from_us(wall_us(moment, desk.profile.tz))


@attrs.frozen(kw_only=True)
class _Checked:
    """What was found of a profile that can be read.

    Attributes:
        profile: The profile.
        lints: What cannot be meant.
        proof: What was proved.
        standing: What is proved of the editions by which the desk judges now, or will, by number.
        comparison: What would change on the desk.
        zone: Of the desk, to show instants in.
    """

    profile: Profile
    lints: tuple[Lint, ...]
    proof: Proof
    standing: dict[int, Proof] = attrs.field(factory=dict)
    comparison: Comparison | None = None
    zone: dt.tzinfo = dt.UTC

    @classmethod
    def of(cls, profile: Profile, roles: Collection[str], at: dt.datetime) -> "_Checked":
        """Check a profile for itself; whoever has no team yet is told nothing of roles."""
        lints = lint_profile(profile, at=at, roles=roles or None)
        return cls(profile=profile, lints=lints, proof=prove(profile.pipeline, profile.rules, roles=roles))

    @classmethod
    def against(
        cls, profile: Profile, desk: Coordinator, in_force: dt.datetime | None, limit: int, plugins: Plugins
    ) -> "_Checked":
        """Check a profile for a desk and the team that it has."""
        roles = {role for person in desk.desk.team for role in person.roles}
        standing = {
            number: prove(one.pipeline, one.rules, roles=roles) for number, one in _standing_editions(desk, plugins)
        }
        return attrs.evolve(
            cls.of(profile, roles, desk.now),
            standing=standing,
            comparison=desk.compare(profile.text, in_force=in_force, limit=limit),
            zone=desk.profile.tz,
        )

    @property
    def passes(self) -> bool:
        """Whether nothing is wrong, and the desk would adopt it."""
        sound = self.proof.holds and not any(one.severity == ERROR for one in self.lints)
        return sound and not (self.comparison is not None and self.comparison.misfits)

    def print(self) -> None:
        """Print all of it."""
        for one in self.lints:
            rendering.say(str(one))
        _print_proof(self.profile, self.proof)
        for number, proof in self.standing.items():
            words = "no file is ever lost" if proof.holds else f"a file can be lost, in {_ways(proof)}"
            rendering.say(f"edition {number}, by which the desk judges: {words}.")
        if self.comparison is not None:
            from credcore.cli.comparison import print_comparison  # noqa: PLC0415 - only where a desk is named

            print_comparison(self.comparison, self.zone)
            if self.comparison.misfits:
                click.echo("credcore: the desk would refuse this edition", err=True)
        errors = sum(one.severity == ERROR for one in self.lints)
        if errors:
            click.echo(f"credcore: {count(errors, 'error')} in {self.profile.source}", err=True)
        if not self.proof.holds:
            click.echo(f"credcore: in {self.profile.source} a file can be lost, in {_ways(self.proof)}", err=True)


def _standing_editions(desk: Coordinator, plugins: Plugins) -> Iterator[tuple[int, Profile]]:
    """Yield the editions by which a desk judges now, or will."""
    registry = attrs.evolve(plugins.registry, stand_ins=plugins.stand_ins)
    now = desk.desk.edition_at(desk.now)
    for adopted in desk.desk.editions:
        if now is None or adopted.edition >= now.edition:
            yield adopted.edition, Profile.from_toml(adopted.text, registry=registry)


def _ways(proof: Proof) -> str:
    return count(len(proof.lost), "way")


_MOST = 30
"""Facets of one sort that are printed; JSON has all."""


def _print_proof(profile: Profile, proof: Proof) -> None:
    for lost in proof.lost[:_MOST]:
        silent = "; ".join(lost.silent) or "no clock looks at such files"
        rendering.say(f"lost: {_words(lost.facet)}: nobody would ever be told ({silent})")
    for weak in proof.weak[:_MOST]:
        rendering.say(f"warning: {_words(weak.facet)}: held by {', '.join(weak.held_by)} alone")
    for what, found in (("lost", proof.lost), ("held by the look-again alone", proof.weak)):
        if len(found) > _MOST:
            rendering.say(f"and {len(found) - _MOST} more ways to be {what}; --json has all")
    for one in proof.unproven:
        rendering.say(f"unproven: {one.rule}: {one.why}")
    if proof.holds:
        rendering.say(f"{profile.source}: no file is ever lost ({rendering.size_of(profile)}).")
        rendering.say(f"{proof.facets:,} ways in which an open file can look were gone through.")


def _words(facet: Facet) -> str:
    more = [f"waiting for {', '.join(sorted(facet.parties))}"] if facet.parties else []
    more += [f"flagged {', '.join(sorted(facet.flags))}"] if facet.flags else []
    more += [f"after {count(facet.attempts, 'attempt')}"] if facet.attempts else []
    more += [f"after {count(number, 'attempt')} with the {party}" for party, number in facet.tries]
    more += [f"practising in {facet.state}"] if facet.state else []
    return ", ".join((f"{facet.kind} in {facet.stage}", *more))


# JSON


def _json(profile: str, *, faults: tuple[Fault, ...] = (), checked: _Checked | None = None) -> dict[str, Any]:
    found: dict[str, Any] = {
        "profile": profile,
        "proven": checked is not None and checked.proof.holds,
        "faults": [{"message": one.message, "key": one.key, "line": one.line, "source": one.source} for one in faults],
        "lints": [],
        "lost": [],
        "weak": [],
        "unproven": [],
        "facets": 0,
    }
    if checked is None:
        return found
    proof = checked.proof
    found |= {
        "lints": [to_json(one) for one in checked.lints],
        "lost": [_facet_json(one.facet) | {"silent": list(one.silent)} for one in proof.lost],
        "weak": [_facet_json(one.facet) | {"held_by": list(one.held_by)} for one in proof.weak],
        "unproven": [to_json(one) for one in proof.unproven],
        "facets": proof.facets,
    }
    if checked.comparison is not None:
        editions = [{"edition": number, "proven": proof.holds} for number, proof in checked.standing.items()]
        found |= {"editions": editions, "comparison": to_json(checked.comparison)}
    return found


def _facet_json(facet: Facet) -> dict[str, Any]:
    return {
        "kind": facet.kind,
        "stage": facet.stage,
        "waiting_on": sorted(facet.parties),
        "flags": sorted(facet.flags),
        "attempts": facet.attempts,
        "attempts_with": dict(facet.tries),
        "state": facet.state,
    }
