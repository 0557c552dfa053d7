"""Give files to people: the policy chooses, the person's record is what two assigners race on."""

import datetime as dt
import logging
from collections.abc import Callable, Sequence
from typing import TypeVar

import attrs

from credcore.assignment import DEFAULT_POLICY, Choice, Member, Policy, WorkItem, assign_one, plan
from credcore.coordinator.casework import Recorded, follow, record
from credcore.coordinator.context import Context
from credcore.coordinator.refusals import refusals_noted
from credcore.coordinator.unit import Unit, decide
from credcore.errors import NotFound
from credcore.events import FileTaken
from credcore.files import CredentialingFile
from credcore.history import History, Ref
from credcore.instants import to_us
from credcore.people import Person, Team
from credcore.ports import Line, Row, View
from credcore.worklist import deadline_of

__all__ = ["AssignmentRound", "assign_queue", "hand_to"]

_log = logging.getLogger(__name__)
_T = TypeVar("_T")


@attrs.frozen
class AssignmentRound:
    """What became of the queue.

    Attributes:
        choices: For every file looked at, who takes it and why, or which requirement nobody meets.
        fell_back: Why credcore's default policy chose instead of the one asked for, which failed or which no plugin
            gives any more; empty if it did not.
    """

    choices: tuple[Choice, ...]
    fell_back: str = ""

    @property
    def assigned(self) -> tuple[Choice, ...]:
        """The files that have an owner now."""
        return tuple(choice for choice in self.choices if choice.chosen is not None)

    @property
    def left(self) -> tuple[Choice, ...]:
        """The files left in the queue, each with the requirement that nobody met and who would help."""
        return tuple(choice for choice in self.choices if choice.chosen is None)


@attrs.define
class _Asked:
    """The policy that a round asks, until it fails; from then on, credcore's default.

    Attributes:
        desk: The desk's id, for the log.
        policy: The one that is asked now.
        fell_back: Why it is not the one that was asked for; empty if it is.
    """

    desk: str
    policy: Policy
    fell_back: str = ""

    def ask(self, question: Callable[[Policy], _T]) -> _T:
        """Return the policy's answer, or the default's if it fails.

        Args:
            question: Asks a policy of what was read before, and of nothing else: whatever it raises is the policy's.
        """
        policy = self.policy
        try:
            return question(policy)
        except Exception as error:
            if policy is DEFAULT_POLICY:
                raise
            kind = type(error).__name__
            # By its kind alone: a policy's message, and so its traceback, may name a person.
            _log.error("policy failed", extra={"desk": self.desk, "policy": policy.name, "error": kind})
            self.fell_back = f"the policy {policy.name!r} failed ({kind}), so credcore's default one was used"
            self.policy = DEFAULT_POLICY
            return question(DEFAULT_POLICY)


def hand_to(
    context: Context, file_id: str, to: str, *, why: str = "", at: dt.datetime | None = None, command: str = ""
) -> Recorded:
    """Give a file to a named person, whatever a policy would say.

    Raises:
        NotFound: Nobody of that id works on this desk.
        InvalidInput: The file is theirs already.
    """
    team = context.book().desk.team
    if to not in team:
        raise NotFound("person", to, known=[person.id for person in team])
    return record(
        context, Ref("file", file_id), lambda file, stamp: file.assign(to, stamp), why=why, at=at, command=command
    )


def assign_queue(
    context: Context, file_ids: Sequence[str] | None = None, *, policy: Policy | None = None, dry_run: bool = False
) -> AssignmentRound:
    """Distribute the queue, earliest deadline first; each file's owner is committed on its own.

    A plan is made over the whole queue. At each commit the chosen person is looked at again, and the choice made anew
    if they cannot take the file any more: nobody ends up over capacity, whoever else assigns at the same time.

    A policy that fails is replaced by credcore's default for the rest of the round, as is one that is missing: files
    that nobody gives out are worse than files given out by other preferences, and the round says which it was.

    Args:
        context: The desk.
        file_ids: Only these files; None for all that have no owner.
        policy: Instead of the profile's.
        dry_run: Say what would be done, and do nothing.
    """
    asked = _asked(context) if policy is None else _Asked(context.store.desk, policy)
    rows = _queue(context, file_ids)
    unit = Unit(context)
    items = [_item(unit, unit.file(row.ref.id), row.line) for row in rows]
    members = _members(unit, unit.book.desk.team)
    planned_by, planned = asked.ask(lambda policy: (policy, plan(policy, items, members)))
    if dry_run:
        return AssignmentRound(planned.choices, asked.fell_back)
    by_file = {item.file: item for item in items}
    choices = [
        _commit(context, by_file[choice.file], asked, planned_by, choice) if choice.chosen is not None else choice
        for choice in planned.choices
    ]
    return AssignmentRound(tuple(choice for choice in choices if choice is not None), asked.fell_back)


