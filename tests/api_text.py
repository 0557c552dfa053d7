"""The public API as text, a line a name, so that a change of it is seen, and said to be an addition or a break.

What the documented modules name in their ``__all__`` is the API; `docs/reference/versions.md` lists those modules. A
line begins with the dotted name. Annotations are written by their parts, not by `repr`, which differs from one Python
to the next.
"""

import collections.abc
import functools
import importlib
import inspect
import pathlib
import re
import types
import typing

import attrs

PAGE = pathlib.Path(__file__).parents[1] / "docs" / "reference" / "versions.md"
SNAPSHOT = pathlib.Path(__file__).parent / "public_api.txt"

DUNDERS = ("__add__", "__call__", "__contains__", "__getitem__", "__init__", "__iter__", "__len__", "__or__", "__str__")
"""What a class may say of how it is used; the other dunders are Python's own."""
PLAIN = (bool, int, str, bytes, type(None))


def documented_modules():
    """Return the modules whose names are the API, as the page lists them."""
    return re.findall(r"^\| `(credcore[\w.]*)` \|", PAGE.read_text(encoding="utf-8"), re.MULTILINE)


# Annotations and defaults


def annotation(kind):  # noqa: PLR0911 - an answer for each sort of annotation
    """Return an annotation as one writes it, without modules."""
    if kind in (inspect.Parameter.empty, Ellipsis, None, types.NoneType):
        return {inspect.Parameter.empty: "?", Ellipsis: "..."}.get(kind, "None")
    if isinstance(kind, (str, typing.ForwardRef)):
        return re.sub(r"\b[\w.]+\.(?=\w)", "", kind if isinstance(kind, str) else kind.__forward_arg__)
    if isinstance(kind, list):
        return f"[{', '.join(map(annotation, kind))}]"
    origin, parts = typing.get_origin(kind), typing.get_args(kind)
    if origin in (typing.Union, types.UnionType):
        return " | ".join(map(annotation, parts))
    if origin is typing.Literal:
        return f"Literal[{', '.join(map(repr, parts))}]"
    if origin in (typing.ClassVar, typing.Final):
        return annotation(*parts)
    if origin is collections.abc.Callable:
        *given, result = parts
        given = given[0] if len(given) == 1 and isinstance(given[0], list) else given
        shown = "..." if given in (Ellipsis, [Ellipsis]) else annotation(list(given))
        return f"Callable[{shown}, {annotation(result)}]"
    if origin is not None:
        inside = "()" if not parts else ", ".join(map(annotation, parts))
        return f"{origin.__name__}[{inside}]"
    return getattr(kind, "__name__", None) or str(kind).rpartition(".")[2]


def default(value):
    """Return a default as one writes it; three dots where it is more than a plain value."""
    if isinstance(value, PLAIN):
        return repr(value)
    if type(value) is tuple and all(isinstance(part, PLAIN) for part in value):
        return repr(value)
    return "..."


def signature(function, *, bound=False):
    """Return how a function is called and what it gives; without its first argument if it is bound to that."""
    said = inspect.signature(function)
    parameters = list(said.parameters.values())[bound:]
    shown, by_keyword, positional_only = [], False, False
    for one in parameters:
        if positional_only and one.kind is not one.POSITIONAL_ONLY:
            shown.append("/")
        positional_only = one.kind is one.POSITIONAL_ONLY
        if one.kind is one.KEYWORD_ONLY and not by_keyword:
            shown.append("*")
        by_keyword = by_keyword or one.kind in (one.KEYWORD_ONLY, one.VAR_POSITIONAL)
        stars = {one.VAR_POSITIONAL: "*", one.VAR_KEYWORD: "**"}.get(one.kind, "")
        text = f"{stars}{one.name}: {annotation(one.annotation)}"
        shown.append(text if one.default is one.empty else f"{text} = {default(one.default)}")
    if positional_only:
        shown.append("/")
    return f"({', '.join(shown)}) -> {annotation(said.return_annotation)}"


# Names


def api_lines(modules):
    """Return the lines of some modules' names: where each is told in full, and where else it can be had."""
    homes, lines = {}, []
    public = {id(value) for module in modules for value in _exported(module).values() if isinstance(value, type)}
    # The face of the package comes last: it repeats names that have a home.
    for module in sorted(modules, key=lambda name: (name == "credcore", name)):
        for name, value in sorted(_exported(module).items()):
            path = f"{module}.{name}"
            if callable(value) and hasattr(value, "__qualname__") and id(value) in homes:
                lines.append(f"{path} is {homes[id(value)]}")
                continue
            homes[id(value)] = path
            lines += _lines(path, value, public)
    return sorted(lines)


def _exported(module):
    found = importlib.import_module(module)
    return {name: getattr(found, name) for name in getattr(found, "__all__", ())}


def _lines(path, value, public):
    if isinstance(value, type) and typing.get_origin(value) is None:
        return _class_lines(path, value, public)
    if inspect.isfunction(value):
        return [f"{path} {signature(value)}"]
    if typing.get_origin(value) is not None:
        return [f"{path} = {annotation(value)}"]
    return [f"{path} : {type(value).__name__}"]


def _class_lines(path, cls, public):
    # What a private base brings along is told here; what a public one brings is told there.
    owners = [cls, *(base for base in cls.__mro__[1:] if _is_ours(base) and id(base) not in public)]
    bases = [base for base in cls.__mro__[1:] if id(base) in public and _is_ours(base)]
    lines = [f"{path} {_head(cls, owners)}"]
    fields = _fields(cls, owners)
    lines += [f"{path}.{name} : {said}" for name, said in fields.items()]
    told = set(fields)
    for owner in owners:
        for name, member in vars(owner).items():
            if name in told or (name.startswith("_") and name not in DUNDERS):
                continue
            said = _member(owner, name, member, bases)
            if said is not None:
                told.add(name)
                lines.append(f"{path}.{name} {said}")
    return lines


