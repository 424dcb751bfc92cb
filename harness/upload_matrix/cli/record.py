"""``upload-matrix record``: ask live servers for what is not recorded yet, within a budget; then report."""

from __future__ import annotations

from typing import Any

import click

from upload_matrix.ask.declared import (
    ASKING,
    DRY_RUN,
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


@click.command("record")
@matrices_argument
@options(KEYWORD, MARKS)
@options(DRY_RUN)
@options(
    *(REPORTS, NAME, FORMATS, OPEN, JSON, *GATEWAY, *ASKING),
    as_json={"help": "Print the JSON report; all else goes to stderr."},
    record_mode={"default": "new_episodes"},
)
@click.pass_context
def command(ctx: click.Context, /, **values: Any) -> None:
    """Record live answers: plan first, pay once, never go beyond the budget.

    Every request of MATRICES (files or folders; by default matrix/) is captured offline. What is recorded
    already and what several cases send alike is left out; the rest is shown with its estimated and its
    worst-case cost, and sent once you agree. Each answer is on disk before it is used, so a run that is
    stopped or killed goes on where it was. Then the cases are replayed and reported, as by run.

    \b
    Examples:
      upload-matrix record --dry-run
      upload-matrix record matrix/mine.yaml --target openai --budget 0.50 --max-calls 20
      upload-matrix record --base-url http://127.0.0.1:8080/v1 --repeat 5 --yes
    """
    from upload_matrix.cli.running import RunOptions, run

    ctx.exit(run(RunOptions.of(values), always_plan=True))
