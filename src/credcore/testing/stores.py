# ruff: noqa: S101 - a suite asserts
"""What every store must do, as a class of tests that an adapter inherits.

    class TestMyStore(StoreContract):
        def make_store(self, clock):
            return MyStore.connect(an_empty_place(), "lakeside", clock)

Needs pytest to collect it and Hypothesis for two of its laws. Call
``pytest.register_assert_rewrite("credcore.testing.stores")`` in a ``conftest.py`` to see both sides of a failed
comparison.
"""

import datetime as dt
import threading
from collections.abc import Callable, Sequence
from typing import Any, TypeVar

from credcore.errors import Conflict, CredcoreError, Duplicate, InvalidInput, NaiveInstant
from credcore.history import Ref
from credcore.instants import from_us, to_us
from credcore.ports import (
    NO_DEADLINE,
    Claim,
    Clock,
    Cursor,
    Decision,
    Outgoing,
    Receipt,
    Store,
    Stored,
    StoredEvent,
    View,
    Write,
)
from credcore.testing._store_kit import (
    FILE,
    PLAIN,
    ManualClock,
    event,
    everything,
    indexed,
    line,
    notice,
    pages,
    write,
)

__all__ = ["ManualClock", "StoreContract", "event", "everything", "line", "notice", "pages", "write"]

_Error = TypeVar("_Error", bound=CredcoreError)

MINUTE = dt.timedelta(minutes=1)
HOUR = dt.timedelta(hours=1)
OTHER, CHILD = Ref("file", "f-2"), Ref("file", "f-3")
PROVIDER = Ref("provider", "p-1")


def _refused(kind: type[_Error], act: Callable[[], object]) -> _Error:
    try:
        act()
    except kind as error:
        return error
    raise AssertionError(f"{kind.__name__} was not raised")


def _keys(claims: Sequence[Claim]) -> list[str]:
    return [notice.key for claim in claims for notice in claim.notices]


