"""The command line `credcore`: the coordinator's desk at a terminal.

Needs the extra ``cli``. Everything that it prints comes from the calls that a host makes of
`credcore.coordinator.Coordinator`.
"""

import os
import sys
from collections.abc import Sequence

__all__ = ["main"]


def main(args: Sequence[str] | None = None) -> None:
    """Run the command line and exit: 0 done, 1 an error or a failed check, 2 a wrong usage.

    Args:
        args: What stands behind ``credcore``; the process's own arguments if left out.
    """
    try:
        from credcore.cli.main import credcore  # noqa: PLC0415 - click and rich come with an extra
    except ModuleNotFoundError as error:
        if error.name not in ("click", "rich"):
            raise
        sys.exit("credcore: the command line needs an extra: python -m pip install 'credcore[cli]'")
    if sys.stdout is None:
        sys.exit("credcore: there is no standard output to write to")
    try:
        credcore.main(args=args, prog_name="credcore")
    except OSError as error:
        _drop_what_cannot_be_written()
        sys.exit(f"credcore: {error.filename or 'cannot write'}: {(error.strerror or str(error)).lower()}")


def _drop_what_cannot_be_written() -> None:
    """Leave nothing in the standard output's buffer that would fail a second time when the process ends."""
    try:
        sys.stdout.flush()
    except OSError:
        with open(os.devnull, "w") as nowhere:  # noqa: PTH123 - os.devnull is no path of ours
            os.dup2(nowhere.fileno(), sys.stdout.fileno())
