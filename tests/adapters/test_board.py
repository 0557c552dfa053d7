"""The board: what it takes from a desk, and a page that parses, stands alone and is not moved by what it shows."""

import datetime as dt
import html.parser
import re
import subprocess
import sys

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

import desks
from credcore.adapters.board import (
    Agenda,
    Given,
    LeftOver,
    Load,
    Matter,
    Morning,
    Names,
    Raised,
    Renewal,
    board_html,
    check_place,
    gather,
    is_of_a_day,
    write_board,
)
from credcore.adapters.board.wording import clean, day_text, due_text
from credcore.coordinator import NewProvider
from credcore.errors import Unavailable
from credcore.events import DocumentReceived
from credcore.history import Ref
from credcore.instants import zone

AT = dt.datetime(2026, 3, 16, 14, tzinfo=dt.UTC)
VOID = {"meta", "link", "br", "hr", "img", "input"}
HOSTILE = "<script>alert('x')</script>\" onload=\"x & \x1b[31m\N{RIGHT-TO-LEFT OVERRIDE}</title></table>"


class Page(html.parser.HTMLParser):
    """Reads a page strictly: every tag is closed where it must be."""

    def __init__(self, text: str) -> None:
        super().__init__(convert_charrefs=True)
        self.open: list[str] = []
        self.tags: list[str] = []
        self.attributes: list[tuple[str, str, str]] = []
        self.texts: list[str] = []
        self.feed(text)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        self.attributes += [(tag, name, value or "") for name, value in attrs]
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        self.texts.append(data)

    def values(self, name: str) -> list[str]:
        """Return the values of an attribute on whatever has it."""
        return [value for _, found, value in self.attributes if found == name]


def matter(provider="Ada Ames", **more):
    """Return a line of work."""
    fields = {
        "file": "f-1", "kind": "Initial", "provider": provider, "payer": "", "stage": "PSV", "owner": "ben",
        "urgency": "breached", "deadline": AT, "why": "PSV in ten days, breached", "waiting_on": ("provider",),
    }  # fmt: skip
    return Matter(**{**fields, **more})


def morning(text="Ada Ames"):
    """Return a morning with something of everything, and one text wherever a text from outside may stand."""
    return Morning(
        desk=text,
        at=AT,
        tz=zone("America/Chicago"),
        urgencies={"today": 0, "breached": 1, "warned": 2, "open": 3},
        stages=(("PSV", 6),),
        worklist=(matter(text, why=text, waiting_on=(text,)), matter(owner="@lead", deadline=None)),
        day=True,
        given=(Given(file="f-2", about=text, to=text, reason=text),),
        left=(LeftOver(file="f-3", about=text, reason=text, remedy=text),),
        escalations=(
            Raised(record="f-1", about=text, rule=text, rung=text, level=3, to="@lead", deadline=AT),
            Raised(record="f-4", about=text, rule=text, rung=text, level=1, to="ana", deadline=None),
        ),
        follow_ups=(matter(text, payer=text, urgency="warned"),),
        renewals=(Renewal(provider="p-1", name=text, body=text, due_on=dt.date(2026, 3, 1), days=-15, why=text),),
        agendas=(
            Agenda(meeting="m-1", committee=text, meets_at=AT, cutoff_at=AT, seats=3, items=(("f-1", text),)),
            Agenda(meeting="m-2", committee="Other", meets_at=AT, cutoff_at=AT, seats=3, items=()),
        ),
        loads=(Load(person="ben", name=text, files=3, capacity=2), Load(person="cy", name="cy", files=0, capacity=0)),
        queues={"specialist": 4},
    )


def bare():
    """Return the morning of a desk on which there is nothing."""
    return attrs.evolve(
        morning(), urgencies={"today": 0, "breached": 0, "warned": 0, "open": 0}, worklist=(), given=(), left=(),
        escalations=(), follow_ups=(), renewals=(), agendas=(), loads=(), queues={},
    )  # fmt: skip


@pytest.mark.parametrize("made", [morning(), morning(HOSTILE), bare(), attrs.evolve(morning(), day=False)])
def test_the_page_stands_alone(made):
    """It parses, has a language, and asks for nothing: no script, no network, no picture."""
    page = Page(board_html(made))
    assert page.values("lang") == ["en"]
    assert not {"script", "link", "img", "iframe", "form"} & set(page.tags)
    assert not page.values("src")
    assert not [value for value in page.values("href") if not value.startswith("#")]
    assert "default-src 'none'" in " ".join(page.values("content"))
    assert "url(" not in board_html(made)


