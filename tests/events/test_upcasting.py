"""What was recorded once is read for ever: an event of an older version, from a store up to the desk."""

import datetime as dt

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from credcore.adapters.memory import MemoryStore
from credcore.adapters.sqlite import SQLiteStore
from credcore.coordinator.chain import NewEvent, chained, is_unbroken
from credcore.errors import InvalidInput
from credcore.events import EVENT_TYPES, Corrected, Event, Reviewed, decode, serial
from credcore.ports import Decision, Write
from desks import MONDAY, Clock, desk, with_provider

KEY = b"secret"


@attrs.frozen(kw_only=True)
class ReviewedOnce(Event):
    """A review as an older credcore wrote it: the note was a remark then."""

    type = "reviewed"
    of = ("file",)

    remark: str


@attrs.frozen(kw_only=True)
class ReviewedOneDay(ReviewedOnce):
    """A review as a credcore to come may write it."""

    version = 3


@pytest.fixture
def _note_was_remark(monkeypatch):
    """Let reviews be of version 2, with the upcaster that such a change brings along."""
    upcaster = {("reviewed", 1): lambda body: {"note" if key == "remark" else key: body[key] for key in body}}
    monkeypatch.setattr(Reviewed, "version", 2)
    monkeypatch.setattr(serial, "UPCASTERS", upcaster)


@pytest.fixture(params=["memory", "sqlite"])
def store(request, tmp_path):
    """Give each store in turn."""
    if request.param == "memory":
        yield MemoryStore("main", clock=Clock())
        return
    with SQLiteStore.create(tmp_path / "desk.db", "main", clock=Clock()) as made:
        yield made


def file_on(store):
    """Open a file on a desk over a store, and return its reference."""
    return with_provider(desk(store, signing_key=KEY)).open_file("initial", "p-1").ref


def keep(store, ref, *events):
    """Have a store keep events as whoever wrote them did: their own shape and version, signed behind the others."""
    stored = store.load([ref])[ref]
    kept = tuple(chained(store.desk, stored, [NewEvent(event) for event in events], KEY))
    same = {"state": stored.state, "line": stored.line, "parents": stored.parents}
    store.commit(Decision(writes=(Write(ref=ref, expected=stored.version, events=kept, **same),)))
    return kept


def afresh(store, at=MONDAY):
    """Return the desk as another process opens it at an instant, with ids of its own."""
    coordinator = desk(store, profile=None, clock=Clock(at), signing_key=KEY)
    coordinator._context.ids = iter(f"new-{n}" for n in range(100)).__next__
    return coordinator


OLD = ReviewedOnce(id="old-1", at=MONDAY, by="ben", why="monthly", remark="all there")


@pytest.mark.usefixtures("_note_was_remark")
class TestAnOlderVersion:
    """A review of version 1 lies in the store; this credcore knows version 2."""

    def test_is_read_as_the_present_one_and_kept_as_it_was_written(self, store):
        """The desk shows the present shape; the stored text stays what it was, and the chain holds over it."""
        ref = file_on(store)
        (kept,) = keep(store, ref, OLD)
        assert kept.body == '{"id":"old-1","remark":"all there","version":1,"why":"monthly"}'
        present = Reviewed(id="old-1", at=MONDAY, by="ben", why="monthly", note="all there")
        assert afresh(store).show(ref).events[-1] == present
        afresh(store).record(ref, lambda file, stamp: file.review(stamp, note="and again"))
        *_, before, last = store.history(ref)
        assert before == kept
        assert '"version":2' in last.body
        assert is_unbroken("main", ref, store.history(ref), KEY)

    def test_counts_like_any_other_where_a_rule_reads_it(self, store):
        """A review starts the clock of `look-again` anew, whichever credcore wrote it down."""
        ref, thursday = file_on(store), MONDAY + dt.timedelta(days=3)
        (before,) = afresh(store, thursday).explain(ref, "look-again:intake")
        keep(store, ref, attrs.evolve(OLD, at=thursday, recorded_at=thursday))
        after = afresh(store, thursday).explain(ref, "look-again:intake")[-1]
        assert after.deadline - before.deadline == dt.timedelta(days=3)

    def test_can_be_corrected(self, store):
        """A correction names it by its id, as ever, and is written in the present shape."""
        ref = file_on(store)
        keep(store, ref, OLD)
        coordinator = afresh(store)
        wrong = coordinator.show(ref).events[-1]
        coordinator.correct(ref, "old-1", attrs.evolve(wrong, note="a page is missing"), why="misread")
        assert afresh(store).history(ref).effective[-1].note == "a page is missing"
        assert is_unbroken("main", ref, store.history(ref), KEY)

    def test_is_read_inside_a_correction_too(self, store):
        """What an older credcore put in an event's place is of its version."""
        ref = file_on(store)
        right = attrs.evolve(OLD, id="old-2", remark="a page is missing")
        (_, kept) = keep(store, ref, OLD, Corrected(id="old-3", at=MONDAY, by="ben", event="old-1", replacement=right))
        assert '"remark":"a page is missing","type":"reviewed","version":1' in kept.body
        history = afresh(store).history(ref)
        assert type(history.effective[-1]) is Reviewed
        assert (history.effective[-1].id, history.effective[-1].note) == ("old-2", "a page is missing")
        assert is_unbroken("main", ref, store.history(ref), KEY)

    @pytest.mark.parametrize("wrap", [False, True], ids=["alone", "in a correction"])
    def test_one_that_is_newer_is_refused(self, store, wrap):
        """Nobody guesses at what a credcore to come has written: install that one."""
        ref = file_on(store)
        newer = ReviewedOneDay(id="new-1", at=MONDAY, by="ben", remark="?")
        keep(
            store,
            ref,
            OLD,
            *([Corrected(id="new-2", at=MONDAY, event="old-1", replacement=newer)] if wrap else [newer]),
        )
        with pytest.raises(InvalidInput) as refused:
            afresh(store).show(ref)
        assert "reviewed is of version 3, this credcore reads it up to 2: install a newer credcore" in str(
            refused.value
        )
        assert "file/f-" in str(refused.value)


