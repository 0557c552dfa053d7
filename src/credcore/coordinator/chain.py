"""Events as a store keeps them: canonical JSON, each chained to the one before it in its record.

``mac = HMAC-SHA256(key, previous ‖ canonical(desk, ref, version, at, recorded_at, type, by, why, key, body))``; the
chain begins from the desk and the record. Without a key it is a plain hash: it shows accidents, not an attacker who
can write everything.
"""

import hashlib
import hmac
import json
from collections.abc import Iterable, Iterator
from typing import Any

import attrs

from credcore.errors import InvalidInput
from credcore.events import Event, decode, encode
from credcore.history import Ref
from credcore.instants import format_instant, from_us, to_us
from credcore.ports import Stored, StoredEvent

__all__ = ["NewEvent", "canonical", "chained", "from_stored", "is_unbroken"]

_COLUMNS = ("at", "recorded_at", "type", "by")


@attrs.frozen
class NewEvent:
    """An event about to be stored.

    Attributes:
        event: With the instant at which the desk learned of it.
        key: Unique on the desk, if given.
    """

    event: Event
    key: str | None = None


def canonical(value: Any) -> str:  # noqa: ANN401 - whatever JSON holds
    """Return a value as JSON with one spelling."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False)


def chained(desk: str, stored: Stored, recorded: Iterable[NewEvent], signing_key: bytes) -> Iterator[StoredEvent]:
    """Yield events as the store keeps them, behind a record's present version and head."""
    ref, head = stored.ref, stored.head
    for place, item in enumerate(recorded, start=stored.version + 1):
        event = item.event
        body = encode(event)
        for column in _COLUMNS:
            body.pop(column, None)
        unsigned = StoredEvent(
            version=place,
            at=to_us(event.at),
            recorded_at=to_us(event.recorded_at),
            type=event.type,
            by=event.by,
            key=item.key,
            body=canonical(body),
            mac=b"",
        )
        head = _mac(desk, ref, unsigned, head, signing_key)
        yield attrs.evolve(unsigned, mac=head)


def from_stored(stored: StoredEvent, ref: Ref) -> Event:
    """Return the event that a store kept.

    Raises:
        InvalidInput: It cannot be read; the message names the record and the place in its stream.
    """
    path = f"{ref}[{stored.version}]"
    try:
        body = json.loads(stored.body)
    except ValueError:
        raise InvalidInput("is not JSON", path=path) from None
    return decode(
        {
            **body,
            "type": stored.type,
            "at": format_instant(from_us(stored.at)),
            "recorded_at": format_instant(from_us(stored.recorded_at)),
            "by": stored.by,
        },
        path,
    )


def is_unbroken(desk: str, ref: Ref, events: Iterable[StoredEvent], signing_key: bytes = b"") -> bool:
    """Return whether each event of a record, from its first, is the one that was chained."""
    head = b""
    for place, stored in enumerate(events, start=1):
        if stored.version != place or not hmac.compare_digest(stored.mac, _mac(desk, ref, stored, head, signing_key)):
            return False
        head = stored.mac
    return True


def _mac(desk: str, ref: Ref, stored: StoredEvent, head: bytes, signing_key: bytes) -> bytes:
    text = canonical(
        [
            desk,
            str(ref),
            stored.version,
            stored.at,
            stored.recorded_at,
            stored.type,
            stored.by,
            stored.key,
            stored.body,
        ]
    ).encode()
    if signing_key:
        return hmac.digest(signing_key, head + text, "sha256")
    return hashlib.sha256(head + text).digest()
