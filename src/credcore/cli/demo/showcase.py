"""One file that goes through everything: told step by step, among all the others, by the same calls.

Late in intake, so that its lead is told; on hold for the practitioner, who is called and promises; on hold for a
source, which is recorded three days late and changes what the clock had counted; a slip that is corrected; the
committee; the decision, and an enrolment for each payer. Its letter is still to be sent.
"""

import datetime as dt
import itertools
from collections.abc import Callable

import attrs

from credcore.cli.demo import casework
from credcore.cli.demo.casework import Case
from credcore.cli.demo.clock import Counter
from credcore.cli.demo.coming import Coming
from credcore.cli.demo.replay import Replay
from credcore.cli.demo.team import Team
from credcore.coordinator import Coordinator, NewProvider
from credcore.events import Event, Stamp, Verified
from credcore.files import CredentialingFile

__all__ = ["CLOCK", "FILE", "Showcase", "is_decided", "noted_late"]

_NAME = "1"
FILE = f"f-{_NAME}"
"""The file's id."""

CLOCK = "psv-ten-days"
"""The rule whose clock the late record changes."""
_MON, _TUE, _WED, _THU, _FRI = range(5)
_QUICK = ("sanctions", "work-history", "education")


def noted_late(start: dt.datetime) -> tuple[dt.datetime, dt.datetime]:
    """Return an instant shortly before the hold was recorded, and one after it, in a replay that began at a start."""
    thursday = dt.datetime.combine(start.date() + dt.timedelta(weeks=3, days=_THU), dt.time(15), start.tzinfo)
    return thursday, thursday + dt.timedelta(hours=18)


def is_decided(desk: Coordinator) -> bool:
    """Tell whether the replay was long enough for the file's decision."""
    record = desk.show(FILE).record
    return isinstance(record, CredentialingFile) and record.decision is not None


class Showcase:
    """A script for one file.

    Args:
        replay: Opens the file, and knows it from then on.
        team: Who acts.
        ids: Names the file.
        provider: Whose file it is.
    """

    def __init__(self, replay: Replay, team: Team, ids: Counter, provider: NewProvider) -> None:
        """Begin with a script that nobody has read."""
        self._replay = replay
        self._team = team
        self._ids = ids
        self._provider = provider
        self._case = Case(file=FILE, kind="initial", state=provider.state, stage="intake", scripted=True)
        self._slip = ""

    def plan(self, coming: Coming, start: dt.datetime) -> None:
        """Plan each step.

        Args:
            coming: Where it is planned.
            start: The Monday on which the replay begins.
        """
        script: list[tuple[int, int, str, Callable[[], object]]] = [
            (1, _MON, "09:10", self._open),
            (1, _TUE, "10:30", self._receive_application),
            (2, _MON, "10:00", self._lead_looks),
            (2, _MON, "11:00", self._hold_for_the_practitioner),
            (3, _TUE, "09:40", self._call_in_vain),
            (3, _WED, "14:00", self._call_and_hear_a_promise),
            (3, _FRI, "15:10", self._receive_attestation),
            (3, _FRI, "15:30", lambda: self._advance("application-complete", "psv")),
            (4, _MON, "09:30", self._verify),
            (4, _THU, "16:00", self._record_a_hold_late),
            (4, _THU, "16:10", self._correct_the_slip),
            (4, _FRI, "09:45", self._hear_from_the_source),
            (4, _FRI, "10:00", lambda: self._advance("qa-audit")),
            (4, _FRI, "14:00", lambda: self._advance("committee-ready")),
            (5, _MON, "11:00", lambda: self._replay.bodies.approve(self._case, "chair")),
        ]
        for week, weekday, time, act in script:
            day = start.date() + dt.timedelta(weeks=week - 1, days=weekday)
            coming.plan(dt.datetime.combine(day, dt.time.fromisoformat(time), start.tzinfo), act)

    # The first week: late

    def _open(self) -> None:
        self._ids.name_next(_NAME)
        self._case = self._replay.open(self._provider, scripted=True)

    def _receive_application(self) -> None:
        self._record(lambda file, stamp: file.receive("application", stamp))

    def _lead_looks(self) -> None:
        lead = self._team.desk(self._team.lead)
        lead.record(self._case.file, lambda file, stamp: file.review(stamp, note="late in intake: ask today"))

    # The second and third: waits for the practitioner

    def _hold_for_the_practitioner(self) -> None:
        casework.hold(self._desk, self._case, "provider", "the attestation is not signed")
        self._advance("incomplete")

    def _call_in_vain(self) -> None:
        casework.contact(self._desk, self._case, "provider", answered=False)

    def _call_and_hear_a_promise(self) -> None:
        friday = self._today + dt.timedelta(days=2)

        def change(file: CredentialingFile, stamp: Stamp) -> list[Event]:
            return [
                *file.contact("provider", "telephone", stamp, answered=True, note="was travelling"),
                *file.promise("attestation", "provider", friday, stamp, what="the signed attestation"),
            ]

        self._record(change)

    def _receive_attestation(self) -> None:
        def change(file: CredentialingFile, stamp: Stamp) -> list[Event]:
            return [*file.receive("attestation", stamp), *file.keep_promise("attestation", stamp)]

        self._record(change)
        casework.release(self._desk, self._case)

    # The fourth: sources, a late record, a slip

    def _verify(self) -> None:
        """Verify what is quick; the licence's last day is read off one year early."""
        profile = self._desk.profile
        ends_on = self._provider.credentials[0].expires_on
        misread = None if ends_on is None else ends_on - dt.timedelta(days=365)

        def change(file: CredentialingFile, stamp: Stamp) -> list[Event]:
            licence = casework.verified(profile, file, "licence", stamp, expires_on=misread)
            quick = [casework.verified(profile, file, element, stamp) for element in _QUICK]
            return [*licence, *itertools.chain.from_iterable(quick)]

        self._slip = self._record(change)[0].id

    def _record_a_hold_late(self) -> None:
        """Note on Thursday that the query went out on Monday."""
        self._case.holds += 1
        name = self._case.hold = f"h-{self._case.holds}"
        self._case.waiting_on = "source"
        asked_at = self._desk.now - dt.timedelta(days=3, hours=6)
        self._desk.record(
            self._case.file,
            lambda file, stamp: file.hold(name, "source", stamp, reason="claims history asked for"),
            at=asked_at,
            why="noted late: the query went out on Monday",
        )

    def _correct_the_slip(self) -> None:
        history = self._desk.history(self._case.file)
        slip = next(event for event in history.events if event.id == self._slip)
        if isinstance(slip, Verified):
            right = attrs.evolve(slip, id=self._ids(), expires_on=self._provider.credentials[0].expires_on)
            self._desk.correct(self._case.file, slip.id, right, why="the year was misread")

    def _hear_from_the_source(self) -> None:
        casework.release(self._desk, self._case)
        self._record(lambda file, stamp: casework.verified(self._desk.profile, file, "malpractice-history", stamp))

    # How

    @property
    def _desk(self) -> Coordinator:
        return self._team.desk(self._case.owner)

    @property
    def _today(self) -> dt.date:
        return self._desk.now.astimezone(self._desk.profile.tz).date()

    def _record(self, change: Callable[[CredentialingFile, Stamp], object]) -> tuple[Event, ...]:
        return self._desk.record(self._case.file, change).events  # type: ignore[arg-type]  # a change of files

    def _advance(self, *stages: str) -> None:
        for stage in stages:
            self._desk.advance(self._case.file, stage)
            self._case.stage = stage
