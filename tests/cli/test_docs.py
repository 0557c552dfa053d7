"""The page about the command line shows what the commands print, to the letter."""

import contextlib
import doctest
import io
import re
import shlex
from pathlib import Path

import pytest
from click.testing import CliRunner

from credcore.cli.main import credcore

PAGE = Path(__file__).parents[2] / "docs" / "reference" / "cli.md"
BLOCK = re.compile(r"^```(python|console)\n(.*?)^```", re.MULTILINE | re.DOTALL)


def commands(block: str):
    """Yield each command of a block with what it prints."""
    for part in re.split(r"^\$ ", block, flags=re.MULTILINE)[1:]:
        line, _, printed = part.partition("\n")
        yield shlex.split(line), printed


def test_the_page_shows_what_the_commands_print(empty: Path, monkeypatch: pytest.MonkeyPatch):  # noqa: ARG001 - works there
    """Every example is run in order, in one folder; three dots stand for what differs from run to run."""
    names: dict[str, object] = {}
    checker = doctest.OutputChecker()
    ran = []
    for language, block in BLOCK.findall(PAGE.read_text(encoding="utf-8")):
        if language == "python":
            with contextlib.redirect_stdout(io.StringIO()):
                exec(block, names)  # noqa: S102 - our own page
            continue
        for words, printed in commands(block):
            if words[0] == "export":
                monkeypatch.setenv(*words[1].split("=", 1))
                continue
            result = CliRunner().invoke(credcore, words[1:], prog_name="credcore")
            got = result.output
            assert checker.check_output(printed, got, doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE), (words, got)
            ran.append(words[1])
    assert set(ran) >= {"init", "day", "worklist", "show", "explain", "assign", "sweep", "board", "check"}
