"""One unit of work: what was read, what changes, and the single commit that writes it all.

Records are loaded as they are asked for, and their versions remembered; events are appended to them in memory. The
commit folds each written record again, judges it, and writes events, state, worklist line and notices together, on
condition that nothing that was read has changed.
"""

import datetime as dt
import logging
import random
import time
from collections.abc import Callable, Iterable, Sequence
from typing import Any, TypeVar

import attrs

from credcore.coordinator import tracing
from credcore.coordinator.actor import Actor, check_allowed
from credcore.coordinator.chain import NewEvent, canonical, chained
from credcore.coordinator.context import Context
from credcore.coordinator.corrections import check_correction, corrected_event
from credcore.coordinator.lines import (
    Judged,
    Record,
    evaluated,
    is_open,
    judged,
    line_of,
    parents_of,
    record_of,
    state_of,
)
from credcore.errors import Conflict, CredcoreError, InvalidInput, NotFound
from credcore.events import (
    Assigned,
    Corrected,
    CoverArranged,
    Event,
    FileOpened,
    PlacedOnAgenda,
    Stamp,
    check_days,
    refuse_private,
)
from credcore.files import CredentialingFile
from credcore.history import KINDS, SILENT, History, Ref
from credcore.instants import to_us
from credcore.meetings import Meeting
from credcore.people import PersonRecord
from credcore.ports import Decision, Outgoing, Receipt, Stored, Write
from credcore.providers import ProviderRecord
from credcore.rules import Evaluation

__all__ = ["Unit", "decide", "part_key"]

T = TypeVar("T")
_log = logging.getLogger(__name__)
_TRIES = 20
_WAIT_S = 0.001
_LONGEST_WAIT_S = 0.1


