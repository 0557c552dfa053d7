"""Make the database if there is none, and serve it on this machine: the example in one command.

A real service would run ``python -m office init`` once, when it is set up, and ``uvicorn office.app:app`` ever after.
"""
# /// script
# requires-python = ">=3.11"
# dependencies = ["credcore", "fastapi>=0.115", "uvicorn>=0.30"]
#
# [tool.uv.sources]
# credcore = { path = "../..", editable = true }
# ///

import logging
import os
from pathlib import Path

import uvicorn
from office.database import make
from office.settings import Settings

ADDRESS, PORT = "127.0.0.1", int(os.environ.get("OFFICE_PORT", "8000"))


def main() -> None:
    """Make what is missing, say how to ask, and serve."""
    logging.basicConfig(level=logging.INFO, format="%(levelname)s %(message)s")
    os.environ.setdefault("OFFICE_DATABASE", str(Path(__file__).with_name("office.db")))
    settings = Settings.read()
    if settings.database.exists():
        print(f"The desks of {settings.database}. A lost token is replaced by: python -m office token")
    else:
        print("A new database. These tokens are shown once:\n")
        for organisation, person, token in make(settings):
            print(f"  {organisation:12}{person:8}{token}")
        print(f"\nAsk: curl -H 'Authorization: Bearer TOKEN' http://{ADDRESS}:{PORT}/worklist")
    print(f"The routes: http://{ADDRESS}:{PORT}/docs\n", flush=True)
    uvicorn.run("office.app:app", host=ADDRESS, port=PORT)


if __name__ == "__main__":
    main()
