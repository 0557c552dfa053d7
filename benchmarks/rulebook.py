"""Twelve clocks as a department has them, and the same conditions for the peers and for the limit.

Each clock is on while its condition holds. The peers' rules are made from the very same conditions; the plain functions
are what somebody would write by hand.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

import rule_engine  # type: ignore[import-untyped] # the library has no types
from business_rules.actions import BaseActions, rule_action  # type: ignore[import-untyped] # likewise
from business_rules.fields import FIELD_TEXT  # type: ignore[import-untyped] # likewise
from business_rules.operators import StringType  # type: ignore[import-untyped] # likewise
from business_rules.variables import (  # type: ignore[import-untyped] # likewise
    BaseVariables,
    boolean_rule_variable,
    numeric_rule_variable,
    rule_variable,
    select_multiple_rule_variable,
)

from benchmarks.plain import Facts
from credcore.calendars import WorkCalendar
from credcore.limits import CalendarDays, WorkingDays, parse_limit
from credcore.rules import NEVER, ClockRule, Step, When

__all__ = ["OFFICE", "PLAIN", "RULES", "FactVariables", "Standing", "as_business_rules", "as_expressions", "flat"]

OFFICE = WorkCalendar.from_mapping(
    {
        "week": {"mon-fri": ["08:30-12:00", "13:00-17:00"]},
        "closures": {"2026-05-25": "Memorial Day", "2026-07-03": "Independence Day", "2026-09-07": "Labor Day"},
    },
    zone="America/Chicago",
)
_NOT_OURS = When(waiting_on=("provider", "source", "reference", "cvo"))


def _clock(name: str, on: When, limit: str, *, paused: When | None = None, ladder: Sequence[Step] = ()) -> ClockRule:
    warn = [0.5, 0.75] if ladder else [0.75]
    return ClockRule(
        id=name, on=on, paused=paused or NEVER, limit=parse_limit(limit), calendar=OFFICE, warn=warn, ladder=ladder
    )


_LEAD = (Step(WorkingDays(0), "owner"), Step(WorkingDays(2), "lead"))
_CHIEF = (*_LEAD, Step(WorkingDays(5), "coordinator"))

RULES = (
    _clock("intake", When(stage="intake"), "2 working days", paused=When(waiting_on="provider"), ladder=_LEAD),
    _clock(
        "verified",
        When(stage=("application-complete", "psv"), kind=("initial", "recredentialing")),
        "10 working days",
        paused=_NOT_OURS,
        ladder=_CHIEF,
    ),
    _clock("audited", When(stage="qa-audit"), "16 working hours", paused=_NOT_OURS, ladder=_LEAD),
    _clock(
        "acted-upon",
        When(stage=("application-complete", "psv", "qa-audit"), kind=("initial", "recredentialing")),
        "90 days",
        paused=When(waiting_on="provider"),
        ladder=(Step(CalendarDays(0), "coordinator"),),
    ),
    _clock("our-move", When(held=False), "5 working days", ladder=_CHIEF),
    _clock("provider-answers", When(waiting_on="provider"), "7 days"),
    _clock("others-answer", When(waiting_on=("source", "facility", "cvo", "client")), "10 working days", ladder=_LEAD),
    _clock("reference-answers", When(waiting_on="reference"), "7 days"),
    _clock("called-in-vain", When(attempts_from=2, waiting_on="provider"), "10 days"),
    _clock("first-call", When(waiting_on="provider", attempts_below=1), "4 working hours"),
    _clock("gap-explained", When(flags="work-gap"), "30 days", paused=When(waiting_on="provider")),
    _clock("clean-file", When(stage="psv", without=("work-gap", "sanction-found")), "5 working days", paused=_NOT_OURS),
)

_CREDENTIALING = frozenset(("initial", "recredentialing"))

PLAIN: Mapping[str, Callable[[Facts], bool]] = {
    "intake": lambda facts: facts[1] == "intake",
    "verified": lambda facts: facts[1] in ("application-complete", "psv") and facts[0] in _CREDENTIALING,
    "audited": lambda facts: facts[1] == "qa-audit",
    "acted-upon": lambda facts: facts[1] in ("application-complete", "psv", "qa-audit") and facts[0] in _CREDENTIALING,
    "our-move": lambda facts: not facts[2],
    "provider-answers": lambda facts: "provider" in facts[2],
    "others-answer": lambda facts: not facts[2].isdisjoint(("source", "facility", "cvo", "client")),
    "reference-answers": lambda facts: "reference" in facts[2],
    "called-in-vain": lambda facts: facts[4] > 1 and "provider" in facts[2],
    "first-call": lambda facts: facts[4] < 1 and "provider" in facts[2],
    "gap-explained": lambda facts: "work-gap" in facts[3],
    "clean-file": lambda facts: facts[1] == "psv" and facts[3].isdisjoint(("work-gap", "sanction-found")),
}


def _conditions() -> dict[str, When]:
    return {rule.id: rule.on for rule in RULES if isinstance(rule.on, When)}


# rule-engine: typed expressions over a flat mapping


def flat(facts: Facts) -> dict[str, Any]:
    """Return facts as the flat mapping that expressions read: true or false for each party and flag that they name."""
    kind, stage, parties, flags, attempts = facts
    return {
        "kind": kind,
        "stage": stage,
        "held": bool(parties),
        "attempts": attempts,
        **{_word("waits_for", party): party in parties for party in _PARTIES},
        **{_word("is", flag): flag in flags for flag in _FLAGS},
    }


def _word(prefix: str, name: str) -> str:
    return f"{prefix}_{name.replace('-', '_')}"


_PARTIES = sorted(party for when in _conditions().values() for party in when.waiting_on or ())
_FLAGS = sorted(flag for when in _conditions().values() for flag in when.flags | when.without)
_TYPE = rule_engine.DataType
_CONTEXT = rule_engine.Context(
    resolver=rule_engine.resolve_item,
    type_resolver=rule_engine.type_resolver_from_dict(
        {
            "kind": _TYPE.STRING,
            "stage": _TYPE.STRING,
            "held": _TYPE.BOOLEAN,
            "attempts": _TYPE.FLOAT,
            **{_word("waits_for", party): _TYPE.BOOLEAN for party in _PARTIES},
            **{_word("is", flag): _TYPE.BOOLEAN for flag in _FLAGS},
        }
    ),
)


def as_expressions() -> dict[str, rule_engine.Rule]:
    """Return the conditions as parsed, typed expressions, by rule."""
    return {name: rule_engine.Rule(_expression(when), context=_CONTEXT) for name, when in _conditions().items()}


def _expression(when: When) -> str:
    parts = [
        *(_any(f'{field} == "{value}"' for value in getattr(when, field) or ()) for field in ("stage", "kind")),
        *(_word("is", flag) for flag in sorted(when.flags)),
        *(f"not {_word('is', flag)}" for flag in sorted(when.without)),
        _any(_word("waits_for", party) for party in when.waiting_on or ()),
        {None: "", True: "held", False: "not held"}[when.held],
        f"attempts >= {when.attempts_from}" if when.attempts_from else "",
        "" if when.attempts_below is None else f"attempts < {when.attempts_below}",
    ]
    return " and ".join(part for part in parts if part)


def _any(tests: Iterable[str]) -> str:
    joined = " or ".join(sorted(tests))
    return f"({joined})" if joined else ""


# business-rules: structured conditions over an object of variables


class FactVariables(BaseVariables):  # type: ignore[misc] # likewise
    """What its conditions may read."""

    def __init__(self, facts: Facts) -> None:
        """Read some facts."""
        self._kind, self._stage, self._parties, self._flags, self._attempts = facts

    @rule_variable(StringType)  # type: ignore[untyped-decorator] # likewise
    def kind(self) -> str:
        """Return the file's kind."""
        return self._kind

    @rule_variable(StringType)  # type: ignore[untyped-decorator] # likewise
    def stage(self) -> str:
        """Return the file's stage."""
        return self._stage

    @select_multiple_rule_variable()  # type: ignore[untyped-decorator] # likewise
    def parties(self) -> list[str]:
        """Return those for whom it waits."""
        return list(self._parties)

    @select_multiple_rule_variable()  # type: ignore[untyped-decorator] # likewise
    def flags(self) -> list[str]:
        """Return its flags."""
        return list(self._flags)

    @boolean_rule_variable()  # type: ignore[untyped-decorator] # likewise
    def held(self) -> bool:
        """Return whether it waits for anybody."""
        return bool(self._parties)

    @numeric_rule_variable()  # type: ignore[untyped-decorator] # likewise
    def attempts(self) -> int:
        """Return how often somebody was contacted in vain."""
        return self._attempts


