# ruff: noqa: S101 - a suite asserts
"""The two laws of a store that random histories test best; they need Hypothesis, the rest of the contract does not."""

import datetime as dt
import itertools
from collections.abc import Callable
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from credcore.adapters.memory import MemoryStore
from credcore.errors import CredcoreError
from credcore.history import Ref
from credcore.instants import from_us
from credcore.ports import Claim, Clock, Decision, Line, Outgoing, Store, View, Write
from credcore.testing._store_kit import ManualClock, event, everything, pages, write

_FEW = settings(deadline=None, max_examples=80)

_REFS = (Ref("file", "a"), Ref("file", "b"), Ref("provider", "a"), Ref("meeting", "a"), Ref("person", "jo"))
_SOON = dt.timedelta(minutes=1)

# Few values, so that ties, repetitions and borders are common.
_small = st.integers(0, 2)
_lines = st.builds(
    Line,
    open=st.sampled_from((True, True, True, False)),
    opened_at=_small,
    stage=st.sampled_from(("psv", "qa")),
    owner=st.sampled_from(("jo", "@lead")),
    urgency=_small,
    deadline=_small,
    not_before=st.none() | _small,
    next_change=st.none() | _small,
    edition=_small,
)
_views = st.builds(
    View,
    at=_small,
    kinds=st.none() | st.just(("file",)) | st.just(("file", "meeting")),
    owners=st.none() | st.just(("jo",)) | st.just(("jo", "@lead")) | st.just(()),
    stage=st.none() | st.just("psv"),
    open=st.sampled_from((True, True, False, None)),
    snoozed=st.booleans(),
)


def check_pages(make_store: Callable[[Clock], Store]) -> None:
    """Check that pages of any size give every row of a view once, in the order of a plain sort."""
    refs = [Ref(kind, name) for kind in ("file", "meeting") for name in "abcd"]

    @_FEW
    @given(lines=st.lists(_lines, max_size=len(refs)), view=_views, limit=st.integers(1, 4))
    def law(lines: list[Line], view: View, limit: int) -> None:
        stored = dict(zip(refs, lines, strict=False))
        store = make_store(ManualClock())
        store.commit(Decision(writes=tuple(write(ref, line=line) for ref, line in stored.items())))
        wanted = sorted(
            (line.urgency, line.deadline, line.opened_at, ref.id, ref.kind)
            for ref, line in stored.items()
            if (view.kinds is None or ref.kind in view.kinds)
            and (view.owners is None or line.owner in view.owners)
            and view.stage in (None, line.stage)
            and view.open in (None, line.open)
            and (view.snoozed or line.not_before is None or line.not_before <= view.at)
        )
        found = pages(store, view, limit)
        assert [(*_numbers(row.line), row.ref.id, row.ref.kind) for row in found] == wanted
        assert all(row.line == stored[row.ref] for row in found)

    law()


def _numbers(line: Line) -> tuple[int, int, int]:
    return (line.urgency, line.deadline, line.opened_at)


def check_agreement(make_store: Callable[[Clock], Store]) -> None:
    """Check that a store answers as the memory store does, whatever both are asked and in whatever order."""

    @_FEW
    @given(data=st.data())
    def law(data: st.DataObject) -> None:
        clock = ManualClock()
        pair = _Pair(data.draw, clock, make_store(clock))
        for _ in range(data.draw(st.integers(1, 25), label="steps")):
            getattr(pair, data.draw(st.sampled_from(_STEPS), label="step"))()
        assert everything(pair.store, _REFS) == everything(pair.model, _REFS)

    law()


_STEPS = ("commit", "commit", "commit", "repeat", "claim", "claim", "settle", "settle", "wait", "look")


