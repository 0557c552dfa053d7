"""The routes.

credcore is synchronous. Each endpoint that is a plain ``def`` runs in FastAPI's thread pool, from beginning to end in
one thread: that is all it takes, and it is what a transaction needs. Where one request asks two things that do not wait
for each other, ``async def`` with `asyncio.to_thread` asks them side by side; see `morning`. What must never happen is
a call of a desk in an ``async def`` itself: all other requests would wait for it.
"""

import asyncio
import datetime as dt
import sqlite3
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, FastAPI, Header, Query, Request
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer
from pydantic import BaseModel, ConfigDict, Field

from credcore import InvalidInput, NewProvider, Ref
from office import answers
from office.desks import Caller, Office, opened
from office.settings import Settings

__all__ = ["app", "make_app"]

routes = APIRouter()

# --- Who asks


def caller(
    request: Request, given: Annotated[HTTPAuthorizationCredentials | None, Depends(HTTPBearer(auto_error=False))]
) -> Caller:
    """Return who asks; 401 for a token that the office did not give."""
    office: Office = request.app.state.office
    return office.caller(given.credentials if given else "")


Here = Annotated[Caller, Depends(caller)]


def call_of(
    request: Request, here: Here, key: Annotated[str, Header(alias="Idempotency-Key", pattern="^[!-~]{1,80}$")]
) -> str:
    """Return the id of a call: who asks for what, and the caller's own key. Asked again, it is answered as before."""
    return f"{here.desk.actor.id} {request.url.path} {key}"


Call = Annotated[str, Depends(call_of)]

# --- What they send: unknown keys are refused, like everything that would otherwise be dropped without a word


class Form(BaseModel):
    """Whatever comes in as JSON."""

    model_config = ConfigDict(extra="forbid")


class Application(Form):
    """A practitioner applies through one of the organisation's practices."""

    npi: Annotated[str, Field(pattern="^[0-9]{10}$")]
    name: Annotated[str, Field(min_length=1, max_length=200)]
    state: Annotated[str, Field(pattern="^[A-Z]{2}$")]
    practice: Annotated[str, Field(max_length=40)]
    needed_by: dt.date | None = None


class Document(Form):
    """A paper came in, and was put on a shelf."""

    element: Annotated[str, Field(pattern="^[a-z-]{1,40}$")]
    shelf: Annotated[str, Field(min_length=1, max_length=40)]


class Hold(Form):
    """The file waits for somebody."""

    hold: Annotated[str, Field(pattern="^[a-z0-9-]{1,40}$")]
    waiting_on: Literal["provider", "source", "reference", "facility"]
    reason: Annotated[str, Field(max_length=200)] = ""
    review_on: dt.date | None = None


class Move(Form):
    """The file goes on to another stage."""

    to: Annotated[str, Field(max_length=40)]


# --- Reading


@routes.get("/worklist")
def worklist(
    here: Here, owner: str | None = None, stage: str | None = None, limit: Annotated[int, Query(ge=1, le=200)] = 50
) -> list[dict[str, Any]]:
    """List what wants doing, most urgent first."""
    return [answers.line(entry) for entry in here.desk.worklist(owner=owner, stage=stage, limit=limit)]


@routes.get("/files/{file_id}")
def show(file_id: str, here: Here) -> dict[str, Any]:
    """Show a file as it stands."""
    return answers.file(here.desk.show(Ref("file", file_id)), here.desk.profile)


@routes.get("/files/{file_id}/explain")
def explain(file_id: str, here: Here) -> list[dict[str, Any]]:
    """Explain each clock of a file."""
    return [answers.explanation(told) for told in here.desk.explain(Ref("file", file_id))]


@routes.get("/morning")
async def morning(here: Here) -> dict[str, Any]:
    """Show the numbers and the head of the worklist, each read in a thread of its own, side by side."""
    # A worklist is read as one goes through it: the list is made within the thread, or the event loop would read.
    report, entries = await asyncio.gather(
        asyncio.to_thread(here.desk.report), asyncio.to_thread(lambda: list(here.desk.worklist(limit=20)))
    )
    return {"open": report.open, "by_urgency": report.by_urgency, "first": [answers.line(entry) for entry in entries]}


