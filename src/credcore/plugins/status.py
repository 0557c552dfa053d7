"""How the loading of a plugin ended."""

import attrs

__all__ = ["PluginStatus", "Refusal"]


@attrs.frozen(kw_only=True)
class PluginStatus:
    """One plugin and how its loading ended.

    Attributes:
        name: The entry point's name, or the object's.
        distribution: The installed package it came from; empty if it was given in Python.
        version: That package's version.
        hooks: The hooks that it implements; none if it failed as it was loaded.
        error: What went wrong; empty if nothing did.
        seconds: How long its loading took.
    """

    name: str
    distribution: str = ""
    version: str = ""
    hooks: tuple[str, ...] = ()
    error: str = ""
    seconds: float = 0.0

    @property
    def package(self) -> str:
        """The package and its version; empty if the plugin was given in Python."""
        return f"{self.distribution} {self.version}".strip()

    def __str__(self) -> str:
        """Return the plugin's name, with the package it came from."""
        return f"{self.name!r} ({self.package})" if self.package else repr(self.name)


class Refusal(Exception):
    """Something about a plugin that credcore cannot use.

    Args:
        what: In words, with what would be right.
        hook: The hook that gave it, if one was called.
    """

    def __init__(self, what: str, *, hook: str = "") -> None:
        """Name the hook, and what was wrong."""
        self.what = what
        self.hook = hook
        super().__init__(f"{hook}: {what}" if hook else what)
