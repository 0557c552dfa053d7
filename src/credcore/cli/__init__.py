"""The command line `credcore`: the coordinator's desk at a terminal.

Needs the extra ``cli``. Everything that it prints comes from the calls that a host makes of
`credcore.coordinator.Coordinator`.
"""

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
    credcore.main(args=args, prog_name="credcore")
