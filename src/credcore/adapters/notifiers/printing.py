"""Print messages, for a terminal or a log of one's own."""

from typing import TextIO

from credcore.ports import Message

__all__ = ["PrintNotifier"]


class PrintNotifier:
    """Prints each message to a stream.

    Args:
        stream: Where to, such as ``sys.stdout``.

    Example:
        >>> import sys
        >>> PrintNotifier(sys.stdout).send(
        ...     Message(key="k", to="ana", subject="f-1: PSV in ten days, breached", lines=(), about="file/f-1")
        ... )
        to ana: f-1: PSV in ten days, breached
    """

    def __init__(self, stream: TextIO) -> None:
        """Print to a stream."""
        self._stream = stream

    def send(self, message: Message) -> None:
        """Print a message."""
        text = "\n  ".join((f"to {message.to}: {message.subject}", *message.lines))
        self._stream.write(text + "\n")
        self._stream.flush()
