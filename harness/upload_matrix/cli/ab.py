"""``upload-matrix ab``: two variants, targets, models or SDK releases against each other."""

from __future__ import annotations

from typing import Any

import click

from upload_matrix.ask.declared import ASKING, DRY_RUN, JSON, NAME, OPEN, REPORTS
from upload_matrix.cli.completing import case_ids
from upload_matrix.cli.options import options, output_option

REPEAT = 5
"""Times each is sent by default: the fewest at which always against never is clearly no chance."""


@click.command("ab")
@click.argument(
    "words", nargs=-1, required=True, metavar="CASE_A [CASE_B] [MATRICES]...", shell_complete=case_ids
)
@click.option("--target-b", metavar="NAME", help="B is A (or CASE_B), answered by this target.")
@click.option("--model-b", metavar="NAME", help="B asks for this model; short for --set-b model=NAME.")
@click.option("--sdk-b", metavar="RELEASE", help="B runs in this release of the SDK, as 1.109.1.")
@click.option(
    "--set-b", "sets", multiple=True, metavar="FIELD=VALUE", help="B sends this in a text field. Repeatable."
)
@options(
    *(DRY_RUN, REPORTS, NAME, OPEN, JSON, *ASKING),
    name={"help": "Writes NAME.ab.json, NAME.ab.md..."},
    as_json={"help": "Print the JSON; all else goes to stderr."},
    record_mode={"default": "new_episodes"},
    repeat={"default": REPEAT},
    concurrency={"default": 1},
)
@output_option
@click.pass_context
def command(ctx: click.Context, /, **values: Any) -> None:
    """Compare two cases, sent in turns: A B A B, with a control in every round.

    A case is named by its id, or by enough words of it (tuple3/webp). Words that are files or folders are
    MATRICES; by default matrix/. Without CASE_B, B is A with what --target-b, --model-b, --sdk-b or --set-b
    change. As with record, everything is captured offline first, what is recorded is not asked again, and
    the plan waits until you agree. If both send the same request, B is not sent: no answer could differ.

    The result says whether the outcomes differ by more than chance (Fisher's exact test), each thing in which
    the requests differ, how long the calls took and what they cost. JSON holds no times; they stand in
    NAME.ab.run.json, and in the Markdown as measured.

    Exit code 0: told apart, no difference, or the same request. 3: could not be told, or no statement.
    4: stopped by the budget.

    \b
    Examples:
      upload-matrix ab handle/webp/builtin tuple3/webp/builtin --budget 0.50
      upload-matrix ab tuple3/webp --model-b gpt-image-2.6-mini --repeat 10 --yes
      upload-matrix ab handle/webp matrix/mine.yaml --sdk-b 1.109.1 --record-mode none -o ab.html
    """
    from upload_matrix.ask.ab import AbOptions, run_ab
    from upload_matrix.ask.options import LiveOptions, taken

    ctx.exit(run_ab(AbOptions(live=taken(LiveOptions, values), **values)))
