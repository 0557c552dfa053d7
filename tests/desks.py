"""Desks for the tests: a small profile, a clock that the test moves, ids that can be read."""

import datetime as dt
import itertools

from credcore.adapters.memory import MemoryStore
from credcore.coordinator import Actor, Coordinator, NewProvider
from credcore.ports import Message, PayerAnswer, PayerRequest, RejectedRow

MONDAY = dt.datetime(2026, 3, 2, 15, 0, tzinfo=dt.UTC)  # 09:00 in Chicago

PROFILE = """
[profile]
name = "Test desk"
zone = "America/Chicago"

[calendars.office]
week = { mon-fri = ["09:00-17:00"] }

[requirements.complete]
documents = ["application"]

[requirements.verified]
verified = ["licence"]

[stages.intake]
next = ["psv", "withdrawn"]
look-again = "20 working days"

[stages.psv]
needs = ["complete"]
next = ["committee", "withdrawn"]
look-again = "20 working days"

[stages.committee]
turn = "committee"
owner = "coordinator"
needs = ["verified"]
next = ["decided", "denied"]
look-again = "30 working days"

[stages.decided]
terminal = true

[stages.denied]
terminal = true

[stages.withdrawn]
terminal = true

[stages.enrolling]
turn = "payer"
next = ["submitted", "withdrawn"]
look-again = "20 working days"

[stages.submitted]
turn = "payer"
next = ["effective", "development", "enrolling", "withdrawn"]
look-again = "20 working days"

[stages.development]
next = ["submitted", "effective", "withdrawn"]
look-again = "20 working days"

[stages.effective]
terminal = true

[bodies]
board = "The board"

[committees.credentials]
rrule = "FREQ=WEEKLY;BYDAY=TH"
at = 07:30:00
seats = 2
cutoff = "1 working day"

[kinds.initial]
start = "intake"
approvals = ["credentials", "board"]
cycles = ["ncqa"]
enrols = "enrolment"

[kinds.recredentialing]
start = "intake"
approvals = ["credentials", "board"]
cycles = ["ncqa"]

[kinds.enrolment]
start = "enrolling"
payer-work = true

[cycles.ncqa]
every = "36 months to the month"
opens-before = "120 days"
late-days = 30
late-kind = "initial"
kind = "recredentialing"
source = "NCQA"

[payers.lake]
title = "Lake"

[payers.prairie]
title = "Prairie"

[statuses]
approved = "effective"
returned = "enrolling"
development = "development"

[team.ana]
roles = ["coordinator", "lead"]
states = ["*"]
capacity = 5

[team.ben]
states = ["CT"]
capacity = 2

[team.cy]
states = ["CT", "MA"]
capacity = 2

[[rules.sla]]
id = "psv-ten-days"
title = "PSV in ten working days"
applies = { stage = ["psv"] }
limit = "10 working days"
pause = { waiting-on = ["provider"], flags = ["provider-on-leave"] }
warn = [0.5]
escalate = [{ after = "0 days", to = "owner" }, { after = "2 working days", to = "lead" }]
source = "department policy 4.2"

[[rules.commitment]]
id = "promises"
source = "the promise itself"

[[rules.cycle]]
id = "ncqa-cycle"
body = "ncqa"
steps = [{ days = -30, to = "lead" }]
source = "NCQA"
"""


class Clock:
    """A clock that stands until it is set."""

    def __init__(self, at: dt.datetime = MONDAY) -> None:
        self.at = at

    def __call__(self) -> dt.datetime:
        return self.at

    def pass_time(self, **lengths: float) -> None:
        self.at += dt.timedelta(**lengths)


class Racing(MemoryStore):
    """A store on which somebody else writes just before a commit."""

    meanwhile = None

    def commit(self, decision):
        meanwhile, self.meanwhile = self.meanwhile, None
        if meanwhile is not None:
            meanwhile()
        return super().commit(decision)


class Outbox:
    """A notifier that keeps what it was given, and can be told to fail."""

    def __init__(self) -> None:
        self.messages: list[Message] = []
        self.fails = False

    def send(self, message: Message) -> None:
        if self.fails:
            raise OSError
        self.messages.append(message)


class Payers:
    """A gateway that answers what the test says."""

    def __init__(self) -> None:
        self.requests: list[PayerRequest] = []
        self.answers: list[PayerAnswer] = []

    def submit(self, request: PayerRequest) -> str:
        self.requests.append(request)
        again = f"-{request.attempt}" if request.attempt > 1 else ""
        return f"ref-{request.file}{again}"

    def poll(self) -> tuple[list[PayerAnswer], list[RejectedRow]]:
        return self.answers, []


def desk(
    store: object = None, *, profile: str | None = PROFILE, clock: Clock | None = None, **more: object
) -> Coordinator:
    """Return a desk on which the coordinator ana acts."""
    clock = Clock() if clock is None else clock
    counter = itertools.count(1)
    coordinator = Coordinator(
        MemoryStore("main", clock=clock) if store is None else store,
        profile,
        clock=clock,
        ids=lambda: f"{next(counter):04d}",
        **more,
    )
    return coordinator.acting_as(Actor("ana", ["coordinator", "lead", "specialist"]))


def with_provider(coordinator: Coordinator, provider: str = "p-1", **more: object) -> Coordinator:
    """Register a provider and return the desk."""
    coordinator.register([NewProvider(id=provider, name="Ada Ames", npi="2000000002", state="CT", **more)])
    return coordinator
