"""What credcore itself ships, registered through the same hooks as any plugin."""

import functools
import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING

from credcore import profiles
from credcore.hooks import GatewaySpec, HolidaysSpec, NotifierSpec, ProfileSpec, StoreSpec, hookimpl
from credcore.ports import Clock

if TYPE_CHECKING:
    from credcore.adapters.holiday_package import HolidaysPackage
    from credcore.adapters.memory import MemoryStore
    from credcore.adapters.notifiers import FolderNotifier, PrintNotifier
    from credcore.adapters.payers import FolderGateway
    from credcore.adapters.sqlite import SQLiteStore

# Each adapter is imported when it is used: registering must load neither SQLite nor an optional extra.


@hookimpl
def credcore_register_stores() -> Sequence[StoreSpec]:
    """Register the embedded database and the store in memory."""
    return (
        StoreSpec(name="sqlite", open=_open_sqlite, create=_create_sqlite, tables=_SQLiteTables()),
        StoreSpec(name="memory", open=_memory, create=_memory),
    )


@hookimpl
def credcore_register_notifiers() -> Sequence[NotifierSpec]:
    """Register the notifiers that print and that write files."""
    return (NotifierSpec(name="print", make=_print_notifier), NotifierSpec(name="folder", make=_folder_notifier))


@hookimpl
def credcore_register_gateways() -> Sequence[GatewaySpec]:
    """Register the payer gateway on files."""
    return (GatewaySpec(name="folder", make=_folder_gateway),)


@hookimpl
def credcore_register_profiles() -> Sequence[ProfileSpec]:
    """Register the profiles that ship."""
    return tuple(ProfileSpec(name=name, read=functools.partial(profiles.read, name)) for name in profiles.names())


@hookimpl
def credcore_register_holidays() -> Sequence[HolidaysSpec]:
    """Register the holidays package."""
    return (HolidaysSpec(name="holidays", make=_holidays),)


class _SQLiteTables:
    """The tables of desks in a SQLite file."""

    def found(self, place: str) -> int:
        from credcore.adapters.sqlite import schema  # noqa: PLC0415 - see above

        file = schema.file_at(place)
        return schema.found_version(file) if file.exists() else 0

    def needed(self) -> int:
        from credcore.adapters.sqlite import schema  # noqa: PLC0415 - see above

        return schema.needed_version()

    def script(self, found: int) -> str:
        from credcore.adapters.sqlite import schema  # noqa: PLC0415 - see above

        return schema.script(found)

    def migrate(self, place: str) -> int:
        from credcore.adapters.sqlite import schema  # noqa: PLC0415 - see above

        return schema.migrate(place)

    def add(self, place: str) -> int:
        from credcore.adapters.sqlite import schema  # noqa: PLC0415 - see above

        return schema.add_tables(place)


def _open_sqlite(place: str, desk: str, clock: Clock) -> "SQLiteStore":
    from credcore.adapters.sqlite import SQLiteStore  # noqa: PLC0415 - see above

    return SQLiteStore.open(place, desk, clock=clock)


def _create_sqlite(place: str, desk: str, clock: Clock) -> "SQLiteStore":
    from credcore.adapters.sqlite import SQLiteStore  # noqa: PLC0415 - see above

    return SQLiteStore.create(place, desk, clock=clock)


def _memory(_place: str, desk: str, clock: Clock) -> "MemoryStore":
    from credcore.adapters.memory import MemoryStore  # noqa: PLC0415 - see above

    return MemoryStore(desk, clock=clock)


def _print_notifier(_target: str) -> "PrintNotifier":
    from credcore.adapters.notifiers import PrintNotifier  # noqa: PLC0415 - see above

    return PrintNotifier(sys.stdout)


def _folder_notifier(target: str) -> "FolderNotifier":
    from credcore.adapters.notifiers import FolderNotifier  # noqa: PLC0415 - see above

    return FolderNotifier(target)


def _folder_gateway(target: str) -> "FolderGateway":
    from credcore.adapters.payers import FolderGateway  # noqa: PLC0415 - see above

    return FolderGateway(target)


def _holidays() -> "HolidaysPackage":
    from credcore.adapters.holiday_package import HolidaysPackage  # noqa: PLC0415 - see above

    return HolidaysPackage()
