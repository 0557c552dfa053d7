"""Found a desk with its first edition and its team, see that an existing one is meant, and adopt later editions."""

import contextlib
import datetime as dt
import json
import logging
from collections.abc import Iterable

from credcore.coordinator.actor import SYSTEM
from credcore.coordinator.casework import Recorded, record
from credcore.coordinator.chain import NewEvent, canonical, chained
from credcore.coordinator.context import Context
from credcore.coordinator.lines import state_of
from credcore.desk import Desk
from credcore.errors import Conflict, Duplicate, InvalidInput, NotFound
from credcore.events import DeskOpened, EditionAdopted, Event, PersonJoined, Stamp
from credcore.history import History
from credcore.instants import to_us
from credcore.ports import Decision, Stored, View, Write
from credcore.profile import Profile

__all__ = ["adopt", "check_other", "found_desk"]

_log = logging.getLogger(__name__)


def found_desk(context: Context, profile: Profile | str | None) -> None:
    """Write a new desk's first edition and team; leave an existing desk as it is.

    Raises:
        NotFound: The desk is new and no profile was given.
        InvalidInput: The desk judges by another edition than the one given.
        ProfileError: The profile has faults.
    """
    text = profile.text if isinstance(profile, Profile) else profile
    new = context.store.load([context.desk_ref])[context.desk_ref]
    if not new.version:
        if text is None:
            raise NotFound("desk", context.store.desk, where="here; give a profile to found one")
        with contextlib.suppress(Conflict, Duplicate):  # founded by another process just now: is it the one meant?
            _found(context, context.profile(text), new)
            return
    latest = context.book().desk.editions[-1]
    if text is not None and text != latest.text:
        raise InvalidInput(
            f"desk {context.store.desk!r} judges by edition {latest.edition}, which is another profile; "
            "leave the profile out, or adopt the new one as an edition",
            field="profile",
        )


def _found(context: Context, profile: Profile, new: Stored) -> None:
    stamp = Stamp(context.now(), SYSTEM.id, context.ids)
    joined: list[Event] = [
        stamp(
            PersonJoined,
            person=person.id,
            name=person.name,
            roles=person.roles,
            skills=person.skills,
            states=person.states,
            payers=person.payers,
            conflicts=person.conflicts,
            capacity=person.capacity,
        )
        for person in profile.team
    ]
    events = [stamp(DeskOpened, name=profile.name), stamp(EditionAdopted, edition=1, text=profile.text), *joined]
    ref = context.desk_ref
    recorded = [NewEvent(event, f"desk:{ref.id}" if place == 0 else None) for place, event in enumerate(events)]
    state = canonical(state_of(Desk.from_history(History(ref, tuple(events))), None))
    stored = tuple(chained(ref.id, new, recorded, context.signing_key))
    context.store.commit(Decision(writes=(Write(ref=ref, expected=0, events=stored, state=state, line=None),)))
    types = [event.type for event in events]
    _log.debug("committed", extra={"desk": ref.id, "refs": [str(ref)], "types": types})


def adopt(context: Context, profile: Profile | str, in_force: dt.datetime | None, *, command: str = "") -> Recorded:
    """Adopt another edition, and have every open record judged by it.

    Raises:
        ProfileError: The text has faults; nothing is adopted.
        InvalidInput: Open files stand in stages that the edition does not have.
    """
    new = profile if isinstance(profile, Profile) else context.profile(profile)

    def change(desk: Desk, stamp: Stamp) -> Iterable[Event]:
        check_other(desk, new)
        _check_fits(context, new)
        return desk.adopt(new.text, stamp, in_force=in_force)

    def was(event: Event) -> bool:
        return isinstance(event, EditionAdopted) and event.text == new.text and in_force in (None, event.in_force)

    return record(context, context.desk_ref, change, command=command, was=was)


def check_other(desk: Desk, new: Profile) -> None:
    """Refuse the edition that the desk adopted last.

    Raises:
        InvalidInput: It is that.
    """
    if new.text == desk.editions[-1].text:
        raise InvalidInput("is the edition that was adopted last already", field="profile")


def _check_fits(context: Context, new: Profile) -> None:
    """Refuse an edition that does not know where open files stand.

    Raises:
        InvalidInput: Naming the stages, and how many files stand in each.
    """
    view = View(at=to_us(context.now()), kinds=("file",), snoozed=True)
    known = {stage.code for stage in new.pipeline.stages}
    missing = {stage: count for (stage,), count in context.store.count(view, ["stage"]).items() if stage not in known}
    if missing:
        said = ", ".join(f"{stage!r} ({count})" for stage, count in sorted(missing.items()))
        raise InvalidInput(f"open files stand in stages that this edition does not have: {said}", field="profile")
    files = [json.loads(row.state)["record"] for row in context.rows(view)]
    gone = {file["kind"] for file in files} - set(new.kinds)
    gone |= {file["payer"] for file in files if file.get("payer")} - set(new.payers)
    if gone:
        said = ", ".join(sorted(gone))
        raise InvalidInput(
            f"open files are of kinds, or for payers, that this edition does not have: {said}", field="profile"
        )
