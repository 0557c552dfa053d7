"""Write each message to a file, in a folder a recipient: for hosts that pick them up, and to see what would be sent."""

import hashlib
import os
import re
from pathlib import Path

from credcore.errors import Unavailable
from credcore.ports import Message

__all__ = ["FolderNotifier"]

_UNSAFE = re.compile(r"[^A-Za-z0-9._-]+")


class FolderNotifier:
    """Writes ``<folder>/<recipient>/<digest of the key>.txt``; the same message twice is the same file.

    Args:
        folder: Made when the first message comes.
    """

    def __init__(self, folder: str | os.PathLike[str]) -> None:
        """Write below a folder."""
        self._folder = Path(folder)

    def send(self, message: Message) -> None:
        """Write a message, whole or not at all.

        Raises:
            Unavailable: The folder cannot be written.
        """
        name = hashlib.sha256(message.key.encode()).hexdigest()[:20]
        target = self._folder / (_UNSAFE.sub("_", message.to).lstrip(".") or "_") / f"{name}.txt"
        text = "\n".join(
            (f"To: {message.to}", f"Subject: {message.subject}", f"About: {message.about}", "", *message.lines)
        )
        try:
            target.parent.mkdir(parents=True, exist_ok=True)
            part = target.with_suffix(".part")
            part.write_text(text + "\n", encoding="utf-8")
            part.replace(target)
        except OSError as error:
            raise Unavailable(str(self._folder), f"cannot write the message: {error.strerror}") from error
