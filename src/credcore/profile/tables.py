"""Reading a table of a profile: every value with its type, every fault with its place, none of them fatal.

What is asked for is what is known: `Table.close` reports each key that nobody asked for. A getter that finds a fault
notes it and returns something of the right type, so that reading goes on to the next fault.
"""

import datetime as dt
import re
import tomllib
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from typing import Any, Final, TypeVar

import attrs

from credcore.errors import Fault, InvalidInput, ProfileError, nearest
from credcore.limits import Limit, parse_limit
from credcore.profile._lines import key_lines, line_of

__all__ = ["Reading", "Table"]

_T = TypeVar("_T")

_CODE: Final = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")
_WALL: Final = re.compile(r"([01]\d|2[0-3]):([0-5]\d)", re.ASCII)
_TOML_PLACE: Final = re.compile(r" \(at (?:line (\d+), column \d+|end of document)\)$")


class Reading:
    """One text as it is read, and all that was found wrong with it.

    Attributes:
        source: The text's name.
        faults: What was found.
        places: The key of the table that makes each rule, by the rule's id.

    Args:
        text: TOML.
        source: The text's name, for the faults.

    Raises:
        ProfileError: The text is no TOML; one fault, with its line.
    """

    def __init__(self, text: str, source: str) -> None:
        """Parse the text and find its lines."""
        self.source = source
        self.faults: list[Fault] = []
        self.places: dict[str, str] = {}
        try:
            values = tomllib.loads(text)
        except tomllib.TOMLDecodeError as error:
            raise ProfileError([_syntax_fault(str(error), text, source)]) from None
        self._lines = key_lines(text)
        self.root = Table(self, "", values)

    def fault(self, key: str, message: str) -> None:
        """Note what is wrong at a key; the same is noted once."""
        fault = Fault(message=message, key=key, line=line_of(key, self._lines), source=self.source)
        if fault not in self.faults:
            self.faults.append(fault)

    def adopt(self, faults: Iterable[Fault]) -> None:
        """Note the faults that somebody else found, giving them their lines."""
        for fault in faults:
            self.fault(fault.key, fault.message)

    def attempt(self, key: str, make: Callable[[], _T]) -> _T | None:
        """Return what is made, unless something is wrong with it: that is noted, and None returned.

        Args:
            key: The place of what raises `InvalidInput`; a `ProfileError` brings its own.
            make: Makes a value out of what was read.
        """
        try:
            return make()
        except ProfileError as error:
            self.adopt(error.faults)
        except InvalidInput as error:
            inner = error.path.replace("_", "-")
            place = inner if not inner or inner.startswith(key) else f"{key}.{inner}"
            self.fault(place or key, str(error).removeprefix(f"{error.path}: "))
        return None

    def check(self) -> None:
        """Raise what was found, in the order of the lines.

        Raises:
            ProfileError: Anything was found.
        """
        if self.faults:
            raise ProfileError(sorted(self.faults, key=lambda fault: fault.line or 0))


def _syntax_fault(message: str, text: str, source: str) -> Fault:
    place = _TOML_PLACE.search(message)
    line = int(place[1]) if place is not None and place[1] else max(text.count("\n"), 1)
    return Fault(message=f"is no TOML: {_TOML_PLACE.sub('', message)}", line=line, source=source)


