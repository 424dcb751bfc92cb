"""``upload-matrix conform clients``: the table of all clients."""

from __future__ import annotations

from typing import Any

import click

from upload_matrix.ask.declared import JSON
from upload_matrix.cli.options import options


@click.command("clients")
@click.argument("names", nargs=-1, metavar="[NAME]...")
@click.option("--list", "lists", is_flag=True, help="Print the names of all clients, and stop.")
@click.option("--install", "installs", is_flag=True, help="Install what is missing, where that can be done.")
@click.option(
    "--clients",
    "folders",
    multiple=True,
    type=click.Path(),
    metavar="DIR",
    help="A folder with further clients, as LANGUAGE/NAME.yaml. Repeatable.",
)
@click.option(
    "--scenario", "scenario_names", multiple=True, metavar="NAME", help="Only this one. Repeatable."
)
@click.option(
    "--scenarios",
    "scenario_files",
    multiple=True,
    type=click.Path(),
    help="A file or a folder with further scenarios. Repeatable.",
)
@click.option(
    "--jobs", type=click.IntRange(min=1), metavar="N", help="Programs at once. [default: one a core]"
)
@click.option(
    "--seconds",
    type=click.FloatRange(min=0.1),
    default=30.0,
    show_default=True,
    help="What a call may take before its program is stopped.",
)
@click.option(
    "--baseline",
    type=click.Path(),
    metavar="FILE",
    help="A table measured before (JSON): a client of the same versions that sends something else is red.",
)
@click.option(
    "--output",
    "-o",
    "outputs",
    multiple=True,
    type=click.Path(dir_okay=False),
    metavar="FILE",
    help="Write the table there; its ending says as what: .json, .md, .html. Repeatable.",
)
@options(JSON, as_json={"help": "The table as JSON, on stdout."})
@click.pass_context
def clients(ctx: click.Context, /, **values: Any) -> None:
    """Measure what the clients of many languages send for the same call, and what the trap of each is.

    NAME is a client (`go/create-part`), a language (`go`) or a pattern (`node/axios*`); all without one. Each
    is a program of a few lines with a YAML file beside it; it is built once and started once a scenario and
    container. What a client needs and is not here is named with the way to get it; --install gets it: with
    apt-get where that is allowed, npm's and PyPI's packages into the user's cache.

    Exit codes: 0 measured, 1 something differs from --baseline, 2 usage, 3 a client is not available here.

    \b
    Examples:
      upload-matrix conform clients go/create-form-file
      upload-matrix conform clients --install -o clients.json -o clients.html
      upload-matrix conform clients node --baseline clients.json
    """
    from upload_matrix.conform.tabulating import ClientTableOptions, run

    ctx.exit(run(ClientTableOptions(**values)))
