"""``upload-matrix isolate``: the smallest difference on the wire that decides."""

from __future__ import annotations

from typing import Any

import click

from upload_matrix.cli.completing import case_ids
from upload_matrix.cli.options import question_options


@click.command("isolate")
@click.argument("failing", shell_complete=case_ids)
@click.argument("passing", required=False, shell_complete=case_ids)
@question_options
@click.pass_context
def command(ctx: click.Context, /, failing: str, passing: str | None, **values: Any) -> None:
    """Find the smallest difference on the wire that decides between a failing and a passing request.

    FAILING and PASSING are ids of cases (or how they end), or folders of saved requests. Without PASSING it
    is the nearest request that a recording says is accepted, else FAILING fixed. Requests in between are
    built byte by byte and asked about, as few as it takes; each answer is recorded and never asked for twice.
    With --through every question takes the gateway, and what it forwards is what the target is asked.

    Exit codes: 0 a cause was found, 1 FAILING is accepted now, 2 usage, 3 nothing could be said (both send
    the same, no passing request, no conclusive answers), 4 stopped by a limit on money or calls.

    \b
    Examples:
      upload-matrix isolate field-report/images.edit/gpt-image-1/openai/bytesio/webp/builtin
      upload-matrix isolate openai/bytesio/webp/builtin openai/tuple3/webp/builtin --matrix matrix/mine.yaml
      upload-matrix isolate avatar.request --through 'litellm --config litellm.yaml --port {port}'
      upload-matrix isolate avatar.request --target openai --budget 0.20 -o cause.md
    """
    from upload_matrix.isolate.isolating import run
    from upload_matrix.isolate.questions import QuestionOptions

    ctx.exit(run(QuestionOptions.of(values), failing, passing))
