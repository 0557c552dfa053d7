"""A desk in a folder of its own, on a real SQLite file, and ways to run commands on it."""

import datetime as dt
import os
import shutil
from pathlib import Path

import pytest
from click.testing import CliRunner

from credcore.adapters.sqlite import SQLiteStore
from credcore.cli.main import credcore
from credcore.coordinator import Actor, Coordinator, NewProvider
from credcore.events import ContactLogged, DocumentReceived
from credcore.plugins import load_plugins

NOW = "2026-03-16T09:00:00-05:00"
HOSTILE = "<script>alert('x')</script> & \x1b[31mRed\x1b[0m \N{RIGHT-TO-LEFT OVERRIDE}Ames"


class _Clock:
    """Tells the time that it was given last."""

    def __init__(self) -> None:
        self.now = dt.datetime(2026, 3, 2, 15, tzinfo=dt.UTC)

    def __call__(self) -> dt.datetime:
        return self.now

    def on(self, day: int, hour: int = 15, month: int = 3) -> None:
        self.now = dt.datetime(2026, month, day, hour, tzinfo=dt.UTC)


def _documents(*elements: str):
    return lambda _file, stamp: [stamp(DocumentReceived, element=element) for element in elements]


def _verified(element: str):
    return lambda file, stamp: file.verify(
        element, "the source", dt.date(2026, 3, 4), stamp, method="web", result="clear", tz=dt.UTC
    )


def make_desk(path: Path) -> None:
    """Make a desk with files of every kind of urgency, one of them late, corrected and held twice."""
    clock, plugins = _Clock(), load_plugins({})
    numbers = iter(range(1, 1000))
    ids = lambda: f"{next(numbers):04d}"  # noqa: E731 - a clock and ids are all that a desk wants
    with SQLiteStore.create(path, "main", clock) as store:
        desk = Coordinator(store, plugins.profile_text("hospital"), plugins=plugins, clock=clock, ids=ids)
        dana = desk.acting_as(Actor("dana", ["coordinator"]))
        cycles = (("joint-commission", dt.date(2023, 4, 20)), ("ncqa", dt.date(2023, 6, 1)))
        dana.register(
            [
                NewProvider(id="p-1", name=HOSTILE, npi="2000000002", state="IL", specialty="cardiology"),
                NewProvider(id="p-2", name="Bo Ng", npi="2000000010", state="IL", cycles=cycles),
                NewProvider(id="p-3", name="Cleo Ortega-Featherstonehaugh", state="AK"),
                *(NewProvider(id=f"p-{n}", name=f"Provider Number {n}", state="IL") for n in range(4, 10)),
            ]
        )
        first = dana.open_file("initial", "p-1").ref.id
        for n in range(3, 10):
            clock.on(2, 15 + n % 3)
            dana.open_file("initial", f"p-{n}", needed_by=dt.date(2026, 3, 20) if n % 2 else None)
        clock.on(2, 20)
        enrollment = dana.open_file("enrollment", "p-4", payer="blue-lake").ref.id
        dana.assign()
        clock.on(3)
        dana.record(first, _documents("application", "attestation", "authorization"), why="the packet came by post")
        dana.record(first, lambda file, stamp: file.hold("h-1", "provider", stamp, reason="work history has a gap"))
        wrong = dana.record(first, lambda file, stamp: file.raise_flag("malpractice-claim", stamp)).events[0]
        clock.on(5)
        dana.record(
            first,
            lambda _f, stamp: [stamp(ContactLogged, party="provider", channel="email")],
            at=clock.now - dt.timedelta(days=1),
        )
        dana.correct(first, wrong.id, why="another provider's report")
        dana.record(enrollment, lambda file, stamp: file.submitted("bl-77", stamp))
        dana.advance(enrollment, "submitted")
        dana.record(enrollment, lambda file, stamp: file.hold("h-2", "payer", stamp, reason="no answer yet"))
        ready = dana.open_file("initial", "p-2").ref.id
        dana.record(ready, _documents("application", "attestation"))
        for element in ("licence", "sanctions", "malpractice-history", "work-history", "education"):
            dana.record(ready, _verified(element))
        for stage in ("application-complete", "psv", "qa-audit", "committee-ready"):
            dana.advance(ready, stage)
        dana.approve(ready, "chair")
        dana.open_file("enrollment", "p-5", payer="prairie-health")
        dana.sweep()


@pytest.fixture(scope="session")
def made_once(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the file of a desk that every test copies."""
    path = tmp_path_factory.mktemp("desk") / "desk.db"
    make_desk(path)
    return path


@pytest.fixture
def empty(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Work in an empty folder, at a known time, as Dana."""
    for name in [name for name in os.environ if name.startswith("CREDCORE_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("CREDCORE_NOW", NOW)
    monkeypatch.setenv("CREDCORE_ACTOR", "dana")
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def desk(empty: Path, made_once: Path) -> Path:
    """Work in a folder that has the desk."""
    for file in made_once.parent.glob("desk.db*"):
        shutil.copy(file, empty / file.name)
    return empty


@pytest.fixture
def run(empty: Path):  # noqa: ARG001 - no command runs in the folder of whoever runs the tests
    """Return a function that runs a command in this process."""

    def run(*args: str):
        return CliRunner().invoke(credcore, args, prog_name="credcore")

    return run
