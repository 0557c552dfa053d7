"""Find a profile's text by what a command was given: the name of one that ships, or a file."""

from pathlib import Path

from credcore.errors import InvalidInput, NotFound
from credcore.plugins import Plugins

__all__ = ["profile_text"]


def profile_text(name_or_file: str, plugins: Plugins) -> str:
    """Return a profile's text.

    Args:
        name_or_file: The name of a profile that ships or that a plugin gives; else a file's path.
        plugins: Which give profiles.

    Raises:
        NotFound: It is neither.
        InvalidInput: The file cannot be read as UTF-8 text.
    """
    if name_or_file in plugins.profiles:
        return plugins.profile_text(name_or_file)
    try:
        return Path(name_or_file).read_text(encoding="utf-8-sig")
    except FileNotFoundError:
        raise NotFound("profile or file", name_or_file, known=plugins.profiles, where="") from None
    except UnicodeDecodeError as error:
        raise InvalidInput(f"is not UTF-8 text: byte {error.start}", path=name_or_file) from None
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise InvalidInput(f"cannot be read: {reason.lower()}", path=name_or_file) from None
