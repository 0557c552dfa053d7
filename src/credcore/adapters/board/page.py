"""Make the page of a morning."""

import functools
import os
from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING, Any

from credcore.adapters.board.morning import Morning
from credcore.adapters.board.wording import clean, day_text, due_text, when_text
from credcore.errors import MissingExtra, Unavailable

if TYPE_CHECKING:
    import jinja2

__all__ = ["board_html", "check_place", "is_of_a_day", "write_board"]


def board_html(morning: Morning) -> str:
    """Return the page as text.

    Whatever comes from outside is escaped, and a name that the template does not know is an error.

    Raises:
        MissingExtra: jinja2 is not installed.
    """
    template, today, tz = _template(), morning.today, morning.tz
    return template.render(
        morning=morning,
        instant=lambda at: when_text(at, tz, today),
        deadline=lambda at: due_text(at, tz, today),
        day=lambda on: day_text(on, today),
    )


@functools.cache
def _template() -> "jinja2.Template":
    try:
        import jinja2  # noqa: PLC0415 - an optional extra
    except ModuleNotFoundError:
        raise MissingExtra("reports", needed_for="the board") from None
    environment = jinja2.Environment(
        autoescape=True, undefined=jinja2.StrictUndefined, trim_blocks=True, lstrip_blocks=True, finalize=_cleaned
    )
    source = resources.files("credcore.adapters.board").joinpath("board.html.j2").read_text(encoding="utf-8")
    return environment.from_string(source)


def _cleaned(value: Any) -> Any:  # noqa: ANN401 - whatever the template prints
    """Clean texts before they are escaped; markup is the template's own."""
    return clean(value) if isinstance(value, str) and not hasattr(value, "__html__") else value


def check_place(path: str | os.PathLike[str]) -> None:
    """Make sure that a page can be made and has a folder to lie in, before the work of which it is to tell.

    Raises:
        MissingExtra: jinja2 is not installed.
        Unavailable: There is no such folder, or nothing may be written there.
    """
    _template()
    folder = Path(path).parent
    if not folder.is_dir():
        raise Unavailable(str(path), f"the page cannot be written: there is no folder {folder}")
    if not os.access(folder, os.W_OK):
        raise Unavailable(str(path), "the page cannot be written: the folder is read-only")


def is_of_a_day(path: str | os.PathLike[str]) -> bool:
    """Return whether a page lies there that tells what a day gave out and told."""
    try:
        return _OF_A_DAY in Path(path).read_text(encoding="utf-8")
    except (OSError, ValueError):
        return False


_OF_A_DAY = '<section id="given"'


def write_board(path: str | os.PathLike[str], morning: Morning) -> None:
    """Write the page, whole or not at all.

    Raises:
        MissingExtra: jinja2 is not installed.
        Unavailable: The file cannot be written.
    """
    target, text = Path(path), board_html(morning)
    part = target.with_name(f"{target.name}.part")
    try:
        part.write_text(text, encoding="utf-8")
        part.replace(target)
    except OSError as error:
        raise Unavailable(
            str(target), f"the page cannot be written: {(error.strerror or 'refused').lower()}"
        ) from error
