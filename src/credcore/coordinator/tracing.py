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
from credcore.errors import CredcoreError
from credcore.history import Ref

if TYPE_CHECKING:
    from opentelemetry.trace import Tracer

__all__ = ["count", "found", "traced"]


class _Traced(Protocol):
    _context: Context


_AIMS = frozenset({"ref", "file_id", "provider", "kind"})
"""How the first argument is called of an action that aims at one record."""

_Desk = TypeVar("_Desk", bound=_Traced)
_P = ParamSpec("_P")
_R = TypeVar("_R")


@attrs.define
class _Tally:
    """What the action under way has done.

    Attributes:
        events: How many events it has recorded.
        ref: The first record that the desk found for it: what somebody typed may be anything.
    """

    events: int = 0
    ref: Ref | None = None


_under_way: ContextVar[_Tally | None] = ContextVar("credcore_action", default=None)


def count(events: int) -> None:
    """Count events that were committed towards the action under way; nothing is counted where nobody traces."""
    tally = _under_way.get()
    if tally is not None:
        tally.events += events


def found(ref: Ref) -> None:
    """Note that the desk knows a record which the action under way asked for."""
    tally = _under_way.get()
    if tally is not None and tally.ref is None:
        tally.ref = ref


def traced(action: Callable[Concatenate[_Desk, _P], _R]) -> Callable[Concatenate[_Desk, _P], _R]:
    """Give an action of the coordinator its span, named ``credcore.`` and the action."""
    name = f"credcore.{action.__name__}"
    aims = not _AIMS.isdisjoint([*inspect.signature(action).parameters][1:2])

    @functools.wraps(action)
    def within_span(desk: _Desk, /, *args: _P.args, **kwargs: _P.kwargs) -> _R:
        tracer = _tracer()
        if tracer is None:
            return action(desk, *args, **kwargs)
        with _span(tracer, name, desk._context, aims=aims) as tally:  # noqa: SLF001 - the coordinator's own decorator
            result = action(desk, *args, **kwargs)
            recorded = getattr(result, "ref", None)
            if isinstance(recorded, Ref):
                tally.ref = recorded
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
def _span(tracer: "Tracer", name: str, context: Context, *, aims: bool) -> Iterator[_Tally]:
    """Open a span for an action, and close it with what the action recorded or how it failed."""
    from opentelemetry.trace import StatusCode  # noqa: PLC0415 - there, or there would be no tracer

    ids = {"credcore.desk": context.store.desk, "credcore.actor": context.actor.id}
    outer, tally = _under_way.get(), _Tally()
    with tracer.start_as_current_span(
        name, attributes=ids, record_exception=False, set_status_on_exception=False
    ) as span:
        token = _under_way.set(tally)
        try:
            yield tally
        except Exception as error:
            span.set_attribute("error.type", error.code if isinstance(error, CredcoreError) else type(error).__name__)
            span.set_status(StatusCode.ERROR)
            raise
        finally:
            _under_way.reset(token)
            if aims and tally.ref is not None:
                span.set_attribute("credcore.ref", str(tally.ref))
            span.set_attribute("credcore.events", tally.events)
            if outer is not None:
                outer.events += tally.events
