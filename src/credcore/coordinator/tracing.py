"""A span an action, where the host traces: what was done on which desk, by whom, to which record; by ids alone.

Spans come from ``opentelemetry-api``, the extra ``otel``, and go where the host's tracer provider sends them. The
package is looked for at the first action and never again: who does not have it pays nothing.

A failure leaves the error's code on its span, never a message or a stack: what a host's own function raised may say
anything.
"""

import functools
import inspect
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import TYPE_CHECKING, Concatenate, ParamSpec, Protocol, TypeVar

import attrs

from credcore.coordinator.context import Context
from credcore.errors import CredcoreError, NotFound
from credcore.history import Ref

if TYPE_CHECKING:
    from opentelemetry.trace import Span, Tracer

__all__ = ["count", "traced"]


class _Traced(Protocol):
    _context: Context


_AIMS = {"ref": "file", "file_id": "file", "provider": "provider"}
"""The kind of record that an action's first argument names, by that argument's name; of another one it says so."""

_Desk = TypeVar("_Desk", bound=_Traced)
_P = ParamSpec("_P")
_R = TypeVar("_R")


@attrs.define
class _Tally:
    """How many events the action under way has recorded."""

    events: int = 0


_under_way: ContextVar[_Tally | None] = ContextVar("credcore_action", default=None)


def count(events: int) -> None:
    """Count events that were committed towards the action under way; nothing is counted where nobody traces."""
    tally = _under_way.get()
    if tally is not None:
        tally.events += events


def traced(action: Callable[Concatenate[_Desk, _P], _R]) -> Callable[Concatenate[_Desk, _P], _R]:
    """Give an action of the coordinator its span, named ``credcore.`` and the action."""
    name = f"credcore.{action.__name__}"
    first = [*inspect.signature(action).parameters][1:2]
    aim = next((parameter for parameter in first if parameter in _AIMS), "")

    @functools.wraps(action)
    def within_span(desk: _Desk, /, *args: _P.args, **kwargs: _P.kwargs) -> _R:
        tracer = _tracer()
        if tracer is None:
            return action(desk, *args, **kwargs)
        aimed_at = _written(args[0] if args else kwargs.get(aim), _AIMS[aim]) if aim else ""
        with _span(tracer, name, desk._context, aimed_at) as span:  # noqa: SLF001 - the coordinator's own decorator
            result = action(desk, *args, **kwargs)
            recorded = getattr(result, "ref", None)
            if isinstance(recorded, Ref):
                span.set_attribute("credcore.ref", str(recorded))
            return result

    return within_span


@functools.cache
def _tracer() -> "Tracer | None":
    """Return the tracer of credcore's spans; None where the package is not installed."""
    try:
        from opentelemetry import trace  # noqa: PLC0415 - an extra, and not before somebody acts
    except ImportError:
        return None
    from credcore import __version__  # noqa: PLC0415 - likewise

    return trace.get_tracer("credcore", __version__)


@contextmanager
def _span(tracer: "Tracer", name: str, context: Context, aimed_at: str) -> Iterator["Span"]:
    """Open a span for an action, and close it with what the action recorded or how it failed."""
    from opentelemetry.trace import StatusCode  # noqa: PLC0415 - there, or there would be no tracer

    ids = {"credcore.desk": context.store.desk, "credcore.actor": context.actor.id}
    outer, tally = _under_way.get(), _Tally()
    with tracer.start_as_current_span(
        name, attributes=ids, record_exception=False, set_status_on_exception=False
    ) as span:
        token = _under_way.set(tally)
        try:
            yield span
        except Exception as error:
            span.set_attribute("error.type", error.code if isinstance(error, CredcoreError) else type(error).__name__)
            span.set_status(StatusCode.ERROR)
            # What the desk does not know may be anything that somebody typed.
            known = not isinstance(error, NotFound) and getattr(error, "field", "") != "ref"
            if aimed_at and known:
                span.set_attribute("credcore.ref", aimed_at)
            raise
        else:
            if aimed_at:
                span.set_attribute("credcore.ref", aimed_at)
        finally:
            _under_way.reset(token)
            span.set_attribute("credcore.events", tally.events)
            if outer is not None:
                outer.events += tally.events


def _written(record: object, kind: str) -> str:
    """Return a record as ``kind/id``, of a kind unless it says its own; empty for what names none."""
    if isinstance(record, Ref):
        return str(record)
    if isinstance(record, str):
        return record if "/" in record else f"{kind}/{record}"
    return ""
