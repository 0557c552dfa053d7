"""Give what the desk answers as JSON-ready data."""

import datetime as dt
from collections.abc import Mapping
from typing import Any

import cattrs

from credcore.events import Event, encode
from credcore.history import Ref
from credcore.instants import format_instant
from credcore.rules import Finding

__all__ = ["to_json"]


def to_json(value: Any) -> Any:  # noqa: ANN401 - whatever the desk answers
    """Return a value as JSON-ready data: instants in UTC, days in ISO 8601, lengths in seconds, sets sorted."""
    return _CONVERTER.unstructure(value)


def _finding(finding: Finding) -> dict[str, Any]:
    return {
        "rule": finding.rule,
        "episode": finding.episode,
        "about": finding.about,
        "level": finding.level,
        "rung": finding.rung,
        "passed": [rung._asdict() for rung in finding.passed],
        "deadline": None if finding.deadline is None else format_instant(finding.deadline),
        "since": format_instant(finding.since),
        "until": None if finding.until is None else format_instant(finding.until),
    }


def _is_named_tuple(kind: Any) -> bool:  # noqa: ANN401 - whatever cattrs meets
    return isinstance(kind, type) and issubclass(kind, tuple) and hasattr(kind, "_fields")


def _named_tuple(value: Any) -> dict[str, Any]:  # noqa: ANN401 - any named tuple
    return {name: to_json(part) for name, part in value._asdict().items()}


def _make_converter() -> cattrs.Converter:
    converter = cattrs.Converter()
    converter.register_unstructure_hook_func(_is_named_tuple, _named_tuple)
    converter.register_unstructure_hook_func(lambda kind: isinstance(kind, type) and issubclass(kind, Event), encode)
    converter.register_unstructure_hook_func(lambda kind: kind in (frozenset, frozenset[str]), sorted)
    converter.register_unstructure_hook(Finding, _finding)
    converter.register_unstructure_hook(Ref, str)
    converter.register_unstructure_hook(dt.date, dt.date.isoformat)
    converter.register_unstructure_hook(dt.datetime, format_instant)
    converter.register_unstructure_hook(dt.timedelta, dt.timedelta.total_seconds)
    converter.register_unstructure_hook(Mapping, lambda value: {key: to_json(one) for key, one in value.items()})
    return converter


_CONVERTER = _make_converter()
