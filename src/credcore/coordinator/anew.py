"""Judge lines anew that a change of the desk concerns: a new edition, a person who came or left.

Each record is judged in a commit of its own. One that cannot be judged is logged and left; where all of it breaks off,
`judge_lagging` finds what an older edition judged last.
"""

import functools
import logging
from collections.abc import Collection, Iterable, Iterator

from credcore.coordinator.context import Context
from credcore.coordinator.unit import Unit, decide
from credcore.errors import Unavailable
from credcore.events import EditionAdopted, Event
from credcore.history import Ref
from credcore.instants import to_us
from credcore.ports import View

__all__ = ["judge_concerned", "judge_lagging"]

_log = logging.getLogger(__name__)


def judge_concerned(context: Context, team_before: Collection[str], events: Iterable[Event]) -> None:
    """Judge anew what events of the desk concern.

    Args:
        context: The desk.
        team_before: Who was on the team before them.
        events: What was recorded of the desk.
    """
    if any(isinstance(event, EditionAdopted) for event in events):
        # Every open record, though the edition may only be coming: its start is a change of each line.
        view = View(at=to_us(context.now()), kinds=None, snoozed=True)
        _judge_anew(context, [row.ref for row in context.rows(view)])
    team = {person.id for person in context.book().desk.team}
    for person in sorted(set(team_before) ^ team):
        _judge_anew(context, list(_files_of(context, person)))


def judge_lagging(context: Context) -> None:
    """Judge anew every open record that another edition than the one in force judged last."""
    number = context.book().edition_at(context.now()).number
    view = View(at=to_us(context.now()), kinds=None, snoozed=True)
    _judge_anew(context, [row.ref for row in context.rows(view) if row.line.edition != number])


def _files_of(context: Context, person: str) -> Iterator[Ref]:
    """Yield the files in somebody's list, and those that their own record says are theirs."""
    view = View(at=to_us(context.now()), kinds=None, owners=(person,), snoozed=True)
    yield from (row.ref for row in context.rows(view))
    yield from (Ref("file", file_id) for file_id in Unit(context).person(person).files)


def _judge_anew(context: Context, refs: Iterable[Ref]) -> None:
    for ref in dict.fromkeys(refs):
        try:
            decide(context, functools.partial(Unit.touch, ref=ref))
        except Unavailable:
            raise
        except Exception as error:  # noqa: BLE001 - one record must not keep the others from being judged
            more = {"desk": context.store.desk, "ref": str(ref), "error": type(error).__name__}
            _log.warning("not judged anew", extra=more)
