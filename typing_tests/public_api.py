"""The public face as a type checker sees it: never run, checked by mypy in strict mode."""

import datetime as dt
from collections.abc import Iterable
from typing import assert_type

from credcore import (
    Actor,
    ClockRule,
    Coordinator,
    CredentialingFile,
    Evaluation,
    Event,
    Finding,
    History,
    NewProvider,
    Plugins,
    Policy,
    Ref,
    Stamp,
    When,
    WorkCalendar,
    evaluate,
    hookimpl,
    load_plugins,
    parse_limit,
)
from credcore.adapters.memory import MemoryStore
from credcore.adapters.sqlite import SQLiteStore
from credcore.coordinator import Day, Recorded
from credcore.hooks import NotifierSpec
from credcore.ports import Message, Notifier, Store
from credcore.worklist import Entry


def a_script(events: list[Event], at: dt.datetime) -> None:
    """Evaluate a rule over events."""
    calendar = WorkCalendar(week={"mon-fri": ["09:00-17:00"]}, zone="America/Chicago")
    rule = ClockRule(id="r", on=When(stage="psv"), limit=parse_limit("2 working days"), calendar=calendar)
    evaluation = evaluate(History(Ref("file", "f-1"), events), [rule], at)
    assert_type(evaluation, Evaluation)
    assert_type(evaluation.findings, tuple[Finding, ...])
    assert_type(evaluation.findings[0].deadline, dt.datetime | None)


def a_host(path: str, profile: str) -> None:
    """Hold a desk."""
    stores: list[Store] = [MemoryStore("main"), SQLiteStore.open(path, "main")]
    desk = Coordinator(stores[0], profile, plugins=load_plugins()).acting_as(Actor("ana", ["coordinator"]))
    assert_type(desk, Coordinator)
    desk.register([NewProvider(id="p-1", name="Ada Ames")])
    assert_type(desk.open_file("initial", "p-1"), Recorded)
    assert_type(desk.day(), Day)
    for entry in desk.worklist():
        assert_type(entry, Entry)
    desk.record("f-1", review)


def review(file: CredentialingFile, stamp: Stamp) -> Iterable[Event]:
    """Make the event of a review."""
    return file.review(stamp)


class Pager:
    """A notifier of one's own."""

    def send(self, message: Message) -> None:
        """Send a message."""


class Paging:
    """A plugin of one's own."""

    @staticmethod
    @hookimpl
    def credcore_register_notifiers() -> list[NotifierSpec]:
        """Register the pager."""

        def make(_target: str) -> Notifier:
            return Pager()

        return [NotifierSpec(name="pager", make=make)]


plugins: Plugins = Plugins([Paging])
policy: Policy = Policy.from_names("ours", requirements=["present"], preferences=["least-loaded"])
