"""Notifiers: one that prints, one that writes a file a message."""

from credcore.adapters.notifiers.folder import FolderNotifier
from credcore.adapters.notifiers.printing import PrintNotifier

__all__ = ["FolderNotifier", "PrintNotifier"]
