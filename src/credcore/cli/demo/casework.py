"""What a specialist does with a file, step by step of the log, through the calls of the coordinator."""

import collections
import datetime as dt
from collections.abc import Callable, Iterator

import attrs
from dateutil.relativedelta import relativedelta

from credcore.cli.demo.rhythm import Activity
from credcore.coordinator import Coordinator
from credcore.errors import MoveRefused
from credcore.events import Event, Stamp
from credcore.files import CredentialingFile
from credcore.history import Ref
from credcore.profile import Profile
from credcore.providers import ProviderRecord
from credcore.stages import Pipeline

__all__ = ["Case", "contact", "enter", "hold", "look_at", "raise_question", "release", "renew", "route", "verified"]

_INCOMPLETE = "incomplete"
_SOURCES = {
    "licence": ("licensing-board", "web", "active, without restriction"),
    "sanctions": ("oig-leie", "web", "nothing found"),
    "malpractice-history": ("npdb", "query", "no report"),
    "work-history": ("curriculum-vitae", "review", "no gap over six months"),
    "education": ("medical-school", "letter", "confirmed"),
}
"""By element, where it is verified, how, and what the source of a clean file says."""
_RENEWED_BEFORE = dt.timedelta(days=100)
_TERM = relativedelta(years=2, day=31)
"""Two years, to the end of the month."""
_ANY_SOURCE = ("primary-source", "letter", "confirmed")
_QUESTION = "level-two"


@attrs.define(kw_only=True)
class Case:
    """A file as the replay follows it.

    Attributes:
        file: Its id.
        kind: Its kind.
        state: The state in which the provider practises.
        stage: Where it stands.
        owner: Who has it; empty in the queue.
        hold: The open hold's id, if there is one.
        waiting_on: For whom it waits.
        holds: How many there were.
        next: What somebody will do with it; None if nobody plans anything.
        approved: By how many bodies.
        scripted: Whether a script, and no draw, says what becomes of it.
    """

    file: str
    kind: str
    state: str
    stage: str
    owner: str = ""
    hold: str = ""
    waiting_on: str = ""
    holds: int = 0
    next: Callable[[], None] | None = None
    approved: int = 0
    scripted: bool = False


def route(pipeline: Pipeline, start: str, to: str) -> list[str]:
    """Return the stages on the shortest way; none where the pipeline does not lead there without a step back.

    The way never leads through ``incomplete``: a file goes there because something is missing, not to pass.
    """
    ways = collections.deque([[start]])
    seen = {start}
    while ways:
        way = ways.popleft()
        if way[-1] == to:
            return way[1:]
        for code in pipeline.stage(way[-1]).next:
            if code not in seen and (code == to or code != _INCOMPLETE):
                seen.add(code)
                ways.append([*way, code])
    return []


def enter(desk: Coordinator, profile: Profile, case: Case, activity: Activity) -> None:
    """Move a file to the activity's stage, doing first what a refusal calls for; where it cannot go, look at it."""
    places = {stage.code: place for place, stage in enumerate(profile.pipeline.stages)}
    leads_back = places[activity.stage] < places[case.stage] and activity.stage != _INCOMPLETE
    way = [] if leads_back else route(profile.pipeline, case.stage, activity.stage)
    for stage in way:
        try:
            desk.advance(case.file, stage)
        except MoveRefused:
            desk.record(case.file, lambda file, stamp, stage=stage: list(_met(profile, file, stage, stamp)))
            desk.advance(case.file, stage)
        case.stage = stage
    if not way:
        look_at(desk, case, activity.meaning)


def _met(profile: Profile, file: CredentialingFile, stage: str, stamp: Stamp) -> Iterator[Event]:
    """Yield what a stage still needs: documents that come in, elements that are verified, holds that end."""
    for need in profile.pipeline.needs(stage):
        for element in need.documents:
            if element not in file.documents:
                yield from file.receive(element, stamp)
        for element in need.verified:
            if element not in file.verifications:
                yield from verified(profile, file, element, stamp)
        if need.no_holds:
            for name in file.holds:
                yield from file.release(name, stamp)


def verified(
    profile: Profile, file: CredentialingFile, element: str, stamp: Stamp, *, expires_on: dt.date | None = None
) -> tuple[Event, ...]:
    """Return what a clean file's verification of an element records."""
    source, method, result = _SOURCES.get(element, _ANY_SOURCE)
    today = stamp.at.astimezone(profile.tz).date()
    return file.verify(
        element, source, today, stamp, method=method, result=result, tz=profile.tz, expires_on=expires_on
    )


def look_at(desk: Coordinator, case: Case, note: str) -> None:
    """Note that somebody looked at the file."""
    desk.record(case.file, lambda file, stamp: file.review(stamp, note=note))


def hold(desk: Coordinator, case: Case, waiting_on: str, reason: str, review_on: dt.date | None = None) -> None:
    """Ask a party, and wait for it."""
    case.holds += 1
    case.hold, case.waiting_on = f"h-{case.holds}", waiting_on

    def change(file: CredentialingFile, stamp: Stamp) -> list[Event]:
        return [
            *file.contact(waiting_on, "email", stamp, note=reason),
            *file.hold(case.hold, waiting_on, stamp, reason=reason, review_on=review_on),
        ]

    desk.record(case.file, change)


def release(desk: Coordinator, case: Case) -> None:
    """Have the answer for which the file waited."""
    party, name = case.waiting_on, case.hold

    def change(file: CredentialingFile, stamp: Stamp) -> list[Event]:
        return [*file.contact(party, "email", stamp, direction="in"), *file.release(name, stamp)]

    desk.record(case.file, change)
    case.hold = case.waiting_on = ""


def contact(desk: Coordinator, case: Case, party: str, *, answered: bool) -> None:
    """Call a party that owes an answer."""
    desk.record(case.file, lambda file, stamp: file.contact(party, "telephone", stamp, answered=answered))


def raise_question(desk: Coordinator, profile: Profile, case: Case, note: str) -> None:
    """Mark the file for a discussion of its own, where the profile knows such a mark."""
    if _QUESTION in profile.flags:
        desk.record(case.file, lambda file, stamp: file.raise_flag(_QUESTION, stamp, note=note))


def renew(desk: Coordinator, provider: Ref) -> None:
    """Take in the renewals of what soon expires, for two years each."""

    def change(record: ProviderRecord, stamp: Stamp) -> list[Event]:
        soon = stamp.at.astimezone(desk.profile.tz).date() + _RENEWED_BEFORE
        return [
            event
            for name, credential in record.credentials.items()
            if credential.expires_on is not None and credential.expires_on < soon
            for event in record.renew(name, stamp, expires_on=credential.expires_on + _TERM)
        ]

    desk.record(provider, change)