class Standing(BaseActions):  # type: ignore[misc] # likewise
    """Notes the rules that apply: the action that each of them has."""

    def __init__(self) -> None:
        """Note none yet."""
        self.rules: list[str] = []

    @rule_action(params={"rule": FIELD_TEXT})  # type: ignore[untyped-decorator] # likewise
    def stand(self, rule: str) -> None:
        """Note a rule."""
        self.rules.append(rule)


def as_business_rules() -> list[dict[str, Any]]:
    """Return the conditions as the library's structures, each with the action that notes the rule."""
    return [
        {"conditions": {"all": _structured(when)}, "actions": [{"name": "stand", "params": {"rule": name}}]}
        for name, when in _conditions().items()
    ]


def _structured(when: When) -> list[dict[str, Any]]:
    parts: list[dict[str, Any]] = [
        {"any": [_test(field, "equal_to", value) for value in sorted(getattr(when, field))]}
        for field in ("stage", "kind")
        if getattr(when, field)
    ]
    if when.waiting_on:
        parts.append(_test("parties", "shares_at_least_one_element_with", sorted(when.waiting_on)))
    if when.held is not None:
        parts.append(_test("held", "is_true" if when.held else "is_false", None))
    if when.flags:
        parts.append(_test("flags", "contains_all", sorted(when.flags)))
    if when.without:
        parts.append(_test("flags", "shares_no_elements_with", sorted(when.without)))
    if when.attempts_from:
        parts.append(_test("attempts", "greater_than_or_equal_to", when.attempts_from))
    if when.attempts_below is not None:
        parts.append(_test("attempts", "less_than", when.attempts_below))
    return parts


def _test(name: str, operator: str, value: object) -> dict[str, Any]:
    return {"name": name, "operator": operator, "value": value}
