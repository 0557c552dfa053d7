"""What a desk logs: what was decided, refused and failed, by ids alone."""

import ast
import datetime as dt
import logging
import pathlib
import re

import attrs
import pytest
from test_casework import opened, to_committee, to_psv

from credcore.adapters.memory import MemoryStore
from credcore.coordinator import Actor, NewCredential, NewProvider
from credcore.errors import CredcoreError, Forbidden, MoveRefused
from credcore.ports import PayerAnswer, RejectedRow
from desks import PROFILE, Clock, Outbox, Payers, desk, with_provider

ROOT = pathlib.Path(__file__).parents[2]
DOCS, SOURCES_IN = ROOT / "docs", ROOT / "src"
SOURCES = sorted((SOURCES_IN / "credcore").rglob("*.py"))
SECRET = "xyzzy"  # noqa: S105 - a word to look for
"""Stands in every name, number and note of the desk's life below; wherever it turns up, something has leaked."""


class Kept(logging.Handler):
    """Keeps what it is given."""

    def __init__(self):
        super().__init__()
        self.records = []

    def emit(self, record):
        self.records.append(record)


def kept(caplog, name):
    """Yield what a logger, and all below it, gets to log from the least on."""
    handler = Kept()
    with caplog.at_level(logging.DEBUG, logger=name):
        logging.getLogger(name).addHandler(handler)
        yield handler.records
        logging.getLogger(name).removeHandler(handler)


@pytest.fixture
def logged(caplog):
    """Return what credcore logs."""
    yield from kept(caplog, "credcore")


@pytest.fixture
def logged_by_anybody(caplog):
    """Return what is logged at all."""
    yield from kept(caplog, None)


def extras(record):
    """Return the fields that a call added to its record."""
    plain = vars(logging.makeLogRecord({}))
    return {name: value for name, value in vars(record).items() if name not in plain and name != "message"}


def of(logged, message):
    """Return the fields of each record with a message, in order."""
    return [extras(record) for record in logged if record.getMessage() == message]


def everything(record):
    """Return all that any handler could write of a record: its fields, arguments, text and traceback."""
    return f"{vars(record)!r}\n{logging.Formatter('%(name)s %(message)s').format(record)}"


class Failing:
    """A notifier whose every error tells what it should not."""

    def send(self, _message):
        raise OSError(f"{SECRET} does not answer")


class Telling(Payers):
    """A gateway that fails for one file with a text of its own, and brings rows that nobody can read."""

    def submit(self, request):
        if request.payer == "prairie":
            raise RuntimeError(f"{SECRET} has no portal")
        return super().submit(request)

    def poll(self):
        return self.answers, [RejectedRow(place="lake.csv:3", reason=f"{SECRET} is no status")]


def a_life(clock):
    """Work a desk from its first day to its last; every text that somebody wrote holds the secret."""
    outbox, payers = Failing(), Telling()
    profile = PROFILE.replace("[team.ana]", f'[team.ana]\nname = "Ana {SECRET}"')
    ana = desk(profile=profile, clock=clock, notifier=outbox, gateway=payers, signing_key=SECRET.encode())
    licence = NewCredential(
        credential="licence-CT", kind="licence", number=f"L-{SECRET}", state="CT", expires_on=dt.date(2027, 5, 1)
    )
    for provider in ("p-1", "p-2", "p-3"):
        new = NewProvider(id=provider, name=f"Ada {SECRET}", city=f"{SECRET}ville", state="CT", credentials=(licence,))
        ana.register([attrs.evolve(new, cycles=(("ncqa", dt.date(2023, 3, 1)),) if provider == "p-3" else ())])
    ana.take_in([NewProvider(id="p-4", name=f"Cy {SECRET}"), NewProvider(id="p-5", name=SECRET, npi=f"1{SECRET}")])
    file_id = opened(ana)
    ana.record(file_id, lambda file, stamp: file.hold("h-1", "provider", stamp, reason=f"{SECRET} is ill"), why=SECRET)
    ana.record(file_id, lambda file, stamp: file.contact("provider", "email", stamp, note=f"asked {SECRET}"))
    ana.record(file_id, lambda file, stamp: file.release("h-1", stamp))
    review = ana.record(file_id, lambda file, stamp: file.review(stamp, note=f"{SECRET} looked"), why=SECRET).events[0]
    ana.correct(file_id, review.id, attrs.evolve(review, id="r-2", note=f"{SECRET} was right"), why=f"{SECRET} said so")
    refused_and_failed(ana, file_id)
    ana.assign(file_id, "ben", why=SECRET)
    to_psv(ana, file_id)
    for _ in range(4):
        clock.pass_time(days=8)
        ana.sweep()
        ana.deliver()
    to_committee_from_psv(ana, file_id)
    ana.schedule_committee()
    for body in ("credentials", "board"):
        ana.approve(file_id, body)
    ana.poll_payers()
    lake = payers.requests[0].file
    payers.answers = [
        PayerAnswer(key="a-1", reference=f"ref-{lake}", status="development", at=clock.at, missing=(f"{SECRET} page",)),
        PayerAnswer(key="a-2", reference=f"ref-{SECRET}", status="approved", at=clock.at),
    ]
    clock.pass_time(days=1)
    ana.day()
    ana.adopt(profile.replace('"10 working days"', '"9 working days"'))
    ana.record("provider/p-1", lambda provider, stamp: provider.terminate(stamp))
    clock.pass_time(days=60)
    ana.day()


