"""Payers, and what their words for an application's status mean in our pipeline.

An application to a payer is a child file with stages of its own. Which stage a status stands for is data of the
profile: payers differ, and no code asks for a payer's name.
"""

from collections.abc import Mapping

import attrs

from credcore.errors import InvalidInput

__all__ = ["STATUSES", "Payer"]

STATUSES = ("received", "returned", "in-process", "development", "approved", "denied", "rejected")
"""What a payer may answer; ``development`` is a request for information with a day by which it must be answered.

Source: 42 CFR 424.525 to 424.530 and the life cycle of a Medicare enrolment application, whose words others share.
"""


def _stages(values: Mapping[str, str]) -> dict[str, str]:
    return dict(values)


def _statuses(_payer: object, field: "attrs.Attribute[Mapping[str, str]]", value: Mapping[str, str]) -> None:
    unknown = sorted(set(value) - set(STATUSES))
    if unknown:
        raise InvalidInput(f"{', '.join(unknown)}: not among the statuses {', '.join(STATUSES)}", field=field.name)


@attrs.frozen(kw_only=True)
class Payer:
    """A payer with which providers are enrolled.

    Attributes:
        code: Its name on the desk, in kebab-case.
        title: In words.
        stages: By status of an application, the stage of our file that it means.

    Raises:
        InvalidInput: A status is none of `STATUSES`, or the days are fewer than one.

    Example:
        >>> payer = Payer(code="blue-lake", title="Blue Lake Health", stages={"approved": "effective"})
        >>> payer.stage_for("approved"), payer.stage_for("in-process")
        ('effective', None)
    """

    code: str
    title: str = ""
    stages: Mapping[str, str] = attrs.field(factory=dict, converter=_stages, validator=_statuses)

    def stage_for(self, status: str) -> str | None:
        """Return the stage that a status means; None where the file stays where it is."""
        return self.stages.get(status)
