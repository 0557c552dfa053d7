"""The pipeline: the stages of a file, the moves between them, and what a stage needs before it is entered.

A pipeline is checked when it is made: every stage can be reached, from every stage an end can be reached, and no name
is unknown. All faults are reported together.
"""

import difflib
from collections.abc import Collection, Iterable, Iterator, Mapping

import attrs

from credcore.errors import Fault, InvalidInput, ProfileError, nearest
from credcore.events import PARTIES

__all__ = ["Pipeline", "Requirement", "Stage", "pipeline_faults"]


def _texts(values: Iterable[str]) -> tuple[str, ...]:
    return tuple(values)


@attrs.frozen
class Requirement:
    """What must be so before a stage is entered; all of its parts together.

    Attributes:
        code: Its name in `Stage.needs`.
        title: In words.
        documents: Elements whose document must have been received.
        verified: Elements that must have been verified. How old a verification may be is a rule's to judge.
        no_holds: No hold may be open.
        no_flags: No flag may stand.
        decision: The file must have been decided.
    """

    code: str
    title: str = ""
    documents: tuple[str, ...] = attrs.field(default=(), converter=_texts)
    verified: tuple[str, ...] = attrs.field(default=(), converter=_texts)
    no_holds: bool = False
    no_flags: bool = False
    decision: bool = False


@attrs.frozen
class Stage:
    """A place in the pipeline.

    Attributes:
        code: Its name, in kebab-case.
        title: In words.
        owner: The role whose work it is.
        turn: The party whose turn it is while nothing is on hold.
        needs: The codes of the requirements for entering it.
        next: The codes of the stages that may follow.
        terminal: Whether the file is closed here.
        look_again: The limit, in words, after which somebody must look at the file whatever pauses its other clocks.
    """

    code: str
    title: str
    owner: str
    turn: str
    needs: tuple[str, ...] = attrs.field(default=(), converter=_texts)
    next: tuple[str, ...] = attrs.field(default=(), converter=_texts)
    terminal: bool = False
    look_again: str = ""


def _stages(values: Iterable[Stage]) -> tuple[Stage, ...]:
    return tuple(values)


def _requirements(values: Iterable[Requirement]) -> tuple[Requirement, ...]:
    return tuple(values)


def _starts(values: Mapping[str, str]) -> dict[str, str]:
    return dict(values)


@attrs.frozen
class Pipeline:
    """The stages of one organisation's files.

    Args:
        stages: In the order in which they are shown.
        requirements: Those that the stages name.
        starts: By kind of file, the stage in which such a file opens.

    Raises:
        ProfileError: Something is wrong; every fault has its place, such as ``stages.psv.next``.

    Example:
        >>> pipeline = Pipeline(
        ...     [
        ...         Stage("intake", "Intake", "specialist", "team", next=["closed"]),
        ...         Stage("closed", "Closed", "specialist", "team", terminal=True),
        ...     ],
        ...     starts={"initial": "intake"},
        ... )
        >>> pipeline.start("initial").next
        ('closed',)
    """

    stages: tuple[Stage, ...] = attrs.field(converter=_stages)
    requirements: tuple[Requirement, ...] = attrs.field(default=(), converter=_requirements)
    starts: Mapping[str, str] = attrs.field(factory=dict, converter=_starts)
    _by_code: Mapping[str, Stage] = attrs.field(init=False, repr=False, eq=False)
    _required: Mapping[str, Requirement] = attrs.field(init=False, repr=False, eq=False)

    @_by_code.default
    def _index(self) -> dict[str, Stage]:
        return {stage.code: stage for stage in self.stages}

    @_required.default
    def _index_requirements(self) -> dict[str, Requirement]:
        return {requirement.code: requirement for requirement in self.requirements}

    def __attrs_post_init__(self) -> None:
        """Refuse a pipeline in which a file could get lost."""
        if faults := pipeline_faults(self.stages, self.requirements, self.starts):
            raise ProfileError(faults)

    def __contains__(self, code: object) -> bool:
        """Tell whether there is a stage of that code."""
        return code in self._by_code

    def stage(self, code: str) -> Stage:
        """Return a stage by its code.

        Raises:
            InvalidInput: The pipeline has none of that code; the message names the nearest.
        """
        if code not in self._by_code:
            raise InvalidInput(f"the pipeline has no stage {code!r}; {nearest(code, self._by_code)}", field="stage")
        return self._by_code[code]

    def start(self, kind: str) -> Stage:
        """Return the stage in which a file of a kind opens.

        Raises:
            InvalidInput: The pipeline has no files of that kind; the message names the nearest.
        """
        if kind not in self.starts:
            raise InvalidInput(f"the pipeline has no kind {kind!r}; {nearest(kind, self.starts)}", field="kind")
        return self._by_code[self.starts[kind]]

    def needs(self, code: str) -> tuple[Requirement, ...]:
        """Return the requirements for entering a stage.

        Raises:
            InvalidInput: The pipeline has no such stage.
        """
        return tuple(self._required[need] for need in self.stage(code).needs)