def _asked(context: Context) -> _Asked:
    """Return the policy of the profile in force, or what stands in for it."""
    profile = context.book().profile_at(context.now())
    missing = next((one.reason for one in profile.missing if one.what == "policy"), "")
    return _Asked(context.store.desk, profile.policy, missing)


def _queue(context: Context, file_ids: Sequence[str] | None) -> list[Row]:
    roles = {f"@{stage.owner}" for stage in context.book().profile_at(context.now()).pipeline.stages}
    view = View(at=to_us(context.now()), owners=tuple(sorted(roles)))
    return [row for row in context.rows(view) if file_ids is None or row.ref.id in file_ids]


def _commit(context: Context, item: WorkItem, asked: _Asked, planned_by: Policy, planned: Choice) -> Choice | None:
    """Commit a planned choice if it still holds, or the choice that does; None if the file found an owner meanwhile."""

    def work(unit: Unit) -> Choice | None:
        file = unit.file(item.file)
        if file.assignee in unit.book.desk.team or not unit.is_open(file):
            return None
        policy, choice = planned_by, planned
        if not _still_holds(unit, item, asked, planned_by, planned):
            members = _members(unit, unit.book.desk.team)
            policy, choice = asked.ask(lambda policy: (policy, assign_one(policy, item, members)))
        if choice.chosen is None:
            return choice
        events = file.assign(
            choice.chosen, unit.stamp(), policy=policy.name, reason=choice.reason, digest=choice.digest
        )
        unit.append(Ref("file", file.id), events)
        follow(unit, file)
        return choice

    with refusals_noted(context, Ref("file", item.file)):
        return decide(context, work)


def _still_holds(unit: Unit, item: WorkItem, asked: _Asked, planned_by: Policy, choice: Choice) -> bool:
    """Return whether the chosen one may still take the file, as the policy that chose them says."""
    team = unit.book.desk.team
    if choice.chosen is None or choice.chosen not in team:
        return False
    member = _member(unit, team[choice.chosen])
    # Once a policy has failed, what it planned is not asked about again.
    return asked.ask(lambda policy: policy is planned_by and all(one.met(item, member) for one in policy.requirements))


def _members(unit: Unit, team: Team) -> list[Member]:
    unit.load(Ref("person", person.id) for person in team)
    return [_member(unit, person) for person in team]


def _member(unit: Unit, person: Person) -> Member:
    record = unit.person(person.id)
    return Member(
        person=person,
        present=record.is_present(unit.now),
        load=len(record.files),
        last_given_at=_last_taken(unit.history(Ref("person", person.id))),
    )


def _last_taken(history: History) -> dt.datetime | None:
    return max((event.at for event in history.effective if isinstance(event, FileTaken)), default=None)


def _item(unit: Unit, file: CredentialingFile, line: Line) -> WorkItem:
    provider = unit.provider(file.provider)
    previous = [event for event in unit.history(Ref("file", file.id)).effective if event.type == "assigned"]
    parent = unit.file(file.parent) if file.parent else None
    return WorkItem(
        file=file.id,
        kind=file.kind,
        stage=file.stage,
        owner_role=unit.profile.pipeline.stage(file.stage).owner,
        state=provider.state,
        payer=file.payer,
        provider=file.provider,
        opened_at=file.opened_at,
        deadline=deadline_of(line.deadline),
        previous_owner=getattr(previous[-1], "to", "") if previous else (parent.assignee if parent else ""),
    )
