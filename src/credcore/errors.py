"""Say what was wrong, where, and what would be right.

Every exception that credcore raises on purpose stands here::

    CredcoreError
    ├─ InvalidInput (also ValueError): field, path
    │  └─ NaiveInstant
    ├─ MoveRefused: file_id, from_stage, to_stage, unmet
    ├─ NotFound
    ├─ Forbidden
    ├─ ProfileError: faults, each with its place
    ├─ PluginError: plugin, hook
    ├─ MissingExtra: extra
    └─ StoreError
       ├─ Conflict: stale refs
       ├─ Duplicate: key and the record that has it
       ├─ Unavailable
       └─ SchemaOutdated: found, needed

Each class has a stable ``code`` and says by ``retryable`` whether the same call can succeed later without a change.
Messages carry identifiers, never personal data.
"""

from collections.abc import Iterable, Sequence
from typing import Any, ClassVar

import attrs

__all__ = [
    "Conflict",
    "CredcoreError",
    "Duplicate",
    "Fault",
    "Forbidden",
    "InvalidInput",
    "MissingExtra",
    "MoveRefused",
    "NaiveInstant",
    "NotFound",
    "PluginError",
    "ProfileError",
    "SchemaOutdated",
    "StoreError",
    "Unavailable",
    "nearest",
]


def nearest(name: str, known: Iterable[str]) -> str:
    """Return a hint that names the closest known name, or the known ones when none is close.

    Example:
        >>> nearest("pvs", ["psv", "intake"])
        "did you mean 'psv'?"
        >>> nearest("zzz", ["psv", "intake"])
        'known: intake, psv'
    """
    import difflib  # noqa: PLC0415 - only who makes a slip pays for it

    names = sorted(set(known))
    close = difflib.get_close_matches(name, names, n=1, cutoff=0.6)
    return f"did you mean {close[0]!r}?" if close else f"known: {', '.join(names) or 'none'}"


class CredcoreError(Exception):
    """The root of all that credcore raises on purpose."""

    code: ClassVar[str] = "error"
    retryable: ClassVar[bool] = False

    def __reduce__(self) -> tuple[Any, ...]:
        """Let it pass between processes: its message and its fields, whatever its class is made from."""
        return _again, (type(self), self.args, dict(vars(self)))


def _again(kind: type[CredcoreError], args: tuple[Any, ...], fields: dict[str, Any]) -> CredcoreError:
    error = kind.__new__(kind, *args)
    vars(error).update(fields)
    return error


class InvalidInput(CredcoreError, ValueError):
    """A value from outside is not what its field takes.

    Args:
        message: What was wrong and what would be right.
        field: The field's name.
        path: Where it stands in a nested input, such as ``events[3].at``.
    """

    code = "invalid-input"

    def __init__(self, message: str, *, field: str = "", path: str = "") -> None:
        """Build the message from the place and what was wrong there."""
        self.field = field
        self.path = path or field
        super().__init__(f"{self.path}: {message}" if self.path else message)


class NaiveInstant(InvalidInput):
    """An instant came without a time zone, so nobody can say when it was."""

    code = "naive-instant"

    def __init__(self, field: str) -> None:
        """Name the field that needs a zone."""
        super().__init__(
            "is an instant without a time zone; add one: 2026-03-02T09:00:00-06:00 in text, tzinfo in Python",
            field=field,
        )


class MoveRefused(CredcoreError):
    """The pipeline does not allow a move, or the stage's requirements are not met.

    Args:
        file_id: The file.
        from_stage: Where it stands.
        to_stage: Where it was to go.
        unmet: The requirements that are not met; empty when the move itself is unknown.
        allowed: The stages that may come next.
    """

    code = "move-refused"

    def __init__(
        self, file_id: str, *, from_stage: str, to_stage: str, unmet: Sequence[str] = (), allowed: Sequence[str] = ()
    ) -> None:
        """Say which requirements are not met, or which moves there are."""
        self.file_id = file_id
        self.from_stage = from_stage
        self.to_stage = to_stage
        self.unmet = tuple(unmet)
        self.allowed = tuple(allowed)
        why = (
            f"{to_stage!r} still needs: {'; '.join(self.unmet)}"
            if self.unmet
            else f"from {from_stage!r} a file may go to: {', '.join(self.allowed) or 'nowhere (terminal)'}"
        )
        super().__init__(f"file {file_id} cannot move from {from_stage!r} to {to_stage!r}: {why}")