def refused_and_failed(ana, file_id):
    """Have a desk refuse what it refuses, and a host's own function fail."""
    visitor = ana.acting_as(Actor("vi", ["visitor"]))
    calls = [
        lambda: visitor.register([NewProvider(id="p-9", name=f"Bo {SECRET}")]),
        lambda: visitor.record(file_id, lambda file, stamp: file.review(stamp, note=SECRET), why=SECRET),
        visitor.assign,
        lambda: ana.advance(file_id, f"{SECRET}-stage"),
        lambda: ana.show(f"{SECRET}-file"),
        lambda: ana.record(file_id, lambda file, stamp: file.release(f"{SECRET}-hold", stamp)),
    ]
    for call in calls:
        with pytest.raises(CredcoreError):
            call()
    with pytest.raises(ZeroDivisionError):
        ana.record(file_id, lambda _file, _stamp: 1 / 0)
    ana.for_each([file_id, "f-none"], lambda one, each: one.advance(each, "committee"), dry_run=True)


def to_committee_from_psv(ana, file_id):
    """Verify what a file needs, and bring it before the committee."""
    today = ana.now.date()
    ana.record(
        file_id,
        lambda file, stamp: file.verify(
            "licence", f"{SECRET} board", today, stamp, method="online", result="active", evidence=SECRET, tz=dt.UTC
        ),
    )
    ana.advance(file_id, "committee")


class TestALife:
    """A desk with names, numbers and notes is worked, by people and machines that fail and tell too much."""

    def test_no_name_number_note_or_foreign_text_is_logged(self, logged):
        """Neither in a message, an argument, a field nor a traceback, at whatever level."""
        a_life(Clock())
        assert [everything(record) for record in logged if SECRET in everything(record)] == []

    def test_every_logger_is_credcores(self, logged_by_anybody):
        """Whoever silences, or listens to, `credcore` has all of it."""
        a_life(Clock())
        ours = [record for record in logged_by_anybody if "/credcore/" in record.pathname]
        assert ours
        assert {record.name for record in ours if not record.name.startswith("credcore.")} == set()

    def test_the_life_meets_what_can_be_logged(self, logged):
        """It is a life worth looking at: something was committed, refused, told, not sent, not submitted."""
        a_life(Clock())
        seen = {record.getMessage() for record in logged}
        assert seen >= {
            "committed",
            "refused",
            "swept",
            "delivered",
            "notice not sent",
            "payers polled",
            "not submitted",
            "day done",
        }

    def test_every_record_names_its_desk(self, logged):
        """A service with several desks can tell whose lines these are."""
        a_life(Clock())
        assert {extras(record).get("desk") for record in logged if record.name.startswith("credcore.coordinator")} == {
            "main"
        }


