"""What the rules say of a record, or of each of many, at an instant, and when they will next say something else."""

import datetime as dt
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple, Protocol, TypeAlias

import attrs

from credcore.errors import CredcoreError, InvalidInput
from credcore.history import History, Ref, State
from credcore.instants import format_instant, to_us
from credcore.rules.findings import Finding, Rung, clip, next_change, standing
from credcore.rules.foreign import checked, copied, differ, is_own

__all__ = [
    "Edition",
    "Evaluated",
    "Evaluation",
    "Rule",
    "Undetermined",
    "evaluate",
    "evaluate_each",
    "schedule",
    "states_of",
]


class Rule(Protocol):
    """What every rule has: a name, its rungs, and a schedule made from states alone."""

    @property
    def id(self) -> str:
        """Stable; what was told is remembered under it."""
        ...

    @property
    def family(self) -> str:
        """The profile's word for its kind."""
        ...

    @property
    def title(self) -> str:
        """In words."""
        ...

    @property
    def source(self) -> str:
        """Whose requirement it is."""
        ...

    @property
    def rungs(self) -> tuple[Rung, ...]:
        """The steps that its findings can reach, in order."""
        ...

    def findings(self, states: Sequence[State]) -> list[Finding]:
        """Return the schedule of a whole history."""
        ...

    def tail(self, states: Sequence[State]) -> list[Finding]:
        """Return the schedule from the last state on."""
        ...


@attrs.frozen
class Edition:
    """The rules of one edition of a profile, and the window in which it is in force.

    Attributes:
        number: Counted from 1.
        rules: Its rules.
        since: In force from here; None reaches back without end.
        until: In force until the next one; None goes on.

    Raises:
        InvalidInput: The window ends before it begins.
    """

    number: int
    rules: tuple[Rule, ...]
    since: dt.datetime | None = None
    until: dt.datetime | None = attrs.field(default=None)

    @until.validator
    def _not_before_since(self, field: "attrs.Attribute[dt.datetime]", until: dt.datetime | None) -> None:
        if self.since is not None and until is not None and until < self.since:
            raise InvalidInput(f"edition {self.number} ends before it begins", field=field.name)


Rules: TypeAlias = Sequence[Rule] | Sequence[Edition]


@attrs.frozen
class Undetermined:
    """A rule that failed: nobody knows what it would have said.

    Attributes:
        rule: Its id.
        reason: What was wrong with its answer, or the message of one of credcore's errors; of any other error the kind
            alone, since its message may hold anything.
    """

    rule: str
    reason: str


@attrs.frozen
class Evaluation:
    """What stands at an instant.

    Attributes:
        at: The instant.
        findings: What stands, the gravest first.
        next_change: The exact next instant at which anything changes if nothing happens; None if never.
        undetermined: The rules that failed.
    """

    at: dt.datetime
    findings: tuple[Finding, ...]
    next_change: dt.datetime | None
    undetermined: tuple[Undetermined, ...] = ()

    @property
    def level(self) -> int:
        """The gravest level that stands."""
        return max((finding.level for finding in self.findings), default=0)


class Evaluated(NamedTuple):
    """What was made of one record among many.

    Attributes:
        ref: The record.
        evaluation: What stands; None if there is nothing to say.
        reason: Why there is nothing: it had not been opened by then, or its events can belong to no such record.
    """

    ref: Ref
    evaluation: Evaluation | None
    reason: str = ""


def _file_states(history: History, tz: dt.tzinfo) -> list[State]:
    from credcore import files  # noqa: PLC0415 - a script pays for the kinds of record that it reads

    return files.states(history, tz)


def _provider_states(history: History, _tz: dt.tzinfo) -> list[State]:
    from credcore import providers  # noqa: PLC0415 - likewise

    return providers.states(history)


def _meeting_states(history: History, tz: dt.tzinfo) -> list[State]:
    from credcore import meetings  # noqa: PLC0415 - likewise

    return meetings.states(history, tz)


_STATES: Mapping[str, Callable[[History, dt.tzinfo], list[State]]] = {
    "file": _file_states,
    "provider": _provider_states,
    "meeting": _meeting_states,
}


def states_of(history: History, tz: dt.tzinfo = dt.UTC) -> list[State]:
    """Return the run of states of a file, provider or meeting.

    Args:
        history: The record's events.
        tz: The organisation's zone, in which a meeting falls on a day.

    Raises:
        InvalidInput: Rules do not read this kind of record.
    """
    states = _STATES.get(history.ref.kind)
    if states is None:
        raise InvalidInput(f"rules read {', '.join(_STATES)}, not a {history.ref.kind}", field="history")
    return states(history, tz)


def evaluate(history: History, rules: Rules, at: dt.datetime, *, tz: dt.tzinfo = dt.UTC) -> Evaluation:
    """Return what rules say of a record at an instant.

    Only what had happened by then is read: a history that goes on later gives the same answer. A rule that fails, or
    whose answer can be none, is named, and the others answer; rules that credcore ships are not checked.

    Args:
        history: The record's events.
        rules: Rules, or editions of them; each edition judges within its window alone.
        at: An aware instant.
        tz: The organisation's zone, in which a meeting falls on a day.

    Raises:
        NaiveInstant: ``at`` has no zone.
        InvalidInput: The record had not been opened by then, or rules do not read its kind.
    """
    return _evaluate(history, _editions(rules), at, tz)


