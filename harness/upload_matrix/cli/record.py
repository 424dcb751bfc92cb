"""``upload-matrix record``: ask live servers for what is not recorded yet, within a budget; then report."""

from __future__ import annotations

import click

from upload_matrix.cli.live_options import live_options
from upload_matrix.cli.through_options import through_options


@click.command("record")
@click.argument("matrices", nargs=-1, type=click.Path())
@click.option("-k", "keyword", metavar="EXPR", help="Only cases whose id matches, as in pytest.")
@click.option(
    "-m", "marks", metavar="EXPR", help="Only cases with these axes, as \"upload(client='httpx')\"."
)
@click.option("--dry-run", is_flag=True, help="Print the plan and stop; nothing is sent.")
@click.option("--reports", type=click.Path(), help="Where the report goes. [default: reports]")
@click.option("--name", default="latest", show_default=True, help="The report's name: NAME.json, NAME.md...")
@click.option("--format", "formats", default="json,markdown,junit,html", show_default=True, metavar="LIST")
@click.option("--json", "as_json", is_flag=True, help="Print the JSON report; all else goes to stderr.")
@live_options("new_episodes")
@through_options
@click.pass_context
def command(ctx: click.Context, /, **options: object) -> None:
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

    ctx.exit(run(RunOptions.of(options), always_plan=True))
