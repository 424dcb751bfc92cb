"""What ``run`` takes where there is neither a matrix nor a project: the built-in starter, emulated."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import click

from upload_matrix.answers.answering import EMULATOR
from upload_matrix.cli.running import RunOptions
from upload_matrix.model.errors import ConfigurationError
from upload_matrix.starter import STARTER_MATRIX

PROJECT = (
    ".git", "pyproject.toml", "setup.py", "setup.cfg", "package.json", "requirements.txt", "tests",
    "cassettes",
)  # fmt: skip
"""Any of these, and a folder is somebody's project."""


def with_starter(options: RunOptions) -> RunOptions:
    """The options with the built-in matrix where none is named, none is here, and nothing may be sent.

    In somebody's project a missing matrix is an error: standing in for it there would be a green run about
    other uploads than the project's own. Raises ConfigurationError.
    """
    live = options.live
    offline = (
        live.record_mode == "none"
        and live.base_url is None
        and (live.target or EMULATOR).startswith(EMULATOR)
    )
    if options.matrices or not offline or Path("matrix").exists():
        return options
    found = next((name for name in PROJECT if Path(name).exists()), None)
    if found is not None:
        raise ConfigurationError(
            f"matrix: no such folder here, in what is a project by its {found}; name a matrix, or let "
            "`upload-matrix init` write one"
        )
    click.echo(
        "no folder matrix/ here: running the built-in starter matrix, answered by the emulator; "
        "`upload-matrix init` writes it into a project",
        err=True,
    )
    # Not its recordings: the emulator also knows an answer to what a later SDK may send.
    return replace(options, matrices=(str(STARTER_MATRIX),), disable_recording=True)
