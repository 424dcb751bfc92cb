"""``upload-matrix conform``: programs, servers and gateways prove what they do with uploads."""

from __future__ import annotations

from typing import Any

import click

from upload_matrix.ask.declared import JSON
from upload_matrix.cli.options import options


@click.group("conform")
def command() -> None:
    """Put a program through scenarios of uploads, and check what it sends.

    \b
    Example:
      upload-matrix conform client -- python my_upload.py
    """


@command.command("client", context_settings={"allow_interspersed_args": False})
@click.argument("command_line", nargs=-1, required=True, metavar="[--] CMD...", type=click.UNPROCESSED)
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
    "--container",
    "containers",
    multiple=True,
    metavar="NAME",
    help="Have CMD hand the file over as path, handle, stream, buffer, blob, file or told. Repeatable. "
    "[default: as it likes]",
)
@click.option(
    "--seconds",
    type=click.FloatRange(min=0.1),
    default=120.0,
    show_default=True,
    help="What a scenario may take.",
)
@click.option(
    "--expected-failures",
    "expected",
    type=click.Path(),
    metavar="FILE",
    help="Ids of checks that may fail (SCENARIO/CHECK), one a line; one that passes is red too.",
)
@click.option("--junit", type=click.Path(dir_okay=False), metavar="FILE", help="Write JUnit XML there.")
@click.option("--badge", type=click.Path(dir_okay=False), metavar="FILE", help="Write a badge (SVG) there.")
@click.option(
    "--output",
    "-o",
    type=click.Path(dir_okay=False),
    metavar="FILE",
    help="Write the report there; its ending says as what: .md, .html, .json, .xml, .svg.",
)
@options(JSON, as_json={"help": "The report as JSON, on stdout."})
@click.pass_context
def client(ctx: click.Context, /, **values: Any) -> None:
    """Have CMD make the call of every scenario, and check what it sends.

    CMD is started once a scenario, makes one call and ends. A server on 127.0.0.1 takes the call; what to
    send and where is in UPLOAD_MATRIX_URL, UPLOAD_MATRIX_FILE and further variables. A program that has no
    such feature ends with exit status 77, and says on stderr what it lacks.

    \b
    Exit codes: 0 all checks pass, or fail as expected; 1 one fails, or an expected failure passes;
    2 usage; 3 nothing was sent in any scenario, or a check could not be decided.

    \b
    Examples:
      upload-matrix conform client -- python my_upload.py
      upload-matrix conform client --container stream --scenario retry -- ./my-client
      upload-matrix conform client --expected-failures known.txt --junit conform.xml -- node upload.mjs
    """
    from upload_matrix.conform.conforming import ConformOptions, run

    ctx.exit(run(ConformOptions(**values)))
