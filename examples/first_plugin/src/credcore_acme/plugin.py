"""What Acme adds to credcore. The entry point in ``pyproject.toml`` names this module."""

from collections.abc import Sequence
from pathlib import Path

from credcore import hookimpl
from credcore.hooks import NotifierSpec, PolicySpec
from credcore_acme.assignment import ACME
from credcore_acme.notifying import JsonLines

__all__ = ["credcore_register_notifiers", "credcore_register_policies"]


@hookimpl
def credcore_register_policies() -> Sequence[PolicySpec]:
    """Let a profile say ``policy = "acme"``."""
    return (PolicySpec(name="acme", policy=ACME),)


@hookimpl
def credcore_register_notifiers() -> Sequence[NotifierSpec]:
    """Let a host make a notifier by the name ``jsonlines``; its target is the file."""
    return (NotifierSpec(name="jsonlines", make=lambda target: JsonLines(Path(target))),)
