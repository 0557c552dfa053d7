"""The example service over HTTP: many at once, once each, all or nothing, and each organisation by itself."""

import asyncio
import collections
import contextlib
import datetime as dt
import os
import sqlite3
import subprocess
import sys
from pathlib import Path

import httpx2
import pytest
from office.desks import opened

from credcore import Coordinator, NewProvider, Ref
from credcore.adapters.sqlite import SQLiteStore
from credcore.coordinator.chain import is_unbroken
from credcore.identifiers import npi_check_digit

SERVICE = Path(__file__).parents[2] / "examples" / "service"


def application(number=0, **other):
    """Return the application of one of many practitioners."""
    nine = str(200_000_000 + number)
    known = {"npi": nine + npi_check_digit(nine), "name": f"Practitioner {number}", "state": "IL", "practice": "north"}
    return known | other


def rows(service, sql):
    """Return what the database holds, or change it."""
    with contextlib.closing(sqlite3.connect(service.settings.database)) as connection, connection:
        return connection.execute(sql).fetchall()


def dump(service):
    """Return the whole database as text: what credcore keeps, and what the office keeps."""
    with contextlib.closing(sqlite3.connect(service.settings.database)) as connection:
        return list(connection.iterdump())


def events(service, ref, organisation="lakeside"):
    """Return the types of a record's events, after seeing that none was lost or changed."""
    with SQLiteStore.open(service.settings.database, organisation) as store:
        stored = list(store.history(ref))
    assert is_unbroken(organisation, ref, stored, service.settings.signing_key)
    return [event.type for event in stored]


def at_once(service, requests):
    """Ask for everything at the same time; return the answers in the order of the requests."""

    async def ask():
        limits = httpx2.Limits(max_connections=None)
        async with httpx2.AsyncClient(base_url=service.url, limits=limits, timeout=120) as client:
            return await asyncio.gather(*(client.request(*words, **more) for words, more in requests))

    return asyncio.run(ask())


@pytest.fixture
def file_id(service):
    """Return a file of Lakeside."""
    return service.post("/applications", application(), key="first").json()["file"]


def test_a_file_goes_through_the_office(service, file_id):
    """Documents come in, a hold pauses and ends, a move is refused until its stage has what it needs."""
    refused = service.post(f"/files/{file_id}/advance", {"to": "psv"}, key="too-soon", person="priya")
    assert (refused.status_code, refused.json()["code"]) == (409, "move-refused")
    assert "document 'attestation' not received" in refused.json()["message"]
    for element in ("application", "attestation"):
        document = {"element": element, "shelf": "B 12"}
        assert service.post(f"/files/{file_id}/documents", document, key=element, person="priya").status_code == 201
    waiting = {"hold": "h-1", "waiting_on": "provider", "reason": "page 3 is missing", "review_on": "2030-01-02"}
    assert service.post(f"/files/{file_id}/holds", waiting, key="wait", person="priya").status_code == 201
    (clock,) = (one for one in service.get(f"/files/{file_id}/explain").json() if one["rule"] == "intake-two-days")
    assert (clock["limit"], clock["deadline"], clock["segments"][-1]["what"]) == ("2 working days", None, "paused")
    assert service.post(f"/files/{file_id}/holds/h-1/release", key="go-on", person="priya").status_code == 200
    assert service.post(f"/files/{file_id}/advance", {"to": "psv"}, key="on", person="priya").status_code == 200
    shown = service.get(f"/files/{file_id}").json()
    assert (shown["stage"], shown["holds"], shown["documents"]) == ("psv", [], ["application", "attestation"])
    assert [line["file"] for line in service.get("/worklist?stage=psv").json()] == [file_id]
    assert rows(service, "SELECT element, shelf FROM document") == [("application", "B 12"), ("attestation", "B 12")]


