"""Events to and from JSON-ready mappings, strictly.

The shape is flat: ``{"type": …, "version": …, "id": …, "at": …, …}``; a field that has its default is left out.
A released type is read for ever: when its fields change, its version rises and an upcaster turns the older shape into
the newer one as it is read. What a store keeps is never rewritten, so each record's chain stays as it was signed.
"""

import datetime as dt
from collections.abc import Callable, Mapping
from typing import Any

import attrs
import cattrs
from cattrs.gen import make_dict_structure_fn, make_dict_unstructure_fn, override
from cattrs.v import transform_error

from credcore.errors import InvalidInput, nearest
from credcore.events import any_record
from credcore.events.base import Event
from credcore.events.types import EVENT_TYPES
from credcore.identifiers import shown
from credcore.instants import format_instant, parse_day, parse_instant

__all__ = ["UPCASTERS", "decode", "encode"]


UPCASTERS: dict[tuple[str, int], Callable[[dict[str, Any]], dict[str, Any]]] = {}
"""By type and older version: gives the mapping as the next version has it, without ``type`` and ``version``."""


def encode(event: Event) -> dict[str, Any]:
    """Return an event as a JSON-ready mapping that `decode` reads back to an equal event."""
    body: dict[str, Any] = _CONVERTER.unstructure(event, type(event))
    return {"type": event.type, "version": event.version, **body}


def decode(data: Mapping[str, Any], path: str = "event") -> Event:
    """Return the event that a mapping tells of.

    Args:
        data: What `encode` gave, of this or an older version of its type.
        path: The mapping's place in its input, for the errors.

    Raises:
        InvalidInput: The type is unknown or its version newer than this credcore, a key is missing or unknown, or a
            value has the wrong type; the message names every such place.
    """
    try:
        return _read(data, path)
    except cattrs.BaseValidationError as error:
        faults = transform_error(error, path, format_exception=_sentence)
        raise InvalidInput("; ".join(faults)) from None


def _read(data: object, path: str) -> Event:
    if not isinstance(data, Mapping):
        raise InvalidInput(f"{shown(data)} is not a mapping", path=path)
    body = dict(data)
    name = body.pop("type", None)
    cls = EVENT_TYPES.get(name) if isinstance(name, str) else None
    if cls is None:
        raise InvalidInput(
            f"unknown event type {shown(name)}; {nearest(str(name), EVENT_TYPES)}", path=f"{path}.type".lstrip(".")
        )
    body = _present(cls, body.pop("version", 1), body, f"{path}.version".lstrip("."))
    return _CONVERTER.structure(body, cls)


def _present(cls: type[Event], version: object, body: dict[str, Any], path: str) -> dict[str, Any]:
    """Return a body of some version as the present one has it, brought up version by version."""
    if type(version) is not int or version < 1:
        raise InvalidInput(f"{shown(version)} is no version of {cls.type}; it is a whole number from 1 up", path=path)
    if version > cls.version:
        raise InvalidInput(
            f"{cls.type} is of version {version}, this credcore reads it up to {cls.version}: install a newer credcore",
            path=path,
        )
    for older in range(version, cls.version):
        body = UPCASTERS[cls.type, older](body)
    return body


def _sentence(error: BaseException, _type: type | None) -> str:
    if isinstance(error, KeyError):
        return f"the key {error.args[0]!r} is missing"
    if isinstance(error, cattrs.ForbiddenExtraKeysError):
        known = [field.name for field in attrs.fields(error.cl)]
        return "; ".join(f"unknown key {shown(key)}, {nearest(key, known)}" for key in sorted(error.extra_fields))
    return str(error)


def _exactly(kind: type) -> Callable[[Any, Any], Any]:
    words = {str: "text", int: "a whole number", bool: "true or false"}

    def read(value: Any, _type: Any) -> Any:  # noqa: ANN401 - whatever the JSON held
        if type(value) is not kind:
            raise InvalidInput(f"{shown(value)} is not {words[kind]}")
        return value

    return read


def _texts(value: Any, _type: Any) -> tuple[str, ...]:  # noqa: ANN401 - whatever the JSON held
    if not isinstance(value, (list, tuple)) or not all(type(item) is str for item in value):
        raise InvalidInput(f"{shown(value)} is not a list of texts")
    return tuple(value)


def _is_event_type(cls: Any) -> bool:  # noqa: ANN401 - whatever is asked for
    return isinstance(cls, type) and issubclass(cls, Event) and cls is not Event


def _writer(cls: type[Event], converter: cattrs.Converter) -> Callable[[Event], dict[str, Any]]:
    if cls is not any_record.Corrected:
        return make_dict_unstructure_fn(cls, converter, _cattrs_omit_if_default=True)
    # A correction carries an event of any type: the tagged shape inside the tagged shape.
    nested = override(unstruct_hook=lambda event: None if event is None else encode(event))
    return make_dict_unstructure_fn(cls, converter, _cattrs_omit_if_default=True, replacement=nested)


def _make_converter() -> cattrs.Converter:
    converter = cattrs.Converter(forbid_extra_keys=True, detailed_validation=True)
    for kind in (str, int, bool):
        converter.register_structure_hook(kind, _exactly(kind))
    converter.register_structure_hook(dt.datetime, lambda value, _: parse_instant(value, ""))
    converter.register_structure_hook(dt.date, lambda value, _: parse_day(value, ""))
    converter.register_unstructure_hook(dt.datetime, format_instant)
    converter.register_unstructure_hook(dt.date, dt.date.isoformat)
    converter.register_structure_hook_func(lambda cls: cls == tuple[str, ...], _texts)
    converter.register_unstructure_hook_func(lambda cls: cls == tuple[str, ...], list)
    # Each type's functions are written when it is first met: most scripts meet few of them.
    converter.register_unstructure_hook_factory(_is_event_type, lambda cls: _writer(cls, converter))
    converter.register_structure_hook_factory(
        _is_event_type, lambda cls: make_dict_structure_fn(cls, converter, _cattrs_forbid_extra_keys=True)
    )
    converter.register_structure_hook_func(lambda cls: cls is Event, lambda data, _: _read(data, ""))
    return converter


_CONVERTER = _make_converter()
