"""Run the core without any extra, on whatever versions are installed: a script, not a test module.

It is what `.ci/run` executes against the oldest libraries that the package claims to work with.
"""

import datetime as dt
import types

from credcore import Actor, ClockRule, Coordinator, NewProvider, When, WorkCalendar, hookimpl, load_plugins, parse_limit
from credcore.adapters.memory import MemoryStore
from credcore.errors import MissingExtra, ProfileError
from credcore.events import EVENT_TYPES
from credcore.plugins.asking import new_manager

PROFILE = """
[profile]
name = "Core"
zone = "America/Chicago"

[calendars.office]
week = { mon-fri = ["09:00-17:00"] }

[stages.intake]
next = ["closed"]
look-again = "10 working days"

[stages.closed]
terminal = true

[kinds.initial]
start = "intake"
"""


def check_call_order() -> None:
    """See that what one call adds comes behind every wrapper, as it did not in pluggy 1.1 to 1.3."""
    called = []

    def plain(name):
        return lambda: called.append(name)

    def wraps():
        called.append("wrapper")
        return (yield)

    manager = new_manager()
    for name, function, order in (
        ("last", plain("last"), {"trylast": True}),
        ("wrapper", wraps, {"wrapper": True, "tryfirst": True}),
        ("first", plain("first"), {"tryfirst": True}),
    ):
        plugin = types.ModuleType(name)
        plugin.credcore_register_holidays = hookimpl(function, **order)
        manager.register(plugin, name)
    manager.hook.credcore_register_holidays.call_extra([plain("extra")], {})
    assert called == ["wrapper", "first", "extra", "last"], called


def main() -> None:
    """Found a desk, open a file, let its clock breach, and see that a missing extra is named."""
    check_call_order()
    plugins = load_plugins({})
    assert not plugins.failures
    at = [dt.datetime(2026, 3, 2, 15, tzinfo=dt.UTC)]
    desk = Coordinator(MemoryStore("main", clock=lambda: at[0]), PROFILE, plugins=plugins, clock=lambda: at[0])
    ana = desk.acting_as(Actor("ana", ["coordinator"]))
    ana.register([NewProvider(id="p-1", name="Ada Ames")])
    ana.open_file("initial", "p-1")
    at[0] += dt.timedelta(days=15)
    assert [told.rung for told in ana.day().swept.told] == ["breached"]
    assert len(EVENT_TYPES) > 50
    office = WorkCalendar.from_mapping({"week": {"mon-fri": ["09:00-17:00"]}}, zone="America/Chicago")
    rule = ClockRule(id="r", on=When(stage="psv"), limit=parse_limit("16 working hours"), calendar=office, warn=[0.5])
    assert [rung.name for rung in rule.rungs] == ["50% used", "breached"]
    try:
        Coordinator(MemoryStore("other"), plugins.profile_text("hospital"), plugins=plugins)
    except (MissingExtra, ProfileError) as error:
        assert "credcore[calendars]" in str(error)  # noqa: PT017 - no test framework here
    else:
        raise AssertionError("holidays were expected to be missing")
    print("the core runs alone")  # noqa: T201


if __name__ == "__main__":
    main()
