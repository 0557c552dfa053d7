"""A span an action: what was done, on which desk, by whom, to which record; nothing where nobody traces."""

import contextlib
import datetime as dt
import pathlib
import re
import subprocess
import sys

import pytest
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.trace import StatusCode
from test_casework import opened, to_psv

from credcore.adapters.memory import MemoryStore
from credcore.coordinator import Actor, Coordinator, NewProvider, tracing
from credcore.errors import CredcoreError, Forbidden, MoveRefused
from desks import Clock, Outbox, Payers, desk, with_provider

ROOT = pathlib.Path(__file__).parents[2]
NO_ACTIONS = {
    "acting_as": "gives the desk to somebody, and does nothing",
    "within": "is a block of the host's own, which traces it as it likes",
    "worklist": "is read while the host goes through it",
}


@pytest.fixture
def spans(monkeypatch):
    """Return a function that gives the spans ended since it was asked last; their provider is this test's alone."""
    exporter = InMemorySpanExporter()
    provider = TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    monkeypatch.setattr(tracing, "_tracer", lambda: provider.get_tracer("credcore"))

    def ended():
        found = exporter.get_finished_spans()
        exporter.clear()
        return found

    yield ended
    provider.shutdown()


def worked(spans):
    """Return a desk with an open file, and the file's id; what led there is forgotten."""
    coordinator = with_provider(desk())
    file_id = opened(coordinator)
    spans()
    return coordinator, file_id


