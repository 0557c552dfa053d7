"""Case 34: a change of a provider reaches the lines of its files, also when it comes between reading and commit."""

import contextlib
import random
from collections.abc import Callable

import attrs
import pytest

from credcore.adapters.memory import MemoryStore
from credcore.coordinator import Coordinator
from credcore.errors import CredcoreError
from credcore.instants import to_us
from credcore.ports import Decision, Receipt, View
from desks import Clock, desk, with_provider

RUNS, STEPS = 25, 24


class RacyStore(MemoryStore):
    """A store before whose commits somebody else may come first."""

    def __init__(self, clock: Clock) -> None:
        super().__init__("main", clock=clock)
        self.comes_first: Callable[[], None] | None = None

    def commit(self, decision: Decision) -> Receipt:
        """Commit what is kept of a decision, after what comes first."""
        first, self.comes_first = self.comes_first, None
        if first is not None:
            first()
        return super().commit(self.kept(decision))

    def kept(self, decision: Decision) -> Decision:
        """Return what of a decision is heeded: all of it."""
        return decision


class WithoutMarks(RacyStore):
    """A store that does not mark the files of a provider."""

    def kept(self, decision: Decision) -> Decision:
        """Return a decision that marks nothing."""
        return attrs.evolve(decision, mark=())


class WithoutVersions(RacyStore):
    """A store that marks them, and does not look at the versions of what was read."""

    def kept(self, decision: Decision) -> Decision:
        """Return a decision that relies on nothing."""
        return attrs.evolve(decision, reads={})


def wrong_lines(coordinator: Coordinator, store: MemoryStore, now: int) -> list[str]:
    """Return the open records of which a full recomputation changes sooner than their line says."""
    wrong = []
    for row in store.rows(View(at=0, kinds=None, snoozed=True), None, 500).rows:
        judged = coordinator.show(row.ref).judged
        found = judged.evaluation.next_change
        true = now if judged.difference else None if found is None else max(now, to_us(found))
        stored = row.line.next_change
        if true is not None and (stored is None or stored > true):
            wrong.append(str(row.ref))
    return wrong


def runs_wrong(kind: type[RacyStore]) -> int:
    """Return in how many of some runs a line was ever later than the truth."""
    return sum(_goes_wrong(kind, seed) for seed in range(RUNS))


def _goes_wrong(kind: type[RacyStore], seed: int) -> bool:
    rng = random.Random(seed)  # noqa: S311 - the same each time, not secret
    clock = Clock()
    store = kind(clock)
    coordinator = with_provider(desk(store, clock=clock))
    files = [coordinator.open_file("initial", "p-1").ref.id for _ in range(2)]
    for file_id in files:
        coordinator.record(file_id, lambda file, stamp: file.receive("application", stamp))
        coordinator.advance(file_id, "psv")

    def provider_turns() -> None:
        with contextlib.suppress(CredcoreError):
            change = rng.choice(("start_leave", "end_leave"))
            coordinator.record("provider/p-1", lambda one, stamp: getattr(one, change)(stamp))

    def file_changes() -> None:
        with contextlib.suppress(CredcoreError):
            coordinator.record(rng.choice(files), lambda file, stamp: file.contact("provider", "email", stamp))

    for _ in range(STEPS):
        if rng.randrange(2):
            clock.pass_time(hours=rng.choice((1, 9, 30, 100)))
        if rng.randrange(3) == 0:
            store.comes_first = provider_turns
        rng.choice((provider_turns, file_changes, coordinator.sweep))()
        store.comes_first = None
        if wrong_lines(coordinator, store, to_us(clock.at)):
            return True
    return False


def test_case_34_no_line_is_later_than_a_full_recomputation() -> None:
    """Marked, and committed only against the versions that were read: in no run is a line out of date."""
    assert runs_wrong(RacyStore) == 0


@pytest.mark.parametrize("kind", [WithoutMarks, WithoutVersions])
def test_case_34_without_marks_or_versions_some_are(kind: type[RacyStore]) -> None:
    """The test would see it: leave out the one or the other, and lines go out of date."""
    assert runs_wrong(kind) > 0
