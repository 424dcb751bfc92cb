"""``upload-matrix run``: a thin front to pytest that ends with a report and an exit code."""

from __future__ import annotations

from typing import Any

import click

from upload_matrix.ask.declared import (
    ASKING,
    DISABLE_RECORDING,
    FORMATS,
    GATEWAY,
    JSON,
    KEYWORD,
    MARKS,
    NAME,
    OPEN,
    REPORTS,
)
from upload_matrix.cli.options import matrices_argument, options
from upload_matrix.cli.watching import watch_matrices, watch_option


def _processes(_ctx: click.Context, _option: click.Parameter, value: str | None) -> str | None:
    if value in (None, "auto", "logical") or value.isdecimal():
        return value
    raise click.BadParameter(f"{value!r} is neither a number of processes nor auto")


@click.command("run")
@matrices_argument
@options(KEYWORD, MARKS)
@click.option(
    "-n",
    "workers",
    callback=_processes,
    metavar="N",
    help="Run in N processes, or auto (needs pytest-xdist).",
)
@options(DISABLE_RECORDING)
@options(
    *(REPORTS, NAME, FORMATS, OPEN, JSON, *GATEWAY, *ASKING),
    as_json={"help": "Print the JSON report; all else goes to stderr."},
)
@watch_option
@click.pass_context
def command(ctx: click.Context, /, **values: Any) -> None:
    """Run matrices as pytest cases and write a compatibility report.

    MATRICES are files or folders; by default the folder matrix/. Answers come from the recordings in
    cassettes/ unless --record-mode says otherwise; nothing is sent anywhere by default. Against a live
    target a record mode works as the command record does: plan, agree, send once, replay. In a folder
    without a matrix or a project, a built-in starter matrix is run against the emulator.

    \b
    Examples:
      upload-matrix run
      upload-matrix run matrix/field-report.yaml -k webp --open
      upload-matrix run --target emulator:openai-2026-11 --disable-recording
      upload-matrix run mine.yaml --record-mode new_episodes
      upload-matrix run --through 'litellm --config litellm.yaml --port {port}'
    """
    if values.pop("watch"):
        ctx.exit(watch_matrices(values))

    from upload_matrix.cli.running import RunOptions, run, with_starter

    ctx.exit(run(with_starter(RunOptions.of(values))))
