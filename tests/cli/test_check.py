"""Checking a profile: every fault with its place, and the proof that no file is lost."""

import json

from credcore.profiles import read

FAULTS = {
    "[stages.intake]": "[stages.intake]\nsurprise = 1",
    'limit = "10 working days"': 'limit = "10 workdays"',
    'turn = "committee"': 'turn = "comittee"',
    'next = ["notified"]': 'next = ["notifed"]',
    'zone = "America/Chicago"': 'zone = "America/Chikago"',
}


def test_the_profile_that_ships_loses_no_file(run):
    """What an organisation begins with is proven."""
    result = run("check", "hospital")
    assert result.exit_code == 0
    assert "no file is ever lost" in result.stdout
    proof = json.loads(run("check", "hospital", "--json").stdout)
    assert (proof["proven"], proof["faults"], proof["lost"]) == (True, [], [])


def test_every_fault_is_listed_with_its_line(empty, run):
    """Five slips of the pen are five faults, each at the line where it stands, in one run."""
    text = read("hospital")
    for right, wrong in FAULTS.items():
        assert right in text
        text = text.replace(right, wrong, 1)
    (empty / "mine.toml").write_text(text, encoding="utf-8")
    lines = text.splitlines()
    expected = sorted(lines.index(wrong.splitlines()[-1].strip()) + 1 for wrong in FAULTS.values() if wrong in lines)
    result = run("check", "mine.toml", "--json")
    faults = json.loads(result.stdout)["faults"]
    assert (result.exit_code, len(faults)) == (1, 5)
    assert all(fault["line"] and fault["key"] and fault["source"] == "mine.toml" for fault in faults)
    assert set(expected) <= {fault["line"] for fault in faults}
    plain = run("check", "mine.toml")
    assert plain.stderr == "credcore: 5 faults in mine.toml\n"
    assert plain.stdout.count("mine.toml:") == 5


def test_a_file_that_only_the_look_again_holds_is_a_warning(empty, run):
    """A profile without rules loses nothing, but hangs on the look-again; that is told, with the stage."""
    (empty / "bare.toml").write_text(
        "[profile]\nname = 'Bare'\nzone = 'UTC'\n[stages.intake]\nnext = ['closed']\nlook-again = '14 days'\n"
        "[stages.closed]\nterminal = true\n[kinds.initial]\nstart = 'intake'\n",
        encoding="utf-8",
    )
    result = run("check", "bare.toml")
    assert result.exit_code == 0
    assert "warning: initial in intake: held by look-again:intake alone" in result.stdout
    assert json.loads(run("check", "bare.toml", "--json").stdout)["weak"][0]["stage"] == "intake"


def test_what_is_no_file_is_one_sentence(empty, run):
    """Neither a missing file, nor a folder, nor a picture is a traceback."""
    (empty / "picture.toml").write_bytes(b"\xff\xd8\xff")
    for name in ("missing.toml", ".", "picture.toml"):
        result = run("check", name)
        assert (result.exit_code, result.stdout) == (1, "")
        assert result.stderr.startswith("credcore: ")


def test_a_text_that_is_no_toml_names_the_line(empty, run):
    """A missing quote is a fault as any other."""
    (empty / "broken.toml").write_text("[profile]\nname = 'Mine\n", encoding="utf-8")
    result = run("check", "broken.toml")
    assert result.exit_code == 1
    assert "broken.toml:2" in result.stdout


def test_one_of_each_is_one_of_each(empty, run):
    """Numbers agree with their nouns."""
    (empty / "bare.toml").write_text(
        "[profile]\nname = 'Bare'\nzone = 'UTC'\n[stages.intake]\nnext = ['closed']\nlook-again = '14 days'\n"
        "[stages.closed]\nterminal = true\n[kinds.initial]\nstart = 'intake'\n",
        encoding="utf-8",
    )
    assert "(1 kind of file, 1 open stage and 1 rule)" in run("check", "bare.toml").stdout
