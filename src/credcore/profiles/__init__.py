"""The profiles that ship with credcore, as texts.

Begin a desk with one of them, then make it your own: a desk keeps its own copy.
"""

from importlib import resources

from credcore.errors import NotFound

__all__ = ["names", "read"]

_SUFFIX = ".toml"


def names() -> tuple[str, ...]:
    """Return the names of the profiles that ship, in order.

    Example:
        >>> "hospital" in names()
        True
    """
    files = resources.files(__name__).iterdir()
    return tuple(sorted(file.name.removesuffix(_SUFFIX) for file in files if file.name.endswith(_SUFFIX)))


def read(name: str) -> str:
    """Return the text of a profile that ships.

    Raises:
        NotFound: None has that name; the message names the nearest.
    """
    if name not in names():
        raise NotFound("profile", name, known=names())
    return resources.files(__name__).joinpath(name + _SUFFIX).read_text(encoding="utf-8")
