"""What records and codes are called on a desk: "Reappointment, Ada Ames" for a file, a stage's title for its code."""

import functools
from collections.abc import Mapping
from typing import Protocol

from credcore.coordinator import Coordinator
from credcore.errors import NotFound
from credcore.files import CredentialingFile
from credcore.history import Ref
from credcore.meetings import Meeting
from credcore.providers import ProviderRecord

__all__ = ["Names"]


class _Titled(Protocol):
    @property
    def title(self) -> str: ...


class Names:
    """The words of a desk; each record is read once.

    Where the desk has no word for a code, the code is its own.

    Args:
        desk: Whose profile and records have the words.
    """

    def __init__(self, desk: Coordinator) -> None:
        """Read the profile; records are read when they are asked for."""
        self._desk = desk
        self._profile = desk.profile
        self._people = {person.id: person.name for person in desk.desk.team}
        self._stages = {stage.code: stage for stage in self._profile.pipeline.stages}
        self._rules = {rule.id: rule for rule in self._profile.rules}
        self.file_record = functools.cache(self._read_file)
        self.provider_record = functools.cache(self._read_provider)

    def _read_file(self, file_id: str) -> CredentialingFile:
        return CredentialingFile.from_history(self._desk.history(Ref("file", file_id)))

    def _read_provider(self, provider_id: str) -> ProviderRecord:
        return ProviderRecord.from_history(self._desk.history(Ref("provider", provider_id)))

    def about(self, ref: Ref) -> str:
        """Return what a record is: a file's kind, provider and payer; another record's name."""
        if ref.kind == "file":
            return self.file(ref.id)
        if ref.kind == "provider":
            return self.provider(ref.id)
        if ref.kind == "person":
            return self.person(ref.id)
        if ref.kind == "meeting":
            meeting = Meeting.from_history(self._desk.history(ref))
            return f"Meeting, {self.committee(meeting.committee)}"
        return self._desk.desk.name

    def file(self, file_id: str) -> str:
        """Return what a file is: its kind, the provider's name, the payer."""
        try:
            file = self.file_record(file_id)
        except NotFound:
            return file_id
        parts = (self.kind(file.kind), self.provider(file.provider), self.payer(file.payer))
        return ", ".join(part for part in parts if part)

    def waiting_on(self, file_id: str) -> tuple[str, ...]:
        """Return the parties for whom a file is on hold, by name."""
        return tuple(sorted({hold.waiting_on for hold in self.file_record(file_id).holds.values()}))

    def provider(self, provider_id: str) -> str:
        """Return a provider's name."""
        try:
            return self.provider_record(provider_id).name or provider_id
        except NotFound:
            return provider_id

    def person(self, person_id: str) -> str:
        """Return a person's name."""
        return self._people.get(person_id) or person_id

    def kind(self, code: str) -> str:
        """Return a kind of file in words."""
        return _title(self._profile.kinds, code)

    def payer(self, code: str) -> str:
        """Return a payer in words."""
        return _title(self._profile.payers, code)

    def stage(self, code: str) -> str:
        """Return a stage in words."""
        return _title(self._stages, code)

    def rule(self, code: str) -> str:
        """Return a rule in words."""
        return _title(self._rules, code)

    def committee(self, code: str) -> str:
        """Return a committee in words."""
        return _title(self._profile.committees, code)

    def body(self, code: str) -> str:
        """Return a body that decides, or whose cycle it is, in words."""
        return self._profile.bodies.get(code) or _title({**self._profile.cycles, **self._profile.committees}, code)

    def cycle(self, code: str) -> str:
        """Return a cycle in words."""
        return _title(self._profile.cycles, code)


def _title(titled: Mapping[str, _Titled], code: str) -> str:
    return (titled[code].title if code in titled else "") or code
