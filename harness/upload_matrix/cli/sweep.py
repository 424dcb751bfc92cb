"""``upload-matrix sweep``: the same uploads in many releases of the SDK, and where they changed."""

from __future__ import annotations

from typing import Any

import click

from upload_matrix.ask.declared import (
    CASSETTES,
    DISABLE_RECORDING,
    FAIL_ON,
    JSON,
    LIMITS,
    MAX_CASES,
    MIME_TABLE,
    NAME,
    OFFLINE,
    OPEN,
    PRE,
    PYTHON,
    RECORD_MODE,
    REPORTS,
    TARGET,
    YANKED,
    YES,
)
from upload_matrix.cli.options import matrices_argument, options

GUARD = 25


@click.command("sweep")
@matrices_argument
@click.option(
    "--sdk",
    "specs",
    multiple=True,
    metavar="SPEC",
    help="Releases: 1.109.1, '>=2,<4', latest, latest:5, all. Repeatable. [default: the file's, else all]",
)
@click.option(
    "--distribution",
    metavar="NAME",
    help="The package: anthropic, litellm, httpx. [default: the file's, else that of the matrices' clients]",
)
@click.option(
    "--with",
    "beside",
    multiple=True,
    metavar="REQUIREMENT",
    help="Held while the package changes: openai==2.8.0. [default: as installed here, for a dependency]",
)
@options(PYTHON)
@click.option(
    "--strategy",
    type=click.Choice(["all", "bisect"]),
    help="Every release, or by halving. [default: bisect over more than 12]",
)
@click.option(
    "--guard", type=int, default=GUARD, show_default=True, help="With bisect: measure every N-th anyway."
)
@click.option(
    "--deps",
    type=click.Choice(["overlay", "real", "contemporary"]),
    default="overlay",
    show_default=True,
    help="Dependencies: shared by all (fast), resolved today, or as of the release's day.",
)
@click.option(
    "--spot-check",
    type=int,
    default=2,
    show_default=True,
    help="With overlay: releases to check against real.",
)
@options(PRE, YANKED, OFFLINE)
@click.option("--workers", type=int, help="Releases measured at a time. [default: one a core]")
@click.option(
    "--scheduler",
    metavar="ADDRESS",
    help="Measure on the Dask cluster of this scheduler, as tcp://HOST:8786; needs upload-matrix[dask].",
)
@click.option(
    "--shard", "part", metavar="I/N", help="Only the I-th of N parts of the releases; see report --merge."
)
@click.option("--fresh", is_flag=True, help="Do not go on with an interrupted sweep.")
@click.option("--baseline", type=click.Path(), help="A sweep's JSON to judge against; see --fail-on.")
@click.option(
    "--headers", is_flag=True, help="Keep all request headers, and say in a footnote where they changed."
)
@options(FAIL_ON)
@click.option("--update-baseline", is_flag=True, help="Write this sweep to --baseline.")
@options(
    *(TARGET, RECORD_MODE, DISABLE_RECORDING),
    record_mode={
        "help": "As in run. A form without a recording is answered once, whichever release sends it first."
    },
)
@click.option("--plan", is_flag=True, help="Capture what would be sent, say what would be asked, and stop.")
@options(
    *(*LIMITS, YES, CASSETTES, REPORTS, NAME, OPEN, MAX_CASES, MIME_TABLE, JSON),
    name={"default": "sweep"},
    as_json={"help": "Print the sweep's JSON; all else goes to stderr."},
)
@click.pass_context
def command(ctx: click.Context, /, **values: Any) -> None:
    """Run matrices in many releases of an SDK and say in which one an upload changed, and how.

    MATRICES are files or folders; by default matrix/. Every release is the real one, in an environment
    built for it and kept; only what it sends and reads is looked at, so a sweep over all releases costs
    no call: each distinct wire form is answered once, from recordings or the emulator. With --baseline
    it is a gate: do new releases send anything new, or read anything differently? It tells regressions,
    improvements and other changes apart; --fail-on says which are red. Its result is written as
    NAME.gate.json, NAME.gate.md and NAME.gate.html.

    Exit code 3 says that something could not be measured, answered or compared; the first line says what.

    A live target is asked only after a plan: what all releases send is captured first, nothing is sent
    on, and the number of answers to ask for is shown. Then you are asked, or give --yes. --budget and
    --max-calls are limits on all calls together; exit code 4 says that one of them stopped it.

    \b
    Examples:
      upload-matrix sweep matrix/containers.yaml --sdk '>=1.55' --disable-recording
      upload-matrix sweep --sdk all --strategy all
      upload-matrix sweep matrix/sweeps/anthropic.yaml --distribution anthropic
      upload-matrix sweep --sdk latest --baseline reports/baseline.json
      upload-matrix sweep --sdk all --strategy all --scheduler tcp://10.0.0.5:8786
      upload-matrix sweep --sdk latest:3 --target openai --record-mode new_episodes --plan
    """
    import os
    import sys

    from upload_matrix.report.opening import open_page
    from upload_matrix.report.streams import columns
    from upload_matrix.run.sweep_display import display_for
    from upload_matrix.run.sweep_plan import SweepOptions
    from upload_matrix.run.sweeping import run

    as_json, show = values.pop("as_json"), values.pop("show")
    finished = run(
        SweepOptions(**values),
        display_for(sys.stderr, os.environ),
        lambda line: click.echo(line, err=as_json),
        columns(sys.stdout),
    )
    if as_json:
        sys.stdout.writelines(finished.json)
    else:
        click.echo(finished.text)
    said = open_page(finished.page) if show and finished.page is not None else None
    if said is not None:
        click.echo(said, err=True)
    ctx.exit(finished.exit_code)