@pytest.mark.parametrize("made", [morning(), bare(), attrs.evolve(morning(), day=False)])
def test_who_reads_by_ear_finds_the_way(made):
    """Links lead to sections that are there, sections are named, and every column has its heading."""
    page = Page(board_html(made))
    ids = page.values("id")
    assert len(ids) == len(set(ids))
    assert {value[1:] for value in page.values("href")} <= set(ids)
    assert set(page.values("aria-labelledby")) <= set(ids)
    assert page.tags.count("section") == len(page.values("aria-labelledby"))
    assert page.tags.count("h1") == page.tags.count("main") == 1
    assert page.tags.count("th") == len(page.values("scope"))


@given(st.text(max_size=40) | st.just(HOSTILE))
def test_a_text_from_outside_adds_no_tag(text):
    """Whatever a name holds, the page has the same tags and attributes as with a harmless one, and shows the name."""
    page, harmless = Page(board_html(morning(text))), Page(board_html(morning()))
    assert page.tags == harmless.tags
    assert [name for _, name, _ in page.attributes] == [name for _, name, _ in harmless.attributes]
    assert clean(text) in "".join(page.texts)
    assert not set("\x1b\N{RIGHT-TO-LEFT OVERRIDE}") & set("".join(page.texts))


def test_a_narrow_page_stacks_its_rows():
    """Where columns have no room each cell has a line of its own, and is called what its column is called."""
    text = board_html(morning())
    assert "@media screen and (max-width:" in text
    for table in re.findall(r"<table>.*?</table>", text, re.DOTALL):
        head, body = table.split("</thead>")
        columns = re.findall(r'<th scope="col"[^>]*>([^<]*)</th>', head)
        for row in re.findall(r"<tr>.*?</tr>", body, re.DOTALL):
            assert re.findall(r'data-label="([^"]*)"', row) == columns
            assert len(re.findall(r"<t[dh][ >]", row)) == len(columns)


def test_what_has_come_due_since_the_last_sweep_is_said():
    """Lines that nobody judged since may be more urgent than they stand: they are counted and marked."""
    fresh = board_html(morning())
    stale = board_html(attrs.evolve(morning(), stale=2, worklist=(matter(stale=True), matter())))
    assert "since the last sweep" not in fresh
    assert "2 lines are to be judged anew" in stale
    assert stale.count(">to be judged anew<") == 2


def test_a_morning_counts_what_nobody_has_judged_since():
    """Each line is right until its record's next change; after a day none is left."""
    clock = desks.Clock()
    desk = desks.with_provider(desks.desk(clock=clock))
    desk.open_file("initial", "p-1")
    desk.day()
    assert gather(desk).stale == 0
    clock.pass_time(days=30)
    late = gather(desk)
    assert (late.stale, [one.stale for one in late.worklist]) == (1, [True])
    assert gather(desk, desk.day()).stale == 0


def test_a_long_list_is_cut_and_says_so():
    """A desk's worst day does not make a page of a thousand lines."""
    many = attrs.evolve(morning(), escalations=morning().escalations * 100)
    assert "and 140 more" in board_html(many)


def desk_with_work():
    """Return a desk whose committee meets, with a late file, a payer's file, and a cycle whose window has begun."""
    clock = desks.Clock()
    desk = desks.with_provider(desks.desk(clock=clock))
    due = NewProvider(id="p-2", name="Bo Ng", state="CT", cycles=(("ncqa", dt.date(2023, 5, 1)),))
    desk.register([due, NewProvider(id="p-3", name="Cleo", state="AK")])
    file = desk.open_file("initial", "p-1").ref.id
    desk.record(file, lambda _f, stamp: [stamp(DocumentReceived, element="application")])
    desk.advance(file, "psv")
    desk.record(
        file,
        lambda one, stamp: one.verify(
            "licence", "board", dt.date(2026, 3, 2), stamp, method="web", result="clear", tz=dt.UTC
        ),
    )
    desk.advance(file, "committee")
    held = desk.open_file("initial", "p-1").ref.id
    desk.record(held, lambda _f, stamp: [stamp(DocumentReceived, element="application")])
    desk.advance(held, "psv")
    late = desk.open_file("enrolment", "p-1", payer="lake").ref.id
    desk.open_file("initial", "p-3")
    clock.pass_time(days=30)
    desk.record(held, lambda one, stamp: one.hold("h-1", "payer", stamp))
    return desk, file, held, late


