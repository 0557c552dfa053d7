"""Check a profile."""

from typing import Any

import click

from credcore.cli import rendering
from credcore.cli.command import as_json_option, print_json
from credcore.cli.command import command as _command
from credcore.cli.layout import count
from credcore.cli.profiles import profile_text
from credcore.errors import Fault, ProfileError
from credcore.history import Facet
from credcore.plugins import load_plugins
from credcore.profile import Profile
from credcore.rules import Proof, prove

__all__ = ["command"]


@_command()
@click.argument("profile")
@as_json_option
@click.pass_context
def command(
    ctx: click.Context,
    profile: str,
    as_json: bool,  # noqa: FBT001 - click gives flags by name
) -> None:
    """Check PROFILE, a file or the name of one that ships, and prove that it loses no file.

    Every fault is listed with its line and key. Without one, all that a file can look like is gone through: in each
    stage, for whomever it waits, some clock must run that will tell somebody. What hangs on a stage's look-again alone
    is listed as a warning. The exit code is 0 if all is proven, else 1.
    """
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
    roles = {role for person in read.team for role in person.roles}
    proof = prove(read.pipeline, read.rules, roles=roles)
    if as_json:
        print_json(_json(profile, proof=proof))
    else:
        _print(read, proof)
    ctx.exit(0 if proof.holds else 1)


def _json(profile: str, *, faults: tuple[Fault, ...] = (), proof: Proof | None = None) -> dict[str, Any]:
    return {
        "profile": profile,
        "proven": proof is not None and proof.holds,
        "faults": [{"message": one.message, "key": one.key, "line": one.line, "source": one.source} for one in faults],
        "lost": [] if proof is None else [_facet_json(one.facet) for one in proof.lost],
        "weak": []
        if proof is None
        else [_facet_json(one.facet) | {"held_by": list(one.held_by)} for one in proof.weak],
        "unproven": [] if proof is None else list(proof.unproven),
    }


def _facet_json(facet: Facet) -> dict[str, Any]:
    return {
        "kind": facet.kind,
        "stage": facet.stage,
        "waiting_on": sorted(facet.parties),
        "flags": sorted(facet.flags),
        "attempts": facet.attempts,
    }


def _print(profile: Profile, proof: Proof) -> None:
    for lost in proof.lost:
        rendering.say(f"lost: {_words(lost.facet)}: no clock runs, nobody would ever be told")
    for weak in proof.weak:
        rendering.say(f"warning: {_words(weak.facet)}: held by {', '.join(weak.held_by)} alone")
    for rule in proof.unproven:
        rendering.say(f"unproven: {rule}: a plugin's rule, of which nothing is proved")
    if proof.holds:
        rendering.say(f"{profile.source}: no file is ever lost ({rendering.size_of(profile)}).")
    else:
        ways = count(len(proof.lost), "way")
        click.echo(f"credcore: in {profile.source} a file can be lost, in {ways}", err=True)


def _words(facet: Facet) -> str:
    more = [f"waiting for {', '.join(sorted(facet.parties))}"] if facet.parties else []
    more += [f"flagged {', '.join(sorted(facet.flags))}"] if facet.flags else []
    more += [f"after {count(facet.attempts, 'attempt')}"] if facet.attempts else []
    return ", ".join((f"{facet.kind} in {facet.stage}", *more))