def test_two_hundred_requests_at_once_are_all_answered(service):
    """Reads and writes of both desks side by side: none fails, nothing is lost, and every chain is whole."""
    known = [service.post("/applications", application(n), key=f"known-{n}").json()["file"] for n in range(5)]
    requests = []
    for n in range(25):
        file = known[n % 5]
        dana, omar = (service.headers(person, f"key-{n}") for person in ("dana", "omar"))
        requests += [
            (("GET", "/worklist"), {"headers": dana}),
            (("GET", f"/files/{file}"), {"headers": dana}),
            (("GET", f"/files/{file}/explain"), {"headers": dana}),
            (("GET", "/morning"), {"headers": omar}),
            (("POST", "/applications"), {"headers": dana, "json": application(100 + n)}),
            (("POST", "/applications"), {"headers": omar, "json": application(100 + n, practice="south")}),
            (("POST", f"/files/{file}/documents"), {"headers": dana, "json": {"element": "cv", "shelf": f"A {n}"}}),
            (("POST", f"/files/{file}/holds"), {"headers": dana, "json": {"hold": f"h-{n}", "waiting_on": "source"}}),
        ]
    answers = at_once(service, requests)
    assert len(answers) == 200
    assert collections.Counter(answer.status_code for answer in answers) == {200: 100, 201: 100}
    assert rows(service, "SELECT organisation, count(*), count(DISTINCT file) FROM application GROUP BY 1") == [
        ("lakeside", 30, 30),
        ("riverside", 25, 25),
    ]
    assert rows(service, "SELECT type, count(*) FROM credcore_event GROUP BY 1 HAVING type LIKE 'file-%'") == [
        ("file-opened", 55)
    ]
    assert rows(service, "SELECT count(*) FROM document") == [(25,)]
    for organisation, file in rows(service, "SELECT organisation, file FROM application"):
        told = collections.Counter(events(service, Ref("file", file), organisation))
        once = {"file-opened": 1}
        assert told == (once | {"document-received": 5, "hold-placed": 5} if file in known else once)


@pytest.mark.parametrize("times", [2, 20])
def test_the_same_application_again_is_one_file_and_one_answer(service, times):
    """Twenty at the same moment, or one after the other: a key is one call."""
    again = (("POST", "/applications"), {"headers": service.headers("dana", "letter-4711"), "json": application()})
    if times == 2:
        answers = [answer for _ in range(times) for answer in at_once(service, [again])]
    else:
        answers = at_once(service, [again] * times)
    assert {(answer.status_code, answer.text) for answer in answers} == {(201, answers[0].text)}
    assert rows(service, "SELECT count(*) FROM application") == [(1,)]
    assert rows(service, "SELECT count(*) FROM credcore_event WHERE type = 'file-opened'") == [(1,)]


def test_the_same_document_again_is_one_document(service, file_id):
    """A repeated action gets the first answer, and leaves the office's row as it was."""
    document = {"element": "cv", "shelf": "A 1"}
    first, again = (service.post(f"/files/{file_id}/documents", document, key="cv") for _ in range(2))
    assert (first.status_code, first.text) == (again.status_code, again.text)
    assert rows(service, "SELECT element, shelf FROM document") == [("cv", "A 1")]
    assert events(service, Ref("file", file_id)).count("document-received") == 1


def test_a_key_is_for_one_application(service, file_id):
    """Used for another one it is refused, and nothing changes."""
    before = dump(service)
    refused = service.post("/applications", application(1), key="first")
    assert (refused.status_code, refused.json()["code"]) == (422, "invalid-input")
    assert dump(service) == before
    assert service.post("/applications", application(), key="first").json()["file"] == file_id


def test_the_key_is_credcores_command_too(service, file_id):
    """Where the office has lost its row, the same call finds the file that it opened, and writes the row anew."""
    rows(service, "DELETE FROM application")
    assert service.post("/applications", application(), key="first").json()["file"] == file_id
    assert rows(service, "SELECT file FROM application") == [(file_id,)]
    assert events(service, Ref("file", file_id)) == ["file-opened"]


