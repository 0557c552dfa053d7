"""The one object that a host holds: a desk, as somebody works it.

Synchronous and thread-safe, without global state; an async host runs it in a thread pool. Each method is one
decision, or a series of them, and commits by itself.
"""

import datetime as dt
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import attrs

from credcore.assignment import Policy
from credcore.coordinator import (
    assigning,
    casework,
    comparing,
    delivering,
    founding,
    intake,
    merging,
    paying,
    reading,
    rostering,
    scheduling,
    sweeping,
)
from credcore.coordinator.actor import SYSTEM, Actor
from credcore.coordinator.assigning import AssignmentRound
from credcore.coordinator.casework import Change, Recorded
from credcore.coordinator.comparing import Changed, Comparison, Misfit, Shift
from credcore.coordinator.context import Context, new_id
from credcore.coordinator.day import STEPS, Day, run_day
from credcore.coordinator.delivering import Delivered
from credcore.coordinator.intake import NewCredential, NewProvider, Opened
from credcore.coordinator.merging import TakenApart
from credcore.coordinator.paying import Polled
from credcore.coordinator.reader import Reader
from credcore.coordinator.reading import Shown
from credcore.coordinator.refusals import record_refusals
from credcore.coordinator.rostering import RosterRow, RowFault, RowOutcome, TakenIn
from credcore.coordinator.scheduling import Seated
from credcore.coordinator.sweeping import Escalation, Swept
from credcore.coordinator.tracing import traced
from credcore.coordinator.unit import Unit
from credcore.desk import Desk
from credcore.errors import CredcoreError, Forbidden, InvalidInput
from credcore.events import Event
from credcore.history import History, Ref
from credcore.plugins import Plugins, load_plugins
from credcore.ports import Clock, Notifier, PayerGateway, Store
from credcore.profile import Profile
from credcore.reports import Report
from credcore.rules import Explanation, Turns
from credcore.worklist import Entry

__all__ = [
    "STEPS",
    "Actor",
    "AssignmentRound",
    "Changed",
    "Comparison",
    "Coordinator",
    "Day",
    "Delivered",
    "Escalation",
    "Misfit",
    "NewCredential",
    "NewProvider",
    "Opened",
    "Outcome",
    "Polled",
    "Recorded",
    "RosterRow",
    "RowFault",
    "RowOutcome",
    "Seated",
    "Shift",
    "Shown",
    "Swept",
    "TakenApart",
    "TakenIn",
]


def _utc_now() -> dt.datetime:
    return dt.datetime.now(dt.UTC)


def _quiet(_step: str) -> None:
    return


@attrs.frozen
class Outcome:
    """What became of one of several files.

    Attributes:
        file: Its id.
        recorded: What was recorded, or in a dry run would have been; None if it was refused.
        error: Why it was refused; None if it was not.
    """

    file: str
    recorded: Recorded | None = None
    error: Exception | None = None