def evaluate_each(
    histories: Iterable[History], rules: Rules, at: dt.datetime, *, tz: dt.tzinfo = dt.UTC
) -> Iterator[Evaluated]:
    """Return what rules say of each of many records at an instant, one by one as they are asked for.

    A history is taken when its answer is asked for and let go with it, so that millions need no more memory than one.
    A record that cannot be judged is told with the reason, and the others are judged all the same.

    Args:
        histories: The records, in any order; a generator is read as it goes.
        rules: Rules, or editions of them; each edition judges within its window alone.
        at: An aware instant.
        tz: The organisation's zone, in which a meeting falls on a day.

    Raises:
        NaiveInstant: ``at`` has no zone; raised at once, not with the first answer.

    Example:
        >>> from credcore.events import FileOpened
        >>> at = dt.datetime(2026, 3, 2, 15, tzinfo=dt.UTC)
        >>> files = (
        ...     History(Ref("file", f"f-{n}"), [FileOpened(id="e", at=at, kind="initial", provider="p", stage="psv")])
        ...     for n in range(1_000_000)
        ... )
        >>> next(evaluate_each(files, [], at))
        Evaluated(ref=Ref(kind='file', id='f-0'), evaluation=Evaluation(...), reason='')
    """
    to_us(at)
    editions = _editions(rules)

    def judge(history: History) -> Evaluated:
        try:
            return Evaluated(history.ref, _evaluate(history, editions, at, tz))
        except InvalidInput as error:
            return Evaluated(history.ref, None, str(error))

    return map(judge, histories)  # unlike a generator's loop, it holds no history while it waits


def _evaluate(history: History, editions: Sequence[Edition], at: dt.datetime, tz: dt.tzinfo) -> Evaluation:
    states = states_of(history.as_of(at), tz)
    if not states:
        raise InvalidInput(f"{history.ref} had not been opened by {format_instant(at)}", field="at")
    findings: list[Finding] = []
    undetermined: dict[Undetermined, None] = {}
    in_question = (edition for edition in editions if edition.until is None or at < edition.until)
    for edition in in_question:
        for rule in edition.rules:
            try:
                tail = rule.tail(states) if is_own(rule) else _asked(rule, states)
                findings += tuple(_within(edition, tail))
            except CredcoreError as error:
                undetermined[Undetermined(_name_of(rule), str(error))] = None
            except (Exception, SystemExit) as error:  # noqa: BLE001 - a plugin's rule may fail in any way; that is an answer, named
                undetermined[Undetermined(_name_of(rule), type(error).__name__)] = None
    return Evaluation(at, standing(findings, at), next_change(findings, at), tuple(undetermined))


def _asked(rule: Rule, states: Sequence[State]) -> list[Finding]:
    """Return the tail of a rule that is not credcore's, if it can be one and agrees with the rule's whole schedule."""
    tail = checked(rule.tail(copied(states)), rule.id, rule.rungs, "tail")
    if differ(_whole(rule, states), tail, states[-1].at_us):
        raise InvalidInput("says another thing than findings does from the last event on", field="tail")
    return tail


def _name_of(rule: Rule) -> str:
    """Return the id of a rule that failed, or its class if it has none that can be read."""
    try:
        name: object = rule.id
    except Exception:  # noqa: BLE001 - likewise: that it has no id is one more way to fail
        name = None
    return name if isinstance(name, str) else type(rule).__name__


def schedule(history: History, rules: Rules, *, tz: dt.tzinfo = dt.UTC) -> list[Finding]:
    """Return every finding of a history's whole life, and after it if nothing more happens.

    Unlike `evaluate` it lets a rule's own error through: a past with a hole in it would pass for a clean one. Nor is an
    answer taken that can be none.

    Args:
        history: The record's events.
        rules: Rules, or editions of them; each edition judges within its window alone.
        tz: The organisation's zone, in which a meeting falls on a day.

    Raises:
        InvalidInput: Rules do not read this kind of record, or what a plugin's rule said cannot be.
    """
    states = states_of(history, tz)
    return [
        finding
        for edition in _editions(rules)
        for rule in edition.rules
        for finding in _within(edition, rule.findings(states) if is_own(rule) else _whole(rule, states))
    ]


def _whole(rule: Rule, states: Sequence[State]) -> list[Finding]:
    return checked(rule.findings(copied(states)), rule.id, rule.rungs, "findings")


def _editions(rules: Rules) -> list[Edition]:
    editions = [item for item in rules if isinstance(item, Edition)]
    return editions or [Edition(1, tuple(item for item in rules if not isinstance(item, Edition)))]


def _within(edition: Edition, findings: Sequence[Finding]) -> Iterator[Finding]:
    """Yield what is left of findings while their edition is in force: a closed episode is never judged again."""
    since, until = (None if at is None else to_us(at) for at in (edition.since, edition.until))
    return clip(findings, since, until)