def test_what_the_office_refuses_leaves_nothing_of_credcore(service):
    """Its row comes after the file was opened; a practice that it does not know takes provider and file back."""
    before = dump(service)
    refused = service.post("/applications", application(practice="nowhere"), key="a")
    assert (refused.status_code, refused.json()["code"]) == (422, "unknown-practice")
    assert dump(service) == before


def test_what_fails_after_credcore_leaves_nothing(service):
    """Whatever goes wrong in the office's own part is a 500 without a trace; afterwards the same call succeeds."""
    fails = "CREATE TRIGGER fails BEFORE INSERT ON application BEGIN SELECT json('no JSON'); END"
    rows(service, fails)
    before = dump(service)
    failed = service.post("/applications", application(), key="a")
    assert (failed.status_code, failed.json()["code"], failed.json()["retryable"]) == (500, "internal", False)
    assert dump(service) == before
    rows(service, "DROP TRIGGER fails")
    assert service.post("/applications", application(), key="a").status_code == 201


def test_a_rollback_takes_events_and_notices_back(service, file_id):
    """A sweep within the office's transaction plans notices; rolled back, neither they nor the tellings are there."""
    before = dump(service)
    with opened(service.settings) as office:
        caller = office.caller(service.tokens["dana"])
        with pytest.raises(ZeroDivisionError), caller.transaction() as (own, desk):  # noqa: PT012 - one transaction
            own.execute("INSERT INTO practice VALUES ('lakeside', 'west')")
            desk.register([NewProvider(id="p-late", name="Bo Ng", state="IL")])
            late = desk.open_file("initial", "p-late", at=desk.now - dt.timedelta(days=30)).ref
            assert late in {told.ref for told in desk.sweep().told}
            assert own.execute("SELECT count(*) FROM credcore_outbox").fetchone() > (0,)
            raise ZeroDivisionError
    assert dump(service) == before
    assert events(service, Ref("file", file_id)) == ["file-opened"]


def test_a_refusal_is_on_record_though_the_office_rolled_back(service, file_id):
    """Whoever lacks the role gets 403; the office's row is gone, and that they tried stands on the record."""
    tried = {"element": "cv", "shelf": "A 1"}
    document = service.post(f"/files/{file_id}/documents", tried, key="cv", person="moss")
    opening = service.post("/applications", application(), key="another", person="priya")
    for refused in (document, opening):
        assert (refused.status_code, refused.json()["code"], refused.json()["retryable"]) == (403, "forbidden", False)
    assert rows(service, "SELECT count(*) FROM document") == [(0,)]
    assert rows(service, "SELECT count(*) FROM application") == [(1,)]
    assert events(service, Ref("file", file_id)) == ["file-opened", "action-refused"]
    provider = Ref("provider", f"p-{application()['npi']}")
    assert events(service, provider) == ["provider-registered", "action-refused"]


def test_two_desks_never_see_each_other(service, file_id):
    """The token picks the desk: what the other organisation has is not there, whatever is asked for."""
    before = dump(service)
    document, moved = {"element": "cv", "shelf": "A 1"}, {"to": "withdrawn"}
    answers = [
        service.get(f"/files/{file_id}", "omar"),
        service.get(f"/files/{file_id}/explain", "omar"),
        service.post(f"/files/{file_id}/documents", document, key="cv", person="omar"),
        service.post(f"/files/{file_id}/advance", moved, key="out", person="omar"),
    ]
    assert {(answer.status_code, answer.json()["code"]) for answer in answers} == {(404, "not-found")}
    assert service.get("/worklist", "omar").json() == []
    assert service.get("/morning", "omar").json()["open"] == 0
    assert dump(service) == before
    other = service.post("/applications", application(), key="first", person="omar").json()["file"]
    assert other != file_id
    assert [line["file"] for line in service.get("/worklist", "omar").json()] == [other]
    assert [line["file"] for line in service.get("/worklist").json()] == [file_id]