@attrs.define
class Table:
    """A table, and the place where it stands.

    Attributes:
        reading: To note faults in.
        path: Its place, such as ``rules.sla[0]``; empty for the whole text.
        values: What stands in it.
    """

    reading: Reading = attrs.field(repr=False)
    path: str
    values: Mapping[str, Any]
    _asked: set[str] = attrs.field(factory=set, init=False, repr=False)

    def __contains__(self, key: str) -> bool:
        """Return whether something stands at a key."""
        return key in self.values

    @property
    def code(self) -> str:
        """The last part of its place: the code of what it describes."""
        return self.path.rpartition(".")[2]

    @property
    def title(self) -> str:
        """Its title, or its code as words."""
        return self.text("title", self.code.replace("-", " ").capitalize())

    def key(self, key: str) -> str:
        """Return the place of a key in it."""
        return f"{self.path}.{key}" if self.path else key

    def fault(self, key: str, message: str) -> None:
        """Note what is wrong at one of its keys, or with the whole of it if the key is empty."""
        self.reading.fault(self.key(key) if key else self.path, message)

    @property
    def sound(self) -> bool:
        """Whether nothing in it was found wrong so far."""
        inside = (f"{self.path}.", f"{self.path}[")
        return not any(fault.key == self.path or fault.key.startswith(inside) for fault in self.reading.faults)

    def make(self, make: Callable[[], _T]) -> _T | None:
        """Return what is made out of what was read from it; None, and no second fault, if that was not sound.

        Args:
            make: Makes the value. Errors of the library become faults.
        """
        return self.reading.attempt(self.path, make) if self.sound else None

    def close(self) -> None:
        """Note every key that nobody asked for."""
        for key in self.values.keys() - self._asked:
            self.fault(key, f"unknown key; {nearest(key, self._asked)}")

    # Plain values

    def text(self, key: str, default: str | None = None) -> str:
        """Return a text; without a default it must be there and not be empty."""
        value = self._value(key, str, 'a text such as "..."', default, "")
        if default is None and isinstance(self.values.get(key), str) and not value.strip():
            self.fault(key, "is empty")
        return value

    def texts(self, key: str, default: Iterable[str] = ()) -> tuple[str, ...]:
        """Return a list of texts; a text alone is a list of one."""
        return tuple(text for _, text in self._texts(key)) if key in self.values else self._left_out(key, default)

    def whole(self, key: str, default: int | None = None, *, least: int = 0) -> int:
        """Return a whole number that is not below ``least``."""
        value = self._value(key, int, f"a whole number from {least} up", default, least)
        if value < least:
            self.fault(key, f"{value} is not a whole number from {least} up")
        return value

    def yes(self, key: str, *, default: bool = False) -> bool:
        """Return true or false."""
        return self._value(key, bool, "true or false", default, default)

    def day(self, key: str, default: dt.date) -> dt.date:
        """Return a day."""
        return self._value(key, dt.date, "a day such as 2026-03-02", default, default)

    def time(self, key: str) -> dt.time:
        """Return a time on the wall, written ``07:30`` as a text or ``07:30:00`` as TOML has it."""
        value = self._raw(key)
        written = _WALL.fullmatch(value) if isinstance(value, str) else None
        if written is not None:
            return dt.time(int(written[1]), int(written[2]))
        return self._value(key, dt.time, 'a time on the wall such as "07:30"', None, dt.time())

    # Words

    def new_code(self, key: str) -> str:
        """Return a code that is given here; it must be there, in kebab-case."""
        code = self.text(key)
        self._check_code(self.key(key), code)
        return code

    def _check_code(self, place: str, code: str) -> None:
        if code and not _CODE.fullmatch(code):
            self.reading.fault(place, f"{code!r} is no code; write it in kebab-case, such as 'quality-audit'")

    def name(self, key: str, known: Collection[str], what: str, default: str | None = None) -> str:
        """Return a name that must be known.

        Args:
            key: The key.
            known: The names there are.
            what: What they are names of, for the fault.
            default: Where the key is left out; without one it must be there.
        """
        name = self.text(key, default)
        if isinstance(self.values.get(key), str) and name:
            self._check(self.key(key), name, known, what)
        return name

    def names(self, key: str, known: Collection[str], what: str, default: Iterable[str] = ()) -> tuple[str, ...]:
        """Return a list of names that must be known; a name alone is a list of one."""
        if key not in self.values:
            return self._left_out(key, default)
        texts = self._texts(key)
        for place, name in texts:
            self._check(place, name, known, what)
        return tuple(name for _, name in texts)

    def is_known(self, key: str, known: Collection[str], what: str) -> bool:
        """Return whether one of its own keys is a known name; that it is not is noted."""
        self._asked.add(key)
        return self._check(self.key(key), key, known, what)

    def _check(self, place: str, name: str, known: Collection[str], what: str) -> bool:
        if name not in known:
            self.reading.fault(place, f"unknown {what} {name!r}; {nearest(name, known)}")
        return name in known

    def limit(self, key: str, default: str | None = None) -> Limit | None:
        """Return a limit; None if it was left out though it must be there, or cannot be read."""
        text = self._value(key, str, 'a limit such as "10 working days"', default, "")
        if not text and not isinstance(self.values.get(key), str):
            return None
        return self.reading.attempt(self.key(key), lambda: parse_limit(text, ""))

    # Tables in it

    def table(self, key: str) -> "Table":
        """Return a table in it; an empty one where there is none."""
        return Table(self.reading, self.key(key), self._value(key, dict, "a table", {}, {}))

    def tables(self, key: str) -> list["Table"]:
        """Return a list of tables in it; none where there is no such list."""
        tables = []
        for place, value in self.items(key):
            if isinstance(value, dict):
                tables.append(Table(self.reading, place, value))
            else:
                self.reading.fault(place, f"{_shown(value)} is not a table such as {{ ... }}")
        return tables

    def items(self, key: str) -> list[tuple[str, object]]:
        """Return what a list holds, each with its place; a value alone is a list of one."""
        value = self._raw(key)
        if isinstance(value, list):
            return [(f"{self.key(key)}[{place}]", item) for place, item in enumerate(value)]
        return [] if value is None else [(self.key(key), value)]

    def entries(self) -> Iterator["Table"]:
        """Yield every value of it as a table, where its keys are codes of things of one sort."""
        for code in self.values:
            self._check_code(self.key(code), code)
            yield self.table(code)

    def titles(self) -> dict[str, str]:
        """Return every value of it as a text, where its keys are codes and those their titles."""
        for code in self.values:
            self._check_code(self.key(code), code)
        return {code: self.text(code) for code in self.values}

    # What stands there

    def _raw(self, key: str) -> object:
        self._asked.add(key)
        return self.values.get(key)

    def _left_out(self, key: str, default: Iterable[str]) -> tuple[str, ...]:
        self._asked.add(key)
        return tuple(default)

    def _value(self, key: str, kind: type[_T], what: str, default: _T | None, instead: _T) -> _T:
        """Return a value of exactly a type; ``instead`` where it is missing or of another one."""
        value = self._raw(key)
        if type(value) is kind:
            return value
        if value is not None:
            self.fault(key, f"{_shown(value)} is not {what}")
        elif default is not None:
            return default
        else:
            self.fault("", f"{key!r} is missing; give {what}")
        return instead

    def _texts(self, key: str) -> list[tuple[str, str]]:
        texts = []
        for place, item in self.items(key):
            if isinstance(item, str):
                texts.append((place, item))
            else:
                self.reading.fault(place, f"{_shown(item)} is not a text, or a list of texts")
        return texts


def _shown(value: object) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, (dict, list)):
        return "a table" if isinstance(value, dict) else "a list"
    return repr(value) if isinstance(value, str) else str(value)
