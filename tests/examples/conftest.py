"""What the tests of the examples share: where they lie, and the service, answering over HTTP."""

import contextlib
import socket
import sys
import threading
from pathlib import Path

import attrs
import httpx2
import pytest
import uvicorn

EXAMPLES = Path(__file__).parents[2] / "examples"
sys.path.append(str(EXAMPLES / "service"))

from office.app import make_app  # noqa: E402 - it is found from here on
from office.database import make  # noqa: E402 - likewise
from office.settings import Settings  # noqa: E402 - likewise


@attrs.frozen
class Service:
    """The running service, and what the tests know of it."""

    url: str
    settings: Settings
    tokens: dict[str, str]

    def headers(self, person, key=""):
        """Return the headers of somebody's request."""
        return {"Authorization": f"Bearer {self.tokens[person]}"} | ({"Idempotency-Key": key} if key else {})

    def get(self, path, person="dana"):
        """Ask."""
        return httpx2.get(f"{self.url}{path}", headers=self.headers(person), timeout=60)

    def post(self, path, body=None, *, key, person="dana"):
        """Ask for something to be done."""
        return httpx2.post(f"{self.url}{path}", headers=self.headers(person, key), json=body, timeout=60)


@contextlib.contextmanager
def served(app):
    """Serve on a free port until the end; what is asked before the server is ready waits for it in the socket."""
    with socket.create_server(("127.0.0.1", 0), backlog=512) as listening:
        server = uvicorn.Server(uvicorn.Config(app, log_level="error", ws="none", backlog=512))
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]})
        thread.start()
        try:
            yield f"http://127.0.0.1:{listening.getsockname()[1]}"
        finally:
            server.should_exit = True
            thread.join()


@pytest.fixture
def service(tmp_path):
    """Make an office and serve it."""
    settings = Settings(database=tmp_path / "office.db", signing_key=b"the tests' own", busy_seconds=0.1)
    tokens = {person: token for _, person, token in make(settings)}
    with served(make_app(settings)) as url:
        httpx2.get(f"{url}/openapi.json", timeout=60).raise_for_status()  # it has started
        yield Service(url, settings, tokens)
