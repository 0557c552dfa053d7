"""The kit for people who extend credcore: contracts that an adapter must pass, and doubles to test with."""

from importlib.util import find_spec

from credcore.errors import MissingExtra

for _library in ("hypothesis", "pytest"):
    if find_spec(_library) is None:
        raise MissingExtra("testing", needed_for="credcore.testing")