@given(st.integers(2, 6), st.data())
def test_law_each_version_takes_one_step(versions, data):
    """From any version on, each upcaster between it and the present one is asked once, in order."""
    steps = []

    def upcaster(older):
        def step(body):
            steps.append(older)
            return body

        return step

    older = data.draw(st.integers(1, versions))
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(Reviewed, "version", versions)
        patched.setattr(serial, "UPCASTERS", {("reviewed", v): upcaster(v) for v in range(1, versions)})
        decode({"type": "reviewed", "version": older, "id": "e", "at": "2026-03-02T15:00:00Z"})
    assert steps == list(range(older, versions))


def missing_upcasters(types, upcasters):
    """Return each type and older version for which there is no upcaster, and each upcaster that leads nowhere."""
    needed = {(name, version) for name, kind in types.items() for version in range(1, kind.version)}
    return needed ^ set(upcasters)


def test_every_older_version_of_every_type_has_its_upcaster():
    """A type whose version rises brings the way up from the version before; nobody's records are left behind."""
    assert missing_upcasters(EVENT_TYPES, serial.UPCASTERS) == set()


def test_a_gap_among_the_upcasters_is_seen():
    """The check itself can fail: a version without its upcaster, an upcaster without its version."""
    types = {"reviewed": ReviewedOneDay}
    assert missing_upcasters(types, {("reviewed", 1): dict}) == {("reviewed", 2)}
    assert missing_upcasters(types, dict.fromkeys([("reviewed", v) for v in (1, 2, 3)], dict)) == {("reviewed", 3)}


def test_the_upcaster_of_a_version_is_given_no_mapping_of_its_callers():
    """Whatever an upcaster does to what it is given, the mapping that was read stays as it is."""
    data = {"type": "reviewed", "version": 1, "id": "e", "at": "2026-03-02T15:00:00Z", "remark": "x"}
    before = dict(data)

    def upcaster(body):
        body["note"] = body.pop("remark")
        return body

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(Reviewed, "version", 2)
        patched.setattr(serial, "UPCASTERS", {("reviewed", 1): upcaster})
        assert decode(data).note == "x"
    assert data == before


def test_the_stored_text_is_what_the_chain_signs():
    """Reading as another version signs nothing anew: a mac is over the text, and the text is not touched."""
    store = MemoryStore("main", clock=Clock())
    ref = file_on(store)
    (kept,) = keep(store, ref, OLD)
    changed = attrs.evolve(kept, body=kept.body.replace("remark", "note").replace('"version":1', '"version":2'))
    events = list(store.history(ref))
    assert is_unbroken("main", ref, events, KEY)
    assert not is_unbroken("main", ref, [*events[:-1], changed], KEY)