def _is_ours(cls):
    return cls.__module__.partition(".")[0] == "credcore"


def _is_protocol(cls):
    return bool(getattr(cls, "_is_protocol", False))


def _head(cls, owners):
    names = [base.__name__ for base in cls.__bases__ if base not in (object, typing.Generic, typing.Protocol, *owners)]
    what = "protocol" if _is_protocol(cls) else "class"
    return f"{what}{'({})'.format(', '.join(names)) if names else ''}{_by_position(cls)}"


def _by_position(cls):
    if hasattr(cls, "_fields") and issubclass(cls, tuple):
        return f" of {', '.join(cls._fields)}"
    if not attrs.has(cls):
        return ""
    given = [field.alias for field in attrs.fields(cls) if field.init and not field.kw_only]
    return f" of {', '.join(given)}" if given else " by keyword"


def _fields(cls, owners):
    """Return the fields of a value, each with its type and its default."""
    if hasattr(cls, "_fields") and issubclass(cls, tuple):
        kinds, defaults = typing.get_type_hints(cls), cls._field_defaults
        return {
            name: annotation(kinds[name]) + (f" = {default(defaults[name])}" if name in defaults else "")
            for name in cls._fields
        }
    own = {name: kind for owner in reversed(owners) for name, kind in vars(owner).get("__annotations__", {}).items()}
    if not attrs.has(cls):
        return {name: annotation(kind) for name, kind in own.items() if not name.startswith("_")}
    found = {}
    for field in attrs.fields(cls):
        if field.name.startswith("_") or field.name not in own:
            continue
        given = field.default
        made = isinstance(given, attrs.Factory)
        text = "" if given is attrs.NOTHING else f" = {'...' if made else default(given)}"
        found[field.name] = annotation(field.type) + text + ("" if field.init else " (not given)")
    return found


def _member(owner, name, member, bases):
    """Return what is said of a member of a class; None if it is nobody's business, or told at a base."""
    if isinstance(member, (classmethod, staticmethod)):
        return signature(member.__func__, bound=isinstance(member, classmethod))
    if isinstance(member, property):
        return f": {annotation(inspect.signature(member.fget).return_annotation)} (read only)"
    if isinstance(member, functools.cached_property):
        return f": {annotation(inspect.signature(member.func).return_annotation)} (read only)"
    if inspect.isfunction(member):
        made = name == "__init__" and (attrs.has(owner) or _is_protocol(owner) or issubclass(owner, tuple))
        written = member.__module__ == owner.__module__ and not made
        return signature(member, bound=True) if written else None
    if isinstance(member, (types.MemberDescriptorType, types.GetSetDescriptorType)):
        # The slot of a cached property: attrs keeps what it gives among the annotations.
        kind = vars(owner).get("__annotations__", {}).get(name)
        return None if kind is None else f": {annotation(kind)} (read only)"
    told_at_base = any(hasattr(base, name) for base in bases)
    return None if told_at_base or name in DUNDERS else f": {type(member).__name__}"


# Changes


def compared(before, after):
    """Return what was added between two states of the lines, and what breaks those who rely on the first.

    A signature that only takes more, by keyword or behind the others and with a default, is an addition; so is a field
    with a default. A new member of a protocol breaks those who implement it.
    """
    old, new = (dict(line.split(" ", 1) for line in lines) for lines in (before, after))
    additions, breaks = [], []
    for name in sorted(old.keys() | new.keys()):
        if name not in new:
            breaks.append(f"gone: {name} {old[name]}")
        elif name not in old:
            owner = name.rpartition(".")[0]
            demanded = owner in old and (old[owner].startswith("protocol") or _is_required_field(new[name], old[owner]))
            (breaks if demanded else additions).append(f"new: {name} {new[name]}")
        elif old[name] != new[name]:
            change = f"changed: {name} {old[name]}\n        now: {name} {new[name]}"
            (additions if takes_more(old[name], new[name]) else breaks).append(change)
    return additions, breaks


def _is_required_field(said, owner):
    is_value = " by keyword" in owner or " of " in owner
    return is_value and said.startswith(":") and not (" = " in said or said.endswith(("(read only)", "(not given)")))


def takes_more(old, new):
    """Return whether a signature, or the fields of a value by position, takes all that another takes, and more."""
    if old.startswith(("class", "protocol")):
        return " of " in old and new.startswith(f"{old}, ")
    if not (old.startswith("(") and new.startswith("(")):
        return False
    (was, gave), (takes, gives) = _parts(old), _parts(new)
    if gave != gives:
        return False
    star = takes.index("*") if "*" in takes else len(takes)
    added = [part for part in takes if part not in was]
    kept = [part for part in takes if part in was]
    behind = all(takes.index(part) > star or takes.index(part) >= len(_positional(was)) for part in added)
    return kept == was and behind and all(" = " in part or part == "*" for part in added)


def _positional(parts):
    return parts[: parts.index("*")] if "*" in parts else parts


def _parts(said):
    """Return a signature's parameters, and what it gives."""
    parts, depth, part = [], 0, ""
    for place, sign in enumerate(said):
        depth += sign in "([{"
        depth -= sign in ")]}"
        if depth == 0:
            return [*parts, part.strip("( ")] if part.strip("( ") else parts, said[place + 1 :]
        if depth == 1 and sign == ",":
            parts.append(part.strip("( "))
            part = ""
        else:
            part += sign
    raise ValueError(said)
