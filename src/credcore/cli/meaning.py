"""Find whom or what a word means: an id, or a name in whatever case."""

import difflib
from collections.abc import Mapping

from credcore.coordinator import Coordinator
from credcore.errors import InvalidInput, NotFound

__all__ = ["meant", "owner_of", "person_of", "stage_of"]


_NEAR = 0.8
"""Names are longer than ids, so that a slip of the pen changes less of them."""


def meant(what: str, text: str, names: Mapping[str, str]) -> str:
    """Return the id that a text means; where it means nothing, the text itself, for the desk to refuse.

    Args:
        what: What is looked for.
        text: As it was typed.
        names: By id, what each is called.

    Raises:
        InvalidInput: The text is the name of more than one.
        NotFound: It is nearly somebody's name, which is given.

    Example:
        >>> people = {"ana": "Ana Ames", "ben": "Ben Ng"}
        >>> meant("person", "ANA AMES", people), meant("person", "Ben", people), meant("person", "zoe", people)
        ('ana', 'ben', 'zoe')
    """
    if text in names:
        return text
    word = " ".join(text.split()).casefold()
    found = [one for one in names if one.casefold() == word]
    found = found or [one for one, name in names.items() if name.casefold() == word]
    if len(found) > 1:
        raise InvalidInput(f"{text!r} means more than one: {', '.join(found)}; give one of these")
    if not found and (near := difflib.get_close_matches(word, map(str.casefold, names.values()), n=1, cutoff=_NEAR)):
        raise NotFound(what, text, known=[name for name in names.values() if name.casefold() in near])
    return found[0] if found else text


def person_of(desk: Coordinator, text: str) -> str:
    """Return the id of the person of the team whom a text means."""
    return meant("person", text, _people(desk))


def owner_of(desk: Coordinator, text: str) -> str:
    """Return the owner whom a text means: a person's id, or ``@role`` for a queue."""
    roles = {f"@{role}": "" for person in desk.desk.team for role in person.roles}
    return meant("owner", text, _people(desk) | roles)


def stage_of(desk: Coordinator, text: str) -> str:
    """Return the code of the stage that a text means."""
    return meant("stage", text, {stage.code: stage.title for stage in desk.profile.pipeline.stages})


def _people(desk: Coordinator) -> dict[str, str]:
    return {person.id: person.name for person in desk.desk.team}