class Coordinator:
    """A desk, as one actor works it.

    Args:
        store: Opened for one named desk.
        profile: Makes the first edition of a new desk; for an existing desk, left out or the edition adopted last.
        plugins: What was loaded with `credcore.plugins.load_plugins`, or given in Python; if left out, what credcore
            itself ships.
        clock: Tells the time; the system's if left out.
        ids: Gives fresh ids.
        notifier: Sends messages; without one, notices wait in the store.
        gateway: Reaches payers; without one, enrolments wait.
        signing_key: Signs each record's chain of events; without one the chain is a plain hash.

    Raises:
        NotFound: The desk is new and no profile was given.
        InvalidInput: The desk has another edition than ``profile``: adopt that first.

    Example:
        >>> from credcore.adapters.memory import MemoryStore
        >>> from credcore.profiles import read
        >>> desk = Coordinator(MemoryStore("main"), read("hospital"))
        >>> ana = desk.acting_as(Actor("ana", ["coordinator"]))
        >>> provider = ana.register([NewProvider(id="p-1", name="Ada Ames", npi="2000000002", state="CT")])
        >>> opened = ana.open_file("initial", "p-1")
        >>> [entry.stage for entry in ana.worklist()]
        ['intake']
    """

    def __init__(
        self,
        store: Store,
        profile: Profile | str | None = None,
        *,
        plugins: Plugins | None = None,
        clock: Clock = _utc_now,
        ids: Callable[[], str] = new_id,
        notifier: Notifier | None = None,
        gateway: PayerGateway | None = None,
        signing_key: bytes = b"",
    ) -> None:
        """Open the desk; a new one gets its first edition and its team."""
        plugins = load_plugins({"CREDCORE_NO_PLUGINS": "1"}) if plugins is None else plugins
        self._context = Context(
            store=store,
            reader=Reader(store),
            plugins=plugins,
            registry=plugins.registry,
            clock=clock,
            ids=ids,
            actor=SYSTEM,
            notifier=notifier,
            gateway=gateway,
            signing_key=signing_key,
        )
        founding.found_desk(self._context, profile)

    def acting_as(self, actor: Actor) -> "Coordinator":
        """Return the same desk as another actor works it.

        Raises:
            InvalidInput: It is no `Actor`.
        """
        if not isinstance(actor, Actor):
            raise InvalidInput(f"{actor!r} is no Actor; give Actor({str(actor)!r}, roles)", field="actor")
        desk = object.__new__(type(self))
        desk._context = attrs.evolve(self._context, actor=actor)
        return desk

    @contextmanager
    def within(self, connection: Any) -> Iterator["Coordinator"]:  # noqa: ANN401 - the driver's own
        """Give the same desk within a transaction of the host's: what is done through it commits with the host's own.

        The host begins and ends its transaction within the block; one that is left open, as by an error, is taken back.
        When it rolls back, no event and no notice is left; a refusal for want of a role is recorded all the same, once
        the block has ended. A `Conflict` takes back its own decision alone and is not repeated here. What reaches
        people or payers is done outside.

        Args:
            connection: The host's, to the database in which the desk lies.

        Yields:
            The desk, for this block.

        Raises:
            InvalidInput: The store joins no transaction, or not that of this connection as it is.

        Example:
            >>> import sqlite3, tempfile
            >>> from credcore.adapters.sqlite import SQLiteStore
            >>> from credcore.profiles import read
            >>> with tempfile.TemporaryDirectory() as folder:
            ...     with SQLiteStore.create(f"{folder}/host.db", "main") as store:
            ...         desk = Coordinator(store, read("hospital"))
            ...         ana = desk.acting_as(Actor("ana", ["coordinator"]))
            ...         mine = sqlite3.connect(f"{folder}/host.db", isolation_level=None)
            ...         with ana.within(mine) as joined:
            ...             _ = mine.execute("BEGIN IMMEDIATE")
            ...             _ = joined.register([NewProvider(id="p-1", name="Ada Ames")])
            ...             mine.rollback()
            ...         mine.close()
            ...         list(ana.worklist(kinds=["provider"]))
            []
        """
        refusals: list[tuple[Ref, Forbidden]] = []
        context = self._context
        with context.store.bind(connection, afterwards=lambda: record_refusals(context, refusals)) as store:
            desk = object.__new__(type(self))
            desk._context = attrs.evolve(context, store=store, reader=context.reader.over(store), refusals=refusals)
            yield desk

    # --- who and by what

    @property
    def actor(self) -> Actor:
        """Who acts."""
        return self._context.actor

    @property
    def now(self) -> dt.datetime:
        """The present instant by the desk's clock."""
        return self._context.now()

    @property
    def desk(self) -> Desk:
        """The desk's own record: name, team, editions."""
        return self._context.book().desk

    @property
    def profile(self) -> Profile:
        """The profile in force now."""
        return self._context.book().profile_at(self._context.now())

    @traced
    def adopt(self, profile: Profile | str, *, in_force: dt.datetime | None = None, command: str = "") -> Recorded:
        """Adopt another edition of the profile, and have every open record judged by it.

        What was closed before is not judged again. Each record is judged anew in a commit of its own; where that
        breaks off, the edition is there, and what was not judged by it yet is when it comes due.

        Args:
            profile: The edition, or its text.
            in_force: From when on it judges; now if left out, never earlier.
            command: An id of the call: calling again with the same one changes nothing and gives the first answer.

        Raises:
            ProfileError: The text has faults; nothing is adopted.
            Forbidden: The actor's roles do not allow it.
        """
        return founding.adopt(self._context, profile, in_force, command=command)

    @traced
    def compare(
        self, profile: Profile | str, *, in_force: dt.datetime | None = None, limit: int | None = None
    ) -> Comparison:
        """Say what another edition of the profile would change, were it adopted: which open records, and how.

        Each open record is judged at the instant from which the edition would be in force, without it and with it, if
        nothing happens until then. Nothing is written, and nobody is told.

        Args:
            profile: The edition, or its text.
            in_force: From when on it would judge; now if left out, never earlier.
            limit: Records to tell in full, the most urgent first; all that change if left out. All are counted.

        Raises:
            ProfileError: The text has faults.
            InvalidInput: It is the edition that was adopted last; or another one is in force only later.
        """
        return comparing.compare(self._context, profile, in_force, limit=limit)

    # --- casework

    @traced
    def register(self, providers: Iterable[NewProvider]) -> tuple[Recorded, ...]:
        """Take in providers that the desk does not know yet, all in one commit; known ones are left as they are."""
        return intake.register(self._context, tuple(providers))

    @traced
    def take_in(
        self,
        rows: Iterable[RosterRow | NewProvider],
        *,
        source: str = "roster",
        open_kind: str = "",
        dry_run: bool = False,
    ) -> TakenIn:
        """Take a roster in: new providers become known, known ones are brought up to date, faulty rows are left out.

        A row's provider is found by its id, else by its NPI; a merged one is the one that goes on for it. A blank
        erases nothing, and taking the same roster in again changes nothing. Some rows at a time commit together: where
        it breaks off, taking all of it in again goes on from there.

        Args:
            rows: As ``credcore.adapters.rosters.open_roster(path).rows()`` gives them, or plain providers.
            source: The roster's name, such as the file's: it stands on every event as the reason.
            open_kind: Open a file of this kind for each new provider.
            dry_run: Say what would be done, and record nothing.

        Raises:
            NotFound: The profile has no such kind of file.
            InvalidInput: The source is no plain name, or files of that kind go to a payer.
            Forbidden: The actor's roles do not allow it; the refusal is recorded on the desk.
        """
        desk = self if not dry_run else self._rehearsal()
        context = desk._context  # noqa: SLF001 - a desk of this class
        return rostering.take_in(context, rows, source=source, open_kind=open_kind, dry_run=dry_run)

    @traced
    def merge(self, provider: str, into: str, *, why: str, command: str = "") -> Recorded:
        """Say that two records are of one provider: the first is closed, the other goes on for it.

        What the duplicate has and the other lacks is recorded there: details, credentials, cycles, the attestation,
        checks between decisions. What the other has stands, so no day that it keeps is moved. Merged already, nothing
        happens.

        Args:
            provider: The duplicate's id.
            into: The id of the record that goes on.
            why: How one knows.
            command: An id of the call: calling again with the same one changes nothing and gives the first answer.

        Raises:
            NotFound: The desk does not know one of them.
            InvalidInput: The duplicate has an open file or goes on for another record itself; or the other is merged or
                terminated.
            Forbidden: The actor's roles do not allow it; the refusal is recorded on the duplicate.
        """
        return merging.merge(self._context, provider, into, why=why, command=command)

    @traced
    def unmerge(self, provider: str, *, why: str, command: str = "") -> TakenApart:
        """Undo a merge: the duplicate stands alone again, and what it brought to the other record is taken out there.

        What happened to the other record meanwhile stays. A credential that was brought and renewed there since stays
        with it, since only a person can tell whose the renewal is: ``kept`` names it.

        Args:
            provider: The duplicate's id.
            why: What was mistaken.
            command: An id of the call: calling again with the same one changes nothing and gives the first answer.

        Raises:
            NotFound: The desk does not know it.
            InvalidInput: It is not merged.
            Forbidden: The actor's roles do not allow it; the refusal is recorded on the duplicate.
        """
        return merging.unmerge(self._context, provider, why=why, command=command)

    @traced
    def duplicates_of(self, provider: str) -> tuple[str, ...]:
        """Return the ids of the records that were merged into a provider's, and still are.

        Raises:
            NotFound: The desk does not know the provider.
        """
        return merging.duplicates_of(self._context, provider)

    @traced
    def open_file(
        self,
        kind: str,
        provider: str,
        *,
        payer: str = "",
        facility: str = "",
        parent: str = "",
        needed_by: dt.date | None = None,
        at: dt.datetime | None = None,
        command: str = "",
    ) -> Recorded:
        """Open a file for a provider; ``recorded.ref.id`` is its id.

        Args:
            kind: One of the profile's kinds, such as ``initial``.
            provider: The provider's id.
            payer: For an enrolment, where.
            facility: For privileges, where.
            parent: The id of the file whose decision this one carries out.
            needed_by: The day by which the organisation needs it done.
            at: When the application came in; now if left out.
            command: An id of the call: calling again with the same one changes nothing and gives the first answer.

        Raises:
            NotFound: The desk does not know the provider, or the profile the kind or the payer.
            InvalidInput: The provider is merged into another record: the message names it.
            Forbidden: The actor's roles do not allow it; the refusal is recorded on the provider.
        """
        return intake.open_file(
            self._context,
            kind,
            provider,
            payer=payer,
            facility=facility,
            parent=parent,
            needed_by=needed_by,
            at=at,
            command=command,
        )

    @traced
    def record(
        self, ref: Ref | str, change: Change, *, at: dt.datetime | None = None, why: str = "", command: str = ""
    ) -> Recorded:
        """Record what happened to a record: events, or a function that makes them from the record and a stamp.

        Args:
            ref: The record; a plain text is a file's id.
            change: Such as ``lambda file, stamp: file.hold("h-1", "provider", stamp)``.
            at: When it happened, if not now; what happened late may be recorded late.
            why: The reason.
            command: An id of the call: calling again with the same one changes nothing and gives the first answer.

        Raises:
            NotFound: The desk does not know the record.
            Forbidden: The actor's roles do not allow it; the refusal is recorded.
            InvalidInput: The record does not allow it, or it lies in the future. A provider that is merged into another
                allows nothing: the message names the other. A merge and its undoing have calls of their own.
        """
        return casework.record(self._context, _ref(ref), change, at=at, why=why, command=command)

    @traced
    def advance(
        self, file_id: str, to: str, *, at: dt.datetime | None = None, why: str = "", command: str = ""
    ) -> Recorded:
        """Move a file to another stage.

        Raises:
            MoveRefused: The pipeline does not allow it, or the stage still needs something: ``unmet`` says what.
        """
        return casework.advance(self._context, file_id, to, at=at, why=why, command=command)

    @traced
    def approve(
        self,
        file_id: str,
        body: str,
        outcome: str = "approved",
        *,
        approved_on: dt.date | None = None,
        meeting: str = "",
        at: dt.datetime | None = None,
        command: str = "",
    ) -> Recorded:
        """Record what a body said of a file; the last one decides.

        A decision moves the file on, anchors the provider's cycles and opens one enrolment a payer, in one commit.
        """
        return casework.approve(
            self._context, file_id, body, outcome, approved_on, meeting=meeting, at=at, command=command
        )

    @traced
    def correct(
        self, ref: Ref | str, event_id: str, replacement: Event | None = None, *, why: str, command: str = ""
    ) -> Recorded:
        """Correct an event: put another in its place, or take it out; what was known before stays known as of then."""
        return casework.correct(self._context, _ref(ref), event_id, replacement, why, command=command)

    @traced
    def for_each(
        self, file_ids: Iterable[str], action: "Callable[[Coordinator, str], Recorded]", *, dry_run: bool = False
    ) -> tuple[Outcome, ...]:
        """Do something to many files, each committed by itself, with an outcome a file.

        Args:
            file_ids: The files.
            action: Such as ``lambda desk, file_id: desk.advance(file_id, "psv")``.
            dry_run: Say what would be refused, and record nothing.
        """
        desk = self if not dry_run else self._rehearsal()
        return tuple(_outcome(desk, file_id, action) for file_id in file_ids)

    def _rehearsal(self) -> "Coordinator":
        from credcore.coordinator.rehearsal import Rehearsal  # noqa: PLC0415 - only for dry runs

        desk = object.__new__(type(self))
        context = self._context
        desk._context = attrs.evolve(
            context,
            store=Rehearsal(context.store),
            # Nobody is told, no payer asked, and no refusal noted, of what is only tried.
            notifier=None,
            gateway=None,
            refusals=[] if context.is_joined else None,
        )
        return desk

    # --- assignment

    @traced
    def assign(
        self,
        file_id: str | None = None,
        to: str | None = None,
        *,
        why: str = "",
        policy: Policy | None = None,
        dry_run: bool = False,
        command: str = "",
    ) -> AssignmentRound | Recorded:
        """Give files to people.

        ``assign()`` distributes the queue by the profile's policy, ``assign(file_id)`` one file; ``assign(file_id,
        to)`` hands it to a named person, whatever the policy would say. By a policy, calling again is harmless by
        itself: a file that has an owner is not in the queue. For a named person, ``command`` makes it so.

        Where the policy fails, or no plugin gives it any more, credcore's default one chooses, and ``fell_back`` of the
        round says why.

        Raises:
            NotFound: The desk does not know the file or the person.
        """
        if to is not None:
            if file_id is None:
                raise TypeError("assign(file_id, to) needs the file's id")
            return assigning.hand_to(self._context, file_id, to, why=why, command=command)
        only = None if file_id is None else (Unit(self._context).file(file_id).id,)
        return assigning.assign_queue(self._context, only, policy=policy, dry_run=dry_run)

    # --- what the desk does by itself

    @traced
    def sweep(self, *, limit: int | None = None) -> Swept:
        """Look at what has come due: record what stands and was not told, and plan the notices."""
        return sweeping.sweep(self._context, limit=limit)

    @traced
    def open_due(self) -> tuple[Opened, ...]:
        """Open the file of every recredentialing cycle whose window has begun, each exactly once."""
        return intake.open_due(self._context)

    @traced
    def schedule_committee(self) -> tuple[Seated, ...]:
        """Seat every file that is ready in the next meeting of its committee that can still hear it."""
        return scheduling.schedule_committee(self._context)

    @traced
    def deliver(self) -> Delivered:
        """Send the notices that are ready, while they are still true."""
        self._context.not_joined("deliver")
        return delivering.deliver(self._context)

    @traced
    def poll_payers(self) -> Polled:
        """Submit the enrolments that are ready, and take in what came back from payers."""
        self._context.not_joined("poll_payers")
        return paying.poll_payers(self._context)

    @traced
    def day(self, progress: Callable[[str], None] = _quiet) -> Day:
        """Run the coordinator's day: poll the payers, open what is due, assign, sweep, schedule, deliver, report."""
        self._context.not_joined("day")
        return run_day(self._context, progress)

    # --- reading

    def worklist(
        self,
        *,
        owner: str | None = None,
        kinds: Sequence[str] = ("file",),
        stage: str | None = None,
        snoozed: bool = False,
        limit: int | None = 50,
    ) -> Iterator[Entry]:
        """Yield what wants doing, most urgent first, each line with the date that binds and why.

        Args:
            owner: A person's id, or ``@role`` for a queue.
            kinds: Kinds of record: ``file``, ``provider``, ``meeting``.
            stage: A stage.
            snoozed: Also what is hidden now.
            limit: At the most so many; None for all.

        Raises:
            NotFound: The desk has no such person, role or stage.
        """
        owners = None if owner is None else (owner,)
        return reading.worklist(self._context, owners=owners, kinds=kinds, stage=stage, snoozed=snoozed, limit=limit)

    @traced
    def history(self, ref: Ref | str) -> History:
        """Return a record's history.

        Raises:
            NotFound: The desk does not know it.
        """
        unit = Unit(self._context)
        unit.existing(_ref(ref))
        return unit.linked(_ref(ref))

    @traced
    def show(self, ref: Ref | str, *, as_of: dt.datetime | None = None, known_at: dt.datetime | None = None) -> Shown:
        """Return a record as it stands; as it had happened (``as_of``), or was known (``known_at``), by an instant."""
        return reading.show(self._context, _ref(ref), as_of=as_of, known_at=known_at)

    @traced
    def explain(
        self,
        ref: Ref | str,
        rule: str = "",
        *,
        as_of: dt.datetime | None = None,
        known_at: dt.datetime | None = None,
    ) -> tuple[Explanation, ...]:
        """Explain each rule by which something stands, or the one named: of a clock, segment by segment.

        Of a file each segment says whose turn it was, and a clock that is late how it would stand without a party's
        time. A rule that failed says why.

        Args:
            ref: The record; a plain text is a file's id.
            rule: A rule's id; all that stand if left out.
            as_of: Read only what had happened by then, and explain that instant; now if left out.
            known_at: Read only what had been recorded by then.
        """
        return reading.explain_record(self._context, _ref(ref), rule, as_of=as_of, known_at=known_at)

    @traced
    def turns(self, ref: Ref | str, *, as_of: dt.datetime | None = None, known_at: dt.datetime | None = None) -> Turns:
        """Return how long it was whose turn over the life of a file: the provider's, a payer's, the team's.

        Calendar days, and working time of the profile's calendar, that add up to the life of the file. While a party is
        held for it is that party's turn, else that of whom the stage names; of several that are held for at once it is
        the turn of the first in `credcore.events.PARTIES`.

        Args:
            ref: The file; a plain text is its id.
            as_of: Read only what had happened by then, and count up to that instant; now if left out.
            known_at: Read only what had been recorded by then.

        Raises:
            InvalidInput: The record is no file.
            NotFound: The desk does not know it, or it had not been opened, or was not known, by then.
        """
        return reading.turns_of(self._context, _ref(ref), as_of=as_of, known_at=known_at)

    @traced
    def report(self) -> Report:
        """Return the desk in numbers."""
        return reading.report(self._context)


def _ref(ref: Ref | str) -> Ref:
    if isinstance(ref, Ref):
        return ref
    return Ref.parse(ref) if "/" in ref else Ref("file", ref)


def _outcome(desk: Coordinator, file_id: str, action: Callable[[Coordinator, str], Recorded]) -> Outcome:
    try:
        return Outcome(file_id, action(desk, file_id))
    except CredcoreError as error:
        return Outcome(file_id, error=error)