class TestASpan:
    """What one call leaves in the host's traces."""

    def test_names_the_action_the_desk_the_actor_the_record_and_how_many_events(self, spans):
        """An assignment writes two events: on the file, and on the person who took it."""
        coordinator, file_id = worked(spans)
        coordinator.assign(file_id, "ben")
        (span,) = spans()
        assert span.name == "credcore.assign"
        assert dict(span.attributes) == {
            "credcore.desk": "main",
            "credcore.actor": "ana",
            "credcore.ref": f"file/{file_id}",
            "credcore.events": 2,
        }
        assert span.status.status_code is StatusCode.UNSET
        assert span.instrumentation_scope.name == "credcore"

    @pytest.mark.parametrize(
        ("call", "ref"),
        [
            (lambda one, file: one.show(file), "file/{}"),
            (lambda one, file: one.show(ref=f"file/{file}"), "file/{}"),
            (lambda one, file: one.advance(file_id=file, to="withdrawn"), "file/{}"),
            (lambda one, _: one.show("provider/p-1"), "provider/p-1"),
            (lambda one, _: one.history("person/ben"), "person/ben"),
            (lambda one, _: one.duplicates_of("p-1"), "provider/p-1"),
            (lambda one, _: one.sweep(), None),
            (lambda one, _: one.report(), None),
        ],
    )
    def test_names_the_record_however_it_is_given(self, spans, call, ref):
        """By position or by name, as a file's id or in full; what concerns many records names none."""
        coordinator, file_id = worked(spans)
        call(coordinator, file_id)
        (span,) = spans()
        assert span.attributes.get("credcore.ref") == (ref and ref.format(file_id))

    @pytest.mark.parametrize(
        "call",
        [
            lambda one, typed: one.show(typed, as_of=dt.datetime(2026, 3, 2)),  # noqa: DTZ001 - the slip
            lambda one, typed: one.record(typed, [], command="a\nb"),
            lambda one, typed: one.record(typed, 5),
            lambda one, typed: one.merge(typed, typed, why="", command="\x1f"),
            lambda one, typed: one.open_file("initial", typed),
            lambda one, typed: one.open_file(typed, "p-1"),
        ],
    )
    def test_never_repeats_what_was_typed(self, spans, call):
        """Only what the desk knows is named: anything may stand where an id should."""
        coordinator, _ = worked(spans)
        with contextlib.suppress(CredcoreError, TypeError):
            call(coordinator, "Ada Ames 123-45-6789")
        (span,) = spans()
        assert "Ada" not in str(dict(span.attributes))

    def test_of_an_opening_names_the_file_that_it_opened(self, spans):
        """The record is new, and the span says which it became."""
        coordinator, _ = worked(spans)
        file_id = opened(coordinator)
        (span,) = spans()
        assert (span.name, span.attributes["credcore.ref"]) == ("credcore.open_file", f"file/{file_id}")

    def test_counts_what_was_recorded_and_no_more(self, spans):
        """A repeated command, a reading and a dry run record nothing; a batch counts what each of its calls did."""
        coordinator, file_id = worked(spans)
        coordinator.record(file_id, lambda file, stamp: file.review(stamp), command="c-1")
        coordinator.record(file_id, lambda file, stamp: file.review(stamp), command="c-1")
        coordinator.show(file_id)
        files, action = [file_id, opened(coordinator)], "withdrawn"
        coordinator.for_each(files[:1], lambda one, each: one.advance(each, action), dry_run=True)
        coordinator.for_each(files, lambda one, each: one.advance(each, action))
        assert [(span.name, span.attributes["credcore.events"]) for span in spans()] == [
            ("credcore.record", 1),
            ("credcore.record", 0),
            ("credcore.show", 0),
            ("credcore.open_file", 1),
            ("credcore.advance", 0),
            ("credcore.for_each", 0),
            ("credcore.advance", 1),
            ("credcore.advance", 1),
            ("credcore.for_each", 2),
        ]

    def test_counts_what_a_day_did_on_all_records(self, spans):
        """Whatever a day's steps commit adds up to the events by which the records grew."""
        clock = Clock()
        store = MemoryStore("main", clock=clock)
        coordinator = with_provider(desk(store, clock=clock, notifier=Outbox(), gateway=Payers()))
        to_psv(coordinator, opened(coordinator))
        clock.pass_time(days=15)
        people = ["person/ana", "person/ben", "person/cy"]
        refs = ["desk/main", "provider/p-1", *people, *(entry.ref for entry in coordinator.worklist())]

        def grown():
            return sum(len(coordinator.history(ref).events) for ref in refs)

        before = grown()
        spans()
        coordinator.day()
        (span,) = spans()
        assert span.name == "credcore.day"
        assert span.attributes["credcore.events"] == grown() - before > 1

    def test_lies_within_the_one_that_called_it(self, spans):
        """The calls that a host's function makes are children of the action that called that."""
        coordinator, file_id = worked(spans)
        coordinator.for_each([file_id], lambda one, each: one.advance(each, "withdrawn"))
        inner, outer = spans()
        assert inner.parent.span_id == outer.context.span_id


class TestAFailure:
    """An error leaves its code, and nothing that anybody wrote."""

    def test_leaves_its_code(self, spans):
        """The host can count refusals by kind."""
        coordinator, file_id = worked(spans)
        with pytest.raises(MoveRefused):
            coordinator.advance(file_id, "decided")
        with pytest.raises(Forbidden):
            coordinator.acting_as(Actor("vi", ["visitor"])).advance(file_id, "withdrawn")
        refused, forbidden = spans()
        assert refused.status.status_code is StatusCode.ERROR
        assert (refused.attributes["error.type"], refused.attributes["credcore.events"]) == ("move-refused", 0)
        assert refused.attributes["credcore.ref"] == f"file/{file_id}"
        assert (forbidden.attributes["error.type"], forbidden.attributes["credcore.actor"]) == ("forbidden", "vi")
        assert forbidden.attributes["credcore.events"] == 1  # that it was refused stands on the file

    @pytest.mark.parametrize(
        "call",
        [
            lambda one, file: one.record(file, lambda _file, _stamp: {}["xyzzy"]),
            lambda one, file: one.advance(file, "xyzzy"),
            lambda one, _: one.show("xyzzy"),
            lambda one, _: one.show("xyzzy/f-1"),
            lambda one, _: one.open_file("xyzzy", "p-1"),
            lambda one, _: one.merge("xyzzy", "p-1", why="xyzzy"),
            lambda one, file: one.record(file, lambda file, stamp: file.release("xyzzy", stamp), why="xyzzy"),
            lambda one, _: one.register([NewProvider(id="p-9", name="xyzzy", npi="xyzzy")]),
        ],
    )
    def test_tells_neither_its_message_nor_what_was_typed(self, spans, call):
        """No event, no description, no attribute of the span holds what a host's function or a caller said."""
        coordinator, file_id = worked(spans)
        with pytest.raises((CredcoreError, KeyError)) as failed:
            call(coordinator, file_id)
        assert "xyzzy" in str(failed.value)
        (span,) = spans()
        assert span.status.status_code is StatusCode.ERROR
        assert span.status.description is None
        assert list(span.events) == []
        assert "xyzzy" not in span.to_json()
        assert span.attributes["error.type"] == getattr(failed.value, "code", "KeyError")

    def test_leaves_the_count_as_it_was(self, spans):
        """The next action is counted by itself."""
        coordinator, file_id = worked(spans)
        coordinator.for_each([file_id, "f-0", file_id], lambda one, each: one.advance(each, "withdrawn"))
        coordinator.report()
        assert [span.attributes["credcore.events"] for span in spans()] == [1, 0, 0, 1, 0]


