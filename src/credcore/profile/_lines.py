"""The line of every key in a TOML text, which ``tomllib`` does not tell.

The text has been read by ``tomllib`` before, so its grammar is trusted here: what is no string, array or inline table
ends at a comma, a bracket, a comment or the line's end.
"""

import re
from collections.abc import Iterator, Mapping
from typing import Final

__all__ = ["key_lines", "line_of"]

_BLANK: Final = re.compile(r"(?:[ \t\r\n]|#[^\n]*)*")
_NAME: Final = re.compile(r"""[ \t]*(?:([\w-]+)|"((?:\\.|[^"\\])*)"|'([^']*)')[ \t]*""", re.ASCII)
_STRING: Final = re.compile(
    r'''
    """ (?: \\. | [^\\] )*? """ "{0,2}    # a long text may end with quotes of its own
    | \'{3} .*? \'{3} \'{0,2}
    | " (?: \\. | [^"\\] )* "
    | ' [^']* '
    ''',
    re.DOTALL | re.VERBOSE,
)
_SCALAR: Final = re.compile(r"[^,\]}#\n]+")


def key_lines(text: str) -> Mapping[str, int]:
    r"""Return the line, counted from 1, at which each key, table and array item of a valid TOML text stands.

    Example:
        >>> lines = key_lines('[[rules.sla]]\nid = "x"\nwarn = [\n  0.5,\n]\n')
        >>> lines["rules.sla[0]"], lines["rules.sla[0].id"], lines["rules.sla[0].warn[0]"]
        (1, 2, 4)
    """
    return _Scanner(text).lines


def line_of(key: str, lines: Mapping[str, int]) -> int | None:
    """Return the line of a key, or that of the nearest table around it; None for the whole text.

    Example:
        >>> line_of("rules.sla[0].limit", {"rules.sla[0]": 12})
        12
    """
    while key:
        if key in lines:
            return lines[key]
        key = key[: max(key.rfind("."), key.rfind("["), 0)]
    return None


class _Scanner:
    """Walks through the text once."""

    def __init__(self, text: str) -> None:
        self.lines: dict[str, int] = {}
        self._text = text
        self._at = 0
        self._line = 1
        self._counted = 0
        self._items: dict[str, int] = {}
        prefix = ""
        while self._peek():
            prefix = self._header() if self._peek() == "[" else self._pair(prefix)

    def _peek(self) -> str:
        """Return the next character that is not blank; empty at the end."""
        self._skip(_BLANK)
        return self._text[self._at : self._at + 1]

    def _skip(self, pattern: re.Pattern[str]) -> None:
        match = pattern.match(self._text, self._at)
        self._at = self._at if match is None else match.end()

    def _note(self, path: str) -> None:
        self._line += self._text.count("\n", self._counted, self._at)
        self._counted = self._at
        self.lines.setdefault(path, self._line)

    def _names(self) -> Iterator[str]:
        """Yield the parts of a dotted key."""
        while (match := _NAME.match(self._text, self._at)) is not None:
            yield match[match.lastindex or 0]
            self._at = match.end()
            if self._text[self._at] != ".":
                return
            self._at += 1

    def _path(self, prefix: str) -> str:
        """Read a dotted key below a table; a name of an array of tables means its last item."""
        path = prefix
        for name in self._names():
            path = self._last(f"{path}.{name}" if path else name)
            self._note(path)
        return path

    def _last(self, path: str) -> str:
        return f"{path}[{self._items[path]}]" if path in self._items else path

    def _header(self) -> str:
        width = 2 if self._text.startswith("[[", self._at) else 1
        self._at += width
        *outer, name = self._names()
        path = ""
        for part in outer:
            path = self._last(f"{path}.{part}" if path else part)
            self._note(path)
        path = f"{path}.{name}" if path else name
        if width == 2:  # noqa: PLR2004 - two brackets: one more item of an array of tables
            self._note(path)
            self._items[path] = self._items.get(path, -1) + 1
        path = self._last(path)
        # A table may be named before its own header by one of those below it; its own place is the better one.
        self.lines.pop(path, None)
        self._note(path)
        self._at += width
        return path

    def _pair(self, prefix: str) -> str:
        path = self._path(prefix)
        self._at += 1
        self._value(path)
        return prefix

    def _value(self, path: str) -> None:
        opening = self._peek()
        if opening == "[":
            self._at += 1
            self._array(path)
        elif opening == "{":
            self._at += 1
            while self._peek() != "}":
                self._pair(path)
                self._comma()
            self._at += 1
        else:
            self._skip(_STRING if opening in "\"'" else _SCALAR)

    def _array(self, path: str) -> None:
        place = 0
        while self._peek() != "]":
            self._note(f"{path}[{place}]")
            self._value(f"{path}[{place}]")
            self._comma()
            place += 1
        self._at += 1

    def _comma(self) -> None:
        if self._peek() == ",":
            self._at += 1
