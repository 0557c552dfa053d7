"""What the rules say of a record: findings with lifetimes, their explanation, and the proof that no file is lost.

A rule is a schedule: a pure function from the states of a history to what stands during ``[since, until)`` if nothing
more happens. Two rules carry all that ships: `ClockRule` limits how long something may take, `DateRule` puts steps
around a day. `evaluate` gives what stands at an instant and the exact next instant at which anything changes.
"""

from credcore.rules.clock import ClockRule, Run, Step, Stint, reach
from credcore.rules.conditions import ALWAYS, NEVER, NO_TRIGGER, AnyOf, Condition, Never, Trigger, When
from credcore.rules.dates import DateRule, DateStep
from credcore.rules.evaluation import Edition, Evaluation, Rule, Undetermined, evaluate, schedule, states_of
from credcore.rules.explanation import (
    ClockExplanation,
    DateExplanation,
    ExplainedDay,
    ExplainedSegment,
    ExplainedStep,
    Explanation,
    Unexplained,
    explain,
)
from credcore.rules.findings import BREACHED, RUNNING, WARNED, Finding, Rung, next_change, standing
from credcore.rules.proof import LOOK_AGAIN, Lost, Proof, Weak, prove

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
    "DateExplanation",
    "DateRule",
    "DateStep",
    "Edition",
    "Evaluation",
    "ExplainedDay",
    "ExplainedSegment",
    "ExplainedStep",
    "Explanation",
    "Finding",
    "Lost",
    "Never",
    "Proof",
    "Rule",
    "Run",
    "Rung",
    "Step",
    "Stint",
    "Trigger",
    "Undetermined",
    "Unexplained",
    "Weak",
    "When",
    "evaluate",
    "explain",
    "next_change",
    "prove",
    "reach",
    "schedule",
    "standing",
    "states_of",
]
