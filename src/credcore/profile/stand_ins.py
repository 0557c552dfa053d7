"""What takes the place of names that plugins gave once, so that an edition which a desk has adopted can be read.

A profile that is checked, founded with or adopted has no use for these: there a name that nobody gives is a fault.
"""

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Literal, NamedTuple

import attrs

from credcore.calendars import HolidaySource
from credcore.errors import CredcoreError, MissingExtra
from credcore.history import State
from credcore.profile.tables import Table
from credcore.rules.evaluation import Rule
from credcore.rules.findings import Finding, Rung

__all__ = ["Missing", "MissingRule", "StandIns", "missing_rules"]


class Missing(NamedTuple):
    """A name of a profile that no plugin gives any more.

    Attributes:
        what: What it is a name of.
        name: A rule's id, a policy's name, a calendar's name.
        reason: In words: what is missing, what is done instead, and which plugins failed.
    """

    what: Literal["rule", "policy", "calendar"]
    name: str
    reason: str


@attrs.frozen(kw_only=True)
class MissingRule:
    """A rule whose family no plugin gives any more: asked of a record, it says why nobody knows.

    Whoever evaluates it gets an `Undetermined` with the reason; nothing that the rule said before is taken back.

    Attributes:
        id: As the table says.
        family: The name that is missing.
        title: As the table says.
        source: As the table says.
        reason: Why nobody knows what it would say.
    """

    id: str
    family: str
    title: str
    source: str
    reason: str

    @property
    def rungs(self) -> tuple[Rung, ...]:
        """None: what it would tell is unknown too."""
        return ()

    def findings(self, _states: Sequence[State]) -> list[Finding]:
        """Refuse to guess.

        Raises:
            CredcoreError: Always, with the reason.
        """
        raise CredcoreError(self.reason)

    def tail(self, _states: Sequence[State]) -> list[Finding]:
        """Refuse to guess.

        Raises:
            CredcoreError: Always, with the reason.
        """
        raise CredcoreError(self.reason)


class _NoHolidays:
    """A source that knows no holiday of any year, so that everything counted by it is provisional."""

    known_until = 1

    def days(self, _region: str, _year: int) -> Mapping[dt.date, str]:
        return {}


@attrs.frozen(kw_only=True)
class StandIns:
    """Makes what takes the place of missing names.

    Attributes:
        failed: The plugins that failed, each with the package it came from: one of them may have given the name.
    """

    failed: tuple[str, ...] = ()

    def _because(self, what: str) -> str:
        return f"{what}; plugins that failed: {', '.join(self.failed)}" if self.failed else what

    def rule(self, family: str, table: Table, why: str) -> MissingRule:
        """Return a rule that is undetermined for every record.

        Args:
            family: The family.
            table: The rule's table, of which nobody knows the keys.
            why: What is wrong with the family.
        """
        said = {key: value for key, value in table.values.items() if isinstance(value, str)}
        rule_id = said.get("id") or table.path
        return MissingRule(
            id=rule_id,
            family=family,
            title=said.get("title") or rule_id,
            source=said.get("source", ""),
            reason=self._because(why),
        )

    def policy(self, name: str) -> Missing:
        """Return why credcore's default policy is used instead of one that is missing."""
        what = f"no plugin gives the policy {name!r}, so credcore's default one is used"
        return Missing("policy", name, self._because(what))

    def holidays(
        self, calendar: str, region: str, source: HolidaySource | None
    ) -> tuple[HolidaySource, Missing | None]:
        """Return the source itself if it knows a region; else one that knows no holidays, and why.

        Raises:
            MissingExtra: The source that credcore ships lacks its library; installing that gives the right answer.
        """
        why = "there is no source of holidays"
        if source is not None:
            try:
                source.days(region, source.known_until)
            except MissingExtra:
                raise
            except CredcoreError as error:
                why = str(error)
            except Exception as error:  # noqa: BLE001 - a plugin's source may raise anything; that is told, by its kind
                why = type(error).__name__
            else:
                return source, None
        what = (
            f"the calendar {calendar!r} is read without the holidays of {region!r}, "
            f"so all its deadlines are provisional ({why})"
        )
        return _NoHolidays(), Missing("calendar", calendar, self._because(what))


def missing_rules(rules: Sequence[Rule]) -> tuple[Missing, ...]:
    """Return the rules that stand in for others."""
    return tuple(Missing("rule", rule.id, rule.reason) for rule in rules if isinstance(rule, MissingRule))
