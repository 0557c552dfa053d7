"""What the service says: one shape for every refusal, and records as JSON."""

import logging
from typing import Any

import attrs
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException

from credcore.coordinator import Recorded, Shown
from credcore.errors import CredcoreError
from credcore.events import encode
from credcore.profile import Profile
from credcore.rules import Explanation
from credcore.worklist import URGENCIES, Entry

__all__ = ["Refused", "answer_errors", "explanation", "file", "line", "recorded"]

_log = logging.getLogger("office")

_STATUS = {
    "not-found": 404,
    "forbidden": 403,
    "invalid-input": 422,
    "naive-instant": 422,
    "move-refused": 409,
    "conflict": 409,
    "duplicate": 409,
    "unavailable": 503,
}
"""By the code of an error. Codes are stable, messages are not; what is missing here is a fault of ours: 500."""


class Refused(Exception):
    """The office itself refuses, in the shape in which credcore's refusals are told."""

    def __init__(self, status: int, code: str, message: str, *, retryable: bool = False) -> None:
        """Say which status, which code, and what would be right."""
        self.status, self.code, self.message, self.retryable = status, code, message, retryable
        super().__init__(message)


def answer_errors(app: FastAPI) -> None:
    """Have every error answered as ``{code, message, retryable}``."""

    @app.exception_handler(CredcoreError)
    def of_credcore(_request: Request, error: CredcoreError) -> JSONResponse:
        status = _STATUS.get(error.code, 500)
        if status < 500:  # noqa: PLR2004 - from here on it is not the caller's fault
            return _answer(status, error.code, str(error), retryable=error.retryable)
        _log.error("desk failed: %s", error)  # it may name a place of ours, so the caller is not told
        return _answer(status, error.code, "the desk does not answer just now", retryable=error.retryable)

    @app.exception_handler(Refused)
    def of_the_office(_request: Request, error: Refused) -> JSONResponse:
        return _answer(error.status, error.code, error.message, retryable=error.retryable)

    @app.exception_handler(RequestValidationError)
    def of_a_form(_request: Request, error: RequestValidationError) -> JSONResponse:
        # The place and what is wrong there, never the value: FastAPI's own answer would repeat it.
        faults = [f"{'.'.join(map(str, fault['loc']))}: {fault['msg']}" for fault in error.errors()]
        return _answer(422, "invalid-input", "; ".join(faults))

    @app.exception_handler(HTTPException)
    def of_the_web(_request: Request, error: HTTPException) -> JSONResponse:
        return _answer(error.status_code, "not-found" if error.status_code == 404 else "http", error.detail)  # noqa: PLR2004

    @app.exception_handler(Exception)
    def of_nobody(_request: Request, _error: Exception) -> JSONResponse:
        return _answer(500, "internal", "something went wrong here; it has been logged, and nothing was recorded")


def _answer(status: int, code: str, message: str, *, retryable: bool = False) -> JSONResponse:
    headers = {"Retry-After": "1"} if retryable else {}
    if status == 401:  # noqa: PLR2004 - the one that asks for a login
        headers["WWW-Authenticate"] = "Bearer"
    return JSONResponse({"code": code, "message": message, "retryable": retryable}, status, headers)


def line(entry: Entry) -> dict[str, Any]:
    """Return a line of the worklist."""
    return {
        "file": entry.ref.id,
        "title": entry.title,
        "stage": entry.stage,
        "owner": entry.owner,
        "urgency": URGENCIES[entry.urgency],
        "deadline": entry.deadline,
        "why": entry.why,
    }


def file(shown: Shown, profile: Profile) -> dict[str, Any]:
    """Return a file as it stands: what it waits for, what may come next, what its clocks say."""
    record: Any = shown.record
    return {
        "file": record.id,
        "kind": record.kind,
        "provider": record.provider,
        "stage": record.stage,
        "owner": record.assignee,
        "needed_by": record.needed_by,
        "holds": [attrs.asdict(hold) for hold in record.holds.values()],
        "documents": sorted(record.documents),
        "next": [{"stage": move.stage, "needs": move.unmet} for move in record.next_moves(profile.pipeline)],
        "clocks": [
            {"rule": found.rule, "stands": found.rung, "deadline": found.deadline}
            for found in (shown.judged.evaluation.findings if shown.judged.evaluation else ())
        ],
        "events": [encode(event) for event in shown.events],
    }


def recorded(done: Recorded) -> dict[str, Any]:
    """Return what a call recorded; a repeated call recorded what it did the first time."""
    return {"file": done.ref.id, "events": [encode(event) for event in done.events]}


def explanation(told: Explanation) -> dict[str, Any]:
    """Return why a rule says what it says: of a clock, where its time went."""
    return {
        "rule": told.rule,
        "title": told.title,
        "source": told.source,
        "limit": getattr(told, "limit", None),
        "deadline": getattr(told, "deadline", None),
        "due_if_resumed_now": getattr(told, "resumed_due", None),
        "segments": [attrs.asdict(one) for one in getattr(told, "segments", ())],
        "reason": getattr(told, "reason", None),
    }