class TestDecisions:
    """What was committed can be followed at DEBUG."""

    def test_each_commit_is_one_record_with_its_records_and_event_types(self, logged):
        """One decision, one line: whatever it changed, on however many records."""
        coordinator = with_provider(desk())
        file_id = opened(coordinator)
        coordinator.assign(file_id, "ben")
        committed = of(logged, "committed")
        assert committed[0]["refs"] == ["desk/main"]
        assert committed[0]["types"][:2] == ["desk-opened", "edition-adopted"]
        assert committed[1:] == [
            {"desk": "main", "refs": ["provider/p-1"], "types": ["provider-registered"]},
            {"desk": "main", "refs": [f"file/{file_id}"], "types": ["file-opened"]},
            {"desk": "main", "refs": ["person/ben", f"file/{file_id}"], "types": ["file-taken", "assigned"]},
        ]

    def test_what_was_refused_and_what_was_only_tried_is_not_committed(self, logged):
        """A move that the pipeline refuses, a dry run, and reading leave no such line."""
        coordinator = with_provider(desk())
        file_id = opened(coordinator)
        logged.clear()
        with pytest.raises(MoveRefused):
            coordinator.advance(file_id, "decided")
        coordinator.for_each([file_id], lambda one, each: one.advance(each, "withdrawn"), dry_run=True)
        coordinator.show(file_id)
        assert logged == []

    def test_another_attempt_after_a_conflict_says_which_records_had_changed(self, logged):
        """Whoever wonders why a call is slow sees with whom it collided."""
        coordinator = with_provider(desk())
        file_id = opened(coordinator)
        others = iter([coordinator])

        def change(file, stamp):
            for other in others:
                other.record(file_id, lambda file, stamp: file.review(stamp))
            return file.review(stamp)

        logged.clear()
        coordinator.record(file_id, change)
        assert of(logged, "decided anew") == [
            {"desk": "main", "attempt": 1, "code": "conflict", "refs": [f"file/{file_id}"]}
        ]
        assert len(of(logged, "committed")) == 2


class TestRefusals:
    """What an actor's roles do not allow is a warning."""

    def test_names_the_actor_the_action_and_the_record(self, logged):
        """Somebody who watches over a desk sees who tried what, where."""
        coordinator = with_provider(desk())
        file_id = opened(coordinator)
        visitor = coordinator.acting_as(Actor("vi", ["visitor"]))
        with pytest.raises(Forbidden):
            visitor.advance(file_id, "withdrawn")
        (record,) = [record for record in logged if record.getMessage() == "refused"]
        assert record.levelno == logging.WARNING
        assert extras(record) == {
            "desk": "main",
            "actor": "vi",
            "action": "record stage-changed",
            "ref": f"file/{file_id}",
        }

    @pytest.mark.parametrize(
        ("act", "ref"),
        [
            (lambda one, _: one.register([NewProvider(id="p-2", name="Bo")]), "desk/main"),
            (lambda one, _: one.open_file("initial", "p-1"), "provider/p-1"),
            (lambda one, _: one.assign(), "file/{}"),
            (lambda one, file_id: one.approve(file_id, "credentials"), "file/{}"),
            (lambda one, _: one.adopt(PROFILE + "\n# 2"), "desk/main"),
            (lambda one, _: one.record("provider/p-1", lambda it, stamp: it.terminate(stamp)), "provider/p-1"),
        ],
    )
    def test_whatever_the_action(self, logged, act, ref):
        """No way to act is without it."""
        coordinator = with_provider(desk())
        file_id = opened(coordinator)
        with pytest.raises(Forbidden):
            act(coordinator.acting_as(Actor("vi", ["visitor"])), file_id)
        assert [refusal["ref"] for refusal in of(logged, "refused")] == [ref.format(file_id)]


