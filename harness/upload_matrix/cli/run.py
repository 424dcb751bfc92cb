"""``upload-matrix run``: a thin front to pytest that ends with a report and an exit code."""

from __future__ import annotations

import click

from upload_matrix.cli.live_options import live_options
from upload_matrix.cli.through_options import through_options


@click.command("run")
@click.argument("matrices", nargs=-1, type=click.Path())
@click.option("-k", "keyword", metavar="EXPR", help="Only cases whose id matches, as in pytest.")
@click.option(
    "-m", "marks", metavar="EXPR", help="Only cases with these axes, as \"upload(client='httpx')\"."
)
@click.option("-n", "workers", metavar="N", help="Run in N processes (needs pytest-xdist).")
@click.option(
    "--disable-recording", is_flag=True, help="Leave cassettes aside: every request goes to its target."
)
@click.option("--reports", type=click.Path(), help="Where the report goes. [default: reports]")
@click.option("--name", default="latest", show_default=True, help="The report's name: NAME.json, NAME.md...")
@click.option("--format", "formats", default="json,markdown,junit,html", show_default=True, metavar="LIST")
@click.option("--json", "as_json", is_flag=True, help="Print the JSON report; all else goes to stderr.")
@through_options
@live_options("none")
@click.pass_context
def command(ctx: click.Context, /, **options: object) -> None:
    """Run matrices as pytest cases and write a compatibility report.

    MATRICES are files or folders; by default the folder matrix/. Answers come from the recordings in
    cassettes/ unless --record-mode says otherwise; nothing is sent anywhere by default. Against a live
    target a record mode works as the command record does: plan, agree, send once, replay. In a folder
    without a matrix or a project, a built-in starter matrix is run against the emulator.

    \b
    Examples:
      upload-matrix run
      upload-matrix run matrix/field-report.yaml -k webp
      upload-matrix run --target emulator:openai-2026-11 --disable-recording
      upload-matrix run mine.yaml --record-mode new_episodes
      upload-matrix run --through 'litellm --config litellm.yaml --port {port}'
    """
    from upload_matrix.cli.running import RunOptions, run
    from upload_matrix.cli.starting import with_starter

    ctx.exit(run(with_starter(RunOptions.of(options))))
