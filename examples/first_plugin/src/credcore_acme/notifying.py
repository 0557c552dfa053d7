"""Take notices as lines of JSON, in a file that another program follows."""

import json
from pathlib import Path

import attrs

from credcore.ports import Message

__all__ = ["JsonLines"]


@attrs.frozen
class JsonLines:
    """Appends each message to a file as one line of JSON.

    A message may come twice, after a crash between the sending and the note that it was sent: whoever reads the file
    drops repeats by ``key``. What cannot be written raises, and the desk tries again later.

    Attributes:
        path: The file; its folder must be there.
    """

    path: Path

    def send(self, message: Message) -> None:
        """Append a message.

        Raises:
            OSError: The file cannot be written.
        """
        line = json.dumps(attrs.asdict(message), ensure_ascii=False) + "\n"
        with self.path.open("a", encoding="utf-8") as lines:
            lines.write(line)