class TestWhatTheDeskDoesByItself:
    """Each run ends with its numbers at INFO."""

    def test_a_sweep_and_a_delivery(self, logged):
        """How many had come due, were told and withdrawn; how many were sent, dropped or wait."""
        clock, outbox = Clock(), Outbox()
        coordinator = with_provider(desk(MemoryStore("main", clock=clock), clock=clock, notifier=outbox))
        file_id = opened(coordinator)
        to_psv(coordinator, file_id)
        clock.pass_time(days=15)
        assert coordinator.sweep().told
        outbox.fails = True
        coordinator.deliver()
        outbox.fails = False
        clock.pass_time(hours=1)
        coordinator.deliver()
        assert of(logged, "swept") == [{"desk": "main", "records": 1, "told": 1, "withdrawn": 0, "failed": 0}]
        assert of(logged, "delivered") == [
            {"desk": "main", "sent": 0, "dropped": 0, "waiting": 1, "dead": 0},
            {"desk": "main", "sent": 1, "dropped": 0, "waiting": 0, "dead": 0},
        ]
        (failed,) = of(logged, "notice not sent")
        assert failed["error"] == "OSError"

    def test_the_payers_and_a_day(self, logged):
        """What went out and came in; what was opened, assigned and seated, and what is open now."""
        payers = Payers()
        coordinator = with_provider(desk(gateway=payers))
        file_id = opened(coordinator)
        to_committee(coordinator, file_id)
        for body in ("credentials", "board"):
            coordinator.approve(file_id, body)
        opened(coordinator)
        day = coordinator.day()
        assert len(day.polled.submitted) == 2
        assert of(logged, "payers polled") == [{"desk": "main", "submitted": 2, "answered": 0, "rejected": 0}]
        assert of(logged, "day done") == [
            {"desk": "main", "opened": 0, "assigned": 3, "left": 0, "seated": 0, "open": 3}
        ]
        assert {record.levelname for record in logged if record.getMessage() in ("payers polled", "day done")} == {
            "INFO"
        }

    def test_what_is_not_there_is_not_counted(self, logged):
        """Without a notifier and a gateway there is no delivery and no poll to tell of."""
        coordinator = with_provider(desk())
        coordinator.deliver()
        coordinator.poll_payers()
        assert of(logged, "delivered") + of(logged, "payers polled") == []


def logging_calls():
    """Return every call on a logger in the source, with its place."""
    for path in SOURCES:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
                yield path, node, ast.unparse(node.func)


def test_every_logger_is_named_for_its_module():
    """By `__name__`, or by the package's name where a package has one logger for all its modules."""
    made = [ast.unparse(node.args[0]) for _, node, name in logging_calls() if name == "logging.getLogger"]
    assert made
    assert all(name == "__name__" or (name.strip("'") + ".").startswith("credcore.") for name in made)


def test_a_failure_is_logged_without_its_text():
    """What varies stands in fields, where a host can filter it; no traceback, which would hold a foreign message."""
    calls = [(path, node) for path, node, name in logging_calls() if re.fullmatch(r"_log\.(?!isEnabledFor)\w+", name)]
    assert len(calls) > 10
    for path, node in calls:
        place = f"{path.name}:{node.lineno}"
        assert node.func.attr in ("debug", "info", "warning", "error"), place
        assert {keyword.arg for keyword in node.keywords} <= {"extra"}, place


def test_the_page_lists_every_record_that_can_be_logged():
    """Level, logger and message stand on the page as in the code, and nothing else does."""
    logged = {
        (node.func.attr.upper(), logger_of(path), message.replace("%s", "…"))
        for path, node, name in logging_calls()
        if re.fullmatch(r"_log\.(?!isEnabledFor)\w+", name)
        for message in constants(node.args[0])
    }
    page = (DOCS / "how-to" / "watch-a-desk.md").read_text(encoding="utf-8")
    assert set(re.findall(r"^\| (\w+) \| `(credcore[.\w]+)` \| `(.+?)` \|", page, re.MULTILINE)) == logged


def constants(node):
    """Return the texts that a message can be; it is never made up of anything."""
    if isinstance(node, ast.IfExp):
        return constants(node.body) + constants(node.orelse)
    assert isinstance(node, ast.Constant), ast.unparse(node)
    return [node.value]


def logger_of(path):
    """Return the name of a module's logger."""
    (name,) = re.findall(r"getLogger\((.+?)\)", path.read_text(encoding="utf-8"))
    module = ".".join(path.relative_to(SOURCES_IN).with_suffix("").parts).removesuffix(".__init__")
    return module if name == "__name__" else name.strip('"')
