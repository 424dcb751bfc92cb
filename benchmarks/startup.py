"""Seconds until ``upload-matrix`` answers: every ``--help``, and the whole default run.

Each command is run once untimed, then five times in turn; the default run is made from the repository's
root, with its report in a temporary folder. Help must be shown, and every case be as expected.
"""

from __future__ import annotations

import sys
import tempfile
from functools import partial
from pathlib import Path

import support

from upload_matrix.cli import COMMANDS

COMMAND = str(Path(sys.executable).with_name("upload-matrix"))

WANTED = {"--help": 0.3, "run": 5.0}
"""Seconds; what is not listed has no limit of its own."""


def main() -> None:
    parser = support.parser(__doc__)
    parser.set_defaults(rounds=5)
    parser.add_argument("--only", action="append", metavar="COMMAND", help="this one; repeat for more")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="benchmark-") as reports:
        commands = {"--help": (["--help"], "Usage: upload-matrix [OPTIONS] COMMAND")}
        commands |= {
            f"{name} --help": ([name, "--help"], f"Usage: upload-matrix {name}") for name in COMMANDS
        }
        commands["run"] = (["run", "--reports", reports], "cases are as expected")
        contestants = {
            name: partial(support.run, [COMMAND, *words], support.ROOT, shows)
            for name, (words, shows) in commands.items()
            if name in (options.only or commands)
        }
        support.verified(contestants, f"there are only the commands {', '.join(commands)}")
        for measure in contestants.values():
            measure()
        measured = support.rounds(contestants, options.rounds)
    rows = [[f"{options.rounds} rounds", "seconds", "lowest", "highest", "wanted"]]
    for name, values in measured.items():
        cells = (support.median(values), min(values), max(values))
        wanted = f"< {WANTED[name]}" if name in WANTED else ""
        rows.append([f"upload-matrix {name}", *(f"{value:.2f}" for value in cells), wanted])
    support.table(rows)
    support.finish(options, {"seconds": measured})


if __name__ == "__main__":
    main()
