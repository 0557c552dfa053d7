"""Put into the README what the demo and its file print now: run from the repository's root.

Each ``text`` block of the README is an excerpt: whole lines in their order, an ellipsis where some are left out. The
tests hold it to what the commands print; this script writes it anew.
"""

import os
import pathlib
import re
import subprocess
import sys
import tempfile
from collections.abc import Iterator

README = pathlib.Path("README.md")
MORNING = {"CREDCORE_NOW": "2026-03-02T08:30-06:00", "CREDCORE_ACTOR": "dana"}
LATE = ("explain", "f-1", "--rule", "psv-ten-days", "--as-of")
COMMANDS = (
    [("show", "f-1")],
    [("explain", "f-1", "--rule", "our-move")],
    [
        (*LATE, "2026-01-29T15:00", "--known-at", "2026-01-29T15:00"),
        (*LATE, "2026-01-30T09:00"),
    ],
)
SECTIONS = {
    "Worklist": (2, 3),
    "Given out": (1, 2),
    "Escalated": (1, 2),
    "Payers to follow up": (2, 1),
    "Recredentialing": (1, 2),
    "Committees": (0, 5),
}
"""By heading of the morning: lines of its head, and entries shown."""
HISTORY = re.compile(
    r"Mon 5 Jan|Thu 8 Jan|Mon 12 Jan 08:00  system  Told: rule intake|.*Hold placed|.*Promise made"
    r"|Mon 26 Jan 09:30  karim   Verified: element licence|.*Decided: |Wed 25 Feb|Mon 2 Mar"
)
"""The entries of the history that are shown."""


def run(folder: str, *args: str) -> list[str]:
    """Return what a command prints."""
    command = [sys.executable, "-c", "from credcore.cli import main; main()", *args]
    done = subprocess.run(  # noqa: S603 - our own command line
        command, cwd=folder, env=os.environ | MORNING, capture_output=True, text=True, check=True
    )
    return done.stdout.splitlines()


def entries(lines: list[str]) -> list[list[str]]:
    """Return entries: a line that is not indented, with those under it that are."""
    found: list[list[str]] = []
    for line in lines:
        if found and line.startswith(" "):
            found[-1].append(line)
        else:
            found.append([line])
    return found


def morning(printed: list[str]) -> Iterator[str]:
    """Yield the excerpt of the morning."""
    start = next(place for place, line in enumerate(printed) if line.startswith("Lakeside Hospital, "))
    yield from printed[start : start + 3]
    for heading, (head, count) in SECTIONS.items():
        first = next(place for place, line in enumerate(printed) if line.startswith(heading))
        body = list(iter(printed[first + 1 :]))
        body = body[: body.index("")] if "" in body else body
        yield printed[first]
        yield from body[:head]
        shown = entries(body[head:])
        for entry in shown[:count]:
            yield from entry if heading != "Committees" else entry[:4]
            if heading == "Committees" and len(entry) > 3:  # noqa: PLR2004 - a meeting's head and two files
                break
        yield "…"
        if heading != "Committees":
            yield ""


def history(printed: list[str]) -> Iterator[str]:
    """Yield the excerpt of a file as it is shown."""
    next_moves = next(place for place, line in enumerate(printed) if line.startswith("Next "))
    happened = next(place for place, line in enumerate(printed) if line.startswith("Happened"))
    yield from printed[:6]
    yield "…"
    yield from printed[next_moves : happened + 1]
    gap = False
    for entry in entries(printed[happened + 1 :]):
        if HISTORY.match(entry[0]):
            if gap:
                yield "…"
            yield from entry
            gap = False
        else:
            gap = True


def main() -> None:
    """Rewrite the README's blocks."""
    page = README.read_text("utf-8")
    with tempfile.TemporaryDirectory() as folder:
        blocks = ["\n".join(morning(run(folder, "demo")))]
        for commands in COMMANDS:
            lines: list[str] = []
            for command in commands:
                printed = run(folder, *command)
                lines.append("$ credcore " + " ".join(command))
                lines += history(printed) if command[0] == "show" else printed
            blocks.append("\n".join(lines).rstrip())
    filled = iter(blocks)
    README.write_text(re.sub(r"(?s)```text\n.*?```", lambda _: f"```text\n{next(filled)}\n```", page), "utf-8")


if __name__ == "__main__":
    main()
