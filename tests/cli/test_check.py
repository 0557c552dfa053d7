"""Checking a profile: every fault with its place, and the proof that no file is lost."""

import json

import pytest

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


def test_what_is_lost_or_weak_in_many_ways_is_not_printed_without_end(empty, run):
    """Thirty ways are enough to read; the rest is counted, and in the JSON."""
    stages = "".join(f"[stages.s-{n}]\nnext = ['s-{n + 1}']\nlook-again = '14 days'\n" for n in range(40))
    text = f"[profile]\nname = 'Long'\nzone = 'UTC'\n{stages}[stages.s-40]\nterminal = true\n"
    (empty / "long.toml").write_text(text + "[kinds.initial]\nstart = 's-0'\n", encoding="utf-8")
    result = run("check", "long.toml")
    assert result.stdout.count("warning: initial in ") == 30
    assert "and 10 more ways to be held by the look-again alone; --json has all" in result.stdout
    assert len(json.loads(run("check", "long.toml", "--json").stdout)["weak"]) == 40


def edited(folder, *changes):
    """Write the profile that ships with some changes into a folder, and return its name."""
    text = read("hospital")
    for right, wrong in changes:
        assert right in text
        text = text.replace(right, wrong, 1)
    (folder / "new.toml").write_text(text, encoding="utf-8")
    return "new.toml"


LONGER = ('limit = "2 working days"', 'limit = "12 working days"')


class TestWhatCannotBeMeant:
    """Well-formed rules that never do what they say."""

    def test_a_warning_leaves_the_exit_code(self, empty, run):
        """It is told with its line, key and what would be right; the profile can be used."""
        name = edited(empty, ("warn = [0.66]", "warn = [0.67]"))
        result = run("check", name)
        line = read("hospital").splitlines().index(next(x for x in read("hospital").splitlines() if "[0.66]" in x)) + 1
        words = " ".join(result.stdout.split())
        assert result.exit_code == 0
        assert f"new.toml:{line}: rules.sla[2].warn: warning: 0.67 of 3 working days" in words
        assert "warn at 0.66 or less" in words
        (one,) = json.loads(run("check", name, "--json").stdout)["lints"]
        assert (one["code"], one["severity"], one["rule"], one["line"]) == (
            "warns-too-late",
            "warning",
            "audit-three-days",
            line,
        )

    def test_an_error_is_one(self, empty, run):
        """A rule that is cancelled whenever it is on says nothing, ever."""
        name = edited(empty, LONGER, ('pause = { waiting-on = ["provider"] }', "cancel = { held = true }"))
        assert run("check", name).exit_code == 0
        rule = '[[rules.sla]]\nid = "odd"\nlimit = "2 days"\nsource = "us"\napplies = { held = true }\n'
        with (empty / name).open("a", encoding="utf-8") as file:
            file.write(rule + "cancel = { held = true }\n")
        result = run("check", name)
        assert (result.exit_code, result.stderr) == (1, "credcore: 1 error in new.toml\n")
        words = " ".join(result.stdout.split())
        assert "rules.sla[4].cancel: error: whatever turns the clock on cancels it at once" in words


class TestAgainstADesk:
    """What an edition would change, told before it is adopted."""

    def test_the_records_that_change_are_told_by_rule_and_one_by_one(self, desk, run):
        """Counts are of all, the most urgent come in full, and nothing is written."""
        name = edited(desk, LONGER)
        before = (desk / "desk.db").read_bytes()
        result = run("check", name, "--against", "desk.db", "--limit", "2")
        assert result.exit_code == 0
        assert "As edition 2, from Mon 16 Mar 09:00 on, it would change 8 of 20 open records." in result.stdout
        assert "7 no longer late, 1 due later" in " ".join(result.stdout.split())
        assert "the first 2 of 8" in result.stdout
        assert result.stdout.count("the breach clears") == 2
        assert "edition 1, by which the desk judges: no file is ever lost." in result.stdout
        assert all(len(line) <= 80 for line in result.stdout.splitlines())
        assert (desk / "desk.db").read_bytes() == before

    def test_as_json(self, desk, run):
        """A script reads the same numbers, and each shift with its deadlines."""
        name = edited(desk, LONGER)
        found = json.loads(run("check", name, "--against", "desk.db", "--limit", "1", "--json").stdout)
        comparison = found["comparison"]
        assert found["editions"] == [{"edition": 1, "proven": True}]
        assert (comparison["records"], comparison["changed"], comparison["misfits"]) == (20, 8, [])
        assert comparison["counts"] == {"intake-two-days": {"cleared": 7, "later": 1}}
        (shift,) = comparison["changes"][0]["shifts"]
        assert (shift["change"], shift["after"]["rung"]) == ("cleared", "50% used")
        assert shift["due_before"] < comparison["at"] < shift["due_after"]

    def test_from_a_day_on(self, desk, run):
        """A day is its first instant on the desk's wall; what is set back is refused, as at adoption."""
        name = edited(desk, LONGER)
        found = json.loads(run("check", name, "--against", "desk.db", "--in-force", "2026-04-01", "--json").stdout)
        assert found["comparison"]["at"] == "2026-04-01T05:00:00Z"
        assert found["comparison"]["counts"]["intake-two-days"] == {"later": 8}
        refused = run("check", name, "--against", "desk.db", "--in-force", "2026-03-01")
        assert refused.exit_code == 1
        assert "set back" in refused.stderr
        assert run("check", name, "--in-force", "2026-04-01").exit_code == 2
        assert run("check", name, "--against", "desk.db", "--in-force", "soon").exit_code == 2

    def test_an_edition_without_a_place_for_open_files_is_refused(self, desk, run):
        """Each file that stands where the new edition has nothing is named, and the exit code says so."""
        name = edited(desk, ("[payers.blue-lake]", "[payers.red-lake]"))
        result = run("check", name, "--against", "desk.db")
        assert result.exit_code == 1
        assert "the edition has no payer 'blue-lake'" in result.stdout
        assert "credcore: the desk would refuse this edition\n" in result.stderr

    @pytest.mark.usefixtures("desk")
    def test_the_same_edition_again(self, run):
        """There is nothing to compare, and it is said as at adoption."""
        result = run("check", "hospital", "--against", "desk.db")
        assert result.exit_code == 1
        assert "adopted last already" in result.stderr

    def test_the_roles_are_those_of_the_desks_team(self, desk, run):
        """A role that the profile's own table has and the desk's people lack is a warning."""
        name = edited(desk, ('roles = ["lead", "specialist"]', 'roles = ["lead", "specialist", "chaplain"]'))
        text = (desk / name).read_text(encoding="utf-8")
        (desk / name).write_text(text.replace('to = "lead" }]', 'to = "chaplain" }]', 1), encoding="utf-8")
        assert "chaplain" not in run("check", name).stdout
        result = run("check", name, "--against", "desk.db")
        assert "warning: nobody on the team is chaplain" in " ".join(result.stdout.split())
        assert result.exit_code == 0

    def test_a_desk_that_is_not_there_is_one_sentence(self, empty, run):
        """And what does not change is said in one as well."""
        name = edited(empty, LONGER)
        result = run("check", name, "--against", "nowhere.db")
        assert (result.exit_code, result.stdout) == (1, "")
        assert result.stderr.startswith("credcore: ")


def test_an_edition_that_changes_nothing_says_so(desk, run):
    """A comment is another text, and the same rules."""
    name = edited(desk, LONGER, (LONGER[1], LONGER[0] + "  # as before"))
    result = run("check", name, "--against", "desk.db")
    assert result.exit_code == 0
    assert result.stdout.endswith("it would change 0 of 20 open records.\n")