class Unit:
    """Reads and changes that commit together.

    Attributes:
        now: The instant of the decision.
        book: The desk's team and editions as they were read.
    """

    def __init__(self, context: Context) -> None:
        """Begin with nothing read but the desk."""
        self._context = context
        self.now = context.now()
        self.book = context.book()
        self.profile = self.book.profile_at(self.now)
        self._stored: dict[Ref, Stored] = {}
        self._children: dict[Ref, tuple[Ref, ...]] = {}
        self._histories: dict[Ref, History] = {}
        self._records: dict[Ref, tuple[History, Record]] = {}
        self._evaluations: dict[Ref, Evaluation | None] = {}
        self._new: dict[Ref, list[NewEvent]] = {}
        self._touched: set[Ref] = set()
        self._peeked: set[Ref] = set()
        self._notices: list[Outgoing] = []

    # --- reading

    def load(self, refs: Iterable[Ref]) -> None:
        """Load records at one moment, those that are not loaded yet."""
        wanted = [ref for ref in dict.fromkeys(refs) if ref not in self._stored]
        if not wanted:
            return
        for ref, (stored, history) in self._context.reader.read(wanted).items():
            self._stored[ref] = stored
            self._histories[ref] = history

    def history(self, ref: Ref) -> History:
        """Return a record's history with what this unit appended, and those that its rules read with it."""
        self.load([ref])
        return self._histories[ref]

    def linked(self, ref: Ref) -> History:
        """Return a record's history with those that its rules read in one stream with it."""
        history = self.history(ref)
        if ref.kind != "file" or not history.events:
            return history
        others = [parent for parent in parents_of(self.record(ref)) if parent.kind in ("provider", "meeting")]
        self.load(others)
        return attrs.evolve(history, linked=tuple(self.history(other) for other in others))

    def exists(self, ref: Ref) -> bool:
        """Return whether the desk knows a record."""
        return bool(self.history(ref).events)

    def new_id(self) -> str:
        """Return a fresh id."""
        return self._context.ids()

    def is_open(self, record: Record) -> bool:
        """Return whether work on a record goes on."""
        return is_open(record, self.book, self.now)

    def has_key(self, key: str) -> bool:
        """Return whether the desk has an event with a key."""
        return self._context.store.find(key) is not None

    def dependents(self, ref: Ref) -> tuple[Ref, ...]:
        """Return the stored records that depend on a record; the decision holds only if no other does by then."""
        if ref not in self._children:
            self._children[ref] = tuple(self._context.store.children(ref))
        return self._children[ref]

    def children(self, ref: Ref) -> list[CredentialingFile]:
        """Return the files that depend on a record; the decision holds only if no other record does by then."""
        refs = [child for child in self.dependents(ref) if child.kind == "file"]
        self.load(refs)
        return [self.file(child.id) for child in refs]

    def existing(self, ref: Ref) -> Any:  # noqa: ANN401 - the caller names the kind
        """Return the record that a reference names; a person's is there from the start.

        Raises:
            NotFound: The desk does not know it.
        """
        if ref.kind == "person" and ref.id in self.book.desk.team:
            return self.person(ref.id)
        if not self.exists(ref):
            raise NotFound(ref.kind, ref.id)
        tracing.found(ref)
        return self.record(ref)

    def record(self, ref: Ref) -> Record:
        """Return a record as this unit has it, folded once for each change."""
        history = self.history(ref)
        known = self._records.get(ref)
        if known is None or known[0] is not history:
            known = (history, record_of(history))
            self._records[ref] = known
        return known[1]

    def file(self, file_id: str) -> CredentialingFile:
        """Return a file.

        Raises:
            NotFound: The desk does not know it.
        """
        file: CredentialingFile = self.existing(Ref("file", file_id))
        return file

    def provider(self, provider_id: str) -> ProviderRecord:
        """Return a provider.

        Raises:
            NotFound: The desk does not know it.
        """
        provider: ProviderRecord = self.existing(Ref("provider", provider_id))
        return provider

    def meeting(self, meeting_id: str) -> Meeting:
        """Return a meeting.

        Raises:
            NotFound: The desk does not know it.
        """
        meeting: Meeting = self.existing(Ref("meeting", meeting_id))
        return meeting

    def person(self, person_id: str) -> PersonRecord:
        """Return what assignment races on of a person; an empty one if nothing happened yet."""
        person = self.record(Ref("person", person_id))
        if not isinstance(person, PersonRecord):
            raise TypeError(person)
        return person

    def peek(self, person_id: str) -> PersonRecord:
        """Return a person's absences and cover without making the decision depend on them."""
        ref = Ref("person", person_id)
        if ref not in self._stored:
            self._peeked.add(ref)
        return self.person(person_id)

    # --- changing

    def stamp(self, *, at: dt.datetime | None = None, why: str = "", actor: Actor | None = None) -> Stamp:
        """Return what new events of this unit are stamped with."""
        who = self._context.actor if actor is None else actor
        return Stamp(self.now if at is None else at, who.id, self._context.ids, why)

    def append(
        self, ref: Ref, events: Iterable[Event], *, actor: Actor | None = None, key: str | None = None
    ) -> tuple[Event, ...]:
        """Append events to a record, and return them as they are recorded; if one is refused, none is appended.

        The first of them carries the key, the others the key with their place.

        Raises:
            Forbidden: The actor's roles do not allow one of them.
            InvalidInput: One lies in the future, or does not belong to this kind of record.
        """
        events = tuple(events)
        history = self.history(ref)
        before = len(history.events)
        new = []
        recorded_at = max([self.now, *(event.recorded_at for event in history.events[-1:])])
        for place, event in enumerate(events):
            self._check(event, ref, history, actor or self._context.actor, recorded_at)
            event = attrs.evolve(event, recorded_at=recorded_at)  # noqa: PLW2901 - the same event, now recorded
            own_key = key if place == 0 or key is None else part_key(key, place)
            new.append(NewEvent(event, own_key))
            history = history.with_events((event,))
        if new:
            self._new.setdefault(ref, []).extend(new)
        self._histories[ref] = history
        self._peeked.discard(ref)
        if not all(isinstance(event, SILENT) for event in events):
            self._evaluations.clear()  # linked records may be judged by this one
        return history.events[before:]

    def _check(self, event: Event, ref: Ref, history: History, actor: Actor, recorded_at: dt.datetime) -> None:
        """Refuse an event that this actor, this record or this time does not allow; a replacement counts likewise."""
        said = [event]
        check_allowed(actor, said, self.profile.permissions)
        if isinstance(event, Corrected):
            check_correction(event, history)
            check_allowed(actor, [corrected_event(event, history)], self.profile.permissions)
            said += [] if event.replacement is None else [event.replacement]
        for one in said:
            check_days(one)
            refuse_private(one)
            self._check_names(one)
            if ref.kind not in one.of:
                raise InvalidInput(f"{one.type} happens to a {' or '.join(one.of)}, not to a {ref.kind}")
            if one.at > recorded_at:
                raise InvalidInput(
                    f"{one.at.isoformat()} lies after {recorded_at.isoformat()}, when it is recorded; "
                    "a plan is a dated fact inside an event",
                    field="at",
                )

    def _check_names(self, event: Event) -> None:
        """Refuse an event that names somebody, or a meeting, that the desk does not have."""
        team = self.book.desk.team
        person = (
            event.to if isinstance(event, Assigned) else event.covered_by if isinstance(event, CoverArranged) else ""
        )
        if person and person not in team:
            raise NotFound("person", person, known=[member.id for member in team])
        if isinstance(event, PlacedOnAgenda):
            self.meeting(event.meeting)
        if isinstance(event, FileOpened):
            self.provider(event.provider)
            if event.parent:
                self.file(event.parent)
            for what, name, known in (
                ("kind of file", event.kind, self.profile.kinds),
                ("payer", event.payer, self.profile.payers),
            ):
                if name and name not in known:
                    raise NotFound(what, name, known=known, where="in the profile")

    def append_keyed(self, ref: Ref, events: Iterable[tuple[Event, str | None]], *, actor: Actor) -> None:
        """Append events that each have a key of their own."""
        for event, key in events:
            self.append(ref, (event,), actor=actor, key=key)

    def touch(self, ref: Ref) -> None:
        """Have a record judged and its line written again, without an event."""
        self.load([ref])
        self._touched.add(ref)

    def notify(self, ref: Ref, key: str, body: Any, ready_at: dt.datetime) -> None:  # noqa: ANN401 - JSON-ready
        """Send a notice once this unit has committed."""
        self._notices.append(Outgoing(ref=ref, key=key, body=canonical(body), ready_at=to_us(ready_at)))

    def judge(self, ref: Ref) -> Judged:
        """Return what the rules say of a record now, what was told of it, and the difference."""
        history = self.linked(ref)
        if ref not in self._evaluations:
            # What another host recorded may be ahead of this one's clock; it is known, so it counts.
            at = max([self.now, *(event.at for one in (history, *history.linked) for event in one.effective)])
            found = evaluated(self.record(ref), history, self.book, at)
            for failed in () if found is None else found.undetermined:
                desk = self._context.store.desk
                _log.error("rule failed", extra={"desk": desk, "ref": str(ref), "rule": failed.rule})
            self._evaluations[ref] = found
        return judged(self._evaluations[ref], history, self.book)

    def is_stale(self) -> bool:
        """Return whether a record that was read has changed since."""
        if self._context.book().version != self.book.version:
            return True
        now = self._context.store.load(list(self._stored))
        return any(now[ref].version != stored.version for ref, stored in self._stored.items()) or any(
            known != tuple(self._context.store.children(ref)) for ref, known in self._children.items()
        )

    # --- committing

    def commit(self) -> Receipt | None:
        """Write everything, or nothing; None if there is nothing to write.

        Raises:
            Conflict: Something that was read has changed.
            Duplicate: A key is already on the desk.
        """
        refs = sorted({*self._new, *self._touched}, key=lambda ref: (KINDS.index(ref.kind), ref.id))
        if not refs:
            return None
        writes = tuple(self._write(ref) for ref in refs)
        written = {write.ref for write in writes}
        reads = {
            ref: stored.version
            for ref, stored in self._stored.items()
            if ref not in written and ref not in self._peeked
        }
        if self._context.desk_ref not in written:
            reads[self._context.desk_ref] = self.book.version
        mark = tuple(
            ref
            for ref in refs
            if ref.kind in ("provider", "meeting", "file")
            and any(not isinstance(item.event, SILENT) for item in self._new.get(ref, ()))
        )
        children = {ref: frozenset(known) for ref, known in self._children.items()}
        decision = Decision(writes=writes, reads=reads, children=children, notices=tuple(self._notices), mark=mark)
        receipt = self._context.store.commit(decision)
        if not self._context.is_rehearsal:
            self._note(writes)
        return receipt

    def _note(self, writes: Sequence[Write]) -> None:
        """Let the host follow what was decided, by ids and types of events."""
        tracing.count(sum(len(write.events) for write in writes))
        if _log.isEnabledFor(logging.DEBUG):
            refs = [str(write.ref) for write in writes]
            types = [event.type for write in writes for event in write.events]
            more = {"desk": self._context.store.desk, "refs": refs, "types": types}
            _log.debug("left to the host's commit" if self._context.is_joined else "committed", extra=more)

    def _write(self, ref: Ref) -> Write:
        stored = self._stored[ref]
        context = self._context
        if ref == context.desk_ref:
            context.read_book(stored.version, self.history(ref))  # or nobody could work the desk any more
        events = tuple(chained(context.store.desk, stored, self._new.get(ref, ()), context.signing_key))
        record = self.record(ref)
        line, why = line_of(record, self.judge(ref), self.history(ref), self.book, self.now)
        return Write(
            ref=ref,
            expected=stored.version,
            events=events,
            state=canonical(state_of(record, why)),
            line=line,
            parents=parents_of(record),
        )


def part_key(key: str, place: int) -> str:
    """Return the key of a later event of one call; no call's own key looks like it."""
    return f"{key}\x1f{place}"


def decide(context: Context, work: Callable[[Unit], T]) -> T:
    """Do some work and commit it; decided anew from the start when somebody else was faster.

    Raises:
        Conflict: Somebody else was faster each time.
    """
    attempt = 1
    while True:
        unit = Unit(context)
        try:
            answer = work(unit)
            unit.commit()
        except CredcoreError as error:
            # A refusal judged on records that somebody changed meanwhile is no answer either. Within a host's
            # transaction nothing is repeated: what the host read there is as old, and it alone can begin anew.
            if attempt == _TRIES or context.is_joined or not (isinstance(error, Conflict) or unit.is_stale()):
                raise
            stale = list(error.stale) if isinstance(error, Conflict) else []
            more = {"desk": context.store.desk, "attempt": attempt, "code": error.code, "refs": stale}
            _log.debug("decided anew", extra=more)
            # Those who collided wait for a time each of their own, or they would collide again.
            time.sleep(random.uniform(0, min(_WAIT_S * 2**attempt, _LONGEST_WAIT_S)))  # noqa: S311 - no secret
            attempt += 1
        else:
            return answer
