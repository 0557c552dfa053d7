"""Build the demo's desk: found it, take in people and roster, replay the weeks, run the last morning."""

import datetime as dt
import random
from collections.abc import Callable
from pathlib import Path

import attrs

from credcore.adapters.notifiers import FolderNotifier
from credcore.adapters.payers import FolderGateway
from credcore.cli.demo.clock import Counter, ReplayClock
from credcore.cli.demo.coming import Coming
from credcore.cli.demo.payer import SimulatedPayer
from credcore.cli.demo.people import colleagues, join
from credcore.cli.demo.replay import Replay, World, working_days
from credcore.cli.demo.rhythm import Rhythm
from credcore.cli.demo.roster import Roster, read_roster
from credcore.cli.demo.showcase import FILE, Showcase, is_decided
from credcore.cli.demo.team import Team
from credcore.coordinator import Actor, Coordinator, Day
from credcore.plugins import Plugins
from credcore.ports import Store
from credcore.profile import Profile

__all__ = ["MARK", "Built", "Plan", "build", "demo_profile"]

_PROFILE = "hospital"
MARK = "credcore-demo"
"""The command under which the people of the log join: a desk that knows it is a demo's."""
_OPENS = dt.time(7)
"""In a meeting of the committee: clean files are heard as a list, and twenty come in a week."""


@attrs.frozen(kw_only=True)
class Plan:
    """What to replay.

    Attributes:
        seed: Of all draws.
        weeks: How many, before the last morning.
        now: The last morning, in the profile's zone.
        plugins: What the desk works with.
        profile: What it works by.
    """

    seed: int
    weeks: int
    now: dt.datetime
    plugins: Plugins
    profile: Profile

    @property
    def start(self) -> dt.datetime:
        """When the replay begins: so many weeks before, early in the morning."""
        return dt.datetime.combine(self.now.date() - dt.timedelta(weeks=self.weeks), _OPENS, self.now.tzinfo)


@attrs.frozen(kw_only=True)
class Built:
    """What was built.

    Attributes:
        desk: As its coordinator works it, on the last morning.
        day: What the last morning's day did.
        roster: What was taken in.
        rhythm: What was drawn from.
        showcase: The id of the file that went through everything; empty if the replay was too short for it.
    """

    desk: Coordinator
    day: Day
    roster: Roster
    rhythm: Rhythm
    showcase: str


def demo_profile(plugins: Plugins) -> Profile:
    """Return the profile that ships."""
    return Profile.from_toml(plugins.profile_text(_PROFILE), source=_PROFILE, registry=plugins.registry)


def build(
    store: Store, clock: ReplayClock, folder: Path, plan: Plan, each_day: Callable[[dt.date, int], None]
) -> Built:
    """Build a desk.

    Args:
        store: A new desk's, which keeps the replay's time.
        clock: That time, at the beginning of the plan.
        folder: Where payers and notices are.
        plan: What to replay.
        each_day: Is told of each working day as it begins, and how many there are.
    """
    rng = random.Random(plan.seed)  # noqa: S311 - a replay must be the same each time, not secret
    plugins, ids, start = plan.plugins, Counter(), plan.start
    founded = Coordinator(
        store,
        plan.profile,
        plugins=plugins,
        clock=clock,
        ids=ids,
        notifier=FolderNotifier(folder / "notices"),
        gateway=FolderGateway(folder / "payers"),
    )
    coordinator = founded.desk.team.with_role("coordinator")[0]
    desk = founded.acting_as(Actor(coordinator.id, coordinator.roles))
    rhythm = Rhythm.packaged()
    people = colleagues(rhythm.workers, rng)
    join(desk, store.desk, people, MARK)
    roster = read_roster(desk.profile.cycles, start.date(), rng)
    desk.register(roster.providers)

    team, coming = Team(desk, people), Coming(clock)
    payer = SimulatedPayer(folder / "payers", rng)
    replay = Replay(desk, coming, World(team=team, rhythm=rhythm, roster=roster, payer=payer, rng=rng))
    Showcase(replay, team, ids, replay.pick_applicant()).plan(coming, start)
    days = list(working_days(desk, start.date(), plan.now.date()))
    replay.plan(days, lambda day: each_day(day, len(days)))
    coming.run_until(plan.now)
    return Built(
        desk=desk,
        day=replay.morning(),
        roster=roster,
        rhythm=rhythm,
        showcase=FILE if is_decided(desk) else "",
    )