def test_every_action_has_a_span():
    """Whatever a coordinator can be asked to do, or to say, is traced; the rest says why it is not."""
    methods = {name: member for name, member in vars(Coordinator).items() if callable(member) and name[0] != "_"}
    traced = {name for name, member in methods.items() if member.__globals__ is vars(tracing)}
    assert methods.keys() - traced == NO_ACTIONS.keys()


def test_an_action_is_called_and_documented_as_before(spans):
    """Its name, signature and docstring are those of the method; other arguments are refused as Python does."""
    coordinator, file_id = worked(spans)
    assert Coordinator.advance.__name__ == "advance"
    assert Coordinator.advance.__doc__.startswith("Move a file to another stage.")
    with pytest.raises(TypeError, match=r"advance\(\) missing 1 required positional argument: 'to'"):
        coordinator.advance(file_id)


def run(script, *args):
    """Return what a fresh interpreter prints for a script."""
    done = subprocess.run([sys.executable, "-c", script, *args], capture_output=True, text=True, check=False)  # noqa: S603
    assert done.returncode == 0, done.stderr
    return done.stdout


ONE_DAY = """
import sys
from credcore import Actor, Coordinator, NewProvider
from credcore.adapters.memory import MemoryStore
from credcore.profiles import read

def ours():
    return [name for name in sys.modules if name.split(".")[0] == "opentelemetry" and sys.modules[name] is not None]

desk = Coordinator(MemoryStore("main"), read("hospital")).acting_as(Actor("dana", ["coordinator"]))
print("before", ours() != [])
desk.register([NewProvider(id="p-1", name="Ada Ames", state="IL")])
desk.open_file("initial", "p-1")
print("after", ours() != [], desk.day().report.open)
"""


def test_nothing_is_imported_before_somebody_acts():
    """Who imports credcore, or founds a desk, does not wait for a package that traces."""
    assert run(ONE_DAY).splitlines() == ["before False", "after True 1"]


def test_without_the_package_all_works():
    """Tracing is an extra: where it cannot be imported, an action is what it was."""
    blocked = "import sys\nsys.modules['opentelemetry'] = None\n"
    assert run(blocked + ONE_DAY).splitlines() == ["before False", "after False 1"]


def test_the_page_shows_the_host_how():
    """The page's lines on traces, run as a program of their own: a provider is set once in a process."""
    page = (ROOT / "docs" / "how-to" / "watch-a-desk.md").read_text(encoding="utf-8")
    _, _, section = page.partition("\n## Traces\n")
    blocks = re.findall(r"```python\n(.*?)```", section, re.DOTALL)
    (shown,) = re.findall(r"```\n(credcore\..*?)```", section, re.DOTALL)
    assert run("\n".join(blocks)) == shown