class NotFound(CredcoreError):
    """Nothing of that kind has that id."""

    code = "not-found"

    def __init__(self, kind: str, id: str, *, known: Iterable[str] = (), where: str = "on this desk") -> None:  # noqa: A002 - the field's word
        """Name what was looked for, and the nearest known id."""
        self.kind = kind
        self.id = id
        known = tuple(known)
        super().__init__(" ".join(f"no {kind} {id!r} {where}".split()) + (f"; {nearest(id, known)}" if known else ""))


class Forbidden(CredcoreError):
    """The actor's roles do not allow the action."""

    code = "forbidden"

    def __init__(self, actor: str, action: str, *, needs: Sequence[str]) -> None:
        """Name the actor, the action and the roles that may take it."""
        self.actor = actor
        self.action = action
        self.needs = tuple(needs)
        super().__init__(f"{actor} may not {action}; it takes one of the roles: {', '.join(self.needs)}")


@attrs.frozen(kw_only=True)
class Fault:
    """One thing that is wrong in an input, with its place.

    Attributes:
        message: What is wrong and what would be right.
        key: The key, such as ``rules.sla[0].limit``.
        line: The line, counted from 1; None where the input has no lines.
        source: The input's name, such as ``hospital.toml``.
    """

    message: str
    key: str = ""
    line: int | None = None
    source: str = ""

    def __str__(self) -> str:
        """Return ``source:line: key: message``, leaving out what is unknown."""
        place = ":".join(part for part in (self.source, "" if self.line is None else str(self.line)) if part)
        return ": ".join(part for part in (place, self.key, self.message) if part)


class ProfileError(CredcoreError):
    """A profile has faults; all of them are reported together.

    Args:
        faults: Each with its place.
    """

    code = "profile-faults"

    def __init__(self, faults: Sequence[Fault]) -> None:
        """List every fault, one a line."""
        self.faults = tuple(faults)
        count = len(self.faults)
        super().__init__(f"{count} fault{'s' if count != 1 else ''}:\n" + "\n".join(f"  {fault}" for fault in faults))


class PluginError(CredcoreError):
    """A plugin could not be loaded, or gave something that credcore cannot use."""

    code = "plugin-failed"

    def __init__(self, plugin: str, message: str, *, hook: str = "") -> None:
        """Name the plugin, and the hook if one was called."""
        self.plugin = plugin
        self.hook = hook
        super().__init__(f"plugin {plugin!r}" + (f", hook {hook}" if hook else "") + f": {message}")


class MissingExtra(CredcoreError):
    """An adapter needs a library that is not installed."""

    code = "missing-extra"

    def __init__(self, extra: str, *, needed_for: str) -> None:
        """Say what to install."""
        self.extra = extra
        super().__init__(f"{needed_for} needs an extra: python -m pip install 'credcore[{extra}]'")


class StoreError(CredcoreError):
    """A store could not do what was asked; nothing was changed."""

    code = "store-failed"


class Conflict(StoreError):
    """Records that the decision wrote or read have changed since; load them again and decide anew.

    Args:
        stale: The records, as ``kind/id``.
    """

    code = "conflict"
    retryable = True

    def __init__(self, stale: Sequence[str]) -> None:
        """Name the stale records."""
        self.stale = tuple(stale)
        super().__init__(f"changed by somebody else meanwhile: {', '.join(self.stale)}; load again and decide anew")


class Duplicate(StoreError):
    """An event with this key is already on the desk: what was asked has happened before.

    Args:
        key: The key that is unique on a desk.
        ref: The record that has it, as ``kind/id``.
    """

    code = "duplicate"

    def __init__(self, key: str, ref: str) -> None:
        """Name the key and the record that has it."""
        self.key = key
        self.ref = ref
        super().__init__(f"already recorded on {ref} under the key {key!r}")


class Unavailable(StoreError):
    """The store does not answer just now, or its place cannot be written."""

    code = "unavailable"
    retryable = True

    def __init__(self, place: str, message: str) -> None:
        """Name the place and what it said."""
        self.place = place
        super().__init__(f"{place}: {message}")


class SchemaOutdated(StoreError):
    """The desk's tables are of another version than this credcore reads."""

    code = "schema-outdated"

    def __init__(self, found: int, needed: int) -> None:
        """Name both versions."""
        self.found = found
        self.needed = needed
        what = "migrate it first, with `credcore migrate`" if found < needed else "install a newer credcore"
        super().__init__(f"the desk has schema version {found}, this credcore reads {needed}: {what}")