def pipeline_faults(
    stages: Iterable[Stage], requirements: Iterable[Requirement], starts: Mapping[str, str]
) -> list[Fault]:
    """Return all that is wrong with a pipeline, each with its place; nothing if a file cannot get lost in it.

    A name that is nearly right counts as the one that was meant while paths are followed, so that one slip of the pen
    is one fault.
    """
    stages, requirements = tuple(stages), tuple(requirements)
    codes = {stage.code for stage in stages}
    return [
        *_doubles("stages", [stage.code for stage in stages]),
        *_doubles("requirements", [requirement.code for requirement in requirements]),
        *(fault for stage in stages for fault in _stage_faults(stage, codes, {need.code for need in requirements})),
        *_start_faults(starts, codes),
        *_path_faults(stages, starts),
    ]


def _doubles(table: str, codes: list[str]) -> Iterator[Fault]:
    for code in sorted({code for code in codes if codes.count(code) > 1}):
        yield Fault(key=f"{table}.{code}", message="is there more than once; codes name one thing each")


def _unknown(key: str, what: str, names: Iterable[str], known: Collection[str]) -> Iterator[Fault]:
    for name in names:
        if name not in known:
            yield Fault(key=key, message=f"unknown {what} {name!r}; {nearest(name, known)}")


def _stage_faults(stage: Stage, codes: Collection[str], requirements: Collection[str]) -> Iterator[Fault]:
    key = f"stages.{stage.code}"
    yield from _unknown(f"{key}.turn", "party", [stage.turn], PARTIES)
    yield from _unknown(f"{key}.needs", "requirement", stage.needs, requirements)
    yield from _unknown(f"{key}.next", "stage", stage.next, codes)
    if stage.terminal and stage.next:
        yield Fault(key=f"{key}.next", message="a terminal stage leads nowhere; leave out `next` or `terminal`")
    if not stage.terminal and not stage.next:
        yield Fault(key=f"{key}.next", message="leads nowhere; name the stages that may follow, or make it terminal")


def _start_faults(starts: Mapping[str, str], codes: Collection[str]) -> Iterator[Fault]:
    if not starts:
        yield Fault(key="starts", message="names no kind of file; give each kind the stage in which it opens")
    for kind, code in starts.items():
        yield from _unknown(f"starts.{kind}", "stage", [code], codes)


def _path_faults(stages: tuple[Stage, ...], starts: Mapping[str, str]) -> Iterator[Fault]:
    codes = [stage.code for stage in stages]
    forth = {stage.code: [meant for name in stage.next for meant in _meant(name, codes)] for stage in stages}
    back = {code: [stage.code for stage in stages if code in forth[stage.code]] for code in codes}
    reached = _closure((meant for name in starts.values() for meant in _meant(name, codes)), forth)
    ending = _closure((stage.code for stage in stages if stage.terminal), back)
    for code in dict.fromkeys(codes):
        if starts and code not in reached:
            yield Fault(key=f"stages.{code}", message="no start leads here; name it in `next` of a stage, or in starts")
        if code not in ending:
            yield Fault(
                key=f"stages.{code}", message="no end can be reached from here; lead `next` to a terminal stage"
            )


def _meant(name: str, codes: list[str]) -> list[str]:
    return [name] if name in codes else difflib.get_close_matches(name, codes, n=1, cutoff=0.6)


def _closure(seeds: Iterable[str], edges: Mapping[str, list[str]]) -> set[str]:
    found: set[str] = set()
    waiting = list(seeds)
    while waiting:
        code = waiting.pop()
        if code not in found:
            found.add(code)
            waiting.extend(edges[code])
    return found