class StoreContract:
    """The tests; a subclass says how to make a store with an empty desk."""

    def make_store(self, clock: Clock) -> Store:
        """Return a store with an empty desk that nothing else uses; the subclass sees to closing it."""
        raise NotImplementedError

    def start(self, *writes: Write, notices: Sequence[Outgoing] = ()) -> tuple[Store, ManualClock]:
        """Return a new store in which some records were written, and its clock."""
        clock = ManualClock()
        store = self.make_store(clock)
        if writes or notices:
            store.commit(Decision(writes=writes, notices=tuple(notices)))
        return store, clock

    # A decision

    def test_an_unknown_record_has_version_0(self) -> None:
        """What the store never saw is answered, not refused."""
        store, _ = self.start()
        assert store.load([FILE]) == {FILE: Stored(FILE, 0, b"", "", None)}
        assert list(store.history(FILE)) == []
        assert store.children(FILE) == ()
        assert store.find("k") is None

    def test_a_commit_reads_back(self) -> None:
        """A record comes back as it was written, its parents in their order."""
        store, _ = self.start()
        first, second = event(1, key="open:f-1"), event(2)
        wanted = line(deadline=9, not_before=2, next_change=8)
        receipt = store.commit(
            Decision(writes=(write(FILE, 0, first, second, line=wanted, parents=(PROVIDER, OTHER), state="{1}"),))
        )
        assert receipt == Receipt({FILE: 2})
        assert store.load([FILE])[FILE] == Stored(FILE, 2, second.mac, "{1}", wanted, (PROVIDER, OTHER))
        assert list(store.history(FILE)) == [first, second]
        assert list(store.history(FILE, after=1)) == [second]
        assert store.load([PROVIDER])[PROVIDER].version == 0

    def test_history_is_of_its_moment(self) -> None:
        """What is committed while somebody iterates does not slip in."""
        store, _ = self.start(write(FILE))
        events = store.history(FILE)
        store.commit(Decision(writes=(write(FILE, 1),)))
        assert [item.version for item in events] == [1]

    def test_a_write_without_events_indexes_again(self) -> None:
        """The line, the parents and the state change; version and head stay."""
        store, _ = self.start(write(FILE, parents=(PROVIDER,)))
        head = store.load([FILE])[FILE].head
        store.commit(Decision(writes=(indexed(FILE, 1, line(stage="qa"), parents=(OTHER,)),)))
        assert store.load([FILE])[FILE] == Stored(FILE, 1, head, "{}", line(stage="qa"), (OTHER,))
        assert (store.children(PROVIDER), store.children(OTHER)) == ((), (FILE,))

    def test_a_conflict_names_every_stale_record_and_changes_nothing(self) -> None:
        """Stale writes and stale reads are told together, sorted, and no part of the decision stays."""
        store, _ = self.start(write(FILE), write(OTHER), write(PROVIDER))
        before = everything(store, [FILE, OTHER, PROVIDER, CHILD])
        decision = Decision(
            writes=(write(CHILD), write(OTHER, 4), write(FILE, 1)),
            reads={PROVIDER: 0, Ref("meeting", "m"): 2, FILE: 1},
            notices=(notice("n"),),
            mark=(PROVIDER,),
        )
        error = _refused(Conflict, lambda: store.commit(decision))
        assert error.stale == ("file/f-2", "meeting/m", "provider/p-1")
        assert everything(store, [FILE, OTHER, PROVIDER, CHILD]) == before
        assert store.claim("lane", from_us(0), 9, HOUR) == ()

    def test_a_read_that_still_holds_lets_the_decision_pass(self) -> None:
        """What was read and has not changed, or is still unknown, is no obstacle."""
        store, _ = self.start(write(PROVIDER))
        store.commit(Decision(writes=(write(FILE),), reads={PROVIDER: 1, OTHER: 0}))
        assert store.load([FILE])[FILE].version == 1

    def test_a_decision_may_rely_on_the_children_of_a_record(self) -> None:
        """A further child, one that left, or another in its place is a conflict that names the parent."""
        store, _ = self.start(write(FILE, parents=(PROVIDER,)), write(OTHER))

        def relying(*known: Ref) -> Decision:
            return Decision(writes=(write(CHILD),), children={PROVIDER: frozenset(known)}, notices=(notice("n"),))

        before = everything(store, [FILE, OTHER, PROVIDER, CHILD])
        for known in ((), (OTHER,), (FILE, OTHER)):
            assert _refused(Conflict, lambda known=known: store.commit(relying(*known))).stale == ("provider/p-1",)  # type: ignore[misc]
        assert everything(store, [FILE, OTHER, PROVIDER, CHILD]) == before
        both = Decision(writes=(write(OTHER, 4),), children={PROVIDER: frozenset(), Ref("meeting", "m"): frozenset()})
        assert _refused(Conflict, lambda: store.commit(both)).stale == ("file/f-2", "provider/p-1")
        store.commit(relying(FILE))
        store.commit(Decision(writes=(write(FILE, 1, parents=(PROVIDER,)),), children={PROVIDER: frozenset({FILE})}))
        assert store.load([CHILD, FILE])[CHILD].version == 1

    def test_children_that_a_decision_adds_are_no_obstacle_to_itself(self) -> None:
        """What it relies on is how things stood before it; its answer lost, it succeeds again."""
        store, _ = self.start()
        decision = Decision(writes=(write(FILE, parents=(PROVIDER,)),), children={PROVIDER: frozenset()})
        assert store.commit(decision).repeated is False
        assert store.commit(decision).repeated is True
        assert store.children(PROVIDER) == (FILE,)

    def test_an_only_child_is_won_once(self) -> None:
        """Threads that each add a child where they saw none: one of them does."""
        store, _ = self.start(write(PROVIDER))
        won: list[Ref] = []

        def race(name: str) -> None:
            child = Ref("file", name)
            try:
                store.commit(Decision(writes=(write(child, parents=(PROVIDER,)),), children={PROVIDER: frozenset()}))
            except Conflict:
                return
            won.append(child)

        _at_once(8, race)
        assert len(won) == 1
        assert store.children(PROVIDER) == tuple(won)

    def test_an_event_key_is_unique_on_the_desk(self) -> None:
        """A second event with the key is refused with the record that has it, and nothing is written."""
        store, _ = self.start(write(FILE, 0, event(1, key="k")))
        before = everything(store, [FILE, OTHER])
        again = Decision(writes=(write(OTHER, 0, event(1), event(2, key="k", mac="other")),), notices=(notice("n"),))
        error = _refused(Duplicate, lambda: store.commit(again))
        assert (error.key, error.ref) == ("k", "file/f-1")
        assert everything(store, [FILE, OTHER]) == before
        assert store.find("k") == (FILE, event(1, key="k"))

    def test_a_decision_cannot_give_a_key_twice(self) -> None:
        """Twice in one decision is once too often, for events and for notices."""
        store, _ = self.start()
        twice = Decision(writes=(write(FILE, 0, event(1, key="k")), write(OTHER, 0, event(1, key="k", mac="o"))))
        assert _refused(Duplicate, lambda: store.commit(twice)).ref == "file/f-1"
        notices = Decision(writes=(), notices=(notice("n", OTHER), notice("n", FILE)))
        assert _refused(Duplicate, lambda: store.commit(notices)).ref == "file/f-2"
        assert store.load([FILE])[FILE].version == 0

    def test_a_notice_key_is_unique_for_ever(self) -> None:
        """A sent notice still refuses its key; an event may have the same key."""
        store, clock = self.start(write(FILE, 0, event(1, key="n")), notices=[notice("n")])
        (claim,) = store.claim("lane", clock(), 1, HOUR)
        assert store.settle(claim, sent=["n"])
        error = _refused(Duplicate, lambda: store.commit(Decision(writes=(write(OTHER),), notices=(notice("n"),))))
        assert (error.key, error.ref) == ("n", "file/f-1")
        assert store.load([OTHER])[OTHER].version == 0

    def test_a_conflict_comes_before_a_duplicate(self) -> None:
        """Who is stale decides anew and may not want the key any more."""
        store, _ = self.start(write(FILE, 0, event(1, key="k")))
        _refused(Conflict, lambda: store.commit(Decision(writes=(write(FILE, 0, event(1, key="k", mac="x")),))))

    def test_a_decision_whose_answer_was_lost_succeeds_again(self) -> None:
        """The same decision changes nothing the second time, whatever came after it."""
        decision = Decision(
            writes=(
                write(FILE, 0, event(1, key="k"), event(2), line=line(next_change=0)),
                write(PROVIDER, line=None),
            ),
            reads={OTHER: 0},
            notices=(notice("n"),),
        )
        store, clock = self.start()
        first = store.commit(decision)
        store.commit(Decision(writes=(write(OTHER), write(FILE, 2, line=line(stage="qa", next_change=0)))))
        (claim,) = store.claim("due", clock(), 1, HOUR)
        before = everything(store, [FILE, OTHER, PROVIDER])
        assert store.commit(decision) == Receipt(first.versions, repeated=True)
        assert everything(store, [FILE, OTHER, PROVIDER]) == before
        assert store.settle(claim), "a repeated decision is not a commit, so it clears no lease"

    def test_another_decision_on_the_same_version_is_a_conflict(self) -> None:
        """Only the same mac is the same decision; half of one is not."""
        store, _ = self.start(write(FILE, 0, event(1, mac="a")))
        _refused(Conflict, lambda: store.commit(Decision(writes=(write(FILE, 0, event(1, mac="b")),))))
        half = Decision(writes=(write(FILE, 0, event(1, mac="a")), write(OTHER)))
        assert _refused(Conflict, lambda: store.commit(half)).stale == ("file/f-1",)
        longer = Decision(writes=(write(FILE, 0, event(1, mac="a"), event(2)),))
        _refused(Conflict, lambda: store.commit(longer))

    def test_indexing_again_twice_is_not_a_repetition(self) -> None:
        """A decision without events has no mac to be known by: it applies again."""
        store, _ = self.start(write(FILE))
        decision = Decision(writes=(indexed(FILE, 1, line(stage="qa")),))
        assert store.commit(decision) == store.commit(decision) == Receipt({FILE: 1})

    def test_a_decision_that_no_store_could_write_is_refused(self) -> None:
        """A record written twice, a gap, an unsigned event, nothing to index, an unknown kind."""
        store, _ = self.start()
        for wrong, path in (
            ((write(FILE), write(FILE)), "writes[1]"),
            ((write(FILE, 0, event(1), event(3)),), "writes[0].events[1].version"),
            ((write(FILE, 0, StoredEvent(1, 0, 0, "t", "jo", None, "{}", b"")),), "writes[0].events[0].mac"),
            ((indexed(FILE, 0, PLAIN),), "writes[0]"),
            ((write(Ref("flie", "f")),), "ref"),
        ):
            error = _refused(InvalidInput, lambda wrong=wrong: store.commit(Decision(writes=wrong)))  # type: ignore[misc]
            assert error.path == path
        assert everything(store, [FILE]) == everything(self.start()[0], [FILE])

    def test_each_version_is_won_once(self) -> None:
        """Threads that race for one record win every version exactly once between them."""
        store, _ = self.start()
        won: list[tuple[int, bytes]] = []

        def race(name: str) -> None:
            for _ in range(12):
                expected = store.load([FILE])[FILE].version
                mine = event(expected + 1, mac=f"{name}@{expected}")
                try:
                    store.commit(Decision(writes=(write(FILE, expected, mine),)))
                except Conflict:
                    continue
                won.append((expected + 1, mine.mac))

        _at_once(8, race)
        assert sorted(won) == [(item.version, item.mac) for item in store.history(FILE)]
        assert [version for version, _ in sorted(won)] == list(range(1, len(won) + 1))

    # Looking things up

    def test_find_gives_the_event_and_its_record(self) -> None:
        """A key leads to its event; a notice's key does not."""
        store, _ = self.start(write(FILE), write(OTHER, 0, event(1), event(2, key="k")), notices=[notice("n")])
        assert store.find("k") == (OTHER, event(2, key="k"))
        assert store.find("n") is None

    def test_children_are_sorted_and_follow_the_last_write(self) -> None:
        """By kind and id; who names another parent now is gone."""
        meeting = Ref("meeting", "z")
        store, _ = self.start(*(write(ref, parents=(PROVIDER, PROVIDER)) for ref in (meeting, OTHER, FILE)))
        assert store.children(PROVIDER) == (FILE, OTHER, meeting)
        store.commit(Decision(writes=(write(OTHER, 1),)))
        assert store.children(PROVIDER) == (FILE, meeting)

    # The worklist

    def test_a_view_narrows_by_each_of_its_parts(self) -> None:
        """Kind, owner, stage, open and snoozed; a record without a line is nowhere."""
        meeting = Ref("meeting", "m")
        store, _ = self.start(
            write(FILE, line=line(owner="jo", stage="psv")),
            write(OTHER, line=line(owner="@lead", stage="qa")),
            write(CHILD, line=line(open=False)),
            write(meeting, line=line(not_before=100)),
            write(PROVIDER, line=None),
        )

        def seen(**parts: Any) -> list[Ref]:  # noqa: ANN401 - the fields of a View
            view = View(**{"at": 99, "kinds": None, **parts})
            assert sum(store.count(view, ("kind",)).values()) == store.count(view, ())[()] == len(pages(store, view, 1))
            return [row.ref for row in store.rows(view).rows]

        assert seen() == [FILE, OTHER]
        assert seen(at=100) == [FILE, OTHER, meeting]
        assert seen(snoozed=True, kinds=("meeting", "provider")) == [meeting]
        assert seen(open=None, kinds=("file",)) == [FILE, OTHER, CHILD]
        assert seen(open=False, owners=("jo",)) == [CHILD]
        assert seen(owners=("@lead", "jo", "jo")) == [FILE, OTHER]
        assert seen(owners=("@lead",), stage="qa") == [OTHER]
        assert seen(owners=()) == seen(kinds=()) == seen(stage="") == []

    def test_records_of_different_kinds_may_share_an_id(self) -> None:
        """The kind parts them, so no page loses or repeats one."""
        refs = [Ref(kind, "x") for kind in ("file", "meeting", "provider")]
        store, _ = self.start(*(write(ref) for ref in reversed(refs)))
        view = View(at=0, kinds=None)
        assert [row.ref for row in pages(store, view, 1)] == refs
        assert store.rows(view, limit=1).after == Cursor(3, NO_DEADLINE, 1, "file/x")
        assert store.rows(view, limit=3).after is None

    def test_counts_group_by_columns(self) -> None:
        """The keys are tuples in the order of the columns; by none there is one."""
        store, _ = self.start(write(FILE), write(OTHER, line=line(stage="qa", urgency=1)), write(CHILD))
        view = View(at=0)
        assert store.count(view, ("stage", "urgency")) == {("psv", 3): 2, ("qa", 1): 1}
        assert store.count(view, ("owner", "kind")) == {("jo", "file"): 3}
        assert store.count(View(at=0, stage="none"), ()) == {(): 0}
        assert store.count(View(at=0, stage="none"), ("kind",)) == {}

    def test_a_view_that_makes_no_sense_is_refused(self) -> None:
        """An unknown kind or column, no rows, a cursor from elsewhere: told with what would be right."""
        store, _ = self.start()
        view = View(at=0)
        for act, field in (
            (lambda: store.rows(View(at=0, kinds=("flie",))), "kinds"),
            (lambda: store.rows(view, limit=0), "limit"),
            (lambda: store.rows(view, Cursor(1, 1, 1, "x")), "ref"),
            (lambda: store.count(view, ("state",)), "by"),
        ):
            assert _refused(InvalidInput, act).field == field

    def test_pages_follow_the_total_order(self) -> None:
        """Whatever the lines, pages of any size give every row once, in the order of a plain sort."""
        from credcore.testing._store_laws import check_pages  # noqa: PLC0415 - only two laws need Hypothesis

        check_pages(self.make_store)

    # Due records

    def test_due_is_claimed_longest_due_first(self) -> None:
        """Up to the limit, closed ones too; what is not due yet, never due or off the worklist is not claimed."""
        store, clock = self.start(
            write(FILE, line=line(next_change=20)),
            write(OTHER, line=line(next_change=10)),
            write(CHILD, line=line(open=False, next_change=20)),
            write(Ref("file", "later"), line=line(next_change=21)),
            write(Ref("file", "never"), line=line(next_change=None)),
            write(PROVIDER, line=None),
        )
        first = store.claim("due", from_us(20), 2, HOUR)
        assert [claim.ref for claim in first] == [OTHER, FILE]
        assert {claim.until for claim in first} == {clock.us + to_us(from_us(0) + HOUR)}
        assert [claim.ref for claim in store.claim("due", from_us(20), 9, HOUR)] == [CHILD]
        assert first[0].token != first[1].token

    def test_a_lease_is_exclusive_until_it_ends(self) -> None:
        """Nobody else gets the record before; afterwards who lost it cannot settle."""
        store, clock = self.start(write(FILE, line=line(next_change=0)))
        (mine,) = store.claim("due", clock(), 1, HOUR)
        clock.advance(HOUR - dt.timedelta(microseconds=1))
        assert store.claim("due", clock(), 1, HOUR) == ()
        clock.advance(dt.timedelta(microseconds=1))
        (theirs,) = store.claim("due", clock(), 1, HOUR)
        assert not store.settle(mine, retry_at=clock() + HOUR)
        assert store.load([FILE])[FILE].line == line(next_change=0)
        assert store.settle(theirs)

    def test_a_commit_clears_the_lease(self) -> None:
        """A claim never blocks a commit; whoever held the record settles in vain, and it can be claimed anew."""
        for change in (write(FILE, 1, line=line(next_change=5)), indexed(FILE, 1, line(next_change=5))):
            store, clock = self.start(write(FILE, line=line(next_change=0)))
            (mine,) = store.claim("due", clock(), 1, HOUR)
            store.commit(Decision(writes=(change,)))
            assert not store.settle(mine, retry_at=clock() + HOUR)
            (again,) = store.claim("due", clock(), 1, HOUR)
            assert store.settle(again)

    def test_settling_frees_a_record(self) -> None:
        """At once, or from the time to try again; a second time is in vain."""
        store, clock = self.start(write(FILE, line=line(next_change=0)))
        (claim,) = store.claim("due", clock(), 1, HOUR)
        assert store.settle(claim)
        assert not store.settle(claim)
        (claim,) = store.claim("due", clock(), 1, HOUR)
        assert store.settle(claim, retry_at=clock() + MINUTE)
        assert store.claim("due", clock(), 1, HOUR) == ()
        assert len(store.claim("due", clock() + MINUTE, 1, HOUR)) == 1

    def test_workers_never_share_a_claim(self) -> None:
        """Threads that claim at once get each record once between them."""
        refs = [Ref("file", f"f-{n}") for n in range(40)]
        store, clock = self.start(*(write(ref, line=line(next_change=0)) for ref in refs))
        claimed: list[Ref] = []

        def work(_name: str) -> None:
            while claims := store.claim("due", clock(), 3, HOUR):
                claimed.extend(claim.ref for claim in claims)

        _at_once(4, work)
        assert sorted(claimed) == sorted(refs)

    def test_a_claim_that_makes_no_sense_is_refused(self) -> None:
        """An unknown word, no rows, no time, an instant without a zone."""
        store, clock = self.start()
        naive = clock().replace(tzinfo=None)
        for act, field in (
            (lambda: store.claim("deu", clock(), 1, HOUR), "what"),  # type: ignore[arg-type]  # what is tested
            (lambda: store.claim("due", clock(), 0, HOUR), "limit"),
            (lambda: store.claim("lane", clock(), 1, dt.timedelta()), "lease"),
        ):
            assert _refused(InvalidInput, act).field == field
        _refused(NaiveInstant, lambda: store.claim("due", naive, 1, HOUR))

    # Marks

    def test_a_mark_makes_dependents_due(self) -> None:
        """Now at the latest, also what was never due; closed records and those off the worklist stay."""
        refs = [Ref("file", name) for name in ("never", "later", "overdue", "closed", "off", "stranger")]
        lines = [line(), line(next_change=2**60), line(next_change=3), line(open=False), None, line()]
        parents = [(PROVIDER,)] * 5 + [(OTHER,)]
        store, clock = self.start(
            *(write(ref, line=its, parents=up) for ref, its, up in zip(refs, lines, parents, strict=True))
        )
        store.commit(Decision(writes=(write(PROVIDER, line=None),), mark=(PROVIDER, Ref("desk", "unknown"))))
        after = [store.load(refs)[ref].line for ref in refs]
        assert after == [line(next_change=clock.us)] * 2 + [line(next_change=3), line(open=False), None, line()]
        assert [claim.ref.id for claim in store.claim("due", clock(), 9, HOUR)] == ["overdue", "never", "later"]

    def test_what_the_decision_writes_itself_is_not_marked(self) -> None:
        """It was judged with the new parent, so its own line wins, whether the link is old or new."""
        store, _ = self.start(write(FILE, parents=(PROVIDER,)))
        store.commit(
            Decision(
                writes=(
                    write(PROVIDER, line=None),
                    write(FILE, 1, line=line(next_change=2**60), parents=(PROVIDER,)),
                    write(CHILD, parents=(PROVIDER,)),
                ),
                mark=(PROVIDER,),
            )
        )
        found = store.load([FILE, CHILD])
        assert (found[FILE].line, found[CHILD].line) == (line(next_change=2**60), line())

    def test_settling_cannot_put_off_a_mark(self) -> None:
        """Who holds a record while its parent changes has judged it by the old one: the record stays due."""
        store, clock = self.start(write(FILE, line=line(next_change=0), parents=(PROVIDER,)))
        (claim,) = store.claim("due", clock(), 1, HOUR)
        store.commit(Decision(writes=(write(PROVIDER, line=None),), mark=(PROVIDER,)))
        assert not store.settle(claim, retry_at=clock() + HOUR)
        assert len(store.claim("due", clock(), 1, HOUR)) == 1

    def test_a_sweep_that_read_the_old_parent_conflicts(self) -> None:
        """Marked and checked (case 34): the stale sweep writes nothing, the next one finds the record due."""
        store, clock = self.start(
            write(PROVIDER, line=None), write(FILE, line=line(next_change=0), parents=(PROVIDER,))
        )
        (claim,) = store.claim("due", clock(), 1, HOUR)
        store.commit(Decision(writes=(write(PROVIDER, 1, line=None),), mark=(PROVIDER,)))
        stale = Decision(writes=(write(claim.ref, 1, parents=(PROVIDER,)),), reads={PROVIDER: 1})
        assert _refused(Conflict, lambda: store.commit(stale)).stale == ("provider/p-1",)
        assert [again.ref for again in store.claim("due", clock(), 1, HOUR)] == [FILE]

    # Lanes

    def test_a_lane_gives_its_ready_notices_in_order(self) -> None:
        """Up to the first that is not ready, so that none overtakes it; a lane behind such a one is not claimed."""
        later = ManualClock().us + 1
        store, clock = self.start(
            notices=[
                *(notice(key, FILE, ready) for key, ready in (("a", 5), ("b", 3), ("c", later), ("d", 1))),
                *(notice(key, OTHER, ready) for key, ready in (("x", later), ("y", 0))),
            ],
        )
        (claim,) = store.claim("lane", clock(), 9, HOUR)
        assert claim.notices == (notice("a", FILE, 5), notice("b", FILE, 3))
        assert (claim.ref, claim.attempts, claim.added) == (FILE, 0, 4)
        assert store.settle(claim, sent=["a", "b"])
        assert store.claim("lane", clock(), 9, HOUR) == ()
        assert _keys(store.claim("lane", from_us(later), 9, HOUR)) == ["c", "d", "x", "y"]

    def test_lanes_come_longest_ready_first(self) -> None:
        """Up to the limit; a lane whose record has no event yet is a lane."""
        store, clock = self.start(notices=[notice("a", FILE, 2), notice("b", OTHER, 1), notice("c", CHILD, 2)])
        assert _keys(store.claim("lane", clock(), 2, HOUR)) == ["b", "a"]
        assert _keys(store.claim("lane", clock(), 2, HOUR)) == ["c"]
        assert store.load([FILE])[FILE].version == 0

    def test_a_long_lane_comes_in_parts(self) -> None:
        """One claim takes a hundred notices, the next goes on behind them."""
        keys = [f"n{n:03}" for n in range(130)]
        store, clock = self.start(notices=[notice(key) for key in keys])
        (first,) = store.claim("lane", clock(), 1, HOUR)
        assert _keys([first]) == keys[:100]
        assert store.settle(first, sent=keys[:100])
        assert _keys(store.claim("lane", clock(), 1, HOUR)) == keys[100:]

    def test_a_notice_comes_again_until_it_is_settled(self) -> None:
        """At least once: who stops while sending leaves its lane to the next when the lease ends."""
        store, clock = self.start(notices=[notice("a"), notice("b")])
        (lost,) = store.claim("lane", clock(), 1, HOUR)
        assert store.claim("lane", clock(), 1, HOUR) == ()
        clock.advance(HOUR)
        (again,) = store.claim("lane", clock(), 1, HOUR)
        assert again.notices == lost.notices
        assert not store.settle(lost, sent=["a", "b"])
        assert store.settle(again, sent=["a"])
        assert _keys(store.claim("lane", clock(), 1, HOUR)) == ["b"]

    def test_a_failed_notice_holds_its_lane_until_the_retry(self) -> None:
        """The first that is left backs off and counts the attempt; those behind it wait with it."""
        store, clock = self.start(notices=[notice("a"), notice("b"), notice("c")])
        (claim,) = store.claim("lane", clock(), 1, HOUR)
        assert store.settle(claim, sent=["a"], retry_at=clock() + MINUTE)
        assert store.claim("lane", clock(), 1, HOUR) == ()
        (claim,) = store.claim("lane", clock() + MINUTE, 1, HOUR)
        assert claim.notices == (notice("b", ready_at=to_us(clock() + MINUTE)), notice("c"))
        assert claim.attempts == 1
        assert store.settle(claim, retry_at=clock())
        (claim,) = store.claim("lane", clock(), 1, HOUR)
        assert (_keys([claim]), claim.attempts) == (["b", "c"], 2)
        assert store.settle(claim, dead=["b"])
        (claim,) = store.claim("lane", clock(), 1, HOUR)
        assert (_keys([claim]), claim.attempts) == (["c"], 0)

    def test_a_notice_added_while_its_lane_is_held_is_not_lost(self) -> None:
        """No wake-up is lost (case 41), and what was never tried does not back off."""
        store, clock = self.start(notices=[notice("a")])
        (claim,) = store.claim("lane", clock(), 1, HOUR)
        store.commit(Decision(writes=(), notices=(notice("b"),)))
        assert store.claim("lane", clock(), 1, HOUR) == ()
        assert store.settle(claim, sent=["a"], retry_at=clock() + HOUR)
        (claim,) = store.claim("lane", clock(), 1, HOUR)
        assert (_keys([claim]), claim.attempts, claim.added) == (["b"], 0, 2)

    def test_a_lane_wakes_after_it_slept(self) -> None:
        """An empty lane is claimed again once a notice comes."""
        store, clock = self.start(notices=[notice("a")])
        (claim,) = store.claim("lane", clock(), 1, HOUR)
        assert store.settle(claim, sent=["a"])
        assert store.claim("lane", clock(), 1, HOUR) == ()
        store.commit(Decision(writes=(), notices=(notice("b"),)))
        assert _keys(store.claim("lane", clock(), 1, HOUR)) == ["b"]

    def test_a_commit_on_the_record_leaves_its_lane_held(self) -> None:
        """Sending goes on beside the record's work: only the due lease ends with a commit."""
        store, clock = self.start(write(FILE, line=line(next_change=0)), notices=[notice("a")])
        (claim,) = store.claim("lane", clock(), 1, HOUR)
        store.commit(Decision(writes=(write(FILE, 1),)))
        assert store.claim("lane", clock(), 1, HOUR) == ()
        assert store.settle(claim, sent=["a"])

    def test_only_what_was_claimed_can_be_settled(self) -> None:
        """Another notice's key, or one both sent and dead, is refused and changes nothing."""
        store, clock = self.start(notices=[notice("a"), notice("b", OTHER)])
        mine, theirs = store.claim("lane", clock(), 2, HOUR)
        assert _refused(InvalidInput, lambda: store.settle(mine, sent=["b"])).field == "sent or dead"
        assert _refused(InvalidInput, lambda: store.settle(mine, sent=["a"], dead=["a"])).field == "dead"
        assert store.settle(mine)
        assert store.settle(theirs)
        assert _keys(store.claim("lane", clock(), 2, HOUR)) == ["a", "b"]

    # All together

    def test_it_answers_as_the_memory_store_does(self) -> None:
        """Driven through one random history, the store and the model give the same answers."""
        from credcore.testing._store_laws import check_agreement  # noqa: PLC0415 - only two laws need Hypothesis

        check_agreement(self.make_store)


def _at_once(count: int, work: Callable[[str], None]) -> None:
    failures: list[BaseException] = []

    def guarded(name: str) -> None:
        try:
            work(name)
        except BaseException as error:  # noqa: BLE001 - raised again in the test's own thread
            failures.append(error)

    threads = [threading.Thread(target=guarded, args=(f"t{n}",)) for n in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if failures:
        raise failures[0]