def test_a_morning_is_what_the_desk_answers():
    """Worklist, assignment, escalations, payers, cycles, agenda and load come from the desk's own calls."""
    desk, file, held, late = desk_with_work()
    day = desk.day()
    made = gather(desk, day)
    assert [one.file for one in made.worklist] == [entry.ref.id for entry in desk.worklist()]
    assert {one.file for one in made.given} == {choice.file for choice in day.assigned.assigned}
    assert [one.about for one in made.left] == ["Initial, Cleo"]
    assert len(made.escalations) == len(day.swept.told)
    assert [one.level for one in made.escalations] == sorted((one.level for one in made.escalations), reverse=True)
    assert [(one.name, one.due_on) for one in made.renewals] == [("Bo Ng", dt.date(2026, 5, 31))]
    assert [[item for item, _ in one.items] for one in made.agendas] == [[file]]
    assert {one.file for one in made.follow_ups} == {held, late}
    assert sum(one.files for one in made.loads) + sum(made.queues.values()) == made.open == sum(made.urgencies.values())
    Page(board_html(made))


def test_without_a_day_nothing_is_said_of_it():
    """A page made in between does not pretend that nothing was given out or escalated."""
    desk, *_ = desk_with_work()
    text = board_html(gather(desk))
    assert "Given out" not in text
    assert "Escalated" not in text
    assert "Worklist" in text


def test_a_deadline_at_midnight_is_the_end_of_the_day_before():
    """Calendar days end at midnight; nobody reads 00:00 of the next day as today."""
    midnight = dt.datetime(2026, 3, 17, 5, tzinfo=dt.UTC)
    assert due_text(midnight, zone("America/Chicago"), dt.date(2026, 3, 16)) == "Mon 16 Mar 24:00"


@given(st.dates(dt.date(1990, 1, 1), dt.date(2090, 1, 1)), st.dates(dt.date(1990, 1, 1), dt.date(2090, 1, 1)))
def test_a_day_can_be_told_from_every_other(on, today):
    """Far from today the year is named, so that one text never stands for two days within the same year."""
    assert (str(on.year) in day_text(on, today)) == (abs((on - today).days) > 180)


def test_the_page_is_written_whole_or_not_at_all(tmp_path):
    """A place that cannot be written is one sentence, and leaves the old page."""
    write_board(tmp_path / "board.html", bare())
    assert [path.name for path in tmp_path.iterdir()] == ["board.html"]
    with pytest.raises(Unavailable, match="the page cannot be written"):
        write_board(tmp_path / "missing" / "board.html", bare())


def test_a_place_is_checked_before_the_work(tmp_path):
    """A folder that is not there is named before a day is run for a page that could not be written."""
    check_place(tmp_path / "board.html")
    with pytest.raises(Unavailable, match="there is no folder"):
        check_place(tmp_path / "missing" / "board.html")


def test_a_page_of_a_day_can_be_told_from_another(tmp_path):
    """Only a day's page tells what was given out; a missing page, or a picture, is none."""
    write_board(tmp_path / "day.html", morning())
    write_board(tmp_path / "now.html", attrs.evolve(morning(), day=False))
    (tmp_path / "picture.html").write_bytes(b"\xff\xd8\xff")
    names = ("day.html", "now.html", "picture.html", "missing.html")
    assert [is_of_a_day(tmp_path / name) for name in names] == [True, False, False, False]


def test_what_has_no_name_is_called_by_its_code():
    """Codes of an older edition, or of nobody, are shown as they are; what the desk knows is shown in words."""
    desk, file, *_ = desk_with_work()
    desk.day()
    names = Names(desk)
    assert names.file(file) == "Initial, Ada Ames"
    meeting = next(iter(desk.worklist(kinds=("meeting",)))).ref
    assert names.about(meeting).startswith("Meeting, ")
    assert [names.about(Ref("provider", "p-2")), names.about(Ref("desk", "main"))] == ["Bo Ng", desk.desk.name]
    for called in (
        names.stage,
        names.kind,
        names.payer,
        names.rule,
        names.person,
        names.provider,
        names.file,
        names.body,
    ):
        assert called("nothing-of-ours") == "nothing-of-ours"


def test_the_value_needs_no_template_engine():
    """Gathering works without the extra; only the page asks for it, and says what to install."""
    code = (
        "import sys\nsys.modules['jinja2'] = None\nfrom credcore.adapters.board import board_html\n"
        "from credcore.errors import MissingExtra\n"
        "try:\n    board_html(None)\nexcept MissingExtra as error:\n    sys.exit('reports' not in str(error))\n"
        "sys.exit(2)"
    )
    assert subprocess.run([sys.executable, "-c", code], timeout=60, check=False).returncode == 0  # noqa: S603 - ours