def test_what_is_not_there_is_404(service):
    """A file, a route, an owner: the same shape of answer for each."""
    for path in ("/files/f-none", "/files/f-none/explain", "/files/provider%2Fp-1", "/nothing", "/worklist?owner=zoe"):
        answer = service.get(path)
        assert (answer.status_code, answer.json()["code"], answer.json()["retryable"]) == (404, "not-found", False)


def test_a_malformed_body_is_422_and_is_not_repeated(service):
    """What is wrong is named with its place, and never with the value: it may be anything."""
    before = dump(service)
    bodies = [
        application(npi="123-45-6789"),
        application(npi="2000000001"),
        application(state="Illinois"),
        application(needed_by="soon"),
        application(ssn="123-45-6789"),
        {},
        [],
        None,
    ]
    for number, body in enumerate(bodies):
        refused = service.post("/applications", body, key=f"k-{number}")
        assert (refused.status_code, refused.json()["code"]) == (422, "invalid-input")
        assert "123-45" not in refused.text
    nameless = httpx2.post(f"{service.url}/applications", headers=service.headers("dana"), json=application())
    assert nameless.status_code == 422
    assert "Idempotency-Key" in nameless.json()["message"]
    assert dump(service) == before


def test_without_a_token_nobody_is_let_in(service):
    """No token and a wrong one are answered alike, and say how to log in."""
    for headers in ({}, {"Authorization": "Bearer guessed"}):
        answer = httpx2.get(f"{service.url}/worklist", headers=headers)
        assert (answer.status_code, answer.json()["code"]) == (401, "unauthenticated")
        assert answer.headers["WWW-Authenticate"] == "Bearer"


def test_what_can_be_tried_again_says_so(service):
    """While somebody holds the database a write is 503 with Retry-After, reads go on; then the same call succeeds."""
    with contextlib.closing(sqlite3.connect(service.settings.database, isolation_level=None)) as backup:
        backup.execute("BEGIN IMMEDIATE")
        refused = service.post("/applications", application(), key="a")
        assert service.get("/worklist").json() == []
    assert (refused.status_code, refused.json()["code"], refused.json()["retryable"]) == (503, "busy", True)
    assert refused.headers["Retry-After"] == "1"
    assert service.post("/applications", application(), key="a").status_code == 201


def test_the_service_makes_nothing(tmp_path):
    """Started before it was made, it refuses and leaves the place as it is; made twice, it refuses too."""

    def run(*words):
        environment = os.environ | {
            "OFFICE_DATABASE": str(tmp_path / "office.db"),
            "PYTHONPATH": os.pathsep.join(sys.path),
        }
        command = [sys.executable, "-m", "office", *words]
        return subprocess.run(  # noqa: S603 - our own interpreter and module
            command, cwd=SERVICE, env=environment, capture_output=True, text=True, check=False
        )

    early = run("night")
    assert early.returncode == 1
    assert "there is no such file" in early.stderr
    assert list(tmp_path.iterdir()) == []
    made = run("init")
    assert [line.split()[:2] for line in made.stdout.splitlines()] == [
        ["lakeside", "dana"],
        ["lakeside", "moss"],
        ["lakeside", "priya"],
        ["riverside", "omar"],
    ]
    assert "OFFICE_SIGNING_KEY IS NOT SET" in made.stderr
    assert run("init").returncode == 1
    assert run("night").stdout.split() == [
        "lakeside",
        "0",
        "open,",
        "0",
        "told",
        "riverside",
        "0",
        "open,",
        "0",
        "told",
    ]
    assert len(run("token", "lakeside", "dana", "coordinator").stdout) > 32
    assert run("token", "nowhere", "dana", "coordinator").returncode == 2


def test_the_profiles_lose_no_file(service):
    """What each desk works by is proved, as `credcore check` would."""
    from credcore import prove  # noqa: PLC0415 - for this test alone

    for organisation in ("lakeside", "riverside"):
        with SQLiteStore.open(service.settings.database, organisation) as store:
            profile = Coordinator(store, signing_key=service.settings.signing_key).profile
        assert prove(profile.pipeline, profile.rules).holds
