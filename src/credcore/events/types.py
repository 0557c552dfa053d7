"""Every type of event by its name."""

from collections.abc import Iterator, Mapping

from credcore.events import any_record, desk, file, meeting, person, provider
from credcore.events.base import Event

__all__ = ["EVENT_TYPES"]


def _types() -> Iterator[type[Event]]:
    for module in (file, provider, meeting, desk, person, any_record):
        for name in module.__all__:
            yield getattr(module, name)


EVENT_TYPES: Mapping[str, type[Event]] = {cls.type: cls for cls in _types()}
"""Every event type by its name, which is stable for ever."""