# --- Writing: what concerns rows of the office too is done in its transaction, all else by a single call


@routes.post("/applications", status_code=201)
def apply(form: Application, here: Here, call: Call) -> dict[str, Any]:
    """Take an application in: the office's own row and credcore's file, both or neither."""
    asked, provider = form.model_dump_json(), f"p-{form.npi}"
    with here.transaction() as (rows, desk):
        kept = rows.execute(
            "SELECT number, file, asked FROM application WHERE organisation = ? AND call = ?", (here.organisation, call)
        ).fetchone()
        if kept is not None and kept[2] != asked:
            raise InvalidInput("was used for another application; give each a key of its own", field="Idempotency-Key")
        if kept is None:
            desk.register([NewProvider(id=provider, name=form.name, npi=form.npi, state=form.state)])
            opened_file = desk.open_file("initial", provider, needed_by=form.needed_by, command=call).ref.id
            try:
                number = rows.execute(
                    "INSERT INTO application (organisation, call, asked, practice, file) VALUES (?, ?, ?, ?, ?)",
                    (here.organisation, call, asked, form.practice, opened_file),
                ).lastrowid
            except sqlite3.IntegrityError as error:  # the file that was opened goes with it
                raise answers.Refused(
                    422, "unknown-practice", "practice: this organisation has none so named"
                ) from error
            kept = number, opened_file, asked
    return {"application": kept[0], "file": kept[1], "provider": provider}


@routes.post("/files/{file_id}/documents", status_code=201)
def receive(file_id: str, form: Document, here: Here, call: Call) -> dict[str, Any]:
    """Take a document in: where it stands is the office's, that it came is credcore's."""
    with here.transaction() as (rows, desk):
        rows.execute(  # the same call again leaves the row of the first time as it is
            "INSERT OR IGNORE INTO document (organisation, call, file, element, shelf) VALUES (?, ?, ?, ?, ?)",
            (here.organisation, call, file_id, form.element, form.shelf),
        )
        done = desk.record(Ref("file", file_id), lambda file, stamp: file.receive(form.element, stamp), command=call)
    return answers.recorded(done)


@routes.post("/files/{file_id}/holds", status_code=201)
def hold(file_id: str, form: Hold, here: Here, call: Call) -> dict[str, Any]:
    """Wait for somebody; the clocks that such a hold pauses stand still."""
    done = here.desk.record(
        Ref("file", file_id),
        lambda file, stamp: file.hold(form.hold, form.waiting_on, stamp, reason=form.reason, review_on=form.review_on),
        command=call,
    )
    return answers.recorded(done)


@routes.post("/files/{file_id}/holds/{hold_id}/release")
def release(file_id: str, hold_id: str, here: Here, call: Call) -> dict[str, Any]:
    """End a hold."""
    done = here.desk.record(Ref("file", file_id), lambda file, stamp: file.release(hold_id, stamp), command=call)
    return answers.recorded(done)


@routes.post("/files/{file_id}/advance")
def advance(file_id: str, form: Move, here: Here, call: Call) -> dict[str, Any]:
    """Move a file on; 409 says what the stage still needs."""
    return answers.recorded(here.desk.advance(file_id, form.to, command=call))


# --- The service


def make_app(settings: Settings | None = None) -> FastAPI:
    """Return the service; it opens the desks when it starts, and makes and migrates nothing."""

    @asynccontextmanager
    async def lifespan(service: FastAPI) -> AsyncIterator[None]:
        with opened(settings or Settings.read()) as office:
            service.state.office = office
            yield

    service = FastAPI(title="Medical staff office", lifespan=lifespan)
    service.include_router(routes)
    answers.answer_errors(service)
    return service


app = make_app()
