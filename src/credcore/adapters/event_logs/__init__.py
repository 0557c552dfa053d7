"""Event logs as histories: a CSV in which each row says what was done in which case and when, and a mapping for it."""

from credcore.adapters.event_logs.mapping import LogMapping
from credcore.adapters.event_logs.reading import Case, EventLog, open_event_log

__all__ = ["Case", "EventLog", "LogMapping", "open_event_log"]
