"""``upload-matrix report``: another view of a JSON report that exists."""

from __future__ import annotations

from typing import Any

import click

from upload_matrix.ask.declared import OPEN
from upload_matrix.cli.options import options


@click.command("report")
@click.argument("files", nargs=-1, required=True, type=click.Path(exists=True, dir_okay=False))
@click.option(
    "--format",
    "form",
    help="json, markdown, html, step-summary, badge; of a run also junit, har, "
    "of a run or a gate also sarif, annotations. Markdown unless given, HTML with --open.",
)
@click.option("--merge", is_flag=True, help="Make one of several parts (shards, jobs): of runs or of sweeps.")
@click.option("-o", "--output", type=click.Path(dir_okay=False), help="Write here instead of printing.")
@options(OPEN, show={"help": "Write the view (beside the JSON unless -o) and open it."})
@click.option("--max-bytes", type=int, help="Shorten Markdown to this size, at section borders.")
@click.option(
    "--link",
    metavar="URL",
    help="Where a step summary links on; within GitHub Actions the run's own page unless given.",
)
@click.option(
    "--facts",
    type=click.Path(exists=True, dir_okay=False),
    metavar="FILE",
    help="A run's NAME.run.json: HTML then shows how long its live calls took.",
)
@click.option(
    "--baseline",
    type=click.Path(exists=True, dir_okay=False),
    metavar="FILE",
    help="The JSON of a green run: what is red is held against it. [default: the last green run of that name "
    "in the same folder]",
)
@click.pass_context
def command(ctx: click.Context, /, **given: Any) -> None:
    """Render a JSON report again, in any format. JSON is the truth.

    It may be of a run, a sweep or its gate, of two runs compared, an A/B, an isolation or a diagnosis.

    A view says what its report says, so the exit code is 0, but 3 where --merge makes a sweep that is still
    not complete: a shard is not there, or something could not be measured.

    \b
    Examples:
      upload-matrix report reports/latest.json
      upload-matrix report reports/latest.json --open
      upload-matrix report reports/latest.json --facts reports/latest.run.json --format html -o page.html
      upload-matrix report reports/latest.json --format step-summary >> "$GITHUB_STEP_SUMMARY"
      upload-matrix report reports/latest.json --baseline main/latest.json --format step-summary
      upload-matrix report reports/latest.json --format annotations
      upload-matrix report reports/latest.json --format sarif -o uploads.sarif
      upload-matrix report reports/sweep.gate.json --max-bytes 60000 -o issue.md
      upload-matrix report --merge reports/part*.json --format json -o reports/sweep.json
    """
    import sys

    from upload_matrix.report.rendering import Rendering, lacking, read_all, render
    from upload_matrix.report.streams import raw

    wanted = Rendering(**given)
    document = read_all(wanted)
    gaps = lacking(document, merged=wanted.merge)
    if gaps is not None:
        click.echo(f"? {gaps}", err=True)
    # A page is no text for a terminal, and the commands of annotations are meant.
    stream = raw(sys.stdout) if wanted.form in ("html", "annotations") else sys.stdout
    for piece in render(document, wanted):
        click.echo(piece, file=stream, nl=False)
    ctx.exit(0 if gaps is None else 3)