class _Pair:
    """A store and its model, asked the same things."""

    def __init__(self, draw: Callable[..., Any], clock: ManualClock, store: Store) -> None:
        self.draw = draw
        self.clock = clock
        self.store = store
        self.model = MemoryStore("model", clock)
        self.decisions: list[Decision] = []
        self.claims: list[tuple[Claim, Claim]] = []
        self.serial = itertools.count()

    def commit(self) -> None:
        refs = self.draw(st.lists(st.sampled_from(_REFS), max_size=3, unique=True))
        decision = Decision(
            writes=tuple(self._write(ref) for ref in refs),
            reads={ref: self._version(ref) for ref in self.draw(st.lists(st.sampled_from(_REFS), max_size=2))},
            children={ref: self._children(ref) for ref in self.draw(st.lists(st.sampled_from(_REFS), max_size=1))},
            notices=tuple(self._notice() for _ in range(self.draw(_small))),
            mark=tuple(self.draw(st.lists(st.sampled_from(_REFS), max_size=2))),
        )
        self.decisions.append(decision)
        self._both(lambda store: store.commit(decision))

    def repeat(self) -> None:
        if self.decisions:
            decision = self.draw(st.sampled_from(self.decisions))
            self._both(lambda store: store.commit(decision))

    def claim(self) -> None:
        what = self.draw(st.sampled_from(("due", "lane")))
        at = from_us(self.draw(_small)) if self.draw(st.booleans()) else self.clock()
        limit = self.draw(st.integers(1, 3))
        lease = self.draw(st.sampled_from((_SOON, 3 * _SOON)))
        theirs, ours = (store.claim(what, at, limit, lease) for store in (self.store, self.model))
        assert [_comparable(claim) for claim in theirs] == [_comparable(claim) for claim in ours]
        self.claims += zip(theirs, ours, strict=True)

    def settle(self) -> None:
        if not self.claims:
            return
        theirs, ours = self.draw(st.sampled_from(self.claims))
        fates = [self.draw(st.sampled_from(("sent", "dead", "left"))) for _ in ours.notices]
        sent, dead = (
            [notice.key for notice, fate in zip(ours.notices, fates, strict=True) if fate == wanted]
            for wanted in ("sent", "dead")
        )
        retry_at = self.draw(st.none() | st.sampled_from((self.clock() - _SOON, self.clock() + _SOON)))
        assert self.store.settle(theirs, sent, dead, retry_at) == self.model.settle(ours, sent, dead, retry_at)

    def wait(self) -> None:
        self.clock.advance(self.draw(st.sampled_from((_SOON, 2 * _SOON))))

    def look(self) -> None:
        view, limit = self.draw(_views), self.draw(st.integers(1, 3))
        by = self.draw(st.lists(st.sampled_from(("kind", "stage", "owner", "urgency")), max_size=2))
        key = self.draw(_keys)
        self._both(lambda store: pages(store, view, limit))
        self._both(lambda store: store.rows(view, limit=limit))
        self._both(lambda store: dict(store.count(view, by)))
        self._both(lambda store: store.find(key))
        self._both(lambda store: everything(store, _REFS))

    def _both(self, ask: Callable[[Store], object]) -> None:
        assert _answer(self.store, ask) == _answer(self.model, ask)

    def _version(self, ref: Ref) -> int:
        """Return a version to rely on: mostly the true one."""
        behind: int = self.draw(st.sampled_from((0, 0, 0, 0, 1)))
        return max(0, self.model.load([ref])[ref].version - behind)

    def _children(self, ref: Ref) -> frozenset[Ref]:
        """Return children to rely on: mostly the true ones."""
        others: frozenset[Ref] = self.draw(st.sampled_from((frozenset(), frozenset(), frozenset(_REFS[:1]))))
        return frozenset(self.model.children(ref)) ^ others

    def _write(self, ref: Ref) -> Write:
        expected = self._version(ref)
        count = self.draw(st.integers(0 if expected else 1, 2))
        return Write(
            ref=ref,
            expected=expected,
            events=tuple(
                event(expected + 1 + n, key=self.draw(st.none() | _keys), mac=f"m{next(self.serial)}")
                for n in range(count)
            ),
            state=f'{{"n":{next(self.serial)}}}',
            line=self.draw(st.none() | _lines),
            parents=tuple(self.draw(st.lists(st.sampled_from(_REFS), max_size=2))),
        )

    def _notice(self) -> Outgoing:
        key = f"n{self.draw(st.integers(0, 30))}"
        return Outgoing(ref=self.draw(st.sampled_from(_REFS)), key=key, body="{}", ready_at=self.draw(_small))


_keys = st.sampled_from([f"k{n}" for n in range(8)])


def _answer(store: Store, ask: Callable[[Store], object]) -> object:
    try:
        return ask(store)
    except CredcoreError as error:
        return (type(error), str(error))


def _comparable(claim: Claim) -> tuple[object, ...]:
    # Tokens are each store's own.
    return (claim.what, claim.ref, claim.until, claim.notices, claim.attempts, claim.added)
