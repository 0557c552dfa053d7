"""The profiles that ship with credcore, and the figures that a profile can turn on, as texts.

Begin a desk with one of the profiles, then make it your own: a desk keeps its own copy. Figures, such as the statutory
turnaround by state, stay here: a profile names their release, and a release never changes.
"""

from importlib import resources
from importlib.resources.abc import Traversable

from credcore.errors import NotFound

__all__ = ["figures", "names", "read", "releases"]

_SUFFIX = ".toml"


def names() -> tuple[str, ...]:
    """Return the names of the profiles that ship, in order.

    Example:
        >>> "hospital" in names()
        True
    """
    return _texts(resources.files(__name__))


def read(name: str) -> str:
    """Return the text of a profile that ships.

    Raises:
        NotFound: None has that name; the message names the nearest.
    """
    if name not in names():
        raise NotFound("profile", name, known=names())
    return resources.files(__name__).joinpath(name + _SUFFIX).read_text(encoding="utf-8")


def releases(what: str) -> tuple[str, ...]:
    """Return the releases of some figures, the oldest first.

    Args:
        what: Such as ``turnaround``.

    Example:
        >>> releases("turnaround")
        ('2026-11',)
    """
    return tuple(name.removeprefix(f"{what}-") for name in _texts(_figures()) if name.startswith(f"{what}-"))


def figures(what: str, release: str) -> str:
    """Return the text of a release of some figures, TOML that explains its own keys.

    Args:
        what: Such as ``turnaround``.
        release: A year and month.

    Raises:
        NotFound: There is no such release; the message names the nearest.

    Example:
        >>> 'law = "Ohio Rev. Code 3963.06"' in figures("turnaround", "2026-11")
        True
    """
    if release not in releases(what):
        raise NotFound(f"release of {what}", release, known=releases(what), where="")
    return _figures().joinpath(f"{what}-{release}{_SUFFIX}").read_text(encoding="utf-8")


def _figures() -> Traversable:
    return resources.files(__name__).joinpath("figures")


def _texts(folder: Traversable) -> tuple[str, ...]:
    return tuple(sorted(file.name.removesuffix(_SUFFIX) for file in folder.iterdir() if file.name.endswith(_SUFFIX)))
