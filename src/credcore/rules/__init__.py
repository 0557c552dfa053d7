"""What the rules say of a record: findings with lifetimes, their explanation, and the proof that no file is lost.

A rule is a schedule: a pure function from the states of a history to what stands during ``[since, until)`` if nothing
more happens. Two rules carry all that ships: `ClockRule` limits how long something may take, `DateRule` puts steps
around a day. `evaluate` gives what stands at an instant and the exact next instant at which anything changes.

What judges clocks is imported at once; days, and what explains, proves, lints or reads many records, when they are
first used.
"""

from typing import TYPE_CHECKING

from credcore._first_use import names_at_first_use
from credcore.rules.clock import ClockRule, Run, Step, Stint, reach
from credcore.rules.conditions import ALWAYS, NEVER, NO_TRIGGER, AnyOf, Condition, Never, Trigger, When
from credcore.rules.evaluation import (
    Edition,
    Evaluated,
    Evaluation,
    Rule,
    Undetermined,
    evaluate,
    evaluate_each,
    schedule,
    states_of,
)
from credcore.rules.findings import BREACHED, RUNNING, WARNED, Finding, Rung, next_change, standing

if TYPE_CHECKING:
    from credcore.rules.counterfactual import Counterfactual, day_without, needed_by_without_each
    from credcore.rules.dates import DateRule, DateStep, Outlook
    from credcore.rules.eras import DatedLimit
    from credcore.rules.explanation import (
        ClockExplanation,
        DateExplanation,
        ExplainedDay,
        ExplainedSegment,
        ExplainedStep,
        Explanation,
        FindingsExplanation,
        Unexplained,
        explain,
    )
    from credcore.rules.lifetimes import Lifetimes
    from credcore.rules.lint import Lint, lint_rules
    from credcore.rules.parties import PartyTurn, Turns, TurnSpan, turns
    from credcore.rules.proof import LOOK_AGAIN, Lost, Proof, Unproven, Weak, prove

__all__ = [
    "ALWAYS",
    "BREACHED",
    "LOOK_AGAIN",
    "NEVER",
    "NO_TRIGGER",
    "RUNNING",
    "WARNED",
    "AnyOf",
    "ClockExplanation",
    "ClockRule",
    "Condition",
    "Counterfactual",
    "DateExplanation",
    "DateRule",
    "DateStep",
    "DatedLimit",
    "Edition",
    "Evaluated",
    "Evaluation",
    "ExplainedDay",
    "ExplainedSegment",
    "ExplainedStep",
    "Explanation",
    "Finding",
    "FindingsExplanation",
    "Lifetimes",
    "Lint",
    "Lost",
    "Never",
    "Outlook",
    "PartyTurn",
    "Proof",
    "Rule",
    "Run",
    "Rung",
    "Step",
    "Stint",
    "Trigger",
    "TurnSpan",
    "Turns",
    "Undetermined",
    "Unexplained",
    "Unproven",
    "Weak",
    "When",
    "day_without",
    "evaluate",
    "evaluate_each",
    "explain",
    "lint_rules",
    "needed_by_without_each",
    "next_change",
    "prove",
    "reach",
    "schedule",
    "standing",
    "states_of",
    "turns",
]

_HOMES = {
    "counterfactual": ("Counterfactual", "day_without", "needed_by_without_each"),
    "dates": ("DateRule", "DateStep", "Outlook"),
    "eras": ("DatedLimit",),
    "explanation": (
        "ClockExplanation",
        "DateExplanation",
        "ExplainedDay",
        "ExplainedSegment",
        "ExplainedStep",
        "Explanation",
        "FindingsExplanation",
        "Unexplained",
        "explain",
    ),
    "lifetimes": ("Lifetimes",),
    "lint": ("Lint", "lint_rules"),
    "parties": ("PartyTurn", "Turns", "TurnSpan", "turns"),
    "proof": ("LOOK_AGAIN", "Lost", "Proof", "Unproven", "Weak", "prove"),
}


__getattr__ = names_at_first_use(__name__, _HOMES)


def __dir__() -> list[str]:
    """List the public names."""
    return sorted({*globals(), *__all__})
