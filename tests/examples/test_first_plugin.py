"""The example plugin, and the one that the tutorial makes, are really installed, found, and used."""

import importlib.util
import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PLUGIN = ROOT / "examples" / "first_plugin"
TUTORIAL = ROOT / "docs" / "tutorial" / "first-plugin.md"
NAMED_BLOCK = re.compile(r"^`([\w.-]+)`:\n\n(?:<!---[^\n]*-->\n\n)?```\w+\n(.*?)^```", re.MULTILINE | re.DOTALL)
OFFLINE = re.compile(
    r"dns error|failed to (?:fetch|resolve)|network|connection|timed out|not found in the package registry|"
    r"could not find a version",
    re.IGNORECASE,
)

USED = """
import datetime as dt, json, sys
from pathlib import Path
from credcore import Actor, Coordinator, NewProvider, load_plugins
from credcore.adapters.memory import MemoryStore

at = dt.datetime(2026, 3, 2, 15, tzinfo=dt.UTC)
clock = lambda: at
spool = Path(sys.argv[1]) / "spool"
plugins = load_plugins()
text = plugins.profile_text("hospital").replace('policy = "lakeside"', 'policy = "acme"')
text += '\\n[team.nia]\\nskills = ["newcomer"]\\ncapacity = 60\\n'
text += '\\n[team.olga]\\npayers = ["blue-lake"]\\ncapacity = 90\\n'
desk = Coordinator(
    MemoryStore("lakeside", clock=clock),
    text,
    plugins=plugins,
    clock=clock,
    notifier=plugins.notifiers["jsonlines"].make(str(spool / "notices.jsonl")),
).acting_as(Actor("dana", ["coordinator"]))
desk.register([NewProvider(id="p-1", name="Ada Ames", npi="2000000002", state="IL")])
opened = desk.open_file("initial", "p-1"), desk.open_file("enrollment", "p-1", payer="blue-lake")
desk.assign()
given = {done.events[0].kind: desk.history(done.ref).events[-1] for done in opened}
at += dt.timedelta(days=8)
told = [escalation.rule for escalation in desk.sweep().told]
without_folder = desk.deliver()
spool.mkdir()
at += dt.timedelta(days=1)
sent = desk.deliver()
print(json.dumps({
    "found": [[p.distribution, p.version, sorted(p.hooks), p.error] for p in plugins.statuses if p.name == "acme"],
    "policy": desk.profile.policy.name,
    "given": {kind: [event.policy, event.to, event.reason] for kind, event in given.items()},
    "told": told,
    "first": [len(without_folder.sent), without_folder.waiting],
    "sent": [message.key for message in sent.sent],
    "lines": [json.loads(line) for line in (spool / "notices.jsonl").read_text().splitlines()],
}))
"""


def cannot(why):
    """Skip where packages cannot be installed; where the project is built, that is a failure."""
    if os.environ.get("CI") == "true":
        pytest.fail(why)
    pytest.skip(why)


def installer():
    """Return how packages are installed here."""
    for uv in (os.environ.get("UV"), str(ROOT / ".uv" / "bin" / "uv"), shutil.which("uv")):
        if uv and Path(uv).exists():
            return [uv, "pip", "install", "--python", sys.executable]
    if importlib.util.find_spec("pip"):
        return [sys.executable, "-m", "pip", "install"]
    return cannot("neither uv nor pip is here to install a plugin with")


def install(package, target):
    """Install a package into a folder of its own, which is nobody's environment."""
    command = [*installer(), "--quiet", "--no-deps", "--target", str(target), str(package)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603 - a folder of ours
    if done.returncode and OFFLINE.search(done.stderr):
        cannot(f"what builds a package cannot be had: {done.stderr.strip().splitlines()[-1]}")
    assert done.returncode == 0, done.stderr


def run(target, *words, cwd):
    """Run Python with what is installed in the folder besides all that is installed here."""
    # A pytest within must not take over how this one is run.
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("CREDCORE_", "PYTEST_"))}
    environment["PYTHONPATH"] = os.pathsep.join([str(target), *filter(None, sys.path)])
    done = subprocess.run(  # noqa: S603 - our own interpreter
        [sys.executable, *words], cwd=cwd, env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def acme(tmp_path_factory):
    """Install the example from a copy, so that building it leaves nothing in the sources."""
    place = tmp_path_factory.mktemp("acme")
    shutil.copytree(PLUGIN, place / "copy")
    install(place / "copy", place / "installed")
    return place


def test_the_installed_plugin_is_found_and_used(acme, tmp_path):
    """A profile names its policy, which then decides; its notifier takes what the outbox sends, late but whole."""
    said = json.loads(run(acme / "installed", "-c", USED, str(tmp_path), cwd=tmp_path))
    hooks = ["credcore_register_notifiers", "credcore_register_policies"]
    assert said["found"] == [["credcore-acme", "0.1.0", hooks, ""]]
    assert said["policy"] == "acme"
    assert said["given"]["enrollment"][:2] == ["acme", "olga"]
    assert said["given"]["enrollment"][2].startswith("olga: knows the payer (knows blue-lake); next best ")
    assert said["given"]["initial"][0] == "acme"
    assert said["given"]["initial"][1] != "nia"
    assert said["first"] == [0, len(said["told"])]
    assert [line["key"] for line in said["lines"]] == said["sent"]
    assert sorted(line["about"].split("/")[0] for line in said["lines"]) == ["file"] * len(said["told"])
    assert said["told"]


def test_its_own_tests_pass(acme):
    """They come with the package, and run against what was installed."""
    options = ["-q", "-p", "no:cacheprovider", "tests"]
    assert "2 passed" in run(acme / "installed", "-m", "pytest", *options, cwd=acme / "copy")


def test_the_tutorial_leads_to_a_plugin_that_is_found(tmp_path):
    """Its files, as they stand on the page, make a package; its scripts print what the page says."""
    page = TUTORIAL.read_text(encoding="utf-8")
    folder, target = tmp_path / "harbor", tmp_path / "installed"
    folder.mkdir()
    for name, text in NAMED_BLOCK.findall(page):
        (folder / name).write_text(text, encoding="utf-8")
    assert {path.name for path in folder.iterdir()} == {"harbor.py", "pyproject.toml", "found.py", "use.py"}
    install(folder, target)
    (folder / "harbor.py").unlink()  # only what was installed is found
    found = run(target, "found.py", cwd=folder).splitlines()
    assert found[-1] == "harbor credcore-harbor 0.1.0 ready"
    assert f"`{found[-1]}`" in page
    printed = run(target, "use.py", cwd=folder).strip()
    assert printed == "olga: only one eligible"
    assert f"`{printed}`" in page
