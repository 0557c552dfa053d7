"""Plugins that look installed: a distribution with entry points on the path, removed again after the test."""

import itertools
import pathlib
import sys

import pytest

GOOD = """
from credcore.hooks import NotifierSpec, hookimpl

class Pager:
    def send(self, message):
        print("paging", message.to)

@hookimpl
def credcore_register_notifiers():
    return [NotifierSpec(name="pager", make=lambda target: Pager())]
"""
"""A plugin that adds the notifier ``pager``."""


_NUMBERS = itertools.count(1)


class Site:
    """A folder of installed packages.

    Args:
        folder: Empty, on the path.
    """

    def __init__(self, folder: pathlib.Path) -> None:
        self._folder = folder
        self.modules: list[str] = []

    def install(self, name: str, code: str, *, distribution: str = "", version: str = "2.0") -> str:
        """Install a package with one plugin, and return its module's name."""
        distribution = distribution or f"acme-{name}"
        # Of its own in each test: one that never ends its import would block the next of its name.
        module = f"installed_plugin_{next(_NUMBERS)}"
        self.modules.append(module)
        (self._folder / f"{module}.py").write_text(code, encoding="utf-8")
        info = self._folder / f"{distribution.replace('-', '_')}-{version}.dist-info"
        info.mkdir()
        (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {distribution}\nVersion: {version}\n")
        (info / "entry_points.txt").write_text(f"[credcore]\n{name} = {module}\n")
        return module


@pytest.fixture
def site(tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch):
    """Return a folder in which a test can install packages."""
    folder = tmp_path / "site"
    folder.mkdir()
    monkeypatch.syspath_prepend(folder)
    made = Site(folder)
    yield made
    for module in made.modules:
        sys.modules.pop(module, None)
